"""P8: pages of people, found and filtered, among a hundred, ten thousand and a million users."""

from __future__ import annotations

import itertools
import random
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median

import config
import installation
from domain import people
from domain.people import Filter
from domain.visit import Visit, utcnow
from models import Kind, UTCDateTimeField, database

from .figures import Figure
from .people import Site

SIZES = (100, 10_000, 1_000_000)
ROUNDS, TRIES = 3, 21
CHANGES = 500
OWNER, BIG, MIDDLE, SMALL = 1, 2, 3, 4  # ids: the Owner, and resellers of as many customers as below
CUSTOMERS_OF = {BIG: 30_000, MIDDLE: 1_000, SMALL: 10}
FIRST = ("Anna", "Béla", "Carl", "Dóra", "Emil", "Flóra", "Greta", "Hugo", "Irén", "Jonas", "Kata", "Lars", "Mária")
LAST = ("Kovács", "Weber", "Nagy", "Lindqvist", "Szabó", "Novák", "Okafor", "Rossi", "Lakatos", "Ødegård", "Fischer")
FIRM = ("Kft.", "Bt.", "GmbH", "AS", "Ltd", "Bisztró", "Hosting", "")
USER = """
INSERT INTO user (id, login, name, email, kind, parent_id, role_id, account_class_id, active, created_at, password_hash,
                  two_factor, wrong_codes_in_row, must_change_password, bind_session, enrolled, last_login_at,
                  last_login_address)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'x', ?, 0, 0, ?, ?, ?, ?)
"""


@dataclass(slots=True)
class Measured:
    rows: int = 0
    seconds: list[float] = field(default_factory=list)

    @property
    def p50(self) -> float:
        return median(self.seconds) * 1000


@dataclass(frozen=True, slots=True)
class Case:
    """`parent`: the reseller who asks; None for staff. Without a goal: what is told, since it cannot be flat."""

    what: str
    q: str = ""
    chip: Filter | None = None
    parent: int | None = None
    kind: Kind = Kind.CUSTOMER
    deep: bool = False
    goal: float | None = 2

    def ask(self, after: str | None, since: datetime, now: datetime) -> people.Page:
        return people.page(self.kind, self.parent, q=self.q, chip=self.chip, after=after, since=since, now=now)


FILTERS = list(Filter)
FULL_PAGE, FULL_SEARCH = Case("first page"), Case("search: everybody", q="example.com")
CASES = [
    FULL_PAGE,
    Case("deep page", deep=True),
    *(Case(f"filter {chip}", chip=chip) for chip in FILTERS),
    *(Case(f"staff, filter {chip}", chip=chip, kind=Kind.STAFF) for chip in FILTERS),
    Case("search: one", q="zebra.quagga"),
    Case("search: nobody", q="xylophone"),
    FULL_SEARCH,
    Case("search: everybody, deep", q="example.com", deep=True),
    Case("search: everybody, of three staff", q="example.com", kind=Kind.STAFF),
    Case("search: a common word and a rare one", q="example.com zebra"),
    Case("search: part of many names", q="ovác"),
    Case("search: two letters", q="an"),
    Case("search: a long word and a short one", q="weber an"),
    Case("search: a long word of all, a short one of none", q="example.com q!", goal=None),
    Case("search: two common trigrams, nowhere together", q="óra.", goal=None),
    Case("search: address of one", q="198.51.100.7"),
    Case("search: address of nobody", q="203.0.113.99"),
    Case("search: everybody, suspended", q="example.com", chip=Filter.SUSPENDED),
    Case("search: everybody, 2FA required", q="example.com", chip=Filter.TWO_FACTOR_REQUIRED),
    Case("search: everybody, of staff, suspended", q="example.com", chip=Filter.SUSPENDED, kind=Kind.STAFF),
    *(
        Case(f"reseller of {CUSTOMERS_OF[parent]:,}, {what}", parent=parent, goal=None if parent == BIG else 2, **asked)
        for parent in (SMALL, MIDDLE, BIG)
        for what, asked in (
            ("first page", {}),
            ("filter 2fa-required", {"chip": Filter.TWO_FACTOR_REQUIRED}),
            ("filter ip", {"chip": Filter.LIMITED}),
            ("filter denied", {"chip": Filter.DENIED}),
            ("search everybody", {"q": "example.com"}),
            ("search one of another's", {"q": "zebra.quagga"}),
            ("search everybody, suspended", {"q": "example.com", "chip": Filter.SUSPENDED}),
        )
    ),
]


def lists_of_people(site: Site) -> list[Figure]:
    folder = site.data_dir.parent
    places = {users: _settings(folder / str(users)) for users in SIZES}
    took = {users: _build(settings, users) for users, settings in places.items()}
    found: dict[Case, dict[int, Measured]] = {case: {users: Measured() for users in SIZES} for case in CASES}
    for _ in range(ROUNDS):
        for users, settings in places.items():
            _measure(settings, users, found)
    most = max(SIZES)
    size = places[most].database.stat().st_size / 1e6
    return [*(_figure(case, found) for case in CASES), _built(most, took[most], size)]


