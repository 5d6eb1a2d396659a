"""The page of new recovery codes: once, until Done, never in an address."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import time_machine

from models import RecoveryCode, Session
from tests.acts import enable, error_at, fragment, shown_codes, shown_key, thief_of
from tests.browser import Browser
from tests.cast import PASSWORDS, Cast

pytestmark = [pytest.mark.usefixtures("clock"), pytest.mark.manual("D112")]
PAGE = "/settings/recovery-codes"


@pytest.fixture
def carl(cast: Cast, browser: Browser) -> Browser:
    """carl, looking at his new codes."""
    phone = shown_key(browser.log_in("carl").submit("Enable two-step authentication"))
    return browser.submit("Ok", code=phone.code(offset=-1))


def test_the_codes_survive_a_reload_until_done_is_pressed(carl: Browser) -> None:
    codes = shown_codes(carl)
    assert (carl.path, len(set(codes)), carl.h1) == (PAGE, 10, "Save your recovery codes")
    assert carl.response.headers["Cache-Control"] == "no-store"
    assert shown_codes(carl.get(PAGE)) == codes
    carl.submit("Done", saved="yes")
    assert carl.path == "/settings/security"
    assert carl.get(PAGE).path == "/settings/security"
    assert not any(code in carl.text for code in codes)
    assert Session.select().where(Session.shown_codes.is_null(False)).count() == 0


def test_done_asks_whether_they_are_saved_and_loses_nothing(carl: Browser) -> None:
    codes = shown_codes(carl)
    carl.submit("Done")
    assert (carl.status, error_at(carl, "saved")) == (422, "Error: Tick the box when you have saved the codes.")
    assert shown_codes(carl) == codes


def test_after_ten_minutes_they_are_gone(carl: Browser, clock: time_machine.Traveller) -> None:
    clock.shift(10 * 60 - 1)
    assert shown_codes(carl.get(PAGE))
    clock.shift(1)
    assert carl.get(PAGE).path == "/settings/security"
    assert carl.get(f"{PAGE}/download").status == 404


def test_only_the_session_that_made_them_sees_them(carl: Browser, clock: time_machine.Traveller) -> None:
    code = shown_codes(carl)[0]
    other = Browser(carl.app).log_in("carl").submit("Ok", code=code)
    assert other.get(PAGE).path == "/settings/security"
    assert other.get(f"{PAGE}/download").status == 404


def test_the_download_holds_site_login_time_and_the_codes(carl: Browser) -> None:
    codes = shown_codes(carl)
    carl.follow("Download")
    assert (carl.status, carl.response.mimetype) == (200, "text/plain")
    assert carl.response.headers["Content-Disposition"] == 'attachment; filename="recovery-codes.txt"'
    assert carl.response.headers["Cache-Control"] == "no-store"
    head, _, *rest = carl.text.splitlines()
    assert head == "Northgate Hosting, login carl. Made 20.11.2026 12:00 UTC."
    assert [line for line in rest if line] == codes


def test_they_are_stored_as_hashes_only(carl: Browser) -> None:
    stored = " ".join(str(row) for row in [*RecoveryCode.select().tuples(), *Session.select().tuples()])
    assert not any(code in stored or code.replace("-", "") in stored for code in shown_codes(carl))


def test_new_codes_replace_the_old_ones(cast: Cast, browser: Browser, clock: time_machine.Traveller) -> None:
    _, old = enable(browser.log_in("carl"))
    browser.submit("Generate new codes")
    new = shown_codes(browser)
    assert len(new) == 10 and not set(old) & set(new)
    browser.submit("Done", saved="yes").log_out()
    browser.log_in("carl").follow("Use a recovery code instead").submit("Ok", code=old[0])
    assert "That recovery code is not correct." in browser.words
    browser.submit("Ok", code=new[0])
    assert "9 of 10 left" in browser.words


def test_after_15_minutes_new_codes_want_a_proof(cast: Cast, browser: Browser, clock: time_machine.Traveller) -> None:
    phone, _ = enable(browser.log_in("carl"))
    clock.shift(15 * 60)
    browser.get("/settings/security").submit("Generate new codes", proof=phone.wrong_code())
    assert (browser.status, browser.path) == (422, PAGE)
    assert "That one-time password is not correct." in browser.panel("two-factor").get_text(), "said where it was typed"
    assert RecoveryCode.select().where(RecoveryCode.used_at.is_null()).count() == 10
    thief = thief_of(browser)
    browser.submit("Generate new codes", proof=phone.code())
    assert len(shown_codes(browser)) == 10
    assert not thief.is_logged_in


def test_as_htmx_the_panel_answers_and_success_is_a_page(
    cast: Cast, browser: Browser, clock: time_machine.Traveller
) -> None:
    enable(browser.log_in("carl"))
    clock.shift(15 * 60)
    browser.get("/settings/security").htmx("POST", PAGE, {"proof": "wrong"})
    fragment(browser, "two-factor-panel")
    assert (browser.status, error_at(browser, "proof")[:6]) == (422, "Error:")
    browser.htmx("POST", PAGE, {"proof": PASSWORDS["carl"]})
    assert (browser.status, browser.text, browser.response.headers["HX-Redirect"]) == (200, "", PAGE)
    assert len(shown_codes(browser.get(PAGE))) == 10


def test_without_two_step_there_are_none_to_make(cast: Cast, browser: Browser) -> None:
    browser.log_in("carl").post(PAGE)
    assert (browser.status, "Two-step authentication is not on." in browser.words) == (422, True)
    assert RecoveryCode.select().count() == 0


def test_log_out_ends_what_is_shown(carl: Browser, terminal: Callable[..., tuple[int, str]]) -> None:
    assert terminal("recover", "2fa", "carl")[0] == 0
    assert carl.get(PAGE).path == "/login"
    assert Session.select().where(Session.shown_codes.is_null(False)).count() == 0
