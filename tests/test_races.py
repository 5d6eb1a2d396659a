"""Real server processes on one database: what may happen once happens once, and no kill un-does what was answered."""

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
from dataclasses import dataclass
from functools import partial
from http.cookies import SimpleCookie
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlencode

import pytest

from domain import known_browsers, recovery_codes
from tests.cast import HOME, PASSWORDS, Authenticator
from tests.processes import PATIENCE, Server, inside, serving

T = TypeVar("T")
IN = (303, "/")
BEHIND_PROXY = {"POSTERN_TRUSTED_PROXIES": "127.0.0.1"}  # so that a client can come from any address


@dataclass
class Answer:
    status: int
    where: str
    text: str
    cookies: dict[str, str]

    @property
    def got_in(self) -> bool:
        return (self.status, self.where) == IN


class Client:
    """One cookie jar that speaks plain HTTP, to each of its servers in turn."""

    def __init__(self, *servers: Server, address: str = HOME, known_browser: str = "") -> None:
        self.servers = itertools.cycle(servers)
        self.address = address
        self.cookies = {"postern_device": known_browser} if known_browser else {}
        self.csrf = ""

    def get(self, path: str) -> Answer:
        return self._keep(self.ask("GET", path))

    def post(self, path: str, **fields: str) -> Answer:
        return self._keep(self.ask("POST", path, **fields))

    def log_in(self, login: str, password: str | None = None) -> Client:
        """The password step, and the page after it, whose form holds the next token."""
        self.get("/login")
        answer = self.post("/login", login=login, password=password or PASSWORDS[login])
        assert answer.status == 303, answer
        self.get(answer.where if answer.where != "/" else "/settings/security")
        return self

    @property
    def is_in(self) -> bool:
        return self.ask("GET", "/settings/security").status == 200

    def ask(self, method: str, path: str, **fields: str) -> Answer:
        """With the cookies at hand, keeping none that come: many threads may ask as one browser."""
        headers = {
            "X-Forwarded-For": self.address,
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "Content-Type": "application/x-www-form-urlencoded",
        }
        body = urlencode({"csrf_token": self.csrf, **fields}) if method == "POST" else None
        with closing(http.client.HTTPConnection("127.0.0.1", next(self.servers).port, timeout=PATIENCE)) as connection:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            text = response.read().decode()
        assert response.status != 429 or int(response.headers["Retry-After"]) > 0
        given = SimpleCookie("; ".join(response.headers.get_all("Set-Cookie", [])))
        cookies = {name: morsel.value for name, morsel in given.items()}
        return Answer(response.status, response.headers.get("Location", ""), text, cookies)

    def _keep(self, answer: Answer) -> Answer:
        self.cookies |= answer.cookies
        if token := re.search(r'name="csrf_token" value="([^"]+)"', answer.text):
            self.csrf = token[1]
        return answer


@pytest.fixture
def two(data_dir: Path) -> Iterator[tuple[Server, Server]]:
    servers = Server(data_dir, **BEHIND_PROXY), Server(data_dir, **BEHIND_PROXY)
    with serving(*servers):
        yield servers


def at_once(acts: Sequence[Callable[[], T]]) -> list[T]:
    """All of them at the same instant, each in a thread of its own."""
    gate = threading.Barrier(len(acts))

    def run(act: Callable[[], T]) -> T:
        gate.wait(PATIENCE)
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def rows(data_dir: Path, statement: str, *values: object) -> list[tuple]:
    with closing(sqlite3.connect(data_dir / "postern.db")) as connection:
        return connection.execute(statement, values).fetchall()


def events(data_dir: Path, tag: str) -> int:
    return int(rows(data_dir, "SELECT count(*) FROM event WHERE tag = ?", tag)[0][0])


def enrolled(data_dir: Path, login: str) -> tuple[Authenticator, str]:
    """The phone of this person, and one recovery code."""
    with inside(data_dir) as cast:
        phone = cast.enrol(login)
        code, _ = recovery_codes.issue(getattr(cast, login), cast.visit(login))
    return phone, code


def waiting(servers: tuple[Server, ...], login: str, count: int) -> list[Client]:
    """At the code step, in known browsers: each has attempts of its own, so that no budget hides a race."""
    with inside(servers[0].data_dir) as cast:
        user = getattr(cast, login)
        tokens = [known_browsers.remember(user.id, cast.visit(login))[1] for _ in range(count)]
    return [Client(*servers, known_browser=token).log_in(login) for token in tokens]


# --- Once -------------------------------------------------------------------------------------------------------------


