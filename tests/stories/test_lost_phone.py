"""Manual T retold: two-step authentication from the first QR code to the lost phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser import Browser
from tests.cast import Authenticator, Cast


@pytest.mark.manual("T22", "T26", "T27", "T29", "T30", "T31", "T36", "T37")
def test_carl_enables_two_step_and_logs_in_with_it(cast: Cast, browser: Browser) -> None:
    browser.log_in("carl")
    assert browser.path == "/settings/security"
    browser.submit("Enable two-step authentication")
    key = browser.page.select("dd code")[1].get_text()
    phone = Authenticator(key)
    browser.submit("Ok", code=phone.code())
    assert browser.h1 == "Save your recovery codes"
    codes = [item.get_text() for item in browser.page.select("ol.codes li")]
    assert len(set(codes)) == 10
    browser.submit("Done", saved="yes")
    assert "On" in browser.panel("two-factor").get_text()
    browser.log_out()
    browser.submit("Log in", login="carl", password="carls eleven wet socks")
    assert browser.h1 == "Two-step authentication"
    browser.submit("Ok", code=codes[0])
    assert browser.path == "/settings/security"
    assert "9 of 10 left" in browser.words


@pytest.mark.manual("T40", "A11", "A12")
def test_the_terminal_brings_back_who_lost_his_phone(
    cast: Cast, browser: Browser, terminal: Callable[..., tuple[int, str]]
) -> None:
    phone = cast.enrol("carl")
    browser.log_in("carl", phone)
    assert browser.is_logged_in
    code, said = terminal("recover", "2fa", "carl")
    assert (code, "two-step on → two-step not set up" in said) == (0, True)
    assert not browser.is_logged_in
    browser.log_in("carl")
    assert browser.path == "/settings/security"
    assert terminal("recover", "2fa", "carl")[1].strip() == "carl: already without a key"
