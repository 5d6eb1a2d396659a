"""An installation full of people: made once, copied for each benchmark."""

from __future__ import annotations

import shutil
import sqlite3
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pyotp
from argon2 import PasswordHasher

import config
import installation
from domain import known_browsers, sessions, two_factor, users
from domain.visit import Visit, utcnow
from models import database

from .visitors import AGENT, Visitor, expect

PASSWORD = "eleven wet socks on a line"
ENROLLED = 300
SIMPLE = 40
DEVICE_COOKIE = "postern_device"


@dataclass(frozen=True, slots=True)
class Person:
    """`key` is None without two-step authentication; `device` is the token of a browser known already."""

    login: str
    key: str | None
    device: str

    def code(self, offset: int = 0) -> str:
        assert self.key
        return pyotp.TOTP(self.key).at(utcnow(), counter_offset=offset)


@dataclass(frozen=True, slots=True)
class Site:
    data_dir: Path
    enrolled: tuple[Person, ...]
    simple: tuple[Person, ...]
    limited: tuple[Person, ...]  # by lists of one entry and of a thousand, and bound

    def copy(self, name: str) -> Site:
        folder = self.data_dir.parent / name / "data"
        shutil.copytree(self.data_dir, folder)
        return replace(self, data_dir=folder)

    def change(self, statement: str) -> None:
        """From outside, between two measurements."""
        connection = sqlite3.connect(self.data_dir / "postern.db", timeout=10, isolation_level=None)
        connection.execute(statement)
        connection.close()

    def rewind_codes(self) -> None:
        """Lets the codes of these seconds be used again."""
        self.change("UPDATE authenticator SET last_step = 0")

    def settings(self) -> config.Config:
        return config.load({"POSTERN_DATA_DIR": str(self.data_dir)}, Path("/nonexistent"))


def prepare(folder: Path) -> Site:
    data_dir = folder / "made" / "data"
    settings = config.load({"POSTERN_DATA_DIR": str(data_dir)}, Path("/nonexistent"))
    at = Visit("console:bench", "192.0.2.1", AGENT, utcnow())
    installation.prepare(settings, at)
    installation.open_prepared(settings)
    password_hash = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1).hash(PASSWORD)
    with database.connection_context(), database.atomic():
        enrolled = tuple(_enter(f"user{number}", password_hash, at, enrol=True) for number in range(ENROLLED))
        simple = tuple(_enter(f"plain{number}", password_hash, at, enrol=False) for number in range(SIMPLE))
        limited = tuple(_enter(f"limited{entries}", password_hash, at, enrol=True) for entries in (1, 1_000))
        for person, entries in zip(limited, (1, 1_000), strict=True):
            _limit(person, entries=entries, at=at)
    database.close_all()
    site = Site(data_dir, enrolled, simple, limited)
    site.rewind_codes()
    return site


def _enter(login: str, password_hash: str, at: Visit, *, enrol: bool) -> Person:
    users.create(login, at, name=login.title(), password_hash=password_hash)
    user = users.by_id(users.find(login).id)
    key = _enrol(user, at) if enrol else None
    before = replace(at, now=at.now - timedelta(days=1))
    return Person(login, key, known_browsers.remember(user.id, before)[1])


def _enrol(user: users.User, at: Visit) -> str:
    session_id, _ = sessions.start(user, at, known_browser_id=None, replaces=None)
    visit = replace(at, user_id=user.id, session_id=session_id)
    key = two_factor.begin(user, visit).key
    two_factor.confirm(user, pyotp.TOTP(key).at(at.now), visit)
    sessions.end([session_id], sessions.End.LOGGED_OUT, at.now)
    return key


def _limit(person: Person, *, entries: int, at: Visit) -> None:
    """Both lists armed, with so many entries that contain 127.0.0.1 among them, and sessions bound to their address."""
    ips = ";".join(["127.0.0.0/24", *(f"198.18.{n // 250}.{n % 250}" for n in range(entries - 1))])
    lists = {"access": "listed", "trusted_ips": ips, "provider_access": "listed", "provider_ips": ips}
    users.change(users.find(person.login), {**lists, "bind_session": "yes"}, at)


def log_in(visitor: Visitor, person: Person, offset: int = 0) -> None:
    """Through the forms, the code step too where one is due."""
    expect(visitor.get("/login"), 200)
    expect(visitor.post("/login", login=person.login, password=PASSWORD), 303)
    if person.key:
        expect(visitor.get("/login/code"), 200)
        expect(visitor.post("/login/code", code=person.code(offset)), 303)
