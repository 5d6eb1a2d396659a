"""The server: Waitress on sockets of our own, in one process or several, ended without cutting anybody off.

Waitress reads a whole request before it takes a thread, so slow bodies stop nobody, and it drops header names with
underscores, so X_Forwarded_For cannot pass for X-Forwarded-For. It has no workers, and its own shutdown forgets what
is not yet sent: both are here.
"""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn

from waitress import create_server, wasyncore
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.server import BaseWSGIServer

from domain.errors import N_
from domain.listen import Listen, parse_listen
from sockets import ListenError, open_socket

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

GRACE = 10  # seconds for the requests that are running when the end is asked for
LINGER = 5  # seconds to throw away what a refused client still sends
MAX_BODY = 1024 * 1024
SETTINGS = {
    "ident": None,
    "clear_untrusted_proxy_headers": False,  # domain/client_address.py knows whom to believe
    "max_request_body_size": MAX_BODY + 1,  # Waitress refuses at this size, not above it
    "max_request_header_size": 32 * 1024,
    "inbuf_overflow": 64 * 1024,  # a larger body waits in a file, or 400 slow ones would hold 400 MiB
    "connection_limit": 400,  # two files each at most: below the usual limit of 1,024 for a process
    "channel_timeout": 30,
    "cleanup_interval": 10,
}

UNIX = getattr(socket, "AF_UNIX", None)  # Windows has none

log = logging.getLogger("postern.server")


def serve(
    make_app: Callable[[], WSGIApplication],
    listen: Sequence[str | Listen],
    workers: int = 1,
    threads: int = 80,
    ready: Callable[[], None] | None = None,
) -> None:
    """Serves until SIGTERM or SIGINT, then returns when running requests are answered; a second signal ends at once.

    With several workers `make_app` runs in each of them, so that no connection or thread crosses the fork. One that
    dies ends all, with exit code 1, so that the supervisor starts afresh. `ready` is called once, when connections are
    accepted. 80 threads, because log-ins wait in theirs for one of 64 places at the hashing thread; whatever else is
    asked meanwhile must find one too.
    """
    if workers > 1 and not hasattr(os, "fork"):
        raise ListenError(N_("POSTERN_WORKERS must be 1 on this system, where processes cannot share a socket."))
    with suppress(OSError, AttributeError):  # glibc alone; 80 threads would keep up to 16 heaps
        ctypes.CDLL(None).mallopt(-8, 1)  # M_ARENA_MAX
    sockets = [open_socket(place) for place in parse_listen(",".join(map(str, listen)))]
    announce = ready or (lambda: None)
    if workers > 1:
        _supervise(lambda: _run(make_app, sockets, threads), sockets, workers, announce)
    else:
        _run(make_app, sockets, threads, announce)


class _Parser(HTTPRequestParser):
    """Refuses what proxies may read in another way (RFC 9112, 6.1); 400 where urlsplit() or int() would raise."""

    def parse_header(self, header_plus: bytes) -> None:
        try:
            super().parse_header(header_plus)
        except ValueError:
            raise ParsingError("Start line or Content-Length is invalid") from None
        # It is still among the headers when the version is not 1.1: the body was then not read by it.
        if "TRANSFER_ENCODING" in self.headers or (self.chunked and "CONTENT_LENGTH" in self.headers):
            raise ParsingError("Transfer-Encoding is not allowed here")


class _Channel(HTTPChannel):
    """Reads on for a while after refusing: to close on unread bytes resets the connection, and nobody sees the 413."""

    parser_class = _Parser
    refused = False
    reads_on_until = 0.0

    def service(self) -> None:
        self.refused = self.requests[0].error is not None
        super().service()

    def handle_close(self) -> None:
        if self.refused and self.connected:
            self.refused = self.will_close = False
            self.reads_on_until = time.monotonic() + LINGER
            with suppress(OSError):
                self.socket.shutdown(socket.SHUT_WR)
        else:
            super().handle_close()

    def received(self, data: bytes) -> bool:
        if not self.reads_on_until:
            return bool(super().received(data))
        if time.monotonic() > self.reads_on_until:
            self.handle_close()
        return False


