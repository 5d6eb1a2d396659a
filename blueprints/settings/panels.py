"""The Security page and its panels. Each act answers with its panel and the rail; without htmx with the page."""

from __future__ import annotations

import json
from collections.abc import Callable

from flask import Response, g, make_response, render_template, request, url_for

import forgery
import guard
import speech
from answers import error_page, go, with_status
from domain import overview, password_rules
from domain.errors import Refusal
from domain.standing import Standing

PAGE = "settings/security/show.html"


def facts(standing: Standing) -> dict[str, object]:
    minimum = password_rules.minimum(standing.policy.required)
    return {"me": standing, "facts": overview.security(standing, g.visit.now), "minimum": minimum}


def _standing() -> Standing:
    """Who acts, as he is after his act; who only looks is as the guard found him."""
    return g.standing if request.method == "GET" else guard.resumed()


def show(panel: str, opened: str, **context: object) -> str:
    """One panel with one of its forms open; as a whole page without htmx."""
    return _render(panel, opened=opened, **context)


def changed(panel: str, toast: str) -> Response:
    """After an act: the panel as it is now, with a toast; to the page without htmx."""
    if not guard.is_htmx():
        return go(url_for("settings.security.show", _anchor=f"{panel}-panel"), toast)
    response = make_response(_render(panel, after_change=True))
    response.headers["HX-Trigger"] = json.dumps({"toast": speech.gettext(toast)})
    return _at(panel, response)


def refuser(panel: str, opened: Callable[[], str] = lambda: "") -> Callable[[Refusal], Response]:
    """The error handler of a panel's blueprint: the panel itself says what was wrong, where it was typed."""

    def refused(error: Refusal) -> Response:
        if isinstance(error, forgery.Forged | guard.NotPermitted) or g.standing is None or not g.standing.is_full:
            return error_page(error)
        return _at(panel, with_status(_render(panel, error=error, opened=opened()), error))

    return refused


def _render(panel: str, **context: object) -> str:
    template = "settings/security/_answer.html" if guard.is_htmx() else PAGE
    return render_template(template, panel=panel, **{"error": None, "opened": "", **facts(_standing()), **context})


def _at(panel: str, response: Response) -> Response:
    """Wherever the form aimed (a dialog), its panel takes the answer."""
    if guard.is_htmx():
        response.headers["HX-Retarget"] = f"#{panel}-panel"
        response.headers["HX-Reswap"] = "outerHTML"
    return make_response(response)
