"""Bind session to IP: each session works only from the address that it was opened from (`standing.is_good_here`).

It cannot lock anybody out: whoever comes from another address logs in again, and the new session is bound there.
"""

from __future__ import annotations

from domain import sessions, users
from domain.sessions import Tokens
from domain.standing import Standing
from domain.visit import Visit
from models import database


def switch(standing: Standing, *, bound: bool, visit: Visit) -> Tokens | None:
    """Switched on by the person himself, his session is issued anew for the address of now: it is never thrown out.

    Who acts for him has a session that the switch says nothing about.
    """
    with database.atomic():
        users.change(users.by_id(standing.user_id), {"bind_session": "yes" if bound else "no"}, visit)
        return sessions.rebind(standing.session_id, visit) if bound and not standing.acting else None
