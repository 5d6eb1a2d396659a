"""How facts are said to a person in his language, zone and formats: instants, durations, browsers, refusals.

Used by pages and terminal alike. `speak` sets the reader, once a request.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from domain import audit, zones
from domain.errors import N_, NN_, Refusal
from domain.preferences import NOTHING, Preferences, in_force
from models import Event

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


_speaking: ContextVar[Preferences | None] = ContextVar("speaking", default=None)


def speak(preferences: Preferences | None) -> None:
    """From here on to this reader: the guard and the terminal say so. None: to nobody in particular."""
    _speaking.set(preferences)


def speaking() -> Preferences:
    """The reader's language, time zone and formats."""
    return _speaking.get() or in_force(NOTHING)


@contextmanager
def to(preferences: Preferences) -> Iterator[None]:
    """Meanwhile to another reader."""
    before = _speaking.set(preferences)
    try:
        yield
    finally:
        _speaking.reset(before)


def gettext(sentence: str, **values: object) -> str:
    return speaking().language.gettext(sentence, **values)


def number(number: int) -> str:
    return speaking().language.number(number)


def instant(at: datetime) -> str:
    """In the reader's zone and format; the zone is named where he cannot know it, or the clock shows a time twice."""
    local = _local(speaking(), at)
    return local.written + local.zone


class _Local(NamedTuple):
    """An instant as a reader has it. `zone` is empty where it goes without saying."""

    day: int
    written: str
    time: str
    zone: str
    full: str


@lru_cache(maxsize=1024)  # a page shows a dozen, mostly those of the last time: a twentieth of its cost
def _local(reader: Preferences, at: datetime) -> _Local:
    local = at.astimezone(reader.zone)
    written, time = reader.output.write(local, reader.language.months), reader.output.time(local)
    offset = zones.utc_offset(local.utcoffset() or timedelta(0))
    comes_twice = local.replace(fold=1 - local.fold).utcoffset() != local.utcoffset()
    zone = f" {offset}" if reader.names_zone or comes_twice else ""
    full = f"{written if reader.output.has_time else f'{written} {time}'} {offset}"
    return _Local(local.toordinal(), written, time, zone, full)


def long(at: datetime) -> str:
    """In words, to check a date that was typed: Friday, 5 March 2027, 09:30."""
    reader = speaking()
    local = at.astimezone(reader.zone)
    return gettext(
        N_("%(date)s, %(time)s"), date=reader.language.long_date(local.date()), time=reader.output.time(local)
    )


def day(at: datetime) -> str:
    reader = speaking()
    return reader.output.day(at.astimezone(reader.zone), reader.language.months)


def midnight(now: datetime) -> datetime:
    """When the reader's day began."""
    zone = speaking().zone
    return datetime.combine(now.astimezone(zone), time.min, zone)


def moment(at: datetime, now: datetime) -> tuple[str, str]:
    """As a list says it (today 09:41, yesterday 16:20, 17.11.2026 11:02), and in full for its title."""
    reader = speaking()
    local, days = _local(reader, at), now.astimezone(reader.zone).toordinal()
    sentence = _DAYS.get(days - local.day)
    return (gettext(sentence, time=local.time) if sentence else local.written) + local.zone, local.full


_DAYS = {0: N_("today %(time)s"), 1: N_("yesterday %(time)s")}


_UNITS = (
    (_DAY, NN_("1 day", "%(n)s days", by="n"), NN_("1 day ago", "%(n)s days ago", by="n")),
    (_HOUR, NN_("1 hour", "%(n)s hours", by="n"), NN_("1 hour ago", "%(n)s hours ago", by="n")),
    (_MINUTE, NN_("1 minute", "%(n)s minutes", by="n"), NN_("1 minute ago", "%(n)s minutes ago", by="n")),
)


