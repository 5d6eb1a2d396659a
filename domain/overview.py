"""What a person's Security page shows: one read of everything, for the page and for each panel that answers an act."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from domain import drafts, site, trusted_ips
from domain.drafts import Draft
from domain.networks import Network
from domain.permissions import Permission
from domain.standing import VISITS_LAST, Standing
from domain.trusted_ips import AddressList
from models import Access, instant, run

RECENT_EVENTS = 5
FIRST_ENTRIES = 3  # of a list that is too long for the page: a thousand must cost no more than one


class Authenticator(NamedTuple):
    enabled_at: datetime
    last_used_at: datetime | None
    recovery_codes_left: int


@dataclass(frozen=True, slots=True)
class Provided:
    """The provider's list, where it is armed."""

    entries: tuple[trusted_ips.Entry, ...]
    count: int
    by_class: bool


class TrustedIps(NamedTuple):
    """The own list, dormant or armed, and the provider's. `entries` are the first of `count`."""

    own_access: Access
    entries: tuple[trusted_ips.Entry, ...]
    own_count: int
    version: int
    provider: Provided | None

    def draft(self, here: Network | None, now: datetime) -> Draft:
        return drafts.of(AddressList(self.own_access, self.entries, self.version), here, now, self.own_count)


class Browser(NamedTuple):
    """A session, or a known browser. `visitor` is the login of who acts for the user there."""

    id: int
    user_agent: str
    address: str
    created_at: datetime
    last_used_at: datetime
    visitor: str | None = None


class Event(NamedTuple):
    tag: str
    details: str
    address: str
    at: datetime
    actor: str
    while_acting: bool
    subject: str


@dataclass(frozen=True, slots=True)
class Overview:
    authenticator: Authenticator | None
    trusted_ips: TrustedIps | None
    sessions: list[Browser]
    known_browsers: list[Browser]
    events: list[Event]


def security(standing: Standing, now: datetime) -> Overview:
    """Only what the role may see is read."""
    may, user_id = standing.permissions, standing.user_id
    shows_two_factor = Permission.TWO_FACTOR in may and standing.enrolled
    return Overview(
        authenticator=_authenticator(user_id) if shows_two_factor else None,
        trusted_ips=_trusted_ips(standing) if Permission.ADDRESSES in may else None,
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


def _trusted_ips(standing: Standing) -> TrustedIps:
    own = "SELECT id, version FROM trusted_ip_list WHERE user_id = ? AND side = 'own'"
    list_id, version = run(own, standing.user_id).fetchone() or (None, 0)
    entries, count = _first(list_id) if list_id else ((), 0)
    access = Access.LISTED if standing.own_list_id else Access.ANY
    return TrustedIps(access, entries, count, version, _provided(standing))


def _provided(standing: Standing) -> Provided | None:
    if standing.provider_list_id is None:
        return None
    by_class = "SELECT user_id IS NULL FROM trusted_ip_list WHERE id = ?"
    entries, count = _first(standing.provider_list_id)
    return Provided(entries, count, bool(run(by_class, standing.provider_list_id).fetchone()[0]))


def _first(list_id: int) -> tuple[tuple[trusted_ips.Entry, ...], int]:
    [count] = run("SELECT count(*) FROM trusted_ip WHERE trusted_ip_list_id = ?", list_id).fetchone()
    return trusted_ips.entries_of(list_id, count if count <= drafts.SHOWN else FIRST_ENTRIES), count


def _sessions(standing: Standing, now: datetime) -> list[Browser]:
    rows = run(
        "SELECT s.id, s.user_agent, s.address, s.created_at, s.last_used_at,"
        " (SELECT v.login FROM session k JOIN user v ON v.id = k.user_id WHERE k.id = s.actor_session_id)"
        " FROM session s WHERE s.user_id = ? AND s.stage = 'full' AND s.ended_at IS NULL AND s.last_used_at > ?"
        " AND s.created_at > ? AND (s.actor_session_id IS NULL OR s.created_at > ?)"
        " ORDER BY s.id = ? DESC, s.last_used_at DESC, s.id DESC",
        standing.user_id,
        now - standing.idle,
        now - site.current().session_absolute,
        now - VISITS_LAST,
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


def _browser(row: tuple[Any, ...]) -> Browser:
    session_id, agent, address, created_at, last_used_at, *visitor = row
    return Browser(session_id, agent, address, instant(created_at), instant(last_used_at), *visitor)


def _events(user_id: int) -> list[Event]:
    rows = run(
        "SELECT tag, details, address, at, actor, while_acting, subject FROM event"
        " WHERE subject_user_id = ? ORDER BY id DESC LIMIT ?",
        user_id,
        RECENT_EVENTS,
    )
    return [Event(tag, details, address, instant(at), *by) for tag, details, address, at, *by in rows]
