"""What is over is forgotten: attempts after a day, ended sessions after a week, events after their time."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain import audit, denials, known_browsers, login_sources, sessions, throttle

EVERY = timedelta(hours=1)
_swept_at: datetime | None = None  # of this process: sweeping twice is harmless


def sweep_if_due(now: datetime) -> None:
    """Called by log-ins: whoever makes rows also clears them, and no job has to run beside the server."""
    global _swept_at  # noqa: PLW0603
    if _swept_at is None or not timedelta() <= now - _swept_at < EVERY:
        _swept_at = now
        sweep(now)


def sweep(now: datetime) -> None:
    for module in (throttle, sessions, known_browsers, login_sources, denials, audit):
        module.prune(now)
