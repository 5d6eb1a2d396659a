"""Active sessions: how long they last, how they end, and that their browsers are told why."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import time_machine

from domain import sessions
from models import Event, Session, User
from tests.acts import enable, fragment, thief_of
from tests.browser import Browser
from tests.cast import PASSWORDS, Cast

pytestmark = pytest.mark.usefixtures("clock")
Terminal = Callable[..., tuple[int, str]]
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile/15E148 Safari/604.1"
NOON = "20.11.2026 12:00 UTC"


@pytest.fixture
def other(cast: Cast, browser: Browser) -> Browser:
    """carl's phone, logged in elsewhere; `browser` is logged in as carl too."""
    phone = Browser(browser.app, address="198.51.100.1", agent=PHONE).log_in("carl")
    browser.log_in("carl")
    return phone


def why(browser: Browser) -> str:
    browser.get("/settings/security")
    assert browser.path == "/login"
    [note] = browser.page.select("form .note")
    return " ".join(note.get_text(" ").split())


def test_sessions_are_listed_with_browser_and_address(browser: Browser, other: Browser) -> None:
    rows = [" ".join(row.get_text(" ").split()) for row in browser.get("/settings/security").panel("sessions")("li")]
    assert rows == [
        "Firefox on Linux This session 192.0.2.10 , logged in today 12:00 UTC , active now",
        "Safari on iPhone 198.51.100.1 , logged in today 12:00 UTC , active now Revoke",
    ]


def test_a_revoked_session_is_out_at_its_next_request_and_is_told_why(browser: Browser, other: Browser) -> None:
    browser.get("/settings/security").submit("Revoke Safari on iPhone, 198.51.100.1")
    assert "The session is logged out." in browser.words
    assert len(browser.panel("sessions")("li")) == 1
    assert why(other) == f"You have been logged out This session was revoked from another device at {NOON}."
    assert browser.is_logged_in


def test_as_htmx_the_panel_comes_back_alone(browser: Browser, other: Browser) -> None:
    form = browser.get("/settings/security").button("Revoke Safari on iPhone, 198.51.100.1").find_parent("form")
    browser.htmx("POST", form["hx-post"])
    panel = fragment(browser, "sessions-panel")
    assert (browser.status, len(panel("li"))) == (200, 1)
    assert browser.response.headers["HX-Retarget"] == "#sessions-panel"
    assert "The session is logged out." in browser.response.headers["HX-Trigger"]
    assert {tag["id"] for tag in browser.page.find_all(attrs={"hx-swap-oob": True})} == {
        "security-rail",
        "activity-panel",
    }
    assert not other.is_logged_in


def test_log_out_all_others_leaves_this_one(browser: Browser, other: Browser, cast: Cast) -> None:
    browser.get("/settings/security").submit("Log out all others")
    assert (browser.is_logged_in, other.is_logged_in) == (True, False)
    assert not browser.has_button("Log out all others"), "there is no other any more"


def test_log_out_all_others_ends_copies_of_this_ones_cookie(browser: Browser, other: Browser) -> None:
    thief = thief_of(browser)
    for as_htmx in (False, True):
        if as_htmx:
            browser.htmx("POST", "/settings/sessions/revoke-others")
        else:
            browser.get("/settings/security").submit("Log out all others")
        assert (browser.status, thief.is_logged_in, browser.is_logged_in) == (200, False, True)
        thief = thief_of(browser)


@pytest.mark.parametrize("wanted", ["of carl", 999_999, 10**30])
def test_nobody_ends_the_session_of_somebody_else(
    cast: Cast, browser: Browser, other: Browser, wanted: int | str
) -> None:
    sam = Browser(browser.app).log_in("sam")
    if wanted == "of carl":
        wanted = Session.get(Session.user == cast.carl, Session.address == "198.51.100.1").id
    assert sam.post(f"/settings/sessions/{wanted}/revoke").status == 404
    assert sam.get("/settings/security").htmx("POST", f"/settings/sessions/{wanted}/revoke").status == 404
    assert other.is_logged_in


def test_an_htmx_request_of_an_ended_session_is_sent_to_the_form(browser: Browser, other: Browser) -> None:
    browser.get("/settings/security").submit("Log out all others")
    for method in ("POST", "GET"):
        other.htmx(method, "/settings/two-factor/disable")
        assert (other.status, other.text) == (401, "")
        assert other.response.headers["HX-Redirect"].startswith("/login")


# --- A session that was tried from elsewhere --------------------------------------------------------------------------


