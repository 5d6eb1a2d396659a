"""Links to set a password: staff see one once, GET shows a form, POST uses it, and log-in asks for all that it asks."""

from __future__ import annotations

import logging
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
import time_machine
from flask import Flask

from domain import password_links, users
from models import AccountClass, Event, PasswordLink
from tests.acts import enter, error_at, thief_of
from tests.browser import Browser
from tests.cast import PASSWORDS, Cast

pytestmark = pytest.mark.usefixtures("clock")
At = Callable[[str], Browser]
NEW = "nobodys nine green hats"
SET = "Your password is set. Log in."


@pytest.fixture
def link(cast: Cast) -> str:
    return new_link(cast, "carl")


def new_link(cast: Cast, login: str) -> str:
    token, _ = password_links.make(getattr(cast, login), cast.visit("sam"))
    return f"/login/password/{token}"


def set_password(browser: Browser, link: str, new: str = NEW) -> Browser:
    return browser.get(link).submit("Set password", new_password=new, confirmation=new)


# --- Once, by the person ----------------------------------------------------------------------------------------------


@pytest.mark.manual("D123")
def test_it_is_shown_once_to_staff_and_holds_no_password(cast: Cast, browser: Browser, browser_at: At) -> None:
    before, page = cast.carl.password_hash, f"/admin/customers/{cast.carl.id}"
    sam = browser_at("192.0.2.20").log_in("sam").get(page).submit("Make a link")
    shown = sam.page.find(id="rescue-secret").get_text()
    assert shown.startswith("http://127.0.0.1:8000/login/password/") and sam.text.count(shown) == 1
    assert "It works once, until 23.11.2026 12:00 UTC, and is not shown again." in sam.words
    assert sam.response.headers["Cache-Control"] == "no-store"
    assert cast.carl.password_hash == before and PASSWORDS["carl"] not in sam.text
    assert shown not in sam.get(page).text
    assert "Open until 23.11.2026 12:00 UTC; a new one replaces it." in sam.words
    assert "It ends 1 open link." in sam.words
    assert (set_password(browser, urlsplit(shown).path).path, SET in browser.words) == ("/login", True)
    made, used = Event.select().order_by(Event.id.desc()).limit(2)[::-1]
    assert (made.tag, made.actor, used.tag, used.actor) == (
        "account:password_link:made", "sam", "account:password_link:used", "carl",
    )  # fmt: skip


def test_get_changes_nothing_and_post_works_once(cast: Cast, browser: Browser, link: str) -> None:
    events = Event.select().count()
    for _ in range(2):  # scanners look first
        assert (browser.get(link).status, browser.h1) == (200, "Set your password")
        assert "carl" in browser.words and "At least 15 characters." in browser.words
    assert (browser.client.head(link).status_code, Event.select().count()) == (200, events)
    set_password(browser, link)
    for again in (browser.get(link), browser.get("/login").post(link, {"new_password": NEW, "confirmation": NEW})):
        assert (again.status, again.h1) == (410, "This link does not work any more")
        assert "Ask your provider for a new one." in again.words and again.has_button("Log in")


def test_it_opens_no_session_and_leads_to_the_log_in_with_the_login_filled_in(browser: Browser, link: str) -> None:
    set_password(browser, link)
    assert (browser.path, browser.is_logged_in) == ("/login", False)
    assert browser.get("/login").page.find("input", {"name": "login"})["value"] == "", "once"
    set_again = browser.submit("Log in", login="carl", password=NEW)
    assert (set_again.path, set_again.is_logged_in) == ("/settings/security", True), "nothing else to change first"


def test_the_login_is_filled_in(browser: Browser, link: str) -> None:
    set_password(browser, link)
    assert browser.page.find("input", {"name": "login"})["value"] == "carl"
    assert browser.submit("Log in", password=NEW).is_logged_in


def test_the_old_password_and_what_it_opened_go_on_until_it_is_used(cast: Cast, browser: Browser, app: Flask) -> None:
    open_before, link = Browser(app).log_in("carl"), new_link(cast, "carl")
    assert open_before.is_logged_in and Browser(app).log_in("carl").is_logged_in
    set_password(browser, link)
    assert not open_before.is_logged_in
    assert Browser(app).log_in("carl").status == 401


# --- What log-in asks for still holds ---------------------------------------------------------------------------------


def test_the_second_step_is_still_asked(cast: Cast, browser: Browser) -> None:
    phone = cast.enrol("carl")
    set_password(browser, new_link(cast, "carl"))
    browser.submit("Log in", password=NEW)
    assert (browser.path, browser.is_logged_in) == ("/login/code", False)
    assert browser.submit("Ok", code=phone.code()).is_logged_in


