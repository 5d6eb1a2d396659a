"""recover …: each verb says before → after, can be repeated, leaves an event, and works at the next request."""

from __future__ import annotations

import getpass
import json
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from time_machine import Traveller

from models import Event, LoginLink, RecoveryCode, User, database
from tests.browser import Browser
from tests.cast import PASSWORDS, Cast

Terminal = Callable[..., tuple[int, str]]
ACTOR = f"console:{getpass.getuser()}"


def events_of(login: str) -> list[tuple[str, str, str]]:
    with database.connection_context():
        rows = Event.select().where(Event.subject == login, Event.actor == ACTOR).order_by(Event.id)
        return [(event.tag, event.actor, event.address) for event in rows]


def test_two_factor_is_reset_and_with_policy_no_switched_off(cast: Cast, terminal: Terminal, browser: Browser) -> None:
    User.update(two_factor="yes").where(User.login == "carl").execute()
    phone = cast.enrol("carl")
    browser.log_in("carl", phone)
    assert terminal("recover", "2fa", "carl")[1] == "carl: two-step on → two-step not set up\n"
    assert not browser.is_logged_in
    assert browser.log_in("carl").h1 == "Enable two-step authentication", "the policy stays"
    assert terminal("recover", "2fa", "carl", "--policy", "no")[1] == (
        "carl: two-step not set up → two-step not set up, policy no\n"
    )
    assert browser.get("/settings/security").status == 200
    assert terminal("recover", "2fa", "carl", "--policy", "no") == (0, "carl: already without a key\n")
    assert events_of("carl") == [
        ("account:two_factor:reset", ACTOR, "console"),
        ("account:user:changed", ACTOR, "console"),
    ]


@pytest.mark.manual("A11", "A12", "D120")
def test_a_new_password_is_printed_once_and_has_to_be_changed(cast: Cast, terminal: Terminal, browser: Browser) -> None:
    browser.log_in("carl")
    code, said = terminal("recover", "password", "carl")
    assert (code, "old password → new password, 1 session logged out" in said) == (0, True)
    password = said.partition("Password: ")[2].split()[0]
    assert len(password) == 20
    assert not browser.is_logged_in
    assert browser.get("/login").submit("Log in", login="carl", password=PASSWORDS["carl"]).status == 401
    assert browser.log_in("carl", password=password).h1 == "Choose a new password"
    assert events_of("carl") == [("account:password:reset", ACTOR, "console")]
    again = json.loads(terminal("recover", "password", "carl", "--json")[1])
    assert set(again) >= {"login", "password"} and again["password"] != password


def test_unlock_forgets_failed_attempts(cast: Cast, terminal: Terminal, browser: Browser) -> None:
    for _ in range(11):
        browser.get("/login").submit("Log in", login="carl", password="wrong")
    assert browser.status == 429
    assert json.loads(terminal("recover", "show", "carl", "--json")[1])["failed_attempts"] > 0
    code, said = terminal("recover", "unlock", "carl")
    assert (code, said.endswith("failed attempts → 0 failed attempts\n")) == (0, True)
    assert browser.log_in("carl").path == "/settings/security"
    assert terminal("recover", "unlock", "carl") == (0, "carl: already unlocked\n")
    assert events_of("carl") == [("account:login:unlocked", ACTOR, "console")]


def test_unlock_opens_the_code_after_fifty_wrong_ones(cast: Cast, terminal: Terminal) -> None:
    cast.enrol("carl")
    User.update(wrong_codes_in_row=50).where(User.login == "carl").execute()
    assert [user["login"] for user in json.loads(terminal("recover", "list", "--locked", "--json")[1])] == ["carl"]
    assert "Code locked:     yes" in terminal("recover", "show", "carl")[1]
    code, said = terminal("recover", "unlock", "carl")
    assert (code, "carl: already" in said) == (0, False)
    assert json.loads(terminal("recover", "show", "carl", "--json")[1])["locked"] is False


@pytest.mark.manual("D124")
def test_a_link_opens_the_account_once(cast: Cast, terminal: Terminal, browser: Browser, clock: Traveller) -> None:
    cast.enrol("carl")
    code, said = terminal("recover", "link", "carl", "--minutes", "15")
    assert code == 0
    url = urlsplit(said.split()[-1])
    assert (url.scheme, url.netloc, len(url.path.rpartition("/")[2])) == ("http", "127.0.0.1:8000", 43)
    with database.connection_context():
        link = LoginLink.get()
        assert url.path.rpartition("/")[2] not in (link.token_hash, link.created_by)
        assert link.created_by == ACTOR
    browser.get(url.path).submit("Log in as carl")
    assert browser.path == "/settings/security"
    assert browser.get(url.path).status == 410
    second = json.loads(terminal("recover", "link", "carl", "--json")[1])
    clock.shift(15 * 60)
    assert browser.get(urlsplit(second["url"]).path).status == 410
    assert [tag for tag, *_ in events_of("carl")] == ["account:login_link:made"] * 2


def test_a_suspended_person_gets_no_link(cast: Cast, terminal: Terminal) -> None:
    User.update(active=False).where(User.login == "carl").execute()
    for who in ("carl", "ivy"):
        code, said = terminal("recover", "link", who)
        assert (code, "This login is suspended" in said) == (1, True)
    assert not LoginLink.select().exists()


def test_a_code_is_read_out_and_works_once(cast: Cast, terminal: Terminal, browser: Browser) -> None:
    cast.enrol("carl")
    code, said = terminal("recover", "code", "carl")
    assert code == 0
    read_out = said.splitlines()[-1].strip()
    assert read_out not in [row.code_hash for row in RecoveryCode.select()]
    browser.log_in("carl").submit("Ok", code=read_out)
    assert browser.path == "/settings/security"
    assert events_of("carl") == [("account:recovery_code:issued", ACTOR, "console")]
    facts = json.loads(terminal("recover", "code", "carl", "--json")[1])
    assert set(facts) == {"login", "code", "expires_at"}


def test_nobody_gets_a_code_who_is_not_asked_for_one(cast: Cast, terminal: Terminal) -> None:
    code, said = terminal("recover", "code", "carl")
    assert (code, "carl is not asked for a code" in said) == (1, True)


@pytest.mark.manual("T33")
def test_show_says_everything_that_decides(cast: Cast, terminal: Terminal, browser: Browser, clock: Traveller) -> None:
    cast.enrol("carl")
    clock.shift(60)
    browser.get("/login").submit("Log in", login="carl", password=PASSWORDS["carl"])
    said = terminal("recover", "show", "carl")[1]
    for line in (
        "Status:          active",
        "Two-step:        optional (as the class Customers has it); enrolled",
        "10 recovery codes left",
        "Code locked:     no",
        "Failed attempts: 0",
        "Server time:     20.11.2026 12:01 UTC",
    ):
        assert line in said


@pytest.mark.parametrize("verb", ["2fa", "password", "unlock", "link", "code", "show"])
def test_the_owner_is_rescued_like_everybody_else(verb: str, cast: Cast, terminal: Terminal) -> None:
    cast.enrol("olga")
    assert terminal("recover", verb, "olga")[0] == 0
