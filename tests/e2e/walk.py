"""Every page in each of its states, one after the other: what all of them owe is looked at on each."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta

from playwright.sync_api import Page, expect

from domain import login_sources, networks, sessions, trusted_ips, users
from domain.trusted_ips import AddressList, Holder
from domain.visit import Visit, utcnow
from models import Access, KnownBrowser, Role, Session, User
from tests.cast import PASSWORDS, Authenticator
from tests.e2e.acts import give_code, heading, log_in, panel, press, say, saying
from tests.processes import Server, inside

LONGEST = "2001:db8:1111:2222:3333:4444:5555:6666-2001:db8:1111:2222:3333:4444:5555:7777"


def strangers(page: Page, server: Server, login: str, phone: Authenticator) -> Iterator[str]:
    """Until somebody is in: the log-in, the code step, links, errors."""
    page.goto("/login")
    yield "log-in"
    page.locator("summary").click()
    log_in(page, login, "wrong")
    shows(page, "Login or password is incorrect")
    yield "log-in, wrong password"
    page.goto("/no/such/page")
    yield "no such page, stranger"
    page.goto("/login/link/expired")
    yield "dead link"
    link = next(line for line in server.postern("recover", "link", login).splitlines() if line.startswith("http"))
    page.goto(link)
    yield "log-in by link"
    log_in(page, login, PASSWORDS["carl"])
    shows(page, "Open your authenticator app and enter the 6-digit code for %(account)s.")
    yield "code"
    give_code(page, "12345")
    shows(page, "The one-time password has 6 digits.")
    yield "code, wrong"
    page.get_by_role("link", name=say("Use a recovery code instead")).click()
    shows(page, "Use the authenticator app instead")
    yield "recovery code"
    page.get_by_label(say("Recovery code")).fill("k7m2p-9xq4d")
    press(page, say("Ok"))
    shows(page, "That recovery code is not correct.")
    yield "recovery code, wrong"
    change(server, login, wrong_codes_in_row=50)
    page.goto("/login/code")
    give_code(page, phone.code())
    shows(page, "One-time passwords are locked for this login")
    yield "code, locked"
    change(server, login, wrong_codes_in_row=0)
    for _ in range(6):
        page.goto("/login/code")
        give_code(page, phone.wrong_code())
        expect(page).to_have_title(re.compile(f"^{say('Error:')} "))
    shows(page, "Too many attempts")
    yield "code, paused"
    change(server, login, active=False)
    log_in(page, login, PASSWORDS["carl"])
    shows(page, "This login is suspended")
    yield "suspended"


def enrolment(page: Page, server: Server, login: str) -> Iterator[str]:
    """Required by the provider: the pages that come before all others."""
    server.postern("class", "set", "Customers", "two_factor=required", "grace_days=7")
    change(server, login, must_change_password=True)
    log_in(page, login, PASSWORDS["carl"])
    shows(page, "Choose a new password")
    yield "choose a new password"
    page.get_by_label(say("Current password")).fill("wrong")
    for name in ("New password", "New password again"):
        page.get_by_label(say(name), exact=True).fill("short")
    press(page, say("Change password"))
    shows(page, "Use at least %(minimum)s characters")
    yield "choose a new password, too short"
    change(server, login, must_change_password=False)
    page.goto("/")
    yield "enrolment"
    press(page, say("Enable two-step authentication"))
    expect(page.locator(".qr")).to_be_visible()
    yield "enrolment, QR code"
    give_code(page, "12345")
    expect(page.locator("#enrolment-code-error")).to_be_visible()
    yield "enrolment, wrong code"
    press(page, say("Later"))
    expect(page.locator("#shell-grace")).to_be_visible()
    yield "days of grace"


def security(page: Page, server: Server, login: str) -> Iterator[str]:
    """Somebody's own settings."""
    log_in(page, login, PASSWORDS["carl"])
    expect(heading(page)).to_have_text(say("Security"))
    yield "security, off"
    page.locator("[popovertarget=me]").click()
    expect(page.locator("#me")).to_be_visible()
    yield "menu"
    page.keyboard.press("Escape")
    page.get_by_role("link", name=say("Change password")).click()
    for name in ("Current password", "New password", "New password again"):
        page.get_by_label(say(name), exact=True).fill("short")
    panel(page, "password").get_by_role("button", name=say("Change password")).click()
    expect(page.locator("#new_password-error")).to_be_visible()
    yield "password, too short"
    press(page, say("Generate password"))
    expect(page.get_by_label(say("New password"), exact=True)).to_have_attribute("type", "text")
    yield "password, generated"
    panel(page, "password").get_by_text(say("Cancel")).click()
    press(page, say("Enable two-step authentication"))
    dialog = page.locator("dialog")
    expect(dialog).to_be_visible()
    yield "dialog"
    give_code(page, "12345")
    expect(page.locator("#enrolment-code-error")).to_be_visible()
    yield "dialog, wrong code"
    press(page, say("Copy key"))
    expect(dialog.locator("#toasts > div")).to_be_visible()
    yield "dialog, toast"
    give_code(page, Authenticator(dialog.locator("dd code").nth(1).inner_text()).code())
    expect(heading(page)).to_have_text(say("Save your recovery codes"))
    yield "recovery codes"
    page.get_by_label(say("I have saved these codes")).check()
    press(page, say("Done"))
    shows(page, "%(left)s of 10 left. Use one if you lose your phone. New codes replace all old ones.")
    yield "security, on"
    page.get_by_role("link", name=say("Disable two-step authentication")).click()
    page.get_by_label(say("One-time password")).fill("123456")
    press(page, say("Disable two-step authentication"))
    expect(page.locator("#two-factor-code-error")).to_be_visible()
    yield "disabling, wrong code"
    change(server, login, two_factor="yes")
    page.goto("/settings/security")
    yield "security, required"
    page.get_by_role("link", name=say("Replace authenticator")).click()
    expect(page.get_by_label(say("One-time password"))).to_be_focused()
    yield "replacing"
    change(server, login, two_factor="no")
    with inside(server.data_dir):
        KnownBrowser.delete().execute()
    page.goto("/settings/security")
    yield "security, switched off"
    change(server, login, two_factor="inherit")
    with inside(server.data_dir):
        Session.update(confirmed_at=utcnow() - timedelta(minutes=16)).execute()
    page.goto("/settings/security")
    page.locator("#recovery-codes-proof").fill("wrong")
    press(page, say("Generate new codes"))
    expect(page.locator("#recovery-codes-proof-error")).to_be_visible()
    yield "confirm it's you, wrong"
    page.goto("/settings/activity")
    yield "activity"
    page.goto("/settings/activity?before=1")
    yield "activity, nothing older"
    page.goto("/no/such/page")
    yield "no such page"
    with inside(server.data_dir):
        Role.update(permissions=json.dumps([])).execute()
    page.goto("/settings/activity")
    yield "not in the role"
    page.goto("/settings/security")
    yield "security, password only"


