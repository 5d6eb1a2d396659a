"""argon2id in ONE low-priority thread, with a short queue in which known browsers come first.

A storm of log-ins so never takes the processor from people who are logged in already; when the queue is full, the
answer is Busy (503, Retry-After) at once instead of a wait without end.

Hashes of other systems come by import: argon2 of other parameters, scrypt and pbkdf2 as werkzeug writes them. They
verify, and log-in makes them anew.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import hmac
import os
import re
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from domain import errors
from domain.errors import N_

T = TypeVar("T")

QUEUE_LENGTH = 64  # about 2 seconds of work
STRANGERS_LENGTH = 48  # of them
KNOWN_IN_ROW = 3
_NICENESS = 10
REST = 2  # seconds without a job
MOST_AT_ONCE = 4  # hashes of `hash_all`, of 19 MiB each

# OWASP's minimum. Above 32 MiB malloc maps and unmaps the memory at each hash, at twice the cost.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


class Queue:
    """First come, first served, known browsers before strangers. The thread starts with the first job."""

    def __init__(self) -> None:
        self._jobs: dict[bool, deque[tuple[Callable[[], Any], Future[Any]]]] = {True: deque(), False: deque()}
        self._known_in_row = 0
        self._ready = threading.Condition()
        self._thread: threading.Thread | None = None

    def run(self, job: Callable[[], T], *, known: bool) -> T:
        """Waits for the job's result. Raises Busy when there is no room for it."""
        future: Future[T] = Future()
        with self._ready:
            if not self._has_room(known):
                raise errors.Busy
            self._jobs[known].append((job, future))
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="hashing", daemon=True)
                self._thread.start()
            self._ready.notify()
        return future.result()

    def _has_room(self, known: bool) -> bool:
        waiting = len(self._jobs[True]) + len(self._jobs[False])
        return waiting < QUEUE_LENGTH and (known or len(self._jobs[False]) < STRANGERS_LENGTH)

    def _next(self) -> tuple[Callable[[], Any], Future[Any]]:
        """Known browsers first, but every fourth turn is a stranger's, so that nobody waits without end."""
        known = bool(self._jobs[True]) and (self._known_in_row < KNOWN_IN_ROW or not self._jobs[False])
        self._known_in_row = self._known_in_row + 1 if known else 0
        return self._jobs[known].popleft()

    def _has_job(self) -> bool:
        return bool(self._jobs[True] or self._jobs[False])

    def _work(self) -> None:
        _step_back()
        while True:
            with self._ready:
                if not self._ready.wait_for(self._has_job, timeout=REST):
                    _give_memory_back()
                    self._ready.wait_for(self._has_job)
                job, future = self._next()
            try:
                future.set_result(job())
            except BaseException as error:  # noqa: BLE001 (it is raised again in the thread that waits)
                future.set_exception(error)


def _step_back() -> None:
    """Linux lowers this thread alone; elsewhere it stays as it is."""
    with contextlib.suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


