"""Somebody who moves: his lists of addresses, his bound session, the refusal and the ways back, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.acts import heading, log_in, panel, press, tab_to
from tests.e2e.conftest import Windows
from tests.e2e.relay import RelayedServer
from tests.processes import serving

pytestmark = pytest.mark.e2e
OFFICE, CAFE, V6 = "127.0.0.2", "127.0.0.3", "::1"
DENIED = "Access from this IP denied"
LISTED = "Only from IPs in the list"
Act = Callable[[Page], None]


@pytest.fixture
def server(data_dir: Path) -> Iterator[RelayedServer]:
    server = RelayedServer(data_dir, OFFICE, POSTERN_SITE_NAME="Northgate Hosting")
    with closing(server.relay), serving(server):
        yield server


def chips(page: Page) -> Locator:
    return panel(page, "trusted-ips").get_by_role("list", name="Allowed addresses").get_by_role("listitem")


def save(page: Page) -> None:
    panel(page, "trusted-ips").get_by_role("button", name="Save", exact=True).click()


def switch(page: Page) -> Locator:
    return page.get_by_role("switch", name="Bind session to IP")


def switch_on(page: Page) -> None:
    switch(page).click()


def refused(page: Page, address: str, why: str) -> None:
    """The page that says so, with the visitor's own address and nothing of the list."""
    expect(heading(page)).to_have_text(DENIED)
    expect(page.locator("#denied-address")).to_have_text(address)
    expect(page.locator("main")).to_contain_text(why)
    expect(page.locator("main")).not_to_contain_text("198.51.100")


def refused_by_list(page: Page, address: str) -> None:
    refused(page, address, "Access to carl is limited to listed IP addresses, and yours is not one of them.")


def refused_by_binding(page: Page, address: str) -> None:
    refused(page, address, "This session was opened from another address. Log in again.")


# --- Restrict, be refused, come back ----------------------------------------------------------------------------------


def restrict(page: Page) -> None:
    """With the mouse, and Enter in the field."""
    page.get_by_label(LISTED).check()
    field = page.get_by_label("Add an address or network")
    field.fill("198.51.100.7/24")
    field.press("Enter")
    expect(chips(page)).to_contain_text(["198.51.100.0/24"])
    save(page)
    expect(page.locator("#trusted-ips-warning")).to_contain_text(f"It does not include {OFFICE}")
    press(page, "Add my address and save")


def restrict_by_keyboard(page: Page) -> None:
    """The focus stands after each act where the next one begins."""
    keys = page.keyboard
    tab_to(page, page.get_by_label("From any IP"))
    keys.press("ArrowDown")
    keys.press("Tab")
    expect(page.get_by_label("Add an address or network")).to_be_focused()
    keys.type("198.51.100.300")
    keys.press("Enter")
    field = page.get_by_label("Add an address or network")
    expect(field).to_have_accessible_description(re.compile("Error: 198.51.100.300 is not an IP address"))
    expect(field).to_be_focused()
    keys.type("198.51.100.7/24")  # over what was selected
    keys.press("Enter")
    expect(chips(page)).to_have_count(1)
    expect(field).to_be_focused()
    expect(field).to_have_value("")
    tab_to(page, page.locator("#trusted-ips-save"))
    keys.press("Enter")
    expect(page.get_by_role("button", name="Add my address and save")).to_be_focused()
    keys.press("Enter")
    expect(page.get_by_role("heading", name="Allowed IP addresses")).to_be_focused()


@pytest.mark.manual("A1", "A3", "A4", "A9", "A11", "A20", "A21", "C72", "C74")
@pytest.mark.parametrize(
    ("by", "act", "script"),
    [(restrict, switch_on, True), (restrict_by_keyboard, save, True), (restrict, save, False)],
    ids=["mouse", "keyboard", "without-script"],
)
def test_somebody_restricts_himself_moves_is_refused_and_comes_back(
    server: RelayedServer, windows: Windows, by: Act, act: Act, script: bool
) -> None:
    """With script `act` is none of a page: htmx leads the running page to the refusal."""
    page = windows.open(java_script_enabled=script, permissions=["clipboard-read", "clipboard-write"])
    log_in(page, "carl")
    expect(heading(page)).to_have_text("Security")
    by(page)
    expect(page.get_by_text("Saved. Access only from IPs in the list.")).to_be_visible()
    expect(chips(page)).to_have_text([re.compile(rf"^{OFFICE} includes your address"), "198.51.100.0/24"])

    server.relay.move(CAFE)
    act(page)
    refused_by_list(page, CAFE)
    press(page, "Log out")
    log_in(page, "carl", "carls twelve wet socks")
    expect(page.get_by_text("Login or password is incorrect")).to_be_visible()
    log_in(page, "carl")
    refused_by_list(page, CAFE)
    if script:
        press(page, "Copy")
        expect(page.locator("#toasts")).to_contain_text("Copied.")
        assert page.evaluate("navigator.clipboard.readText()") == CAFE
    press(page, "Try again")
    refused_by_list(page, CAFE)

    assert CAFE in server.postern("recover", "allow", "carl", CAFE)
    press(page, "Try again")
    expect(heading(page)).to_have_text("Security")
    expect(chips(page)).to_contain_text([OFFICE, f"{CAFE} includes your address", "198.51.100.0/24"])


