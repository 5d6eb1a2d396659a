"""The one hashing thread: who comes first, when it is full, and what it says."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.low_level import Type
from werkzeug.security import generate_password_hash

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


# --- Hashes of other systems ------------------------------------------------------------------------------------------

WERKZEUG = ("scrypt", "scrypt:16384:16:2", "pbkdf2", "pbkdf2:sha256:1000", "pbkdf2:sha1:1000", "pbkdf2:sha512:2000")


@pytest.mark.parametrize("method", WERKZEUG)
def test_what_werkzeug_wrote_verifies_and_is_to_be_made_anew(method: str) -> None:
    stored = hashing.check_foreign(generate_password_hash("carls elf nasse Söckchen", method))
    assert hashing.verify(stored, "carls elf nasse Söckchen", known=False)
    assert not hashing.verify(stored, "carls elf nasse Sockchen", known=False)
    assert not hashing.verify(stored, "", known=True)
    assert hashing.needs_rehash(stored)


def test_argon2_of_other_parameters_verifies() -> None:
    for kind in Type:
        stored = PasswordHasher(time_cost=1, memory_cost=64 * 1024, parallelism=4, type=kind).hash("x")
        assert hashing.verify(hashing.check_foreign(stored), "x", known=False)
        assert hashing.needs_rehash(stored)


HEX, ARGON2 = "a" * 128, "$AAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"


@pytest.mark.parametrize(
    "stored",
    [
        f"scrypt:1048576:8:1$salt${HEX}",  # 1 GiB
        f"scrypt:32768:8:64$salt${HEX}",
        f"scrypt:32767:8:1$salt${HEX}",  # no power of two
        f"scrypt:1:8:1$salt${HEX}",
        f"pbkdf2:sha256:999999999$salt${'a' * 64}",
        f"pbkdf2:sha256:1$salt${'a' * 64}",
        f"pbkdf2:sha256:600000$salt${'a' * 40}",  # cut
        f"$argon2id$v=19$m=2097152,t=1,p=1{ARGON2}",
        f"$argon2id$v=19$m=65536,t=90,p=1{ARGON2}",
        f"$argon2id$v=19$m=64,t=2,p=16{ARGON2}",  # no memory for so many lanes
    ],
)
def test_parameters_out_of_bounds_are_refused(stored: str) -> None:
    with pytest.raises(hashing.HashTooCostly):
        hashing.check_foreign(stored)


@pytest.mark.parametrize(
    "stored",
    [
        "5f4dcc3b5aa765d61d8327deb882cf99",
        "$2b$12$KIXQJz1Z1Z1Z1Z1Z1Z1Z1uKIXQJz1Z1Z1Z1Z1Z1Z1Z1Z1Z1Z1",
        "plain text",
        f"scrypt:32768:8:1$${HEX}",
        f"scrypt:32768:8:1$salt${HEX}\n",
        f"scrypt:-1:8:1$salt${HEX}",
        f"pbkdf2:md5:1000$salt${'a' * 32}",
        f"pbkdf2:sha256:６0000$salt${'a' * 64}",
        "$argon2id$v=19$m=19456,t=2,p=1$short$short",
        "",
    ],
)
def test_what_is_no_hash_is_refused_and_matches_nothing(stored: str) -> None:
    with pytest.raises(hashing.HashUnknown):
        hashing.check_foreign(stored)
    for password in ("", "plain text", stored):
        assert not hashing.verify(stored, password, known=False)


def test_many_are_hashed_in_their_order() -> None:
    passwords = [f"paper boat {number}" for number in range(5)]
    for password, stored in zip(passwords, hashing.hash_all(passwords), strict=True):
        assert hashing.verify(stored, password, known=True)
        assert not hashing.needs_rehash(stored)
