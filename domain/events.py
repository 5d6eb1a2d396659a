"""The log as it is read: search and paging for whoever looks after others. `audit` writes it.

A page walks along one index (`event_walks`) and asks of each entry what else is wanted. It looks through LOOKED_THROUGH
entries at most, whatever is asked and however long the log is, and then says where to go on.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Any, NamedTuple

from domain import authority, event_walks
from domain.audit import Tag
from domain.authority import Act
from domain.errors import N_
from domain.event_walks import LOOKED_THROUGH, Span, Way, beginning, walk
from domain.people_search import readable
from domain.standing import Standing
from models import Kind, instant, run

PAGE = 50
BATCH = 1_000
CONSOLE = "console:"  # with the name in the system, the actor at a terminal


# --- What is asked for ------------------------------------------------------------------------------------------------

# Source and subject of the tags that belong together.
GROUPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "login": (N_("Log in"), ("account:login:", "account:code:", "account:recovery_code:", "account:login_link:")),
    "denied": (N_("Access denied"), ("access:",)),
    "two_factor": (
        N_("Two-step authentication"),
        ("account:two_factor:", "account:enrolment:", "account:recovery_codes:"),
    ),
    "addresses": (N_("Addresses"), ("account:trusted_ips:", "account:provider_ips:", "account:binding:")),
    "passwords": (N_("Passwords"), ("account:password:", "account:password_link:")),
    "sessions": (N_("Sessions"), ("account:session:", "account:sessions:", "account:known_browser:")),
    "acting": (N_("Logged in as somebody else"), ("account:acting:",)),
    "people": (N_("People"), ("account:user:", "account:users:", "account:preferences:", "account:allowed_roles:")),
    "authority": (N_("Roles and classes"), ("role:", "class:")),
    "log": (N_("Audit log"), ("events:",)),
}
WIRES = {name: [tag.wire for tag in Tag if tag.wire.startswith(parts)] for name, (_, parts) in GROUPS.items()}
GROUP_OF = {wire: name for name, wires in WIRES.items() for wire in wires}


class By(StrEnum):
    """Who did it."""

    SELF = "self"
    PROVIDER = "provider"
    TERMINAL = "terminal"


class Search(NamedTuple):
    """All that is given holds. Each word begins the login of subject or actor, or a tag, or is an address."""

    words: tuple[str, ...] = ()
    group: str = ""
    by: str = ""
    since: datetime | None = None
    until: datetime | None = None


def words(typed: str) -> tuple[str, ...]:
    return tuple(readable(typed).split())


class Scope(NamedTuple):
    """Whose entries somebody sees: of people of these kinds, below `parent_id` where it is given."""

    kinds: frozenset[Kind]
    parent_id: int | None

    @property
    def is_all(self) -> bool:
        return self.parent_id is None and self.kinds == frozenset(Kind)


def scope(standing: Standing) -> Scope:
    kinds = frozenset(kind for kind in Kind if authority.may(standing, kind, Act.VIEW))
    return Scope(kinds, None if standing.kind == Kind.STAFF else standing.user_id)


# --- What is found ----------------------------------------------------------------------------------------------------


class Row(NamedTuple):
    """An entry; `subject_kind` is that of the person, where he is still there."""

    id: int
    at: datetime
    tag: str
    actor: str
    subject: str
    address: str
    user_agent: str
    succeeded: bool
    while_acting: bool
    details: str
    subject_id: int | None
    subject_kind: Kind | None

    @property
    def facts(self) -> dict[str, object]:
        facts: dict[str, object] = json.loads(self.details)
        return facts


class Page(NamedTuple):
    """Newest first. `older` and `newer` are where the next pages begin. `unfinished`: what lies behind `older` has not
    been looked through although this page has room."""

    rows: list[Row]
    older: int | None
    newer: int | None
    unfinished: bool = False


def page(scope: Scope, search: Search, *, before: int | None = None, limit: int = PAGE) -> Page:
    """From the newest, or from the entry `before` on."""
    span = event_walks.of_period(search.since, search.until)
    if before is not None:
        span = span._replace(high=min(span.high, before))
    found, reached, more = _found(scope, search, span, limit)
    newer = None if before is None else found[0].id if found else before - 1
    unfinished = more and len(found) < limit
    return Page(found, reached if more else None, newer, unfinished)


def page_after(scope: Scope, search: Search, after: int, limit: int = PAGE) -> Page:
    """The page before, on the way back to the newest; the newest one where that is near."""
    span = event_walks.of_period(search.since, search.until)
    found, reached, more = _found(scope, search, Span(max(span.low, after), span.high, up=True), limit)
    if not more:
        return page(scope, search, limit=limit)
    return Page(found[::-1], found[0].id if found else after + 1, reached)


def export(scope: Scope, search: Search) -> Iterator[Row]:
    """All, newest first, a batch in memory at a time."""
    before: int | None = None
    while True:
        rows, before, _, _ = page(scope, search, before=before, limit=BATCH)
        yield from rows
        if before is None:
            return


def _found(scope: Scope, search: Search, span: Span, limit: int) -> tuple[list[Row], int, bool]:
    """In the order of the walk, with the id that it reached, and whether there may be more behind that."""
    ids = islice(walk(_ways(search), scope.parent_id, span), LOOKED_THROUGH)
    found: list[Row] = []
    reached, passed, size = 0, 0, limit + 1
    while len(found) <= limit and (batch := list(islice(ids, size))):
        found += _rows(batch, scope, search, up=span.up)
        reached, passed, size = batch[-1], passed + len(batch), min(size * 4, BATCH)
    if len(found) > limit:
        return found[:limit], found[limit - 1].id, True
    return found, reached, passed == LOOKED_THROUGH


def _ways(search: Search) -> list[Way]:
    """The indexes that can answer for a part of what is asked."""
    ranges = [event_walks.ranges(word) for word in search.words]
    if search.by == By.TERMINAL:
        ranges.append([beginning("actor", CONSOLE)])
    found = [way for way in map(event_walks.way, ranges) if way is not None]
    if search.group in WIRES:
        found.append([("tag", wire) for wire in WIRES[search.group]])
    return found


# --- Entries ----------------------------------------------------------------------------------------------------------


def _rows(ids: list[int], scope: Scope, search: Search, *, up: bool) -> list[Row]:
    conditions, values = _conditions(scope, search)
    found = run(
        f"{_STATEMENT} AND {' AND '.join(conditions)}" if conditions else _STATEMENT, ids=json.dumps(ids), **values
    )
    return sorted((_row(entry) for entry in found), key=lambda row: row.id, reverse=not up)


_STATEMENT = """
SELECT e.id, e.at, e.tag, e.actor, e.subject, e.address, e.user_agent, e.succeeded, e.while_acting, e.details,
       u.id, u.kind
  FROM event e LEFT JOIN user u ON u.id = e.subject_user_id LEFT JOIN user p ON p.id = u.parent_id
 WHERE e.id IN (SELECT value FROM json_each(:ids))
