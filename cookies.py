"""How the session's cookie is read, and those beside it, which log nobody in: known browsers, theme, language, zone."""

from __future__ import annotations

from flask import Flask, Request, Response, current_app, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from itsdangerous import BadSignature

from domain import languages, preferences
from domain.known_browsers import TOKEN_LENGTH, TOKENS_IN_COOKIE
from domain.languages import Language
from domain.preferences import Chosen, Preferences


class UndatedSessions(SecureCookieSessionInterface):
    """Without the date in the cookie, which would end every session when the clock is set back: the row decides."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        serializer = self.get_signing_serializer(app)
        value = request.cookies.get(self.get_cookie_name(app))
        if serializer is None or not value:
            return self.session_class()
        try:
            return self.session_class(serializer.loads(value))
        except BadSignature:
            return self.session_class()


LAST = 400 * 24 * 3600  # seconds; browsers keep none longer
LONGEST = 64  # characters of a language or a zone
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


def keep_login(typed: str) -> None:
    """Until the log-in page comes again in another language."""
    session["typed_login"] = typed[:200]


def kept_login() -> str:
    return str(session.pop("typed_login", ""))


def language() -> Language | None:
    """As chosen at the foot of a page before log-in, or on one's Profile page from this browser."""
    return languages.find(_get("language")[:LONGEST])


def set_language(response: Response, code: str) -> None:
    found = languages.find(code[:LONGEST])
    _set(response, "language", found.code if found else "")


def time_zone() -> str:
    """As the browser's script says; any text."""
    return _get("zone")[:LONGEST]


def zone_cookie() -> str:
    """The name of the cookie that the script writes."""
    return str(current_app.config["POSTERN"].cookie_name("zone"))


def in_this_browser(chosen: Chosen, *, kept: bool = True) -> Preferences:
    """What holds here for somebody who has chosen this. `kept`: the language in the cookie counts."""
    asked = request._get_current_object()  # type: ignore[attr-defined]  # each look through it costs 1 µs of every request
    accepted = asked.environ.get("HTTP_ACCEPT_LANGUAGE", "")[: languages.LONGEST_HEADER]
    language = kept and languages.find(_of(asked, "language")[:LONGEST])
    return preferences.in_force(chosen, language or languages.negotiate(accepted), _of(asked, "zone")[:LONGEST])


def _get(name: str) -> str:
    return _of(request, name)


def _of(asked: Request, name: str) -> str:
    """Werkzeug makes an HTTP error of what is missing, which takes 3 µs: so it is not asked for."""
    jar, name = asked.cookies, current_app.config["POSTERN"].cookie_name(name)
    return jar[name] if name in jar else ""  # noqa: SIM401


def _set(response: Response, name: str, value: str) -> None:
    config = current_app.config["POSTERN"]
    response.set_cookie(
        config.cookie_name(name), value, max_age=LAST, secure=config.is_https, httponly=True, samesite="Lax", path="/"
    )
