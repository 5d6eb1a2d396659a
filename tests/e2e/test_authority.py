"""Roles, classes and individuals in a real browser, whoever changes them, and whoever they change."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Locator, Page, expect

from domain import users
from models import AccountClass, Event, Role
from tests.cast import PASSWORDS
from tests.e2e.acts import heading, log_in, press, tab_to
from tests.e2e.conftest import Windows
from tests.e2e.test_provider import role_of, row, toast
from tests.e2e.walk_individuals import GOOD, ROLE, allow, set_password
from tests.e2e.walk_provider import age
from tests.processes import Server, inside

pytestmark = pytest.mark.e2e


def manage(page: Page, what: str) -> None:
    """By the menu."""
    page.get_by_role("button", name="Management").click()
    page.get_by_role("link", name=what, exact=True).click()
    expect(heading(page)).to_have_text(what)


def self_care(page: Page) -> Locator:
    return page.locator("#roles-matrix-self-care")


def permits(server: Server, role: str) -> set[str]:
    with inside(server.data_dir):
        return set(json.loads(Role.get(Role.name == role).permissions))


def policy(server: Server, name: str) -> str:
    with inside(server.data_dir):
        return str(AccountClass.get(AccountClass.name == name).two_factor)


# --- The menu ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [1280, 390])
def test_the_menu_goes_by_keyboard(windows: Windows, width: int) -> None:
    page = windows.open(width=width)
    log_in(page, "olga")
    opener, menu = page.get_by_role("button", name="Management"), page.get_by_role("group", name="Management")
    tab_to(page, opener)
    page.keyboard.press("Enter")
    expect(menu).to_be_visible()
    for name in ("Staff", "Classes"):
        page.keyboard.press("Tab")
        expect(menu.get_by_role("link", name=name)).to_be_focused()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(opener).to_be_focused()
    page.keyboard.press("Enter")
    tab_to(page, menu.get_by_role("link", name="Roles"))
    box = menu.bounding_box()
    assert box
    assert (box["width"] == width) is (width == 390), "on a phone it is a sheet from side to side"
    page.keyboard.press("Enter")
    expect(heading(page)).to_have_text("Roles")
    expect(menu).to_be_hidden()


def test_who_may_less_finds_less_in_it(server: Server, windows: Windows) -> None:
    page = windows.open()
    log_in(page, "sam")
    page.get_by_role("button", name="Management").click()
    expect(page.get_by_role("group", name="Management").get_by_role("link")).to_have_text(["Classes", "Roles"])
    with inside(server.data_dir):
        Role.update(permissions=json.dumps(["customers.view"])).where(Role.name == "Staff").execute()
    page.reload()
    expect(page.get_by_role("link", name="Customers")).to_be_visible()
    expect(page.get_by_role("button", name="Management")).to_have_count(0)


# --- Roles ------------------------------------------------------------------------------------------------------------


def test_changed_boxes_are_counted_discarded_and_saved(server: Server, windows: Windows) -> None:
    page = windows.open()
    log_in(page, "olga")
    manage(page, "Roles")
    said = page.locator("#roles-unsaved-self-care")
    activity, profile = page.get_by_label("Billing only: Activity"), page.get_by_label("Full self-care: Profile")
    expect(said).to_have_text("Changes apply at once, also to open sessions.")
    activity.uncheck()
    expect(said).to_contain_text("1 unsaved change in Billing only (unused).")
    page.get_by_label("Billing only: Two-step authentication").check()
    expect(said).to_contain_text("2 unsaved changes in Billing only (unused).")
    profile.uncheck()
    expect(said).to_contain_text("1 unsaved change in Full self-care (2 people).")
    expect(said).to_be_in_viewport()
    self_care(page).get_by_role("button", name="Discard").click()
    expect(said).to_have_text("Changes apply at once, also to open sessions.")
    expect(activity).to_be_checked()
    expect(profile).to_be_checked()
    activity.uncheck()
    self_care(page).get_by_role("button", name="Save changes").click()
    expect(page.locator("main > [role=status]")).to_have_text("Saved.")
    expect(activity).not_to_be_checked()
    assert permits(server, "Billing only") == {"profile", "sessions"}


def test_a_box_stays_in_hand_where_the_log_in_has_to_be_confirmed(server: Server, windows: Windows) -> None:
    """The field for the password is required to save, not to count."""
    page = windows.open()
    log_in(page, "olga")
    age(server)
    page.goto("/admin/roles")
    said, activity = page.locator("#roles-unsaved-self-care"), page.get_by_label("Billing only: Activity")
    activity.press("Space")
    expect(said).to_contain_text("1 unsaved change in Billing only (unused).")
    expect(activity).to_be_focused()
    activity.press("Space")
    expect(said).to_have_text("Changes apply at once, also to open sessions.")
    activity.press("Space")
    page.locator("#roles-proof-self-care").fill(PASSWORDS["olga"])
    self_care(page).get_by_role("button", name="Save changes").click()
    expect(page.locator("main > [role=status]")).to_have_text("Saved.")
    assert permits(server, "Billing only") == {"profile", "sessions"}


def test_a_permission_that_is_taken_hides_the_tab_at_the_next_request(server: Server, windows: Windows) -> None:
    page, theirs = windows.open(), windows.open()
    log_in(theirs, "carl")
    expect(theirs.get_by_role("link", name="Profile", exact=True)).to_be_visible()
    log_in(page, "olga")
    manage(page, "Roles")
    page.get_by_label("Full self-care: Profile").uncheck()
    self_care(page).get_by_role("button", name="Save changes").click()
    expect(page.locator("main > [role=status]")).to_have_text("Saved.")
    theirs.get_by_role("link", name="Profile", exact=True).click()
    expect(heading(theirs)).to_have_text("Your role does not include this page")
    theirs.get_by_role("link", name="Activity", exact=True).first.click()
    expect(heading(theirs)).to_have_text("Activity")
    expect(theirs.get_by_role("link", name="Profile", exact=True)).to_have_count(0)


def test_two_who_change_one_role_lose_nothing(server: Server, windows: Windows) -> None:
    sam, olga = windows.open(), windows.open()
    for login, page in (("sam", sam), ("olga", olga)):
        log_in(page, login)
        manage(page, "Roles")
    sam.get_by_label("Billing only: Activity").uncheck()
    self_care(sam).get_by_role("button", name="Save changes").click()
    expect(sam.locator("main > [role=status]")).to_have_text("Saved.")
    olga.get_by_label("Billing only: Profile").uncheck()
    with olga.expect_response(lambda answer: answer.url.endswith("/permissions")) as answer:
        self_care(olga).get_by_role("button", name="Save changes").click()
    assert answer.value.status == 409
    alert = olga.get_by_role("alert")
    expect(alert).to_contain_text("Somebody else has changed Billing only meanwhile")
    expect(alert).to_be_in_viewport()
    expect(olga.get_by_label("Billing only: Profile")).not_to_be_checked()
    expect(olga.get_by_label("Billing only: Activity")).not_to_be_checked()
    expect(olga.locator("#roles-unsaved-self-care")).to_contain_text("1 unsaved change in Billing only")
    self_care(olga).get_by_role("button", name="Save changes").click()
    expect(olga.locator("main > [role=status]")).to_have_text("Saved.")
    assert permits(server, "Billing only") == {"sessions"}


# --- Classes ----------------------------------------------------------------------------------------------------------


def test_whom_a_class_touches_follows_what_is_chosen(server: Server, windows: Windows) -> None:
    page, theirs = windows.open(), windows.open()
    log_in(theirs, "carl")
    expect(heading(theirs)).to_have_text("Security")
    log_in(page, "olga")
    manage(page, "Classes")
    page.get_by_role("link", name="Customers").last.click()
    touched, grace = page.get_by_role("complementary", name="Who is affected"), page.locator("#classes-grace-days")
    expect(touched).to_contain_text("2 people, 2 without two-step authentication")
    expect(grace).to_be_hidden()
    page.get_by_label("Optional").focus()
    page.keyboard.press("ArrowDown")
    expect(touched).to_contain_text("2 people would have to set up two-step authentication")
    expect(grace).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(touched).not_to_contain_text("would have to set up")
    expect(grace).to_be_hidden()
    page.keyboard.press("ArrowUp")
    page.locator("#classes-save").click()
    sure = page.get_by_role("button", name="Save for all 2 people of this class")
    expect(sure).to_be_focused()
    assert policy(server, "Customers") == "optional"
    page.keyboard.press("Enter")
    expect(page.locator("main > [role=status]")).to_have_text("Saved.")
    assert policy(server, "Customers") == "required"
    theirs.reload()
    expect(heading(theirs)).to_have_text("Enable two-step authentication")


def test_the_list_of_a_class_warns_its_author(server: Server, windows: Windows) -> None:
    page = windows.open()
    log_in(page, "olga")
    manage(page, "Classes")
    page.locator("main").get_by_role("link", name="Staff").click()
    ips = page.locator("#class-ips-panel")
    page.get_by_label("Only from IPs in the list").check()
    page.get_by_label("Add an address or network").fill("198.51.100.0/24")
    page.keyboard.press("Enter")
    expect(ips.get_by_role("listitem")).to_contain_text(["198.51.100.0/24"])
    ips.get_by_role("button", name="Save", exact=True).click()
    expect(ips.get_by_role("alert")).to_contain_text("it does not include 127.0.0.1, the address you are using now.")
    press(page, "Add my address and save")
    toast(page, "Saved. Access only from IPs in the list.")
    expect(ips.get_by_role("listitem").filter(has_text="127.0.0.1")).to_contain_text("includes your address")
    page.reload()
    expect(ips.get_by_role("listitem")).to_have_count(2)


# --- Individuals ------------------------------------------------------------------------------------------------------


def test_a_new_individual_sets_his_password_by_the_link(server: Server, windows: Windows) -> None:
    page = windows.open(permissions=["clipboard-read", "clipboard-write"])
    log_in(page, "carl")
    page.get_by_role("link", name="Individuals", exact=True).click()
    page.get_by_role("link", name="New individual").click()
    page.get_by_label("Login", exact=True).fill("ida")
    press(page, "Create")
    expect(heading(page)).to_have_text("The login is made")
    press(page, "Copy the link")
    toast(page, "Copied.")
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == page.locator("#new-users-made-link").inner_text()
    page.get_by_role("link", name="Go on to ida").click()
    expect(heading(page)).to_have_text("ida")
    assert link not in page.content()

    theirs, late = windows.open(), windows.open()
    for window in (theirs, late):
        window.goto(link)
        expect(heading(window)).to_have_text("Set your password")
    set_password(theirs, GOOD, GOOD)
    expect(theirs.locator("[role=status]").first).to_have_text("Your password is set. Log in.")
    set_password(late, "six other bold spoons", "six other bold spoons")
    expect(late.locator("#new_password")).to_have_count(0)
    theirs.get_by_label("Password", exact=True).fill(GOOD)
    press(theirs, "Log in")
    expect(heading(theirs)).to_have_text("Security")
    with inside(server.data_dir):
        made = Event.get(Event.tag == "account:user:created", Event.subject == "ida")
        assert (made.actor, users.find("ida").parent.login) == ("carl", "carl")


def test_a_customer_switches_a_role_and_takes_it_back_by_keyboard(server: Server, windows: Windows) -> None:
    allow(server, "carl")
    page = windows.open()
    log_in(page, "carl")
    page.get_by_role("link", name="Individuals", exact=True).click()
    role = row(page, "Ivy").get_by_role("combobox", name="Role of Ivy", exact=True)
    tab_to(page, role)
    page.keyboard.press("ArrowDown")
    expect(role).to_have_value("Billing only")
    tab_to(page, page.get_by_role("button", name="Save the role of Ivy"))
    page.keyboard.press("Enter")
    toast(page, "Ivy: role is now Billing only.")
    expect(role).to_be_focused()
    assert role_of(server, "ivy") == "Billing only"
    undo = page.get_by_role("button", name=f"Undo: Ivy is {ROLE} again")
    tab_to(page, undo)
    page.keyboard.press("Enter")
    expect(undo).to_have_count(0)
    expect(role).to_have_value(ROLE)
    assert role_of(server, "ivy") == ROLE
