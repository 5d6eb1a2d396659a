"""Who looks after whom, and with which permissions."""

from __future__ import annotations

import pytest
import time_machine

from domain import authority, errors, users
from domain.authority import Act
from domain.permissions import SELF_CARE, Permission
from domain.standing import Standing
from models import Kind, User
from tests.cast import Cast
from tests.domain.seat import Seat, console, refused

EVERYBODY = ("olga", "sam", "rita", "carl", "ivy", "paul", "pia")


@pytest.fixture(autouse=True)
def people(clock: time_machine.Traveller, cast: Cast) -> None:
    """paul is a customer of rita, pia his individual; carl and ivy are the provider's own."""
    users.create("paul", console(), parent="rita")
    users.create("pia", console(), kind=Kind.INDIVIDUAL, parent="paul")


def standing(login: str) -> Standing:
    return Seat(login).enter().standing


def found(by: Standing, act: Act) -> set[str]:
    """Everybody whom he finds for an act, among those of kinds that his role includes."""
    seen = set()
    for user in User.select():
        try:
            authority.find(by, Kind(user.kind), user.id, act)
        except errors.Refusal:
            continue
        if authority.may(by, Kind(user.kind), act):
            seen.add(user.login)
    return seen


BELOW = {
    "olga": set(EVERYBODY),
    "sam": {"rita", "carl", "ivy", "paul", "pia"},
    "rita": {"paul", "pia"},
    "carl": {"ivy"},
    "paul": {"pia"},
}


@pytest.mark.parametrize("login", ["olga", "sam", "rita", "carl", "ivy", "paul"])
@pytest.mark.parametrize("act", list(Act))
def test_everybody_finds_those_below_him_and_nobody_else(login: str, act: Act) -> None:
    below = BELOW.get(login, set())
    if act in (Act.RESCUE, Act.ENTER):
        below = below - {login}
    if act in (Act.PROVIDE, Act.ENTER) and login in ("carl", "paul"):
        below = set()  # the provider's list is the provider's, and individuals log in themselves
    assert found(standing(login), act) == below


def test_a_stranger_is_not_told_from_nobody() -> None:
    rita = standing("rita")
    for user_id in (users.find("carl").id, users.find("sam").id, users.find("ivy").id, 999_999):
        refused(lambda user_id=user_id: authority.find(rita, Kind.CUSTOMER, user_id), errors.NotFound)
    individual = users.find("pia").id
    refused(lambda: authority.find(rita, Kind.CUSTOMER, individual), errors.NotFound)


def test_nobody_rescues_or_enters_himself_and_nobody_enters_an_owner() -> None:
    olga = standing("olga")
    for act in (Act.RESCUE, Act.ENTER):
        refused(lambda act=act: authority.find(olga, Kind.STAFF, olga.user_id, act), authority.OwnLogin)
    assert authority.find(olga, Kind.STAFF, olga.user_id, Act.EDIT).login == "olga"
    other = users.create("ole", console(), kind=Kind.STAFF, role="Owner")
    refused(lambda: authority.find(olga, Kind.STAFF, other.id, Act.ENTER), authority.EqualOrHigher)
    assert authority.find(olga, Kind.STAFF, other.id, Act.RESCUE).login == "ole"


def test_lists_of_people_begin_at_whom_they_are_below() -> None:
    assert authority.parent_of_all(standing("sam"), Kind.CUSTOMER) is None
    rita = standing("rita")
    assert (
        authority.parent_of_all(rita, Kind.CUSTOMER) == authority.parent_of_all(rita, Kind.INDIVIDUAL) == rita.user_id
    )
    refused(lambda: authority.parent_of_all(rita, Kind.RESELLER), errors.NotFound)
    carl = standing("carl")
    assert authority.parent_of_all(carl, Kind.INDIVIDUAL) == carl.user_id
    refused(lambda: authority.parent_of_all(carl, Kind.CUSTOMER), errors.NotFound)
    refused(lambda: authority.parent_of_all(standing("ivy"), Kind.INDIVIDUAL), errors.NotFound)


def test_the_built_in_roles_have_what_the_manuals_give_them() -> None:
    customers = {Permission.CUSTOMERS_VIEW, Permission.CUSTOMERS_EDIT, Permission.CUSTOMERS_RESCUE}
    customers |= {Permission.CUSTOMERS_ENTER, Permission.EVENTS}
    assert standing("carl").permissions == standing("ivy").permissions == SELF_CARE
    assert standing("rita").permissions == SELF_CARE | customers
    assert standing("sam").permissions == (
        SELF_CARE | customers | {Permission.RESELLERS_EDIT, Permission.CLASSES, Permission.ROLES}
    )
    assert standing("olga").permissions == set(Permission)
