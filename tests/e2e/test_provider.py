"""The provider's side in a real browser: the lists, one person's page, Restore access, and Log in as somebody."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from domain import users
from models import Authenticator, Event, RecoveryCode, Session, User
from tests.e2e.acts import heading, log_in, panel, press
from tests.e2e.conftest import Windows
from tests.e2e.walk import change
from tests.processes import Server, inside

pytestmark = pytest.mark.e2e


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("row", name=name)


def toast(page: Page, text: str) -> None:
    expect(page.locator("#toasts")).to_contain_text(text)


def carl_as(page: Page, staff: str = "sam") -> None:
    """Staff on carl's page."""
    log_in(page, staff)
    page.get_by_role("link", name="Carl Cole").click()
    expect(heading(page)).to_have_text("Carl Cole")


def role_of(server: Server, login: str) -> str:
    with inside(server.data_dir):
        return str(users.find(login).role.name)


# --- Without script ---------------------------------------------------------------------------------------------------


def test_lists_and_roles_need_no_script(server: Server, windows: Windows) -> None:
    page = windows.open(java_script_enabled=False)
    log_in(page, "sam")
    page.get_by_role("searchbox").fill("cole")
    press(page, "Search")
    expect(row(page, "Carl Cole")).to_be_visible()
    page.get_by_label("Role of Carl Cole", exact=True).select_option("Billing only")
    press(page, "Save the role of Carl Cole")
    expect(page.get_by_role("status").first).to_have_text("Carl Cole: role is now Billing only.")
    expect(page.get_by_role("searchbox")).to_have_value("cole")
    press(page, "Undo: Carl Cole is Full self-care again")
    expect(page.get_by_label("Role of Carl Cole", exact=True)).to_have_value("Full self-care")
    page.goto("/admin/events")
    page.get_by_role("searchbox").fill("carl")
    press(page, "Search")
    expect(page.get_by_role("row", name=re.compile("role")).first).to_be_visible()
    expect(page.locator("#events-table tbody tr:not(.day) td[data-label=Account]")).to_have_text(
        [re.compile("carl")] * page.locator("#events-table tbody tr:not(.day)").count()
    )


def test_the_page_of_a_person_needs_no_script(server: Server, windows: Windows) -> None:
    change(server, "carl", bind_session=True)
    with inside(server.data_dir) as cast:
        cast.enrol("carl")
    page = windows.open(java_script_enabled=False)
    carl_as(page)
    page.get_by_label("Name", exact=True).fill("Carla Cole")
    page.locator("#person-save").click()
    expect(heading(page)).to_have_text("Carla Cole")
    expect(page.locator("main > [role=status]")).to_have_text("Saved.")
    restore = page.get_by_role("region", name="Restore access")
    restore.get_by_role("button", name="Turn off").click()
    expect(page.locator("main > [role=status]")).to_have_text("Bind session to IP is off.")
    restore.get_by_role("link", name="Reset 2FA key").click()
    expect(heading(page)).to_have_text("Reset the 2FA key of Carla Cole?")
    press(page, "Reset 2FA key")
    expect(page.locator("main > [role=status]")).to_have_text("The 2FA key is reset.")
    restore.get_by_role("button", name="Set new password").click()
    password = page.locator("#rescue-secret").inner_text()
    page.goto(page.url.replace("/rescue/new-password", ""))
    expect(page.locator("#rescue-secret")).to_have_count(0)
    press(page, "Log in as Carla Cole")
    expect(heading(page)).to_have_text("Security")
    page.locator("#acting-mode").select_option("view")
    press(page, "Switch")
    expect(page.locator("#shell-acting")).to_contain_text("View only")
    press(page, "Return to sam")
    expect(heading(page)).to_have_text("Carla Cole")
    theirs = windows.open()
    log_in(theirs, "carl", password)
    expect(heading(theirs)).to_have_text("Choose a new password")


# --- One person's page ------------------------------------------------------------------------------------------------


@pytest.mark.manual("C69")
def test_reset_asks_with_numbers_and_cancel_does_nothing(server: Server, windows: Windows) -> None:
    with inside(server.data_dir) as cast:
        cast.enrol("carl")
        cast_id = cast.carl.id
        assert RecoveryCode.select().where(RecoveryCode.user == cast_id).count() == 10
    page = windows.open()
    carl_as(page)
    opener, dialog = page.get_by_role("link", name="Reset 2FA key"), page.get_by_role("dialog")
    for escapes in (False, True):
        opener.focus()
        page.keyboard.press("Enter")
        expect(dialog).to_have_accessible_name("Reset the 2FA key of Carl Cole?")
        expect(dialog).to_contain_text("Their authenticator app and 10 recovery codes stop working now.")
        expect(dialog).to_contain_text("Nobody is logged in.")
        if escapes:
            page.keyboard.press("Escape")
        else:
            dialog.get_by_role("link", name="Cancel").click()
        expect(dialog).to_have_count(0)
        expect(opener).to_be_focused()
    with inside(server.data_dir):
        assert Authenticator.select().where(Authenticator.user == cast_id).exists()
    opener.click()
    dialog.get_by_role("button", name="Reset 2FA key").click()
    expect(dialog).to_have_count(0)
    toast(page, "The 2FA key is reset.")
    expect(page.get_by_role("button", name="Reset 2FA key")).to_be_disabled()
    with inside(server.data_dir):
        assert not Authenticator.select().where(Authenticator.user == cast_id).exists()
        reset = Event.get(Event.tag == "account:two_factor:reset")
        assert (reset.actor, reset.subject) == ("sam", "carl")
    page.reload()
    expect(heading(page)).to_have_text("Carl Cole")


