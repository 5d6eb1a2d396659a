"""Sessions: started by a right password, made full by `complete` alone, resumed by the guard on each request.

The cookie holds a random token, the row its hash: a session is over when its row says so (ASVS 7.4.1). The token
changes at each step (ASVS 7.2.4); the old one is dead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from domain import audit, known_browsers, permissions, site, users, vault
from domain.audit import Tag
from domain.client_address import source
from domain.permissions import Permission
from domain.policy import TwoFactorPolicy, two_factor_policy
from domain.users import Block
from domain.visit import Visit
from models import Enrolment, LoginLink, LoginSource, Session, Stage, User, database

PENDING = timedelta(minutes=10)  # a session in stage password
TOUCH_EVERY = timedelta(minutes=1)
FRESH = timedelta(minutes=15)  # a log-in or confirmation younger than this proves who sits there
ENDED_KEPT = timedelta(days=7)
MOST_FULL = 50
MOST_PENDING = 5
FAMILIAR = timedelta(days=30)


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
class Tokens:
    """What the browser gets after a step: the new session token, and its token as a known browser where that is new."""

    session: str
    known_browser: str | None = None


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
        return now - self.confirmed_at < FRESH

    def grace_ends_at(self, now: datetime) -> datetime | None:
        return self.policy.grace_ends_at(self.grace_began_at, now)


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
    settings = site.current()
    idle = min(settings.session_idle, timedelta(minutes=idle_minutes)) if idle_minutes else settings.session_idle  # type: ignore[arg-type]
    if now - last_used_at >= idle:
        return End.IDLE
    return End.OVER if now - created_at >= settings.session_absolute else None


def _instant(text: object) -> datetime:
    return datetime.fromisoformat(str(text)).replace(tzinfo=UTC)


def _at(text: object) -> datetime | None:
    return None if text is None else _instant(text)


def touch(standing: Standing, now: datetime) -> None:
    """Writes the last use, once a minute at most."""
    if now - standing.last_used_at >= TOUCH_EVERY:
        Session.update(last_used_at=now).where(
            Session.id == standing.session_id, Session.last_used_at < now - TOUCH_EVERY
        ).execute()


def start(user: User, visit: Visit, *, known_browser_id: int | None, replaces: int | None) -> tuple[int, str]:
    """A session in stage password; it is good for the code step and nothing else. Returns its id and token."""
    token = vault.new_token()
    with database.atomic():
        session_id = Session.insert(
            token_hash=vault.token_hash(token),
            user=user,
            stage=Stage.PASSWORD,
            address=visit.address,
            user_agent=visit.user_agent,
            created_at=visit.now,
            last_used_at=visit.now,
            confirmed_at=visit.now,
            known_browser=known_browser_id,
            replaces=replaces,
        ).execute()
        _end_surplus(user.id, Stage.PASSWORD, MOST_PENDING, visit.now)
    return session_id, token


def complete(session_id: int, visit: Visit, *, method: str) -> Tokens | None:
    """The only function that makes a session full; None when it is no longer in stage password.

    It renews the token, ends the session that the browser presented at log-in, makes the browser known, and writes
    the log-in down: all in one transaction, so a log-in that cannot be recorded does not happen.
    """
    token = vault.new_token()
    with database.atomic():
        session = Session.select(Session, User).join(User).where(Session.id == session_id).get()
        user = session.user
        made_full = (
            Session.update(
                stage=Stage.FULL,
                token_hash=vault.token_hash(token),
                created_at=visit.now,
                last_used_at=visit.now,
                confirmed_at=visit.now,
                address=visit.address,
                previous_login_at=user.last_login_at,
                previous_login_address=user.last_login_address,
            )
            .where(Session.id == session_id, Session.stage == Stage.PASSWORD, Session.ended_at.is_null())
            .execute()
        )
        if not made_full:
            return None
        browser_token = _make_known(session, visit)
        if session.replaces_id:
            end([session.replaces_id], End.REPLACED, visit.now)
        _end_surplus(user.id, Stage.FULL, MOST_FULL, visit.now)
        _note_login(user, visit)
        audit.record(Tag.LOGGED_IN, visit, user, details={"method": method})
    return Tokens(token, browser_token)


def _make_known(session: Session, visit: Visit) -> str | None:
    """Notes that the session's browser was used; returns a token where the browser is a new one for this user."""
    if session.known_browser_id:
        known_browsers.touch(session.known_browser_id, visit)
        return None
    browser, token = known_browsers.remember(session.user_id, visit)
    Session.update(known_browser=browser).where(Session.id == session.id).execute()
    return token


def _note_login(user: User, visit: Visit) -> None:
    policy = users.policy_of(user)
    began = user.grace_began_at or (visit.now if policy.grace_days is not None else None)
    User.update(last_login_at=visit.now, last_login_address=visit.address, grace_began_at=began).where(
        User.id == user.id
    ).execute()
    LoginSource.insert(user=user, source=source(visit.address), last_login_at=visit.now).on_conflict(
        conflict_target=[LoginSource.user, LoginSource.source], update={LoginSource.last_login_at: visit.now}
    ).execute()


