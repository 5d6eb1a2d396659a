"""Making and naming roles, and who gets them from then on."""

from __future__ import annotations

import json

import pytest

from domain import users
from models import Role
from tests.acts import error_at, fragment
from tests.blueprints.admin.role_pages import lacks, last_event, new_role, page_of, role
from tests.browser import Browser
from tests.cast import PASSWORDS, Cast

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def owner(cast: Cast, browser: Browser) -> Browser:
    return browser.log_in("olga").get("/admin/roles")


@pytest.fixture
def staff(cast: Cast, browser: Browser) -> Browser:
    return browser.log_in("sam").get("/admin/roles")


def create(browser: Browser, name: str, kind: str = "self-care", **fields: str) -> Browser:
    return browser.get("/admin/roles/new").submit("Create", name=name, kind=kind, **fields)


def offered(browser: Browser, path: str, field: str = "role") -> list[str]:
    select = browser.get(path).page.find("select", {"name": field})
    return [option.get_text() for option in select.find_all("option")]


# --- New ones ---------------------------------------------------------------------------------------------------------


def test_a_role_begins_empty_or_like_another(owner: Browser) -> None:
    create(owner, "Guest", description="Looks at nothing yet")
    assert owner.path == "/admin/roles" and "The role Guest is made." in owner.words
    assert (role("Guest").permissions, role("Guest").description) == ("[]", "Looks at nothing yet")
    assert "Tick what it permits." in owner.words
    create(owner, "Books", like=str(role("Billing only").id))
    assert "The role Books is made. Its permissions are those of Billing only." in owner.words
    assert json.loads(role("Books").permissions) == ["activity", "profile", "sessions"]
    said = {"kind": "self-care", "permissions": "activity, profile, sessions"}
    assert last_event("role:permissions:created") == ("olga", "Books", said)


@pytest.mark.manual("C80")
def test_a_new_customer_has_the_default_role_without_choosing(owner: Browser) -> None:
    create(owner, "A role that comes first by name")
    owner.get("/admin/customers/new").submit("Create", login="nora")
    assert users.find("nora").role.name == "Full self-care"


@pytest.mark.manual("C81", "R100")
@pytest.mark.parametrize(
    ("kind", "takes", "others"),
    [("self-care", ["customers"], ["resellers", "staff"]), ("reseller", ["resellers"], ["customers", "staff"])],
)
def test_a_role_just_made_is_offered_to_people_of_its_kind_alone(
    kind: str, takes: list[str], others: list[str], owner: Browser
) -> None:
    create(owner, "Technician", kind=kind)
    person = {"customers": "carl", "resellers": "rita", "staff": "sam"}
    for place in takes:
        assert "Technician" in offered(owner, f"/admin/{place}/new")
        assert "Technician" in offered(owner, f"/admin/{place}/{users.find(person[place]).id}")
    for place in others:
        assert "Technician" not in offered(owner, f"/admin/{place}/new")
        assert "Technician" not in offered(owner, f"/admin/{place}/{users.find(person[place]).id}")
    login = person[takes[0]]
    user = users.find(login)
    owner.get(f"/admin/{takes[0]}").post(f"/admin/{takes[0]}/{user.id}/role", {"role": "Technician"})
    assert users.find(login).role.name == "Technician"


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("Billing only", "There is a role Billing only already."),
        ("  Owner ", "There is a role Owner already."),
        ("   ", "Give the role a name."),
        ("x" * 81, "longer than 80 characters"),
        ("Tech\x1b[2Jnician", "only letters, digits"),
        ("Tech\nnician", "only letters, digits"),
    ],
)
def test_a_name_that_does_not_do_is_refused_where_it_is_typed(name: str, error: str, staff: Browser) -> None:
    count = Role.select().count()
    create(staff, name, kind="reseller", description="Kept")
    assert staff.status == 422 and error in error_at(staff, "name")
    assert staff.page.find("input", {"name": "description"})["value"] == "Kept"
    assert staff.page.select_one("#roles-kind option[selected]")["value"] == "reseller"
    assert Role.select().count() == count


def test_a_pattern_of_another_kind_is_refused(staff: Browser) -> None:
    create(staff, "Partner", kind="reseller", like=str(role("Billing only").id))
    assert staff.status == 422 and "role of another kind" in error_at(staff, "like")
    assert not Role.select().where(Role.name == "Partner").exists()
    create(staff, "Partner", kind="reseller", like=str(role("Owner").id))
    assert staff.status == 404, "of which plain staff know nothing"


