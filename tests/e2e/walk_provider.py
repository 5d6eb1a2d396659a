"""The provider's pages in each of their states, as staff meet them; what is seen of a customer is at its longest."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from playwright.sync_api import Page, expect

from domain import sessions, trusted_ips, users
from domain.visit import Visit, utcnow
from models import Denial, Event, Kind, Mode, Role, RoleKind, Session, User
from tests.cast import PASSWORDS
from tests.cast import Authenticator as Phone
from tests.e2e.acts import heading, log_in, press, say
from tests.e2e.walk import LONGEST, arm, change, shows
from tests.processes import Server, inside

LONG = LONGEST.partition("-")[0]
ROLE = "W" * 24  # nobody translates the name of a role


def people(page: Page, server: Server, login: str, _phone: Phone) -> Iterator[str]:
    """The list, its filters and the acts in its rows."""
    trouble(server, login)
    crowd(server, login, range(6))
    come(page, server, login)
    row = page.locator(f"#people-row-{id_of(server, login)}")
    expect(row.locator(".chip")).to_have_count(4)
    yield "customers"
    row.locator("select").select_option("Billing only")
    expect(row.locator(".save")).to_be_visible()
    yield "customers, another role chosen"
    row.locator(".save").click()
    expect(page.locator("#toasts > div")).to_be_visible()
    yield "customers, role saved"
    row.locator("[popovertarget]").click()
    expect(row.locator(".menu [name=mode]")).to_have_count(3)
    yield "customers, ways to log in"
    page.keyboard.press("Escape")
    page.locator("#people-filters a").last.click()
    expect(page.locator("#people-filters a").last).to_have_attribute("aria-current", "true")
    yield "customers, suspended"
    page.locator("#people-q").fill("nobody at all")
    shows(page, "Nobody in this filter fits what was typed.")
    yield "customers, nobody found"
    crowd(server, login, range(6, 25))
    page.goto("/admin/customers")
    page.get_by_role("link", name=say("Next"), exact=True).click()
    expect(page.get_by_role("link", name=say("Back to the first page"))).to_be_visible()
    yield "customers, the next page"
    page.goto("/admin/individuals")
    yield "individuals"
    page.goto("/admin/resellers")
    yield "resellers"
    with inside(server.data_dir):
        User.update(parent=None).where(User.kind == Kind.CUSTOMER).execute()
        User.delete().where(User.kind == Kind.RESELLER).execute()
    page.goto("/admin/resellers")
    shows(page, "No resellers yet")
    yield "resellers, none"


def newcomer(page: Page, server: Server, login: str) -> Iterator[str]:
    """A new login, made by an Owner."""
    come(page, server, login, "olga")
    page.get_by_role("link", name=say("New customer")).click()
    expect(heading(page)).to_have_text(say("New customer"))
    yield "new customer"
    page.locator("#new-users-login").fill(login)
    press(page, say("Create"))
    expect(page.locator("#new-users-login-error")).to_be_visible()
    yield "new customer, login taken"
    page.get_by_label(say("Type a password")).check()
    expect(page.locator("#new-users-password")).to_be_visible()
    page.locator("#new-users-login").fill("w")
    page.locator("#new-users-password").fill("short")
    press(page, say("Create"))
    expect(page.locator("#new-users-password-error")).to_be_visible()
    yield "new customer, password too short"
    age(server)
    page.goto("/admin/customers/new")
    for field, text in (("login", login[:62] + "22"), ("name", "W" * 120), ("proof", "wrong")):
        page.locator(f"#new-users-{field}").fill(text)
    press(page, say("Create"))
    expect(page.locator("#new-users-proof-error")).to_be_visible()
    yield "new customer, confirm it's you"
    page.locator("#new-users-proof").fill(PASSWORDS["olga"])
    press(page, say("Create"))
    expect(heading(page)).to_have_text(say("The login is made"))
    yield "new customer, made"
    page.goto("/admin/staff")
    yield "staff"
    page.locator("tbody a").first.click()
    expect(page.locator("#person-panel")).to_be_visible()
    yield "staff member"


def visit(page: Page, server: Server, login: str) -> Iterator[str]:
    """Logged in as a customer."""
    with inside(server.data_dir):
        User.update(role=Role.get(Role.name == "Billing only")).where(User.login == login).execute()
    come(page, server, login)
    ways = f"/admin/customers/{id_of(server, login)}/acting"
    page.goto(ways)
    yield "ways to log in"
    age(server)
    page.locator(f"main [value={Mode.ASSIGNED}]").click()
    expect(page.locator("#acting-proof")).to_be_visible()
    page.locator("#acting-proof").fill("wrong")
    page.locator(f"main [value={Mode.ASSIGNED}]").click()
    expect(page.locator("#acting-proof-error")).to_contain_text(
        say("That password or one-time password is not correct.")
    )
    yield "ways to log in, confirm it's you"
    page.locator("#acting-proof").fill(PASSWORDS["sam"])
    page.locator(f"main [value={Mode.ASSIGNED}]").click()
    yield from _inside(page)
    with inside(server.data_dir):
        over = utcnow() - timedelta(minutes=61)
        Session.update(created_at=over).where(Session.actor_session.is_null(False)).execute()
    page.goto("/settings/security")
    expect(page.locator("#visit-over")).to_be_visible()
    yield "visit is over"
    page.locator("main form button").first.click()
    expect(page.locator("#person-panel")).to_be_visible()
    page.goto(f"/admin/resellers/{id_of(server, 'rita')}/acting")
    page.locator("main form button").first.click()
    expect(page.locator("#shell-acting")).to_be_visible()
    yield "inside of a reseller"


def _inside(page: Page) -> Iterator[str]:
    mode = page.locator("#acting-mode")
    expect(mode).to_have_value(Mode.ASSIGNED)
    yield "inside, assigned role"
    mode.select_option(Mode.DEFAULT)
    shows(page, "The role is switched.")
    yield "inside, default role"
    page.goto("/settings/password")
    yield "inside, only the person can change this"
    page.goto("/settings/security")
    mode.select_option(Mode.VIEW)
    shows(page, "View only: nothing can be changed.")
    yield "inside, view only"
    page.get_by_role("link", name=say("Profile"), exact=True).click()
    expect(page.get_by_role("button", name=say("Save"), exact=True)).to_have_count(0)
    page.locator("#profile-form").evaluate("form => form.submit()")  # as a tab of before the switch would
    shows(page, "You are here to look only")
    yield "inside, view only, refused"


def log(page: Page, server: Server, login: str) -> Iterator[str]:
    """The audit log."""
    trouble(server, login)
    come(page, server, login)
    page.goto("/admin/events")
    expect(page.locator("#events-table tbody tr").first).to_be_visible()
    yield "audit log"
    page.locator("#events-period").select_option("dates")
    page.locator("#events-from").fill("31.31.31")
    page.locator("#events-from").press("Enter")
    expect(page.locator("#events-from-error")).to_be_visible()
    yield "audit log, wrong date"
    page.goto("/admin/events?q=nothing+at+all")
    shows(page, "Nothing found")
    yield "audit log, nothing found"
    with inside(server.data_dir):
        Event.delete().execute()
    page.goto("/admin/events")
    shows(page, "Nothing has happened yet")
    yield "audit log, empty"


# --- What is arranged -------------------------------------------------------------------------------------------------


def come(page: Page, server: Server, login: str, who: str = "sam") -> None:
    """Staff, under a long login where the customer has one."""
    actor = who if login == "carl" else f"{who}{login[len(who) :]}"
    with inside(server.data_dir):
        User.update(login=actor).where(User.login == who).execute()
        Role.update(name=ROLE).where(Role.is_default, Role.kind == RoleKind.SELF_CARE).execute()
        for n, kind in enumerate((RoleKind.STAFF, RoleKind.RESELLER)):
            Role.update(name=ROLE + "W" * (n + 1)).where(Role.kind == kind, Role.name != "Owner").execute()
    log_in(page, actor, PASSWORDS[who])
    expect(heading(page)).to_have_text(say("Customers"))


def trouble(server: Server, login: str) -> None:
    """A customer for whom nothing works: denied, limited by both lists, bound, locked."""
    arm(server, trusted_ips.provider_of, login, "127.0.0.0/8", LONGEST)
    arm(server, trusted_ips.own_of, login, "192.0.2.0/24", "127.0.0.1", LONGEST)
    change(server, login, bind_session=True, wrong_codes_in_row=50, last_login_at=utcnow(), last_login_address=LONG)
    with inside(server.data_dir):
        user, now = users.find(login), utcnow()
        there = Visit(login, LONG, "W" * 300, now)
        opened, _ = sessions.start(user, there, known_browser_id=None, replaces=None)
        sessions.complete(opened, there, method="password")
        later = {"first_at": now, "last_at": now + timedelta(seconds=1), "count": 3}
        Denial.create(user=user, rule="own list", address=LONG.replace("db8", "ffff"), source=LONG, **later)


def crowd(server: Server, login: str, numbers: range) -> None:
    """More customers, six of whom have every chip among them."""
    states = (
        {"active": False},
        {"two_factor": "yes"},
        {"expires_at": utcnow() - timedelta(days=1)},
        {"activates_at": utcnow() + timedelta(days=1)},
        {"two_factor": "no", "enrolled": True},
        {"password_hash": None},
    )
    with inside(server.data_dir):
        at = Visit("console:test", "console", "pytest", utcnow())
        for n in numbers:
            made = users.create(f"w{n}-{login}"[:64], at, password_hash="x", parent="rita" if n % 2 else "")
            User.update(name="WWW " * min(n, 3), **states[n % len(states)]).where(User.id == made.id).execute()


def age(server: Server) -> None:
    """So long after their log-in that everybody has to confirm that it is him, also to enter an account."""
    with inside(server.data_dir):
        Session.update(confirmed_at=utcnow() - timedelta(hours=9)).execute()


def id_of(server: Server, login: str) -> int:
    with inside(server.data_dir):
        return int(users.find(login).id)
