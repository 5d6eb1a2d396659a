"""From any IP and back: what is switched off comes back as it was, and nobody is kept out meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st

from domain import classes, list_errors, networks, rescue, standing, trusted_ips
from domain.trusted_ips import AddressList, Entry, class_of, own_of, provider_of
from domain.visit import utcnow
from models import Access, Event, Side, database
from tests.cast import HOME, Cast
from tests.domain.seat import Seat, console, refused

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def installation(clock: time_machine.Traveller, cast: Cast) -> None:
    """An open database at NOON."""


def entry(text: str, **columns: object) -> Entry:
    return Entry(networks.parse_entry(text).network, **columns)  # type: ignore[arg-type]


def listed(*texts: str) -> AddressList:
    return AddressList(Access.LISTED, tuple(entry(text) for text in texts))


def test_the_list_that_comes_back_is_identical_in_all_that_is_known_of_it(
    cast: Cast, clock: time_machine.Traveller
) -> None:
    seat = Seat("carl").enter()
    full = AddressList(Access.LISTED, (entry("10.0.0.1", note="VPN", expires_at=utcnow() + HOUR), entry(HOME)))
    trusted_ips.save(own_of(cast.carl), full, seat.visit)
    trusted_ips.note_use([seat.standing.own_list_id], HOME, utcnow())
    before = trusted_ips.read(own_of(cast.carl))
    assert [(e.note, e.added_by, e.last_used_at) for e in before.entries] == [
        ("VPN", "carl", None),
        ("", "carl", utcnow()),
    ]
    clock.shift(60)
    rescue.switch_off(cast.carl, Side.OWN, console())
    assert trusted_ips.read(own_of(cast.carl)) == AddressList(Access.ANY, before.entries)
    assert rescue.restore(cast.carl, Side.OWN, console())[1] == before == trusted_ips.read(own_of(cast.carl))


modes = st.sampled_from([Access.ANY, Access.LISTED])
texts = st.lists(st.sampled_from(["10.0.0.0/8", "10.0.0.1", "2001:db8::/32", HOME]), unique=True, min_size=1)


def test_switching_off_opens_the_door_and_restoring_shuts_it_as_it_was(cast: Cast) -> None:
    seat, groups = Seat("carl").enter(), class_of(classes.by_name("Customers"))
    holders = [own_of(cast.carl), provider_of(cast.carl), groups]

    @settings(max_examples=60, deadline=None)
    @given(modes, texts, st.sampled_from(Access), texts, modes, texts)
    def check(own: Access, a: list[str], provider: Access, b: list[str], group: Access, c: list[str]) -> None:
        with database.atomic() as transaction:
            for holder, access, entries in zip(holders, (own, provider, group), (a, b, c), strict=True):
                trusted_ips.save(holder, AddressList(access, listed(*entries).entries), console())
            before = [trusted_ips.read(holder) for holder in holders]
            passed = seat.standing.passes_own, seat.standing.passes_provider
            for side in [*Side, *Side]:
                rescue.switch_off(cast.carl, side, console())
                assert rescue.effective(cast.carl, side).access is Access.ANY
            assert (seat.standing.passes_own, seat.standing.passes_provider) == (True, True)
            for side in [*Side, *Side]:
                rescue.restore(cast.carl, side, console())
            assert [trusted_ips.read(holder) for holder in holders] == before
            assert (seat.standing.passes_own, seat.standing.passes_provider) == passed
            transaction.rollback()

    check()


@pytest.mark.parametrize("access", [Access.ANY, Access.LISTED])
def test_what_the_provider_set_since_then_stays(access: Access, cast: Cast) -> None:
    trusted_ips.save(class_of(classes.by_name("Customers")), listed("10.0.0.1"), console())
    rescue.switch_off(cast.carl, Side.PROVIDER, console())
    now = AddressList(access, listed("10.0.0.2").entries)
    trusted_ips.save(provider_of(cast.carl), now, console())
    before, after = rescue.restore(cast.carl, Side.PROVIDER, console())
    assert before == after and after.access is access


def test_a_class_that_is_armed_later_does_not_reach_whom_the_terminal_let_in(cast: Cast) -> None:
    """It is the person's own choice of mode that `recover ip` sets, and what it remembers is that he inherits."""
    group = class_of(classes.by_name("Customers"))
    trusted_ips.save(group, listed("10.0.0.1"), console())
    rescue.switch_off(cast.carl, Side.PROVIDER, console())
    trusted_ips.save(group, listed("10.0.0.2"), console())
    seat, other = Seat("carl").enter(), Seat("ivy").enter()
    assert (seat.standing.passes_provider, other.standing.passes_provider) == (True, False)
    assert rescue.restore(cast.carl, Side.PROVIDER, console())[1].access is Access.INHERIT
    assert not seat.standing.passes_provider


