"""Who looks after whom: those below him, as far as his role permits. Everybody else does not exist for him (404)."""

from __future__ import annotations

from enum import StrEnum

from domain import errors, users
from domain.errors import N_
from domain.permissions import Permission, held, parse
from domain.standing import Standing
from models import Kind, Side, User


class Act(StrEnum):
    """What somebody wants with another."""

    VIEW = "view"
    EDIT = "edit"
    PROVIDE = "provide"  # sets the provider's list for him
    RESCUE = "rescue"
    ENTER = "enter"


_Needed = dict[Act, frozenset[Permission]]
_OF_CUSTOMERS: _Needed = {
    Act.VIEW: frozenset({Permission.CUSTOMERS_VIEW}),
    Act.EDIT: frozenset({Permission.CUSTOMERS_VIEW, Permission.CUSTOMERS_EDIT}),
    Act.PROVIDE: frozenset({Permission.CUSTOMERS_VIEW, Permission.CUSTOMERS_EDIT}),
    Act.RESCUE: frozenset({Permission.CUSTOMERS_VIEW, Permission.CUSTOMERS_RESCUE}),
    Act.ENTER: frozenset({Permission.CUSTOMERS_VIEW, Permission.CUSTOMERS_ENTER}),
}
# Whoever may not rescue or enter a customer does not get there by way of a reseller or a colleague.
_OF_RESELLERS: _Needed = {
    Act.VIEW: frozenset({Permission.RESELLERS_EDIT}),
    Act.EDIT: frozenset({Permission.RESELLERS_EDIT}),
    Act.PROVIDE: frozenset({Permission.RESELLERS_EDIT}),
    Act.RESCUE: frozenset({Permission.RESELLERS_EDIT, Permission.CUSTOMERS_RESCUE}),
    Act.ENTER: frozenset({Permission.RESELLERS_EDIT, Permission.CUSTOMERS_ENTER}),
}
_OF_STAFF: _Needed = {
    **dict.fromkeys((Act.VIEW, Act.EDIT, Act.PROVIDE, Act.RESCUE), frozenset({Permission.STAFF})),
    Act.ENTER: frozenset({Permission.STAFF, Permission.CUSTOMERS_ENTER}),
}
# What the provider has set stays his decision: no PROVIDE. Individuals log in themselves: no ENTER.
_OF_OWN_INDIVIDUALS: _Needed = dict.fromkeys((Act.VIEW, Act.EDIT, Act.RESCUE), frozenset({Permission.INDIVIDUALS}))

# Who may look after whom at all, and what a role has to contain for each act; what is not here nobody does.
_NEEDED: dict[str, dict[Kind, _Needed]] = {
    Kind.STAFF: {
        Kind.CUSTOMER: _OF_CUSTOMERS,
        Kind.INDIVIDUAL: _OF_CUSTOMERS,
        Kind.RESELLER: _OF_RESELLERS,
        Kind.STAFF: _OF_STAFF,
    },
    Kind.RESELLER: {Kind.CUSTOMER: _OF_CUSTOMERS, Kind.INDIVIDUAL: _OF_CUSTOMERS},
    Kind.CUSTOMER: {Kind.INDIVIDUAL: _OF_OWN_INDIVIDUALS},
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


def needed(by: str, kind: Kind, act: Act) -> frozenset[Permission] | None:
    """The permissions without which somebody of the kind `by` does not do this with people of a kind; None: nobody."""
    return _NEEDED.get(by, {}).get(kind, {}).get(act)


def may(standing: Standing, kind: Kind, act: Act) -> bool:
    """Whether he does this with people of that kind at all; in the account of another, whether his own role lets him
    too."""
    return all(_permits(who, kind, act) for who in (standing, standing.keyboard))


def _permits(who: Standing, kind: Kind, act: Act) -> bool:
    permissions = needed(who.kind, kind, act)
    return permissions is not None and permissions <= who.permissions


def parent_of_all(standing: Standing, kind: Kind) -> int | None:
    """Below whom all people of a kind stand that he looks after; None: all that there are. Raises NotFound."""
    if kind not in _NEEDED.get(standing.kind, {}):
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


def still_looks_after(by: User, user: User) -> bool:
    """Of somebody who is not here to be asked: whether he may still change or rescue this user."""
    permissions = held(by.kind, by.role.permissions)
    acts = [needed(by.kind, Kind(user.kind), act) for act in (Act.EDIT, Act.RESCUE)]
    permitted = any(act is not None and act <= permissions for act in acts)
    return permitted and (by.kind == Kind.STAFF or by.id in ancestors(user))


def is_below(standing: Standing, kind: str, above: tuple[int | None, ...]) -> bool:
    """Whether somebody of that kind, below these, is one he looks after."""
    if kind not in _NEEDED.get(standing.kind, {}):
        return False
    return standing.kind == Kind.STAFF or standing.user_id in above


def ancestors(user: User) -> tuple[int | None, ...]:
    return (user.parent_id, user.parent.parent_id) if user.parent_id else ()


def sides(standing: Standing) -> tuple[Side, ...]:
    """Whose lists he touches when he restores access: a customer never those of the provider."""
    return (Side.OWN,) if standing.kind == Kind.CUSTOMER else tuple(Side)


def is_owner(user: User) -> bool:
    return user.kind == Kind.STAFF and Permission.STAFF in parse(user.role.permissions)
