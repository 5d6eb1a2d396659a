"""Enabling, replacing and disabling two-step authentication, as htmx asks and without script."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import time_machine
from bs4 import Tag

from domain import users
from models import Authenticator as Row
from models import Enrolment, RecoveryCode
from tests.acts import enable, error_at, fragment, otpauth, shown_codes, shown_key, thief_of
from tests.browser import Browser
from tests.cast import PASSWORDS, Authenticator, Cast

pytestmark = pytest.mark.usefixtures("clock")
Terminal = Callable[..., tuple[int, str]]
BEGIN, CONFIRM = "/settings/two-factor/enrolment", "/settings/two-factor/enrolment/confirm"


@pytest.fixture
def carl(cast: Cast, browser: Browser) -> Browser:
    """carl, logged in without two-step."""
    return browser.log_in("carl")


@pytest.fixture
def phone(cast: Cast, browser: Browser, clock: time_machine.Traveller) -> Authenticator:
    """carl's phone; he is logged in with it in `browser`, and its next code is fresh."""
    made = cast.enrol("carl")
    browser.log_in("carl", made)
    clock.shift(30)
    return made


def addresses(root: Tag) -> list[str]:
    """Everything that the browser would send to us."""
    found = [
        tag[name]
        for name in ("href", "src", "action", "hx-post", "hx-get")
        for tag in root.find_all(attrs={name: True})
    ]
    return [address for address in found if not address.startswith("otpauth:")]


# --- Enabling ---------------------------------------------------------------------------------------------------------


@pytest.mark.manual("T24", "T27", "T28", "T29", "T32")
def test_the_dialog_shows_qr_code_account_name_and_key(carl: Browser) -> None:
    carl.htmx("POST", BEGIN)
    dialog = fragment(carl, "two-factor-dialog")
    assert (carl.status, dialog.name, carl.response.headers["Cache-Control"]) == (200, "dialog", "no-store")
    account, key = (code.get_text() for code in dialog.select("dd code"))
    assert account == "Northgate Hosting: carl"
    assert [len(group) for group in key.split(" ")] == [4] * 8
    links = {link["href"] for link in dialog.find_all("a", href=lambda h: h.startswith("otpauth:"))}
    assert [otpauth(link) for link in links] == [
        {"label": account.replace(": ", ":"), "secret": key.replace(" ", ""), "issuer": "Northgate Hosting"}
    ], "the defaults of all apps are SHA1, six digits, 30 seconds"
    assert links and not any(key.replace(" ", "") in value for value in addresses(dialog)), (
        "no secret in an address of ours"
    )
    assert dialog.find("svg") and dialog.find(role="img")["aria-label"]
    words = " ".join(dialog.get_text(" ").split())
    for said in ("Start, Skip, Scan QR-code", "Enter the key", "must agree on the time", "Server time 12:00:00"):
        assert said in words
    assert dialog.find(id="enrolment-code")["inputmode"] == "numeric"


def test_without_script_the_same_form_is_a_page(carl: Browser) -> None:
    carl.submit("Enable two-step authentication")
    assert (carl.path, carl.h1) == (BEGIN, "Enable two-step authentication")
    key = shown_key(carl).key
    assert shown_key(carl.get(BEGIN)).key == key, "a reload keeps the key"
    assert shown_key(carl.htmx("POST", BEGIN)).key == key


@pytest.mark.manual("T31")
def test_in_the_dialog_a_wrong_code_keeps_the_key_and_a_right_one_leads_to_the_recovery_codes(
    cast: Cast, carl: Browser
) -> None:
    phone = shown_key(carl.htmx("POST", BEGIN))
    carl.htmx("POST", CONFIRM, {"code": phone.wrong_code()})
    form = fragment(carl, "two-factor-enrolment")
    assert (carl.status, form.name, shown_key(carl).key) == (422, "form", phone.key)
    assert error_at(carl, "code").endswith("The clock of your phone may differ from the server time below.")
    assert not users.is_enrolled(cast.carl)
    carl.htmx("POST", CONFIRM, {"code": phone.code()})
    assert (carl.text, carl.response.headers["HX-Redirect"]) == ("", "/settings/recovery-codes")
    assert users.is_enrolled(cast.carl)


@pytest.mark.manual("T33")
@pytest.mark.parametrize(
    ("offset", "said"), [(-3, "1 min 30 s behind"), (5, "2 min 30 s ahead"), (20, "10 minutes ahead")]
)
def test_a_clock_that_differs_is_named_both_ways_at_enrolment(
    cast: Cast, carl: Browser, offset: int, said: str
) -> None:
    phone = shown_key(carl.submit("Enable two-step authentication"))
    carl.submit("Ok", code=phone.code(offset))
    assert (carl.status, f"Your code is right for a clock {said}." in carl.words) == (422, True)
    assert shown_key(carl).key == phone.key and not users.is_enrolled(cast.carl)


