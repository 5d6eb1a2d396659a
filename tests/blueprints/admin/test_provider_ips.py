"""Allow access only from trusted IP addresses: the provider's list for one person, and a warning that stops nobody."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import time_machine
from flask import Flask

from domain import trusted_ips, users
from tests.acts import error_at, fragment
from tests.blueprints.admin.test_person import page_of
from tests.browser import Browser
from tests.cast import HOME, PASSWORDS, Cast

At = Callable[[str], Browser]
OFFICE = "198.51.100.0/24"

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def sam(cast: Cast, app: Flask) -> Browser:
    return Browser(app, address="203.0.113.99").log_in("sam")


def save(browser: Browser, **fields: str) -> Browser:
    return browser.submit("Save", **{"address": "", **fields})


def stored(cast: Cast) -> tuple[str, list[str]]:
    found = trusted_ips.read(trusted_ips.provider_of(cast.carl))
    return found.access, found.texts


def ways(browser: Browser) -> list[str]:
    return [button.get_text() for button in browser.page.select('button[name="way"]')]


# --- Editing ----------------------------------------------------------------------------------------------------------


@pytest.mark.manual("C70", "C72", "R96")
def test_a_list_of_the_provider_holds_at_once_and_the_person_sees_it(
    cast: Cast, sam: Browser, browser: Browser, browser_at: At
) -> None:
    carl = browser_at("198.51.100.7").log_in("carl")
    save(sam.get(page_of(cast.carl)), provider_access="listed", provider_ips=OFFICE)
    assert (sam.status, stored(cast)) == (200, ("listed", [OFFICE]))
    assert browser.log_in("carl").status == 403
    assert "Your provider allows this login only from these addresses" in carl.get("/settings/security").words
    assert "IP restricted" in sam.words


@pytest.mark.manual("C73", "C74", "C75", "C76", "R97")
def test_the_three_lines_of_the_manual_are_two_networks(cast: Cast, sam: Browser) -> None:
    typed = "10.10.10.1;\r\n192.168.192.0/24;\r\n192.168.192.0/255.255.255.0;"
    save(sam.get(page_of(cast.carl)), provider_access="listed", provider_ips=typed)
    assert stored(cast) == ("listed", ["10.10.10.1", "192.168.192.0/24"])
    save(sam, provider_ips="10.10.10.1\n10.10.10.300")
    assert (sam.status, "Line 2" in error_at(sam, "provider_ips"), len(stored(cast)[1])) == (422, True, 2)


@pytest.mark.manual("R98")
def test_rows_are_added_and_removed_and_stored_by_save(cast: Cast, sam: Browser) -> None:
    sam.get(page_of(cast.carl)).submit("Add", provider_access="listed", address="10.0.0.1; 10.0.0.2")
    sam.submit("Remove 10.0.0.1")
    assert stored(cast) == ("inherit", [])
    assert "Not saved yet" in sam.words
    save(sam, entry_note="Office")
    assert stored(cast) == ("listed", ["10.0.0.2"])
    entry = trusted_ips.read(trusted_ips.provider_of(cast.carl)).entries[0]
    assert (entry.note, entry.added_by) == ("Office", "sam")


def test_what_the_class_gives_is_shown_and_chosen(cast: Cast, sam: Browser, terminal: Callable[..., object]) -> None:
    users.change(cast.carl, {"provider_access": "any"}, cast.visit("sam"))
    terminal("class", "set", "Customers", "provider_access=listed", f"provider_ips={HOME}")
    sam.get(page_of(cast.carl))
    assert f"Only from 1 address or network: {HOME}" in sam.panel("provider-ips").get_text(" ")
    save(sam, provider_access="inherit")
    assert (stored(cast)[0], "IP restricted" in sam.words) == ("inherit", True)


def test_the_address_of_who_saves_is_neither_marked_nor_offered(cast: Cast, sam: Browser) -> None:
    lists = {"provider_access": "listed", "provider_ips": "203.0.113.0/24"}
    users.change(cast.carl, lists, cast.visit("olga"))
    panel = sam.get(page_of(cast.carl)).panel("provider-ips").get_text(" ")
    assert "includes your address" not in panel and "Your current address" not in panel and "203.0.113.99" not in panel


def test_the_own_list_stands_beside_it_and_is_not_his_to_change_here(cast: Cast, sam: Browser) -> None:
    users.change(cast.carl, {"access": "listed", "trusted_ips": "10.9.8.7"}, cast.visit("carl"))
    panel = sam.get(page_of(cast.carl)).panel("provider-ips")
    assert "10.9.8.7" in panel.get_text() and "for anything else choose “Log in”" in panel.get_text()
    sam.post(
        f"{page_of(cast.carl)}/provider-ips", {"provider_access": "any", "trusted_ips": "10.0.0.1", "access": "any"}
    )
    assert (sam.status, stored(cast)) == (200, ("any", []))
    assert trusted_ips.read(trusted_ips.own_of(cast.carl)).texts == ["10.9.8.7"]


# --- The warning ------------------------------------------------------------------------------------------------------


@pytest.mark.manual("D110")
@pytest.mark.parametrize(
    ("way", "texts"),
    [("Add these addresses and save", [HOME, OFFICE, "2001:db8:1:2::/64"]), ("Save as it is", [OFFICE])],
)
def test_a_list_that_would_refuse_him_is_saved_only_on_purpose(
    cast: Cast, sam: Browser, browser: Browser, browser_at: At, way: str, texts: list[str]
) -> None:
    browser.log_in("carl")
    browser_at("2001:db8:1:2::3").log_in("carl")
    save(sam.get(page_of(cast.carl)), provider_access="listed", provider_ips=OFFICE)
    assert (sam.status, stored(cast)) == (409, ("inherit", []))
    assert "This list would refuse Carl Cole" in sam.words
    assert HOME in sam.words and "2001:db8:1:2::/64" in sam.words and "log me out" not in sam.words
    assert ways(sam) == ["Add these addresses and save", "Save as it is"]
    sam.submit(way)
    assert (sam.status, stored(cast)) == (200, ("listed", texts))
    assert save(sam).status == 200, "what is refused already is no news"


def test_no_way_past_the_warning_saves_a_list_that_is_wrong(cast: Cast, sam: Browser) -> None:
    for way in ("add", "anyway", "leave"):
        for typed in ("", "10.0.0.300"):
            fields = {"provider_access": "listed", "provider_ips": typed, "way": way}
            assert sam.get(page_of(cast.carl)).post(f"{page_of(cast.carl)}/provider-ips", fields).status == 422
    assert stored(cast) == ("inherit", [])


def test_who_acts_for_him_is_warned_of_his_addresses_and_never_logged_out(
    cast: Cast, sam: Browser, browser: Browser
) -> None:
    browser.log_in("carl")
    sam.get(page_of(cast.carl)).submit("Log in as Carl Cole").get("/settings/security")
    assert "Your current address" not in sam.panel("trusted-ips").get_text()
    sam.submit("Save", access="listed", trusted_ips=OFFICE, address="")
    assert (sam.status, ways(sam)) == (409, ["Add this address and save", "Save as it is"])
    assert "This list would refuse Carl Cole" in sam.words and HOME in sam.panel("trusted-ips").get_text()
    sam.post("/settings/trusted-ips", {"access": "listed", "trusted_ips": OFFICE, "way": "leave"})
    assert (sam.status, trusted_ips.read(trusted_ips.own_of(cast.carl)).texts) == (409, [])
    sam.submit("Save as it is")
    assert trusted_ips.read(trusted_ips.own_of(cast.carl)).texts == [OFFICE]
    assert sam.get("/settings/security").status == 200, "his own address, which the list leaves out, is not asked"


# --- Two at once, proof, htmx -----------------------------------------------------------------------------------------


def test_who_has_not_seen_the_list_that_is_stored_overwrites_nothing(cast: Cast, sam: Browser, app: Flask) -> None:
    olga = Browser(app).log_in("olga").get(page_of(cast.carl))
    save(sam.get(page_of(cast.carl)), provider_access="listed", provider_ips="10.0.0.1")
    save(olga, provider_access="listed", provider_ips="10.0.0.2")
    assert (olga.status, stored(cast)[1], "Saved now is: 10.0.0.1." in olga.words) == (409, ["10.0.0.1"], True)
    assert save(olga).status == 200
    assert stored(cast)[1] == ["10.0.0.2"]


def test_the_proof_travels_with_the_change(cast: Cast, sam: Browser, clock: time_machine.Traveller) -> None:
    clock.shift(16 * 60)
    save(sam.get(page_of(cast.carl)), provider_access="listed", provider_ips="10.0.0.1", proof="wrong")
    assert (sam.status, stored(cast), bool(error_at(sam, "proof"))) == (422, ("inherit", []), True)
    assert save(sam, proof=PASSWORDS["sam"]).status == 200
    assert stored(cast) == ("listed", ["10.0.0.1"])


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("POST", "/draft"), ("POST", "")])
def test_htmx_gets_one_panel(cast: Cast, sam: Browser, method: str, path: str) -> None:
    address, fields = f"{page_of(cast.carl)}/provider-ips{path}", {"provider_access": "any", "add": "10.0.0.1"}
    sam.get(page_of(cast.carl)).htmx(method, address, fields)
    assert sam.status == 200
    fragment(sam, "provider-ips-panel")


def test_enter_in_the_field_of_the_proof_means_save(cast: Cast, sam: Browser, clock: time_machine.Traveller) -> None:
    """The first button of the form is Add; with nothing to add it hands the form on."""
    clock.shift(16 * 60)
    fields = {"provider_access": "any", "add": "", "address": "", "proof": PASSWORDS["sam"]}
    sam.get(page_of(cast.carl)).htmx("POST", f"{page_of(cast.carl)}/provider-ips/draft", fields)
    assert (sam.status, sam.response.headers["Location"]) == (307, f"{page_of(cast.carl)}/provider-ips")  # type: ignore[union-attr]
