"""A person's sessions and known browsers, as he sees and ends them."""

from __future__ import annotations

from datetime import datetime

from domain import audit, known_browsers, sessions, site, users, vault
from domain.audit import Tag
from domain.sessions import Tokens
from domain.standing import VISITS_LAST, End, Standing, idle_time
from domain.visit import Visit
from models import AccountClass, Session, Stage, User, database


def live_of(user_id: int, now: datetime) -> list[Session]:
    """The full sessions of a user that can still be used, visits to him included, last used first."""
    idle_minutes = AccountClass.select(AccountClass.idle_minutes).join(User).where(User.id == user_id).scalar()
    return list(
        Session.select()
        .where(
            Session.user == user_id,
            Session.stage == Stage.FULL,
            Session.ended_at.is_null(),
            Session.last_used_at > now - idle_time(idle_minutes),
            Session.created_at > now - site.current().session_absolute,
            Session.actor_session.is_null() | (Session.created_at > now - VISITS_LAST),
        )
        .order_by(Session.last_used_at.desc(), Session.id.desc())
    )


def revoke(user_id: int, session_id: int, visit: Visit) -> Session | None:
    """Ends one session of this user; None when it has none such."""
    with database.atomic():
        session: Session | None = Session.get_or_none(Session.id == session_id, Session.user == user_id)
        if session and sessions.end([session.id], End.REVOKED, visit.now):
            audit.record(Tag.SESSION_REVOKED, visit, users.by_id(user_id), details={"session": session.address})
    return session


def revoke_others(standing: Standing, visit: Visit) -> Tokens:
    """Log out all others, and whoever has a copy of this session's cookie."""
    with database.atomic():
        count = sessions.end_all(standing.user_id, End.REVOKED, visit.now, keep=standing.session_id)
        audit.record(Tag.SESSIONS_ENDED, visit, users.by_id(standing.user_id), details={"sessions": count})
        token = vault.new_acting_token() if standing.acting else ""
        return Tokens(sessions.reissue(standing.session_id, token=token, tried_from=None, tried_at=None))


def dismiss_warning(session_id: int, address: str) -> None:
    """Its owner has seen that the session was tried from there; a later attempt from elsewhere stays to be seen."""
    seen = (Session.id == session_id) & (Session.tried_from == address)
    Session.update(tried_from=None, tried_at=None).where(seen).execute()


def forget_browser(user_id: int, browser_id: int, visit: Visit) -> bool:
    """False when the user has no such known browser."""
    with database.atomic():
        browser = known_browsers.forget(user_id, browser_id)
        if browser:
            audit.record(Tag.BROWSER_FORGOTTEN, visit, users.by_id(user_id), details={"browser": browser.address})
    return browser is not None
