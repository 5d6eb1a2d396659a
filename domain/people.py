"""Lists of people: a page of rows, found and filtered, at the same cost among a hundred users and among a million."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from domain import people_keys, people_search, users
from domain.people_keys import LIMITED, Filter, Keys, Query
from domain.policy import two_factor_policy
from domain.users import Block
from models import Kind, User, instant, run

PAGE = 25
MOST_COUNTED = 100


class Row(NamedTuple):
    """A person in a list. `limited`: an address list is armed for him, his own, the provider's or that of his class."""

    id: int
    login: str
    name: str
    kind: str
    role: str
    role_id: int
    block: Block | None
    enrolled: bool
    required: bool
    off: bool
    limited: bool
    bound: bool
    denied_at: datetime | None  # the last time today
    last_login_at: datetime | None
    last_login_address: str | None
    parent_id: int | None
    parent_login: str | None
    parent_name: str | None
    has_password: bool


class Page(NamedTuple):
    """`after` begins the next page; None at the end. Only a search with short words can bring less than a full page
    before the end."""

    rows: list[Row]
    after: str | None


class Counts(NamedTuple):
    """Up to MOST_COUNTED, which means as many or more."""

    denied: int
    required: int


# --- Pages ------------------------------------------------------------------------------------------------------------


def page(
    kind: Kind,
    parent_id: int | None,
    *,
    q: str = "",
    chip: Filter | None = None,
    after: str | None = None,
    since: datetime,
    now: datetime,
    limit: int = PAGE,
    of_customer: bool = False,
) -> Page:
    """Those of a kind, everybody's or only those below a user, who fit what was typed and the filter.

    `after` is that of the page before; what is none begins anew. `since` is the reader's midnight. `of_customer`: the
    user is one, which brings his individuals in the order of logins.
    """
    sought = people_search.parse(q)
    after = people_search.readable(after or "")
    query = Query(kind, parent_id, sought, chip, after, since, now, limit + 1, of_customer)
    keys = people_keys.of(query)
    found = _rows(keys, query.values | keys.values)
    if len(found) <= limit:
        return Page([_row(row, now) for row in found], _read_on(keys, query))
    return Page([_row(row, now) for row in found[:limit]], str(found[limit - 1][0]))


def _read_on(keys: Keys, query: Query) -> str | None:
    """Where a page that ended early goes on."""
    if not keys.last_read:
        return None
    [last] = run(keys.last_read, **query.values, **keys.values).fetchone()
    return None if last is None else str(last)


def counts(kind: Kind, parent_id: int | None, *, since: datetime, now: datetime) -> Counts:
    return Counts(*(_count(kind, parent_id, chip, since, now) for chip in (Filter.DENIED, Filter.TWO_FACTOR_REQUIRED)))


def _count(kind: Kind, parent_id: int | None, chip: Filter, since: datetime, now: datetime) -> int:
    everybody = people_search.parse("")
    query = Query(kind, parent_id, everybody, chip, "", since=since, now=now, limit=MOST_COUNTED)
    keys = people_keys.of(query)
    [counted] = run(f"SELECT count(*) FROM ({keys.statement})", **query.values, **keys.values).fetchone()  # noqa: S608
    return int(counted)


def one(user_id: int, since: datetime, now: datetime) -> Row:
    """Raises User.DoesNotExist."""
    for row in by_ids([user_id], since, now):
        return row
    raise User.DoesNotExist


def by_ids(user_ids: Iterable[int], since: datetime, now: datetime) -> list[Row]:
    """In the order of logins; who is no longer there is left out."""
    keys = Keys("SELECT value AS id, NULL AS key FROM json_each(:ids)", {"ids": json.dumps(list(user_ids))})
    rows = [_row(row, now) for row in _rows(keys, {"since": since, **keys.values})]
    return sorted(rows, key=lambda row: row.login)


# --- Rows -------------------------------------------------------------------------------------------------------------

_ROW = """
SELECT k.key, u.id, u.login, u.name, u.kind, r.name, u.role_id, u.active, u.activates_at, u.expires_at,
       p.active, p.activates_at, p.expires_at, u.enrolled, u.two_factor, c.two_factor, c.grace_days, {limited},
       u.bind_session, iif(u.denied_at >= :since, u.denied_at, NULL),
       u.last_login_at, u.last_login_address, u.parent_id, p.login, p.name, u.password_hash IS NOT NULL
  FROM ({keys}) k
 CROSS JOIN user u ON u.id = k.id
 CROSS JOIN role r ON r.id = u.role_id
 CROSS JOIN account_class c ON c.id = u.account_class_id
  LEFT JOIN user p ON p.id = u.parent_id
 ORDER BY k.key {order}
"""


def _rows(keys: Keys, values: dict[str, Any]) -> list[Sequence[Any]]:
    found: list[Sequence[Any]] = run(
        _ROW.format(limited=LIMITED, keys=keys.statement, order="DESC" if keys.descending else ""), **values
    ).fetchall()
    return found


def _row(found: Sequence[Any], now: datetime) -> Row:
    _, user_id, login, name, kind, role, role_id, *states = found[:13]
    enrolled, of_user, of_class, grace_days, limited, bound, denied_at, at, address, *parent, has_password = found[13:]
    policy = two_factor_policy(of_user, of_class, grace_days)
    return Row(
        id=user_id,
        login=login,
        name=name,
        kind=kind,
        role=role,
        role_id=role_id,
        block=_block(kind, states[:3], states[3:], now),
        enrolled=bool(enrolled),
        required=policy.required,
        off=policy.off,
        limited=bool(limited),
        bound=bool(bound),
        denied_at=_at(denied_at),
        last_login_at=_at(at),
        last_login_address=address,
        parent_id=parent[0],
        parent_login=parent[1],
        parent_name=parent[2],
        has_password=bool(has_password),
    )


def _block(kind: str, own: Sequence[Any], of_parent: Sequence[Any], now: datetime) -> Block | None:
    """As `users.blocked`: what blocks a customer blocks his individuals."""
    for who in (own, of_parent) if kind == Kind.INDIVIDUAL else (own,):
        if why := users.block(bool(who[0]), _at(who[1]), _at(who[2]), now):
            return why
    return None


def _at(text: str | None) -> datetime | None:
    return None if text is None else instant(text)
