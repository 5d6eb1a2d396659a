"""The pages of classes in each of their states, as an Owner meets them."""

from __future__ import annotations

from collections.abc import Iterator

from playwright.sync_api import Locator, Page, expect

from domain import login_sources
from domain.visit import utcnow
from models import AccountClass, User
from tests.cast import PASSWORDS
from tests.e2e.acts import heading, press, say
from tests.e2e.walk import LONGEST, change, shows
from tests.e2e.walk_provider import age, come, crowd
from tests.processes import Server, inside

LONG = LONGEST.partition("-")[0]
STAFF, RESELLERS, CUSTOMERS, NEW = ("W" * n for n in (80, 79, 78, 77))  # nobody translates the name of a class


def classes(page: Page, server: Server, login: str) -> Iterator[str]:
    """The list, a new class and its end."""
    come(page, server, login, "olga")
    rename(server)
    with inside(server.data_dir):
        AccountClass.update(idle_minutes=90).where(AccountClass.name == STAFF).execute()
        AccountClass.update(two_factor="required").where(AccountClass.name == RESELLERS).execute()
    page.locator("#management-tab").click()
    page.locator("#classes-tab").click()
    expect(heading(page)).to_have_text(say("Classes"))
    yield "classes"
    page.locator("#classes-new").click()
    expect(heading(page)).to_have_text(say("New class"))
    yield "new class"
    page.locator("#classes-name").fill(CUSTOMERS)
    press(page, say("Create"))
    expect(page.locator("#classes-name-error")).to_be_visible()
    yield "new class, name taken"
    page.locator("#classes-name").fill(NEW)
    press(page, say("Create"))
    shows(page, "The class is made. Nobody has it yet.")
    yield "class, new"
    age(server)
    page.reload()
    page.locator("#classes-delete").click()
    page.locator("#classes-delete-proof").fill("wrong")
    press(page, say("Delete for good"))
    expect(page.locator("#classes-delete-proof-error")).to_be_visible()
    yield "class, deletion, confirm it's you"
    page.locator("#classes-delete-proof").fill(PASSWORDS["olga"])
    press(page, say("Delete for good"))
    shows(page, "The class is deleted.")
    yield "classes, deleted"
    page.goto(f"/admin/classes/{class_id(server, CUSTOMERS)}/delete")
    expect(page.get_by_role("alert")).to_be_visible()
    yield "class, not deleted, built in"


def policy(page: Page, server: Server, login: str) -> Iterator[str]:
    """One class: whom a change touches, and every reason not to save it."""
    come(page, server, login, "olga")
    crowd(server, login, range(6))
    change(server, login, enrolled=True)
    rename(server)
    here = f"/admin/classes/{class_id(server, CUSTOMERS)}"
    page.goto(here)
    expect(page.locator("#classes-grace-days")).to_be_hidden()
    yield "class"
    page.locator("#classes-two-factor-required").check()
    expect(page.locator("#classes-preview .bar")).to_be_visible()
    expect(page.locator("#classes-grace-days")).to_be_visible()
    yield "class, two-step would be required"
    page.locator("#classes-grace-days").fill("WWW")
    page.locator("#classes-save").click()
    expect(page.locator("#classes-grace-days-error")).to_be_visible()
    yield "class, wrong days of grace"
    page.locator("#classes-grace-days").fill("7")
    page.locator("#classes-time-zone").fill("Atlantis")
    page.locator("#classes-save").click()
    expect(page.locator("#classes-time-zone-error")).to_be_visible()
    yield "class, unknown city"
    page.locator("#classes-time-zone").fill("")
    page.locator("#classes-save").click()
    expect(page.locator("#classes-warning")).to_be_visible()
    yield "class, people would have to enrol"
    page.locator("#classes-warning button").click()
    shows(page, "Saved.")
    yield "class, saved"
    page.locator("#classes-two-factor-off").check()
    expect(page.locator("#classes-preview .bar")).to_have_count(2)  # and nothing would be required any more
    yield "class, keys would lie dormant"
    page.locator("#classes-save").click()
    expect(page.locator("#classes-warning")).to_be_visible()
    yield "class, keys would not be asked for"
    page.goto(here)
    page.locator("#classes-two-factor-optional").check()
    page.locator("#classes-save").click()
    expect(page.locator("#classes-warning")).to_be_visible()
    yield "class, two-step would not be required any more"
    page.goto(here)
    page.locator("#classes-idle-minutes").fill("60")
    with inside(server.data_dir):
        changed = {"two_factor": "optional", "idle_minutes": 30}
        AccountClass.update(**changed).where(AccountClass.name == CUSTOMERS).execute()
    page.locator("#classes-save").click()
    expect(page.locator("#classes-idle-minutes-error")).to_be_visible()
    yield "class, changed by somebody else meanwhile"
    age(server)
    page.goto(here)
    page.locator("#classes-idle-minutes").fill("15")
    page.locator("#classes-proof").fill("wrong")
    page.locator("#classes-save").click()
    expect(page.locator("#classes-proof-error")).to_be_visible()
    yield "class, confirm it's you"


