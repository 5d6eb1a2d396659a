"""The one door and lists of addresses: which of them hold for whom, and what a damaged one does."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
import time_machine

from models import Denial, Role, User
from tests.browser import Browser
from tests.cast import HOME, PASSWORDS, Cast

pytestmark = pytest.mark.usefixtures("clock")
Terminal = Callable[..., tuple[int, str]]
At = Callable[[str], Browser]
NEAR, OUT, V6 = "192.0.2.77", "198.51.100.66", "2001:db8::1"
EVERYWHERE = {HOME, NEAR, OUT, V6}
DENIED = "Access from this IP denied"


def let_in(browser: Browser) -> set[str]:
    """The addresses from which this browser's session works."""
    found = set()
    for address in EVERYWHERE:
        browser.address = address
        if browser.is_logged_in:
            found.add(address)
    return found


# --- Which lists hold -------------------------------------------------------------------------------------------------

LINE = "192.0.2.0/24"
HOLDS: dict[str, tuple[dict[str, str], dict[str, str], set[str]]] = {
    "no list at all": ({}, {}, EVERYWHERE),
    "an own list": ({"access": "listed", "trusted_ips": HOME}, {}, {HOME}),
    "an own list that is switched off": ({"access": "any", "trusted_ips": HOME}, {}, EVERYWHERE),
    "own any does not open the provider's": (
        {"access": "any", "provider_access": "listed", "provider_ips": HOME},
        {},
        {HOME},
    ),
    "a wider own list does not open the provider's": (
        {"access": "listed", "trusted_ips": f"{LINE};{OUT};{V6}", "provider_access": "listed", "provider_ips": HOME},
        {},
        {HOME},
    ),
    "a narrower own list narrows": (
        {"access": "listed", "trusted_ips": NEAR, "provider_access": "listed", "provider_ips": LINE},
        {},
        {NEAR},
    ),
    "lists with nothing in common": (
        {"access": "listed", "trusted_ips": OUT, "provider_access": "listed", "provider_ips": HOME},
        {},
        set(),
    ),
    "the class's list is inherited": ({}, {"provider_access": "listed", "provider_ips": LINE}, {HOME, NEAR}),
    "a wider own list does not open the class's": (
        {"access": "listed", "trusted_ips": f"{HOME};{OUT}"},
        {"provider_access": "listed", "provider_ips": LINE},
        {HOME},
    ),
    "the provider's any for a person beats the class's list": (
        {"provider_access": "any"},
        {"provider_access": "listed", "provider_ips": HOME},
        EVERYWHERE,
    ),
    "the provider's list for a person stands in place of the class's": (
        {"provider_access": "listed", "provider_ips": OUT},
        {"provider_access": "listed", "provider_ips": HOME},
        {OUT},
    ),
    "a class's list that is switched off": ({}, {"provider_access": "any", "provider_ips": HOME}, EVERYWHERE),
    "a range": ({"access": "listed", "trusted_ips": f"{HOME}-{NEAR}"}, {}, {HOME, NEAR}),
    "IPv6 alone": ({"access": "listed", "trusted_ips": "2001:db8::/64"}, {}, {V6}),
}


@pytest.mark.manual("C70", "C72", "C73", "C74", "R96", "D106", "D109", "D111")
@pytest.mark.parametrize(("person", "group", "expected"), HOLDS.values(), ids=HOLDS)
def test_an_address_has_to_pass_each_list_that_holds(
    cast: Cast, browser: Browser, terminal: Terminal, person: dict[str, str], group: dict[str, str], expected: set[str]
) -> None:
    browser.log_in("carl")
    for words in (("user", "set", "carl"), ("class", "set", "Customers")):
        columns = [f"{name}={value}" for name, value in (person if words[0] == "user" else group).items()]
        assert not columns or terminal(*words, *columns)[0] == 0
    assert let_in(browser) == expected


@pytest.mark.manual("D109")
def test_an_individual_has_his_customers_class_and_not_his_customers_list(
    cast: Cast, browser: Browser, terminal: Terminal
) -> None:
    browser.log_in("ivy")
    lists = ("access=listed", "trusted_ips=10.0.0.1", "provider_access=listed", "provider_ips=10.0.0.1")
    assert terminal("user", "set", "carl", *lists)[0] == 0
    assert let_in(browser) == EVERYWHERE
    assert terminal("class", "set", "Customers", "provider_access=listed", f"provider_ips={HOME}")[0] == 0
    assert let_in(browser) == {HOME}


def test_no_list_of_a_customer_holds_for_anybody_else(cast: Cast, browser_at: At, terminal: Terminal) -> None:
    assert terminal("user", "set", "carl", "access=listed", "trusted_ips=10.0.0.1", "bind_session=yes")[0] == 0
    assert terminal("class", "set", "Customers", "provider_access=listed", "provider_ips=10.0.0.1")[0] == 0
    for login in ("olga", "sam", "rita"):
        assert browser_at(OUT).log_in(login).is_logged_in, login
    assert browser_at(OUT).log_in("carl").status == 403


def test_an_entry_that_expires_lets_in_until_then(cast: Cast, browser: Browser, clock: time_machine.Traveller) -> None:
    browser.address = NEAR
    browser.log_in("carl").submit("Add", access="listed", address=NEAR)
    browser.submit("Save", access="listed", address=HOME, entry_expires="1h")
    clock.shift(3599)
    assert browser.is_logged_in
    clock.shift(1)
    assert (browser.get("/settings/security").status, browser.h1) == (403, DENIED)
    browser.address = HOME
    assert browser.get("/settings/security").status == 200