def test_the_lists_still_refuse(cast: Cast, browser_at: At, link: str) -> None:
    users.change(cast.carl, {"provider_access": "listed", "provider_ips": "10.0.0.1"}, cast.visit("sam"))
    away = set_password(browser_at("198.51.100.23"), link)
    assert SET in away.words
    assert away.submit("Log in", password=NEW).status == 403
    assert not away.is_logged_in


def test_the_dates_of_the_login_still_hold(cast: Cast, browser: Browser, clock: time_machine.Traveller) -> None:
    users.change(cast.ivy, {"activates_at": "2026-11-21"}, cast.visit("sam"))
    set_password(browser, new_link(cast, "ivy"))
    assert browser.submit("Log in", password=NEW).status == 403
    clock.shift(24 * 3600)
    assert browser.get("/login").submit("Log in", login="ivy", password=NEW).is_logged_in


def test_a_browser_that_is_somebody_elses_stays_his(cast: Cast, browser: Browser, link: str) -> None:
    """Also while he visits another account: the log names the person alone."""
    enter(browser.log_in("sam"), cast.carl)
    thief = thief_of(browser)
    set_password(browser, link)
    event = Event.get(Event.tag == "account:password_link:used")
    assert (event.actor, event.subject, event.while_acting) == ("carl", "carl", False)
    assert thief.get("/settings/profile").h1 != "Profile", "the visit was carl's session, and ended with the others"
    assert Browser(browser.app).log_in("sam").is_logged_in


# --- What keeps it alive, what kills it -------------------------------------------------------------------------------


def test_a_weak_password_or_a_wrong_confirmation_is_said_at_its_field_and_costs_nothing(
    cast: Cast, browser: Browser, link: str
) -> None:
    browser.get(link).submit("Set password", new_password="short", confirmation="short")
    assert (browser.status, error_at(browser, "new_password")) == (422, "Error: Use at least 15 characters")
    browser.submit("Set password", new_password=NEW, confirmation=f"{NEW}!")
    assert browser.status == 422 and error_at(browser, "confirmation").startswith(
        "Error: The two new passwords differ."
    )
    assert NEW not in browser.text, "not sent back"
    browser.submit("Set password", new_password=NEW, confirmation=NEW)
    assert SET in browser.words


def test_the_rule_is_that_of_the_person(cast: Cast, browser: Browser, link: str) -> None:
    AccountClass.update(two_factor="required").where(AccountClass.name == "Customers").execute()
    assert "At least 8 characters." in browser.get(link).words
    assert SET in set_password(browser, link, "9 letter").words


def test_it_dies_after_72_hours_also_under_an_open_form(
    browser: Browser, link: str, clock: time_machine.Traveller
) -> None:
    clock.shift(72 * 3600 - 1)
    assert browser.get(link).status == 200
    clock.shift(1)
    assert browser.submit("Set password", new_password=NEW, confirmation=NEW).status == 410
    assert browser.get(link).status == 410


KILLS: dict[str, Callable[[Browser], Browser]] = {
    "a newer link": lambda sam: sam.submit("Make a link"),
    "a new password": lambda sam: sam.submit("Set new password"),
    "a suspension": lambda sam: sam.submit("Suspend"),
}


@pytest.mark.parametrize("kill", KILLS.values(), ids=KILLS)
def test_the_provider_kills_it_with(
    cast: Cast, browser: Browser, browser_at: At, link: str, kill: Callable[[Browser], Browser]
) -> None:
    browser.get(link)
    kill(browser_at("192.0.2.20").log_in("sam").get(f"/admin/customers/{cast.carl.id}"))
    assert browser.submit("Set password", new_password=NEW, confirmation=NEW).status == 410
    assert browser.get("/login").submit("Log in", login="carl", password=NEW).status == 401


def test_his_own_change_of_password_kills_it(browser: Browser, browser_at: At, link: str) -> None:
    carl = browser_at("192.0.2.20").log_in("carl").get("/settings/password")
    carl.submit("Change password", current_password=PASSWORDS["carl"], new_password=NEW, confirmation=NEW)
    assert browser.get(link).status == 410


@pytest.mark.parametrize("token", ["x", "A" * 43, "%00", "é", "x" * 5000])
def test_an_invented_one_is_dead(browser: Browser, token: str) -> None:
    assert browser.get(f"/login/password/{token}").status == 410
    fields = {"new_password": NEW, "confirmation": NEW}
    assert browser.get("/login").post(f"/login/password/{token}", fields).status == 410


