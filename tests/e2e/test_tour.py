"""The whole way of the owner, from the first start to the lost phone, by `./postern`, a browser and a phone alone."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.acts import Phone, give_code, heading, log_in, log_out, need, panel, press, save_codes
from tests.e2e.conftest import Windows
from tests.processes import ROOT, Server, serving

pytestmark = pytest.mark.e2e


@pytest.mark.manual("T22", "T23", "T24", "T25", "T26", "T27", "T30", "T31", "T36", "T37", "T40", "A11", "D120")
@pytest.mark.parametrize(
    ("width", "scheme", "script"),
    [
        (1280, "light", True),
        (1280, "dark", True),
        (390, "light", True),
        (390, "dark", True),
        (1280, "light", False),
    ],
    ids=["desktop", "desktop-dark", "phone", "phone-dark", "without-script"],
)
def test_the_owner_from_first_start_to_lost_phone(
    chromium: Browser, tmp_path: Path, width: int, scheme: str, script: bool
) -> None:
    need("zbarimg", "oathtool")
    server = Server(tmp_path / "data", command=(str(ROOT / "postern"),))
    with serving(server), closing(Windows(chromium, server)) as windows:
        page = windows.open(width=width, scheme=scheme, java_script_enabled=script)
        printed = re.search(r"Login: owner\nPassword: (\S+)", server.said())
        assert printed, server.said()

        page.goto("/")
        log_in(page, "owner", printed[1])
        expect(heading(page)).to_have_text("Choose a new password")
        press(page, "Generate password")
        new = page.get_by_label("New password", exact=True)
        expect(new).to_have_attribute("type", "text")
        password = new.input_value()
        page.get_by_label("Current password").fill(printed[1])
        press(page, "Change password")

        phone = enable(page, tmp_path)
        assert phone.account == "Postern:owner"
        used = phone.code()
        give_code(page, used)
        expect(heading(page)).to_have_text("Save your recovery codes")
        with page.expect_download() as download:
            page.get_by_role("link", name="Download").click()
        saved = download.value.path().read_text()
        codes = save_codes(page)
        assert len(set(codes)) == 10
        assert re.findall(r"^\S{5}-\S{5}$", saved, re.M) == codes
        expect(panel(page, "two-factor")).to_contain_text("10 of 10 left")

        log_out(page)
        log_in(page, "owner", password)
        expect(heading(page)).to_have_text("Two-step authentication")
        give_code(page, used)
        expect(page.get_by_text("That code has been used. Wait for the next one.")).to_be_visible()
        give_code(page, phone.code(steps=1))
        expect(heading(page)).to_have_text("Customers")  # where somebody begins who looks after others

        log_out(page)
        log_in(page, "owner", password)
        page.get_by_role("link", name="Use a recovery code instead").click()
        page.get_by_label("Recovery code").fill(codes[0].upper().replace("-", " "))
        press(page, "Ok")
        expect(heading(page)).to_have_text("Customers")
        page.goto("/settings/security")
        expect(panel(page, "two-factor")).to_contain_text("9 of 10 left")

        assert "two-step on → two-step not set up" in server.postern("recover", "2fa", "owner")
        page.locator("#activity-tab").click()
        expect(page.locator("main [role=status]")).to_contain_text(
            "Your provider reset the password or two-step authentication"
        )
        log_in(page, "owner", password)
        again = enable(page, tmp_path)
        assert again.key != phone.key
        give_code(page, again.code())
        save_codes(page)


def enable(page: Page, folder: Path) -> Phone:
    """Staff are required to: the page comes before any other. The key in print is the key in the picture."""
    expect(heading(page)).to_have_text("Enable two-step authentication")
    press(page, "Enable two-step authentication")
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    phone = Phone.scan(page, folder / "screen.png")
    groups = page.locator("dd code").nth(1).inner_text()
    assert re.fullmatch(r"([A-Z2-7]{4} ){7}[A-Z2-7]{4}", groups)
    assert groups.replace(" ", "") == phone.key
    assert re.fullmatch(
        rf"otpauth://totp/Postern:owner\?secret={phone.key}&issuer=Postern(&algorithm=SHA1&digits=6&period=30)?",
        phone.uri,
    )
    return phone
