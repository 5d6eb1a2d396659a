"""Restore access: the last refusal, and each way back with one click; a new password."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import time_machine
from flask import Flask

from domain import password_rules, users
from domain.visit import utcnow
from models import AccountClass, Attempt, Authenticator, Event, LoginLink, User
from tests.acts import error_at, fragment
from tests.blueprints.admin.test_person import page_of
from tests.browser import Browser
from tests.cast import PASSWORDS, Cast
from tests.cast import Authenticator as Phone

At = Callable[[str], Browser]
AWAY = "198.51.100.23"

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def sam(cast: Cast, app: Flask) -> Browser:
    return Browser(app).log_in("sam")


@pytest.fixture
def phone(cast: Cast) -> Phone:
    return cast.enrol("carl")


def lists(cast: Cast, **columns: str) -> None:
    users.change(cast.carl, columns, cast.visit("olga"))


def secret(browser: Browser, name: str = "rescue-secret") -> str:
    found = browser.page.find(id=name)
    assert found is not None and found.name == "code"
    return found.get_text()


def last(login: str) -> tuple[str, str]:
    event = Event.select().where(Event.subject == login).order_by(Event.id.desc()).first()
    return event.tag, event.actor


# --- The last refusal -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("side", ["own", "provider", "both"])
def test_the_address_that_was_refused_is_allowed_by_one_click(
    cast: Cast, sam: Browser, browser_at: At, clock: time_machine.Traveller, side: str
) -> None:
    if side != "provider":
        lists(cast, access="listed", trusted_ips="10.0.0.1")
    if side != "own":
        lists(cast, provider_access="listed", provider_ips="10.0.0.1")
    carl = browser_at(AWAY)
    for _ in range(3):
        carl.log_in("carl")
    sam.get(page_of(cast.carl))
    assert "Denied today 12:00 UTC , 3 attempts" in sam.words
    said = "own list" if side == "own" else "provider's list"
    assert f"{AWAY} was not in the" in sam.words and said in sam.panel("rescue").get_text()
    sam.submit(f"Allow {AWAY}")
    assert (sam.status, sam.has_button(f"Allow {AWAY}")) == (200, False)
    clock.shift(1)
    assert carl.log_in("carl").is_logged_in
    assert "There has been a log-in since." in sam.get(page_of(cast.carl)).words


def test_only_an_address_that_was_refused_is_allowed_that_way(cast: Cast, sam: Browser, browser_at: At) -> None:
    lists(cast, provider_access="listed", provider_ips="10.0.0.1")
    browser_at(AWAY).log_in("carl")
    page = page_of(cast.carl)
    for address in ("10.0.0.2", "0.0.0.0/1", "", "x"):
        assert sam.get(page).post(f"{page}/rescue/allow", {"address": address}).status == 404


def test_a_refusal_by_binding_says_what_helps_and_offers_no_list(
    cast: Cast, sam: Browser, browser: Browser, browser_at: At
) -> None:
    users.change(cast.carl, {"bind_session": "yes"}, cast.visit("olga"))
    browser.log_in("carl")
    browser.address = AWAY
    assert browser.get("/settings/security").status == 403
    sam.get(page_of(cast.carl))
    assert f"A session was used from {AWAY} , but it is bound" in sam.words
    assert not sam.has_button(f"Allow {AWAY}")
    assert sam.submit("Turn off").status == 200
    assert (cast.carl.bind_session, browser.get("/settings/security").status) == (False, 200)


# --- Lists, attempts, sessions ----------------------------------------------------------------------------------------


def test_from_any_ip_opens_both_sides_and_can_be_put_back(cast: Cast, sam: Browser, browser_at: At) -> None:
    lists(cast, access="listed", trusted_ips="10.0.0.1", provider_access="listed", provider_ips="10.0.0.0/24")
    carl = browser_at(AWAY)
    assert carl.log_in("carl").status == 403
    sam.get(page_of(cast.carl)).submit("From any IP")
    assert carl.log_in("carl").is_logged_in
    assert sam.get(page_of(cast.carl)).submit("Put back").status == 200
    assert carl.get("/settings/security").status == 403
    assert not sam.has_button("Put back")


def test_attempts_are_unlocked(cast: Cast, sam: Browser, browser: Browser) -> None:
    for _ in range(10):
        browser.get("/login").submit("Log in", login="carl", password="wrong")
    assert browser.get("/login").submit("Log in", login="carl", password=PASSWORDS["carl"]).status == 429
    sam.get(page_of(cast.carl))
    assert "10 failed attempts" in sam.words
    sam.submit("Unlock")
    assert ("None failed" in sam.words, browser.log_in("carl").is_logged_in) == (True, True)
    assert not Attempt.select().where(Attempt.bucket.startswith("password:login carl")).exists()


def test_all_sessions_are_logged_out_but_not_those_of_who_helps(cast: Cast, sam: Browser, app: Flask) -> None:
    sessions = [Browser(app).log_in("carl") for _ in range(3)]
    assert "3 sessions" in sam.get(page_of(cast.carl)).words
    sam.submit("Log out all")
    assert ([browser.is_logged_in for browser in sessions], sam.is_logged_in) == ([False] * 3, True)
    assert "None active" in sam.words


# --- Two-step ---------------------------------------------------------------------------------------------------------


@pytest.mark.manual("C69", "R95")
@pytest.mark.parametrize("policy", ["optional", "required"])
def test_a_reset_says_what_it_does_first_and_logs_out_nobody_else(
    cast: Cast, sam: Browser, app: Flask, phone: Phone, policy: str
) -> None:
    AccountClass.update(two_factor=policy).where(AccountClass.name == "Customers").execute()
    carl = Browser(app).log_in("carl", phone)
    sam.get(page_of(cast.carl)).follow("Reset 2FA key")
    assert sam.h1 == "Reset the 2FA key of Carl Cole?"
    assert "Their authenticator app and 10 recovery codes stop working now. 1 session is logged out." in sam.words
    assert ("The class requires 2FA, so they set up a new key at the next log-in." in sam.words) == (
        policy == "required"
    )
    sam.follow("Cancel")
    assert (carl.is_logged_in, cast.carl.enrolled) == (True, True), "Cancel does nothing"
    sam.follow("Reset 2FA key").submit("Reset 2FA key")
    assert (sam.path, "The 2FA key is reset." in sam.words, sam.is_logged_in) == (page_of(cast.carl), True, True)
    assert (carl.is_logged_in, Authenticator.select().count(), last("carl")) == (
        False, 0, ("account:two_factor:reset", "sam"),
    )  # fmt: skip
    carl.log_in("carl")
    assert carl.h1 == ("Security" if policy == "optional" else "Enable two-step authentication")


def test_reset_is_inactive_without_a_key_and_active_right_after_activation(cast: Cast, sam: Browser) -> None:
    sam.get(page_of(cast.carl))
    assert sam.button("Reset 2FA key").has_attr("disabled")
    assert "There is no key to reset." in sam.get(f"{page_of(cast.carl)}/rescue/reset").words
    cast.enrol("carl")
    assert sam.get(page_of(cast.carl)).has_button("Reset 2FA key")
    assert not sam.page.select("button[disabled]")


def test_the_dialog_is_a_fragment_and_its_act_closes_it(cast: Cast, sam: Browser, phone: Phone) -> None:
    page, at = page_of(cast.carl), f"{page_of(cast.carl)}/rescue/reset"
    sam.get(page).htmx("GET", at)
    assert fragment(sam, "rescue-reset-dialog").name == "dialog"
    sam.get(page).htmx("POST", at)
    assert (sam.status, sam.response.headers["HX-Retarget"]) == (200, "#rescue-panel")  # type: ignore[union-attr]
    fragment(sam, "rescue-panel")
    beside = {str(tag["id"]) for tag in sam.page.find_all(attrs={"hx-swap-oob": True})}
    assert beside >= {"dialog", "person-head", "person-two-factor", "person-bind-session", "person-activity"}
    assert "2FA off" in sam.page.find(id="person-head").get_text()  # type: ignore[union-attr]


def test_one_recovery_code_is_shown_once_and_lets_him_in(cast: Cast, sam: Browser, app: Flask, phone: Phone) -> None:
    code = secret(sam.get(page_of(cast.carl)).submit("Issue"))
    assert code not in sam.get(page_of(cast.carl)).text
    carl = Browser(app).log_in("carl").submit("Ok", code=code)
    assert (carl.is_logged_in, last("carl")[0]) == (True, "account:login:succeeded")


def test_no_code_is_issued_where_log_in_asks_for_none(cast: Cast, sam: Browser) -> None:
    sam.get(page_of(cast.carl))
    assert not sam.has_button("Issue")
    assert sam.post(f"{page_of(cast.carl)}/rescue/code").status == 422
    assert "carl is not asked for a code" in sam.words


# --- Password ---------------------------------------------------------------------------------------------------------


@pytest.mark.manual("C61", "C62", "D121")
@pytest.mark.parametrize("button", ["Set new password", "Set password"])
def test_a_generated_password_is_shown_once_and_has_to_be_changed(
    cast: Cast, sam: Browser, app: Flask, button: str
) -> None:
    open_before = Browser(app).log_in("carl")
    LoginLink.create(
        user=cast.carl, token_hash="x", created_by="t", created_at=utcnow(), expires_at=utcnow().replace(year=2030)
    )
    sam.get(page_of(cast.carl))
    assert "It logs out 1 session. It forgets 1 known browser. It ends 1 open link." in sam.words
    sam.submit(button)
    new = secret(sam, "rescue-secret" if button == "Set new password" else "rescue-password-secret")
    password_rules.check(new, "carl", "carl@cole.example", two_factor_required=False)
    assert (len(new) >= 16, open_before.is_logged_in, LoginLink.select().count()) == (True, False, 0)
    assert new not in sam.get(page_of(cast.carl)).text
    assert Browser(app).log_in("carl", password=new).h1 == "Choose a new password"
    assert last("carl") == ("account:login:succeeded", "carl")


@pytest.mark.manual("C60", "R91", "R92")
def test_a_password_is_typed_under_the_rules_and_need_not_be_changed_where_that_is_chosen(
    cast: Cast, sam: Browser, app: Flask
) -> None:
    sam.get(page_of(cast.carl)).submit("Set password", new_password="short")
    assert (sam.status, error_at(sam, "new_password")) == (422, "Error: Use at least 15 characters")
    assert sam.page.find("input", {"name": "new_password"})["value"] == "", "not sent back"  # type: ignore[index]
    fields = {"new_password": "nine tall birches stand"}
    sam.post(f"{page_of(cast.carl)}/rescue/password", fields)
    assert (sam.status, cast.carl.must_change_password) == (200, False)
    assert Browser(app).log_in("carl", password="nine tall birches stand").is_logged_in
    assert sam.get(page_of(cast.carl)).button("Show password").get("data-hide-label") == "Hide password"


def test_generate_fills_the_field_and_changes_nothing(cast: Cast, sam: Browser) -> None:
    before = cast.carl.password_hash
    sam.get(page_of(cast.carl)).submit("Generate password")
    filled = sam.page.find("input", {"name": "new_password"})
    assert (filled["type"], len(str(filled["value"]))) == ("text", 20)  # type: ignore[index]
    assert cast.carl.password_hash == before
    sam.submit("Set password")
    assert (cast.carl.password_hash != before, cast.carl.must_change_password) == (True, True)


# --- Around -----------------------------------------------------------------------------------------------------------


def test_one_proof_serves_every_act_and_enter_in_its_field_does_nothing_else(
    cast: Cast, sam: Browser, clock: time_machine.Traveller
) -> None:
    users.change(cast.carl, {"bind_session": "yes"}, cast.visit("olga"))
    clock.shift(16 * 60)
    panel = sam.get(page_of(cast.carl)).panel("rescue")
    assert len(panel.select("input[name=proof]")) == 1
    first = panel.select("form button")[0]
    assert (first.get_text(), first.get("formaction")) == ("Confirm", None)
    sam.submit("Turn off", proof="wrong")
    assert (sam.status, cast.carl.bind_session, bool(error_at(sam, "proof"))) == (422, True, True)
    sam.submit("Confirm", proof=PASSWORDS["sam"])
    assert (cast.carl.bind_session, sam.page.select("input[name=proof]")) == (True, [])
    assert (sam.submit("Turn off").status, cast.carl.bind_session) == (200, False)


def test_the_commands_are_those_of_the_terminal(
    cast: Cast, sam: Browser, terminal: Callable[..., tuple[int, str]], phone: Phone
) -> None:
    User.update(login="-carl").where(User.login == "carl").execute()
    sam.get(f"/admin/customers/{User.get(User.login == '-carl').id}")
    commands = [code.get_text() for code in sam.page.select("#rescue-terminal code")]
    assert len(commands) == len(set(commands)) == 9
    for command in commands:
        program, *words = command.split()
        assert (program, terminal(*words)[0]) == ("./postern", 0), command
    copied = [str(button["data-copy"]) for button in sam.page.select("#rescue-terminal button")]
    assert copied == commands
