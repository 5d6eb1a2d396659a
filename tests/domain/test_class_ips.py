"""Whom a list of a class would refuse: where they came from lately decides."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
import time_machine

from domain import class_ips, classes, login_sources, networks, trusted_ips, users
from domain.class_ips import WouldRefusePeople
from domain.list_errors import ListChanged, ListExpires
from domain.trusted_ips import AddressList, Entry
from models import Access, LoginSource, Role
from speech import hint
from tests.cast import Cast
from tests.domain.seat import Seat, refused

OFFICE = "198.51.100.0/24"
AWAY = "203.0.113.5"


@pytest.fixture(autouse=True)
def installation(clock: time_machine.Traveller, cast: Cast) -> None:
    """An open database at NOON."""


@pytest.fixture
def save(cast: Cast) -> Callable[..., AddressList]:
    """The list of customers, by sam, whom it does not concern."""
    sam = Seat("sam").enter()

    def saving(wanted: AddressList, **more: object) -> AddressList:
        return class_ips.save(sam.standing, classes.by_name("Customers"), wanted, sam.visit, **more)  # type: ignore[arg-type]

    return saving


def listed(*texts: str) -> AddressList:
    return AddressList(Access.LISTED, tuple(Entry(networks.parse_entry(text).network) for text in texts))


def came(login: str, address: str, days: int = 0) -> None:
    user = users.find(login)
    login_sources.note(user.id, address, Cast.visit(login).now - timedelta(days=days))


def test_nobody_is_refused_where_nobody_came_from_elsewhere(save: Callable[..., AddressList]) -> None:
    came("carl", "198.51.100.7")
    assert save(listed(OFFICE)).texts == [OFFICE]


def test_each_person_counts_once_and_the_first_addresses_are_named(save: Callable[..., AddressList]) -> None:
    for n in range(7):
        came("carl", f"203.0.113.{n + 1}")
    came("ivy", "203.0.113.1")
    came("rita", "203.0.113.9")
    refusal = refused(lambda: save(listed(OFFICE)), WouldRefusePeople)
    assert (refusal.values["n"], refusal.address) == (2, "")
    assert refusal.values["sources"] == ", ".join(f"203.0.113.{n}" for n in range(1, 6))
    assert hint(refusal).endswith("203.0.113.5 and others.")
    assert trusted_ips.read(trusted_ips.class_of(classes.by_name("Customers"))).access is Access.ANY


def test_who_may_not_see_customers_learns_how_many_and_not_from_where_they_came(cast: Cast) -> None:
    came("carl", AWAY)
    users.change(cast.rita, {"class": "Customers"}, cast.visit("olga"))
    came("rita", "203.0.113.9")
    sam, wanted = Seat("sam").enter(), listed(OFFICE)
    for permissions, sources, said in (
        (["classes"], "", ""),
        (["classes", "resellers.edit"], "203.0.113.9", "Their last log-ins came from 203.0.113.9 and others."),
        (["classes", "customers.view"], AWAY, f"Their last log-ins came from {AWAY} and others."),
    ):
        Role.update(permissions=json.dumps(permissions)).where(Role.id == cast.sam.role_id).execute()
        save = partial(class_ips.save, sam.standing, classes.by_name("Customers"), wanted, sam.visit)
        refusal = refused(save, WouldRefusePeople)
        assert (refusal.values["n"], refusal.values["sources"], hint(refusal)) == (2, sources, said)


def test_what_is_a_month_old_counts_no_more(save: Callable[..., AddressList]) -> None:
    came("carl", AWAY, days=31)
    assert save(listed(OFFICE)).texts == [OFFICE]
    assert LoginSource.select().count() > 0


def test_an_entry_that_has_expired_lets_in_nobody(save: Callable[..., AddressList], cast: Cast) -> None:
    came("carl", AWAY)
    over = replace(listed(AWAY).entries[0], expires_at=cast.visit("sam").now)
    wanted = AddressList(Access.LISTED, (*listed(OFFICE).entries, over))
    refused(lambda: save(wanted), WouldRefusePeople)
    refused(lambda: save(AddressList(Access.LISTED, (over,)), way=class_ips.Way.ANYWAY), ListExpires)


def test_one_address_of_a_network_of_ipv6_is_as_good_as_the_whole(save: Callable[..., AddressList]) -> None:
    came("carl", "2001:db8:1:2::3")
    assert save(listed("2001:db8:1:2::9")).texts == ["2001:db8:1:2::9"]


def test_any_refuses_nobody(save: Callable[..., AddressList]) -> None:
    came("carl", AWAY)
    assert save(AddressList(Access.ANY, listed(OFFICE).entries)).access is Access.ANY


def test_a_list_of_another_version_than_was_edited_is_not_replaced(save: Callable[..., AddressList]) -> None:
    save(listed(OFFICE))
    refused(lambda: save(listed("10.0.0.1"), version=0), ListChanged)
    assert save(listed("10.0.0.1"), version=1).texts == ["10.0.0.1"]


def test_the_address_of_whoever_saves_counts_where_the_list_holds_for_him(cast: Cast) -> None:
    olga, staff, customers = Seat("olga").enter(), classes.by_name("Staff"), classes.by_name("Customers")
    assert str(class_ips.of_visitor(olga.standing, staff, olga.visit)) == olga.address
    assert class_ips.of_visitor(olga.standing, customers, olga.visit) is None
    users.change(cast.olga, {"provider_access": "any"}, cast.visit("sam"))
    assert class_ips.of_visitor(olga.standing, staff, olga.visit) is None
