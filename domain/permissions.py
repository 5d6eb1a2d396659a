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


@lru_cache(maxsize=256)
def parse(stored: str) -> frozenset[Permission]:
    """The permissions of a role from its column; a name that this version does not know grants nothing."""
    known = set(Permission)
    return frozenset(Permission(name) for name in json.loads(stored) if name in known)
