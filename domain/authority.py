"""Who looks after whom: those below him, as far as his role permits. Everybody else does not exist for him (404)."""

from __future__ import annotations

from enum import StrEnum

from domain import errors, users
from domain.errors import N_
from domain.permissions import Permission, parse
from domain.standing import Standing
from models import Kind, User


class Act(StrEnum):
    """What somebody wants with another."""

    VIEW = "view"
    EDIT = "edit"
    RESCUE = "rescue"
    ENTER = "enter"


_OF_CUSTOMERS = {
    Act.VIEW: frozenset({Permission.CUSTOMERS_VIEW}),
    Act.EDIT: frozenset({Permission.CUSTOMERS_VIEW, Permission.CUSTOMERS_EDIT}),
    Act.RESCUE: frozenset({Permission.CUSTOMERS_VIEW, Permission.CUSTOMERS_RESCUE}),
    Act.ENTER: frozenset({Permission.CUSTOMERS_VIEW, Permission.CUSTOMERS_ENTER}),
}
# Whoever may not rescue or enter a customer does not get there by way of a reseller or a colleague.
_NEEDED: dict[Kind, dict[Act, frozenset[Permission]]] = {
    Kind.CUSTOMER: _OF_CUSTOMERS,
    Kind.INDIVIDUAL: _OF_CUSTOMERS,
    Kind.RESELLER: {
        Act.VIEW: frozenset({Permission.RESELLERS_EDIT}),
        Act.EDIT: frozenset({Permission.RESELLERS_EDIT}),
        Act.RESCUE: frozenset({Permission.RESELLERS_EDIT, Permission.CUSTOMERS_RESCUE}),
        Act.ENTER: frozenset({Permission.RESELLERS_EDIT, Permission.CUSTOMERS_ENTER}),
    },
    Kind.STAFF: {
        Act.VIEW: frozenset({Permission.STAFF}),
        Act.EDIT: frozenset({Permission.STAFF}),
        Act.RESCUE: frozenset({Permission.STAFF}),
        Act.ENTER: frozenset({Permission.STAFF, Permission.CUSTOMERS_ENTER}),
    },
}
_BELOW: dict[str, frozenset[Kind]] = {
    Kind.STAFF: frozenset(Kind),  # staff as far as the permission goes, which Owners alone have
    Kind.RESELLER: frozenset({Kind.CUSTOMER, Kind.INDIVIDUAL}),
}


class OwnLogin(errors.Refusal):
    status = 403
    whole_page = True
    message = N_("This is your own login")
    hint = N_("Change it under User settings, or ask another Owner.")


class EqualOrHigher(errors.Refusal):
    status = 403
    whole_page = True
    message = N_("Nobody logs in as an equal or superior")
    hint = N_("Owners look after each other's logins here, and enter none of them.")


def needed(kind: Kind, act: Act) -> frozenset[Permission]:
    """The permissions without which a role does not do this with people of that kind."""
    return _NEEDED[kind][act]


def may(standing: Standing, kind: Kind, act: Act) -> bool:
    """Whether he does this with people of that kind at all."""
    return kind in _BELOW.get(standing.kind, ()) and needed(kind, act) <= standing.permissions


def parent_of_all(standing: Standing, kind: Kind) -> int | None:
    """Below whom all people of a kind stand that he looks after; None: all that there are. Raises NotFound."""
    if kind not in _BELOW.get(standing.kind, ()):
        raise errors.NotFound
    return None if standing.kind == Kind.STAFF else standing.user_id


def find(standing: Standing, kind: Kind, user_id: int, act: Act = Act.VIEW) -> User:
    """Somebody whom he looks after, for that act. Raises NotFound, OwnLogin, EqualOrHigher."""
    try:
        user = users.by_id(user_id)
    except User.DoesNotExist:
        raise errors.NotFound from None
    if user.kind != kind or not is_below(standing, kind, ancestors(user)):
        raise errors.NotFound
    if user.id == standing.user_id and act in (Act.RESCUE, Act.ENTER):
        raise OwnLogin
    if act is Act.ENTER and is_owner(user):
        raise EqualOrHigher
    return user


def is_below(standing: Standing, kind: str, above: tuple[int | None, ...]) -> bool:
    """Whether somebody of that kind, below these, is one he looks after."""
    if kind not in _BELOW.get(standing.kind, ()):
        return False
    return standing.kind == Kind.STAFF or standing.user_id in above


def ancestors(user: User) -> tuple[int | None, ...]:
    return (user.parent_id, user.parent.parent_id) if user.parent_id else ()


def is_owner(user: User) -> bool:
    return user.kind == Kind.STAFF and Permission.STAFF in parse(user.role.permissions)
