"""Who there is: finding, making and changing users."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from domain import audit, errors, list_columns, preferences
from domain.audit import Tag
from domain.columns import instant, no_such_column, none_of, one_of, preference, short_enough
from domain.errors import N_
from domain.login_name import LOGIN, fold
from domain.policy import TwoFactorPolicy, two_factor_policy
from domain.visit import Visit
from models import AccountClass, Kind, Role, User, UserPolicy, database, run

ID = re.compile(r"[0-9]{1,18}")
OWNER_ROLE = "Owner"
COLUMNS = (
    "name",
    "email",
    "role",
    "class",
    "two_factor",
    "active",
    "activates_at",
    "expires_at",
    *list_columns.OF_USER,
    "bind_session",
    *preferences.COLUMNS,
)
PARENTS = {Kind.STAFF: (), Kind.RESELLER: (), Kind.CUSTOMER: (Kind.RESELLER,), Kind.INDIVIDUAL: (Kind.CUSTOMER,)}
DEFAULT_CLASS = {Kind.STAFF: "Staff", Kind.RESELLER: "Resellers", Kind.CUSTOMER: "Customers"}


class Block(StrEnum):
    """Why a user may not be here."""

    SUSPENDED = N_("suspended")
    NOT_ACTIVE_YET = N_("not active yet")
    EXPIRED = N_("expired")


def by_login(login: str) -> User | None:
    return _with_class("SELECT * FROM user WHERE login = ?", fold(login))


def by_id(user_id: int) -> User:
    """Raises User.DoesNotExist."""
    user = _with_class("SELECT * FROM user WHERE id = ?", user_id)
    if user is None:
        raise User.DoesNotExist
    return user


def _with_class(statement: str, value: object) -> User | None:
    """Plain SQL, for each step of a log-in: the ORM takes half a millisecond to write the join of the two."""
    user: User | None = next(iter(User.raw(statement, value)), None)
    if user is not None:
        [user.account_class] = AccountClass.raw("SELECT * FROM account_class WHERE id = ?", user.account_class_id)
    return user


def find(who: str) -> User:
    """By login, id or e-mail address, as people at a terminal know them. Raises Conflict with close matches."""
    user = by_login(who) or (User.get_or_none(User.id == int(who)) if ID.fullmatch(who) else None)
    if user:
        return user
    by_mail = list(User.select().where(User.email == who).limit(9)) if "@" in who else []
    if len(by_mail) == 1:
        return by_mail[0]
    if by_mail:
        several = ", ".join(user.login for user in by_mail)
        raise errors.Conflict(
            N_("Several users have the address %(address)s: %(logins)s. Name one by login."),
            address=who,
            logins=several,
        )
    logins = [login for (login,) in User.select(User.login).tuples()]
    close = difflib.get_close_matches(fold(who), logins, n=3)
    if close:
        raise errors.Conflict(
            N_("There is no user %(who)s. Close to it: %(logins)s."), who=who, logins=", ".join(close)
        )
    raise errors.Conflict(N_("There is no user %(who)s."), who=who)


def block(active: bool, activates_at: datetime | None, expires_at: datetime | None, now: datetime) -> Block | None:
    if not active:
        return Block.SUSPENDED
    if activates_at and now < activates_at:
        return Block.NOT_ACTIVE_YET
    if expires_at and now >= expires_at:
        return Block.EXPIRED
    return None


def blocked(user: User, now: datetime) -> Block | None:
    """A suspended or expired customer blocks its individuals; customers of a suspended reseller go on."""
    own = block(user.active, user.activates_at, user.expires_at, now)
    if own or user.kind != Kind.INDIVIDUAL:
        return own
    return block(user.parent.active, user.parent.activates_at, user.parent.expires_at, now)


def refuse_blocked(user: User, now: datetime) -> None:
    """Raises Suspended, NotActiveYet or Expired, with the date of whoever's it is."""
    why = blocked(user, now)
    culprit = user if block(user.active, user.activates_at, user.expires_at, now) else user.parent
    match why:
        case Block.SUSPENDED:
            raise errors.Suspended
        case Block.NOT_ACTIVE_YET:
            raise errors.NotActiveYet(activates_at=culprit.activates_at)
        case Block.EXPIRED:
            raise errors.Expired(expires_at=culprit.expires_at)


def policy_of(user: User) -> TwoFactorPolicy:
    group = user.account_class
    return two_factor_policy(user.two_factor, group.two_factor, group.grace_days)


def is_enrolled(user: User) -> bool:
    return run("SELECT 1 FROM authenticator WHERE user_id = ?", user.id).fetchone() is not None


def create(
    login: str,
    visit: Visit,
    *,
    kind: str = Kind.CUSTOMER,
    password_hash: str | None = None,
    must_change_password: bool = False,
    **columns: str,
) -> User:
    """A new user; `columns` as in `change`. Raises Conflict and stores nothing when one of them is wrong."""
    login = fold(login)
    if not LOGIN.fullmatch(login):
        raise errors.Conflict(N_("A login has 1 to 64 characters out of a-z 0-9 . _ @ -"))
    one_of("kind", kind, Kind)
    with database.atomic():
        if by_login(login):
            raise errors.Conflict(N_("The login %(login)s is taken."), login=login)
        parent = _parent(Kind(kind), columns.pop("parent", ""))
        _refuse_unknown(columns)
        user = User(
            login=login, kind=kind, parent=parent, created_at=visit.now, must_change_password=must_change_password
        )
        user.role = Role.get(Role.kind == Kind(kind).role_kind, Role.is_default == True)  # noqa: E712
        user.account_class = parent.account_class if parent and kind == Kind.INDIVIDUAL else _default_class(Kind(kind))
        if password_hash:
            user.password_hash = password_hash
            user.password_changed_at = visit.now  # type: ignore[assignment]
        lists, columns = list_columns.split(columns)
        _set_all(user, columns)
        user.save(force_insert=True)
        audit.record(Tag.USER_CREATED, visit, user, details={"kind": kind, **columns})
        list_columns.set_of_user(user, lists, visit)
    return user


