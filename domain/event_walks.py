"""Walks through the log, entry by entry from one end on, along the index that knows the fewest of them."""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from domain import networks
from domain.login_name import fold
from models import run

LOOKED_THROUGH = 10_000  # entries for one page: 10 ms where few of them are wanted
MOST_VALUES = 300  # that begin with a word, such as the addresses of 192.0.2.; where there are more, they are no way
MOST_PEOPLE = 5_000  # of a reseller; of one with more, the newest entries of all are his often enough
SIDE_BY_SIDE = (64, 256, 1_024)  # people whose entries are walked at once, turn by turn: most pages need but one
NEAR_EDGE = 1_000
BEHIND_ALL = 1 << 62


# --- From where to where ----------------------------------------------------------------------------------------------


class Span(NamedTuple):
    """Ids between these, both excluded; walked down from the newest, or up."""

    low: int
    high: int
    up: bool = False

    @property
    def order(self) -> str:
        return "ASC" if self.up else "DESC"

    def until(self, end: int) -> Span:
        return self._replace(high=end) if self.up else self._replace(low=end)

    def beginning_at(self, first: int) -> Span:
        return self._replace(low=first - 1) if self.up else self._replace(high=first + 1)


def of_period(since: datetime | None, until: datetime | None) -> Span:
    """A period is one of ids too: both go up together, but for requests side by side and clocks that are set back.

    So the edge is that of NEAR_EDGE entries, and whoever walks looks at the instants too.
    """
    low = _edge("min", "at >= ? ORDER BY at", since) if since else 1
    high = _edge("max", "at < ? ORDER BY at DESC", until) if until else BEHIND_ALL
    return Span(BEHIND_ALL if low is None else low - 1, 0 if high is None else high + 1)


def _edge(of: str, entries: str, at: datetime) -> int | None:
    statement = f"SELECT {of}(id) FROM (SELECT id FROM event WHERE {entries} LIMIT ?)"  # noqa: S608 (ours)
    found: int | None = run(statement, at, NEAR_EDGE).fetchone()[0]
    return found


# --- Ways -------------------------------------------------------------------------------------------------------------


class Range(NamedTuple):
    """Texts of a column from `low` on, `high` excluded."""

    column: str
    low: str
    high: str


Way = list[tuple[str, object]]  # the entries whose column has this value, of any of these


def ranges(word: str) -> list[Range]:
    """Where an entry may have it. A whole address is meant as such, in whichever way it is written."""
    login = fold(word)
    found = [beginning("actor", login), beginning("subject", login)]
    if ":" in word:
        found.append(beginning("tag", word))
    if address := networks.address(word):
        found.append(Range("address", str(address), f"{address}\0"))
    elif "." in word or ":" in word:
        found.append(beginning("address", word.lower()))
    return found


def beginning(column: str, text: str) -> Range:
    return Range(column, text, f"{text}\U0010ffff")


def way(ranges: list[Range]) -> Way | None:
    """All values that there are; None where they are too many."""
    found: Way = []
    for column, low, high in ranges:
        values = run(_DISTINCT.format(column=column), low=low, high=high, most=MOST_VALUES + 1)
        found += [(column, value) for (value,) in values]
    return found if len(found) <= MOST_VALUES else None


# From one value to the next, without a look at the entries between them.
_DISTINCT = """
WITH RECURSIVE found (value) AS (
  SELECT min({column}) FROM event WHERE {column} >= :low AND {column} < :high
   UNION ALL
  SELECT (SELECT min(e.{column}) FROM event e WHERE e.{column} > found.value AND e.{column} < :high)
    FROM found WHERE found.value IS NOT NULL
) SELECT value FROM found WHERE value IS NOT NULL LIMIT :most
"""


# --- Walks ------------------------------------------------------------------------------------------------------------


def walk(ways: list[Way], parent_id: int | None, span: Span) -> Iterator[int]:
    """The ids of all entries that lie on each of the ways and are of people below that parent, among others.

    No index answers for two conditions at once: whoever walks asks of each entry what else is wanted.
    """
    sizes = [_size(way, span) for way in ways]
    if sizes and min(sizes) < LOOKED_THROUGH:
        return _along(ways[sizes.index(min(sizes))], span)
    people = None if parent_id is None else _people(parent_id)
    if people is not None:
        return _of_people(people, span)
    return _along(ways[0], span) if ways else _whole(span)


def _size(way: Way, span: Span) -> int:
    """How many entries lie on it, as far as that matters."""
    total = 0
    for column, value in way:
        entries = f"SELECT 1 FROM event WHERE {column} = ? AND id > ? AND id < ? LIMIT ?"  # noqa: S608 (ours)
        count = f"SELECT count(*) FROM ({entries})"  # noqa: S608
        total += run(count, value, span.low, span.high, LOOKED_THROUGH - total).fetchone()[0]
        if total >= LOOKED_THROUGH:
            break
    return total


def _whole(span: Span) -> Iterator[int]:
    entries = f"SELECT id FROM event WHERE id > ? AND id < ? ORDER BY id {span.order}"  # noqa: S608 (ours)
    return (entry for (entry,) in run(entries, span.low, span.high))


def _along(way: Way, span: Span) -> Iterator[int]:
    """Each entry once, in order."""
    streams = [
        run(
            f"SELECT id FROM event WHERE {column} = ? AND id > ? AND id < ? ORDER BY id {span.order}",  # noqa: S608
            value,
            span.low,
            span.high,
        )
        for column, value in way
    ]
    return (entry for (entry,), _ in groupby(heapq.merge(*streams, reverse=not span.up)))


def _people(parent_id: int) -> list[int] | None:
    """All below a reseller; None where they are too many."""
    ids = [user_id for (user_id,) in run(_PEOPLE, parent=parent_id, most=MOST_PEOPLE + 1)]
    return ids if len(ids) <= MOST_PEOPLE else None


_PEOPLE = """
SELECT id FROM user WHERE parent_id = :parent
 UNION ALL SELECT i.id FROM user c JOIN user i ON i.parent_id = c.id WHERE c.parent_id = :parent LIMIT :most
"""


def _of_people(people: list[int], span: Span) -> Iterator[int]:
    """Those whose entries come next, up to the first entry of all others; then again from there.

    After some turns everybody's, which costs less than another one.
    """
    for most in SIDE_BY_SIDE:
        firsts = run(_FIRSTS.format(order=span.order), people=json.dumps(people), low=span.low, high=span.high)
        nearest = sorted(((first, user_id) for user_id, first in firsts if first), reverse=not span.up)
        others = nearest[most:]
        way: Way = [("subject_user_id", user_id) for _, user_id in nearest[:most]]
        yield from _along(way, span.until(others[0][0]) if others else span)
        if not others:
            return
        span = span.beginning_at(others[0][0])
    yield from _whole(span)


_FIRSTS = """
SELECT p.value, (SELECT e.id FROM event e WHERE e.subject_user_id = p.value AND e.id > :low AND e.id < :high
                  ORDER BY e.id {order} LIMIT 1)
  FROM json_each(:people) p
"""
