"""What goes wrong is said in our words, on a page of ours, and tells a stranger nothing about us."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask

import guard
from headers import HEADERS
from models import Event, Session, database
from tests.browser import Browser
from tests.cast import PASSWORDS, Cast


@pytest.mark.parametrize(
    ("method", "path", "status", "heading"),
    [
        ("GET", "/nowhere", 404, "There is no such page"),
        ("GET", "/static/app.py", 404, "There is no such page"),
        ("POST", "/settings/activity", 405, "This address does not work that way"),
        ("GET", "/logout", 405, "This address does not work that way"),
        ("POST", "/logout", 400, "This form is out of date"),
        ("GET", "/login/link/x", 410, "This link does not work any more"),
    ],
)
def test_an_error_has_a_page_in_our_words(method: str, path: str, status: int, heading: str, browser: Browser) -> None:
    browser.get(path) if method == "GET" else browser.post(path, csrf=False)
    assert (browser.status, browser.h1) == (status, heading)
    assert browser.has_button("Log in")
    for word in ("werkzeug", "flask", "python", "traceback", "peewee"):
        assert word not in (browser.text + str(browser.response.headers)).lower()


@pytest.mark.parametrize("path", ["/nowhere", "/logout"])
def test_whoever_is_logged_in_stays_so_on_an_error_page(path: str, cast: Cast, browser: Browser) -> None:
    """Every page holds one's login and a form to log out."""
    browser.log_in("carl").get(path)
    assert browser.status in (404, 405)
    assert browser.page.find("form", {"action": "/logout"}), "no way to log out"
    assert "carl" in browser.words
    assert not browser.has_button("Log in")


def test_a_method_that_is_not_allowed_names_those_that_are(browser: Browser) -> None:
    answer = browser.client.delete("/login")
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


def test_too_much_is_refused_before_it_is_read(browser: Browser) -> None:
    browser.get("/login").post("/login", {"login": "x" * 1_100_000, "password": "y"})
    assert (browser.status, browser.h1) == (413, "That is too much at once")
    browser.get("/login").post("/login", {f"field{n}": "x" for n in range(1001)})
    assert browser.status in (400, 401, 413)


def test_htmx_gets_a_toast_and_no_page(browser: Browser, cast: Cast) -> None:
    browser.log_in("carl")
    browser.page.find("input", {"name": "csrf_token"})["value"] = "forged"
    browser.htmx("POST", "/settings/sessions/revoke-others")
    assert (browser.status, browser.text, browser.response.headers["HX-Reswap"]) == (400, "", "none")
    toast = json.loads(browser.response.headers["HX-Trigger"])["toast"]
    assert toast["danger"] is True and toast["value"].startswith("This form is out of date. Nothing was changed")


def test_an_error_of_ours_is_logged_and_not_shown(
    app: Flask, cast: Cast, browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    @guard.logged_in()
    def broken() -> str:
        raise RuntimeError("the key is under the mat")

    app.add_url_rule("/broken", "broken", broken)
    browser.log_in("carl")
    with caplog.at_level(logging.ERROR, "postern"):
        browser.get("/broken")
    assert (browser.status, browser.h1) == (500, "Something went wrong here")
    assert "mat" not in browser.text
    assert "the key is under the mat" in caplog.text
    assert browser.get("/settings/security").status == 200


# --- A database that refuses ------------------------------------------------------------------------------------------


@contextmanager
def full_disk() -> Iterator[None]:
    """SQLite's own answer to a write where there is no room: OperationalError. Reading goes on."""
    database.connect(reuse_if_open=True)
    connection = database.connection()
    database.close()
    connection.execute("PRAGMA query_only = 1")
    yield
    connection.execute("PRAGMA query_only = 0")


def test_nobody_is_let_in_who_cannot_be_written_down_and_it_heals(cast: Cast, browser: Browser) -> None:
    browser.get("/login")
    with full_disk():
        browser.submit("Log in", login="carl", password=PASSWORDS["carl"])
        assert (browser.status, browser.h1) == (503, "This cannot be recorded at the moment")
        assert browser.response.headers["Retry-After"] == "30"
        assert not browser.is_logged_in
    assert not Session.select().exists()
    assert browser.log_in("carl").path == "/settings/security"


def test_an_act_that_cannot_be_written_down_does_not_happen(cast: Cast, browser: Browser) -> None:
    browser.log_in("carl")
    before = Event.select().count()
    with full_disk():
        browser.submit("Enable two-step authentication")
        assert (browser.status, browser.response.headers["Retry-After"]) == (503, "30")
        browser.get("/settings/security")
        assert browser.status == 200
        browser.htmx("POST", "/settings/two-factor/enrolment")
        assert (browser.status, browser.text) == (503, "")
    assert Event.select().count() == before


def test_reading_goes_on_while_nothing_can_be_written(cast: Cast, browser: Browser, clock: object) -> None:
    browser.log_in("carl")
    clock.shift(120)  # type: ignore[attr-defined]
    with full_disk():
        for path in ("/settings/security", "/settings/activity", "/login", "/readyz"):
            assert browser.get(path).status == 200, path


def test_a_database_that_cannot_be_read_still_gets_our_page(cast: Cast, browser: Browser, data_dir: Path) -> None:
    browser.log_in("carl")
    with sqlite3.connect(data_dir / "postern.db") as connection:
        connection.execute("ALTER TABLE session RENAME TO session_gone")
    connection.close()
    for path in ("/settings/security", "/login"):
        answer = browser.client.get(path, headers={"User-Agent": browser.agent})
        assert (answer.status_code, answer.headers["Retry-After"], "<h1>" in answer.text) == (503, "30", True), path
        assert answer.headers["Content-Security-Policy"] == HEADERS["Content-Security-Policy"]
    assert browser.client.get("/healthz").status_code == 200
    with sqlite3.connect(data_dir / "postern.db") as connection:
        connection.execute("ALTER TABLE session_gone RENAME TO session")
    connection.close()
    assert browser.get("/settings/security").status == 200
