"""The ways through the users that bring a page of a list in its order: statements of ids and keys.

No page counts or skips: each begins behind the last key of the page before, in an index that brings its rows in order.
Browsing and filters are in the order of logins. Words are found in the order of ids, that of the index of words: any
other would have to sort everybody who has the word. Who was denied today comes by time, the last one first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from domain import people_search
from domain.client_address import source
from domain.login_sources import FAMILIAR
from domain.people_search import LAST, Sought
from models import Kind

# Whoever has the long words is looked at for the short ones: so many a page, then the page ends early.
MOST_READ = 2_000
LONGEST_ID = 18  # digits


class Filter(StrEnum):
    """Each person is in one at most of the two of two-step authentication: who must have it and has not is no `off`."""

    DENIED = "denied"  # since midnight, by address
    TWO_FACTOR_OFF = "2fa-off"
    TWO_FACTOR_REQUIRED = "2fa-required"  # and not set up
    LIMITED = "ip"
    BOUND = "bound"
    SUSPENDED = "suspended"  # himself: who is blocked by his customer is found by the customer


class Keys(NamedTuple):
    """A statement that brings `id` and `key` of a page in its order; what follows the last key is the next page."""

    statement: str
    values: dict[str, object]
    descending: bool = False
    last_read: str = ""  # brings the last key that was looked at, of a page that may end early


# --- What holds for somebody: {of} users, or the states of a class c --------------------------------------------------

ARMED_BY_CLASS = "EXISTS (SELECT 1 FROM trusted_ip_list l WHERE l.account_class_id = c.id AND l.access = 'listed')"
_LIMITED = f"({{of}}.access = 'listed' OR {{of}}.access = 'inherit' AND {ARMED_BY_CLASS})"
LIMITED = _LIMITED.format(of="u")
_OF = {
    Filter.DENIED: "{of}.denied_at >= :since",
    Filter.TWO_FACTOR_OFF: "({of}.two_factor = 'no' OR {of}.two_factor = 'inherit'"
    " AND (c.two_factor = 'off' OR c.two_factor = 'optional' AND {of}.enrolled = 0))",
    Filter.TWO_FACTOR_REQUIRED: "({of}.enrolled = 0 AND ({of}.two_factor = 'yes' OR {of}.two_factor = 'inherit'"
    " AND c.two_factor = 'required'))",
    Filter.LIMITED: _LIMITED,
    Filter.BOUND: "{of}.bind_session = 1",
    Filter.SUSPENDED: "{of}.active = 0",
}
_GRANDCHILD = ":parent IN (u.parent_id, (SELECT p.parent_id FROM user p WHERE p.id = u.parent_id))"

_INDEX: dict[Filter | None, str] = {
    None: "user_kind_login",
    Filter.BOUND: "user_bound",
    Filter.SUSPENDED: "user_suspended",
}


@dataclass(frozen=True, slots=True)
class _States:
    """What a filter asks beside the class. Each class and state where the answer is yes has a walk through an index of
    its own: there are few of them, and each is a page long at most."""

    rows: str
    same: str  # user y is in state w
    index: str
    column: str  # of the index of words, where a class and state are one mark, see migration 0006
    mark: str


_TWO_FACTOR = _States(
    rows="SELECT column1 AS two_factor, column2 AS enrolled FROM"
    " (VALUES ('inherit', 0), ('inherit', 1), ('yes', 0), ('yes', 1), ('no', 0), ('no', 1))",
    same="y.two_factor = w.two_factor AND y.enrolled = w.enrolled",
    index="user_kind_account_class_id_two_factor_enrolled_login",
    column="two_factor",
    mark="char(57346, 131072 + c.id, 131072 + unicode(s.two_factor) + 256 * s.enrolled)",
)
_ACCESS = _States(
    rows="SELECT column1 AS access FROM (VALUES ('inherit'), ('any'), ('listed'))",
    same="y.access = w.access",
    index="user_kind_account_class_id_access_login",
    column="access",
    mark="char(57347, 131072 + c.id, 131072 + unicode(s.access))",
)
_STATES = {
    Filter.TWO_FACTOR_OFF: _TWO_FACTOR,
    Filter.TWO_FACTOR_REQUIRED: _TWO_FACTOR,
    Filter.LIMITED: _ACCESS,
}
_MARK_OF = {Filter.BOUND: f'bound : "{chr(57349) * 3}"', Filter.SUSPENDED: f'suspended : "{chr(57348) * 3}"'}
_NOBODY = "\ue0ff" * 3


@dataclass(frozen=True, slots=True)
class Query:
    """What a page is asked for; `limit` is one more than it shows."""

    kind: Kind
    parent_id: int | None
    sought: Sought
    chip: Filter | None
    after: str
    since: datetime
    now: datetime
    limit: int
    of_customer: bool = False  # the parent is one: his individuals stand right below him

    @property
    def values(self) -> dict[str, object]:
        return {"kind": self.kind, "parent": self.parent_id, "since": self.since, "limit": self.limit}

    @property
    def below(self) -> str:
        if self.parent_id is None:
            return ""
        return f" AND {_GRANDCHILD}" if self.kind == Kind.INDIVIDUAL else " AND u.parent_id = :parent"

    @property
    def fits(self) -> str:
        """The filter, asked of each row."""
        return f" AND {_OF[self.chip].format(of='u')}" if self.chip else ""


def of(query: Query) -> Keys:
    if query.sought.address:
        return _by_address(query)
    if query.chip == Filter.DENIED:
        return _by_denial(query)
    grandchildren = query.kind == Kind.INDIVIDUAL and query.parent_id is not None and not query.of_customer
    if query.sought.words or grandchildren:
        return _by_words(query)
    return _by_login(query)


# --- By login ---------------------------------------------------------------------------------------------------------


def _by_login(query: Query) -> Keys:
    prefix = query.sought.prefix
    values: dict[str, object] = {
        "low": max(prefix, f"{query.after}\x01" if query.after else ""),  # \x01 stands before all signs of a login
        "high": prefix + LAST,
    }
    if query.parent_id is not None:
        return Keys(_CHILDREN.format(fits=query.fits), values)
    if query.chip in _STATES:
        states = _STATES[query.chip]
        fits = _OF[query.chip].format(of="s")
        return Keys(_WALKS.format(states=states.rows, fits=fits, same=states.same, index=states.index), values)
    return Keys(_OF_KIND.format(index=_INDEX[query.chip], fits=query.fits), values)


_OF_KIND = """
SELECT u.id, u.login AS key FROM user u INDEXED BY {index}
 WHERE u.kind = :kind AND u.login >= :low AND u.login < :high{fits} ORDER BY u.login LIMIT :limit
