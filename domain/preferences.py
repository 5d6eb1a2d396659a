"""Language, time zone and formats: each user's own, else his class's, else what his browser says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from domain import audit, errors, formats, languages, zones
from domain.audit import Tag
from domain.errors import N_
from domain.format_errors import FormatWrong, quoted
from domain.formats import Format
from domain.languages import Language
from domain.visit import Visit
from models import AccountClass, User, database

UTC = ZoneInfo("UTC")


class LanguageUnknown(errors.Refusal):
    message = N_("%(typed)s is not a language of this portal. There are: %(offered)s.")
    field = "language"


class Chosen(NamedTuple):
    """As stored, of a user or a class; None is not chosen there."""

    language: str | None
    time_zone: str | None
    output_format: str | None
    input_format: str | None

    def else_of(self, other: Chosen) -> Chosen:
        return Chosen(*(own or inherited for own, inherited in zip(self, other, strict=True)))


COLUMNS = Chosen._fields
NOTHING = Chosen(None, None, None, None)


@dataclass(frozen=True, slots=True, eq=False)
class Preferences:
    """What holds for a reader. `names_zone`: the reader has not chosen the zone, so times name it."""

    language: Language
    zone: ZoneInfo | None  # None: that of this machine
    output: Format
    input: Format
    names_zone: bool


def of(who: User | AccountClass) -> Chosen:
    return Chosen(*(getattr(who, column) for column in COLUMNS))


def held_by(user: User) -> Chosen:
    """His own, else his class's."""
    return of(user).else_of(of(user.account_class))


def in_force(chosen: Chosen, browser_language: Language | None = None, browser_zone: str = "") -> Preferences:
    """What was stored for the user and what his browser says; what this version does not know counts as not chosen."""
    language = (chosen.language and languages.find(chosen.language)) or browser_language or languages.english()
    return _preferences(language, chosen.time_zone or "", browser_zone, chosen.output_format, chosen.input_format)


@lru_cache(maxsize=512)
def _preferences(
    language: Language, time_zone: str, browser_zone: str, output: str | None, typed: str | None
) -> Preferences:
    zone = _zone_or_none(time_zone) or _zone_or_none(browser_zone)
    formats = _format_or_default(output), _format_or_default(typed)
    return Preferences(language, zone or UTC, *formats, names_zone=zone is None)


def _zone_or_none(name: str) -> ZoneInfo | None:
    try:
        return zones.known(name) if name else None
    except zones.ZoneUnknown:
        return None


def _format_or_default(text: str | None) -> Format:
    try:
        return formats.parse(text or formats.DEFAULT)
    except FormatWrong:
        return formats.parse(formats.DEFAULT)


def checked(column: str, written: str) -> str | None:
    """As it is stored; None for nothing: as the class has it. Raises a Refusal whose field is the column."""
    if column in ("language", "time_zone"):
        written = written.strip()
    if not written:
        return None
    match column:
        case "language":
            return _checked_language(written)
        case "time_zone":
            return zones.find(written)
        case _:
            return _checked_format(column, written)


def _checked_language(written: str) -> str:
    language = languages.find(written)
    if language is None:
        raise LanguageUnknown(typed=quoted(written), offered=", ".join(languages.offered()))
    return language.code


def _checked_format(column: str, written: str) -> str:
    try:
        return formats.parse(written).text
    except FormatWrong as refusal:
        refusal.field = column
        raise


def change(user: User, written: Mapping[str, str], visit: Visit) -> bool:
    """One's own; what is not in `written` stays. Nothing is stored when one is wrong. Tells whether one changed."""
    wanted = {column: checked(column, written[column]) for column in COLUMNS if column in written}
    with database.atomic():
        before = of(User.get_by_id(user.id))._asdict()
        changed = {column: value for column, value in wanted.items() if value != before[column]}
        if changed:
            User.update(changed).where(User.id == user.id).execute()
            details = {column: f"{before[column] or ''} → {value or ''}" for column, value in changed.items()}
            audit.record(Tag.PREFERENCES_CHANGED, visit, user, details=details)
    return bool(changed)
