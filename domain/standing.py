"""Where a visitor stands: everything that decides about a request, brought by the guard's one statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from domain import permissions, site, users, vault
from domain.permissions import Permission
from domain.policy import TwoFactorPolicy, two_factor_policy
from domain.users import Block
from models import Stage, database

PENDING = timedelta(minutes=10)  # a session in stage password
CLOCK_SLACK = timedelta(minutes=5)  # what lies further ahead is from before the clock was set back, and counts as over
FRESH = timedelta(minutes=15)  # a log-in or confirmation younger than this proves who sits there


class End(StrEnum):
    """Why a session ended."""

    LOGGED_OUT = "logged out"
    REPLACED = "replaced"
    REVOKED = "revoked"
    PASSWORD_CHANGED = "password changed"  # noqa: S105
    TWO_FACTOR_CHANGED = "two-step changed"
    RESET = "reset"
    TOO_MANY = "too many"
    IDLE = "idle"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Standing:
    """Everything that decides about a request, brought by one statement: the session, its user, role and class."""

    session_id: int
    stage: str
    address: str
    created_at: datetime
    last_used_at: datetime
    confirmed_at: datetime
    known_browser_id: int | None
    previous_login_at: datetime | None
    previous_login_address: str | None
    enrolment_put_off: bool
    shows_codes: bool
    end: End | None
    ended_at: datetime | None
    user_id: int
    login: str
    name: str
    email: str
    kind: str
    role: str
    permissions: frozenset[Permission]
    block: Block | None
    must_change_password: bool
    password_changed_at: datetime | None
    policy: TwoFactorPolicy
    grace_began_at: datetime | None
    enrolled: bool

    @property
    def is_full(self) -> bool:
        return self.stage == Stage.FULL

    @property
    def must_enrol(self) -> bool:
        """Required and not done, whether or not it can still be put off."""
        return self.policy.required and not self.enrolled

    def is_fresh(self, now: datetime) -> bool:
        return -CLOCK_SLACK < now - self.confirmed_at < FRESH

    def grace_ends_at(self, now: datetime) -> datetime | None:
        """Until when enrolment can be put off; None where it is not due, or not to be put off."""
        return None if self.enrolled else self.policy.grace_ends_at(self.grace_began_at, now)


# The guard's one statement. Written as SQL because building it anew costs more than running it.
_STANDING = """
SELECT s.id, s.stage, s.address, s.created_at, s.last_used_at, s.confirmed_at, s.known_browser_id,
       s.previous_login_at, s.previous_login_address, s.enrolment_put_off, s.shown_codes_until, s.ended_at,
       s.end_reason,
       u.id, u.login, u.name, u.email, u.kind, u.active, u.activates_at, u.expires_at, u.must_change_password,
       u.two_factor, u.grace_began_at, c.two_factor, c.grace_days, c.idle_minutes, r.name, r.permissions,
       EXISTS (SELECT 1 FROM authenticator a WHERE a.user_id = u.id), u.password_changed_at, p.active,
       p.activates_at, p.expires_at
  FROM session s
  JOIN user u ON u.id = s.user_id
  JOIN account_class c ON c.id = u.account_class_id
  JOIN role r ON r.id = u.role_id
  LEFT JOIN user p ON p.id = u.parent_id AND u.kind = 'individual'
 WHERE s.token_hash = ?
"""


def resume(token: str, now: datetime) -> Standing | None:
    """What the token stands for; an ended or overdue session comes back with its `end`."""
    row = database.execute_sql(_STANDING, (vault.token_hash(token),)).fetchone()
    return None if row is None else _standing(row, now)


def _standing(row: Sequence[object], now: datetime) -> Standing:
    (sid, stage, address, created, used, confirmed, browser, previous_at, previous_address, put_off, codes_until) = row[
        :11
    ]
    (ended, reason, uid, login, name, email, kind, active, activates, expires, must_change) = row[11:22]
    (own_policy, grace_began, class_policy, grace_days, idle_minutes, role, permitted, enrolled, changed) = row[22:31]
    parent_active, parent_activates, parent_expires = row[31:]
    block = users.block(bool(active), _at(activates), _at(expires), now)
    if block is None and parent_active is not None:
        block = users.block(bool(parent_active), _at(parent_activates), _at(parent_expires), now)
    created_at, last_used_at, ended_at = _instant(created), _instant(used), _at(ended)
    return Standing(
        session_id=sid,  # type: ignore[arg-type]
        stage=stage,  # type: ignore[arg-type]
        address=address,  # type: ignore[arg-type]
        created_at=created_at,
        last_used_at=last_used_at,
        confirmed_at=_instant(confirmed),
        known_browser_id=browser,  # type: ignore[arg-type]
        previous_login_at=_at(previous_at),
        previous_login_address=previous_address,  # type: ignore[arg-type]
        enrolment_put_off=bool(put_off),
        shows_codes=codes_until is not None and _instant(codes_until) > now,
        end=End(str(reason)) if ended_at else _overdue(str(stage), created_at, last_used_at, idle_minutes, now),
        ended_at=ended_at,
        user_id=uid,  # type: ignore[arg-type]
        login=login,  # type: ignore[arg-type]
        name=name,  # type: ignore[arg-type]
        email=email,  # type: ignore[arg-type]
        kind=kind,  # type: ignore[arg-type]
        role=role,  # type: ignore[arg-type]
        permissions=permissions.parse(str(permitted)),
        block=block,
        must_change_password=bool(must_change),
        password_changed_at=_at(changed),
        policy=two_factor_policy(str(own_policy), str(class_policy), int(grace_days)),  # type: ignore[call-overload]
        grace_began_at=_at(grace_began),
        enrolled=bool(enrolled),
    )


def _overdue(
    stage: str, created_at: datetime, last_used_at: datetime, idle_minutes: object, now: datetime
) -> End | None:
    if stage == Stage.PASSWORD:
        return End.OVER if now - created_at >= PENDING else None
    settings, idle = site.current(), idle_time(idle_minutes)
    if now - last_used_at >= idle:
        return End.IDLE
    if created_at - now >= CLOCK_SLACK:
        return End.OVER
    return End.OVER if now - created_at >= settings.session_absolute else None


def idle_time(idle_minutes: object) -> timedelta:
    """How long a session may lie unused: the setting of the installation, shortened by a class."""
    limit = site.current().session_idle
    return min(limit, timedelta(minutes=idle_minutes)) if isinstance(idle_minutes, int) and idle_minutes else limit


def _instant(text: object) -> datetime:
    return datetime.fromisoformat(str(text)).replace(tzinfo=UTC)


def _at(text: object) -> datetime | None:
    return None if text is None else _instant(text)
