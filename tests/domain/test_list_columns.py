"""Lists of addresses as columns: what is shown can be set again, and changes nothing."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st

import speech
from domain import classes, errors, list_columns, networks, trusted_ips, users
from domain.trusted_ips import AddressList, Entry, class_of, own_of, provider_of
from domain.visit import utcnow
from models import Access, Event, database
from tests.cast import Cast
from tests.domain.seat import console, refused

TEXTS = ["10.0.0.1", "10.0.0.0/8", "10.0.0.3-10.0.0.9", "2001:db8::/32", "2001:db8::1-2001:db8::5"]


@pytest.fixture(autouse=True)
def installation(clock: time_machine.Traveller, cast: Cast) -> None:
    """An open database at NOON."""


def entry(text: str, **columns: object) -> Entry:
    return Entry(networks.parse_entry(text).network, **columns)  # type: ignore[arg-type]


def test_what_is_shown_can_be_set_again_and_changes_nothing(cast: Cast) -> None:
    group = classes.by_name("Customers")
    holders = [own_of(cast.carl), provider_of(cast.carl), class_of(group)]
    names = [list_columns.OWN, list_columns.PROVIDER, list_columns.PROVIDER]
    texts = st.lists(st.sampled_from(TEXTS), unique=True)

    @settings(max_examples=40, deadline=None)
    @given(st.lists(st.tuples(st.sampled_from(Access), texts), min_size=3, max_size=3))
    def check(lists: list[tuple[Access, list[str]]]) -> None:
        with database.atomic() as transaction:
            for holder, (access, texts) in zip(holders, lists, strict=True):
                fits = texts if access is Access.LISTED else access is Access.ANY or holder.default is access
                mode = access if fits else Access.ANY
                trusted_ips.save(holder, AddressList(mode, tuple(map(entry, texts))), console())
            before, events = [trusted_ips.read(holder) for holder in holders], Event.select().count()
            shown = [list_columns.shown(stored, name) for stored, name in zip(before, names, strict=True)]
            assert users.change(cast.carl, shown[0] | shown[1], console()) == {}
            assert classes.change(group, shown[2], console()) == {}
            assert [trusted_ips.read(holder) for holder in holders] == before
            assert Event.select().count() == events
            transaction.rollback()

    check()


def test_the_order_of_the_columns_is_no_matter(cast: Cast) -> None:
    columns = {"access": "listed", "trusted_ips": "10.0.0.1", "provider_access": "listed", "provider_ips": "::1"}
    for order in permutations(columns):
        with database.atomic() as transaction:
            changed = users.change(cast.carl, {name: columns[name] for name in order}, console())
            assert changed == {
                "access": ("any", "listed"),
                "trusted_ips": ("", "10.0.0.1"),
                "provider_access": ("inherit", "listed"),
                "provider_ips": ("", "::1"),
            }
            transaction.rollback()


def test_an_entry_that_stays_keeps_note_and_expiry(cast: Cast) -> None:
    expires_at = utcnow() + timedelta(hours=1)
    stored = AddressList(Access.LISTED, (entry("10.0.0.1"), entry("10.0.0.2", note="Guest", expires_at=expires_at)))
    trusted_ips.save(own_of(cast.carl), stored, console())
    users.change(cast.carl, {"trusted_ips": "10.0.0.2;10.0.0.3"}, console())
    guest, new = trusted_ips.read(own_of(cast.carl)).entries
    assert (guest.note, guest.expires_at, new.note, new.expires_at) == ("Guest", expires_at, "", None)
    refusal = refused(lambda: users.change(cast.carl, {"trusted_ips": "10.0.0.2"}, console()), errors.Conflict)
    assert speech.message(refusal) == (
        "trusted_ips: Every address in the list expires. Let one of them never expire, or choose From any IP."
    )
