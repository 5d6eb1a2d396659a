"""The decision: each rule, the order of the rules, and what stays open while a rule refuses."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.access import Level, Need, Rule, decide
from domain.permissions import Permission
from domain.policy import two_factor_policy
from domain.preferences import NOTHING
from domain.standing import End, Standing
from domain.users import Block

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
OPEN = Need(Level.PUBLIC)
CODE_STEP = Need(Level.SECOND_STEP)
PAGE = Need(Level.LOGGED_IN)
PANEL = Need(Level.LOGGED_IN, permission=Permission.TWO_FACTOR, fresh=True)
CHANGE_PASSWORD = Need(Level.LOGGED_IN, settles=Rule.PASSWORD)
ENROL = Need(Level.LOGGED_IN, permission=Permission.TWO_FACTOR, settles=Rule.ENROLMENT)
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
        (PAGE, replace(ELSEWHERE, bind_session=False), None),
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
        # fresh for 15 minutes
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
        (Rule.BINDING, {"bind_session": True, "opened_here": False}),
        (Rule.PROVIDER_LIST, {"passes_provider": False}),
        (Rule.OWN_LIST, {"passes_own": False}),
        (Rule.CODE, {"stage": "password"}),
        (Rule.PASSWORD, {"must_change_password": True}),
        (Rule.ENROLMENT, {"policy": AT_ONCE}),
        (Rule.PERMISSION, {"permissions": frozenset[Permission]()}),
        (Rule.FRESH, STALE),
    ]
    assert [rule for rule, _ in troubles] == list(Rule)
    standing = CARL
    for rule, trouble in reversed(troubles):
        standing = replace(standing, **trouble)  # type: ignore[arg-type]
        assert decide(PANEL, standing, NOW).rule is rule
