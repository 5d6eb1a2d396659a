"""What templates have at hand: icons, files, instants, words. No logic of its own."""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, g, url_for
from flask.templating import Environment
from flask_wtf.csrf import generate_csrf
from jinja2 import nodes
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

import cookies
import speech
from domain import access
from domain.site import current as site
from files import served

ICONS = Path(__file__).parent / "static" / "icons.svg"


class Folding(NodeTransformer):
    """Calls whose outcome cannot change are made once, when a template is compiled: they were a third of a page."""

    def __init__(self, env: Environment) -> None:
        self.env = env

    def visit_Call(self, node: nodes.Call, *_args: object) -> nodes.Node:  # noqa: N802 (the name of the node)
        self.generic_visit(node)
        if not (isinstance(node.node, nodes.Name) and node.node.name in CONSTANT):
            return node
        try:
            args = [arg.as_const() for arg in node.args]
            named = {kwarg.key: kwarg.value.as_const() for kwarg in node.kwargs}
        except nodes.Impossible:
            return node
        return nodes.Const(self.env.globals[node.node.name](*args, **named), lineno=node.lineno)


CONSTANT = frozenset({"_", "icon", "url_for", "static", "code"})


class Templates(Environment):
    def _generate(self, source: nodes.Template, *args: Any, **named: Any) -> str:
        return super()._generate(Folding(self).visit(source), *args, **named)


def install(app: Flask) -> None:
    app.jinja_environment = Templates
    env = app.jinja_env
    env.trim_blocks = env.lstrip_blocks = True
    # An address depends on nothing but the configuration; a page has some twenty, at 16 microseconds each.
    address = lru_cache(maxsize=1024)(url_for)
    env.globals.update(
        _=_translated,
        url_for=address,
        icon=_icon,
        code=_code,
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
    standing = g.get("standing")
    me = None if standing is None or access.denied(standing) else standing  # a stolen cookie finds nobody here
    return {"me": me, "visit": g.visit, "now": g.visit.now, "site_name": site().name}


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


def _code(text: object) -> Markup:
    """An address or the like, within a sentence."""
    return Markup("<code>%s</code>") % str(text)


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