@pytest.mark.manual("T38")
@pytest.mark.parametrize("sort", ["one-time password", "recovery code"])
@pytest.mark.parametrize("browsers", [5, 1])
def test_one_code_lets_one_of_twenty_in(two: tuple[Server, Server], browsers: int, sort: str) -> None:
    phone, recovery_code = enrolled(two[0].data_dir, "carl")
    clients = waiting(two, "carl", browsers) * (20 // browsers)
    before = events(two[0].data_dir, "account:login:succeeded")
    code = phone.code() if sort == "one-time password" else recovery_code
    answers = at_once([partial(client.ask, "POST", "/login/code", code=code) for client in clients])
    assert sum(answer.got_in for answer in answers) == 1, Counter((a.status, a.where) for a in answers)
    [(winner, answer)] = [pair for pair in zip(clients, answers, strict=True) if pair[1].got_in]
    winner.cookies |= answer.cookies
    assert winner.is_in
    assert events(two[0].data_dir, "account:login:succeeded") == before + 1
    for client in set(clients) - {winner}:
        assert client.post("/login/code", code=code).status == 422


def test_two_hundred_wrong_codes_at_once_are_five_guesses(two: tuple[Server, Server]) -> None:
    phone, _ = enrolled(two[0].data_dir, "carl")
    clients = [Client(*two, address=f"192.0.2.{n}").log_in("carl") for n in range(5)]
    wrong = phone.wrong_code()
    answers = at_once([partial(client.ask, "POST", "/login/code", code=wrong) for client in clients * 40])
    assert Counter(answer.status for answer in answers) == {422: 5, 429: 195}
    assert events(two[0].data_dir, "account:code:failed") == 5
    assert clients[0].post("/login/code", code=phone.code()).status == 429


def test_twenty_wrong_passwords_at_once_are_ten_guesses(two: tuple[Server, Server]) -> None:
    clients = [Client(*two) for _ in range(20)]
    for client in clients:
        client.get("/login")
    answers = at_once([partial(c.ask, "POST", "/login", login="carl", password="wrong") for c in clients])
    assert Counter(answer.status for answer in answers) == {401: 10, 429: 10}
    assert events(two[0].data_dir, "account:login:failed") == 10


def test_one_enrolment_is_confirmed_once(two: tuple[Server, Server]) -> None:
    client = Client(*two).log_in("carl")
    client.post("/settings/two-factor/enrolment")
    page = client.get("/settings/two-factor/enrolment").text
    phone = Authenticator(re.findall(r"<code>([A-Z2-7 ]{32,})</code>", page)[-1])
    code = phone.code()
    answers = at_once([partial(client.ask, "POST", "/settings/two-factor/enrolment/confirm", code=code)] * 10)
    codes_page = (303, "/settings/recovery-codes")
    assert sum((answer.status, answer.where) == codes_page for answer in answers) == 1, Counter(
        (a.status, a.where) for a in answers
    )
    for table, count in (("authenticator", 1), ("recovery_code", 10), ("enrolment", 0)):
        assert rows(two[0].data_dir, f"SELECT count(*) FROM {table}") == [(count,)], table
    assert events(two[0].data_dir, "account:two_factor:enabled") == 1


# --- Killed -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_kill_undoes_nothing_that_was_answered(data_dir: Path, workers: str) -> None:
    server = Server(data_dir, POSTERN_WORKERS=workers, **BEHIND_PROXY)
    phone, recovery_code = enrolled(data_dir, "carl")
    code = phone.code()
    with serving(server):
        carl, stranger = Client(server).log_in("carl"), Client(server, address="198.51.100.9").log_in("carl")
        assert carl.post("/login/code", code=code).got_in
        restart(server)
        assert carl.is_in, "a session that was made full is full"
        assert "That code has been used" in stranger.post("/login/code", code=code).text
        other = Client(server).log_in("carl")
        assert other.post("/login/code", code=recovery_code).got_in
        restart(server)
        assert "That recovery code was used" in stranger.post("/login/code", code=recovery_code).text
        replayed = dict(other.cookies)
        other.get("/settings/security")
        assert other.post("/logout").status == 303
        restart(server)
        other.cookies = replayed
        assert not other.is_in, "who logged out is out"
        statuses = [stranger.post("/login/code", code=phone.wrong_code()).status for _ in range(5)]
        assert statuses == [422, 422, 422, 422, 429], "the used code was the first of five attempts"
        restart(server)
        assert stranger.post("/login/code", code=phone.code(offset=1)).status == 429
        assert carl.is_in


def test_a_restart_refills_no_attempts_at_passwords(data_dir: Path) -> None:
    server = Server(data_dir, **BEHIND_PROXY)
    with serving(server):
        client = Client(server)
        client.get("/login")
        assert {client.post("/login", login="carl", password="wrong").status for _ in range(10)} == {401}
        restart(server)
        assert client.post("/login", login="carl", password=PASSWORDS["carl"]).status == 429


def restart(server: Server) -> None:
    server.kill()
    server.begin().ready()


def test_a_kill_amid_a_burst_of_log_ins_loses_none_that_was_answered(data_dir: Path) -> None:
    server = Server(data_dir, POSTERN_WORKERS="2", **BEHIND_PROXY)
    let_in: list[Client] = []
    count, hosts = threading.Semaphore(0), itertools.count(1)

    def log_in_again_and_again(login: str) -> None:
        try:
            while True:
                client = Client(server, address=f"198.51.100.{next(hosts)}")
                client.get("/login")
                if client.post("/login", login=login, password=PASSWORDS[login]).got_in:
                    let_in.append(client)
                    count.release()
        except (OSError, http.client.HTTPException):
            return  # killed

    with serving(server), ThreadPoolExecutor(8) as pool:
        bursts = [pool.submit(log_in_again_and_again, login) for login in ("carl", "rita", "ivy", "sam") * 2]
        for _ in range(16):
            assert count.acquire(timeout=PATIENCE)
        server.kill()
        for burst in bursts:
            burst.result(PATIENCE)
        assert rows(data_dir, "PRAGMA integrity_check") == [("ok",)]
        assert rows(data_dir, "PRAGMA foreign_key_check") == []
        written = rows(data_dir, "SELECT address FROM event WHERE tag = 'account:login:succeeded'")
        assert {client.address for client in let_in} <= {address for (address,) in written}
        assert rows(data_dir, "SELECT address FROM session WHERE stage = 'full' ORDER BY address") == sorted(written)
        server.begin().ready()
        assert all(client.is_in for client in let_in)
