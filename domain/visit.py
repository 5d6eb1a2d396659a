"""Who acts, from where, when: the first argument of every verb."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime


def utcnow() -> datetime:
    """The system clock, aware, in UTC: the only source of time."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Visit:
    """One request, terminal command or test step.

    `actor` is what events show: a login, `console:<os-user>`, or what a stranger typed as his login.
    The ids belong to the person at the keyboard; they are None for strangers and terminals.
    """

    actor: str
    address: str
    user_agent: str
    now: datetime
    user_id: int | None = None
    session_id: int | None = None
    known_browser_id: int | None = None
    acting_as: str = ""  # the login of somebody else, in whose account the actor is

    @property
    def acting(self) -> bool:
        return bool(self.acting_as)
