"""The way of staff through list, person, Log in as and Return, by keyboard alone; each stop can be seen."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.acts import heading, tab_to
from tests.e2e.conftest import Windows
from tests.e2e.test_provider import role_of, row, toast
from tests.processes import Server

pytestmark = pytest.mark.e2e


@pytest.mark.manual("A7", "C49", "D118")
@pytest.mark.parametrize("width", [1280, 390])
def test_the_whole_way_goes_by_keyboard(server: Server, windows: Windows, width: int) -> None:
    page = windows.open(width=width)
    keys = page.keyboard
    page.goto("/login")
    keys.type("sam")
    tab_to(page, page.get_by_label("Password", exact=True))
    keys.type("sams nine tall birches")
    keys.press("Enter")
    expect(heading(page)).to_have_text("Customers")
    search_by_keyboard(page)
    change_the_role_by_keyboard(page, server)
    open_the_menu_by_keyboard(page)
    act_by_keyboard(page)


def search_by_keyboard(page: Page) -> None:
    """Whoever types goes on typing while the list changes under it."""
    field = page.get_by_role("searchbox")
    tab_to(page, field)
    page.keyboard.type("nobody")
    expect(page.get_by_text("No name, login, e-mail or address here fits what was typed.")).to_be_visible()
    expect(field).to_be_focused()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("cole")
    expect(row(page, "Carl Cole")).to_be_visible()
    expect(page).to_have_url(re.compile(r"q=cole$"))


def change_the_role_by_keyboard(page: Page, server: Server) -> None:
    """Arrow keys choose; Save alone commits, and is there only while the choice differs."""
    role, save = (
        page.get_by_label("Role of Carl Cole", exact=True),
        page.get_by_role("button", name="Save the role of Carl Cole"),
    )
    tab_to(page, role)
    expect(save).to_be_hidden()
    page.keyboard.press("ArrowDown")
    expect(role).to_have_value("Billing only")
    expect(save).to_be_visible()
    page.keyboard.press("ArrowUp")
    expect(save).to_be_hidden()
    page.keyboard.press("ArrowDown")
    assert role_of(server, "carl") == "Full self-care"
    page.keyboard.press("Tab")
    expect(save).to_be_focused()
    page.keyboard.press("Enter")
    toast(page, "Carl Cole: role is now Billing only.")
    expect(role).to_be_focused()
    assert role_of(server, "carl") == "Billing only"
    undo = page.get_by_role("button", name="Undo: Carl Cole is Full self-care again")
    tab_to(page, undo)
    page.keyboard.press("Enter")
    expect(undo).to_have_count(0)
    expect(role).to_be_focused()
    expect(role).to_have_value("Full self-care")
    assert role_of(server, "carl") == "Full self-care"


def open_the_menu_by_keyboard(page: Page) -> None:
    person = page.get_by_role("link", name="Carl Cole")
    page.locator("#people-q").focus()
    tab_to(page, person)
    page.keyboard.press("Enter")
    expect(heading(page)).to_have_text("Carl Cole")
    more = page.get_by_role("button", name="More ways to log in as Carl Cole")
    view = page.get_by_role("button", name=re.compile("^View only"))
    tab_to(page, more)
    page.keyboard.press("Enter")
    expect(view).to_be_visible()
    page.keyboard.press("Escape")
    expect(view).to_be_hidden()
    expect(more).to_be_focused()
    page.keyboard.press("Enter")
    tab_to(page, view)
    page.keyboard.press("Enter")


def act_by_keyboard(page: Page) -> None:
    bar = page.get_by_role("complementary", name="Logged in as somebody else")
    expect(bar).to_contain_text("You are logged in as Carl Cole (carl), recorded as sam.")
    expect(bar).to_contain_text("View only: nothing can be changed.")
    role = bar.get_by_label("Role")
    tab_to(page, role)
    page.keyboard.press("ArrowUp")
    expect(bar).not_to_contain_text("View only: nothing can be changed.")
    expect(heading(page)).to_have_text("Security")
    back = bar.get_by_role("button", name="Return to sam")
    tab_to(page, back)
    page.keyboard.press("Enter")
    expect(heading(page)).to_have_text("Carl Cole")
    expect(bar).to_have_count(0)
