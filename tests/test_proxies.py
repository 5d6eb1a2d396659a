"""The client's address through real proxies, configured as docs/proxies.md says, whatever the client claims."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from http.cookies import SimpleCookie
from itertools import cycle
from pathlib import Path
from urllib.parse import urlencode

import pytest

from server import MAX_BODY
from tests.cast import PASSWORDS
from tests.forged import CLAIMED, FORGED, ODD
from tests.processes import Server, free_port, serving
from tests.proxies import Client, Proxy, running, settings

KINDS = ("nginx", "caddy", "haproxy")
PAIRS = [(first, second) for first in KINDS for second in KINDS if first != second]
CLIENTS = ("127.0.0.2", "127.0.0.3", "::1")
INSIDER = "127.0.0.9"  # a client whose address stands in POSTERN_TRUSTED_PROXIES by mistake


@dataclass
class Portal:
    """Three servers: two trust the proxies of the document, one was not told of any."""

    server: Server
    on_socket: Server
    forgetful: Server
    socket: Path


@pytest.fixture(scope="module")
def portal(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    folder = tmp_path_factory.mktemp("portal")
    socket = folder / "socket"
    base_url = {"POSTERN_BASE_URL": settings("POSTERN_BASE_URL")[0]}
    trusted = ",".join([*settings("POSTERN_TRUSTED_PROXIES"), INSIDER])

    def prepare(name: str, **environ: str) -> Server:
        return Server(shutil.copytree(prepared, folder / name), **base_url, **environ)

    server = prepare("server", POSTERN_TRUSTED_PROXIES=trusted)
    on_socket = prepare("on_socket", POSTERN_TRUSTED_PROXIES=trusted, POSTERN_LISTEN=f"unix:{socket}")
    forgetful = prepare("forgetful")
    for each in (server, forgetful):
        each.port = free_port()
        each.environ["POSTERN_LISTEN"] = f"127.0.0.1:{each.port},[::1]:{each.port}"
    with serving(server, on_socket, forgetful):
        yield Portal(server, on_socket, forgetful, socket)


@pytest.fixture(scope="module", params=KINDS)
def proxy(request: pytest.FixtureRequest, portal: Portal, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """Each proxy as the document has it, alone in front of the server and over TCP."""
    folder = tmp_path_factory.mktemp("proxy")
    proxy = Proxy(request.param, "outer", portal.server.port, folder)
    with running(proxy):
        yield proxy


# --- Whatever a client claims -----------------------------------------------------------------------------------------


def shown(page: str) -> str:
    found = re.search("Your address <code>(.*?)</code>", page)
    assert found, page
    return found[1]


def mistaken(clients: list[Client]) -> list[str]:
    """Everything forged, from each in turn on connections that stay open; who was taken for somebody else."""
    found = []
    for headers, client in zip([[], [], [], *FORGED], cycle(clients), strict=False):
        answer = client.ask("GET", "/login", headers)
        if (answer.status, shown(answer.text)) != (200, client.source):
            found.append(f"{client.source} with {str(headers)[:200]}: {answer.status}, {shown(answer.text)}")
    for request, client in zip(ODD, cycle(clients), strict=False):
        feet = set(re.findall("Your address <code>(.*?)</code>", client.say(request)))
        if not feet <= {client.source}:
            found.append(f"{client.source} with {request!r}: {feet}")
    for client in clients:
        client.close()
    return found


def test_each_sees_his_own_address_through_a_proxy(proxy: Proxy) -> None:
    assert mistaken(proxy.clients(*CLIENTS)) == []


@pytest.mark.parametrize("kind", KINDS)
def test_each_sees_his_own_address_through_a_proxy_and_a_unix_socket(kind: str, portal: Portal, tmp_path: Path) -> None:
    proxy = Proxy(kind, "outer", portal.socket, tmp_path)
    with running(proxy):
        assert mistaken(proxy.clients(*CLIENTS)) == []


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_each_sees_his_own_address_through_two_proxies(first: str, second: str, portal: Portal, tmp_path: Path) -> None:
    inside = Proxy(second, "inner", portal.server.port, tmp_path)
    outside = Proxy(first, "outer", inside.port, tmp_path)
    with running(inside, outside):
        assert mistaken(outside.clients(*CLIENTS)) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_proxy_that_appends_does_no_harm_as_the_only_one(kind: str, portal: Portal, tmp_path: Path) -> None:
    proxy = Proxy(kind, "inner", portal.server.port, tmp_path)
    with running(proxy):
        assert mistaken(proxy.clients("127.0.0.2", "127.0.0.3")) == []


def test_without_a_proxy_nobody_is_believed(portal: Portal) -> None:
    assert mistaken([Client(source, portal.server.port) for source in CLIENTS]) == []
    assert mistaken([Client(source, portal.forgetful.port) for source in ("127.0.0.1", *CLIENTS)]) == []


# --- What goes wrong with a wrong setting -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_forgotten_trust_makes_everybody_the_proxy(kind: str, portal: Portal, tmp_path: Path) -> None:
    proxy = Proxy(kind, "outer", portal.forgetful.port, tmp_path)
    with running(proxy):
        assert {shown(client.ask("GET", "/login").text) for client in proxy.clients(*CLIENTS)} == {"127.0.0.1"}


def test_forgotten_trust_makes_everybody_unknown_over_a_unix_socket(data_dir: Path, tmp_path: Path) -> None:
    forgetful = Server(data_dir, POSTERN_LISTEN=f"unix:{tmp_path / 'socket'}")
    proxy = Proxy("nginx", "outer", tmp_path / "socket", tmp_path)
    with serving(forgetful), running(proxy):
        assert {shown(client.ask("GET", "/login").text) for client in proxy.clients(*CLIENTS)} == {"unknown"}


@pytest.mark.parametrize("kind", ["nginx", "haproxy"])
def test_whoever_is_trusted_by_mistake_can_claim_any_address(kind: str, portal: Portal, tmp_path: Path) -> None:
    proxy = Proxy(kind, "inner", portal.server.port, tmp_path)
    with running(proxy):
        insider, other = proxy.clients(INSIDER, "127.0.0.2")
        forged = [("X-Forwarded-For", CLAIMED)]
        assert shown(insider.ask("GET", "/login", forged).text) == CLAIMED
        assert shown(other.ask("GET", "/login", forged).text) == "127.0.0.2"


# --- What else a proxy has to carry -----------------------------------------------------------------------------------


def test_a_log_in_through_a_proxy_is_secure_and_keeps_the_clients_address(proxy: Proxy, portal: Portal) -> None:
    source = f"127.0.1.{KINDS.index(proxy.kind) + 1}"
    (client,) = proxy.clients(source)
    form = client.ask("GET", "/login")
    token = re.search(r'name="csrf_token" value="([^"]+)"', form.text)
    assert token
    fields = urlencode({"csrf_token": token[1], "login": "carl", "password": PASSWORDS["carl"]})
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in SimpleCookie("; ".join(form.cookies)).items())
    headers = [
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Origin", settings("POSTERN_BASE_URL")[0]),
        ("Cookie", cookies),
        ("X-Forwarded-For", CLAIMED),
    ]
    answer = client.ask("POST", "/login", headers, fields.encode())
    assert (answer.status, answer.where) == (303, "/")
    assert all(cookie.startswith("__Host-") and "Secure" in cookie for cookie in answer.cookies)
    with closing(sqlite3.connect(portal.server.data_dir / "postern.db")) as database:
        tags = database.execute("SELECT tag FROM event WHERE address = ?", (source,)).fetchall()
    assert ("account:login:succeeded",) in tags


def test_a_body_of_a_mebibyte_passes_and_a_larger_one_gets_413(proxy: Proxy) -> None:
    for size, status in ((MAX_BODY, 400), (MAX_BODY + 1, 413)):  # 400: a form without its token
        (client,) = proxy.clients("127.0.0.2")
        assert client.ask("POST", "/login", body=b"x" * size).status == status


@pytest.mark.parametrize("proxy", ["nginx", "haproxy"], indirect=True)  # Caddy's redirect is not in its configuration
def test_http_leads_to_https(proxy: Proxy) -> None:
    client = Client("127.0.0.2", proxy.plain_port)
    answer = client.ask("GET", "/login", [("X-Forwarded-Proto", "https")])
    client.close()
    assert (answer.status, answer.where) == (301, "https://my.example.com/login")
