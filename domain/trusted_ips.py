"""Lists of allowed addresses: a person's own, the provider's for him, the provider's for a class.

An address must pass each list that is armed. A list that is switched off keeps its entries (`models.TrustedIpList`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from domain import audit, list_errors, networks
from domain.audit import Tag
from domain.networks import Network
from domain.visit import Visit
from models import Access, AccountClass, Side, TrustedIpList, User, database, instant, run

LONGEST_NOTE = 80
NAMED = 20  # as many addresses an event names


@dataclass(frozen=True, slots=True)
class Entry:
    """`added_by` is empty for one that is not stored yet."""

    network: Network
    note: str = ""
    expires_at: datetime | None = None
    added_by: str = ""
    added_at: datetime | None = None
    last_used_at: datetime | None = None

    @property
    def text(self) -> str:
        return str(self.network)

    def is_over(self, now: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= now


@dataclass(frozen=True, slots=True)
class AddressList:
    """What a list does, and its entries in the order of their addresses."""

    access: Access
    entries: tuple[Entry, ...] = ()
    version: int = field(default=0, compare=False)  # of what is stored

    @property
    def networks(self) -> tuple[Network, ...]:
        return tuple(entry.network for entry in self.entries)

    @property
    def meaning(self) -> tuple[object, ...]:
        """Everything but by whom and how it was used."""
        return self.access, *((entry.text, entry.note, entry.expires_at) for entry in self.entries)

    @property
    def texts(self) -> list[str]:
        return [str(network) for network in self.networks]

    def includes(self, address: Network | None, now: datetime) -> bool:
        in_force = (entry.network for entry in self.entries if not entry.is_over(now))
        return address is not None and any(network.covers(address) for network in in_force)

    def with_networks(self, added: Iterable[Network]) -> AddressList:
        """With these for good: an entry that was to expire, or has, stays."""
        known = {entry.network: entry for entry in self.entries}
        known |= {network: replace(known.get(network, Entry(network)), expires_at=None) for network in added}
        return replace(self, entries=tuple(known[network] for network in sorted(known)))


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose list it is."""

    side: Side
    user: User | None = None
    account_class: AccountClass | None = None

    @property
    def default(self) -> Access:
        return Access.INHERIT if self.user and self.side is Side.PROVIDER else Access.ANY

    def row(self) -> TrustedIpList | None:
        found: TrustedIpList | None = TrustedIpList.get_or_none(
            TrustedIpList.side == self.side,
            TrustedIpList.user == self.user,
            TrustedIpList.account_class == self.account_class,
        )
        return found


def own_of(user: User) -> Holder:
    return Holder(Side.OWN, user=user)


def provider_of(user: User) -> Holder:
    return Holder(Side.PROVIDER, user=user)


def class_of(group: AccountClass) -> Holder:
    return Holder(Side.PROVIDER, account_class=group)


def read(holder: Holder) -> AddressList:
    row = holder.row()
    return AddressList(Access(row.access), entries_of(row.id), row.version) if row else AddressList(holder.default)


def entries_of(list_id: int, limit: int = -1) -> tuple[Entry, ...]:
    rows = run(
        "SELECT family, lowest, highest, note, expires_at, added_by, added_at, last_used_at FROM trusted_ip"
        " WHERE trusted_ip_list_id = ? ORDER BY family, lowest, highest LIMIT ?",
        list_id,
        limit,
    )
    return tuple(_entry(*row) for row in rows)


def _entry(
    family: int, lowest: str, highest: str, note: str, expires_at: str | None, by: str, at: str, used_at: str | None
) -> Entry:
    network = Network.unpack(family, lowest, highest)
    expires, used = (instant(text) if text else None for text in (expires_at, used_at))
    return Entry(network, note, expires, by, instant(at), used)


def effective_provider(user: User) -> AddressList:
    """The provider's list that holds for this user: his own, or that of his class."""
    for_user = read(provider_of(user))
    return read(class_of(user.account_class)) if for_user.access is Access.INHERIT else for_user


def lets_in(allowed: AddressList, source: Network, now: datetime) -> bool:
    """Some address of the source: of IPv6 a /64 is remembered, an entry may be one address in it."""
    if allowed.access is not Access.LISTED:
        return True
    entries = [entry.network for entry in allowed.entries if not entry.is_over(now)]
    return any(
        entry.family == source.family and entry.lowest <= source.highest and entry.highest >= source.lowest
        for entry in entries
    )


