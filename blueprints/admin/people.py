"""Lists of the people whom somebody looks after, the role of each in its row, and new logins."""

from __future__ import annotations

import json
from datetime import datetime
from typing import NamedTuple

from flask import Blueprint, Response, flash, g, get_flashed_messages, make_response, render_template, request, url_for

import asker
import guard
import speech
from answers import error_page, go, with_status
from domain import authority, errors, new_users, people, roles, users
from domain.authority import Act
from domain.errors import N_, Refusal
from domain.new_users import Password, Wanted
from domain.people_keys import Filter
from domain.users import Block
from models import Kind

bp = Blueprint("people", __name__)


class Words(NamedTuple):
    """What a kind of people is called."""

    title: str
    one: str
    new: str
    none: str


WORDS = {
    Kind.CUSTOMER: Words(N_("Customers"), N_("Customer"), N_("New customer"), N_("No customers yet")),
    Kind.RESELLER: Words(N_("Resellers"), N_("Reseller"), N_("New reseller"), N_("No resellers yet")),
    Kind.STAFF: Words(N_("Staff"), N_("Staff member"), N_("New staff member"), N_("No staff yet")),
    Kind.INDIVIDUAL: Words(N_("Individuals"), N_("Individual"), "", N_("No individuals yet")),
}
STATES = {
    Block.SUSPENDED: N_("Suspended"),
    Block.NOT_ACTIVE_YET: N_("Not active yet"),
    Block.EXPIRED: N_("Expired"),
}
FILTERS = {
    Filter.DENIED: N_("Denied today"),
    Filter.TWO_FACTOR_OFF: N_("2FA off"),
    Filter.TWO_FACTOR_REQUIRED: N_("2FA required, not set"),
    Filter.LIMITED: N_("IP restricted"),
    Filter.BOUND: N_("Session bound"),
    Filter.SUSPENDED: N_("Suspended"),
}


# --- Lists ------------------------------------------------------------------------------------------------------------


@bp.get("/<people:kind>")
@guard.looks_after(Act.VIEW)
def index(kind: Kind) -> Response:
    if not asker.is_htmx():
        return make_response(_list(kind))
    response = make_response(render_template("admin/people/_table.html", oob=True, **_rows(kind), **_counted(kind)))
    response.headers["HX-Push-Url"] = url_for("admin.people.index", kind=kind, **_here())
    return response


def _list(kind: Kind, error: Refusal | None = None) -> str:
    facts = _rows(kind) | _counted(kind)
    return render_template("admin/people/index.html", error=error, undo=_undo_of_before(), **facts)


class Undo(NamedTuple):
    """Somebody's role before it was changed a moment ago."""

    user_id: int
    role: str


def _rows(kind: Kind) -> dict[str, object]:
    asked = request.args
    page = people.page(
        kind,
        authority.parent_of_all(g.standing, kind),
        q=asked.get("q", ""),
        chip=_chip(),
        after=asked.get("after"),
        since=speech.midnight(g.visit.now),
        now=g.visit.now,
    )
    return {"page": page, "chip": _chip(), **_of_kind(kind)}


def _of_kind(kind: Kind) -> dict[str, object]:
    """What rows of this kind need."""
    edits = authority.may(g.standing, kind, Act.EDIT) and not g.standing.only_looks
    return {
        "kind": kind,
        "words": WORDS[kind],
        "here": _here(),
        "clock": _clock,
        "states": STATES,
        "edits": edits,
        "enters": authority.may(g.standing, kind, Act.ENTER) and not g.standing.acting,
        "roles": [role.name for role in roles.roles_for(g.standing, kind)] if edits and kind != Kind.STAFF else [],
        "owner_roles": roles.owner_role_ids() if kind == Kind.STAFF else (),
    }


def _counted(kind: Kind) -> dict[str, object]:
    below = authority.parent_of_all(g.standing, kind)
    counts = people.counts(kind, below, since=speech.midnight(g.visit.now), now=g.visit.now)
    counted = {Filter.DENIED: counts.denied, Filter.TWO_FACTOR_REQUIRED: counts.required}
    return {"filters": FILTERS, "counts": counted, "most": people.MOST_COUNTED}


def _here() -> dict[str, str]:
    """What is asked for, so that every form and link leads back to it."""
    return {name: value for name in ("q", "filter", "after") if (value := request.args.get(name, ""))}


def _chip() -> Filter | None:
    asked = request.args.get("filter", "")
    return Filter(asked) if asked in set(Filter) else None


def _clock(at: datetime) -> str:
    reader = speech.speaking()
    return reader.output.time(at.astimezone(reader.zone))


