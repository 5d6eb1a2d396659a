"""Links by which somebody sets his password. Mail scanners open links too: GET shows the form, POST uses the link."""

from __future__ import annotations

from flask import Blueprint, Response, g, render_template, request, url_for

import cookies
import guard
from answers import go, origin_alone, with_status
from domain import errors, password_links, password_rules, users
from domain.errors import N_, Refusal

bp = Blueprint("password_links", __name__)


@bp.get("/login/password/<token>")
@guard.public
def show(token: str) -> str:
    return _page(token)


@bp.post("/login/password/<token>")
@guard.public
def use(token: str) -> Response:
    """A stranger's visit, whoever is logged in here: it opens no session and is nobody else's act."""
    typed = request.form
    try:
        user = password_links.use(token, typed.get("new_password", ""), typed.get("confirmation", ""), guard.stranger())
    except (errors.PasswordRefused, errors.PasswordsDiffer, errors.Busy) as refusal:
        return with_status(_page(token, refusal), refusal)
    cookies.keep_login(user.login)
    return go(url_for("login.show"), N_("Your password is set. Log in."))


def _page(token: str, error: Refusal | None = None) -> str:
    user = password_links.owner_of(token, g.visit.now)
    minimum = password_rules.minimum(users.policy_of(user).required)
    return render_template("password_links/show.html", error=error, user=user, token=token, minimum=minimum)


bp.after_request(origin_alone)
