"""Date and time formats as people write them: "DD.MM.YYYY HH24:MI". What is written in one can be read back in it.

A format that could be read in two ways is refused when it is chosen, with the cure, and not when a date is typed in it.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from typing import NamedTuple

from domain import format_errors
from domain.format_errors import DateWrong
from domain.format_pieces import NAMES, Pieces, escaped

LONGEST_TYPED = 200  # characters; more is not read at all
YEARS = range(1970, 9000)

DEFAULT = "DD.MM.YYYY HH24:MI"
READY: tuple[str, ...] = (
    DEFAULT,
    "DD.MM.YYYY HH24:MI:SS",
    "D. MONTH YYYY HH24:MI",
    "D MONTH YYYY HH24:MI",
    "DD/MM/YYYY HH24:MI",
    "DD-MM-YYYY HH24:MI",
    "MM/DD/YYYY HH12:MI AM",
    "MON D, YYYY HH12:MI AM",
    "YYYY-MM-DD HH24:MI",
    "YYYY-MM-DD HH24:MI:SS",
    "YYYY/MM/DD HH24:MI",
)


class Months(NamedTuple):
    """The names of the months in one language, as they stand in a date: twelve for MON and twelve for MONTH."""

    short: tuple[str, ...]
    long: tuple[str, ...]


class Typed(NamedTuple):
    """`time` is None where none was typed."""

    day: date
    time: time | None


# --- Formats ----------------------------------------------------------------------------------------------------------

_NAMELESS = Months(("",) * 12, ("",) * 12)
_EXAMPLE = datetime.fromisoformat("2027-12-31 18:30")


@dataclass(frozen=True, slots=True)
class Format:
    """Made by `parse` only. `text`: as the person wrote it, the specifiers in capitals."""

    text: str
    has_time: bool
    _whole: str
    _day: str
    _time: str

    def write(self, local: datetime, months: Months) -> str:
        return _filled(self._whole, local, months)

    def day(self, local: datetime, months: Months) -> str:
        """The date alone."""
        return _filled(self._day, local, months)

    def time(self, local: datetime) -> str:
        """The time alone; HH24:MI where the format has none."""
        return _filled(self._time, local, _NAMELESS)

    def read(self, typed: str, months: Months) -> Typed:
        """Raises DateWrong."""
        typed = typed.strip()
        reader = _reader(self.text, months)
        found = reader.pattern.fullmatch(_folded(typed)) if len(typed) <= LONGEST_TYPED else None
        quoted = format_errors.quoted(typed)
        if found is None:
            sentence = format_errors.NO_DATE if typed else format_errors.NOTHING
            raise DateWrong(sentence, typed=quoted, format=self.text, example=self.write(_EXAMPLE, months))
        parts = {kind: text for kind, text in found.groupdict().items() if text is not None}
        if "name" in parts:
            parts["month"] = str(reader.names[parts["name"]])
        return Typed(_day(parts, quoted, self.text), _time(parts, quoted))


def _filled(template: str, local: datetime, months: Months) -> str:
    """All that a template can ask for; to look first for what it does ask for would cost more."""
    month, hour = local.month - 1, local.hour
    half = "AM" if hour < 12 else "PM"
    return template.format(local, months.short[month], months.long[month], local.year % 100, hour % 12 or 12, half)


@lru_cache(maxsize=256)
def parse(text: str) -> Format:
    """Raises FormatWrong."""
    pieces = Pieces.of(text)
    dates, times = pieces.date_part(), pieces.time_part()
    return Format(
        text=pieces.text,
        has_time=bool(times),
        _whole=escaped(pieces.separators[0]) + pieces.template(sorted(dates + times)) + escaped(pieces.separators[-1]),
        _day=pieces.template(dates),
        _time=pieces.template(times) if times else "{0.hour:02}:{0.minute:02}",
    )


# --- Reading ----------------------------------------------------------------------------------------------------------


class _Reader(NamedTuple):
    pattern: re.Pattern[str]
    names: dict[str, int]


@lru_cache(maxsize=256)
def _reader(text: str, months: Months) -> _Reader:
    pieces = Pieces.of(text)
    names = _names(pieces, months)
    dates, times = pieces.date_part(), pieces.time_part()
    pattern = _part(pieces, dates, names)
    if times and times[0] > dates[0]:
        pattern += f"(?:{_separator(pieces, times[0])}(?:{_part(pieces, times, names)})?)?"
    elif times:
        pattern = f"(?:(?:{_part(pieces, times, names)})?{_separator(pieces, dates[0])})?{pattern}"
    first, last = (_separator(pieces, place) for place in (0, len(pieces.specifiers)))
    return _Reader(re.compile(f"(?:{first})?{pattern}(?:{last})?"), names)


def _names(pieces: Pieces, months: Months) -> dict[str, int]:
    """Short and long ones; where a name is of both kinds, it is of the format's own."""
    groups = (months.short, months.long) if "MONTH" in pieces.specifiers else (months.long, months.short)
    return {_folded(name).rstrip("."): number for names in groups for number, name in enumerate(names, 1)}


