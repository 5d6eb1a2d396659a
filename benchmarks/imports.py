"""An import of very many people: how fast, how much memory, and how long others who write have to wait."""

from __future__ import annotations

import csv
import os
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

from domain import sample
from domain.transfer_csv import COLUMNS
from domain.visit import utcnow

from .figures import Figure
from .people import Site
from .servers import ROOT

SEED = 1
HASH = "$argon2id$v=19$m=19456,t=2,p=1$/879H3BVsCjzz6QbRBcI8g$i5d4Bb0No1Qee3Z4OifRXjONIdZPFV450QlHfjxOLtU"
PLAIN = tuple(column for column in COLUMNS if column not in ("password", "totp_secret", "access", "trusted_ips",
                                                             "provider_access", "provider_ips"))  # fmt: skip
BETWEEN = 0.02  # seconds between two who want to write


def hundred_thousand(site: Site) -> list[Figure]:
    """With hashes alone, and with everything that a line can say."""
    return [
        *_import(site, 100_000, PLAIN, "hashes, no lists, no keys"),
        *_import(site, 100_000, COLUMNS, "all columns"),
    ]


def million(site: Site) -> list[Figure]:
    return _import(site, 1_000_000, PLAIN, "hashes, no lists, no keys")


def _import(site: Site, count: int, columns: tuple[str, ...], what: str) -> list[Figure]:
    at = site.copy(f"import-{len(columns)}")
    file = at.data_dir.parent / "people.csv"
    _write(file, count, columns)
    environ = {name: value for name, value in os.environ.items() if not name.startswith("POSTERN_")}
    began = time.perf_counter()
    child = subprocess.Popen(
        [sys.executable, str(ROOT / "cli.py"), "import", str(file)],
        env=environ | {"POSTERN_DATA_DIR": str(at.data_dir)},
        stdout=subprocess.DEVNULL,
    )
    with _Writer(at.data_dir / "postern.db") as writer:
        _, status, used = os.wait4(child.pid, 0)
    took = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"import of {file} ended with {child.returncode}")
    cpu = used.ru_utime + used.ru_stime
    goal = 10_000 if columns == PLAIN else None
    note = f"{what}; {took:.0f} s, of CPU {cpu:.0f} s; file of {file.stat().st_size / 2**20:.0f} MiB"
    file.unlink()
    return [
        Figure("I1", f"import of {count:,}: users a second", count / took, "/s", goal, at_least=True, note=note),
        Figure("I2", "  peak memory (RSS)", used.ru_maxrss / 1024, "MiB", 150),
        Figure("I3", "  longest wait of somebody else who writes", writer.longest, "s"),
    ]


def _write(file: Path, count: int, columns: tuple[str, ...]) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        table = csv.DictWriter(out, columns, extrasaction="ignore")
        table.writeheader()
        table.writerows(sample.people(count, SEED, utcnow(), HASH))


class _Writer:
    """Somebody who writes again and again, and notes how long he had to wait."""

    def __init__(self, path: Path) -> None:
        self.path, self.longest = path, 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._write)

    def __enter__(self) -> _Writer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _write(self) -> None:
        with closing(sqlite3.connect(self.path, timeout=3_600, isolation_level=None)) as connection:
            while not self._over.wait(BETWEEN):
                began = time.perf_counter()
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("ROLLBACK")
                self.longest = max(self.longest, time.perf_counter() - began)
