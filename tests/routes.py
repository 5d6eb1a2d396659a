"""The URL map as tests walk it."""

from __future__ import annotations

from flask import Flask
from werkzeug.routing import Rule

from domain.access import Need
from models import Kind
from tests.browser import Browser

FILLED = {"name": "app.css", "token": "x" * 43}  # every other placeholder is an id


def path_of(app: Flask, rule: Rule, kind: Kind = Kind.CUSTOMER) -> str:
    """The path of a rule, its placeholders filled in."""
    values = {name: kind if name == "kind" else FILLED.get(name, 1) for name in rule.arguments}
    built = rule.build(values)
    assert built, rule
    return built[1]


def routes(app: Flask, kind: Kind = Kind.CUSTOMER) -> list[tuple[str, str, str]]:
    """Endpoint, method and path of every view; HEAD and OPTIONS follow GET and POST."""
    return [
        (rule.endpoint, method, path_of(app, rule, kind))
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def posts(app: Flask) -> list[str]:
    return [path for _, method, path in routes(app) if method == "POST"]


def marked(app: Flask, endpoint: str) -> Need:
    need: Need = app.view_functions[endpoint].need  # type: ignore[attr-defined]
    return need


def csrf_token(browser: Browser, path: str = "/login") -> str:
    """The token of a page, for requests that no form makes."""
    return str(browser.get(path).page.find("input", {"name": "csrf_token"})["value"])
