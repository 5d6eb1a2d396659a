"""What a person's Security page shows: one read of everything, for the page and for each panel that answers an act."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from domain import site
from domain.permissions import Permission
from domain.standing import Standing
from models import instant, run

RECENT_EVENTS = 5


class Authenticator(NamedTuple):
    enabled_at: datetime
    last_used_at: datetime | None
    recovery_codes_left: int


class Browser(NamedTuple):
    """A session, or a known browser."""

    id: int
    user_agent: str
    address: str
    created_at: datetime
    last_used_at: datetime


class Event(NamedTuple):
    tag: str
    details: str
    address: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Overview:
    authenticator: Authenticator | None
    sessions: list[Browser]
    known_browsers: list[Browser]
    events: list[Event]


def security(standing: Standing, now: datetime) -> Overview:
    """Only what the role may see is read."""
    may, user_id = standing.permissions, standing.user_id
    shows_two_factor = Permission.TWO_FACTOR in may and standing.enrolled
    return Overview(
        authenticator=_authenticator(user_id) if shows_two_factor else None,
        sessions=_sessions(standing, now) if Permission.SESSIONS in may else [],
        known_browsers=_known_browsers(user_id) if Permission.SESSIONS in may else [],
        events=_events(user_id) if Permission.ACTIVITY in may else [],
    )


def _authenticator(user_id: int) -> Authenticator | None:
    row = run(
        "SELECT enabled_at, last_used_at, (SELECT count(*) FROM recovery_code r WHERE r.user_id = a.user_id"
        " AND r.used_at IS NULL AND r.expires_at IS NULL) FROM authenticator a WHERE a.user_id = ?",
        user_id,
    ).fetchone()
    return row and Authenticator(instant(row[0]), row[1] and instant(row[1]), row[2])


def _sessions(standing: Standing, now: datetime) -> list[Browser]:
    rows = run(
        "SELECT id, user_agent, address, created_at, last_used_at FROM session WHERE user_id = ? AND stage = 'full'"
        " AND ended_at IS NULL AND last_used_at > ? AND created_at > ?"
        " ORDER BY id = ? DESC, last_used_at DESC, id DESC",
        standing.user_id,
        now - standing.idle,
        now - site.current().session_absolute,
        standing.session_id,
    )
    return [_browser(row) for row in rows]


def _known_browsers(user_id: int) -> list[Browser]:
    rows = run(
        "SELECT id, user_agent, address, created_at, last_used_at FROM known_browser WHERE user_id = ?"
        " ORDER BY last_used_at DESC, id DESC",
        user_id,
    )
    return [_browser(row) for row in rows]


def _browser(row: tuple[int, str, str, str, str]) -> Browser:
    return Browser(*row[:3], instant(row[3]), instant(row[4]))


def _events(user_id: int) -> list[Event]:
    rows = run(
        "SELECT tag, details, address, at FROM event WHERE subject_user_id = ? ORDER BY id DESC LIMIT ?",
        user_id,
        RECENT_EVENTS,
    )
    return [Event(tag, details, address, instant(at)) for tag, details, address, at in rows]
