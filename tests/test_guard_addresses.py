"""The one door and addresses: a refused address reaches no view, changes nothing and learns nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from time_machine import Traveller
from werkzeug.datastructures import Headers
from werkzeug.test import TestResponse

from domain import standing
from domain.access import Level
from models import Denial, Event, User, database
from tests.acts import unwritable
from tests.browser import Browser
from tests.cast import HOME, Cast
from tests.forged import CLAIMED, FORGED
from tests.routes import csrf_token, marked, routes
from tests.test_guard import ASKED, statements, verbs

pytestmark = pytest.mark.usefixtures("clock")
Terminal = Callable[..., tuple[int, str]]
OUT = "198.51.100.66"
LISTS = {
    "the own list": ("user", "set", "carl", "access=listed", f"trusted_ips={HOME};"),
    "the provider's list": ("user", "set", "carl", "provider_access=listed", f"provider_ips={HOME};"),
    "the list of the class": ("class", "set", "Customers", "provider_access=listed", f"provider_ips={HOME};"),
}
RULES = [*LISTS, "binding"]
SECRETS = ("Carl", "Cole", HOME, "Full self-care", "Customers", "Active sessions", "Last log-in")


@pytest.fixture
def environ(environ: dict[str, str], request: pytest.FixtureRequest) -> dict[str, str]:
    return environ | getattr(request, "param", {})


def arm(terminal: Terminal, *rules: str) -> None:
    for rule in rules:
        if rule == "binding":
            User.update(bind_session=True).where(User.login == "carl").execute()
        else:
            assert terminal(*LISTS[rule])[0] == 0


@pytest.fixture
def carl(cast: Cast, browser: Browser) -> Browser:
    return browser.log_in("carl")


@pytest.fixture(params=RULES)
def refused(carl: Browser, terminal: Terminal, request: pytest.FixtureRequest) -> Browser:
    """carl's browser after it has moved to where he may not be."""
    arm(terminal, request.param)
    carl.address = OUT
    return carl


def ask(browser: Browser, method: str, path: str, data: dict[str, str] | None = None, **headers: str) -> TestResponse:
    return browser._open(method, path, data, headers)