@pytest.mark.manual("T31")
def test_cancel_leaves_it_off(cast: Cast, carl: Browser) -> None:
    carl.submit("Enable two-step authentication").follow("Back to Security")
    assert carl.has_button("Enable two-step authentication")
    carl.log_out()
    assert carl.log_in("carl").path == "/settings/security"
    assert Enrolment.select().count() == 0, "the pending key ended with its session"


def test_the_code_of_the_enrolment_does_not_log_in(carl: Browser) -> None:
    phone = shown_key(carl.submit("Enable two-step authentication"))
    carl.submit("Ok", code=phone.code()).submit("Done", saved="yes").log_out()
    carl.log_in("carl", phone)
    assert "That code has been used. Wait for the next one." in carl.words


def test_a_pending_key_dies_after_ten_minutes(cast: Cast, carl: Browser, clock: time_machine.Traveller) -> None:
    phone = shown_key(carl.submit("Enable two-step authentication"))
    clock.shift(10 * 60)
    carl.submit("Ok", code=phone.code())
    assert (carl.status, "The QR code has expired. Begin again." in carl.words) == (422, True)
    assert shown_key(carl.submit("Enable two-step authentication")).key != phone.key


def test_a_pending_key_belongs_to_its_session(cast: Cast, carl: Browser) -> None:
    phone = shown_key(carl.submit("Enable two-step authentication"))
    other = Browser(carl.app).log_in("carl")
    assert not other.get(BEGIN).page.select("dd code")
    other.post(CONFIRM, {"code": phone.code()})
    assert (other.status, users.is_enrolled(cast.carl)) == (422, False)


def test_ten_wrong_codes_at_enrolment_pause_it_and_lock_nothing(carl: Browser, clock: time_machine.Traveller) -> None:
    phone = shown_key(carl.htmx("POST", BEGIN))
    for _ in range(10):
        carl.htmx("POST", CONFIRM, {"code": phone.wrong_code()})
    carl.htmx("POST", CONFIRM, {"code": phone.code()})
    assert (carl.status, carl.response.headers["Retry-After"]) == (429, "300")
    assert "Try again in 5 minutes." in fragment(carl, "two-factor-enrolment").get_text()
    clock.shift(300)
    carl.htmx("POST", CONFIRM, {"code": phone.code()})
    assert carl.response.headers["HX-Redirect"] == "/settings/recovery-codes"


def test_where_it_is_on_already_no_second_key_is_made(phone: Authenticator, browser: Browser) -> None:
    browser.get("/settings/security").htmx("POST", BEGIN)
    assert "Two-step authentication is already on." in fragment(browser, "two-factor-panel").get_text()
    assert (browser.status, Enrolment.select().count()) == (422, 0)


# --- Confirm it's you -------------------------------------------------------------------------------------------------


def test_a_log_in_older_than_15_minutes_proves_itself_in_the_same_post(
    cast: Cast, carl: Browser, clock: time_machine.Traveller
) -> None:
    clock.shift(15 * 60 - 1)
    assert not carl.get("/settings/security").page.find(attrs={"name": "proof"})
    clock.shift(1)
    carl.get("/settings/security").submit("Enable two-step authentication", proof="wrong")
    assert (carl.status, error_at(carl, "proof")) == (
        422,
        "Error: That password or one-time password is not correct.",
    )
    thief = thief_of(carl)
    carl.submit("Enable two-step authentication", proof=PASSWORDS["carl"])
    assert carl.path == BEGIN and shown_key(carl).key
    assert not thief.is_logged_in, "a confirmation renews the token"


def test_as_htmx_a_missing_proof_is_asked_for_in_the_panel(
    cast: Cast, carl: Browser, clock: time_machine.Traveller
) -> None:
    clock.shift(15 * 60)
    carl.htmx("POST", BEGIN)  # a page from before still stands open
    fragment(carl, "two-factor-panel")
    assert (carl.status, carl.response.headers["HX-Retarget"]) == (422, "#two-factor-panel")
    assert error_at(carl, "proof") == "Error: Confirm it's you: enter your password or a one-time password."
    carl.htmx("POST", BEGIN, {"proof": PASSWORDS["carl"]})
    assert fragment(carl, "two-factor-dialog")


# --- Disabling --------------------------------------------------------------------------------------------------------


@pytest.mark.manual("T39")
def test_a_wrong_code_leaves_it_on_and_a_right_one_erases_the_key(
    cast: Cast, phone: Authenticator, browser: Browser
) -> None:
    browser.get("/settings/security").follow("Disable two-step authentication")
    browser.submit("Disable two-step authentication", code=phone.wrong_code())
    assert (browser.status, error_at(browser, "code").startswith("Error: That one-time password is not")) == (422, True)
    assert users.is_enrolled(cast.carl)
    thief = thief_of(browser)
    browser.submit("Disable two-step authentication", code=phone.code())
    assert "Two-step authentication is off." in browser.words
    assert (Row.select().count(), RecoveryCode.select().count()) == (0, 0)
    assert (browser.is_logged_in, thief.is_logged_in) == (True, False)
    assert Browser(browser.app).log_in("carl").path == "/settings/security"


