"""Allowed roles on a customer's page, and his individuals below them."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from bs4 import Tag

from domain import users
from models import AllowedRole, Event, Kind, Role, User
from tests.acts import fragment
from tests.blueprints.admin.test_person import page_of
from tests.browser import Browser
from tests.cast import Cast
from tests.test_guard import statements

pytestmark = pytest.mark.usefixtures("clock")
At = Callable[[str], Browser]


@pytest.fixture
def sam(cast: Cast, browser: Browser) -> Browser:
    return browser.log_in("sam")


def part(browser: Browser, name: str) -> Tag:
    found = browser.page.find(id=name)
    assert isinstance(found, Tag), name
    return found


def allowed(browser: Browser) -> dict[str, str]:
    """The roles of the panel, each with what is said of it."""
    rows = part(browser, "allowed-roles-panel").select("li")
    return {row.h3.get_text(): row.find_all("p")[-1].get_text() for row in rows}


def offered(browser: Browser) -> list[str]:
    return [option.get_text() for option in browser.page.select("#allowed-roles-role option")]


def choices(browser: Browser, name: str) -> list[str]:
    select = browser.page.find("select", {"aria-label": f"Role of {name}"})
    return [option.get_text() for option in select.find_all("option")]


def stored(user: User) -> set[str]:
    return {row.role.name for row in AllowedRole.select().where(AllowedRole.user == user)}


def new_role(name: str, *permissions: str, kind: str = "self-care") -> Role:
    return Role.create(kind=kind, name=name, permissions=json.dumps(permissions))


# --- Allowed roles ----------------------------------------------------------------------------------------------------


@pytest.mark.manual("C86")
def test_a_role_is_allowed_given_and_then_stays(cast: Cast, sam: Browser) -> None:
    new_role("Technician", "sessions")
    sam.get(page_of(cast.carl))
    assert allowed(sam) == {"Full self-care": "ivy has this role. Give this individual another one first."}
    assert offered(sam) == ["Billing only", "Technician"] and choices(sam, "Ivy") == ["Full self-care"]
    sam.submit("Add", role="Technician")
    assert sam.path == page_of(cast.carl) and "The role is allowed." in sam.words
    assert allowed(sam)["Technician"] == "Nobody has it." and offered(sam) == ["Billing only"]
    sam.submit("Save", role="Technician", seen="Full self-care")
    assert sam.path == page_of(cast.carl) and cast.ivy.role.name == "Technician"
    sam.submit("Remove the role Full self-care")
    assert stored(cast.carl) == {"Technician"} and "The role is no longer allowed." in sam.words
    assert list(allowed(sam)) == ["Technician"] and choices(sam, "Ivy") == ["Technician"]
    events = Event.select().where(Event.tag == "account:allowed_roles:changed").order_by(Event.id)
    assert [(e.actor, e.subject, json.loads(e.details)) for e in events] == [
        ("sam", "carl", {"added": "Technician"}),
        ("sam", "carl", {"removed": "Full self-care"}),
    ]


@pytest.mark.manual("C86")
def test_a_role_in_use_has_no_remove_and_refuses_one_with_who_uses_it(cast: Cast, sam: Browser) -> None:
    for n in range(7):
        users.create(f"ind{n}", cast.visit("console:test"), kind=Kind.INDIVIDUAL, parent="carl")
    said = "8 individuals have this role, such as ind0, ind1, ind2, ind3, ind4. Give them another one first."
    sam.get(page_of(cast.carl))
    assert allowed(sam) == {"Full self-care": said} and not part(sam, "allowed-roles-panel").select("li button")
    sam.post(f"{page_of(cast.carl)}/allowed-roles/{cast.ivy.role_id}/remove")
    assert sam.status == 409 and "Full self-care is in use" in sam.words and stored(cast.carl) == {"Full self-care"}


def test_by_script_the_panel_answers_and_the_individuals_beside_it(cast: Cast, sam: Browser) -> None:
    place = f"{page_of(cast.carl)}/allowed-roles"
    sam.get(page_of(cast.carl)).htmx("POST", place, {"role": "Billing only"})
    panel = fragment(sam, "allowed-roles-panel")
    assert sam.response.headers["HX-Retarget"] == "#allowed-roles-panel" and panel.select_one("h2[data-focus]")
    assert choices(sam, "Ivy") == ["Full self-care", "Billing only"], "out of band"
    assert not sam.page.select("#person-individuals [data-focus]")
    billing = Role.get(Role.name == "Billing only")
    sam.htmx("POST", f"{place}/{billing.id}/remove")
    assert fragment(sam, "allowed-roles-panel") and stored(cast.carl) == {"Full self-care"}
    for _ in range(2):
        assert sam.htmx("POST", f"{place}/{billing.id}/remove").status == 200, "twice does no harm"
    assert sam.htmx("POST", f"{place}/999999/remove").status == 200
    assert Event.select().where(Event.tag == "account:allowed_roles:changed").count() == 2


@pytest.mark.parametrize("role", ["", "Owner", "Staff", "Reseller", "Odd", "nonsense", "x" * 5000])
def test_nobody_allows_what_he_lacks_or_what_is_of_another_kind(cast: Cast, browser: Browser, role: str) -> None:
    users.create("rosa", cast.visit("console:test"), parent="rita")
    new_role("Odd", "resellers.edit")
    rosa = users.by_login("rosa")
    browser.log_in("rita").get(page_of(rosa))
    assert offered(browser) == ["Billing only"]
    browser.post(f"{page_of(rosa)}/allowed-roles", {"role": role})
    assert browser.status == 403 and "You cannot allow this role" in browser.words
    assert stored(rosa) == {"Full self-care"}


def test_when_all_are_allowed_there_is_nothing_to_add(cast: Cast, sam: Browser) -> None:
    sam.get(page_of(cast.carl)).submit("Add", role="Billing only")
    assert not offered(sam) and "Allow another role" not in sam.words
    sam.post(f"{page_of(cast.carl)}/allowed-roles", {"role": "nonsense"})
    assert sam.status == 403 and "You cannot allow this role" in sam.words


def test_who_only_looks_sees_them_and_changes_none(cast: Cast, sam: Browser) -> None:
    Role.update(permissions=json.dumps(["customers.view"])).where(Role.name == "Staff").execute()
    sam.get(page_of(cast.carl))
    assert list(allowed(sam)) == ["Full self-care"] and not sam.page.select("#allowed-roles-panel form")
    assert not sam.has_button("New individual") and not sam.page.select("#person-individuals form")
    for place in ("", f"/{cast.ivy.role_id}/remove"):
        assert sam.post(f"{page_of(cast.carl)}/allowed-roles{place}", {"role": "Billing only"}).status == 403
    assert stored(cast.carl) == {"Full self-care"}


@pytest.mark.parametrize(("login", "status"), [("rita", 404), ("carl", 403), ("ivy", 403)])
def test_customers_of_others_are_out_of_reach(cast: Cast, browser: Browser, login: str, status: int) -> None:
    browser.log_in(login).get("/settings/security")
    for at in (cast.carl.id, 999_999):
        for place in ("", f"/{cast.ivy.role_id}/remove"):
            address = f"/admin/customers/{at}/allowed-roles{place}"
            assert browser.post(address, {"role": "Billing only"}).status == status, address
    assert stored(cast.carl) == {"Full self-care"}


def test_only_a_customer_has_them(cast: Cast, sam: Browser) -> None:
    sam.get(page_of(cast.rita))
    for user in (cast.rita, cast.ivy, cast.sam):
        assert sam.post(f"/admin/customers/{user.id}/allowed-roles", {"role": "Billing only"}).status == 404
        assert AllowedRole.select().where(AllowedRole.user == user).count() == 0


# --- Customer individuals ---------------------------------------------------------------------------------------------


@pytest.mark.manual("R105")
def test_the_pages_of_others_have_neither_panel(cast: Cast, browser: Browser) -> None:
    browser.log_in("olga")
    for user in (cast.rita, cast.sam, cast.ivy):
        browser.get(page_of(user))
        assert not browser.page.find(id="allowed-roles-panel") and not browser.page.find(id="person-individuals")


@pytest.mark.manual("C86", "C87")
def test_new_individuals_need_an_allowed_role(cast: Cast, sam: Browser) -> None:
    assert sam.get(page_of(cast.carl)).follow("New individual").h1 == "New individual"
    assert "carl" in sam.text
    User.delete().where(User.login == "ivy").execute()
    sam.get(page_of(cast.carl)).submit("Remove the role Full self-care")
    assert "Allow one first." in part(sam, "person-individuals").get_text()
    assert not sam.has_button("New individual")


def test_a_role_is_switched_in_the_panel_and_put_back(cast: Cast, sam: Browser) -> None:
    sam.get(page_of(cast.carl)).submit("Add", role="Billing only")
    sam.submit("Save", role="Billing only", seen="Full self-care")
    assert sam.path == page_of(cast.carl) and "Ivy: role is now Billing only." in sam.words
    sam.submit("Undo")
    assert (sam.path, cast.ivy.role.name) == (page_of(cast.carl), "Full self-care")
    form = sam.button("Save the role of Ivy").find_parent("form")
    sam.htmx("POST", str(form["hx-post"]), {"role": "Billing only", "seen": "Full self-care"})
    row = fragment(sam, f"people-row-{cast.ivy.id}")
    assert "Carl Cole" not in row.get_text(), "his page says whose it is"
    assert allowed(sam)["Full self-care"] == "Nobody has it.", "out of band"
    assert str(sam.button("Undo").find_parent("form")["hx-post"]) == str(form["hx-post"])


def test_a_role_that_another_has_changed_is_told_in_the_panel(cast: Cast, sam: Browser) -> None:
    sam.get(page_of(cast.carl)).submit("Add", role="Billing only")
    users.change(cast.ivy, {"role": "Billing only"}, cast.visit("olga"))
    new_role("Technician", "sessions")
    AllowedRole.create(user=cast.carl, role=Role.get(Role.name == "Technician"))
    sam.submit("Save", role="Technician", seen="Full self-care")
    assert sam.status == 409 and sam.h1 == "Carl Cole"
    assert "It is Billing only now." in part(sam, "person-individuals").get_text()
    sam.post(f"/admin/individuals/{cast.ivy.id}/role?at=customer", {"role": "Owner"})
    assert sam.status == 403 and "You cannot give this role" in part(sam, "person-individuals").get_text()


def test_the_list_of_individuals_asks_once_for_the_roles_of_all_customers(cast: Cast, sam: Browser) -> None:
    sam.get("/admin/individuals")
    few = asked(sam)
    for n in range(10):
        users.create(f"cust{n}", cast.visit("console:test"))
        users.create(f"ind{n}", cast.visit("console:test"), kind=Kind.INDIVIDUAL, parent=f"cust{n}")
    new_role("Technician", "sessions")
    AllowedRole.create(user=users.by_login("cust3"), role=Role.get(Role.name == "Technician"))
    assert len(asked(sam)) == len(few) <= 9, few
    assert choices(sam, "ind3") == ["Full self-care", "Technician"] and choices(sam, "ind4") == ["Full self-care"]


def asked(browser: Browser) -> list[str]:
    with statements() as seen:
        browser.get("/admin/individuals")
    return [statement for statement in seen if not statement.startswith("--")]
