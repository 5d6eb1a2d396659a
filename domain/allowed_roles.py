"""Allowed roles of a customer: those that he and his provider may give to his individuals (manual C 86)."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from domain import audit, errors
from domain.audit import Tag
from domain.errors import N_, NN_
from domain.visit import Visit
from models import AllowedRole, Role, RoleKind, User, database, run

NAMED = 5


class NotAllowable(errors.Refusal):
    """Unknown, of another kind, or with more permissions than his own."""

    status = 403
    field = "role"
    message = N_("You cannot allow this role")
    hint = N_("Nobody grants a permission that he lacks.")


class AllowedInUse(errors.Refusal):
    status = 409
    message = N_("%(role)s is in use")
    hint: str = NN_(
        "%(logins)s has this role. Give this individual another one first.",
        "%(n)s individuals have this role: %(logins)s. Give them another one first.",
        by="n",
    )
    hint_of_many = NN_(
        "%(n)s individual has this role, such as %(logins)s. Give this individual another one first.",
        "%(n)s individuals have this role, such as %(logins)s. Give them another one first.",
        by="n",
    )

    def __init__(self, role: str, logins: list[str]) -> None:
        super().__init__(role=role, logins=", ".join(logins[:NAMED]), n=len(logins))
        if len(logins) > NAMED:
            self.hint = self.hint_of_many


class Allowed(NamedTuple):
    """`in_use` says which of the customer's individuals have it: so long it stays."""

    role_id: int
    name: str
    description: str
    in_use: AllowedInUse | None


def ids_of(customer_id: int | None) -> list[int]:
    return [role_id for (role_id,) in run("SELECT role_id FROM allowed_role WHERE user_id = ?", customer_id)]


def ids_of_each(customer_ids: Iterable[int | None]) -> defaultdict[int | None, set[int]]:
    """Those of several customers."""
    found: defaultdict[int | None, set[int]] = defaultdict(set)
    several = "SELECT user_id, role_id FROM allowed_role WHERE user_id IN (SELECT value FROM json_each(?))"
    for customer_id, role_id in run(several, json.dumps(list(customer_ids))):
        found[customer_id].add(role_id)
    return found


def of(customer: User) -> list[Allowed]:
    """The default role first, then by name."""
    logins = _logins(customer)
    rows = run(
        "SELECT r.id, r.name, r.description FROM allowed_role a JOIN role r ON r.id = a.role_id WHERE a.user_id = ?"
        " ORDER BY r.is_default DESC, r.name",
        customer.id,
    )
    return [Allowed(role_id, name, said, _in_use(name, logins[role_id])) for role_id, name, said in rows]


def _logins(customer: User) -> defaultdict[int, list[str]]:
    """Of the customer's individuals, by their roles."""
    found: defaultdict[int, list[str]] = defaultdict(list)
    for role_id, login in run("SELECT role_id, login FROM user WHERE parent_id = ? ORDER BY login", customer.id):
        found[role_id].append(login)
    return found


def _in_use(name: str, logins: list[str]) -> AllowedInUse | None:
    return AllowedInUse(name, logins) if logins else None


def add(customer: User, name: str, offered: Iterable[Role], visit: Visit) -> bool:
    """`offered` are the roles that whoever adds may give to customers. False: it was allowed. Raises NotAllowable."""
    found = [role for role in offered if role.name == name and role.kind == RoleKind.SELF_CARE]
    if not found:
        raise NotAllowable
    with database.atomic():
        insert = (
            "INSERT OR IGNORE INTO allowed_role (user_id, role_id)"
            " SELECT u.id, r.id FROM user u, role r WHERE u.id = ? AND r.id = ?"
        )
        added = bool(run(insert, customer.id, found[0].id).rowcount)
        if added:
            audit.record(Tag.ALLOWED_ROLES_CHANGED, visit, customer, details={"added": name})
    return added


def remove(customer: User, role_id: int, visit: Visit) -> bool:
    """False: it was not allowed. Raises AllowedInUse."""
    with database.atomic():
        role = Role.get_or_none(Role.id == role_id)
        if role and (refusal := _in_use(role.name, _logins(customer)[role_id])):
            raise refusal
        gone = AllowedRole.delete().where(AllowedRole.user == customer, AllowedRole.role == role_id).execute()
        if gone:
            audit.record(Tag.ALLOWED_ROLES_CHANGED, visit, customer, details={"removed": role.name})
    return bool(gone)
