"""The one door: the only before_request hook, deny by default, and the markers by which views say what they need.

Nothing but its helpers (cookies, forgery, asker) reads cookies, headers or the peer's address. The way of a
request: static files pass → marker → visit → session (one statement) → forged? → `access.decide` → refused, in the
asker's language, or let in.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import peewee
from flask import Flask, Request, Response, current_app, g, request
from flask import session as cookie
from flask_login import LoginManager, UserMixin, current_user, login_user

import cookies
import forgery
import headers
import refusals
import speech
from domain import access, acting, client_address, login, preferences, sessions
from domain.access import Level, Need, Rule
from domain.authority import Act
from domain.permissions import Permission
from domain.sessions import Tokens
from domain.standing import Standing
from domain.visit import Visit, utcnow
from models import Kind, database

View = TypeVar("View", bound=Callable[..., Any])

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


# --- Markers: each view carries exactly one ---------------------------------------------------------------------------


def _mark(need: Need) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        if hasattr(view, "need"):
            raise TypeError(f"{view.__qualname__} has two markers")
        view.need = need  # type: ignore[attr-defined]
        return view

    return decorate


def public(view: View) -> View:
    """Open to everybody. Forms are still protected against forgery."""
    return _mark(Need(Level.PUBLIC))(view)


def second_step(view: View) -> View:
    """The password was right, a code may be due."""
    return _mark(Need(Level.SECOND_STEP))(view)


def logged_in(*, settles: Rule | None = None, fresh: bool = False, while_acting: bool = True) -> Callable[[View], View]:
    return _mark(Need(Level.LOGGED_IN, settles=settles, fresh=fresh, while_acting=while_acting))


def requires(
    permission: Permission, *, settles: Rule | None = None, fresh: bool = False, while_acting: bool = True
) -> Callable[[View], View]:
    permissions = frozenset({permission})
    return _mark(Need(Level.LOGGED_IN, permissions, fresh=fresh, settles=settles, while_acting=while_acting))


def looks_after(
    act: Act, kind: Kind | None = None, *, fresh: bool = False, while_acting: bool = True
) -> Callable[[View], View]:
    """About somebody else, of a kind that stands in the address where it is not given. Who exists is for the view."""
    return _mark(Need(Level.LOGGED_IN, fresh=fresh, act=act, kind=kind, while_acting=while_acting))


# --- The hook ---------------------------------------------------------------------------------------------------------


class Bearer(UserMixin):
    """What Flask-Login carries: a session token and what it stands for."""

    def __init__(self, token: str, standing: Standing | None = None) -> None:
        self.id = token
        self.standing = standing

    @property
    def is_authenticated(self) -> bool:
        return self.standing is not None and self.standing.end is None and self.standing.is_full


class Sessions(LoginManager):
    """Without Flask-Login's remember cookie, which nobody could revoke and anybody can forge into an error."""

    def _load_user_from_remember_cookie(self, cookie: str) -> None:
        return None


def install(app: Flask) -> None:
    app.session_interface = cookies.UndatedSessions()
    manager = Sessions()
    manager.session_protection = None  # Flask-Login would trust the forgeable, leftmost X-Forwarded-For
    manager.user_loader(_load)
    app.login_manager = manager  # type: ignore[attr-defined]  # init_app would write a remember cookie
    app.before_request(_door)
    app.after_request(_answer)
    app.teardown_request(_close)


def _load(token: str) -> Bearer:
    return Bearer(token, acting.resume(token, g.visit.address, g.visit.now))


def _door() -> Response | None:
    asked: Request = request._get_current_object()  # type: ignore[attr-defined]  # a look through it costs 1 µs
    g.standing, g.visit = None, stranger(asked)
    if asked.endpoint in OPEN_TO_ALL:
        return None
    try:
        presented = _recognise()
    finally:  # what fails there is said in the browser's language
        _speak()
    need = _need(asked)
    if asked.method not in SAFE_METHODS:
        forgery.refuse()
    visit: Visit = g.visit
    verdict = access.decide(need, presented, visit.now)
    if verdict.rule is Rule.FRESH:
        remember(login.confirm(_standing(), asked.form.get("proof", ""), visit))
        verdict = access.decide(need, resumed(), visit.now)  # proving took its time
    if not verdict.allowed:
        return refusals.answer(verdict)
    if presented is not None and presented.is_full and need.level is Level.LOGGED_IN:
        with contextlib.suppress(peewee.OperationalError):  # a full disk stops acts, not reading
            sessions.touch(presented, visit)
    return None


