"""Sessions bound to an address: which addresses are one, and how a network of two families stays in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import time_machine

from domain import bind_session, errors, sessions, site, standing, users
from domain.access import Rule, denied_by
from domain.standing import End, is_good_here
from domain.visit import utcnow
from models import Event, Session, User
from tests.cast import HOME, Cast
from tests.domain.seat import ELSEWHERE, Seat, console, overtaken, refused

V6, NEAR_V6, FAR_V6 = "2001:db8:0:1::1", "2001:db8:0:1:ffff::2", "2001:db8:0:2::1"


@pytest.fixture(autouse=True)
def installation(clock: time_machine.Traveller, cast: Cast) -> None:
    """An open database at NOON."""


@pytest.fixture
def exact() -> Iterator[None]:
    before = site.current()
    site.configure(replace(before, bind_ipv6_exact=True))
    yield
    site.configure(before)


def bind(*logins: str) -> None:
    User.update(bind_session=True).where(User.login.in_(logins or ["carl"])).execute()


def good_at(seat: Seat) -> set[str]:
    """Where this session works."""
    found = {a: standing.resume(seat.token, a, utcnow()) for a in (HOME, ELSEWHERE, V6, NEAR_V6, FAR_V6, "")}
    return {address for address, at in found.items() if at and denied_by(at) is not Rule.BINDING}


def log_in(address: str, replaces: Seat | None = None, code_at: str | None = None, login: str = "carl") -> Seat:
    """In a browser that still has the session `replaces`; the code comes from another address where one is given."""
    seat = Seat(login, address)
    old = replaces.standing.session_id if replaces else None
    session_id, seat.token = sessions.start(seat.user, seat._stranger, known_browser_id=None, replaces=old)
    seat.address = code_at or address
    return seat.take(sessions.complete(session_id, seat.visit, method="test"))


# --- One line ---------------------------------------------------------------------------------------------------------

LINES = [
    (HOME, HOME, True, True),
    (HOME, "192.0.2.11", False, False),
    (V6, NEAR_V6, True, False),
    (V6, V6, True, True),
    (V6, FAR_V6, False, False),
    (HOME, V6, False, False),
    (HOME, None, False, False),
    ("", "", True, True),
    ("", HOME, False, False),
    ("", V6, False, False),
]


@pytest.mark.parametrize(("here", "opened", "same", "_"), LINES)
def test_ipv4_is_one_by_address_and_ipv6_by_its_64(here: str, opened: str | None, same: bool, _: bool) -> None:
    assert is_good_here(here, opened) is same
    assert opened is None or is_good_here(opened, here) is same


@pytest.mark.parametrize(("here", "opened", "_", "same"), LINES)
def test_ipv6_can_be_bound_exactly(here: str, opened: str | None, _: bool, same: bool, exact: None) -> None:
    assert is_good_here(here, opened) is same


# --- Pairs ------------------------------------------------------------------------------------------------------------

ANYWHERE = {HOME, ELSEWHERE, V6, NEAR_V6, FAR_V6, ""}
LINE_V6 = {V6, NEAR_V6}


@pytest.mark.manual("A16")
@pytest.mark.parametrize(
    ("addresses", "good"),
    [
        ([HOME], {HOME}),
        ([V6], LINE_V6),
        ([HOME, V6], {HOME} | LINE_V6),
        ([V6, HOME], {HOME} | LINE_V6),
        ([HOME, ELSEWHERE], {ELSEWHERE}),
        ([V6, FAR_V6], {FAR_V6}),
        ([HOME, V6, ELSEWHERE], {ELSEWHERE} | LINE_V6),
        ([HOME, V6, FAR_V6], {HOME, FAR_V6}),
        ([HOME, V6, ELSEWHERE, FAR_V6], {ELSEWHERE, FAR_V6}),
        ([HOME, ""], {""}),
    ],
)
def test_log_ins_in_one_browser_join_the_two_families(addresses: list[str], good: set[str]) -> None:
    bind()
    seat: Seat | None = None
    for address in addresses:
        seat = log_in(address, replaces=seat)
    assert seat and good_at(seat) == good


@pytest.mark.parametrize(
    ("started", "completed", "good"),
    [(HOME, HOME, {HOME}), (HOME, V6, {HOME} | LINE_V6), (V6, HOME, {HOME} | LINE_V6), (HOME, ELSEWHERE, {ELSEWHERE})],
)
def test_a_code_from_the_other_family_joins_it(started: str, completed: str, good: set[str]) -> None:
    seat = log_in(started, code_at=completed)
    assert good_at(seat) == ANYWHERE
    bind()
    assert good_at(seat) == good


def test_nothing_is_joined_to_what_is_not_the_same_persons_or_not_bound() -> None:
    unbound = log_in(V6, replaces=log_in(HOME))
    bind("carl", "ivy")
    assert good_at(unbound) == LINE_V6
    assert good_at(log_in(V6, replaces=log_in(HOME, login="ivy"))) == LINE_V6
    assert good_at(log_in(V6)) == LINE_V6


@pytest.mark.manual("A17")
@pytest.mark.parametrize(
    ("opened", "switched", "good"),
    [
        (HOME, HOME, {HOME}),
        (HOME, ELSEWHERE, {ELSEWHERE}),
        (HOME, V6, {HOME} | LINE_V6),
        (V6, HOME, {HOME} | LINE_V6),
        (V6, FAR_V6, {FAR_V6}),
    ],
)
def test_who_switches_it_on_stays_in_and_other_sessions_where_they_began(
    opened: str, switched: str, good: set[str]
) -> None:
    seat, other = log_in(opened), log_in(ELSEWHERE)
    old, seat.address = seat.token, switched
    seat.take(bind_session.switch(seat.standing, bound=True, visit=seat.visit))
    assert (good_at(seat), good_at(other), seat.standing.bind_session) == (good, {ELSEWHERE}, True)
    assert standing.resume(old, switched, utcnow()) is None, "who has a copy of the old token is out"
    assert bind_session.switch(seat.standing, bound=False, visit=seat.visit) is None
    assert good_at(seat) == good_at(other) == ANYWHERE


# --- Switching --------------------------------------------------------------------------------------------------------


def test_only_a_change_is_written_down(cast: Cast) -> None:
    assert [
        bool(users.change(cast.carl, {"bind_session": bound}, console())) for bound in ("no", "yes", "yes", "no", "no")
    ] == [
        False,
        True,
        False,
        True,
        False,
    ]
    tags = [event.tag for event in Event.select().where(Event.tag.startswith("account:binding"))]
    assert tags == ["account:binding:enabled", "account:binding:disabled"]


def test_a_session_that_ended_meanwhile_switches_nothing_on(cast: Cast) -> None:
    seat = Seat("carl").enter()
    at, visit = seat.standing, seat.visit
    refused(
        lambda: overtaken(
            lambda: bind_session.switch(at, bound=True, visit=visit),
            lambda: sessions.end([at.session_id], End.REVOKED, utcnow()),
        ),
        errors.SessionOver,
    )
    assert not cast.carl.bind_session
    assert Session.get_by_id(at.session_id).end_reason == End.REVOKED
