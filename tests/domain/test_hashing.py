"""The one hashing thread: who comes first, when it is full, and what it says."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.low_level import Type

from domain import errors, hashing
from domain.hashing import Queue

PATIENCE = 10  # seconds


class Line:
    """A queue whose first job lasts until `go`, and callers that stand behind it."""

    def __init__(self) -> None:
        self.queue = Queue()
        self.go = threading.Event()
        self.served: list[str] = []
        self.callers = ThreadPoolExecutor(hashing.QUEUE_LENGTH + 1)
        begun = threading.Event()
        self.first = self.callers.submit(self.queue.run, lambda: begun.set() or self.go.wait(PATIENCE), known=True)
        assert begun.wait(PATIENCE)

    def join(self, name: str, *, known: bool) -> Future[None]:
        """Returns when the caller stands in the line."""
        waiting = self.queue._jobs[known]
        before = len(waiting)
        future = self.callers.submit(self.queue.run, lambda: self.served.append(name), known=known)
        with self.queue._ready:
            assert self.queue._ready.wait_for(lambda: len(waiting) > before or future.done(), PATIENCE)
        return future


@pytest.fixture
def line() -> Iterator[Line]:
    line = Line()
    yield line
    line.go.set()
    line.callers.shutdown()


def test_known_browsers_come_before_strangers_each_in_their_order(line: Line) -> None:
    waiting = [line.join(name, known=name.startswith("known")) for name in ("one", "two", "known one", "known two")]
    line.go.set()
    for future in waiting:
        future.result(PATIENCE)
    assert line.served == ["known one", "known two", "one", "two"]


def test_the_line_holds_64_and_48_strangers_of_them(line: Line) -> None:
    for number in range(48):
        line.join(f"stranger {number}", known=False)
    with pytest.raises(errors.Busy):
        line.queue.run(str, known=False)
    for number in range(16):
        line.join(f"known {number}", known=True)
    for known in (True, False):
        with pytest.raises(errors.Busy):
            line.queue.run(str, known=known)
    line.go.set()
    line.first.result(PATIENCE)
    assert line.queue.run(lambda: "room again", known=False) == "room again"
    assert len(line.served) == 64


def test_strangers_find_no_room_behind_sixty_four_known_ones(line: Line) -> None:
    for number in range(64):
        line.join(str(number), known=True)
    with pytest.raises(errors.Busy):
        line.queue.run(str, known=False)


@pytest.mark.parametrize("error", [ZeroDivisionError("by zero"), SystemExit(3), MemoryError()])
def test_what_goes_wrong_in_a_job_reaches_its_caller_and_nobody_else(error: BaseException) -> None:
    queue = Queue()

    def job() -> None:
        raise error

    with pytest.raises(type(error)) as raised:
        queue.run(job, known=True)
    assert raised.value is error
    assert queue.run(lambda: "next", known=True) == "next"


def test_all_jobs_run_in_one_thread() -> None:
    queue = Queue()
    assert len({queue.run(threading.get_ident, known=known) for known in (True, False, True)}) == 1


def test_a_password_matches_its_hash_and_nothing_else() -> None:
    stored = hashing.hash_password("carls eleven wet socks")
    assert hashing.verify(stored, "carls eleven wet socks", known=True)
    assert not hashing.verify(stored, "carls eleven wet sock", known=True)
    assert not hashing.verify(stored, "", known=False)
    assert not hashing.verify(None, "carls eleven wet socks", known=False)
    assert not hashing.verify("no hash", "carls eleven wet socks", known=False)
    assert stored != hashing.hash_password("carls eleven wet socks")


def test_hashes_are_argon2id_of_19_mib_and_nobodys_costs_the_same() -> None:
    ours = extract_parameters(hashing.hash_password("x"))
    assert (ours.type, ours.time_cost, ours.memory_cost, ours.parallelism) == (Type.ID, 2, 19 * 1024, 1)
    assert extract_parameters(hashing._NOBODYS_HASH) == ours


def test_a_password_of_any_script_and_length_is_hashed_whole() -> None:
    long = "ж" * 1_023
    stored = hashing.hash_password(long + "a")
    assert hashing.verify(stored, long + "a", known=True)
    assert not hashing.verify(stored, long + "b", known=True)


def test_weaker_hashes_are_recognised() -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash("x")
    assert hashing.needs_rehash(weak)
    assert not hashing.needs_rehash(hashing.hash_password("x"))
