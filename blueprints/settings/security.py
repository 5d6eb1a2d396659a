"""The Security page: everything about how one logs in."""

from __future__ import annotations

from flask import Blueprint, g, render_template

import guard
from blueprints.settings import panels

bp = Blueprint("security", __name__)


@bp.get("/security")
@guard.logged_in()
def show() -> str:
    return render_template(panels.PAGE, panel="", error=None, opened="", notes=(), **panels.facts(g.standing))
