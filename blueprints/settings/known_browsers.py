"""Known browsers: seeing and forgetting them."""

from __future__ import annotations

from flask import Blueprint, Response, g

import guard
from blueprints.settings import panels
from domain import errors, own_sessions
from domain.permissions import Permission

bp = Blueprint("known_browsers", __name__, url_prefix="/known-browsers")
PANEL = "known-browsers"


@bp.post("/<int:browser_id>/forget")
@guard.requires(Permission.SESSIONS)
def forget(browser_id: int) -> Response:
    if not own_sessions.forget_browser(g.standing.user_id, browser_id, g.visit):
        raise errors.NotFound
    return panels.changed(PANEL, errors.N_("The browser is forgotten."))


bp.register_error_handler(errors.Refusal, panels.refuser(PANEL))