def _run(
    make_app: Callable[[], WSGIApplication],
    sockets: list[socket.socket],
    threads: int,
    announce: Callable[[], None] | None = None,
) -> None:
    """One process: Waitress's own loop until a signal, then the graceful end. A worker has nothing to announce."""
    objects: dict[int, Any] = {}
    tasks = _listen(make_app(), objects, sockets, threads)
    listeners = [each for each in objects.values() if isinstance(each, BaseWSGIServer)]
    for listener in listeners:
        listener.channel_class = _Channel
    ending = _on_signal(listeners[0].pull_trigger, worker=announce is None)
    if announce:
        announce()
    while not ending.is_set():
        _turn(objects, 1)
    for listener in listeners:
        wasyncore.dispatcher.close(listener)  # its own close() takes the trigger away, which threads pull when done
    _drain(objects, tasks)


def _listen(app: WSGIApplication, objects: dict[int, Any], sockets: list[socket.socket], threads: int) -> Any:
    """Waitress refuses TCP and unix sockets in one call; two calls share the threads of the first."""
    tasks = None
    for group in ([s for s in sockets if s.family != UNIX], [s for s in sockets if s.family == UNIX]):
        if group:
            made = create_server(app, map=objects, _dispatcher=tasks, sockets=group, threads=threads, **SETTINGS)
            tasks = made.task_dispatcher
    return tasks


def _turn(objects: dict[int, Any], timeout: float) -> None:
    wasyncore.loop(timeout, use_poll=True, map=objects, count=1)  # select() fails at file number 1,024


def _drain(objects: dict[int, Any], tasks: Any) -> None:
    """Lets running requests end and their answers leave; connections without one are closed."""
    deadline = time.monotonic() + GRACE
    while time.monotonic() < deadline:
        channels = [each for each in objects.values() if isinstance(each, HTTPChannel)]
        if not (channels or tasks.active_count or tasks.queue):
            return
        for channel in channels:
            if not channel.requests:
                channel.close_when_flushed = True
        _turn(objects, 0.1)
    log.warning("Ended while requests were still running after %s seconds", GRACE)


def _supervise(
    run: Callable[[], None], sockets: list[socket.socket], workers: int, announce: Callable[[], None]
) -> None:
    """The parent of several workers: passes signals on, and lets none of them live without the others."""
    parent_lives, held_by_parent = os.pipe()  # never written to: its end of file is the parent's end, even by SIGKILL
    children: set[int] = set()
    for _ in range(workers):
        pid = os.fork()
        if pid == 0:
            os.close(held_by_parent)
            _work(run, parent_lives)
        children.add(pid)
    for sock in sockets:
        sock.close()

    def stop(signum: int = signal.SIGTERM) -> None:
        signal.alarm(GRACE + 2)
        for pid in tuple(children):
            with suppress(ProcessLookupError):
                os.kill(pid, signum)

    signal.signal(signal.SIGALRM, lambda *_: stop(signal.SIGKILL))
    ending = _on_signal(stop)
    announce()
    failed = False
    while children:
        pid, status = os.waitpid(-1, 0)
        if pid in children:  # as process 1 of a container we also inherit strangers
            children.discard(pid)
            if not ending.is_set() and not failed:
                failed = True
                log.error("Worker %s died (%s): ending the others", pid, os.waitstatus_to_exitcode(status))
                stop()
    signal.alarm(0)
    if not ending.is_set():
        sys.exit(1)


def _work(run: Callable[[], None], parent_lives: int) -> NoReturn:
    """A worker, from fork to exit: it never returns into the parent's frames, whose clean-up is not its own."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent passes it on as SIGTERM

    def end_with_parent() -> None:
        os.read(parent_lives, 1)
        os._exit(1)

    threading.Thread(target=end_with_parent, daemon=True).start()
    code = 1
    try:
        run()
        code = 0
    except BaseException:
        log.exception("A worker failed")
    finally:
        logging.shutdown()
        sys.stdout.flush()
        os._exit(code)


def _on_signal(act: Callable[[], None], *, worker: bool = False) -> threading.Event:
    """Set once the end is asked for. Asking twice ends at once, but a worker is asked by systemd and by its parent."""
    asked = threading.Event()

    def handle(signum: int, frame: object) -> None:
        if asked.is_set() and not worker:
            os._exit(1)
        asked.set()
        act()

    signal.signal(signal.SIGTERM, handle)
    if not worker:
        signal.signal(signal.SIGINT, handle)
    return asked
