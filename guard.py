"""The one door: the only before_request hook, deny by default, and the markers by which views say what they need.

Nothing but its helpers (cookies, forgery, destinations) reads cookies, headers or the peer's address. The way of a
request: static files pass → marker → visit → session (one statement) → forged? → `access.decide` → refused, in the
asker's language, or let in.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from typing import Any, TypeVar

import peewee
from flask import Flask, Request, Response, current_app, g, make_response, redirect, request, url_for
from flask import session as cookie
from flask_login import LoginManager, UserMixin, current_user, login_user

import cookies
import destinations
import forgery
import headers
import speech
from domain import access, audit, client_address, denials, errors, login, preferences, sessions, users
from domain.access import Level, Need, Rule, Verdict
from domain.audit import Tag
from domain.permissions import Permission
from domain.sessions import Tokens
from domain.standing import Standing, resume
from domain.visit import Visit, utcnow
from models import database

log = logging.getLogger("postern")
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


def logged_in(*, settles: Rule | None = None, fresh: bool = False) -> Callable[[View], View]:
    return _mark(Need(Level.LOGGED_IN, settles=settles, fresh=fresh))


def requires(permission: Permission, *, settles: Rule | None = None, fresh: bool = False) -> Callable[[View], View]:
    return _mark(Need(Level.LOGGED_IN, permission=permission, settles=settles, fresh=fresh))


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
    return Bearer(token, resume(token, g.visit.address, g.visit.now))


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
    elif not verdict.allowed:
        return _refuse(verdict)
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
    speech.speak(cookies.in_this_browser(someone.chosen if is_in else preferences.NOTHING))


def _need(asked: Request) -> Need:
    """Unknown addresses and methods first, then the marker. A view without one is refused."""
    if asked.routing_exception is not None:
        raise asked.routing_exception
    need: Need | None = getattr(current_app.view_functions[asked.endpoint or ""], "need", None)
    if need is None:
        raise LookupError(f"The view {asked.endpoint} has no marker")
    return need


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
    return Visit(
        actor=standing.login,
        address=visit.address,
        user_agent=visit.user_agent,
        now=visit.now,
        user_id=standing.user_id,
        session_id=standing.session_id,
        known_browser_id=standing.known_browser_id,
    )


def _standing() -> Standing:
    standing: Standing = g.standing
    return standing


def _close(_error: BaseException | None) -> None:
    speech.speak(None)
    if not database.is_closed():
        database.close()


# --- Answers to who is not let in -------------------------------------------------------------------------------------


def is_htmx() -> bool:
    return request.headers.get("HX-Request") == "true"


def wants_json() -> bool:
    return request.accept_mimetypes.best_match(("text/html", "application/json")) == "application/json"


def _refuse(verdict: Verdict) -> Response:
    """A way on for a page; an empty 401 or 403 with HX-Redirect for htmx. The way is one of our own pages always."""
    if verdict.rule is Rule.PERMISSION:
        return _refuse_permission()
    if verdict.rule is Rule.ACTIVE:
        _refuse_blocked()
    if verdict.rule in access.BY_ADDRESS:
        with contextlib.suppress(peewee.OperationalError):  # refused all the same
            denials.note(_standing(), verdict.rule, g.visit)
        raise denial(verdict.rule)
    way = _WAYS[verdict.rule or Rule.SESSION]()
    return _elsewhere(way, 401 if verdict.rule in (Rule.SESSION, Rule.CODE) else 403)


def _refuse_blocked() -> None:
    """With a page of its own: what the view would have shown around the refusal is for its owner alone."""
    try:
        users.refuse_blocked(users.by_id(_standing().user_id), g.visit.now)
    except errors.Suspended as refusal:
        refusal.whole_page = True
        raise


def denial(rule: Rule) -> errors.AccessDenied:
    return errors.SessionBoundElsewhere() if rule is Rule.BINDING else errors.AddressNotTrusted()


def _refuse_permission() -> Response:
    user = users.by_id(_standing().user_id)
    audit.record(Tag.PAGE_REFUSED, g.visit, user, succeeded=False, details={"path": request.path[:200]})
    if is_htmx():
        return _elsewhere(url_for("home.show"), 403)
    raise access.NotPermitted(role=_standing().role)


def _elsewhere(way: str, status: int) -> Response:
    if is_htmx():
        return make_response("", status, {"HX-Redirect": way})
    return make_response(redirect(way, 303))


_WAYS: dict[Rule, Callable[[], str]] = {
    Rule.ACTIVE: lambda: url_for("home.show"),  # restored at this very moment
    Rule.SESSION: lambda: url_for("login.show", next=destinations.wanted()),
    Rule.CODE: lambda: url_for("two_factor.show"),
    Rule.PASSWORD: lambda: url_for("settings.password.show"),
    Rule.ENROLMENT: lambda: url_for("settings.two_factor.enrolment", next=destinations.wanted()),
}


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
    g.standing = resume(token, g.visit.address, g.visit.now)
    _speak()
    return _standing()


def ended_session() -> Standing | None:
    """The session that this browser still presents although it is over, to be told why."""
    standing: Standing | None = getattr(current_user._get_current_object(), "standing", None)
    return standing if standing is not None and standing.end is not None else None


def _answer(response: Response) -> Response:
    """Last on the way out: the device cookie where it is new, and the headers of every answer."""
    if tokens := g.pop("device_tokens", None):
        cookies.remember_browser(response, tokens)
    if request.endpoint not in OPEN_TO_ALL:
        response.vary.add("HX-Request")
    return headers.put(response, https=current_app.config["POSTERN"].is_https)