def test_a_list_holds_for_whom_no_role_lets_edit_it(cast: Cast, browser: Browser, terminal: Terminal) -> None:
    assert terminal("user", "set", "carl", "access=listed", f"trusted_ips={HOME}")[0] == 0
    browser.log_in("carl")
    Role.update(permissions="[]").execute()
    assert let_in(browser) == {HOME}


# --- Before the address -----------------------------------------------------------------------------------------------


def test_a_suspension_is_told_before_an_address(cast: Cast, browser: Browser, terminal: Terminal) -> None:
    browser.log_in("carl")
    assert terminal("user", "set", "carl", "active=no", "access=listed", f"trusted_ips={HOME}")[0] == 0
    browser.address = OUT
    assert (browser.get("/settings/security").status, browser.h1) == (403, "This login is suspended")
    browser.log_in("carl")
    assert (browser.status, "This login is suspended" in browser.words) == (403, True)
    assert not Denial.select().exists()


# --- An address that nobody can tell ----------------------------------------------------------------------------------


def test_an_unknown_address_is_in_no_list(cast: Cast, browser_at: At, terminal: Terminal) -> None:
    assert terminal("user", "set", "carl", "access=listed", "trusted_ips=0.0.0.0-255.255.255.254;::2-ffff::")[0] == 0
    socket = browser_at("").log_in("carl")
    assert (socket.status, socket.h1, "unknown" in socket.words) == (403, DENIED, True)
    assert not socket.is_logged_in


def test_an_unknown_address_is_never_refused_by_binding_alone(cast: Cast, browser_at: At) -> None:
    User.update(bind_session=True).where(User.login == "carl").execute()
    socket = browser_at("").log_in("carl")
    assert socket.is_logged_in
    assert socket.get("/settings/security").submit("Save", bind_session="yes").is_logged_in
    socket.address = OUT
    assert socket.get("/settings/security").status == 403, "it is bound all the same"


def test_from_an_unknown_address_no_list_is_armed_by_mistake(cast: Cast, browser_at: At) -> None:
    socket = browser_at("").log_in("carl").submit("Save", access="listed", trusted_ips=HOME)
    assert (socket.status, socket.is_logged_in) == (409, True)
    assert "It does not include ," not in socket.words, "there is no address to name"
    assert not socket.has_button("Add my address and save"), "nor one to add"


# --- Rows that somebody's hand has damaged ----------------------------------------------------------------------------


@contextmanager
def by_hand(data_dir: Path) -> Iterator[sqlite3.Connection]:
    """Somebody at the file of the database, which may itself refuse what he writes."""
    with suppress(sqlite3.IntegrityError), closing(sqlite3.connect(data_dir / "postern.db")) as outside, outside:
        yield outside


DAMAGED = {
    "letters": (4, "hotel", "office"),
    "written with dots": (4, "192.0.2.0", "198.51.100.255"),
    "letters of the right length": (4, "00000000", "zzzzzzzz"),
    "too short": (4, "0", "f"),
    "empty and too long": (4, "", "ffffffffffffffff"),
    "in capitals": (4, "C6336400", "C63364FF"),
    "the highest is the lowest": (4, "ffffffff", "00000000"),
    "a family that there is not": (5, "00000000", "ffffffff"),
    "no family": (0, "", "f"),
    "IPv6 as IPv4": (4, "0" * 32, "f" * 32),
}


@pytest.mark.parametrize("row", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_entry_lets_in_nobody_and_breaks_nothing(
    cast: Cast, browser: Browser, terminal: Terminal, data_dir: Path, row: tuple[int, str, str]
) -> None:
    lists = ("access=listed", f"trusted_ips={HOME}", "provider_access=listed", f"provider_ips={LINE};{OUT};{V6}")
    assert terminal("user", "set", "carl", *lists)[0] == 0
    browser.log_in("carl")
    with by_hand(data_dir) as outside:
        outside.execute(
            "INSERT INTO trusted_ip (trusted_ip_list_id, family, lowest, highest, note, added_by, added_at)"
            " SELECT id, ?, ?, ?, '', 'hand', '2026-11-20 11:00:00.000000' FROM trusted_ip_list",
            row,
        )
    statuses = {}
    for address in ("", OUT, V6, HOME):
        browser.address = address
        statuses[address] = browser.get("/settings/security").status
    assert statuses == {"": 403, OUT: 403, V6: 403, HOME: 200}
    assert browser.submit("Save", access="listed", trusted_ips=f"{HOME};10.0.0.1").status == 200
    browser.address = OUT
    assert browser.log_in("carl", password=PASSWORDS["carl"]).status == 403


@pytest.mark.parametrize("expires_at", ["soon", "2030"])
def test_a_damaged_expiry_breaks_nothing(
    cast: Cast, browser: Browser, terminal: Terminal, data_dir: Path, expires_at: str
) -> None:
    assert terminal("user", "set", "carl", "access=listed", f"trusted_ips={HOME};{OUT}")[0] == 0
    browser.log_in("carl")
    with by_hand(data_dir) as outside:
        outside.execute("UPDATE trusted_ip SET expires_at = ? WHERE lowest = 'c6336442'", (expires_at,))
    assert browser.get("/settings/security").status == 200
    assert browser.submit("Save", access="listed", trusted_ips=HOME).status == 200
