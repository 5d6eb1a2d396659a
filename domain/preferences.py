"""Language, time zone and formats: each user's own, else his class's, else what his browser says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from domain import audit, errors, format_errors, formats, languages, zones
from domain.audit import Tag
from domain.errors import N_
from domain.formats import Format
from domain.languages import Language
from domain.visit import Visit
from models import AccountClass, User, database

UTC = ZoneInfo("UTC")
COLUMNS = ("language", "time_zone", "output_format", "input_format")


class LanguageUnknown(errors.Refusal):
    message = N_("%(typed)s is not a language of this portal. There are: %(offered)s")
    field = "language"


class Chosen(NamedTuple):
    """As stored, of a user or a class; None is not chosen there."""

    language: str | None
    time_zone: str | None
    output_format: str | None
    input_format: str | None

    def else_of(self, other: Chosen) -> Chosen:
        return Chosen(*(own or inherited for own, inherited in zip(self, other, strict=True)))


LOCALE = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")  # as gettext(3) asks them
NOTHING = Chosen(None, None, None, None)


@dataclass(frozen=True, slots=True, eq=False)
class Preferences:
    """What holds for a reader. `names_zone`: nobody has said where he is, so times are in UTC and say so."""

    language: Language
    zone: ZoneInfo | None  # None: that of this machine
    output: Format
    input: Format
    names_zone: bool


def of(who: User | AccountClass) -> Chosen:
    return Chosen(*(getattr(who, column) for column in COLUMNS))


def in_force(chosen: Chosen, browser_language: Language | None = None, browser_zone: str = "") -> Preferences:
    """What was stored for the user and what his browser says; what this version does not know counts as not chosen."""
    language = (chosen.language and languages.find(chosen.language)) or browser_language or languages.english()
    return _preferences(language, chosen.time_zone or "", browser_zone, chosen.output_format, chosen.input_format)


def of_terminal(environ: Mapping[str, str]) -> Preferences:
    """Of who sits at the terminal: the first of LANGUAGE, LC_ALL, LC_MESSAGES and LANG, and the zone of the machine."""
    said = next((environ[name] for name in LOCALE if environ.get(name)), "")
    asked = (languages.find(locale.partition(".")[0]) for locale in said.split(":"))
    chosen = in_force(NOTHING, next(filter(None, asked), None))
    return replace(chosen, zone=None)


@lru_cache(maxsize=512)
def _preferences(
    language: Language, time_zone: str, browser_zone: str, output: str | None, typed: str | None
) -> Preferences:
    zone = _zone(time_zone) or _zone(browser_zone)
    return Preferences(language, zone or UTC, _format_of(output), _format_of(typed), names_zone=zone is None)


def _zone(name: str) -> ZoneInfo | None:
    try:
        return zones.known(name) if name else None
    except zones.ZoneUnknown:
        return None


def _format_of(text: str | None) -> Format:
    try:
        return formats.parse(text or formats.DEFAULT)
    except formats.FormatWrong:
        return formats.parse(formats.DEFAULT)


def checked(column: str, written: str) -> str | None:
    """As it is stored; None for nothing: as the class has it. Raises a Refusal whose field is the column."""
    if not written:
        return None
    match column:
        case "language":
            language = languages.find(written.strip())
            if language is None:
                names = ", ".join(languages.offered())
                raise LanguageUnknown(typed=format_errors.shown(written), offered=names)
            return language.code
        case "time_zone":
            return zones.find(written)
        case _:
            return _format(column, written)


def _format(column: str, written: str) -> str:
    try:
        return formats.parse(written).text
    except formats.FormatWrong as refusal:
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
