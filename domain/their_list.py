"""Saving somebody else's list: with a warning before he is locked out, which stops nobody.

Where he came from lately decides; the address of whoever saves says nothing about him.
"""

from __future__ import annotations

from datetime import datetime

from domain import list_errors, login_sources, networks, trusted_ips
from domain.errors import N_, Refusal
from domain.networks import Network
from domain.own_list import Way
from domain.trusted_ips import AddressList, Holder
from domain.visit import Visit
from models import Access, User, database

SHOWN_SOURCES = 5


class WouldRefuse(Refusal):
    """The list leaves out addresses by which the person came in until now."""

    status = 409
    message = N_("This list would refuse %(name)s")
    hint = N_("The last log-ins came from %(sources)s.")
    warning = "theirs"

    def __init__(self, name: str, sources: list[str], *, can_add: bool) -> None:
        super().__init__(name=name, sources=", ".join(sources))
        self.sources, self.can_add = sources, can_add


def save(
    holder: Holder, user: User, wanted: AddressList, visit: Visit, way: Way | None = None, version: int | None = None
) -> AddressList:
    """Saves a list that this user has to pass; returns it as saved.

    Raises WouldRefuse, before anything is stored, unless a `way` was chosen; ListChanged where the stored list is no
    longer of the `version` that was edited.
    """
    with database.atomic():
        stored = trusted_ips.read(holder)
        if version is not None and stored.version != version:
            raise list_errors.ListChanged(stored.texts)
        if wanted.access is Access.LISTED:
            trusted_ips.refuse_dead(wanted.entries)
        shut_out = _shut_out(user, stored, wanted, visit.now)
        can_add = wanted.access is Access.LISTED
        if way is Way.ADD and can_add:
            wanted = wanted.with_networks(shut_out)
        elif shut_out and way is not Way.ANYWAY:
            raise WouldRefuse(user.name or user.login, [str(network) for network in shut_out], can_add=can_add)
        trusted_ips.save(holder, wanted, visit)
    return wanted


def _shut_out(user: User, stored: AddressList, wanted: AddressList, now: datetime) -> list[Network]:
    """Where he came from lately that passes the list as it is and would not pass the other; newest first."""
    sources = [networks.parse_entry(source).network for source in login_sources.familiar(user.id, now) if source]
    before, after = _in_force(user, stored), _in_force(user, wanted)
    lost = [
        source
        for source in sources
        if trusted_ips.lets_in(before, source, now) and not trusted_ips.lets_in(after, source, now)
    ]
    return lost[:SHOWN_SOURCES]


def _in_force(user: User, of_user: AddressList) -> AddressList:
    if of_user.access is Access.INHERIT:
        return trusted_ips.read(trusted_ips.class_of(user.account_class))
    return of_user