def note_use(list_ids: Iterable[int | None], address: str, now: datetime) -> None:
    """The entries of these lists that contain the address let somebody in."""
    here = networks.address(address)
    for list_id in list_ids:
        if list_id is not None and here is not None:
            run(
                "UPDATE trusted_ip SET last_used_at = ? WHERE trusted_ip_list_id = ? AND family = ?"
                " AND lowest <= ? AND highest >= ? AND (expires_at IS NULL OR expires_at > ?)",
                now,
                list_id,
                here.family,
                here.packed_lowest,
                here.packed_lowest,
                now,
            )


# --- Changing a list --------------------------------------------------------------------------------------------------


def save(holder: Holder, wanted: AddressList, visit: Visit) -> bool:
    """Makes the list what is wanted; an entry that stays keeps who added it and its last use. False: it was so before.

    What `recover ip` remembered is forgotten. Raises ListEmpty or ListExpires for an armed list that would let in
    nobody, now or later; TooManyEntries; NoteTooLong.
    """
    _check(wanted)
    with database.atomic():
        before, row = read(holder), holder.row()
        if before.meaning == wanted.meaning:
            TrustedIpList.update(access_before=None).where(TrustedIpList.id == row).execute()
            return False
        row = row or TrustedIpList(side=holder.side, user=holder.user, account_class=holder.account_class)
        row.access, row.access_before, row.version = wanted.access, None, row.version + 1
        row.save()
        _write_entries(row.id, before, wanted, visit)
        _record(holder, before, wanted, visit)
    return True


def _check(wanted: AddressList) -> None:
    if len(wanted.entries) > networks.MOST:
        raise list_errors.TooManyEntries(limit=networks.MOST, count=len(wanted.entries))
    if any(len(entry.note) > LONGEST_NOTE for entry in wanted.entries):
        raise list_errors.NoteTooLong(most=LONGEST_NOTE)
    if wanted.access is Access.LISTED:
        refuse_dead(wanted.entries)


def refuse_dead(entries: Sequence[Entry]) -> None:
    """An armed list always has an entry that does not expire. Raises ListEmpty or ListExpires."""
    if not entries:
        raise list_errors.ListEmpty
    if all(entry.expires_at for entry in entries):
        raise list_errors.ListExpires


def _write_entries(list_id: int, before: AddressList, wanted: AddressList, visit: Visit) -> None:
    stored = {entry.network: entry for entry in before.entries}
    for network in stored.keys() - set(wanted.networks):
        run(f"DELETE FROM trusted_ip WHERE {_ONE}", list_id, *_packed(network))  # noqa: S608 (ours)
    for entry in wanted.entries:
        known = stored.get(entry.network)
        if known is None:
            _insert(list_id, entry, visit)
        elif (known.note, known.expires_at) != (entry.note, entry.expires_at):
            change = f"UPDATE trusted_ip SET note = ?, expires_at = ? WHERE {_ONE}"  # noqa: S608 (ours)
            run(change, entry.note, entry.expires_at, list_id, *_packed(entry.network))


_ONE = "trusted_ip_list_id = ? AND family = ? AND lowest = ? AND highest = ?"


def _packed(network: Network) -> tuple[int, str, str]:
    return network.family, network.packed_lowest, network.packed_highest


def _insert(list_id: int, entry: Entry, visit: Visit) -> None:
    run(
        "INSERT INTO trusted_ip (trusted_ip_list_id, family, lowest, highest, note, expires_at, added_by, added_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        list_id,
        *_packed(entry.network),
        entry.note,
        entry.expires_at,
        visit.actor,
        visit.now,
    )


def _record(holder: Holder, before: AddressList, wanted: AddressList, visit: Visit) -> None:
    details: dict[str, object] = {}
    if before.access != wanted.access:
        details["access"] = f"{before.access} → {wanted.access}"
    old, new = ({entry.network: (entry.note, entry.expires_at) for entry in it.entries} for it in (before, wanted))
    for what, changed in (
        ("added", new.keys() - old.keys()),
        ("removed", old.keys() - new.keys()),
        ("edited", {network for network in new.keys() & old.keys() if old[network] != new[network]}),
    ):
        if changed:
            details[what] = [str(network) for network in sorted(changed)[:NAMED]]
            details[f"{what}_count"] = len(changed)
    if holder.account_class:
        audit.record(Tag.CLASS_CHANGED, visit, holder.account_class.name, details=details)
    else:
        assert holder.user  # noqa: S101 (a list has one holder)
        tag = Tag.TRUSTED_IPS_CHANGED if holder.side is Side.OWN else Tag.PROVIDER_IPS_CHANGED
        audit.record(tag, visit, holder.user, details=details)
