"""The log of every act and refusal. Nobody can alter it in the interface; it is kept for a set time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from enum import Enum

from domain import site
from domain.errors import N_
from domain.visit import Visit
from models import Event, User, run


class Tag(Enum):
    """source:subject:action, with the sentence that a person reads."""

    LOGGED_IN = ("account:login:succeeded", N_("Logged in"))
    LOGIN_FAILED = ("account:login:failed", N_("Wrong password"))
    LOGIN_THROTTLED = ("account:login:throttled", N_("Too many wrong passwords, paused"))
    LOGIN_REFUSED = ("account:login:refused", N_("Right password, but the login is not active"))
    LOGGED_OUT = ("account:login:ended", N_("Logged out"))
    CODE_FAILED = ("account:code:failed", N_("Wrong one-time password"))
    CODE_THROTTLED = ("account:code:throttled", N_("Too many wrong codes, paused"))
    CODE_LOCKED = ("account:code:locked", N_("One-time passwords locked"))
    RECOVERY_CODE_USED = ("account:recovery_code:used", N_("Recovery code used"))
    RECOVERY_CODE_FAILED = ("account:recovery_code:failed", N_("Wrong recovery code"))
    RECOVERY_CODE_ISSUED = ("account:recovery_code:issued", N_("One-time recovery code issued"))
    RECOVERY_CODES_MADE = ("account:recovery_codes:made", N_("New recovery codes made"))
    TWO_FACTOR_ENABLED = ("account:two_factor:enabled", N_("Two-step authentication enabled"))
    TWO_FACTOR_DISABLED = ("account:two_factor:disabled", N_("Two-step authentication disabled"))
    TWO_FACTOR_REPLACED = ("account:two_factor:replaced", N_("Authenticator replaced"))
    TWO_FACTOR_RESET = ("account:two_factor:reset", N_("Two-step authentication reset"))
    ENROLMENT_FAILED = (
        "account:enrolment:failed",
        N_("Wrong one-time password while enabling two-step authentication"),
    )
    ENROLMENT_PUT_OFF = ("account:enrolment:put_off", N_("Two-step authentication put off"))
    CONFIRMED = ("account:session:confirmed", N_("Confirmed it's you"))
    CONFIRMATION_FAILED = ("account:session:confirmation_failed", N_("Wrong answer to Confirm it's you"))
    SESSION_REVOKED = ("account:session:revoked", N_("Session revoked"))
    SESSIONS_ENDED = ("account:sessions:ended", N_("All other sessions logged out"))
    SESSIONS_RESET = ("account:sessions:reset", N_("All sessions logged out"))
    BROWSER_FORGOTTEN = ("account:known_browser:forgotten", N_("Known browser forgotten"))
    PASSWORD_CHANGED = ("account:password:changed", N_("Password changed"))
    PASSWORD_CHANGE_FAILED = ("account:password:change_failed", N_("Wrong current password at a change of password"))
    PASSWORD_RESET = ("account:password:reset", N_("Password reset"))
    UNLOCKED = ("account:login:unlocked", N_("Attempts unlocked"))
    LINK_MADE = ("account:login_link:made", N_("Log-in link made"))
    TRUSTED_IPS_CHANGED = ("account:trusted_ips:changed", N_("Allowed IP addresses changed"))
    PROVIDER_IPS_CHANGED = ("account:provider_ips:changed", N_("IP addresses allowed by the provider changed"))
    BINDING_ENABLED = ("account:binding:enabled", N_("Bind session to IP switched on"))
    BINDING_DISABLED = ("account:binding:disabled", N_("Bind session to IP switched off"))
    PREFERENCES_CHANGED = ("account:preferences:changed", N_("Profile changed"))
    ADDRESS_DENIED = ("access:address:denied", N_("Access from this IP denied"))
    SESSION_DENIED = ("access:session:denied", N_("Session tried from another address, refused"))
    USER_CREATED = ("account:user:created", N_("Login created"))
    USER_CHANGED = ("account:user:changed", N_("Login changed"))
    USER_SUSPENDED = ("account:user:suspended", N_("Login suspended"))
    USER_RESTORED = ("account:user:restored", N_("Login restored"))
    USER_DELETED = ("account:user:deleted", N_("Login deleted"))
    USERS_IMPORTED = ("account:users:imported", N_("Users imported"))
    EVENTS_EXPORTED = ("events:log:exported", N_("Audit log exported"))
    ACTING_BEGAN = ("account:acting:began", N_("Logged in as this user"))
    ACTING_SWITCHED = ("account:acting:switched", N_("Role switched while logged in as this user"))
    ACTING_ENDED = ("account:acting:ended", N_("Returned to the own account"))
    ALLOWED_ROLES_CHANGED = ("account:allowed_roles:changed", N_("Allowed roles changed"))
    PASSWORD_LINK_MADE = ("account:password_link:made", N_("Link to set a password made"))
    PASSWORD_LINK_USED = ("account:password_link:used", N_("Password set by the link"))
    CLASS_CREATED = ("class:policy:created", N_("Class created"))
    CLASS_CHANGED = ("class:policy:changed", N_("Class changed"))
    CLASS_DELETED = ("class:policy:deleted", N_("Class deleted"))
    ROLE_CREATED = ("role:permissions:created", N_("Role created"))
    ROLE_CHANGED = ("role:permissions:changed", N_("Role changed"))
    ROLE_DELETED = ("role:permissions:deleted", N_("Role deleted"))
    PAGE_REFUSED = ("access:page:refused", N_("Page refused: not part of the role"))

    def __init__(self, wire: str, sentence: str) -> None:
        self.wire = wire
        self.sentence = sentence


SENTENCES = {tag.wire: tag.sentence for tag in Tag}


def record(
    tag: Tag,
    visit: Visit,
    subject: User | str,
    *,
    succeeded: bool = True,
    details: Mapping[str, object] | None = None,
) -> None:
    """One row. `details` never holds a secret."""
    user = subject if isinstance(subject, User) else None
    if visit.acting_as and (user is None or user.login != visit.acting_as):
        details = {**(details or {}), "as": visit.acting_as}  # in one account, about somebody below it
    run(
        "INSERT INTO event (at, tag, actor, subject, subject_user_id, address, user_agent, succeeded, details,"
        " while_acting) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        visit.now,
        tag.wire,
        visit.actor[:80],
        (user.login if user else str(subject))[:80],
        user.id if user else None,
        visit.address,
        visit.user_agent,
        succeeded,
        json.dumps(details, default=str) if details else "{}",
        visit.acting,
    )


def recent(user_id: int, limit: int, before: int | None = None) -> list[Event]:
    """What concerns this user, newest first; `before` is the id of the last event of the page before."""
    query = Event.select().where(Event.subject_user == user_id)
    if before is not None:
        query = query.where(Event.id < before)
    return list(query.order_by(Event.id.desc()).limit(limit))


def prune(now: datetime) -> None:
    Event.delete().where(Event.at < now - site.current().events_kept).execute()
