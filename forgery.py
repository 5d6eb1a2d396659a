"""Forged requests: what another site makes a browser send. The guard asks for everything but GET and HEAD."""

from __future__ import annotations

import logging

from flask import current_app, request
from flask_wtf.csrf import validate_csrf
from wtforms import ValidationError

from domain import errors
from wsgi import REQUESTED_HOST

log = logging.getLogger("postern")


class Forged(errors.Refusal):
    whole_page = True
    status = 400
    message = errors.N_("This form is out of date")
    hint = errors.N_("Nothing was changed. Reload the page and send the form again.")


def refuse() -> None:
    """Where the request comes from, by what the browser says of it; then the token of the form. Raises Forged."""
    if not _from_here():
        log.warning("refused a request from origin %r", request.headers.get("Origin"))
        raise Forged
    try:
        validate_csrf(request.headers.get("X-CSRFToken") or request.form.get("csrf_token"))
    except ValidationError as error:
        log.info("refused a form: %s", error)
        raise Forged from None


def _from_here() -> bool:
    if request.headers.get("Sec-Fetch-Site") not in (None, "same-origin", "none"):
        return False
    origin = request.headers.get("Origin")
    here = f"{request.scheme}://{request.environ.get(REQUESTED_HOST, '')}"
    return origin is None or origin in (here, current_app.config["POSTERN"].origin)
