"""The pages of roles in each of their states, as an Owner meets them."""

from __future__ import annotations

import json
from collections.abc import Iterator

from playwright.sync_api import Locator, Page, expect

from domain import users
from models import Role, RoleKind, User
from tests.cast import PASSWORDS
from tests.e2e.acts import heading, press, say
from tests.e2e.walk import shows
from tests.e2e.walk_provider import age, come, crowd
from tests.processes import Server, inside


def matrix(page: Page, server: Server, login: str) -> Iterator[str]:
    """What roles permit, from the menu that leads there to everything that can be refused."""
    come(page, server, login, "olga")
    used(server, login)
    page.locator("#management-tab").click()
    expect(page.locator("#roles-tab")).to_be_visible()
    yield "menu Management"
    page.locator("#roles-tab").click()
    expect(heading(page)).to_have_text(say("Roles"))
    yield "roles"
    box(page, server, "Billing only", "activity").uncheck()
    expect(unsaved(page)).to_be_visible()
    yield "roles, a box changed"
    save(page).click()
    shows(page, "Saved.")
    yield "roles, saved"
    box(page, server, "Billing only", "addresses").check()
    with inside(server.data_dir):
        Role.update(permissions=json.dumps(["profile"])).where(Role.name == "Billing only").execute()
    save(page).click()
    shows(page, "Somebody else has changed %(role)s meanwhile")
    yield "roles, changed by somebody else meanwhile"
    page.goto("/admin/roles")
    owner = box(page, server, "Owner", "activity")
    owner.evaluate("node => { node.disabled = false; node.checked = false }")
    box(page, server, "Owner", "profile").evaluate("node => { node.disabled = false }")
    save(page, RoleKind.STAFF).click()
    shows(page, "You cannot change this permission")
    yield "roles, out of reach"
    age(server)
    page.goto("/admin/roles")
    box(page, server, "Billing only", "two_factor").check()
    page.locator("#roles-proof-self-care").fill("wrong")
    save(page).click()
    expect(page.locator("#roles-proof-self-care-error")).to_be_visible()
    yield "roles, confirm it's you"


def roles(page: Page, server: Server, login: str) -> Iterator[str]:
    """A new role, one of them, two beside each other, and the end of one."""
    come(page, server, login, "olga")
    used(server, login)
    page.goto("/admin/roles")
    page.locator("#roles-new").click()
    expect(heading(page)).to_have_text(say("New role"))
    yield "new role"
    page.locator("#roles-name").fill("Owner")
    press(page, say("Create"))
    expect(page.locator("#roles-name-error")).to_be_visible()
    yield "new role, name taken"
    name = "W" * (80 if len(login) > 60 else 30)
    page.locator("#roles-name").fill(name)
    page.locator("#roles-description").fill("W" * 200)
    page.locator("#roles-like").select_option("Owner")
    press(page, say("Create"))
    expect(page.locator("#roles-like-error")).to_be_visible()
    yield "new role, like one of another kind"
    page.locator("#roles-like").select_option("")
    press(page, say("Create"))
    shows(page, "The role %(name)s is made. Tick what it permits.")
    yield "roles, made"
    yield from _role(page, server)
    page.goto(f"/admin/roles/{role_id(server, 'Owner')}")
    yield "role, built in"
    page.goto("/admin/roles/compare")
    expect(page.locator("#roles-a")).to_be_visible()
    yield "roles, compared"
    page.locator("#roles-b").select_option(page.locator("#roles-a").input_value())
    press(page, say("Compare"))
    shows(page, "No difference")
    yield "roles, compared with itself"
    yield from _end(page, server, name)


def _role(page: Page, server: Server) -> Iterator[str]:
    page.goto(f"/admin/roles/{role_id(server, 'Billing only')}")
    holder = page.locator(".people .role").last
    expect(holder).to_be_visible()
    yield "role"
    holder.locator("select").select_option(index=0)
    expect(holder.locator(".save")).to_be_visible()
    yield "role, another one chosen for somebody"
    holder.locator(".save").click()
    shows(page, "%(name)s: role is now %(role)s.")
    yield "role, switched for somebody"
    page.locator("#roles-name").fill("Owner")
    page.locator("#roles-form .btn.primary").click()
    expect(page.locator("#roles-name-error")).to_be_visible()
    yield "role, name taken"


def _end(page: Page, server: Server, unused: str) -> Iterator[str]:
    page.goto(f"/admin/roles/{role_id(server, 'Billing only')}/delete")
    expect(page.get_by_role("alert")).to_be_visible()
    yield "role, not deleted in use"
    age(server)
    page.goto(f"/admin/roles/{role_id(server, unused)}")
    yield "role, unused, confirm it's you"
    page.goto(f"/admin/roles/{role_id(server, unused)}/delete")
    page.locator("#roles-proof").fill("wrong")
    press(page, say("Delete for good"))
    expect(page.locator("#roles-proof-error")).to_be_visible()
    yield "role, deletion, confirm it's you"
    page.locator("#roles-proof").fill(PASSWORDS["olga"])
    press(page, say("Delete for good"))
    shows(page, "The role %(name)s is deleted.")
    yield "roles, deleted"


# --- What is arranged and found ---------------------------------------------------------------------------------------


def used(server: Server, login: str) -> None:
    """By more people than a role's page shows, the customer last among them."""
    crowd(server, login, range(26))
    with inside(server.data_dir):
        billing = Role.get(Role.name == "Billing only")
        User.update(role=billing).where(User.parent == users.find("rita")).execute()
        User.update(role=billing).where(User.login == login).execute()


def role_id(server: Server, name: str) -> int:
    with inside(server.data_dir):
        return int(Role.get(Role.name == name).id)


def box(page: Page, server: Server, role: str, permission: str) -> Locator:
    return page.locator(f"[name=permits-{role_id(server, role)}][value='{permission}']")


def unsaved(page: Page, kind: str = RoleKind.SELF_CARE) -> Locator:
    """How many boxes differ, in words."""
    return page.locator(f"#roles-unsaved-{kind} b").first


def save(page: Page, kind: str = RoleKind.SELF_CARE) -> Locator:
    return page.locator(f"#roles-matrix-{kind} footer .primary")