def test_a_copy_leaves_out_what_its_maker_lacks(cast: Cast, browser: Browser) -> None:
    mine = sorted(set(json.loads(role("Staff").permissions)) - {"addresses", "customers.rescue"})
    Role.update(permissions=json.dumps(mine)).where(Role.name == "Staff").execute()
    create(browser.log_in("sam"), "Partner", kind="reseller", like=str(role("Reseller").id))
    assert "Its permissions are those of Reseller, as far as you can give them." in browser.words
    missing = set(json.loads(role("Reseller").permissions)) - set(json.loads(role("Partner").permissions))
    assert missing == {"addresses", "customers.rescue"}


def test_a_copy_of_owner_is_no_owner(owner: Browser) -> None:
    create(owner, "Deputy", kind="staff", like=str(role("Owner").id))
    assert set(json.loads(role("Owner").permissions)) - set(json.loads(role("Deputy").permissions)) == {"staff"}


# --- Name and description ---------------------------------------------------------------------------------------------


def test_a_role_is_named_anew_and_those_who_have_it_keep_it(cast: Cast, owner: Browser) -> None:
    before = role("Full self-care").description
    owner.get(page_of("Full self-care")).submit("Save", name="Everything", description="For most")
    assert owner.status == 200 and owner.h1 == "Everything" and cast.carl.role.name == "Everything"
    said = {"kind": "self-care", "name": "Full self-care → Everything", "description": f"{before} → For most"}
    assert last_event("role:permissions:changed") == ("olga", "Everything", said)
    owner.submit("Save", name="Everything", description="For most")
    assert "Nothing changed." in owner.words
    owner.submit("Save", name="Billing only", description="Typed")
    assert owner.status == 422 and "There is a role Billing only already." in error_at(owner, "name")
    assert owner.page.find("input", {"name": "description"})["value"] == "Typed"


def test_a_role_with_more_than_ones_own_is_not_renamed(cast: Cast, browser: Browser) -> None:
    """Two names swapped, and others would give what was not meant."""
    lacks("Staff", "addresses")
    browser.log_in("sam").get(page_of("Full self-care")).submit("Save", name="Harmless")
    said = "You cannot rename a role that has permissions which you lack."
    assert browser.status == 403 and said in error_at(browser, "name")
    assert role("Full self-care")
    browser.get(page_of("Billing only")).submit("Save", name="Bills")
    assert browser.status == 200 and role("Bills")


def test_owner_keeps_its_name(owner: Browser) -> None:
    owner.get(page_of("Owner"))
    assert owner.page.find("fieldset").has_attr("disabled") and not owner.has_button("Save")
    owner.post(page_of("Owner"), {"name": "Nobody"})
    assert owner.status == 409 and "Owner is built in" in owner.words
    assert Role.select().where(Role.name == "Owner").exists()


def test_an_older_log_in_is_confirmed_before_anything_changes(staff: Browser, clock: object) -> None:
    new_role("Technician")
    clock.shift(16 * 60)  # type: ignore[attr-defined]
    create(staff, "Guest", proof="wrong")
    assert staff.status == 422 and "not correct" in error_at(staff, "proof")
    assert staff.page.find("input", {"name": "name"})["value"] == "Guest"
    assert staff.get(page_of("Technician")).submit("Save", name="Tech", proof="wrong").status == 422
    assert staff.get(page_of("Technician", "/delete")).submit("Delete for good", proof="wrong").status == 422
    assert role("Technician") and not Role.select().where(Role.name.in_(["Guest", "Tech"])).exists()
    staff.submit("Delete for good", proof=PASSWORDS["sam"])
    assert staff.status == 200 and "The role Technician is deleted." in staff.words


# --- Who has it -------------------------------------------------------------------------------------------------------


def holders(browser: Browser) -> list[tuple[str, str]]:
    links = browser.page.select(".people tbody th a")
    return [(a.get_text(), str(a["href"])) for a in links]


def test_a_role_shows_who_has_it_and_who_may_give_it(cast: Cast, staff: Browser) -> None:
    staff.get(page_of("Full self-care"))
    carl, ivy = cast.carl, cast.ivy
    assert holders(staff) == [("Carl Cole", f"/admin/customers/{carl.id}"), ("Ivy", f"/admin/individuals/{ivy.id}")]
    assert "2 people" in staff.words and "1 customer may give it to individuals." in staff.words
    assert "Nobody has this role." in staff.get(page_of("Billing only")).words
    assert holders(staff.get(page_of("Reseller"))) == [("Rita Reyes", f"/admin/resellers/{cast.rita.id}")]


