"""A form that somebody else sends in a person's name changes nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from time_machine import Traveller

from tests.browser import Browser
from tests.cast import Cast
from tests.routes import posts


def everything(data_dir: Path) -> list[str]:
    """The whole database as text."""
    connection = sqlite3.connect(data_dir / "postern.db")
    try:
        return list(connection.iterdump())
    finally:
        connection.close()


def token_of(browser: Browser) -> str:
    return str(browser.page.find("input", {"name": "csrf_token"})["value"])


@pytest.fixture
def carl(cast: Cast, browser: Browser) -> Browser:
    return browser.log_in("carl")


Forge = Callable[[str, str], tuple[dict[str, str], dict[str, str]]]

FORGERIES: dict[str, Forge] = {
    "no token": lambda own, other: ({}, {}),
    "an empty token": lambda own, other: ({"csrf_token": ""}, {"X-CSRFToken": ""}),
    "a made-up token": lambda own, other: ({"csrf_token": "x" + own}, {}),
    "the token of another session": lambda own, other: ({"csrf_token": other}, {}),
    "the token of another session in the header": lambda own, other: ({}, {"X-CSRFToken": other}),
    "a foreign site": lambda own, other: ({"csrf_token": own}, {"Origin": "https://evil.example"}),
    "a sandboxed page": lambda own, other: ({"csrf_token": own}, {"Origin": "null"}),
    "another port": lambda own, other: ({"csrf_token": own}, {"Origin": "http://localhost:81"}),
    "another scheme": lambda own, other: ({"csrf_token": own}, {"Origin": "https://localhost"}),
    "a host that begins with ours": lambda own, other: (
        {"csrf_token": own},
        {"Origin": "http://localhost.evil.example"},
    ),
    "cross-site": lambda own, other: ({"csrf_token": own}, {"Sec-Fetch-Site": "cross-site"}),
    "a sister domain": lambda own, other: ({"csrf_token": own}, {"Sec-Fetch-Site": "same-site"}),
    "a body that needs no preflight": lambda own, other: ({"csrf_token": own}, {"Content-Type": "text/plain"}),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_no_form_of_the_site_can_be_forged(forgery: str, app: Flask, carl: Browser, cast: Cast, data_dir: Path) -> None:
    other = Browser(app).log_in("sam")
    fields, headers = FORGERIES[forgery](token_of(carl), token_of(other))
    before = everything(data_dir)
    for path in posts(app):
        for also in ({}, {"HX-Request": "true"}):
            answer = carl.client.post(path, data={**fields, "theme": "dark"}, headers={**headers, **also})
            assert (answer.status_code, "Set-Cookie" in answer.headers) == (400, False), (path, answer.headers)
    assert everything(data_dir) == before
    assert carl.is_logged_in


def test_logging_in_and_out_cannot_be_forged_either(cast: Cast, app: Flask, browser: Browser) -> None:
    """Else somebody is led into the account of another (ASVS 3.5.1)."""
    browser.post("/login", {"login": "carl", "password": "carls eleven wet socks"}, csrf=False)
    assert browser.status == 400
    assert not browser.is_logged_in


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://localhost"},
        {"Origin": "http://127.0.0.1:8000"},  # POSTERN_BASE_URL, where a proxy sets another Host
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"},
    ],
)
def test_a_form_of_our_own_passes(headers: dict[str, str], carl: Browser) -> None:
    carl.post("/theme", {"theme": "dark"}, **{name.replace("-", "_"): value for name, value in headers.items()})
    assert (carl.status, carl.cookie("postern_theme")) == (200, "dark")


def test_the_token_may_come_in_a_header(carl: Browser, app: Flask) -> None:
    answer = carl.client.post("/theme", data={"theme": "dark"}, headers={"X-CSRFToken": token_of(carl)})
    assert (answer.status_code, carl.cookie("postern_theme")) == (303, "dark")


def test_a_token_of_before_the_login_is_worth_nothing_after_it(cast: Cast, browser: Browser) -> None:
    old = token_of(browser.get("/login"))
    browser.log_in("carl")
    assert browser.post("/theme", {"theme": "dark", "csrf_token": old}).status == 400


def test_a_token_outlives_the_hour(cast: Cast, browser: Browser, clock: Traveller) -> None:
    """Flask-WTF's tokens die after an hour unless told otherwise, and with them what somebody typed."""
    browser.get("/login")
    clock.shift(26 * 3600)
    browser.submit("Log in", login="carl", password="carls eleven wet socks")
    assert browser.path == "/settings/security"
