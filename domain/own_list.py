"""Saving one's own list: with a warning before somebody locks himself out."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from domain import list_errors, login_sources, networks, trusted_ips
from domain.networks import Network
from domain.trusted_ips import AddressList, own_of
from domain.visit import Visit
from models import Access, User, database

SHOWN_SOURCES = 3


class Way(StrEnum):
    """What somebody chose when he was warned."""

    ADD = "add"  # his address, and save
    LEAVE = "leave"  # save, and be logged out
    BOTH = "both"  # add where he came from by the other family, and save
    ANYWAY = "anyway"  # save as it is


def save(
    user: User, wanted: AddressList, visit: Visit, way: Way | None = None, version: int | None = None
) -> AddressList:
    """Saves the list that one's own address must pass; returns it as saved.

    Raises WouldLockYouOut or FamilyMissing, before anything is stored, unless a `way` was chosen; ListChanged where the
    stored list is no longer of the `version` that was edited.
    """
    with database.atomic():
        stored = trusted_ips.read(own_of(user))
        if version is not None and stored.version != version:
            raise list_errors.ListChanged(stored.texts)
        if wanted.access is Access.LISTED:
            wanted = _warned(user, wanted, visit, way)
        trusted_ips.save(own_of(user), wanted, visit)
    return wanted


def _warned(user: User, wanted: AddressList, visit: Visit, way: Way | None) -> AddressList:
    here, now = networks.address(visit.address), visit.now
    if way is Way.ADD and here and not wanted.includes(here, now):
        wanted = wanted.with_networks([here])
    elsewhere = _missing_family(user, wanted, now)
    if way is Way.BOTH:
        wanted = wanted.with_networks(elsewhere)
    trusted_ips.refuse_dead(wanted.entries)
    if way is not Way.LEAVE and not wanted.includes(here, now):
        raise list_errors.WouldLockYouOut(address=visit.address)
    if elsewhere and way in (None, Way.ADD):
        raise list_errors.FamilyMissing(elsewhere[0].family, [str(network) for network in elsewhere])
    return wanted


def _missing_family(user: User, wanted: AddressList, now: datetime) -> list[Network]:
    """Where the person came from lately by the address family of which the list has nothing; newest first."""
    families = {entry.network.family for entry in wanted.entries if not entry.is_over(now)}
    sources = [networks.parse_entry(source).network for source in login_sources.familiar(user.id, now) if source]
    return [source for source in sources if source.family not in families][:SHOWN_SOURCES]
