"""Deleting roles that nobody needs, and comparing two of them."""

from __future__ import annotations

import json

import pytest

from domain import users
from models import AllowedRole, Role, User
from tests.acts import enter
from tests.blueprints.admin.role_pages import last_event, new_role, page_of, role
from tests.browser import Browser
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def owner(cast: Cast, browser: Browser) -> Browser:
    return browser.log_in("olga").get("/admin/roles")


@pytest.fixture
def staff(cast: Cast, browser: Browser) -> Browser:
    return browser.log_in("sam").get("/admin/roles")


# --- Deleting ---------------------------------------------------------------------------------------------------------


def test_an_unused_role_is_deleted_and_gone_from_allowed_lists(cast: Cast, staff: Browser) -> None:
    technician = new_role("Technician", "profile")
    AllowedRole.create(user=cast.carl, role=technician)
    staff.get(page_of("Technician")).follow("Delete …")
    assert staff.h1 == "Delete Technician?" and "1 customer can then no longer give it to individuals." in staff.words
    staff.submit("Delete for good")
    assert staff.path == "/admin/roles" and "The role Technician is deleted." in staff.words
    assert not AllowedRole.select().where(AllowedRole.role == technician.id).exists()
    said = {"kind": "self-care", "permissions": "profile"}
    assert last_event("role:permissions:deleted") == ("sam", "Technician", said)
    assert staff.get(f"/admin/roles/{technician.id}").status == 404


def test_a_role_in_use_stays_and_says_who_has_it(cast: Cast, staff: Browser) -> None:
    users.change(cast.carl, {"role": "Billing only"}, cast.visit("sam"))
    staff.get(page_of("Billing only"))
    [button] = [b for b in staff.page.find_all("button") if b.get_text() == "Delete …"]
    assert button.has_attr("disabled")
    assert "carl has this role" in staff.page.find(id=str(button["aria-describedby"])).get_text()
    staff.get(page_of("Billing only", "/delete"))
    assert "carl has this role" in staff.words and not staff.has_button("Delete for good")
    staff.post(page_of("Billing only", "/delete"))
    assert staff.status == 409 and "Billing only is in use" in staff.words and role("Billing only")


@pytest.mark.parametrize("name", ["Full self-care", "Reseller", "Staff", "Owner"])
def test_default_roles_and_owner_stay(name: str, cast: Cast, owner: Browser) -> None:
    """Also without anybody who has them."""
    others = new_role("Others", kind=role(name).kind)
    User.update(role=others).where(User.role == role(name), User.login != "olga").execute()
    assert f"{name} is built in" in owner.get(page_of(name)).words
    owner.get(page_of(name, "/delete")).post(page_of(name, "/delete"))
    assert owner.status == 409 and role(name)


def test_who_only_looks_makes_and_deletes_nothing(cast: Cast, browser: Browser) -> None:
    new_role("Technician")
    browser.log_in("olga")
    enter(browser, cast.sam, "view")
    for path, fields in (
        ("/admin/roles", {"kind": "self-care", "name": "Mine"}),
        (page_of("Technician"), {"name": "Mine"}),
        (page_of("Technician", "/delete"), {}),
        ("/admin/roles/permissions", {"kind": "self-care", f"permits-{role('Technician').id}": "profile"}),
    ):
        assert browser.get("/admin/roles").post(path, fields).status == 403
    assert role("Technician").permissions == "[]" and not Role.select().where(Role.name == "Mine").exists()


# --- Comparing --------------------------------------------------------------------------------------------------------


def parts(browser: Browser) -> dict[str, list[list[str]]]:
    """The rows below each heading: the permission, and whether either role has it."""
    return {
        str(body.find("tr").get_text(strip=True)): [
            [" ".join(cell.find(string=True, recursive=True).split()) for cell in row.find_all(["th", "td"])]
            for row in body.find_all("tr")[1:]
        ]
        for body in browser.page.select("table.matrix tbody")
    }


def test_two_roles_are_compared(staff: Browser) -> None:
    new_role("Technician", "profile", "addresses", "sessions")
    staff.follow("Compare roles")
    staff.submit("Compare", a=str(role("Billing only").id), b=str(role("Technician").id))
    assert "2 differences" in staff.words
    assert parts(staff) == {
        "Different": [["Allowed IP addresses", "No", "Yes"], ["Activity", "Yes", "No"]],
        "The same": [
            ["Profile", "Yes", "Yes"],
            ["Two-step authentication", "No", "No"],
            ["Sessions and known browsers", "Yes", "Yes"],
            ["Own individuals", "No", "No"],
        ],
    }
    chosen = [option.get_text() for option in staff.page.select("select option[selected]")]
    assert chosen == ["Billing only", "Technician"]


def test_roles_that_permit_the_same_have_no_difference(staff: Browser) -> None:
    same = new_role("Same", *json.loads(role("Billing only").permissions))
    staff.get(f"/admin/roles/compare?a={same.id}&b={role('Billing only').id}")
    assert "No difference" in staff.words and list(parts(staff)) == ["The same"]


def test_roles_of_two_kinds_are_compared_over_all_that_either_may_contain(owner: Browser) -> None:
    owner.get(f"/admin/roles/compare?a={role('Reseller').id}&b={role('Owner').id}")
    assert "4 differences" in owner.words
    assert [row[0] for row in parts(owner)["Different"]] == ["Resellers", "Staff", "Classes", "Roles"]


@pytest.mark.parametrize("asked", ["a=999&b=1", "a=1&b=-5", f"a={10**30}&b=1"])
def test_unknown_roles_are_not_compared(asked: str, staff: Browser) -> None:
    assert staff.get(f"/admin/roles/compare?{asked}").status == 404


@pytest.mark.parametrize(
    ("query", "compared"),
    [
        ("", ["Full self-care", "Billing only"]),
        ("a={0}", ["Technician", "Full self-care"]),
        ("a=x&b=y", ["Full self-care", "Billing only"]),
        ("b={0}", ["Full self-care", "Technician"]),
        ("a={0}&b={0}", ["Technician", "Technician"]),
    ],
)
def test_what_is_not_chosen_is_filled_in(query: str, compared: list[str], staff: Browser) -> None:
    new_role("Technician")
    staff.get(f"/admin/roles/compare?{query.format(role('Technician').id)}")
    assert [option.get_text() for option in staff.page.select("select option[selected]")] == compared
    assert [head.get_text() for head in staff.page.select("table.matrix thead bdi")] == compared
