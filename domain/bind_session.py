"""Bind session to IP: each session works only from the address that it was opened from (`standing.same_line`).

It cannot lock anybody out: whoever comes from another address logs in again, and the new session is bound there.
"""

from __future__ import annotations

from domain import audit, sessions, users
from domain.audit import Tag
from domain.sessions import Tokens
from domain.standing import Standing
from domain.visit import Visit
from models import User, database


def change(user: User, *, bound: bool, visit: Visit) -> bool:
    """False when it was so already."""
    with database.atomic():
        changed = User.update(bind_session=bound).where(User.id == user.id, User.bind_session != bound).execute()
        if changed:
            audit.record(Tag.BINDING_ENABLED if bound else Tag.BINDING_DISABLED, visit, user)
    return bool(changed)


def switch(standing: Standing, *, bound: bool, visit: Visit) -> Tokens | None:
    """By the person himself. Switched on, his session is issued anew for the address of now: it is never thrown out."""
    with database.atomic():
        change(users.by_id(standing.user_id), bound=bound, visit=visit)
        return sessions.rebind(standing.session_id, visit) if bound else None
