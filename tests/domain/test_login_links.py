"""Links of the terminal: single-use, short-lived, one at a time."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from domain import errors, login_links, networks, passwords, sessions, standing, trusted_ips, users
from domain.standing import End
from domain.trusted_ips import AddressList, Entry
from domain.visit import Visit, utcnow
from models import Access, Event, LoginLink, Session, User
from tests.cast import AGENT, HOME, Cast
from tests.domain.seat import ELSEWHERE, Seat, console, give_key, overtaken, refused


@pytest.fixture(autouse=True)
def installation(clock: time_machine.Traveller, cast: Cast) -> None:
    """An open database at NOON."""


def use(token: str, replaces: int | None = None) -> Seat:
    return Seat("carl").take(login_links.use(token, Visit("stranger", HOME, AGENT, utcnow()), replaces=replaces))


@pytest.mark.manual("D124")
def test_a_link_opens_the_own_account_once_without_password_and_code(cast: Cast) -> None:
    give_key(cast.carl)
    token, _ = login_links.make(cast.carl, console())
    assert login_links.owner_of(token, utcnow()).login == "carl"
    seat = use(token)
    assert (seat.standing.login, seat.standing.is_full) == ("carl", True)
    refused(lambda: use(token), errors.LinkDead)
    refused(lambda: login_links.owner_of(token, utcnow()), errors.LinkDead)
    made, used = Event.select().order_by(Event.id.desc()).limit(2)[::-1]
    assert (made.tag, made.actor, made.details) == ("account:login_link:made", "console:test", '{"minutes": 15}')
    assert (used.tag, used.details) == ("account:login:succeeded", '{"method": "log-in link"}')


@pytest.mark.parametrize("minutes", [None, 60])
def test_a_link_is_dead_when_its_time_is_over(minutes: int | None, cast: Cast, clock: time_machine.Traveller) -> None:
    made = login_links.make(cast.carl, console(), minutes) if minutes else login_links.make(cast.carl, console())
    token, expires_at = made
    assert expires_at - utcnow() == timedelta(minutes=minutes or 15)
    clock.shift(expires_at - utcnow() - timedelta(seconds=1))
    assert login_links.owner_of(token, utcnow())
    clock.shift(1)
    refused(lambda: use(token), errors.LinkDead)


def test_a_new_link_kills_the_older_one_of_the_same_user_only(cast: Cast) -> None:
    ritas, _ = login_links.make(cast.rita, console())
    old, _ = login_links.make(cast.carl, console())
    new, _ = login_links.make(cast.carl, console())
    refused(lambda: use(old), errors.LinkDead)
    assert use(new).standing.login == "carl"
    assert login_links.owner_of(ritas, utcnow()).login == "rita"


def test_a_link_that_nobody_made_is_dead() -> None:
    refused(lambda: use("x" * 43), errors.LinkDead)


def test_a_link_that_somebody_else_used_in_between_is_dead(cast: Cast) -> None:
    token, _ = login_links.make(cast.carl, console())
    refused(lambda: overtaken(lambda: use(token), lambda: use(token)), errors.LinkDead)
    assert Session.select().count() == 1


def test_a_link_does_not_open_a_blocked_account_and_stays_good(cast: Cast) -> None:
    token, _ = login_links.make(cast.carl, console())
    users.change(cast.carl, {"active": "no"}, console())
    refused(lambda: use(token), errors.Suspended)
    users.change(cast.carl, {"active": "yes"}, console())
    assert use(token).standing.is_full


def test_a_link_ends_the_session_that_the_browser_had(cast: Cast) -> None:
    before = Seat("rita").enter()
    token, _ = login_links.make(cast.carl, console())
    use(token, replaces=before.standing.session_id)
    assert before.end == End.REPLACED


def test_the_token_is_stored_as_a_hash_and_goes_with_its_user(cast: Cast) -> None:
    token, _ = login_links.make(cast.ivy, console())
    assert token not in str(list(LoginLink.select().tuples()))
    User.delete().where(User.login == "ivy").execute()
    assert LoginLink.select().count() == 0


# --- Relief: its session passes the lists of addresses for 60 minutes -------------------------------------------------


def lock_out(cast: Cast) -> None:
    nowhere = AddressList(Access.LISTED, (Entry(networks.parse_entry("10.0.0.1").network),))
    for holder in (trusted_ips.own_of(cast.carl), trusted_ips.provider_of(cast.carl)):
        trusted_ips.save(holder, nowhere, console())


def opened_by_link(cast: Cast) -> Seat:
    return use(login_links.make(cast.carl, console())[0])


def passes(seat: Seat, address: str = HOME) -> tuple[bool, bool]:
    at = standing.resume(seat.token, address, utcnow())
    assert at
    return at.passes_own, at.passes_provider


@pytest.mark.manual("D124")
def test_its_session_passes_both_lists_for_an_hour_from_anywhere(cast: Cast, clock: time_machine.Traveller) -> None:
    lock_out(cast)
    seat, other = opened_by_link(cast), Seat("carl").enter()
    assert passes(seat) == passes(seat, ELSEWHERE) == passes(seat, "") == (True, True)
    assert passes(other) == (False, False), "no other session does"
    clock.shift(timedelta(minutes=30))
    sessions.touch(seat.standing, seat.visit)
    clock.shift(timedelta(minutes=30, seconds=-1))
    assert passes(seat) == (True, True)
    clock.shift(1)
    assert passes(seat) == (False, False)
    assert seat.end is None, "the session goes on where it is allowed"


def test_relief_stays_with_the_session_whatever_its_token(cast: Cast) -> None:
    lock_out(cast)
    seat = opened_by_link(cast)
    seat.take(sessions.renew(seat.standing.session_id, seat.visit))
    seat.take(sessions.rebind(seat.standing.session_id, seat.visit))
    seat.take(passwords.change(seat.user, "", "five new brass bells", "five new brass bells", seat.visit))
    assert passes(seat) == (True, True)


def test_relief_ends_with_the_session_and_belongs_to_its_browser(cast: Cast) -> None:
    lock_out(cast)
    seat = opened_by_link(cast)
    step = Seat("carl").give_password()
    assert (step.denied_by, seat.end) == ("provider list", None), "a log-in that is refused ends nothing"
    sessions.log_out(seat.standing, seat.visit)
    assert seat.end == End.LOGGED_OUT
    assert passes(Seat("carl").enter()) == (False, False)


def test_a_log_in_in_the_same_browser_keeps_the_rest_of_the_relief(cast: Cast, clock: time_machine.Traveller) -> None:
    lock_out(cast)
    seat, again, other = opened_by_link(cast), Seat("carl"), Seat("ivy")
    clock.shift(59 * 60)
    other.give_password(replaces=seat.standing.session_id)
    assert again.give_password(replaces=seat.standing.session_id).is_full
    assert passes(again) == (True, True)
    clock.shift(60)
    assert passes(again) == (False, False)
    assert other.standing.relieved_until is None, "it is carl's"


def test_relief_is_void_while_the_clock_stands_before_its_beginning(cast: Cast, clock: time_machine.Traveller) -> None:
    lock_out(cast)
    seat = opened_by_link(cast)
    clock.shift(-60)
    assert passes(seat) == (False, False)


def test_relief_loosens_no_binding(cast: Cast) -> None:
    users.change(cast.carl, {"bind_session": "yes"}, console())
    seat = opened_by_link(cast)
    assert [standing.resume(seat.token, a, utcnow()).opened_here for a in (HOME, ELSEWHERE)] == [True, False]
