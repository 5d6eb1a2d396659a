"""The audit log: who sees what, how an entry is said, page after page, and that nothing changes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from bs4 import Tag as Markup
from flask import Flask
from time_machine import Traveller

from domain import audit, users
from domain.audit import Tag
from models import Event, Kind, User
from tests.blueprints.admin.log import enter_people, entries, exported, note, subjects
from tests.browser import Browser
from tests.cast import Cast
from tests.routes import routes


@pytest.fixture(autouse=True)
def people(clock: Traveller, cast: Cast) -> None:
    enter_people()


# --- Who sees what ----------------------------------------------------------------------------------------------------

EVERYBODY = {"olga", "sam", "rita", "carl", "ivy", "carla", "ida"}
SEEN = {"olga": EVERYBODY | {"mallory"}, "sam": EVERYBODY - {"olga", "sam"} | {"mallory"}, "rita": {"carla", "ida"}}
WAYS = ["", "?q=", "?q=203.0.113.9", "?q=account:", "?event=sessions", "?by=self", "?period=day", "?before=999999"]


@pytest.fixture
def busy(people: None, cast: Cast) -> None:
    """Something of everybody, from one address; of mallory, who is no user, a log-in."""
    for login in sorted(EVERYBODY):
        note(login)
    visit = cast.visit("mallory", "203.0.113.9")
    audit.record(Tag.LOGIN_FAILED, visit, "mallory", succeeded=False)


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize("login", list(SEEN))
@pytest.mark.parametrize("way", [*WAYS, "?after=0", "?after=1"])
def test_everybody_sees_those_below_him_and_nobody_else(login: str, way: str, browser: Browser) -> None:
    browser.log_in(login)
    Event.delete().where(Event.tag == "account:login:succeeded").execute()
    found = set(subjects(browser.get(f"/admin/events{way}")))
    in_csv = {row["subject"] for row in exported(browser, way)} if "after" not in way else found
    wanted = SEEN[login] - ({"mallory"} if "sessions" in way else set())
    assert found == wanted
    assert in_csv - {login} == wanted - {login}  # the export itself is an event of who exports


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize("login", list(SEEN))
@pytest.mark.parametrize("sought", sorted(EVERYBODY | {"mallory"}))
def test_a_search_finds_nobody_out_of_reach(login: str, sought: str, browser: Browser) -> None:
    browser.log_in(login)
    Event.delete().where(Event.tag == "account:login:succeeded").execute()
    found = subjects(browser.get(f"/admin/events?q={sought}"))
    assert set(found) == {one for one in SEEN[login] if one.startswith(sought)}
    exports = [row for row in exported(browser, f"?q={sought}") if row["tag"] != "events:log:exported"]
    assert [row["subject"] for row in exports] == found


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize("login", ["carl", "ivy"])
def test_whoever_looks_after_nobody_has_no_log(login: str, browser: Browser) -> None:
    browser.log_in(login)
    assert browser.get("/admin/events").status == 403
    assert browser.get("/admin/events.csv").status == 403
    assert not browser.page.find("a", href="/admin/events")


def test_a_customer_who_is_moved_takes_his_log_along(cast: Cast, browser: Browser) -> None:
    note("carl")
    note("carla")
    User.update(parent=cast.rita).where(User.login == "carl").execute()
    User.update(parent=None).where(User.login == "carla").execute()
    assert subjects(browser.log_in("rita").get("/admin/events")) == ["carl"]


def test_acts_of_others_on_those_below_count_as_theirs(cast: Cast, browser: Browser) -> None:
    note("carla", Tag.PASSWORD_RESET, actor="sam")
    note("carl", Tag.PASSWORD_RESET, actor="rita")
    browser.log_in("rita").get("/admin/events?q=sam")
    assert [(entry["Account"], entry["By"]) for entry in entries(browser)] == [("carla", "sam")]
    assert subjects(browser.get("/admin/events?q=rita")) == []


@pytest.mark.parametrize(("kind", "seen"), [(Kind.STAFF, []), (Kind.RESELLER, ["gone"]), (Kind.CUSTOMER, ["gone"])])
def test_of_the_deleted_plain_staff_see_all_but_staff(
    kind: Kind, seen: list[str], cast: Cast, browser: Browser
) -> None:
    gone = users.create("gone", cast.visit("olga"), kind=kind)
    Event.delete().execute()
    audit.record(Tag.LOGIN_FAILED, cast.visit("gone"), gone, succeeded=False)
    audit.record(Tag.USER_DELETED, cast.visit("olga"), gone, details={"kind": gone.kind})
    gone.delete_instance()
    assert subjects(browser.log_in("sam").get("/admin/events?q=gone&by=self")) == seen
    assert not browser.page.find("a", string="gone")
    browser.log_out().log_in("olga").get("/admin/events?q=gone")
    assert subjects(browser) == ["gone", "gone"]


def test_changes_of_classes_are_for_staff(cast: Cast, browser: Browser, browser_at: Callable[[str], Browser]) -> None:
    audit.record(Tag.CLASS_CHANGED, cast.visit("olga"), "Customers", details={"two_factor": "optional → required"})
    [entry] = entries(browser.log_in("sam").get("/admin/events?event=authority"))
    assert (entry["Event"], entry["Account"]) == ("Class changed two_factor: optional → required", "Customers")
    assert subjects(browser_at("192.0.2.77").log_in("rita").get("/admin/events?event=authority")) == []


# --- The page ---------------------------------------------------------------------------------------------------------


@pytest.mark.manual("D116")
def test_an_entry_tells_when_what_to_whom_by_whom_and_from_where(
    cast: Cast, browser: Browser, clock: Traveller
) -> None:
    note("carl", Tag.USER_CHANGED, actor="sam", role="Full self-care → Billing only", name="Carl → Carl Cole")
    browser.log_in("olga")
    clock.shift(60)
    browser.get("/admin/events?q=carl")
    assert (browser.h1, "Kept for 400 days. Entries cannot be changed or removed here." in browser.words) == (
        "Audit log", True,
    )  # fmt: skip
    assert entries(browser) == [
        {
            "Time": "12:00:00 UTC",
            "Event": "Login changed: role, name Full self-care → Billing only · Carl → Carl Cole",
            "Account": "carl",
            "By": "sam",
            "Address": "203.0.113.9",
        }
    ]
    assert browser.page.select_one("tr.day").get_text(strip=True) == "Friday, 20 November 2026"  # type: ignore[union-attr]
    link = browser.page.find("a", string="carl")
    assert isinstance(link, Markup) and link["href"] == f"/admin/customers/{cast.carl.id}"


def test_days_and_times_are_those_of_the_readers_zone(cast: Cast, browser: Browser, clock: Traveller) -> None:
    note("carl")
    clock.shift(timedelta(hours=11, minutes=30))
    note("carl")
    User.update(time_zone="Europe/Budapest", output_format="MM/DD/YYYY HH12:MI AM").where(
        User.login == "olga"
    ).execute()
    browser.log_in("olga").get("/admin/events?q=carl")
    assert [entry["Time"] for entry in entries(browser)] == ["12:30:00 AM", "01:00:00 PM"]
    assert [day.get_text(strip=True) for day in browser.page.select("tr.day")] == [
        "Saturday, 21 November 2026",
        "Friday, 20 November 2026",
    ]


def test_refusals_say_so_in_words(cast: Cast, browser: Browser, browser_at: Callable[[str], Browser]) -> None:
    browser_at("198.51.100.4").get("/login").submit("Log in", login="carl", password="wrong")
    [entry] = entries(browser.log_in("olga").get("/admin/events?q=carl"))
    assert entry["Event"] == "Wrong password Refused"
    assert browser.page.select_one("th .of-refusal svg.ban")


def test_acts_in_somebodys_account_name_both(cast: Cast, browser: Browser) -> None:
    visit = replace(cast.visit("sam"), acting_as="carl")
    audit.record(Tag.PREFERENCES_CHANGED, visit, cast.carl, details={"language": " → de"})
    note("carl", Tag.ACTING_BEGAN, actor="sam", mode="default", role="Full self-care")
    browser.log_in("olga").get("/admin/events?q=carl")
    assert [(entry["Event"], entry["By"]) for entry in entries(browser)] == [
        ("Logged in as this user Default role: Full self-care", "sam"),
        ("Profile changed: language → de", "sam as carl"),
    ]


def test_what_people_typed_is_no_markup(cast: Cast, browser: Browser) -> None:
    audit.record(Tag.USERS_IMPORTED, cast.visit("console:<b>root"), "<i>x</i>.csv", details={"<u>": 1})
    [entry] = entries(browser.log_in("olga").get("/admin/events?q=console"))
    assert (entry["Account"], entry["By"], entry["Event"]) == (
        "<i>x</i>.csv", "console:<b>root", "Users imported <u>: 1",
    )  # fmt: skip


def test_pages_follow_each_other_both_ways_while_new_entries_come(cast: Cast, browser: Browser) -> None:
    for n in range(120):
        audit.record(Tag.CONFIRMED, cast.visit("carl", f"203.0.113.{n}"), cast.carl)
    browser.log_in("olga").get("/admin/events?q=carl")
    pages = [entries(browser)]
    for _ in range(2):
        note("carl")
        pages.append(entries(browser.follow("Older")))
    assert [len(page) for page in pages] == [50, 50, 20]
    assert [entry["Address"] for page in pages for entry in page] == [f"203.0.113.{n}" for n in range(119, -1, -1)]
    assert not browser.has_button("Older")
    assert entries(browser.follow("Newer")) == pages[1]
    newest = entries(browser.follow("Newer"))
    assert entries(browser.follow("Newer"))[:2] != pages[0][:2] and newest == pages[0]
    assert not browser.has_button("Newer")


@pytest.mark.parametrize(
    ("way", "said"),
    [
        ("", "Nothing has happened yet"),
        ("?q=nobody", "Nothing found"),
        ("?before=1", "Nothing older"),
    ],
)
def test_where_nothing_is_it_says_why(way: str, said: str, browser: Browser) -> None:
    browser.log_in("rita").get(f"/admin/events{way}")
    assert (entries(browser), browser.page.select_one(".empty h2").get_text()) == ([], said)  # type: ignore[union-attr]


@pytest.mark.parametrize("place", ["0", "-1", "x", "", "9" * 18])
@pytest.mark.parametrize("name", ["before", "after"])
def test_a_wild_place_in_the_log_is_no_error_of_ours(name: str, place: str, browser: Browser) -> None:
    assert browser.log_in("olga").get(f"/admin/events?{name}={place}").status == 200


# --- Nothing changes it -----------------------------------------------------------------------------------------------


def test_no_view_of_the_log_takes_anything_but_questions(app: Flask) -> None:
    paths = {path: method for endpoint, method, path in routes(app) if endpoint.startswith("admin.events.")}
    assert paths == {"/admin/events": "GET", "/admin/events.csv": "GET"}


def test_whatever_is_posted_anywhere_no_entry_goes_or_changes(app: Flask, cast: Cast, browser: Browser) -> None:
    note("carl")
    before = list(Event.select().order_by(Event.id).tuples())
    browser.log_in("olga").get("/settings/security")
    for _, method, path in routes(app):
        if method != "GET":
            browser.client.open(path, method=method, data={"csrf_token": ""})
            browser.post(path, {"id": str(before[0][0]), "event": str(before[0][0])})
    assert list(Event.select().order_by(Event.id).limit(len(before)).tuples()) == before
    for path in ("/admin/events", "/admin/events.csv", f"/admin/events/{before[0][0]}"):
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            assert browser.client.open(path, method=method).status_code in (404, 405), (method, path)