def change(user: User, columns: dict[str, str], visit: Visit) -> dict[str, tuple[str, str]]:
    """Sets columns from their written form. Returns what changed: column → (before, after). Raises Conflict."""
    with database.atomic():
        user = by_id(user.id)  # as it is now: what others have changed meanwhile stays
        _refuse_unknown(columns)
        lists, columns = list_columns.split(columns)
        changed_lists = list_columns.set_of_user(user, lists, visit)
        before = {column: shown(user, column) for column in columns}
        _set_all(user, columns)
        changed = {c: (before[c], shown(user, c)) for c in columns if before[c] != shown(user, c)}
        if changed:
            user.save(only=user.dirty_fields)
            _keep_an_owner(visit.now)
            _record_change(user, changed, visit)
    return changed | changed_lists


def _record_change(user: User, changed: dict[str, tuple[str, str]], visit: Visit) -> None:
    """Binding has events of its own, whoever switches it."""
    details = {c: f"{old} → {new}" for c, (old, new) in changed.items() if c != "bind_session"}
    if details:
        audit.record(Tag.USER_CHANGED, visit, user, details=details)
    if "bind_session" in changed:
        audit.record(Tag.BINDING_ENABLED if user.bind_session else Tag.BINDING_DISABLED, visit, user)


def shown(user: User, column: str) -> str:
    """A column as it is written in a terminal."""
    if column == "class":
        return str(user.account_class.name)
    if column == "role":
        return str(user.role.name)
    value = getattr(user, column)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat() if isinstance(value, datetime) else str(value or "")


def _set_all(user: User, columns: dict[str, str]) -> None:
    """Dates last: they are read in the time zone that the others may change."""
    for column in sorted(columns, key=lambda column: column in ("activates_at", "expires_at")):
        _set(user, column, columns[column])


def _set(user: User, column: str, value: str) -> None:
    match column:
        case "name" | "email":
            setattr(user, column, short_enough(column, value.strip(), getattr(User, column).max_length))
        case "role":
            user.role = _role(Kind(user.kind), value)
        case "class":
            if user.kind == Kind.INDIVIDUAL:
                raise errors.Conflict(N_("class: an individual has the class of the customer"))
            user.account_class = _class(value)
            User.update(account_class=user.account_class).where(
                User.parent == user, User.kind == Kind.INDIVIDUAL
            ).execute()
        case "two_factor":
            user.two_factor = one_of(column, value, UserPolicy)
        case "active" | "bind_session":
            setattr(user, column, one_of(column, value, ("yes", "no")) == "yes")
        case "activates_at" | "expires_at":
            setattr(user, column, instant(column, value, _zone(user)))
        case _:
            setattr(user, column, preference(column, value))


def _zone(user: User) -> ZoneInfo:
    return preferences.in_force(preferences.held_by(user)).zone or preferences.UTC


def _refuse_unknown(columns: Iterable[str]) -> None:
    for column in columns:
        if column not in COLUMNS:
            raise no_such_column(column, COLUMNS)


def _parent(kind: Kind, login: str) -> User | None:
    if not login:
        if kind == Kind.INDIVIDUAL:
            raise errors.Conflict(N_("parent: an individual belongs to a customer"))
        return None
    parent = by_login(login)
    if not parent or parent.kind not in PARENTS[kind]:
        if not PARENTS[kind]:
            raise errors.Conflict(N_("parent: a %(kind)s has none"), kind=kind)
        raise errors.Conflict(N_("parent: %(login)s is no %(kind)s"), login=login, kind=", ".join(PARENTS[kind]))
    return parent


def _role(kind: Kind, name: str) -> Role:
    role = Role.get_or_none(Role.name == name, Role.kind == kind.role_kind)
    if not role:
        names = [n for (n,) in Role.select(Role.name).where(Role.kind == kind.role_kind).tuples()]
        raise none_of("role", name, names)
    return role


def _class(name: str) -> AccountClass:
    found = AccountClass.get_or_none(AccountClass.name == name)
    if not found:
        names = [n for (n,) in AccountClass.select(AccountClass.name).tuples()]
        raise none_of("class", name, names)
    return found


def _default_class(kind: Kind) -> AccountClass:
    return _class(DEFAULT_CLASS[kind])


def _keep_an_owner(now: datetime) -> None:
    """There is always an Owner who can log in; runs in the transaction that might remove the last."""
    owners = User.select().join(Role).where(Role.name == OWNER_ROLE, User.password_hash.is_null(False))
    if all(blocked(owner, now) for owner in owners):
        raise errors.Conflict(N_("This is the last active Owner who can log in. Make another one first."))
