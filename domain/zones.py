"""Time zones by their IANA ids, how people find them, and local times at the changes of clocks."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from functools import lru_cache
from importlib import resources
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from domain import languages
from domain.errors import N_, Refusal
from domain.format_errors import quoted
from domain.languages import Language
from domain.networks import Remark

LONGEST = 100  # characters; the longest id has 32
ZERO = timedelta(0)

# --- By name ----------------------------------------------------------------------------------------------------------


class ZoneUnknown(Refusal):
    message = N_("There is no time zone %(typed)s.")
    hint = N_("Write the capital or a large city, such as Berlin, or an id such as Europe/Berlin.")
    field = "time_zone"
    hint_near = N_("Did you mean %(near)s?")

    def __init__(self, typed: str, near: list[str]) -> None:
        self.hint = self.hint_near if near else self.hint
        super().__init__(typed=quoted(typed), near=", ".join(near))


@lru_cache(maxsize=64)
def known(name: str) -> ZoneInfo:
    """By the exact id; raises ZoneUnknown. No path gets to the files of the system.

    Cookies may ask for anything: close names, which cost 3 ms, are for those who type.
    """
    if name not in _names():
        raise ZoneUnknown(name, [])
    return ZoneInfo(name)


def is_known(name: str) -> bool:
    return name in _names()


def find(typed: str) -> str:
    """The id of what people type: "europe/berlin", "New York", "Wien", "utc"; raises ZoneUnknown."""
    name = _index().get(_folded(typed)) if len(typed) <= LONGEST else None
    if name is None:
        raise ZoneUnknown(typed, _near(typed))
    return name


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    """Asking costs 30 ms. The two left out are this computer's own zone, and none at all."""
    return frozenset(available_timezones() - {"localtime", "Factory"})


@lru_cache(maxsize=1)
def places() -> tuple[str, ...]:
    """The ids that stand for a place, as opposed to older names of them."""
    table = (resources.files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    return tuple(line.split("\t")[2] for line in table.splitlines() if not line.startswith("#"))


@lru_cache(maxsize=1)
def _index() -> dict[str, str]:
    """By whole id and by city alone, in each language; an id goes before a city of the same name."""
    spelt = {_folded(city): name for language in languages.offered().values() for name, city in language.cities.items()}
    cities = {_folded(city(name)): name for name in places()}
    return spelt | cities | {_folded(name): name for name in sorted(_names())}


def _near(typed: str) -> list[str]:
    found = get_close_matches(_folded(typed[:LONGEST]), _index(), n=3, cutoff=0.76)
    return list(dict.fromkeys(_index()[folded] for folded in found))


def _folded(text: str) -> str:
    """Letters without accents, digits, and the signs that tell one id from another: "St. John’s" is "stjohns"."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(sign for sign in plain if sign.isalnum() or sign in "/+-")


# --- To choose from ---------------------------------------------------------------------------------------------------


class Zone(NamedTuple):
    """As it is offered in a choice: the city in the language of the reader, the offset of the hour."""

    name: str
    city: str
    offset: timedelta


def offered(language: Language, now: datetime) -> tuple[Zone, ...]:
    """UTC, then those with a place from west to east."""
    return _offered(language, now.astimezone(UTC).replace(minute=0, second=0, microsecond=0))


@lru_cache(maxsize=8)
def _offered(language: Language, hour: datetime) -> tuple[Zone, ...]:
    """Takes 15 ms. Not one of the 400 zones read for it is kept."""
    zones = [_zone(ZoneInfo.no_cache(name), language, hour) for name in places()]
    return (Zone("UTC", "UTC", ZERO), *sorted(zones, key=lambda zone: (zone.offset, _folded(zone.city), zone.name)))


def _zone(zone: ZoneInfo, language: Language, at: datetime) -> Zone:
    return Zone(zone.key, language.cities.get(zone.key, city(zone.key)), at.astimezone(zone).utcoffset() or ZERO)


def city(name: str) -> str:
    return name.rpartition("/")[2].replace("_", " ")


@lru_cache(maxsize=128)
def utc_offset(offset: timedelta) -> str:
    """UTC+05:45; with seconds where clocks still followed the sun."""
    seconds = int(offset.total_seconds())
    if not seconds:
        return "UTC"
    hours, rest = divmod(abs(seconds), 3600)
    text = f"UTC{'-' if seconds < 0 else '+'}{hours:02}:{rest // 60:02}"
    return f"{text}:{rest % 60:02}" if rest % 60 else text


# --- Local times ------------------------------------------------------------------------------------------------------


class Resolved(NamedTuple):
    """`at` is in UTC. The remark is to be said to the person: the time that was typed is none, or it comes twice."""

    at: datetime
    remark: Remark | None


SKIPPED = N_("%(time)s does not exist on that day in %(zone)s: the clocks go forward. It was read as %(read)s.")
SKIPPED_DAY = N_(
    "%(time)s does not exist on that day in %(zone)s: the clocks go forward. It was read as %(read)s of the next day."
)
TWICE = N_("%(time)s comes twice on that day in %(zone)s: the clocks go back. It was read as the first, at %(offset)s.")


def resolve(local: datetime, zone: ZoneInfo) -> Resolved:
    """RFC 5545, 3.3.5: a time that is skipped is read with the offset before the gap, of two equal ones the first."""
    first, second = (local.replace(tzinfo=zone, fold=fold).utcoffset() or ZERO for fold in (0, 1))
    try:
        at = (local - first).replace(tzinfo=UTC, fold=0)
        real = at.astimezone(zone).replace(tzinfo=None, fold=0)
    except OverflowError:  # the first and the last day that a calendar can have
        return Resolved(local.replace(tzinfo=UTC, fold=0), None)
    if real != local:
        sentence = SKIPPED if real.date() == local.date() else SKIPPED_DAY
        return Resolved(at, Remark(sentence, {"time": f"{local:%H:%M}", "zone": zone.key, "read": f"{real:%H:%M}"}))
    if first != second:
        return Resolved(at, Remark(TWICE, {"time": f"{local:%H:%M}", "zone": zone.key, "offset": utc_offset(first)}))
    return Resolved(at, None)
