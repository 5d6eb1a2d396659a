"""What one line of an import says, checked: the rules of `users.create`, remembered for a million lines.

A line that is wrong raises a Refusal whose sentence begins with its column.
"""

from __future__ import annotations

import re
from base64 import b32decode
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from domain import hashing, list_errors, networks, password_rules, preferences, trusted_ips, users, vault
from domain.columns import instant, none_of, one_of, short_enough
from domain.errors import N_, Conflict, Refusal
from domain.list_columns import OWN, PROVIDER
from domain.login_name import LOGIN, LONGEST_TYPED, fold
from domain.networks import Network
from domain.policy import two_factor_policy
from domain.preferences import NOTHING, Chosen
from domain.transfer_csv import Line
from domain.trusted_ips import Entry
from models import Access, AccountClass, Kind, Role, Side, User, UserPolicy, UTCDateTimeField

RANKS = {Kind.STAFF: 0, Kind.RESELLER: 0, Kind.CUSTOMER: 1, Kind.INDIVIDUAL: 2}  # parents have a lower one
SHORTEST_SECRET = 10  # bytes: 80 bits
LONGEST_SECRET = 128  # letters
CHOICES: dict[str, tuple[str, ...]] = {
    "kind": tuple(Kind),
    "two_factor": tuple(UserPolicy),
    "access": (Access.ANY, Access.LISTED),
    "provider_access": tuple(Access),
    "active": ("yes", "no"),
    "bind_session": ("yes", "no"),
}

ClassIdOf = Callable[[str], int | None]


class Person(NamedTuple):
    """A row of the staging table. The class of an individual is not here: it is that of his customer."""

    line: int
    login: str
    kind: str
    rank: int
    parent: str | None
    wrong: bool
    name: str = ""
    email: str = ""
    role_id: int | None = None
    account_class_id: int | None = None
    active: bool = True
    activates_at: str | None = None
    expires_at: str | None = None
    password_hash: str | None = None
    sealed_password: str | None = None
    sealed_secret: str | None = None
    two_factor: str = UserPolicy.INHERIT
    bind_session: bool = False
    language: str | None = None
    time_zone: str | None = None
    output_format: str | None = None
    input_format: str | None = None


class StagedList(NamedTuple):
    """A list of addresses that is not the default."""

    line: int
    side: Side
    access: Access
    networks: tuple[Network, ...]


class Checks:
    """Checks lines against the roles and classes of this installation, as they are when it is made."""

    def __init__(self, class_id_of: ClassIdOf) -> None:
        """`class_id_of` finds the class of a customer by his login, where there is one."""
        self._class_id_of = class_id_of
        self._roles = {(role.kind, role.name): role for role in Role.select()}
        self._default_roles = {role.kind: role for role in self._roles.values() if role.is_default}
        self._classes = {group.name: group for group in AccountClass.select()}
        self._classes_by_id = {group.id: group for group in self._classes.values()}

    def person(self, line: Line) -> tuple[Person, list[StagedList]]:
        """Raises Refusal."""
        number, values = line
        login, kind, parent = identity(values)
        group = self._class(kind, values.get("class"), parent)
        chosen = _preferences(values)
        two_factor = _one_of("two_factor", values.get("two_factor", "inherit"))
        email = _text("email", values)
        person = Person(
            line=number,
            login=login,
            kind=kind,
            rank=RANKS[kind],
            parent=parent,
            wrong=False,
            name=_text("name", values),
            email=email,
            role_id=self._role(kind, values.get("role")).id,
            account_class_id=None if kind is Kind.INDIVIDUAL else group.id,
            active=_yes("active", values, "yes"),
            activates_at=_instant("activates_at", values, chosen, group),
            expires_at=_instant("expires_at", values, chosen, group),
            password_hash=_hash(values),
            sealed_password=_sealed(number, _password(values, login, email, group, two_factor)),
            sealed_secret=_sealed(number, _secret(values.get("totp_secret", ""))),
            two_factor=two_factor,
            bind_session=_yes("bind_session", values, "no"),
            **chosen._asdict(),
        )
        return person, _lists(number, values)

    def _class(self, kind: Kind, name: str | None, parent: str | None) -> AccountClass:
        if kind is Kind.INDIVIDUAL:
            return self._class_of_individual(name, parent or "")
        name = name or users.DEFAULT_CLASS[kind]
        if name not in self._classes:
            raise none_of("class", name, self._classes)
        return self._classes[name]

    def _class_of_individual(self, name: str | None, parent: str) -> AccountClass:
        """Where the parent is missing his line is told of that, once all are known."""
        group = self._classes_by_id.get(self._class_id_of(parent))
        if group and name and name != group.name:
            said = N_("class: an individual has the class of the customer, which is %(name)s. Leave it empty.")
            raise Conflict(said, name=group.name)
        return group or self._classes[users.DEFAULT_CLASS[Kind.CUSTOMER]]

    def _role(self, kind: Kind, name: str | None) -> Role:
        if not name:
            return self._default_roles[kind.role_kind]
        found = self._roles.get((kind.role_kind, name))
        if found is None:
            raise none_of("role", name, (name for of_kind, name in self._roles if of_kind == kind.role_kind))
        return found


