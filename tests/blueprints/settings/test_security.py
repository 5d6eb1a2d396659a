"""The Security page as a whole, and what stands on every page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import time_machine

from models import User
from tests.browser import Browser
from tests.cast import PASSWORDS, Cast

pytestmark = pytest.mark.usefixtures("clock")


def test_the_menu_says_who_and_what_one_is(cast: Cast, browser: Browser) -> None:
    menu = browser.log_in("rita").page.find(id="me").get_text(" ")
    for fact in ("Rita Reyes", "reseller", "Reseller", "This is your first log-in", "User settings", "Log out"):
        assert fact in " ".join(menu.split())


@pytest.mark.manual("D115")
def test_the_last_log_in_is_shown_with_its_address(
    cast: Cast, browser: Browser, browser_at: Callable[[str], Browser], clock: time_machine.Traveller
) -> None:
    browser.log_in("carl")
    clock.shift(60)
    other = browser_at("198.51.100.1").log_in("carl")
    assert "Last log-in 20.11.2026 12:00 UTC from 192.0.2.10" in other.words
    assert "This is your first log-in" in browser.get("/settings/security").words, "a later one is not his last"


def test_the_list_at_the_side_sums_up_the_panels(cast: Cast, browser: Browser) -> None:
    rail = browser.log_in("carl").page.find(id="security-rail")
    anchors = [link["href"].removeprefix("#") for link in rail.find_all("a")]
    assert anchors == [section["id"] for section in browser.page.find_all("section", class_="panel")]
    assert " ".join(rail.get_text(" ").split()) == (
        "Two-step authentication Off Allowed IP addresses Any IP Bind session to IP Off Password now"
        " Active sessions 1 Known browsers 1 Recent activity"
    )


def test_no_page_shows_a_stored_password_or_its_hash(cast: Cast, browser: Browser) -> None:
    browser.log_in("carl")
    stored = User.get(User.login == "carl").password_hash
    for path in ("/settings/security", "/settings/password", "/settings/activity"):
        browser.get(path)
        assert PASSWORDS["carl"] not in browser.text and stored not in browser.text
        assert not any(field.get("value") for field in browser.page.find_all("input", {"type": "password"}))


def test_what_people_are_called_is_never_read_as_markup(
    cast: Cast, browser: Browser, terminal: Callable[..., tuple[int, str]]
) -> None:
    evil = '<img src=x hx-get="/logout" onerror=alert(1)>'
    assert terminal("user", "set", "carl", f"name={evil}")[0] == 0
    browser.agent = evil
    browser.log_in("carl")
    assert not browser.page.find("img")
    assert evil in browser.page.find(id="me").get_text()
