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
    return inherited(of(user), of(user.account_class))


@lru_cache(maxsize=512)
def inherited(own: Chosen, of_class: Chosen) -> Chosen:
    """Each the person's own, else his class's; what this version does not know counts as not chosen."""
    stored = zip(COLUMNS, own, of_class, strict=True)
    return Chosen(*(_known(column, mine) or _known(column, ours) for column, mine, ours in stored))


def _known(column: str, stored: str | None) -> str | None:
    try:
        return checked(column, stored or "")
    except errors.Refusal:
        return None


def in_force(chosen: Chosen, browser_language: Language | None = None, browser_zone: str = "") -> Preferences:
    """What was chosen, as `inherited` gives it, and what the browser says."""
    language = (chosen.language and languages.find(chosen.language)) or browser_language or languages.english()
    zone = chosen.time_zone or (browser_zone if zones.is_known(browser_zone) else None)
    return _preferences(language, zone, chosen.output_format, chosen.input_format)


@lru_cache(maxsize=512)
def _preferences(language: Language, zone: str | None, output: str | None, typed: str | None) -> Preferences:
    return Preferences(
        language=language,
        zone=zones.known(zone) if zone else UTC,
        output=formats.parse(output or formats.DEFAULT),
        input=formats.parse(typed or formats.DEFAULT),
        names_zone=zone is None,
    )


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
        raise LanguageUnknown(typed=quoted(written), offered=_offered())
    return language.code


def _offered() -> str:
    return ", ".join(f"{language.code} ({language.name})" for language in languages.offered().values())


def _checked_format(column: str, written: str) -> str:
    try:
        return formats.parse(written.strip()).text  # what is too long is not kept by the cache
    except FormatWrong as refusal:
        refusal.field = column
        raise


def change(user: User, written: Mapping[str, str], visit: Visit) -> bool:
    """One's own; what is written as it is stored, or not at all, stays. Nothing is stored when one is wrong.

    Tells whether one changed.
    """
    with database.atomic():
        before = of(User.get_by_id(user.id))._asdict()
        asked = {column: written[column] for column in COLUMNS if column in written}
        wanted = {column: checked(column, text) for column, text in asked.items() if text != (before[column] or "")}
        changed = {column: value for column, value in wanted.items() if value != before[column]}
        if changed:
            User.update(changed).where(User.id == user.id).execute()
            details = {column: f"{before[column] or ''} → {value or ''}" for column, value in changed.items()}
            audit.record(Tag.PREFERENCES_CHANGED, visit, user, details=details)
    return bool(changed)
