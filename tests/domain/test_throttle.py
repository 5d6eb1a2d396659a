"""Budgets of attempts, by numbers and for any order of attempts."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain import errors, throttle
from domain.throttle import Booking, Budget, Windows
from models import Attempt, database

pytestmark = pytest.mark.usefixtures("app")
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def book(bucket: str, windows: Windows, second: float) -> Booking:
    return throttle.book([Budget(bucket, windows)], NOON + timedelta(seconds=second))


@pytest.mark.parametrize(
    ("windows", "pace", "allowed", "span"),
    [
        (throttle.PASSWORD_OF_BROWSER, 0, 10, 300),
        (throttle.PASSWORD_OF_SOURCE_FOR_LOGIN, 0, 10, 300),
        (throttle.PASSWORD_OF_LOGIN, 0, 50, 3_600),
        (throttle.PASSWORD_OF_SOURCE, 0, 100, 300),
        (throttle.ENROLMENT, 0, 10, 300),
        (throttle.CODE, 0, 5, 300),
        (throttle.CODE, 75, 20, 3_600),
        (throttle.CODE, 190, 50, 86_400),
        (throttle.RECOVERY_CODE, 0, 5, 300),
        (throttle.RECOVERY_CODE, 75, 10, 3_600),
        (throttle.RECOVERY_CODE, 400, 50, 86_400),
    ],
)
def test_a_budget_allows_so_many_attempts_in_so_much_time(windows: Windows, pace: int, allowed: int, span: int) -> None:
    with database.atomic() as quick:
        for number in range(allowed):
            booking = book("b", windows, number * pace)
        assert booking.left == 0
        last = allowed * pace
        with pytest.raises(errors.TooManyAttempts) as refusal:
            book("b", windows, last)
        assert refusal.value.retry_after == span - last
        with pytest.raises(errors.TooManyAttempts):
            book("b", windows, span - 0.001)
        book("b", windows, span)
        quick.rollback()


def test_the_attempts_left_are_those_of_the_tightest_budget() -> None:
    book("narrow", ((3, throttle.HOUR),), 0)
    both = [Budget("wide", ((9, throttle.HOUR),)), Budget("narrow", ((3, throttle.HOUR), (7, throttle.DAY)))]
    assert [throttle.book(both, NOON).left for _ in range(2)] == [1, 0]


def test_an_attempt_is_booked_in_each_budget_or_in_none() -> None:
    book("full", ((1, throttle.HOUR),), 0)
    with pytest.raises(errors.TooManyAttempts):
        throttle.book([Budget("empty", ((1, throttle.HOUR),)), Budget("full", ((1, throttle.HOUR),))], NOON)
    assert book("empty", ((1, throttle.HOUR),), 0).left == 0


def test_a_released_attempt_gives_back_itself_and_no_other() -> None:
    windows = ((2, throttle.HOUR),)
    book("b", windows, 0)
    throttle.release(book("b", windows, 1))
    assert book("b", windows, 2).left == 0
    with pytest.raises(errors.TooManyAttempts):
        book("b", windows, 3)


def test_to_forget_empties_a_bucket_and_those_below_it_but_no_neighbour() -> None:
    windows = ((1, throttle.HOUR),)
    below, neighbours = ["login a_b", "login a_b:192.0.2.1"], ["login a_bc", "login axb:192.0.2.1", "login a"]
    for bucket in below + neighbours:
        book(bucket, windows, 0)
    assert throttle.forget(["login a_b"]) == 2
    for bucket in below:
        book(bucket, windows, 1)
    for bucket in neighbours:
        with pytest.raises(errors.TooManyAttempts):
            book(bucket, windows, 1)


def test_attempts_are_forgotten_after_a_day() -> None:
    for second in (-86_401, -86_399, 0):
        book("b", throttle.PASSWORD_OF_SOURCE, second)
    throttle.prune(NOON)
    assert Attempt.select().count() == 2


WINDOWS: Windows = ((2, timedelta(seconds=10)), (4, timedelta(seconds=60)), (6, timedelta(seconds=300)))


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seconds=st.lists(st.integers(0, 600) | st.floats(0, 60, allow_nan=False), max_size=40))
def test_whatever_the_order_of_attempts_no_window_ever_judges_more_than_its_budget(seconds: list[float]) -> None:
    """Also where the clock of the server jumps back."""
    judged: list[datetime] = []
    with database.atomic() as quick:
        for second in seconds:
            with contextlib.suppress(errors.TooManyAttempts):
                book("b", WINDOWS, second)
                judged.append(NOON + timedelta(seconds=second))
        quick.rollback()
    for limit, span in WINDOWS:
        for end in judged:
            assert sum(end - span < at <= end for at in judged) <= limit


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pauses=st.lists(st.integers(0, 100), min_size=3, max_size=30))
def test_who_waits_as_told_is_let_try_again_and_not_a_second_earlier(pauses: list[int]) -> None:
    second = 0
    with database.atomic() as quick:
        for pause in pauses:
            second += pause
            try:
                book("b", WINDOWS, second)
            except errors.TooManyAttempts as refusal:
                wait = refusal.retry_after or 0
                with pytest.raises(errors.TooManyAttempts):
                    book("b", WINDOWS, second + wait - 1)
                second += wait
                book("b", WINDOWS, second)
        quick.rollback()