"""


def _row(entry: tuple[Any, ...]) -> Row:
    found = Row(*entry)
    return found._replace(
        at=instant(entry[1]),
        succeeded=bool(found.succeeded),
        while_acting=bool(found.while_acting),
        subject_kind=Kind(found.subject_kind) if found.subject_kind else None,
    )


def _conditions(scope: Scope, search: Search) -> tuple[list[str], dict[str, object]]:
    """What is asked of each entry."""
    values: dict[str, object] = {"since": search.since, "until": search.until, "parent": scope.parent_id}
    conditions = [] if scope.is_all else [_in_reach(scope)]
    for number, word in enumerate(search.words):
        parts = []
        for n, (column, low, high) in enumerate(event_walks.ranges(word)):
            values |= {f"low{number}_{n}": low, f"high{number}_{n}": high}
            parts.append(f"e.{column} >= :low{number}_{n} AND e.{column} < :high{number}_{n}")
        conditions.append(f"({' OR '.join(parts)})")
    if search.group in WIRES:
        conditions.append(f"e.tag IN ({_listed(WIRES[search.group])})")
    conditions += [_BY[search.by]] if search.by in _BY else []
    conditions += ["e.at >= :since"] if search.since else []
    conditions += ["e.at < :until"] if search.until else []
    return conditions, values


_BY: dict[str, str] = {
    By.SELF: "e.actor = e.subject",
    By.PROVIDER: f"e.actor <> e.subject AND e.actor NOT LIKE '{CONSOLE}%'",
    By.TERMINAL: f"e.actor LIKE '{CONSOLE}%'",
}


def _in_reach(scope: Scope) -> str:
    """Whoever is moved takes what happened to him along. Of whom nobody is left, the entry of his end tells the kind;
    what concerns nobody at all (a log-in that nobody has, a class) is for staff."""
    kinds = _listed(scope.kinds)
    if scope.parent_id is not None:
        return f"u.kind IN ({kinds}) AND :parent IN (u.parent_id, p.parent_id)"
    return f"""
  {"" if Kind.STAFF in scope.kinds else f"NOT ({_OF_STAFF}) AND"}
  CASE WHEN e.subject_user_id IS NOT NULL THEN u.kind IN ({kinds}) ELSE NOT EXISTS (
    SELECT 1 FROM event d WHERE d.tag = '{Tag.USER_DELETED.wire}' AND d.subject = e.subject
       AND coalesce(json_extract(d.details, '$.kind'), '') NOT IN ({kinds})) END"""  # noqa: S608 (ours)


# Roles and classes of staff are for Owners.
_OF_STAFF = """e.tag LIKE 'role:%' AND (json_extract(e.details, '$.kind') = 'staff'
    OR EXISTS (SELECT 1 FROM role r WHERE r.name = e.subject AND r.kind = 'staff'))
  OR e.tag LIKE 'class:%' AND EXISTS (SELECT 1 FROM account_class c WHERE c.name = e.subject AND (c.name = 'Staff'
    OR EXISTS (SELECT 1 FROM user s WHERE s.account_class_id = c.id AND s.kind = 'staff')))"""


def _listed(names: Iterable[str]) -> str:
    """Our own names as SQL texts."""
    return ", ".join(f"'{name}'" for name in sorted(names))