def test_disabling_as_htmx_answers_with_the_panel(phone: Authenticator, browser: Browser) -> None:
    browser.get("/settings/security").htmx("GET", "/settings/two-factor/disable")
    assert fragment(browser, "two-factor-panel").find(id="two-factor-code")
    browser.htmx("POST", "/settings/two-factor/disable", {"code": phone.wrong_code()})
    fragment(browser, "two-factor-panel")
    assert (browser.status, error_at(browser, "code")[:6]) == (422, "Error:")
    browser.htmx("POST", "/settings/two-factor/disable", {"code": phone.code()})
    assert "Off" in fragment(browser, "two-factor-panel").find(class_="chip").get_text()
    assert browser.page.find(id="security-rail")["hx-swap-oob"] == "true"
    assert "Two-step authentication is off." in browser.response.headers["HX-Trigger"]


def test_a_used_code_does_not_disable(
    cast: Cast, phone: Authenticator, browser: Browser, clock: time_machine.Traveller
) -> None:
    clock.shift(-30)  # the code of the log-in
    browser.get("/settings/two-factor/disable").submit("Disable two-step authentication", code=phone.code())
    assert (browser.status, "That code has been used." in browser.words) == (422, True)
    assert users.is_enrolled(cast.carl)


def test_a_recovery_code_disables_too(cast: Cast, carl: Browser) -> None:
    _, codes = enable(carl)
    carl.get("/settings/two-factor/disable").submit("Disable two-step authentication", code=codes[3])
    assert not users.is_enrolled(cast.carl)


def test_wrong_codes_here_use_up_the_budget_of_log_in(phone: Authenticator, browser: Browser) -> None:
    browser.get("/settings/two-factor/disable")
    for _ in range(5):
        browser.submit("Disable two-step authentication", code=phone.wrong_code())
    browser.submit("Disable two-step authentication", code=phone.code())
    assert (browser.status, browser.response.headers["Retry-After"]) == (429, "300")
    assert "Try again in 5 minutes." in browser.panel("two-factor").get_text()


# --- Where the provider decides ---------------------------------------------------------------------------------------


def test_where_it_is_required_the_authenticator_is_replaced_not_disabled(
    cast: Cast, phone: Authenticator, browser: Browser, terminal: Terminal, clock: time_machine.Traveller
) -> None:
    assert terminal("user", "set", "carl", "two_factor=yes")[0] == 0
    browser.get("/settings/security")
    assert not browser.has_button("Disable two-step authentication")
    assert "It cannot be disabled, only replaced." in browser.words
    browser.htmx("POST", "/settings/two-factor/disable", {"code": phone.code()})
    assert (browser.status, "You can replace the authenticator, not disable it." in browser.words) == (422, True)
    browser.get("/settings/security").follow("Replace authenticator").submit("Go on", code=phone.wrong_code())
    assert (browser.status, Enrolment.select().count()) == (422, 0)
    new = shown_key(browser.submit("Go on", code=phone.code()))
    assert new.key != phone.key
    clock.shift(30)
    assert Browser(browser.app).log_in("carl", phone).is_logged_in, "the old one works until the new one is proved"
    clock.shift(30)
    browser.submit("Ok", code=new.code())
    assert len(shown_codes(browser)) == 10
    clock.shift(30)
    assert not Browser(browser.app).log_in("carl", phone).is_logged_in
    assert Browser(browser.app).log_in("carl", new).is_logged_in


def test_where_it_is_switched_off_enabling_is_not_offered_and_refused(
    cast: Cast, carl: Browser, terminal: Terminal
) -> None:
    assert terminal("user", "set", "carl", "two_factor=no")[0] == 0
    carl.get("/settings/security")
    assert "Switched off by your provider" in carl.words and not carl.has_button("Enable two-step authentication")
    carl.htmx("POST", BEGIN)
    assert (carl.status, "Two-step authentication is switched off by your provider." in carl.words) == (422, True)


@pytest.mark.parametrize(("policy", "enrolled"), [("no", False), ("inherit", True), ("yes", True)])
def test_the_page_of_enrolment_is_not_offered_where_there_is_nothing_to_enrol(
    cast: Cast, browser: Browser, terminal: Terminal, policy: str, enrolled: bool
) -> None:
    phone = cast.enrol("carl") if enrolled else None
    assert terminal("user", "set", "carl", f"two_factor={policy}")[0] == 0
    browser.log_in("carl", phone).get(BEGIN)
    assert not browser.has_button("Enable two-step authentication")


def test_where_it_is_required_even_the_address_of_the_form_offers_no_disable(
    phone: Authenticator, browser: Browser, terminal: Terminal
) -> None:
    assert terminal("user", "set", "carl", "two_factor=yes")[0] == 0
    browser.get("/settings/two-factor/disable")
    assert not browser.has_button("Disable two-step authentication")
    assert "It cannot be disabled" in browser.words
