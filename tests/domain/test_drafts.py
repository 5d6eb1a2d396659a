"""A list in its form: what was not touched stays as it is, what was typed is what will be stored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import drafts, networks
from domain.drafts import KEEP, LIFETIMES, NEVER, Details, Draft
from domain.list_errors import EntryWrong, ListWrong
from domain.networks import Network
from domain.trusted_ips import AddressList, Entry
from models import Access

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
HERE = networks.address("192.0.2.10")
OFFICE = Entry(networks.parse_entry("192.0.2.0/24").network, "Office", None, "carl", NOW, NOW)
GUEST = Entry(networks.parse_entry("10.0.0.1").network, "Guest", NOW + timedelta(hours=1), "sam", NOW, None)
STORED = AddressList(Access.LISTED, (GUEST, OFFICE))


def draft_of(stored: AddressList = STORED, here: Network | None = HERE) -> Draft:
    return drafts.of(stored, here, NOW)


def edited(text: str, details: dict[str, Details] | None = None) -> AddressList:
    return drafts.edited(STORED, text, details or {}, draft_of())[0].wanted


instants = st.none() | st.integers(-9, 9).map(lambda days: NOW + timedelta(days=days))
some = {6: st.integers(0, 2**128 - 2), 4: st.integers(0, 2**32 - 2)}
ranges = st.sampled_from([4, 6]).flatmap(
    lambda family: st.tuples(some[family], some[family]).map(lambda ends: Network(family, min(ends), max(ends)))
)
plain = ranges.filter(lambda network: network.family == 4 or network.highest < 0xFFFF << 32)  # none of them is IPv4
entries = st.builds(
    Entry, plain, st.text(max_size=9), instants, st.sampled_from(["carl", "sam"]), st.just(NOW), instants
)
lists = st.builds(
    AddressList,
    st.sampled_from([Access.ANY, Access.LISTED]),
    st.lists(entries, max_size=9, unique_by=lambda entry: entry.network).map(
        lambda found: tuple(sorted(found, key=lambda entry: entry.network))
    ),
)


@given(lists)
def test_a_form_that_is_sent_as_it_came_changes_nothing(stored: AddressList) -> None:
    draft = drafts.of(stored, HERE, NOW)
    assert draft.wanted == stored
    details = {row.entry.text: Details(row.entry.note, row.lifetime) for row in draft.rows}
    for typed in ({}, details):
        again, _ = drafts.edited(stored, draft.text, typed, draft)
        assert (again.wanted, again.unsaved) == (stored, False)


def test_what_stays_keeps_all_and_what_comes_is_new() -> None:
    wanted = edited("10.0.0.1\n10.0.0.2")
    assert wanted.entries == (GUEST, Entry(networks.parse_entry("10.0.0.2").network))


@pytest.mark.parametrize(
    ("lifetime", "expires_at"),
    [
        (KEEP, GUEST.expires_at),
        (NEVER, None),
        ("1h", NOW + timedelta(hours=1)),
        ("1d", NOW + timedelta(days=1)),
        ("7d", NOW + timedelta(days=7)),
        ("30d", NOW + timedelta(days=30)),
        ("a lie", None),
    ],
)
def test_an_expiry_counts_from_saving(lifetime: str, expires_at: datetime | None) -> None:
    [guest] = edited("10.0.0.1", {"10.0.0.1": Details("Mine", lifetime)}).entries
    assert (guest.note, guest.expires_at, guest.added_by) == ("Mine", expires_at, "sam")
    [new] = edited("10.0.0.7", {"10.0.0.7": Details("", lifetime)}).entries
    assert new.expires_at == (None if lifetime == KEEP else expires_at), "there is nothing to keep"
    assert set(LIFETIMES) == {NEVER, "1h", "1d", "7d", "30d"}


def test_one_more_address_comes_without_note_and_expiry_once() -> None:
    draft = drafts.of_form(STORED, HERE, NOW, "listed", " 10.0.0.7 ")
    assert (draft.address, draft.unsaved) == ("10.0.0.7", False)
    for _ in range(2):
        draft, _ = draft.adding("10.0.0.7; 10.0.0.1")
    assert (draft.count, draft.unsaved, draft.address) == (3, True, "")
    new = Entry(networks.parse_entry("10.0.0.7").network)
    assert draft.wanted.entries == (GUEST, new, OFFICE), "what stands there already is not overwritten"


def test_what_was_altered_or_covered_is_said() -> None:
    _, said = draft_of().adding("192.0.2.77/25")
    assert [(note.sentence, note.values.get("network")) for note in said] == [(drafts.TAKEN_AS, "192.0.2.0/25")]
    _, said = draft_of().adding("172.16.0.1; 172.16.0.0/12")
    assert [note.sentence for note in said] == [networks.COVERED]


def test_an_entry_is_removed_by_its_text_and_no_other() -> None:
    assert draft_of().without("10.0.0.1").wanted.entries == (OFFICE,)
    assert draft_of().without("10.0.0.2").wanted == STORED


@pytest.mark.parametrize(
    ("access", "kept"), [("listed", Access.LISTED), ("any", Access.ANY), ("", Access.ANY), ("inherit", Access.ANY)]
)
def test_a_mode_that_nobody_can_choose_is_from_any_ip(access: str, kept: Access) -> None:
    assert drafts.of_form(STORED, HERE, NOW, access, "").wanted == AddressList(kept, STORED.entries)


def test_the_address_of_the_visitor_is_marked_where_it_is_known() -> None:
    assert [draft_of().is_here(row.entry) for row in draft_of().rows] == [False, True]
    assert (draft_of().includes_here, str(draft_of().near)) == (True, "192.0.2.0/24")
    assert (draft_of(here=None).includes_here, draft_of(here=None).near) == (False, None)


def test_a_long_list_is_shown_by_its_beginning_and_has_no_fields_for_each_entry() -> None:
    draft = drafts.of(STORED, HERE, NOW, 1_000, details=True)
    assert (draft.shows_all, draft.shows_details) == (False, False)
    assert [drafts.of(STORED, HERE, NOW, details=details).shows_details for details in (True, False)] == [True, False]


def test_what_cannot_be_read_is_said_at_its_field() -> None:
    with pytest.raises(ListWrong, match="Line 2: here is not an IP address") as in_text:
        edited("10.0.0.1\nhere")
    with pytest.raises(EntryWrong, match=r"^10\.0\.0\.0/0 lets everybody in") as alone:
        draft_of().adding("10.0.0.0/0")
    with pytest.raises(ListWrong, match="Line 2: here is not an IP address") as one_of_several:
        draft_of().adding("10.0.0.1\nhere")
    assert [error.value.field for error in (in_text, alone, one_of_several)] == ["trusted_ips", "address", "address"]
