"""The whole matrix: each act, and which of a person's open ways in it ends."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
import time_machine

from domain import users
from models import KnownBrowser
from tests.acts import shown_key
from tests.browser import Browser
from tests.cast import PASSWORDS, Authenticator, Cast

pytestmark = pytest.mark.usefixtures("clock")
Terminal = Callable[..., tuple[int, str]]


class Open:
    """carl at two browsers, half way in at a third, with a link in his mailbox."""

    def __init__(self, browser: Browser, phone: Authenticator, terminal: Terminal, clock: time_machine.Traveller):
        self.phone, self.terminal, self.clock = phone, terminal, clock
        self.here = browser
        self.other = Browser(browser.app, address="198.51.100.1").log_in("carl", phone)
        clock.shift(30)
        self.here.log_in("carl", phone).get("/settings/security")
        clock.shift(30)
        self.pending = Browser(browser.app, address="198.51.100.2").log_in("carl")
        self.link = urlsplit(terminal("recover", "link", "carl")[1].split()[-1]).path
        self.page = f"/admin/customers/{users.find('carl').id}"
        self.sam = Browser(browser.app).log_in("sam").get(self.page)
        self.password_link = self.made_by_sam()
        self.known = KnownBrowser.get(KnownBrowser.address == "198.51.100.1").id

    def by_sam(self, verb: str, **fields: str) -> Browser:
        assert self.sam.get(self.page).post(f"{self.page}/{verb}", fields).status == 200
        return self.sam

    def made_by_sam(self) -> str:
        """A link by which carl sets his password."""
        shown = self.by_sam("rescue/password-link").page.find(id="rescue-secret")
        assert shown
        return urlsplit(shown.get_text()).path

    def ended(self) -> set[str]:
        alive = {
            "this session": self.here.is_logged_in,
            "other session": self.other.is_logged_in,
            "pending step": self.pending.get("/login/code").path == "/login/code",
            "other known browser": KnownBrowser.select().where(KnownBrowser.id == self.known).exists(),
            "link": Browser(self.here.app).get(self.link).status == 200,
            "password link": Browser(self.here.app).get(self.password_link).status == 200,
        }
        return {name for name, lives in alive.items() if not lives}


def change_password(at: Open) -> None:
    new = "carls twelve dry socks"
    at.here.get("/settings/password").submit(
        "Change password", current_password=PASSWORDS["carl"], new_password=new, confirmation=new
    )


def disable(at: Open) -> None:
    at.here.follow("Disable two-step authentication")
    at.here.submit("Disable two-step authentication", code=at.phone.code())


def replace(at: Open) -> None:
    assert at.terminal("user", "set", "carl", "two_factor=yes")[0] == 0
    at.here.get("/settings/security").follow("Replace authenticator").submit("Go on", code=at.phone.code())
    at.here.submit("Ok", code=shown_key(at.here).code())


def confirm(at: Open) -> None:
    """A confirmation: the form of new recovery codes, with the proof in it."""
    at.clock.shift(15 * 60)
    at.pending.log_in("carl")
    at.link = urlsplit(at.terminal("recover", "link", "carl")[1].split()[-1]).path  # of 15 minutes
    at.here.get("/settings/security").submit("Generate new codes", proof=PASSWORDS["carl"])
    assert at.here.h1 == "Save your recovery codes"


def use_password_link(at: Open) -> None:
    new = "carls twelve dry socks"
    Browser(at.here.app).get(at.password_link).submit("Set password", new_password=new, confirmation=new)


def at_terminal(*words: str, typed: str | None = None) -> Callable[[Open], None]:
    def act(at: Open) -> None:
        code, said = at.terminal(*words, typed=typed)
        assert code == 0, said

    return act


def by_sam(verb: str, **fields: str) -> Callable[[Open], object]:
    return lambda at: at.by_sam(verb, **fields)


OTHERS = {"other session", "pending step", "other known browser", "link", "password link"}
SESSIONS = {"this session", "other session", "pending step"}
EVERYTHING = OTHERS | {"this session"}
MATRIX: dict[str, tuple[Callable[[Open], object], set[str]]] = {
    "change of one's password": (change_password, OTHERS),
    "disabling two-step": (disable, OTHERS),
    "replacing the authenticator": (replace, OTHERS),
    "new recovery codes, confirmed": (confirm, set()),
    "log out": (lambda at: at.here.log_out(), {"this session"}),
    "log out all others": (lambda at: at.here.submit("Log out all others"), {"other session", "pending step"}),
    "revoke": (lambda at: at.here.submit("Revoke Firefox on Linux, 198.51.100.1"), {"other session"}),
    "forget": (lambda at: at.here.submit("Forget Firefox on Linux, 198.51.100.1"), {"other known browser"}),
    "link to set a password": (use_password_link, EVERYTHING),
    "password set by sam": (by_sam("rescue/password", new_password="carls twelve dry socks"), EVERYTHING),
    "password generated by sam": (by_sam("rescue/new-password"), EVERYTHING),
    "key reset by sam": (by_sam("rescue/reset"), EVERYTHING),
    "logged out by sam": (by_sam("rescue/sessions"), SESSIONS),
    "unlocked by sam": (by_sam("rescue/unlock"), set()),
    "a code issued by sam": (by_sam("rescue/code"), set()),
    "another link to set a password": (Open.made_by_sam, {"password link"}),
    "logged out at the terminal": (at_terminal("recover", "sessions", "carl"), SESSIONS),
    "another role": (at_terminal("user", "set", "carl", "role=Billing only"), set()),
    "password reset": (at_terminal("recover", "password", "carl"), EVERYTHING),
    "password set": (at_terminal("user", "passwd", "carl", typed="carls twelve dry socks\n"), EVERYTHING),
    "key reset": (at_terminal("recover", "2fa", "carl"), EVERYTHING),
    "unlock": (at_terminal("recover", "unlock", "carl"), set()),
    "a code read out": (at_terminal("recover", "code", "carl"), set()),
    "another name": (at_terminal("user", "set", "carl", "name=Carl C."), set()),
    "another class": (at_terminal("user", "set", "carl", "class=Resellers"), set()),
}


@pytest.mark.parametrize(("act", "ends"), MATRIX.values(), ids=MATRIX)
def test_an_act_ends_what_it_must_and_nothing_else(
    cast: Cast,
    browser: Browser,
    terminal: Terminal,
    clock: time_machine.Traveller,
    act: Callable[[Open], object],
    ends: set[str],
) -> None:
    at = Open(browser, cast.enrol("carl"), terminal, clock)
    assert at.ended() == set()
    act(at)
    assert at.ended() == ends


def test_suspension_ends_nothing_and_lets_nobody_in(
    cast: Cast, browser: Browser, terminal: Terminal, clock: time_machine.Traveller
) -> None:
    at = Open(browser, cast.enrol("carl"), terminal, clock)
    assert terminal("user", "set", "carl", "active=no")[0] == 0
    assert [b.get("/settings/security").status for b in (at.here, at.other)] == [403, 403]
    assert at.pending.submit("Ok", code=at.phone.code()).status == 403
    assert Browser(browser.app).get(at.link).submit("Log in as carl").status == 403
    assert Browser(browser.app).get(at.password_link).status == 410
    assert terminal("user", "set", "carl", "active=yes")[0] == 0
    assert at.ended() == set()