# --- The role in a row ------------------------------------------------------------------------------------------------


@bp.post("/<people:kind>/<int:user_id>/role")
@guard.looks_after(Act.EDIT)
def role(kind: Kind, user_id: int) -> Response:
    """Who is an Owner is changed on the person's page, which asks for a fresh proof."""
    if kind is Kind.STAFF:
        raise errors.NotFound
    user = authority.find(g.standing, kind, user_id, Act.EDIT)
    chosen = request.form.get("role", "")
    before = roles.assign(g.standing, user, chosen, g.visit, seen=request.form.get("seen", ""))
    said = speech.gettext(N_("%(name)s: role is now %(role)s."), name=user.name or user.login, role=chosen)
    if not asker.is_htmx():
        flash(said, f"{_UNDO}{user.id} {before}" if before != chosen else "message")
        return go(url_for("admin.people.index", kind=kind, **_here()))
    return _row(kind, user_id, {"toast": said}, undo=Undo(user_id, before) if before != chosen else None)


_UNDO = "undo "  # begins the category of a flashed message, which holds what base.html does not show


def _undo_of_before() -> Undo | None:
    """Without script the row is drawn by the next page."""
    for category, _ in get_flashed_messages(with_categories=True):
        if category.startswith(_UNDO):
            user_id, _, before = category.removeprefix(_UNDO).partition(" ")
            return Undo(int(user_id), before)
    return None


def _row(kind: Kind, user_id: int, trigger: dict[str, object], undo: Undo | None = None) -> Response:
    found = people.by_ids([user_id], speech.midnight(g.visit.now), g.visit.now)
    if not found:
        raise errors.NotFound
    row = render_template("admin/people/_row.html", person=found[0], undo=undo, drawn=True, **_of_kind(kind))
    return make_response(row, 200, {"HX-Trigger": json.dumps(trigger)})


# --- New logins -------------------------------------------------------------------------------------------------------


@bp.get("/<people:kind>/new")
@guard.looks_after(Act.EDIT)
def new(kind: Kind) -> str:
    return _form(kind)


@bp.post("/<people:kind>")
@guard.looks_after(Act.EDIT, fresh=True)
def create(kind: Kind) -> Response:
    _refuse_kind(kind)
    made = new_users.make(g.standing, kind, _wanted(), g.visit)
    if made.password:
        return make_response(render_template("admin/people/made.html", kind=kind, made=made, words=WORDS[kind]), 201)
    toast = N_("The login is made.") if made.user.password_hash else N_("The login is made, without a password yet.")
    return go(url_for("admin.person.show", kind=kind, user_id=made.user.id), toast)


def _refuse_kind(kind: Kind) -> None:
    authority.parent_of_all(g.standing, kind)
    if kind not in new_users.KINDS:
        raise errors.NotFound


def _wanted() -> Wanted:
    typed = request.form
    password = typed.get("password", "")
    return Wanted(
        login=typed.get("login", ""),
        name=typed.get("name", ""),
        email=typed.get("email", ""),
        role=typed.get("role", ""),
        account_class=typed.get("class", ""),
        parent=typed.get("parent", ""),
        password=Password(password) if password in set(Password) else Password.GENERATE,
        new_password=typed.get("new_password", ""),
    )


def _form(kind: Kind, error: Refusal | None = None) -> str:
    """Everything that was typed is kept, but for passwords."""
    _refuse_kind(kind)
    return render_template(
        "admin/people/new.html",
        error=error,
        kind=kind,
        words=WORDS[kind],
        typed=_wanted(),
        roles=[role.name for role in roles.roles_for(g.standing, kind)],
        classes=[group.name for group in new_users.classes_for(g.standing, kind)],
        default_class=users.DEFAULT_CLASS[kind],
    )


# --- Refusals ---------------------------------------------------------------------------------------------------------


@bp.errorhandler(Refusal)
def refused(error: Refusal) -> Response:
    """In the form where it was typed, or in the row as it is now."""
    if error.whole_page or isinstance(error, errors.NotFound) or g.standing is None or not g.standing.is_full:
        return error_page(error)
    asked = request.view_args or {}
    if request.endpoint == "admin.people.create":
        guard.resumed()  # what was confirmed on the way here need not be confirmed again
        return with_status(_form(asked["kind"], error), error)
    if request.endpoint != "admin.people.role" or error.field != "role":
        return error_page(error)
    if not asker.is_htmx():
        return with_status(_list(asked["kind"], error), error)
    row = _row(asked["kind"], asked["user_id"], {"toast": {"value": speech.said(error), "danger": True}})
    row.status_code = error.status
    return row
