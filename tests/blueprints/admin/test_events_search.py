"""The audit log is searched: by words, kind of event, author and time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from bs4 import Tag as Markup
from time_machine import Traveller

from domain import audit, users
from domain.audit import Tag
from models import Event, User
from tests.acts import error_at, fragment
from tests.blueprints.admin.log import enter_people, entries, exported, note, subjects
from tests.browser import Browser
from tests.cast import Cast


@pytest.fixture(autouse=True)
def people(clock: Traveller, cast: Cast) -> None:
    enter_people()


SEARCHES = [
    ("carl", {"one", "two", "three", "six"}),
    ("CARL", {"one", "two", "three", "six"}),
    ("carla", {"six"}),
    ("sam", {"two"}),
    ("console", {"three"}),
    ("console:root", {"three"}),
    ("192.0.2.1", {"one"}),
    ("192.0.2.", {"one", "two"}),
    ("::ffff:192.0.2.1", {"one"}),
    ("2001:DB8:0:0::7", {"six"}),
    ("2001:db8:", {"six"}),
    ("account:password", {"two", "three"}),
    ("account:password:changed", {"two"}),
    ("mallory", {"four"}),
    ("carl sam", {"two"}),
    ("carl 192.0.2.", {"one", "two"}),
    ("carl account:password console", {"three"}),
    ("carl mallory", set()),
    ("arl", set()),
    ("PST-7F3K-21", set()),
]


@pytest.fixture
def told(people: None, cast: Cast) -> None:
    """Entries whose agents are their names."""
    for name, tag, actor, subject, address in (
        ("one", Tag.LOGGED_IN, "carl", cast.carl, "192.0.2.1"),
        ("two", Tag.PASSWORD_CHANGED, "sam", cast.carl, "192.0.2.10"),
        ("three", Tag.PASSWORD_RESET, "console:root", cast.carl, "console"),
        ("four", Tag.LOGIN_FAILED, "mallory", "mallory", "198.51.100.1"),
        ("six", Tag.ADDRESS_DENIED, "carla", users.find("carla"), "2001:db8::7"),
    ):
        audit.record(tag, replace(cast.visit(actor, address), user_agent=name), subject)


def names(browser: Browser, query: str) -> set[str]:
    """The entries of a search, on which page and CSV agree."""
    rows = exported(browser, f"?{query}")
    browser.get(f"/admin/events?{query}")
    assert [(entry["Account"], entry["By"], entry["Address"]) for entry in entries(browser)] == [
        (row["subject"], row["actor"], row["address"]) for row in rows
    ]
    return {row["user_agent"] for row in rows} & {"one", "two", "three", "four", "six"}


@pytest.mark.manual("D116")
@pytest.mark.usefixtures("told")
@pytest.mark.parametrize(("typed", "found"), SEARCHES)
def test_a_search_finds_logins_addresses_tags_and_the_terminal(typed: str, found: set[str], browser: Browser) -> None:
    assert names(browser.log_in("olga"), f"q={typed}") == found


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("event=login", {"one", "four"}),
        ("event=denied", {"six"}),
        ("event=passwords", {"two", "three"}),
        ("by=self", {"one", "four", "six"}),
        ("by=provider", {"two"}),
        ("by=terminal", {"three"}),
        ("event=passwords&by=terminal&q=carl", {"three"}),
        ("event=denied&q=mallory", set()),
    ],
)
def test_filters_narrow_it(query: str, found: set[str], browser: Browser) -> None:
    assert names(browser.log_in("olga"), query) == found


@pytest.fixture
def spread(people: None, clock: Traveller) -> None:
    """One entry 40 days ago, one 20, one 3, and one an hour ago; each is called by its actor."""
    for days, hours, name in ((20, 0, "d40"), (17, 0, "d20"), (2, 23, "d3"), (0, 1, "h1")):
        note("carl", actor=name)
        clock.shift(timedelta(days=days, hours=hours))


@pytest.mark.manual("D116")
@pytest.mark.usefixtures("spread")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("period=all", "h1 d3 d20 d40"),
        ("period=day", "h1"),
        ("period=week", "h1 d3"),
        ("period=month", "h1 d3 d20"),
        ("period=dates&from=27.12.2026", "h1 d3"),
        ("period=dates&to=20.11.2026", "d40"),
        ("from=20.11.2026&to=10.12.2026", "d20 d40"),
        ("from=20.11.2026 12:00&to=20.11.2026 12:01", "d40"),
        ("from=20.11.2026 12:01", "h1 d3 d20"),
        ("to=20.11.2026 12:00", ""),
        ("period=week&from=20.11.2026", "h1 d3"),
        ("from=01.01.2030", ""),
    ],
)
def test_a_period_is_chosen_or_typed(query: str, found: str, browser: Browser) -> None:
    browser.log_in("olga").get(f"/admin/events?q=carl&{query}")
    assert [entry["By"] for entry in entries(browser)] == found.split()
    assert [row["actor"] for row in exported(browser, f"?q=carl&{query}")] == found.split()


def test_dates_are_read_in_the_readers_format_and_zone(cast: Cast, browser: Browser, clock: Traveller) -> None:
    User.update(time_zone="America/New_York", input_format="MM/DD/YYYY HH12:MI AM").where(
        User.login == "olga"
    ).execute()
    clock.shift(timedelta(hours=17))  # 5 o'clock of the 21st in UTC, midnight of it in New York
    note("carl")
    browser.log_in("olga")
    assert subjects(browser.get("/admin/events?q=carl&from=11/21/2026")) == ["carl"]
    assert subjects(browser.get("/admin/events?q=carl&to=11/20/2026")) == []
    browser.get("/admin/events?from=11/01/2026 01:30 AM")
    assert "01:30 comes twice on that day in America/New_York: the clocks go back." in browser.words


@pytest.mark.parametrize("field", ["from", "to"])
def test_a_wrong_date_is_said_at_its_field_and_nothing_is_lost(field: str, cast: Cast, browser: Browser) -> None:
    browser.log_in("olga").get(f"/admin/events?q=carl&event=login&by=self&period=dates&{field}=31.02.2026")
    assert browser.status == 422
    assert error_at(browser, field) == "Error: 31.02.2026 is not a date: there is no day 31, that month has 28 days."
    form = browser.page.select_one("form.toolbar")
    assert isinstance(form, Markup)
    sent = browser._values(form).to_dict()
    other = "to" if field == "from" else "from"
    wanted = {"q": "carl", "event": "login", "by": "self", "period": "dates", field: "31.02.2026", other: ""}
    assert sent == wanted
    assert browser.get(f"/admin/events.csv?{field}=31.02.2026").status == 422
    assert not Event.select().where(Event.tag == "events:log:exported").exists()


def test_htmx_gets_the_table_with_the_link_to_its_csv_and_the_address_of_the_page(cast: Cast, browser: Browser) -> None:
    note("carl")
    note("sam")
    browser.log_in("olga").htmx("GET", "/admin/events?q=carl&event=&by=&period=all&from=&to=")
    fragment(browser, "events-table")
    assert subjects(browser) == ["carl"]
    assert browser.response is not None and browser.response.headers["HX-Push-Url"] == "/admin/events?q=carl"
    link = browser.page.find(id="events-export")
    assert isinstance(link, Markup) and link["href"] == "/admin/events.csv?q=carl"
    browser.htmx("GET", "/admin/events?from=yesterday")
    assert browser.status == 422 and "is not a date in the format" in fragment(browser, "events-table").get_text()


def test_a_clock_that_was_set_back_hides_nothing_from_a_period(cast: Cast, browser: Browser, clock: Traveller) -> None:
    clock.shift(timedelta(days=3))
    note("carl", actor="ahead")
    clock.shift(-timedelta(days=3))
    note("carl", actor="now")
    browser.log_in("olga").get("/admin/events?q=carl&period=day")
    assert [entry["By"] for entry in entries(browser)] == ["now", "ahead"]
    assert [entry["By"] for entry in entries(browser.get("/admin/events?q=carl&to=20.11.2026"))] == ["now"]


@pytest.mark.parametrize("sought", ["%00", "%", "_", "'", '"', "a" * 5000, "%ff", "x%20" * 400, "::::", "1.2.3.4.5"])
def test_nothing_that_is_typed_is_syntax(sought: str, cast: Cast, browser: Browser) -> None:
    note("carl")
    browser.log_in("sam").get(f"/admin/events?q={sought}&event={sought}&by={sought}&period={sought}")
    assert (browser.status, subjects(browser)) == (
        200,
        subjects(browser.get("/admin/events")) if sought == "%00" else [],
    )
