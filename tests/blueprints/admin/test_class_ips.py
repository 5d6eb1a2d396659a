"""The provider's list of a class: for whom it holds, and a warning before it refuses people or who saves it."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import time_machine
from flask import Flask

from domain import classes, trusted_ips, users
from models import AccountClass, Event, LoginSource
from tests.acts import enter, error_at, fragment
from tests.blueprints.admin.test_classes import page_of_class
from tests.blueprints.admin.test_person import field, page_of
from tests.browser import Browser
from tests.cast import HOME, Cast

At = Callable[[str], Browser]
OFFICE = "198.51.100.0/24"
WARNING = "This list would refuse"

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def sam(cast: Cast, app: Flask) -> Browser:
    return Browser(app, address="203.0.113.99").log_in("sam")


@pytest.fixture
def olga(cast: Cast, browser: Browser) -> Browser:
    return browser.log_in("olga")


def save(browser: Browser, typed: str, mode: str = "listed", name: str = "") -> Browser:
    page = browser.get(page_of_class(name)) if name else browser
    return page.submit("Save", address="", provider_access=mode, provider_ips=typed)


def stored(name: str = "Customers") -> tuple[str, list[str]]:
    found = trusted_ips.read(trusted_ips.class_of(classes.by_name(name)))
    return found.access, found.texts


def panel(browser: Browser) -> str:
    return " ".join(browser.panel("class-ips").get_text().split())


def ways(browser: Browser) -> list[str]:
    return [button.get_text() for button in browser.page.select('button[name="way"]')]


# --- Editing ----------------------------------------------------------------------------------------------------------


@pytest.mark.manual("D109", "D111")
def test_a_list_of_the_class_holds_for_who_inherits_it_and_is_shown_to_him(
    cast: Cast, sam: Browser, browser_at: At
) -> None:
    users.change(cast.ivy, {"provider_access": "any"}, cast.visit("sam"))
    save(sam, OFFICE, name="Customers")
    assert (sam.status, stored()) == (200, ("listed", [OFFICE]))
    assert "Saved. Access only from IPs in the list." in sam.words
    carl = browser_at("198.51.100.7").log_in("carl").get("/settings/security")
    assert "Your provider allows this login only from these addresses" in carl.words
    assert "As defined by the customer class." in carl.words and OFFICE in carl.words
    assert browser_at("203.0.113.5").log_in("carl").status == 403
    assert browser_at("203.0.113.5").log_in("ivy").status == 200, "the provider has set another for her"
    assert f"Only from 1 address or network: {OFFICE}" in sam.get(page_of(cast.carl)).words


def test_it_holds_for_open_sessions_at_their_next_request(cast: Cast, sam: Browser, browser_at: At) -> None:
    carl = browser_at("203.0.113.5").log_in("carl")
    LoginSource.delete().execute()
    save(sam, OFFICE, name="Customers")
    assert carl.get("/settings/security").status == 403
    save(sam, OFFICE, mode="any", name="Customers")
    assert stored() == ("any", [OFFICE]), "it lies dormant"
    assert carl.get("/settings/security").status == 200


def test_rows_are_added_and_removed_and_stored_by_save(cast: Cast, sam: Browser) -> None:
    page = sam.get(page_of_class("Customers"))
    page.submit("Add", provider_access="listed", address="10.0.0.1; 10.0.0.2").submit("Remove 10.0.0.1")
    assert stored() == ("any", []) and "Not saved yet" in sam.words
    sam.submit("Save", entry_note="Office", address="")
    assert stored() == ("listed", ["10.0.0.2"]) and sam.path == page_of_class("Customers")
    entry = trusted_ips.read(trusted_ips.class_of(classes.by_name("Customers"))).entries[0]
    assert (entry.note, entry.added_by) == ("Office", "sam")


def test_htmx_gets_the_panel_alone_at_each_step(cast: Cast, sam: Browser) -> None:
    path = f"{page_of_class('Customers')}/ips"
    sam.get(page_of_class("Customers"))
    for way, fields, status in (
        ("/draft", {"add": "", "address": "10.0.0.300"}, 422),
        ("/draft", {"add": "", "address": "10.0.0.1"}, 200),
        ("", {"provider_ips": "10.0.0.1"}, 200),
    ):
        token = {"csrf_token": str(sam.get(path).page.find("input", {"name": "csrf_token"})["value"])}  # type: ignore[index]
        sam.htmx("POST", path + way, {"provider_access": "listed", **token, **fields})
        fragment(sam, "class-ips-panel")
        assert sam.status == status
    assert sam.response is not None and "Saved." in sam.response.headers["HX-Trigger"]
    assert stored() == ("listed", ["10.0.0.1"])


@pytest.mark.parametrize(
    ("typed", "at", "said"),
    [
        ("10.10.10.1\n10.10.10.300", "provider_ips", "Line 2"),
        ("0.0.0.0/0", "provider_ips", "lets everybody in"),
        ("", "address", "Add at least one address"),
    ],
)
def test_what_is_wrong_with_the_list_is_said_where_it_was_typed(sam: Browser, typed: str, at: str, said: str) -> None:
    save(sam, typed, name="Customers")
    assert sam.status == 422 and said in error_at(sam, at)
    if typed:
        assert sam.page.select_one("textarea").get_text().strip() == typed  # type: ignore[union-attr]
    assert stored() == ("any", [])


def test_a_mode_must_be_chosen_and_no_other_is_known(sam: Browser) -> None:
    for mode in ("", "inherit", "nonsense"):
        sam.get(page_of_class("Customers")).post(f"{page_of_class('Customers')}/ips", {"provider_access": mode})
        assert sam.status == 422 and "Choose From any IP, or Only from IPs in the list." in sam.words


def test_what_changed_stands_in_the_log(sam: Browser) -> None:
    save(sam, OFFICE, name="Customers")
    event = Event.select().where(Event.tag == "class:policy:changed").get()
    assert (event.actor, event.subject) == ("sam", "Customers")
    assert json.loads(event.details) == {"access": "any → listed", "added": [OFFICE], "added_count": 1}


def test_of_two_who_save_at_once_the_second_has_seen_what_he_replaces(cast: Cast, sam: Browser, olga: Browser) -> None:
    sam.get(page_of_class("Customers"))
    save(olga, "10.0.0.1", name="Customers")
    save(sam, "10.0.0.2")
    assert sam.status == 409 and "This list was changed meanwhile" in sam.words and "10.0.0.1" in sam.words
    assert stored() == ("listed", ["10.0.0.1"])
    save(sam, "10.0.0.2")
    assert stored() == ("listed", ["10.0.0.2"])


def test_an_old_log_in_is_confirmed_in_the_form(sam: Browser, clock: time_machine.Traveller) -> None:
    clock.shift(16 * 60)
    sam.get(page_of_class("Customers"))
    typed = {"provider_access": "listed", "provider_ips": OFFICE, "address": ""}
    sam.submit("Save", proof="wrong", **typed)
    assert sam.status == 422 and error_at(sam, "proof") and OFFICE in sam.text and stored() == ("any", [])
    sam.submit("Save", proof="sams nine tall birches", **typed)
    assert stored() == ("listed", [OFFICE])


# --- The warning ------------------------------------------------------------------------------------------------------


@pytest.mark.manual("D110")
def test_a_list_that_would_refuse_people_is_saved_only_on_purpose(
    cast: Cast, sam: Browser, browser: Browser, browser_at: At
) -> None:
    browser.log_in("carl")
    browser_at("2001:db8:1:2::3").log_in("ivy")
    browser_at("198.51.100.7").log_in("ivy")
    save(sam, OFFICE, name="Customers")
    assert (sam.status, stored(), ways(sam)) == (409, ("any", []), ["Save as it is"])
    assert f"{WARNING} 2 people of this class" in sam.words
    assert f"Their last log-ins came from {HOME}, 2001:db8:1:2::/64." in sam.words
    assert "203.0.113.99" not in panel(sam), "nothing of who saves it, for whom it holds not"
    sam.submit("Save as it is")
    assert stored() == ("listed", [OFFICE])
    assert save(sam, OFFICE, name="Customers").status == 200, "what is refused already is no news"


def test_an_address_that_was_typed_and_not_added_stands_in_the_list_that_is_asked_about(
    cast: Cast, sam: Browser, browser: Browser
) -> None:
    browser.log_in("carl")
    sam.get(page_of_class("Customers")).submit("Save", provider_access="listed", address="198.51.100.7/24")
    assert sam.status == 409 and "The list is empty" not in sam.words
    assert f"198.51.100.7/24 is in the list as {OFFICE}." in panel(sam)
    assert field(sam, "address") == "" and stored() == ("any", [])
    sam.submit(f"Remove {OFFICE}").submit("Save", address=f"{HOME}; {OFFICE}")
    assert stored() == ("listed", [HOME, OFFICE])


def test_a_list_that_was_warned_of_is_mended_and_saved_or_given_up(cast: Cast, sam: Browser, browser: Browser) -> None:
    browser.log_in("carl")
    save(sam, OFFICE, name="Customers").follow("Cancel")
    assert (sam.path, stored(), "Not saved yet" in sam.words) == (page_of_class("Customers"), ("any", []), False)
    save(sam, OFFICE)
    save(sam, f"{OFFICE}\n{HOME}")
    assert (sam.status, stored()) == (200, ("listed", [HOME, OFFICE]))


def test_who_has_a_list_of_his_own_from_the_provider_is_not_counted(
    cast: Cast, sam: Browser, browser: Browser, browser_at: At
) -> None:
    browser.log_in("carl")
    users.change(cast.carl, {"provider_access": "any"}, cast.visit("sam"))
    assert save(sam, OFFICE, name="Customers").status == 200


@pytest.mark.parametrize(
    ("way", "texts", "status"),
    [("Add my address and save", [HOME, OFFICE], 200), ("Save as it is", [OFFICE], 403)],
)
def test_an_owner_whose_own_address_is_left_out_is_asked_first(
    cast: Cast, olga: Browser, way: str, texts: list[str], status: int
) -> None:
    save(olga, OFFICE, name="Staff")
    assert (olga.status, stored("Staff")) == (409, ("any", []))
    assert f"You are one of them: it does not include {HOME}, the address you are using now." in panel(olga)
    assert ways(olga) == ["Add my address and save", "Save as it is"]
    assert olga.get("/admin/classes").status == 200, "nothing is stored yet"
    save(olga, OFFICE, name="Staff").submit(way)
    assert stored("Staff") == ("listed", texts)
    assert olga.get("/admin/classes").status == status


def test_the_address_of_who_saves_it_is_offered_where_the_list_holds_for_him(
    cast: Cast, olga: Browser, app: Flask
) -> None:
    assert f"Your current address is {HOME}" in panel(olga.get(page_of_class("Staff")))
    olga.submit(f"Add {HOME}", provider_access="listed")
    olga.submit("Save", provider_access="listed")
    assert (olga.status, stored("Staff")) == (200, ("listed", [HOME]))
    assert "Your current address" not in panel(olga.get(page_of_class("Customers")))
    users.change(cast.olga, {"provider_access": "any"}, cast.visit("sam"))
    assert "Your current address" not in panel(olga.get(page_of_class("Staff")))


def test_in_the_account_of_another_it_is_the_address_at_the_keyboard_that_counts(cast: Cast, olga: Browser) -> None:
    """The list holds for the account's owner too, but not here and now; who helps him is who would be locked out."""
    users.change(cast.sam, {"class": "Customers"}, cast.visit("olga"))
    users.change(cast.olga, {"class": "Customers"}, cast.visit("olga"))
    AccountClass.update(two_factor="optional").execute()
    enter(olga, cast.sam)
    assert olga.get(page_of_class("Customers")).status == 404, "staff are in it"
    users.change(cast.sam, {"class": "Staff"}, cast.visit("olga"))
    users.change(cast.olga, {"class": "Staff"}, cast.visit("olga"))
    assert save(olga, OFFICE, name="Customers").status == 200


def test_no_way_past_the_warning_saves_a_list_that_is_wrong(sam: Browser) -> None:
    for way in ("add", "anyway", "leave"):
        for typed in ("", "10.0.0.300"):
            fields = {"provider_access": "listed", "provider_ips": typed, "way": way}
            sam.get(page_of_class("Customers")).post(f"{page_of_class('Customers')}/ips", fields)
            assert sam.status == 422
    assert stored() == ("any", [])


def test_a_way_that_was_not_offered_saves_nothing(olga: Browser) -> None:
    for way in ("leave", "both", "nonsense"):
        fields = {"provider_access": "listed", "provider_ips": OFFICE, "way": way}
        olga.get(page_of_class("Staff")).post(f"{page_of_class('Staff')}/ips", fields)
        assert (olga.status, stored("Staff")) == (409, ("any", []))


def test_the_panel_alone_is_a_page_for_who_has_no_script(sam: Browser) -> None:
    assert sam.get(f"{page_of_class('Customers')}/ips").h1 == "Allowed IP addresses of Customers"
    sam.submit("Save", provider_access="listed", provider_ips=OFFICE, address="")
    assert sam.path == page_of_class("Customers") and stored() == ("listed", [OFFICE])
