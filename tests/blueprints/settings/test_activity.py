"""Activity: everything about one's own account, nothing about anybody else's, page after page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from domain import audit
from domain.audit import Tag
from tests.browser import Browser
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("clock")


def rows(browser: Browser) -> list[list[str]]:
    return [
        [" ".join(cell.get_text(" ").split()) for cell in row(["th", "td"])]
        for row in browser.page.find(id="activity-table").tbody("tr")
    ]


@pytest.mark.manual("D115")
def test_acts_and_refusals_stand_there_with_time_person_browser_and_address(
    cast: Cast, browser: Browser, browser_at: Callable[[str], Browser], terminal: Callable[..., tuple[int, str]]
) -> None:
    browser_at("198.51.100.66").get("/login").submit("Log in", login="carl", password="wrong")
    terminal("recover", "password", "carl")
    terminal("user", "passwd", "carl", typed="carls eleven wet socks\n")
    browser.log_in("carl").get("/settings/activity")
    found = rows(browser)
    assert found[0] == [
        "Logged in with a password",
        "today 12:00 UTC",
        "carl",
        "carl",
        "Firefox on Linux",
        "192.0.2.10",
    ]
    assert found[1][0] == "Password reset" and found[1][3].startswith("console:")
    assert found[3][0] == "Wrong password" and found[3][5] == "198.51.100.66"


def test_nobody_sees_the_events_of_others(cast: Cast, browser: Browser, browser_at: Callable[[str], Browser]) -> None:
    browser_at("198.51.100.1").log_in("carl")
    browser.log_in("ivy").get("/settings/activity")
    assert {row[2] for row in rows(browser)} == {"ivy"}


@pytest.mark.manual("D115")
def test_older_events_come_page_by_page(cast: Cast, browser: Browser) -> None:
    for n in range(60):
        audit.record(Tag.CONFIRMED, cast.visit("carl", f"203.0.113.{n}"), cast.carl)
    browser.log_in("carl").get("/settings/activity")
    first = rows(browser)
    browser.follow("Older")
    second = rows(browser)
    assert (len(first), len(second)) == (50, 12)
    assert [row[5] for row in [*first, *second]] == [
        "192.0.2.10",
        *(f"203.0.113.{n}" for n in range(59, -1, -1)),
        "console",
    ]
    assert not any(link.get("rel") == ["next"] for link in browser.page.find_all("a"))
    assert rows(browser.follow("Newest")) == first


@pytest.mark.parametrize(("before", "status"), [("0", 200), ("-1", 200), ("x", 200), ("", 200), ("9" * 30, 404)])
def test_a_wild_place_in_the_list_is_no_error_of_ours(cast: Cast, browser: Browser, before: str, status: int) -> None:
    assert browser.log_in("carl").get(f"/settings/activity?before={before}").status == status


def test_the_security_page_shows_the_newest_five(cast: Cast, browser: Browser) -> None:
    for _ in range(6):
        browser.log_in("carl")
    assert len(rows(browser)) == 5


@pytest.mark.manual("D115")
def test_visits_of_the_provider_stand_there_by_name(cast: Cast, browser: Browser) -> None:
    audit.record(Tag.ACTING_BEGAN, cast.visit("sam"), cast.carl, details={"mode": "view", "role": "Full self-care"})
    audit.record(Tag.PASSWORD_CHANGED, replace(cast.visit("sam"), acting_as="carl"), cast.carl)
    browser.log_in("carl").get("/settings/activity")
    assert [row[:4] for row in rows(browser)][1:3] == [
        ["Password changed, by sam", "today 12:00 UTC", "carl", "sam"],
        ["sam logged in as you", "today 12:00 UTC", "carl", "sam"],
    ]


def test_the_short_list_says_by_whom_where_it_was_somebody_else(
    cast: Cast, browser: Browser, browser_at: Callable[[str], Browser]
) -> None:
    browser_at("192.0.2.20").log_in("sam").get(f"/admin/customers/{cast.carl.id}").submit("Make a link")
    browser.log_in("carl").get("/settings/security")
    said = [row.get_text() for row in browser.page.select("#activity-table tbody th")]
    assert said[:2] == ["Logged in with a password", "Link to set a password made, by sam"]
