"""The password at log-in: who may try how often, and what a right one opens."""

from __future__ import annotations

import pytest
import time_machine
from argon2 import PasswordHasher

from domain import errors, hashing, login_sources, standing
from domain.audit import Tag
from domain.visit import utcnow
from models import Attempt, Event, LoginSource, Session, User, database
from tests.cast import HOME, PASSWORDS, Cast
from tests.domain.seat import ELSEWHERE, Seat, give_key, refused

WRONG = "w" * 1_025  # over-long ones are refused before they are hashed: quick, and booked like any other


@pytest.fixture(autouse=True)
def installation(clock: time_machine.Traveller, cast: Cast) -> None:
    """An open database at NOON."""


def try_wrong(
    name: str, address: str = ELSEWHERE, *, times: int = 1, devices: list[str] | None = None, password: str = WRONG
) -> int:
    """Wrong passwords; returns how many attempts were left after the last."""
    seat = Seat(name, address)
    seat.devices = devices or []
    for _ in range(times):
        left = refused(lambda: seat.give_password(password), errors.WrongCredentials).values["left"]
    return int(str(left))


def paused(name: str, address: str = ELSEWHERE, *, devices: list[str] | None = None) -> int | None:
    seat = Seat(name, address)
    seat.devices = devices or []
    return refused(lambda: seat.give_password("right or wrong"), errors.TooManyAttempts).retry_after


# --- Budgets ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["carl", "nobody"])
def test_a_stranger_has_ten_attempts_in_five_minutes_at_a_login_whether_or_not_it_exists(
    name: str, clock: time_machine.Traveller
) -> None:
    assert [try_wrong(name) for _ in range(10)] == list(range(9, -1, -1))
    clock.shift(20)
    assert paused(name) == 280
    assert try_wrong(name, "198.51.100.8") == 9
    assert try_wrong("rita") == 9
    clock.shift(280)
    assert try_wrong(name) == 9


def test_even_the_right_password_waits_and_does_not_refill(clock: time_machine.Traveller) -> None:
    try_wrong("carl", HOME, times=9)
    Seat("carl").give_password()
    assert try_wrong("carl", HOME) == 0
    refused(lambda: Seat("carl").give_password(), errors.TooManyAttempts)
    clock.shift(300)
    assert Seat("carl").give_password().is_full


def test_an_ipv6_line_counts_as_one_source() -> None:
    for number in range(10):
        try_wrong("carl", f"2001:db8:1:2::{number:x}")
    assert paused("carl", "2001:db8:1:2:ffff::1")
    assert try_wrong("carl", "2001:db8:1:3::1") == 9


@pytest.mark.parametrize("name", ["carl", "nobody"])
def test_fifty_an_hour_from_unfamiliar_sources_pause_a_login(name: str, clock: time_machine.Traveller) -> None:
    Seat("carl", HOME).enter()
    for number in range(10):
        try_wrong(name, f"198.51.100.{number}", times=5)
        clock.shift(60)
    assert paused(name, "198.51.100.99") == 3_000
    assert try_wrong("rita", "198.51.100.99") == 9
    assert try_wrong("carl", HOME) == 9
    clock.shift(3_000)
    assert try_wrong(name, "198.51.100.99") == 4


def test_a_source_is_familiar_for_thirty_days(clock: time_machine.Traveller) -> None:
    carl = Seat("carl", "2001:db8::1").enter().user
    clock.shift(30 * 86_400 - 1)
    assert login_sources.is_familiar(carl.id, "2001:db8::2", utcnow())
    assert not login_sources.is_familiar(carl.id, HOME, utcnow())
    clock.shift(1)
    assert not login_sources.is_familiar(carl.id, "2001:db8::2", utcnow())
    Seat("carl", "2001:db8::1").enter()
    assert login_sources.is_familiar(carl.id, "2001:db8::1", utcnow())
    assert LoginSource.select().count() == 1


def test_a_hundred_in_five_minutes_pause_a_source_for_all_logins() -> None:
    for number in range(10):
        try_wrong(f"guess{number}", times=10)
    assert paused("carl") == 300
    assert try_wrong("carl", "198.51.100.8") == 9


def test_a_known_browser_has_ten_attempts_of_its_own() -> None:
    known, other = Seat("carl").enter(), Seat("carl").enter()
    for number in range(10):
        try_wrong("carl", HOME if number == 0 else f"198.51.100.{number}", times=5)
    for number in range(18):
        try_wrong(f"guess{number}", HOME, times=5)
    assert try_wrong("carl", HOME, devices=known.devices) == 9
    assert known.give_password().is_full
    try_wrong("carl", HOME, times=9, devices=known.devices)
    assert paused("carl", HOME, devices=known.devices)
    assert other.give_password().is_full
    assert try_wrong("rita", HOME, devices=known.devices) == 4


