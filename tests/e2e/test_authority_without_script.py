"""Roles, classes and individuals where the browser runs no script."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from models import AccountClass, AllowedRole, Role
from tests.e2e.acts import heading, log_in, press
from tests.e2e.conftest import Windows
from tests.e2e.test_authority import manage, permits, policy, self_care
from tests.e2e.test_provider import carl_as, role_of
from tests.e2e.walk_individuals import GOOD, set_password
from tests.processes import Server, inside

pytestmark = pytest.mark.e2e


@pytest.fixture
def page(windows: Windows) -> Page:
    return windows.open(java_script_enabled=False)


def said(page: Page, text: str) -> None:
    expect(page.locator("main > [role=status]")).to_have_text(text)


def test_roles_need_no_script(server: Server, windows: Windows, page: Page) -> None:
    log_in(page, "olga")
    manage(page, "Roles")
    page.get_by_role("link", name="New role").click()
    page.get_by_label("Name", exact=True).fill("Reader")
    page.get_by_label("Start with the permissions of").select_option("Billing only")
    press(page, "Create")
    said(page, "The role Reader is made. Its permissions are those of Billing only.")
    page.get_by_label("Reader: Profile").uncheck()
    self_care(page).get_by_role("button", name="Discard").click()
    expect(page.get_by_label("Reader: Profile")).to_be_checked()
    page.get_by_label("Reader: Profile").uncheck()
    self_care(page).get_by_role("button", name="Save changes").click()
    said(page, "Saved.")
    assert permits(server, "Reader") == {"sessions", "activity"}
    page.get_by_role("link", name="Compare roles").click()
    page.get_by_label("One role").select_option("Reader")
    page.get_by_label("The other role").select_option("Billing only")
    press(page, "Compare")
    expect(page.get_by_text("1 difference", exact=True)).to_be_visible()
    page.get_by_role("link", name="Show Reader").click()
    page.get_by_role("link", name="Delete …").click()
    press(page, "Delete for good")
    said(page, "The role Reader is deleted.")


def test_whoever_has_a_role_is_switched_without_script(server: Server, page: Page) -> None:
    log_in(page, "olga")
    manage(page, "Roles")
    page.get_by_role("link", name="Edit Full self-care").click()
    page.get_by_label("Role of Carl Cole", exact=True).select_option("Billing only")
    press(page, "Save the role of Carl Cole")
    said(page, "Carl Cole: role is now Billing only.")
    assert role_of(server, "carl") == "Billing only"
    press(page, "Undo: Carl Cole is Full self-care again")
    said(page, "Carl Cole: role is now Full self-care.")
    expect(heading(page)).to_have_text("Full self-care")
    assert role_of(server, "carl") == "Full self-care"


def test_classes_need_no_script(server: Server, page: Page) -> None:
    log_in(page, "olga")
    manage(page, "Classes")
    page.get_by_role("link", name="New class").click()
    page.get_by_label("Name", exact=True).fill("Branch")
    press(page, "Create")
    said(page, "The class is made. Nobody has it yet.")
    page.get_by_role("link", name="Delete …").click()
    press(page, "Delete for good")
    said(page, "The class is deleted.")
    page.get_by_role("link", name="Customers").last.click()
    page.get_by_label("Required").check()
    page.get_by_label("Days of grace", exact=True).fill("14")
    press(page, "Preview")
    expect(page.get_by_role("complementary", name="Who is affected")).to_contain_text("2 people would have to set up")
    expect(page.get_by_label("Required")).to_be_checked()
    assert policy(server, "Customers") == "optional"
    page.locator("#classes-save").click()
    press(page, "Save for all 2 people of this class")
    said(page, "Saved.")
    assert policy(server, "Customers") == "required"
    expect(page.get_by_label("Days of grace", exact=True)).to_have_value("14")


def test_the_list_of_a_class_needs_no_script(server: Server, page: Page) -> None:
    log_in(page, "olga")
    with inside(server.data_dir):
        staff = AccountClass.get(AccountClass.name == "Staff").id
    page.goto(f"/admin/classes/{staff}")
    page.get_by_label("Only from IPs in the list").check()
    page.get_by_label("Add an address or network").fill("198.51.100.0/24")
    press(page, "Add")
    page.locator("#class-ips-save").click()
    press(page, "Add my address and save")
    said(page, "Saved. Access only from IPs in the list.")
    expect(page.locator("#class-ips-panel").get_by_role("listitem")).to_have_count(2)


def test_individuals_need_no_script(server: Server, windows: Windows, page: Page) -> None:
    carl_as(page)
    page.get_by_label("Allow another role").select_option("Billing only")
    page.locator("#allowed-roles-panel").get_by_role("button", name="Add").click()
    said(page, "The role is allowed.")
    page.get_by_label("Role of Ivy", exact=True).select_option("Billing only")
    press(page, "Save the role of Ivy")
    said(page, "Ivy: role is now Billing only.")
    press(page, "Remove the role Full self-care")
    said(page, "The role is no longer allowed.")
    with inside(server.data_dir):
        assert [row.role.name for row in AllowedRole.select().join(Role)] == ["Billing only"]
    page.get_by_role("link", name="New individual").click()
    page.get_by_label("Login", exact=True).fill("ida")
    press(page, "Create")
    link = page.locator("#new-users-made-link").inner_text()
    theirs = windows.open(java_script_enabled=False)
    theirs.goto(link)
    set_password(theirs, GOOD, "another")
    expect(theirs.locator("#confirmation-error")).to_be_visible()
    set_password(theirs, GOOD, GOOD)
    log_in(theirs, "ida", GOOD)
    expect(heading(theirs)).to_have_text("Security")
