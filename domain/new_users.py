"""Making a login by hand: what may be chosen for it, and which field is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from peewee import fn

from domain import authority, errors, granting, hashing, password_links, password_rules, preferences, users
from domain.authority import Act
from domain.columns import short_enough
from domain.errors import N_
from domain.login_name import fold
from domain.policy import two_factor_policy
from domain.standing import Standing
from domain.visit import Visit
from models import AccountClass, Kind, User, UserPolicy, database

MOST_OFFERED = 200
OF_INDIVIDUALS = ("activates_at", "expires_at", "time_zone", "language")  # further columns of theirs


class Password(StrEnum):
    """Where the first password comes from; whoever is given one changes it at his first log-in."""

    LINK = "link"
    GENERATE = "generate"
    TYPE = "type"
    NONE = "none"


class Wanted(NamedTuple):
    """As typed. Empty role and class: the default ones. `parent` is the login of a reseller, or of the customer of an
    individual, whose further `columns` are those of OF_INDIVIDUALS in their written form."""

    login: str
    name: str
    email: str
    role: str
    account_class: str
    parent: str
    password: Password
    new_password: str
    columns: Mapping[str, str] = MappingProxyType({})


class Made(NamedTuple):
    """`password` is the generated one, `link` the token of the one to set it: known here and nowhere else."""

    user: User
    password: str | None
    link: str | None = None
    link_expires_at: datetime | None = None


class NoSuchReseller(errors.Refusal):
    field = "parent"
    message = N_("There is no reseller %(login)s.")


class NoSuchCustomer(errors.Refusal):
    """Unknown, or somebody else's: both get the same answer."""

    field = "parent"
    message = N_("There is no customer %(login)s.")


class NoSuchClass(errors.Refusal):
    field = "class"
    message = N_("There is no such class for this login.")


def classes_for(kind: Kind) -> list[AccountClass]:
    """Staff have classes of their own, and a class that staff are in is nobody else's; that of resellers is not for
    customers. An individual has the class of his customer."""
    if kind is Kind.INDIVIDUAL:
        return []
    others = User.kind != Kind.STAFF if kind is Kind.STAFF else User.kind == Kind.STAFF
    taken = fn.EXISTS(User.select(User.id).where(User.account_class == AccountClass.id, others))
    free = AccountClass.select().where((AccountClass.name == users.DEFAULT_CLASS[kind]) | ~taken)
    not_these = {users.DEFAULT_CLASS[other] for other in _NOT_FOR[kind]}
    return [group for group in free.order_by(AccountClass.name) if group.name not in not_these]


_NOT_FOR: dict[Kind, tuple[Kind, ...]] = {
    Kind.STAFF: (Kind.RESELLER, Kind.CUSTOMER),
    Kind.RESELLER: (Kind.STAFF,),
    Kind.CUSTOMER: (Kind.STAFF, Kind.RESELLER),
}


def resellers(standing: Standing) -> list[tuple[str, str]]:
    """Login and name of those to whom he may give a customer: the first by name, for a field that takes any login."""
    if not authority.may(standing, Kind.RESELLER, Act.VIEW):
        return []
    found = User.select(User.login, User.name).where(User.kind == Kind.RESELLER)
    return list(found.order_by(User.name, User.login).limit(MOST_OFFERED).tuples())


def has_customers(standing: Standing) -> bool:
    """Whether there is anybody whose individual a new one could be."""
    below = authority.parent_of_all(standing, Kind.CUSTOMER)
    mine = [] if below is None else [User.parent == below]
    return bool(User.select().where(User.kind == Kind.CUSTOMER, *mine).exists())


def customer_of(standing: Standing, typed: str) -> User:
    """Whose individual a new one will be; a customer's own are his. Raises NoSuchCustomer."""
    if standing.kind == Kind.CUSTOMER:
        return users.by_id(standing.user_id)
    found = users.by_login(typed) if typed else None
    if found is None or found.kind != Kind.CUSTOMER:
        raise NoSuchCustomer(login=fold(typed))
    if not authority.is_below(standing, Kind.CUSTOMER, authority.ancestors(found)):
        raise NoSuchCustomer(login=fold(typed))
    return found


def make(standing: Standing, kind: Kind, wanted: Wanted, visit: Visit) -> Made:
    """Raises a Refusal whose `field` tells what is wrong; nothing is stored then. A reseller makes his own only."""
    _refuse_wrong(wanted)
    parent = _parent(standing, kind, wanted.parent)
    customer = parent if kind is Kind.INDIVIDUAL else None
    customer_id = customer.id if customer else None
    group = customer.account_class if customer else _class(kind, wanted.account_class or users.DEFAULT_CLASS[kind])
    role = wanted.role or next((str(role.name) for role in granting.roles_for(standing, kind, customer_id)), "")
    granting.refuse_beyond(standing, kind, role, customer_id=customer_id)
    password = _password(wanted, group)
    password_hash = hashing.hash_password(password) if password else None
    columns = {"name": wanted.name, "email": wanted.email, "role": role, "parent": parent.login if parent else ""}
    columns |= (
        {c: wanted.columns[c] for c in OF_INDIVIDUALS if c in wanted.columns} if customer_id else {"class": group.name}
    )
    with database.atomic():
        granting.refuse_beyond(standing, kind, role, customer_id=customer_id)  # hashing took its time
        user = users.create(
            wanted.login,
            visit,
            kind=kind,
            password_hash=password_hash,
            must_change_password=password is not None,
            **columns,
        )
        link = password_links.make(user, visit) if wanted.password is Password.LINK else (None, None)
    return Made(user, password if wanted.password is Password.GENERATE else None, *link)


def _refuse_wrong(wanted: Wanted) -> None:
    """In the words of the form: terminals name the column."""
    for column in ("name", "email"):
        with _field(column):
            short_enough(column, getattr(wanted, column).strip(), getattr(User, column).max_length)
    for column in preferences.COLUMNS:
        preferences.checked(column, wanted.columns.get(column, ""))


def _class(kind: Kind, name: str) -> AccountClass:
    for group in classes_for(kind):
        if group.name == name:
            return group
    raise NoSuchClass


def _parent(standing: Standing, kind: Kind, typed: str) -> User | None:
    if kind is Kind.INDIVIDUAL:
        return customer_of(standing, typed)
    if standing.kind == Kind.RESELLER:
        return users.by_id(standing.user_id)
    login = fold(typed) if kind is Kind.CUSTOMER else ""
    found = users.by_login(login) if login and authority.may(standing, Kind.RESELLER, Act.VIEW) else None
    if login and (found is None or found.kind != Kind.RESELLER):
        raise NoSuchReseller(login=login)
    return found


def _password(wanted: Wanted, group: AccountClass) -> str | None:
    match wanted.password:
        case Password.GENERATE:
            return password_rules.generate()
        case Password.TYPE:
            policy = two_factor_policy(UserPolicy.INHERIT, group.two_factor, group.grace_days)
            password_rules.check(
                wanted.new_password, fold(wanted.login), wanted.email, two_factor_required=policy.required
            )
            return wanted.new_password
        case Password.NONE | Password.LINK:
            return None


@contextmanager
def _field(name: str) -> Iterator[None]:
    """What is wrong is at this field, where it has none of its own."""
    try:
        yield
    except errors.Conflict as refusal:
        refusal.field = refusal.field or name
        raise
