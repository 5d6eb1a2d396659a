"""The lists of people: who sees whom, what is found, and what a row says."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

import pytest
import time_machine

from domain import users
from models import Denial, Kind, User, database
from tests.acts import fragment
from tests.browser import Browser
from tests.cast import Cast
from tests.test_guard import statements

pytestmark = pytest.mark.usefixtures("clock")
At = Callable[[str], Browser]


@pytest.fixture
def staff(cast: Cast, browser: Browser) -> Browser:
    return browser.log_in("sam")


def names(browser: Browser) -> list[str]:
    return [row.get_text(strip=True) for row in browser.page.select("tbody th b")]


def row_of(browser: Browser, name: str) -> str:
    [row] = [row for row in browser.page.select("tbody tr") if row.select_one("th b").get_text(strip=True) == name]
    return " ".join(row.get_text(" ").split())


def chips_of(browser: Browser, name: str) -> list[str]:
    [row] = [row for row in browser.page.select("tbody tr") if row.select_one("th b").get_text(strip=True) == name]
    return [chip.get_text(strip=True) for chip in row.select(".chip")]


def status_of(browser: Browser) -> str:
    return browser.page.find(role="status", id="people-shown").get_text(strip=True)


def filters(browser: Browser) -> dict[str, str]:
    """As they read → where they lead."""
    return {" ".join(a.get_text(" ").split()): str(a["href"]) for a in browser.page.select(".filters a")}


def current(browser: Browser) -> list[str]:
    return [" ".join(a.get_text(" ").split()) for a in browser.page.select(".filters a[aria-current=true]")]


def search(browser: Browser, typed: str) -> None:
    """By the form of the page, which needs no script."""
    form = browser.get("/admin/customers").button("Search", "q").find_parent("form")
    assert form["method"] == "get"
    browser.get(f"{form['action']}?{urlencode({'q': typed})}")


def make(count: int, **columns: str) -> None:
    with database.atomic():
        for n in range(count):
            users.create(f"more{n:03}", Cast.visit("console:test"), name=f"More {n:03}", **columns)


# --- Who sees whom ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("login", "open_to_him"),
    [
        ("olga", ("customers", "resellers", "staff", "individuals")),
        ("sam", ("customers", "resellers", "individuals")),
        ("rita", ("customers", "individuals")),
        ("carl", ("individuals",)),
        ("ivy", ()),
    ],
)
def test_lists_are_open_as_the_role_permits(
    cast: Cast, browser: Browser, login: str, open_to_him: tuple[str, ...]
) -> None:
    browser.log_in(login)
    for place in ("customers", "resellers", "staff", "individuals"):
        browser.get(f"/admin/{place}")
        assert browser.status == (200 if place in open_to_him else 403), place
        browser.htmx("GET", f"/admin/{place}")
        assert browser.status == (200 if place in open_to_him else 403), place


def test_a_list_shows_those_of_its_kind(cast: Cast, browser: Browser) -> None:
    browser.log_in("olga")
    seen = {place: names(browser.get(f"/admin/{place}")) for place in ("customers", "resellers", "staff")}
    assert seen == {"customers": ["Carl Cole"], "resellers": ["Rita Reyes"], "staff": ["olga", "Sam Stone"]}
    assert names(browser.get("/admin/individuals")) == ["Ivy"]
    assert "Customer Carl Cole" in row_of(browser, "Ivy") and browser.has_button("New individual")


def test_a_reseller_sees_his_own_customers_only(cast: Cast, browser: Browser, browser_at: At) -> None:
    users.create("rosa", cast.visit("console:test"), parent="rita", name="Rosa Roy")
    users.create("ilja", cast.visit("console:test"), kind=Kind.INDIVIDUAL, parent="rosa", name="Ilja")
    browser.log_in("rita").get("/admin/customers")
    assert names(browser) == ["Rosa Roy"] and "Rita Reyes" not in row_of(browser, "Rosa Roy")
    assert names(browser.get("/admin/customers?q=carl")) == []
    assert names(browser.get("/admin/individuals")) == ["Ilja"]
    staff = browser_at("192.0.2.20").log_in("sam").get("/admin/customers")
    assert names(staff) == ["Carl Cole", "Rosa Roy"] and "Reseller Rita Reyes" in row_of(staff, "Rosa Roy")


# --- Rows -------------------------------------------------------------------------------------------------------------


def test_a_row_says_how_access_stands(cast: Cast, staff: Browser) -> None:
    at = cast.visit("console:test")
    users.change(cast.carl, {"bind_session": "yes", "access": "listed", "trusted_ips": "192.0.2.0/24"}, at)
    cast.enrol("carl")
    for login, columns in {
        "anna": {"two_factor": "yes", "name": "Anna"},
        "bert": {"two_factor": "no", "name": "Bert"},
        "cora": {"active": "no", "name": "Cora"},
        "dora": {"expires_at": "2026-01-01", "name": "Dora"},
        "emil": {"activates_at": "2027-01-01", "name": "Emil"},
    }.items():
        users.create(login, at, **columns)
    denied(cast.carl)
    staff.get("/admin/customers")
    assert chips_of(staff, "Carl Cole") == ["Denied 12:00", "2FA on", "IP restricted", "Session bound"]
    assert chips_of(staff, "Anna") == ["No password yet", "2FA required, not set"]
    assert chips_of(staff, "Bert") == ["No password yet", "2FA switched off"]
    assert chips_of(staff, "Cora") == ["Suspended", "No password yet", "2FA off"]
    assert chips_of(staff, "Dora") == ["Expired", "No password yet", "2FA off"]
    assert chips_of(staff, "Emil") == ["Not active yet", "No password yet", "2FA off"]
    assert all(chip.find("svg") for chip in staff.page.select(".chip")), "state is never told by colour alone"


def denied(user: User) -> None:
    now = Cast.visit("x").now
    address = "198.51.100.4"
    Denial.create(user=user, rule="own list", address=address, source=address, first_at=now, last_at=now, count=1)


def test_the_last_log_in_is_told_with_its_address(cast: Cast, staff: Browser, browser_at: At) -> None:
    assert "Never" in row_of(staff.get("/admin/customers"), "Carl Cole")
    browser_at("203.0.113.7").log_in("carl")
    assert "today 12:00 UTC 203.0.113.7" in row_of(staff.get("/admin/customers"), "Carl Cole")


@pytest.mark.manual("A7", "R90")
def test_log_in_stands_in_the_row_where_it_can_be_done(cast: Cast, staff: Browser, browser_at: At) -> None:
    assert staff.get("/admin/customers").button("Log in as Carl Cole")
    owner = browser_at("192.0.2.20").log_in("olga").get("/admin/staff")
    assert owner.button("Log in as Sam Stone")
    assert "Log in" not in row_of(owner, "olga"), "nobody enters an Owner, nor himself"


def test_markup_and_strange_scripts_in_names_stay_text(cast: Cast, staff: Browser) -> None:
    at = cast.visit("console:test")
    users.create("evil", at, name="<script>alert(1)</script>")
    users.create("arab", at, name="شركة الأمل")
    staff.get("/admin/customers")
    assert "<script>alert(1)</script>" in names(staff)
    assert "شركة الأمل" in [bdi.get_text() for bdi in staff.page.select("tbody th bdi")]


# --- Search and filters -----------------------------------------------------------------------------------------------


@pytest.mark.manual("A7")
@pytest.mark.parametrize("typed", ["car", "COLE", "carl@cole", "ca", "203.0.113.7"])
def test_people_are_found_by_name_login_mail_and_address(
    cast: Cast, staff: Browser, browser_at: At, typed: str
) -> None:
    users.create("dora", cast.visit("console:test"), name="Dora")
    browser_at("203.0.113.7").log_in("carl")
    search(staff, typed)
    assert names(staff) == ["Carl Cole"] and status_of(staff) == "1 shown"
    assert staff.page.find("input", {"name": "q"})["value"] == typed


def test_what_is_typed_is_no_syntax(cast: Cast, staff: Browser) -> None:
    for typed in ('"', "'; DROP TABLE user", "a* OR b", "%%%", "___", "\\", "NEAR(", "(", "xyz\x00l", "é" * 500):
        search(staff, typed)
        assert staff.status == 200, typed
        assert "Carl Cole" not in names(staff), typed


def test_a_search_by_script_swaps_the_table_alone(cast: Cast, staff: Browser) -> None:
    users.create("dora", cast.visit("console:test"), name="Dora")
    staff.get("/admin/customers").htmx("GET", "/admin/customers?q=dor&filter=2fa-off")
    fragment(staff, "people-table")
    assert staff.page.find(id="people-filters")["hx-swap-oob"] == "true"
    assert names(staff) == ["Dora"] and status_of(staff) == "1 shown"
    assert staff.response.headers["HX-Push-Url"] == "/admin/customers?q=dor&filter=2fa-off"
    assert filters(staff)["IP restricted"] == "/admin/customers?q=dor&filter=ip", "a filter keeps what was typed"


def test_filters_count_what_is_urgent_and_narrow_the_list(cast: Cast, staff: Browser) -> None:
    at = cast.visit("console:test")
    users.create("anna", at, name="Anna", two_factor="yes")
    users.create("bert", at, name="Bert", bind_session="yes")
    users.create("cora", at, name="Cora", active="no", access="listed", trusted_ips="192.0.2.7")
    denied(cast.carl)
    everybody = filters(staff.get("/admin/customers"))
    assert list(everybody) == [
        "All",
        "Denied today 1",
        "2FA off",
        "2FA required, not set 1",
        "IP restricted",
        "Session bound",
        "Suspended",
    ]
    found = {label: names(staff.get(where)) for label, where in everybody.items()}
    assert found == {
        "All": ["Anna", "Bert", "Carl Cole", "Cora"],
        "Denied today 1": ["Carl Cole"],
        "2FA off": ["Bert", "Carl Cole", "Cora"],
        "2FA required, not set 1": ["Anna"],
        "IP restricted": ["Cora"],
        "Session bound": ["Bert"],
        "Suspended": ["Cora"],
    }
    assert current(staff) == ["Suspended"]
    assert names(staff.get("/admin/customers?filter=nonsense")) == found["All"] and current(staff) == ["All"]


def test_a_count_ends_at_99(cast: Cast, staff: Browser) -> None:
    make(101, two_factor="yes")
    assert "2FA required, not set 99+" in filters(staff.get("/admin/customers"))
    User.update(two_factor="inherit").where(User.login << ["more000", "more001"]).execute()
    assert "2FA required, not set 99" in filters(staff.get("/admin/customers"))


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/New_York"])
def test_today_is_the_readers_day(cast: Cast, staff: Browser, clock: time_machine.Traveller, zone: str) -> None:
    """At noon UTC it is 01:00 in Auckland and 07:00 in New York; ten hours earlier was yesterday in both."""
    users.change(cast.sam, {"time_zone": zone}, cast.visit("console:test"))
    clock.shift(-10 * 3600)
    denied(cast.carl)
    clock.shift(10 * 3600)
    assert "Denied today" in filters(staff.get("/admin/customers"))
    users.change(cast.sam, {"time_zone": "UTC"}, cast.visit("console:test"))
    assert "Denied today 1" in filters(staff.get("/admin/customers"))
    assert "Denied 02:00" in chips_of(staff, "Carl Cole")


# --- Pages and empty lists --------------------------------------------------------------------------------------------


def test_pages_are_walked_by_key_and_nobody_comes_twice(cast: Cast, staff: Browser) -> None:
    make(60)
    seen = names(staff.get("/admin/customers?filter=2fa-off"))
    assert status_of(staff) == "25 shown, more on the next page" and not staff.has_button("Back to the first page")
    users.create("aaa", cast.visit("console:test"), name="Came meanwhile")
    while staff.has_button("Next"):
        seen += names(staff.follow("Next"))
        assert current(staff) == ["2FA off"]
    assert seen == ["Carl Cole", *(f"More {n:03}" for n in range(60))]
    assert status_of(staff) == "11 shown"
    assert names(staff.follow("Back to the first page"))[0] == "Came meanwhile"
    assert not staff.page.find(string=lambda text: "61" in text), "no totals"


def test_an_empty_list_says_what_to_do(cast: Cast, staff: Browser, browser_at: At) -> None:
    rita = browser_at("192.0.2.20").log_in("rita").get("/admin/customers")
    assert "No customers yet" in rita.words and "import" not in rita.words
    assert rita.follow("New customer").h1 == "New customer"
    User.delete().where(User.login == "rita").execute()
    staff.get("/admin/resellers")
    assert "No resellers yet" in staff.words and "./postern import people.csv" in staff.words
    staff.get("/admin/customers?q=nobodyatall&filter=bound")
    assert "Nobody found" in staff.words and status_of(staff) == "0 shown"
    assert names(staff.follow("Show all")) == ["Carl Cole"]


# --- What it costs ----------------------------------------------------------------------------------------------------


def test_the_statements_of_a_page_do_not_grow_with_its_rows(cast: Cast, staff: Browser) -> None:
    for path in ("/admin/customers", "/admin/customers?q=mor", "/admin/customers?filter=2fa-off"):
        staff.get(path)
        few = asked(staff, path)
        if not users.by_login("more000"):
            make(30)
        staff.get(path)
        many = asked(staff, path)
        assert len(many) == len(few) <= 8, many


def asked(browser: Browser, path: str) -> list[str]:
    """The statements of a page, without those that the index of words runs inside."""
    with statements() as seen:
        browser.get(path)
    return [statement for statement in seen if not statement.startswith("--")]
