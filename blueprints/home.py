"""/ leads home; theme and language of a browser."""

from __future__ import annotations

from flask import Blueprint, Response, g, make_response, redirect, request, url_for

import asker
import cookies
import destinations
import guard
from domain import authority
from domain.access import Level
from domain.authority import Act
from models import Kind

bp = Blueprint("home", __name__)


@bp.get("/")
@guard.logged_in()
def show() -> Response:
    """Whoever looks after customers begins with them."""
    first = authority.may(g.standing, Kind.CUSTOMER, Act.VIEW)
    home = url_for("admin.people.index", kind=Kind.CUSTOMER) if first else url_for("settings.security.show")
    return make_response(redirect(home, 303))


@bp.post("/theme")
@guard.public
def theme() -> Response:
    """Kept in a cookie and rendered by the server, so no page flashes in the wrong colours."""
    if asker.is_htmx():
        response = make_response("", 204, {"HX-Refresh": "true"})
    else:
        response = make_response(redirect(destinations.next_page(request.form.get("next")), 303))
    cookies.set_theme(response, request.form.get("theme", ""))
    return response


@bp.post("/language")
@guard.public
def language() -> Response:
    """Before log-in. Kept in a cookie; whoever has chosen a language on his Profile page meets that after it."""
    typed = request.form.get("login")
    if typed is None:
        page = destinations.next_page(request.form.get("next"), levels=Level)
    else:  # the log-in form was sent with it; its `next` is where the log-in leads
        cookies.keep_login(typed)
        page = url_for("login.show", next=destinations.asked() or None)
    response = make_response(redirect(page, 303))
    cookies.set_language(response, request.form.get("language", ""))
    return response
