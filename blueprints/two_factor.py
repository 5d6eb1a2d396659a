"""The code step of logging in."""

from __future__ import annotations

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for

import destinations
import guard
from answers import error_page, with_status
from domain import errors, login, recovery_codes, users

bp = Blueprint("two_factor", __name__)


@bp.get("/login/code")
@guard.second_step
def show() -> Response:
    if g.standing.is_full:
        return make_response(redirect(url_for("home.show"), 303))
    return make_response(_page())


@bp.post("/login/code")
@guard.second_step
def verify() -> Response:
    if g.standing.is_full:  # sent twice: the first one got in
        return make_response(redirect(url_for("home.show"), 303))
    code = request.form.get("code")
    if code is None and login.code_due(users.by_id(g.standing.user_id)):  # Try again, after a refusal by address
        return make_response(redirect(url_for("two_factor.show", next=destinations.asked() or None), 303))
    tokens = login.check_code(g.standing, code or "", g.visit)
    guard.remember(tokens, new_login=True)
    return make_response(redirect(destinations.next_page(destinations.asked()), 303))


@bp.errorhandler(errors.Refusal)
def refused(error: errors.Refusal) -> Response:
    if error.whole_page or isinstance(error, errors.SessionOver | errors.Suspended) or g.standing is None:
        return error_page(error)
    return with_status(_page(error), error)


def _page(error: errors.Refusal | None = None) -> str:
    """Both ways stand on one page; `recovery` opens the second."""
    recovery = "recovery" in request.args or recovery_codes.has_form(request.form.get("code", ""))
    wanted = destinations.asked()
    return render_template(
        "two_factor/show.html",
        error=error,
        recovery=recovery or isinstance(error, errors.CodeLocked),
        wanted=wanted,
    )
