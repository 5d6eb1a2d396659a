"""Two real server processes on one database: what may happen once happens once, whatever is sent at the same time."""

from __future__ import annotations

import http.client
import itertools
import re
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

import pytest

from domain import known_browsers, recovery_codes
from tests.cast import PASSWORDS, Authenticator, Cast
from tests.processes import PATIENCE, Server, inside, serving

FULL = ("303", "/")  # where who got in is sent


class Client:
    """One cookie jar that speaks plain HTTP to whichever of the servers it is told."""

    def __init__(self, *servers: Server, address: str = "192.0.2.10", known: str = "") -> None:
        self.servers = itertools.cycle(servers)
        self.address = address
        self.cookies = {"postern_device": known} if known else {}
        self.csrf = ""

    def get(self, path: str) -> tuple[int, str]:
        status, _, body, cookies = self.ask("GET", path)
        self._keep(cookies, body)
        return status, body

    def post(self, path: str, **fields: str) -> tuple[int, str]:
        status, where, body, cookies = self.ask("POST", path, fields)
        self._keep(cookies, body)
        return status, where

    def log_in(self, login: str, password: str | None = None) -> Client:
        """The password step; the page of the code step is read for its form, where one is due."""
        self.get("/login")
        status, where = self.post("/login", login=login, password=password or PASSWORDS[login])
        assert status == 303, (status, where)
        self.get(where if where != "/" else "/settings/security")
        return self

    def is_in(self) -> bool:
        return self.ask("GET", "/settings/security")[0] == 200

    def ask(self, method: str, path: str, fields: dict[str, str] | None = None) -> tuple[int, str, str, dict[str, str]]:
        """With the cookies at hand and without keeping any: so many threads can do it with one client."""
        headers = {
            "X-Forwarded-For": self.address,
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "Content-Type": "application/x-www-form-urlencoded",
        }
        with closing(http.client.HTTPConnection("127.0.0.1", next(self.servers).port, PATIENCE)) as connection:
            body = urlencode({"csrf_token": self.csrf, **fields}) if fields is not None else None
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        given = SimpleCookie()
        for line in answer.headers.get_all("Set-Cookie", []):
            given.load(line)
        if answer.status == 429:
            assert int(answer.headers["Retry-After"]) > 0
        where = answer.headers.get("Location", "")
        return answer.status, where, text, {name: morsel.value for name, morsel in given.items()}

    def _keep(self, cookies: dict[str, str], body: str) -> None:
        self.cookies |= cookies
        if token := re.search(r'name="csrf_token" value="([^"]+)"', body):
            self.csrf = token[1]


@pytest.fixture
def two(data_dir: Path) -> Iterator[tuple[Server, Server]]:
    behind_proxy = {"POSTERN_TRUSTED_PROXIES": "127.0.0.1"}
    first, second = Server(data_dir, **behind_proxy), Server(data_dir, **behind_proxy)
    with serving(first, second):
        yield first, second


def at_once(acts: Sequence[Callable[[], object]]) -> list:
    """All of them at the same instant, each in a thread of its own; their results in the order of the acts."""
    gate = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        gate.wait(PATIENCE)
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def rows(data_dir: Path, statement: str, *values: object) -> list:
    with closing(sqlite3.connect(data_dir / "postern.db")) as connection:
        return connection.execute(statement, values).fetchall()


def events(data_dir: Path, tag: str) -> int:
    return int(rows(data_dir, "SELECT count(*) FROM event WHERE tag = ?", tag)[0][0])


def phone_of(data_dir: Path, login: str) -> Authenticator:
    with inside(data_dir) as cast:
        return cast.enrol(login)


def pending_logins(servers: tuple[Server, ...], login: str, count: int = 5) -> list[Client]:
    """As many as can wait at the code step, from known browsers: each has attempts of its own, so all are judged."""
    with inside(servers[0].data_dir) as cast:
        user, visit = getattr(cast, login), cast.visit(login)
        tokens = [known_browsers.remember(user.id, visit)[1] for _ in range(count)]
    return [Client(*servers, known=token).log_in(login) for token in tokens]


def one_got_in(data_dir: Path, clients: list[Client], code: str) -> None:
    """Twenty posts of one code: one session of it, one event, one set of cookies that opens a page."""
    before = events(data_dir, "account:login:succeeded")
    posts = list(itertools.islice(itertools.cycle(clients), 20))
    answers = at_once([lambda c=client: c.ask("POST", "/login/code", {"code": code}) for client in posts])
    let_in = [Client(*_all(client)) for client in clients]
    sessions = [
        (client, cookies) for client, (_, _, _, cookies) in zip(posts, answers, strict=True) if "postern_session" in cookies
    ]
    opened = 0
    for client, cookies in sessions:
        client.cookies |= cookies
        opened += client.is_in()
    assert opened == 1, Counter((status, where) for status, where, _, _ in answers)
    assert events(data_dir, "account:login:succeeded") - before == 1
    del let_in
