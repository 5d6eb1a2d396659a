"""A person's columns as somebody who looks after him edits them in a form: what he may change, and two at once."""

from __future__ import annotations

import json
from collections.abc import Mapping

from domain import errors, new_users, preferences, roles, user_columns, users
from domain.audit import Tag
from domain.errors import N_
from domain.standing import Standing
from domain.visit import Visit
from models import Event, Kind, User, UserPolicy, database

EVENTS_READ = 50  # newest first, to tell who has changed a column meanwhile
_OF_EVERYBODY = ("login", "name", "email", "role", *user_columns.DATES, *preferences.COLUMNS)
_TAGS = {"bind_session": (Tag.BINDING_ENABLED.wire, Tag.BINDING_DISABLED.wire)}


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


def changeable(standing: Standing, user: User) -> tuple[str, ...]:
    """The columns that he may change of somebody whom he looks after.

    How one logs in oneself is changed under User settings, where it is proved. Whose customer somebody is, is the
    provider's affair.
    """
    found: tuple[str, ...] = _OF_EVERYBODY
    is_own = user.id == standing.user_id
    if not is_own:
        found += ("two_factor", "bind_session")
    if user.kind != Kind.INDIVIDUAL and not is_own:  # with its policy of two-step and its list
        found += ("class",)
    if standing.kind == Kind.STAFF and user.kind == Kind.CUSTOMER:
        found += ("parent",)
    return found


def classes(standing: Standing, user: User) -> list[str]:
    """Those that he can have, and the one that he has."""
    present = user.account_class.name
    return sorted({present, *(group.name for group in new_users.classes_for(standing, Kind(user.kind)))})


def save(
    standing: Standing, user: User, seen: Mapping[str, str], wanted: Mapping[str, str], visit: Visit
) -> dict[str, tuple[str, str]]:
    """Changes what is wanted, as far as he may; `seen` is what stood in the form when it was opened.

    Returns what changed. Raises ChangedMeanwhile, RoleOutOfReach, or Conflict with its field.
    """
    mine = {c: wanted[c] for c in changeable(standing, user) if c in wanted and wanted[c] != seen.get(c)}
    with database.atomic():
        user = users.by_id(user.id)
        _refuse_beyond(standing, user, mine)
        if clashes := _clashes(user, seen, mine):
            raise ChangedMeanwhile(clashes)
        return users.change(user, mine, visit)


def _clashes(user: User, seen: Mapping[str, str], mine: Mapping[str, str]) -> dict[str, Clash]:
    """Where he has seen neither what is stored now nor wants it; spellings of one value are one value."""
    wished = users.by_id(user.id)
    user_columns.put(wished, dict(mine))
    theirs = {column: user_columns.shown(user, column) for column in mine}
    return {
        column: _clash(user, column, value)
        for column, value in theirs.items()
        if value not in (seen.get(column, value), user_columns.shown(wished, column))
    }


def _clash(user: User, column: str, value: str) -> Clash:
    at = getattr(user, column) if column in user_columns.DATES else value
    newest = Event.select().where(Event.subject_user == user).order_by(Event.id.desc()).limit(EVENTS_READ)
    by = [event.actor for event in newest if column in json.loads(event.details) or event.tag in _TAGS.get(column, ())]
    return Clash(column, by[0] if by else "–", at)


def _refuse_beyond(standing: Standing, user: User, mine: Mapping[str, str]) -> None:
    if "role" in mine:
        roles.refuse_beyond(standing, Kind(user.kind), mine["role"], present=user.role.name)
    if "class" in mine and mine["class"] not in classes(standing, user):
        raise new_users.NoSuchClass
    if mine.get("parent") and (users.by_login(mine["parent"]) or user).kind != Kind.RESELLER:
        raise new_users.NoSuchReseller(login=mine["parent"])
