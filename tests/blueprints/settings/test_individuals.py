"""A customer's own individuals: their list, whom it is open to, and the roles that he gives."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from bs4 import Tag

from domain import users
from models import AllowedRole, Event, Kind, Role, User
from tests.acts import enter, fragment
from tests.browser import Browser
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("clock")
At = Callable[[str], Browser]
PAGE = "/settings/individuals"


@pytest.fixture
def carl(cast: Cast, browser: Browser) -> Browser:
    return browser.log_in("carl")


def names(browser: Browser) -> list[str]:
    return [row.get_text(strip=True) for row in browser.page.select("tbody th b")]


def row_of(browser: Browser, name: str) -> Tag:
    [row] = [row for row in browser.page.select("tbody tr") if row.select_one("th b").get_text(strip=True) == name]
    return row


def choices(browser: Browser, name: str) -> list[str]:
    return [option.get_text() for option in row_of(browser, name).select("option")]


def make(login: str, parent: str = "carl", **columns: str) -> User:
    return users.create(login, Cast.visit("console:test"), kind=Kind.INDIVIDUAL, parent=parent, **columns)


def allow(*roles: str) -> None:
    for name in roles:
        AllowedRole.create(user=Cast().carl, role=Role.get(Role.name == name))


# --- The list ---------------------------------------------------------------------------------------------------------


@pytest.mark.manual("C87")
def test_a_customer_finds_his_own_individuals_and_nobody_elses(cast: Cast, carl: Browser) -> None:
    users.create("dora", cast.visit("console:test"))
    make("ilja", parent="dora", name="Ilja")
    make("ina", name="Ina Ito", active="no", bind_session="yes")
    carl.get("/settings/security").follow("Individuals")
    assert (carl.path, carl.h1, names(carl)) == (PAGE, "Individuals", ["Ina Ito", "Ivy"])
    assert [chip.get_text(strip=True) for chip in row_of(carl, "Ina Ito").select(".chip")] == [
        "Suspended", "No password yet", "2FA off", "Session bound",
    ]  # fmt: skip
    assert "Carl Cole" not in row_of(carl, "Ivy").get_text(), "they are all his"
    assert not carl.page.select("a[href^='/admin/']:not([href^='/admin/individuals/'])")
    assert names(carl.submit("Search", q="ito")) == ["Ina Ito"]
    assert names(carl.follow("Session bound")) == ["Ina Ito"]
    assert names(carl.get(f"{PAGE}?q=ilja")) == [] and names(carl.follow("Show all")) == ["Ina Ito", "Ivy"]


def test_pages_and_the_search_by_script_stay_at_this_address(cast: Cast, carl: Browser) -> None:
    for n in range(26):
        make(f"more{n:02}")
    seen = names(carl.get(PAGE))
    assert names(carl.follow("Next")) and carl.path == PAGE
    assert len(seen) == 25 and names(carl.follow("Back to the first page")) == seen and carl.path == PAGE
    carl.htmx("GET", f"{PAGE}?q=ivy")
    assert fragment(carl, "people-table") and names(carl) == ["Ivy"]
    assert carl.response.headers["HX-Push-Url"] == f"{PAGE}?q=ivy"
    hrefs = [str(a["href"]) for a in carl.page.select("#people-filters a")]
    assert hrefs and all(href.startswith(f"{PAGE}?q=ivy") for href in hrefs)


@pytest.mark.parametrize(
    ("login", "asked", "led"),
    [
        ("carl", "/admin/individuals", PAGE),
        ("carl", PAGE, PAGE),
        ("sam", PAGE, "/admin/individuals"),
        ("rita", PAGE, "/admin/individuals"),
        ("olga", PAGE, "/admin/individuals"),
    ],
)
def test_each_has_one_list_of_individuals(cast: Cast, browser: Browser, login: str, asked: str, led: str) -> None:
    browser.log_in(login).get(f"{asked}?q=ivy")
    assert (browser.status, browser.path) == (200, led)
    assert browser.page.find("input", {"name": "q"})["value"] == "ivy"


def test_whoever_has_no_individuals_to_look_after_is_refused(cast: Cast, browser: Browser, browser_at: At) -> None:
    ivy = browser.log_in("ivy").get("/settings/security")
    assert not ivy.page.find(id="individuals-tab") and ivy.get(PAGE).status == 403
    User.update(role=Role.get(Role.name == "Billing only")).where(User.login == "carl").execute()
    carl = browser_at("192.0.2.20").log_in("carl").get("/settings/security")
    assert not carl.page.find(id="individuals-tab")
    for place in (PAGE, "/admin/individuals", "/admin/individuals/new", f"/admin/individuals/{cast.ivy.id}"):
        assert carl.get(place).status == 403, place


# --- What he gives ----------------------------------------------------------------------------------------------------


@pytest.mark.manual("C86", "C87")
def test_a_customer_gives_the_allowed_roles_and_no_other(cast: Cast, carl: Browser) -> None:
    Role.create(kind="self-care", name="Technician", permissions=json.dumps(["sessions"]))
    Role.create(kind="self-care", name="Odd", permissions=json.dumps(["sessions", "resellers.edit"]))
    allow("Billing only", "Odd")
    carl.get(f"{PAGE}?q=ivy")
    assert "Roles that you can give: Full self-care, Billing only." in carl.words, "Odd has more than his own"
    assert choices(carl, "Ivy") == ["Full self-care", "Billing only"]
    carl.submit("Save", role="Billing only")
    assert (cast.ivy.role.name, carl.path) == ("Billing only", PAGE)
    assert carl.page.find("input", {"name": "q"})["value"] == "ivy" and "Ivy: role is now Billing only." in carl.words
    carl.submit("Undo")
    assert cast.ivy.role.name == "Full self-care"
    for name in ("Technician", "Odd", "Owner", "Reseller", "nonsense", ""):
        carl.post(f"/admin/individuals/{cast.ivy.id}/role", {"role": name})
        assert (carl.status, carl.h1, cast.ivy.role.name) == (403, "Individuals", "Full self-care"), name
        carl.post(f"/admin/individuals/{cast.ivy.id}", {"role": name})
        assert (carl.status, cast.ivy.role.name) == (403, "Full self-care"), name
    carl.htmx("POST", f"/admin/individuals/{cast.ivy.id}/role", {"role": "Billing only", "seen": "Full self-care"})
    assert fragment(carl, f"people-row-{cast.ivy.id}") and cast.ivy.role.name == "Billing only"
    event = Event.select().where(Event.tag == "account:user:changed").order_by(Event.id.desc()).get()
    assert (event.actor, event.subject) == ("carl", "ivy")


def test_an_empty_list_says_what_individuals_are_and_offers_the_first(cast: Cast, carl: Browser) -> None:
    User.delete().where(User.login == "ivy").execute()
    carl.get(PAGE)
    assert "No individuals yet Individuals are people of yours with logins of their own." in carl.words
    assert carl.follow("New individual").h1 == "New individual"
    carl.htmx("GET", PAGE)
    assert carl.has_button("New individual")


@pytest.mark.manual("C86")
def test_without_an_allowed_role_the_provider_is_asked_first(cast: Cast, carl: Browser) -> None:
    User.delete().where(User.login == "ivy").execute()
    AllowedRole.delete().execute()
    carl.get(PAGE)
    assert "Your provider has to allow one first." in carl.words and not carl.has_button("New individual")


@pytest.mark.parametrize("page", [PAGE, "/admin/individuals/new"])
def test_where_his_own_role_has_too_little_he_is_told_so(cast: Cast, carl: Browser, page: str) -> None:
    family = Role.create(kind="self-care", name="Family", permissions=json.dumps(["individuals"]))
    User.update(role=family).where(User.login == "carl").execute()
    carl.get(page)
    assert "Your own role does not permit what the allowed roles permit." in carl.words
    assert "Your provider has to allow one first." not in carl.words and not carl.has_button("New individual")


# --- While somebody acts for him --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "lacking"),
    [("assigned", ("customers.edit", "customers.rescue")), ("view", ()), ("view", ("customers.edit",))],
)
def test_whoever_may_not_edit_does_not_by_way_of_the_customer(
    cast: Cast, browser: Browser, mode: str, lacking: tuple[str, ...]
) -> None:
    allow("Billing only")
    staff = Role.get(Role.name == "Staff")
    may = [name for name in json.loads(staff.permissions) if name not in lacking]
    Role.update(permissions=json.dumps(may)).where(Role.name == "Staff").execute()
    enter(browser.log_in("sam"), cast.carl, mode)
    browser.get(PAGE)
    assert names(browser) == ["Ivy"] and not browser.page.select("main select")
    assert not browser.has_button("New individual")
    ivy = f"/admin/individuals/{cast.ivy.id}"
    assert browser.get(ivy).status == 200 and not browser.has_button("Save")
    assert not browser.page.find(id="rescue-panel") and not browser.page.find(id="person-ends")
    before = list(User.select().dicts())
    for path, fields in {
        "": {"name": "X"},
        "/role": {"role": "Billing only"},
        "/suspend": {},
        "/delete": {"login": "ivy"},
        "/rescue/password": {"new_password": "eight green bottles stand"},
        "/rescue/sessions": {},
    }.items():
        assert browser.post(ivy + path, fields).status == 403, path
    assert list(User.select().dicts()) == before


def test_whoever_may_edit_does_it_there_in_his_own_name(cast: Cast, browser: Browser) -> None:
    allow("Billing only")
    enter(browser.log_in("sam"), cast.carl)
    browser.get(PAGE).submit("Save", role="Billing only")
    event = Event.select().where(Event.tag == "account:user:changed").get()
    assert (event.actor, event.subject, event.while_acting) == ("sam", "ivy", True)
