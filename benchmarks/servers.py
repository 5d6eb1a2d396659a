"""Servers as processes of their own, and what they use: CPU time, memory. Linux only."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 20  # seconds after which a start has failed


class Server:
    """One server, with its workers."""

    def __init__(self, command: list[str], port: int, environ: dict[str, str], folder: Path) -> None:
        self.port = port
        self.began_at = time.perf_counter()
        own = {name: value for name, value in os.environ.items() if not name.startswith(("POSTERN_", "PYTHON"))}
        own["PYTHONPYCACHEPREFIX"] = str(folder.parent / "bytecode")  # a start compiles nothing, as once installed
        with (folder / f"server-{port}.log").open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, *command], cwd=folder, env=own | environ, stdout=log, stderr=subprocess.STDOUT
            )

    def answers(self, path: str = "/login") -> Server:
        """Waits for the first answer."""
        while time.perf_counter() - self.began_at < PATIENCE and self.process.poll() is None:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
            try:
                connection.request("GET", path)
                if connection.getresponse().status == 200:
                    return self
            except OSError:
                time.sleep(0.002)
            finally:
                connection.close()
        raise RuntimeError(f"{self.process.args} does not answer")

    def processes(self) -> list[int]:
        found = [self.process.pid]
        for pid in found:
            for task in Path(f"/proc/{pid}/task").iterdir():
                found += map(int, (task / "children").read_text().split())
        return found

    def cpu(self) -> float:
        """Seconds of CPU that its processes used so far: utime + stime of all their threads.

        Read from the kernel's clock of each process, which counts nanoseconds where /proc/PID/stat counts hundredths.
        """
        return sum(time.clock_gettime((~pid << 3) | 2) for pid in self.processes())

    def memory(self) -> float:
        """Proportional set size of all its processes, in MiB."""
        return sum(_pss(pid) for pid in self.processes()) / 1024

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(PATIENCE)


def _pss(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def postern(data_dir: Path, **settings: str) -> Iterator[Server]:
    """`serve` on a prepared data directory, as it is shipped."""
    port = free_port()
    environ = {"POSTERN_DATA_DIR": str(data_dir), "POSTERN_LISTEN": f"127.0.0.1:{port}", **settings}
    server = Server([str(ROOT / "cli.py"), "serve"], port, environ, data_dir.parent)
    try:
        yield server.answers()
    finally:
        server.stop()


@contextmanager
def plain(size: int, folder: Path) -> Iterator[Server]:
    """The plain page of so many bytes."""
    port = free_port()
    server = Server([str(ROOT / "benchmarks" / "plain.py"), str(port), str(size)], port, {}, folder)
    try:
        yield server.answers("/")
    finally:
        server.stop()
