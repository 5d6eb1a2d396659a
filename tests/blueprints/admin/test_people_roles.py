"""The role in a row: changed with Save, put back with Undo, never one that the asker lacks himself."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from domain import users
from models import Event, Kind, Role, User
from tests.acts import fragment
from tests.browser import Browser
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("clock")
At = Callable[[str], Browser]


@pytest.fixture
def staff(cast: Cast, browser: Browser) -> Browser:
    return browser.log_in("sam")


def path(user: User) -> str:
    places = {"customer": "customers", "reseller": "resellers", "staff": "staff", "individual": "individuals"}
    return f"/admin/{places[user.kind]}/{user.id}/role"


def choices(browser: Browser, name: str) -> list[str]:
    select = browser.page.find("select", {"aria-label": f"Role of {name}"})
    return [option.get_text() for option in select.find_all("option")]


def toast(browser: Browser) -> object:
    return json.loads(browser.response.headers["HX-Trigger"])["toast"]


def new_role(name: str, *permissions: str, kind: str = "self-care") -> Role:
    return Role.create(kind=kind, name=name, permissions=json.dumps(permissions))


# --- Save and Undo ----------------------------------------------------------------------------------------------------


def test_a_role_is_saved_in_its_row_and_put_back_again(cast: Cast, staff: Browser) -> None:
    """Without script: the list as it was, with a note and Undo in the row."""
    new_role("Technician", "two_factor", "sessions")
    staff.get("/admin/customers?q=carl&filter=2fa-off")
    assert choices(staff, "Carl Cole") == ["Full self-care", "Billing only", "Technician"]
    staff.submit("Save", role="Technician")
    assert cast.carl.role.name == "Technician"
    assert staff.path == "/admin/customers" and staff.page.find("input", {"name": "q"})["value"] == "carl"
    assert staff.page.find(class_="flash").get_text(strip=True) == "Carl Cole: role is now Technician."
    staff.submit("Undo")
    assert cast.carl.role.name == "Full self-care" and "role is now Full self-care." in staff.words
    events = Event.select().where(Event.tag == "account:user:changed").order_by(Event.id)
    assert [json.loads(event.details)["role"] for event in events] == [
        "Full self-care → Technician",
        "Technician → Full self-care",
    ]
    assert {(event.actor, event.subject) for event in events} == {("sam", "carl")}
    assert not staff.get("/admin/customers?q=carl").has_button("Undo"), "gone with the next page"


def test_by_script_the_answer_is_that_row(cast: Cast, staff: Browser) -> None:
    staff.get("/admin/customers").htmx("POST", path(cast.carl), {"role": "Billing only", "seen": "Full self-care"})
    row = fragment(staff, f"people-row-{cast.carl.id}")
    assert toast(staff) == "Carl Cole: role is now Billing only."
    assert row.select_one("option[selected]").get_text() == "Billing only" and row.select_one("[data-focus]")
    undo = staff.button("Undo").find_parent("form")
    fields = {str(field["name"]): str(field["value"]) for field in undo.find_all("input")}
    staff.htmx("POST", str(undo["hx-post"]), fields)
    assert cast.carl.role.name == "Full self-care"


def test_the_role_holds_at_the_next_request_of_an_open_session(cast: Cast, staff: Browser, browser_at: At) -> None:
    carl = browser_at("192.0.2.20").log_in("carl")
    assert carl.get("/settings/profile").status == 200
    new_role("Bare")
    staff.get("/admin/customers?q=carl").submit("Save", role="Bare")
    assert carl.get("/settings/profile").status == 403


def test_two_staff_at_once_lose_nothing(cast: Cast, staff: Browser, browser_at: At) -> None:
    new_role("Technician", "sessions")
    olga = browser_at("192.0.2.20").log_in("olga").get("/admin/customers")
    staff.get("/admin/customers").submit("Save", role="Technician")
    olga.submit("Save", role="Billing only")
    assert olga.status == 409 and "Somebody else has changed the role meanwhile. It is Technician now." in olga.words
    assert cast.carl.role.name == "Technician"
    olga.submit("Save", role="Billing only")
    assert (olga.status, cast.carl.role.name) == (200, "Billing only"), "now he has seen it"

    staff.htmx("POST", path(cast.carl), {"role": "Full self-care", "seen": "Technician"})
    assert staff.status == 409 and toast(staff) == {
        "value": "Somebody else has changed the role meanwhile. It is Billing only now.",
        "danger": True,
    }
    assert fragment(staff, f"people-row-{cast.carl.id}").select_one("option[selected]").get_text() == "Billing only"
    staff.htmx("POST", path(cast.carl), {"role": "Billing only", "seen": "Technician"})
    assert staff.status == 200, "both want the same: nobody is in the other's way"


# --- Nobody grants a permission that he lacks -------------------------------------------------------------------------


def test_roles_with_more_than_ones_own_are_neither_offered_nor_taken(
    cast: Cast, staff: Browser, browser_at: At
) -> None:
    users.create("rosa", cast.visit("console:test"), parent="rita", name="Rosa Roy")
    new_role("Odd", "sessions", "resellers.edit")
    rita = browser_at("192.0.2.20").log_in("rita").get("/admin/customers")
    assert choices(rita, "Rosa Roy") == ["Full self-care", "Billing only"]
    rosa = users.by_login("rosa")
    rita.post(path(rosa), {"role": "Odd"})
    assert rita.status == 403 and "You cannot give this role. Nobody grants a permission that he lacks." in rita.words
    rita.htmx("POST", path(rosa), {"role": "Odd"})
    assert rita.status == 403 and toast(rita)["danger"]
    assert users.by_login("rosa").role.name == "Full self-care"
    assert "Odd" in choices(staff.get("/admin/customers"), "Rosa Roy"), "plain staff have both"


def test_who_acts_for_a_reseller_gives_what_both_have(cast: Cast, staff: Browser) -> None:
    users.create("rosa", cast.visit("console:test"), parent="rita", name="Rosa Roy")
    new_role("Odd", "sessions", "resellers.edit")
    staff.get("/admin/resellers").submit("Log in as Rita Reyes").get("/admin/customers")
    assert choices(staff, "Rosa Roy") == ["Full self-care", "Billing only"] and not staff.has_button(
        "Log in as Rosa Roy"
    )
    assert staff.post(path(users.by_login("rosa")), {"role": "Odd"}).status == 403
    assert staff.post(path(cast.carl), {"role": "Billing only"}).status == 404
    staff.get("/admin/customers").submit("Save", role="Billing only")
    event = Event.get(Event.tag == "account:user:changed")
    assert (event.actor, event.subject, event.while_acting) == ("sam", "rosa", True)
    staff.get("/admin/customers/new").submit("Create", login="dora")
    assert users.by_login("dora").parent == cast.rita


def test_whoever_can_give_no_role_makes_no_login(cast: Cast, staff: Browser) -> None:
    Role.update(permissions=json.dumps(["customers.view", "customers.edit"])).where(Role.name == "Staff").execute()
    Role.update(permissions=json.dumps(["sessions"])).where(Role.kind == "self-care").execute()
    staff.get("/admin/customers/new").post("/admin/customers", {"login": "dora"})
    assert staff.status == 403 and "You cannot give this role." in staff.words and users.by_login("dora") is None


def test_the_role_that_somebody_has_is_shown_and_stays(cast: Cast, browser: Browser) -> None:
    users.create("rosa", cast.visit("console:test"), parent="rita", name="Rosa Roy")
    User.update(role=new_role("Odd", "resellers.edit")).where(User.login == "rosa").execute()
    browser.log_in("rita").get("/admin/customers")
    assert choices(browser, "Rosa Roy") == ["Odd", "Full self-care", "Billing only"]
    browser.submit("Save", role="Odd")
    assert (browser.status, users.by_login("rosa").role.name) == (200, "Odd")
    browser.submit("Save", role="Billing only")
    assert users.by_login("rosa").role.name == "Billing only" and not browser.has_button("Undo"), "no way back for him"


@pytest.mark.parametrize("role", ["", "Owner", "Staff", "Reseller", "Nonsense", "1", "full self-care", "x" * 5000])
def test_a_forged_role_is_refused(cast: Cast, staff: Browser, role: str) -> None:
    staff.get("/admin/customers").post(path(cast.carl), {"role": role})
    assert (staff.status, cast.carl.role.name) == (403, "Full self-care")
    assert Event.select().where(Event.tag == "account:user:changed").count() == 0


def test_a_form_of_the_list_changes_the_role_alone(cast: Cast, staff: Browser) -> None:
    before = User.select().where(User.login == "carl").dicts().get()
    forged = {
        "kind": "staff",
        "active": "no",
        "login": "hacked",
        "class": "Staff",
        "parent": "rita",
        "email": "x@x.example",
    }
    staff.get("/admin/customers").post(path(cast.carl), {"role": "Billing only", **forged})
    after = User.select().where(User.login == "carl").dicts().get()
    assert {name for name in before if before[name] != after[name]} == {"role"}


# --- Who is out of reach ----------------------------------------------------------------------------------------------


def test_ids_of_another_subtree_are_not_there(cast: Cast, browser: Browser) -> None:
    browser.log_in("rita").get("/admin/customers")
    for path_of in (path(cast.carl), f"/admin/customers/{cast.rita.id}/role", "/admin/customers/99999/role"):
        browser.post(path_of, {"role": "Billing only"})
        assert browser.status == 404, path_of
    assert browser.post(path(cast.ivy), {"role": "Billing only"}).status == 404
    assert cast.carl.role.name == cast.ivy.role.name == "Full self-care"


@pytest.mark.parametrize("login", ["rita", "carl", "ivy"])
def test_who_may_not_edit_is_refused(cast: Cast, browser: Browser, login: str) -> None:
    browser.log_in(login).get("/settings/security")
    browser.post(path(cast.rita), {"role": "Reseller"})
    assert browser.status == 403
    browser.post(path(cast.sam), {"role": "Owner"})
    assert (browser.status, cast.sam.role.name) == (403, "Staff")


def test_staff_who_only_look_see_roles_as_text(cast: Cast, staff: Browser) -> None:
    Role.update(permissions=json.dumps(["customers.view"])).where(Role.name == "Staff").execute()
    staff.get("/admin/customers")
    assert not staff.page.select("main select") and not staff.has_button("New customer")
    assert "Full self-care" in staff.page.select_one("tbody").get_text()
    assert staff.post(path(cast.carl), {"role": "Billing only"}).status == 403


def test_who_is_an_owner_is_not_changed_in_the_list(cast: Cast, browser: Browser) -> None:
    """It asks for a fresh proof, on the person's page."""
    browser.log_in("olga").get("/admin/staff")
    assert not browser.page.select("main select")
    assert browser.post(path(cast.sam), {"role": "Owner"}).status == 404
    assert cast.sam.role.name == "Staff"


def test_an_individual_and_a_reseller_have_roles_of_their_kind(cast: Cast, staff: Browser) -> None:
    new_role("Big reseller", "customers.view", kind="reseller")
    assert choices(staff.get("/admin/individuals"), "Ivy") == ["Full self-care"], "as allowed to her customer"
    assert choices(staff.get("/admin/resellers"), "Rita Reyes") == ["Reseller", "Big reseller"]
    staff.submit("Save", role="Big reseller")
    assert cast.rita.role.name == "Big reseller" and cast.rita.kind == Kind.RESELLER
