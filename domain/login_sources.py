"""From where somebody logs in: IPv4 addresses, and /64 networks of IPv6; familiar for 30 days."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.client_address import source
from models import LoginSource, run

FAMILIAR = timedelta(days=30)


def note(user_id: int, address: str, now: datetime) -> None:
    run(
        "INSERT INTO login_source (user_id, source, last_login_at) VALUES (?, ?, ?)"
        " ON CONFLICT (user_id, source) DO UPDATE SET last_login_at = excluded.last_login_at",
        user_id,
        source(address),
        now,
    )


def is_familiar(user_id: int, address: str, now: datetime) -> bool:
    """Whether the user got in from this source during the last 30 days."""
    found = run(
        "SELECT 1 FROM login_source WHERE user_id = ? AND source = ? AND last_login_at > ?",
        user_id,
        source(address),
        now - FAMILIAR,
    )
    return found.fetchone() is not None


def familiar(user_id: int, now: datetime) -> list[str]:
    """All of them, the last used first."""
    rows = run(
        "SELECT source FROM login_source WHERE user_id = ? AND last_login_at > ? ORDER BY last_login_at DESC",
        user_id,
        now - FAMILIAR,
    )
    return [found for (found,) in rows]


def prune(now: datetime) -> None:
    LoginSource.delete().where(LoginSource.last_login_at < now - FAMILIAR).execute()
