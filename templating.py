"""What templates have at hand: icons, files, instants, words. No logic of its own."""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path

from flask import Flask, g, url_for
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

import cookies
import speech
from domain.site import current as site
from files import served

ICONS = Path(__file__).parent / "static" / "icons.svg"


def install(app: Flask) -> None:
    env = app.jinja_env
    env.trim_blocks = env.lstrip_blocks = True
    # An address depends on nothing but the configuration; a page has some twenty, at 16 microseconds each.
    address = lru_cache(maxsize=1024)(url_for)
    env.globals.update(
        _=_translated,
        url_for=address,
        icon=_icon,
        static=lambda name: address("files.static", name=name, v=served()[name].version),
        csrf_field=_csrf_field,
        support_url=app.config["POSTERN"].support_url,
        theme=cookies.theme,
        message=speech.message,
        said=speech.said,
        hint=speech.hint,
    )
    env.filters.update(
        moment=_moment,
        sentence=speech.event,
        instant=speech.instant,
        day=speech.day,
        ago=_ago,
        agent=speech.agent,
        duration=speech.duration,
    )
    env.tests["phone"] = speech.is_phone
    app.context_processor(_facts)


def _facts() -> dict[str, object]:
    """On every page: who is here, from where, and the server's time, in one place for each."""
    return {"me": g.get("standing"), "visit": g.visit, "now": g.visit.now, "site_name": site().name}


@cache
def _sentence(sentence: str) -> Markup:
    return Markup(sentence)  # noqa: S704 (written by us)


def _translated(sentence: str, **values: object) -> Markup:
    """A sentence of ours, with its values escaped."""
    return _sentence(sentence) % values if values else _sentence(sentence)


def _csrf_field() -> Markup:
    if "csrf_field" not in g:
        token = generate_csrf()  # base64 and dots
        g.csrf_field = Markup(f'<input type="hidden" name="csrf_token" value="{token}">')  # noqa: S704
    return g.csrf_field


def _moment(at: datetime) -> Markup:
    """As in a list, with the exact instant as its title."""
    exact, said = speech.instant(at), speech.relative(at, g.visit.now)
    stamp = at.isoformat(timespec="seconds")
    return Markup(f'<time datetime="{stamp}" title="{exact}">{said}</time>')  # noqa: S704 (digits and our words)


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
