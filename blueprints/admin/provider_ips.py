"""Allow access only from trusted IP addresses: the provider's list for one person, beside his own."""

from __future__ import annotations

from flask import Blueprint, Response, g, make_response, redirect, request, url_for

import guard
from answers import remarks_said
from blueprints.admin import panels
from domain import authority, drafts, their_list, trusted_ips, user_ends
from domain.authority import Act
from domain.errors import N_, Refusal
from list_form import ListForm
from models import Access, Kind, User

bp = Blueprint("provider_ips", __name__, url_prefix="/<people:kind>/<int:user_id>/provider-ips")
PART = panels.PROVIDER_IPS
FIELDS = {"access": "provider_access", "trusted_ips": "provider_ips"}


@bp.get("")
@guard.looks_after(Act.PROVIDE)
def panel(kind: Kind, user_id: int) -> str:
    """With everything that can be edited, which the page leaves out."""
    user = _find(kind, user_id)
    return panels.show(user, PART, ips=drafts.of(_form(user).stored, None, g.visit.now, details=True))


@bp.post("/draft")
@guard.looks_after(Act.PROVIDE)
def draft(kind: Kind, user_id: int) -> Response:
    """The form as it would be with one address more or less, or with fields beside each entry."""
    user = _find(kind, user_id)
    form = _form(user)
    if form.means_save:
        return make_response(redirect(url_for("admin.provider_ips.save", kind=kind, user_id=user_id), 307))
    edited, remarks = form.redrawn()
    return make_response(panels.show(user, PART, ips=edited, remarks=remarks_said(remarks)))


@bp.post("")
@guard.looks_after(Act.PROVIDE, fresh=True)
def save(kind: Kind, user_id: int) -> Response:
    user = _find(kind, user_id)
    form = _form(user)
    edited, remarks = form.to_save()
    holder = trusted_ips.provider_of(user)
    saved = their_list.save(holder, user, edited.wanted, g.visit, form.way, form.version)
    return panels.changed(user, PART, _SAVED[saved.access], remarks=remarks)


_SAVED = {
    Access.INHERIT: N_("Saved. Access as defined by the customer class."),
    Access.ANY: N_("Saved. Access from any IP."),
    Access.LISTED: N_("Saved. Access only from IPs in the list."),
}


def _find(kind: Kind, user_id: int) -> User:
    """Nobody provides for himself. Raises OwnLogin beside what `authority.find` does."""
    user = authority.find(g.standing, kind, user_id, Act.PROVIDE)
    user_ends.refuse_own(g.standing, user)
    return user


def _form(user: User) -> ListForm:
    stored = trusted_ips.read(trusted_ips.provider_of(user))
    names = {"access": FIELDS["access"], "ips": FIELDS["trusted_ips"]}
    return ListForm(request.form, stored, None, g.visit.now, modes=tuple(Access), **names)


@bp.errorhandler(Refusal)
def refused(error: Refusal) -> Response:
    error.field = FIELDS.get(error.field, error.field)
    return panels.refuse(error, lambda user: panels.refused(error, user, PART, ips=_form(user).refused(error)))
