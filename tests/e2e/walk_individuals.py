"""The pages of individuals in each of their states, as their customer meets them and as staff do."""

from __future__ import annotations

from collections.abc import Iterator

from playwright.sync_api import Page, expect

from domain import users
from models import AllowedRole, Role, RoleKind, User
from tests.cast import PASSWORDS
from tests.e2e.acts import heading, log_in, press, say
from tests.e2e.walk import shows
from tests.e2e.walk_provider import ROLE, age, come, id_of
from tests.processes import Server, inside

GOOD = "four green garden gates"


def individuals(page: Page, server: Server, login: str) -> Iterator[str]:
    """A customer's own: none, a new one, his link, and his page."""
    allow(server, login)
    with inside(server.data_dir):
        User.delete().where(User.login == "ivy").execute()
    log_in(page, login, PASSWORDS["carl"])
    expect(heading(page)).to_have_text(say("Security"))
    page.locator("#individuals-tab").click()
    shows(page, "No individuals yet")
    yield "own individuals, none"
    page.locator("#people-new").click()
    expect(heading(page)).to_have_text(say("New individual"))
    yield "new individual"
    page.locator("#new-users-login").fill(login)
    press(page, say("Create"))
    expect(page.locator("#new-users-login-error")).to_be_visible()
    yield "new individual, login taken"
    made = f"w-{login}"[:64]
    page.locator("#new-users-login").fill(made)
    page.locator("#new-users-expires-at").fill("31.31.31")
    press(page, say("Create"))
    expect(page.locator("#new-users-expires-at-error")).to_be_visible()
    yield "new individual, wrong date"
    page.locator("#new-users-expires-at").fill("")
    page.locator("#new-users-name").fill("W" * (120 if len(login) > 60 else 30))
    press(page, say("Create"))
    expect(heading(page)).to_have_text(say("The login is made"))
    yield "new individual, made"
    yield from _link(page, page.locator("#new-users-made-link").inner_text())
    yield from _list(page, server, login, made)


def _link(page: Page, link: str) -> Iterator[str]:
    page.goto(link)
    expect(heading(page)).to_have_text(say("Set your password"))
    yield "link to set the password"
    set_password(page, "short", "short")
    expect(page.locator("#new_password-error")).to_be_visible()
    yield "link to set the password, too short"
    set_password(page, GOOD, "another")
    expect(page.locator("#confirmation-error")).to_be_visible()
    yield "link to set the password, two that differ"
    set_password(page, GOOD, GOOD)
    page.wait_for_url(lambda url: "/login/password/" not in url)
    page.goto(link)
    expect(page.locator("#new_password")).to_have_count(0)
    yield "link to set the password, used"


def _list(page: Page, server: Server, login: str, made: str) -> Iterator[str]:
    page.goto("/settings/individuals")
    row = page.locator(f"#people-row-{id_of(server, made)}")
    expect(row).to_be_visible()
    yield "own individuals"
    row.locator("select").select_option(index=1)
    row.locator(".save").click()
    expect(row.locator("[id^=people-undo]")).to_be_visible()
    yield "own individuals, role saved"
    row.locator("a").click()
    expect(page.locator("#person-panel")).to_be_visible()
    yield "own individual"
    page.locator("#rescue-make-link").click()
    expect(page.locator("#rescue-secret")).to_be_visible()
    yield "own individual, link to set the password"
    page.locator("#person-name").fill("W")
    page.locator("#person-expires-at").fill("31.31.31")
    page.locator("#person-save").click()
    expect(page.locator("#person-expires-at-error")).to_be_visible()
    yield "own individual, wrong date"
    page.goto(f"/admin/individuals/{id_of(server, made)}/delete")
    yield "own individual, page of deletion"
    with inside(server.data_dir):
        User.delete().where(User.login == made).execute()
        AllowedRole.delete().execute()
    page.goto("/settings/individuals")
    shows(page, "There is no role yet that you can give. Your provider has to allow one first.")
    yield "own individuals, no role to give"
    page.goto("/admin/individuals/new")
    shows(page, "There is no role to give")
    yield "new individual, no role to give"


def of_customer(page: Page, server: Server, login: str) -> Iterator[str]:
    """As staff: what a customer may give, and an individual for him."""
    come(page, server, login)
    allow(server, login)
    here = f"/admin/customers/{id_of(server, login)}"
    page.goto(here)
    allowed = page.locator("#allowed-roles-panel")
    expect(allowed.locator("li")).to_have_count(2)
    yield "allowed roles"
    page.locator("#person-individuals select").last.select_option("Billing only")
    page.locator("#person-individuals .save").last.click()
    expect(page.locator("#person-individuals [id^=people-undo]")).to_be_visible()
    yield "individuals of a customer, role saved"
    page.goto(here)
    allowed.locator("li button").first.click()
    expect(allowed.locator("li")).to_have_count(1)
    yield "allowed roles, one removed"
    with inside(server.data_dir):
        User.delete().where(User.login == "ivy").execute()
        AllowedRole.delete().execute()
    page.goto(here)
    shows(page, "Each individual has one of the allowed roles. Allow one first.")
    yield "allowed roles, none"
    page.goto("/admin/individuals/new")
    expect(page.locator("#new-users-parent")).to_be_focused()
    yield "new individual, of whom"
    page.locator("#new-users-parent").fill("w99-carl")
    page.locator("main form .primary").click()
    expect(page.locator("#new-users-parent-error")).to_be_visible()
    yield "new individual, of nobody"
    page.goto(f"/admin/individuals/new?parent={login}")
    shows(page, "There is no role to give")
    yield "new individual, customer without roles"
    allow(server, login)
    age(server)
    page.reload()
    page.locator("#new-users-login").fill("w")
    page.locator("#new-users-proof").fill("wrong")
    press(page, say("Create"))
    expect(page.locator("#new-users-proof-error")).to_be_visible()
    yield "new individual, confirm it's you"


def set_password(page: Page, new: str, again: str) -> None:
    page.locator("#new_password").fill(new)
    page.locator("#confirmation").fill(again)
    page.locator("main form .primary").click()


def allow(server: Server, login: str) -> None:
    """The default role, under a long name, and another one."""
    with inside(server.data_dir):
        Role.update(name=ROLE).where(Role.is_default, Role.kind == RoleKind.SELF_CARE).execute()
        for role in Role.select().where(Role.kind == RoleKind.SELF_CARE):
            AllowedRole.insert(user=users.find(login), role=role).on_conflict_ignore().execute()
