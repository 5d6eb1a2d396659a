"""The languages that are offered, and what each brings: its sentences, the names of its months, its direction."""

from __future__ import annotations

import gettext
import re
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import cast

from babel import Locale, localedata
from babel.dates import format_date

from domain.errors import Counted
from domain.formats import Months

FOLDER = Path(__file__).parent.parent / "translations"
ENGLISH = "en"
FINGERPRINT = "x-sentences"  # an entry of each complete compiled catalogue: of which sentences it is the translation


@dataclass(frozen=True, slots=True, eq=False)
class Language:
    """`code` as in HTML (de, pt-BR); `name` in the language itself; `direction` ltr or rtl."""

    code: str
    name: str
    direction: str
    months: Months
    thousands: str  # what stands between groups of three digits
    locale: Locale  # for long dates and the names of cities
    catalogue: gettext.NullTranslations

    def gettext(self, sentence: str, **values: object) -> str:
        if isinstance(sentence, Counted):
            said = self.catalogue.ngettext(sentence.one, sentence, cast(int, values[sentence.by]))
        else:
            said = self.catalogue.gettext(sentence) if sentence else ""  # gettext has its header under ""
        return said % values if values else said

    def number(self, number: int) -> str:
        return f"{number:,}".replace(",", self.thousands)

    def long_date(self, day: date) -> str:
        """Friday, 20 November 2026, as the language has it."""
        return format_date(day, "full", self.locale)


@cache
def offered() -> dict[str, Language]:
    """By code. Only those whose compiled catalogue has every sentence of this version: nobody meets half a language."""
    catalogues = {path.parts[-3]: _read(path) for path in sorted(FOLDER.glob("*/LC_MESSAGES/messages.mo"))}
    whole = catalogues[ENGLISH].gettext(FINGERPRINT)
    complete = {code: found for code, found in catalogues.items() if found.gettext(FINGERPRINT) == whole}
    return {code.replace("_", "-"): _language(code, catalogue) for code, catalogue in complete.items()}


def _read(path: Path) -> gettext.GNUTranslations:
    with path.open("rb") as file:
        return gettext.GNUTranslations(file)


def _language(code: str, catalogue: gettext.NullTranslations) -> Language:
    locale = Locale.parse(code)
    return Language(
        code=code.replace("_", "-"),
        name=(locale.display_name or code).capitalize(),
        direction="rtl" if locale.character_order == "right-to-left" else "ltr",
        months=_months(locale),
        thousands=locale.number_symbols["latn"]["group"],
        locale=Locale("en", "001") if code == ENGLISH else locale,  # the day first, as in most of the world
        catalogue=catalogue,
    )


def _months(locale: Locale) -> Months:
    """From a copy: where Babel looks up stand-alone names it writes one language's into another's (Babel #1234)."""
    months = localedata.LocaleDataDict({"months": deepcopy(localedata.load(str(locale))["months"])})["months"]
    return Months(tuple(months["stand-alone"]["abbreviated"].values()), tuple(months["format"]["wide"].values()))


def english() -> Language:
    return offered()[ENGLISH]


def find(code: str) -> Language | None:
    """As offered, also for another region of it: de-AT is de. Case and _ for - do not matter."""
    code = code.replace("_", "-").casefold()
    by_code = {known.casefold(): language for known, language in offered().items()}
    by_name = {known.partition("-")[0]: language for known, language in by_code.items()}
    return by_code.get(code) or by_name.get(code.partition("-")[0])


LONGEST_HEADER = 200
_RANGE = re.compile(r"\s*([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)\s*(?:;\s*q=([01](?:\.[0-9]{0,3})?))?\s*")


@lru_cache(maxsize=256)
def negotiate(accept_language: str) -> Language:
    """The best for a header Accept-Language (RFC 9110, 12.5.4), at most its first 200 characters; else English."""
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
