"""What the people of the demo have done lately: log-ins, sessions, refusals and events, written as if by the verbs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from domain import audit, login_sources, vault
from domain.access import Rule
from domain.audit import Tag
from domain.client_address import source
from domain.visit import Visit
from models import Access, Denial, Session, Stage, User, database

AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5"
    " Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5"
    " Mobile/15E148 Safari/604.1",
)
NEVER_CAME = 0.2
LONG_AGO = 60  # days
MISTYPED = 0.15


@dataclass(frozen=True, slots=True)
class _Act:
    visit: Visit
    tag: Tag
    user: User
    succeeded: bool = True


def add(seed: int, now: datetime) -> None:
    """In the database that is open, for everybody in it; all of it lies before `now`."""
    random = Random(seed)  # noqa: S311 (nothing secret)
    acts: list[_Act] = []
    with database.atomic():
        for user in User.select().where(User.password_hash.is_null(False)).order_by(User.id):
            if random.random() >= NEVER_CAME:
                acts += _log_in(user, random, now)
            if user.access == Access.LISTED and random.random() < 0.5:
                acts.append(_deny(user, random, now))
        for act in sorted(acts, key=lambda act: act.visit.now):  # pages of events go by their ids
            audit.record(act.tag, act.visit, act.user, succeeded=act.succeeded)


def _log_in(user: User, random: Random, now: datetime) -> list[_Act]:
    """The last time he came, with a mistyped password before it now and then; some are still there."""
    ago = timedelta(days=LONG_AGO) * random.random() ** 3
    visit = _visit(user, random, now - ago)
    User.update(last_login_at=visit.now, last_login_address=visit.address).where(User.id == user.id).execute()
    login_sources.note(user.id, visit.address, visit.now)
    if ago < timedelta(hours=6) and user.active:
        _open_session(user, visit, last_used_at=max(visit.now, now - timedelta(minutes=random.randrange(50))))
    acts = [_Act(visit, Tag.LOGGED_IN, user)]
    if random.random() < MISTYPED:
        before = Visit(
            user.login, visit.address, visit.user_agent, visit.now - timedelta(seconds=random.randrange(9, 90))
        )
        acts.append(_Act(before, random.choice((Tag.LOGIN_FAILED, Tag.CODE_FAILED)), user, succeeded=False))
    return acts


def _open_session(user: User, visit: Visit, last_used_at: datetime) -> None:
    Session.create(
        token_hash=vault.token_hash(vault.new_token()),
        user=user,
        stage=Stage.FULL,
        method="password",
        address=visit.address,
        user_agent=visit.user_agent,
        created_at=visit.now,
        last_used_at=last_used_at,
        confirmed_at=visit.now,
    )


def _deny(user: User, random: Random, now: datetime) -> _Act:
    """Today, as far as the day has come."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    visit = _visit(user, random, midnight + (now - midnight) * random.random())
    Denial.create(
        user=user,
        rule=random.choice((Rule.OWN_LIST, Rule.PROVIDER_LIST)),
        address=visit.address,
        source=source(visit.address),
        first_at=visit.now,
        last_at=visit.now,
        count=random.choice((1, 1, 2, 5)),
    )
    return _Act(visit, Tag.ADDRESS_DENIED, user, succeeded=False)


def _visit(user: User, random: Random, at: datetime) -> Visit:
    number = random.randrange(1, 255)
    places = (f"192.0.2.{number}", f"198.51.100.{number}", f"203.0.113.{number}", f"2001:db8:{number:x}::1")
    return Visit(user.login, random.choice(places), random.choice(AGENTS), at)
