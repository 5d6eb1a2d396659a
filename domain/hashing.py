"""argon2id in ONE low-priority thread, with a short queue in which known browsers come first.

A storm of log-ins so never takes the processor from people who are logged in already; when the queue is full, the
answer is Busy (503, Retry-After) at once instead of a wait without end.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from domain import errors

T = TypeVar("T")

QUEUE_LENGTH = 64  # about 2 seconds of work
STRANGERS_LENGTH = 48  # of them
KNOWN_IN_ROW = 3
_NICENESS = 10
REST = 2  # seconds without a job

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
        with contextlib.suppress(
            OSError, AttributeError
        ):  # Linux lowers this thread alone; elsewhere it stays as it is
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
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


def verify(stored: str | None, password: str, *, known: bool) -> bool:
    """Takes the same time whether or not there is a hash to compare with. Raises Busy."""
    matches = _queue.run(lambda: _matches(stored or _NOBODYS_HASH, password), known=known)
    return matches and stored is not None


def needs_rehash(stored: str) -> bool:
    return _hasher.check_needs_rehash(stored)


def _matches(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


# The same parameters as above; of a random password that nobody knows.
_NOBODYS_HASH = "$argon2id$v=19$m=19456,t=2,p=1$/879H3BVsCjzz6QbRBcI8g$i5d4Bb0No1Qee3Z4OifRXjONIdZPFV450QlHfjxOLtU"
