"""The ways back for somebody who is locked out, as the provider performs them: `./postern recover …`.

Every verb can be repeated and leaves an event. It takes effect at the person's next request, server up or down.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain import audit, codes, denials, passwords, recovery_codes, sessions, throttle, trusted_ips, two_factor, users
from domain.audit import Tag
from domain.standing import End
from domain.trusted_ips import AddressList
from domain.visit import Visit
from models import Attempt, Authenticator, Denial, Event, Session, User, UserPolicy, database, run


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything that decides whether somebody gets in."""

    user: User
    blocked: str | None
    two_factor_required: bool
    two_factor_off: bool
    policy_by_class: bool
    enrolled: bool
    last_code_at: datetime | None
    recovery_codes_left: int
    code_locked: bool
    failed_attempts: int
    live_sessions: list[Session]
    addresses: list[str]
    own: AddressList
    provider: AddressList
    provider_effective: AddressList
    last_denial: Denial | None


def situation(user: User, now: datetime) -> Situation:
    policy = users.policy_of(user)
    authenticator = Authenticator.get_or_none(Authenticator.user == user)
    return Situation(
        user=user,
        blocked=users.blocked(user, now),
        two_factor_required=policy.required,
        two_factor_off=policy.off,
        policy_by_class=policy.by_class,
        enrolled=authenticator is not None,
        last_code_at=authenticator.last_used_at if authenticator else None,
        recovery_codes_left=recovery_codes.left(user.id),
        code_locked=codes.is_locked(user),
        failed_attempts=failed_attempts(user, now),
        live_sessions=sessions.live_of(user.id, now),
        addresses=_addresses(user),
        own=trusted_ips.read(trusted_ips.own_of(user)),
        provider=trusted_ips.read(trusted_ips.provider_of(user)),
        provider_effective=trusted_ips.effective_provider(user),
        last_denial=denials.last_of(user.id),
    )


def failed_attempts(user: User, now: datetime) -> int:
    """Wrong passwords and codes that still count; one is booked once where it was typed, and once for the login."""
    at_login = passwords.buckets(user)[0]
    count = 0
    for bucket in _buckets(user):
        here = Attempt.bucket.startswith(f"{bucket}:")
        if bucket != at_login:
            here |= Attempt.bucket == bucket
        count += Attempt.select().where(here, Attempt.at > now - throttle.DAY).count()
    return count


def _addresses(user: User) -> list[str]:
    """Where the last log-ins came from, newest first, each once."""
    rows = (
        Event.select(Event.address)
        .where(Event.subject_user == user, Event.tag == Tag.LOGGED_IN.wire)
        .order_by(Event.id.desc())
        .limit(50)
        .tuples()
    )
    return list(dict.fromkeys(address for (address,) in rows))[:5]


def unlock(user: User, visit: Visit) -> bool:
    """Forgets failed attempts and unlocks the code. False when there was nothing to unlock."""
    with database.atomic():
        forgotten = throttle.forget(_buckets(user))
        was_locked = codes.is_locked(user)
        User.update(wrong_codes_in_row=0).where(User.id == user.id).execute()
        if forgotten or was_locked:
            audit.record(Tag.UNLOCKED, visit, user, details={"attempts": forgotten})
    return bool(forgotten or was_locked)


def reset_two_factor(user: User, visit: Visit, *, switch_off: bool) -> tuple[bool, bool]:
    """Erases key and recovery codes; `switch_off` also sets the policy of the user to No. Returns what was changed."""
    was_on = two_factor.reset(user, visit)
    switched = switch_off and bool(users.change(user, {"two_factor": UserPolicy.NO}, visit))
    return was_on, switched


def end_sessions(user: User, visit: Visit) -> int:
    """Logs out everywhere. Returns the number of full sessions that ended."""
    with database.atomic():
        ended = sessions.end_all(user.id, End.BY_PROVIDER, visit.now)
        if ended:
            audit.record(Tag.SESSIONS_RESET, visit, user, details={"sessions": ended})
    return ended


def candidates(
    *, two_factor_on: bool = False, locked: bool = False, ip: bool = False, bound: bool = False
) -> list[User]:
    """Users whose two-step is on, whose code is locked, whose addresses are limited, whose sessions are bound."""
    query = User.select().order_by(User.login)
    if two_factor_on:
        query = query.where(User.id.in_(Authenticator.select(Authenticator.user)))
    if locked:
        query = query.where(User.wrong_codes_in_row >= codes.LOCK_AFTER)
    if bound:
        query = query.where(User.bind_session == True)  # noqa: E712
    if ip:
        query = query.where(User.id.in_(_limited()))
    return list(query)


def _limited() -> list[int]:
    """Whose own list is armed, or the provider's for him or for his class."""
    rows = run(
        "SELECT u.id FROM user u WHERE EXISTS (SELECT 1 FROM trusted_ip_list l WHERE l.user_id = u.id"
        " AND l.access = 'listed') OR (EXISTS (SELECT 1 FROM trusted_ip_list l WHERE l.account_class_id ="
        " u.account_class_id AND l.access = 'listed') AND NOT EXISTS (SELECT 1 FROM trusted_ip_list l"
        " WHERE l.user_id = u.id AND l.side = 'provider' AND l.access <> 'inherit'))"
    )
    return [user_id for (user_id,) in rows]


def _buckets(user: User) -> list[str]:
    return passwords.buckets(user) + codes.buckets(user)
