"""What mallory tried, each once found to work or nearly so."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
import time_machine
from argon2 import PasswordHasher

import files
from domain import hashing, login, passwords, two_factor, users
from domain.errors import Conflict, LoginTooOld, NotEnrolled, SessionOver
from domain.visit import utcnow
from models import Authenticator, User
from tests.browser import Browser
from tests.cast import PASSWORDS, Cast
from tests.domain.seat import Seat, console, overtaken, refused

NEW = "five new brass bells"
Terminal = Callable[..., tuple[int, str]]


def test_replacing_is_no_way_around_confirm_its_you(
    cast: Cast, browser: Browser, clock: time_machine.Traveller
) -> None:
    browser.log_in("carl")
    clock.shift(16 * 60)
    browser.get("/settings/security")
    for fields in ({}, {"code": "123456"}, {"code": "k7m2p-9xq4d"}):
        assert browser.post("/settings/two-factor/replace", fields).status == 422
    assert browser.post("/settings/two-factor/enrolment/confirm", {"code": "123456"}).status == 422
    assert not Authenticator.select().exists()
    seat = Seat("carl").enter()
    refused(lambda: two_factor.begin(seat.user, seat.visit, proof="123456"), NotEnrolled)


def carl_gets_a_new_password() -> None:
    passwords.reset(Cast().carl, NEW, console(), must_change=False)


def test_a_log_in_under_way_does_not_outlive_a_new_password(cast: Cast, clock: time_machine.Traveller) -> None:
    """The old password was judged, then the provider set a new one, then the session would have been opened."""
    seat = Seat("carl")
    with pytest.raises(SessionOver):
        overtaken(lambda: seat.give_password(PASSWORDS["carl"]), carl_gets_a_new_password, transaction=2)


def test_a_change_under_way_does_not_undo_a_reset(cast: Cast, clock: time_machine.Traveller) -> None:
    seat = Seat("carl").enter()
    user, visit = seat.user, seat.visit
    his = "mallorys own sentence"
    with pytest.raises(SessionOver):
        overtaken(
            lambda: passwords.change(user, PASSWORDS["carl"], his, his, visit), carl_gets_a_new_password, transaction=2
        )
    assert hashing.verify(cast.carl.password_hash, NEW, known=True)


def test_what_others_changed_meanwhile_stays(cast: Cast) -> None:
    stale = cast.carl
    User.update(active=False, wrong_codes_in_row=7).where(User.login == "carl").execute()
    users.change(stale, {"email": "new@cole.example"}, console())
    assert (cast.carl.active, cast.carl.wrong_codes_in_row, cast.carl.email) == (False, 7, "new@cole.example")


def test_a_login_of_combining_marks_stops_nobody(cast: Cast) -> None:
    began = time.process_time()
    assert users.by_login("\u0301" * 40_000 + "\u0316" * 40_000) is None
    assert time.process_time() - began < 1


def test_a_made_up_login_is_nobody_elses_bucket(cast: Cast, clock: time_machine.Traveller) -> None:
    visit = cast.visit("stranger")
    buckets = {b.bucket for b in passwords.budgets("carl", cast.carl, None, visit)}
    for typed in (f"carl:{visit.address}", "carl:", "CARL ", "carl\x00"):
        assert buckets & {b.bucket for b in passwords.budgets(typed, None, None, visit)} <= {
            f"password:source {visit.address}"
        }


def test_hashing_goes_on_in_a_child_of_a_process_that_has_hashed() -> None:
    hashing.hash_password("warm")
    child = os.fork()
    if child == 0:
        os._exit(0 if hashing.verify(None, "x", known=False) is False else 1)
    deadline = time.monotonic() + 20
    while (ended := os.waitpid(child, os.WNOHANG)) == (0, 0) and time.monotonic() < deadline:
        pass
    assert ended == (child, 0)


def test_the_queue_is_made_anew_after_a_fork() -> None:
    hashing.hash_password("warm")
    hashing._after_fork()
    assert hashing.verify(hashing.hash_password("again"), "again", known=True)


def test_a_hash_of_before_a_reset_is_not_strengthened(cast: Cast) -> None:
    stale = cast.carl
    stale.password_hash = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash("old")
    login._strengthen(stale, "old")
    assert hashing.verify(cast.carl.password_hash, PASSWORDS["carl"], known=True)


def test_a_stale_session_sets_no_first_password(cast: Cast, clock: time_machine.Traveller) -> None:
    seat = Seat("carl").enter()
    User.update(password_hash=None).where(User.login == "carl").execute()
    user, visit = seat.user, seat.visit
    clock.shift(16 * 60)
    refused(lambda: passwords.change(user, "", NEW, NEW, replace(visit, now=utcnow())), LoginTooOld)


@pytest.mark.parametrize(
    "columns", [{"email": "x" * 300}, {"expires_at": "0999-01-01"}, {"activates_at": "9999-01-01"}]
)
def test_what_no_column_can_hold_is_refused(cast: Cast, columns: dict[str, str]) -> None:
    refused(lambda: users.change(cast.carl, columns, console()), Conflict)


def test_nobody_has_an_id_that_nobody_has(cast: Cast) -> None:
    with pytest.raises(User.DoesNotExist):
        users.by_id(10**9)


def test_names_that_strangers_make_up_are_not_remembered(browser: Browser) -> None:
    before = len(files.served())
    for n in range(20):
        assert browser.client.get(f"/static/{n}.css").status_code == 404
    assert len(files.served()) == before


def test_a_planted_remember_cookie_means_nothing(cast: Cast, browser: Browser) -> None:
    browser.client.set_cookie("remember_token", "a|é")
    assert browser.get("/login").status == 200
    assert browser.log_in("carl").path == "/settings/security"


@pytest.mark.parametrize("host", ["a..b", "x" * 300, "evil.example", "evil.example:99999", ""])
def test_the_host_header_leads_nowhere(browser: Browser, host: str) -> None:
    answer = browser.client.get("/settings//security", headers={"Host": host})
    assert answer.status_code in (303, 308, 404)
    assert "evil" not in answer.headers.get("Location", "")
    assert "Content-Security-Policy" in answer.headers


def test_enter_changes_the_password_and_does_not_generate_one(cast: Cast, browser: Browser) -> None:
    browser.log_in("carl").get("/settings/password")
    [form] = browser.page.select("#password-panel form")
    first = next(button for button in form.find_all("button") if button.get("type") != "button")
    assert not first.get("formaction") and not first.get("hx-post")


def test_a_link_is_a_way_to_a_new_password(
    cast: Cast, browser: Browser, terminal: Terminal, clock: time_machine.Traveller
) -> None:  # type: ignore[no-untyped-def]
    assert terminal("recover", "password", "carl")[0] == 0
    link = terminal("recover", "link", "carl")[1].splitlines()[1]
    browser.get("/" + link.split("/", 3)[3]).submit("Log in as carl")
    assert (browser.h1, browser.page.find(id="current_password")) == ("Choose a new password", None)
    browser.submit("Change password", new_password=NEW, confirmation=NEW)
    assert browser.path == "/settings/security"
    assert Browser(browser.app).log_in("carl", password=NEW).path == "/settings/security"


def test_an_old_session_by_link_asks_for_the_password_again(
    cast: Cast, browser: Browser, terminal: Terminal, clock: time_machine.Traveller
) -> None:
    link = terminal("recover", "link", "carl")[1].splitlines()[1]
    browser.get("/" + link.split("/", 3)[3]).submit("Log in as carl")
    clock.shift(16 * 60)
    assert browser.get("/settings/password").page.find(id="current_password")
    fields = {"new_password": NEW, "confirmation": NEW}
    assert browser.post("/settings/password", fields).status == 422
