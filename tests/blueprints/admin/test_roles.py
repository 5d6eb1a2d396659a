"""The matrix of roles: what is ticked holds at once, and nobody grants or takes what he lacks."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from domain.permissions import OF_KIND, Permission
from models import Event, Role, RoleKind
from tests.acts import enter, error_at
from tests.blueprints.admin.role_pages import boxes, lacks, new_role, permits, role, said, save, send, shown
from tests.browser import Browser
from tests.cast import PASSWORDS, Cast

pytestmark = pytest.mark.usefixtures("clock")
At = Callable[[str], Browser]


@pytest.fixture
def owner(cast: Cast, browser: Browser) -> Browser:
    return browser.log_in("olga").get("/admin/roles")


@pytest.fixture
def staff(cast: Cast, browser: Browser) -> Browser:
    return browser.log_in("sam").get("/admin/roles")


def events(tag: str = "role:permissions:changed") -> list[Event]:
    return list(Event.select().where(Event.tag == tag).order_by(Event.id))


# --- What is seen -----------------------------------------------------------------------------------------------------


def test_there_is_a_matrix_for_each_kind_of_role(owner: Browser) -> None:
    headings = [h2.get_text() for h2 in owner.page.find_all("h2")]
    assert headings == ["Self-care", "Resellers", "Staff"]
    assert shown(owner, "Full self-care") == set(OF_KIND[RoleKind.SELF_CARE])
    assert shown(owner, "Reseller") == set(OF_KIND[RoleKind.RESELLER])
    assert shown(owner, "Staff") == {*OF_KIND[RoleKind.STAFF], "staff"}
    assert boxes(owner, "Full self-care") == dict.fromkeys(OF_KIND[RoleKind.SELF_CARE], True)


def test_a_column_says_how_many_have_the_role(cast: Cast, owner: Browser) -> None:
    heads = [" ".join(th.get_text(" ").split()) for th in owner.page.select("#roles-matrix-self-care thead th")]
    assert heads == [
        "Permission",
        f"Full self-care {role('Full self-care').description} default 2 people Edit",
        f"Billing only {role('Billing only').description} unused Edit",
    ]
    links = [str(a.get("aria-label")) for a in owner.page.select(".matrix thead a")]
    assert links == ["Edit Full self-care", "Edit Billing only", "Edit Reseller", "Edit Staff", "Show Owner"]


def test_plain_staff_neither_see_nor_reach_roles_of_staff(cast: Cast, staff: Browser) -> None:
    assert [h2.get_text() for h2 in staff.page.find_all("h2")] == ["Self-care", "Resellers"]
    for name in ("Owner", "Staff"):
        for path in ("", "/delete"):
            assert staff.get(f"/admin/roles/{role(name).id}{path}").status == 404
            assert staff.get("/admin/roles").post(f"/admin/roles/{role(name).id}{path}", {"name": "Mine"}).status == 404
        assert staff.get(f"/admin/roles/compare?a={role(name).id}").status == 404
        before = permits(name)
        staff.get("/admin/roles").post(
            "/admin/roles/permissions", {"kind": "staff", f"permits-{role(name).id}": "roles"}
        )
        assert (staff.status, permits(name)) == (404, before)
        staff.get("/admin/roles")
        staff.post("/admin/roles/permissions", {"kind": "self-care", f"permits-{role(name).id}": "profile"})
        assert (staff.status, permits(name)) == (404, before)
    staff.get("/admin/roles").post("/admin/roles", {"kind": "staff", "name": "Mine"})
    assert staff.status == 404 and not Role.select().where(Role.name == "Mine").exists()


@pytest.mark.parametrize("login", ["rita", "carl", "ivy"])
def test_nobody_else_gets_to_the_pages_of_roles(login: str, cast: Cast, browser: Browser) -> None:
    browser.log_in(login)
    assert browser.get("/admin/roles").status == 403
    assert browser.post("/admin/roles/permissions", {"kind": "self-care"}).status == 403


def test_without_the_permission_they_are_neither_shown_nor_reached(cast: Cast, staff: Browser) -> None:
    assert staff.page.find(id="roles-tab")
    lacks("Staff", "roles")
    assert staff.get("/admin/roles").status == 403
    assert not staff.get("/admin/customers").page.find(id="roles-tab")


def test_who_only_looks_is_offered_nothing(cast: Cast, browser: Browser) -> None:
    browser.log_in("olga")
    enter(browser, cast.sam, "view").get("/admin/roles")
    assert browser.status == 200 and boxes(browser, "Billing only") == {}
    assert not any(browser.has_button(text) for text in ("Save changes", "Discard", "New role", "Edit"))
    browser.get(f"/admin/roles/{role('Billing only').id}")
    assert browser.page.find("fieldset").has_attr("disabled")
    assert not any(browser.has_button(text) for text in ("Save", "Delete …"))


# --- Saving -----------------------------------------------------------------------------------------------------------


@pytest.mark.manual("C79")
def test_a_permission_taken_hides_its_tab_and_refuses_its_page_at_the_next_request(
    owner: Browser, browser_at: At
) -> None:
    carl = browser_at("192.0.2.20").log_in("carl").get("/settings/security")
    assert carl.page.find(id="profile-tab") and carl.page.find(id="sessions-panel")
    save(owner, "Full self-care", "two_factor", "addresses", "activity", "individuals")
    assert owner.path == "/admin/roles" and "Saved." in owner.words
    carl.get("/settings/security")
    assert carl.status == 200 and not carl.page.find(id="profile-tab") and not carl.page.find(id="sessions-panel")
    assert carl.get("/settings/profile").status == 403
    save(owner, "Full self-care", *OF_KIND[RoleKind.SELF_CARE])
    assert carl.get("/settings/profile").status == 200


def test_the_event_says_who_granted_and_took_what(owner: Browser) -> None:
    save(owner, "Billing only", "profile", "two_factor", "addresses", "activity")
    [event] = events()
    assert (event.actor, event.subject, event.address) == ("olga", "Billing only", "192.0.2.10")
    assert json.loads(event.details) == {"kind": "self-care", "granted": "addresses, two_factor", "taken": "sessions"}


def test_saving_as_it_is_changes_nothing(owner: Browser) -> None:
    before = {name: permits(name) for name in ("Full self-care", "Billing only", "Owner", "Staff")}
    for kind in ("self-care", "reseller", "staff"):
        owner.get("/admin/roles")
        send(owner, list(Browser._values(owner.page.select_one(f"#roles-matrix-{kind} form")).items(multi=True)))
        assert owner.status == 200 and "Nothing changed." in owner.words
    assert {name: permits(name) for name in before} == before and events() == []


def test_a_role_may_be_left_with_nothing(owner: Browser) -> None:
    save(owner, "Billing only")
    assert permits("Billing only") == set()


def test_one_matrix_is_saved_whole_or_not_at_all(owner: Browser) -> None:
    """A box of another role that is out of reach stops both."""
    form = list(Browser._values(owner.page.select_one("#roles-matrix-self-care form")).items(multi=True))
    full, billing = (f"permits-{role(name).id}" for name in ("Full self-care", "Billing only"))
    send(owner, [*form, (billing, "addresses"), (full, "customers.view")])
    assert owner.status == 403 and "addresses" not in permits("Billing only")


def test_changes_are_counted_before_they_are_saved(owner: Browser) -> None:
    """By htmx, with each change of a box; without script only the button tells."""
    assert said(owner) == "Changes apply at once, also to open sessions."
    form = Browser._values(owner.page.select_one("#roles-matrix-self-care form"))
    full = f"permits-{role('Full self-care').id}"
    form.setlist(full, ["profile", "sessions", "addresses", "activity"])
    owner.htmx("POST", "/admin/roles/permissions/preview", form.to_dict(flat=False))
    assert (
        said(owner) == "2 unsaved changes in Full self-care (2 people). Changes apply at once, also to open sessions."
    )
    assert permits("Full self-care") == set(OF_KIND[RoleKind.SELF_CARE]), "nothing is stored"


def test_an_older_log_in_is_confirmed_and_what_was_ticked_is_kept(owner: Browser, clock: object) -> None:
    clock.shift(16 * 60)  # type: ignore[attr-defined]
    owner.get("/admin/roles")
    save(owner, "Billing only", "profile", proof="wrong")
    assert owner.status == 422 and "not correct" in error_at(owner, "proof")
    assert {name for name, ticked in boxes(owner, "Billing only").items() if ticked} == {"profile"}
    assert said(owner).startswith("2 unsaved changes in Billing only (unused).")
    assert len(owner.page.select("#roles-matrix-self-care td.changed")) == 2
    save(owner, "Billing only", "profile", proof=PASSWORDS["olga"])
    assert owner.status == 200 and permits("Billing only") == {"profile"}


def test_two_at_once_do_not_overwrite_each_other(owner: Browser, browser_at: At) -> None:
    """The second is told, keeps what he ticked, and sees what the first has saved."""
    sam = browser_at("192.0.2.30").log_in("sam").get("/admin/roles")
    save(owner, "Billing only", "profile", "sessions", "activity", "addresses")
    save(sam, "Billing only", "profile", "sessions", "activity", "two_factor")
    assert sam.status == 409 and "Somebody else has changed Billing only meanwhile" in sam.words
    assert "two_factor" not in permits("Billing only")
    ticked = {name for name, ticked in boxes(sam, "Billing only").items() if ticked}
    assert ticked == {"profile", "sessions", "activity", "addresses", "two_factor"}
    save(sam, "Billing only", *sorted(ticked))
    assert sam.status == 200 and permits("Billing only") == ticked


def test_two_at_once_in_different_roles_do_not_meet(owner: Browser, browser_at: At) -> None:
    sam = browser_at("192.0.2.30").log_in("sam").get("/admin/roles")
    new_role("Technician")
    save(owner, "Full self-care", "profile")
    save(sam, "Billing only", "activity")
    assert sam.status == 200 and (permits("Full self-care"), permits("Billing only")) == ({"profile"}, {"activity"})


# --- Out of reach -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lacked", ["addresses", "customers.rescue", "individuals"])
def test_nobody_grants_or_takes_a_permission_that_he_lacks(lacked: str, cast: Cast, browser: Browser) -> None:
    """Its boxes are greyed, and what a form sends all the same is refused or left as it was."""
    lacks("Staff", lacked)
    kind, [having, without] = RoleKind.RESELLER, ["Having", "Without"]
    new_role(having, *OF_KIND[kind], kind=kind)
    new_role(without, *(set(OF_KIND[kind]) - {lacked}), kind=kind)
    staff = browser.log_in("sam").get("/admin/roles")
    assert lacked not in boxes(staff, having) and lacked in shown(staff, having)
    assert "You can only change permissions that you have." in staff.page.select_one("#roles-greyed-reseller").text
    save(staff, without, *OF_KIND[kind], kind=kind)
    assert staff.status == 403 and "You cannot change this permission" in staff.words
    assert lacked not in permits(without)
    staff.get("/admin/roles")
    save(staff, having, "profile", "activity", kind=kind)
    assert staff.status == 200 and permits(having) == {"profile", "activity", lacked}, "what is greyed stays"


def test_a_form_that_lies_about_what_was_seen_gets_no_further(cast: Cast, browser: Browser) -> None:
    lacks("Staff", "addresses")
    new_role("Without", "profile")
    staff = browser.log_in("sam").get("/admin/roles")
    seen = {f"seen-{role('Without').id}": "profile addresses"}
    save(staff, "Without", "profile", "addresses", "activity", **seen)
    assert staff.status == 403 and permits("Without") == {"profile"}


@pytest.mark.parametrize("permission", ["customers.view", "resellers.edit", "classes", "roles", "staff", "events"])
def test_a_role_never_gets_what_its_kind_cannot_contain(permission: str, owner: Browser) -> None:
    before = permits("Full self-care")
    save(owner, "Full self-care", *before, permission)
    assert (owner.status, permits("Full self-care")) == (403, before)


def test_owner_is_not_reduced_by_any_form(owner: Browser) -> None:
    before = permits("Owner")
    assert before == set(Permission) and boxes(owner, "Owner") == {}
    for ticked in ([], ["profile"], sorted(before - {"roles"})):
        for seen in ({}, {f"seen-{role('Owner').id}": ""}, {f"seen-{role('Owner').id}": " ".join(sorted(before))}):
            owner.get("/admin/roles")
            save(owner, "Owner", *ticked, kind="staff", **seen)
            assert permits("Owner") == before
    assert events() == [] and owner.get("/admin/roles").status == 200


def test_no_other_role_of_staff_becomes_an_owner(owner: Browser) -> None:
    save(owner, "Staff", *permits("Staff"), "staff", kind="staff")
    assert owner.status == 403 and "staff" not in permits("Staff")


def test_an_owner_changes_what_plain_staff_may(owner: Browser, browser_at: At) -> None:
    sam = browser_at("192.0.2.30").log_in("sam")
    assert sam.get("/admin/classes").status == 200
    save(owner, "Staff", *(permits("Staff") - {"classes"}), kind="staff")
    assert sam.get("/admin/classes").status == 403


@pytest.mark.parametrize("kind", ["", "customers", "STAFF", "self-care "])
def test_there_is_no_other_kind_of_role(kind: str, owner: Browser) -> None:
    owner.post("/admin/roles/permissions", {"kind": kind, f"permits-{role('Billing only').id}": "addresses"})
    assert owner.status == 404 and "addresses" not in permits("Billing only")


def test_a_role_is_saved_in_the_matrix_of_its_kind_alone(owner: Browser) -> None:
    before = permits("Reseller")
    owner.post("/admin/roles/permissions", {"kind": "self-care", f"permits-{role('Reseller').id}": "profile"})
    assert (owner.status, permits("Reseller")) == (404, before)


def test_ids_that_no_role_has_are_not_found(owner: Browser) -> None:
    for sent in ("999", "9" * 18):
        owner.get("/admin/roles").post("/admin/roles/permissions", {"kind": "self-care", f"permits-{sent}": "profile"})
        assert owner.status == 404
    owner.get("/admin/roles").post("/admin/roles/permissions", {"kind": "self-care", "permits-x": "profile"})
    assert owner.status == 200 and events() == []
