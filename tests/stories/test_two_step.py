"""Manual T retold: enabling two-step authentication, logging in with it, disabling it; for everybody alike."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import time_machine

from models import User
from tests.acts import shown_codes, shown_key
from tests.browser import Browser
from tests.cast import PASSWORDS, Cast

pytestmark = pytest.mark.usefixtures("clock")
Terminal = Callable[..., tuple[int, str]]


@pytest.mark.manual("T22", "T23", "T26", "T29", "T30", "T31", "T36", "T37", "T38", "T39", "T45")
@pytest.mark.parametrize("login", PASSWORDS)
def test_the_whole_way_on_and_off_again(
    cast: Cast, browser: Browser, clock: time_machine.Traveller, login: str
) -> None:
    browser.log_in(login).get("/settings/security").submit("Enable two-step authentication")
    phone = shown_key(browser)  # the key typed by hand, in groups of four
    browser.submit("Ok", code=phone.wrong_code())
    assert (browser.status, shown_key(browser).key) == (422, phone.key)
    browser.submit("Ok", code=phone.code())
    assert browser.h1 == "Save your recovery codes" and len(shown_codes(browser)) == 10
    browser.submit("Done", saved="yes").log_out()

    clock.shift(30)
    browser.log_in(login)
    assert browser.h1 == "Two-step authentication"
    assert not browser.is_logged_in, "the password alone opens nothing"
    browser.submit("Ok", code=phone.wrong_code())
    assert "That one-time password is not correct. Enter the newest code from the app." in browser.words
    browser.submit("Ok", code=f"{phone.code()[:3]} {phone.code()[3:]}")
    home = "/admin/customers" if login in ("olga", "sam", "rita") else "/settings/security"
    assert (browser.status, browser.path) == (200, home)
    browser.log_out().log_in(login, phone)
    assert "That code has been used. Wait for the next one." in browser.words

    clock.shift(30)
    browser.submit("Ok", code=phone.code()).get("/settings/security").follow("Disable two-step authentication")
    browser.submit("Disable two-step authentication", code=phone.code())
    assert "That code has been used." in browser.words
    clock.shift(30)
    browser.submit("Disable two-step authentication", code=phone.code())
    assert "Two-step authentication is off." in browser.words
    browser.log_out()
    assert browser.log_in(login).path == home


@pytest.mark.manual("T37")
def test_back_from_the_code_leads_to_the_form_and_somebody_else_can_log_in(cast: Cast, browser: Browser) -> None:
    phone = cast.enrol("carl")
    browser.log_in("carl").follow("Log in as someone else")
    assert (browser.path, browser.h1) == ("/login", "Log in")
    browser.submit("Log in", login="ivy", password=PASSWORDS["ivy"])
    assert (browser.path, browser.page.find(attrs={"popovertarget": "me"}).get_text()) == ("/settings/security", "ivy")
    assert browser.log_in("carl", phone).is_logged_in


@pytest.mark.manual("T43")
def test_the_owners_password_and_code_do_not_open_the_account_of_staff(cast: Cast, browser: Browser) -> None:
    olgas, sams = cast.enrol("olga"), cast.enrol("sam")
    assert browser.log_in("sam", password=PASSWORDS["olga"]).status == 401
    browser.log_in("sam", olgas)
    assert (browser.status, browser.is_logged_in) == (422, False)
    assert browser.submit("Ok", code=sams.code()).is_logged_in


@pytest.mark.manual("T23")
def test_two_people_at_one_browser_need_their_own_codes(cast: Cast, browser: Browser) -> None:
    phone = cast.enrol("carl")
    browser.log_in("ivy").log_in("carl")
    assert browser.path == "/login/code", "what ivy has proved is not carl's"
    browser.submit("Ok", code=phone.code())
    assert browser.page.find(attrs={"popovertarget": "me"}).get_text() == "carl"


# --- Where the provider decides ---------------------------------------------------------------------------------------


@pytest.fixture
def staff_must(cast: Cast, terminal: Terminal) -> None:
    """As the class Staff is delivered: required, with seven days of grace."""
    assert terminal("class", "set", "Staff", "two_factor=required", "grace_days=7")[0] == 0


@pytest.mark.usefixtures("staff_must")
def test_in_the_days_of_grace_enrolment_can_be_put_off_for_one_session(
    cast: Cast, browser: Browser, clock: time_machine.Traveller
) -> None:
    browser.log_in("sam")
    assert browser.h1 == "Enable two-step authentication"
    assert "You can put it off until 27.11.2026 12:00 UTC." in browser.words
    assert browser.get("/settings/activity").h1 == "Enable two-step authentication"
    browser.submit("Later")
    for path in ("/settings/security", "/settings/activity"):
        browser.get(path)
        assert browser.path == path
        assert "requires two-step authentication: 7 days left to set it up." in browser.words
    clock.shift(6 * 24 * 3600)
    browser.log_in("sam")
    assert browser.h1 == "Enable two-step authentication", "Later lasts for its session"
    assert "1 day left" in browser.submit("Later").words


@pytest.mark.usefixtures("staff_must")
def test_when_grace_ends_there_is_no_later_not_even_for_who_is_logged_in(
    cast: Cast, browser: Browser, terminal: Terminal, clock: time_machine.Traveller
) -> None:
    browser.log_in("sam").submit("Later").log_out()
    clock.shift(7 * 24 * 3600 - 60)
    browser.log_in("sam").submit("Later")
    clock.shift(60)
    browser.get("/settings/security")
    assert (browser.h1, browser.has_button("Later")) == ("Enable two-step authentication", False)
    assert browser.post("/settings/two-factor/enrolment/later").status == 422
    phone = shown_key(browser.submit("Enable two-step authentication"))
    browser.submit("Ok", code=phone.code()).submit("Done", saved="yes")
    assert browser.path == "/settings/security"
    assert terminal("recover", "2fa", "sam")[0] == 0
    assert not browser.log_in("sam").has_button("Later"), "a reset starts no new grace"


def test_yes_of_a_person_knows_no_grace(cast: Cast, browser: Browser, terminal: Terminal) -> None:
    assert terminal("user", "set", "carl", "two_factor=yes")[0] == 0
    browser.log_in("carl")
    assert "Your provider requires it before you go on." in browser.words
    assert not browser.has_button("Later") and browser.has_button("Log out")


def test_enrolment_that_is_due_works_as_htmx_too(cast: Cast, browser: Browser, terminal: Terminal) -> None:
    assert terminal("user", "set", "carl", "two_factor=yes")[0] == 0
    phone = shown_key(browser.log_in("carl").htmx("POST", "/settings/two-factor/enrolment"))
    browser.htmx("POST", "/settings/two-factor/enrolment/confirm", {"code": phone.code()})
    assert browser.response.headers["HX-Redirect"] == "/settings/recovery-codes"


@pytest.mark.parametrize("where", ["person", "class"])
def test_a_key_lies_dormant_while_codes_are_switched_off(
    cast: Cast, browser: Browser, terminal: Terminal, where: str
) -> None:
    phone = cast.enrol("carl")
    off, on = {
        "person": (("user", "set", "carl", "two_factor=no"), ("user", "set", "carl", "two_factor=inherit")),
        "class": (
            ("class", "set", "Customers", "two_factor=off"),
            ("class", "set", "Customers", "two_factor=optional"),
        ),
    }[where]
    assert terminal(*off)[0] == 0
    browser.log_in("carl")
    panel = " ".join(browser.panel("two-factor").get_text(" ").split())
    assert "Switched off by your provider" in panel
    assert "Your authenticator stays as it is and counts again when they are switched on." in panel
    assert not browser.has_button("Disable two-step authentication")
    browser.log_out()
    assert terminal(*on)[0] == 0
    assert browser.log_in("carl").path == "/login/code"
    assert browser.submit("Ok", code=phone.code()).is_logged_in


@pytest.mark.manual("D120")
def test_a_new_password_comes_before_the_enrolment_that_is_also_due(
    cast: Cast, browser: Browser, terminal: Terminal
) -> None:
    assert terminal("user", "set", "carl", "two_factor=yes")[0] == 0
    made = terminal("recover", "password", "carl")[1].partition("Password: ")[2].split()[0]
    browser.log_in("carl", password=made)
    assert browser.h1 == "Choose a new password"
    browser.submit("Change password", current_password=made, new_password="q7-mittx", confirmation="q7-mittx")
    assert browser.h1 == "Enable two-step authentication"
    assert not User.get(User.login == "carl").must_change_password


# --- Suspension -------------------------------------------------------------------------------------------------------


def test_a_suspended_customer_blocks_his_individual_and_restoring_brings_everything_back(
    cast: Cast, browser: Browser, browser_at: Callable[[str], Browser], terminal: Terminal
) -> None:
    phone = cast.enrol("ivy")
    browser.log_in("ivy", phone)
    assert terminal("user", "set", "carl", "active=no")[0] == 0
    for path in ("/settings/security", "/settings/activity"):
        assert (browser.get(path).status, browser.h1) == (403, "This login is suspended")
    other = browser_at("198.51.100.1").log_in("ivy")
    assert (other.status, "This login is suspended" in other.words) == (403, True)
    assert browser_at("198.51.100.1").log_in("rita").is_logged_in
    assert terminal("user", "set", "carl", "active=yes")[0] == 0
    assert browser.is_logged_in, "the same session goes on"
    assert "On" in browser.get("/settings/security").panel("two-factor").get_text()
