"""The Security page and its panels. Each act answers with its panel and the rail; without htmx with the page."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from flask import Response, flash, g, make_response, render_template, request, url_for

import asker
import guard
import speech
from answers import error_page, go, remarks_said, with_status
from domain import drafts, networks, overview, password_rules, site
from domain.errors import Refusal
from domain.networks import Network, Remark
from domain.standing import Standing

PAGE = "settings/security/show.html"


def _facts(standing: Standing) -> dict[str, object]:
    seen = overview.security(standing, g.visit.now)
    return {
        "me": standing,
        "facts": seen,
        "minimum": password_rules.minimum(standing.policy.required),
        "draft": seen.trusted_ips and seen.trusted_ips.draft(here(), g.visit.now),
        "lifetimes": drafts.lifetimes(),
        "bind_ipv6_exact": site.current().bind_ipv6_exact,
    }


def here() -> Network | None:
    """The address to be marked and offered in a person's own list; that of who acts for him is neither."""
    return None if g.visit.acting else networks.address(g.visit.address)


def _standing() -> Standing:
    """Who acts, as he is after his act; who only looks is as the guard found him."""
    return g.standing if request.method == "GET" else guard.resumed()


def show(panel: str, opened: str = "", remarks: Sequence[Remark] = (), **context: object) -> str:
    """One panel with one of its forms open; as a whole page without htmx."""
    return _render(panel, opened=opened, remarks=remarks_said(remarks), **context)


def changed(panel: str, toast: str, remarks: Sequence[Remark] = ()) -> Response:
    """After an act: the panel as it is now, with a toast; to the page without htmx."""
    if not asker.is_htmx():
        for sentence in remarks_said(remarks):
            flash(sentence)
        return go(url_for("settings.security.show"), toast)  # without the panel's anchor: the note stands at the top
    response = make_response(_render(panel, after_change=True, remarks=remarks_said(remarks)))
    response.headers["HX-Trigger"] = json.dumps({"toast": speech.gettext(toast)})
    return _at(panel, response)


def refuser(panel: str, context: Callable[[], dict[str, object]] = dict) -> Callable[[Refusal], Response]:
    """The error handler of a panel's blueprint: the panel itself says what was wrong, where it was typed.

    `context` is what else the panel needs to show what was being done.
    """

    def refused(error: Refusal) -> Response:
        if not can_show(error):
            return error_page(error)
        return _at(panel, with_status(_render(panel, error=error, **context()), error))

    return refused


def can_show(error: Refusal) -> bool:
    """Whether the person is in and the refusal belongs into a panel."""
    return not error.whole_page and g.standing is not None and g.standing.is_full


def page() -> str:
    return render_template(PAGE, panel="", **_context())


def _render(panel: str, **context: object) -> str:
    template = "settings/security/_answer.html" if asker.is_htmx() else PAGE
    return render_template(template, panel=panel, **_context(**context))


def _context(**context: object) -> dict[str, object]:
    return {"error": None, "opened": "", "remarks": (), **_facts(_standing()), **context}


def _at(panel: str, response: Response) -> Response:
    """Wherever the form aimed (a dialog), its panel takes the answer."""
    if asker.is_htmx():
        response.headers["HX-Retarget"] = f"#{panel}-panel"
        response.headers["HX-Reswap"] = "outerHTML"
    return make_response(response)
