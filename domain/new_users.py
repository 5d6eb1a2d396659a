"""Making a login by hand: what may be chosen for it, and which field is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import NamedTuple

from domain import errors, hashing, password_rules, roles, users
from domain.columns import short_enough
from domain.errors import N_
from domain.login_name import fold
from domain.policy import two_factor_policy
from domain.standing import Standing
from domain.visit import Visit
from models import AccountClass, Kind, User, UserPolicy

KINDS = frozenset({Kind.CUSTOMER, Kind.RESELLER, Kind.STAFF})


class Password(StrEnum):
    """Where the first password comes from; whoever has one changes it at his first log-in."""

    GENERATE = "generate"
    TYPE = "type"
    NONE = "none"


class Wanted(NamedTuple):
    """As typed. Empty role and class: the default ones. `parent` is the login of a reseller."""

    login: str
    name: str
    email: str
    role: str
    account_class: str
    parent: str
    password: Password
    new_password: str


class Made(NamedTuple):
    """`password` is the generated one, known here and nowhere else."""

    user: User
    password: str | None


class NoSuchReseller(errors.Refusal):
    field = "parent"
    message = N_("There is no reseller %(login)s.")


class NoSuchClass(errors.Refusal):
    field = "class"
    message = N_("There is no such class for this login.")


def classes_for(standing: Standing, kind: Kind) -> list[AccountClass]:
    """The class of staff is for staff alone; an individual has the class of his customer. A reseller's customers begin
    with the default one: which others there are, and what they demand, is the provider's affair."""
    if kind is Kind.INDIVIDUAL:
        return []
    classes = AccountClass.select().order_by(AccountClass.name)
    if standing.kind != Kind.STAFF:
        return [group for group in classes if group.name == users.DEFAULT_CLASS[kind]]
    of_staff = users.DEFAULT_CLASS[Kind.STAFF]
    return [group for group in classes if kind is Kind.STAFF or group.name != of_staff]


def make(standing: Standing, kind: Kind, wanted: Wanted, visit: Visit) -> Made:
    """Raises a Refusal whose `field` tells what is wrong; nothing is stored then. A reseller makes his own only."""
    for column in ("name", "email"):
        with _field(column):
            short_enough(column, getattr(wanted, column).strip(), getattr(User, column).max_length)
    role = wanted.role or next((str(role.name) for role in roles.roles_for(standing, kind)), "")
    roles.refuse_beyond(standing, kind, role)
    group = _class(standing, kind, wanted.account_class or users.DEFAULT_CLASS[kind])
    parent = _parent(standing, kind, wanted.parent)
    password = _password(wanted, group)
    password_hash = hashing.hash_password(password) if password else None
    with _field("login"):  # everything else has been looked at
        user = users.create(
            wanted.login,
            visit,
            kind=kind,
            password_hash=password_hash,
            must_change_password=password is not None,
            name=wanted.name,
            email=wanted.email,
            role=role,
            parent=parent,
            **{"class": group.name},
        )
    return Made(user, password if wanted.password is Password.GENERATE else None)


def _class(standing: Standing, kind: Kind, name: str) -> AccountClass:
    for group in classes_for(standing, kind):
        if group.name == name:
            return group
    raise NoSuchClass


def _parent(standing: Standing, kind: Kind, typed: str) -> str:
    if standing.kind == Kind.RESELLER:
        return standing.login
    login = fold(typed) if kind is Kind.CUSTOMER else ""
    found = users.by_login(login) if login else None
    if login and (found is None or found.kind != Kind.RESELLER):
        raise NoSuchReseller(login=login)
    return login


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
        case Password.NONE:
            return None


@contextmanager
def _field(name: str) -> Iterator[None]:
    try:
        yield
    except errors.Conflict as refusal:
        refusal.field = name
        raise
