"""A person at a browser without HTTP: the tokens of its cookies, and the visit that the guard would make of them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

import pytest

from domain import codes, known_browsers, login, sessions, standing, users, vault
from domain.login import PasswordStep
from domain.sessions import Tokens
from domain.standing import End, Standing
from domain.visit import Visit, utcnow
from models import Authenticator, User, database
from tests.cast import AGENT, HOME, PASSWORDS
from tests.cast import Authenticator as Phone

T = TypeVar("T")
E = TypeVar("E", bound=Exception)
ELSEWHERE = "198.51.100.7"
CONSOLE = "console:test"
KEY = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # of RFC 6238: no two of its codes near NOON are alike


class Seat:
    def __init__(self, login: str, address: str = HOME) -> None:
        self.login = login
        self.address = address
        self.token = ""
        self.devices: list[str] = []

    # --- Log-in -------------------------------------------------------------------------------------------------------

    def begin(self) -> Seat:
        """As after the right password, a code being due."""
        browser = known_browsers.recognise(self.user, self.devices, utcnow())
        known = browser.id if browser else None
        _, self.token = sessions.start(self.user, self._stranger, known_browser_id=known, replaces=None)
        return self

    def enter(self) -> Seat:
        """As after everything that log-in asks for."""
        return self.take(sessions.complete(self.begin().standing.session_id, self.visit, method="test"))

    def give_password(self, password: str | None = None, replaces: int | None = None) -> PasswordStep:
        typed = PASSWORDS[self.login] if password is None else password
        step = login.check_password(self.login, typed, self._stranger, browser_tokens=self.devices, replaces=replaces)
        self.take(step.tokens)
        return step

    def give_code(self, text: str) -> Seat:
        return self.take(login.check_code(self.standing, text, self.visit))

    def take(self, tokens: Tokens | None) -> Seat:
        """The cookies of an answer."""
        assert tokens
        self.token = tokens.session
        if tokens.known_browser:
            self.devices.insert(0, tokens.known_browser)
        return self

    # --- State --------------------------------------------------------------------------------------------------------

    @property
    def user(self) -> User:
        return users.by_id(users.find(self.login).id)

    @property
    def standing(self) -> Standing:
        found = standing.resume(self.token, self.address, utcnow())
        assert found, "the token of this seat is dead"
        return found

    @property
    def end(self) -> End | None:
        return self.standing.end

    @property
    def visit(self) -> Visit:
        at = self.standing
        return Visit(
            self.login,
            self.address,
            AGENT,
            utcnow(),
            user_id=at.user_id,
            session_id=at.session_id,
            known_browser_id=at.known_browser_id,
        )

    @property
    def _stranger(self) -> Visit:
        return Visit("stranger", self.address, AGENT, utcnow())


def console() -> Visit:
    return Visit(CONSOLE, "console", "./postern", utcnow())


def give_key(user: User) -> Phone:
    """Two-step is on with a fixed key, so that tables of neighbouring codes can hold no two that are alike."""
    row = Authenticator.create(user=user, name="app", secret="", last_step=0, enabled_at=utcnow())
    row.secret = vault.encrypt(KEY, codes.binding(row.id))
    row.save()
    return Phone(KEY)


def refused(act: Callable[[], object], kind: type[E]) -> E:
    """The refusal of exactly this kind, no kind of it."""
    with pytest.raises(kind) as refusal:
        act()
    assert refusal.type is kind
    return refusal.value


def overtaken(act: Callable[[], T], meanwhile: Callable[[], object], transaction: int = 1) -> T:
    """Runs `act`; just before its transaction of this number begins, somebody else does `meanwhile`."""
    connection = database.connection()
    seen: list[str] = []

    def somebody_else() -> None:
        with database.connection_context():
            meanwhile()

    def traced(statement: str) -> None:
        if statement.startswith("BEGIN"):
            seen.append(statement)
            if len(seen) == transaction:
                thread = threading.Thread(target=somebody_else)
                thread.start()
                thread.join()

    connection.set_trace_callback(traced)
    try:
        return act()
    finally:
        connection.set_trace_callback(None)
        assert len(seen) >= transaction, "there was no such transaction"
