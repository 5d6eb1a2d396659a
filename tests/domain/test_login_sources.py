"""From where somebody logs in: familiar for 30 days."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from domain import login_sources
from domain.visit import utcnow
from models import LoginSource
from tests.cast import HOME, Cast
from tests.domain.seat import ELSEWHERE, Seat

V6, SAME_LINE, OTHER_LINE = "2001:db8:0:1::1", "2001:db8:0:1:ffff::2", "2001:db8:0:2::1"


@pytest.fixture(autouse=True)
def installation(clock: time_machine.Traveller, cast: Cast) -> None:
    """An open database at NOON."""


def test_each_log_in_notes_its_source_once_and_the_newest_comes_first(
    cast: Cast, clock: time_machine.Traveller
) -> None:
    for address in (HOME, V6, ELSEWHERE, "", SAME_LINE, HOME):
        clock.shift(1)
        Seat("carl", address).enter()
    assert login_sources.familiar(cast.carl.id, utcnow()) == [HOME, "2001:db8:0:1::/64", "", ELSEWHERE]
    assert login_sources.familiar(cast.ivy.id, utcnow()) == []


def test_ipv6_is_familiar_by_its_64(cast: Cast) -> None:
    login_sources.note(cast.carl.id, V6, utcnow())
    known = [
        login_sources.is_familiar(cast.carl.id, address, utcnow()) for address in (V6, SAME_LINE, OTHER_LINE, HOME)
    ]
    assert known == [True, True, False, False]
    assert not login_sources.is_familiar(cast.ivy.id, V6, utcnow())


@pytest.mark.parametrize(("passed", "familiar"), [(timedelta(days=30, seconds=-1), True), (timedelta(days=30), False)])
def test_after_thirty_days_a_source_is_strange(
    passed: timedelta, familiar: bool, cast: Cast, clock: time_machine.Traveller
) -> None:
    login_sources.note(cast.carl.id, HOME, utcnow())
    clock.shift(passed)
    assert login_sources.is_familiar(cast.carl.id, HOME, utcnow()) is familiar
    assert bool(login_sources.familiar(cast.carl.id, utcnow())) is familiar


def test_what_is_strange_again_is_forgotten(cast: Cast, clock: time_machine.Traveller) -> None:
    login_sources.note(cast.carl.id, HOME, utcnow())
    clock.shift(timedelta(days=30))
    login_sources.note(cast.carl.id, ELSEWHERE, utcnow())
    login_sources.prune(utcnow())
    assert LoginSource.select().count() == 2
    clock.shift(1)
    login_sources.prune(utcnow())
    assert [row.source for row in LoginSource.select()] == [ELSEWHERE]
