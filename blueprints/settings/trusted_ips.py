"""Allowed IP addresses: one's own list. Adding and removing answer with the form, Save stores it."""

from __future__ import annotations

import contextlib
from dataclasses import replace

from flask import Blueprint, Response, g, make_response, redirect, request, url_for

import guard
from answers import go
from blueprints.settings import panels
from domain import drafts, errors, networks, sessions, trusted_ips, users
from domain.drafts import Details, Draft
from domain.networks import Network, Note
from domain.permissions import Permission
from domain.trusted_ips import AddressList, Way

bp = Blueprint("trusted_ips", __name__, url_prefix="/trusted-ips")
PANEL = "trusted-ips"


@bp.get("")
@guard.requires(Permission.ADDRESSES)
def panel() -> str:
    draft = drafts.of(_stored(), _here(), g.visit.now, details=True) if "all" in request.args else None
    return panels.show(PANEL, **({"draft": draft} if draft else {}))


@bp.post("/draft")
@guard.requires(Permission.ADDRESSES)
def draft() -> Response:
    edited, notes = _edited()
    edited = edited.without(request.form.get("remove", ""))
    if "add" in request.form:
        added = request.form["add"] or edited.address
        if not added and request.form.get("proof"):  # Enter in that field means Save, and presses the first button
            return make_response(redirect(url_for("settings.trusted_ips.save"), 307))
        edited, notes = edited.adding(added)
    return make_response(panels.show(PANEL, draft=edited, notes=notes))


@bp.post("")
@guard.requires(Permission.ADDRESSES, fresh=True)
def save() -> Response:
    edited, notes = _edited()
    if edited.address:  # typed, and Save pressed instead of Add
        edited, added = edited.adding(edited.address)
        notes += added
    way = Way(request.form["way"]) if request.form.get("way") in set(Way) else None
    saved = trusted_ips.save_own(users.by_id(g.standing.user_id), edited.wanted, g.visit, way)
    if way is Way.LEAVE:
        sessions.log_out(g.standing, g.visit)
        guard.forget()
        return go(url_for("login.show"), errors.N_("Your list is saved, and you have been logged out."))
    return panels.changed(PANEL, _SAVED[saved.access], notes=notes)


_SAVED = {
    "any": errors.N_("Saved. Access from any IP."),
    "listed": errors.N_("Saved. Access only from IPs in the list."),
}


def _here() -> Network | None:
    return networks.address(g.visit.address)


def _stored() -> AddressList:
    return trusted_ips.read(trusted_ips.own_of(users.by_id(g.standing.user_id)))


def _edited() -> tuple[Draft, list[Note]]:
    """What stands in the form. Without the field of the list (a long one is not sent with the panel) it stays."""
    stored, form = _stored(), request.form
    typed = _typed(stored)
    if "trusted_ips" not in form:
        return typed, []
    return drafts.edited(stored, form["trusted_ips"], _details(), typed)


def _typed(stored: AddressList) -> Draft:
    form = request.form
    return drafts.typed(stored, _here(), g.visit.now, form.get("access", ""), form.get("address", ""))


def _details() -> dict[str, Details]:
    """What was typed beside the entries: three fields that stand in parallel."""
    form = request.form
    rows = zip(form.getlist("entry"), form.getlist("entry_note"), form.getlist("entry_expires"), strict=False)
    return {entry: Details(note.strip(), expires) for entry, note, expires in rows}


def _refused(error: errors.Refusal) -> Response:
    """The panel with everything that was typed, as far as it can be read."""
    typed = replace(_typed(_stored()), typed=request.form.get("trusted_ips"))
    with contextlib.suppress(errors.Refusal):
        typed, _ = _edited()
        if request.form.get("way") == Way.ADD:  # another warning came after that was chosen
            typed, _ = typed.adding(g.visit.address)
    return panels.refuser(PANEL, lambda: {"draft": typed})(error)


bp.register_error_handler(errors.Refusal, _refused)
