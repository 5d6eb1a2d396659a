"""Classes: defaults that many people share, and whom a change of them touches."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response, flash, g, render_template, request, url_for

import asker
import guard
import preference_choices
import speech
from answers import error_page, go, plain, with_status
from domain import (
    class_edits,
    class_ips,
    classes,
    drafts,
    errors,
    preferences,
    site,
    trusted_ips,
    user_drafts,
)
from domain.edits import ChangedMeanwhile
from domain.errors import N_, Refusal
from domain.permissions import Permission
from domain.user_drafts import Draft

bp = Blueprint("classes", __name__, url_prefix="/classes")


@bp.get("")
@guard.requires(Permission.CLASSES)
def index() -> str:
    return render_template("admin/classes/index.html", rows=classes.every(g.standing))


@bp.get("/new")
@guard.requires(Permission.CLASSES)
def new() -> str:
    return _new()


@bp.post("")
@guard.requires(Permission.CLASSES, fresh=True)
def create() -> Response:
    made = classes.create(request.form.get("name", ""), g.visit)
    return go(url_for("admin.classes.show", class_id=made.id), N_("The class is made. Nobody has it yet."))


# --- One class --------------------------------------------------------------------------------------------------------


@bp.get("/<int:class_id>")
@guard.requires(Permission.CLASSES)
def show(class_id: int) -> str:
    return _page(class_id, _stored(class_id))


@bp.post("/<int:class_id>")
@guard.requires(Permission.CLASSES, fresh=True)
def save(class_id: int) -> Response:
    group, draft = classes.find(g.standing, class_id), _typed(class_id)
    sure = request.form.get("sure") == draft.written["two_factor"]  # of what he was asked about
    changed = class_edits.save(g.standing, group, draft.seen, draft.written, g.visit, sure=sure)
    guard.resumed()  # the answer speaks as it was just chosen
    if "idle_minutes" in changed:
        _flash_idle_time(changed["idle_minutes"][1])
    return go(url_for("admin.classes.show", class_id=class_id), N_("Saved.") if changed else N_("Nothing changed."))


@bp.post("/<int:class_id>/preview")
@guard.requires(Permission.CLASSES)
def preview(class_id: int) -> str:
    """Whom it would touch as it is chosen; nothing is stored. Without htmx the whole page as it was typed."""
    draft = _typed(class_id)
    if not asker.is_htmx():
        return _page(class_id, draft)
    return render_template("admin/classes/_preview.html", touched=_touched(class_id, draft))


@bp.get("/<int:class_id>/delete")
@guard.requires(Permission.CLASSES)
def delete_form(class_id: int) -> str:
    return _deletion(class_id)


@bp.post("/<int:class_id>/delete")
@guard.requires(Permission.CLASSES, fresh=True)
def delete(class_id: int) -> Response:
    classes.delete(g.standing, classes.find(g.standing, class_id), g.visit)
    return go(url_for("admin.classes.index"), N_("The class is deleted."))


def _flash_idle_time(minutes: str) -> None:
    limit = site.current().session_idle
    if minutes and timedelta(minutes=int(minutes)) > limit:
        time = speech.duration(int(limit.total_seconds()))
        flash(
            speech.gettext(N_("Sessions end after %(time)s all the same: the setting of this installation."), time=time)
        )


# --- Pages ------------------------------------------------------------------------------------------------------------


def _new(error: Refusal | None = None) -> str:
    return render_template("admin/classes/new.html", error=error, name=request.form.get("name", ""))


def _stored(class_id: int) -> Draft:
    group = classes.find(g.standing, class_id)
    seen = {column: classes.shown(group, column) for column in class_edits.EDITED}
    return Draft(seen, seen, {})


def _typed(class_id: int) -> Draft:
    return user_drafts.of_form(_stored(class_id), request.form)


def _touched(class_id: int, draft: Draft) -> class_edits.Touched:
    group = classes.find(g.standing, class_id)
    return class_edits.touched(g.standing, group, draft.written["two_factor"], draft.written["grace_days"])


def _page(class_id: int, draft: Draft, error: Refusal | None = None) -> str:
    group = classes.find(g.standing, class_id)
    here = class_ips.of_visitor(g.standing, group, g.visit)
    return render_template(
        "admin/classes/show.html",
        error=error,
        group=group,
        draft=draft,
        touched=_touched(class_id, draft),
        why_not=classes.why_not_deletable(group),
        session_idle=int(site.current().session_idle.total_seconds()),
        most=classes.LARGEST,
        ips=drafts.of(trusted_ips.read(trusted_ips.class_of(group)), here, g.visit.now),
        lifetimes=drafts.lifetimes(),
        inherited=preferences.in_force(preferences.NOTHING),
        ready=preference_choices.ready(g.visit.now),
        zones=preference_choices.zones(g.visit.now),
    )


def _deletion(class_id: int, error: Refusal | None = None) -> str:
    group = classes.find(g.standing, class_id)
    refusal = error or classes.why_not_deletable(group)
    return render_template("admin/classes/delete.html", error=error, group=group, refusal=refusal)


# --- Refusals ---------------------------------------------------------------------------------------------------------


@bp.errorhandler(Refusal)
def refused(error: Refusal) -> Response:
    """In the form where it was typed."""
    if error.whole_page or isinstance(error, errors.NotFound) or g.standing is None or not g.standing.is_full:
        return error_page(error)
    guard.resumed()  # what was confirmed on the way here need not be confirmed again
    say = {"create": _new, "save": _not_saved, "delete": _not_deleted}.get((request.endpoint or "").rpartition(".")[2])
    if say is None:
        return error_page(error)
    try:
        return with_status(say(error), error)
    except Refusal as refusal:  # deleted meanwhile
        return error_page(refusal)


def _not_saved(error: Refusal) -> str:
    """Everything that was typed is kept; where both have changed a field, the next Save is his word."""
    class_id = (request.view_args or {})["class_id"]
    draft = _typed(class_id)
    if isinstance(error, ChangedMeanwhile):
        draft = draft.over(_stored(class_id))
    return _page(class_id, draft, plain(error))


def _not_deleted(error: Refusal) -> str:
    return _deletion((request.view_args or {})["class_id"], error)
