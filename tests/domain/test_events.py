"""The log as it is read: whatever is asked, an index answers, and a page looks through a bounded part of the log."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import time_machine

from domain import audit, event_walks, events, users
from domain.audit import Tag
from domain.events import By, Scope, Search
from models import Event, Kind, User, database, run
from tests.cast import Cast
from tests.domain.seat import Seat

OWNER = Scope(frozenset(Kind), None)
STAFF = Scope(frozenset(Kind) - {Kind.STAFF}, None)
SEARCHES = [
    Search(),
    Search(events.words("carl")),
    Search(events.words("c")),
    Search(events.words("192.0.2.10 account:login console")),
    Search(events.words("2001:db8: sam"), group="denied", by=By.PROVIDER),
    Search(group="login", by=By.SELF),
    Search(by=By.TERMINAL),
]


@pytest.fixture(autouse=True)
def installation(clock: time_machine.Traveller, cast: Cast) -> None:
    """An open database at NOON: carl is rita's, and the log is empty."""
    User.update(parent=cast.rita).where(User.login == "carl").execute()
    Event.delete().execute()


def reseller(cast: Cast) -> Scope:
    return Scope(frozenset({Kind.CUSTOMER, Kind.INDIVIDUAL}), cast.rita.id)


def note(*logins: str) -> None:
    for login in logins:
        audit.record(Tag.CONFIRMED, Cast.visit(login), users.find(login))


def read(scope: Scope, search: Search = Search(), limit: int = 3) -> list[events.Row]:  # noqa: B008 (a value)
    """All pages, one after the other."""
    page = events.page(scope, search, limit=limit)
    rows = list(page.rows)
    while page.older is not None:
        page = events.page(scope, search, before=page.older, limit=limit)
        assert len(page.rows) <= limit
        rows += page.rows
    return rows


# --- Groups -----------------------------------------------------------------------------------------------------------


def test_every_tag_belongs_to_one_group() -> None:
    groups = [[name for name, wires in events.WIRES.items() if tag.wire in wires] for tag in Tag]
    assert [len(found) for found in groups] == [1] * len(Tag)


@pytest.mark.parametrize(
    ("login", "kinds"),
    [
        ("olga", set(Kind)),
        ("sam", set(Kind) - {Kind.STAFF}),
        ("rita", {Kind.CUSTOMER, Kind.INDIVIDUAL}),
        ("carl", {Kind.INDIVIDUAL}),
        ("ivy", set()),
    ],
)
def test_who_looks_after_whom_decides_whose_entries_are_seen(login: str, kinds: set[Kind], cast: Cast) -> None:
    scope = events.scope(Seat(login).enter().standing)
    assert scope == Scope(frozenset(kinds), None if login in ("olga", "sam") else getattr(cast, login).id)


# --- Pages ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 50])
def test_pages_hold_each_entry_once_in_order(limit: int, cast: Cast) -> None:
    note(*["carl", "ivy", "sam", "olga", "rita"] * 5)
    ids = [row.id for row in read(OWNER, limit=limit)]
    assert ids == sorted(ids, reverse=True) and len(ids) == 25
    assert {row.subject for row in read(STAFF, limit=limit)} == {"carl", "ivy", "rita"}
    assert [row.subject for row in read(reseller(cast), limit=limit)] == ["ivy", "carl"] * 5
    assert [row.subject for row in read(OWNER, Search(events.words("carl")), limit)] == ["carl"] * 5


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_the_way_up_meets_the_same_entries_as_the_way_down(limit: int, cast: Cast) -> None:
    note(*["carl", "ivy", "sam"] * 7)
    down = [row.id for row in read(reseller(cast), limit=limit)]
    after, up = 0, list[int]()
    while (page := events.page_after(reseller(cast), Search(), after, limit)).newer is not None:
        up = [row.id for row in page.rows] + up
        after = page.newer
    newest = [row.id for row in page.rows]
    assert newest == down[: len(newest)]
    assert [*newest, *(entry for entry in up if entry not in newest)] == down


