"""Whatever is locked, spent or lost: there is a way back in, and it is tried to its end."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
import time_machine

from models import User
from tests.acts import enable
from tests.browser import Browser
from tests.cast import PASSWORDS, Authenticator, Cast

pytestmark = pytest.mark.usefixtures("clock")
Terminal = Callable[..., tuple[int, str]]


Locked = tuple[Authenticator, list[str]]


@pytest.fixture
def locked(cast: Cast, browser: Browser, clock: time_machine.Traveller) -> Locked:
    """carl's phone and recovery codes, after a thief of his password has tried his last code of fifty."""
    phone, codes = enable(browser.log_in("carl"))
    browser.log_out()
    User.update(wrong_codes_in_row=49).where(User.login == "carl").execute()
    Browser(browser.app, address="198.51.100.66").log_in("carl").submit("Ok", code=phone.wrong_code())
    browser.log_in("carl", phone)
    assert (browser.status, "One-time passwords are locked for this login" in browser.words) == (429, True)
    return phone, codes


def test_fifty_wrong_codes_lock_however_slowly_they_come(
    cast: Cast, browser: Browser, clock: time_machine.Traveller
) -> None:
    phone = cast.enrol("carl")
    for n in range(50):
        if n % 10 == 0:
            clock.shift(3 * 3600)  # no budget is ever spent
            browser.log_in("carl")
        elif n % 5 == 0:
            clock.shift(5 * 60)
        assert browser.submit("Ok", code=phone.wrong_code()).status == 422
    browser.submit("Ok", code=phone.code())
    assert (browser.status, "Too many wrong codes in a row." in browser.words) == (429, True)


def test_a_recovery_code_opens_the_lock(locked: Locked, browser: Browser, clock: time_machine.Traveller) -> None:
    phone, codes = locked
    assert browser.submit("Ok", code=codes[0]).is_logged_in
    browser.log_out()
    clock.shift(30)
    assert browser.log_in("carl", phone).is_logged_in, "the code works again"


def test_a_code_read_out_by_the_provider_opens_the_lock(locked: Locked, browser: Browser, terminal: Terminal) -> None:
    issued = terminal("recover", "code", "carl")[1].split()[-1]
    assert browser.submit("Ok", code=issued).is_logged_in
    browser.log_out().log_in("carl").follow("Use a recovery code instead").submit("Ok", code=issued)
    assert "That recovery code was used on" in browser.words


@pytest.mark.manual("T40")
def test_unlock_at_the_terminal_opens_the_lock(
    locked: Locked, browser: Browser, terminal: Terminal, clock: time_machine.Traveller
) -> None:
    assert terminal("recover", "unlock", "carl")[0] == 0
    clock.shift(30)
    assert browser.log_in("carl", locked[0]).is_logged_in


@pytest.mark.manual("D124")
def test_a_link_opens_the_account_past_the_lock(locked: Locked, browser: Browser, terminal: Terminal) -> None:
    path = urlsplit(terminal("recover", "link", "carl")[1].split()[-1]).path
    assert browser.get(path).submit("Log in as carl").is_logged_in


@pytest.mark.manual("T40")
def test_with_phone_and_codes_lost_a_reset_lets_enrol_anew(
    locked: Locked, browser: Browser, terminal: Terminal, clock: time_machine.Traveller
) -> None:
    assert terminal("recover", "2fa", "carl")[0] == 0
    phone, _ = enable(browser.log_in("carl"))
    browser.log_out()
    assert browser.log_in("carl", phone).is_logged_in


def test_unlock_forgets_the_wrong_passwords_of_strangers(cast: Cast, browser: Browser, terminal: Terminal) -> None:
    for _ in range(11):
        browser.get("/login").submit("Log in", login="carl", password="wrong")
    assert browser.status == 429
    assert terminal("recover", "unlock", "carl")[0] == 0
    assert browser.log_in("carl").is_logged_in


@pytest.mark.manual("A11", "A12")
def test_the_owner_who_lost_password_and_phone_is_rescued_at_the_terminal(
    cast: Cast, browser: Browser, terminal: Terminal
) -> None:
    cast.enrol("olga")
    assert terminal("recover", "2fa", str(cast.olga.id))[0] == 0
    made = terminal("recover", "password", "olga")[1].partition("Password: ")[2].split()[0]
    browser.log_in("olga", password=made)
    new = "olgas eight white geese"
    browser.submit("Change password", current_password=made, new_password=new, confirmation=new)
    assert browser.is_logged_in
    assert browser.log_out().log_in("olga", password=PASSWORDS["olga"]).status == 401
