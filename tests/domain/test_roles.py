"""What roles permit, below the pages: who touches which, what a matrix saves, and what happens at once."""

from __future__ import annotations

import json
from itertools import chain, combinations

import pytest
import time_machine

from domain import errors, roles, users
from domain.permissions import OF_KIND, Permission, parse
from domain.roles import PermissionOutOfReach, PermissionsChangedMeanwhile, RoleFixed, RoleInUse, RoleNameTaken
from models import Event, Role, RoleKind
from speech import hint
from tests.cast import Cast
from tests.domain.seat import Seat, overtaken, refused

SELF_CARE = RoleKind.SELF_CARE
PROFILE, ACTIVITY, ADDRESSES = Permission.PROFILE, Permission.ACTIVITY, Permission.ADDRESSES


@pytest.fixture(autouse=True)
def installation(clock: time_machine.Traveller, cast: Cast) -> None:
    """An open database at NOON."""


@pytest.fixture
def sam() -> Seat:
    return Seat("sam").enter()


@pytest.fixture
def olga() -> Seat:
    return Seat("olga").enter()


def role(name: str) -> Role:
    found: Role = Role.get(Role.name == name)
    return found


def permits(name: str) -> frozenset[Permission]:
    return parse(role(name).permissions)


def permit(seat: Seat, name: str, *ticked: Permission, seen: frozenset[Permission] | None = None) -> list[str]:
    found = role(name)
    known = {} if seen is None else {found.id: seen}
    return roles.permit(seat.standing, RoleKind(found.kind), {found.id: frozenset(ticked)}, known, seat.visit)


def sets(*permissions: Permission) -> list[frozenset[Permission]]:
    return [
        frozenset(s) for s in chain.from_iterable(combinations(permissions, n) for n in range(len(permissions) + 1))
    ]


# --- Who touches which ------------------------------------------------------------------------------------------------


def test_staff_roles_are_touched_by_owners_alone(sam: Seat, olga: Seat) -> None:
    assert roles.kinds(sam.standing) == [RoleKind.SELF_CARE, RoleKind.RESELLER]
    assert roles.kinds(olga.standing) == [RoleKind.SELF_CARE, RoleKind.RESELLER, RoleKind.STAFF]
    assert roles.kind_named(olga.standing, "staff") is RoleKind.STAFF
    for act in (
        lambda: roles.kind_named(sam.standing, "staff"),
        lambda: roles.find(sam.standing, role("Staff").id),
        lambda: roles.find(olga.standing, 999),
        lambda: roles.create(sam.standing, RoleKind.STAFF, "Mine", "", sam.visit),
        lambda: roles.describe(sam.standing, role("Staff"), "Mine", "", sam.visit),
        lambda: roles.delete(sam.standing, role("Staff"), sam.visit),
        lambda: permit(sam, "Staff", PROFILE),
    ):
        refused(act, errors.NotFound)


def test_what_somebody_changes_is_what_he_has_and_the_kind_contains(sam: Seat, olga: Seat) -> None:
    for kind in OF_KIND:
        assert roles.changeable(olga.standing, kind) == set(OF_KIND[kind]), "an Owner has every one"
    assert roles.changeable(sam.standing, SELF_CARE) == set(OF_KIND[SELF_CARE])
    Role.update(permissions=json.dumps(["roles", "profile", "customers.view"])).where(Role.name == "Staff").execute()
    assert roles.changeable(sam.standing, SELF_CARE) == {PROFILE}
    assert roles.changeable(sam.standing, RoleKind.RESELLER) == {PROFILE, Permission.CUSTOMERS_VIEW}


# --- The matrix -------------------------------------------------------------------------------------------------------


def test_only_boxes_that_somebody_changed_and_may_change_differ_from_what_is_stored() -> None:
    """All combinations of a box within his reach and one beyond it, as stored, seen and ticked."""
    everything = sets(PROFILE, ADDRESSES)
    for stored in everything:
        for seen in everything:
            for ticked in everything:
                mine = roles.over(stored, ticked, seen, frozenset({PROFILE}))
                wanted = ticked if (PROFILE in ticked) != (PROFILE in seen) else stored
                assert (PROFILE in mine) == (PROFILE in wanted)
                assert (ADDRESSES in mine) == (ADDRESSES in stored)


def test_a_form_that_does_not_say_what_was_seen_is_taken_at_its_word(sam: Seat) -> None:
    assert permit(sam, "Billing only", PROFILE) == ["Billing only"]
    assert permits("Billing only") == {PROFILE}
    assert permit(sam, "Billing only", PROFILE) == []


def test_a_change_on_stale_boxes_is_refused_and_a_look_is_not(sam: Seat) -> None:
    stored = permits("Billing only")
    refused(lambda: permit(sam, "Billing only", PROFILE, seen=stored | {ADDRESSES}), PermissionsChangedMeanwhile)
    assert permit(sam, "Billing only", ADDRESSES, seen=frozenset({ADDRESSES})) == []
    assert permits("Billing only") == stored


