"""Lists of addresses as they are stored: what a change keeps, what it refuses, and what two changes at once leave."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine

from domain import classes, list_errors, login_sources, networks, own_list, rescue, standing, trusted_ips
from domain.access import Rule
from domain.own_list import Way
from domain.trusted_ips import AddressList, Entry, Holder, class_of, own_of, provider_of
from domain.visit import utcnow
from models import Access, Event, Side, TrustedIp, TrustedIpList, User
from tests.cast import HOME, Cast
from tests.domain.seat import ELSEWHERE, Seat, console, overtaken, refused

HOUR = timedelta(hours=1)
NEAR_V6 = "2001:db8:0:1::9"


@pytest.fixture(autouse=True)
def installation(clock: time_machine.Traveller, cast: Cast) -> None:
    """An open database at NOON."""


def entries(*texts: str, **columns: object) -> tuple[Entry, ...]:
    return tuple(Entry(networks.parse_entry(text).network, **columns) for text in texts)  # type: ignore[arg-type]


def listed(*texts: str) -> AddressList:
    return AddressList(Access.LISTED, entries(*texts))


def own(cast: Cast) -> AddressList:
    return trusted_ips.read(own_of(cast.carl))


def passes(seat: Seat, address: str) -> tuple[bool, bool]:
    found = standing.resume(seat.token, address, utcnow())
    assert found
    return found.passes_own, found.passes_provider


# --- Saving -----------------------------------------------------------------------------------------------------------


def test_nothing_is_limited_by_default(cast: Cast) -> None:
    group = classes.by_name("Customers")
    holders = [own_of(cast.carl), provider_of(cast.carl), class_of(group)]
    assert [trusted_ips.read(holder) for holder in holders] == [
        AddressList(Access.ANY),
        AddressList(Access.INHERIT),
        AddressList(Access.ANY),
    ]
    assert trusted_ips.effective_provider(cast.carl) == AddressList(Access.ANY)


def test_an_entry_that_stays_keeps_what_is_known_of_it(cast: Cast, clock: time_machine.Traveller) -> None:
    expires_at = utcnow() + HOUR
    first = AddressList(Access.LISTED, (*entries("10.0.0.1"), *entries("10.0.0.2", note="VPN", expires_at=expires_at)))
    assert trusted_ips.save(own_of(cast.carl), first, console())
    trusted_ips.note_use([TrustedIpList.get().id], "10.0.0.2", utcnow())
    used_at = utcnow()
    clock.shift(60)
    kept, new = own(cast).entries[1], entries("10.0.0.3")
    seat = Seat("carl").enter()
    assert trusted_ips.save(own_of(cast.carl), AddressList(Access.LISTED, (kept, *new)), seat.visit)
    stayed, added = own(cast).entries
    assert stayed == Entry(kept.network, "VPN", expires_at, "console:test", used_at, used_at)
    assert (added.text, added.note, added.added_by, added.last_used_at) == ("10.0.0.3", "", "carl", None)


def test_note_and_expiry_can_be_changed_alone(cast: Cast) -> None:
    trusted_ips.save(own_of(cast.carl), listed("10.0.0.1", "10.0.0.2"), console())
    row = TrustedIp.get(TrustedIp.lowest == "0a000001").id
    wanted = (*entries("10.0.0.1", note="Office", expires_at=utcnow() + HOUR), *entries("10.0.0.2"))
    assert trusted_ips.save(own_of(cast.carl), AddressList(Access.LISTED, wanted), Seat("carl").enter().visit)
    changed = own(cast).entries[0]
    assert (changed.note, changed.expires_at, changed.added_by) == ("Office", utcnow() + HOUR, "console:test")
    assert TrustedIp.get_by_id(row).note == "Office"


def test_what_is_so_already_is_not_written_down(cast: Cast) -> None:
    holder = provider_of(cast.carl)
    assert not trusted_ips.save(holder, AddressList(Access.INHERIT), console())
    assert TrustedIpList.select().count() == 0
    assert trusted_ips.save(holder, listed("10.0.0.1"), console())
    before = Event.select().count()
    as_read = trusted_ips.read(holder)
    trusted_ips.note_use([TrustedIpList.get().id], "10.0.0.1", utcnow())
    for again in (trusted_ips.read(holder), as_read):
        assert not trusted_ips.save(holder, again, console())
    assert Event.select().count() == before


def test_an_event_names_twenty_addresses_and_the_number_of_all(cast: Cast) -> None:
    trusted_ips.save(own_of(cast.carl), listed(*(f"10.0.0.{n}" for n in range(25))), console())
    trusted_ips.save(own_of(cast.carl), AddressList(Access.ANY, entries("10.0.0.3", "::1")), console())
    first, second = (json.loads(event.details) for event in Event.select().order_by(Event.id.desc()).limit(2)[::-1])
    assert (first["access"], len(first["added"]), first["added_count"]) == ("any → listed", 20, 25)
    assert (second["access"], second["added"], second["removed_count"]) == ("listed → any", ["::1"], 24)


def test_a_list_has_a_thousand_entries_at_most(cast: Cast) -> None:
    many = listed(*(f"10.0.{n // 250}.{n % 250}" for n in range(1_001)))
    refusal = refused(lambda: trusted_ips.save(own_of(cast.carl), many, console()), list_errors.TooManyEntries)
    assert refusal.values == {"limit": 1_000, "count": 1_001}
    assert own(cast) == AddressList(Access.ANY)
    trusted_ips.save(own_of(cast.carl), AddressList(Access.LISTED, many.entries[:1_000]), console())
    assert len(own(cast).entries) == 1_000


@pytest.mark.parametrize("access", list(Access))
def test_only_an_armed_list_needs_an_entry_that_lasts(access: Access, cast: Cast) -> None:
    dying = entries("10.0.0.1", "10.0.0.2", expires_at=utcnow() + HOUR)
    for wanted, refusal in ((dying, list_errors.ListExpires), ((), list_errors.ListEmpty)):
        act = lambda wanted=wanted: trusted_ips.save(provider_of(cast.carl), AddressList(access, wanted), console())  # noqa: E731
        if access is Access.LISTED:
            refused(act, refusal)
        else:
            act()
    assert trusted_ips.save(
        provider_of(cast.carl), AddressList(Access.LISTED, (*dying, *entries("10.0.0.3"))), console()
    )


def test_a_note_has_eighty_characters_at_most(cast: Cast) -> None:
    for length, refusal in ((80, None), (81, list_errors.NoteTooLong)):
        wanted = AddressList(Access.ANY, entries("10.0.0.1", note="n" * length))
        act = lambda wanted=wanted: trusted_ips.save(own_of(cast.carl), wanted, console())  # noqa: E731
        assert refused(act, refusal) if refusal else act()


def test_a_use_is_noted_at_what_let_in_and_nowhere_else(cast: Cast) -> None:
    for holder in (own_of(cast.carl), provider_of(cast.carl)):
        trusted_ips.save(holder, listed("10.0.0.0/8", "10.0.0.1", "10.0.0.2", "::a00:1"), console())
    [of_own, of_provider] = [row.id for row in TrustedIpList.select().order_by(TrustedIpList.id)]
    trusted_ips.note_use([None, of_own], "10.0.0.1", utcnow())
    trusted_ips.note_use([of_provider], "", utcnow())
    used = [entry.text for entry in own(cast).entries if entry.last_used_at == utcnow()]
    assert used == ["10.0.0.0/8", "10.0.0.1"]
    assert not any(entry.last_used_at for entry in trusted_ips.read(provider_of(cast.carl)).entries)


# --- One's own list ---------------------------------------------------------------------------------------------------


def came_from(user: User, *addresses: str) -> None:
    for seconds, address in enumerate(addresses):
        login_sources.note(user.id, address, utcnow() + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("texts", "way", "saved"),
    [
        ((HOME,), None, [HOME]),
        (("10.0.0.1",), None, list_errors.WouldLockYouOut),
        (("10.0.0.1",), Way.ANYWAY, list_errors.WouldLockYouOut),
        (("10.0.0.1",), Way.BOTH, list_errors.WouldLockYouOut),
        (("10.0.0.1",), Way.ADD, ["10.0.0.1", HOME]),
        (("192.0.2.0/24",), Way.ADD, ["192.0.2.0/24"]),
        (("10.0.0.1",), Way.LEAVE, ["10.0.0.1"]),
        ((), Way.ADD, [HOME]),
        ((), Way.LEAVE, list_errors.ListEmpty),
        ((), None, list_errors.ListEmpty),
    ],
)
def test_a_list_that_locks_out_is_saved_by_no_mistake(
    texts: tuple[str, ...], way: Way | None, saved: list[str] | type[Exception], cast: Cast
) -> None:
    visit = Seat("carl").enter().visit
    act = lambda: own_list.save(cast.carl, listed(*texts), visit, way)  # noqa: E731
    if isinstance(saved, list):
        assert act().texts == own(cast).texts == saved
    else:
        refused(act, saved)  # type: ignore[type-var]
        assert own(cast) == AddressList(Access.ANY)


@pytest.mark.parametrize("way", [None, Way.ADD, Way.ANYWAY])
def test_who_comes_from_an_unknown_address_arms_no_list(way: Way | None, cast: Cast) -> None:
    visit = Seat("carl", "").enter().visit
    refused(
        lambda: own_list.save(cast.carl, listed("10.0.0.1"), visit, way),
        list_errors.WouldLockYouOut,
    )
    assert own_list.save(cast.carl, AddressList(Access.ANY), visit).access is Access.ANY


@pytest.mark.parametrize("way", [None, Way.ADD, Way.LEAVE])
def test_an_entry_that_has_expired_lets_nobody_in(way: Way | None, cast: Cast, clock: time_machine.Traveller) -> None:
    lasting, passing = entries("10.0.0.1"), entries(HOME, expires_at=utcnow() + HOUR)
    trusted_ips.save(own_of(cast.carl), AddressList(Access.ANY, (*lasting, *passing)), console())
    clock.shift(HOUR)
    seat = Seat("carl").enter()
    act = lambda: own_list.save(cast.carl, AddressList(Access.LISTED, own(cast).entries), seat.visit, way)  # noqa: E731
    if way is None:
        refused(act, list_errors.WouldLockYouOut)
    else:
        act()
        assert passes(seat, HOME)[0] is (way is Way.ADD)


@pytest.mark.parametrize(
    ("address", "text", "before", "missing", "sources"),
    [
        (HOME, HOME, [NEAR_V6], 6, ["2001:db8:0:1::/64"]),
        (NEAR_V6, "2001:db8::/32", [ELSEWHERE, HOME], 4, [HOME, ELSEWHERE]),
        (HOME, HOME, [f"2001:db8:0:{n}::9" for n in range(5)], 6, [f"2001:db8:0:{n}::/64" for n in (4, 3, 2)]),
        (HOME, HOME, ["", ELSEWHERE], None, []),
    ],
)
def test_who_also_comes_by_the_other_family_is_warned(
    address: str, text: str, before: list[str], missing: int | None, sources: list[str], cast: Cast
) -> None:
    visit = Seat("carl", address).enter().visit
    came_from(cast.carl, *before)
    act = lambda way=None: own_list.save(cast.carl, listed(text), visit, way)  # noqa: E731
    if missing is None:
        assert act().texts == [text]
        return
    refusal = refused(act, list_errors.FamilyMissing)
    assert refusal.values == {"missing": missing, "sources": sources}
    assert act(Way.ANYWAY).texts == [text]
    assert set(act(Way.BOTH).texts) == {text, *sources}
    assert own_list.save(cast.carl, own(cast), visit), "with both families there is nothing to warn of"


def test_who_adds_his_address_is_warned_of_the_other_family_too(cast: Cast) -> None:
    came_from(cast.carl, NEAR_V6)
    visit = Seat("carl").enter().visit
    refused(lambda: own_list.save(cast.carl, listed("10.0.0.1"), visit, Way.ADD), list_errors.FamilyMissing)


def test_after_thirty_days_a_family_is_not_missed(cast: Cast, clock: time_machine.Traveller) -> None:
    Seat("carl", NEAR_V6).enter()
    clock.shift(login_sources.FAMILIAR)
    assert own_list.save(cast.carl, listed(HOME), Seat("carl").enter().visit).texts == [HOME]


# --- At once ----------------------------------------------------------------------------------------------------------


def save(holder: Callable[[User], Holder], *texts: str) -> Callable[[], object]:
    return lambda: trusted_ips.save(holder(Cast().carl), listed(*texts), console())


@pytest.mark.parametrize("holder", [own_of, provider_of])
def test_of_two_saves_at_once_the_later_one_holds_in_whole(holder: Callable[[User], Holder], cast: Cast) -> None:
    save(holder, "10.0.0.1", "10.0.0.2")()
    overtaken(save(holder, "10.0.0.1", "10.0.0.3"), save(holder, "10.0.0.2", "10.0.0.4"))
    assert trusted_ips.read(holder(cast.carl)).texts == ["10.0.0.1", "10.0.0.3"]
    last = json.loads(Event.select().order_by(Event.id.desc()).get().details)
    assert (last["added"], last["removed"]) == (["10.0.0.1", "10.0.0.3"], ["10.0.0.2", "10.0.0.4"])


def test_two_who_save_the_first_list_at_once_make_one(cast: Cast) -> None:
    overtaken(save(own_of, "10.0.0.1"), save(own_of, "10.0.0.2"))
    assert (own(cast).texts, TrustedIpList.select().count()) == (["10.0.0.1"], 1)


def test_what_the_person_saves_after_the_terminal_is_his_word(cast: Cast) -> None:
    seat = Seat("carl").enter()
    save(own_of, HOME)()
    wanted = AddressList(Access.LISTED, (*own(cast).entries, *entries("10.0.0.1")))
    off = lambda: rescue.switch_off(Cast().carl, Side.OWN, console())  # noqa: E731
    overtaken(lambda: own_list.save(seat.user, wanted, seat.visit), off)
    assert (own(cast).access, own(cast).texts, passes(seat, HOME)) == (
        Access.LISTED,
        ["10.0.0.1", HOME],
        (True, True),
    )
    before, after = rescue.restore(cast.carl, Side.OWN, console())
    assert before == after, "what the terminal remembered is forgotten"


def test_a_list_that_is_tightened_amid_a_log_in_refuses_it(cast: Cast) -> None:
    seat = Seat("carl")
    step = overtaken(seat.give_password, save(own_of, "10.0.0.1"), transaction=2)  # the first books the attempt
    assert (step.denied_by, step.is_full, seat.standing.is_full) == (Rule.OWN_LIST, False, False)
