"""The people of the tests. Everybody's password is his own sentence; nobody has two-step authentication at first."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pyotp

from domain import sessions, two_factor, users
from domain.hashing import hash_password
from domain.visit import Visit, utcnow
from models import AccountClass, Kind, User

HOME = "192.0.2.10"
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PASSWORDS = {
    "olga": "olgas seven grey geese",
    "sam": "sams nine tall birches",
    "rita": "ritas four old bridges",
    "carl": "carls eleven wet socks",
    "ivy": "ivys three blue kettles",
}


@cache
def _hash(password: str) -> str:
    return hash_password(password)


class Cast:
    """Rows as they are now: `cast.carl` is read anew each time."""

    @staticmethod
    def enter() -> None:
        at = Visit("console:test", "console", "pytest", utcnow())
        users.create("sam", at, kind=Kind.STAFF, name="Sam Stone", password_hash=_hash(PASSWORDS["sam"]))
        users.create("rita", at, kind=Kind.RESELLER, name="Rita Reyes", password_hash=_hash(PASSWORDS["rita"]))
        users.create("carl", at, name="Carl Cole", email="carl@cole.example", password_hash=_hash(PASSWORDS["carl"]))
        users.create("ivy", at, kind=Kind.INDIVIDUAL, parent="carl", name="Ivy", password_hash=_hash(PASSWORDS["ivy"]))
        User.update(password_hash=_hash(PASSWORDS["olga"]), must_change_password=False).where(
            User.login == "olga"
        ).execute()
        # The days of grace of staff would stand before every page; the tests of grace set them again.
        AccountClass.update(two_factor="optional").where(AccountClass.name == "Staff").execute()

    def __getattr__(self, login: str) -> User:
        if login not in PASSWORDS:
            raise AttributeError(login)
        user: User = users.by_id(users.find(login).id)
        return user

    def enrol(self, login: str) -> Authenticator:
        """Two-step authentication on, as if enabled from another browser; returns the app on the person's phone."""
        user = getattr(self, login)
        visit = self.visit(login)
        session_id, _ = sessions.start(user, visit, known_browser_id=None, replaces=None)
        visit = replace(visit, user_id=user.id, session_id=session_id)
        pending = two_factor.begin(user, visit)
        phone = Authenticator(pending.key)
        two_factor.confirm(user, phone.code(offset=-1), visit)
        sessions.end([session_id], sessions.End.LOGGED_OUT, visit.now)
        return phone

    @staticmethod
    def visit(actor: str, address: str = HOME) -> Visit:
        return Visit(actor, address, AGENT, utcnow())


class Authenticator:
    """An independent authenticator app: it knows the key and the clock, nothing else."""

    def __init__(self, key: str) -> None:
        self.key = key.replace(" ", "")

    def code(self, offset: int = 0) -> str:
        """The code of now, or of so many steps of 30 seconds away."""
        return pyotp.TOTP(self.key).at(utcnow(), counter_offset=offset)

    def wrong_code(self) -> str:
        """Six digits that are no code of the last and next half hour."""
        near = {self.code(offset) for offset in range(-60, 61)}
        return next(f"{n:06}" for n in range(1_000_000) if f"{n:06}" not in near)
