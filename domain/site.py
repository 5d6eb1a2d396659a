"""The few settings of the installation that verbs need. One installation a process; set once at start."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Site:
    name: str = "Postern"
    session_idle: timedelta = timedelta(hours=1)
    session_absolute: timedelta = timedelta(hours=12)
    events_kept: timedelta = timedelta(days=400)
    bind_ipv6_exact: bool = False
    enter_within: timedelta = timedelta(hours=8)  # of a log-in, to enter somebody's account without a new proof


_current = Site()


def configure(site: Site) -> None:
    global _current  # noqa: PLW0603 (set once at start, like the database)
    _current = site


def current() -> Site:
    return _current
