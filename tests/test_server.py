"""The server through real sockets and real processes: what must hold whatever serves."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from domain.client_address import UNIX_PEERS
from server import MAX_BODY, serve
from sockets import ListenError
from tests.processes import free_port
from wsgi import BaseUrl

ROOT = Path(__file__).parent.parent
PATIENCE = 15  # seconds after which a wait has failed; nothing here comes near it unless it is broken

# /slow answers once the file `go` exists, so that a test decides how long a request runs.
SCRIPT = """
import os, sys, time
from pathlib import Path
from server import ListenError, serve

here = Path(sys.argv[1])

def app(environ, start_response):
    body = environ["wsgi.input"].read()
    if environ["PATH_INFO"] == "/slow":
        (here / "running").touch()
        while not (here / "go").exists():
            time.sleep(0.01)
        answer = b"x" * 3_000_000
    elif environ["PATH_INFO"] == "/pid":
        time.sleep(0.02)
        answer = str(os.getpid()).encode()
    else:
        kept = {key: value for key, value in environ.items() if key.startswith("HTTP_") or key == "REMOTE_ADDR"}
        answer = repr({**kept, "method": environ["REQUEST_METHOD"], "body": len(body)}).encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(answer)))])
    return [answer]

try:
    serve(lambda: app, [sys.argv[2]], workers=int(sys.argv[3]), ready=lambda: print("ready", flush=True))
except ListenError as error:
    sys.exit(f"ListenError {error}")
