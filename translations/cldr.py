"""What CLDR knows of a language, through Babel: put into its compiled catalogue, so that no server has to load it."""

from __future__ import annotations

import re
from copy import deepcopy

from babel import Locale, localedata
from babel.core import get_global
from babel.dates import get_date_format

from domain import zones

# In English as in most of the world: Friday, 20 November 2026.
DATES_AS_IN = {"en": "en_001"}


def facts(code: str) -> dict[str, object]:
    """For domain.languages.Language; the cities are those of time zones that are not written as in the id."""
    locale = Locale.parse(code)
    calendar = _calendar(code)
    return {
        "name": (locale.display_name or code).capitalize(),
        "direction": "rtl" if locale.character_order == "right-to-left" else "ltr",
        "thousands": locale.number_symbols["latn"]["group"],
        "short_months": _in_order(calendar["months"]["stand-alone"]["abbreviated"]),
        "long_months": _in_order(calendar["months"]["format"]["wide"]),
        "days": _in_order(calendar["days"]["format"]["wide"]),  # from Monday
        "long_date": _long_date(Locale.parse(DATES_AS_IN.get(code, code))),
        "cities": {name: city for name in zones.places() if (city := _city(name, locale)) != zones.city(name)},
    }


def _calendar(code: str) -> localedata.LocaleDataDict:
    """A copy: where Babel looks up stand-alone names it writes one language's into another's (Babel #1234)."""
    loaded = localedata.load(code)
    return localedata.LocaleDataDict({name: deepcopy(loaded[name]) for name in ("months", "days")})


def _in_order(names: dict[int, str]) -> list[str]:
    return [names[number] for number in sorted(names)]


def _long_date(locale: Locale) -> str:
    """With the names of Language.long_date in the place of CLDR's letters; the era goes without saying."""
    names = {"EEEE": "weekday", "EEE": "weekday", "cccc": "weekday", "MMMM": "month", "MMM": "month", "M": "number"}
    names |= {"d": "day", "dd": "day", "y": "year", "G": "era"}
    return re.sub(r"%\((\w+)\)s", lambda found: f"%({names[found[1]]})s", get_date_format("full", locale).format)


def _city(name: str, locale: Locale) -> str:
    """Under today's id or an older one, by which CLDR goes; as the id has it where the language has no name for it."""
    ids = [name, *(old for old, new in get_global("zone_aliases").items() if new == name)]
    cities = (locale.time_zones.get(known, {}).get("city") for known in ids)
    return next(filter(None, cities), zones.city(name)).replace("\u00ad", "")  # soft hyphens, which nobody types
