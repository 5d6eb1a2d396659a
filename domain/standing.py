"""Where a visitor stands: everything that decides about a request, brought by the guard's one statement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain import permissions, site, users
from domain.client_address import source
from domain.errors import N_
from domain.permissions import Permission
from domain.policy import TwoFactorPolicy, two_factor_policy
from domain.preferences import Chosen, inherited
from domain.standing_row import Row, columns, find, joins
from domain.users import Block
from models import Kind, Mode, Stage, instant

PENDING = timedelta(minutes=10)  # a session in stage password
CLOCK_SLACK = timedelta(minutes=5)  # what lies further ahead is from before the clock was set back, and counts as over
LINK = N_("log-in link")  # the method of sessions that a link opened
VISITS_LAST = timedelta(hours=1)  # to the account of somebody else
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
    RETURNED = "returned"
    VISIT_OVER = "visit over"
    NOT_PERMITTED = "not permitted"


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
    opened_here: bool  # as far as binding tells: not bound, or from this address, or from the one paired with it
    own_list_id: int | None  # the person's own list, where it is armed
    provider_list_id: int | None  # the provider's for the person or his class, where it is armed
    passes_own: bool  # this address stands in it, or relief holds; True where it is not armed
    passes_provider: bool
    tried_from: str | None  # the address at which this session was refused, until its owner has seen it
    tried_at: datetime | None
    relieved_until: datetime | None  # so long it passes the lists, whatever stands in them
    chosen: Chosen  # the person's preferences, else those of his class
    acting: Acting | None = None  # somebody acts for this user; everything else above is the user's

    @property
    def keyboard(self) -> Standing:
        """Of the person at the keyboard: address, binding, code, password and confirmation are asked of him."""
        return self.acting.actor if self.acting else self

    @property
    def only_looks(self) -> bool:
        """Somebody is in the account to see it, and changes nothing."""
        return self.acting is not None and self.acting.mode is Mode.VIEW

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

    def is_fresh(self, now: datetime, within: timedelta = FRESH) -> bool:
        return -CLOCK_SLACK < now - self.confirmed_at < within

    def grace_ends_at(self, now: datetime) -> datetime | None:
        """Until when enrolment can be put off; None where it is not due, or not to be put off."""
        return None if self.enrolled else self.policy.grace_ends_at(self.grace_began_at, now)


@dataclass(frozen=True, slots=True)
class Acting:
    """How somebody acts for the user of a session."""

    actor: Standing  # in his own session, which the visit ends with
    mode: Mode
    ends_at: datetime
    assigned_role: str  # of the user
    default_role: str


_STATEMENT = f"""
SELECT {columns()}
  FROM session s {joins()}
 WHERE s.token_hash = :token_hash AND s.actor_session_id IS NULL
"""  # noqa: S608 (parts of our own)


def resume(token: str, address: str, now: datetime) -> Standing | None:
    """What the token stands for at this address; an ended or overdue session comes back with its `end`."""
    found = find(_STATEMENT, token, address, now)
    return None if found is None else standing_of(Row(*found), address, now)  # type: ignore[arg-type]


def standing_of(row: Row, address: str, now: datetime) -> Standing:
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
        permissions=permissions.held(row.kind, row.permissions),
        block=_block(row, now),
        must_change_password=bool(row.must_change_password),
        password_changed_at=_at(row.password_changed_at),
        policy=two_factor_policy(row.two_factor, row.class_two_factor, row.grace_days),
        grace_began_at=_at(row.grace_began_at),
        enrolled=bool(row.enrolled),
        idle=idle_time(row.idle_minutes),
        bind_session=bool(row.bind_session),
        opened_from=row.address,
        opened_here=not row.bind_session or is_open_to(address, row.address, row.paired_address),
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


def is_open_to(address: str, *opened: str | None) -> bool:
    return any(is_good_here(address, at) for at in opened)


def is_good_here(address: str, opened: str | None) -> bool:
    """Whether a session opened there is: IPv4 exactly, IPv6 within its /64, where addresses rotate, unless set."""
    if address == opened:
        return True
    both_ipv6 = ":" in address and opened is not None and ":" in opened
    return both_ipv6 and not site.current().bind_ipv6_exact and source(address) == source(opened or "")


def _block(row: Row, now: datetime) -> Block | None:
    """Why the user may not be here; what blocks a customer blocks his individuals."""
    own = users.block(bool(row.active), _at(row.activates_at), _at(row.expires_at), now)
    if own or row.kind != Kind.INDIVIDUAL:
        return own
    if row.parent_active is None:  # somebody has written so by hand
        return Block.SUSPENDED
    return users.block(bool(row.parent_active), _at(row.parent_activates_at), _at(row.parent_expires_at), now)


def _overdue(row: Row, now: datetime) -> End | None:
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
