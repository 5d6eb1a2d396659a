"""The two-step policy that holds for a person, and for how long it can be put off."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from domain.policy import TwoFactorPolicy, two_factor_policy

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
OPEN, REQUIRED, OFF = (False, False), (False, True), (True, False)


@pytest.mark.parametrize(
    ("of_user", "of_class", "effective", "by_class", "grace"),
    [
        ("inherit", "optional", OPEN, True, None),
        ("inherit", "required", REQUIRED, True, 7),
        ("inherit", "off", OFF, True, None),
        ("yes", "optional", REQUIRED, False, None),
        ("yes", "required", REQUIRED, False, None),
        ("yes", "off", REQUIRED, False, None),
        ("no", "optional", OFF, False, None),
        ("no", "required", OFF, False, None),
        ("no", "off", OFF, False, None),
    ],
)
def test_the_user_decides_before_the_class_and_only_required_knows_grace(
    of_user: str, of_class: str, effective: tuple[bool, bool], by_class: bool, grace: int | None
) -> None:
    policy = two_factor_policy(of_user, of_class, 7)
    assert (policy.off, policy.required) == effective
    assert (policy.by_class, policy.grace_days) == (by_class, grace)


def test_required_without_days_of_grace_holds_at_once() -> None:
    assert two_factor_policy("inherit", "required", 0).grace_days is None


@pytest.mark.parametrize(
    ("policy", "began", "ends"),
    [
        (two_factor_policy("inherit", "required", 7), timedelta(), timedelta(days=7)),
        (two_factor_policy("inherit", "required", 7), timedelta(days=-6, hours=-23), timedelta(hours=1)),
        (two_factor_policy("inherit", "required", 7), timedelta(days=-7), None),
        (two_factor_policy("inherit", "required", 7), timedelta(days=-90), None),
        (two_factor_policy("inherit", "required", 7), None, timedelta(days=7)),
        (two_factor_policy("inherit", "required", 0), None, None),
        (two_factor_policy("yes", "required", 7), None, None),
        (two_factor_policy("inherit", "optional", 7), None, None),
    ],
)
def test_grace_counts_from_the_first_log_in_under_the_policy(
    policy: TwoFactorPolicy, began: timedelta | None, ends: timedelta | None
) -> None:
    began_at = None if began is None else NOON + began
    assert policy.grace_ends_at(began_at, NOON) == (None if ends is None else NOON + ends)
