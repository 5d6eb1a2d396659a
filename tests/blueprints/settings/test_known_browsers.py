"""Known browsers: who is one, and forgetting them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import time_machine

from models import KnownBrowser
from tests.acts import fragment
from tests.browser import Browser
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("clock")
At = Callable[[str], Browser]


def test_a_browser_is_known_after_a_full_log_in_only(cast: Cast, browser: Browser) -> None:
    phone = cast.enrol("carl")
    KnownBrowser.delete().execute()
    browser.log_in("carl")
    assert browser.cookie("postern_device") is None
    browser.submit("Ok", code=phone.code())
    assert browser.cookie("postern_device")
    assert KnownBrowser.select().count() == 1


def test_logging_in_again_makes_no_second_one(
    cast: Cast, browser: Browser, browser_at: At, clock: time_machine.Traveller
) -> None:
    browser.log_in("carl").log_out()
    clock.shift(60)
    browser.address = "203.0.113.5"
    browser.log_in("carl")
    [row] = browser.panel("known-browsers")("li")
    assert " ".join(row.get_text(" ").split()) == (
        "Firefox on Linux This browser"
        " Known since today 12:00 UTC , last log-in today 12:01 UTC from 203.0.113.5 Forget"
    )


def test_one_browser_is_known_to_each_of_its_people(cast: Cast, browser: Browser) -> None:
    for login in ("carl", "ivy", "carl", "ivy"):
        browser.log_in(login).log_out()
    assert sorted(row.user.login for row in KnownBrowser.select()) == ["carl", "ivy"]


def test_a_forgotten_browser_is_a_stranger_again_and_stays_logged_in(
    cast: Cast, browser: Browser, browser_at: At
) -> None:
    other = browser_at("198.51.100.1").log_in("carl")
    browser.log_in("carl").submit("Forget Firefox on Linux, 198.51.100.1")
    assert "The browser is forgotten." in browser.words
    assert len(browser.panel("known-browsers")("li")) == 1
    assert other.is_logged_in
    other.log_out()
    for _ in range(10):
        browser_at("198.51.100.1").get("/login").submit("Log in", login="carl", password="wrong")
    assert other.log_in("carl").status == 429, "it shares the budget of strangers"


def test_as_htmx_the_panel_comes_back_alone(cast: Cast, browser: Browser) -> None:
    browser.log_in("carl")
    browser.htmx("POST", f"/settings/known-browsers/{KnownBrowser.get().id}/forget")
    assert "No known browsers" in fragment(browser, "known-browsers-panel").get_text()
    assert browser.response.headers["HX-Retarget"] == "#known-browsers-panel"


def test_nobody_forgets_the_browser_of_somebody_else(cast: Cast, browser: Browser, browser_at: At) -> None:
    browser.log_in("carl")
    foreign = KnownBrowser.get().id
    mallory = browser_at("198.51.100.66").log_in("sam")
    assert mallory.post(f"/settings/known-browsers/{foreign}/forget").status == 404
    assert KnownBrowser.select().where(KnownBrowser.id == foreign).exists()


def test_a_browser_is_forgotten_after_ninety_days(
    cast: Cast, browser: Browser, browser_at: At, clock: time_machine.Traveller
) -> None:
    browser.log_in("carl").log_out()
    clock.shift(90 * 24 * 3600)
    for _ in range(10):
        browser_at(browser.address).get("/login").submit("Log in", login="carl", password="wrong")
    assert browser.log_in("carl").status == 429
