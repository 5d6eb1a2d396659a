"""Lists of the people whom somebody looks after, and the role of each in its row."""

from __future__ import annotations

import json

from flask import Blueprint, Response, flash, g, make_response, render_template, request, url_for

import asker
import guard
import people_list
import speech
from answers import error_page, go, with_status
from blueprints.admin import panels
from domain import authority, errors, granting, people
from domain.authority import Act
from domain.errors import N_, Refusal
from models import Kind, User
from people_list import Undo

bp = Blueprint("people", __name__)


@bp.get("/<people:kind>")
@guard.looks_after(Act.VIEW)
def index(kind: Kind) -> Response:
    if g.standing.kind == Kind.CUSTOMER:
        return go(people_list.address(kind, **people_list.here()))
    return people_list.answer(kind)


@bp.post("/<people:kind>/<int:user_id>/role")
@guard.looks_after(Act.EDIT)
def role(kind: Kind, user_id: int) -> Response:
    """Who is an Owner is changed on the person's page, which asks for a fresh proof."""
    if kind is Kind.STAFF:
        raise errors.NotFound
    user = authority.find(g.standing, kind, user_id, Act.EDIT)
    chosen = request.form.get("role", "")
    before = granting.assign(g.standing, user, chosen, g.visit, seen=request.form.get("seen", ""))
    said = speech.gettext(N_("%(name)s: role is now %(role)s."), name=user.name or user.login, role=chosen)
    undo = Undo(user.id, before) if before != chosen else None
    if asker.is_htmx():
        return _row(kind, user_id, {"toast": said}, undo)
    flash(said, undo.category if undo else "message")
    return go(_page_of(user))


def _page_of(user: User) -> str:
    """Where the form stands."""
    if user.kind == Kind.INDIVIDUAL and people_list.is_at_customer():
        return panels.page_of(user.parent)
    if role_id := people_list.role_at_hand():
        return url_for("admin.roles.show", role_id=role_id)
    return people_list.address(Kind(user.kind), **people_list.here())


def _row(kind: Kind, user_id: int, trigger: dict[str, object], undo: Undo | None = None) -> Response:
    found = people.by_ids([user_id], speech.midnight(g.visit.now), g.visit.now)
    if not found:
        raise errors.NotFound
    context = people_list.of_rows(kind, found, people_list.here())
    row = render_template("admin/people/_row.html", person=found[0], undo=undo, focused=True, **context)
    if kind is Kind.INDIVIDUAL and people_list.is_at_customer():
        row += panels.beside(panels.found().parent, panels.ALLOWED_ROLES)  # says which of them are in use
    return make_response(row, 200, {"HX-Trigger": json.dumps(trigger)})


# --- Refusals ---------------------------------------------------------------------------------------------------------


@bp.errorhandler(Refusal)
def refused(error: Refusal) -> Response:
    """Where the form stands, or in the row as it is now."""
    if not panels.can_show(error) or request.endpoint != "admin.people.role" or error.field != "role":
        return error_page(error)
    asked = request.view_args or {}
    if asker.is_htmx():
        row = _row(asked["kind"], asked["user_id"], {"toast": {"value": speech.said(error), "danger": True}})
        row.status_code = error.status
        return row
    user = panels.found()
    if user.kind == Kind.INDIVIDUAL and people_list.is_at_customer():
        return panels.refused(error, user.parent, panels.INDIVIDUALS)
    if people_list.role_at_hand():
        return error_page(error)
    return with_status(people_list.page(asked["kind"], error), error)
