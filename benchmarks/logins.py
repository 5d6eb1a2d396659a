"""P4 the password step, P5 the code step, P6 whole log-ins, beside the bare hash; P13 how fast they are written."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from argon2 import PasswordHasher

import installation
from domain import known_browsers, sessions, users
from domain.visit import Visit, utcnow
from models import database

from . import servers
from .figures import Figure
from .people import DEVICE_COOKIE, PASSWORD, Person, Site
from .servers import Server
from .visitors import AGENT, Answer, Visitor, expect

ROUNDS = 8
LOGINS = 30  # a round


def logins(site: Site) -> list[Figure]:
    """Each step alone: all visitors take it before any takes the next."""
    hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
    stored = hasher.hash(PASSWORD)
    strangers, known = [], []
    with servers.postern(site.data_dir) as server:
        for turn in range(ROUNDS + 1):
            site.rewind_codes()
            people = site.enrolled[turn * LOGINS % 270 :][:LOGINS]
            bare = _bare_hash(hasher, stored)
            strangers.append(_Steps(bare, *_steps(server, people, known=False)))
            site.rewind_codes()
            known.append(_Steps(_bare_hash(hasher, stored), *_steps(server, people, known=True)))
    return [*_figures(strangers[1:], "new browser"), *_compared(known[1:])]


@dataclass(frozen=True, slots=True)
class _Steps:
    """Milliseconds of CPU a log-in: the hash alone in one process, then each request of the way."""

    bare: float
    form: float
    password: float
    code_form: float
    code: float

    @property
    def whole(self) -> float:
        return self.form + self.password + self.code_form + self.code


def _bare_hash(hasher: PasswordHasher, stored: str) -> float:
    before = time.process_time()
    for _ in range(LOGINS):
        hasher.verify(stored, PASSWORD)
    return (time.process_time() - before) * 1000 / LOGINS


def _steps(server: Server, people: Sequence[Person], *, known: bool) -> list[float]:
    visitors = [Visitor(server.port) for _ in people]
    if known:
        for visitor, person in zip(visitors, people, strict=True):
            visitor.cookies[DEVICE_COOKIE] = person.device
    ways: list[tuple[int, Callable[[Visitor, Person], Answer]]] = [
        (200, lambda visitor, _: visitor.get("/login")),
        (303, lambda visitor, person: visitor.post("/login", login=person.login, password=PASSWORD)),
        (200, lambda visitor, _: visitor.get("/login/code")),
        (303, lambda visitor, person: visitor.post("/login/code", code=person.code())),
    ]
    costs = []
    for status, way in ways:
        before = server.cpu()
        for visitor, person in zip(visitors, people, strict=True):
            expect(way(visitor, person), status)
        costs.append((server.cpu() - before) * 1000 / len(people))
    for visitor in visitors:
        visitor.close()
    return costs


def _figures(rounds: Sequence[_Steps], whose: str) -> list[Figure]:
    over = median(each.password - each.bare for each in rounds)
    password, bare = median(each.password for each in rounds), median(each.bare for each in rounds)
    whole, hashes = median(each.whole for each in rounds), 1000 / bare
    return [
        Figure("P4", f"password step − bare hash, {whose}", over, "ms", 3, note=f"{password:.1f} − {bare:.1f} ms"),
        Figure("P5", f"one-time password step, {whose}", median(each.code for each in rounds), "ms", 2.5),
        Figure(
            "P6",
            "two-step log-ins a second and core",
            1000 / whole,
            "",
            33,
            at_least=True,
            note=f"{100_000 / whole / hashes:.0f} % of the {hashes:.0f} that the hash alone allows; "
            f"pages {median(each.form for each in rounds):.2f} + {median(each.code_form for each in rounds):.2f} ms",
        ),
    ]


def _compared(rounds: Sequence[_Steps]) -> list[Figure]:
    return [
        Figure("", "  P4 in a known browser", median(each.password - each.bare for each in rounds), "ms"),
        Figure("", "  P5 in a known browser", median(each.code for each in rounds), "ms"),
    ]


# --- Writing ----------------------------------------------------------------------------------------------------------


def writes(site: Site) -> list[Figure]:
    """The transaction that makes a log-in, again and again, in this process; beside it the barest durable one."""
    installation.open_prepared(site.settings())
    try:
        with database.connection_context():
            rates = {known: _log_ins_written(site, known=known) for known in (True, False)}
    finally:
        database.close_all()
    bare = _bare_commits(site.data_dir / "bare.db")
    note = f"{rates[True][1]:.2f} ms of CPU each; the disk allows {bare:,.0f} bare commits"
    return [
        Figure("P13", "durable log-ins written a second", rates[True][0], "", 1000, at_least=True, note=note),
        Figure("", "  in new browsers", rates[False][0], "", note=f"{rates[False][1]:.2f} ms of CPU each"),
    ]


def _log_ins_written(site: Site, *, known: bool) -> tuple[float, float]:
    """How many a second, and milliseconds of CPU each."""
    at = Visit("bench", "192.0.2.1", AGENT, utcnow())
    started = []
    with database.atomic():
        for person in site.enrolled:
            user = users.by_id(users.find(person.login).id)
            browser = known_browsers.recognise(user, [person.device], at.now) if known else None
            known_id = browser.id if browser else None
            started.append(sessions.start(user, at, known_browser_id=known_id, replaces=None)[0])
    began, used = time.perf_counter(), time.process_time()
    for session_id in started:
        assert sessions.complete(session_id, at, method="password")
    took, used = time.perf_counter() - began, time.process_time() - used
    return len(started) / took, used * 1000 / len(started)


def _bare_commits(file: Path) -> float:
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA journal_mode = wal")
    connection.execute("PRAGMA synchronous = full")
    connection.execute("CREATE TABLE t (a)")
    began = time.perf_counter()
    for _ in range(500):
        connection.execute("INSERT INTO t VALUES ('x')")
    rate = 500 / (time.perf_counter() - began)
    connection.close()
    return rate
