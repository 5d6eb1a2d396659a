"""Links that open a person's own account. Mail scanners open links too: GET shows a button, POST uses it."""

from __future__ import annotations

from flask import Blueprint, Response, g, make_response, redirect, render_template, url_for

import guard
from answers import origin_alone
from domain import login_links

bp = Blueprint("login_links", __name__)


@bp.get("/login/link/<token>")
@guard.public
def show(token: str) -> str:
    return render_template("login_links/show.html", user=login_links.owner_of(token, g.visit.now), token=token)


@bp.post("/login/link/<token>")
@guard.public
def use(token: str) -> Response:
    tokens = login_links.use(token, g.visit, replaces=guard.own_session_id())
    guard.remember(tokens, new_login=True)
    return make_response(redirect(url_for("home.show"), 303))


bp.after_request(origin_alone)
