"""For supervisors and proxies: is the process alive, can it work."""

from __future__ import annotations

from flask import Blueprint, Response, make_response

import guard
from models import User

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@guard.public
def alive() -> Response:
    return _text("ok")


@bp.get("/readyz")
@guard.public
def ready() -> Response:
    """Reads from the database; an error answers 503 by the error pages."""
    User.select(User.id).limit(1).execute()
    return _text("ready")


def _text(word: str) -> Response:
    return make_response(f"{word}\n", 200, {"Content-Type": "text/plain; charset=utf-8"})