def test_people_walked_in_turns_come_in_one_order(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(7):
        users.create(f"c{n}", cast.visit("olga"), parent="rita")
    Event.delete().execute()
    note(*[f"c{n * n % 7}" for n in range(40)], *[f"c{n}" for n in range(7)] * 3)
    wanted = [row.id for row in read(reseller(cast), limit=50)]
    assert len(wanted) == 61
    for side_by_side in ((), (1,), (1, 1, 1), (2, 3), (3, 64)):
        monkeypatch.setattr(event_walks, "SIDE_BY_SIDE", side_by_side)
        assert [row.id for row in read(reseller(cast), limit=4)] == wanted
        up = events.page_after(reseller(cast), Search(), wanted[20], 5)
        assert [row.id for row in up.rows] == wanted[15:20]
    monkeypatch.setattr(event_walks, "MOST_PEOPLE", 2)
    assert [row.id for row in read(reseller(cast), limit=4)] == wanted


def test_a_page_looks_through_so_many_entries_and_says_where_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "LOOKED_THROUGH", 10)
    monkeypatch.setattr(event_walks, "LOOKED_THROUGH", 10)
    note("carl", *["sam"] * 25)
    first = events.page(STAFF, Search())
    assert (first.rows, first.unfinished, first.older) == ([], True, 17)
    assert [row.subject for row in read(STAFF)] == ["carl"]
    assert [row.subject for row in events.export(STAFF, Search())] == ["carl"]
    assert [row.subject for row in events.page(STAFF, Search(events.words("carl"))).rows] == ["carl"]


def test_where_more_logins_begin_with_a_word_than_an_index_is_asked_for_all_are_found(cast: Cast) -> None:
    visit = cast.visit("x")
    for n in range(event_walks.MOST_VALUES + 5):
        audit.record(Tag.LOGIN_FAILED, visit, f"u{n:03}", succeeded=False)
    assert len(read(OWNER, Search(events.words("u")))) == event_walks.MOST_VALUES + 5
    assert [row.subject for row in read(OWNER, Search(events.words("u00")))] == [f"u{n:03}" for n in range(9, -1, -1)]


# --- Plans ------------------------------------------------------------------------------------------------------------


@contextmanager
def statements() -> Iterator[list[str]]:
    seen: list[str] = []
    connection = database.connection()
    connection.set_trace_callback(lambda text: seen.append(text) if text.lstrip()[:4] in ("SELE", "WITH") else None)
    yield seen
    connection.set_trace_callback(None)


def plan(statement: str) -> list[str]:
    return [str(step[-1]) for step in run(f"EXPLAIN QUERY PLAN {statement}")]


@pytest.mark.parametrize("search", SEARCHES, ids=str)
@pytest.mark.parametrize("who", ["owner", "staff", "reseller"])
@pytest.mark.parametrize("dated", [False, True])
def test_no_plan_scans_the_log_or_the_people_and_none_sorts(
    who: str, search: Search, dated: bool, cast: Cast, clock: time_machine.Traveller
) -> None:
    note(*["carl", "ivy", "sam"] * 3)
    at = Event.get().at
    search = search._replace(since=at, until=at) if dated else search
    scope = {"owner": OWNER, "staff": STAFF, "reseller": reseller(cast)}[who]
    with statements() as seen:
        events.page(scope, search)
        events.page(scope, search, before=5)
        events.page_after(scope, search, 1)
    assert len(seen) >= 3
    steps = {step for statement in seen for step in plan(statement)}
    whole = [step for step in steps if step.startswith("SCAN") and not step.startswith(("SCAN json_each", "SCAN p "))]
    allowed = ("SCAN found", "SCAN (subquery", "SCAN CONSTANT ROW")
    assert [step for step in whole if not step.startswith(allowed)] == []
    assert [step for step in steps if "TEMP B-TREE" in step] == []
    for statement in seen:
        if along := re.match(r"SELECT id FROM event WHERE (\w+) = ", statement):
            assert f"COVERING INDEX event_{along[1]}" in plan(statement)[0]


@pytest.mark.parametrize("who", ["owner", "staff", "reseller"])
def test_a_page_asks_as_much_of_a_long_log_as_of_a_short_one(who: str, cast: Cast) -> None:
    scope = {"owner": OWNER, "staff": STAFF, "reseller": reseller(cast)}[who]
    counts = []
    for entries in (60, 600):
        note(*["carl"] * entries)
        with statements() as seen:
            assert len(events.page(scope, Search(events.words("carl"))).rows) == events.PAGE
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_every_event_stands_in_a_group() -> None:
    assert set(events.GROUP_OF) == {tag.wire for tag in Tag}
