"""The languages that are offered, and what each brings: its sentences, the names of its months, its direction."""

from __future__ import annotations

import gettext
import json
import logging
import re
import struct
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import cast

from domain.errors import Counted
from domain.formats import Months

log = logging.getLogger("postern")
FOLDER = Path(__file__).parent.parent / "translations"
ENGLISH = "en"
# Two entries of each compiled catalogue that are no sentences: of which sentences it is the translation, and facts.
FINGERPRINT, CLDR = "x-sentences", "x-cldr"


@dataclass(frozen=True, eq=False)
class Language:
    """`code` as in HTML: de, pt-BR. All but the sentences is of CLDR (translations/cldr.py)."""

    code: str
    catalogue: gettext.NullTranslations
    name: str  # in the language itself
    direction: str  # ltr or rtl
    months: Months
    days: tuple[str, ...]  # from Monday
    thousands: str  # what separates them
    date_pattern: str
    cities: dict[str, str]  # by time zone, where the language spells them in its own way

    def gettext(self, sentence: str, **values: object) -> str:
        if self.direction == "rtl":
            values = {name: _isolated(value) for name, value in values.items()}
        if isinstance(sentence, Counted):
            return self.counted(sentence.one, sentence, cast(int, values[sentence.by])) % values
        return self.sentence(sentence) % values if values else self.sentence(sentence)

    @lru_cache(maxsize=4096)  # noqa: B019 (languages live as long as the process)
    def sentence(self, sentence: str) -> str:
        return self.catalogue.gettext(sentence) if sentence else ""  # gettext has its header under ""

    def counted(self, one: str, many: str, n: int) -> str:
        """The sentence in the form that n asks for, not filled yet."""
        return self.catalogue.ngettext(one, many, n)

    def number(self, number: int) -> str:
        return f"{number:,}".replace(",", self.thousands)

    def long_date(self, day: date) -> str:
        """Friday, 20 November 2026, as the language has it."""
        return self.date_pattern % {
            "weekday": self.days[day.weekday()],
            "day": day.day,
            "month": self.months.long[day.month - 1],
            "number": day.month,
            "year": day.year,
            "era": "",
        }


def _isolated(value: object) -> object:
    """Addresses and names keep their own direction within a sentence from right to left."""
    return f"\u2068{value}\u2069" if isinstance(value, str) else value


class Damaged(Exception):
    """The sentences of English themselves cannot be read. In English, since there is no other."""


@cache
def offered() -> dict[str, Language]:
    """By code. Only those whose compiled catalogue has every sentence of this version: nobody meets half a language.

    Raises Damaged.
    """
    catalogues = {path.parts[-3]: _read(path) for path in sorted(FOLDER.glob("*/LC_MESSAGES/messages.mo"))}
    english = catalogues.get(ENGLISH)
    if english is None:
        raise Damaged(f"{FOLDER}/en/LC_MESSAGES/messages.mo cannot be read. Put the folder back as Postern brings it.")
    whole = english.gettext(FINGERPRINT)
    complete = {code: found for code, found in catalogues.items() if found and found.gettext(FINGERPRINT) == whole}
    return {language.code: language for language in (_language(*pair) for pair in complete.items())}


def _language(code: str, catalogue: gettext.NullTranslations) -> Language:
    cldr = json.loads(catalogue.gettext(CLDR))
    return Language(
        code=code.replace("_", "-"),
        catalogue=catalogue,
        name=cldr["name"],
        direction=cldr["direction"],
        months=Months(tuple(cldr["short_months"]), tuple(cldr["long_months"])),
        days=tuple(cldr["days"]),
        thousands=cldr["thousands"],
        date_pattern=cldr["long_date"],
        cities=cldr["cities"],
    )


def _read(path: Path) -> gettext.GNUTranslations | None:
    try:
        with path.open("rb") as file:
            return gettext.GNUTranslations(file)
    except (OSError, ValueError, struct.error) as error:
        log.warning("%s cannot be read (%s): its language is not offered", path, error)
        return None


def english() -> Language:
    return offered()[ENGLISH]


@cache
def _by_tag() -> dict[str, Language]:
    codes = {code.casefold(): language for code, language in offered().items()}
    return {code.partition("-")[0]: language for code, language in codes.items()} | codes


def find(code: str) -> Language | None:
    """As offered, also for another region of it: de-AT is de. Case and _ for - do not matter."""
    tag = code.replace("_", "-").casefold()
    return _by_tag().get(tag) or _by_tag().get(tag.partition("-")[0])


LONGEST_HEADER = 200
_RANGE = re.compile(r"\s*([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)\s*(?:;\s*[qQ]=([01](?:\.[0-9]{0,3})?))?\s*")


@lru_cache(maxsize=256)
def negotiate(accept_language: str) -> Language:
    """The best for a header Accept-Language (RFC 9110, 12.5.4); else English."""
    wanted: list[tuple[float, str]] = []
    for part in accept_language.split(","):
        found = _RANGE.fullmatch(part)
        if found:
            wanted.append((float(found[2] or 1), found[1]))
    for quality, code in sorted(wanted, key=lambda range_: -range_[0]):
        language = find(code)
        if language and quality > 0:
            return language
    return english()
