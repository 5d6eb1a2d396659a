"""Links to set a password: single-use, for 72 hours, one at a time, and no way around log-in."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine

from domain import errors, hashing, login_links, password_links, passwords, two_factor, users
from domain.standing import End
from domain.visit import Visit, utcnow
from models import Event, Kind, PasswordLink, Role, RoleKind, Session, User
from tests.cast import AGENT, HOME, PASSWORDS, Cast
from tests.domain.seat import Seat, console, give_key, overtaken, refused
from tests.domain.test_races import CROWD, all_at_once

NEW = "nobodys nine green hats"
STRANGER = ("stranger", HOME, AGENT)


@pytest.fixture(autouse=True)
def installation(clock: time_machine.Traveller, cast: Cast) -> None:
    """An open database at NOON."""


def new_link(user: User) -> str:
    return password_links.make(user, console())[0]


def use(token: str, new: str = NEW, again: str | None = None) -> User:
    return password_links.use(token, new, new if again is None else again, Visit(*STRANGER, utcnow()))


def is_alive(token: str) -> bool:
    try:
        return bool(password_links.owner_of(token, utcnow()))
    except errors.LinkDead:
        return False


def test_it_sets_the_password_once_and_ends_what_was_open(cast: Cast) -> None:
    before, login_link = Seat("carl").enter(), login_links.make(cast.carl, console())[0]
    token = new_link(cast.carl)
    assert before.end is None, "the link alone ends nothing"
    assert hashing.verify(cast.carl.password_hash, PASSWORDS["carl"], known=True)
    assert use(token).login == "carl"
    assert hashing.verify(cast.carl.password_hash, NEW, known=True)
    assert (before.end, Session.select().where(Session.ended_at.is_null()).count()) == (End.PASSWORD_CHANGED, 0)
    refused(lambda: login_links.owner_of(login_link, utcnow()), errors.LinkDead)
    refused(lambda: use(token, "eight other blue cups"), errors.LinkDead)
    assert hashing.verify(cast.carl.password_hash, NEW, known=True)


def test_the_log_names_who_made_it_and_who_used_it_and_holds_no_secret(cast: Cast) -> None:
    token = new_link(cast.carl)
    use(token)
    made, used = Event.select().order_by(Event.id.desc()).limit(2)[::-1]
    assert (made.tag, made.actor, made.subject) == ("account:password_link:made", "console:test", "carl")
    assert (used.tag, used.actor, used.subject) == ("account:password_link:used", "carl", "carl")
    everything = str([list(model.select().tuples()) for model in (Event, PasswordLink)])
    assert token not in everything and NEW not in everything


def test_it_lives_for_72_hours_to_the_second(cast: Cast, clock: time_machine.Traveller) -> None:
    token, expires_at = password_links.make(cast.carl, console())
    assert expires_at - utcnow() == timedelta(hours=72)
    clock.shift(timedelta(hours=72, seconds=-1))
    assert is_alive(token)
    clock.shift(1)
    assert not is_alive(token)
    refused(lambda: use(token), errors.LinkDead)


def test_it_is_void_while_the_clock_stands_before_its_making(cast: Cast, clock: time_machine.Traveller) -> None:
    token = new_link(cast.carl)
    clock.shift(timedelta(days=-1))
    assert not is_alive(token)


def test_a_newer_one_replaces_the_older_of_the_same_login_only(cast: Cast) -> None:
    of_rita, old = new_link(cast.rita), new_link(cast.carl)
    new = new_link(cast.carl)
    assert [is_alive(token) for token in (of_rita, old, new)] == [True, False, True]


def change_own(cast: Cast) -> None:
    seat = Seat("carl").enter()
    passwords.change(seat.user, PASSWORDS["carl"], NEW, NEW, seat.visit)


DEADLY: dict[str, Callable[[Cast], object]] = {
    "his own change of password": change_own,
    "a reset of the password": lambda cast: passwords.reset(cast.carl, NEW, console(), must_change=True),
    "a reset of the key": lambda cast: two_factor.reset(cast.carl, console()),
    "the end of the login": lambda cast: [
        User.delete().where(User.login == login).execute() for login in ("ivy", "carl")
    ],
}


@pytest.mark.parametrize("act", DEADLY.values(), ids=DEADLY)
def test_an_unused_one_dies_with(cast: Cast, act: Callable[[Cast], object]) -> None:
    give_key(cast.carl)
    token = new_link(cast.carl)
    act(cast)
    refused(lambda: use(token), errors.LinkDead)


@pytest.mark.parametrize("whose", ["ivy", "carl"])
def test_it_rests_while_the_login_or_its_customer_is_suspended(cast: Cast, whose: str) -> None:
    token = new_link(cast.ivy)
    users.change(getattr(cast, whose), {"active": "no"}, console())
    refused(lambda: use(token), errors.LinkDead)
    users.change(getattr(cast, whose), {"active": "yes"}, console())
    assert use(token).login == "ivy"


def test_a_suspended_customer_has_nobody_get_ready(cast: Cast) -> None:
    token = new_link(cast.ivy)
    users.change(cast.ivy, {"activates_at": "2026-12-01"}, console())
    assert is_alive(token)
    users.change(cast.carl, {"active": "no"}, console())
    refused(lambda: use(token), errors.LinkDead)


def test_who_has_expired_sets_nothing_and_who_is_not_active_yet_gets_ready(cast: Cast) -> None:
    token = new_link(cast.ivy)
    users.change(cast.ivy, {"expires_at": "2026-11-01"}, console())
    refused(lambda: use(token), errors.LinkDead)
    users.change(cast.ivy, {"expires_at": "", "activates_at": "2026-12-01"}, console())
    assert use(token).login == "ivy"


@pytest.mark.parametrize(
    ("new", "again", "refusal"),
    [
        ("too short", "too short", errors.PasswordTooShort),
        ("x" * 2000, "x" * 2000, errors.PasswordTooLong),
        ("", "", errors.PasswordTooShort),
        ("carlcarlcarlcarl", "carlcarlcarlcarl", errors.PasswordGuessable),
        (NEW, f"{NEW}!", errors.PasswordsDiffer),
        (NEW, "", errors.PasswordsDiffer),
    ],
)
def test_what_is_refused_keeps_the_link_alive(cast: Cast, new: str, again: str, refusal: type[errors.Refusal]) -> None:
    before, token = cast.carl.password_hash, new_link(cast.carl)
    refused(lambda: use(token, new, again), refusal)
    assert (cast.carl.password_hash, is_alive(token)) == (before, True)


def test_one_of_twenty_who_use_it_at_once_sets_his_password(cast: Cast) -> None:
    token = new_link(cast.carl)
    choices = [f"{n} nobodys green hats" for n in range(CROWD)]
    outcomes = all_at_once([lambda choice=choice: use(token, choice) for choice in choices])
    [winner] = [n for n, outcome in enumerate(outcomes) if isinstance(outcome, User)]
    assert outcomes.count(errors.LinkDead) == CROWD - 1
    assert hashing.verify(cast.carl.password_hash, choices[winner], known=True)
    assert Event.select().where(Event.tag == "account:password_link:used").count() == 1


def test_who_was_overtaken_while_his_password_was_hashed_changes_nothing(cast: Cast) -> None:
    token = new_link(cast.carl)
    refused(lambda: overtaken(lambda: use(token, "eight other blue cups"), lambda: use(token)), errors.LinkDead)
    assert hashing.verify(cast.carl.password_hash, NEW, known=True)


def test_who_is_suspended_while_his_password_is_hashed_sets_none(cast: Cast) -> None:
    before, token = cast.carl.password_hash, new_link(cast.carl)
    suspend = lambda: users.change(cast.carl, {"active": "no"}, console())  # noqa: E731
    refused(lambda: overtaken(lambda: use(token), suspend), errors.LinkDead)
    assert cast.carl.password_hash == before
    users.change(cast.carl, {"active": "yes"}, console())
    assert is_alive(token), "and nothing was used up"


# --- It is worth what its maker may do --------------------------------------------------------------------------------


def become(login: str, role: str) -> object:
    """Beside the verbs, which keep the last Owner and what is in use."""
    return User.update(role=Role.get(Role.name == role)).where(User.login == login).execute()


def hand_over(individual: User, customer: str) -> object:
    return User.update(parent=users.find(customer)).where(User.id == individual.id).execute()


def move_away(cast: Cast) -> object:
    return users.change(users.find("paul"), {"parent": ""}, console())


ENDS: dict[str, tuple[str, str, Callable[[Cast], object]]] = {
    "is no Owner any more": ("sam", "olga", lambda cast: become("sam", "Staff")),
    "is of the staff that looks only": ("sam", "carl", lambda cast: become("sam", "Looks")),
    "is suspended": ("sam", "carl", lambda cast: users.change(cast.sam, {"active": "no"}, console())),
    "has expired": ("sam", "carl", lambda cast: users.change(cast.sam, {"expires_at": "2026-11-01"}, console())),
    "is deleted": ("sam", "carl", lambda cast: cast.sam.delete_instance()),
    "has lost the customer": ("rita", "paul", move_away),
    "has lost the individual's customer": ("rita", "pia", move_away),
    "has no individuals any more": ("carl", "ivy", lambda cast: become("carl", "Billing only")),
    "has lost the individual": ("carl", "ivy", lambda cast: hand_over(cast.ivy, "paul")),
}


@pytest.mark.parametrize(("maker", "of", "act"), ENDS.values(), ids=ENDS)
def test_it_is_dead_when_its_maker(cast: Cast, maker: str, of: str, act: Callable[[Cast], object]) -> None:
    users.create("paul", console(), parent="rita")
    users.create("pia", console(), kind=Kind.INDIVIDUAL, parent="paul")
    Role.create(kind=RoleKind.STAFF, name="Looks", permissions=json.dumps(["customers.view"]))
    if of == "olga":
        become("sam", "Owner")
    token = password_links.make(users.find(of), Seat(maker).enter().visit)[0]
    assert is_alive(token)
    act(cast)
    refused(lambda: use(token), errors.LinkDead)
    assert PasswordLink.select().where(PasswordLink.used_at.is_null(False)).count() == 0


def test_one_of_the_terminal_is_worth_what_it_says(cast: Cast) -> None:
    token = new_link(cast.ivy)
    become("carl", "Billing only")
    cast.sam.delete_instance()
    assert use(token).login == "ivy"
