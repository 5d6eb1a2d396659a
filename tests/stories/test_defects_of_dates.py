"""What the models shipped and had to fix, with their numbers: a status wrong near midnight UTC or in Chatham."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask

from tests.blueprints.admin.test_person import field, page_of, save
from tests.browser import Browser
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("clock")

# The day of 21 November 2026 in each zone: its first instant, and that of the day after it.
DAYS = {
    "Pacific/Chatham": ("2026-11-20T10:15:00Z", "2026-11-21T10:15:00Z"),
    "Pacific/Kiritimati": ("2026-11-20T10:00:00Z", "2026-11-21T10:00:00Z"),
    "America/St_Johns": ("2026-11-21T03:30:00Z", "2026-11-22T03:30:00Z"),
    "Pacific/Pago_Pago": ("2026-11-21T11:00:00Z", "2026-11-22T11:00:00Z"),
    "UTC": ("2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z"),
}
STAFF_ZONES = ["UTC", "Pacific/Chatham", "America/Los_Angeles"]


def around(instant: str) -> tuple[datetime, datetime]:
    """The last second before it, and it."""
    at = datetime.fromisoformat(instant)
    return at - timedelta(seconds=1), at


def status(staff: Browser, page: str) -> str:
    """What the page of the person says: in words and as a chip."""
    words = staff.get(page).words
    [said] = [state for state in ("it has expired", "it is not active yet", "it is active") if f"Now {state}." in words]
    chips = staff.page.find(id="person-head").get_text()
    assert ("Expired" in chips, "Not active yet" in chips) == (said == "it has expired", said == "it is not active yet")
    return said


@pytest.mark.parametrize("zone_of_staff", STAFF_ZONES)
@pytest.mark.parametrize("zone", DAYS)
def test_2150_2214_a_login_becomes_active_when_its_day_begins_where_its_owner_lives(
    zone: str, zone_of_staff: str, cast: Cast, app: Flask, clock: time_machine.Traveller
) -> None:
    """Typed by staff who live elsewhere; log-in, list, page and menu of Log in all agree, to the second."""
    clock.move_to("2026-11-19T23:59:30Z")
    staff = Browser(app).log_in("sam").get("/settings/profile")
    staff.post("/settings/profile", {"time_zone": zone_of_staff})
    save(staff.get(page_of(cast.carl)), time_zone=zone, activates_at="21.11.2026")
    assert (field(staff, "activates_at")[:10], staff.status) == ("21.11.2026", 200)
    for instant, said, path in zip(
        around(DAYS[zone][0]), ("it is not active yet", "it is active"), ("/login", "/settings/security"), strict=True
    ):
        clock.move_to(instant)
        staff = Browser(app).log_in("sam")
        assert status(staff, page_of(cast.carl)) == said
        row = staff.get("/admin/customers?q=carl").page.tbody.get_text()
        assert ("Not active yet" in row) == (path == "/login")
        assert Browser(app).log_in("carl").path == path
        enter = staff.get(page_of(cast.carl)).button("Log in as Carl Cole")
        assert enter.has_attr("disabled") == (path == "/login")


@pytest.mark.parametrize("zone_of_staff", STAFF_ZONES)
@pytest.mark.parametrize("zone", DAYS)
def test_2216_2217_a_login_expires_when_its_day_ends_where_its_owner_lives(
    zone: str, zone_of_staff: str, cast: Cast, app: Flask, clock: time_machine.Traveller
) -> None:
    clock.move_to("2026-11-19T23:59:30Z")
    staff = Browser(app).log_in("sam").get("/settings/profile")
    staff.post("/settings/profile", {"time_zone": zone_of_staff})
    save(staff.get(page_of(cast.carl)), time_zone=zone, expires_at="21.11.2026")
    assert field(staff, "expires_at") == "21.11.2026", "as it was typed, wherever the reader lives"
    for instant, said in zip(around(DAYS[zone][1]), ("it is active", "it has expired"), strict=True):
        clock.move_to(instant)
        staff = Browser(app).log_in("sam")
        assert status(staff, page_of(cast.carl)) == said
        assert Browser(app).log_in("carl").is_logged_in == (said == "it is active")
        assert Browser(app).log_in("ivy").is_logged_in == (said == "it is active"), "and his individuals"
        assert "Nothing changed." in save(staff.get(page_of(cast.carl))).words, "looking and saving moves no date"


def test_2214_an_individual_lives_in_a_zone_of_his_own(cast: Cast, app: Flask, clock: time_machine.Traveller) -> None:
    staff = Browser(app).log_in("sam")
    save(staff.get(page_of(cast.carl)), time_zone="America/Los_Angeles")
    save(staff.get(page_of(cast.ivy)), time_zone="Pacific/Chatham", expires_at="21.11.2026 23:59")
    last, over = around("2026-11-21T10:14:00Z")
    clock.move_to(last)
    assert Browser(app).log_in("ivy").is_logged_in
    clock.move_to(over)
    assert not Browser(app).log_in("ivy").is_logged_in
    assert Browser(app).log_in("carl").is_logged_in
