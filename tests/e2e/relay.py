"""A way to the server whose clients come from any address on loopback, and move while a page is open."""

from __future__ import annotations

import select
import socket
import threading
from contextlib import suppress
from pathlib import Path

from tests.processes import PATIENCE, Server


class Relay:
    """One port for the browser, so that its origin stays the same wherever it is."""

    def __init__(self, port: int, source: str) -> None:
        self.door = port
        self.source = source
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.lines: list[socket.socket] = []
        self.threads = [threading.Thread(target=self._answer)]
        self.threads[0].start()

    def move(self, source: str) -> None:
        """From the next request on; lines that stay open would still come from the old address."""
        self.source = source
        for line in self.lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.threads[0].join(PATIENCE)
        self.move("")
        for thread in self.threads:
            thread.join(PATIENCE)

    def _answer(self) -> None:
        with self.listener, suppress(OSError):
            while True:
                line, _ = self.listener.accept()
                self.lines.append(line)
                self.threads.append(threading.Thread(target=self._carry, args=(line,)))
                self.threads[-1].start()

    def _carry(self, line: socket.socket) -> None:
        source = self.source
        door = ("::1" if ":" in source else "127.0.0.1", self.door)
        with line, suppress(OSError), socket.create_connection(door, PATIENCE, (source, 0)) as server:
            towards = {line: server, server: line}
            while True:
                for end in select.select(towards, (), ())[0]:
                    part = end.recv(65536)
                    if not part:
                        return
                    towards[end].sendall(part)


class RelayedServer(Server):
    """A server on both loopback addresses that browsers reach through its relay."""

    cuts_lines = True  # whatever is still on its way when the browser moves, an icon say, does not arrive

    def __init__(self, data_dir: Path, source: str, **settings: str) -> None:
        super().__init__(data_dir, **settings)
        self.environ["POSTERN_LISTEN"] = f"127.0.0.1:{self.port},[::1]:{self.port}"
        self.relay = Relay(self.port, source)

    @property
    def url(self) -> str:
        return self.relay.url
