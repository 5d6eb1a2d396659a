"""How facts are said to a person: instants, durations, browsers, refusals. Used by pages and terminal alike."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from domain import audit
from domain.errors import N_, Refusal
from models import Event

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def gettext(sentence: str, **values: object) -> str:
    """English is what is written in the code."""
    return sentence % values if values else sentence


def instant(at: datetime) -> str:
    at = at.astimezone(UTC)
    return f"{at.day:02}.{at.month:02}.{at.year} {at.hour:02}:{at.minute:02} UTC"  # strftime costs five times as much


def day(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%d.%m.%Y")


def relative(at: datetime, now: datetime) -> str:
    """As in a list: today 09:41, yesterday 16:20, 17.11.2026 11:02."""
    at, today = at.astimezone(UTC), now.astimezone(UTC).date()
    if at.date() == today:
        return gettext(N_("today %(time)s"), time=f"{at.hour:02}:{at.minute:02}")
    if at.date() == today - timedelta(days=1):
        return gettext(N_("yesterday %(time)s"), time=f"{at.hour:02}:{at.minute:02}")
    return at.strftime("%d.%m.%Y %H:%M")


def duration(seconds: int) -> str:
    """With one or two units: 45 s, 3 min 30 s, 4 minutes, 2 hours, 6 days."""
    if seconds < _MINUTE:
        return gettext(N_("%(n)s s"), n=seconds)
    if seconds < 10 * _MINUTE and seconds % _MINUTE:
        return gettext(N_("%(m)s min %(s)s s"), m=seconds // _MINUTE, s=seconds % _MINUTE)
    for size, one, many in (
        (_DAY, N_("1 day"), N_("%(n)s days")),
        (_HOUR, N_("1 hour"), N_("%(n)s hours")),
        (_MINUTE, N_("1 minute"), N_("%(n)s minutes")),
    ):
        count = -(-seconds // size)
        if seconds > size or seconds == size:
            return gettext(one) if count == 1 else gettext(many, n=count)
    raise AssertionError(seconds)


def ago(at: datetime, now: datetime) -> str:
    """Rounded down: an hour and a minute are 1 hour ago."""
    seconds = int((now - at).total_seconds())
    if seconds < 2 * _MINUTE:
        return gettext(N_("now"))
    unit = next(size for size in (_DAY, _HOUR, _MINUTE) if seconds >= size)
    return gettext(N_("%(time)s ago"), time=duration(seconds - seconds % unit))


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
    values = {name: _said(name, value) for name, value in refusal.values.items()}
    return gettext(sentence, **values)


def _said(name: str, value: object) -> object:
    if isinstance(value, Refusal):
        return message(value)
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
    if row.tag == audit.Tag.USER_CHANGED.wire:
        return gettext(N_("%(event)s: %(columns)s"), event=sentence, columns=", ".join(details))
    if row.tag in (audit.Tag.TRUSTED_IPS_CHANGED.wire, audit.Tag.PROVIDER_IPS_CHANGED.wire):
        changes = ", ".join(_list_changes(details))
        return gettext(N_("%(event)s: %(changes)s"), event=sentence, changes=changes) if changes else sentence
    method = details.get("method")
    return gettext(N_("%(event)s with a %(method)s"), event=sentence, method=gettext(method)) if method else sentence


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
            yield gettext(one, network=details[what][0]) if count == 1 else gettext(many, n=count)


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


@lru_cache(maxsize=1024)
def agent(user_agent: str) -> str:
    """A browser as its owner would call it; the words of the header itself where they are no known browser's."""
    if user_agent == TERMINAL:
        return gettext(N_("Terminal"))
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), None)
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), None)
    if browser and system:
        return gettext(N_("%(browser)s on %(system)s"), browser=browser, system=system)
    return browser or system or (re.split(r"[/ ]", user_agent)[0][:40] or gettext(N_("Unknown browser")))


def is_phone(user_agent: str) -> bool:
    return any(mark in user_agent for mark in ("iPhone", "Android", "Mobile"))
