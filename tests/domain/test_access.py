"""The decision: each rule, the order of the rules, and what stays open while a rule refuses."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.access import Level, Need, Rule, decide
from domain.authority import Act
from domain.permissions import Permission
from domain.policy import two_factor_policy
from domain.preferences import NOTHING
from domain.standing import Acting, End, Standing
from domain.users import Block
from models import Kind, Mode

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
GRACE = two_factor_policy("inherit", "required", 7)
AT_ONCE = two_factor_policy("yes", "optional", 0)
CARL = Standing(
    session_id=1,
    method="password",
    stage="full",
    last_used_at=NOW,
    confirmed_at=NOW,
    known_browser_id=None,
    previous_login_at=None,
    previous_login_address=None,
    enrolment_put_off=False,
    end=None,
    ended_at=None,
    user_id=4,
    login="carl",
    name="Carl Cole",
    kind="customer",
    role="Full self-care",
    permissions=frozenset(Permission),
    block=None,
    must_change_password=False,
    password_changed_at=None,
    policy=two_factor_policy("inherit", "optional", 0),
    grace_began_at=NOW,
    enrolled=False,
    idle=timedelta(hours=1),
    bind_session=False,
    opened_from="192.0.2.10",
    opened_here=True,
    own_list_id=None,
    provider_list_id=None,
    passes_own=True,
    passes_provider=True,
    tried_from=None,
    tried_at=None,
    relieved_until=None,
    chosen=NOTHING,
)
PENDING = replace(CARL, stage="password")
ELSEWHERE = replace(CARL, bind_session=True, opened_here=False)
SAM = replace(CARL, session_id=77, user_id=78, login="sam", kind="staff", permissions=frozenset(Permission))


def acting_by(mode: Mode = Mode.ASSIGNED, **actor: object) -> Standing:
    """sam acts for carl; what is given is of sam."""
    by = replace(SAM, **actor)  # type: ignore[arg-type]
    return replace(CARL, acting=Acting(by, mode, NOW + timedelta(hours=1), "Full self-care", "Full self-care"))


VISIT, LOOKING = acting_by(), acting_by(Mode.VIEW)
OPEN = Need(Level.PUBLIC)
OWN_ONLY = Need(Level.LOGGED_IN, while_acting=False)
CHANGE = Need(Level.LOGGED_IN, changes=True)
ENTER = Need(Level.LOGGED_IN, act=Act.ENTER, kind=Kind.CUSTOMER, fresh=True)
OWN_INDIVIDUALS = Need(Level.LOGGED_IN, act=Act.EDIT, kind=Kind.INDIVIDUAL)
CODE_STEP = Need(Level.SECOND_STEP)
PAGE = Need(Level.LOGGED_IN)
PANEL = Need(Level.LOGGED_IN, permissions=frozenset({Permission.TWO_FACTOR}), fresh=True)
CHANGE_PASSWORD = Need(Level.LOGGED_IN, settles=Rule.PASSWORD)
ENROL = Need(Level.LOGGED_IN, permissions=frozenset({Permission.TWO_FACTOR}), settles=Rule.ENROLMENT)
DUE = {"policy": AT_ONCE}
PUT_OFF = {"policy": GRACE, "enrolment_put_off": True}
STALE = {"confirmed_at": NOW - timedelta(minutes=15)}


@pytest.mark.parametrize(
    ("need", "standing", "rule"),
    [
        # nobody, and sessions that are over
        (OPEN, None, None),
        (CODE_STEP, None, Rule.SESSION),
        (PAGE, None, Rule.SESSION),
        (OPEN, replace(CARL, end=End.REVOKED), None),
        *((PAGE, replace(CARL, end=end), Rule.SESSION) for end in End),
        (CODE_STEP, replace(PENDING, end=End.OVER), Rule.SESSION),
        (PAGE, CARL, None),
        # active
        *((PAGE, replace(CARL, block=block), Rule.ACTIVE) for block in Block),
        (CODE_STEP, replace(PENDING, block=Block.EXPIRED), Rule.ACTIVE),
        (OPEN, replace(CARL, block=Block.SUSPENDED), None),
        # the address: at every step but on open pages; binding counts only where it is on
        (PAGE, ELSEWHERE, Rule.BINDING),
        (PAGE, replace(CARL, bind_session=True), None),
        (PAGE, replace(CARL, passes_provider=False), Rule.PROVIDER_LIST),
        (PAGE, replace(CARL, passes_own=False), Rule.OWN_LIST),
        *((CODE_STEP, replace(ELSEWHERE, stage=stage), Rule.BINDING) for stage in ("password", "full")),
        (CODE_STEP, replace(PENDING, passes_provider=False), Rule.PROVIDER_LIST),
        (CODE_STEP, replace(PENDING, passes_own=False), Rule.OWN_LIST),
        (CHANGE_PASSWORD, replace(CARL, passes_own=False, must_change_password=True), Rule.OWN_LIST),
        (ENROL, replace(CARL, passes_own=False, **DUE), Rule.OWN_LIST),
        (OPEN, replace(ELSEWHERE, passes_own=False, passes_provider=False), None),
        # code: the password alone opens the second step and nothing else, whatever a view settles
        (CODE_STEP, PENDING, None),
        (CODE_STEP, CARL, None),
        (PAGE, PENDING, Rule.CODE),
        (PANEL, PENDING, Rule.CODE),
        (CHANGE_PASSWORD, PENDING, Rule.CODE),
        (ENROL, PENDING, Rule.CODE),
        (CHANGE_PASSWORD, replace(PENDING, must_change_password=True), Rule.CODE),
        (ENROL, replace(PENDING, **DUE), Rule.CODE),
        # a due change of password
        (PAGE, replace(CARL, must_change_password=True), Rule.PASSWORD),
        (ENROL, replace(CARL, must_change_password=True), Rule.PASSWORD),
        (CHANGE_PASSWORD, replace(CARL, must_change_password=True), None),
        (CODE_STEP, replace(PENDING, must_change_password=True), None),
        (CODE_STEP, replace(CARL, must_change_password=True), Rule.PASSWORD),
        # a due enrolment
        (PAGE, replace(CARL, **DUE), Rule.ENROLMENT),
        (PAGE, replace(CARL, **DUE, enrolled=True), None),
        (PAGE, replace(CARL, policy=two_factor_policy("no", "required", 0)), None),
        (ENROL, replace(CARL, **DUE), None),
        (CHANGE_PASSWORD, replace(CARL, **DUE), Rule.ENROLMENT),
        (CHANGE_PASSWORD, replace(CARL, **DUE, must_change_password=True), None),
        (CODE_STEP, replace(PENDING, **DUE), None),
        (PAGE, replace(CARL, policy=GRACE), Rule.ENROLMENT),
        (PAGE, replace(CARL, **PUT_OFF), None),
        (PAGE, replace(CARL, **PUT_OFF, grace_began_at=NOW - timedelta(days=7)), Rule.ENROLMENT),
        (PAGE, replace(CARL, **DUE, enrolment_put_off=True), Rule.ENROLMENT),
        # permission: forced enrolment needs none
        (PANEL, replace(CARL, permissions=frozenset()), Rule.PERMISSION),
        (PANEL, replace(CARL, permissions=frozenset(Permission) - {Permission.TWO_FACTOR}), Rule.PERMISSION),
        (PAGE, replace(CARL, permissions=frozenset()), None),
        (CHANGE_PASSWORD, replace(CARL, permissions=frozenset()), None),
        (ENROL, replace(CARL, permissions=frozenset()), Rule.PERMISSION),
        (ENROL, replace(CARL, permissions=frozenset(), **DUE), None),
        (ENROL, replace(CARL, permissions=frozenset(), policy=GRACE), None),
        (ENROL, replace(CARL, permissions=frozenset(), **DUE, enrolled=True), Rule.PERMISSION),
        # acting: rules of the person ask the actor, rules of the account whom he acts for
        (PAGE, VISIT, None),
        (PAGE, acting_by(passes_own=False), Rule.OWN_LIST),
        (PAGE, acting_by(opened_here=False), Rule.BINDING),
        (PAGE, replace(VISIT, passes_own=False, passes_provider=False, opened_here=False), None),
        (PAGE, replace(VISIT, must_change_password=True, **DUE), None),
        (PAGE, acting_by(must_change_password=True), Rule.PASSWORD),
        (PANEL, acting_by(**STALE), Rule.FRESH),
        (PANEL, replace(VISIT, **STALE), None),
        (OWN_ONLY, VISIT, Rule.ACTING),
        (OWN_ONLY, CARL, None),
        (PANEL, replace(VISIT, permissions=frozenset()), Rule.PERMISSION),
        (PAGE, LOOKING, None),
        (CHANGE, LOOKING, Rule.VIEW_ONLY),
        (CHANGE, VISIT, None),
        (replace(CHANGE, settles=Rule.VIEW_ONLY), LOOKING, None),
        # fresh for 15 minutes, and for 8 hours where somebody is entered
        (ENTER, replace(SAM, confirmed_at=NOW - timedelta(hours=7, minutes=59)), None),
        (ENTER, replace(CARL, permissions=frozenset(Permission)), Rule.PERMISSION),
        (Need(Level.LOGGED_IN, act=Act.ENTER), SAM, Rule.PERMISSION),
        (OWN_INDIVIDUALS, replace(CARL, permissions=frozenset({Permission.INDIVIDUALS})), None),
        (OWN_INDIVIDUALS, replace(CARL, permissions=frozenset(Permission) - {Permission.INDIVIDUALS}), Rule.PERMISSION),
        (OWN_INDIVIDUALS, replace(CARL, kind="individual", permissions=frozenset(Permission)), Rule.PERMISSION),
        (OWN_INDIVIDUALS, acting_by(permissions=frozenset()), Rule.PERMISSION),
        (ENTER, replace(SAM, confirmed_at=NOW - timedelta(hours=8)), Rule.FRESH),
        (PANEL, replace(CARL, confirmed_at=NOW - timedelta(minutes=14, seconds=59)), None),
        (PANEL, replace(CARL, **STALE), Rule.FRESH),
        (PAGE, replace(CARL, **STALE), None),
    ],
)
def test_the_verdict_names_the_rule_that_refuses(need: Need, standing: Standing | None, rule: Rule | None) -> None:
    verdict = decide(need, standing, NOW)
    assert verdict.rule is rule
    assert verdict.allowed is (rule is None)


def test_of_several_refusals_the_first_in_the_order_of_the_rules_is_given() -> None:
    troubles = [
        (Rule.SESSION, {"end": End.IDLE}),
        (Rule.ACTIVE, {"block": Block.SUSPENDED}),
        (Rule.BINDING, {"opened_here": False}),
        (Rule.PROVIDER_LIST, {"passes_provider": False}),
        (Rule.OWN_LIST, {"passes_own": False}),
        (Rule.CODE, {"stage": "password"}),
        (Rule.PASSWORD, {"must_change_password": True}),
        (Rule.ENROLMENT, {"policy": AT_ONCE}),
        (Rule.PERMISSION, {"permissions": frozenset[Permission]()}),
        (Rule.FRESH, STALE),
    ]
    assert [rule for rule, _ in troubles] == [rule for rule in Rule if rule not in (Rule.ACTING, Rule.VIEW_ONLY)]
    standing = CARL
    for rule, trouble in reversed(troubles):
        standing = replace(standing, **trouble)  # type: ignore[arg-type]
        assert decide(PANEL, standing, NOW).rule is rule


def test_of_several_refusals_while_acting_the_first_is_given() -> None:
    stale = acting_by(Mode.VIEW, **STALE)
    need = replace(PANEL, changes=True)
    assert decide(need, stale, NOW).rule is Rule.VIEW_ONLY
    assert decide(need, replace(stale, permissions=frozenset()), NOW).rule is Rule.PERMISSION
    own = replace(need, while_acting=False)
    assert decide(own, replace(stale, permissions=frozenset()), NOW).rule is Rule.ACTING
    assert decide(own, acting_by(Mode.VIEW, **STALE, policy=AT_ONCE), NOW).rule is Rule.ENROLMENT
