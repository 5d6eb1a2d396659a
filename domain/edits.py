"""Two who edit the same at once: the second is told what the first has set, and decides."""

from __future__ import annotations

import json
from collections.abc import Container, Mapping

from peewee import ModelSelect

from domain import errors
from domain.errors import N_
from models import Event, UserPolicy

EVENTS_READ = 50  # newest first, to tell who has changed a column meanwhile


class Clash(errors.Refusal):
    """What somebody else has set a column to meanwhile, said at its field."""

    status = 409
    message = N_("%(actor)s has set this to %(value)s meanwhile. Below is yours: save again to put it in its place.")
    _OF = {
        "": N_("%(actor)s has emptied this meanwhile. Below is yours: save again to put it in its place."),
        "yes": N_("%(actor)s has chosen Yes meanwhile. Below is yours: save again to put it in its place."),
        "no": N_("%(actor)s has chosen No meanwhile. Below is yours: save again to put it in its place."),
        UserPolicy.INHERIT: N_(
            "%(actor)s has left this to the class meanwhile. Below is yours: save again to put it in its place."
        ),
    }

    def __init__(self, column: str, actor: str, value: object) -> None:
        super().__init__(self._OF.get(str(value or ""), ""), actor=actor, value=value)
        self.field = column


class ChangedMeanwhile(errors.Refusal):
    """Both have changed the same columns; whoever saves again has seen what he replaces."""

    status = 409
    message = N_("Somebody else has changed this meanwhile")
    hint = N_("Nothing is saved yet. Look at the marked fields and save again.")

    def __init__(self, clashes: dict[str, Clash]) -> None:
        super().__init__()
        self.clashes = clashes


def clashing(seen: Mapping[str, str], stored: Mapping[str, str], wished: Mapping[str, str]) -> list[str]:
    """The columns where he has seen neither what is stored now nor wants it; spellings of one value are one value."""
    return [column for column, value in stored.items() if value not in (seen.get(column, value), wished[column])]


def author(events: ModelSelect, column: str, tags: Container[str] = ()) -> str:
    """Who has changed a column last: by the details of these events, or by one of these tags alone."""
    newest = events.order_by(Event.id.desc()).limit(EVENTS_READ)
    by = (event.actor for event in newest if column in json.loads(event.details) or event.tag in tags)
    return next(by, "–")
