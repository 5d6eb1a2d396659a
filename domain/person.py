"""What the page of one person shows to who looks after him: one read of everything, for the page and each panel."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from peewee import ModelSelect

from domain import allowed_roles, audit, networks, people, rescue, trusted_ips, user_ends, users
from domain.allowed_roles import Allowed
from domain.overview import Browser
from domain.people import Page, Row
from domain.rescue import Situation
from domain.trusted_ips import AddressList
from domain.user_ends import InUse
from models import Access, Authenticator, Event, Kind, LoginLink, PasswordLink, Side, User, run

RECENT_EVENTS = 8


@dataclass(frozen=True, slots=True)
class Person:
    user: User
    row: Row  # as in lists
    situation: Situation
    enrolled_at: datetime | None
    sessions: list[Browser]
    known_browsers: int
    links: int  # that could still be used
    password_link_until: datetime | None  # when the open one expires
    events: list[Event]
    individuals: Page | None  # of a customer
    allowed_roles: list[Allowed]
    by_class: AddressList
    in_use: InUse | None  # why he cannot be deleted yet


class Ways(NamedTuple):
    """What Restore access can do about lists of addresses."""

    any_ip: bool
    put_back: bool
    allow: bool  # the address that was denied last


def ways(found: Situation, sides: Iterable[Side], now: datetime) -> Ways:
    """For who touches the lists of these sides. Where another list refuses the address too, he cannot allow it."""
    mine = set(sides)
    in_force = {Side.OWN: found.own, Side.PROVIDER: found.provider_effective}
    armed = {side: held for side, held in in_force.items() if held.access is Access.LISTED}
    address = found.last_denial.address if found.last_denial else ""
    here = networks.address(address)
    others = [held for side, held in armed.items() if side not in mine]
    return Ways(
        any_ip=not mine.isdisjoint(armed),
        put_back=not mine.isdisjoint(found.put_back),
        allow=here is not None and found.refuses(address, now) and all(held.includes(here, now) for held in others),
    )


def of(user_id: int, since: datetime, now: datetime) -> Person:
    """`since` is the reader's midnight."""
    user = users.by_id(user_id)
    found = rescue.situation(user, now)
    return Person(
        user=user,
        row=people.one(user.id, since, now),
        situation=found,
        enrolled_at=_enrolled_at(user),
        sessions=_sessions(found),
        known_browsers=_count("SELECT count(*) FROM known_browser WHERE user_id = ?", user),
        links=_links(user, now),
        password_link_until=_password_link_until(user, now),
        events=audit.recent(user.id, RECENT_EVENTS),
        individuals=_individuals(user, since, now) if user.kind == Kind.CUSTOMER else None,
        allowed_roles=allowed_roles.of(user) if user.kind == Kind.CUSTOMER else [],
        by_class=trusted_ips.read(trusted_ips.class_of(user.account_class)),
        in_use=user_ends.in_use(user),
    )


def _individuals(user: User, since: datetime, now: datetime) -> Page:
    return people.page(Kind.INDIVIDUAL, user.id, since=since, now=now, of_customer=True)


def _sessions(found: Situation) -> list[Browser]:
    return [
        Browser(
            one.id,
            one.user_agent,
            one.address,
            one.created_at,
            one.last_used_at,
            visitor=_visitor(one.actor_session_id),
        )
        for one in found.live_sessions
    ]


def _visitor(actor_session_id: int | None) -> str | None:
    if actor_session_id is None:
        return None
    statement = "SELECT u.login FROM session s JOIN user u ON u.id = s.user_id WHERE s.id = ?"
    [login] = run(statement, actor_session_id).fetchone()
    return str(login)


def _enrolled_at(user: User) -> datetime | None:
    newest: Authenticator | None = Authenticator.get_or_none(Authenticator.user == user)
    return newest and newest.enabled_at


def _count(statement: str, user: User) -> int:
    [counted] = run(statement, user.id).fetchone()
    return int(counted)


def _links(user: User, now: datetime) -> int:
    return sum(_open(link, user, now).count() for link in (LoginLink, PasswordLink))


def _password_link_until(user: User, now: datetime) -> datetime | None:
    newest: PasswordLink | None = _open(PasswordLink, user, now).order_by(PasswordLink.expires_at.desc()).first()
    return newest and newest.expires_at


def _open(link: type[LoginLink] | type[PasswordLink], user: User, now: datetime) -> ModelSelect:
    return link.select().where(link.user == user, link.used_at.is_null(), link.expires_at > now)
