"""The columns of a user in their written form, as terminal, forms and events have them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from domain import list_columns, preferences
from domain.columns import instant, no_such_column, none_of, one_of, preference, short_enough
from domain.errors import N_, Conflict
from domain.login_name import LOGIN, fold
from models import AccountClass, Kind, Role, User, UserPolicy

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
CHANGEABLE = (*COLUMNS, "login", "parent")
PARENTS = {Kind.STAFF: (), Kind.RESELLER: (), Kind.CUSTOMER: (Kind.RESELLER,), Kind.INDIVIDUAL: (Kind.CUSTOMER,)}
DEFAULT_CLASS = {Kind.STAFF: "Staff", Kind.RESELLER: "Resellers", Kind.CUSTOMER: "Customers"}
DATES = ("activates_at", "expires_at")


def shown(user: User, column: str) -> str:
    """As it is written in a terminal."""
    match column:
        case "class":
            return str(user.account_class.name)
        case "role":
            return str(user.role.name)
        case "parent":
            return str(user.parent.login) if user.parent else ""
    value = getattr(user, column)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat() if isinstance(value, datetime) else str(value or "")


def put(user: User, columns: dict[str, str]) -> None:
    """Puts what is written into the row, which is not saved. Raises Conflict, whose field is the column.

    Dates last: they are read in the time zone that the others may change.
    """
    for column in sorted(columns, key=lambda column: column in DATES):
        try:
            _put(user, column, columns[column])
        except Conflict as conflict:
            conflict.field = column
            raise


def _put(user: User, column: str, value: str) -> None:
    match column:
        case "login":
            user.login = free_login(value, user)
        case "parent":
            _move(user, value)
        case "name" | "email":
            setattr(user, column, short_enough(column, value.strip(), getattr(User, column).max_length))
        case "role":
            user.role = _role(Kind(user.kind), value)
        case "class":
            _put_class(user, value)
        case "two_factor":
            user.two_factor = one_of(column, value, UserPolicy)
        case "active" | "bind_session":
            setattr(user, column, one_of(column, value, ("yes", "no")) == "yes")
        case "activates_at" | "expires_at":
            setattr(user, column, instant(column, value, zone_of(user)))
        case _:
            setattr(user, column, preference(column, value))


def zone_of(user: User) -> ZoneInfo:
    """The time zone in which the dates of a login are read."""
    return preferences.in_force(preferences.held_by(user)).zone or preferences.UTC


def refuse_unknown(columns: Iterable[str], known: tuple[str, ...] = COLUMNS) -> None:
    for column in columns:
        if column not in known:
            raise no_such_column(column, known)


def free_login(written: str, user: User | None = None) -> str:
    """A login as it is stored, which nobody else has; the caller is in a transaction. Raises Conflict."""
    login = fold(written)
    if not LOGIN.fullmatch(login):
        raise Conflict(N_("A login has 1 to 64 characters out of a-z 0-9 . _ @ -"))
    holder = User.get_or_none(User.login == login)
    if holder is not None and holder != user:
        raise Conflict(N_("The login %(login)s is taken."), login=login)
    return login


def parent_of(kind: Kind, login: str) -> User | None:
    """Below whom somebody of that kind stands. Raises Conflict."""
    if not login:
        if kind == Kind.INDIVIDUAL:
            raise Conflict(N_("parent: an individual belongs to a customer"))
        return None
    parent: User | None = User.get_or_none(User.login == fold(login))
    if not parent or parent.kind not in PARENTS[kind]:
        if not PARENTS[kind]:
            raise Conflict(N_("parent: a %(kind)s has none"), kind=kind)
        raise Conflict(N_("parent: %(login)s is no %(kind)s"), login=login, kind=", ".join(PARENTS[kind]))
    return parent


def _move(user: User, login: str) -> None:
    """An individual stays: it has the class and the roles of its customer."""
    parent = parent_of(Kind(user.kind), login)
    if user.kind == Kind.INDIVIDUAL and parent != user.parent:
        raise Conflict(N_("parent: an individual stays with its customer"))
    user.parent = parent


def _role(kind: Kind, name: str) -> Role:
    role = Role.get_or_none(Role.name == name, Role.kind == kind.role_kind)
    if not role:
        names = [n for (n,) in Role.select(Role.name).where(Role.kind == kind.role_kind).tuples()]
        raise none_of("role", name, names)
    return role


def _put_class(user: User, name: str) -> None:
    """Of a customer's individuals too: they always have his."""
    if user.kind == Kind.INDIVIDUAL:
        raise Conflict(N_("class: an individual has the class of the customer"))
    user.account_class = class_named(name)
    User.update(account_class=user.account_class).where(User.parent == user, User.kind == Kind.INDIVIDUAL).execute()


def class_named(name: str) -> AccountClass:
    found = AccountClass.get_or_none(AccountClass.name == name)
    if not found:
        names = [n for (n,) in AccountClass.select(AccountClass.name).tuples()]
        raise none_of("class", name, names)
    return found


def default_class(kind: Kind) -> AccountClass:
    return class_named(DEFAULT_CLASS[kind])