def _give_memory_back() -> None:
    """The 19 MiB of the last hash, which glibc keeps for the next one."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


_queue = Queue()


def _after_fork() -> None:
    """A thread does not go along into a child, but the note that it runs would."""
    global _queue  # noqa: PLW0603
    _queue = Queue()


with contextlib.suppress(AttributeError):  # Windows does not fork
    os.register_at_fork(after_in_child=_after_fork)


def hash_password(password: str) -> str:
    """Raises Busy."""
    return _queue.run(lambda: _hasher.hash(password), known=True)


def hash_all(passwords: Sequence[str]) -> list[str]:
    """In their order, on several processors: for a terminal command, whose process serves nobody."""
    with ThreadPoolExecutor(min(os.cpu_count() or 1, MOST_AT_ONCE), initializer=_step_back) as pool:
        return list(pool.map(_hasher.hash, passwords))


def verify(stored: str | None, password: str, *, known: bool) -> bool:
    """Takes the same time whether or not there is a hash to compare with. Raises Busy."""
    matches = _queue.run(lambda: _matches(stored or _NOBODYS_HASH, password), known=known)
    return matches and stored is not None


def needs_rehash(stored: str) -> bool:
    return not stored.startswith("$argon2") or _hasher.check_needs_rehash(stored)


def _matches(stored: str, password: str) -> bool:
    if foreign := _SCRYPT.fullmatch(stored):
        return _equals(foreign["hash"], _scrypt(foreign, password))
    if foreign := _PBKDF2.fullmatch(stored):
        return _equals(foreign["hash"], _pbkdf2(foreign, password))
    try:
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError, UnicodeEncodeError):
        return False


# The same parameters as above; of a random password that nobody knows.
_NOBODYS_HASH = "$argon2id$v=19$m=19456,t=2,p=1$/879H3BVsCjzz6QbRBcI8g$i5d4Bb0No1Qee3Z4OifRXjONIdZPFV450QlHfjxOLtU"


# --- Hashes of other systems ------------------------------------------------------------------------------------------

# What verifying may cost: whoever is behind it in the queue waits that long.
MOST_MEMORY = 128 * 1024  # KiB
MOST_LANES = 16  # each is a thread
LEAST_ARGON2 = 1024  # KiB
LEAST_SCRYPT = 2**14
MOST_ARGON2 = 512 * 1024  # KiB written: half a second
MOST_SCRYPT = 2**20  # N·r·p: half a second
PBKDF2_ITERATIONS = range(1_000, 2_000_001)  # about a second

_NUMBER = "[1-9][0-9]{0,8}"
_SALT, _BASE64 = "[!-~]{1,64}?", "[A-Za-z0-9+/]"
_ARGON2 = re.compile(
    rf"\$argon2(?:id|i|d)\$v=(?:16|19)\$m=(?P<m>{_NUMBER}),t=(?P<t>{_NUMBER}),p=(?P<p>{_NUMBER})"
    rf"\${_BASE64}{{11,64}}\${_BASE64}{{22,86}}"
)
_SCRYPT = re.compile(
    rf"scrypt:(?P<n>{_NUMBER}):(?P<r>{_NUMBER}):(?P<p>{_NUMBER})\$(?P<salt>{_SALT})\$(?P<hash>[0-9a-f]{{128}})"
)
_PBKDF2 = re.compile(
    rf"pbkdf2:(?P<digest>sha1|sha256|sha512):(?P<rounds>{_NUMBER})\$(?P<salt>{_SALT})\$(?P<hash>[0-9a-f]{{40,128}})"
)


class HashUnknown(errors.Refusal):
    message = N_("This is no hash that Postern knows. There are: $argon2…, scrypt:N:r:p$…, pbkdf2:sha256:iterations$….")


class HashTooCostly(errors.Refusal):
    message = N_("The parameters of this hash are out of bounds: verifying it would cost too much, or too little.")


def check_foreign(stored: str) -> str:
    """A hash as it can be stored. Raises HashUnknown or HashTooCostly."""
    if found := _ARGON2.fullmatch(stored):
        memory, lanes = int(found["m"]), int(found["p"])
        sound = lanes <= MOST_LANES and max(8 * lanes, LEAST_ARGON2) <= memory <= MOST_MEMORY
        sound = sound and memory * int(found["t"]) <= MOST_ARGON2
    elif found := _SCRYPT.fullmatch(stored):
        n, r, p = (int(found[name]) for name in "nrp")
        sound = n > 1 and n & (n - 1) == 0 and n * r // 8 <= MOST_MEMORY and LEAST_SCRYPT <= n * r * p <= MOST_SCRYPT
    elif found := _PBKDF2.fullmatch(stored):
        sound = int(found["rounds"]) in PBKDF2_ITERATIONS
        sound = sound and len(found["hash"]) == 2 * hashlib.new(found["digest"]).digest_size
    else:
        raise HashUnknown
    if not sound:
        raise HashTooCostly
    return stored


def _scrypt(of: re.Match[str], password: str) -> str:
    n, r, p = (int(of[name]) for name in "nrp")
    room = 132 * n * r * p  # bytes; OpenSSL wants a little more than the 128 of the algorithm
    return hashlib.scrypt(password.encode(), salt=of["salt"].encode(), n=n, r=r, p=p, maxmem=room).hex()


def _pbkdf2(of: re.Match[str], password: str) -> str:
    return hashlib.pbkdf2_hmac(of["digest"], password.encode(), of["salt"].encode(), int(of["rounds"])).hex()


def _equals(one: str, other: str) -> bool:
    return hmac.compare_digest(one, other)
