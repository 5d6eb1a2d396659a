"""Allowed IP addresses: one's own list. Adding and removing answer with the form, Save stores it."""

from __future__ import annotations

from flask import Blueprint, Response, g, make_response, redirect, request, url_for

import guard
from answers import error_page, go
from blueprints.settings import panels
from domain import drafts, errors, own_list, sessions, their_list, trusted_ips, users
from domain.own_list import Way
from domain.permissions import Permission
from domain.trusted_ips import AddressList
from list_form import ListForm

bp = Blueprint("trusted_ips", __name__, url_prefix="/trusted-ips")
PANEL = "trusted-ips"


@bp.get("")
@guard.requires(Permission.ADDRESSES)
def panel() -> str:
    """With everything that can be edited, which the Security page leaves out."""
    return panels.show(PANEL, draft=drafts.of(_form().stored, panels.here(), g.visit.now, details=True))


@bp.post("/draft")
@guard.requires(Permission.ADDRESSES)
def draft() -> Response:
    """The form as it would be with one address more or less, or with fields beside each entry."""
    form = _form()
    if form.means_save:
        return make_response(redirect(url_for("settings.trusted_ips.save"), 307))
    edited, remarks = form.redrawn()
    return make_response(panels.show(PANEL, draft=edited, remarks=remarks))


@bp.post("")
@guard.requires(Permission.ADDRESSES, fresh=True)
def save() -> Response:
    form = _form()
    edited, remarks = form.to_save()
    saved = _save(edited.wanted, form)
    if form.way is Way.LEAVE and not g.visit.acting:
        sessions.log_out(g.standing, g.visit)
        guard.forget()
        return go(url_for("login.show"), errors.N_("Your list is saved, and you have been logged out."))
    return panels.changed(PANEL, _SAVED[saved.access], remarks=remarks)


def _save(wanted: AddressList, form: ListForm) -> AddressList:
    """Who acts for somebody is warned of that person's addresses: his own say nothing."""
    user = users.by_id(g.standing.user_id)
    if g.visit.acting:
        return their_list.save(trusted_ips.own_of(user), user, wanted, g.visit, form.way, form.version)
    return own_list.save(user, wanted, g.visit, form.way, form.version)


_SAVED = {
    "any": errors.N_("Saved. Access from any IP."),
    "listed": errors.N_("Saved. Access only from IPs in the list."),
}


def _form() -> ListForm:
    stored = trusted_ips.read(trusted_ips.own_of(users.by_id(g.standing.user_id)))
    return ListForm(request.form, stored, panels.here(), g.visit.now, access="access", ips="trusted_ips")


def _refused(error: errors.Refusal) -> Response:
    """The panel with everything that was typed, as far as it can be read."""
    if not panels.can_show(error):
        return error_page(error)
    draft = _form().refused(error)
    return panels.refuser(PANEL, lambda: {"draft": draft})(error)


bp.register_error_handler(errors.Refusal, _refused)