def _part(pieces: Pieces, places: list[int], names: dict[str, int]) -> str:
    """The seconds go together with the separator before them or, where they come first, after them."""
    pattern = ""
    for place in places:
        specifier = _specifier(pieces, place, names)
        after_seconds = place - 1 == places[0] and pieces.kind(place - 1) == "second"
        before = "" if place == places[0] or after_seconds else _separator(pieces, place)
        if pieces.kind(place) == "second":
            after = _separator(pieces, place + 1) if place == places[0] else ""
            pattern += f"(?:{before}{specifier}{after})?"
        else:
            pattern += before + specifier
    return pattern


def _specifier(pieces: Pieces, place: int, names: dict[str, int]) -> str:
    specifier, kind = pieces.specifiers[place], pieces.kind(place)
    if specifier in NAMES:
        return f"(?P<name>{'|'.join(re.escape(name) for name in sorted(names, key=len, reverse=True))})\\.?"
    if kind == "marker":
        return r"(?P<marker>[ap])\.?m\.?"
    if kind == "year":
        return f"(?P<year>[0-9]{{{len(specifier)}}})"
    alone = specifier == "D" or not (pieces.touches_previous(place) or pieces.touches_previous(place + 1))
    return f"(?P<{kind}>[0-9]{{{'1,2' if alone else '2'}}})"


def _separator(pieces: Pieces, place: int) -> str:
    """Blanks count where nothing else separates, and AM or PM can do without."""
    signs = re.sub(" ", "", _folded(pieces.separators[place]))
    if signs:
        return f" ?{' ?'.join(re.escape(sign) for sign in signs)} ?"
    if "marker" in [pieces.kind(beside) for beside in (place - 1, place) if 0 <= beside < len(pieces.specifiers)]:
        return " ?"
    return " " if pieces.separators[place] else ""


def _folded(text: str) -> str:
    """As it is compared: case, runs of blanks and the two i of Turkish make no difference."""
    folded = unicodedata.normalize("NFC", text).casefold().replace("i\u0307", "i").replace("ı", "i")
    return " ".join(folded.split())


def _day(parts: dict[str, str], quoted: str, format: str) -> date:
    year, month, day = int(parts["year"]), int(parts["month"]), int(parts["day"])
    if len(parts["year"]) == 2:
        year += 2000
    if year not in YEARS:
        raise DateWrong(format_errors.YEAR, typed=quoted, first=YEARS[0], last=YEARS[-1])
    if not 1 <= month <= 12:
        raise DateWrong(format_errors.MONTH, typed=quoted, month=parts["month"], format=format)
    days = monthrange(year, month)[1]
    if not 1 <= day <= days:
        raise DateWrong(format_errors.DAY, typed=quoted, day=parts["day"], days=days)
    return date(year, month, day)


def _time(parts: dict[str, str], quoted: str) -> time | None:
    if "hour" not in parts:
        return None
    hour, minute, second = (int(parts.get(kind, "0")) for kind in ("hour", "minute", "second"))
    if "marker" in parts and not 1 <= hour <= 12:
        raise DateWrong(format_errors.HOUR_12, typed=quoted, hour=parts["hour"])
    if "marker" in parts:
        hour = hour % 12 + (12 if parts["marker"] == "p" else 0)
    if hour > 23:
        raise DateWrong(format_errors.HOUR, typed=quoted, hour=parts["hour"])
    if minute > 59:
        raise DateWrong(format_errors.MINUTE, typed=quoted, minute=parts["minute"])
    if second > 59:
        raise DateWrong(format_errors.SECOND, typed=quoted, second=parts["second"])
    return time(hour, minute, second)
