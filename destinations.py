"""Where somebody goes on to after a log-in or a refusal: a page of ours always."""

from __future__ import annotations

import contextlib
from collections.abc import Container

from flask import current_app, request, url_for
from werkzeug.exceptions import HTTPException

from domain.access import Level, Need

LONGEST_NEXT = 2_000  # characters


def wanted() -> str | None:
    """The page that was asked for, to go on to it later; home needs no mention."""
    return request.full_path.rstrip("?") if request.method == "GET" and request.path != "/" else None


def asked() -> str:
    """What the request itself wants to go on to; nothing where it is absurdly long."""
    found = request.args.get("next", "")
    with contextlib.suppress(HTTPException):  # a form that is too large to be read is refused elsewhere
        found = request.form.get("next") or found
    return found if len(found) <= LONGEST_NEXT else ""


def next_page(asked: str | None, levels: Container[Level] = (Level.LOGGED_IN,)) -> str:
    """The page to go to after log-in: rebuilt from our own URL map, else home. Never somebody else's address."""
    path, _, query = (asked or "").partition("?")
    try:
        endpoint, values = current_app.url_map.bind("").match(path, method="GET")
    except HTTPException:
        return url_for("home.show")
    if getattr(current_app.view_functions[endpoint], "need", Need(Level.PUBLIC)).level not in levels:
        return url_for("home.show")
    return url_for(endpoint, **values) + (f"?{query}" if query.isprintable() and query.isascii() and query else "")
