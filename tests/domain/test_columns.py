"""Columns as they are typed at a terminal: what a value means, and what is said where it means nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from domain import columns, errors
from models import UserPolicy
from tests.domain.seat import refused

UTC, BERLIN = ZoneInfo("UTC"), ZoneInfo("Europe/Berlin")


def conflict(act: Callable[[], object]) -> str:
    return str(refused(act, errors.Conflict))


def test_a_word_is_taken_as_it_is_written_and_as_long_as_the_column_allows() -> None:
    assert columns.one_of("two_factor", "yes", UserPolicy) == "yes"
    assert columns.short_enough("name", "ä" * 5, 5) == "ä" * 5
    assert conflict(lambda: columns.short_enough("name", "ä" * 6, 5)) == "name: longer than 5 characters"


@pytest.mark.parametrize("value", ["", "YES", " yes", "maybe"])
def test_another_word_is_refused_with_those_there_are(value: str) -> None:
    said = conflict(lambda: columns.one_of("two_factor", value, UserPolicy))
    assert said == f"two_factor: {value} is not allowed. Choose one of: inherit, yes, no"


def test_another_column_is_refused_with_those_there_are() -> None:
    assert str(columns.no_such_column("shoe", ("name", "email"))) == "shoe: no such column. There are: name, email."


@pytest.mark.parametrize(("value", "stored"), [("de_AT", "de"), ("", None), (" ", None)])
def test_a_preference_is_stored_as_preferences_have_it(value: str, stored: str | None) -> None:
    assert columns.preference("language", value) == stored


def test_a_wrong_preference_is_told_with_its_column() -> None:
    said = conflict(lambda: columns.preference("output_format", "DD.MM"))
    assert said == "output_format: The year is missing: add YYYY."


@pytest.mark.parametrize(
    ("column", "value", "zone", "at"),
    [
        ("activates_at", "2026-12-31", UTC, "2026-12-31T00:00Z"),
        ("activates_at", "2026-12-31", BERLIN, "2026-12-30T23:00Z"),
        ("activates_at", "2026-12-31T23:59:01", BERLIN, "2026-12-31T22:59:01Z"),
        ("activates_at", "2026-12-31T23:59+05:45", BERLIN, "2026-12-31T18:14Z"),
        ("activates_at", "1970-01-01", UTC, "1970-01-01T00:00Z"),
        ("activates_at", "8999-12-31", UTC, "8999-12-31T00:00Z"),
        ("expires_at", "2026-12-31", UTC, "2027-01-01T00:00Z"),
        ("expires_at", "2027-03-27", BERLIN, "2027-03-27T23:00Z"),
        ("expires_at", "2027-03-28", BERLIN, "2027-03-28T22:00Z"),
        ("expires_at", "2026-12-31T00:00", UTC, "2026-12-31T00:00Z"),
    ],
)
def test_a_date_is_one_of_the_zone_and_a_last_day_counts(column: str, value: str, zone: ZoneInfo, at: str) -> None:
    assert columns.instant(column, value, zone) == datetime.fromisoformat(at)


def test_no_date_is_none() -> None:
    assert columns.instant("expires_at", "", UTC) is None


@pytest.mark.parametrize("value", ["tomorrow", "31.12.2026", "2026-02-29", "2026-12-31 24:30", " ", "0"])
def test_what_is_not_a_date_is_refused_with_how_to_write_one(value: str) -> None:
    said = conflict(lambda: columns.instant("expires_at", value, UTC))
    assert said == f"expires_at: {value} is not a date. Write it as 2026-12-31 or 2026-12-31T23:59+01:00"


@pytest.mark.parametrize("value", ["1969-12-31T23:59", "9000-01-01", "0001-01-01"])
def test_a_year_that_no_form_could_show_is_refused(value: str) -> None:
    said = conflict(lambda: columns.instant("activates_at", value, UTC))
    assert said == f"activates_at: {value} is not accepted. Years are 1970 to 8999."