@pytest.mark.parametrize("by_class", [True, False])
def test_an_address_whose_entry_has_expired_is_allowed_anew(
    by_class: bool, cast: Cast, clock: time_machine.Traveller
) -> None:
    holder = class_of(classes.by_name("Customers")) if by_class else provider_of(cast.carl)
    entries = (entry("10.0.0.1"), entry(HOME, note="Guest", expires_at=utcnow() + HOUR))
    trusted_ips.save(holder, AddressList(Access.LISTED, entries), console())
    clock.shift(HOUR)
    seat = Seat("carl").enter()
    here = networks.address(HOME)
    assert here and not seat.standing.passes_provider
    assert rescue.allow(cast.carl, here, console()).keys() == {Side.PROVIDER}
    assert seat.standing.passes_provider
    assert not rescue.allow(cast.carl, here, console())


def test_the_copy_of_a_classes_list_keeps_notes_and_expiry(cast: Cast) -> None:
    entries = (entry("10.0.0.1"), entry("10.0.0.2", note="Guest", expires_at=utcnow() + HOUR))
    trusted_ips.save(class_of(classes.by_name("Customers")), AddressList(Access.LISTED, entries), console())
    trusted_ips.save(provider_of(cast.carl), AddressList(Access.INHERIT, (entry("172.16.0.1"),)), console())
    rescue.allow(cast.carl, networks.parse_entry(HOME).network, Seat("sam").enter().visit)
    copy = trusted_ips.read(provider_of(cast.carl))
    assert [(e.text, e.note, e.expires_at, e.added_by) for e in copy.entries] == [
        ("10.0.0.1", "", None, "sam"),
        ("10.0.0.2", "Guest", utcnow() + HOUR, "sam"),
        (HOME, "", None, "sam"),
    ]


def test_an_address_that_fits_into_one_of_two_lists_is_added_to_none(cast: Cast) -> None:
    full = listed(*(f"10.0.{n // 250}.{n % 250}" for n in range(1_000)))
    trusted_ips.save(own_of(cast.carl), listed("10.0.0.1"), console())
    trusted_ips.save(provider_of(cast.carl), full, console())
    before = Event.select().count()
    here = networks.parse_entry(HOME).network
    refused(lambda: rescue.allow(cast.carl, here, console()), list_errors.TooManyEntries)
    assert (trusted_ips.read(own_of(cast.carl)).texts, Event.select().count()) == (["10.0.0.1"], before)


def test_a_wider_network_is_added_where_only_a_part_of_it_stands(cast: Cast) -> None:
    trusted_ips.save(own_of(cast.carl), listed(HOME), console())
    rescue.allow(cast.carl, networks.parse_entry("192.0.2.0/24").network, console())
    assert trusted_ips.read(own_of(cast.carl)).texts == ["192.0.2.0/24", HOME]
    found = standing.resume(Seat("carl").enter().token, "192.0.2.77", utcnow())
    assert found and found.passes_own
