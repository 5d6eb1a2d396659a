"""Known browsers: whose they are, how many, how long."""

from __future__ import annotations

import pytest
import time_machine

from domain import known_browsers, own_sessions
from domain.known_browsers import MOST
from domain.visit import utcnow
from models import Event, KnownBrowser, Session
from tests.cast import HOME, Cast
from tests.domain.seat import ELSEWHERE, Seat

DAY = 86_400


@pytest.fixture(autouse=True)
def installation(clock: time_machine.Traveller, cast: Cast) -> None:
    """An open database at NOON."""


def test_a_browser_is_known_to_the_user_who_logged_in_there(cast: Cast) -> None:
    carls, ritas = Seat("carl").enter().devices, Seat("rita").enter().devices
    assert known_browsers.recognise(cast.carl, carls, utcnow())
    assert known_browsers.recognise(cast.rita, [*carls, *ritas], utcnow())
    assert known_browsers.recognise(cast.rita, carls, utcnow()) is None
    assert known_browsers.recognise(cast.carl, [], utcnow()) is None
    assert known_browsers.recognise(cast.carl, ["x" * 43], utcnow()) is None


def test_a_known_browser_is_not_made_twice_and_its_last_use_is_written() -> None:
    seat = Seat("carl").enter()
    seat.address = ELSEWHERE
    seat.enter()
    row = KnownBrowser.get()
    assert KnownBrowser.select().count() == len(seat.devices) == 1
    assert (row.address, row.last_used_at) == (ELSEWHERE, utcnow())


def test_a_browser_is_forgotten_ninety_days_after_its_last_use(cast: Cast, clock: time_machine.Traveller) -> None:
    seat = Seat("carl").enter()
    for _ in range(2):
        clock.shift(90 * DAY - 1)
        seat.enter()
    clock.shift(90 * DAY - 1)
    known_browsers.prune(utcnow())
    assert known_browsers.recognise(cast.carl, seat.devices, utcnow())
    clock.shift(1)
    assert known_browsers.recognise(cast.carl, seat.devices, utcnow()) is None
    clock.shift(1)
    known_browsers.prune(utcnow())
    assert KnownBrowser.select().count() == 0


def test_a_user_has_twenty_and_the_longest_unused_goes_first(cast: Cast, clock: time_machine.Traveller) -> None:
    Seat("rita").enter()
    seats = []
    for _ in range(MOST):
        seats.append(Seat("carl").enter())
        clock.shift(1)
    seats[0].enter()
    Seat("carl").enter()
    known = [known_browsers.recognise(cast.carl, seat.devices, utcnow()) is not None for seat in seats]
    assert known == [True, False] + [True] * (MOST - 2)
    assert MOST == 20
    assert known_browsers.of_user(cast.rita.id).count() == 1


def test_a_person_forgets_one_of_his_browsers_and_nobody_elses(cast: Cast) -> None:
    carl, rita = Seat("carl").enter(), Seat("rita").enter()
    mine, hers = carl.standing.known_browser_id, rita.standing.known_browser_id
    assert not own_sessions.forget_browser(cast.carl.id, hers, carl.visit)
    assert own_sessions.forget_browser(cast.carl.id, mine, carl.visit)
    assert not own_sessions.forget_browser(cast.carl.id, mine, carl.visit)
    assert [row.id for row in KnownBrowser.select()] == [hers]
    assert Session.get_by_id(carl.standing.session_id).known_browser_id is None
    event = Event.get(Event.tag == "account:known_browser:forgotten")
    assert event.details == f'{{"browser": "{HOME}"}}'


def test_the_token_is_stored_as_a_hash() -> None:
    [token] = Seat("carl").enter().devices
    assert token not in str(list(KnownBrowser.select().tuples()))
