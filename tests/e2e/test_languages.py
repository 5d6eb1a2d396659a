"""Everybody's own language, zone and formats: by the foot of the page before log-in, by the profile after it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from models import User
from tests import pseudo
from tests.cast import PASSWORDS
from tests.e2e.acts import heading, log_in, panel, press, reading, say, tab_to
from tests.e2e.conftest import Windows
from tests.processes import Server, inside, serving

pytestmark = pytest.mark.e2e
BOTH = pytest.mark.parametrize("script", [True, False], ids=["script", "without-script"])


@pytest.fixture
def server(data_dir: Path, catalogues: Path) -> Iterator[Server]:
    server = pseudo.server(data_dir, catalogues)
    with serving(server):
        yield server


@pytest.fixture
def german(catalogues: Path) -> pseudo.Catalogue:
    return pseudo.read(catalogues, pseudo.GERMAN)


def speaks(page: Page, code: str, direction: str) -> None:
    expect(page.locator("html")).to_have_attribute("lang", code)
    expect(page.locator("html")).to_have_attribute("dir", direction)


# --- The switch at the foot -------------------------------------------------------------------------------------------


@pytest.mark.manual("C83")
def test_the_switch_keeps_what_was_typed_and_what_was_open(windows: Windows, german: pseudo.Catalogue) -> None:
    page = windows.open()
    page.goto("/login?next=/settings/activity")
    page.evaluate("window.sameDocument = true")
    page.get_by_label("Login", exact=True).fill("carl")
    page.get_by_label("Password", exact=True).fill(PASSWORDS["carl"])
    page.locator("summary").click()
    press(page, "العربية")
    speaks(page, "ar", "rtl")
    press(page, "Deutsch")
    speaks(page, "de", "ltr")
    with reading(german):
        expect(heading(page)).to_have_text(say("Log in"))
        expect(page).to_have_title(f"{say('Log in')} · Northgate Hosting")
        expect(page.get_by_label(say("Login"), exact=True)).to_have_value("carl")
        expect(page.get_by_label(say("Password"), exact=True)).to_have_value(PASSWORDS["carl"])
        assert page.locator("main details").get_attribute("open") is not None
        assert page.evaluate("window.sameDocument")
        assert page.url.endswith("/login?next=/settings/activity")
        press(page, say("Log in"))
        expect(heading(page)).to_have_text(say("Activity"))


def test_the_switch_works_from_the_keyboard_and_keeps_the_focus(windows: Windows) -> None:
    page = windows.open()
    page.goto("/login")
    tab_to(page, page.get_by_role("button", name="Deutsch"))
    page.keyboard.press("Enter")
    speaks(page, "de", "ltr")
    expect(page.get_by_role("button", name="Deutsch")).to_be_focused()
    expect(page.get_by_role("button", name="Deutsch")).to_have_attribute("aria-current", "true")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    tab_to(page, page.get_by_role("button", name="English"))
    page.keyboard.press("Space")
    speaks(page, "en", "ltr")
    expect(page.get_by_role("button", name="English")).to_be_focused()


@pytest.mark.manual("C83")
def test_the_switch_is_a_form_without_script(windows: Windows, german: pseudo.Catalogue) -> None:
    page = windows.open(java_script_enabled=False)
    page.goto("/login?next=/settings/activity")
    page.get_by_label("Login", exact=True).fill("carl")
    press(page, "Deutsch")
    speaks(page, "de", "ltr")
    with reading(german):
        expect(page.get_by_label(say("Login"), exact=True)).to_have_value("carl")
        page.get_by_label(say("Password"), exact=True).fill(PASSWORDS["carl"])
        press(page, say("Log in"))
        expect(heading(page)).to_have_text(say("Activity"))
        speaks(page, "de", "ltr")


@BOTH
def test_the_switch_of_the_code_page_stays_on_it(
    server: Server, windows: Windows, german: pseudo.Catalogue, script: bool
) -> None:
    with inside(server.data_dir) as cast:
        phone = cast.enrol("carl")
    page = windows.open(java_script_enabled=script)
    page.goto("/settings/activity")
    page.get_by_label("Login", exact=True).fill("carl")
    page.get_by_label("Password", exact=True).fill(PASSWORDS["carl"])
    press(page, "Log in")
    expect(heading(page)).to_have_text("Two-step authentication")
    page.get_by_label("One-time password").fill("123")
    press(page, "Deutsch")
    speaks(page, "de", "ltr")
    with reading(german):
        field = page.get_by_label(say("One-time password"))
        expect(field).to_have_value("123" if script else "")
        field.fill(phone.code())
        press(page, say("Ok"))
        expect(heading(page)).to_have_text(say("Activity"))


def test_a_refused_switch_says_so_and_keeps_the_page(server: Server, windows: Windows) -> None:
    page = windows.open()
    page.goto("/login")
    page.get_by_label("Login", exact=True).fill("carl")
    server.kill()
    press(page, "Deutsch")
    expect(page.get_by_role("alert")).to_contain_text("The server did not answer.")
    expect(page.get_by_label("Login", exact=True)).to_have_value("carl")
    assert all("ERR_" in line for line in windows.complaints)
    windows.complaints.clear()
    server.begin().ready()


@pytest.mark.parametrize(("code", "difference"), [("de", "2 Min. (18|19|20) Sek."), ("ar", "2 د (18|19|20) ث")])
def test_the_difference_of_the_clocks_is_said_in_the_language(
    server: Server, windows: Windows, catalogues: Path, code: str, difference: str
) -> None:
    with inside(server.data_dir) as cast:
        cast.enrol("carl")
    page = windows.open(locale=code)
    page.clock.install(time=datetime.now(UTC) + timedelta(seconds=139))
    with reading(pseudo.read(catalogues, code)):
        log_in(page, "carl")
        page.locator("summary").first.click()
        expect(page.locator("[data-clock-drift]")).to_have_text(re.compile(say("{} ahead").replace("{}", difference)))


# --- The time zone of the browser -------------------------------------------------------------------------------------


@pytest.mark.manual("C82")
def test_who_has_no_zone_of_his_own_sees_the_times_of_his_browser(server: Server, windows: Windows) -> None:
    page = windows.open(timezone_id="Europe/Vienna")
    log_in(page, "carl")
    expect(heading(page)).to_have_text("Security")
    with inside(server.data_dir):
        User.update(password_changed_at=datetime(2026, 7, 10, 21, 5, tzinfo=UTC)).execute()
    page.reload()
    shown = panel(page, "password").locator("time")
    expect(shown).to_have_text("10.07.2026 23:05")
    expect(shown).to_have_attribute("title", re.compile(r"^10\.07\.2026 23:05.*\+02:00$"))
    page.goto("/settings/profile")
    expect(page.get_by_label("Time zone")).to_have_attribute("placeholder", "Europe/Vienna")


# --- The profile ------------------------------------------------------------------------------------------------------


@BOTH
@pytest.mark.manual("C83")
def test_german_is_chosen_and_everything_is_german(windows: Windows, german: pseudo.Catalogue, script: bool) -> None:
    page = windows.open(java_script_enabled=script)
    log_in(page, "carl")
    page.get_by_role("link", name="Profile").click()
    page.get_by_label("Web interface language").select_option("de")
    press(page, "Save")
    speaks(page, "de", "ltr")
    with reading(german):
        expect(page.locator("main [role=status]")).to_have_text(say("Your profile is saved."))
        expect(heading(page)).to_have_text(say("Profile"))
        expect(page.get_by_label(say("Web interface language"))).to_have_value("de")
        page.get_by_role("link", name=say("Activity"), exact=True).click()
        expect(heading(page)).to_have_text(say("Activity"))
        page.locator("[popovertarget=me]").click()
        press(page, say("Log out"))
        expect(heading(page)).to_have_text(say("Log in"))


def preview(page: Page) -> Locator:
    return page.locator("#profile-preview")


@pytest.mark.manual("C85")
def test_the_preview_follows_what_is_typed_and_nothing_is_saved(windows: Windows) -> None:
    page = windows.open()
    log_in(page, "carl")
    page.get_by_role("link", name="Profile").click()
    page.get_by_label("Try the input format").press_sequentially("5.3.2027 9:30")
    expect(preview(page)).to_contain_text("Read as Friday, 5 March 2027, 09:30.")
    page.get_by_label("Input format", exact=True).select_option("MM/DD/YYYY HH12:MI AM")
    expect(preview(page).locator(".error")).to_contain_text("5.3.2027 9:30")
    page.get_by_label("Try the input format").fill("3/5/2027 9:30 PM")
    expect(preview(page)).to_contain_text("Read as Friday, 5 March 2027, 21:30.")
    page.get_by_label("Output format", exact=True).select_option("YYYY-MM-DD HH24:MI")
    expect(preview(page).locator("dd").first).to_have_text(re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d"))
    page.get_by_label("Web interface language").select_option("de")
    expect(preview(page).locator("dd bdi").nth(1)).to_have_attribute("lang", "de")
    expect(page.get_by_label("Try the input format")).to_have_value("3/5/2027 9:30 PM")
    page.get_by_label("Try the input format").press("Enter")
    expect(preview(page)).to_contain_text("21:30")
    page.reload()
    expect(page.get_by_label("Web interface language")).to_have_value("")


@BOTH
@pytest.mark.manual("C84")
def test_a_format_of_ones_own_is_typed_where_it_is_chosen(windows: Windows, script: bool) -> None:
    page = windows.open(java_script_enabled=script)
    log_in(page, "carl")
    page.get_by_role("link", name="Profile").click()
    own = page.locator("#profile-output-format-own")
    expect(own).to_be_hidden()
    page.get_by_label("Output format", exact=True).select_option("own")
    expect(own).to_be_visible()
    own.fill("HH12:MI")
    press(page, "Save")
    expect(page.locator("#profile-output-format-own-error")).to_be_visible()
    expect(own).to_be_focused() if script else expect(own).to_have_value("HH12:MI")
    own.fill("D. MON YYYY, HH24:MI")
    press(page, "Save")
    expect(page.locator("main [role=status]")).to_have_text("Your profile is saved.")
    expect(own).to_have_value("D. MON YYYY, HH24:MI")
    expect(preview(page).locator("dd").first).to_have_text(re.compile(r"^\d+\. [A-Z][a-z]+ \d{4}, \d\d:\d\d"))
