"""The password step, and logging out."""

from __future__ import annotations

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for

import cookies
import destinations
import guard
import refusals
from answers import error_page, go, with_status
from domain import errors, login, sessions

bp = Blueprint("login", __name__)


@bp.get("/login")
@guard.public
def show() -> str:
    ended = guard.ended_session()
    return render_template("login/show.html", ended=ended, login=cookies.kept_login(), wanted=destinations.asked())


@bp.post("/login")
@guard.public
def enter() -> Response:
    step = login.check_password(
        request.form.get("login", ""),
        request.form.get("password", ""),
        guard.stranger(),
        browser_tokens=cookies.browser_tokens(),
        replaces=guard.own_session_id(),
    )
    guard.remember(step.tokens, new_login=True)
    if step.denied_by:
        guard.resumed()
        raise refusals.denial(step.denied_by)
    wanted = destinations.asked()
    if step.is_full:
        return make_response(redirect(destinations.next_page(wanted), 303))
    return make_response(redirect(url_for("two_factor.show", next=wanted or None), 303))


@bp.errorhandler(errors.Refusal)
def refused(error: errors.Refusal) -> Response:
    if request.endpoint != "login.enter" or error.whole_page:
        return error_page(error)
    page = render_template(
        "login/show.html",
        error=error,
        ended=None,
        login=request.form.get("login", "")[:200],
        wanted=destinations.asked(),
    )
    return with_status(page, error)


@bp.post("/logout")
@guard.public
def leave() -> Response:
    if guard.own_session_id() is not None:
        sessions.log_out(guard.presented(), g.visit)
    guard.forget()
    response = go(url_for("login.show"), errors.N_("You have been logged out."))
    response.headers["Clear-Site-Data"] = '"cache", "storage"'  # never cookies: known browser and theme stay
    return response
