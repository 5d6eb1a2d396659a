"""Active sessions: seeing and ending them."""

from __future__ import annotations

from flask import Blueprint, Response, g, request

import destinations
import guard
from answers import go
from blueprints.settings import panels
from domain import errors, own_sessions
from domain.permissions import Permission

bp = Blueprint("sessions", __name__, url_prefix="/sessions")
PANEL = "sessions"


@bp.post("/<int:session_id>/revoke")
@guard.requires(Permission.SESSIONS)
def revoke(session_id: int) -> Response:
    if own_sessions.revoke(g.standing.user_id, session_id, g.visit) is None:
        raise errors.NotFound
    return panels.changed(PANEL, errors.N_("The session is logged out."))


@bp.post("/revoke-others")
@guard.requires(Permission.SESSIONS)
def revoke_others() -> Response:
    guard.remember(own_sessions.revoke_others(g.standing, g.visit))
    return panels.changed(PANEL, errors.N_("All other sessions are logged out."))


@bp.post("/dismiss-warning")
@guard.logged_in()
def dismiss_warning() -> Response:
    own_sessions.dismiss_warning(g.standing.session_id, request.form.get("address", ""))
    return go(destinations.next_page(request.form.get("next")))


bp.register_error_handler(errors.Refusal, panels.refuser(PANEL))
