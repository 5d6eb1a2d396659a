"""Enabling two-step authentication in the dialog on Security."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.acts import Phone, give_code, heading, log_in, need, panel, press, save_codes, tab_to
from tests.e2e.conftest import Windows
from tests.processes import Server, inside

pytestmark = pytest.mark.e2e
ENABLE = "Enable two-step authentication"


def open_dialog(page: Page, login: str = "carl") -> Locator:
    log_in(page, login)
    press(page, ENABLE)
    dialog = page.locator("dialog")
    expect(dialog).to_have_accessible_name(ENABLE)
    expect(dialog).to_be_visible()
    return dialog


def key_in(dialog: Locator) -> str:
    return dialog.locator("dd code").nth(1).inner_text()


CLOSINGS: dict[str, Callable[[Page], None]] = {
    "Esc": lambda page: page.keyboard.press("Escape"),
    "Close": lambda page: press(page, "Close"),
    "Cancel": lambda page: page.locator("dialog").get_by_text("Cancel").click(),
}


@pytest.mark.manual("T27", "T28", "T29", "T31")
def test_closing_the_dialog_leaves_two_step_off_and_no_secret_behind(windows: Windows, server: Server) -> None:
    page = windows.open()
    dialog = open_dialog(page)
    for name, close in CLOSINGS.items():
        expect(dialog.get_by_label("One-time password")).to_be_focused()
        key = key_in(dialog)
        close(page)
        expect(dialog).to_have_count(0)
        assert key not in page.content(), name
        expect(page.get_by_role("button", name=ENABLE)).to_be_focused()
        expect(panel(page, "two-factor").locator("header .chip")).to_have_text("Off")
        page.keyboard.press("Enter")
    assert server.postern("recover", "show", "carl", "--json").count('"two_factor_enrolled": false') == 1


@pytest.mark.manual("T31", "T32", "T33")
def test_a_wrong_code_keeps_dialog_and_key_and_a_right_one_turns_it_on(windows: Windows, server: Server) -> None:
    need("oathtool")
    page = windows.open()
    dialog = open_dialog(page)
    key, field = key_in(dialog), dialog.get_by_label("One-time password")
    phone = Phone(f"otpauth://totp/x?secret={key.replace(' ', '')}")
    for wrong, said in (("12345", "The one-time password has 6 digits."), ("123 456", "is not correct")):
        give_code(page, wrong)
        expect(dialog.locator("#enrolment-code-error")).to_contain_text(said)
        expect(field).to_be_focused()
        expect(field).to_have_attribute("aria-invalid", "true")
        assert key_in(dialog) == key
    give_code(page, phone.code(steps=-6))
    expect(dialog.locator("#enrolment-code-error")).to_contain_text("Your code is right for a clock 3 minutes behind")
    code = phone.code()
    give_code(page, f" {code[:3]} {code[3:]} ")
    save_codes(page)
    expect(panel(page, "two-factor").locator("header .chip")).to_have_text("On")


def test_on_a_phone_nothing_covers_the_error_and_its_field(server: Server, windows: Windows) -> None:
    page = windows.open(width=390, has_touch=True, is_mobile=True)
    open_dialog(page)
    expect(page.get_by_role("heading", name=ENABLE)).to_be_focused()  # no keyboard over the QR code
    give_code(page, "12345")
    expect(page.locator("#enrolment-code")).to_be_focused()
    for part in ("#enrolment-code-error", "#enrolment-code"):
        seen = page.locator(part).evaluate(
            """node => { const { left, right, top, bottom } = node.getBoundingClientRect();
            return node.contains(document.elementFromPoint((left + right) / 2, (top + bottom) / 2)) }"""
        )
        assert seen, f"{part} is covered"


@pytest.mark.manual("T27")
@pytest.mark.parametrize("clipboard", ["clipboard", "no clipboard"])
def test_a_copied_key_has_no_spaces(windows: Windows, server: Server, clipboard: str) -> None:
    """Plain http, as within a provider's own network, gives pages no clipboard; copying works all the same."""
    page = windows.open(permissions=["clipboard-read", "clipboard-write"])
    if clipboard == "no clipboard":
        page.add_init_script("Object.defineProperty(Navigator.prototype, 'clipboard', {value: undefined})")
    dialog = open_dialog(page)
    for name, text in (("Copy account name", "Northgate Hosting: carl"), ("Copy key", key_in(dialog).replace(" ", ""))):
        press(page, name)
        expect(dialog.get_by_role("status")).to_contain_text("Copied.")
        expect(page.get_by_role("button", name=name)).to_be_focused()
        other = page.context.new_page()
        other.goto("/healthz")
        assert other.evaluate("navigator.clipboard.readText()") == text
        other.close()
        press(page, "Dismiss")
    assert re.fullmatch("[A-Z2-7]{32}", text)


@pytest.mark.manual("T33", "T34", "T35")
def test_the_difference_of_the_clocks_is_worked_out(windows: Windows, server: Server) -> None:
    page = windows.open()
    page.clock.install(time=datetime.now(UTC) + timedelta(seconds=139))
    dialog = open_dialog(page)
    give_code(page, "123456")
    drift = dialog.locator("[data-clock-drift]")
    expect(drift).to_have_text(re.compile(r"^2 min (18|19|20) sec ahead$"))
    expect(drift).to_have_class(re.compile(r"\bwarn\b"))
    expect(dialog).to_contain_text("Settings, Correct time for QR-codes, Synchronize")


def test_a_device_with_the_right_time_is_told_so(windows: Windows, server: Server) -> None:
    with inside(server.data_dir) as cast:
        cast.enrol("carl")
    page = windows.open()
    log_in(page, "carl")
    page.get_by_text("The code is not accepted").click()
    expect(page.locator("[data-clock-drift]")).to_have_text("agrees")


def test_everything_can_be_done_with_the_keyboard(windows: Windows, server: Server, tmp_path: Path) -> None:
    need("zbarimg", "oathtool")
    page = windows.open()
    keys = page.keyboard

    def type_log_in() -> None:
        expect(page.get_by_label("Login", exact=True)).to_be_focused()
        keys.type("carl")
        keys.press("Tab")
        keys.type("carls eleven wet socks")
        keys.press("Enter")

    page.goto("/")
    type_log_in()
    tab_to(page, page.get_by_role("button", name=ENABLE))
    keys.press("Enter")
    expect(page.get_by_label("One-time password")).to_be_focused()
    phone = Phone.scan(page, tmp_path / "screen.png")
    keys.type(phone.code())
    keys.press("Enter")
    expect(heading(page)).to_have_text("Save your recovery codes")
    tab_to(page, page.get_by_label("I have saved these codes"))
    keys.press("Space")
    tab_to(page, page.get_by_role("button", name="Done"))
    keys.press("Enter")
    expect(heading(page)).to_have_text("Security")
    tab_to(page, page.get_by_role("link", name="Skip to content"))
    keys.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.goto("/settings/activity")
    tab_to(page, page.locator("[popovertarget=me]"))
    keys.press("Enter")
    tab_to(page, page.get_by_role("button", name="Log out"))
    keys.press("Enter")
    type_log_in()
    expect(page.get_by_label("One-time password")).to_be_focused()
    keys.type(phone.code(steps=1))
    keys.press("Enter")
    expect(heading(page)).to_have_text("Security")