@pytest.mark.manual("C46")
def test_two_who_save_one_form_lose_nothing(server: Server, windows: Windows) -> None:
    sam, olga = windows.open(), windows.open()
    carl_as(sam)
    carl_as(olga, "olga")
    sam.get_by_label("Name", exact=True).fill("Carl of Sam")
    sam.get_by_label("Active from").fill("01.02.2027")
    olga.get_by_label("Name", exact=True).fill("Carl of Olga")
    olga.get_by_label("E-mail").fill("olga@cole.example")
    sam.locator("#person-save").click()
    expect(heading(sam)).to_have_text("Carl of Sam")
    with olga.expect_response(lambda answer: answer.request.method == "POST") as answer:
        olga.locator("#person-save").click()
    assert answer.value.status == 409
    name = olga.get_by_label("Name", exact=True)
    expect(name).to_have_value("Carl of Olga")
    expect(name).to_be_focused()
    expect(name).to_have_accessible_description(re.compile("sam has set this to Carl of Sam meanwhile"))
    expect(olga.get_by_label("E-mail")).to_have_value("olga@cole.example")
    expect(olga.get_by_label("Active from")).to_have_value(re.compile(r"^01\.02\.2027"))
    olga.locator("#person-save").click()
    expect(heading(olga)).to_have_text("Carl of Olga")
    expect(olga.get_by_label("E-mail")).to_have_value("olga@cole.example")
    with inside(server.data_dir):
        stored = users.find("carl")
        assert (stored.name, stored.email, str(stored.activates_at)[:10]) == (
            "Carl of Olga",
            "olga@cole.example",
            "2027-02-01",
        )


@pytest.mark.manual("C61")
def test_a_generated_password_is_shown_once(server: Server, windows: Windows) -> None:
    page, theirs = windows.open(permissions=["clipboard-read", "clipboard-write"]), windows.open()
    log_in(theirs, "carl")
    expect(heading(theirs)).to_have_text("Security")
    carl_as(page)
    page.get_by_role("button", name="Set new password").click()
    secret = page.locator("#rescue-secret")
    password = secret.inner_text()
    page.get_by_role("region", name="Restore access").get_by_role("button", name="Copy", exact=True).click()
    toast(page, "Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == password
    page.reload()
    expect(heading(page)).to_have_text("Carl Cole")
    assert password not in page.content()
    page.go_back()
    page.go_forward()
    assert password not in page.content()
    theirs.reload()
    expect(heading(theirs)).to_have_text("Log in")
    log_in(theirs, "carl", password)
    expect(heading(theirs)).to_have_text("Choose a new password")


@pytest.mark.manual("C61")
def test_a_new_customer_is_handed_over_once(server: Server, windows: Windows) -> None:
    page = windows.open()
    log_in(page, "sam")
    page.get_by_role("link", name="New customer").click()
    page.get_by_label("Login", exact=True).fill("nora")
    page.get_by_label("Name", exact=True).fill("Nora North")
    press(page, "Create")
    expect(heading(page)).to_have_text("The login is made")
    password = page.locator("#new-users-made-password").inner_text()
    page.get_by_role("link", name="Go on to Nora North").click()
    expect(heading(page)).to_have_text("Nora North")
    assert password not in page.content()
    theirs = windows.open()
    log_in(theirs, "nora", password)
    expect(heading(theirs)).to_have_text("Choose a new password")


@pytest.mark.manual("D114")
def test_the_customer_ends_the_visit_and_staff_are_told(server: Server, windows: Windows) -> None:
    staff, theirs = windows.open(), windows.open()
    carl_as(staff)
    staff.get_by_role("button", name="Log in as Carl Cole", exact=True).click()
    expect(heading(staff)).to_have_text("Security")
    log_in(theirs, "carl")
    visit = panel(theirs, "sessions").get_by_role("listitem").filter(has_text="Northgate Hosting support (sam)")
    visit.get_by_role("button", name="Revoke").click()
    expect(visit).to_have_count(0)
    staff.get_by_role("link", name="Activity", exact=True).click()
    expect(staff.get_by_role("heading", name="Your visit to carl is over")).to_be_visible()
    press(staff, "Return to sam")
    expect(heading(staff)).to_have_text("Carl Cole")
    with inside(server.data_dir):
        assert not Session.select().where(Session.actor_session.is_null(False), Session.ended_at.is_null()).exists()
        assert User.get(User.login == "carl").last_login_at