def content(data_dir: Path) -> dict[str, list[tuple[object, ...]]]:
    """Everything that is stored, but for what a refusal itself leaves: event, denial, and the warning to the owner."""
    with closing(sqlite3.connect(data_dir / "postern.db")) as outside:
        tables = [name for (name,) in outside.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        kept = {name: outside.execute(f'SELECT * FROM "{name}"').fetchall() for name in tables}
        for table, own in (("session", "tried"), ("user", "denied_at")):
            columns = [c for _, c, *_ in outside.execute(f"PRAGMA table_info({table})") if not c.startswith(own)]
            kept[table] = outside.execute(f"SELECT {', '.join(columns)} FROM {table}").fetchall()
    return {name: rows for name, rows in kept.items() if name not in ("event", "denial", "sqlite_sequence")}


# --- Every view -------------------------------------------------------------------------------------------------------


def test_no_view_opens_to_a_refused_address(app: Flask, refused: Browser, data_dir: Path) -> None:
    token = csrf_token(refused, "/login")
    before = content(data_dir)
    asked = 0
    for endpoint, method, path in routes(app):
        if marked(app, endpoint).level is Level.PUBLIC:
            continue
        page = ask(refused, method, path, {"csrf_token": token})
        assert (page.status_code, "Access from this IP denied" in page.text) == (403, True), (method, path)
        assert [secret for secret in SECRETS if secret in page.text] == [], (method, path)
        partial = ask(refused, method, path, {"csrf_token": token}, HX_Request="true")
        assert (partial.status_code, partial.text, partial.headers["HX-Redirect"]) == (403, "", "/"), (method, path)
        told = ask(refused, method, path, {"csrf_token": token}, Accept="application/json")
        assert (told.status_code, told.get_json()["error"]) == (403, "ip_denied"), (method, path)
        asked += 3
    assert content(data_dir) == before
    assert [denial.count for denial in Denial.select()] == [asked]
    assert Event.select().where(Event.tag.in_(["access:address:denied", "access:session:denied"])).count() == 1


def test_what_is_open_to_all_shows_a_refused_address_nothing_of_its_owner(app: Flask, refused: Browser) -> None:
    for endpoint, method, path in routes(app):
        if marked(app, endpoint).level is Level.PUBLIC and method == "GET":
            answer = ask(refused, method, path)
            assert answer.status_code in (200, 410), path
            assert [secret for secret in (*SECRETS, "carl") if secret in answer.text] == [], path
    assert ask(refused, "POST", "/theme", {"csrf_token": csrf_token(refused), "theme": "dark"}).status_code == 303
    assert "carl" not in refused.get("/nowhere").text
    assert refused.get("/login").post("/logout").path == "/login"
    refused.address = HOME
    assert not refused.is_logged_in, "logging out is always possible"


METHODS = ("HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND")


def test_no_method_passes(app: Flask, carl: Browser, terminal: Terminal, data_dir: Path) -> None:
    arm(terminal, "the own list")
    carl.address = OUT
    token = csrf_token(carl, "/login")
    before = content(data_dir)
    for endpoint, _, path in routes(app):
        if marked(app, endpoint).level is not Level.PUBLIC:
            answers = [ask(carl, method, path, {"csrf_token": token}) for method in METHODS]
            assert {answer.status_code for answer in answers} <= {403, 405}, path
            assert not any("Security" in answer.text for answer in answers), path
    for way in ("GET", "DELETE", "OPTIONS"):
        fields = {"csrf_token": token, "_method": way}
        headers = {"X_HTTP_Method_Override": way}
        assert ask(carl, "POST", "/settings/sessions/revoke-others", fields, **headers).status_code == 403
    assert content(data_dir) == before


ODD = [
    "//settings/security",
    "/settings//security",
    "/settings/security/",
    "/settings/security.png",
    "/settings/security;x",
    "/settings/security;.css",
    "/settings/security.",
    "/settings/security ",
    "/settings/security%20",
    "/%2e/settings/security",
    "/./settings/security",
    "/static/../settings/security",
    "/static/%2e%2e/settings/security",
    "/static/..%2fsettings/security",
    "/login/../settings/security",
    "/healthz/../settings/security",
    "/healthz;/settings/security",
    "/settings%2fsecurity",
    "/settings\\security",
    "/SETTINGS/SECURITY",
    "/Settings/security",
    "/settings/security?next=/login",
    "/settings/security?_method=OPTIONS",
    "/settings/security\0.css",
]


@pytest.mark.parametrize("decoded", [False, True], ids=["as sent", "decoded by a proxy"])
def test_no_odd_path_passes(decoded: bool, carl: Browser, terminal: Terminal) -> None:
    arm(terminal, "the own list")
    for path in ODD:
        path, _, query = path.partition("?")
        raw = path.replace("%2e", ".").replace("%2f", "/").replace("%20", " ") if decoded else path
        environ = {"PATH_INFO": raw, "QUERY_STRING": query, "REMOTE_ADDR": OUT}
        answer = carl.client.get("/", environ_overrides=environ)
        assert answer.status_code in (403, 404, 308), (path, answer.status_code)
        assert [secret for secret in SECRETS if secret in answer.text] == [], path


HTMX = ("HX-Request", "HX-Boosted", "HX-History-Restore-Request", "HX-Target", "HX-Trigger", "HX-Current-URL")


def test_no_header_of_htmx_passes(refused: Browser) -> None:
    for header in HTMX:
        answer = ask(refused, "GET", "/settings/security", None, **{header: "true"})
        assert (answer.status_code, "Active sessions" in answer.text) == (403, False), header


# --- Headers that claim another address -------------------------------------------------------------------------------


@pytest.mark.parametrize("bound", [False, True], ids=["a list", "binding"])
def test_no_header_makes_another_address(bound: bool, cast: Cast, browser: Browser, terminal: Terminal) -> None:
    """Everything that a liar claims would be let in, if only it was believed."""
    browser.address = CLAIMED
    browser.log_in("carl")
    lied = f"trusted_ips={CLAIMED};{HOME};127.0.0.1;::1;2001:db8::/32"
    if bound:
        arm(terminal, "binding")
    else:
        assert terminal("user", "set", "carl", "access=listed", lied)[0] == 0
    assert browser.is_logged_in
    for headers in FORGED:
        answer = browser.client.get("/settings/security", headers=Headers(headers), environ_base={"REMOTE_ADDR": OUT})
        assert (answer.status_code, OUT in answer.text) == (403, True), headers[0]


@pytest.mark.parametrize("environ", [{"POSTERN_TRUSTED_PROXIES": "10.0.0.0/8"}], indirect=True)
def test_behind_a_proxy_only_what_the_proxy_adds_counts(cast: Cast, browser: Browser, terminal: Terminal) -> None:
    assert terminal("user", "set", "carl", "access=listed", f"trusted_ips={CLAIMED};{HOME};127.0.0.1;::1")[0] == 0
    browser.log_in("carl")
    through = {"environ_base": {"REMOTE_ADDR": "10.0.0.1"}}
    for headers in FORGED:
        lies = Headers([*headers, ("X-Forwarded-For", OUT)])  # a proxy writes the peer that it sees last
        answer = browser.client.get("/settings/security", headers=lies, **through)
        assert (answer.status_code, OUT in answer.text) == (403, True), headers[0]
    passed = browser.client.get("/settings/security", headers={"X-Forwarded-For": f"{OUT}, {HOME}"}, **through)
    assert passed.status_code == 200


# --- One statement ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("relief", [False, True], ids=["by the lists", "by a link"])
def test_with_everything_armed_the_hook_still_reads_once(
    relief: bool, carl: Browser, terminal: Terminal, app: Flask
) -> None:
    if relief:
        link = terminal("recover", "link", "carl")[1].split()[-1]
        carl.get("/login/link/" + link.rpartition("/")[2]).submit("Log in as carl")
    arm(terminal, *RULES)
    with statements() as seen:
        assert ask(carl, "GET", "/").status_code == 303
    assert verbs(seen) == ["SELECT"], seen


def test_entries_are_found_in_their_index_alone(app: Flask) -> None:
    with database.connection_context():
        plan = [row[-1] for row in database.execute_sql(f"EXPLAIN QUERY PLAN {standing._STATEMENT}", ASKED)]
    entries = [step for step in plan if step.startswith("SEARCH e ")]
    assert len(entries) == 2, plan
    assert all("USING COVERING INDEX trusted_ip_" in step for step in entries), plan


# --- What refusals leave behind ---------------------------------------------------------------------------------------


def test_refusals_of_ten_minutes_are_one_event_and_one_row(refused: Browser, clock: Traveller) -> None:
    for _ in range(5):
        assert refused.get("/settings/security").status == 403
        clock.shift(2 * 60)

    def written() -> tuple[list[int], int]:
        counts = [denial.count for denial in Denial.select().order_by(Denial.id)]
        return counts, Event.select().where(Event.tag.endswith(":denied")).count()

    assert written() == ([5], 1)
    refused.get("/settings/security")
    assert written() == ([5, 1], 2)
    refused.address = "198.51.100.67"
    refused.get("/settings/security")
    assert written() == ([5, 1, 1], 3)


def test_who_is_refused_does_not_keep_his_session_alive(refused: Browser, clock: Traveller) -> None:
    for _ in range(11):
        clock.shift(5 * 60)
        assert refused.get("/settings/security").status == 403
    clock.shift(5 * 60)
    refused.address = HOME
    refused.get("/settings/security")
    assert (refused.path, "The session was not used for a while." in refused.words) == ("/login", True)


@pytest.mark.parametrize("table", ["denial", "event"])
def test_a_refusal_that_cannot_be_written_down_is_a_refusal(table: str, refused: Browser, data_dir: Path) -> None:
    with unwritable(data_dir, table):
        assert (refused.get("/settings/security").status, refused.h1) == (403, "Access from this IP denied")
    refused.address = HOME
    assert refused.is_logged_in
