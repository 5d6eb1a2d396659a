"""Sessions: started by a right password, made full by `complete` alone, resumed on each request (standing.py).

The cookie holds a random token, the row its hash: a session is over when its row says so (ASVS 7.4.1). The token
changes at each step (ASVS 7.2.4); the old one is dead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain import audit, errors, known_browsers, login_sources, trusted_ips, users, vault
from domain.audit import Tag
from domain.standing import FRESH, End, Standing
from domain.visit import Visit
from models import Enrolment, LoginLink, PasswordLink, Session, Stage, User, database, run

TOUCH_EVERY = timedelta(minutes=1)
ENDED_KEPT = timedelta(days=7)
MOST_FULL = 50
MOST_PENDING = 5


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the browser gets after a step: the new session token, and its token as a known browser where that is new."""

    session: str
    known_browser: str | None = None


def touch(standing: Standing, visit: Visit) -> None:
    """Writes the last use of the session and of what let it in, once a minute at most."""
    now = visit.now
    if now - standing.last_used_at >= TOUCH_EVERY:
        who = standing.keyboard
        trusted_ips.note_use((who.own_list_id, who.provider_list_id), visit.address, now)
        Session.update(last_used_at=now).where(
            Session.id.in_({standing.session_id, who.session_id}), Session.last_used_at <= now - TOUCH_EVERY
        ).execute()


def start(user: User, visit: Visit, *, known_browser_id: int | None, replaces: int | None) -> tuple[int, str]:
    """A session in stage password; it is good for the code step and nothing else. Returns its id and token."""
    token = vault.new_token()
    with database.atomic():
        session_id = run(
            "INSERT INTO session (token_hash, user_id, stage, address, user_agent, created_at,"
            " last_used_at, confirmed_at, known_browser_id, replaces_id, enrolment_put_off, method)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, '')",
            vault.token_hash(token),
            user.id,
            Stage.PASSWORD,
            visit.address,
            visit.user_agent,
            visit.now,
            visit.now,
            visit.now,
            known_browser_id,
            replaces,
        ).lastrowid
        if replaces:
            _inherit(session_id, user, replaces, visit.address)
        _end_surplus(user.id, Stage.PASSWORD, MOST_PENDING, visit.now, known_browser_id)
    return session_id, token


def _inherit(session_id: int, user: User, replaces: int, address: str) -> None:
    """Relief, an unseen warning and, where sessions are bound, the address of the other family: a network that has
    both sends one request by this and the next by that; bound to one, a session would be refused for ever."""
    old = "SELECT address, paired_address, tried_from, tried_at FROM session WHERE id = ? AND user_id = ?"
    row = run(old, replaces, user.id).fetchone()
    if row is None:
        return
    paired = _other_family(address, *row[:2]) if user.bind_session else None
    change = "UPDATE session SET paired_address = ?, tried_from = ?, tried_at = ? WHERE id = ?"
    run(change, paired, *row[2:], session_id)
    run(
        "INSERT INTO relief (session_id, began_at, ends_at)"
        " SELECT ?, began_at, ends_at FROM relief WHERE session_id = ?",
        session_id,
        replaces,
    )


def _other_family(address: str, *others: str | None) -> str | None:
    return next((other for other in others if other and (":" in other) != (":" in address)), None)


def complete(session_id: int, visit: Visit, *, method: str) -> Tokens:
    """The only function that makes a session full. Raises SessionOver when it is no longer in stage password.

    It renews the token, ends the session that the browser presented at log-in, makes the browser known, and writes
    the log-in down: all in one transaction, so a log-in that cannot be recorded does not happen.
    """
    token = vault.new_token()
    with database.atomic():
        made_full = run(
            "UPDATE session SET stage = 'full', method = ?, token_hash = ?, created_at = ?, last_used_at = ?,"
            " confirmed_at = ?, address = ?, paired_address ="
            " CASE WHEN (instr(address, ':') > 0) <> (instr(?, ':') > 0) THEN address ELSE paired_address END,"
            " (previous_login_at, previous_login_address) ="
            " (SELECT last_login_at, last_login_address FROM user WHERE user.id = session.user_id)"
            " WHERE id = ? AND stage = 'password' AND ended_at IS NULL"
            " RETURNING user_id, known_browser_id, replaces_id",
            method,
            vault.token_hash(token),
            visit.now,
            visit.now,
            visit.now,
            visit.address,
            visit.address,
            session_id,
        ).fetchall()
        if not made_full:
            raise errors.SessionOver
        [(user_id, browser_id, replaces)] = made_full
        browser_token = _make_known(session_id, user_id, browser_id, visit)
        if replaces:
            end([replaces], End.REPLACED, visit.now)
        user = users.by_id(user_id)
        _end_surplus(user.id, Stage.FULL, MOST_FULL, visit.now)
        _note_login(user, visit)
        audit.record(Tag.LOGGED_IN, visit, user, details={"method": method})
    return Tokens(token, browser_token)


def _make_known(session_id: int, user_id: int, browser_id: int | None, visit: Visit) -> str | None:
    """Notes that the session's browser was used; returns a token where the browser is a new one for this user."""
    if browser_id:
        known_browsers.touch(browser_id, visit)
        return None
    browser_id, token = known_browsers.remember(user_id, visit)
    run("UPDATE session SET known_browser_id = ? WHERE id = ?", browser_id, session_id)
    return token


