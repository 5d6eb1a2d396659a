"""What is over is forgotten: attempts after a day, ended sessions after a week, events after their time."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain import audit, known_browsers, sessions, throttle

EVERY = timedelta(hours=1)


def sweep(now: datetime) -> None:
    for module in (throttle, sessions, known_browsers, audit):
        module.prune(now)
