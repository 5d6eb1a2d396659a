"""What is over is forgotten by log-ins, once an hour at most."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine

from domain import denials, housekeeping, login_sources, sessions
from domain.access import Rule
from domain.standing import End
from domain.visit import utcnow
from models import Attempt, Denial, LoginSource, Relief, Session
from tests.cast import Cast
from tests.domain.seat import Seat


@pytest.fixture(autouse=True)
def first_sweep(clock: time_machine.Traveller, cast: Cast) -> Iterator[None]:
    """When the process swept last is its own memory, which the tests before have written."""
    housekeeping._swept_at = None
    yield
    housekeeping._swept_at = None


def old_attempt() -> None:
    Attempt.insert(bucket="b", at=utcnow() - timedelta(days=2)).execute()


def test_a_log_in_sweeps_once_an_hour(clock: time_machine.Traveller) -> None:
    left = []
    for pause in (0, 3_599, 1, -7_200):
        clock.shift(pause)
        old_attempt()
        Seat("carl").give_password()
        left.append(Attempt.select().count())
    assert left == [0, 1, 0, 0]


def test_a_wrong_password_sweeps_too() -> None:
    old_attempt()
    with pytest.raises(Exception, match="incorrect"):
        Seat("carl").give_password("wrong")
    assert Attempt.select().where(Attempt.bucket == "b").count() == 0


def test_ended_and_unused_sessions_are_forgotten_after_a_week(clock: time_machine.Traveller) -> None:
    ended, unused, used = Seat("carl").enter(), Seat("carl").enter(), Seat("carl").enter()
    sessions.end([ended.standing.session_id], End.REVOKED, utcnow())
    clock.shift(timedelta(days=7))
    housekeeping.sweep(utcnow())
    assert (ended.end, unused.end) == (End.REVOKED, End.IDLE)
    sessions.touch(used.standing, used.visit)
    clock.shift(1)
    housekeeping.sweep(utcnow())
    assert [row.id for row in Session.select()] == [used.standing.session_id]


def test_refusals_and_sources_of_log_ins_are_forgotten_after_thirty_days(clock: time_machine.Traveller) -> None:
    seat = Seat("carl").enter()
    denials.note(seat.standing, Rule.OWN_LIST, seat.visit)
    assert denials.KEPT == login_sources.FAMILIAR == timedelta(days=30)
    for passed, left in ((timedelta(days=30), (1, 1)), (timedelta(seconds=1), (0, 0))):
        clock.shift(passed)
        housekeeping.sweep(utcnow())
        assert (Denial.select().count(), LoginSource.select().count()) == left


def test_relief_is_forgotten_with_its_session(clock: time_machine.Traveller) -> None:
    seat = Seat("carl").enter()
    now = utcnow()
    Relief.create(session=seat.standing.session_id, granted_by="x", began_at=now, ends_at=now + timedelta(hours=1))
    clock.shift(timedelta(days=7, seconds=1))
    housekeeping.sweep(utcnow())
    assert Relief.select().count() == 0
