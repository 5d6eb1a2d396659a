"""A class as somebody edits it in a form: whom a change touches, and two at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from domain import classes, edits, errors, preferences, users
from domain.audit import Tag
from domain.edits import ChangedMeanwhile, Clash
from domain.errors import N_, NN_
from domain.standing import Standing
from domain.visit import Visit
from models import AccountClass, ClassPolicy, Event, UserPolicy, database, run

EDITED = ("name", *classes.POLICY, *preferences.COLUMNS)  # the list has a form of its own
SAID = {ClassPolicy.OPTIONAL: N_("Optional"), ClassPolicy.REQUIRED: N_("Required"), ClassPolicy.OFF: N_("Off")}


class WouldDemandTwoFactor(errors.Refusal):
    """Who has no key is stopped at his next request, or counts down his days of grace from there."""

    status = 409
    message: str = NN_(
        "1 person would have to set up two-step authentication",
        "%(n)s people would have to set up two-step authentication",
        by="n",
    )
    hint: str = NN_(
        "They can put it off for 1 day from their first log-in. Then they do it before any other page.",
        "They can put it off for %(days)s days from their first log-in. Then they do it before any other page.",
        by="days",
    )
    hint_at_once = N_("They do it before any other page, from their next click on.")
    warning = "two_factor"

    def __init__(self, people: int, grace_days: int) -> None:
        super().__init__(n=people, days=grace_days)
        self.hint = self.hint if grace_days else self.hint_at_once


class WouldIgnoreKeys(errors.Refusal):
    """Off, while people have keys: a password alone lets in who is to be kept out by the key."""

    status = 409
    message: str = NN_(
        "1 key would lie dormant: its code is not asked for any more",
        "%(n)s keys would lie dormant: their codes are not asked for any more",
        by="n",
    )
    hint = N_("Passwords alone let in whoever knows them. The keys are kept and count again when it is on again.")
    warning = "two_factor"


class WouldDemandNoLonger(errors.Refusal):
    status = 409
    message: str = NN_(
        "Two-step authentication would no longer be required of 1 person",
        "Two-step authentication would no longer be required of %(n)s people",
        by="n",
    )
    hint = N_("Who has no key yet goes on without one.")
    warning = "two_factor"


class Touched(NamedTuple):
    """Whom a class concerns, by number, and what a change of its policy would do to them.

    `must_enrol` have no key and would need one; `dormant` have one that would not be asked for any more; of
    `released` none would be required any more.
    """

    people: int
    without_two_factor: int
    you: bool
    must_enrol: int
    dormant: int
    released: int


def touched(standing: Standing, group: AccountClass, two_factor: str = "", grace_days: str = "") -> Touched:
    """With this policy instead of its own, as far as it can be read; a shorter grace demands it too."""
    policy = two_factor if two_factor in set(ClassPolicy) else group.two_factor
    days = int(grace_days) if classes.is_number(grace_days) else group.grace_days
    sooner = group.two_factor != ClassPolicy.REQUIRED or days < group.grace_days
    [people, without, inherits_without, inherits_with] = run(
        "SELECT count(*), coalesce(sum(NOT enrolled), 0),"
        " coalesce(sum(NOT enrolled AND two_factor = :inherit), 0),"
        " coalesce(sum(enrolled AND two_factor = :inherit), 0)"
        " FROM user WHERE account_class_id = :id",
        id=group.id,
        inherit=UserPolicy.INHERIT,
    ).fetchone()
    return Touched(
        people,
        without,
        you=users.by_id(standing.keyboard.user_id).account_class_id == group.id,
        must_enrol=inherits_without if policy == ClassPolicy.REQUIRED and sooner else 0,
        dormant=inherits_with if policy == ClassPolicy.OFF != group.two_factor else 0,
        released=inherits_with + inherits_without if policy != ClassPolicy.REQUIRED == group.two_factor else 0,
    )


def save(
    standing: Standing,
    group: AccountClass,
    seen: Mapping[str, str],
    wanted: Mapping[str, str],
    visit: Visit,
    *,
    sure: bool = False,
) -> dict[str, tuple[str, str]]:
    """What a form brings; `seen` is what stood in it when it was opened. Returns what changed.

    Raises, before anything is stored: ChangedMeanwhile, BuiltIn, NameTaken, or Conflict with its field;
    WouldDemandTwoFactor, WouldIgnoreKeys or WouldDemandNoLonger, unless he is `sure`.
    """
    mine = {c: wanted[c] for c in EDITED if c in wanted and wanted[c] != seen.get(c)}
    with database.atomic():
        group, wished = classes.find(standing, group.id), classes.find(standing, group.id)
        for column, value in mine.items():
            classes.put(wished, column, value, EDITED)
        if clashes := _clashes(group, wished, seen, mine):
            raise ChangedMeanwhile(clashes)
        if not sure:
            _warn(touched(standing, group, wished.two_factor, str(wished.grace_days)), wished.grace_days)
        return classes.change(group, mine, visit, EDITED)


def _warn(found: Touched, grace_days: int) -> None:
    if found.must_enrol:
        raise WouldDemandTwoFactor(found.must_enrol, grace_days)
    if found.dormant:
        raise WouldIgnoreKeys(n=found.dormant)
    if found.released:
        raise WouldDemandNoLonger(n=found.released)


def _clashes(
    group: AccountClass, wished: AccountClass, seen: Mapping[str, str], mine: Iterable[str]
) -> dict[str, Clash]:
    stored, then = ({column: classes.shown(row, column) for column in mine} for row in (group, wished))
    return {column: _clash(group, column, stored[column]) for column in edits.clashing(seen, stored, then)}


def _clash(group: AccountClass, column: str, value: str) -> Clash:
    of_class = Event.select().where(Event.subject == group.name, Event.tag == Tag.CLASS_CHANGED.wire)
    said = errors.Refusal(SAID[ClassPolicy(value)]) if column == "two_factor" else value
    return Clash(column, edits.author(of_class, column), said)
