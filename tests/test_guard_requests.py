"""What a request can claim of itself, and what every answer carries."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import guard
import headers
from domain.access import Level
from headers import HEADERS
from models import Attempt, Event, Session, User
from tests.browser import Browser
from tests.cast import HOME, Cast
from tests.routes import marked, routes

STRANGER = "203.0.113.7"


@pytest.fixture
def environ(environ: dict[str, str], request: pytest.FixtureRequest) -> dict[str, str]:
    return environ | getattr(request, "param", {})


# --- Headers on every answer ------------------------------------------------------------------------------------------

ANSWERS = [
    ("a page", "GET", "/login", {}, 200),
    ("home", "GET", "/", {}, 303),
    ("sent to the login", "GET", "/settings/security", {}, 303),
    ("the same to htmx", "GET", "/settings/security", {"HX-Request": "true"}, 401),
    ("no such page", "GET", "/nowhere", {}, 404),
    ("no such method", "DELETE", "/login", {}, 405),
    ("a forged form", "POST", "/login", {}, 400),
    ("a forged form by htmx", "POST", "/login", {"HX-Request": "true"}, 400),
    ("two slashes in a row", "GET", "/settings//security", {}, 308),
    ("too much", "POST", "/login", {}, 413),
    ("our own error", "GET", "/broken", {}, 500),
    ("a dead link", "GET", "/login/link/x", {}, 410),
    ("a file", "GET", "/static/app.css", {}, 200),
    ("no such file", "GET", "/static/app.py", {}, 404),
    ("alive", "GET", "/healthz", {}, 200),
    ("able to work", "GET", "/readyz", {}, 200),
    ("the icon", "GET", "/favicon.ico", {}, 200),
    ("options", "OPTIONS", "/login", {}, 200),
]


@pytest.mark.parametrize(("method", "path", "headers", "status"), [a[1:] for a in ANSWERS], ids=[a[0] for a in ANSWERS])
def test_every_answer_carries_the_security_headers(
    method: str, path: str, headers: dict[str, str], status: int, app: Flask, browser: Browser
) -> None:
    @guard.public
    def broken() -> str:
        raise RuntimeError("the key is under the mat")

    app.add_url_rule("/broken", "broken", broken)
    body = b"x" * 1_100_000 if status == 413 else b""
    answer = browser.client.open(
        path, method=method, headers=headers, data=body, content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == status
    check_headers(answer.headers, "strict-origin" if "/link/" in path else "same-origin")
    assert "Strict-Transport-Security" not in answer.headers
    is_kept = status == 200 and path in ("/static/app.css", "/favicon.ico")
    assert answer.headers["Cache-Control"] == ("public, max-age=31536000, immutable" if is_kept else "no-store")
    assert not answer.data or "charset=utf-8" in answer.headers["Content-Type"]


def check_headers(headers: object, referrer_policy: str = HEADERS["Referrer-Policy"]) -> None:
    for name, value in (HEADERS | {"Referrer-Policy": referrer_policy}).items():
        assert headers[name] == value, name  # type: ignore[index]


def test_partials_carry_them_too(cast: Cast, browser: Browser) -> None:
    browser.log_in("carl").htmx("GET", "/settings/two-factor")
    assert browser.status == 200
    check_headers(browser.response.headers)
    assert "HX-Request" in browser.response.headers["Vary"]


def test_the_policy_of_content_allows_nothing_but_our_own_files() -> None:
    rules = dict(rule.split(" ", 1) for rule in headers.POLICY.split("; "))
    assert rules["default-src"] == rules["base-uri"] == rules["frame-ancestors"] == "'none'"
    assert set(rules.values()) == {"'none'", "'self'"}


# --- Paths and methods ------------------------------------------------------------------------------------------------

ODD_PATHS = [
    "//settings/security",
    "/settings//security",
    "/settings/security/",
    "/settings/security.png",
    "/settings/security;.css",
    "/settings/%2e/security",
    "/settings/./security",
    "/static/../settings/security",
    "/static/%2e%2e/app.py",
    "/static/../app.py",
    "/static/..\\app.py",
    "/static//etc/passwd",
    "/static/vendor/README.md",
    "/SETTINGS/SECURITY",
    "/healthz/../settings/security",
    "/login/../settings/security",
    "/.env",
    "/data/postern.db",
    "/postern.db",
    "/.git/config",
    "/settings/security\0.css",
    "",
    "\xff\xfe",
    "/" + "a" * 20_000,
]


@pytest.mark.parametrize("path", ODD_PATHS)
def test_an_odd_path_leads_nowhere(path: str, browser: Browser) -> None:
    answer = browser.client.get("/", environ_overrides={"PATH_INFO": path})
    assert answer.status_code in (303, 308, 404), answer.status_code
    assert urlsplit(answer.headers.get("Location", "")).netloc in ("", "127.0.0.1:8000")
    assert "Security" not in answer.text


@given(st.text(st.characters(max_codepoint=255)))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
def test_no_path_breaks_the_server_or_passes_the_door(browser: Browser, path: str) -> None:
    """Hypothesis also tries words that it finds in the code, so the public pages are among them."""
    answer = browser.client.get("/", environ_overrides={"PATH_INFO": f"/{path}"})
    public = {of for end, _, of in routes(browser.app) if marked(browser.app, end).level is Level.PUBLIC}
    assert answer.status_code in (303, 308, 404, 405) or (
        (answer.status_code, re.sub("/+", "/", f"/{path}") in public) == (200, True)
    )


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "PROPFIND", "X"])
def test_no_view_has_a_method_that_it_does_not_need(method: str, app: Flask, cast: Cast, browser: Browser) -> None:
    browser.log_in("carl")
    for path in {path for _, _, path in routes(app)}:
        answer = browser.client.open(path, environ_overrides={"REQUEST_METHOD": method})
        assert answer.status_code == 405, path
        assert set(answer.headers["Allow"].split(", ")) <= {"GET", "HEAD", "OPTIONS", "POST"}


def test_a_view_that_is_read_cannot_be_posted_to(app: Flask, cast: Cast, browser: Browser) -> None:
    methods: dict[str, set[str]] = {}
    for _, method, path in routes(app):
        methods.setdefault(path, set()).add(method)
    browser.log_in("carl")
    for path, known in methods.items():
        for method in {"GET", "POST"} - known:
            assert browser.client.open(path, method=method).status_code == 405, (method, path)


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
def test_asking_without_a_body_is_guarded_as_well(method: str, app: Flask, browser: Browser) -> None:
    for path in ("/settings/security", "/settings/activity", "/settings/sessions/revoke-others"):
        answer = browser.client.open(path, method=method)
        if method == "HEAD" and path.endswith("others"):
            assert answer.status_code == 405
        else:
            assert (answer.status_code, answer.headers["Location"][:6]) == (303, "/login")


# --- Headers that lie -------------------------------------------------------------------------------------------------

LIES = {
    "X-Forwarded-For": STRANGER,
    "X-Real-IP": STRANGER,
    "Forwarded": f"for={STRANGER};host=evil.example",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Prefix": "/evil",
    "X-Script-Name": "/evil",
    "X-Original-URL": "/settings/security",
    "X-Rewrite-URL": "/settings/security",
    "X-User-ID": "1",
    "X-Remote-User": "olga",
    "Authorization": "Basic b2xnYTpvbGdhcyBzZXZlbiBncmV5IGdlZXNl",
    "X-HTTP-Method-Override": "POST",
    "X-HTTP-Method": "DELETE",
    "HX-Current-URL": "http://evil.example/",
    "HX-Boosted": "true",
    "HX-Target": "body",
    "HX-Prompt": "yes",
    "HX-History-Restore-Request": "true",
}


@pytest.mark.parametrize("header", LIES)
def test_a_header_gives_no_right_and_no_other_address(header: str, browser: Browser, cast: Cast) -> None:
    lie = {header.replace("-", "_"): LIES[header]}
    assert browser.get("/settings/security", **lie).path == "/login"
    browser.log_in("carl").get("/settings/security", **lie)
    assert (browser.status, f"Your address {HOME}" in browser.words) == (200, True)
    assert "evil" not in browser.text
    assert browser.post("/settings/activity", **lie).status == 405
    browser.post("/settings/sessions/revoke-others", **lie)
    assert {event.address for event in Event.select().where(Event.subject == "carl", Event.actor == "carl")} == {HOME}


def test_a_stranger_who_lies_about_his_address_has_no_more_attempts(cast: Cast, browser: Browser) -> None:
    for n in range(11):
        browser.get("/login")
        fields = {"login": "carl", "password": "wrong"}
        browser.post("/login", fields, X_Forwarded_For=f"203.0.113.{n}", X_Real_IP=f"203.0.113.{n}")
    assert browser.status == 429


@pytest.mark.parametrize("environ", [{"POSTERN_TRUSTED_PROXIES": "10.0.0.0/8"}], indirect=True)
def test_behind_a_trusted_proxy_the_clients_own_address_counts(
    cast: Cast, browser_at: Callable[[str], Browser]
) -> None:
    proxy = browser_at("10.0.0.1")

    def attempt(forwarded_for: str) -> Browser:
        proxy.get("/login", X_Forwarded_For=forwarded_for)
        return proxy.post("/login", {"login": "carl", "password": "wrong"}, X_Forwarded_For=forwarded_for)

    assert f"Your address {STRANGER}" in attempt(f"6.6.6.6, {STRANGER}, 10.0.0.2").words
    assert [attempt(f"6.6.6.{n}, {STRANGER}").status for n in range(10)][-2:] == [401, 429]
    assert attempt("203.0.113.8").status == 401, "somebody else behind the same proxy has attempts of his own"
    assert {event.address for event in Event.select().where(Event.tag == "account:login:failed")} == {
        STRANGER,
        "203.0.113.8",
    }
    assert not Attempt.select().where(Attempt.bucket.contains("10.0.0.")).exists()
    direct = browser_at("192.0.2.99").get("/login", X_Forwarded_For=STRANGER)
    assert "Your address 192.0.2.99" in direct.words


# --- Cookies, schemes and prefixes ------------------------------------------------------------------------------------


def cookies_of_a_login(browser: Browser) -> dict[str, str]:
    token = str(browser.get("/login").page.find("input", {"name": "csrf_token"})["value"])
    fields = {"login": "carl", "password": "carls eleven wet socks", "csrf_token": token}
    answer = browser.client.post("/login", data=fields, environ_base={"REMOTE_ADDR": HOME})
    token = str(browser.get("/settings/security").page.find("input", {"name": "csrf_token"})["value"])
    theme = browser.client.post("/theme", data={"theme": "dark", "csrf_token": token})
    lines = [*answer.headers.getlist("Set-Cookie"), *theme.headers.getlist("Set-Cookie")]
    return {line.partition("=")[0]: line for line in lines}


@pytest.mark.parametrize(
    ("environ", "prefix"),
    [({}, ""), ({"POSTERN_BASE_URL": "https://my.example.com"}, "__Host-")],
    indirect=["environ"],
)
def test_cookies_are_as_narrow_as_they_can_be(prefix: str, cast: Cast, browser: Browser) -> None:
    cookies = cookies_of_a_login(browser)
    assert set(cookies) == {f"{prefix}postern_{name}" for name in ("session", "device", "theme")}
    for line in cookies.values():
        flags = set(line.lower().split("; ")[1:])
        assert {"httponly", "samesite=lax", "path=/"} <= flags
        assert ("secure" in flags) == bool(prefix)
        assert "domain" not in line.lower()
        assert len(line) < 4096
    has_hsts = browser.get("/login").response.headers.get("Strict-Transport-Security")
    assert has_hsts == ("max-age=31536000" if prefix else None)


@pytest.mark.parametrize("environ", [{"POSTERN_BASE_URL": "https://example.com/portal"}], indirect=True)
def test_the_portal_can_live_below_a_path(cast: Cast, browser: Browser) -> None:
    browser.get("/portal/settings/activity")
    assert browser.path == "/portal/login"
    browser.submit("Log in", login="carl", password="carls eleven wet socks")
    assert (browser.path, browser.h1) == ("/portal/settings/activity", "Activity")
    browser.get("/portal/settings/security")
    marks = {"href", "src", "action", "formaction", "hx-get", "hx-post"}
    found = [str(tag[mark]) for tag in browser.page.find_all(True) for mark in marks & set(tag.attrs)]
    inside = [link for link in found if not link.startswith("#")]
    assert len(inside) > 15
    assert [link for link in inside if not link.startswith("/portal/")] == []
    assert browser.client.get(next(link for link in inside if "app.css" in link)).status_code == 200
    assert browser.htmx("POST", "/portal/settings/recovery-codes").status == 422
    assert browser.get("/portal/settings/security").submit("Log out").path == "/portal/login"
    browser.htmx("GET", "/portal/settings/security")
    assert browser.response.headers["HX-Redirect"].startswith("/portal/login")


def test_two_browsers_are_two_sessions(cast: Cast, browser_at: Callable[[str], Browser]) -> None:
    first, second = browser_at(HOME).log_in("carl"), browser_at(STRANGER).log_in("carl")
    assert first.is_logged_in and second.is_logged_in
    assert {session.address for session in Session.select().where(Session.user == User.get(login="carl"))} == {
        HOME,
        STRANGER,
    }


def test_a_browser_cannot_write_control_characters_into_the_log(app: Flask) -> None:
    with app.test_request_context(environ_overrides={"HTTP_USER_AGENT": "Fire\x1b[31mfox\n"}):
        assert guard.stranger().user_agent == "Fire[31mfox"
