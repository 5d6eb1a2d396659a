"""Allowed roles: what the rows hold, whoever writes."""

from __future__ import annotations

import pytest
import time_machine

from domain import allowed_roles, granting, users
from domain.allowed_roles import AllowedInUse, NotAllowable
from models import Event, Kind, Role, User
from tests.cast import Cast
from tests.domain.seat import Seat, console, refused


@pytest.fixture(autouse=True)
def installation(clock: time_machine.Traveller, cast: Cast) -> None:
    """An open database at NOON."""


def names(user: User) -> list[str]:
    return [role.name for role in allowed_roles.of(user)]


def add(user: User, name: str) -> bool:
    return allowed_roles.add(user, name, granting.roles_for(Seat("sam").enter().standing, Kind.CUSTOMER), console())


def events() -> int:
    return int(Event.select().where(Event.tag == "account:allowed_roles:changed").count())


def test_the_default_role_comes_first_and_twice_does_no_harm(cast: Cast) -> None:
    Role.create(kind="self-care", name="Accountant", permissions="[]")
    assert [add(cast.carl, name) for name in ("Billing only", "Accountant", "Accountant")] == [True, True, False]
    assert names(cast.carl) == ["Full self-care", "Accountant", "Billing only"] and events() == 2
    accountant = Role.get(Role.name == "Accountant")
    assert [allowed_roles.remove(cast.carl, accountant.id, console()) for _ in range(2)] == [True, False]
    assert not allowed_roles.remove(cast.carl, 999_999, console()) and events() == 3


def test_a_role_or_customer_who_is_gone_meanwhile_is_not_allowed(cast: Cast) -> None:
    offered = granting.roles_for(Seat("sam").enter().standing, Kind.CUSTOMER)
    dora = users.create("dora", console())
    Role.delete().where(Role.name == "Billing only").execute()
    assert not allowed_roles.add(cast.carl, "Billing only", offered, console())
    User.delete().where(User.login == "dora").execute()
    assert not allowed_roles.add(dora, "Full self-care", offered, console()) and events() == 0


def test_who_uses_a_role_is_named(cast: Cast) -> None:
    [role] = allowed_roles.of(cast.carl)
    assert role.in_use and role.in_use.values == {"role": "Full self-care", "logins": "ivy", "n": 1}
    refusal = refused(lambda: allowed_roles.remove(cast.carl, role.role_id, console()), AllowedInUse)
    assert refusal.values == role.in_use.values and names(cast.carl) == ["Full self-care"]
    refused(lambda: add(cast.carl, "Staff"), NotAllowable)


def test_those_of_several_customers_come_at_once(cast: Cast) -> None:
    dora = users.create("dora", console())
    add(dora, "Billing only")
    full, billing = (Role.get(Role.name == name).id for name in ("Full self-care", "Billing only"))
    found = allowed_roles.ids_of_each([cast.carl.id, dora.id, None, 999_999])
    assert (found[cast.carl.id], found[dora.id], found[None]) == ({full}, {full, billing}, set())
    assert set(allowed_roles.ids_of(dora.id)) == {full, billing}
