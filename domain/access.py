"""The decision as data: whether a request may do what it asks, and by which rule not.

`decide` is pure. The guard enforces its verdict, pages explain it, tests drive it by tables.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.errors import N_, Refusal
from domain.permissions import Permission
from domain.standing import Standing


class Level(StrEnum):
    """How far somebody must have come to see a view."""

    PUBLIC = "public"
    SECOND_STEP = "second step"
    LOGGED_IN = "logged in"


class Rule(StrEnum):
    """The rules, in the order in which they are asked."""

    SESSION = "session"
    ACTIVE = "active"
    BINDING = "binding"
    PROVIDER_LIST = "provider list"
    OWN_LIST = "own list"
    CODE = "code"
    PASSWORD = "password"  # noqa: S105 (the name of a rule)
    ENROLMENT = "enrolment"
    PERMISSION = "permission"
    FRESH = "fresh"


@dataclass(frozen=True, slots=True)
class Need:
    """What a view asks of its visitor. `settles` names the rule that this view is the way out of."""

    level: Level
    permission: Permission | None = None
    fresh: bool = False
    settles: Rule | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """`rule` is the one that refused, None where nothing did."""

    rule: Rule | None = None

    @property
    def allowed(self) -> bool:
        return self.rule is None


BY_ADDRESS = frozenset({Rule.BINDING, Rule.PROVIDER_LIST, Rule.OWN_LIST})
_ALLOWED = Verdict()
_Question = Callable[[Need, Standing, datetime], bool]


def decide(need: Need, standing: Standing | None, now: datetime) -> Verdict:
    """The first rule that says no, in the order of Rule."""
    if need.level is Level.PUBLIC:
        return _ALLOWED
    if standing is None or standing.end is not None:
        return Verdict(Rule.SESSION)
    if standing.block is not None:
        return Verdict(Rule.ACTIVE)
    if rule := denied_by(standing):
        return Verdict(rule)
    for rule, refuses in _QUESTIONS:
        if refuses(need, standing, now):
            return Verdict(rule)
    return _ALLOWED


def denied_by(standing: Standing) -> Rule | None:
    """The rule by which this address is refused. The session goes on where it is allowed."""
    if standing.bind_session and not standing.opened_here:
        return Rule.BINDING
    if not standing.passes_provider:
        return Rule.PROVIDER_LIST
    return None if standing.passes_own else Rule.OWN_LIST


def _code_due(need: Need, standing: Standing, now: datetime) -> bool:
    return not standing.is_full and need.level is not Level.SECOND_STEP


def _password_due(need: Need, standing: Standing, now: datetime) -> bool:
    return standing.is_full and standing.must_change_password and need.settles is not Rule.PASSWORD


def _enrolment_due(need: Need, standing: Standing, now: datetime) -> bool:
    if not (standing.is_full and standing.must_enrol) or need.settles is Rule.ENROLMENT:
        return False
    if need.settles is Rule.PASSWORD and standing.must_change_password:
        return False
    return not (standing.enrolment_put_off and standing.grace_ends_at(now))


def _not_permitted(need: Need, standing: Standing, now: datetime) -> bool:
    if need.permission is None or need.permission in standing.permissions:
        return False
    return not (need.settles is Rule.ENROLMENT and standing.must_enrol)


def _stale(need: Need, standing: Standing, now: datetime) -> bool:
    return need.fresh and not standing.is_fresh(now)


_QUESTIONS: tuple[tuple[Rule, _Question], ...] = (
    (Rule.CODE, _code_due),
    (Rule.PASSWORD, _password_due),
    (Rule.ENROLMENT, _enrolment_due),
    (Rule.PERMISSION, _not_permitted),
    (Rule.FRESH, _stale),
)


class NotPermitted(Refusal):
    status = 403
    whole_page = True
    message = N_("Your role does not include this page")
    hint = N_("%(role)s has no access to it. Ask your provider for another role.")