def is_familiar(user: User, address: str, now: datetime) -> bool:
    """Whether the user got in from this source during the last 30 days."""
    return bool(
        LoginSource.select()
        .where(
            LoginSource.user == user, LoginSource.source == source(address), LoginSource.last_login_at > now - FAMILIAR
        )
        .exists()
    )


def renew(session_id: int, visit: Visit) -> Tokens:
    """A new token after a change of password or key, or a confirmation; the browser is known anew where it was not."""
    token = vault.new_token()
    with database.atomic():
        browser_token = _make_known(Session.get_by_id(session_id), visit)
        Session.update(token_hash=vault.token_hash(token), confirmed_at=visit.now, last_used_at=visit.now).where(
            Session.id == session_id, Session.ended_at.is_null()
        ).execute()
    return Tokens(token, browser_token)


def live_of(user_id: int, now: datetime) -> list[Session]:
    """The full sessions of a user that can still be used, last used first."""
    settings = site.current()
    return list(
        Session.select()
        .where(
            Session.user == user_id,
            Session.stage == Stage.FULL,
            Session.ended_at.is_null(),
            Session.last_used_at > now - settings.session_idle,
            Session.created_at > now - settings.session_absolute,
        )
        .order_by(Session.last_used_at.desc(), Session.id.desc())
    )


def end(session_ids: Sequence[int], reason: End, now: datetime) -> int:
    """Ends these sessions, and with them what they show or have pending. Returns how many went on until now."""
    Enrolment.delete().where(Enrolment.session.in_(session_ids)).execute()
    return int(
        Session.update(ended_at=now, end_reason=reason, shown_codes=None, shown_codes_until=None)
        .where(Session.id.in_(session_ids), Session.ended_at.is_null())
        .execute()
    )


def revoke(user_id: int, session_id: int, visit: Visit) -> Session | None:
    """Ends one session of this user; None when it has none such."""
    with database.atomic():
        session: Session | None = Session.get_or_none(Session.id == session_id, Session.user == user_id)
        if session and end([session.id], End.REVOKED, visit.now):
            audit.record(Tag.SESSION_REVOKED, visit, users.by_id(user_id), details={"session": session.address})
    return session


def revoke_others(standing: Standing, visit: Visit) -> int:
    """Log out all others."""
    with database.atomic():
        count = end_all(standing.user_id, End.REVOKED, visit.now, keep=standing.session_id)
        audit.record(Tag.SESSIONS_ENDED, visit, users.by_id(standing.user_id), details={"sessions": count})
    return count


def forget_browser(user_id: int, browser_id: int, visit: Visit) -> bool:
    """False when the user has no such known browser."""
    with database.atomic():
        browser = known_browsers.forget(user_id, browser_id)
        if browser:
            audit.record(Tag.BROWSER_FORGOTTEN, visit, users.by_id(user_id), details={"browser": browser.address})
    return browser is not None


def end_all(user_id: int, reason: End, now: datetime, *, keep: int | None = None) -> int:
    """Ends all sessions of a user, pending ones too, but for the one to keep. Returns the number of full ones."""
    ids = [
        (session_id, stage)
        for session_id, stage in Session.select(Session.id, Session.stage)
        .where(Session.user == user_id, Session.ended_at.is_null())
        .tuples()
        if session_id != keep
    ]
    end([session_id for session_id, _ in ids], reason, now)
    return sum(stage == Stage.FULL for _, stage in ids)


def cut_off(user_id: int, reason: End, now: datetime, *, keep: int | None = None) -> int:
    """What a change or reset of password or key ends: other sessions, known browsers, links. Returns ended sessions."""
    known_browsers.forget_all(user_id)
    LoginLink.delete().where(LoginLink.user == user_id, LoginLink.used_at.is_null()).execute()
    return end_all(user_id, reason, now, keep=keep)


def log_out(standing: Standing, visit: Visit) -> None:
    with database.atomic():
        if end([standing.session_id], End.LOGGED_OUT, visit.now):
            audit.record(Tag.LOGGED_OUT, visit, users.by_id(standing.user_id))


def _end_surplus(user_id: int, stage: Stage, most: int, now: datetime) -> None:
    """The oldest of the same stage end when there are too many."""
    surplus = (
        Session.select(Session.id)
        .where(Session.user == user_id, Session.stage == stage, Session.ended_at.is_null())
        .order_by(Session.created_at.desc(), Session.id.desc())
        .offset(most)
        .tuples()
    )
    ids = [session_id for (session_id,) in surplus]
    if ids:
        end(ids, End.TOO_MANY, now)


def prune(now: datetime) -> None:
    """Forgets what is over since a week."""
    oldest = now - ENDED_KEPT
    Session.delete().where((Session.ended_at < oldest) | (Session.last_used_at < oldest)).execute()
