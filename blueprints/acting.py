"""Log in as somebody: entering, switching the role, and Return."""

from __future__ import annotations

from flask import Blueprint, Response, g, render_template, request, url_for

import asker
import destinations
import guard
import refusals
from answers import error_page, go, with_status
from domain import access, acting, authority, errors
from domain.access import Rule
from domain.authority import Act
from domain.errors import N_
from domain.standing import Standing
from models import Kind

bp = Blueprint("acting", __name__)


@bp.get("/admin/<people:kind>/<int:user_id>/acting")
@guard.looks_after(Act.ENTER, while_acting=False)
def ways(kind: Kind, user_id: int) -> str:
    """Every way into this account: the menu beside the button, or a page of its own."""
    return _ways(kind, user_id)


def _ways(kind: Kind, user_id: int, error: errors.Refusal | None = None) -> str:
    user = authority.find(g.standing, kind, user_id, Act.ENTER)
    context = {"user": user, "ways": acting.ways(user, g.visit.now), "error": error}
    if asker.is_htmx():
        return render_template("acting/_ways.html", **context)
    return render_template("acting/ways.html", **context)


@bp.post("/admin/<people:kind>/<int:user_id>/acting")
@guard.looks_after(Act.ENTER, fresh=True, while_acting=False)
def begin(kind: Kind, user_id: int) -> Response:
    user = authority.find(g.standing, kind, user_id, Act.ENTER)
    guard.remember(acting.begin(g.standing, user, request.form.get("mode", ""), g.visit), new_login=True)
    return go(url_for("home.show"))


@bp.post("/acting/role")
@guard.logged_in(settles=Rule.VIEW_ONLY)
def switch() -> Response:
    guard.remember(acting.switch(g.standing, request.form.get("mode", ""), g.visit))
    return go(destinations.next_page(request.form.get("next")), N_("The role is switched."))


@bp.post("/acting/return")
@guard.public
def leave() -> Response:
    """Also from a visit that is over. Forms of the account that was visited are out of date from here."""
    standing: Standing | None = g.standing or guard.ended_session()
    if standing is None or standing.acting is None:
        return go(url_for("home.show"))
    if rule := access.denied_by(standing):
        raise refusals.denial(rule)
    guard.remember(acting.end(standing, g.visit), new_login=True)
    page = url_for("admin.person.show", kind=standing.kind, user_id=standing.user_id)
    return go(page, N_("You are back in your own account."))


@bp.errorhandler(errors.Refusal)
def refused(error: errors.Refusal) -> Response:
    """A log-in that is too old is confirmed on the page with all the ways."""
    asked = request.view_args or {}
    if error.field != "proof" or not asked:
        return error_page(error)
    return with_status(_ways(asked["kind"], asked["user_id"], error), error)


@bp.errorhandler(acting.NotActing)
def returned(_error: acting.NotActing) -> Response:
    """Pressed twice, or in a tab of before."""
    return go(url_for("home.show"))


@bp.errorhandler(errors.SessionOver)
def over(_error: errors.SessionOver) -> Response:
    guard.forget()
    return go(url_for("login.show"), N_("Your own session is over too. Log in again."))
