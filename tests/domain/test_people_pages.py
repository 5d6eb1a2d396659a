"""Pages of people: complete, without doubles, and at the same cost however many there are."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import time_machine

from domain import people, users
from domain.people import Filter
from domain.visit import utcnow
from models import Kind, User, database
from tests.cast import HOME, Cast
from tests.domain.seat import console
from tests.domain.test_people import KINDS, MIDNIGHT, customers, deny


@pytest.fixture(autouse=True)
def installation(clock: time_machine.Traveller, cast: Cast) -> None:
    """An open database at NOON."""


# --- Pages ------------------------------------------------------------------------------------------------------------

Ask = dict[str, object]
WAYS: list[Ask] = [{}, {"chip": Filter.TWO_FACTOR_OFF}, {"q": "m"}, {"q": "example"}, {"chip": Filter.DENIED}]


@pytest.mark.parametrize("asked", WAYS, ids=str)
def test_pages_neither_miss_nor_repeat_while_others_come_and_go(cast: Cast, asked: Ask) -> None:
    customers(30)
    for number in range(30):
        deny(f"m{number:03}", utcnow() - timedelta(minutes=number))
    seen: list[str] = []
    after: str | None = None
    for turn in range(100):
        rows, after = people.page(
            Kind.CUSTOMER, None, after=after, since=utcnow() - MIDNIGHT, now=utcnow(), limit=4, **asked
        )
        seen += [row.login for row in rows]
        if after is None:
            break
        users.create(f"m{turn:03}-new", console(), email="n@mail.example")
        gone = next(login for login in (f"m{n:03}" for n in range(29, 0, -1)) if User.get_or_none(User.login == login))
        User.delete().where(User.login == gone).execute()
    stayed = {user.login for user in User.select() if re.fullmatch("m[0-9]{3}", user.login)}
    assert len(seen) == len(set(seen)) and stayed <= set(seen)


@pytest.mark.parametrize("after", ["", "0", "-1", "9" * 40, "x/y/z", "\0", "\udc80", "'; --", "²", "nobody" * 99])
def test_a_cursor_of_nobody_breaks_nothing(cast: Cast, after: str) -> None:
    for asked in [*WAYS, {"q": HOME}]:
        people.page(Kind.CUSTOMER, None, after=after, since=utcnow(), now=utcnow(), **asked)


# --- Cost -------------------------------------------------------------------------------------------------------------


@contextmanager
def statements() -> Iterator[list[str]]:
    seen: list[str] = []
    connection = database.connection()
    connection.set_trace_callback(lambda text: seen.append(text) if not text.startswith("--") else None)
    try:
        yield seen
    finally:
        connection.set_trace_callback(None)


QUESTIONS = ["", "a", "a b", "example", "example com", "exa b", HOME, "2001:db8::1"]


def combinations(cast: Cast) -> Iterator[Callable[[], object]]:
    for kind in KINDS:
        for parent in (None, cast.rita.id):
            for chip in (None, *Filter):
                for q in QUESTIONS:
                    yield lambda k=kind, p=parent, c=chip, q=q: people.page(
                        k, p, chip=c, q=q, since=utcnow() - MIDNIGHT, now=utcnow()
                    )
            yield lambda k=kind, p=parent: people.counts(k, p, since=utcnow(), now=utcnow())


def test_a_page_takes_one_statement_whatever_stands_in_it(cast: Cast) -> None:
    for count in (1, 30):
        customers(count, of="mn"[count > 1])
        for ask in combinations(cast):
            with statements() as seen:
                ask()
            assert 1 <= len(seen) <= 2, seen


def test_no_plan_scans_a_table_that_grows_with_the_users(cast: Cast) -> None:
    """Nor makes an index of its own."""
    plans: set[str] = set()
    for ask in combinations(cast):
        with statements() as seen:
            ask()
        plans |= {str(row[3]) for text in seen for row in database.execute_sql(f"EXPLAIN QUERY PLAN {text}")}
    scanned = {step for step in plans if step.startswith("SCAN") and not re.match(SMALL, step)}
    assert not scanned and not any("AUTOMATIC" in step for step in plans)
    assert any(step.startswith("SEARCH u USING") for step in plans)


# Subqueries, values, classes (c), a page's keys (k), those found by an address or by words (f), the index of words.
SMALL = r"SCAN (\(subquery-\d+\)|\d CONSTANT ROWS|[ckf]( USING.*)?$|(main\.)?user_search)"
