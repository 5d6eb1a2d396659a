"""What one statement brings about a visitor, judged anew on each request."""

from __future__ import annotations

from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st

from domain import networks, standing, trusted_ips, users
from domain.networks import BITS, Network
from domain.permissions import SELF_CARE, Permission, parse
from domain.trusted_ips import AddressList, Entry, class_of, own_of, provider_of
from domain.users import Block
from domain.visit import utcnow
from models import Access, AccountClass, Role, TrustedIp, TrustedIpList, User, database
from tests.cast import HOME, Cast
from tests.domain.seat import Seat, console, give_key


@pytest.fixture(autouse=True)
def installation(clock: time_machine.Traveller, cast: Cast) -> None:
    """An open database at NOON."""


def test_a_token_that_nobody_gave_out_stands_for_nothing() -> None:
    Seat("carl").enter()
    assert standing.resume("", HOME, utcnow()) is None
    assert standing.resume("x" * 43, HOME, utcnow()) is None


def test_it_brings_session_user_role_and_class() -> None:
    at = Seat("carl").enter().standing
    assert (at.login, at.name, at.kind) == ("carl", "Carl Cole", "customer")
    assert (at.role, at.permissions) == ("Full self-care", SELF_CARE)
    assert (at.is_full, at.enrolled, at.must_enrol, at.block, at.end) == (True, False, False, None, None)
    assert at.last_used_at == at.confirmed_at == utcnow()


def test_role_class_and_key_are_read_anew_each_time(cast: Cast) -> None:
    seat = Seat("carl").enter()
    Role.update(permissions='["activity", "of a later version"]').where(Role.name == "Full self-care").execute()
    AccountClass.update(two_factor="required", grace_days=3).where(AccountClass.name == "Customers").execute()
    assert seat.standing.permissions == {Permission.ACTIVITY}
    assert seat.standing.must_enrol
    give_key(cast.carl)
    assert seat.standing.enrolled
    assert not seat.standing.must_enrol


def test_no_permission_is_granted_by_an_empty_role() -> None:
    assert parse("[]") == frozenset()


@pytest.mark.parametrize(
    ("person", "change", "block"),
    [
        ("carl", {"active": False}, Block.SUSPENDED),
        ("carl", {"activates_at": 1}, Block.NOT_ACTIVE_YET),
        ("carl", {"activates_at": 0}, None),
        ("carl", {"expires_at": 0}, Block.EXPIRED),
        ("carl", {"expires_at": 1}, None),
        ("carl", {"active": False, "expires_at": -1, "activates_at": 1}, Block.SUSPENDED),
    ],
)
def test_suspension_and_dates_block_a_customer_and_his_individuals_at_once(
    person: str, change: dict[str, int | bool], block: Block | None
) -> None:
    seats = [Seat("carl").enter(), Seat("ivy").enter()]
    values = {k: v if isinstance(v, bool) else utcnow() + timedelta(seconds=v) for k, v in change.items()}
    User.update(values).where(User.login == person).execute()
    assert [seat.standing.block for seat in seats] == [block, block]
    assert [users.blocked(seat.user, utcnow()) for seat in seats] == [block, block]


def test_an_individual_is_blocked_by_himself_first() -> None:
    seat = Seat("ivy").enter()
    User.update(active=False).where(User.login == "carl").execute()
    User.update(expires_at=utcnow()).where(User.login == "ivy").execute()
    assert seat.standing.block == Block.EXPIRED
    assert Seat("carl").enter().standing.block == Block.SUSPENDED


def test_customers_of_a_suspended_reseller_go_on(cast: Cast) -> None:
    users.create("dora", console(), parent="rita")
    seat = Seat("dora").enter()
    users.change(cast.rita, {"active": "no"}, console())
    assert seat.standing.block is None
    assert users.blocked(seat.user, utcnow()) is None


