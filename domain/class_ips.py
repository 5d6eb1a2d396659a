"""Saving the list of addresses of a class: with a warning about those whom it would refuse, oneself among them."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from domain import authority, classes, list_errors, networks, trusted_ips
from domain.authority import Act
from domain.errors import N_, NN_, Refusal
from domain.login_sources import FAMILIAR
from domain.networks import Network
from domain.own_list import Way
from domain.standing import Standing
from domain.trusted_ips import AddressList
from domain.visit import Visit
from models import Access, AccountClass, Kind, database, run

MOST_SOURCES = 20_000  # of the last log-ins that are looked at: 0.2 s
SHOWN_SOURCES = 5


class Refused(NamedTuple):
    """Whom a list would refuse, and the first addresses from where they came, of those that whoever saves may know."""

    people: int
    sources: list[str]
    has_more: bool


class WouldRefusePeople(Refusal):
    """`refused` people could not come back from where they were lately; `address` is that of whoever saves, if it is
    his list too and leaves him out."""

    status = 409
    message: str = NN_(
        "This list would refuse 1 person of this class",
        "This list would refuse %(n)s people of this class",
        by="n",
    )
    hint = N_("Their last log-ins came from %(sources)s.")
    hint_naming_some = N_("Their last log-ins came from %(sources)s and others.")
    hint_for_you = N_("You are one of them: it does not include %(address)s, the address you are using now.")
    warning = "people"

    def __init__(self, refused: Refused, address: str) -> None:
        super().__init__(n=max(refused.people, 1), sources=", ".join(refused.sources), address=address)
        self.hint = self.hint_naming_some if refused.has_more else self.hint
        self.hint = self.hint if refused.sources else ""
        self.address = address


def save(
    standing: Standing,
    group: AccountClass,
    wanted: AddressList,
    visit: Visit,
    way: Way | None = None,
    version: int | None = None,
) -> AddressList:
    """Returns it as saved. Raises WouldRefusePeople, before anything is stored, unless a `way` was chosen; ListChanged
    where the stored list is no longer of the `version` that was edited."""
    holder = trusted_ips.class_of(group)
    with database.atomic():
        group = classes.find(standing, group.id)  # staff may be in it meanwhile
        stored = trusted_ips.read(holder)
        if version is not None and stored.version != version:
            raise list_errors.ListChanged(stored.texts)
        here = of_visitor(standing, group, visit)
        if way is Way.ADD and here:
            wanted = wanted.with_networks([here])
        if wanted.access is Access.LISTED:
            trusted_ips.refuse_dead(wanted.entries)
            if way not in (Way.ADD, Way.ANYWAY):
                _warn(standing, group, stored, wanted, here, visit)
        trusted_ips.save(holder, wanted, visit)
    return wanted


def _warn(
    standing: Standing,
    group: AccountClass,
    stored: AddressList,
    wanted: AddressList,
    here: Network | None,
    visit: Visit,
) -> None:
    refused = _refused(standing, group, stored, wanted, visit.now)
    address = "" if here is None or wanted.includes(here, visit.now) else visit.address
    if refused.people or address:
        raise WouldRefusePeople(refused, address)


def of_visitor(standing: Standing, group: AccountClass, visit: Visit) -> Network | None:
    """The address of whoever is at the keyboard, where he has to pass this list himself."""
    statement = f"SELECT 1 FROM user u WHERE u.id = ? AND u.account_class_id = ?{_INHERITS}"  # noqa: S608 (our own)
    holds = run(statement, standing.keyboard.user_id, group.id).fetchone() is not None
    return networks.address(visit.address) if holds else None


_INHERITS = (
    " AND NOT EXISTS (SELECT 1 FROM trusted_ip_list p WHERE p.user_id = u.id AND p.side = 'provider'"
    " AND p.access <> 'inherit')"
)


def _refused(
    standing: Standing, group: AccountClass, stored: AddressList, wanted: AddressList, now: datetime
) -> Refused:
    """Who came in from somewhere that passes the list as it is and would not pass the other."""
    rows = run(
        "SELECT s.user_id, u.kind, s.source FROM user u JOIN login_source s ON s.user_id = u.id"  # noqa: S608 (our own)
        f" WHERE u.account_class_id = ? AND s.last_login_at > ?{_INHERITS} LIMIT ?",
        group.id,
        now - FAMILIAR,
        MOST_SOURCES,
    ).fetchall()
    sources = {source for _, _, source in rows if source}
    lost = {source for source in sources if _is_lost(source, stored, wanted, now)}
    viewed = {kind for kind in Kind if authority.may(standing, kind, Act.VIEW)}
    known = {source for _, kind, source in rows if source in lost and kind in viewed}
    shown = sorted(known)[:SHOWN_SOURCES]
    return Refused(len({user_id for user_id, _, source in rows if source in lost}), shown, len(shown) < len(lost))


def _is_lost(source: str, stored: AddressList, wanted: AddressList, now: datetime) -> bool:
    network = _network(source)
    return trusted_ips.lets_in(stored, network, now) and not trusted_ips.lets_in(wanted, network, now)


@lru_cache(maxsize=4096)
def _network(source: str) -> Network:
    return networks.parse_entry(source).network
