"""Links from the terminal: GET shows a button, POST uses it, once."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
import time_machine

from models import Event
from tests.acts import thief_of
from tests.browser import Browser
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("clock")
Terminal = Callable[..., tuple[int, str]]


@pytest.fixture
def link(cast: Cast, terminal: Terminal) -> str:
    """The path of a fresh link into carl's account; carl has lost his phone."""
    cast.enrol("carl")
    return new_link(terminal)


def new_link(terminal: Terminal) -> str:
    return urlsplit(terminal("recover", "link", "carl")[1].split()[-1]).path


@pytest.mark.manual("D124")
def test_the_link_opens_the_account_without_password_and_code_once(browser: Browser, link: str) -> None:
    for _ in range(2):  # scanners look first
        assert (browser.get(link).status, browser.h1) == (200, "Log in by link")
        assert not browser.is_logged_in
    browser.submit("Log in as carl")
    assert (browser.path, browser.is_logged_in) == ("/settings/security", True)
    assert Event.select().where(Event.tag == "account:login:succeeded", Event.details.contains("log-in link")).exists()
    for again in (browser.get(link), browser.get("/login").post(link)):
        assert (again.status, again.h1) == (410, "This link does not work any more")


def test_a_link_ends_the_session_that_the_browser_presented(browser: Browser, link: str) -> None:
    thief = thief_of(browser.log_in("sam"))
    browser.get(link).submit("Log in as carl")
    assert "carl" in browser.get("/settings/security").words
    assert not thief.is_logged_in


@pytest.mark.parametrize("token", ["x", "A" * 43, "%00", "é"])
def test_an_invented_link_is_dead(browser: Browser, token: str) -> None:
    assert browser.get(f"/login/link/{token}").status == 410


def test_a_link_dies_after_fifteen_minutes(browser: Browser, link: str, clock: time_machine.Traveller) -> None:
    browser.get(link)
    clock.shift(15 * 60)
    assert browser.submit("Log in as carl").status == 410
    assert not browser.is_logged_in


DEADLY = {
    "a newer link": ("recover", "link", "carl"),
    "a new password": ("recover", "password", "carl"),
    "a reset of the key": ("recover", "2fa", "carl"),
}


@pytest.mark.parametrize("words", DEADLY.values(), ids=DEADLY)
def test_an_unused_link_dies_with(browser: Browser, link: str, terminal: Terminal, words: tuple[str, ...]) -> None:
    assert terminal(*words)[0] == 0
    assert browser.get(link).status == 410


def test_a_link_opens_nothing_for_who_was_suspended_meanwhile(browser: Browser, link: str, terminal: Terminal) -> None:
    browser.get(link)
    assert terminal("user", "set", "carl", "active=no")[0] == 0
    browser.submit("Log in as carl")
    assert (browser.status, browser.is_logged_in) == (403, False)


def test_a_form_from_elsewhere_cannot_use_a_link(browser: Browser, link: str) -> None:
    assert browser.post(link, csrf=False).status == 400
    assert browser.get(link).status == 200