def duration(seconds: int) -> str:
    """With one or two units: 45 s, 3 min 30 s, 4 minutes, 2 hours, 6 days. Rounded up."""
    if seconds < _MINUTE:
        return gettext(N_("%(n)s s"), n=seconds)
    if seconds < 10 * _MINUTE and seconds % _MINUTE:
        return gettext(N_("%(m)s min %(s)s s"), m=seconds // _MINUTE, s=seconds % _MINUTE)
    size, said, _ = next(unit for unit in _UNITS if seconds >= unit[0])
    return gettext(said, n=-(-seconds // size))


def ago(at: datetime, now: datetime) -> str:
    """Rounded down: an hour and a minute are 1 hour ago."""
    seconds = int((now - at).total_seconds())
    if seconds < 2 * _MINUTE:
        return gettext(N_("now"))
    size, _, said = next(unit for unit in _UNITS if seconds >= unit[0])
    return gettext(said, n=seconds // size)


def clock_offset(seconds: int) -> str:
    words = N_("%(time)s behind") if seconds < 0 else N_("%(time)s ahead")
    return gettext(words, time=duration(abs(seconds)))


def message(refusal: Refusal) -> str:
    return _filled(refusal.message, refusal)


def hint(refusal: Refusal) -> str:
    """The second sentence: what to do."""
    return _filled(refusal.hint, refusal)


def said(refusal: Refusal) -> str:
    """Message and hint as running text: a headline gets its full stop."""
    first, second = message(refusal), hint(refusal)
    return f"{first}{'' if first.endswith('.') else '.'} {second}" if second else first


def _filled(sentence: str, refusal: Refusal) -> str:
    return gettext(sentence, **{name: _said(name, value) for name, value in refusal.values.items()})


def _said(name: str, value: object) -> object:
    if isinstance(value, Refusal):
        return said(value)
    if isinstance(value, datetime):
        return instant(value)
    if name == "offset" and isinstance(value, int):
        return clock_offset(value)
    if name in ("wait", "pause") and isinstance(value, int):
        return duration(value)
    return value


def event(row: Event) -> str:
    sentence = gettext(audit.SENTENCES.get(row.tag, row.tag))
    details = json.loads(row.details)
    details.pop("as", None)  # whose account the actor was in
    if row.tag in (audit.Tag.USER_CHANGED.wire, audit.Tag.PREFERENCES_CHANGED.wire):
        columns = ", ".join(gettext(_COLUMNS.get(column, column)) for column in details)
        return gettext(N_("%(event)s: %(columns)s"), event=sentence, columns=columns)
    if row.tag in (audit.Tag.TRUSTED_IPS_CHANGED.wire, audit.Tag.PROVIDER_IPS_CHANGED.wire):
        changes = ", ".join(_list_changes(details))
        return gettext(N_("%(event)s: %(changes)s"), event=sentence, changes=changes) if changes else sentence
    method = details.get("method")
    return gettext(N_("%(event)s with a %(method)s"), event=sentence, method=gettext(method)) if method else sentence


_COLUMNS = {
    "login": N_("login"),
    "parent": N_("reseller"),
    "name": N_("name"),
    "email": N_("e-mail"),
    "role": N_("role"),
    "class": N_("class"),
    "two_factor": N_("two-step authentication"),
    "active": N_("active"),
    "activates_at": N_("activation date"),
    "expires_at": N_("expiry date"),
    "language": N_("language"),
    "time_zone": N_("time zone"),
    "output_format": N_("output format"),
    "input_format": N_("input format"),
}
_ACCESS = {
    "any": N_("from any IP"),
    "listed": N_("only from IPs in the list"),
    "inherit": N_("as defined by the customer class"),
}


def _list_changes(details: dict[str, Any]) -> Iterator[str]:
    """What became of a list: its mode, and its entries by name or, where they are many, by number."""
    if "access" in details:
        yield gettext(_ACCESS[details["access"].rpartition(" ")[2]])
    for what, one, many in (
        ("added", N_("%(network)s added"), N_("%(n)s added")),
        ("removed", N_("%(network)s removed"), N_("%(n)s removed")),
        ("edited", N_("note or expiry of %(network)s"), N_("notes or expiry of %(n)s")),
    ):
        count = details.get(f"{what}_count", 0)
        if count:
            yield gettext(one, network=details[what][0]) if count == 1 else gettext(many, n=number(count))


TERMINAL = "./postern"  # the agent of visits at the terminal
_BROWSERS = (("Firefox/", "Firefox"), ("Edg/", "Edge"), ("OPR/", "Opera"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def agent(user_agent: str) -> str:
    """A browser as its owner would call it; the words of the header itself where they are no known browser's."""
    if user_agent == TERMINAL:
        return gettext(N_("Terminal"))
    browser, system = _browser(user_agent)
    if browser and system:
        return gettext(N_("%(browser)s on %(system)s"), browser=browser, system=system)
    return browser or system or (re.split(r"[/ ]", user_agent)[0][:40] or gettext(N_("Unknown browser")))


@lru_cache(maxsize=1024)
def _browser(user_agent: str) -> tuple[str | None, str | None]:
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), None)
    return browser, next((name for mark, name in _SYSTEMS if mark in user_agent), None)


def is_phone(user_agent: str) -> bool:
    return any(mark in user_agent for mark in ("iPhone", "Android", "Mobile"))
