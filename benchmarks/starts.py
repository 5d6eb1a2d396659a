"""P9 memory after warm-up, P10 cold start."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from statistics import median

from . import servers
from .figures import Figure
from .people import Person, Site, log_in
from .servers import Server
from .visitors import Visitor, expect

STARTS = 9
SIDE_BY_SIDE = 8
REST = 4  # seconds


def cold_start(site: Site) -> list[Figure]:
    """From spawn to the first answer, on a prepared data directory; the first start compiles and is not counted."""
    took, cpu = [], []
    for _ in range(STARTS + 1):
        with servers.postern(site.data_dir) as server:
            took.append((time.perf_counter() - server.began_at) * 1000)
            cpu.append(server.cpu() * 1000)
    note = f"fastest {min(took[1:]):.0f} ms; {median(cpu[1:]):.0f} ms of CPU"
    return [Figure("P10", "cold start, spawn to first answer", median(took[1:]), "ms", 450, note=note)]


def memory(site: Site) -> list[Figure]:
    figures = []
    for workers, goal, what in ((1, 70, "memory (PSS) of the whole server"), (2, 110, "  with two workers")):
        busy, idle = _warm(site, workers)
        figures.append(Figure("P9", what, idle, "MiB", goal, note=f"{busy:.0f} MiB at the moment of the last answer"))
    return figures


def _warm(site: Site, workers: int) -> tuple[float, float]:
    """After log-ins side by side, pages and dialogs in each worker: at once, and when the server has come to rest."""
    site.rewind_codes()
    with servers.postern(site.data_dir, POSTERN_WORKERS=str(workers)) as server:
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            for people in (site.enrolled[start : start + SIDE_BY_SIDE] for start in range(0, 80, SIDE_BY_SIDE)):
                list(pool.map(_use, [server] * len(people), people))
            list(pool.map(_use, [server] * SIDE_BY_SIDE, _some(site.simple)))
        busy = server.memory()
        time.sleep(REST)
        return busy, server.memory()


def _some(people: Sequence[Person]) -> Sequence[Person]:
    return people[:SIDE_BY_SIDE]


def _use(server: Server, person: Person) -> None:
    visitor = Visitor(server.port)
    log_in(visitor, person)
    for path in ("/settings/security", "/settings/activity") * 5:
        expect(visitor.get(path), 200)
    if not person.key:
        expect(visitor.get("/settings/security"), 200)
        expect(visitor.post("/settings/two-factor/enrolment"), 303)
        expect(visitor.get("/settings/two-factor/enrolment"), 200)
    visitor.close()
