"""What a role may contain. A permission that a role lacks hides the tab and refuses the route."""

from __future__ import annotations

import json
from enum import StrEnum
from functools import lru_cache


class Permission(StrEnum):
    PROFILE = "profile"  # one's own preferences
    TWO_FACTOR = "two_factor"
    ADDRESSES = "addresses"  # the own list, and binding
    SESSIONS = "sessions"  # with known browsers
    ACTIVITY = "activity"
    CUSTOMERS_VIEW = "customers.view"  # with their individuals, as all of these
    CUSTOMERS_EDIT = "customers.edit"
    CUSTOMERS_RESCUE = "customers.rescue"
    CUSTOMERS_ENTER = "customers.enter"
    RESELLERS_EDIT = "resellers.edit"  # also to see them
    STAFF = "staff"  # Owners alone: staff, staff roles and the staff class
    EVENTS = "events"  # of those whom one looks after


SELF_CARE = frozenset(
    {Permission.PROFILE, Permission.TWO_FACTOR, Permission.ADDRESSES, Permission.SESSIONS, Permission.ACTIVITY}
)


@lru_cache(maxsize=256)
def parse(stored: str) -> frozenset[Permission]:
    """The permissions of a role from its column; a name that this version does not know grants nothing."""
    known = set(Permission)
    return frozenset(Permission(name) for name in json.loads(stored) if name in known)