def profile(page: Page, server: Server, login: str) -> Iterator[str]:
    """Language, time zone and formats."""
    log_in(page, login, PASSWORDS["carl"])
    page.get_by_role("link", name=say("Profile"), exact=True).click()
    expect(heading(page)).to_have_text(say("Profile"))
    yield "profile"
    for format_ in ("output", "input"):
        page.locator(f"#profile-{format_}-format").select_option("own")
    expect(page.locator("#profile-input-format-own")).to_be_visible()
    yield "profile, own formats"
    preview = page.locator("#profile-preview")
    page.locator("#profile-try").fill("5.3.2027 9:30")
    expect(preview.locator(".read")).to_be_visible()
    yield "profile, date read"
    page.locator("#profile-try").fill("30.2.2027")
    expect(preview.locator(".error")).to_be_visible()
    yield "profile, date not read"
    page.locator("#profile-input-format-own").fill("DD.MM.YY HH12:MI")
    press(page, say("Save"))
    expect(page.locator("#profile-input-format-own-error")).to_be_visible()
    yield "profile, wrong format"
    page.locator("#profile-input-format").select_option("")
    page.locator("#profile-time-zone").fill("Atlantis")
    press(page, say("Save"))
    expect(page.locator("#profile-time-zone-error")).to_be_visible()
    yield "profile, unknown city"


