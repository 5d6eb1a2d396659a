"""/login/code: what is accepted, what is said of the rest, and that half a log-in reaches nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import time_machine

from models import Event, User
from tests.acts import error_at, thief_of, unwritable
from tests.browser import Browser
from tests.cast import PASSWORDS, Authenticator, Cast

pytestmark = pytest.mark.usefixtures("clock")
Terminal = Callable[..., tuple[int, str]]
At = Callable[[str], Browser]


@pytest.fixture
def phone(cast: Cast) -> Authenticator:
    return cast.enrol("carl")


@pytest.fixture
def codes(cast: Cast, terminal: Terminal, phone: Authenticator) -> list[str]:
    """Two recovery codes, as the provider reads them out."""
    return [terminal("recover", "code", "carl")[1].split()[-1] for _ in range(2)]


def wide(code: str) -> str:
    return code.translate({ord("0") + n: 0xFF10 + n for n in range(10)})


ACCEPTED: dict[str, Callable[[Authenticator], str]] = {
    "as the app shows it": lambda phone: phone.code(),
    "with a space in the middle": lambda phone: f" {phone.code()[:3]} {phone.code()[3:]} ",
    "half a minute ahead": lambda phone: phone.code(offset=1),
}


@pytest.mark.manual("T23", "T30", "T32")
@pytest.mark.parametrize("typed", ACCEPTED.values(), ids=ACCEPTED)
def test_a_code_of_now_lets_in(browser: Browser, phone: Authenticator, typed: Callable[[Authenticator], str]) -> None:
    browser.log_in("carl").submit("Ok", code=typed(phone))
    assert (browser.status, browser.path) == (200, "/settings/security")


@pytest.mark.manual("T32")
def test_a_code_of_half_a_minute_ago_lets_in(
    browser: Browser, phone: Authenticator, clock: time_machine.Traveller
) -> None:
    clock.shift(60)  # past the code of the enrolment
    assert browser.log_in("carl").submit("Ok", code=phone.code(offset=-1)).is_logged_in


WRONG = "That one-time password is not correct. Enter the newest code from the app."
REFUSED: dict[str, tuple[Callable[[Authenticator], str], str]] = {
    "wrong": (lambda phone: phone.wrong_code(), WRONG),
    "of a coming step, which is told at enrolment only": (lambda phone: phone.code(offset=2), WRONG),
    "of a clock behind": (
        lambda phone: phone.code(offset=-7),
        "Your code is right for a clock 3 min 30 s behind. Set the time of your phone to automatic and try again.",
    ),
    "of a clock far behind": (lambda phone: phone.code(offset=-21), WRONG),
    "full-width digits": (lambda phone: wide(phone.code()), "The one-time password has 6 digits."),
    "five digits": (lambda phone: phone.code()[:5], "The one-time password has 6 digits."),
    "empty": (lambda phone: "", "The one-time password has 6 digits."),
    "a password": (lambda phone: PASSWORDS["carl"], "The one-time password has 6 digits."),
}


@pytest.mark.manual("T33")
@pytest.mark.parametrize(("typed", "words"), REFUSED.values(), ids=REFUSED)
def test_any_other_code_is_refused_with_the_reason(
    browser: Browser,
    phone: Authenticator,
    clock: time_machine.Traveller,
    typed: Callable[[Authenticator], str],
    words: str,
) -> None:
    clock.shift(30 * 60)
    browser.log_in("carl").submit("Ok", code=typed(phone))
    assert (browser.status, error_at(browser, "code")) == (422, f"Error: {words}")
    assert browser.page.title and browser.page.title.get_text().startswith("Error: ")
    assert not browser.is_logged_in


@pytest.mark.manual("T38")
def test_a_used_code_is_refused_in_any_session(
    browser: Browser, browser_at: At, phone: Authenticator, clock: time_machine.Traveller
) -> None:
    browser.log_in("carl", phone)
    clock.shift(29)
    other = browser_at("198.51.100.1").log_in("carl")
    for offset in (0, -1):  # nor any earlier one
        other.submit("Ok", code=phone.code(offset))
        assert (other.status, "That code has been used. Wait for the next one." in other.words) == (422, True)


@pytest.mark.manual("T32", "T33", "T34", "T35", "T37")
def test_the_page_explains_itself(browser: Browser, phone: Authenticator) -> None:
    browser.log_in("carl")
    field = browser.page.find(id="code")
    assert (field["inputmode"], field["autocomplete"]) == ("numeric", "one-time-code")
    assert browser.has_button("Ok") and browser.page.find("label", {"for": "code"}).get_text() == "One-time password"
    for words in ("Server time 12:00:00", "clocks must agree", "Correct time for QR-codes, Synchronize", "Log out"):
        assert words in browser.words
    assert "check the time synchronization of the phone" in browser.words


# --- Budgets ----------------------------------------------------------------------------------------------------------


def exhaust(browser: Browser, phone: Authenticator) -> None:
    for _ in range(5):
        browser.submit("Ok", code=phone.wrong_code())
        assert browser.status == 422
    browser.submit("Ok", code=phone.code())


def test_after_five_wrong_codes_even_the_right_one_waits(
    browser: Browser, phone: Authenticator, clock: time_machine.Traveller
) -> None:
    exhaust(browser.log_in("carl"), phone)
    assert browser.status == 429
    assert browser.response and browser.response.headers["Retry-After"] == "300"
    assert "Try again in 5 minutes." in browser.words
    browser.log_in("carl", phone)
    assert browser.status == 429, "a new password log-in refills nothing"
    clock.shift(300)
    assert browser.log_in("carl", phone).is_logged_in


def test_a_known_browser_has_attempts_of_its_own(
    browser: Browser, browser_at: At, phone: Authenticator, clock: time_machine.Traveller
) -> None:
    browser.log_in("carl", phone).log_out()
    clock.shift(30)
    mallory = browser_at(browser.address)
    exhaust(mallory.log_in("carl"), phone)
    assert mallory.status == 429
    assert browser.log_in("carl", phone).is_logged_in


def test_malformed_codes_cost_nothing(browser: Browser, phone: Authenticator) -> None:
    browser.log_in("carl")
    for _ in range(6):
        browser.submit("Ok", code="12345")
    assert browser.submit("Ok", code=phone.code()).is_logged_in


def test_fifty_wrong_codes_in_a_row_lock_the_code_and_leave_the_recovery_code(
    browser: Browser, phone: Authenticator, codes: list[str]
) -> None:
    User.update(wrong_codes_in_row=49).where(User.login == "carl").execute()
    browser.log_in("carl").submit("Ok", code=phone.wrong_code())
    browser.submit("Ok", code=phone.code())
    assert browser.status == 429
    assert "One-time passwords are locked for this login" in browser.words
    assert Event.select().where(Event.tag == "account:code:locked").count() == 1
    assert browser.submit("Ok", code=codes[0]).is_logged_in, "the page offers the way out"


# --- Recovery codes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spelt", [str.upper, lambda c: c.replace("-", ""), lambda c: " ".join(c)])
def test_a_recovery_code_opens_however_it_is_written(
    browser: Browser, codes: list[str], spelt: Callable[[str], str]
) -> None:
    browser.log_in("carl").follow("Use a recovery code instead")
    assert browser.h1 == "Use a recovery code"
    assert browser.submit("Ok", code=spelt(codes[0])).is_logged_in


@pytest.mark.manual("D112")
def test_used_expired_and_wrong_recovery_codes_are_told_apart(
    browser: Browser, codes: list[str], clock: time_machine.Traveller
) -> None:
    browser.log_in("carl").submit("Ok", code=codes[0])
    clock.shift(15 * 60)
    browser.log_in("carl").follow("Use a recovery code instead")
    for typed, words in (
        (codes[0], "That recovery code was used on 20.11.2026 12:00 UTC. Take the next one."),
        (codes[1], "That code expired on 20.11.2026 12:15 UTC. Ask for a new one."),
        ("00000-00000", "That recovery code is not correct."),
    ):
        browser.submit("Ok", code=typed)
        assert (browser.status, error_at(browser, "code")) == (422, f"Error: {words}")
        assert browser.h1 == "Use a recovery code"
    assert not browser.is_logged_in


def test_wrong_recovery_codes_do_not_use_up_the_attempts_at_one_time_passwords(
    browser: Browser, phone: Authenticator
) -> None:
    browser.log_in("carl").follow("Use a recovery code instead")
    for _ in range(6):
        browser.submit("Ok", code="00000-00000")
    assert browser.status == 429
    assert browser.log_in("carl", phone).is_logged_in


# --- Half a log-in ----------------------------------------------------------------------------------------------------


def test_htmx_is_told_where_the_log_in_goes_on(browser: Browser, phone: Authenticator) -> None:
    browser.log_in("carl").htmx("GET", "/settings/two-factor")
    assert (browser.status, browser.response.headers["HX-Redirect"], browser.text) == (401, "/login/code", "")


def test_the_token_changes_with_the_code_and_the_old_one_is_dead(browser: Browser, phone: Authenticator) -> None:
    thief = thief_of(browser.log_in("carl"))
    assert thief.get("/login/code").path == "/login/code"
    browser.submit("Ok", code=phone.code())
    assert browser.is_logged_in
    assert thief.get("/login/code").path == "/login"


@pytest.mark.manual("T37")
def test_the_code_step_waits_ten_minutes_and_says_why_it_is_over(
    browser: Browser, phone: Authenticator, clock: time_machine.Traveller
) -> None:
    browser.log_in("carl")
    clock.shift(599)
    browser.get("/login/code")
    assert browser.h1 == "Two-step authentication"
    clock.shift(1)
    browser.submit("Ok", code=phone.code())
    assert (browser.path, browser.is_logged_in) == ("/login", False)
    assert "You have been logged out" in browser.words


def test_the_same_form_sent_twice_leads_in_both_times(browser: Browser, phone: Authenticator) -> None:
    browser.log_in("carl")
    browser.submit("Ok", code=phone.code()).post("/login/code", {"code": phone.code()})
    assert (browser.status, browser.path) == (200, "/settings/security")


def test_try_again_lets_in_where_no_code_is_due_any_more(
    browser: Browser, phone: Authenticator, terminal: Terminal
) -> None:
    browser.log_in("carl")
    assert terminal("user", "set", "carl", "two_factor=no")[0] == 0
    assert browser.post("/login/code").is_logged_in


def test_who_is_suspended_between_the_steps_is_refused(
    browser: Browser, phone: Authenticator, terminal: Terminal
) -> None:
    browser.log_in("carl")
    assert terminal("user", "set", "carl", "active=no")[0] == 0
    browser.submit("Ok", code=phone.code())
    assert (browser.status, browser.h1) == (403, "This login is suspended")


@pytest.mark.parametrize("table", ["event", "attempt", "login_source"])
def test_a_code_whose_log_in_cannot_be_recorded_is_not_used_up(
    browser: Browser, phone: Authenticator, data_dir: Path, table: str
) -> None:
    browser.log_in("carl")
    with unwritable(data_dir, table):
        browser.submit("Ok", code=phone.code())
    assert browser.status == 503
    assert browser.response and int(browser.response.headers["Retry-After"]) > 0
    assert not browser.is_logged_in
    assert browser.get("/login/code").submit("Ok", code=phone.code()).is_logged_in


# --- From an address that is not in the list --------------------------------------------------------------------------


def test_no_code_is_looked_at_from_outside_and_try_again_leads_to_its_form(
    browser: Browser, phone: Authenticator, codes: list[str], terminal: Terminal
) -> None:
    assert terminal("user", "set", "carl", "access=listed", "trusted_ips=192.0.2.10;")[0] == 0
    browser.address = "198.51.100.66"
    browser.log_in("carl")
    for typed in (*[phone.wrong_code()] * 10, *["00000-00000"] * 11, codes[0], phone.code()):
        browser.post("/login/code", {"code": typed})
        assert (browser.status, browser.h1) == (403, "Access from this IP denied")
    assert (User.get(User.login == "carl").wrong_codes_in_row, browser.get("/login/code").status) == (0, 403)
    assert not Event.select().where(Event.tag.contains("code"), Event.address == browser.address).exists()
    browser.address = "192.0.2.10"
    assert browser.submit("Try again").h1 == "Two-step authentication"
    assert browser.submit("Ok", code=phone.code()).is_logged_in, "the code was not used up"
    assert browser.log_out().log_in("carl").submit("Ok", code=codes[0]).is_logged_in