def test_the_page_that_was_asked_for_comes_after_the_refusal(server: RelayedServer, windows: Windows) -> None:
    page = windows.open()
    log_in(page, "carl")
    restrict(page)
    expect(chips(page)).to_have_count(2)
    server.relay.move(V6)
    page.get_by_role("link", name="Activity", exact=True).click()
    refused_by_list(page, V6)
    server.relay.move(OFFICE)
    page.get_by_role("link", name="Try again").click()
    expect(heading(page)).to_have_text("Activity")
    expect(page.locator("main")).to_contain_text(V6)


# --- Bound ------------------------------------------------------------------------------------------------------------


def tried_elsewhere(page: Page, server: RelayedServer) -> Locator:
    """The cookie at the café, and the banner back in the office."""
    server.relay.move(CAFE)
    page.goto("/settings/activity")
    refused_by_binding(page, CAFE)
    server.relay.move(OFFICE)
    page.goto("/settings/activity")
    banner = page.get_by_role("complementary", name="A refused attempt")
    expect(banner).to_contain_text(f"This session was tried from {CAFE} and refused")
    return banner


@pytest.mark.manual("A15", "A16", "A17", "A21")
def test_a_bound_session_that_was_tried_elsewhere_says_so_at_home(server: RelayedServer, windows: Windows) -> None:
    page, other = windows.open(), windows.open()
    for each in (other, page):
        log_in(each, "carl")
        expect(heading(each)).to_have_text("Security")
    switch(page).click()
    expect(panel(page, "bind-session")).to_contain_text(
        re.compile(rf"^.*1 other session now works only .*{OFFICE}", re.S)
    )

    banner = tried_elsewhere(page, server)
    banner.get_by_role("button", name="It was me").click()
    expect(banner).to_have_count(0)
    expect(heading(page)).to_have_text("Activity")

    banner = tried_elsewhere(page, server)
    banner.get_by_role("button", name="Log out all others").click()
    expect(banner).to_have_count(0)
    expect(heading(page)).to_have_text("Security")
    expect(panel(page, "sessions").get_by_role("listitem")).to_have_count(1)
    other.reload()
    expect(heading(other)).to_have_text("Log in")


@pytest.mark.manual("A16", "A17", "A20")
def test_whom_his_bound_session_refuses_logs_in_again_where_he_is(server: RelayedServer, windows: Windows) -> None:
    page = windows.open()
    log_in(page, "carl")
    switch(page).click()
    expect(page.locator("#toasts")).to_contain_text("Bind session to IP is on.")
    expect(page.locator("#security-rail [href='#bind-session-panel']")).to_contain_text("On")  # all of the answer
    server.relay.move(V6)
    page.reload()
    refused_by_binding(page, V6)
    page.get_by_role("link", name="Log in again").click()
    log_in(page, "carl")
    for address in (V6, OFFICE, V6):  # one line with both families: his session goes on at either
        server.relay.move(address)
        page.goto("/settings/security")
        expect(heading(page)).to_have_text("Security")
        expect(page.locator(".foot")).to_contain_text(f"Your address {address}")
    server.relay.move(CAFE)
    page.reload()
    refused_by_binding(page, CAFE)


def test_the_switch_shows_what_the_server_knows(server: RelayedServer, windows: Windows) -> None:
    """Whatever keeps it from being switched: an answer that refuses, or none at all."""
    page = windows.open()
    log_in(page, "carl")
    expect(switch(page)).not_to_be_checked()
    token = panel(page, "bind-session").locator("[name=csrf_token]")
    genuine = token.get_attribute("value")
    token.evaluate("field => { field.value = 'out of date' }")
    switch(page).click()
    expect(page.get_by_role("alert")).to_contain_text("This form is out of date")
    expect(switch(page)).not_to_be_checked()
    press(page, "Dismiss")

    token.evaluate("(field, value) => { field.value = value }", genuine)
    server.kill()
    switch(page).click()
    expect(page.get_by_role("alert")).to_contain_text("Not saved. The server did not answer.")
    expect(switch(page)).not_to_be_checked()
    assert all("ERR_" in line or "Failed to fetch" in line for line in windows.complaints)
    windows.complaints.clear()
    server.begin().ready()
    press(page, "Try again")
    expect(page.locator("#toasts")).to_contain_text("Bind session to IP is on.")
    expect(switch(page)).to_be_checked()
