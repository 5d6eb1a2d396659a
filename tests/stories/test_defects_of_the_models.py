"""What the models shipped and had to fix (the numbers of their release notes), and ours does not do.

Those of their list that are not here are kept out where the thing itself is tested: tests/blueprints/.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
import time_machine

from domain.hashing import hash_password
from models import User
from tests.acts import shown_key
from tests.browser import Browser
from tests.cast import PASSWORDS, Authenticator, Cast

pytestmark = pytest.mark.usefixtures("clock")
Terminal = Callable[..., tuple[int, str]]


@pytest.fixture
def phone(cast: Cast, browser: Browser, clock: time_machine.Traveller) -> Authenticator:
    """carl's phone; he is logged in with it, and its next code is fresh."""
    made = cast.enrol("carl")
    browser.log_in("carl", made)
    clock.shift(30)
    return made


def test_1662_who_has_entered_his_code_is_not_asked_again(phone: Authenticator, browser: Browser) -> None:
    assert browser.get("/login/code").path == "/settings/security"


@pytest.mark.parametrize(
    ("policy", "words"),
    [("required", "Required, not set up"), ("off", "Switched off by your provider"), ("optional", "Off")],
)
def test_1666_what_the_class_decides_is_shown(
    cast: Cast, browser: Browser, terminal: Terminal, policy: str, words: str
) -> None:
    assert terminal("class", "set", "Customers", f"two_factor={policy}", "grace_days=7")[0] == 0
    browser.log_in("carl")
    if policy == "required":
        browser.submit("Later")
    assert browser.panel("two-factor").find(class_="chip").get_text() == words


@pytest.mark.parametrize("step", ["begun", "wrong code"])
def test_1664_1698_it_is_not_on_before_a_right_code(cast: Cast, browser: Browser, step: str) -> None:
    phone = shown_key(browser.log_in("carl").submit("Enable two-step authentication"))
    if step == "wrong code":
        browser.submit("Ok", code=phone.wrong_code())
    assert Browser(browser.app).log_in("carl").path == "/settings/security"
    assert "Off" in browser.get("/settings/security").panel("two-factor").find(class_="chip").get_text()


def test_1675_1680_what_was_closed_does_not_open_again(phone: Authenticator, browser: Browser) -> None:
    browser.get("/settings/security").follow("Disable two-step authentication").follow("Cancel")
    assert not browser.page.find(id="two-factor-code")
    browser.htmx("GET", "/settings/two-factor/disable").htmx("GET", "/settings/two-factor")
    assert not browser.page.find(id="two-factor-code")
    assert not browser.get("/settings/security").page.find(id="two-factor-code")
    assert browser.panel("two-factor").find(id="two-factor-disable")


def test_1676_what_stops_working_is_said_before(phone: Authenticator, browser: Browser) -> None:
    assert "New codes replace all old ones." in browser.get("/settings/security").words
    assert "Your recovery codes stop working too." in browser.follow("Disable two-step authentication").words


def test_1683_cancel_does_not_log_out(phone: Authenticator, browser: Browser, terminal: Terminal) -> None:
    assert terminal("user", "set", "carl", "two_factor=yes")[0] == 0
    browser.get("/settings/security").follow("Replace authenticator")
    browser.submit("Go on", code=phone.code()).follow("Back to Security")
    assert (browser.path, browser.is_logged_in) == ("/settings/security", True)


def test_1693_a_wrong_code_and_then_a_reset_lead_back_to_the_form(
    phone: Authenticator, browser: Browser, terminal: Terminal
) -> None:
    other = Browser(browser.app).log_in("carl")
    other.submit("Ok", code=phone.wrong_code())
    assert terminal("recover", "2fa", "carl")[0] == 0
    other.submit("Ok", code=phone.code())
    assert (other.path, "Your provider reset the password" in other.words) == (
        "/login",
        True,
    )
    assert other.log_in("carl").path == "/settings/security"


def test_2156_2225_a_password_that_is_due_is_changed_with_two_step_on(
    cast: Cast, browser: Browser, terminal: Terminal
) -> None:
    phone = cast.enrol("carl")
    made = terminal("recover", "password", "carl")[1].partition("Password: ")[2].split()[0]
    browser.log_in("carl", phone, password=made)
    assert browser.h1 == "Choose a new password"
    browser.submit("Change password", current_password=made, new_password="twelve dry mittens", confirmation="x")
    assert browser.status == 422
    browser.submit(
        "Change password", current_password=made, new_password="twelve dry mittens", confirmation="twelve dry mittens"
    )
    assert browser.path == "/settings/security"
    assert "On" in browser.panel("two-factor").get_text()


def test_2173_no_new_password_is_suggested_unasked(cast: Cast, browser: Browser) -> None:
    browser.log_in("carl").get("/settings/password")
    assert [field.get("value") for field in browser.page.find_all("input", type="password")] == [None, "", ""]


def test_1859_an_old_password_that_is_too_short_by_now_logs_in(cast: Cast, browser: Browser) -> None:
    User.update(password_hash=hash_password("geese")).where(User.login == "carl").execute()
    assert browser.log_in("carl", password="geese").is_logged_in


def test_2161_a_form_that_is_out_of_date_says_so(cast: Cast, browser: Browser) -> None:
    browser.log_in("carl").post("/settings/password", csrf=False)
    assert (browser.status, browser.h1) == (400, "This form is out of date")
    browser.get("/settings/security").htmx("POST", "/settings/password", {"csrf_token": "x"})
    assert (browser.status, browser.text, browser.response.headers["HX-Reswap"]) == (400, "", "none")
    assert "This form is out of date" in browser.response.headers["HX-Trigger"]


def test_2311_a_preference_does_not_log_out(cast: Cast, browser: Browser) -> None:
    assert browser.log_in("carl").submit("Theme: automatic").is_logged_in


def test_1647_an_expired_session_is_told_of_once(cast: Cast, browser: Browser, clock: time_machine.Traveller) -> None:
    browser.log_in("carl")
    clock.shift(3600)
    browser.get("/settings/security")
    assert browser.text.count("You have been logged out") == 1
    browser.submit("Log in", login="carl", password=PASSWORDS["carl"])
    assert "You have been logged out" not in browser.text