def _note_login(user: User, visit: Visit) -> None:
    policy = users.policy_of(user)
    began = user.grace_began_at or (visit.now if policy.grace_days is not None else None)
    run(
        "UPDATE user SET last_login_at = ?, last_login_address = ?, grace_began_at = ? WHERE id = ?",
        visit.now,
        visit.address,
        began,
        user.id,
    )
    login_sources.note(user.id, visit.address, visit.now)


def renew(session_id: int, visit: Visit) -> Tokens:
    """A new token after a change of password or key, or a confirmation; the browser is known anew where it was not.

    Raises SessionOver when the session was ended meanwhile: the caller's transaction then does nothing.
    """
    with database.atomic():
        session = Session.get_by_id(session_id)
        browser_token = _make_known(session_id, session.user_id, session.known_browser_id, visit)
        return Tokens(reissue(session_id, confirmed_at=visit.now, last_used_at=visit.now), browser_token)


def confirm(standing: Standing, visit: Visit) -> Tokens:
    """The person at the keyboard has proved that it is he; his token changes."""
    if standing.acting is None:
        return renew(standing.session_id, visit)
    with database.atomic():
        reissue(standing.keyboard.session_id, confirmed_at=visit.now)
        return Tokens(reissue(standing.session_id, token=vault.new_acting_token()))


def rebind(session_id: int, visit: Visit) -> Tokens:
    """A new token, good at the address of now, and at that of the other family where it was opened or paired there."""
    with database.atomic():
        session = Session.get_by_id(session_id)
        paired = _other_family(visit.address, session.address, session.paired_address)
        return Tokens(reissue(session_id, address=visit.address, paired_address=paired))


def reissue(session_id: int, *, token: str = "", **columns: object) -> str:
    """The session goes on with a new token; who has a copy of the old one is out. Raises SessionOver."""
    token = token or vault.new_token()
    reissued = (
        Session.update(token_hash=vault.token_hash(token), **columns)
        .where(Session.id == session_id, Session.ended_at.is_null())
        .execute()
    )
    if not reissued:
        raise errors.SessionOver
    return token


def fresh_method(visit: Visit) -> str | None:
    """How the session of this visit was opened, if it began or was confirmed within the last 15 minutes."""
    row = run(
        "SELECT method FROM session WHERE id = ? AND confirmed_at > ?", visit.session_id, visit.now - FRESH
    ).fetchone()
    return row and row[0]


def end_visits(session_ids: Sequence[int], reason: End, now: datetime) -> None:
    """Those to other people's accounts that stand on these sessions."""
    on_these = Session.actor_session.in_(session_ids)
    Session.update(ended_at=now, end_reason=reason).where(on_these, Session.ended_at.is_null()).execute()


def end(session_ids: Sequence[int], reason: End, now: datetime) -> int:
    """Ends these sessions, and with them what they show or have pending, and visits to others' accounts.

    Returns how many went on until now.
    """
    end_visits(session_ids, reason, now)
    Enrolment.delete().where(Enrolment.session.in_(session_ids)).execute()
    return int(
        Session.update(ended_at=now, end_reason=reason, shown_codes=None, shown_codes_until=None)
        .where(Session.id.in_(session_ids), Session.ended_at.is_null())
        .execute()
    )


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
    for link in (LoginLink, PasswordLink):
        link.delete().where(link.user == user_id, link.used_at.is_null()).execute()
    return end_all(user_id, reason, now, keep=keep)


def log_out(standing: Standing, visit: Visit) -> None:
    """The person at the keyboard, out of everything that he has entered."""
    with database.atomic():
        who = standing.keyboard
        if end([who.session_id], End.LOGGED_OUT, visit.now):
            audit.record(Tag.LOGGED_OUT, replace(visit, acting_as=""), users.by_id(who.user_id))


def _end_surplus(user_id: int, stage: Stage, most: int, now: datetime, known_browser_id: int | None = None) -> None:
    """The oldest of the same stage end when there are too many.

    Those in stage password count for each known browser alone, and for strangers together: nobody else can end a
    log-in that its owner has begun.
    """
    of_browser = "AND known_browser_id IS ?" if stage is Stage.PASSWORD else "AND ? IS NULL"
    surplus = run(
        f"SELECT id FROM session WHERE user_id = ? AND stage = ? {of_browser} AND ended_at IS NULL"  # noqa: S608 (ours)
        " AND actor_session_id IS NULL"
        " ORDER BY created_at DESC, id DESC LIMIT -1 OFFSET ?",
        user_id,
        stage,
        known_browser_id,
        most,
    )
    ids = [session_id for (session_id,) in surplus]
    if ids:
        end(ids, End.TOO_MANY, now)


def prune(now: datetime) -> None:
    """Forgets what is over since a week."""
    oldest = now - ENDED_KEPT
    Session.delete().where((Session.ended_at < oldest) | (Session.last_used_at < oldest)).execute()
    for link in (LoginLink, PasswordLink):
        link.delete().where(link.expires_at < oldest).execute()
