"""Allow access only from trusted IP addresses: the provider's list for everybody of a class."""

from __future__ import annotations

import json

from flask import Blueprint, Response, flash, g, make_response, redirect, render_template, request, url_for

import asker
import guard
import speech
from answers import error_page, go, remarks_said, with_status
from domain import class_ips, classes, drafts, errors, trusted_ips
from domain.class_ips import WouldRefusePeople
from domain.drafts import Draft
from domain.errors import N_, Refusal
from domain.permissions import Permission
from list_form import ListForm
from models import Access

bp = Blueprint("class_ips", __name__, url_prefix="/classes/<int:class_id>/ips")
FIELDS = {"access": "provider_access", "trusted_ips": "provider_ips"}


@bp.get("")
@guard.requires(Permission.CLASSES)
def panel(class_id: int) -> str:
    """With everything that can be edited, which the page of the class leaves out."""
    form = _form(class_id)
    return _show(class_id, drafts.of(form.stored, form.here, g.visit.now, details=True))


@bp.post("/draft")
@guard.requires(Permission.CLASSES)
def draft(class_id: int) -> Response:
    """The form as it would be with one address more or less, or with fields beside each entry."""
    form = _form(class_id)
    if form.means_save:
        return make_response(redirect(url_for("admin.class_ips.save", class_id=class_id), 307))
    edited, remarks = form.redrawn()
    return make_response(_show(class_id, edited, remarks=remarks_said(remarks)))


@bp.post("")
@guard.requires(Permission.CLASSES, fresh=True)
def save(class_id: int) -> Response:
    form = _form(class_id)
    edited, remarks = form.to_save()
    group = classes.find(g.standing, class_id)
    saved = class_ips.save(g.standing, group, edited.wanted, g.visit, form.way, form.version)
    guard.resumed()
    return _changed(class_id, _SAVED[saved.access], remarks_said(remarks))


_SAVED = {
    Access.ANY: N_("Saved. Access from any IP."),
    Access.LISTED: N_("Saved. Access only from IPs in the list."),
}


def _form(class_id: int) -> ListForm:
    """The address of whoever edits it is marked and offered where the list holds for him."""
    group = classes.find(g.standing, class_id)
    stored = trusted_ips.read(trusted_ips.class_of(group))
    here = class_ips.of_visitor(g.standing, group, g.visit)
    return ListForm(request.form, stored, here, g.visit.now, access=FIELDS["access"], ips=FIELDS["trusted_ips"])


def _show(class_id: int, ips: Draft, **more: object) -> str:
    """The panel for htmx, else a page of its own."""
    return render_template(
        "admin/class_ips/_panel.html" if asker.is_htmx() else "admin/class_ips/show.html",
        group=classes.find(g.standing, class_id),
        ips=ips,
        lifetimes=drafts.lifetimes(),
        **{"error": None, "remarks": []} | more,
    )


def _changed(class_id: int, toast: str, remarks: list[str]) -> Response:
    if not asker.is_htmx():
        for sentence in remarks:
            flash(sentence)
        return go(url_for("admin.classes.show", class_id=class_id), toast)
    form = _form(class_id)
    shown = _show(class_id, drafts.of(form.stored, form.here, g.visit.now), remarks=remarks)
    return make_response(shown, 200, {"HX-Trigger": json.dumps({"toast": speech.gettext(toast)})})


@bp.errorhandler(Refusal)
def refused(error: Refusal) -> Response:
    """The panel with everything that was typed, as far as it can be read."""
    if error.whole_page or isinstance(error, errors.NotFound) or g.standing is None or not g.standing.is_full:
        return error_page(error)
    guard.resumed()  # what was confirmed on the way here need not be confirmed again
    error.field = FIELDS.get(error.field, error.field)
    class_id = (request.view_args or {})["class_id"]
    try:
        form = _form(class_id)
        # What the warning is about stands in the list, with the address that was typed and not added.
        edited, remarks = form.to_save() if isinstance(error, WouldRefusePeople) else (form.refused(error), [])
        return with_status(_show(class_id, edited, error=error, remarks=remarks_said(remarks)), error)
    except Refusal as refusal:  # deleted meanwhile
        return error_page(refusal)