OPEN_TO_ALL = frozenset({"files.static", "files.favicon", "health.alive"})


def _recognise() -> Standing | None:
    """Who presents himself; only a session that goes on counts for anything but being told why it ended."""
    database.connect(reuse_if_open=True)
    presented: Standing | None = getattr(current_user._get_current_object(), "standing", None)
    if presented is not None and presented.end is None:
        g.standing, g.visit = presented, _visit_of(presented, g.visit)
    return presented


def _speak() -> None:
    """The answer's language, zone and formats: the browser's until somebody is in, so a stolen cookie tells nothing."""
    someone = g.standing
    is_in = someone and someone.is_full and not access.denied_by(someone)
    speech.speak(cookies.in_this_browser(someone.keyboard.chosen if is_in else preferences.NOTHING))


def _need(asked: Request) -> Need:
    """Unknown addresses and methods first, then the marker. A view without one is refused."""
    if asked.routing_exception is not None:
        raise asked.routing_exception
    need: Need | None = getattr(current_app.view_functions[asked.endpoint or ""], "need", None)
    if need is None:
        raise LookupError(f"The view {asked.endpoint} has no marker")
    if need.act and need.kind is None:
        need = replace(need, kind=(asked.view_args or {})["kind"])
    return need if asked.method in SAFE_METHODS else replace(need, changes=True)


def stranger(asked: Request | None = None) -> Visit:
    """The visit of somebody who has shown nothing yet."""
    asked = asked or request
    address = client_address.client_address(
        asked.environ.get("REMOTE_ADDR", ""),
        asked.environ.get("HTTP_X_FORWARDED_FOR"),
        current_app.config["POSTERN"].trusted_proxies,
    )
    agent = asked.environ.get("HTTP_USER_AGENT", "")[:300]
    if not agent.isprintable():
        agent = "".join(filter(str.isprintable, agent))
    return Visit(actor="stranger", address=address, user_agent=agent, now=utcnow())


def _visit_of(standing: Standing, visit: Visit) -> Visit:
    who = standing.keyboard
    return Visit(
        actor=who.login,
        address=visit.address,
        user_agent=visit.user_agent,
        now=visit.now,
        user_id=who.user_id,
        session_id=standing.session_id,
        known_browser_id=who.known_browser_id,
        acting_as=standing.login if standing.acting else "",
    )


def _standing() -> Standing:
    standing: Standing = g.standing
    return standing


def _close(_error: BaseException | None) -> None:
    speech.speak(None)
    if not database.is_closed():
        database.close()


# --- Cookies ----------------------------------------------------------------------------------------------------------


def remember(tokens: Tokens, *, new_login: bool = False) -> None:
    """The browser gets its new tokens with the answer; the old session token is dead already.

    A new log-in also gets a new secret for its forms; within a session it stays, as other forms are open on the page.
    """
    if new_login:
        cookie.clear()
    login_user(Bearer(tokens.session, g.standing), force=True)
    if tokens.known_browser:
        g.device_tokens = [tokens.known_browser, *cookies.browser_tokens()]


def forget() -> None:
    cookie.clear()
    g.standing = None
    g.pop("_login_user", None)


def resumed() -> Standing:
    """The visitor's standing as it is now, after an act of his own may have changed it."""
    token = cookie["_user_id"]
    g.standing = acting.resume(token, g.visit.address, g.visit.now)
    _speak()
    return _standing()


def presented() -> Standing | None:
    """What this browser presents, going on or over."""
    found: Standing | None = getattr(current_user._get_current_object(), "standing", None)
    return found


def ended_session() -> Standing | None:
    """The session that this browser still presents although it is over, to be told why, where it may be told."""
    found = presented()
    return found if found is not None and found.end is not None and not access.denied_by(found) else None


def own_session_id() -> int | None:
    """The session of whoever presents himself, also behind a visit that is over: it ends with a log-out or log-in."""
    found = presented()
    if found is None or found.keyboard.end is not None:
        return None
    return found.keyboard.session_id


def _answer(response: Response) -> Response:
    """Last on the way out: the device cookie where it is new, and the headers of every answer."""
    if tokens := g.pop("device_tokens", None):
        cookies.remember_browser(response, tokens)
    if request.endpoint not in OPEN_TO_ALL:
        response.vary.add("HX-Request")
    return headers.put(response, https=current_app.config["POSTERN"].is_https)
