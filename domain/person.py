"""What the page of one person shows to who looks after him: one read of everything, for the page and each panel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain import audit, people, rescue, trusted_ips, users
from domain.overview import Browser
from domain.people import Page, Row
from domain.rescue import Situation
from domain.trusted_ips import AddressList
from models import Authenticator, Event, Kind, LoginLink, User, run

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
    events: list[Event]
    individuals: Page | None  # of a customer
    by_class: AddressList


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
        events=audit.recent(user.id, RECENT_EVENTS),
        individuals=people.page(Kind.INDIVIDUAL, user.id, since=since, now=now) if user.kind == Kind.CUSTOMER else None,
        by_class=trusted_ips.read(trusted_ips.class_of(user.account_class)),
    )


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
    unused = LoginLink.select().where(LoginLink.user == user, LoginLink.used_at.is_null(), LoginLink.expires_at > now)
    return int(unused.count())
