"""The page that shows new recovery codes, until Done is pressed."""

from __future__ import annotations

import html

from flask import Blueprint, Response, g, make_response, render_template, request, url_for

import guard
from answers import error_page, go, with_status
from blueprints.settings import panels
from domain import errors, recovery_codes, two_factor, users
from domain.permissions import Permission

bp = Blueprint("recovery_codes", __name__, url_prefix="/recovery-codes")


@bp.get("")
@guard.logged_in(while_acting=False)
def show() -> Response:
    codes = recovery_codes.shown(g.standing.session_id, g.visit.now)
    if not codes:
        return go(url_for("settings.security.show"))
    return make_response(_page(codes))


@bp.post("")
@guard.requires(Permission.TWO_FACTOR, fresh=True, while_acting=False)
def generate() -> Response:
    """The old ones stop working."""
    two_factor.new_recovery_codes(users.by_id(g.standing.user_id), g.visit)
    return go(url_for("settings.recovery_codes.show"))


@bp.get("/download")
@guard.logged_in(while_acting=False)
def download() -> Response:
    codes = recovery_codes.shown(g.standing.session_id, g.visit.now)
    if not codes:
        raise errors.NotFound
    text = html.unescape(render_template("settings/recovery_codes/download.txt", codes=codes))  # a text, no page
    headers = {
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Disposition": 'attachment; filename="recovery-codes.txt"',
    }
    return make_response(text, 200, headers)


@bp.post("/done")
@guard.logged_in(while_acting=False)
def done() -> Response:
    if "saved" not in request.form:
        error = errors.CodesNotSaved()
        codes = recovery_codes.shown(g.standing.session_id, g.visit.now)
        return with_status(_page(codes, error), error) if codes else go(url_for("settings.security.show"))
    recovery_codes.done(g.standing.session_id)
    return go(url_for("settings.security.show"))


def _page(codes: list[str], error: errors.Refusal | None = None) -> str:
    return render_template("settings/recovery_codes/show.html", codes=codes, error=error)


@bp.errorhandler(errors.Refusal)
def refused(error: errors.Refusal) -> Response:
    if request.endpoint == "settings.recovery_codes.generate":
        return panels.refuser("two-factor")(error)
    return error_page(error)
