"""Roles: what each permits, in one matrix for each kind; making, naming, comparing and deleting them."""

from __future__ import annotations

import re
from typing import NamedTuple

from flask import Blueprint, Response, flash, g, render_template, request, url_for
from markupsafe import Markup

import asker
import guard
import people_list
import speech
from answers import error_page, go, with_status
from domain import errors, people, roles
from domain.errors import N_, Refusal
from domain.permissions import OF_KIND, Permission, parse
from domain.roles import Boxes, Row
from models import Kind
from words import PERMISSIONS, ROLES, Label

bp = Blueprint("roles", __name__, url_prefix="/roles")
HOLDERS = 25


# --- The matrix -------------------------------------------------------------------------------------------------------


class Matrix(NamedTuple):
    """The roles of a kind; `boxes` as they stand in the form. `unsaved` counts the boxes that differ from the role."""

    kind: str
    columns: list[Row]
    permissions: frozenset[Permission]
    within: frozenset[Permission]
    boxes: Boxes
    unsaved: list[tuple[Row, int]]


@bp.get("")
@guard.requires(Permission.ROLES)
def index() -> str:
    return _index()


@bp.post("/permissions")
@guard.requires(Permission.ROLES, fresh=True)
def permit() -> Response:
    kind = roles.kind_named(g.standing, request.form.get("kind", ""))
    changed = roles.permit(g.standing, kind, *_boxes(), g.visit)
    return go(url_for("admin.roles.index"), N_("Saved.") if changed else N_("Nothing changed."))


@bp.post("/permissions/preview")
@guard.requires(Permission.ROLES)
def preview() -> str:
    """How many boxes are changed, and who has these roles; nothing is stored."""
    matrix = _matrix(roles.kind_named(g.standing, request.form.get("kind", "")))
    return render_template("admin/roles/_unsaved.html", matrix=matrix) if asker.is_htmx() else _index()


def _index(error: Refusal | None = None) -> str:
    """With what was changed in the form at hand."""
    matrices = [_matrix(kind) for kind in roles.kinds(g.standing)]
    facts = {"groups": PERMISSIONS, "words": ROLES, "at": request.form.get("kind", "")}
    return render_template("admin/roles/index.html", error=error, matrices=matrices, **facts)


def _matrix(name: str) -> Matrix:
    kind = roles.kind_named(g.standing, name)
    columns, within = roles.matrix(kind), roles.changeable(g.standing, kind)
    boxes: Boxes = {column.id: column.permissions for column in columns}
    if request.form.get("kind") == kind:
        ticked, seen = _boxes()
        boxes |= {
            role_id: roles.over(stored, ticked[role_id], seen.get(role_id, stored), within)
            for role_id, stored in boxes.items()
            if role_id in ticked
        }
    unsaved = [(column, n) for column in columns if (n := len(boxes[column.id] ^ column.permissions))]
    return Matrix(kind, columns, _shown(kind), within, boxes, unsaved)


def _shown(*kinds: str) -> frozenset[Permission]:
    """What tells roles of these kinds apart; of staff also what Owners alone have."""
    contained = {permission for kind, several in OF_KIND.items() if kind in kinds for permission in several}
    return frozenset(contained | {Permission.STAFF} if "staff" in kinds else contained)


def _boxes() -> tuple[Boxes, Boxes]:
    """What is ticked, and what was when the form was opened; of a role without any tick that alone is sent."""
    seen = _sent("seen")
    return dict.fromkeys(seen, frozenset[Permission]()) | _sent("permits"), seen


def _sent(name: str) -> Boxes:
    fields = [(re.fullmatch(f"{name}-([0-9]{{1,18}})", field), field) for field in request.form]
    words = {int(found[1]): " ".join(request.form.getlist(field)).split() for found, field in fields if found}
    return {role_id: frozenset(p for p in Permission if p in sent) for role_id, sent in words.items()}


# --- New ones ---------------------------------------------------------------------------------------------------------


@bp.get("/new")
@guard.requires(Permission.ROLES)
def new() -> str:
    return _new()


@bp.post("")
@guard.requires(Permission.ROLES, fresh=True)
def create() -> Response:
    typed = request.form
    kind = roles.kind_named(g.standing, typed.get("kind", ""))
    like = typed.get("like", type=int)
    role = roles.create(g.standing, kind, typed.get("name", ""), typed.get("description", ""), g.visit, like=like)
    flash(_made(role.id, like))
    return go(url_for("admin.roles.index"))


def _made(role_id: int, like: int | None) -> str:
    role = roles.find(g.standing, role_id)
    if like is None:
        return speech.gettext(N_("The role %(name)s is made. Tick what it permits."), name=role.name)
    whole = N_("The role %(name)s is made. Its permissions are those of %(like)s.")
    part = N_("The role %(name)s is made. Its permissions are those of %(like)s, as far as you can give them.")
    pattern = roles.find(g.standing, like)
    same = parse(role.permissions) == parse(pattern.permissions)
    return speech.gettext(whole if same else part, name=role.name, like=pattern.name)