def _figure(case: Case, found: dict[Case, dict[int, Measured]]) -> Figure:
    """Beside the same question among a hundred users; where that brings fewer rows, beside a full page there."""
    few, many = found[case][min(SIZES)], found[case][max(SIZES)]
    full = few.rows < many.rows
    beside = found[FULL_SEARCH if case.q else FULL_PAGE][min(SIZES)] if full else few
    p50 = (f"{users:,}: {measured.p50:.2f} ms, {measured.rows} rows" for users, measured in found[case].items())
    note = "; ".join(p50) + (f"; beside a full page: {beside.p50:.2f} ms" if full else "")
    return Figure("P8", case.what, many.p50 / max(beside.p50, few.p50), "×", case.goal, note=note)


def _built(users: int, seconds: float, megabytes: float) -> Figure:
    note = f"{users / seconds:,.0f} a second by INSERT, indexes and words included; {megabytes:,.0f} MB"
    return Figure("P8", f"{users:,} users made", seconds, "s", note=note)


def _measure(settings: config.Config, users: int, found: dict[Case, dict[int, Measured]]) -> None:
    installation.open_prepared(settings)
    now = utcnow()
    since = now - timedelta(hours=10)
    with database.connection_context():
        for case in CASES:
            after = _deep(case, users) if case.deep else None
            measured = found[case][users]
            measured.rows = len(case.ask(after, since, now).rows)
            for _ in range(TRIES):
                began = time.perf_counter()
                case.ask(after, since, now)
                measured.seconds.append(time.perf_counter() - began)
    database.close_all()


def _deep(case: Case, users: int) -> str:
    return str(users // 2) if case.q else "emil"


# --- The people -------------------------------------------------------------------------------------------------------


def _settings(folder: Path) -> config.Config:
    return config.load({"POSTERN_DATA_DIR": str(folder)}, Path("/nonexistent"))


def _build(settings: config.Config, users: int) -> float:
    now = utcnow()
    installation.prepare(settings, Visit("console:bench", "192.0.2.1", "bench", now))
    connection = sqlite3.connect(settings.database)
    connection.execute("PRAGMA cache_size = -200000")
    began = time.perf_counter()
    with connection:
        connection.executemany(USER, itertools.islice(_people(now), users - 1))
    took = time.perf_counter() - began
    with connection:
        connection.executescript(STATES.format(today=_text(now - timedelta(hours=3))))
        connection.execute("INSERT INTO user_search (user_search) VALUES ('optimize')")  # people_search.tidy
    connection.execute("PRAGMA synchronous = OFF")
    for user_id in range(5, 5 + CHANGES):  # days of life: each leaves its piece in the index of words
        with connection:
            connection.execute("UPDATE user SET name = name || ' jr.' WHERE id = ?", (user_id % users + 1,))
    connection.close()
    return took


STATES = """
INSERT INTO trusted_ip_list (user_id, side, access, version)
SELECT id, 'own', 'listed', 0 FROM user WHERE id % 33 = 5 AND kind <> 'staff';
INSERT INTO denial (user_id, rule, address, source, first_at, last_at, count)
SELECT id, 'own list', last_login_address, last_login_address, '{today}', '{today}', 3 FROM user WHERE id % 1000 = 20;
INSERT INTO login_source (user_id, source, last_login_at)
SELECT id, last_login_address, last_login_at FROM user WHERE id % 2 AND id > 1;
"""


def _people(now: datetime) -> Iterator[tuple[object, ...]]:
    dice = random.Random(8)
    created = _text(now - timedelta(days=200))
    for user_id in itertools.count(2):
        kind, parent = _place(user_id, dice)
        staff, customer = kind == Kind.STAFF, kind == Kind.CUSTOMER
        first, last = dice.choice(FIRST), dice.choice(LAST)
        login = f"{first}.{last}{user_id if user_id != 60 else ''}".lower()
        login = "zebra.quagga" if user_id == 60 else login.translate(PLAIN)
        address = "198.51.100.7" if user_id == 60 else f"10.{user_id >> 16}.{user_id >> 8 & 255}.{user_id & 255}"
        yield (
            user_id, login, f"{first} {last} {dice.choice(FIRM)}".strip(), f"{login}@example.com", kind, parent,
            2 if staff else 3 if kind == Kind.RESELLER else 4, 1 if staff else 2 if kind == Kind.RESELLER else 3,
            not (customer and user_id % 200 == 30), created,
            "yes" if customer and user_id % 100 == 40 and user_id < 1_000 else "inherit",
            customer and user_id % 100 == 50, dice.random() < 0.3 and user_id % 100 != 40,
            _text(now - timedelta(minutes=user_id % 40_000)), address,
        )  # fmt: skip


PLAIN = str.maketrans("áéíóøåö", "aeiooao")


def _place(user_id: int, dice: random.Random) -> tuple[Kind, int | None]:
    """Three of each hundred at first are staff, then none; one of a hundred is a reseller."""
    if user_id <= SMALL or user_id % 100 == 1:
        return Kind.RESELLER, None
    if user_id < 8:
        return Kind.STAFF, None
    if user_id % 10 == 9 and user_id > 20:
        return Kind.INDIVIDUAL, 10
    if user_id < 30 and user_id % 2:
        return Kind.CUSTOMER, SMALL
    place = user_id % 33
    if 100 < user_id < 34_000 and place:
        return Kind.CUSTOMER, MIDDLE if place == 1 else BIG
    return Kind.CUSTOMER, 101 + dice.randrange(
        max(1, user_id // 100)
    ) * 100 if dice.random() < 0.5 and user_id > 201 else None


def _text(at: datetime) -> str:
    return at.strftime(UTCDateTimeField.WIRE)