def test_a_stranger_cannot_use_up_the_attempts_of_another_source_by_a_made_up_login() -> None:
    for _ in range(10):
        refused(lambda: Seat(f"carl:{HOME}", ELSEWHERE).give_password(WRONG), errors.WrongCredentials)
    assert Seat("carl", HOME).give_password().is_full


def test_an_over_long_login_is_refused_like_any_other() -> None:
    assert try_wrong("x" * 100_000, password="wrong") == 9
    assert try_wrong("a\x00b", password="wrong") == 9
    written = {(event.actor, event.subject) for event in Event.select().where(Event.tag == "account:login:failed")}
    assert written == {("(no login)", "(no login)")}


def test_a_pause_is_recorded_with_what_was_typed_as_login_only_if_it_can_be_one() -> None:
    try_wrong("carl", times=10, password="wrong")
    try_wrong("My Secret Password!", password="wrong")
    rows = Event.select(Event.actor, Event.subject, Event.tag).order_by(Event.id.desc()).limit(3).tuples()
    assert list(rows) == [
        ("(no login)", "(no login)", "account:login:failed"),
        ("carl", "carl", "account:login:throttled"),
        ("carl", "carl", "account:login:failed"),
    ]


def test_an_attempt_that_the_busy_server_did_not_judge_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "QUEUE_LENGTH", 0)
    for _ in range(11):
        refused(lambda: Seat("carl").give_password(), errors.Busy)
    assert Attempt.select().count() == 0


# --- What a right one opens ------------------------------------------------------------------------------------------


@pytest.mark.manual("T22")
def test_without_two_step_the_password_is_enough() -> None:
    seat = Seat("carl")
    assert seat.give_password().is_full
    assert seat.standing.is_full
    assert len(seat.devices) == 1


@pytest.mark.manual("T23")
def test_with_two_step_the_password_opens_the_second_step_only(cast: Cast) -> None:
    phone = give_key(cast.carl)
    seat = Seat("carl")
    assert not seat.give_password().is_full
    first = seat.token
    assert (seat.standing.stage, seat.devices) == ("password", [])
    seat.give_code(phone.code())
    assert seat.standing.is_full
    assert standing.resume(first, HOME, utcnow()) is None


@pytest.mark.parametrize("typed", ["CARL", " carl ", "ｃａｒｌ"])
def test_a_login_is_read_as_people_type_it(typed: str) -> None:
    seat = Seat(typed)
    assert seat.give_password(PASSWORDS["carl"]).is_full
    assert seat.standing.login == "carl"


@pytest.mark.parametrize("password", ["", " ", "CARLS ELEVEN WET SOCKS", "carls eleven wet socks ", PASSWORDS["rita"]])
def test_a_password_is_taken_exactly(password: str) -> None:
    refused(lambda: Seat("carl").give_password(password), errors.WrongCredentials)


def test_nobody_logs_in_where_there_is_no_password(cast: Cast) -> None:
    User.update(password_hash=None).where(User.login == "carl").execute()
    for password in ("", "None", PASSWORDS["carl"]):
        refused(lambda password=password: Seat("carl").give_password(password), errors.WrongCredentials)


def test_who_is_suspended_is_told_so_after_the_right_password_only() -> None:
    User.update(active=False).where(User.login == "carl").execute()
    refused(lambda: Seat("carl").give_password(WRONG), errors.WrongCredentials)
    for name in ("carl", "ivy"):
        refused(lambda name=name: Seat(name).give_password(), errors.Suspended)
    assert Event.select().where(Event.tag == Tag.LOGIN_REFUSED.wire).count() == 2
    assert Session.select().count() == 0


def test_a_log_in_ends_the_session_that_the_browser_presented_when_it_is_complete(cast: Cast) -> None:
    phone = give_key(cast.rita)
    before = Seat("carl").enter()
    seat = Seat("rita")
    seat.give_password(replaces=before.standing.session_id)
    assert before.end is None
    seat.give_code(phone.code())
    assert before.end == standing.End.REPLACED


def test_a_log_in_that_cannot_be_recorded_does_not_happen() -> None:
    database.execute_sql("CREATE TRIGGER full BEFORE INSERT ON event BEGIN SELECT RAISE(ABORT, 'disk is full'); END")
    with pytest.raises(Exception, match="disk is full"):
        Seat("carl").give_password()
    assert Session.select().count() == 0
    database.execute_sql("DROP TRIGGER full")
    assert Seat("carl").give_password().is_full


def test_a_weaker_hash_is_made_anew_at_log_in(cast: Cast) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash("carls eleven wet socks")
    User.update(password_hash=weak).where(User.login == "carl").execute()
    assert Seat("carl").give_password().is_full
    assert not hashing.needs_rehash(str(cast.carl.password_hash))
    assert Seat("carl").give_password().is_full
