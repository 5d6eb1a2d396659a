"""Static files. They pass the guard before anything else."""

from __future__ import annotations

from flask import Blueprint, Response, abort, make_response, request

import files
import guard

bp = Blueprint("files", __name__)
YEAR = 365 * 24 * 3600


@bp.get("/static/<path:name>")
@guard.public
def static(name: str) -> Response:
    file = files.served().get(name)
    if file is None:
        abort(404)
    packed = "gzip" in request.accept_encodings
    response = make_response(file.compressed if packed else file.body)
    response.headers["Content-Type"] = file.content_type
    response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
    response.vary.add("Accept-Encoding")
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    return response


@bp.get("/favicon.ico")
@guard.public
def favicon() -> Response:
    """Browsers ask for it unasked; the pages name icon.svg."""
    return static("icon.svg")