def addresses(page: Page, server: Server, login: str) -> Iterator[str]:
    """The lists that hold for somebody, and his bound session."""
    log_in(page, login, PASSWORDS["carl"])
    here = panel(page, "trusted-ips")
    page.get_by_label(say("Only from IPs in the list")).check()
    shows(page, "The list is empty. Add at least one address to restrict access.")
    yield "list, chosen and empty"
    add(page, "198.51.100.300")
    expect(page.locator("#trusted-ips-address-error")).to_be_visible()
    yield "list, wrong address"
    add(page, f"198.51.100.7/24; 2001:db8::/32; {LONGEST}")
    expect(here.locator(".entries li")).to_have_count(3)
    yield "list, draft"
    here.get_by_role("button", name=say("Save"), exact=True).click()
    shows(page, "This list would lock you out")
    yield "list, would lock me out"
    press(page, say("Add my address and save"))
    expect(here.locator(".tokens .here")).to_contain_text(say("includes your address"))
    yield "list, saved"
    here.get_by_role("button", name=say("Notes, expiry and last use")).click()
    here.get_by_label(say("Note")).first.fill("W" * 80)
    here.get_by_label(say("Expires")).nth(1).select_option("30d")
    here.get_by_role("button", name=say("Save"), exact=True).click()
    expect(here.locator(".tokens")).to_contain_text(saying("until %(time)s"))
    yield "list, note and expiry"
    here.get_by_role("button", name=say("Notes, expiry and last use")).click()
    here.get_by_text(say("Edit as text")).click()
    here.get_by_label(say("Allowed addresses as text")).fill("127.0.0.1;\n198.51.100.300;")
    here.get_by_role("button", name=say("Save"), exact=True).click()
    expect(page.locator("#trusted-ips-text-error")).to_be_visible()
    yield "list as text, wrong line"
    with inside(server.data_dir):
        login_sources.note(users.find(login).id, LONGEST.partition("-")[0], utcnow())
    here.get_by_label(say("Allowed addresses as text")).fill("127.0.0.1;")
    here.get_by_role("button", name=say("Save"), exact=True).click()
    expect(here.locator("#trusted-ips-warning")).to_be_visible()
    yield "list, one family missing"
    arm(server, trusted_ips.provider_of, login, "127.0.0.0/8", LONGEST)
    arm(server, trusted_ips.own_of, login, "127.0.0.1", *(f"2001:db8::{n:x}" for n in range(999)))
    page.goto("/settings/security")
    shows(page, "Your provider allows this login only from these addresses")
    expect(here.locator(".tokens .more")).to_be_visible()
    yield "list of 1,000 under the provider's"
    here.locator("[name=edit]").click()
    expect(here.get_by_label(say("Allowed addresses as text"))).to_be_visible()
    yield "list of 1,000, edited"
    with inside(server.data_dir):
        visit = Visit(login, LONGEST.partition("-")[0], "W" * 300, utcnow())
        other, _ = sessions.start(users.find(login), visit, known_browser_id=None, replaces=None)
        sessions.complete(other, visit, method="password")
    page.goto("/settings/security")
    page.get_by_role("switch", name=say("Bind session to IP")).click()
    expect(panel(page, "bind-session").locator(".row.block")).to_be_visible()
    yield "bound, with another session"
    with inside(server.data_dir):
        Session.update(tried_from=LONGEST.partition("-")[0], tried_at=utcnow()).execute()
    page.goto("/settings/security")
    expect(page.locator("#shell-tried")).to_be_visible()
    yield "tried from elsewhere"


def refused(page: Page, server: Server, login: str) -> Iterator[str]:
    """By his address: at log-in, in a running session, and because the session is bound."""
    log_in(page, login, PASSWORDS["carl"])
    expect(heading(page)).to_have_text(say("Security"))
    arm(server, trusted_ips.own_of, login, "198.51.100.0/24")
    page.goto("/settings/activity")
    expect(page.get_by_role("link", name=say("Try again"))).to_be_visible()
    yield "refused by a list"
    press(page, say("Log out"))
    log_in(page, login, PASSWORDS["carl"])
    expect(page.get_by_role("button", name=say("Try again"))).to_be_visible()
    yield "refused by a list at log-in"
    with inside(server.data_dir):
        Session.update(address="198.51.100.7").execute()
        User.update(bind_session=True).where(User.login == login).execute()
    page.goto("/settings/activity")
    shows(page, "This session was opened from another address. Log in again.")
    yield "refused by binding"


def add(page: Page, text: str) -> None:
    page.get_by_label(say("Add an address or network")).fill(text)
    press(page, say("Add"))


def arm(server: Server, holder: Callable[[User], Holder], login: str, *entries: str) -> None:
    """One of his lists, whoever wrote it."""
    with inside(server.data_dir):
        user = users.find(login)
        wanted = AddressList(Access.LISTED).with_networks(networks.parse(";".join(entries)).networks)
        trusted_ips.save(holder(user), wanted, Visit("console:test", "console", "pytest", utcnow()))


def change(server: Server, login: str, **columns: object) -> None:
    """What somebody else changes meanwhile."""
    with inside(server.data_dir):
        User.update(**columns).where(User.login == login).execute()


def shows(page: Page, sentence: str) -> None:
    """The page that was asked for is here, not still the one before."""
    expect(page.get_by_text(saying(sentence)).first).to_be_visible()
