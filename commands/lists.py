"""Lists of addresses in print."""

from __future__ import annotations

import speech
from domain.errors import N_, NN_
from domain.trusted_ips import AddressList
from models import Access

SAID = {
    Access.ANY: N_("From any IP"),
    Access.LISTED: N_("Only from IPs in the list"),
    Access.INHERIT: N_("As defined by the customer class"),
}
NAMED = 10
AND_MORE = NN_("%(addresses)s and %(more)s more", "%(addresses)s and %(more)s more", by="more")


def line(stored: AddressList) -> str:
    """What the list does, and what is in it."""
    access = speech.gettext(SAID[stored.access])
    if not stored.entries:
        return access
    said = N_("%(access)s (%(addresses)s)") if stored.access is Access.LISTED else N_("%(access)s (%(addresses)s kept)")
    return speech.gettext(said, access=access, addresses=entries(stored))


def entries(stored: AddressList) -> str:
    named, more = stored.texts[:NAMED], len(stored.entries) - NAMED
    return speech.gettext(AND_MORE, addresses=", ".join(named), more=more) if more > 0 else ", ".join(named)
