"""POST /login and /logout: equal answers for strangers, budgets, addresses, where the way leads, what ends."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import time_machine

from domain import hashing
from models import Event, User
from tests.acts import anonymous, thief_of, unwritable
from tests.browser import Browser
from tests.cast import PASSWORDS, Authenticator, Cast

pytestmark = pytest.mark.usefixtures("clock")
Terminal = Callable[..., tuple[int, str]]
At = Callable[[str], Browser]


@pytest.mark.manual("T22", "T36")
def test_by_default_login_and_password_are_enough(cast: Cast, browser: Browser) -> None:
    browser.get("/login")
    labels = [label.get_text() for label in browser.page.find_all("label")]
    assert (browser.h1, labels) == ("Log in", ["Login", "Password"])
    browser.submit("Log in", login="carl", password=PASSWORDS["carl"])
    assert (browser.status, browser.path) == (200, "/settings/security")


@pytest.mark.parametrize("typed", ["CARL", "  carl ", "ｃａｒｌ"])
def test_a_login_is_known_however_it_is_spelt(cast: Cast, browser: Browser, typed: str) -> None:
    browser.get("/login").submit("Log in", login=typed, password=PASSWORDS["carl"])
    assert browser.is_logged_in


STRANGERS = {
    "wrong password": ("carl", "wrong"),
    "right password with a space behind": ("olga", PASSWORDS["olga"] + " "),
    "unknown login": ("mallory", PASSWORDS["carl"]),
    "no login at all": ("'; DROP TABLE user; --", "wrong"),
    "suspended, wrong password": ("rita", "wrong"),
    "without a password": ("ivy", ""),
    "longer than any password": ("sam", PASSWORDS["sam"] * 100),
}


def test_strangers_get_the_same_answer_whoever_they_name(cast: Cast, browser_at: At, terminal: Terminal) -> None:
    assert terminal("user", "set", "rita", "active=no")[0] == 0
    User.update(password_hash=None).where(User.login == "ivy").execute()
    answers = {}
    for who, (login, password) in STRANGERS.items():
        browser = browser_at("198.51.100.1").get("/login").submit("Log in", login=login, password=password)
        answers[who] = browser.status, anonymous(browser, login, login.replace("'", "&#39;"))
    status, text = answers["wrong password"]
    assert (status, "Login or password is incorrect" in text, "9 attempts left" in text) == (401, True, True)
    assert {who for who, answer in answers.items() if answer != (status, text)} == set()


def test_the_budget_of_a_stranger_is_the_same_for_unknown_logins(cast: Cast, browser_at: At) -> None:
    series = {}
    for login in ("carl", "mallory"):
        browser, series[login] = browser_at("198.51.100.1"), []
        for _ in range(11):
            browser.get("/login").submit("Log in", login=login, password="wrong")
            series[login].append((browser.status, anonymous(browser, login)))
    assert series["carl"] == series["mallory"]
    assert [status for status, _ in series["carl"]] == [401] * 10 + [429]


def test_after_ten_wrong_passwords_there_is_a_pause_that_names_its_end(
    cast: Cast, browser: Browser, clock: time_machine.Traveller
) -> None:
    for _ in range(10):
        browser.get("/login").submit("Log in", login="carl", password="wrong")
    browser.log_in("carl")
    assert browser.status == 429
    assert browser.response and browser.response.headers["Retry-After"] == "300"
    assert "Too many attempts Try again in 5 minutes." in browser.words
    clock.shift(300)
    browser.log_in("carl")
    assert browser.is_logged_in


def test_nobody_else_can_use_up_the_attempts_of_a_known_browser(cast: Cast, browser: Browser, browser_at: At) -> None:
    browser.log_in("carl").log_out()
    mallory = browser_at(browser.address)
    for _ in range(11):
        mallory.get("/login").submit("Log in", login="carl", password="wrong")
    assert mallory.status == 429
    assert browser.log_in("carl").is_logged_in


BLOCKS = {
    "active=no": "This login is suspended",
    "expires_at=2026-11-20T11:59": "This login has expired",
    "activates_at=2026-11-20T12:01": "This login is not active yet",
}


@pytest.mark.parametrize(("column", "words"), BLOCKS.items())
def test_only_the_right_password_learns_that_a_login_is_blocked(
    cast: Cast, browser: Browser, terminal: Terminal, column: str, words: str
) -> None:
    assert terminal("user", "set", "carl", column)[0] == 0
    browser.log_in("carl")
    assert (browser.status, words in browser.words) == (403, True)
    assert not browser.is_logged_in
    assert Event.select().where(Event.subject == "carl", Event.tag == "account:login:refused").count() == 1


# --- Where the way leads ----------------------------------------------------------------------------------------------

HOSTILE = (
    "//evil.example",
    "////evil.example",
    "/\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\0//evil.example",
    "https://evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    "/settings/activity@evil.example",
    "/logout",
    "/login",
    "/login/code",
    "/static/app.css",
    "/healthz",
    "/settings/sessions/revoke-others",
    "/nowhere",
    "",
)


def test_after_log_in_nobody_is_led_to_a_page_that_is_not_ours(cast: Cast, browser: Browser) -> None:
    for wanted in HOSTILE:
        token = browser.get("/login").page.find("input", {"name": "csrf_token"})["value"]
        fields = {"login": "carl", "password": PASSWORDS["carl"], "next": wanted, "csrf_token": token}
        answer = browser.client.post("/login", data=fields)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/"), f"{wanted!r}"


def test_the_wanted_page_survives_wrong_passwords_and_codes(cast: Cast, browser: Browser) -> None:
    phone = cast.enrol("carl")
    browser.get("/settings/activity?before=1").submit("Log in", login="carl", password="wrong")
    browser.submit("Log in", login="carl", password=PASSWORDS["carl"])
    browser.follow("Use a recovery code instead").follow("Use the authenticator app instead")
    browser.submit("Ok", code=phone.wrong_code()).submit("Ok", code=phone.code())
    assert browser.path == "/settings/activity"
    assert "There are no entries before this." in browser.words, "the query was lost"


# --- From an address that is not in the list --------------------------------------------------------------------------

OUT = "198.51.100.66"


@pytest.fixture
def listed(cast: Cast, terminal: Terminal) -> None:
    assert terminal("user", "set", "carl", "access=listed", "trusted_ips=192.0.2.10;")[0] == 0


@pytest.mark.manual("A3", "A4")
def test_the_right_password_from_outside_ends_on_the_refusal(listed: None, browser_at: At) -> None:
    carl = browser_at(OUT).log_in("carl")
    assert (carl.status, carl.path, carl.h1) == (403, "/login", "Access from this IP denied")
    assert (OUT in carl.words, carl.is_logged_in) == (True, False)
    carl.submit("Try again")
    assert (carl.status, carl.h1) == (403, "Access from this IP denied")
    assert carl.submit("Log out").path == "/login"


def test_a_wrong_password_from_outside_is_answered_as_everybodys(listed: None, browser_at: At) -> None:
    wrong = browser_at(OUT).get("/login").submit("Log in", login="carl", password="wrong")
    other = browser_at(OUT).get("/login").submit("Log in", login="mallory", password="wrong")
    assert (wrong.status, anonymous(wrong, "carl")) == (401, anonymous(other, "mallory"))


def test_a_refused_log_in_costs_no_attempt(listed: None, browser_at: At) -> None:
    carl = browser_at(OUT)
    assert {carl.log_in("carl").status for _ in range(12)} == {403}
    assert "9 attempts left" in carl.get("/login").submit("Log in", login="carl", password="wrong").words
    failed = Event.select().where(Event.tag == "account:login:failed")
    assert failed.count() == 1, "nor does it count as a wrong password"


@pytest.mark.parametrize(("seconds", "path"), [(599, "/settings/activity"), (600, "/login")])
def test_a_refused_log_in_waits_ten_minutes_for_an_allowed_address(
    listed: None, browser_at: At, clock: time_machine.Traveller, seconds: int, path: str
) -> None:
    carl = browser_at(OUT).get("/settings/activity").submit("Log in", login="carl", password=PASSWORDS["carl"])
    clock.shift(seconds)
    carl.address = "192.0.2.10"
    carl.submit("Try again")
    assert (carl.path, carl.is_logged_in) == (path, path != "/login")


# --- Tokens and what ends ---------------------------------------------------------------------------------------------


def test_a_cookie_from_before_the_log_in_is_worth_nothing(cast: Cast, browser: Browser) -> None:
    thief = thief_of(browser.get("/login"))
    browser.log_in("carl")
    assert not thief.is_logged_in


def test_logging_in_anew_ends_the_session_that_the_browser_presented(cast: Cast, browser: Browser) -> None:
    phone = cast.enrol("carl")
    browser.log_in("sam")
    thief = thief_of(browser)
    browser.log_in("carl")
    assert thief.is_logged_in, "a log-in that is not finished ends nothing"
    browser.submit("Ok", code=phone.code())
    assert browser.is_logged_in
    assert not thief.is_logged_in


@pytest.mark.parametrize("stage", ["full", "password"])
def test_log_out_kills_the_session_on_the_server(cast: Cast, browser: Browser, stage: str) -> None:
    phone: Authenticator | None = cast.enrol("carl")
    browser.log_in("carl", phone if stage == "full" else None)
    thief = thief_of(browser)
    token = browser.page.find("input", {"name": "csrf_token"})["value"]
    answer = browser.client.post("/logout", data={"csrf_token": token})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert thief.get("/login/code").path == "/login"
    assert not thief.is_logged_in


def test_log_out_without_a_session_leads_to_the_form(browser: Browser) -> None:
    assert browser.get("/login").post("/logout").path == "/login"


def test_get_login_shows_the_form_to_whoever_is_in_already(cast: Cast, browser: Browser) -> None:
    assert browser.log_in("carl").get("/login").h1 == "Log in"
    assert browser.is_logged_in


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_no_request_without_a_form_logs_anybody_in_or_out(cast: Cast, browser: Browser, method: str) -> None:
    browser.log_in("carl")
    assert browser.client.open("/logout", method=method).status_code == 405
    query = f"/login?login=sam&password={PASSWORDS['sam']}"
    assert browser.client.open(query, method=method).status_code == 200
    assert "carl" in browser.get("/settings/security").words


# --- When the server cannot -------------------------------------------------------------------------------------------


@contextmanager
def crowd() -> Iterator[None]:
    """As many strangers as the queue of the hashing thread takes, none of whom gets on."""
    gate, started = threading.Event(), threading.Event()
    waiting = [threading.Thread(target=lambda: _wait(gate, started)) for _ in range(hashing.STRANGERS_LENGTH + 1)]
    waiting[0].start()
    assert started.wait(10)
    for thread in waiting[1:]:
        thread.start()
    try:
        while hashing._queue._has_room(known=False):
            assert any(thread.is_alive() for thread in waiting)
        yield
    finally:
        gate.set()
        for thread in waiting:
            thread.join(10)


def _wait(gate: threading.Event, started: threading.Event) -> None:
    hashing._queue.run(lambda: (started.set(), gate.wait(10)), known=False)


def test_when_too_many_log_in_the_answer_is_503_and_costs_no_attempt(cast: Cast, browser: Browser) -> None:
    browser.get("/login")
    with crowd():
        browser.submit("Log in", login="carl", password="wrong")
    assert browser.status == 503
    assert browser.response and int(browser.response.headers["Retry-After"]) > 0
    assert "The server is busy" in browser.words
    browser.submit("Log in", login="carl", password="wrong")
    assert "9 attempts left" in browser.words


@pytest.mark.parametrize("table", ["event", "session", "known_browser", "login_source", "attempt"])
def test_a_log_in_that_cannot_be_recorded_is_refused_and_heals_without_a_restart(
    cast: Cast, browser: Browser, data_dir: Path, table: str
) -> None:
    browser.get("/login")
    with unwritable(data_dir, table):
        browser.submit("Log in", login="carl", password=PASSWORDS["carl"])
    assert browser.status == 503
    assert browser.response and int(browser.response.headers["Retry-After"]) > 0
    assert browser.cookie("postern_device") is None
    assert not browser.is_logged_in
    assert browser.log_in("carl").is_logged_in
