"""Changing one's password."""

from __future__ import annotations

from flask import Blueprint, Response, g, make_response, render_template, request, url_for

import asker
import guard
from answers import go, with_status
from blueprints.settings import panels
from domain import errors, password_rules, passwords, users
from domain.access import Rule

bp = Blueprint("password", __name__, url_prefix="/password")
PANEL = "password"


@bp.get("")
@guard.logged_in(settles=Rule.PASSWORD, while_acting=False)
def show() -> Response:
    """A page of its own where the change is due before anything else, else the panel with its form open."""
    return make_response(_due_page() if g.standing.must_change_password else panels.show(PANEL, opened="change"))


@bp.get("/panel")
@guard.logged_in(while_acting=False)
def panel() -> str:
    return panels.show(PANEL)


@bp.post("")
@guard.logged_in(settles=Rule.PASSWORD, while_acting=False)
def change() -> Response:
    was_due = g.standing.must_change_password
    form = request.form
    tokens = passwords.change(
        users.by_id(g.standing.user_id),
        form.get("current_password", ""),
        form.get("new_password", ""),
        form.get("confirmation", ""),
        g.visit,
    )
    guard.remember(tokens)
    if was_due:
        return go(url_for("home.show"), errors.N_("Your password is changed."))
    return panels.changed(PANEL, errors.N_("Your password is changed. All other sessions are logged out."))


@bp.post("/generated")
@guard.logged_in(settles=Rule.PASSWORD, while_acting=False)
def generate() -> Response:
    """A good password, filled into both fields and shown; nothing is changed by it."""
    generated = password_rules.generate()
    if asker.is_htmx():
        return make_response(
            render_template("settings/password/_new_password.html", generated=generated, error=None, minimum=_minimum())
        )
    if g.standing.must_change_password:
        return make_response(_due_page(generated=generated))
    return make_response(panels.show(PANEL, opened="change", generated=generated))


@bp.errorhandler(errors.Refusal)
def refused(error: errors.Refusal) -> Response:
    due = g.standing is not None and g.standing.must_change_password
    if due and not error.whole_page:
        return with_status(_due_page(error=error), error)
    return panels.refuser(PANEL, lambda: {"opened": "change"})(error)


def _due_page(**context: object) -> str:
    return render_template("settings/password/show.html", minimum=_minimum(), **{"error": None, **context})


def _minimum() -> int:
    return password_rules.minimum(g.standing.policy.required)
