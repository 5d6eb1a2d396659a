"""The cookies beside the session's: known browsers and the theme. None of them proves who somebody is."""

from __future__ import annotations

from flask import Response, current_app, request

from domain.known_browsers import TOKEN_LENGTH, TOKENS_IN_COOKIE

LAST = 400 * 24 * 3600  # seconds; browsers keep none longer
THEMES = ("automatic", "light", "dark")


def browser_tokens() -> list[str]:
    """What the device cookie presents, newest first; some may be dead."""
    found = [token for token in _get("device").split(".") if len(token) == TOKEN_LENGTH]
    return found[:TOKENS_IN_COOKIE]


def remember_browser(response: Response, tokens: list[str]) -> None:
    _set(response, "device", ".".join(tokens[:TOKENS_IN_COOKIE]))


def theme() -> str:
    value = _get("theme")
    return value if value in THEMES else THEMES[0]


def set_theme(response: Response, value: str) -> None:
    _set(response, "theme", value if value in THEMES else THEMES[0])


def _get(name: str) -> str:
    return request.cookies.get(current_app.config["POSTERN"].cookie_name(name), "")


def _set(response: Response, name: str, value: str) -> None:
    config = current_app.config["POSTERN"]
    response.set_cookie(
        config.cookie_name(name), value, max_age=LAST, secure=config.is_https, httponly=True, samesite="Lax", path="/"
    )
