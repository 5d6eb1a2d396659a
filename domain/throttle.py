"""Budgets of attempts: booked before anything is checked, released when the attempt succeeds, kept in the database.

Twenty parallel guesses so cost twenty, and a restart refills nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain import errors
from models import Attempt, database, instant, run

FIVE_MINUTES = timedelta(minutes=5)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

Windows = tuple[tuple[int, timedelta], ...]

PASSWORD_OF_BROWSER: Windows = ((10, FIVE_MINUTES),)
PASSWORD_OF_SOURCE_FOR_LOGIN: Windows = ((10, FIVE_MINUTES),)
PASSWORD_OF_LOGIN: Windows = ((50, HOUR),)
PASSWORD_OF_SOURCE: Windows = ((100, FIVE_MINUTES),)
CODE: Windows = ((5, FIVE_MINUTES), (20, HOUR), (50, DAY))
RECOVERY_CODE: Windows = ((5, FIVE_MINUTES), (10, HOUR), (50, DAY))
ENROLMENT: Windows = ((10, FIVE_MINUTES),)


@dataclass(frozen=True, slots=True)
class Budget:
    bucket: str
    windows: Windows


@dataclass(frozen=True, slots=True)
class Booking:
    """`left`: how many more attempts the tightest of the booked budgets allows; `pause`: the seconds it then holds."""

    ids: tuple[int, ...]
    left: int
    pause: int


def book(budgets: Sequence[Budget], now: datetime) -> Booking:
    """Books one attempt in each budget, or in none. Raises TooManyAttempts with the seconds to wait."""
    with database.atomic():
        past = _past(budgets, now)
        wait = max(_wait(past[budget.bucket], budget.windows, now) for budget in budgets)
        if wait > 0:
            raise errors.TooManyAttempts(wait)
        book = "INSERT INTO attempt (bucket, at) VALUES (?, ?)"
        ids = tuple(run(book, budget.bucket, now).lastrowid for budget in budgets)
    left, pause = min(_left(past[budget.bucket], budget.windows, now) for budget in budgets)
    return Booking(ids, left, pause)


def release(booking: Booking) -> None:
    run(f"DELETE FROM attempt WHERE id IN ({', '.join('?' * len(booking.ids))})", *booking.ids)  # noqa: S608 (marks)


def forget(buckets: Iterable[str]) -> int:
    """Refills these buckets and those that hang below them. Returns the number of attempts forgotten."""
    return sum(
        Attempt.delete().where((Attempt.bucket == bucket) | Attempt.bucket.startswith(f"{bucket}:")).execute()
        for bucket in buckets
    )


def prune(now: datetime) -> None:
    Attempt.delete().where(Attempt.at < now - DAY).execute()


def _past(budgets: Sequence[Budget], now: datetime) -> dict[str, list[datetime]]:
    """What is booked. Attempts of far ahead are from before the clock was set back: they would pause for a year."""
    past: dict[str, list[datetime]] = {}
    for budget in budgets:
        longest = max(span for _, span in budget.windows)
        rows = run(
            "SELECT at FROM attempt WHERE bucket = ? AND at > ? AND at < ? ORDER BY at",
            budget.bucket,
            now - longest,
            now + FIVE_MINUTES,
        )
        past[budget.bucket] = [instant(at) for (at,) in rows]
    return past


def _wait(past: list[datetime], windows: Windows, now: datetime) -> int:
    """Whole seconds until each window has room again; 0 when all have."""
    waits = [0.0]
    for limit, span in windows:
        inside = [at for at in past if at > now - span]
        if len(inside) >= limit:
            waits.append((inside[-limit] + span - now).total_seconds())
    return -int(-max(waits) // 1)


def _left(past: list[datetime], windows: Windows, now: datetime) -> tuple[int, int]:
    """What the tightest window still allows after this attempt, and its length in seconds."""
    return min((limit - 1 - sum(at > now - span for at in past), int(span.total_seconds())) for limit, span in windows)