def _new(error: Refusal | None = None) -> str:
    return render_template("admin/roles/new.html", error=error, typed=request.form, words=ROLES, every=_every())


def _every() -> dict[str, list[Row]]:
    return {kind: roles.matrix(kind) for kind in roles.kinds(g.standing)}


# --- One of them ------------------------------------------------------------------------------------------------------


@bp.get("/<int:role_id>")
@guard.requires(Permission.ROLES)
def show(role_id: int) -> str:
    return _show(role_id)


@bp.post("/<int:role_id>")
@guard.requires(Permission.ROLES, fresh=True)
def save(role_id: int) -> Response:
    role, typed = roles.find(g.standing, role_id), request.form
    changed = roles.describe(g.standing, role, typed.get("name", ""), typed.get("description", ""), g.visit)
    return go(url_for("admin.roles.show", role_id=role_id), N_("Saved.") if changed else N_("Nothing changed."))


def _show(role_id: int, error: Refusal | None = None) -> str:
    role = roles.find(g.standing, role_id)
    [row] = [row for row in roles.matrix(roles.kind_named(g.standing, role.kind)) if row.id == role_id]
    facts = {"role": row, "words": ROLES[role.kind], "allowing": roles.allowing(role), "most": HOLDERS}
    typed = {name: request.form.get(name, getattr(role, name)) for name in ("name", "description")}
    tables = _tables(role_id, {user.id for user in roles.holders(g.standing, role, HOLDERS)})
    why_not = roles.why_not_deletable(g.standing, role)
    return render_template("admin/roles/show.html", error=error, typed=typed, tables=tables, why_not=why_not, **facts)


def _tables(role_id: int, holders: set[int]) -> list[Markup]:
    """One for each kind of people; without script also whoever had the role a moment ago, to put it back."""
    undo = people_list.undo_of_before()
    user_ids = holders | {undo.user_id} if undo else holders
    rows = people.by_ids(user_ids, speech.midnight(g.visit.now), g.visit.now)
    here = people_list.AT_ROLE | {"role_id": str(role_id)}
    kinds = [(kind, [row for row in rows if row.kind == kind]) for kind in Kind]
    return [people_list.table(kind, of_kind, here, undo) for kind, of_kind in kinds if of_kind]


@bp.get("/<int:role_id>/delete")
@guard.requires(Permission.ROLES)
def delete_form(role_id: int) -> str:
    return _deletion(role_id)


@bp.post("/<int:role_id>/delete")
@guard.requires(Permission.ROLES, fresh=True)
def delete(role_id: int) -> Response:
    role = roles.find(g.standing, role_id)
    roles.delete(g.standing, role, g.visit)
    flash(speech.gettext(N_("The role %(name)s is deleted."), name=role.name))
    return go(url_for("admin.roles.index"))


def _deletion(role_id: int, error: Refusal | None = None) -> str:
    role = roles.find(g.standing, role_id)
    facts = {"role": role, "why_not": roles.why_not_deletable(g.standing, role), "allowing": roles.allowing(role)}
    return render_template("admin/roles/delete.html", error=error, **facts)


# --- Two of them ------------------------------------------------------------------------------------------------------


@bp.get("/compare")
@guard.requires(Permission.ROLES)
def compare() -> str:
    """Of any two kinds; the differences first."""
    every = _every()
    found = {role.id: role for columns in every.values() for role in columns}
    asked = [request.args.get(name, type=int) for name in ("a", "b")]
    if not found.keys() >= set(filter(None, asked)):
        raise errors.NotFound
    others = iter(role_id for role_id in found if role_id not in asked)
    pair = [found[role_id or next(others)] for role_id in asked]
    return render_template("admin/roles/compare.html", words=ROLES, every=every, pair=pair, parts=_parts(pair))


def _parts(pair: list[Row]) -> list[tuple[str, list[tuple[Permission, Label]]]]:
    shown = _shown(*(role.kind for role in pair))
    labels = [item for group in PERMISSIONS.values() for item in group.items() if item[0] in shown]
    have = [role.permissions for role in pair]
    differ = frozenset.union(frozenset(), *have) - frozenset.intersection(frozenset(Permission), *have)
    different, same = ([item for item in labels if (item[0] in differ) is which] for which in (True, False))
    return [(N_("Different"), different), (N_("The same"), same)]


# --- Refusals ---------------------------------------------------------------------------------------------------------


@bp.errorhandler(Refusal)
def refused(error: Refusal) -> Response:
    """In the form where it was done, with everything that was typed."""
    if error.whole_page or isinstance(error, errors.NotFound) or g.standing is None or not g.standing.is_full:
        return error_page(error)
    guard.resumed()  # what was confirmed on the way here need not be confirmed again
    forms = {"permit": _index, "create": _new, "save": _show, "delete": _deletion}
    form = forms.get((request.endpoint or "").rpartition(".")[2])
    return error_page(error) if form is None else with_status(form(error=error, **(request.view_args or {})), error)
