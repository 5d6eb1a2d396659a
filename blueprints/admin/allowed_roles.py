"""Allowed roles: those that a customer's individuals can have."""

from __future__ import annotations

from flask import Blueprint, Response, g, request

import guard
from blueprints.admin import panels
from domain import allowed_roles, authority, granting
from domain.authority import Act
from domain.errors import N_, Refusal
from models import Kind

bp = Blueprint(
    "allowed_roles",
    __name__,
    url_prefix="/customers/<int:user_id>/allowed-roles",
    url_defaults={"kind": Kind.CUSTOMER},
)
PART = panels.ALLOWED_ROLES
BESIDE = (panels.INDIVIDUALS, panels.ACTIVITY)


@bp.post("")
@guard.looks_after(Act.EDIT, Kind.CUSTOMER)
def add(kind: Kind, user_id: int) -> Response:
    customer = authority.find(g.standing, kind, user_id, Act.EDIT)
    allowed_roles.add(customer, request.form.get("role", ""), granting.roles_for(g.standing, kind), g.visit)
    return panels.changed(customer, PART, N_("The role is allowed."), BESIDE)


@bp.post("/<int:role_id>/remove")
@guard.looks_after(Act.EDIT, Kind.CUSTOMER)
def remove(kind: Kind, user_id: int, role_id: int) -> Response:
    customer = authority.find(g.standing, kind, user_id, Act.EDIT)
    allowed_roles.remove(customer, role_id, g.visit)
    return panels.changed(customer, PART, N_("The role is no longer allowed."), BESIDE)


@bp.errorhandler(Refusal)
def refused(error: Refusal) -> Response:
    return panels.refuse(error, lambda user: panels.refused(error, user, PART))
