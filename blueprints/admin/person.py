"""The page of one person: what is stored of him, and how his login ends."""

from __future__ import annotations

from collections.abc import Callable, Collection

from flask import Blueprint, Response, g, render_template, request, url_for

import asker
import guard
import people_list
import speech
from answers import go, plain, with_status
from blueprints.admin import panels
from domain import authority, errors, own_sessions, user_columns, user_drafts, user_edits, user_ends
from domain.authority import Act
from domain.edits import ChangedMeanwhile
from domain.errors import N_, Refusal
from domain.networks import Remark
from domain.user_drafts import Draft
from models import Kind, User

bp = Blueprint("person", __name__, url_prefix="/<people:kind>/<int:user_id>")
FORM = "admin/person/_panel.html"
ENDS = "admin/person/_ends.html"


@bp.get("")
@guard.looks_after(Act.VIEW)
def show(kind: Kind, user_id: int) -> str:
    return panels.show(authority.find(g.standing, kind, user_id))


@bp.post("")
@guard.looks_after(Act.EDIT, fresh=True)
def save(kind: Kind, user_id: int) -> Response:
    """By a page of its own: another login, name or language shows on all of it."""
    user = authority.find(g.standing, kind, user_id, Act.EDIT)
    draft, reader = _typed(user), speech.speaking()
    changed = user_edits.save(g.standing, user, draft.seen, draft.wanted(reader), g.visit)
    now = authority.find(g.standing, kind, user_id)
    panels.flash_all([*draft.remarks(user_columns.zone_of(now), reader), *_moved(now, changed)])
    toast = N_("Saved.") if changed else N_("Nothing changed.")
    return go(panels.page_of(user) if authority.may(guard.resumed(), kind, Act.VIEW) else url_for("home.show"), toast)


def _moved(user: User, changed: Collection[str]) -> list[Remark]:
    if "parent" not in changed or not user.parent:
        return []
    said = {"customer": user.name or user.login, "reseller": user.parent.name or user.parent.login}
    return [Remark(N_("%(customer)s is a customer of %(reseller)s now."), said)]


def _typed(user: User) -> Draft:
    return user_drafts.of_form(_stored(user), request.form)


def _stored(user: User) -> Draft:
    return user_drafts.of(user, user_edits.changeable(g.standing, user), speech.speaking())


# --- Sessions ---------------------------------------------------------------------------------------------------------


@bp.post("/sessions/<int:session_id>/revoke")
@guard.looks_after(Act.RESCUE)
def revoke(kind: Kind, user_id: int, session_id: int) -> Response:
    user = authority.find(g.standing, kind, user_id, Act.RESCUE)
    if own_sessions.revoke(user.id, session_id, g.visit) is None:
        raise errors.NotFound
    return panels.changed(user, panels.SESSIONS, N_("The session is logged out."))


# --- The end ----------------------------------------------------------------------------------------------------------


@bp.post("/suspend")
@guard.looks_after(Act.EDIT, fresh=True)
def suspend(kind: Kind, user_id: int) -> Response:
    user = authority.find(g.standing, kind, user_id, Act.EDIT)
    user_ends.suspend(g.standing, user, g.visit)
    return panels.changed(user, ENDS, N_("The login is suspended."))


@bp.post("/restore")
@guard.looks_after(Act.EDIT, fresh=True)
def restore(kind: Kind, user_id: int) -> Response:
    user = authority.find(g.standing, kind, user_id, Act.EDIT)
    user_ends.restore(g.standing, user, g.visit)
    return panels.changed(user, ENDS, N_("The login is restored."))


@bp.get("/delete")
@guard.looks_after(Act.EDIT)
def delete_form(kind: Kind, user_id: int) -> str:
    user = authority.find(g.standing, kind, user_id, Act.EDIT)
    user_ends.refuse_own(g.standing, user)
    template = "admin/person/_delete_dialog.html" if asker.is_htmx() else "admin/person/delete.html"
    return render_template(template, **_deletion(user))


@bp.post("/delete")
@guard.looks_after(Act.EDIT, fresh=True)
def delete(kind: Kind, user_id: int) -> Response:
    user = authority.find(g.standing, kind, user_id, Act.EDIT)
    user_ends.delete(g.standing, user, request.form.get("login", ""), g.visit)
    return go(people_list.address(kind), N_("The login is deleted."))


def _deletion(user: User, error: Refusal | None = None) -> dict[str, object]:
    found = user_ends.consequences(user, g.visit.now)
    return {"user": user, "goes": found, "in_use": user_ends.in_use(user), "error": error}


# --- Refusals ---------------------------------------------------------------------------------------------------------


@bp.errorhandler(Refusal)
def refused(error: Refusal) -> Response:
    asked = (request.endpoint or "").rpartition(".")[2]
    return panels.refuse(error, {"save": _not_saved, "delete": _not_deleted}.get(asked, _elsewhere)(error))


def _not_saved(error: Refusal) -> Callable[[User], Response]:
    """Everything that was typed is kept; where both have changed a field, the next Save is his word."""

    def say(user: User) -> Response:
        draft = _typed(user)
        if isinstance(error, ChangedMeanwhile):
            draft = draft.over(_stored(user))
        return with_status(panels.show(user, error=plain(error), panel=FORM, draft=draft), error)

    return say


def _not_deleted(error: Refusal) -> Callable[[User], Response]:
    template = "admin/person/_delete.html" if asker.is_htmx() else "admin/person/delete.html"
    return lambda user: with_status(render_template(template, **_deletion(user, error)), error)


def _elsewhere(error: Refusal) -> Callable[[User], Response]:
    part = panels.SESSIONS if "session_id" in (request.view_args or {}) else ENDS
    return lambda user: panels.refused(error, user, part)