def test_a_form_from_elsewhere_cannot_use_it(cast: Cast, browser: Browser, link: str) -> None:
    before, fields = cast.carl.password_hash, {"new_password": NEW, "confirmation": NEW}
    assert browser.post(link, fields, csrf=False).status == 400
    assert browser.get(link).post(link, fields, Sec_Fetch_Site="cross-site").status == 400
    assert (cast.carl.password_hash, browser.get(link).status) == (before, 200)


# --- Who makes one ----------------------------------------------------------------------------------------------------


def test_a_customer_makes_one_for_his_individual_and_nobody_for_a_stranger(cast: Cast, browser: Browser) -> None:
    browser.log_in("carl").get(f"/admin/individuals/{cast.ivy.id}").submit("Make a link")
    assert browser.page.find(id="rescue-secret"), browser.words
    event = Event.get(Event.tag == "account:password_link:made")
    assert (event.actor, event.subject) == ("carl", "ivy")
    for place in (f"customers/{cast.carl.id}", f"staff/{cast.sam.id}"):
        assert browser.post(f"/admin/{place}/rescue/password-link").status == 403
    assert (
        browser.get("/settings/security").post(f"/admin/individuals/{cast.carl.id}/rescue/password-link").status == 404
    )
    assert PasswordLink.select().count() == 1


@pytest.mark.parametrize("act", ["password-link", "new-password", "password"])
def test_no_toast_covers_a_secret_that_is_shown_once(cast: Cast, browser: Browser, act: str) -> None:
    page = f"/admin/customers/{cast.carl.id}"
    browser.log_in("sam").get(page).htmx("POST", f"{page}/rescue/{act}")
    assert browser.status == 200 and browser.page.select_one(".note.ok code")
    assert "HX-Trigger" not in browser.response.headers


def test_rita_makes_none_for_who_is_not_hers(cast: Cast, browser: Browser) -> None:
    browser.log_in("rita").get("/settings/security")
    for place in (f"customers/{cast.carl.id}", f"individuals/{cast.ivy.id}", "customers/999999"):
        assert browser.get("/settings/security").post(f"/admin/{place}/rescue/password-link").status == 404
    assert PasswordLink.select().count() == 0


def test_an_old_log_in_is_confirmed_first(cast: Cast, browser: Browser, clock: time_machine.Traveller) -> None:
    browser.log_in("sam")
    clock.shift(16 * 60)
    browser.get(f"/admin/customers/{cast.carl.id}").submit("Make a link", proof="wrong")
    assert (browser.status, PasswordLink.select().count()) == (422, 0)
    assert browser.submit("Make a link", proof=PASSWORDS["sam"]).page.find(id="rescue-secret")


# --- The token stays where it is --------------------------------------------------------------------------------------


def test_the_token_is_in_no_log_no_event_and_no_other_page(
    cast: Cast, browser: Browser, link: str, caplog: pytest.LogCaptureFixture
) -> None:
    token = link.rpartition("/")[2]
    with caplog.at_level(logging.DEBUG):
        shown = browser.get(link).response.headers
        browser.post(link, csrf=False)
        browser.get(link).submit("Set password", new_password="short", confirmation="short")
        set_password(browser, link)
        assert (browser.path, token in browser.text) == ("/login", False)
        assert (browser.get(link).status, browser.response.headers["Referrer-Policy"]) == (410, "strict-origin")
    assert caplog.records and token not in caplog.text and NEW not in caplog.text
    assert (shown["Referrer-Policy"], shown["Cache-Control"]) == ("strict-origin", "no-store")
    assert token not in str(list(Event.select().tuples()))


def test_an_error_of_ours_writes_the_endpoint_and_not_the_address(
    browser: Browser, link: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(browser.app.view_functions, "password_links.show")
    assert browser.get(link).status == 500
    assert "password_links.show" in caplog.text and link.rpartition("/")[2] not in caplog.text


def test_the_address_is_that_of_the_configuration_whatever_host_is_asked(cast: Cast, browser: Browser) -> None:
    page = f"/admin/customers/{cast.carl.id}"
    browser.log_in("sam").get(page)
    browser.client.set_cookie("postern_session", browser.cookie("postern_session") or "", domain="evil.example")
    browser.post(f"{page}/rescue/password-link", Host="evil.example", X_Forwarded_Host="evil.example")
    assert browser.page.find(id="rescue-secret").get_text().startswith("http://127.0.0.1:8000/login/password/")
    assert "evil.example" not in browser.text
