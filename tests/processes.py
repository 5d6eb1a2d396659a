"""Servers as they run in earnest: processes of their own, stopped, killed and started again."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

import config
import installation
from domain import vault
from models import database
from tests.cast import Cast

ROOT = Path(__file__).parent.parent
CLI = (sys.executable, str(ROOT / "cli.py"))
PATIENCE = 20  # seconds after which a wait has failed; nothing comes near it unless it is broken


class Server:
    """`./postern serve` on a port of its own; `begin` starts it again there after it was stopped or killed."""

    cuts_lines = False

    def __init__(self, data_dir: Path, *, command: tuple[str, ...] = CLI, **settings: str) -> None:
        self.data_dir = data_dir
        self.command = command
        self.port = free_port()
        self.log = data_dir.with_name(f"{self.port}.log")
        self.environ = {name: value for name, value in os.environ.items() if not name.startswith("POSTERN_")}
        self.environ |= {"POSTERN_DATA_DIR": str(data_dir), "POSTERN_LISTEN": f"127.0.0.1:{self.port}", **settings}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def begin(self) -> Server:
        """Returns at once; `ready` waits."""
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [*self.command, "serve"],
                cwd=self.data_dir.parent,
                env=self.environ,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self

    def ready(self) -> Server:
        until(lambda: "Postern is ready" in self.said() or self.process.poll() is not None)
        assert self.process.poll() is None, self.said()
        return self

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def postern(self, *words: str) -> str:
        """A terminal command beside the running server; returns what it printed."""
        done = subprocess.run(
            [*self.command, *words], cwd=self.data_dir.parent, env=self.environ, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def kill(self) -> None:
        """SIGKILL for the server and its workers at the same instant, as when the machine loses power."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE)

    def stop(self) -> None:
        """The end that an administrator asks for. Nothing may have gone wrong until then."""
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(PATIENCE)
        assert "Traceback" not in self.said(), self.said()


@contextmanager
def serving(*servers: Server) -> Iterator[None]:
    """They start side by side, and none is left behind."""
    with ExitStack() as running:
        for server in servers:
            running.callback(server.stop)
            server.begin()
        for server in servers:
            server.ready()
        yield


@contextmanager
def inside(data_dir: Path) -> Iterator[Cast]:
    """The installation as this process sees it, for what the test arranges or looks up beside the server."""
    database.close_all()
    installation.open_prepared(config.load({"POSTERN_DATA_DIR": str(data_dir)}, Path("/nonexistent")))
    try:
        with database.connection_context():
            yield Cast()
    finally:
        database.close_all()
        vault.configure(())


def free_port() -> int:
    """Free on both loopback addresses, below the ports that the system hands out to clients meanwhile, and above 10080,
    the last one that browsers refuse to open."""
    while True:
        port = secrets.choice(range(10_100, 32_000))
        with suppress(OSError), closing(socket.socket()) as v4, closing(socket.socket(socket.AF_INET6)) as v6:
            v4.bind(("127.0.0.1", port))
            v6.bind(("::1", port))
            return port


def until(happened: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)
