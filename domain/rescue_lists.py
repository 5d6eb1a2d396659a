"""The ways back for somebody whom a list of addresses keeps out, as the provider performs them.

Every verb can be repeated, leaves an event where it changed something, and takes effect at the next request.
"""

from __future__ import annotations

from domain import trusted_ips
from domain.networks import Network
from domain.trusted_ips import AddressList, Entry, Holder
from domain.visit import Visit
from models import Access, Side, User, database

Change = tuple[AddressList, AddressList]  # before and after


def holder_of(user: User, side: Side) -> Holder:
    return trusted_ips.own_of(user) if side is Side.OWN else trusted_ips.provider_of(user)


def effective(user: User, side: Side) -> AddressList:
    """What holds on this side, the list of the class included."""
    return trusted_ips.effective_provider(user) if side is Side.PROVIDER else trusted_ips.read(trusted_ips.own_of(user))


def switch_off(user: User, side: Side, visit: Visit) -> Change:
    """From any IP. The entries lie dormant, and what was in force is remembered; once only, so twice does no harm."""
    holder = holder_of(user, side)
    with database.atomic():
        before = trusted_ips.read(holder)
        if effective(user, side).access is not Access.LISTED:
            return before, before
        after = AddressList(Access.ANY, before.entries)
        trusted_ips.save(holder, after, visit)
        row = holder.row()
        assert row  # noqa: S101 (just saved)
        row.access_before = before.access
        row.save()
    return before, after


def restore(user: User, side: Side, visit: Visit) -> Change:
    """As it was before `switch_off`, with the identical entries."""
    holder = holder_of(user, side)
    with database.atomic():
        before, row = trusted_ips.read(holder), holder.row()
        if row is None or row.access_before is None:
            return before, before
        after = AddressList(Access(row.access_before), before.entries)
        trusted_ips.save(holder, after, visit)
    return before, after


def clear(user: User, side: Side, visit: Visit) -> Change:
    """From any IP, and the entries are deleted."""
    holder = holder_of(user, side)
    with database.atomic():
        before = trusted_ips.read(holder)
        armed = effective(user, side).access is Access.LISTED
        after = AddressList(Access.ANY if armed else before.access)
        trusted_ips.save(holder, after, visit)
    return before, after


def allow(user: User, network: Network, visit: Visit) -> dict[Side, Change]:
    """Adds a network to each list that refuses it. Of a class's list the person gets a copy, with the network in it."""
    changes = {}
    with database.atomic():
        for side in Side:
            holder, in_force = holder_of(user, side), effective(user, side)
            if in_force.access is Access.LISTED and not in_force.includes(network, visit.now):
                before = trusted_ips.read(holder)
                kept = before.entries if before.access is Access.LISTED else tuple(map(_copied, in_force.entries))
                after = AddressList(Access.LISTED, kept).with_networks([network])
                trusted_ips.save(holder, after, visit)
                changes[side] = before, after
    return changes


def _copied(entry: Entry) -> Entry:
    return Entry(entry.network, entry.note, entry.expires_at)