def test_a_long_list_of_who_has_it_is_cut(cast: Cast, staff: Browser) -> None:
    for n in range(26):
        users.create(f"user{n:02}", cast.visit("sam"), role="Billing only")
    staff.get(page_of("Billing only"))
    assert len(holders(staff)) == 25
    assert "26 people, of whom these are the first" in staff.words


def test_people_are_named_as_far_as_the_reader_sees_them(cast: Cast, browser: Browser) -> None:
    new_role("Technician")
    users.change(cast.carl, {"role": "Technician"}, cast.visit("olga"))
    lacks("Staff", "customers.view")
    browser.log_in("sam")
    for tail in ("", "/delete"):
        browser.get(page_of("Technician", tail))
        assert browser.status == 200 and "1 login has this role." in browser.words
        assert "carl" not in browser.words.lower() and not browser.page.select(".people table")
    assert "1 person" in browser.get(page_of("Technician")).words
    browser.post(page_of("Technician", "/delete"))
    assert browser.status == 409 and "carl" not in browser.words.lower()


def test_a_role_is_switched_where_it_is_shown_and_put_back(cast: Cast, staff: Browser) -> None:
    """Without script: on the role's page again, with the row as long as its Undo."""
    new_role("Partner", "profile", kind="reseller")
    staff.get(page_of("Reseller")).submit("Save the role of Rita Reyes", role="Partner")
    assert staff.path == page_of("Reseller") and "Rita Reyes: role is now Partner." in staff.words
    assert cast.rita.role.name == "Partner" and "Nobody has this role." in staff.words
    staff.submit("Undo")
    assert staff.path == page_of("Reseller") and cast.rita.role.name == "Reseller"
    assert len(holders(staff)) == 1
    assert not staff.get(page_of("Reseller")).has_button("Undo")


def test_by_script_the_row_stays_with_its_undo(cast: Cast, staff: Browser) -> None:
    staff.get(page_of("Full self-care"))
    path = staff.page.select_one(f"#people-row-{cast.carl.id} form")["hx-post"]
    staff.htmx("POST", str(path), {"role": "Billing only", "seen": "Full self-care"})
    row = fragment(staff, f"people-row-{cast.carl.id}")
    assert row.select_one("option[selected]").get_text() == "Billing only" and staff.has_button("Undo")
    assert {form["hx-post"] for form in row.select("form[hx-post*=role]")} == {path}
    assert cast.carl.role.name == "Billing only"


def test_a_switch_that_is_refused_says_so(cast: Cast, staff: Browser) -> None:
    staff.get(page_of("Full self-care"))
    users.change(cast.carl, {"role": "Billing only"}, cast.visit("olga"))
    new_role("Technician")
    path = str(staff.page.select_one(f"#people-row-{cast.carl.id} form")["action"])
    staff.post(path, {"role": "Technician", "seen": "Full self-care"})
    assert staff.status == 409 and "It is Billing only now." in staff.words, "somebody switched it meanwhile"
    staff.post(path, {"role": "Owner", "seen": "Billing only"})
    assert (staff.status, cast.carl.role.name) == (403, "Billing only")


@pytest.mark.parametrize("role_id", ["x", "-1", "", str(10**30)])
def test_an_address_that_names_no_role_leads_nowhere_else(role_id: str, cast: Cast, staff: Browser) -> None:
    path = f"/admin/customers/{cast.carl.id}/role?at=role&role_id={role_id}"
    staff.get("/admin/customers").post(path, {"role": "Billing only"})
    assert staff.status in (200, 404) and staff.path.startswith("/admin/")
    assert cast.carl.role.name == "Billing only"


def test_an_individual_is_given_no_role_that_his_customer_may_not_give(cast: Cast, staff: Browser) -> None:
    staff.get(page_of("Full self-care"))
    ivy = staff.page.find("select", {"aria-label": "Role of Ivy"})
    assert [option.get_text() for option in ivy.find_all("option")] == ["Full self-care"]
    staff.submit("Save the role of Ivy", role="Billing only")
    assert staff.status == 403 and cast.ivy.role.name == "Full self-care"


def test_roles_of_staff_are_switched_on_the_persons_page_alone(cast: Cast, owner: Browser) -> None:
    owner.get(page_of("Staff"))
    assert holders(owner) == [("Sam Stone", f"/admin/staff/{cast.sam.id}")]
    assert not owner.page.select(".people form.role")
