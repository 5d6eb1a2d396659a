"""Restore access: the ways back for one person, one click each; and a new password."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, g, make_response, render_template, request, url_for

import asker
import guard
from answers import with_status
from blueprints.admin import panels
from domain import authority, password_links, password_rules, rescue, users
from domain.authority import Act
from domain.errors import N_, Refusal
from models import Kind, User

bp = Blueprint("rescue", __name__, url_prefix="/<people:kind>/<int:user_id>/rescue")
LISTS = (*panels.STATE, panels.PROVIDER_IPS)
NEW_PASSWORD = (*panels.STATE, panels.PASSWORD)


@bp.post("")
@guard.looks_after(Act.RESCUE, fresh=True)
def confirm(kind: Kind, user_id: int) -> Response:
    """Enter in the field of the proof presses this first, and nothing else happens."""
    user = authority.find(g.standing, kind, user_id, Act.RESCUE)
    return panels.changed(user, panels.RESCUE, N_("Confirmed."), ())


# --- Addresses and sessions -------------------------------------------------------------------------------------------


@bp.post("/allow")
@guard.looks_after(Act.RESCUE, fresh=True)
def allow(kind: Kind, user_id: int) -> Response:
    user = authority.find(g.standing, kind, user_id, Act.RESCUE)
    rescue.allow_denied(user, request.form.get("address", ""), g.visit, authority.sides(g.standing))
    return panels.changed(user, panels.RESCUE, N_("The address is allowed."), LISTS)


@bp.post("/any-ip")
@guard.looks_after(Act.RESCUE, fresh=True)
def any_ip(kind: Kind, user_id: int) -> Response:
    user = authority.find(g.standing, kind, user_id, Act.RESCUE)
    rescue.from_any_ip(user, g.visit, authority.sides(g.standing))
    return panels.changed(user, panels.RESCUE, _SWITCHED_OFF[len(authority.sides(g.standing))], LISTS)


_SWITCHED_OFF = {
    1: N_("The person's own list is switched off and kept."),
    2: N_("Access from any IP. The lists are kept."),
}


@bp.post("/put-back")
@guard.looks_after(Act.RESCUE, fresh=True)
def put_back(kind: Kind, user_id: int) -> Response:
    user = authority.find(g.standing, kind, user_id, Act.RESCUE)
    rescue.put_back(user, g.visit, authority.sides(g.standing))
    return panels.changed(user, panels.RESCUE, N_("The lists hold again."), LISTS)


@bp.post("/unbind")
@guard.looks_after(Act.RESCUE, fresh=True)
def unbind(kind: Kind, user_id: int) -> Response:
    user = authority.find(g.standing, kind, user_id, Act.RESCUE)
    users.change(user, {"bind_session": "no"}, g.visit)
    return panels.changed(user, panels.RESCUE, N_("Bind session to IP is off."))


@bp.post("/sessions")
@guard.looks_after(Act.RESCUE, fresh=True)
def sessions(kind: Kind, user_id: int) -> Response:
    user = authority.find(g.standing, kind, user_id, Act.RESCUE)
    rescue.end_sessions(user, g.visit)
    return panels.changed(user, panels.RESCUE, N_("All sessions are logged out."))


# --- Codes ------------------------------------------------------------------------------------------------------------


@bp.post("/unlock")
@guard.looks_after(Act.RESCUE, fresh=True)
def unlock(kind: Kind, user_id: int) -> Response:
    user = authority.find(g.standing, kind, user_id, Act.RESCUE)
    rescue.unlock(user, g.visit)
    return panels.changed(user, panels.RESCUE, N_("Attempts are unlocked."))


@bp.post("/code")
@guard.looks_after(Act.RESCUE, fresh=True)
def code(kind: Kind, user_id: int) -> Response:
    user = authority.find(g.standing, kind, user_id, Act.RESCUE)
    issued, expires_at = rescue.issue_code(user, g.visit)
    secret = {"code": issued, "expires_at": expires_at}
    return panels.handed_over(user, panels.RESCUE, secret)


@bp.get("/reset")
@guard.looks_after(Act.RESCUE)
def reset_form(kind: Kind, user_id: int) -> Response:
    """What it would do, by number; nothing happens yet."""
    user = authority.find(g.standing, kind, user_id, Act.RESCUE)
    template = "admin/rescue/_reset_dialog.html" if asker.is_htmx() else "admin/rescue/reset.html"
    return make_response(render_template(template, **_reset(user)))


@bp.post("/reset")
@guard.looks_after(Act.RESCUE, fresh=True)
def reset(kind: Kind, user_id: int) -> Response:
    user = authority.find(g.standing, kind, user_id, Act.RESCUE)
    rescue.reset_two_factor(user, g.visit, switch_off=False)
    return panels.changed(user, panels.RESCUE, N_("The 2FA key is reset."), close_dialog=asker.is_htmx())


def _reset(user: User, error: Refusal | None = None) -> dict[str, object]:
    return {"user": user, "found": rescue.situation(user, g.visit.now), "error": error}


# --- Password ---------------------------------------------------------------------------------------------------------


@bp.post("/new-password")
@guard.looks_after(Act.RESCUE, fresh=True)
def new_password(kind: Kind, user_id: int) -> Response:
    """Generated, shown once, to be changed."""
    user = authority.find(g.standing, kind, user_id, Act.RESCUE)
    secret = {"password": rescue.new_password(user, "", g.visit, must_change=True)}
    return panels.handed_over(user, panels.RESCUE, secret, NEW_PASSWORD)


@bp.post("/password")
@guard.looks_after(Act.RESCUE, fresh=True)
def password(kind: Kind, user_id: int) -> Response:
    """As it was typed; a generated one where nothing was."""
    user = authority.find(g.standing, kind, user_id, Act.RESCUE)
    typed = request.form.get("new_password", "")
    set_to = rescue.new_password(user, typed, g.visit, must_change="must_change_password" in request.form)
    if not typed:
        return panels.handed_over(user, panels.PASSWORD, {"new_password": set_to}, NEW_PASSWORD)
    return panels.changed(user, panels.PASSWORD, N_("The password is set."), NEW_PASSWORD)


@bp.post("/password-link")
@guard.looks_after(Act.RESCUE, fresh=True)
def password_link(kind: Kind, user_id: int) -> Response:
    """Nothing ends before it is used."""
    user = authority.find(g.standing, kind, user_id, Act.RESCUE)
    token, expires_at = password_links.make(user, g.visit)
    link = url_for("password_links.show", token=token, _external=True)
    secret = {"link": link, "link_expires_at": expires_at}
    return panels.handed_over(user, panels.RESCUE, secret, (panels.ACTIVITY, panels.PASSWORD))


@bp.post("/generated")
@guard.looks_after(Act.RESCUE)
def generate(kind: Kind, user_id: int) -> Response:
    """A good password, filled into the field and shown; nothing is changed by it."""
    user = authority.find(g.standing, kind, user_id, Act.RESCUE)
    return make_response(panels.show(user, panels.PASSWORD, generated=password_rules.generate()))


# --- Refusals ---------------------------------------------------------------------------------------------------------


@bp.errorhandler(Refusal)
def refused(error: Refusal) -> Response:
    return panels.refuse(error, _say(error))


def _say(error: Refusal) -> Callable[[User], Response]:
    asked = (request.endpoint or "").rpartition(".")[2]
    if asked == "reset":
        template = "admin/rescue/_reset.html" if asker.is_htmx() else "admin/rescue/reset.html"
        return lambda user: with_status(render_template(template, **_reset(user, error)), error)
    part = panels.PASSWORD if asked == "password" else panels.RESCUE
    return lambda user: panels.refused(error, user, part)
