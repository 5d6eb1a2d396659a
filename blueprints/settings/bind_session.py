"""Bind session to IP: a switch."""

from __future__ import annotations

from flask import Blueprint, Response, g, request

import guard
from blueprints.settings import panels
from domain import bind_session, errors
from domain.permissions import Permission

bp = Blueprint("bind_session", __name__, url_prefix="/bind-session")
PANEL = "bind-session"


@bp.post("")
@guard.requires(Permission.ADDRESSES)
def save() -> Response:
    bound = "bind_session" in request.form
    tokens = bind_session.switch(g.standing, bound=bound, visit=g.visit)
    if tokens:
        guard.remember(tokens)
    return panels.changed(PANEL, _SAID[bound])


_SAID = {True: errors.N_("Bind session to IP is on."), False: errors.N_("Bind session to IP is off.")}

bp.register_error_handler(errors.Refusal, panels.refuser(PANEL))