def class_ips(page: Page, server: Server, login: str) -> Iterator[str]:
    """The list of a class, which holds for whoever edits it too."""
    come(page, server, login, "olga")
    rename(server)
    with inside(server.data_dir):
        for user in User.select().where(User.login.in_((login, "sam"))):
            login_sources.note(user.id, LONG, utcnow())
    page.goto(f"/admin/classes/{class_id(server, STAFF)}")
    panel = page.locator("#class-ips-panel")
    page.locator("#class-ips-listed").check()
    expect(page.locator("#class-ips-add")).to_be_visible()
    yield "list of a class, empty"
    add(panel, "198.51.100.300")
    expect(page.locator("#class-ips-address-error")).to_be_visible()
    yield "list of a class, wrong address"
    add(panel, f"198.51.100.0/24; 2001:db8:ffff::/48; {LONGEST.replace('db8:1111', 'db8:2222')}")
    expect(panel.locator(".entries li")).to_have_count(3)
    yield "list of a class, draft"
    panel.locator("#class-ips-save").click()
    expect(page.locator("#class-ips-warning")).to_be_visible()
    yield "list of a class, would refuse its author"
    press(page, say("Add my address and save"))
    expect(panel.locator(".tokens .here")).to_be_visible()
    yield "list of a class, saved"
    panel.locator("[name=edit]").click()
    expect(panel.locator(".entries li").first).to_be_visible()
    yield "list of a class, notes and expiry"
    age(server)
    page.reload()
    page.locator("#class-ips-proof").fill("wrong")
    panel.locator("#class-ips-save").click()
    expect(page.locator("#class-ips-proof-error")).to_be_visible()
    yield "list of a class, confirm it's you"
    page.goto(f"/admin/classes/{class_id(server, CUSTOMERS)}")
    page.locator("#class-ips-listed").check()
    add(panel, "198.51.100.0/24")
    expect(panel.locator(".entries li")).to_have_count(1)
    page.locator("#class-ips-proof").fill(PASSWORDS["olga"])
    panel.locator("#class-ips-save").click()
    expect(page.locator("#class-ips-warning [value=anyway]")).to_be_focused()
    yield "list of a class, would refuse others"


def add(panel: Locator, text: str) -> None:
    panel.locator("#class-ips-address").fill(text)
    panel.locator("#class-ips-add").click()


def rename(server: Server) -> None:
    with inside(server.data_dir):
        for before, name in (("Staff", STAFF), ("Resellers", RESELLERS), ("Customers", CUSTOMERS)):
            AccountClass.update(name=name).where(AccountClass.name == before).execute()


def class_id(server: Server, name: str) -> int:
    with inside(server.data_dir):
        return int(AccountClass.get(AccountClass.name == name).id)
