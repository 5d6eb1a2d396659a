"""Single-use links, made at the terminal: they open the person's own account without password and code."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from domain import audit, links, sessions, users, vault
from domain.audit import Tag
from domain.sessions import Tokens
from domain.standing import LINK
from domain.visit import Visit
from models import LoginLink, Relief, User, database

DEFAULT_MINUTES = 15
RELIEF = timedelta(minutes=60)  # for so long its session passes the lists of addresses


def make(user: User, visit: Visit, minutes: int = DEFAULT_MINUTES) -> tuple[str, datetime]:
    """The token of a new link, and when it expires. An unused older one dies."""
    token, expires_at = vault.new_token(), visit.now + timedelta(minutes=minutes)
    with database.atomic():
        LoginLink.delete().where(LoginLink.user == user, LoginLink.used_at.is_null()).execute()
        LoginLink.create(
            user=user,
            token_hash=vault.token_hash(token),
            created_by=visit.actor,
            created_at=visit.now,
            expires_at=expires_at,
        )
        audit.record(Tag.LINK_MADE, visit, user, details={"minutes": minutes})
    return token, expires_at


def owner_of(token: str, now: datetime) -> User:
    """Whose account the link opens. Raises LinkDead."""
    return users.by_id(links.unused(LoginLink, token, now).user_id)


def use(token: str, visit: Visit, *, replaces: int | None) -> Tokens:
    """Opens a full session, once; it passes the lists of addresses for a while.

    Raises LinkDead, or why the user may not be here."""
    link = links.unused(LoginLink, token, visit.now)
    user = users.by_id(link.user_id)
    users.refuse_blocked(user, visit.now)
    visit = replace(visit, actor=user.login)  # whoever was logged in here before
    with database.atomic():
        links.spend(link, visit.now)
        session_id, _ = sessions.start(user, visit, known_browser_id=None, replaces=replaces)
        Relief.create(session=session_id, began_at=visit.now, ends_at=visit.now + RELIEF)
        return sessions.complete(session_id, visit, method=LINK)
