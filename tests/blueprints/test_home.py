"""/ leads home; theme and language of a browser."""

from __future__ import annotations

import pytest
from bs4 import Tag

from tests.browser import Browser
from tests.cast import PASSWORDS, Cast


@pytest.mark.parametrize("login", PASSWORDS)
def test_everybody_lands_on_his_own_level(cast: Cast, browser: Browser, login: str) -> None:
    """Whoever looks after customers begins with them, and enters nobody by himself (manual T 41)."""
    browser.log_in(login).get("/")
    home = "/admin/customers" if login in ("olga", "sam", "rita") else "/settings/security"
    assert (browser.path, browser.page.find(attrs={"popovertarget": "me"}).get_text()) == (home, login)


def test_a_stranger_is_led_to_the_form(browser: Browser) -> None:
    assert (browser.get("/").path, browser.h1) == ("/login", "Log in")


def test_the_theme_goes_round_and_is_rendered_by_the_server(cast: Cast, browser: Browser) -> None:
    browser.log_in("carl").get("/settings/activity")
    for theme in ("light", "dark", None):
        previous = browser.page.html.get("data-theme") or "automatic"
        browser.submit(f"Theme: {previous}")
        assert (browser.path, browser.page.html.get("data-theme")) == ("/settings/activity", theme)


def test_htmx_is_told_to_load_the_page_anew(cast: Cast, browser: Browser) -> None:
    browser.log_in("carl").htmx("POST", "/theme", {"theme": "dark"})
    assert (browser.status, browser.response.headers["HX-Refresh"]) == (204, "true")
    assert browser.get("/").page.html["data-theme"] == "dark"


@pytest.mark.parametrize("theme", ["", "pink", '"><script>'])
def test_an_unknown_theme_is_automatic(cast: Cast, browser: Browser, theme: str) -> None:
    browser.log_in("carl").post("/theme", {"theme": theme, "next": "https://evil.example"})
    assert (browser.path, browser.page.html.get("data-theme")) == ("/settings/security", None)


def test_the_theme_outlives_log_out(cast: Cast, browser: Browser) -> None:
    browser.log_in("carl").submit("Theme: automatic").log_out()
    assert (browser.path, browser.page.html["data-theme"]) == ("/login", "light")


@pytest.mark.manual("C83")
def test_what_was_typed_at_the_log_in_page_stays_without_script_too(cast: Cast, browser: Browser) -> None:
    browser.get("/settings/activity").submit("Deutsch", login="carl <b>", password="carls eleven wet socks")
    field = browser.page.find(id="login")
    assert isinstance(field, Tag) and (browser.path, field["value"]) == ("/login", "carl <b>")
    assert browser.h1 == "Anmelden"
    assert "carls eleven" not in browser.text
    again = browser.get("/login").page.find(id="login")
    assert isinstance(again, Tag) and again["value"] == "", "it was kept for longer than that one page"
    browser.get("/settings/activity").submit("English", login="carl")
    browser.submit("Log in", password="carls eleven wet socks")
    assert (browser.path, browser.h1) == ("/settings/activity", "Activity")
