"""Where a visitor stands: everything that decides about a request, brought by the guard's one statement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from domain import networks, permissions, site, users, vault
from domain.client_address import source
from domain.errors import N_
from domain.permissions import Permission
from domain.policy import TwoFactorPolicy, two_factor_policy
from domain.preferences import Chosen, inherited
from domain.users import Block
from models import Stage, instant, run

PENDING = timedelta(minutes=10)  # a session in stage password
CLOCK_SLACK = timedelta(minutes=5)  # what lies further ahead is from before the clock was set back, and counts as over
LINK = N_("log-in link")  # the method of sessions that a link opened
FRESH = timedelta(minutes=15)  # a log-in or confirmation younger than this proves who sits there


class End(StrEnum):
    """Why a session ended."""

    LOGGED_OUT = "logged out"
    REPLACED = "replaced"
    REVOKED = "revoked"
    PASSWORD_CHANGED = "password changed"  # noqa: S105
    TWO_FACTOR_CHANGED = "two-step changed"
    RESET = "reset"
    BY_PROVIDER = "by provider"
    TOO_MANY = "too many"
    IDLE = "idle"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Standing:
    """The session, its user, role and class, as far as they decide about a request or stand on every page."""

    session_id: int
    stage: str
    method: str
    last_used_at: datetime
    confirmed_at: datetime
    known_browser_id: int | None
    previous_login_at: datetime | None
    previous_login_address: str | None
    enrolment_put_off: bool
    end: End | None
    ended_at: datetime | None
    user_id: int
    login: str
    name: str
    kind: str
    role: str
    permissions: frozenset[Permission]
    block: Block | None
    must_change_password: bool
    password_changed_at: datetime | None
    policy: TwoFactorPolicy
    grace_began_at: datetime | None
    enrolled: bool
    idle: timedelta  # how long the session may lie unused
    bind_session: bool
    opened_from: str
    opened_here: bool  # as far as binding tells: from this address, or from the one that is paired with it
    own_list_id: int | None  # the person's own list, where it is armed
    provider_list_id: int | None  # the provider's for the person or his class, where it is armed
    passes_own: bool  # this address stands in it, or relief holds; True where it is not armed
    passes_provider: bool
    tried_from: str | None  # the address at which this session was refused, until its owner has seen it
    tried_at: datetime | None
    relieved_until: datetime | None  # so long it passes the lists, whatever stands in them
    chosen: Chosen  # the person's preferences, else those of his class

    @property
    def is_full(self) -> bool:
        return self.stage == Stage.FULL

    @property
    def must_enrol(self) -> bool:
        """Required and not done, whether or not it can still be put off."""
        return self.policy.required and not self.enrolled

    def knows_no_password(self, now: datetime) -> bool:
        """Whether a new password is set without the current one: there is none, or the provider's link came instead."""
        return self.password_changed_at is None or (self.method == LINK and self.is_fresh(now))

    def is_fresh(self, now: datetime) -> bool:
        return -CLOCK_SLACK < now - self.confirmed_at < FRESH

    def grace_ends_at(self, now: datetime) -> datetime | None:
        """Until when enrolment can be put off; None where it is not due, or not to be put off."""
        return None if self.enrolled else self.policy.grace_ends_at(self.grace_began_at, now)


class _Row(NamedTuple):
    """The guard's one statement, column by column; instants and booleans as SQLite keeps them."""

    session_id: int
    stage: str
    method: str
    created_at: str
    last_used_at: str
    confirmed_at: str
    known_browser_id: int | None
    previous_login_at: str | None
    previous_login_address: str | None
    enrolment_put_off: int
    ended_at: str | None
    end_reason: str
    user_id: int
    login: str
    name: str
    kind: str
    active: int
    activates_at: str | None
    expires_at: str | None
    must_change_password: int
    password_changed_at: str | None
    two_factor: str
    grace_began_at: str | None
    class_two_factor: str
    grace_days: int
    idle_minutes: int | None
    role: str
    permissions: str
    enrolled: int
    parent_active: int | None
    parent_activates_at: str | None
    parent_expires_at: str | None
    address: str
    paired_address: str | None
    tried_from: str | None
    tried_at: str | None
    bind_session: int
    own_list_id: int | None
    own_entry: int | None
    provider_list_id: int | None
    provider_entry: int | None
    relieved_until: str | None
    language: str | None
    time_zone: str | None
    output_format: str | None
    input_format: str | None
    class_language: str | None
    class_time_zone: str | None
    class_output_format: str | None
    class_input_format: str | None


def _entry(trusted_ip_list: str) -> str:
    """The entry that lets the address in, if there is one. The nearest first: among others that do not overlap a hit
    needs no scan."""
    return (
        f"(SELECT e.id FROM trusted_ip e WHERE e.trusted_ip_list_id = {trusted_ip_list} AND e.family = :family"  # noqa: S608
        " AND e.lowest <= :address AND e.highest >= :address AND (e.expires_at IS NULL OR e.expires_at > :now)"
        " ORDER BY e.lowest DESC LIMIT 1)"
    )


# A person's own choice comes before what his class has; a row that is not there counts as `inherit`.
_PROVIDER_LIST = "CASE coalesce(pl.access, 'inherit') WHEN 'listed' THEN pl.id WHEN 'inherit' THEN cl.id END"

