"""The one door: one hook, one marker on each view, one statement for each request, deny by default."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask_login import current_user
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from time_machine import Traveller

import destinations
import guard
from domain import sessions, standing
from domain.access import Level, Need, Rule
from domain.visit import utcnow
from models import User, database
from tests.browser import Browser
from tests.cast import PASSWORDS, Cast
from tests.routes import csrf_token, marked, routes

# Whoever adds to this list opens a view to every stranger: docs/security.md has to say why.
OPEN = {
    "acting.leave",
    "files.static",
    "files.favicon",
    "health.alive",
    "health.ready",
    "home.language",
    "home.theme",
    "login.show",
    "login.enter",
    "login.leave",
    "login_links.show",
    "login_links.use",
    "password_links.show",
    "password_links.use",
}


# --- One hook, one marker ---------------------------------------------------------------------------------------------


def test_there_is_one_hook_before_requests_in_the_whole_application(app: Flask) -> None:
    hooks = [(scope, hook) for scope, hooks in app.before_request_funcs.items() for hook in hooks]
    assert hooks == [(None, guard._door)]
    assert not any(app.url_value_preprocessors.values())


def test_every_view_carries_a_marker(app: Flask) -> None:
    for endpoint, view in app.view_functions.items():
        assert isinstance(getattr(view, "need", None), Need), (
            f"{view.__module__}.{view.__qualname__} (endpoint {endpoint}) has no marker. Write one of @guard.public, "
            "@guard.second_step, @guard.logged_in() or @guard.requires(Permission.X) below its @bp.get or @bp.post."
        )


def test_only_these_views_are_open_to_strangers(app: Flask) -> None:
    found = {endpoint for endpoint, view in app.view_functions.items() if view.need.level is Level.PUBLIC}
    assert found == OPEN, (
        f"Open to strangers, not listed here: {sorted(found - OPEN)}; listed, not open: {sorted(OPEN - found)}. "
        "Give the view another marker, or add it to OPEN in tests/test_guard.py and say why in docs/security.md."
    )


def test_a_view_takes_no_second_marker() -> None:
    with pytest.raises(TypeError, match=r"view has two markers"):

        @guard.logged_in()
        @guard.public
        def view() -> None: ...


def test_a_view_without_a_marker_is_refused_at_run_time(app: Flask, browser: Browser, cast: Cast) -> None:
    app.add_url_rule("/bare", "bare", lambda: "the secret of the bare view", methods=["GET", "POST"])
    browser.log_in("olga")
    for method in ("GET", "POST", "OPTIONS", "HEAD"):
        answer = browser.client.open("/bare", method=method)
        assert (answer.status_code, "secret" in answer.text) == (500, False), method


# --- One statement ----------------------------------------------------------------------------------------------------


@contextmanager
def statements() -> Iterator[list[str]]:
    """Every statement that SQLite runs on the pooled connection that the next request gets."""
    seen: list[str] = []
    database.connect(reuse_if_open=True)
    connection = database.connection()
    database.close()
    connection.set_trace_callback(seen.append)
    yield seen
    connection.set_trace_callback(None)


def verbs(seen: list[str]) -> list[str]:
    return [statement.split()[0] for statement in seen]


def test_the_hook_reads_once_and_writes_the_last_use_once_a_minute(
    browser: Browser, cast: Cast, clock: Traveller
) -> None:
    browser.log_in("carl")
    for seconds, expected in ((0, ["SELECT"]), (59, ["SELECT"]), (2, ["SELECT", "UPDATE"]), (59, ["SELECT"])):
        clock.shift(seconds)
        with statements() as seen:
            assert browser.client.get("/", headers={"User-Agent": browser.agent}).status_code == 303
        assert verbs(seen) == expected, f"{seconds} s later: {seen}"


@pytest.mark.parametrize("path", ["/static/app.css", "/favicon.ico", "/healthz"])
def test_what_is_open_to_all_asks_the_database_nothing(path: str, browser: Browser, cast: Cast) -> None:
    browser.log_in("carl")
    with statements() as seen:
        assert browser.client.get(path).status_code == 200
    assert seen == []


def test_a_stranger_costs_no_statement(app: Flask, browser: Browser) -> None:
    with statements() as seen:
        assert browser.client.get("/settings/security").status_code == 303
    assert seen == []


ASKED = {"token_hash": "x", "family": 4, "address": "c000020a", "now": "2026-11-20 12:00:00.000000"}


def test_the_statement_of_the_hook_uses_indexes_only(app: Flask) -> None:
    with database.connection_context():
        plan = [row[-1] for row in database.execute_sql(f"EXPLAIN QUERY PLAN {standing._STATEMENT}", ASKED)]
    searches = [step for step in plan if not step.startswith("CORRELATED SCALAR SUBQUERY")]
    assert searches
    for step in searches:
        assert step.startswith("SEARCH") and ("INDEX" in step or "PRIMARY KEY" in step), f"{step!r} in {plan}"


# --- Deny by default --------------------------------------------------------------------------------------------------


def test_a_stranger_is_sent_from_every_guarded_view_to_the_login(app: Flask, browser: Browser) -> None:
    token = csrf_token(browser)
    for endpoint, method, path in routes(app):
        if endpoint in OPEN:
            continue
        answer = browser.client.open(path, method=method, data={"csrf_token": token})
        assert (answer.status_code, answer.headers.get("Location", "")[:6]) == (303, "/login"), (method, path)
        answer = browser.client.open(path, method=method, data={"csrf_token": token}, headers={"HX-Request": "true"})
        assert (answer.status_code, answer.text, answer.headers["HX-Redirect"][:6]) == (401, "", "/login"), path


@pytest.mark.manual("T23")
def test_the_password_alone_opens_no_view(app: Flask, cast: Cast, browser: Browser) -> None:
    cast.enrol("carl")
    browser.log_in("carl")
    token = csrf_token(browser, "/login/code")
    for endpoint, method, path in routes(app):
        if endpoint in OPEN or marked(app, endpoint).level is Level.SECOND_STEP:
            continue
        answer = browser.client.open(path, method=method, data={"csrf_token": token})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/login/code"), (method, path)
    assert not browser.is_logged_in


@pytest.mark.parametrize(
    ("column", "settled_at"), [("must_change_password", Rule.PASSWORD), ("two_factor", Rule.ENROLMENT)]
)
def test_what_is_due_comes_before_every_other_view(
    column: str, settled_at: Rule, app: Flask, cast: Cast, browser: Browser
) -> None:
    User.update({column: "yes" if column == "two_factor" else True}).where(User.login == "carl").execute()
    browser.log_in("carl")
    token, due = csrf_token(browser, browser.path), browser.path
    for endpoint, method, path in routes(app):
        need = marked(app, endpoint)
        if need.level is not Level.LOGGED_IN or need.settles in (Rule.PASSWORD, settled_at):
            continue
        answer = browser.client.open(path, method=method, data={"csrf_token": token})
        assert (answer.status_code, urlsplit(answer.headers["Location"]).path) == (303, due), (method, path)
        answer = browser.client.open(path, method=method, data={"csrf_token": token}, headers={"HX-Request": "true"})
        way = urlsplit(answer.headers["HX-Redirect"]).path
        assert (answer.status_code, answer.text, way) == (403, "", due), (method, path)


def test_whoever_is_suspended_is_out_at_the_next_request(cast: Cast, browser: Browser) -> None:
    browser.log_in("carl")
    User.update(active=False).where(User.login == "carl").execute()
    assert (browser.get("/settings/security").status, browser.h1) == (403, "This login is suspended")
    assert "Log out" in browser.words
    User.update(active=True).where(User.login == "carl").execute()
    assert browser.get("/settings/security").status == 200


def test_a_proof_is_due_once_in_fifteen_minutes(app: Flask, cast: Cast, browser: Browser, clock: Traveller) -> None:
    @guard.logged_in(fresh=True)
    def act() -> str:
        return "done"

    app.add_url_rule("/act", "act", act, methods=["GET", "POST"])
    browser.log_in("carl")
    clock.shift(15 * 60)
    token = csrf_token(browser, "/settings/security")
    for proof, status in (("", 422), ("wrong", 422), (PASSWORDS["carl"], 200)):
        answer = browser.client.post("/act", data={"csrf_token": token, "proof": proof})
        assert (answer.status_code, answer.text == "done") == (status, status == 200), proof
    assert browser.client.post("/act", data={"csrf_token": token}).status_code == 200, "the proof lasts"


# --- The page to go to after log-in -----------------------------------------------------------------------------------

PIECES = [
    "/",
    "//",
    "\\",
    "\t",
    "\n",
    "\0",
    "evil.example",
    "https:",
    "javascript:",
    "@",
    "?",
    "#",
    "%2f",
    "%0d%0a",
    ".",
    "..",
]
OURS = ["/", "/settings/security", "/settings/activity?before=7", "/settings/two-factor", "/login", "/logout", "/theme"]


@given(st.text() | st.lists(st.sampled_from(PIECES + OURS) | st.text(max_size=3)).map("".join) | st.none())
@example("/login")
@example("/\t/evil.example")
@example("\0//evil.example")
@example("////evil.example")
@example("/settings/activity?x=\r\nSet-Cookie: a=b")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300, deadline=None)
def test_whatever_is_asked_for_the_way_leads_to_a_page_of_ours(app: Flask, wanted: str | None) -> None:
    with app.test_request_context():
        way = destinations.next_page(wanted)
    assert way[0] == "/" and way[1:2] not in ("/", "\\"), way
    assert way.isascii() and way.isprintable()
    endpoint, _ = app.url_map.bind("").match(way.partition("?")[0], method="GET")
    assert marked(app, endpoint).level is Level.LOGGED_IN


def test_the_page_that_was_asked_for_comes_after_the_login(cast: Cast, browser: Browser) -> None:
    browser.get("/settings/activity?before=999")
    assert browser.path == "/login"
    browser.submit("Log in", login="carl", password="carls eleven wet socks")
    assert browser.h1 == "Activity"
    assert browser.page.find(string="Newest"), "the query was lost"


# --- Who somebody is --------------------------------------------------------------------------------------------------


def test_only_a_finished_login_counts_as_one_for_extensions(app: Flask, cast: Cast, browser: Browser) -> None:
    app.add_url_rule("/who", "who", guard.public(lambda: str(current_user.is_authenticated)))
    said = [browser.client.get("/who").text]
    phone = cast.enrol("carl")
    browser.log_in("carl")
    said.append(browser.client.get("/who").text)
    browser.submit("Ok", code=phone.code())
    said.append(browser.client.get("/who").text)
    sessions.end_all(cast.carl.id, sessions.End.REVOKED, utcnow())
    said.append(browser.client.get("/who").text)
    assert said == ["False", "False", "True", "False"]


# --- Tokens of the device ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["", ".", "x" * 43, "." * 500, "ä" * 43, ".".join(["y" * 43] * 40)])
def test_a_made_up_device_cookie_is_a_stranger(value: str, cast: Cast, browser: Browser) -> None:
    browser.client.set_cookie("postern_device", value)
    browser.log_in("carl")
    assert browser.status == 200
    assert len(browser.cookie("postern_device") or "") < 4000


def test_a_made_up_session_cookie_is_a_stranger(app: Flask, browser: Browser) -> None:
    for value in ("", "x", "e30.x.y", "ä" * 10, "x" * 3000):
        browser.client.set_cookie("postern_session", value)
        assert browser.client.get("/settings/security").status_code == 303
