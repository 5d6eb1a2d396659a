"""The Security page and its panels. Each act answers with its panel and the rail; without htmx with the page."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from flask import Response, flash, g, make_response, render_template, request, url_for

import guard
import speech
from answers import error_page, go, with_status
from domain import drafts, networks, overview, password_rules, site
from domain.errors import Refusal
from domain.networks import Note
from domain.standing import Standing

PAGE = "settings/security/show.html"


def facts(standing: Standing) -> dict[str, object]:
    seen = overview.security(standing, g.visit.now)
    return {
        "me": standing,
        "facts": seen,
        "minimum": password_rules.minimum(standing.policy.required),
        "draft": seen.trusted_ips and seen.trusted_ips.draft(networks.address(g.visit.address), g.visit.now),
        "lifetimes": [(key, said) for key, (said, _) in drafts.LIFETIMES.items()],
        "bind_ipv6_exact": site.current().bind_ipv6_exact,
    }


def _standing() -> Standing:
    """Who acts, as he is after his act; who only looks is as the guard found him."""
    return g.standing if request.method == "GET" else guard.resumed()


def show(panel: str, opened: str = "", notes: Sequence[Note] = (), **context: object) -> str:
    """One panel with one of its forms open; as a whole page without htmx."""
    return _render(panel, opened=opened, notes=[_said(note) for note in notes], **context)


def _said(note: Note) -> str:
    return speech.gettext(note.sentence, **note.values)


def changed(panel: str, toast: str, notes: Sequence[Note] = ()) -> Response:
    """After an act: the panel as it is now, with a toast; to the page without htmx."""
    if not guard.is_htmx():
        for note in notes:
            flash(_said(note))
        return go(url_for("settings.security.show", _anchor=f"{panel}-panel"), toast)
    response = make_response(_render(panel, after_change=True, notes=[_said(note) for note in notes]))
    response.headers["HX-Trigger"] = json.dumps({"toast": speech.gettext(toast)})
    return _at(panel, response)


def refuser(panel: str, context: Callable[[], dict[str, object]] = dict) -> Callable[[Refusal], Response]:
    """The error handler of a panel's blueprint: the panel itself says what was wrong, where it was typed.

    `context` is what else the panel needs to show what was being done.
    """

    def refused(error: Refusal) -> Response:
        if error.whole_page or g.standing is None or not g.standing.is_full:
            return error_page(error)
        return _at(panel, with_status(_render(panel, error=error, **context()), error))

    return refused


def _render(panel: str, **context: object) -> str:
    template = "settings/security/_answer.html" if guard.is_htmx() else PAGE
    return render_template(
        template, panel=panel, **{"error": None, "opened": "", "notes": (), **facts(_standing()), **context}
    )


def _at(panel: str, response: Response) -> Response:
    """Wherever the form aimed (a dialog), its panel takes the answer."""
    if guard.is_htmx():
        response.headers["HX-Retarget"] = f"#{panel}-panel"
        response.headers["HX-Reswap"] = "outerHTML"
    return make_response(response)
