"""What the models shipped and had to fix (the numbers of their release notes), and ours does not do: one's own account.

Those about somebody else's are in test_defects_resets.py, of roles in test_defects_of_roles.py, of days and clocks in
test_defects_of_dates.py.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
import time_machine

from domain import languages, networks
from domain.errors import CodeWrong, CurrentPasswordWrong, Refusal
from domain.hashing import hash_password
from models import Enrolment, Session, User
from tests.acts import error_at, shown_key, thief_of
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


@pytest.mark.parametrize("enrolled", [False, True])
def test_1665_where_it_is_switched_off_nothing_offers_to_turn_it_on_or_off(
    enrolled: bool, cast: Cast, browser: Browser, terminal: Terminal
) -> None:
    if enrolled:
        cast.enrol("carl")
    assert terminal("class", "set", "Customers", "two_factor=off")[0] == 0
    browser.log_in("carl")
    for act in ("Enable two-step authentication", "Disable two-step authentication", "Replace authenticator"):
        assert not browser.has_button(act), act
    assert browser.panel("two-factor").find(class_="chip").get_text() == "Switched off by your provider"


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


def test_1667_back_from_the_code_the_form_works_and_so_does_the_code(phone: Authenticator, browser: Browser) -> None:
    other = Browser(browser.app).log_in("carl")
    assert (other.path, other.get("/login").has_button("Log in")) == ("/login/code", True)
    assert other.get("/login/code").submit("Ok", code=phone.code()).path == "/settings/security"
    again = Browser(browser.app).log_in("carl")
    again.get("/login").submit("Log in", login="carl", password=PASSWORDS["carl"])
    assert (again.path, again.get("/login").status) == ("/login/code", 200)


@pytest.mark.parametrize("policy", ["inherit", "yes"])
def test_1671_who_has_a_key_gets_no_other_one_unasked(
    policy: str, phone: Authenticator, browser: Browser, terminal: Terminal, clock: time_machine.Traveller
) -> None:
    assert terminal("user", "set", "carl", f"two_factor={policy}")[0] == 0
    browser.get("/settings/security").post("/settings/two-factor/enrolment")
    assert (browser.status, "Two-step authentication is already on." in browser.words) == (422, True)
    assert (Enrolment.select().count(), browser.page.select("dd code")) == (0, [])
    assert Browser(browser.app).log_in("carl", phone).path == "/settings/security"


def test_1672_1684_a_wrong_code_at_disable_is_said_at_its_field(phone: Authenticator, browser: Browser) -> None:
    browser.get("/settings/security").follow("Disable two-step authentication")
    browser.submit("Disable two-step authentication", code=phone.wrong_code())
    assert browser.status == 422
    assert error_at(browser, "code").startswith("Error: That one-time password is not correct.")


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


def test_1677_a_key_that_is_there_already_is_told_of(
    phone: Authenticator, browser: Browser, terminal: Terminal
) -> None:
    assert terminal("user", "set", "carl", "two_factor=no")[0] == 0
    browser.get("/settings/security")
    assert "Your authenticator stays as it is and counts again when they are switched on." in browser.words


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


def test_2156_2157_2172_2225_a_password_that_is_due_is_changed_with_two_step_on(
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


def german(refusal: Refusal) -> str:
    return languages.offered()["de"].gettext(refusal.message, **refusal.values)


def test_2174_what_is_wrong_at_a_change_of_password_is_said_in_the_readers_language(
    phone: Authenticator, browser: Browser, clock: time_machine.Traveller
) -> None:
    User.update(language="de").where(User.login == "carl").execute()
    form = {"current_password": "wrong", "new_password": "twelve dry mittens", "confirmation": "twelve dry mittens"}
    browser.get("/settings/password").htmx("POST", "/settings/password", form)
    assert (browser.status, german(CurrentPasswordWrong()) in browser.words) == (422, True)
    clock.shift(16 * 60)
    browser.get("/settings/security").htmx("POST", "/settings/recovery-codes", {"proof": phone.wrong_code()})
    assert (browser.status, german(CodeWrong()) in browser.words) == (422, True)


def test_1806_a_wrong_address_is_said_in_the_readers_language(cast: Cast, browser: Browser) -> None:
    with pytest.raises(Refusal) as wrong:
        networks.parse_entry("10.1")
    assert german(wrong.value) != wrong.value.message
    browser.log_in("carl").post("/settings/profile", {"language": "de"})
    browser.get("/settings/security")
    browser.htmx("POST", "/settings/trusted-ips", {"access": "listed", "trusted_ips": "10.1"})
    assert (browser.status, german(wrong.value) in browser.words) == (422, True)


@pytest.mark.parametrize("typed", ["192.168.192.0/255.255.255.0", "192.168.192.0/24", "192.168.192.0/255.255.255.0;"])
def test_2085_a_netmask_is_accepted_and_is_the_network_it_means(typed: str, cast: Cast, browser: Browser) -> None:
    browser.address = "192.168.192.255"
    browser.log_in("carl").submit("Save", access="listed", trusted_ips=typed)
    assert "Saved. Access only from IPs in the list." in browser.words
    browser.address = "192.168.193.0"
    assert browser.get("/settings/security").status == 403


def test_2173_no_new_password_is_suggested_unasked(cast: Cast, browser: Browser) -> None:
    browser.log_in("carl").get("/settings/password")
    assert [field.get("value") for field in browser.page.find_all("input", type="password")] == [None, "", ""]


@pytest.mark.parametrize(("policy", "minimum"), [("inherit", 15), ("yes", 8)])
def test_1753_1857_1858_a_generated_password_obeys_the_rules(
    policy: str, minimum: int, cast: Cast, browser: Browser, terminal: Terminal, clock: time_machine.Traveller
) -> None:
    phone = cast.enrol("carl")
    assert terminal("user", "set", "carl", f"two_factor={policy}")[0] == 0
    browser.log_in("carl", phone).get("/settings/password")
    assert f"At least {minimum} characters" in browser.words
    browser.submit("Generate password", current_password=PASSWORDS["carl"])
    made = browser.page.find(attrs={"name": "new_password"})["value"]
    assert len(made) >= minimum
    browser.submit("Change password", current_password=PASSWORDS["carl"], new_password=made, confirmation=made)
    clock.shift(30)
    assert Browser(browser.app).log_in("carl", phone, password=made).is_logged_in
    assert len(terminal("recover", "password", "carl")[1].partition("Password: ")[2].split()[0]) >= minimum


def test_1859_an_old_password_that_is_too_short_by_now_logs_in(cast: Cast, browser: Browser) -> None:
    User.update(password_hash=hash_password("geese")).where(User.login == "carl").execute()
    assert browser.log_in("carl", password="geese").is_logged_in


def test_2161_a_form_that_is_out_of_date_says_so(cast: Cast, browser: Browser) -> None:
    browser.log_in("carl").post("/settings/password", csrf=False)
    assert (browser.status, browser.h1) == (400, "This form is out of date")
    browser.get("/settings/security").htmx("POST", "/settings/password", {"csrf_token": "x"})
    assert (browser.status, browser.text, browser.response.headers["HX-Reswap"]) == (400, "", "none")
    assert "This form is out of date" in browser.response.headers["HX-Trigger"]


def test_2181_log_out_ends_the_session_on_the_server(cast: Cast, browser: Browser) -> None:
    thief = thief_of(browser.log_in("carl"))
    assert browser.get("/logout").status == 405
    assert (browser.is_logged_in, browser.get("/settings/profile").log_out().path) == (True, "/login")
    assert (thief.is_logged_in, Session.select().where(Session.ended_at.is_null()).count()) == (False, 0)


def test_2311_a_preference_does_not_log_out(cast: Cast, browser: Browser) -> None:
    assert browser.log_in("carl").submit("Theme: automatic").is_logged_in
    for code in ("de", "en", ""):
        browser.get("/settings/profile").post("/settings/profile", {"language": code})
        assert (browser.status, browser.is_logged_in) == (200, True)
        assert (User.get(User.login == "carl").language or "") == code


@pytest.mark.parametrize("code", ["tlh", "xx", "fr-FR", "../de"])
def test_2387_a_language_that_is_not_there_cannot_be_chosen(code: str, cast: Cast, browser: Browser) -> None:
    browser.log_in("carl").get("/settings/profile")
    offered = {str(option["value"]) for option in browser.page.select("#profile-language option")}
    assert offered == {"", *languages.offered()}
    browser.post("/settings/profile", {"language": code})
    assert (browser.status, User.get(User.login == "carl").language) == (422, None)
    Browser(browser.app).get("/login").post("/language", {"language": code})
    assert browser.page.html["lang"] == "en"


def test_1647_an_expired_session_is_told_of_once(cast: Cast, browser: Browser, clock: time_machine.Traveller) -> None:
    browser.log_in("carl")
    clock.shift(3600)
    browser.get("/settings/security")
    assert browser.text.count("You have been logged out") == 1
    browser.submit("Log in", login="carl", password=PASSWORDS["carl"])
    assert "You have been logged out" not in browser.text
