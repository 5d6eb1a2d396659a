"""A person's columns while somebody edits them: what stands in his form, as he reads and types it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain import user_columns
from domain.format_errors import DateWrong
from domain.formats import Typed
from domain.networks import Remark
from domain.preferences import Preferences
from domain.user_columns import DATES
from domain.zones import resolve
from models import User

SEEN, SHOWN = "seen_", "shown_"  # in front of the names of hidden fields
FORMATS = ("output_format", "input_format")
OWN = "own"  # the choice of a format that is typed beside it
NOTHING = " "  # for such a format that was not typed; empty would mean as the class has it


@dataclass(frozen=True, slots=True)
class Draft:
    """`written` stands in the fields. `seen` is what was stored when the form was opened, `shown` what the fields of
    dates said then."""

    written: dict[str, str]
    seen: dict[str, str]
    shown: dict[str, str]

    def is_changed(self, column: str) -> bool:
        return self.written[column] != self.shown.get(column, self.seen[column])

    def wanted(self, reader: Preferences) -> dict[str, str]:
        """What was changed, in its written form. Raises DateWrong, whose field is the column."""
        return written({column: self.written[column] for column in self.seen if self.is_changed(column)}, reader)

    def remarks(self, zone: ZoneInfo, reader: Preferences) -> list[Remark]:
        """What a change of clocks made of the times that were typed."""
        return remarks({c: self.written[c] for c in self.seen if self.is_changed(c)}, zone, reader)

    def over(self, stored: Draft) -> Draft:
        """His changes on what is stored now, which he has seen from here on."""
        return replace(stored, written={c: (self if self.is_changed(c) else stored).written[c] for c in stored.written})


def written(typed: Mapping[str, str], reader: Preferences) -> dict[str, str]:
    """Columns in their written form, dates in no zone yet. Raises DateWrong, whose field is the column."""
    return {c: _written(_typed(text, c, reader)) if c in DATES else text for c, text in typed.items()}


def _written(found: Typed | None) -> str:
    if found is None:
        return ""
    return found.day.isoformat() if found.time is None else datetime.combine(found.day, found.time).isoformat()


def remarks(typed: Mapping[str, str], zone: ZoneInfo, reader: Preferences) -> list[Remark]:
    """What a change of clocks made of the times among what was typed."""
    dates = [_typed(typed[column], column, reader) for column in DATES if column in typed]
    found = [resolve(datetime.combine(at.day, at.time), zone).remark for at in dates if at and at.time]
    return [remark for remark in found if remark]


def _typed(text: str, column: str, reader: Preferences) -> Typed | None:
    if not text.strip():
        return None
    try:
        return reader.input.read(text, reader.language.months)
    except DateWrong as refusal:
        refusal.field = column
        raise


def of(user: User, columns: Iterable[str], reader: Preferences) -> Draft:
    seen = {column: user_columns.shown(user, column) for column in columns}
    zone = user_columns.zone_of(user)
    shown = {column: _date(getattr(user, column), column, zone, reader) for column in DATES if column in seen}
    return Draft(seen | shown, seen, shown)


def _date(at: datetime | None, column: str, zone: ZoneInfo, reader: Preferences) -> str:
    """In the zone of whose login it is. Who expires at midnight is here through the whole of the day before."""
    if at is None:
        return ""
    local = at.astimezone(zone)
    if column == "expires_at" and local.time() == time.min:
        return reader.input.day(local - timedelta(days=1), reader.language.months)
    return reader.input.write(local, reader.language.months)


def of_form(stored: Draft, form: Mapping[str, str]) -> Draft:
    """What a form brings; what it leaves out stays. A box that is not ticked is left out by browsers too."""
    written = stored.written | {column: form[column] for column in stored.written if column in form}
    for column in FORMATS:
        if written.get(column) == OWN:
            written[column] = form.get(f"{OWN}_{column}") or NOTHING
    if "bind_session" in stored.seen and f"{SEEN}bind_session" in form:
        written["bind_session"] = form.get("bind_session", "no")
    seen = {column: form.get(SEEN + column, text) for column, text in stored.seen.items()}
    shown = {column: form.get(SHOWN + column, text) for column, text in stored.shown.items()}
    return Draft(written, seen, shown)
