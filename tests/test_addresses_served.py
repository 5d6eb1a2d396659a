"""Lists of addresses and bound sessions on real servers, asked over sockets from really different addresses."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from http.cookies import SimpleCookie
from itertools import cycle
from pathlib import Path
from urllib.parse import urlencode

import pytest

from models import LoginSource, Session, TrustedIpList, User
from tests.cast import PASSWORDS
from tests.forged import CLAIMED, FORGED, NAMES
from tests.processes import Server, inside, serving
from tests.proxies import Answer, Client, Proxy, running, settings

KINDS = ("nginx", "caddy", "haproxy")
OFFICE, CAFE, V6 = "127.0.0.2", "127.0.0.3", "::1"
PAGE, LIST = "/settings/security", "/settings/trusted-ips"
# Each claims to come from the one address that is allowed.
CLAIMS = [[(name, value.replace(CLAIMED, OFFICE)) for name, value in headers] for headers in FORGED]
AT_ONCE = [(name, OFFICE) for name in NAMES]
At = Callable[[str], Client]


class Visitor:
    """One browser's cookies, at one address at a time."""

    def __init__(self, at: Client) -> None:
        self.at = at
        self.cookies: dict[str, str] = {}
        self.csrf = ""

    def get(self, path: str = PAGE, *headers: tuple[str, str]) -> Answer:
        return self._ask("GET", path, headers)

    def post(self, path: str, *headers: tuple[str, str], **fields: str) -> Answer:
        body = urlencode({"csrf_token": self.csrf, **fields}).encode()
        return self._ask("POST", path, (("Content-Type", "application/x-www-form-urlencoded"), *headers), body)

    def log_in(self, *headers: tuple[str, str]) -> Answer:
        """carl's password. Where it lets him in, the Security page, whose forms hold the next token."""
        self.get("/login")
        answer = self.post("/login", *headers, login="carl", password=PASSWORDS["carl"])
        return self.get() if answer.status == 303 else answer

    def restrict(self, *entries: str) -> Answer:
        return self.post(LIST, access="listed", trusted_ips=";".join(entries))

    def bind(self) -> Answer:
        return self.post("/settings/bind-session", bind_session="yes")

    def moved(self, at: Client) -> Visitor:
        """The same cookies elsewhere."""
        other = Visitor(at)
        other.cookies, other.csrf = dict(self.cookies), self.csrf
        return other

    def _ask(self, method: str, path: str, headers: tuple[tuple[str, str], ...], body: bytes | None = None) -> Answer:
        cookies = ("Cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        answer = self.at.ask(method, path, [cookies, *headers], body)
        given = SimpleCookie("; ".join(answer.cookies))
        self.cookies |= {name: morsel.value for name, morsel in given.items()}
        if token := re.search(r'name="csrf_token" value="([^"]+)"', answer.text):
            self.csrf = token[1]
        return answer


def prepare(folder: Path, **environ: str) -> Server:
    """On both loopback addresses, with the settings of docs/proxies.md."""
    trusted = {name: settings(name)[0] for name in ("POSTERN_BASE_URL", "POSTERN_TRUSTED_PROXIES")}
    server = Server(folder, **trusted, **environ)
    server.environ["POSTERN_LISTEN"] = f"127.0.0.1:{server.port},[::1]:{server.port}"
    return server


@pytest.fixture(scope="module")
def portal(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = prepare(shutil.copytree(prepared, tmp_path_factory.mktemp("portal") / "data"), POSTERN_WORKERS="2")
    with serving(server):
        yield server


@pytest.fixture
def server(portal: Server) -> Server:
    """As if nobody had ever restricted himself."""
    with inside(portal.data_dir):
        for table in (TrustedIpList, Session, LoginSource):
            table.delete().execute()
        User.update(bind_session=False).execute()
    return portal


@pytest.fixture
def come(server: Server) -> Iterator[At]:
    """Clients of the server itself, each at an address of its own."""
    with ExitStack() as leaving:
        yield lambda source: leaving.enter_context(closing(Client(source, server.port)))


def is_denied(answer: Answer, address: str) -> bool:
    said = ("<h1>Access from this IP denied</h1>", f'id="denied-address">{address}</code>')
    return answer.status == 403 and all(text in answer.text for text in said)


def restricted(client: Client) -> Visitor:
    """carl, in, from the only address that he allows."""
    carl = Visitor(client)
    carl.log_in()
    assert carl.restrict(client.source).status == 303
    assert carl.get().status == 200
    return carl


def let_in(visitor: Visitor, ways: list[list[tuple[str, str]]]) -> list[str]:
    """What brought the visitor further than to the refusal, which names his real address."""
    found = []
    for headers in ways:
        page, partial = visitor.get(PAGE, *headers), visitor.get(LIST, ("HX-Request", "true"), *headers)
        led_there = (partial.status, partial.text) == (403, "")
        if not (is_denied(page, visitor.at.source) and led_there):
            found.append(f"{str(headers)[:200]}: {page.status}, {partial.status}")
    return found


# --- Lists ------------------------------------------------------------------------------------------------------------


@pytest.mark.manual("A3", "A4", "C72")
@pytest.mark.parametrize("elsewhere", [CAFE, V6])
def test_an_address_outside_is_refused_whatever_it_claims(come: At, elsewhere: str) -> None:
    carl, outside = restricted(come(OFFICE)), come(elsewhere)
    assert let_in(carl.moved(outside), CLAIMS) == []
    stranger = Visitor(outside)
    assert is_denied(stranger.log_in(*AT_ONCE), elsewhere)
    assert let_in(stranger, [[], AT_ONCE]) == []
    assert carl.get().status == 200


@pytest.fixture(scope="module", params=KINDS)
def proxy(request: pytest.FixtureRequest, portal: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """Each proxy as the document has it."""
    proxy = Proxy(request.param, "outer", portal.port, tmp_path_factory.mktemp("proxy"))
    with running(proxy):
        yield proxy


@pytest.mark.manual("A3", "A4", "C72")
def test_behind_a_proxy_too_only_the_real_address_counts(proxy: Proxy, server: Server) -> None:
    within, outside, v6 = proxy.clients(OFFICE, CAFE, V6)
    carl = restricted(within)
    assert let_in(carl.moved(outside), CLAIMS) == []
    assert let_in(carl.moved(v6), [[], AT_ONCE]) == []
    assert is_denied(Visitor(outside).log_in(*AT_ONCE), CAFE)
    assert {carl.get(PAGE, *headers).status for headers in CLAIMS} == {200}


@pytest.mark.manual("A5", "A10", "A11", "A20")
def test_the_terminal_lets_in_at_the_next_request(come: At, server: Server) -> None:
    carl = restricted(come(OFFICE))
    moved, waiting = carl.moved(come(CAFE)), Visitor(come(CAFE))
    assert is_denied(waiting.log_in(), CAFE)
    assert is_denied(moved.get(), CAFE)
    server.postern("recover", "ip", "carl")
    assert moved.get().status == 200
    assert (waiting.post("/login/code").where, waiting.get().status) == ("/", 200)
    server.postern("recover", "ip", "carl", "--restore")
    assert is_denied(moved.get(), CAFE)
    assert carl.get().status == 200


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def test_each_worker_sees_a_change_at_once(come: At, server: Server) -> None:
    carl = Visitor(come(OFFICE))
    carl.log_in()
    thief = carl.moved(come(CAFE))
    pid = server.process.pid
    workers = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    assert len(workers) == 2

    def seen() -> list[int]:
        """Each worker's answer; it is the only one awake, and asked on a new connection."""
        found = []
        for worker in workers:
            with stopped(worker):
                thief.at.close()
                found.append(thief.get().status)
        return found

    assert seen() == [200, 200]
    assert carl.restrict(OFFICE).status == 303
    assert seen() == [403, 403]
    assert carl.post(LIST, access="any").status == 303
    assert seen() == [200, 200]
    assert carl.bind().status == 303
    thief.cookies = dict(carl.cookies)
    assert seen() == [403, 403]


def test_a_saved_list_outlives_a_kill(come: At, server: Server) -> None:
    carl = restricted(come(OFFICE))
    moved = carl.moved(come(CAFE))
    server.kill()
    server.begin().ready()
    carl.at.close()
    assert is_denied(moved.get(), CAFE)
    assert is_denied(Visitor(moved.at).log_in(), CAFE)
    assert carl.get().status == 200


# --- Bound ------------------------------------------------------------------------------------------------------------


@pytest.mark.manual("A16", "A17")
def test_a_copied_cookie_is_worth_nothing_elsewhere(come: At) -> None:
    carl = Visitor(come(OFFICE))
    carl.log_in()
    assert carl.bind().status == 303
    for thief in (carl.moved(come(CAFE)), carl.moved(come(V6))):
        assert let_in(thief, [[], AT_ONCE]) == []
    page = carl.get()
    assert (page.status, f"<code>{V6}</code> and refused" in page.text) == (200, True)


@pytest.mark.manual("A17")
def test_a_line_with_both_families_is_one_place(come: At) -> None:
    carl = Visitor(come(OFFICE))
    carl.log_in()
    assert carl.bind().status == 303
    here, there = carl.at, come(V6)
    carl.at = there
    assert is_denied(carl.get(), V6)
    assert carl.log_in().status == 200, "his browser shows its session of the other family, so both are his line"
    for client in (here, there, here):
        carl.at = client
        assert carl.get().status == 200
    assert is_denied(carl.moved(come(CAFE)).get(), CAFE)


# --- At once ----------------------------------------------------------------------------------------------------------


def state(server: Server) -> tuple[str, tuple[int, ...]]:
    """What carl's own list does, and how its entries end."""
    statement = (
        "SELECT l.access, group_concat(t.lowest, ' ') FROM trusted_ip_list l"
        " LEFT JOIN trusted_ip t ON t.trusted_ip_list_id = l.id WHERE l.side = 'own' GROUP BY l.id"
    )
    with closing(sqlite3.connect(server.data_dir / "postern.db")) as database:
        [(access, entries)] = database.execute(statement).fetchall()
    return access, tuple(sorted(int(entry, 16) & 0xFF for entry in (entries or "").split()))


@pytest.mark.manual("A13")
@pytest.mark.parametrize("verb", ["", "--clear", "--restore"])
def test_a_save_beside_the_terminal_leaves_one_of_two_states(come: At, server: Server, verb: str) -> None:
    """Never an armed list without entries, never half of one list and half of another, at no moment."""
    carl = restricted(come(OFFICE))
    if verb == "--restore":
        server.postern("recover", "ip", "carl")
    ended = threading.Event()

    def watch() -> set[tuple[str, tuple[int, ...]]]:
        seen = {state(server)}
        while not ended.is_set():
            seen.add(state(server))
        return seen

    def save_again_and_again() -> int:
        lists = cycle([[OFFICE], [OFFICE, CAFE, "10.0.0.9"]])
        return sum(carl.restrict(*next(lists)).status == 303 for _ in iter(ended.is_set, True))

    with ThreadPoolExecutor(2) as pool:
        watching, saving = pool.submit(watch), pool.submit(save_again_and_again)
        try:
            server.postern("recover", "ip", "carl", *verb.split())
        finally:
            ended.set()
    whole = {(access, entries) for access in ("any", "listed") for entries in ((2,), (2, 3, 9))}
    assert watching.result() <= whole | {("any", ())}
    assert saving.result() > 4
    assert carl.get().status == 200
