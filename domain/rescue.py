"""The ways back for somebody who is locked out, as the provider performs them: Restore access, `./postern recover …`.

Every verb can be repeated and leaves an event. It takes effect at the person's next request, server up or down.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from domain import (
    audit,
    codes,
    denials,
    errors,
    networks,
    own_sessions,
    password_rules,
    passwords,
    recovery_codes,
    sessions,
    throttle,
    trusted_ips,
    two_factor,
    users,
)
from domain.audit import Tag
from domain.errors import N_
from domain.networks import Network
from domain.standing import End
from domain.trusted_ips import AddressList, Entry, Holder
from domain.visit import Visit
from models import Access, Attempt, Authenticator, Denial, Event, Session, Side, User, UserPolicy, database, run

Change = tuple[AddressList, AddressList]  # before and after


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
    put_back: tuple[Side, ...]  # whose lists `switch_off` has switched off, and nobody has changed since

    @property
    def code_due(self) -> bool:
        """Whether log-in asks for a code, so that one can be issued."""
        return self.enrolled and not self.two_factor_off

    @property
    def is_limited(self) -> bool:
        return Access.LISTED in (self.own.access, self.provider_effective.access)

    def refuses(self, address: str, now: datetime) -> bool:
        """Whether a list holds that this address does not pass."""
        here = networks.address(address)
        armed = [found for found in (self.own, self.provider_effective) if found.access is Access.LISTED]
        return not all(found.includes(here, now) for found in armed)


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
        live_sessions=own_sessions.live_of(user.id, now),
        addresses=_addresses(user),
        own=trusted_ips.read(trusted_ips.own_of(user)),
        provider=trusted_ips.read(trusted_ips.provider_of(user)),
        provider_effective=trusted_ips.effective_provider(user),
        last_denial=denials.last_of(user.id),
        put_back=tuple(side for side in Side if (row := holder_of(user, side).row()) and row.access_before),
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


def issue_code(user: User, visit: Visit) -> tuple[str, datetime]:
    """One code to be read out, and when it expires. Raises Conflict where log-in asks for none."""
    if users.policy_of(user).off or not users.is_enrolled(user):
        raise errors.Conflict(
            N_("%(login)s is not asked for a code: two-step authentication is off or not set up."), login=user.login
        )
    return recovery_codes.issue(user, visit)


def new_password(user: User, typed: str, visit: Visit, *, must_change: bool) -> str:
    """Sets what was typed, or a generated one for nothing; returns it. Ends everything. Raises PasswordRefused."""
    new = typed or password_rules.generate()
    password_rules.check(new, user.login, user.email, two_factor_required=users.policy_of(user).required)
    passwords.reset(user, new, visit, must_change=must_change)
    return new


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


# --- Lists of addresses -----------------------------------------------------------------------------------------------


def holder_of(user: User, side: Side) -> Holder:
    return trusted_ips.own_of(user) if side is Side.OWN else trusted_ips.provider_of(user)


def effective(user: User, side: Side) -> AddressList:
    """What holds on this side, the list of the class included."""
    return trusted_ips.effective_provider(user) if side is Side.PROVIDER else trusted_ips.read(trusted_ips.own_of(user))


def switch_off(user: User, side: Side, visit: Visit) -> Change:
    """From any IP. The entries lie dormant, and what was in force is remembered; once only, so twice does no harm."""
    holder = holder_of(user, side)
    with database.atomic():
        before = trusted_ips.read(holder)
        if effective(user, side).access is not Access.LISTED:
            return before, before
        after = AddressList(Access.ANY, before.entries)
        trusted_ips.save(holder, after, visit)
        row = holder.row()
        assert row  # noqa: S101 (just saved)
        row.access_before = before.access
        row.save()
    return before, after


def restore(user: User, side: Side, visit: Visit) -> Change:
    """As it was before `switch_off`, with the identical entries."""
    holder = holder_of(user, side)
    with database.atomic():
        before, row = trusted_ips.read(holder), holder.row()
        if row is None or row.access_before is None:
            return before, before
        after = AddressList(Access(row.access_before), before.entries)
        trusted_ips.save(holder, after, visit)
    return before, after


def from_any_ip(user: User, visit: Visit, sides: Iterable[Side] = Side) -> bool:
    """The lists switched off. False: none was armed."""
    with database.atomic():
        changes = [switch_off(user, side, visit) for side in sides]
    return any(before != after for before, after in changes)


def put_back(user: User, visit: Visit, sides: Iterable[Side] = Side) -> bool:
    """What `from_any_ip` has switched off."""
    with database.atomic():
        changes = [restore(user, side, visit) for side in sides]
    return any(before != after for before, after in changes)


def clear(user: User, side: Side, visit: Visit) -> Change:
    """From any IP, and the entries are deleted."""
    holder = holder_of(user, side)
    with database.atomic():
        before = trusted_ips.read(holder)
        armed = effective(user, side).access is Access.LISTED
        after = AddressList(Access.ANY if armed else before.access)
        trusted_ips.save(holder, after, visit)
    return before, after


def allow_denied(user: User, address: str, visit: Visit, sides: Iterable[Side] = Side) -> dict[Side, Change]:
    """One click on a refusal: the address at which he was refused. Raises NotFound for any other."""
    here = networks.address(address)
    if here is None or not Denial.select().where(Denial.user == user, Denial.address == address).exists():
        raise errors.NotFound
    return allow(user, here, visit, sides)


def allow(user: User, network: Network, visit: Visit, sides: Iterable[Side] = Side) -> dict[Side, Change]:
    """Adds a network to each list that refuses it. Of a class's list the person gets a copy, with the network in it."""
    changes = {}
    with database.atomic():
        for side in sides:
            holder, in_force = holder_of(user, side), effective(user, side)
            if in_force.access is Access.LISTED and not in_force.includes(network, visit.now):
                before = trusted_ips.read(holder)
                kept = before.entries if before.access is Access.LISTED else tuple(map(_copied, in_force.entries))
                after = AddressList(Access.LISTED, kept).with_networks([network])
                trusted_ips.save(holder, after, visit)
                changes[side] = before, after
    return changes


def _copied(entry: Entry) -> Entry:
    return Entry(entry.network, entry.note, entry.expires_at)
