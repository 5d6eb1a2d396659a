"""What roles permit. Nobody grants a permission that he lacks, and Owner keeps all of them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import NamedTuple

from domain import audit, authority, errors
from domain.audit import Tag
from domain.authority import Act
from domain.columns import short_enough
from domain.errors import N_, NN_
from domain.granting import grantable
from domain.permissions import OF_KIND, Permission, parse
from domain.standing import Standing
from domain.visit import Visit
from models import AllowedRole, Kind, Role, RoleKind, User, database, run

NAMED = 5
Boxes = dict[int, frozenset[Permission]]  # role → what is ticked for it


class PermissionOutOfReach(errors.Refusal):
    status = 403
    field = "permission"
    message = N_("You cannot change this permission")
    hint = N_("You can only change permissions that you have. Owner keeps all of them.")


class PermissionsChangedMeanwhile(errors.Refusal):
    status = 409
    field = "permission"
    message = N_("Somebody else has changed %(role)s meanwhile")
    hint = N_("Nothing is saved yet. Look at the boxes again and save.")


class RoleNameTaken(errors.Refusal):
    field = "name"
    message = N_("There is a role %(name)s already.")


class RoleNameMissing(errors.Refusal):
    field = "name"
    message = N_("Give the role a name.")


class PatternOfAnotherKind(errors.Refusal):
    field = "like"
    message = N_("%(role)s is a role of another kind. Choose one of the same kind, or none.")


class RoleBeyond(errors.Refusal):
    status = 403
    field = "name"
    message = N_("You cannot rename a role that has permissions which you lack.")


class RoleFixed(errors.Refusal):
    status = 409
    message = N_("%(role)s is built in")
    hint = N_("New logins of its kind begin with it, or the portal needs it: it stays.")


class RoleInUse(errors.Refusal):
    status = 409
    message = N_("%(role)s is in use")
    hint: str = NN_(
        "%(logins)s has this role. Give this login another one first.",
        "%(n)s logins have this role: %(logins)s. Give them another one first.",
        by="n",
    )
    hint_of_many = NN_(
        "%(n)s login has this role, such as %(logins)s. Give it another one first.",
        "%(n)s logins have this role, such as %(logins)s. Give them another one first.",
        by="n",
    )
    hint_without_names = NN_(
        "%(n)s login has this role. Give it another one first.",
        "%(n)s logins have this role. Give them another one first.",
        by="n",
    )

    def __init__(self, role: str, logins: list[str], count: int) -> None:
        super().__init__(role=role, logins=", ".join(logins), n=count)
        if len(logins) < count:
            self.hint = self.hint_of_many if logins else self.hint_without_names


# --- Finding ----------------------------------------------------------------------------------------------------------


class Row(NamedTuple):
    """A role as lists show it. `users` counts who has it."""

    id: int
    kind: str
    name: str
    description: str
    is_default: bool
    is_owner: bool
    permissions: frozenset[Permission]
    users: int


def kinds(standing: Standing) -> list[RoleKind]:
    """Staff roles are touched by Owners alone, and nobody else sees them."""
    return [kind for kind in OF_KIND if kind is not RoleKind.STAFF or Permission.STAFF in grantable(standing)]


def kind_named(standing: Standing, name: str) -> RoleKind:
    """One that he touches. Raises NotFound."""
    for kind in kinds(standing):
        if kind == name:
            return kind
    raise errors.NotFound


def matrix(kind: RoleKind) -> list[Row]:
    """The default role first, then by name."""
    rows = run(
        "SELECT r.id, r.kind, r.name, r.description, r.is_default, r.permissions,"
        " (SELECT count(*) FROM user u WHERE u.role_id = r.id)"
        " FROM role r WHERE r.kind = ? ORDER BY r.is_default DESC, r.name",
        kind,
    )
    return [
        Row(role_id, kind, name, said, bool(is_default), Permission.STAFF in parse(stored), parse(stored), users)
        for role_id, kind, name, said, is_default, stored, users in rows
    ]


def changeable(standing: Standing, kind: RoleKind) -> frozenset[Permission]:
    """The permissions that he may put into roles of that kind, and take out."""
    return grantable(standing).intersection(OF_KIND[kind])


def find(standing: Standing, role_id: int) -> Role:
    """Raises NotFound."""
    role: Role | None = Role.get_or_none(Role.id == role_id)
    if role is None or RoleKind(role.kind) not in kinds(standing):
        raise errors.NotFound
    return role


def is_owner(role: Role) -> bool:
    """The one role that always has every permission: there is always a way back."""
    return Permission.STAFF in parse(role.permissions)


def create(
    standing: Standing, kind: RoleKind, name: str, description: str, visit: Visit, like: int | None = None
) -> Role:
    """A role with the permissions of another one of its kind, else none; what he lacks is left out.

    Raises RoleNameMissing, RoleNameTaken, Conflict with its field, PatternOfAnotherKind, NotFound.
    """
    if kind not in kinds(standing):
        raise errors.NotFound
    with database.atomic():
        permitted = frozenset() if like is None else _pattern(standing, kind, like)
        role = Role(kind=kind, permissions=_stored(permitted & changeable(standing, kind)))
        _name(role, name, description)
        role.save(force_insert=True)
        audit.record(Tag.ROLE_CREATED, visit, role.name, details=_facts(role))
    return role


def _pattern(standing: Standing, kind: RoleKind, role_id: int) -> frozenset[Permission]:
    role = find(standing, role_id)
    if role.kind != kind:
        raise PatternOfAnotherKind(role=role.name)
    return parse(role.permissions)


def describe(standing: Standing, role: Role, name: str, description: str, visit: Visit) -> bool:
    """Another name or description. False: nothing changed. Raises RoleFixed for Owner, and what `create` does."""
    with database.atomic():
        role = find(standing, role.id)
        if is_owner(role):
            raise RoleFixed(role=role.name)
        if not parse(role.permissions) <= grantable(standing):
            raise RoleBeyond  # two names swapped, and others give what was not meant
        before = {"name": role.name, "description": role.description}
        _name(role, name, description)
        after = {"name": role.name, "description": role.description}
        changed = {column: f"{before[column]} → {after[column]}" for column in after if after[column] != before[column]}
        if changed:
            role.save(only=[Role.name, Role.description])
            audit.record(Tag.ROLE_CHANGED, visit, role.name, details={"kind": role.kind, **changed})
    return bool(changed)


def permit(standing: Standing, kind: RoleKind, wanted: Boxes, seen: Boxes, visit: Visit) -> list[str]:
    """Saves a matrix, whole or not at all: role → the boxes that are ticked; `seen` are those that were when it was
    opened. Boxes that he may not change are never sent: they stay as they are.

    Returns the names of the roles that changed. Raises PermissionOutOfReach, PermissionsChangedMeanwhile, NotFound.
    """
    with database.atomic():
        return [name for role_id in wanted if (name := _permit(standing, kind, role_id, wanted, seen, visit))]


def _permit(standing: Standing, kind: RoleKind, role_id: int, wanted: Boxes, seen: Boxes, visit: Visit) -> str:
    role = find(standing, role_id)
    if role.kind != kind:
        raise errors.NotFound
    stored, within, ticked = parse(role.permissions), changeable(standing, kind), wanted[role_id]
    before = seen.get(role_id, stored)
    mine = over(stored, ticked, before, within)
    if not ticked - stored <= within or (is_owner(role) and mine != stored):
        raise PermissionOutOfReach
    if mine == stored:
        return ""
    if (stored ^ before) & within:
        raise PermissionsChangedMeanwhile(role=role.name)
    role.permissions = _stored(mine)
    role.save(only=[Role.permissions])
    details = {"kind": role.kind, "granted": _said(mine - stored), "taken": _said(stored - mine)}
    audit.record(Tag.ROLE_CHANGED, visit, role.name, details={name: said for name, said in details.items() if said})
    return str(role.name)


def over(
    stored: frozenset[Permission],
    ticked: frozenset[Permission],
    seen: frozenset[Permission],
    within: frozenset[Permission],
) -> frozenset[Permission]:
    """What is stored, but for the boxes that he has changed."""
    changed = (ticked ^ seen) & within
    return (ticked & changed) | (stored - changed)


# --- Who has it, and the end ------------------------------------------------------------------------------------------


def holders(standing: Standing, role: Role, most: int) -> list[User]:
    """The first of those whom he may see."""
    kinds = [kind for kind in Kind if authority.may(standing, kind, Act.VIEW)]
    return list(User.select().where(User.role == role, User.kind.in_(kinds)).order_by(User.login).limit(most))


def allowing(role: Role) -> int:
    """How many customers may give it to their individuals."""
    return AllowedRole.select().where(AllowedRole.role == role).count()


def why_not_deletable(standing: Standing, role: Role) -> RoleFixed | RoleInUse | None:
    if role.is_default or is_owner(role):
        return RoleFixed(role=role.name)
    count = User.select().where(User.role == role).count()
    logins = [user.login for user in holders(standing, role, NAMED)]
    return RoleInUse(role.name, logins, count) if count else None


def delete(standing: Standing, role: Role, visit: Visit) -> None:
    """Customers who might have given it to individuals may not any longer. Raises RoleFixed, RoleInUse."""
    with database.atomic():
        role = find(standing, role.id)
        if refusal := why_not_deletable(standing, role):
            raise refusal
        role.delete_instance()
        audit.record(Tag.ROLE_DELETED, visit, role.name, details=_facts(role))


def _facts(role: Role) -> dict[str, str]:
    return {"kind": role.kind, "permissions": _said(parse(role.permissions))}


def _said(permissions: Iterable[Permission]) -> str:
    return ", ".join(sorted(permissions))


def _stored(permissions: Iterable[Permission]) -> str:
    return json.dumps(sorted(permissions))


def _name(role: Role, name: str, description: str) -> None:
    name, description = name.strip(), description.strip()
    for column, text in (("name", name), ("description", description)):
        try:
            short_enough(column, text, getattr(Role, column).max_length)
        except errors.Conflict as conflict:
            conflict.field = column
            raise
    if not name:
        raise RoleNameMissing
    taken = Role.get_or_none(Role.name == name)
    if taken is not None and taken.id != role.id:
        raise RoleNameTaken(name=name)
    role.name, role.description = name, description
