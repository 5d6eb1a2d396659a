"""Which roles somebody gives to others: nobody grants a permission that he lacks."""

from __future__ import annotations

from domain import allowed_roles, errors, users
from domain.errors import N_
from domain.permissions import Permission, parse
from domain.standing import Standing
from domain.visit import Visit
from models import Kind, Role, RoleKind, User, database


class RoleOutOfReach(errors.Refusal):
    """Unknown, of another kind, or with more permissions than his own: all get the same answer."""

    status = 403
    field = "role"
    message = N_("You cannot give this role")
    hint = N_("Nobody grants a permission that he lacks.")


class RoleChangedMeanwhile(errors.Refusal):
    status = 409
    field = "role"
    message = N_("Somebody else has changed the role meanwhile")
    hint = N_("It is %(role)s now.")


def grantable(standing: Standing) -> frozenset[Permission]:
    """What he may pass on; in the account of another, what both may."""
    return standing.permissions & standing.keyboard.permissions


def roles_for(standing: Standing, kind: Kind, customer_id: int | None = None) -> list[Role]:
    """Those that he gives to people of a kind, the default one first. Of individuals their customer's allowed roles."""
    mine = grantable(standing)
    found = Role.select().where(Role.kind == kind.role_kind).order_by(Role.is_default.desc(), Role.name)
    if kind is Kind.INDIVIDUAL:
        found = found.where(Role.id.in_(allowed_roles.ids_of(customer_id)))
    return [role for role in found if parse(role.permissions) <= mine]


def refuse_beyond(
    standing: Standing, kind: Kind, name: str, present: str | None = None, customer_id: int | None = None
) -> None:
    """Raises RoleOutOfReach. The role that somebody has already is nobody's gift."""
    if name != present and name not in {role.name for role in roles_for(standing, kind, customer_id)}:
        raise RoleOutOfReach


def assign(standing: Standing, user: User, name: str, visit: Visit, *, seen: str = "") -> str:
    """Another role; returns the one before. `seen` is what he saw when he chose; none is taken at its word.

    Raises RoleChangedMeanwhile, RoleOutOfReach.
    """
    with database.atomic():
        before = str(users.by_id(user.id).role.name)
        if seen not in ("", before) and name != before:
            raise RoleChangedMeanwhile(role=before)
        refuse_beyond(standing, Kind(user.kind), name, present=before, customer_id=user.parent_id)
        users.change(user, {"role": name}, visit)
    return before


def owner_role_ids() -> frozenset[int]:
    """Who has one of these is an Owner, whom nobody enters."""
    of_staff = Role.select().where(Role.kind == RoleKind.STAFF)
    return frozenset(role.id for role in of_staff if Permission.STAFF in parse(role.permissions))
