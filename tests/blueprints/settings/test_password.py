"""Changing one's password: by will, and because it is due."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import time_machine

from domain import password_rules
from models import KnownBrowser, Session, User
from tests.acts import error_at, fragment, unwritable
from tests.browser import Browser
from tests.cast import PASSWORDS, Cast

pytestmark = pytest.mark.usefixtures("clock")
Terminal = Callable[..., tuple[int, str]]
OLD, NEW = PASSWORDS["carl"], "twelve dry mittens"
PAGE = "/settings/password"


def fields(**changed: str) -> dict[str, str]:
    return {"current_password": OLD, "new_password": NEW, "confirmation": NEW, **changed}


@pytest.fixture
def carl(cast: Cast, browser: Browser) -> Browser:
    return browser.log_in("carl").get(PAGE)


@pytest.mark.manual("D120")
def test_the_new_password_counts_from_now_on(carl: Browser) -> None:
    carl.submit("Change password", **fields())
    assert (carl.path, "Your password is changed." in carl.words) == ("/settings/security", True)
    carl.log_out()
    assert carl.log_in("carl", password=OLD).status == 401
    assert carl.log_in("carl", password=NEW).is_logged_in


REFUSED = {
    "wrong current one": ({"current_password": "wrong"}, "current_password", "Your current password is not correct."),
    "no current one": ({"current_password": ""}, "current_password", "Your current password is not correct."),
    "14 characters": (
        {"new_password": "b" * 14, "confirmation": "b" * 14},
        "new_password",
        "Use at least 15 characters",
    ),
    "1025 characters": ({"new_password": "ab" * 513}, "new_password", "Use at most 1024 characters"),
    "the same": ({"new_password": OLD, "confirmation": OLD}, "new_password", "The new password is the same"),
    "typed differently": ({"confirmation": NEW + "x"}, "confirmation", "The two new passwords differ."),
    "mostly the name of the site": (
        dict.fromkeys(("new_password", "confirmation"), "northgatehosting1"),
        "new_password",
        "This password is mostly made of your login or the name of this site.",
    ),
}


@pytest.mark.manual("D120")
@pytest.mark.parametrize(("changed", "field", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_wrong_is_said_at_its_field_and_nothing_changes(
    carl: Browser, changed: dict[str, str], field: str, words: str
) -> None:
    stored = User.get(User.login == "carl").password_hash
    carl.submit("Change password", **fields(**changed))
    assert carl.status == 422
    assert error_at(carl, field).removeprefix("Error: ").startswith(words)
    assert User.get(User.login == "carl").password_hash == stored
    carl.htmx("POST", PAGE, fields(**changed))
    fragment(carl, "password-panel")
    assert (carl.status, error_at(carl, field).removeprefix("Error: ").startswith(words)) == (422, True)


def test_a_change_that_cannot_be_recorded_does_not_happen(carl: Browser, data_dir: Path) -> None:
    with unwritable(data_dir, "event"):
        carl.submit("Change password", **fields())
    assert carl.status == 503
    assert carl.is_logged_in
    assert Browser(carl.app).log_in("carl", password=OLD).is_logged_in


def test_as_htmx_the_panel_comes_back_closed(carl: Browser) -> None:
    carl.htmx("GET", PAGE)
    assert fragment(carl, "password-panel").find("form")
    carl.htmx("POST", PAGE, fields())
    assert not fragment(carl, "password-panel").find("form")
    assert (carl.status, carl.response.headers["HX-Retarget"]) == (200, "#password-panel")
    assert "Your password is changed." in carl.response.headers["HX-Trigger"]
    assert carl.is_logged_in, "under its new token"


def test_wrong_current_passwords_use_up_the_attempts_of_this_browser(carl: Browser) -> None:
    for _ in range(10):
        carl.submit("Change password", **fields(current_password="wrong"))
        assert carl.status == 422
    carl.submit("Change password", **fields())
    assert (carl.status, carl.response.headers["Retry-After"]) == (429, "300")
    assert carl.log_in("carl").status == 429


@pytest.mark.manual("D120")
def test_generate_fills_both_fields_and_changes_nothing(carl: Browser) -> None:
    carl.submit("Generate password")
    first, again = (carl.page.find(id=field)["value"] for field in ("new_password", "confirmation"))
    assert first == again and len(first) == 20
    carl.submit("Change password", current_password=OLD)
    assert "Your password is changed." in carl.words
    carl.log_out()
    assert carl.log_in("carl", password=first).is_logged_in


def test_generate_as_htmx_answers_with_the_new_fields(carl: Browser) -> None:
    carl.htmx("POST", f"{PAGE}/generated", fields())
    root = fragment(carl, "password-new-password")
    assert len(root.find(id="new_password")["value"]) == 20
    assert OLD not in carl.text


@pytest.mark.parametrize("required", [False, True])
def test_where_two_step_is_required_eight_characters_are_enough(
    cast: Cast, browser: Browser, terminal: Terminal, required: bool, clock: time_machine.Traveller
) -> None:
    phone = cast.enrol("carl")
    assert terminal("user", "set", "carl", f"two_factor={'yes' if required else 'inherit'}")[0] == 0
    browser.log_in("carl", phone).get(PAGE)
    assert f"At least {8 if required else 15} characters." in browser.words
    browser.submit("Change password", **fields(new_password="q7-mittx", confirmation="q7-mittx"))
    assert browser.status == (200 if required else 422)


def test_known_browsers_die_but_for_a_new_token_of_this_one(carl: Browser) -> None:
    before = carl.cookie("postern_device")
    carl.submit("Change password", **fields())
    now = carl.cookie("postern_device")
    assert now and before and now.split(".")[0] not in before
    assert KnownBrowser.select().join(User).where(User.login == "carl").count() == 1
    mallory = Browser(carl.app)
    mallory.client.set_cookie("postern_device", before)
    for _ in range(10):
        mallory.get("/login").submit("Log in", login="carl", password="wrong")
    assert carl.log_out().log_in("carl", password=NEW).is_logged_in


# --- Because it is due ------------------------------------------------------------------------------------------------


@pytest.fixture
def due(cast: Cast, terminal: Terminal) -> str:
    """The password that the provider made for carl."""
    return terminal("recover", "password", "carl")[1].partition("Password: ")[2].split()[0]


@pytest.mark.manual("D120")
def test_a_password_from_the_provider_is_changed_before_anything_else(browser: Browser, due: str) -> None:
    browser.log_in("carl", password=due)
    assert (browser.path, browser.h1) == (PAGE, "Choose a new password")
    for path in ("/", "/settings/security", "/settings/activity", "/settings/two-factor/enrolment"):
        assert browser.get(path).path == PAGE
    browser.submit("Change password", current_password=due, new_password="short", confirmation="short")
    assert (browser.status, browser.h1) == (422, "Choose a new password")
    browser.submit("Change password", current_password=due, new_password=due, confirmation=due)
    assert "The new password is the same as the current one." in browser.words
    browser.submit("Change password", current_password=due, new_password=NEW, confirmation=NEW)
    assert (browser.path, browser.is_logged_in) == ("/settings/security", True)
    browser.log_out()
    assert browser.log_in("carl", password=due).status == 401


def test_where_it_is_due_generate_works_without_script(browser: Browser, due: str) -> None:
    browser.log_in("carl", password=due).submit("Generate password")
    assert browser.h1 == "Choose a new password"
    assert browser.submit("Change password", current_password=due).path == "/settings/security"


def test_a_password_that_is_due_can_be_left_by_logging_out(browser: Browser, due: str) -> None:
    browser.log_in("carl", password=due).log_out()
    assert browser.path == "/login"
    assert Session.select().where(Session.ended_at.is_null()).count() == 0


def test_who_has_no_password_yet_sets_one_without_a_current_one(
    cast: Cast, browser: Browser, terminal: Terminal
) -> None:
    User.update(password_hash=None, password_changed_at=None).where(User.login == "carl").execute()
    link = terminal("recover", "link", "carl")[1].split()[-1]
    browser.get(link[link.index("/login/") :]).submit("Log in as carl").get(PAGE)
    assert "No password is set." in browser.words
    browser.submit("Change password", new_password=NEW, confirmation=NEW)
    browser.log_out()
    assert browser.log_in("carl", password=NEW).is_logged_in


def test_generated_passwords_always_pass_our_own_rules() -> None:
    for _ in range(200):
        password_rules.check(password_rules.generate(), "carl", "carl@cole.example", two_factor_required=False)
