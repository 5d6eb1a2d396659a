"""Allowed IP addresses: one's own list. Adding and removing answer with the form, Save stores it."""

from __future__ import annotations

import contextlib
from dataclasses import replace

from flask import Blueprint, Response, g, make_response, redirect, request, url_for

import guard
from answers import error_page, go
from blueprints.settings import panels
from domain import drafts, errors, list_errors, networks, own_list, sessions, trusted_ips, users
from domain.drafts import Details, Draft
from domain.networks import Network, Remark
from domain.own_list import Way
from domain.permissions import Permission
from domain.trusted_ips import AddressList

bp = Blueprint("trusted_ips", __name__, url_prefix="/trusted-ips")
PANEL = "trusted-ips"


@bp.get("")
@guard.requires(Permission.ADDRESSES)
def panel() -> str:
    """With everything that can be edited, which the Security page leaves out."""
    return panels.show(PANEL, draft=drafts.of(_stored(), _here(), g.visit.now, details=True))


@bp.post("/draft")
@guard.requires(Permission.ADDRESSES)
def draft() -> Response:
    """The form as it would be with one address more or less, or with fields beside each entry."""
    edited, remarks = _edited()
    edited = replace(edited, details=True)
    if "remove" in request.form:
        edited = edited.without(request.form["remove"])
    elif request.form.get("add"):
        typed = edited.address  # stays in its field, as another address was chosen
        edited, remarks = edited.adding(request.form["add"])
        edited = replace(edited, address=typed)
    elif "add" in request.form:
        if not edited.address and request.form.get("proof"):  # Enter there means Save, and presses the first button
            return make_response(redirect(url_for("settings.trusted_ips.save"), 307))
        edited, remarks = edited.adding(edited.address)
    return make_response(panels.show(PANEL, draft=edited, remarks=remarks))


@bp.post("")
@guard.requires(Permission.ADDRESSES, fresh=True)
def save() -> Response:
    if request.form.get("access") not in _SAVED:
        raise list_errors.AccessMissing
    edited, remarks = _edited()
    if edited.address:  # typed, and Save pressed instead of Add
        edited, added = edited.adding(edited.address)
        remarks += added
    way = Way(request.form["way"]) if request.form.get("way") in set(Way) else None
    saved = own_list.save(users.by_id(g.standing.user_id), edited.wanted, g.visit, way, _version())
    if way is Way.LEAVE:
        sessions.log_out(g.standing, g.visit)
        guard.forget()
        return go(url_for("login.show"), errors.N_("Your list is saved, and you have been logged out."))
    return panels.changed(PANEL, _SAVED[saved.access], remarks=remarks)


_SAVED = {
    "any": errors.N_("Saved. Access from any IP."),
    "listed": errors.N_("Saved. Access only from IPs in the list."),
}


def _here() -> Network | None:
    return networks.address(g.visit.address)


def _stored() -> AddressList:
    return trusted_ips.read(trusted_ips.own_of(users.by_id(g.standing.user_id)))


def _edited() -> tuple[Draft, list[Remark]]:
    """What stands in the form. Without the field of the list (a long one is not sent with the panel) it stays."""
    stored, form = _stored(), request.form
    begun = _of_form(stored)
    if "trusted_ips" not in form:
        return begun, []
    return drafts.edited(stored, form["trusted_ips"], _details(), begun)


def _of_form(stored: AddressList) -> Draft:
    form = request.form
    return drafts.of_form(stored, _here(), g.visit.now, form.get("access", ""), form.get("address", ""), _version())


def _version() -> int | None:
    return request.form.get("version", type=int)


def _details() -> dict[str, Details]:
    """What was typed beside the entries: three fields that stand in parallel."""
    form = request.form
    rows = zip(form.getlist("entry"), form.getlist("entry_note"), form.getlist("entry_expires"), strict=False)
    return {entry: Details(note.strip(), expires) for entry, note, expires in rows}


def _refused(error: errors.Refusal) -> Response:
    """The panel with everything that was typed, as far as it can be read."""
    if not panels.can_show(error):
        return error_page(error)
    stored, details, text = _stored(), _details(), request.form.get("trusted_ips")
    draft = _of_form(stored)
    with contextlib.suppress(errors.Refusal):  # a wrong line in the text must not cost what stands beside the others
        draft, _ = drafts.edited(stored, "\n".join(details), details, draft) if details else (draft, [])
    draft = replace(draft, raw=text)
    with contextlib.suppress(errors.Refusal):
        draft, _ = _edited()
        if request.form.get("way") == Way.ADD:  # another warning came after that was chosen
            draft, _ = draft.adding(g.visit.address)
    if isinstance(error, list_errors.ListChanged):  # he is told; the next Save is his word
        draft = replace(draft, version=stored.version, unsaved=True)
    return panels.refuser(PANEL, lambda: {"draft": draft})(error)


bp.register_error_handler(errors.Refusal, _refused)