"""
_CHILDREN = """
SELECT u.id, u.login AS key FROM user u INDEXED BY user_children CROSS JOIN account_class c ON c.id = u.account_class_id
 WHERE u.parent_id = :parent AND u.kind = :kind AND u.login >= :low AND u.login < :high{fits}
 ORDER BY u.login LIMIT :limit
"""
_WALKS = """
SELECT x.id, x.login AS key
  FROM (SELECT c.id AS account_class_id, s.* FROM account_class c CROSS JOIN ({states}) s WHERE {fits}) w
 CROSS JOIN user x
    ON x.id IN (SELECT y.id FROM user y INDEXED BY {index}
                 WHERE y.kind = :kind AND y.account_class_id = w.account_class_id AND {same}
                   AND y.login >= :low AND y.login < :high
                 ORDER BY y.login LIMIT :limit)
 ORDER BY x.login LIMIT :limit
"""


# --- By words ---------------------------------------------------------------------------------------------------------


def _by_words(query: Query) -> Keys:
    short, values = people_search.conditions(query.sought)
    values |= {"after": _id(query.after), "most": MOST_READ if short else query.limit}
    values["match"] = people_search.expression(query.sought, query.kind, query.parent_id)
    found = f"""
SELECT rowid AS id, rowid AS key FROM user_search
 WHERE user_search MATCH {_match(query.chip)} AND rowid > :after ORDER BY rowid LIMIT :most
"""  # noqa: S608 (parts of our own)
    if not short:
        return Keys(found, values)
    return Keys(
        f"SELECT f.id, f.key FROM ({found}) f CROSS JOIN user u ON u.id = f.id WHERE 1{short} LIMIT :limit",  # noqa: S608
        values,
        last_read=f"SELECT iif(count(*) = :most, max(id), NULL) FROM ({found})",  # noqa: S608
    )


def _match(chip: Filter | None) -> str:
    """The filter is asked of the index of words too: so rare words and rare states are both passed by."""
    if chip is None:
        return ":match"
    if chip not in _STATES:
        return f""":match || ' AND {_MARK_OF[chip]}'"""
    states, fits = _STATES[chip], _OF[chip].format(of="s")
    marks = f"group_concat('\"' || {states.mark} || '\"', ' OR ')"
    among = f"SELECT {marks} FROM account_class c CROSS JOIN ({states.rows}) s WHERE {fits}"  # noqa: S608
    return f""":match || ' AND {states.column} : (' || coalesce(({among}), '"{_NOBODY}"') || ')'"""


def _id(after: str) -> int:
    return int(after) if after.isascii() and after.isdecimal() and len(after) <= LONGEST_ID else 0


# --- By address, by denial --------------------------------------------------------------------------------------------

_BY_ADDRESS = """
SELECT u.id, u.id AS key
  FROM (SELECT id FROM user INDEXED BY user_last_login_address WHERE last_login_address = :address AND id > :after
        UNION SELECT user_id FROM denial WHERE source = :source AND user_id > :after
        UNION SELECT user_id FROM login_source
               WHERE source = :source AND user_id > :after AND last_login_at > :familiar_since) f
 CROSS JOIN user u ON u.id = f.id
 CROSS JOIN account_class c ON c.id = u.account_class_id
 WHERE u.kind = :kind{fits} ORDER BY u.id LIMIT :limit
"""


def _by_address(query: Query) -> Keys:
    """Who logged in last from there, was denied there or is familiar there. Live sessions are among the familiar ones:
    each log-in notes its source, and no session lasts longer than it is kept."""
    values = {
        "address": query.sought.address,
        "source": source(query.sought.address),
        "familiar_since": query.now - FAMILIAR,
        "after": _id(query.after),
    }
    return Keys(_BY_ADDRESS.format(fits=query.below + query.fits), values)


_BY_DENIAL = """
SELECT u.id, printf('%s/%018d', u.denied_at, u.id) AS key FROM user u INDEXED BY user_denied
 WHERE u.kind = :kind AND u.denied_at >= :since AND (u.denied_at, u.id) < (:denied_at, :id){fits}
 ORDER BY u.denied_at DESC, u.id DESC LIMIT :limit
"""
_HAS_WORDS = " AND EXISTS (SELECT 1 FROM user_search WHERE user_search MATCH :match AND rowid = u.id)"


def _by_denial(query: Query) -> Keys:
    denied_at, _, last_id = query.after.partition("/")
    short, values = people_search.conditions(query.sought)
    values |= {"denied_at": denied_at if last_id else LAST, "id": _id(last_id)}
    words = _HAS_WORDS if query.sought.words else ""
    values["match"] = people_search.expression(query.sought, query.kind, query.parent_id)
    return Keys(_BY_DENIAL.format(fits=query.below + short + words), values, descending=True)
