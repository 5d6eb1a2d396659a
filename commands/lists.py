"""Lists of addresses in print."""

from __future__ import annotations

from domain.trusted_ips import AddressList
from models import Access

SAID = {
    Access.ANY: "From any IP",
    Access.LISTED: "Only from IPs in the list",
    Access.INHERIT: "As defined by the customer class",
}
NAMED = 10


def line(stored: AddressList) -> str:
    """What the list does, and what is in it."""
    if not stored.entries:
        return SAID[stored.access]
    kept = "" if stored.access is Access.LISTED else " kept"
    return f"{SAID[stored.access]} ({entries(stored)}{kept})"


def entries(stored: AddressList) -> str:
    named, more = stored.texts[:NAMED], len(stored.entries) - NAMED
    return ", ".join(named) + (f" and {more} more" if more > 0 else "")
