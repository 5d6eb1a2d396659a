"""The effective two-step policy of a person, and where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from models import ClassPolicy, UserPolicy


@dataclass(frozen=True, slots=True)
class TwoFactorPolicy:
    """`off`: no code is asked, enabling is not offered. `required`: no Disable, enrolment before any other page.

    `grace_days` is None where Required holds at once; `by_class` tells whose decision it is.
    """

    off: bool
    required: bool
    by_class: bool
    grace_days: int | None = None

    def grace_ends_at(self, began_at: datetime | None, now: datetime) -> datetime | None:
        """The instant until which enrolment can be put off; None where it cannot be put off at all."""
        if self.grace_days is None:
            return None
        ends_at = (began_at or now) + timedelta(days=self.grace_days)
        return ends_at if ends_at > now else None


@lru_cache(maxsize=64)  # of the few that there are; the guard asks at each request
def two_factor_policy(of_user: str, of_class: str, grace_days: int) -> TwoFactorPolicy:
    """Only Required of a class knows grace; Yes of a user holds at once."""
    by_class = of_user == UserPolicy.INHERIT
    required = of_class == ClassPolicy.REQUIRED if by_class else of_user == UserPolicy.YES
    off = of_class == ClassPolicy.OFF if by_class else of_user == UserPolicy.NO
    grace = grace_days if by_class and required and grace_days > 0 else None
    return TwoFactorPolicy(off=off, required=required, by_class=by_class, grace_days=grace)