def test_what_another_does_at_the_last_moment_is_not_overwritten(sam: Seat, olga: Seat) -> None:
    seen = permits("Billing only")
    mine, theirs = seen | {ADDRESSES}, seen - {PROFILE}
    refused(
        lambda: overtaken(
            lambda: permit(sam, "Billing only", *mine, seen=seen),
            lambda: permit(olga, "Billing only", *theirs, seen=seen),
        ),
        PermissionsChangedMeanwhile,
    )
    assert permits("Billing only") == theirs


def test_nothing_of_a_matrix_is_saved_where_one_box_is_refused(sam: Seat) -> None:
    billing, full = role("Billing only"), role("Full self-care")
    wanted = {billing.id: frozenset({PROFILE}), full.id: frozenset({Permission.CUSTOMERS_ENTER})}
    before, events = permits("Billing only"), Event.select().count()
    refused(lambda: roles.permit(sam.standing, SELF_CARE, wanted, {}, sam.visit), PermissionOutOfReach)
    assert (permits("Billing only"), Event.select().count()) == (before, events)


def test_owner_is_refused_whatever_is_ticked(olga: Seat) -> None:
    everything = permits("Owner")
    for ticked in ([], [PROFILE], [p for p in everything if p is not Permission.ROLES]):
        for seen in (None, everything):
            refused(lambda ticked=ticked, seen=seen: permit(olga, "Owner", *ticked, seen=seen), PermissionOutOfReach)
    assert permit(olga, "Owner", *everything) == []
    assert permits("Owner") == everything


def test_permissions_stand_in_one_order_and_names_of_other_versions_do_not_stay(sam: Seat) -> None:
    Role.update(permissions='["tea", "profile"]').where(Role.name == "Billing only").execute()
    permit(sam, "Billing only", PROFILE, ADDRESSES, ACTIVITY)
    assert role("Billing only").permissions == '["activity", "addresses", "profile"]'


# --- Names, and the end -----------------------------------------------------------------------------------------------


def test_a_name_is_taken_once_over_all_kinds_also_at_the_last_moment(sam: Seat, olga: Seat) -> None:
    roles.create(sam.standing, SELF_CARE, " Technician ", "", sam.visit)
    assert role("Technician")
    refused(lambda: roles.create(olga.standing, RoleKind.STAFF, "Technician", "", olga.visit), RoleNameTaken)
    refused(lambda: roles.describe(sam.standing, role("Technician"), "Owner", "", sam.visit), RoleNameTaken)
    refused(
        lambda: overtaken(
            lambda: roles.create(sam.standing, SELF_CARE, "Guest", "", sam.visit),
            lambda: roles.create(olga.standing, RoleKind.RESELLER, "Guest", "", olga.visit),
        ),
        RoleNameTaken,
    )
    assert role("Guest").kind == RoleKind.RESELLER


def test_owner_keeps_its_name_and_stays(olga: Seat) -> None:
    refused(lambda: roles.describe(olga.standing, role("Owner"), "Boss", "", olga.visit), RoleFixed)
    refused(lambda: roles.delete(olga.standing, role("Owner"), olga.visit), RoleFixed)


def test_a_role_that_somebody_gets_at_the_last_moment_is_not_deleted(sam: Seat, cast: Cast) -> None:
    billing = role("Billing only")
    assert roles.why_not_deletable(sam.standing, billing) is None
    refusal = refused(
        lambda: overtaken(
            lambda: roles.delete(sam.standing, billing, sam.visit),
            lambda: users.change(cast.carl, {"role": "Billing only"}, sam.visit),
        ),
        RoleInUse,
    )
    assert refusal.values == {"role": "Billing only", "logins": "carl", "n": 1}


@pytest.mark.parametrize(
    ("count", "says"),
    [
        (1, "user0 has this role. Give this login another one first."),
        (5, "5 logins have this role: user0, user1, user2, user3, user4. Give them another one first."),
        (7, "7 logins have this role, such as user0, user1, user2, user3, user4. Give them another one first."),
    ],
)
def test_a_role_in_use_names_five_and_counts_all(count: int, says: str, sam: Seat, cast: Cast) -> None:
    for n in range(count):
        users.create(f"user{n}", cast.visit("sam"), role="Billing only")
    refusal = roles.why_not_deletable(sam.standing, role("Billing only"))
    assert refusal and hint(refusal) == says


def test_a_role_in_use_names_nobody_whom_the_reader_may_not_see(sam: Seat, cast: Cast) -> None:
    users.change(cast.carl, {"role": "Billing only"}, sam.visit)
    Role.update(permissions=json.dumps(["roles"])).where(Role.name == "Staff").execute()
    refusal = roles.why_not_deletable(sam.standing, role("Billing only"))
    assert refusal and hint(refusal) == "1 login has this role. Give it another one first."
    assert roles.holders(sam.standing, role("Billing only"), 25) == []
