"""Which roles somebody gives to others: nobody grants a permission that he lacks."""

from __future__ import annotations

import json

import pytest
import time_machine

from domain import granting, users
from domain.granting import RoleChangedMeanwhile, RoleOutOfReach
from domain.permissions import OF_KIND, Permission
from models import AllowedRole, Kind, Role, RoleKind, User
from tests.cast import Cast
from tests.domain.seat import Seat, refused


@pytest.fixture(autouse=True)
def installation(clock: time_machine.Traveller, cast: Cast) -> None:
    """An open database at NOON."""


def seat(login: str) -> Seat:
    return Seat(login).enter()


def new_role(name: str, *permissions: str, kind: str = "self-care") -> Role:
    return Role.create(kind=kind, name=name, permissions=json.dumps(permissions))


def given(login: str, kind: Kind, customer: User | None = None) -> list[str]:
    found = granting.roles_for(seat(login).standing, kind, customer.id if customer else None)
    return [role.name for role in found]


def limit(name: str, *permissions: str) -> None:
    Role.update(permissions=json.dumps(permissions)).where(Role.name == name).execute()


# --- Roles to choose from ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("login", "kind", "names"),
    [
        ("olga", Kind.CUSTOMER, ["Full self-care", "Billing only"]),
        ("olga", Kind.RESELLER, ["Reseller"]),
        ("olga", Kind.STAFF, ["Staff", "Owner"]),
        ("sam", Kind.CUSTOMER, ["Full self-care", "Billing only"]),
        ("sam", Kind.RESELLER, ["Reseller"]),
        ("sam", Kind.STAFF, ["Staff"]),
        ("rita", Kind.CUSTOMER, ["Full self-care", "Billing only"]),
        ("carl", Kind.CUSTOMER, ["Full self-care", "Billing only"]),
        ("ivy", Kind.STAFF, []),
    ],
)
def test_roles_of_a_kind_with_the_default_one_first(login: str, kind: Kind, names: list[str]) -> None:
    """What the giver has himself bounds it; whether he looks after anybody is asked elsewhere."""
    assert given(login, kind) == names


@pytest.mark.parametrize("lacked", OF_KIND[RoleKind.RESELLER])
def test_a_role_with_one_permission_more_than_the_givers_is_not_his_to_give(lacked: Permission) -> None:
    new_role("All of it", *OF_KIND[RoleKind.RESELLER], kind="reseller")
    new_role("All but one", *(set(OF_KIND[RoleKind.RESELLER]) - {lacked}), kind="reseller")
    limit("Staff", *(set(OF_KIND[RoleKind.STAFF]) - {lacked}))
    assert given("sam", Kind.RESELLER) == ["All but one"]
    assert given("olga", Kind.RESELLER) == ["Reseller", "All but one", "All of it"]


@pytest.mark.manual("C86")
def test_individuals_get_what_their_customer_may_give_as_far_as_the_giver_has_it(cast: Cast) -> None:
    assert given("carl", Kind.INDIVIDUAL, cast.carl) == ["Full self-care"]
    AllowedRole.create(user=cast.carl, role=new_role("Technician", "profile", "sessions"))
    users.create("nora", cast.visit("sam"))
    for login in ("carl", "sam", "olga"):
        assert given(login, Kind.INDIVIDUAL, cast.carl) == ["Full self-care", "Technician"]
        assert given(login, Kind.INDIVIDUAL, users.find("nora")) == ["Full self-care"]
    limit("Full self-care", "profile", "individuals")
    AllowedRole.create(user=cast.carl, role=Role.get(Role.name == "Billing only"))
    assert given("carl", Kind.INDIVIDUAL, cast.carl) == ["Full self-care"]
    assert given("sam", Kind.INDIVIDUAL, cast.carl) == ["Full self-care", "Billing only", "Technician"]
    assert given("sam", Kind.INDIVIDUAL) == [], "of no customer none"


# --- Giving one -------------------------------------------------------------------------------------------------------


def test_unknown_roles_those_of_another_kind_and_too_large_ones_get_one_answer(cast: Cast) -> None:
    sam = seat("sam")
    limit("Staff", "customers.view", "customers.edit", "profile")
    for name in ("No such role", "Reseller", "Billing only", ""):
        refused(lambda name=name: granting.assign(sam.standing, cast.carl, name, sam.visit), RoleOutOfReach)
    assert cast.carl.role.name == "Full self-care"


def test_the_role_that_somebody_has_is_nobodys_gift(cast: Cast) -> None:
    limit("Staff", "customers.view", "customers.edit")
    sam = seat("sam")
    assert granting.assign(sam.standing, cast.carl, "Full self-care", sam.visit) == "Full self-care"
    granting.refuse_beyond(sam.standing, Kind.CUSTOMER, "Full self-care", present="Full self-care")
    refused(lambda: granting.refuse_beyond(sam.standing, Kind.CUSTOMER, "Full self-care"), RoleOutOfReach)


def test_a_choice_made_on_an_older_role_is_refused(cast: Cast) -> None:
    sam = seat("sam")
    assert (
        granting.assign(sam.standing, cast.carl, "Billing only", sam.visit, seen="Full self-care") == "Full self-care"
    )
    refusal = refused(
        lambda: granting.assign(sam.standing, cast.carl, "Full self-care", sam.visit, seen="Full self-care"),
        RoleChangedMeanwhile,
    )
    assert refusal.values == {"role": "Billing only"}
    granting.assign(sam.standing, cast.carl, "Billing only", sam.visit, seen="Full self-care")
    assert cast.carl.role.name == "Billing only", "both wanted the same"


def test_owners_are_known_by_their_role(cast: Cast) -> None:
    assert granting.owner_role_ids() == {Role.get(Role.name == "Owner").id}