# --- Lists of addresses -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("own", "provider", "of_class", "in_force"),
    [
        ("any", "inherit", "any", []),
        ("listed", "inherit", "any", ["own"]),
        ("any", "listed", "any", ["provider"]),
        ("any", "inherit", "listed", ["class"]),
        ("any", "any", "listed", []),
        ("any", "listed", "listed", ["provider"]),
        ("listed", "any", "listed", ["own"]),
        ("listed", "inherit", "listed", ["own", "class"]),
        ("listed", "listed", "listed", ["own", "provider"]),
    ],
)
def test_the_own_list_and_one_of_the_providers_hold(
    own: str, provider: str, of_class: str, in_force: list[str], cast: Cast
) -> None:
    group = cast.carl.account_class
    holders = {"own": own_of(cast.carl), "provider": provider_of(cast.carl), "class": class_of(group)}
    for (name, holder), access in zip(holders.items(), (own, provider, of_class), strict=True):
        only = networks.parse_entry({"own": "10.0.0.1", "provider": "10.0.0.2", "class": "10.0.0.3"}[name]).network
        trusted_ips.save(holder, AddressList(Access(access), (Entry(only),)), console())
    seat = Seat("carl", "").enter()
    provided = [name for name in in_force if name != "own"]
    names = {holder.row().id: name for name, holder in holders.items()}  # type: ignore[union-attr]
    lists = seat.standing.own_list_id, seat.standing.provider_list_id
    assert [names[found] for found in lists if found] == in_force
    for address, name in (("10.0.0.1", "own"), ("10.0.0.2", "provider"), ("10.0.0.3", "class"), ("", "nobody knows")):
        at = standing.resume(seat.token, address, utcnow())
        assert at
        assert at.passes_own is ("own" not in in_force or name == "own")
        assert at.passes_provider is (not provided or name in provided)


def test_lists_hold_for_their_own_login_alone(cast: Cast) -> None:
    """A customer's list is not that of his individuals, nor of anybody else in his class."""
    nowhere = AddressList(Access.LISTED, (Entry(networks.parse_entry("10.0.0.1").network),))
    for holder in (own_of(cast.carl), provider_of(cast.carl)):
        trusted_ips.save(holder, nowhere, console())
    for login, passes in (("carl", False), ("ivy", True), ("rita", True)):
        at = Seat(login).enter().standing
        assert (at.passes_own, at.passes_provider) == (passes, passes), login


# Near each other and at both ends, so that addresses often stand at the edge of an entry.
BASES = {4: [0, 0x0A00_0000, 0xFFFF_FFF0], 6: [0, 0xFFFF_0A00_0000, 0x2001_0DB8 << 96, (1 << 128) - 16]}
points = st.sampled_from([4, 6]).flatmap(
    lambda family: st.tuples(
        st.just(family), st.builds(int.__add__, st.sampled_from(BASES[family]), st.integers(0, 15))
    )
)
spans = st.tuples(points, st.integers(0, 20) | st.sampled_from([1 << 8, 1 << 30, 1 << 127])).map(
    lambda drawn: Network(drawn[0][0], drawn[0][1], min(drawn[0][1] + drawn[1], (1 << BITS[drawn[0][0]]) - 1))
)
lives = st.sampled_from([None, -60, 0, 1, 60])
stored = st.lists(st.tuples(spans, lives), max_size=12)


def plainly_in(entries: list[tuple[Network, int | None]], text: str) -> bool:
    """What the statement has to find, without it."""
    address = ip_address(text)
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or address
    return any(
        span.family == address.version and span.lowest <= int(address) <= span.highest and (life is None or life > 0)
        for span, life in entries
    )


def texts(entries: list[tuple[Network, int | None]]) -> list[str]:
    """The ends of all entries and their neighbours; IPv4 in both its spellings."""
    near = {(s.family, end + step) for s, _ in entries for end in (s.lowest, s.highest) for step in (-1, 0, 1)}
    inside = {(family, value) for family, value in near if 0 <= value < 1 << BITS[family]}
    plain = [str(ip_address(value.to_bytes(BITS[family] // 8, "big"))) for family, value in sorted(inside)]
    return [*plain, *(f"::ffff:{text}" for text in plain if "." in text and ":" not in text)]


def arm(side: str, user: User, entries: list[tuple[Network, int | None]], now: datetime) -> None:
    row = TrustedIpList.create(user=user, side=side, access="listed")
    TrustedIp.insert_many(
        {
            "trusted_ip_list": row,
            "family": span.family,
            "lowest": span.packed_lowest,
            "highest": span.packed_highest,
            "expires_at": None if life is None else now + timedelta(seconds=life),
            "added_by": "x",
            "added_at": now,
        }
        for span, life in entries
    ).execute()


def test_an_address_passes_exactly_where_an_entry_of_its_family_covers_it(cast: Cast) -> None:
    token, user, now = Seat("carl").enter().token, cast.carl, utcnow()

    @settings(max_examples=100, deadline=None)
    @given(stored, stored)
    def check(own: list[tuple[Network, int | None]], provider: list[tuple[Network, int | None]]) -> None:
        with database.atomic() as transaction:
            arm("own", user, own, now)
            arm("provider", user, provider, now)
            for text in texts(own + provider):
                at = standing.resume(token, text, now)
                assert at
                expected = plainly_in(own, text), plainly_in(provider, text)
                assert (at.passes_own, at.passes_provider) == expected, text
            transaction.rollback()

    check()
