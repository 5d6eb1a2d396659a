"""Allowed IP addresses: Add and Remove edit a form, Save stores it, and nobody locks himself out by mistake."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import time_machine

from models import Event, TrustedIp, TrustedIpList
from tests.acts import error_at
from tests.browser import Browser
from tests.cast import HOME, Cast

pytestmark = pytest.mark.usefixtures("clock")
Terminal = Callable[..., tuple[int, str]]
At = Callable[[str], Browser]
PAGE, SAVE, DRAFT = "/settings/security", "/settings/trusted-ips", "/settings/trusted-ips/draft"


@pytest.fixture
def carl(cast: Cast, browser: Browser) -> Browser:
    return browser.log_in("carl")


def stored() -> dict[str, list[str]]:
    """Mode → entries as they stand in the database, with note, expiry and who added them."""
    rows = TrustedIp.select().order_by(TrustedIp.family, TrustedIp.lowest, TrustedIp.highest)
    return {
        each.access: [
            f"{row.lowest}-{row.highest} {row.note} {row.expires_at and f'{row.expires_at:%d %H:%M}'} {row.added_by}"
            for row in rows.where(TrustedIp.trusted_ip_list == each)
        ]
        for each in TrustedIpList.select()
    }


def text(browser: Browser) -> list[str]:
    """The list as the panel shows it, a line for each entry."""
    return str(browser.panel("trusted-ips").find("textarea").get_text()).split("\n")


def chosen(browser: Browser) -> str:
    [radio] = browser.panel("trusted-ips").find_all("input", {"name": "access", "checked": True})
    return str(radio["value"])


def save(browser: Browser, **fields: str) -> Browser:
    """Presses Save of this panel, the fields being as they stand unless told otherwise."""
    return browser.submit("Save", **{"access": chosen(browser), **fields})


def beside(browser: Browser, entry: str, *, note: str = "", expires: str = "") -> Browser:
    """Types a note, or chooses when it expires, beside an entry of the form at hand."""
    row = browser.page.find("input", {"name": "entry", "value": entry}).find_parent("li")  # type: ignore[union-attr]
    if note:
        row.find("input", {"name": "entry_note"})["value"] = note  # type: ignore[union-attr,index]
    for option in row.find_all("option") if expires else ():  # type: ignore[union-attr]
        del option["selected"]
        if option["value"] == expires:
            option["selected"] = ""
    return browser


# --- The form ---------------------------------------------------------------------------------------------------------


@pytest.mark.manual("A2", "A9", "C74", "C75", "C76", "R97", "R98")
def test_a_pasted_list_is_saved_and_printed_one_on_a_line(carl: Browser) -> None:
    panel = carl.get(PAGE).panel("trusted-ips")
    legend, choices = panel.find("legend"), panel.select("label.choice > span")
    assert legend and legend.get_text() == "Access to control panel"
    assert [choice.get_text() for choice in choices] == ["From any IP", "Only from IPs in the list"]
    pasted = f"{HOME};\r\n192.168.192.0/24;\r\n\r\n192.168.192.0/255.255.255.0;"
    save(carl, access="listed", trusted_ips=pasted)
    assert "Saved. Access only from IPs in the list." in carl.words
    assert (chosen(carl), text(carl)) == ("listed", [f"{HOME};", "192.168.192.0/24;"])
    assert stored() == {"listed": ["c000020a-c000020a  None carl", "c0a8c000-c0a8c0ff  None carl"]}
    assert [e.tag for e in Event.select().where(Event.tag.contains("ips"))] == ["account:trusted_ips:changed"]


def test_add_and_remove_store_nothing_before_save(carl: Browser) -> None:
    carl.submit("Add", access="listed", address=f"{HOME}; 10.0.0.0/8").submit("Add", address="10.1.1.1")
    assert text(carl) == ["10.0.0.0/8;", "10.1.1.1;", f"{HOME};"]
    carl.submit("Remove 10.0.0.0/8")
    assert (text(carl), chosen(carl), "Not saved yet" in carl.words) == (["10.1.1.1;", f"{HOME};"], "listed", True)
    assert (stored(), Event.select().where(Event.tag.contains("ips")).count()) == ({}, 0)
    save(carl)
    assert stored() == {"listed": ["0a010101-0a010101  None carl", "c000020a-c000020a  None carl"]}


def test_what_is_removed_and_not_saved_is_still_there(carl: Browser) -> None:
    save(carl, access="listed", trusted_ips=f"{HOME};10.0.0.1").submit("Remove 10.0.0.1")
    assert text(carl) == [f"{HOME};"]
    assert text(carl.get(PAGE)) == ["10.0.0.1;", f"{HOME};"]


@pytest.mark.parametrize("offered", [HOME, "its network 192.0.2.0/24"])
def test_where_i_am_now_is_one_press_away(carl: Browser, offered: str) -> None:
    save(carl.submit(f"Add {offered}"), access="listed")
    assert text(carl) == [f"{offered.split()[-1]};"]
    assert "includes your address" in carl.words
    assert not carl.has_button(f"Add {offered}"), "it is in the list already"


def test_an_address_that_was_typed_and_not_added_is_saved_too(carl: Browser) -> None:
    save(carl, access="listed", address=HOME)
    assert stored() == {"listed": ["c000020a-c000020a  None carl"]}


def test_note_and_expiry_travel_with_the_form_and_are_stored(carl: Browser) -> None:
    carl.submit("Add", access="listed", address=f"{HOME}; 10.0.0.1")
    beside(beside(carl, HOME, note="home"), "10.0.0.1", note="hotel", expires="7d").submit("Add", address="10.0.0.2")
    save(carl)
    hotel, home = "0a000001-0a000001 hotel 27 12:00 carl", "c000020a-c000020a home None carl"
    assert stored() == {"listed": [hotel, "0a000002-0a000002  None carl", home]}
    save(carl.submit("Remove 10.0.0.2"))
    assert stored() == {"listed": [hotel, home]}


def test_note_and_expiry_of_an_entry_are_changed_beside_it(carl: Browser, clock: time_machine.Traveller) -> None:
    save(carl, access="listed", trusted_ips=f"{HOME};10.0.0.1").submit("Notes, expiry and last use")
    save(beside(carl, "10.0.0.1", note="hotel", expires="1h"))
    clock.shift(60)
    save(beside(carl.submit("Notes, expiry and last use"), "10.0.0.1", note="inn"))
    home = "c000020a-c000020a  None carl"
    assert stored() == {"listed": ["0a000001-0a000001 inn 20 13:00 carl", home]}, "the expiry stays as it is"
    save(beside(carl.submit("Notes, expiry and last use"), "10.0.0.1", expires="never"))
    assert stored() == {"listed": ["0a000001-0a000001 inn None carl", home]}


def test_an_entry_that_stays_keeps_what_is_known_of_it(
    cast: Cast, browser: Browser, terminal: Terminal, clock: time_machine.Traveller
) -> None:
    assert terminal("user", "set", "carl", "access=listed", f"trusted_ips={HOME};")[0] == 0
    note = {"note": "by phone", "added_by": "console:anna"}
    TrustedIp.update(note).execute()
    browser.log_in("carl")
    used = TrustedIp.get().last_used_at
    clock.shift(60)
    browser.post(SAVE, {"access": "listed", "trusted_ips": f"10.0.0.1;\r\n{HOME}"})
    kept = TrustedIp.get(TrustedIp.note == "by phone")
    assert (kept.added_by, kept.last_used_at >= used) == ("console:anna", True)
    said = browser.get(PAGE).submit("Notes, expiry and last use").words
    assert ("last let in" in said, "added by your provider" in said, "added by carl" in said) == (True, True, True)


def test_the_form_of_two_fields_is_enough(carl: Browser) -> None:
    carl.get(PAGE).post(SAVE, {"access": "listed", "trusted_ips": f"{HOME};"})
    assert (carl.status, carl.path, chosen(carl)) == (200, PAGE, "listed")


@pytest.mark.manual("A10", "A13")
def test_from_any_ip_keeps_the_list_dormant(carl: Browser, browser_at: At) -> None:
    save(carl, access="listed", trusted_ips=f"{HOME};10.0.0.1")
    save(carl, access="any")
    assert "Saved. Access from any IP." in carl.words
    assert (chosen(carl), text(carl)) == ("any", ["10.0.0.1;", f"{HOME};"])
    assert browser_at("198.51.100.7").log_in("carl").is_logged_in
    save(carl, access="listed")
    assert browser_at("198.51.100.7").log_in("carl").status == 403


# --- What is said of entries ------------------------------------------------------------------------------------------


@pytest.mark.manual("D108")
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("192.0.2.10/24", "192.0.2.10/24 was saved as 192.0.2.0/24."),
        (f"::ffff:{HOME}", f"::ffff:{HOME} was saved as {HOME}."),
        (f"{HOME}; 192.0.2.0/24", f"{HOME} is already covered by 192.0.2.0/24."),
    ],
)
def test_what_became_of_an_entry_is_said(carl: Browser, typed: str, said: str) -> None:
    assert said in save(carl, access="listed", trusted_ips=typed).words
    carl.get(PAGE).htmx("POST", SAVE, {"access": "listed", "trusted_ips": typed})
    assert said in carl.words


@pytest.mark.manual("C76", "D107")
def test_a_bad_line_is_named_by_its_number_and_nothing_is_saved(carl: Browser) -> None:
    typed = f"{HOME};\n10.0.0.0/8\n010.0.0.1\nexample.com"
    save(carl, access="listed", trusted_ips=typed, address="10.1.1.1")
    assert carl.status == 422
    assert error_at(carl, "trusted_ips").startswith("Error: Line 3: 010.0.0.1 is not an IP address.")
    assert (text(carl), chosen(carl), stored()) == (typed.split("\n"), "listed", {})
    assert carl.panel("trusted-ips").find("input", {"name": "address"})["value"] == "10.1.1.1"  # type: ignore[index]


@pytest.mark.parametrize("button", ["Add", "Save"])
def test_a_bad_address_is_said_at_its_field_and_the_list_stays(carl: Browser, button: str) -> None:
    carl.submit("Add", address=HOME).submit(button, access="listed", address="10.0.0.0/0.0.0.255")
    assert (carl.status, text(carl), stored()) == (422, [f"{HOME};"], {})
    assert "0.0.0.255 is the reverse of a netmask." in error_at(carl, "address")
    assert carl.panel("trusted-ips").find("input", {"name": "address"})["value"] == "10.0.0.0/0.0.0.255"  # type: ignore[index]


# --- Lists that would let in nobody, or too long ----------------------------------------------------------------------


def test_an_armed_list_is_not_empty(carl: Browser) -> None:
    save(carl, access="listed")
    said = "Error: Add at least one address, or choose From any IP."
    assert (carl.status, error_at(carl, "address"), chosen(carl), stored()) == (422, said, "listed", {})


def test_an_armed_list_has_an_entry_that_does_not_expire(carl: Browser, clock: time_machine.Traveller) -> None:
    carl.submit("Add", access="listed", address=HOME)
    save(beside(carl, HOME, expires="30d"))
    assert (carl.status, stored()) == (422, {})
    assert "Every address in the list expires" in carl.words
    assert save(beside(carl, HOME, expires="never")).status == 200
    assert stored() == {"listed": ["c000020a-c000020a  None carl"]}


def thousand(n: int = 1_000) -> str:
    return ";".join(f"10.0.{i // 256}.{i % 256}" for i in range(1, n)) + f";{HOME}"


def test_of_a_long_list_the_page_shows_the_first_and_its_form_deletes_none(carl: Browser) -> None:
    carl.post(SAVE, {"access": "listed", "trusted_ips": thousand()}).get(PAGE)
    panel = carl.panel("trusted-ips")
    shown = panel.select('ul[aria-label="Allowed addresses"] code')
    assert (len(shown) <= 25, panel.find("textarea")) == (True, None)
    save(carl, access="any")
    assert {access: len(entries) for access, entries in stored().items()} == {"any": 1_000}
    save(carl, access="listed")
    assert "Saved. Access only from IPs in the list." in carl.words
    assert len(text(carl.submit("Edit all 1,000 addresses"))) == 1_000
    save(carl, trusted_ips=f"{HOME};")
    assert len(stored()["listed"]) == 1


def test_a_list_has_at_most_1000_entries(carl: Browser) -> None:
    carl.post(SAVE, {"access": "listed", "trusted_ips": thousand(1_001)})
    assert (carl.status, stored()) == (422, {})
    assert "A list can have 1000 entries, and this one has 1001." in error_at(carl, "trusted_ips")


def test_on_the_short_page_one_more_than_1000_is_refused_too(carl: Browser) -> None:
    carl.post(SAVE, {"access": "listed", "trusted_ips": thousand()}).get(PAGE)
    save(carl, address="10.1.1.1")
    assert (carl.status, "this one has 1001" in carl.words, len(stored()["listed"])) == (422, True, 1_000)
    save(carl.get(PAGE).submit("Edit all 1,000 addresses").submit("Remove 10.0.0.1"))
    assert (carl.status, len(stored()["listed"])) == (200, 999)
