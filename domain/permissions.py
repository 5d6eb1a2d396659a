"""What a role may contain. A permission that a role lacks hides the tab and refuses the route."""

from __future__ import annotations

import json
from enum import StrEnum
from functools import lru_cache

from models import Kind, RoleKind


class Permission(StrEnum):
    PROFILE = "profile"  # one's own preferences
    TWO_FACTOR = "two_factor"
    ADDRESSES = "addresses"  # the own list, and binding
    SESSIONS = "sessions"  # with known browsers
    ACTIVITY = "activity"
    INDIVIDUALS = "individuals"  # of a customer, his own; whoever has none may give it to others
    CUSTOMERS_VIEW = "customers.view"  # with their individuals, as all of these
    CUSTOMERS_EDIT = "customers.edit"
    CUSTOMERS_RESCUE = "customers.rescue"
    CUSTOMERS_ENTER = "customers.enter"
    RESELLERS_EDIT = "resellers.edit"  # also to see them
    CLASSES = "classes"
    ROLES = "roles"
    STAFF = "staff"  # Owners alone: staff, staff roles and the staff class
    EVENTS = "events"  # of those whom one looks after


# What a role of each kind may contain, in the order of lists.
_SELF_CARE = (
    Permission.PROFILE,
    Permission.TWO_FACTOR,
    Permission.ADDRESSES,
    Permission.SESSIONS,
    Permission.ACTIVITY,
    Permission.INDIVIDUALS,
)
_RESELLER = (
    *_SELF_CARE,
    Permission.CUSTOMERS_VIEW,
    Permission.CUSTOMERS_EDIT,
    Permission.CUSTOMERS_RESCUE,
    Permission.CUSTOMERS_ENTER,
    Permission.EVENTS,
)
OF_KIND: dict[RoleKind, tuple[Permission, ...]] = {
    RoleKind.SELF_CARE: _SELF_CARE,
    RoleKind.RESELLER: _RESELLER,
    RoleKind.STAFF: (*_RESELLER, Permission.RESELLERS_EDIT, Permission.CLASSES, Permission.ROLES),
}
SELF_CARE = frozenset(_SELF_CARE)


@lru_cache(maxsize=256)
def parse(stored: str) -> frozenset[Permission]:
    """The permissions of a role from its column; what this version does not know, or cannot read, grants nothing."""
    known = set(Permission)
    try:
        names = json.loads(stored)
    except (ValueError, RecursionError):
        names = []
    names = names if isinstance(names, list) else []
    return frozenset(Permission(name) for name in names if isinstance(name, str) and name in known)


@lru_cache(maxsize=256)
def held(kind: str, stored: str) -> frozenset[Permission]:
    """Of a person of that kind: no more than a role for him may contain, whichever he was given by hand."""
    of_kind = frozenset(OF_KIND[Kind(kind).role_kind])
    return parse(stored) & (of_kind | {Permission.STAFF} if kind == Kind.STAFF else of_kind)
