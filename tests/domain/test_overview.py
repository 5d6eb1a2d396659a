"""What the Security page reads, by permission."""

from __future__ import annotations

import json

import pytest
import time_machine

from domain import overview, two_factor
from domain.visit import utcnow
from models import Role
from tests.cast import Cast
from tests.domain.seat import Seat, give_key


@pytest.fixture
def seat(clock: time_machine.Traveller, cast: Cast) -> Seat:
    give_key(cast.carl)
    for _ in range(6):
        seat = Seat("carl").enter()
    two_factor.new_recovery_codes(seat.user, seat.visit)
    Seat("rita").enter()
    return seat


@pytest.mark.parametrize(
    ("permissions", "codes", "sessions", "browsers", "events"),
    [
        (["two_factor", "sessions", "activity"], 10, 6, 6, 5),
        (["two_factor"], 10, 0, 0, 0),
        (["sessions"], 0, 6, 6, 0),
        (["activity"], 0, 0, 0, 5),
        ([], 0, 0, 0, 0),
    ],
)
def test_only_what_the_role_may_see_is_read(
    seat: Seat, permissions: list[str], codes: int, sessions: int, browsers: int, events: int
) -> None:
    Role.update(permissions=json.dumps(permissions)).execute()
    seen = overview.security(seat.standing, utcnow())
    assert (seen.authenticator.recovery_codes_left if seen.authenticator else 0) == codes
    assert (len(seen.sessions), len(seen.known_browsers), len(seen.events)) == (sessions, browsers, events)