def wrong(line: Line) -> Person:
    """What is known of somebody whose line is wrong, so that nobody below him is blamed for it."""
    login, kind = fold(line.values.get("login", "")), line.values.get("kind") or Kind.CUSTOMER
    return Person(line.number, login, kind, rank=0, parent=None, wrong=True)


def identity(values: dict[str, str]) -> tuple[str, Kind, str | None]:
    """Login, kind and the parent's login. Raises Refusal."""
    typed = values.get("login", "")
    login = fold(typed)
    if not LOGIN.fullmatch(login) or len(typed) > LONGEST_TYPED:
        raise Conflict(
            N_("login: %(login)s is none. A login has 1 to 64 characters out of a-z 0-9 . _ @ -"), login=typed
        )
    kind = Kind(_one_of("kind", values.get("kind", "customer")))
    parent = fold(values.get("parent", "")) or None
    if parent and not users.PARENTS[kind]:
        raise Conflict(N_("parent: a %(kind)s has none"), kind=kind)
    if kind is Kind.INDIVIDUAL and not parent:
        raise Conflict(N_("parent: an individual belongs to a customer"))
    return login, kind, parent


def seal(number: int, secret: str) -> str:
    return vault.encrypt(secret, f"import:{number}")


def unseal(number: int, sealed: str) -> str:
    return vault.decrypt(sealed, f"import:{number}")


def _sealed(number: int, secret: str | None) -> str | None:
    return seal(number, secret) if secret else None


def _named(column: str, reason: Refusal) -> Conflict:
    return Conflict(N_("%(column)s: %(reason)s"), column=column, reason=reason)


def _text(column: str, values: dict[str, str]) -> str:
    return short_enough(column, values.get(column, "").strip(), getattr(User, column).max_length)


def _one_of(column: str, value: str) -> str:
    return one_of(column, value, CHOICES[column])


def _yes(column: str, values: dict[str, str], default: str) -> bool:
    return _one_of(column, values.get(column, default)) == "yes"


def _preferences(values: dict[str, str]) -> Chosen:
    written = {column: values[column] for column in preferences.COLUMNS if column in values}
    return NOTHING._replace(**{column: _preference(column, value) for column, value in written.items()})


def _preference(column: str, value: str) -> str | None:
    found = _checked(column, value)
    if isinstance(found, Refusal):
        raise _named(column, found)
    return found


@lru_cache(maxsize=1024)
def _checked(column: str, value: str) -> str | Refusal | None:
    """The refusals are remembered too: finding close names for a wrong time zone takes 3 ms."""
    try:
        return preferences.checked(column, value)
    except Refusal as refusal:
        return refusal


def _instant(column: str, values: dict[str, str], chosen: Chosen, group: AccountClass) -> str | None:
    """In the zone of the person, as he will have it."""
    if column not in values:
        return None
    held = preferences.inherited(chosen, preferences.of(group))
    at = instant(column, values[column], preferences.in_force(held).zone or preferences.UTC)
    return at.strftime(UTCDateTimeField.WIRE) if at else None


def _hash(values: dict[str, str]) -> str | None:
    if not (stored := values.get("password_hash")):
        return None
    if values.get("password"):
        raise Conflict(N_("password: there is a password_hash too. Write one of them."))
    try:
        return hashing.check_foreign(stored)
    except (hashing.HashUnknown, hashing.HashTooCostly) as refusal:
        raise _named("password_hash", refusal) from None


def _password(values: dict[str, str], login: str, email: str, group: AccountClass, two_factor: str) -> str | None:
    if password := values.get("password"):
        policy = two_factor_policy(two_factor, group.two_factor, group.grace_days)
        try:
            password_rules.check(password, login, email, two_factor_required=policy.required)
        except Refusal as refusal:
            raise _named("password", refusal) from None
    return password


def _secret(written: str) -> str | None:
    """As it is stored: blanks, hyphens and padding taken out, in capitals."""
    if not written:
        return None
    secret = re.sub(r"[\s-]", "", written).rstrip("=").upper()
    if len(secret) > LONGEST_SECRET:
        raise Conflict(N_("%(column)s: longer than %(most)s characters"), column="totp_secret", most=LONGEST_SECRET)
    try:
        key = b32decode(secret + "=" * (-len(secret) % 8))
    except ValueError:
        raise Conflict(
            N_("totp_secret: this is no base 32, which has the letters A to Z and the digits 2 to 7")
        ) from None
    if len(key) < SHORTEST_SECRET:
        raise Conflict(N_("totp_secret: too short. It needs 80 bits, which are 16 letters."))
    return secret


def _lists(number: int, values: dict[str, str]) -> list[StagedList]:
    sides = ((Side.OWN, OWN, Access.ANY), (Side.PROVIDER, PROVIDER, Access.INHERIT))
    return [
        _list(number, side, *names, default, values)
        for side, names, default in sides
        if names[0] in values or names[1] in values
    ]


def _list(number: int, side: Side, mode: str, entries: str, default: Access, values: dict[str, str]) -> StagedList:
    access = Access(_one_of(mode, values.get(mode, default)))
    try:
        found = networks.parse(values.get(entries, "")).networks
        if access is Access.LISTED:
            trusted_ips.refuse_dead([Entry(network) for network in found])
    except list_errors.ListWrong as wrong:
        raise _named(entries, wrong.reason) from None
    except Refusal as refusal:
        raise _named(entries, refusal) from None
    return StagedList(number, side, access, found)
