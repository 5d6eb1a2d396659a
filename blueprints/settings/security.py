"""The Security page: everything about how one logs in."""

from __future__ import annotations

from flask import Blueprint

import guard
from blueprints.settings import panels

bp = Blueprint("security", __name__)


@bp.get("/security")
@guard.logged_in()
def show() -> str:
    return panels.page()
