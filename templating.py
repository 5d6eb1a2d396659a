"""What templates have at hand: icons, files, instants, words. No logic of its own."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path

from flask import Flask, g, url_for
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup, escape

import cookies
import speech
from domain import access, authority, languages
from domain.authority import Act
from domain.site import current as site
from files import served
from folding import Templates
from models import Kind
from words import DESCRIPTIONS

ICONS = Path(__file__).parent / "static" / "icons.svg"


def install(app: Flask) -> None:
    app.jinja_environment = Templates
    env = app.jinja_env
    env.trim_blocks = env.lstrip_blocks = True
    env.globals.update(
        url_for=_url_for(),
        icon=_icon,
        code=_code,
        strong=_strong,
        static=lambda name: url_for("files.static", name=name, v=served()[name].version),
        csrf_field=_csrf_field,
        described=_described,
        support_url=app.config["POSTERN"].support_url,
        theme=cookies.theme,
        languages=languages.offered(),
        zone_cookie=cookies.zone_cookie,
        looks_after=lambda me, kind: authority.may(me, Kind(kind), Act.VIEW),
        message=speech.message,
        said=speech.said,
        hint=speech.hint,
    )
    env.filters.update(
        moment=_moment,
        sentence=speech.event,
        instant=speech.instant,
        ago=_ago,
        agent=speech.agent,
        duration=speech.duration,
    )
    env.tests["phone"] = speech.is_phone
    app.context_processor(_facts)


def _url_for() -> Callable[..., str]:
    """Kept where it depends on nothing but the configuration and numbers: each takes 16 microseconds.

    Never where it holds a text, which somebody may have sent a megabyte of.
    """
    kept = lru_cache(maxsize=1024)(url_for)

    def url(endpoint: str, **values: object) -> str:
        texts = [value for name, value in values.items() if isinstance(value, str) and name != "_anchor"]
        return url_for(endpoint, **values) if texts else kept(endpoint, **values)  # type: ignore[arg-type]

    return url


def _facts() -> dict[str, object]:
    """On every page: who is here, from where, and the server's time, in one place for each."""
    standing = g.get("standing")
    me = None if standing is None or access.denied_by(standing) else standing  # a stolen cookie finds nobody here
    return {"me": me, "visit": g.visit, "now": g.visit.now, "site_name": site().name}


def _csrf_field() -> Markup:
    if "csrf_field" not in g:
        token = generate_csrf()  # base64 and dots
        g.csrf_field = Markup(f'<input type="hidden" name="csrf_token" value="{token}">')  # noqa: S704
    return g.csrf_field


def _described(description: str) -> str:
    return speech.gettext(description) if description in DESCRIPTIONS else description


def _code(text: object) -> Markup:
    """An address or the like, within a sentence."""
    return Markup("<code>%s</code>") % str(text)


def _strong(text: object) -> Markup:
    """A name within a sentence, in whichever direction it is written."""
    return Markup("<b><bdi>%s</bdi></b>") % str(text)


def _moment(at: datetime) -> Markup:
    """As in a list, with the exact instant as its title."""
    said, exact = speech.moment(at, g.visit.now)
    stamp = at.isoformat(timespec="seconds")
    return Markup(f'<time datetime="{stamp}" title="{escape(exact)}">{escape(said)}</time>')  # noqa: S704


def _ago(at: datetime) -> str:
    return speech.ago(at, g.visit.now)


@cache
def _icon(name: str, extra: str = "") -> Markup:
    """A picture of its own, printed where it is shown: no page pays for icons that it does not show."""
    box, inside = _symbols()[name]
    return Markup(f'<svg class="icon {name} {extra}" viewBox="{box}" aria-hidden="true">{inside}</svg>')  # noqa: S704


@cache
def _symbols() -> dict[str, tuple[str, str]]:
    symbols = re.findall(r'<symbol id="i-([a-z0-9-]+)" viewBox="([^"]+)">(.*?)</symbol>', ICONS.read_text(), re.S)
    return {name: (box, inside) for name, box, inside in symbols}
