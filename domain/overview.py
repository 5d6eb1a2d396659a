"""What a person's Security page shows: one read of everything, for the page and for each panel that answers an act."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain import audit, known_browsers, recovery_codes, sessions
from domain.permissions import Permission
from domain.standing import Standing
from models import Authenticator, Event, KnownBrowser, Session

RECENT_EVENTS = 5


@dataclass(frozen=True, slots=True)
class Overview:
    authenticator: Authenticator | None
    recovery_codes_left: int
    sessions: list[Session]
    known_browsers: list[KnownBrowser]
    events: list[Event]


def security(standing: Standing, now: datetime) -> Overview:
    """Only what the role may see is read."""
    may, user_id = standing.permissions, standing.user_id
    shows_two_factor = Permission.TWO_FACTOR in may and standing.enrolled
    shows_sessions = Permission.SESSIONS in may
    return Overview(
        authenticator=Authenticator.get_or_none(Authenticator.user == user_id) if shows_two_factor else None,
        recovery_codes_left=recovery_codes.left(user_id) if shows_two_factor else 0,
        sessions=sessions.live_of(user_id, now) if shows_sessions else [],
        known_browsers=list(known_browsers.of_user(user_id)) if shows_sessions else [],
        events=audit.recent(user_id, RECENT_EVENTS) if Permission.ACTIVITY in may else [],
    )
