"""P7: eight clients log in without pause; how long does everybody else wait?"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Sequence
from multiprocessing import get_context
from multiprocessing.queues import Queue
from statistics import median

from . import servers
from .figures import Figure, percentile
from .people import DEVICE_COOKIE, PASSWORD, Person, Site, log_in
from .visitors import Visitor, expect

CLIENTS = 8
TRIES = 100  # of known browsers
PAUSE = 0.15  # seconds between them
READING = 0.02  # seconds between two pages of who is logged in
# Flask-Security 5.9 with its two-factor under the same storm, measured once, on another day.
PEER = {"p50": 40.0, "p99": 139.0}


def storm(site: Site) -> list[Figure]:
    """Load, known browsers and reader are processes of their own, so that none waits for another's interpreter."""
    known, crowd, reader = site.enrolled[:TRIES], site.enrolled[TRIES + 1 :], site.enrolled[TRIES]
    context = get_context("spawn")
    over, results = context.Event(), context.Queue()
    with servers.postern(site.data_dir, POSTERN_TRUSTED_PROXIES="127.0.0.1") as server:
        visitor = Visitor(server.port)
        log_in(visitor, reader)
        alone = [_page(visitor) for _ in range(200)]
        load = context.Process(target=_rage, args=(server.port, crowd, over, results))
        load.start()
        results.get()  # it has begun
        tries = context.Process(target=_come_back, args=(server.port, known, over, results))
        tries.start()
        pages = []
        while not over.is_set():
            pages.append(_page(visitor))
            time.sleep(READING)
        answers = {}
        for _ in range(2):
            answers.update(results.get())
        load.join()
        tries.join()
    return _figures(alone, pages, answers["waits"], answers["statuses"], answers["seconds"])


def _page(visitor: Visitor) -> float:
    """Milliseconds until the Security page is there."""
    began = time.perf_counter()
    expect(visitor.get("/settings/security"), 200)
    return (time.perf_counter() - began) * 1000


def _figures(
    alone: list[float], pages: list[float], waits: list[float], statuses: Counter[int], seconds: float
) -> list[Figure]:
    p50, p99 = percentile(pages, 0.5), percentile(pages, 0.99)
    in_time = 100 * sum(wait <= 1 for wait in waits) / len(waits)
    judged = (statuses[303] + statuses[401]) / seconds
    told = ", ".join(f"{status}: {count}" for status, count in sorted(statuses.items()))
    return [
        Figure("P7", "somebody else's page in a storm, p50", p50, "ms", 0.15 * PEER["p50"], note=_beside(p50, "p50")),
        Figure("P7", "  p99", p99, "ms", 0.4 * PEER["p99"], note=_beside(p99, "p99")),
        Figure(
            "P7",
            "  known browsers in within 1 s",
            in_time,
            "%",
            99,
            at_least=True,
            note=f"of {len(waits)} tries; median {median(waits):.2f} s, slowest {max(waits):.2f} s",
        ),
        Figure("", "  answers 503 to the storm", statuses[503], "", note=f"{judged:.0f} steps judged a second; {told}"),
        Figure("", "  the same page without a storm, p50", percentile(alone, 0.5), "ms"),
    ]


def _beside(ours: float, which: str) -> str:
    return f"{ours / PEER[which]:.2f} × the {PEER[which]:.0f} ms once measured of Flask-Security, not in this run"


# --- The storm --------------------------------------------------------------------------------------------------------


def _rage(port: int, crowd: Sequence[Person], over: threading.Event, results: Queue) -> None:
    statuses: Counter[int] = Counter()
    began = time.perf_counter()
    threads = [
        threading.Thread(target=_log_in_again_and_again, args=(port, crowd[number::CLIENTS], over, statuses))
        for number in range(CLIENTS)
    ]
    for thread in threads:
        thread.start()
    time.sleep(1)
    results.put("begun")
    for thread in threads:
        thread.join()
    results.put({"statuses": statuses, "seconds": time.perf_counter() - began})


def _log_in_again_and_again(port: int, mine: Sequence[Person], over: threading.Event, statuses: Counter[int]) -> None:
    """Right passwords with their codes, wrong passwords, unknown logins; each time from another address."""
    dice = random.Random(mine[0].login)
    visitor = Visitor(port)
    used: dict[str, int] = {}
    turn = 0
    while not over.is_set():
        person, turn = mine[turn % len(mine)], turn + 1
        visitor.forget()
        visitor.headers["X-Forwarded-For"] = f"198.{dice.choice((18, 19))}.{dice.randrange(256)}.{dice.randrange(256)}"
        expect(visitor.get("/login"), 200)
        kind = dice.choice(("right", "right", "wrong", "unknown"))
        login = f"nobody{dice.randrange(10**9)}" if kind == "unknown" else person.login
        password = PASSWORD if kind == "right" else "something else"
        answer = expect(visitor.post("/login", login=login, password=password), 303, 401, 503)
        statuses[answer.status] += 1
        if answer.status == 303:
            _code(visitor, person, used, statuses)


def _code(visitor: Visitor, person: Person, used: dict[str, int], statuses: Counter[int]) -> None:
    """The next code that is good and not used up yet, if there is one."""
    now = int(time.time()) // 30
    step = max(used.get(person.login, 0) + 1, now - 1)
    expect(visitor.get("/login/code"), 200)
    if step <= now + 1:
        used[person.login] = step
        statuses[expect(visitor.post("/login/code", code=person.code(step - now)), 303, 422).status] += 1


def _come_back(port: int, known: Sequence[Person], over: threading.Event, results: Queue) -> None:
    """Each person once, in his known browser, from the form to the end of the code step."""
    waits = []
    for person in known:
        visitor = Visitor(port, X_Forwarded_For="192.0.2.77")
        visitor.cookies[DEVICE_COOKIE] = person.device
        began = time.perf_counter()
        log_in(visitor, person)
        waits.append(time.perf_counter() - began)
        visitor.close()
        time.sleep(PAUSE)
    over.set()
    results.put({"waits": waits})
