"""Saving somebody else's list: which of his addresses of the last 30 days it would shut out; nothing stops it."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from domain import list_errors, login_sources, networks, their_list, trusted_ips
from domain.own_list import Way
from domain.their_list import WouldRefuse
from domain.trusted_ips import AddressList, Entry
from domain.visit import utcnow
from models import Access
from tests.cast import Cast
from tests.domain.seat import refused


@pytest.fixture(autouse=True)
def installation(clock: time_machine.Traveller, cast: Cast) -> None:
    """An open database at NOON."""


def listed(*texts: str, access: Access = Access.LISTED, expires_in: timedelta | None = None) -> AddressList:
    expires = utcnow() + expires_in if expires_in else None
    return AddressList(access, tuple(Entry(networks.parse_entry(text).network, "", expires) for text in texts))


def came_from(cast: Cast, *addresses: str, days_ago: int = 0) -> None:
    for address in addresses:
        login_sources.note(cast.carl.id, address, utcnow() - timedelta(days=days_ago))


def save(cast: Cast, wanted: AddressList, way: Way | None = None) -> AddressList:
    return their_list.save(trusted_ips.provider_of(cast.carl), cast.carl, wanted, cast.visit("sam"), way)


@pytest.mark.parametrize(
    ("addresses", "texts", "shut_out"),
    [
        ([], ["10.0.0.1"], []),
        (["10.0.0.1"], ["10.0.0.0/24"], []),
        (["10.0.0.1", "192.0.2.1"], ["10.0.0.0/24"], ["192.0.2.1"]),
        (["2001:db8:1:2::3"], ["2001:db8:1:2::3"], []),
        (["2001:db8:1:2::3"], ["2001:db8:1:3::/64"], ["2001:db8:1:2::/64"]),
        (["2001:db8:1:2::3"], ["0.0.0.0/1"], ["2001:db8:1:2::/64"]),
        ([f"192.0.2.{n}" for n in range(1, 9)], ["10.0.0.1"], [f"192.0.2.{n}" for n in range(8, 3, -1)]),
    ],
)
def test_the_newest_addresses_that_it_would_shut_out_are_named(
    cast: Cast, clock: time_machine.Traveller, addresses: list[str], texts: list[str], shut_out: list[str]
) -> None:
    for address in addresses:
        clock.shift(1)
        came_from(cast, address)
    if shut_out:
        assert refused(lambda: save(cast, listed(*texts)), WouldRefuse).sources == shut_out
        assert trusted_ips.read(trusted_ips.provider_of(cast.carl)).access == Access.INHERIT
    else:
        assert save(cast, listed(*texts)).texts == texts


def test_an_address_of_a_month_ago_is_nobodys_habit(cast: Cast) -> None:
    came_from(cast, "192.0.2.1", days_ago=30)
    assert save(cast, listed("10.0.0.1")).texts == ["10.0.0.1"]


def test_an_entry_that_is_over_lets_nobody_in(cast: Cast) -> None:
    came_from(cast, "192.0.2.1")
    over = listed("192.0.2.1", expires_in=-timedelta(hours=1)).entries
    refused(lambda: save(cast, AddressList(Access.LISTED, (*listed("10.0.0.1").entries, *over))), WouldRefuse)


def test_what_was_shut_out_before_is_no_news(cast: Cast) -> None:
    came_from(cast, "192.0.2.1")
    save(cast, listed("10.0.0.1"), Way.ANYWAY)
    assert save(cast, listed("10.0.0.1", "10.0.0.2")).texts == ["10.0.0.1", "10.0.0.2"]


def test_giving_way_to_the_list_of_the_class_is_warned_too_and_cannot_add(cast: Cast) -> None:
    came_from(cast, "192.0.2.1")
    trusted_ips.save(trusted_ips.class_of(cast.carl.account_class), listed("10.0.0.1"), cast.visit("sam"))
    save(cast, listed(access=Access.ANY))
    refusal = refused(lambda: save(cast, listed(access=Access.INHERIT)), WouldRefuse)
    assert not refusal.can_add
    refused(lambda: save(cast, listed(access=Access.INHERIT), Way.ADD), WouldRefuse)
    assert save(cast, listed(access=Access.INHERIT), Way.ANYWAY).access == Access.INHERIT


@pytest.mark.parametrize(
    ("way", "texts"), [(Way.ADD, ["10.0.0.1", "192.0.2.1"]), (Way.ANYWAY, ["10.0.0.1"])]
)  # fmt: skip
def test_two_ways_lead_on(cast: Cast, way: Way, texts: list[str]) -> None:
    came_from(cast, "192.0.2.1")
    for other in (None, Way.LEAVE, Way.BOTH):
        refused(lambda other=other: save(cast, listed("10.0.0.1"), other), WouldRefuse)
    assert save(cast, listed("10.0.0.1"), way).texts == texts


def test_a_dead_list_and_an_older_one_are_refused_first(cast: Cast) -> None:
    came_from(cast, "192.0.2.1")
    refused(lambda: save(cast, listed(), Way.ANYWAY), list_errors.ListEmpty)
    holder = trusted_ips.provider_of(cast.carl)
    save(cast, listed("192.0.2.1"))
    refused(lambda: their_list.save(holder, cast.carl, listed("10.0.0.1"), cast.visit("sam"), version=0),
            list_errors.ListChanged)  # fmt: skip
