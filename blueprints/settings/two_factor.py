"""Enabling, replacing and disabling two-step authentication."""

from __future__ import annotations

import re

import segno
from flask import Blueprint, Response, g, make_response, render_template, request, url_for
from markupsafe import Markup

import asker
import destinations
import guard
from answers import go, with_status
from blueprints.settings import panels
from domain import errors, two_factor, users
from domain.access import Rule
from domain.permissions import Permission
from domain.two_factor import Pending

bp = Blueprint("two_factor", __name__, url_prefix="/two-factor")
PANEL = "two-factor"
# The mask is fixed: choosing among all eight takes segno 7 ms, and scanners read each of them.
BORDER = 4
_DARK = re.compile(b"\x01+")
QR = {"micro": False, "error": "m", "boost_error": False, "mask": 4}


@bp.get("/enrolment")
@guard.requires(Permission.TWO_FACTOR, settles=Rule.ENROLMENT, while_acting=False)
def enrolment() -> Response:
    """The same form as in the dialog, as a page: without script, and where enrolment comes before anything else."""
    pending = two_factor.pending(users.by_id(g.standing.user_id), g.visit)
    if pending is None and (g.standing.enrolled or g.standing.policy.off):
        return go(url_for("settings.security.show"))
    return make_response(_page(pending))


@bp.post("/enrolment")
@guard.requires(Permission.TWO_FACTOR, settles=Rule.ENROLMENT, fresh=True, while_acting=False)
def begin() -> Response:
    pending = two_factor.begin(users.by_id(g.standing.user_id), g.visit)
    return _shown(pending)


@bp.get("")
@guard.requires(Permission.TWO_FACTOR, while_acting=False)
def panel() -> str:
    return panels.show(PANEL)


@bp.get("/replace")
@guard.requires(Permission.TWO_FACTOR, while_acting=False)
def replace_form() -> str:
    return panels.show(PANEL, opened="replace")


@bp.post("/replace")
@guard.requires(Permission.TWO_FACTOR, while_acting=False)
def replace() -> Response:
    """A code of the old authenticator, then the new QR code; the old one works until the new one is proved."""
    pending = two_factor.begin(users.by_id(g.standing.user_id), g.visit, proof=request.form.get("code", ""))
    return _shown(pending)


@bp.post("/enrolment/confirm")
@guard.requires(Permission.TWO_FACTOR, settles=Rule.ENROLMENT, while_acting=False)
def confirm() -> Response:
    user = users.by_id(g.standing.user_id)
    try:
        guard.remember(two_factor.confirm(user, request.form.get("code", ""), g.visit))
    except errors.Refusal as error:
        return _refused_code(two_factor.pending(user, g.visit), error)
    return go(url_for("settings.recovery_codes.show"))


@bp.post("/enrolment/later")
@guard.logged_in(settles=Rule.ENROLMENT, while_acting=False)
def later() -> Response:
    two_factor.put_off(users.by_id(g.standing.user_id), g.visit)
    return go(destinations.next_page(request.form.get("next")))


@bp.get("/disable")
@guard.requires(Permission.TWO_FACTOR, while_acting=False)
def disable_form() -> str:
    return panels.show(PANEL, opened="disable")


@bp.post("/disable")
@guard.requires(Permission.TWO_FACTOR, while_acting=False)
def disable() -> Response:
    guard.remember(two_factor.disable(users.by_id(g.standing.user_id), request.form.get("code", ""), g.visit))
    return panels.changed(PANEL, errors.N_("Two-step authentication is off."))


bp.register_error_handler(
    errors.Refusal, panels.refuser(PANEL, lambda: {"opened": (request.endpoint or "").rpartition(".")[2]})
)


def _shown(pending: Pending) -> Response:
    """The dialog for htmx, the page without."""
    if asker.is_htmx():
        return make_response(render_template("settings/two_factor/_dialog.html", pending=pending, **_qr(pending)))
    return go(url_for("settings.two_factor.enrolment"))


def _refused_code(pending: Pending | None, error: errors.Refusal) -> Response:
    typed = request.form.get("code", "")[:9]
    if not asker.is_htmx():
        return with_status(_page(pending, error=error, typed=typed), error)
    if pending is None:
        return go(url_for("settings.two_factor.enrolment"), error.message)
    form = render_template(
        "settings/two_factor/_enrolment.html", pending=pending, error=error, typed=typed, **_qr(pending)
    )
    return with_status(form, error)


def _page(pending: Pending | None, **context: object) -> str:
    grace_ends_at = g.standing.grace_ends_at(g.visit.now)
    qr = _qr(pending) if pending else {}
    return render_template(
        "settings/two_factor/enrolment.html", pending=pending, grace_ends_at=grace_ends_at, **qr, **context
    )


def _qr(pending: Pending) -> dict[str, object]:
    groups = " ".join(pending.key[i : i + 4] for i in range(0, len(pending.key), 4))
    return {"qr": Markup(_drawn(segno.make(pending.uri, **QR).matrix)), "key_in_groups": groups}  # noqa: S704 (digits)


def _drawn(matrix: tuple[bytearray, ...]) -> str:
    """Dark on white with a border of four modules, in every theme: scanners read nothing else. segno's own writer
    takes three times as long, as it can do so much more."""
    size = len(matrix) + 2 * BORDER
    runs = "".join(
        f"M{run.start() + BORDER} {y}h{run.end() - run.start()}v1h-{run.end() - run.start()}z"
        for y, row in enumerate(matrix, start=BORDER)
        for run in _DARK.finditer(row)
    )
    white = f'<path fill="#fff" d="M0 0h{size}v{size}H0z"/>'
    return f'<svg viewBox="0 0 {size} {size}" shape-rendering="crispEdges">{white}<path d="{runs}"/></svg>'
