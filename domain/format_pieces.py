"""What a format is made of, and which formats nobody could read back."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from typing import NamedTuple

from domain import format_errors
from domain.format_errors import FormatWrong

LONGEST = 40  # characters

# Longest first, as they are looked for; with what they say and how they are written: {0} is the local time, {1} and {2}
# the short and the long name of the month, {3} the year without its century, {4} the hour of twelve, {5} AM or PM.
# They are positions because names cost 0.4 µs a date.
SPECIFIERS = {
    "AM/PM": ("marker", "{5}"),
    "MONTH": ("month", "{2}"),
    "YYYY": ("year", "{0.year:04}"),
    "HH24": ("hour", "{0.hour:02}"),
    "HH12": ("hour", "{4:02}"),
    "MON": ("month", "{1}"),
    "DD": ("day", "{0.day:02}"),
    "MM": ("month", "{0.month:02}"),
    "YY": ("year", "{3:02}"),
    "HH": ("hour", "{0.hour:02}"),
    "MI": ("minute", "{0.minute:02}"),
    "SS": ("second", "{0.second:02}"),
    "AM": ("marker", "{5}"),
    "PM": ("marker", "{5}"),
    "D": ("day", "{0.day}"),
}
_KINDS = {specifier: kind for specifier, (kind, _) in SPECIFIERS.items()}
MISSING = {"year": format_errors.NO_YEAR, "month": format_errors.NO_MONTH, "day": format_errors.NO_DAY}
NAMES = ("MON", "MONTH")
_SPECIFIER = re.compile(f"({'|'.join(SPECIFIERS)})", re.IGNORECASE | re.ASCII)  # or "ſ" would be an S


class Pieces(NamedTuple):
    """A format taken apart: its specifiers, and before each of them a separator, and one at the end."""

    specifiers: tuple[str, ...]
    separators: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Pieces:
        """Raises FormatWrong."""
        text = text.strip()
        _check_signs(text)
        found = _SPECIFIER.split(text)
        pieces = cls(tuple(specifier.upper() for specifier in found[1::2]), tuple(found[::2]))
        _check_letters(pieces)
        _check_kinds(pieces)
        _check_order(pieces)
        return pieces

    @property
    def text(self) -> str:
        texts = (separator + specifier for separator, specifier in zip(self.separators, self.specifiers, strict=False))
        return "".join(texts) + self.separators[-1]

    def kind(self, place: int) -> str:
        return _KINDS[self.specifiers[place]]

    def date_part(self) -> list[int]:
        return [place for place in range(len(self.specifiers)) if self.kind(place) in MISSING]

    def time_part(self) -> list[int]:
        return [place for place in range(len(self.specifiers)) if self.kind(place) not in MISSING]

    def touches_previous(self, place: int) -> bool:
        """Whether nothing at all tells this specifier from the one before it."""
        inside = 0 < place < len(self.specifiers)
        return inside and not self.separators[place] and "marker" not in (self.kind(place - 1), self.kind(place))

    def template(self, places: list[int]) -> str:
        """To be filled by str.format. A part goes without what stands before it."""
        texts = [escaped(self.separators[place]) + SPECIFIERS[self.specifiers[place]][1] for place in places]
        return "".join(texts)[len(escaped(self.separators[places[0]])) :]


def escaped(separator: str) -> str:
    return separator.replace("{", "{{").replace("}", "}}")


# --- What could not be read back --------------------------------------------------------------------------------------


def _check_signs(text: str) -> None:
    if not text:
        raise FormatWrong(format_errors.EMPTY)
    if len(text) > LONGEST:
        raise FormatWrong(format_errors.TOO_LONG, most=LONGEST)
    if not all(sign == " " or sign.isalnum() or unicodedata.category(sign)[0] in "PS" for sign in text):
        raise FormatWrong(format_errors.SIGNS)


def _check_letters(pieces: Pieces) -> None:
    if unknown := re.search(r"[^\W_]+", "_".join(pieces.separators)):
        raise FormatWrong(format_errors.UNKNOWN, unknown=unknown[0])


def _check_kinds(pieces: Pieces) -> None:
    found: dict[str, str] = {}
    for specifier in pieces.specifiers:
        first = found.get(_KINDS[specifier])
        if first and specifier == "MM":
            raise FormatWrong(format_errors.SECOND_MM)
        if first == specifier:
            raise FormatWrong(format_errors.TWICE, specifier=specifier)
        if first:
            raise FormatWrong(format_errors.SAME, first=first, second=specifier)
        found[_KINDS[specifier]] = specifier
    _check_time(found)
    for kind, sentence in MISSING.items():
        if kind not in found:
            raise FormatWrong(sentence)


def _check_time(found: dict[str, str]) -> None:
    marker, hour = found.get("marker"), found.get("hour")
    if hour == "HH12" and not marker:
        raise FormatWrong(format_errors.NO_MARKER)
    if marker and hour != "HH12":
        raise FormatWrong(format_errors.NO_HH12, marker=marker)
    if "minute" in found and not hour:
        raise FormatWrong(format_errors.NO_HOUR)
    if "second" in found and "minute" not in found:
        raise FormatWrong(format_errors.NO_MINUTE)


def _check_order(pieces: Pieces) -> None:
    """`named`: a month's name touches, and some names of months end with digits."""
    kinds = [_KINDS[specifier] in MISSING for specifier in pieces.specifiers]
    if sum(kind != before for before, kind in pairwise(kinds)) > 1:
        raise FormatWrong(format_errors.MIXED)
    named = False
    for place, (before, after) in enumerate(pairwise(pieces.specifiers), 1):
        touches = pieces.touches_previous(place)
        named = touches and (named or before in NAMES)
        if touches and (before == "D" or (after == "D" and named)):
            raise FormatWrong(format_errors.GLUED, neighbour=after if before == "D" else before)