# Written as SQL because building it anew costs more than running it.
_STANDING = f"""
SELECT s.id, s.stage, s.method, s.created_at, s.last_used_at, s.confirmed_at, s.known_browser_id,
       s.previous_login_at, s.previous_login_address, s.enrolment_put_off, s.ended_at, s.end_reason,
       u.id, u.login, u.name, u.kind, u.active, u.activates_at, u.expires_at, u.must_change_password,
       u.password_changed_at, u.two_factor, u.grace_began_at, c.two_factor, c.grace_days, c.idle_minutes,
       r.name, r.permissions, EXISTS (SELECT 1 FROM authenticator a WHERE a.user_id = u.id),
       p.active, p.activates_at, p.expires_at,
       s.address, s.paired_address, s.tried_from, s.tried_at, u.bind_session,
       ol.id, {_entry("ol.id")}, {_PROVIDER_LIST}, {_entry(_PROVIDER_LIST)},
       (SELECT f.ends_at FROM relief f WHERE f.session_id = s.id AND f.began_at <= :now AND f.ends_at > :now),
       u.language, u.time_zone, u.output_format, u.input_format,
       c.language, c.time_zone, c.output_format, c.input_format
  FROM session s
  JOIN user u ON u.id = s.user_id
  JOIN account_class c ON c.id = u.account_class_id
  JOIN role r ON r.id = u.role_id
  LEFT JOIN user p ON p.id = u.parent_id AND u.kind = 'individual'
  LEFT JOIN trusted_ip_list ol ON ol.user_id = u.id AND ol.side = 'own' AND ol.access = 'listed'
  LEFT JOIN trusted_ip_list pl ON pl.user_id = u.id AND pl.side = 'provider'
  LEFT JOIN trusted_ip_list cl ON cl.account_class_id = c.id AND cl.access = 'listed'
 WHERE s.token_hash = :token_hash
"""  # noqa: S608 (parts of our own)


def resume(token: str, address: str, now: datetime) -> Standing | None:
    """What the token stands for at this address; an ended or overdue session comes back with its `end`.

    An address that nobody can tell stands in no list.
    """
    here = networks.address(address)
    family, packed = (here.family, here.packed_lowest) if here else (0, "")
    found = run(_STANDING, token_hash=vault.token_hash(token), family=family, address=packed, now=now).fetchone()
    return None if found is None else _standing(_Row(*found), address, now)


def _standing(row: _Row, address: str, now: datetime) -> Standing:
    return Standing(
        session_id=row.session_id,
        stage=row.stage,
        method=row.method,
        last_used_at=instant(row.last_used_at),
        confirmed_at=instant(row.confirmed_at),
        known_browser_id=row.known_browser_id,
        previous_login_at=_at(row.previous_login_at),
        previous_login_address=row.previous_login_address,
        enrolment_put_off=bool(row.enrolment_put_off),
        end=End(row.end_reason) if row.ended_at else _overdue(row, now),
        ended_at=_at(row.ended_at),
        user_id=row.user_id,
        login=row.login,
        name=row.name,
        kind=row.kind,
        role=row.role,
        permissions=permissions.parse(row.permissions),
        block=_block(row, now),
        must_change_password=bool(row.must_change_password),
        password_changed_at=_at(row.password_changed_at),
        policy=two_factor_policy(row.two_factor, row.class_two_factor, row.grace_days),
        grace_began_at=_at(row.grace_began_at),
        enrolled=bool(row.enrolled),
        idle=idle_time(row.idle_minutes),
        bind_session=bool(row.bind_session),
        opened_from=row.address,
        opened_here=any(is_good_here(address, opened) for opened in (row.address, row.paired_address)),
        own_list_id=row.own_list_id,
        provider_list_id=row.provider_list_id,
        passes_own=row.own_list_id is None or row.own_entry is not None or row.relieved_until is not None,
        passes_provider=row.provider_list_id is None
        or row.provider_entry is not None
        or row.relieved_until is not None,
        tried_from=row.tried_from,
        tried_at=_at(row.tried_at),
        relieved_until=_at(row.relieved_until),
        chosen=inherited(Chosen(*row[-8:-4]), Chosen(*row[-4:])),
    )


def is_good_here(address: str, opened: str | None) -> bool:
    """Whether a session opened there is: IPv4 exactly, IPv6 within its /64, where addresses rotate, unless set."""
    if address == opened:
        return True
    both_ipv6 = ":" in address and opened is not None and ":" in opened
    return both_ipv6 and not site.current().bind_ipv6_exact and source(address) == source(opened or "")


def _block(row: _Row, now: datetime) -> Block | None:
    """Why the user may not be here; what blocks a customer blocks his individuals."""
    own = users.block(bool(row.active), _at(row.activates_at), _at(row.expires_at), now)
    if own or row.parent_active is None:
        return own
    return users.block(bool(row.parent_active), _at(row.parent_activates_at), _at(row.parent_expires_at), now)


def _overdue(row: _Row, now: datetime) -> End | None:
    age, unused = now - instant(row.created_at), now - instant(row.last_used_at)
    if row.stage == Stage.PASSWORD:
        return None if -CLOCK_SLACK < age < PENDING else End.OVER
    if unused >= idle_time(row.idle_minutes):
        return End.IDLE
    return None if -CLOCK_SLACK < age < site.current().session_absolute else End.OVER


def idle_time(idle_minutes: int | None) -> timedelta:
    """How long a session may lie unused: the setting of the installation, shortened by a class."""
    limit = site.current().session_idle
    return min(limit, timedelta(minutes=idle_minutes)) if idle_minutes else limit


def _at(text: str | None) -> datetime | None:
    return None if text is None else instant(text)
