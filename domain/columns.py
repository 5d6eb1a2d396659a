"""Columns as the terminal writes them: what a value means, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from domain import preferences, zones
from domain.errors import N_, Conflict, Refusal
from domain.formats import YEARS

DATE = re.compile(
    r"\d{4}-\d\d-\d\d(?![\d-])"
)  # of all that ISO 8601 has: weeks and 20261231 are too easily meant otherwise


def none_of(column: str, value: str, choices: Iterable[str]) -> Conflict:
    """The column takes one of several words, and the value is another."""
    said = N_("%(column)s: %(value)s is not allowed. Choose one of: %(choices)s")
    return Conflict(said, column=column, value=value, choices=", ".join(choices))


def no_such_column(column: str, columns: Iterable[str]) -> Conflict:
    said = N_("%(column)s: no such column. There are: %(columns)s.")
    return Conflict(said, column=column, columns=", ".join(columns))


def short_enough(column: str, value: str, most: int) -> str:
    if len(value) > most:
        raise Conflict(N_("%(column)s: longer than %(most)s characters"), column=column, most=most)
    if not value.isprintable():  # a name may not steer the terminal that shows it, nor turn a page around
        raise Conflict(N_("%(column)s: only letters, digits, punctuation and blanks are accepted"), column=column)
    return value


def one_of(column: str, value: str, allowed: Iterable[str]) -> str:
    names = [str(name) for name in allowed]
    if value not in names:
        raise none_of(column, value, names)
    return value


def preference(column: str, value: str) -> str | None:
    """As preferences have it; none for an empty one."""
    try:
        return preferences.checked(column, value)
    except Refusal as refusal:
        raise Conflict(N_("%(column)s: %(reason)s"), column=column, reason=refusal) from None


def instant(column: str, value: str, zone: ZoneInfo) -> datetime | None:
    """A time without an offset is one of that zone (manual MR97: in the time zone of whose date it is)."""
    if not value:
        return None
    parsed = _parsed(column, value)
    if column == "expires_at" and len(value) == len("2026-12-31"):
        parsed += timedelta(days=1)  # through the whole of its last day
    at = (parsed if parsed.tzinfo else zones.resolve(parsed, zone).at).astimezone(UTC)
    _check_year(column, value, at.year)
    return at


def _parsed(column: str, value: str) -> datetime:
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        parsed = None
    if parsed is None or not DATE.match(value):
        raise Conflict(
            N_("%(column)s: %(value)s is not a date. Write it as 2026-12-31 or 2026-12-31T23:59+01:00"),
            column=column,
            value=value,
        )
    _check_year(column, value, parsed.year)
    return parsed


def _check_year(column: str, value: str, year: int) -> None:
    if year not in YEARS:
        raise Conflict(
            N_("%(column)s: %(value)s is not accepted. Years are %(first)s to %(last)s."),
            column=column,
            value=value,
            first=YEARS[0],
            last=YEARS[-1],
        )
