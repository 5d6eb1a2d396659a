"""The decision as data: whether a request may do what it asks, and by which rule not.

`decide` is pure. The guard enforces its verdict, pages explain it, tests drive it by tables.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain import authority, site
from domain.authority import Act
from domain.errors import N_, Refusal
from domain.permissions import Permission
from domain.standing import FRESH, Standing
from models import Kind


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
    ACTING = "acting"
    PERMISSION = "permission"
    VIEW_ONLY = "view only"
    FRESH = "fresh"


@dataclass(frozen=True, slots=True)
class Need:
    """What a view asks of its visitor. `settles` names the rule that this view is the way out of.

    `act` is what it does with people of a `kind`, which `authority` permits; `changes` comes with the request.
    """

    level: Level
    permissions: frozenset[Permission] = frozenset()
    fresh: bool = False
    settles: Rule | None = None
    act: Act | None = None
    kind: Kind | None = None
    while_acting: bool = True
    changes: bool = False


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
    if standing.keyboard.block is not None:
        return Verdict(Rule.ACTIVE)
    if rule := denied_by(standing):
        return Verdict(rule)
    for rule, refuses in _QUESTIONS:
        if refuses(need, standing, now):
            return Verdict(rule)
    return _ALLOWED


def denied_by(standing: Standing) -> Rule | None:
    """The rule by which this address is refused. The session goes on where it is allowed."""
    who = standing.keyboard
    if not who.opened_here:
        return Rule.BINDING
    if not who.passes_provider:
        return Rule.PROVIDER_LIST
    return None if who.passes_own else Rule.OWN_LIST


def _code_due(need: Need, standing: Standing, now: datetime) -> bool:
    return not standing.is_full and need.level is not Level.SECOND_STEP


def _password_due(need: Need, standing: Standing, now: datetime) -> bool:
    who = standing.keyboard
    return who.is_full and who.must_change_password and need.settles is not Rule.PASSWORD


def _enrolment_due(need: Need, standing: Standing, now: datetime) -> bool:
    who = standing.keyboard
    if not (who.is_full and who.must_enrol) or need.settles is Rule.ENROLMENT:
        return False
    if need.settles is Rule.PASSWORD and who.must_change_password:
        return False
    return not (who.enrolment_put_off and who.grace_ends_at(now))


def _not_while_acting(need: Need, standing: Standing, now: datetime) -> bool:
    return standing.acting is not None and not need.while_acting


def _not_permitted(need: Need, standing: Standing, now: datetime) -> bool:
    looks_after = need.act is None or (need.kind is not None and authority.may(standing, need.kind, need.act))
    if looks_after and need.permissions <= standing.permissions:
        return False
    return not (need.settles is Rule.ENROLMENT and standing.must_enrol)


def _only_looking(need: Need, standing: Standing, now: datetime) -> bool:
    return standing.only_looks and need.changes and need.settles is not Rule.VIEW_ONLY


def _stale(need: Need, standing: Standing, now: datetime) -> bool:
    within = site.current().enter_within if need.act is Act.ENTER else FRESH
    return need.fresh and not standing.keyboard.is_fresh(now, within)


_QUESTIONS: tuple[tuple[Rule, _Question], ...] = (
    (Rule.CODE, _code_due),
    (Rule.PASSWORD, _password_due),
    (Rule.ENROLMENT, _enrolment_due),
    (Rule.ACTING, _not_while_acting),
    (Rule.PERMISSION, _not_permitted),
    (Rule.VIEW_ONLY, _only_looking),
    (Rule.FRESH, _stale),
)


class NotPermitted(Refusal):
    status = 403
    whole_page = True
    message = N_("Your role does not include this page")
    hint = N_("%(role)s has no access to it. Ask your provider for another role.")


class NotPermittedThere(NotPermitted):
    """Somebody acts for another; his own role may include the page."""

    hint = N_("You are logged in as %(login)s. Return to your own account for pages of your own.")


class NotWhileActing(Refusal):
    status = 403
    whole_page = True
    message = N_("Only %(login)s can change this")
    hint = N_("Passwords, two-step authentication and recovery codes are the person's own. Return to your own account.")


class ViewOnly(Refusal):
    status = 403
    whole_page = True
    message = N_("You are here to look only")
    hint = N_("Nothing was changed. Switch the role at the top of the page to change something.")
