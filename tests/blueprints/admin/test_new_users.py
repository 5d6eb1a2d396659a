"""New logins: by whom, for whom, with which password, and nothing that the form does not own."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import time_machine

from models import AccountClass, Event, Role, User
from tests.acts import error_at
from tests.browser import Browser
from tests.cast import PASSWORDS, Cast

pytestmark = pytest.mark.usefixtures("clock")
At = Callable[[str], Browser]
GOOD = "nobodys nine green hats"


@pytest.fixture
def staff(cast: Cast, browser: Browser) -> Browser:
    return browser.log_in("sam").get("/admin/customers/new")


def made(login: str) -> User:
    user: User = User.get(User.login == login)
    return user


def shown_password(browser: Browser) -> str:
    found = browser.page.find(id="new-users-made-password")
    assert found is not None, browser.words
    return found.get_text()


def options(browser: Browser, name: str) -> list[str]:
    return [option.get_text() for option in browser.page.find("select", {"name": name}).find_all("option")]


# --- The first password -----------------------------------------------------------------------------------------------


@pytest.mark.manual("C61")
def test_a_generated_password_is_shown_once_and_has_to_be_changed(cast: Cast, staff: Browser, browser_at: At) -> None:
    staff.submit("Create", login=" Dora ", name="Dora Dent", email="dora@dent.example")
    assert (staff.status, staff.h1) == (201, "The login is made")
    password = shown_password(staff)
    assert len(password) == 20 and staff.text.count(password) == 1
    assert staff.response.headers["Cache-Control"] == "no-store"
    user = made("dora")
    assert (user.name, user.email, user.kind, user.parent_id) == ("Dora Dent", "dora@dent.example", "customer", None)
    assert (user.role.name, user.account_class.name) == ("Full self-care", "Customers")
    assert password not in staff.follow("Go on to Dora Dent").text
    event = Event.get(Event.tag == "account:user:created", Event.subject == "dora")
    assert event.actor == "sam" and password not in event.details
    assert browser_at("192.0.2.20").log_in("dora", password=password).h1 == "Choose a new password"


@pytest.mark.manual("C60", "C62")
def test_a_typed_password_obeys_the_rules_and_is_never_given_back(cast: Cast, staff: Browser, browser_at: At) -> None:
    staff.submit("Create", login="dora", name="Dora Dent", password="type", new_password="too short")
    assert staff.status == 422 and error_at(staff, "new_password") == "Error: Use at least 15 characters"
    assert "too short" not in staff.text and staff.page.find("input", {"name": "name"})["value"] == "Dora Dent"
    assert staff.page.find("input", {"value": "type"}).has_attr("checked")
    assert staff.page.find("button", {"data-reveal": "new-users-password"})["aria-label"] == "Show password"
    staff.submit("Create", new_password=GOOD)
    assert (staff.status, staff.path) == (200, f"/admin/customers/{made('dora').id}")
    assert GOOD not in staff.text
    assert browser_at("192.0.2.20").log_in("dora", password=GOOD).h1 == "Choose a new password"


def test_the_rules_of_a_typed_password_are_those_of_the_class(cast: Cast, staff: Browser) -> None:
    AccountClass.create(name="Strict", two_factor="required")
    staff.get("/admin/customers/new")
    staff.submit("Create", login="dora", password="type", new_password="9 letter")
    assert error_at(staff, "new_password") == "Error: Use at least 15 characters"
    staff.submit("Create", **{"class": "Strict"}, new_password="9 letter")
    assert made("dora").account_class.name == "Strict"


@pytest.mark.manual("C48")
def test_without_a_password_nobody_logs_in_and_the_list_says_so(cast: Cast, staff: Browser) -> None:
    staff.submit("Create", login="dora", name="Dora Dent", password="none")
    assert made("dora").password_hash is None and not made("dora").must_change_password
    assert "The login is made, without a password yet." in staff.words
    staff.get("/admin/customers?q=dora")
    assert "No password yet" in staff.page.select_one("td.act").get_text() and staff.page.select_one(
        "td.act [disabled]"
    )


# --- What is wrong is said where it was typed -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("login", "Uppercase ümlaut", "A login has 1 to 64 characters out of a-z 0-9 . _ @ -"),
        ("login", "", "A login has 1 to 64 characters out of a-z 0-9 . _ @ -"),
        ("login", "CARL", "The login carl is taken."),
        ("name", "x" * 121, "name: longer than 120 characters"),
        ("name", "Dora\x1b[2J", "name: only letters, digits, punctuation and blanks are accepted"),
        ("email", "x" * 255, "email: longer than 254 characters"),
        ("parent", "carl", "There is no reseller carl."),
        ("parent", "nobody", "There is no reseller nobody."),
        ("class", "Staff", "There is no such class for this login."),
        ("role", "Owner", "You cannot give this role. Nobody grants a permission that he lacks."),
    ],
)
def test_an_error_stands_at_its_field_and_keeps_the_others(
    cast: Cast, staff: Browser, field: str, typed: str, said: str
) -> None:
    before = User.select().count()
    staff.submit("Create", **{"login": "dora", "name": "Dora Dent", "email": "dora@dent.example", field: typed})
    assert staff.status in (403, 422) and error_at(staff, field) == f"Error: {said}"
    kept = {"login": "dora", "name": "Dora Dent", "email": "dora@dent.example"}
    for name in set(kept) - {field}:
        assert staff.page.find("input", {"name": name})["value"] == kept[name]
    assert User.select().count() == before


def test_sent_twice_one_login_is_made(cast: Cast, staff: Browser) -> None:
    staff.submit("Create", login="dora")
    staff.post("/admin/customers", {"login": "dora"})
    assert staff.status == 422 and error_at(staff, "login") == "Error: The login dora is taken."
    assert User.select().where(User.login == "dora").count() == 1


def test_an_old_log_in_is_confirmed_in_the_form(cast: Cast, staff: Browser, clock: time_machine.Traveller) -> None:
    clock.shift(16 * 60)
    staff.get("/admin/customers/new").submit("Create", login="dora", name="Dora Dent", proof="wrong")
    assert staff.status == 422 and "not correct" in error_at(staff, "proof")
    assert staff.page.find("input", {"name": "name"})["value"] == "Dora Dent"
    staff.post("/admin/customers", {"login": "dora"})
    assert staff.status == 422 and "Confirm it's you" in error_at(staff, "proof")
    staff.submit("Create", login="carl", proof=PASSWORDS["sam"])
    assert error_at(staff, "login") == "Error: The login carl is taken."
    assert not staff.page.find("input", {"name": "proof"}), "confirmed a moment ago"
    staff.submit("Create", login="dora")
    assert staff.status == 201


# --- By whom, and below whom ------------------------------------------------------------------------------------------


def test_a_reseller_makes_customers_below_himself_only(cast: Cast, browser: Browser) -> None:
    User.create(
        login="ralf",
        kind="reseller",
        role=cast.rita.role,
        account_class=cast.rita.account_class,
        created_at=cast.rita.created_at,
    )
    browser.log_in("rita").get("/admin/customers/new")
    assert not browser.page.find("input", {"name": "parent"})
    browser.submit("Create", login="dora")
    browser.get("/admin/customers/new").post("/admin/customers", {"login": "emil", "parent": "ralf"})
    browser.get("/admin/customers/new").post("/admin/customers", {"login": "fred", "parent": "", "parent_id": "1"})
    assert {made(login).parent for login in ("dora", "emil", "fred")} == {cast.rita}
    for place in ("resellers", "staff"):
        assert browser.get(f"/admin/{place}/new").status == 403
        assert browser.post(f"/admin/{place}", {"login": "gina"}).status == 403
    assert browser.get("/admin/nobody/new").status == 404
    assert browser.post("/admin/nobody", {"login": "gina"}).status == 404
    assert not User.select().where(User.login == "gina").exists()


def test_staff_put_a_customer_below_a_reseller(cast: Cast, staff: Browser) -> None:
    assert [option["value"] for option in staff.page.select("#new-users-resellers option")] == ["rita"]
    staff.submit("Create", login="dora", parent=" RITA ")
    assert made("dora").parent == cast.rita
    staff.get("/admin/resellers/new").submit("Create", login="ralf")
    assert (made("ralf").kind, made("ralf").role.name, made("ralf").parent) == ("reseller", "Reseller", None)
    staff.get("/admin/resellers/new").post("/admin/resellers", {"login": "rolf", "parent": "rita"})
    assert made("rolf").parent is None, "resellers have none"


def test_staff_are_made_by_owners(cast: Cast, staff: Browser, browser_at: At) -> None:
    assert staff.get("/admin/staff/new").status == 403
    assert staff.post("/admin/staff", {"login": "dora", "role": "Staff"}).status == 403
    olga = browser_at("192.0.2.20").log_in("olga").get("/admin/staff/new")
    assert options(olga, "role") == ["Staff", "Owner"] and "Staff" in options(olga, "class")
    olga.submit("Create", login="dora", name="Dora Dent")
    assert olga.status == 201
    assert (made("dora").kind, made("dora").role.name, made("dora").account_class.name) == ("staff", "Staff", "Staff")


@pytest.mark.parametrize("login", ["carl", "ivy"])
def test_others_make_nobody(cast: Cast, browser: Browser, login: str) -> None:
    browser.log_in(login).get("/settings/security")
    assert browser.get("/admin/customers/new").status == 403
    browser.get("/settings/security").post("/admin/customers", {"login": "dora"})
    assert browser.status == 403 and not User.select().where(User.login == "dora").exists()


def test_the_form_owns_its_fields_and_nothing_else(cast: Cast, staff: Browser) -> None:
    """Mass assignment: whatever else is sent changes nothing."""
    forged = {
        "kind": "staff",
        "active": "no",
        "bind_session": "yes",
        "two_factor": "no",
        "must_change_password": "no",
        "password_hash": "x",
        "access": "listed",
        "trusted_ips": "192.0.2.0/24",
        "expires_at": "2020-01-01",
        "time_zone": "Asia/Tokyo",
        "id": "1",
        "role_id": str(Role.get(Role.name == "Owner").id),
        "enrolled": "1",
    }
    staff.post("/admin/customers", {"login": "dora"})
    staff.get("/admin/customers/new").post("/admin/customers", {"login": "emil", **forged})
    assert staff.status == 201
    [dora, emil] = User.select().where(User.login << ["dora", "emil"]).order_by(User.login).dicts()
    different = {name for name in dora if dora[name] != emil[name]}
    assert different == {"id", "login", "password_hash"}


def test_a_class_that_staff_are_in_is_for_staff_alone(cast: Cast, staff: Browser, browser_at: At) -> None:
    night_shift, business = (AccountClass.create(name=name) for name in ("Night shift", "Business"))
    User.update(account_class=night_shift).where(User.login == "olga").execute()
    assert options(staff.get("/admin/customers/new"), "class") == ["Business", "Customers"]
    assert options(staff.get("/admin/resellers/new"), "class") == ["Business", "Customers", "Resellers"]
    staff.get("/admin/customers/new").post("/admin/customers", {"login": "dora", "class": "Night shift"})
    assert error_at(staff, "class") == "Error: There is no such class for this login."
    User.update(account_class=business).where(User.login == "carl").execute()
    assert options(browser_at("192.0.2.20").log_in("olga").get("/admin/staff/new"), "class") == ["Night shift", "Staff"]
