"""The panels of Security, in a window beside others."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from domain.visit import utcnow
from models import Session
from tests.e2e.acts import heading, log_in, panel, press
from tests.e2e.conftest import Windows
from tests.processes import Server, inside

pytestmark = pytest.mark.e2e
NEW, AGAIN = "New password", "New password again"


def open_menu(page: Page) -> None:
    page.locator("[popovertarget=me]").click()


@pytest.mark.manual("D120")
def test_a_password_is_shown_measured_generated_and_changed(windows: Windows, server: Server) -> None:
    page = windows.open()
    log_in(page, "carl")
    page.get_by_role("link", name="Change password").click()
    new, again = (page.get_by_label(name, exact=True) for name in (NEW, AGAIN))
    meter = page.get_by_role("meter")
    expect(panel(page, "password")).to_contain_text("0 characters, at least 15")
    for typed, level in (("short", 5), ("fifteen letters", 15)):
        new.fill(typed)
        expect(panel(page, "password")).to_contain_text(f"{len(typed)} characters, at least 15")
        assert meter.evaluate("node => node.value") == level

    field = page.locator(".join", has=new)
    field.get_by_role("button", name="Show password").click()
    expect(new).to_have_attribute("type", "text")
    field.get_by_role("button", name="Hide password").click()
    expect(new).to_have_attribute("type", "password")

    page.get_by_label("Current password").fill("carls eleven wet socks")
    press(page, "Generate password")
    expect(new).to_have_attribute("type", "text")
    generated = new.input_value()
    assert len(generated) == 20
    assert again.input_value() == generated
    expect(panel(page, "password")).to_contain_text("20 characters, at least 15")
    expect(page.get_by_label("Current password")).to_have_value("carls eleven wet socks")

    press(page, "Change password")
    expect(page.locator("#toasts")).to_contain_text("Your password is changed.")
    expect(page.get_by_role("heading", name="Password")).to_be_focused()
    log_in(windows.open(), "carl", generated)


def test_a_wrong_current_password_is_said_at_its_field(windows: Windows, server: Server) -> None:
    page = windows.open()
    log_in(page, "carl")
    page.get_by_role("link", name="Change password").click()
    page.get_by_label("Current password").fill("carls twelve wet socks")
    for name in (NEW, AGAIN):
        page.get_by_label(name, exact=True).fill("three brown bears dance")
    panel(page, "password").get_by_role("button", name="Change password").click()
    current = page.get_by_label("Current password")
    expect(current).to_be_focused()
    expect(current).to_have_accessible_description("Error: Your current password is not correct.")


def test_the_error_of_confirm_its_you_looks_like_an_error(server: Server, windows: Windows) -> None:
    page = windows.open()
    log_in(page, "carl")
    expect(heading(page)).to_have_text("Security")
    with inside(server.data_dir):
        Session.update(confirmed_at=utcnow() - timedelta(minutes=16)).execute()
    page.reload()
    page.locator("#two-factor-proof").fill("wrong")
    press(page, "Enable two-step authentication")
    error = page.locator("#two-factor-proof-error")
    expect(error).to_contain_text("That password or one-time password is not correct.")
    expect(page.locator("#two-factor-proof")).to_be_focused()
    danger, muted = (
        error.evaluate(
            f"node => {{ node.style.outlineColor = 'var({name})'; return getComputedStyle(node).outlineColor }}"
        )
        for name in ("--danger", "--muted")
    )
    expect(error).to_have_css("color", danger)
    assert danger != muted


@pytest.mark.manual("D114")
def test_a_revoked_browser_is_told_at_its_next_click(windows: Windows, server: Server) -> None:
    mine, by_link, by_panel = (windows.open() for _ in range(3))
    for page in (by_link, by_panel, mine):
        log_in(page, "carl")
        expect(heading(page)).to_have_text("Security")
    rows = panel(mine, "sessions").locator("li")
    for left in (2, 1):
        expect(rows).to_have_count(left + 1)
        panel(mine, "sessions").get_by_role("button", name="Revoke").first.click()
    expect(rows).to_have_count(1)
    expect(mine.locator("#toasts")).to_contain_text("The session is logged out.")
    expect(mine.locator("#security-rail")).to_contain_text("Active sessions 1")
    expect(panel(mine, "activity")).to_contain_text("Session revoked")

    by_link.get_by_role("link", name="Activity", exact=True).click()
    by_panel.get_by_role("link", name="Change password").click()
    for page in (by_link, by_panel):
        expect(heading(page)).to_have_text("Log in")
        expect(page.locator("main [role=status]")).to_contain_text("This session was revoked from another device")
    expect(heading(mine)).to_have_text("Security")


def test_the_theme_cycles_and_comes_from_the_server(windows: Windows, server: Server) -> None:
    page = windows.open(scheme="light")
    log_in(page, "carl")
    html = page.locator("html")

    def background() -> str:
        """Of the page that has come: an evaluation in the middle of a change of pages finds no document."""
        expect(heading(page)).to_have_text("Security")
        page.wait_for_load_state()
        return str(html.evaluate("node => getComputedStyle(node).backgroundColor"))

    light = background()
    for name, theme in (("automatic", "light"), ("light", "dark")):
        open_menu(page)
        press(page, f"Theme: {name}")
        expect(html).to_have_attribute("data-theme", theme)
    assert 'data-theme="dark"' in page.request.get("/settings/security").text()
    assert background() != light
    page.emulate_media(color_scheme="dark")
    open_menu(page)
    press(page, "Theme: dark")
    expect(html).not_to_have_attribute("data-theme", "dark")
    assert background() != light


def test_a_server_that_does_not_answer_is_said_and_tried_again(windows: Windows, server: Server) -> None:
    page = windows.open()
    log_in(page, "carl")
    expect(panel(page, "known-browsers").locator("li.row")).to_have_count(1)
    server.kill()
    press(page, page.get_by_role("button", name="Forget ").get_attribute("aria-label") or "")
    toast = page.get_by_role("alert")
    expect(toast).to_contain_text("Not saved. The server did not answer.")
    expect(panel(page, "known-browsers").locator("li.row")).to_have_count(1)
    assert all("net::ERR_" in line or "Failed to fetch" in line for line in windows.complaints)
    windows.complaints.clear()

    server.begin().ready()
    press(page, "Try again")
    expect(toast).to_have_count(0)
    expect(panel(page, "known-browsers")).to_contain_text("No known browsers")
