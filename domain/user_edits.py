"""A person's columns as somebody who looks after him edits them in a form: what he may change, and two at once."""

from __future__ import annotations

from collections.abc import Mapping

from domain import authority, edits, errors, granting, new_users, preferences, user_columns, users
from domain.audit import Tag
from domain.authority import Act
from domain.edits import ChangedMeanwhile, Clash
from domain.errors import N_
from domain.standing import Standing
from domain.visit import Visit
from models import Event, Kind, User, UserPolicy, database

_OF_EVERYBODY = ("login", "name", "email", "role", *user_columns.DATES, *preferences.COLUMNS)
_TAGS = {"bind_session": (Tag.BINDING_ENABLED.wire, Tag.BINDING_DISABLED.wire)}


class PolicyOfProvider(errors.Refusal):
    status = 403
    field = "two_factor"
    message = N_("Only your provider lifts a demand for two-step authentication.")


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
    if user.kind == Kind.CUSTOMER and authority.may(standing, Kind.RESELLER, Act.VIEW):
        found += ("parent",)
    return found


def policies(standing: Standing, user: User) -> tuple[UserPolicy, ...]:
    """The two-step policies that he may set for somebody. A customer demands more than his provider, never less."""
    if standing.kind != Kind.CUSTOMER:
        return tuple(UserPolicy)
    return (UserPolicy(user.two_factor), UserPolicy.YES)


def classes(user: User) -> list[str]:
    """Those that he can have, and the one that he has."""
    present = user.account_class.name
    return sorted({present, *(group.name for group in new_users.classes_for(Kind(user.kind)))})


def save(
    standing: Standing, user: User, seen: Mapping[str, str], wanted: Mapping[str, str], visit: Visit
) -> dict[str, tuple[str, str]]:
    """Changes what is wanted, as far as he may; `seen` is what stood in the form when it was opened.

    Returns what changed. Raises ChangedMeanwhile, RoleOutOfReach, or Conflict with its field.
    """
    mine = {c: wanted[c] for c in changeable(standing, user) if c in wanted and wanted[c] != seen.get(c)}
    with database.atomic():
        user = authority.find(standing, Kind(user.kind), user.id, Act.EDIT)  # as it is now
        _refuse_beyond(standing, user, mine)
        if clashes := _clashes(user, seen, mine):
            raise ChangedMeanwhile(clashes)
        return users.change(user, mine, visit)


def _clashes(user: User, seen: Mapping[str, str], mine: Mapping[str, str]) -> dict[str, Clash]:
    wished = users.by_id(user.id)
    user_columns.put(wished, dict(mine))
    stored, then = ({column: user_columns.shown(row, column) for column in mine} for row in (user, wished))
    return {column: _clash(user, column, stored[column]) for column in edits.clashing(seen, stored, then)}


def _clash(user: User, column: str, value: str) -> Clash:
    at = getattr(user, column) if column in user_columns.DATES else value
    of_user = Event.select().where(Event.subject_user == user)
    return Clash(column, edits.author(of_user, column, _TAGS.get(column, ())), at)


def _refuse_beyond(standing: Standing, user: User, mine: Mapping[str, str]) -> None:
    if "role" in mine:
        granting.refuse_beyond(
            standing, Kind(user.kind), mine["role"], present=user.role.name, customer_id=user.parent_id
        )
    if mine.get("two_factor") not in (None, *policies(standing, user)):
        raise PolicyOfProvider
    if "class" in mine and mine["class"] not in classes(user):
        raise new_users.NoSuchClass
    if mine.get("parent") and (users.by_login(mine["parent"]) or user).kind != Kind.RESELLER:
        raise new_users.NoSuchReseller(login=mine["parent"])