def test_the_warning_stays_until_its_owner_has_seen_it(browser: Browser, other: Browser) -> None:
    User.update(bind_session=True).where(User.login == "carl").execute()
    thief = thief_of(browser)
    thief.address = "198.51.100.66"
    for path in ("/settings/security", "/settings/activity", "/settings/activity"):
        thief.get(path)
        assert "This session was tried from 198.51.100.66 and refused" in browser.get(path).words
    assert not other.get("/settings/security").page.find(id="shell-tried"), "it is a warning of one session"
    browser.submit("It was me")
    assert (browser.status, browser.page.find(id="shell-tried")) == (200, None)
    assert (other.is_logged_in, thief.get("/settings/security").status) == (True, 403)
    assert browser.get("/settings/security").page.find(id="shell-tried"), "tried again, told again"


def test_nobody_else_puts_the_warning_away(browser: Browser, other: Browser) -> None:
    User.update(bind_session=True).where(User.login == "carl").execute()
    thief = thief_of(browser.get("/settings/security"))
    thief.get("/settings/security").address = "198.51.100.66"
    for act in ("dismiss-warning", "revoke-others"):
        assert thief.post(f"/settings/sessions/{act}").status == 403
    assert browser.get("/settings/security").page.find(id="shell-tried")
    assert other.is_logged_in


# --- Lifetimes --------------------------------------------------------------------------------------------------------


@pytest.mark.manual("D117")
def test_a_session_ends_after_an_hour_without_use(cast: Cast, browser: Browser, clock: time_machine.Traveller) -> None:
    browser.log_in("carl")
    for _ in range(2):
        clock.shift(59 * 60)
        assert browser.is_logged_in, "each use counts"
    clock.shift(60 * 60)
    assert why(browser) == "You have been logged out The session was not used for a while."


def test_a_session_ends_after_twelve_hours_in_any_case(
    cast: Cast, browser: Browser, clock: time_machine.Traveller
) -> None:
    browser.log_in("carl")
    for _ in range(14):
        clock.shift(50 * 60)
        assert browser.is_logged_in
    clock.shift(20 * 60)
    assert why(browser) == "You have been logged out The session reached its end."


def test_a_class_may_shorten_the_idle_time(
    cast: Cast, browser: Browser, terminal: Terminal, clock: time_machine.Traveller
) -> None:
    browser.log_in("carl")
    assert terminal("class", "set", "Customers", "idle_minutes=5")[0] == 0
    clock.shift(5 * 60 - 1)
    assert browser.is_logged_in
    clock.shift(5 * 60)
    assert not browser.is_logged_in


def test_the_fifty_first_session_ends_the_oldest(cast: Cast, browser: Browser) -> None:
    browser.log_in("carl")
    for _ in range(sessions.MOST_FULL):
        started, _ = sessions.start(cast.carl, cast.visit("carl"), known_browser_id=None, replaces=None)
        sessions.complete(started, cast.visit("carl"), method="password")
    assert why(browser) == "You have been logged out There were too many sessions, so the oldest ended."


# --- Why; what ends what is tested in tests/stories/test_what_ends_what.py --------------------------------------------


@pytest.mark.parametrize("verb", ["password", "2fa"])
def test_whom_the_provider_reset_is_told_so(cast: Cast, browser: Browser, terminal: Terminal, verb: str) -> None:
    browser.log_in("carl", cast.enrol("carl"))
    assert terminal("recover", verb, "carl")[0] == 0
    assert (
        why(browser)
        == f"You have been logged out Your provider reset the password or two-step authentication at {NOON}."
    )


def test_a_change_of_the_password_ends_the_others_and_tells_them(browser: Browser, other: Browser) -> None:
    thief = thief_of(browser)
    new = "carls twelve dry socks"
    browser.get("/settings/password").submit(
        "Change password", current_password=PASSWORDS["carl"], new_password=new, confirmation=new
    )
    assert why(other) == f"You have been logged out The password was changed in another session at {NOON}."
    assert browser.is_logged_in
    assert not thief.is_logged_in, "the token of before is dead"


def test_enabling_two_step_ends_the_others_and_tells_them(browser: Browser, other: Browser) -> None:
    thief = thief_of(browser)
    enable(browser)
    assert why(other) == f"You have been logged out Two-step authentication was changed in another session at {NOON}."
    assert browser.is_logged_in
    assert not thief.is_logged_in


@pytest.mark.parametrize("column", ["role=Full self-care", "name=Carl C.", "class=Resellers", "two_factor=no"])
def test_what_is_judged_anew_at_each_request_ends_nothing(
    browser: Browser, other: Browser, terminal: Terminal, column: str
) -> None:
    assert terminal("user", "set", "carl", column)[0] == 0
    assert browser.is_logged_in and other.is_logged_in


def test_ends_are_written_down(browser: Browser, other: Browser, cast: Cast) -> None:
    browser.get("/settings/security").submit("Log out all others").log_out()
    tags = [event.tag for event in Event.select().where(Event.subject == "carl").order_by(Event.id.desc()).limit(2)]
    assert tags == ["account:login:ended", "account:sessions:ended"]