"""


class Server:
    """A server process of its own, its output in a file, and ways to talk to it."""

    def __init__(self, here: Path, listen: str, workers: int) -> None:
        self.here = here
        self.listen = listen
        self.output = here / "output"
        script = here / "script.py"
        script.write_text(SCRIPT)
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, script, here, listen, str(workers)],
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        until(lambda: "ready" in self.said() or self.process.poll() is not None)

    def said(self) -> str:
        return self.output.read_text()

    def connect(self) -> socket.socket:
        if self.listen.startswith("unix:"):
            client = socket.socket(socket.AF_UNIX)
            client.settimeout(PATIENCE)
            client.connect(self.listen.removeprefix("unix:"))
            return client
        host, _, port = self.listen.rpartition(":")
        return socket.create_connection((host.strip("[]"), int(port)), PATIENCE)

    def send(self, request: bytes) -> bytes:
        """Everything that comes back until the server closes."""
        with self.connect() as client:
            client.sendall(request)
            return b"".join(iter(lambda: client.recv(65536), b""))

    def get(self, path: str = "/", *headers: str) -> str:
        lines = [f"GET {path} HTTP/1.1", "Host: portal", "Connection: close", *headers, "", ""]
        return self.send("\r\n".join(lines).encode()).decode()

    def workers(self) -> set[int]:
        """The process ids of both workers, as they answer."""
        found: set[int] = set()
        until(lambda: found.add(int(self.get("/pid").rpartition("\r\n\r\n")[2])) or len(found) == 2)
        return found

    def ended(self) -> int:
        return self.process.wait(PATIENCE)


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.01)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")  # a child that nobody has waited for yet is dead too
    return not (state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z")


def refuses(server: Server) -> bool:
    try:
        server.connect().close()
    except OSError:
        return True
    return False


Start = Callable[..., Server]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    running: list[Server] = []

    def begin(listen: str = "", workers: int = 1) -> Server:
        while True:
            server = Server(tmp_path, listen or f"127.0.0.1:{free_port()}", workers)
            running.append(server)
            # somebody else may have taken the free port meanwhile
            if listen or "it is taken" not in server.said():
                return server

    yield begin
    for server in running:
        server.process.kill()
        server.process.wait()


def test_a_hundred_slow_bodies_stop_nobody(start: Start) -> None:
    server = start()
    slow = [server.connect() for _ in range(100)]
    try:
        for drip in (b"POST / HTTP/1.1\r\nHost: portal\r\nContent-Length: 1000\r\n\r\n", b"a", b"b"):
            for client in slow:
                client.sendall(drip)
        began = time.monotonic()
        assert "200 OK" in server.get()
        assert time.monotonic() - began < 2
    finally:
        for client in slow:
            client.close()


def test_a_forwarded_address_with_underscores_is_dropped(start: Start) -> None:
    answer = start().get("/", "X_Forwarded_For: 1.1.1.1", "X-Forwarded_For: 2.2.2.2")
    assert "FORWARDED" not in answer
    assert "'REMOTE_ADDR': '127.0.0.1'" in answer


def test_forwarded_headers_reach_the_application_lines_joined_in_order(start: Start) -> None:
    answer = start().get("/", "X-Forwarded-For: 1.1.1.1", "X_Forwarded_For: 3.3.3.3", "X-Forwarded-For: 2.2.2.2")
    assert "'HTTP_X_FORWARDED_FOR': '1.1.1.1, 2.2.2.2'" in answer


def test_no_answer_names_the_server(start: Start) -> None:
    server = start()
    for answer in (server.get(), server.send(b"nonsense\r\n\r\n").decode()):
        assert not re.search("^server:|waitress", answer, re.IGNORECASE | re.MULTILINE)


def test_a_body_that_is_too_large_gets_413_and_the_largest_allowed_one_passes(start: Start) -> None:
    server = start()
    head = b"POST / HTTP/1.1\r\nHost: portal\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
    assert b"'body': %d" % MAX_BODY in server.send(head % MAX_BODY + b"x" * MAX_BODY)
    assert server.send(head % (MAX_BODY + 1)).startswith(b"HTTP/1.1 413 ")
    assert server.send(head % (4 * MAX_BODY) + b"x" * 4 * MAX_BODY).startswith(b"HTTP/1.1 413 ")
    chunked = b"POST / HTTP/1.1\r\nHost: portal\r\nTransfer-Encoding: chunked\r\n\r\n100001\r\n" + b"x" * (MAX_BODY + 1)
    assert server.send(chunked).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("version", [b"1.0", b"1.1", b"1.2"])
def test_a_body_with_two_lengths_cannot_smuggle_a_second_request(start: Start, version: bytes) -> None:
    answer = start().send(
        b"POST / HTTP/" + version + b"\r\nHost: portal\r\nConnection: keep-alive\r\nContent-Length: 4\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        b"GET /smuggled HTTP/1.1\r\nHost: portal\r\nConnection: close\r\n\r\n"
    )
    assert answer.split(b" ")[1] == b"400"
    assert answer.count(b"HTTP/1.") == 1


MALFORMED = {
    b"TRACE / HTTP/1.1\r\nHost: portal\r\nConnection: close\r\n\r\n": b"200",  # methods are the application's affair
    b"OPTIONS * HTTP/1.1\r\nHost: portal\r\nConnection: close\r\n\r\n": b"200",
    b"CONNECT portal:443 HTTP/1.1\r\nConnection: close\r\n\r\n": b"200",
    b"nonsense\r\n\r\n": b"400",
    b"\x16\x03\x01\x02\x00\x01\xfc\r\n\r\n": b"400",
    b"get / HTTP/1.1\r\n\r\n": b"400",
    b"GET http://[::1/ HTTP/1.1\r\n\r\n": b"400",
    b"GET / HTTP/1.1\r\nHost portal\r\n\r\n": b"400",
    b"GET / HTTP/1.1\r\nHost: por\x00tal\r\n\r\n": b"400",
    b"GET / HTTP/1.1\r\n folded: first\r\n\r\n": b"400",
    b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n": b"400",
    b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n": b"400",
    b"POST / HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n": b"400",
    b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nnothex\r\n": b"400",
    b"GET / HTTP/1.1\r\nX: " + b"x" * 40_000 + b"\r\n\r\n": b"431",
    b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n": b"501",
}


def test_nothing_malformed_brings_a_traceback(start: Start) -> None:
    server = start()
    assert {request: server.send(request).split(b" ")[1] for request in MALFORMED} == MALFORMED
    assert "200 OK" in server.get()
    assert server.said() == "ready\n"


@pytest.mark.parametrize("workers", [1, 2])
def test_a_request_in_progress_is_answered_completely_before_the_end(
    start: Start, tmp_path: Path, workers: int
) -> None:
    server = start(workers=workers)
    with (
        closing(http.client.HTTPConnection(server.listen, timeout=PATIENCE)) as idle,
        closing(http.client.HTTPConnection(server.listen, timeout=PATIENCE)) as busy,
    ):
        idle.request("GET", "/")
        idle.getresponse().read()
        busy.request("POST", "/slow", body=b"form")
        until((tmp_path / "running").exists)

        server.process.send_signal(signal.SIGTERM)

        assert idle.sock.recv(1) == b""  # an idle connection is closed at once
        until(lambda: refuses(server))
        assert server.process.poll() is None
        (tmp_path / "go").touch()
        assert len(busy.getresponse().read()) == 3_000_000
    assert server.ended() == 0


def test_a_second_signal_ends_at_once(start: Start, tmp_path: Path) -> None:
    server = start(workers=2)
    pids = server.workers()
    with server.connect() as busy:
        busy.sendall(b"GET /slow HTTP/1.1\r\nHost: portal\r\n\r\n")
        until((tmp_path / "running").exists)
        server.process.send_signal(signal.SIGINT)
        until(lambda: refuses(server))
        server.process.send_signal(signal.SIGINT)
        assert server.ended() == 1
    until(lambda: not any(map(alive, pids)))


def test_a_worker_that_is_signalled_twice_still_answers(start: Start, tmp_path: Path) -> None:
    server = start(workers=2)
    pids = server.workers()
    with server.connect() as busy:
        busy.sendall(b"GET /slow HTTP/1.1\r\nHost: portal\r\nConnection: close\r\n\r\n")
        until((tmp_path / "running").exists)
        for _ in range(2):
            for pid in filter(alive, pids):
                os.kill(pid, signal.SIGTERM)
        until(lambda: refuses(server))
        (tmp_path / "go").touch()
        assert len(b"".join(iter(lambda: busy.recv(65536), b""))) > 3_000_000


def test_two_workers_answer_on_one_socket_and_die_together(start: Start) -> None:
    server = start(workers=2)
    pids = server.workers()
    assert server.process.pid not in pids
    os.kill(min(pids), signal.SIGKILL)
    assert server.ended() == 1
    assert not any(map(alive, pids))
    assert f"Worker {min(pids)} died (-9)" in server.said()


def test_workers_do_not_outlive_a_killed_parent(start: Start) -> None:
    server = start(workers=2)
    pids = server.workers()
    server.process.kill()
    until(lambda: not any(map(alive, pids)))


def test_a_unix_socket_serves_owner_and_group_and_a_stale_file_is_replaced(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    server = start(f"unix:{path}")
    assert stat.S_IMODE(path.stat().st_mode) == 0o660
    peer = re.search("'REMOTE_ADDR': '(.*?)'", server.get())
    assert peer
    assert peer[1] in UNIX_PEERS

    second = start(f"unix:{path}")
    assert "it is taken" in second.said()
    assert "200 OK" in server.get()


def test_tcp_and_a_unix_socket_are_served_together(start: Start, tmp_path: Path) -> None:
    places = f"127.0.0.1:{free_port()}", f"unix:{tmp_path / 's'}"
    server = start(",".join(places))
    for server.listen in places:
        assert "200 OK" in server.get()
    server.process.terminate()
    assert server.ended() == 0


def test_a_file_that_is_no_socket_stays(start: Start, tmp_path: Path) -> None:
    (tmp_path / "s").write_text("precious")
    assert "it is taken" in start(f"unix:{tmp_path / 's'}").said()
    assert (tmp_path / "s").read_text() == "precious"


def test_an_ipv6_address_serves(start: Start) -> None:
    server = start(f"[::1]:{free_port()}")
    if "Cannot listen" in server.said():
        pytest.skip("this machine has no IPv6")
    assert "'REMOTE_ADDR': '::1'" in server.get()


@pytest.mark.parametrize(
    ("listen", "sentence"),
    [
        ("192.0.2.1:8000", "this machine has no such address"),
        ("unix:/nonexistent/postern.sock", "its directory does not exist"),
        ("unix:/run/" + "x" * 200, "too long"),
    ],
)
def test_where_it_cannot_listen_it_says_so(listen: str, sentence: str) -> None:
    with pytest.raises(ListenError, match=f"POSTERN_LISTEN={re.escape(listen)}: .*{sentence}"):
        serve(lambda: BaseUrl(None, "http://localhost"), [listen])  # type: ignore[arg-type]


def test_an_address_in_use_gives_one_clear_line(start: Start) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        listen = f"127.0.0.1:{other.getsockname()[1]}"
        server = start(listen)
        assert server.ended() == 1
    assert server.said().startswith(f"ListenError Cannot listen on POSTERN_LISTEN={listen}: it is taken.")
    assert server.said().count("\n") == 1


@pytest.mark.parametrize(
    ("prefix", "path", "expected"),
    [
        ("", "/login", ("", "/login")),
        ("/portal", "/portal/login", ("/portal", "/login")),
        ("/portal", "/login", ("/portal", "/login")),
        ("/portal/", "/portal/", ("/portal", "/")),
        ("/portal", "/portal", ("/portal", "")),
        ("/portal", "/portals", ("/portal", "/portals")),
    ],
)
def test_the_base_url_decides_scheme_and_prefix(prefix: str, path: str, expected: tuple[str, str]) -> None:
    seen: dict[str, str] = {}

    def app(environ: dict[str, str], start_response: object) -> list[bytes]:
        seen.update(environ)
        return []

    environ = {"PATH_INFO": path, "SCRIPT_NAME": "", "wsgi.url_scheme": "http"}
    BaseUrl(app, f"https://my.example{prefix}")(environ, lambda *_: None)  # type: ignore[arg-type]
    assert (seen["SCRIPT_NAME"], seen["PATH_INFO"]) == expected
    assert seen["wsgi.url_scheme"] == "https"
