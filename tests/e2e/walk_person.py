"""The provider's page of one person in each of its states."""

from __future__ import annotations

from collections.abc import Iterator

from playwright.sync_api import Page, expect

from domain import login_sources, users
from domain.visit import utcnow
from models import Authenticator, Denial, Session
from tests.cast import Authenticator as Phone
from tests.e2e.walk import change, shows
from tests.e2e.walk_provider import LONG, age, come, id_of, trouble
from tests.processes import Server, inside


def person(page: Page, server: Server, login: str, _phone: Phone) -> Iterator[str]:
    """Everything that can be the matter with one customer, and every way to help."""
    trouble(server, login)
    come(page, server, login)
    here = f"/admin/customers/{id_of(server, login)}"
    page.goto(here)
    page.locator("#rescue-terminal summary").click()
    expect(page.locator(".cli").last).to_be_visible()
    yield "person in trouble"
    for dialog in ("rescue-reset", "person-delete"):
        page.locator(f"#{dialog}-open").click()
        expect(page.locator("dialog footer button")).to_be_visible()
        if dialog == "person-delete":
            page.locator("#person-delete-login").fill("w")
            page.locator("dialog footer button").click()
            expect(page.locator("#person-delete-login-error")).to_be_visible()
        yield f"person, dialog {dialog}"
        page.keyboard.press("Escape")
    yield from _panels(page, server, login)
    yield from _forms(page, server, login, here)
    yield from _ends(page, server, login, here)


def _panels(page: Page, server: Server, login: str) -> Iterator[str]:
    page.locator("#rescue-code").click()
    expect(page.locator("#rescue-secret")).to_be_visible()
    page.locator("#rescue-new").fill("short")
    page.locator("#rescue-set-password").click()
    expect(page.locator("#rescue-new-error")).to_be_visible()
    entries = page.locator("#provider-ips-list .entries")
    page.locator("#provider-ips-list [name=edit]").click()
    expect(entries.locator("li")).to_have_count(2)
    page.locator("#provider-ips-address").fill("198.51.100.300")
    page.locator("#provider-ips-add").click()
    expect(page.locator("#provider-ips-address-error")).to_be_visible()
    yield "person, code is shown, short password, wrong address"
    page.locator("#rescue-new").fill("")
    page.locator("#rescue-set-password").click()
    expect(page.locator("#rescue-password-secret")).to_be_visible()
    with inside(server.data_dir):
        login_sources.note(users.find(login).id, LONG, utcnow())
    page.locator("#provider-ips-address").fill("")
    entries.locator("[name=remove]").last.click()
    expect(entries.locator("li")).to_have_count(1)
    page.locator("#provider-ips-save").click()
    expect(page.locator("#provider-ips-warning")).to_be_visible()
    yield "person, password is shown, list leaves out the log-ins"


def _forms(page: Page, server: Server, login: str, here: str) -> Iterator[str]:
    page.goto(here)
    page.locator("#person-expires-at").fill("31.31.31")
    page.locator("#person-save").click()
    expect(page.locator("#person-expires-at-error")).to_be_visible()
    yield "person, wrong date"
    page.goto(here)
    page.locator("#person-name").fill("W" * 120)
    page.locator("#person-two-factor-policy").select_option("yes")
    change(server, login, name="WWW " * 29, two_factor="no")
    page.locator("#person-save").click()
    expect(page.locator("#person-name-error")).to_be_visible()
    yield "person, changed by somebody else meanwhile"
    age(server)
    page.goto(here)
    page.locator("#rescue-proof").fill("wrong")
    page.locator("#rescue-unbind").click()
    expect(page.locator("#rescue-proof-error")).to_be_visible()
    yield "person, confirm it's you"


def _ends(page: Page, server: Server, login: str, here: str) -> Iterator[str]:
    page.goto(f"{here}/rescue/reset")
    yield "person, page of reset"
    page.goto(f"{here}/delete")
    yield "person, page of deletion"
    with inside(server.data_dir):
        for rows in (
            Authenticator.delete(),
            Denial.delete(),
            Session.delete().where(Session.user == users.find(login)),
        ):
            rows.execute()
    change(server, login, active=False, password_hash=None, two_factor="yes")
    page.goto(here)
    shows(page, "Required, not set up yet.")
    yield "person, suspended"
