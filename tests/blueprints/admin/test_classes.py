"""Classes: what is shown and saved of them, and what they give."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import time_machine
from flask import Flask

from domain import classes, users
from models import AccountClass, Event
from tests.acts import error_at
from tests.blueprints.admin.test_person import field, page_of
from tests.browser import Browser
from tests.cast import Cast

Terminal = Callable[..., tuple[int, str]]

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def olga(cast: Cast, browser: Browser) -> Browser:
    return browser.log_in("olga")


@pytest.fixture
def sam(cast: Cast, app: Flask) -> Browser:
    return Browser(app).log_in("sam")


def page_of_class(name: str) -> str:
    return f"/admin/classes/{classes.by_name(name).id}"


def of(name: str) -> AccountClass:
    return classes.by_name(name)


def save(browser: Browser, **fields: str) -> Browser:
    """The policy and preferences, not the list beside them."""
    return browser.submit("Save", **{"name": field(browser, "name"), **fields})


def rows(browser: Browser) -> dict[str, str]:
    """The words of each class in the list."""
    found = browser.get("/admin/classes").page.select("tbody tr")
    return {row.select_one("a").get_text(): " ".join(row.get_text(" ").split()) for row in found}  # type: ignore[union-attr]


def changes() -> list[tuple[str, dict[str, str]]]:
    found = Event.select().where(Event.tag == "class:policy:changed").order_by(Event.id)
    return [(event.actor, json.loads(event.details)) for event in found]


# --- The list ---------------------------------------------------------------------------------------------------------


def test_the_list_tells_what_each_class_gives_and_to_how_many(cast: Cast, browser: Browser, terminal: Terminal) -> None:
    olga = browser.log_in("olga", cast.enrol("olga"))
    terminal("class", "set", "Staff", "two_factor=required", "grace_days=7")
    listed = ("provider_access=listed", "provider_ips=192.0.2.0/24; 10.0.0.1")
    terminal("class", "set", "Customers", "idle_minutes=30", "two_factor=off", *listed)
    assert rows(olga) == {
        "Customers": "Customers Built in Off 2 entries 30 minutes 2",
        "Resellers": "Resellers Built in Optional From any IP 1 hour (default) 1",
        "Staff": "Staff Built in Required, 7 days of grace From any IP 1 hour (default) 2",
    }


def test_a_list_that_is_switched_off_limits_nobody(sam: Browser, terminal: Terminal) -> None:
    terminal("class", "set", "Customers", "provider_access=any", "provider_ips=192.0.2.0/24")
    assert "From any IP" in rows(sam)["Customers"]


@pytest.mark.parametrize("login", ["rita", "carl", "ivy"])
def test_whoever_may_not_touch_classes_has_no_page_of_them(cast: Cast, browser: Browser, login: str) -> None:
    browser.log_in(login)
    for path in ("/admin/classes", "/admin/classes/new", page_of_class("Customers")):
        assert browser.get(path).status == 403, path
    assert not browser.get("/settings/security").page.find("a", href="/admin/classes")


# --- Making -----------------------------------------------------------------------------------------------------------


def test_a_new_class_is_made_by_its_name_and_given_to_somebody(cast: Cast, sam: Browser) -> None:
    sam.get("/admin/classes").follow("New class").submit("Create", name="  Gold ")
    assert (sam.h1, sam.path, field(sam, "two_factor")) == ("Gold", page_of_class("Gold"), "optional")
    sam.get(page_of(cast.carl)).submit("Save", **{"class": "Gold"})
    assert (cast.carl.account_class.name, cast.ivy.account_class.name) == ("Gold", "Gold")
    assert rows(sam)["Gold"] == "Gold Optional From any IP 1 hour (default) 2"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (" ", "Give the class a name."),
        ("Customers", "There is a class Customers already."),
        ("x" * 81, "longer than 80 characters"),
        ("a\u202eb", "only letters, digits, punctuation and blanks"),
    ],
)
def test_a_name_that_cannot_be_is_said_at_its_field(sam: Browser, name: str, said: str) -> None:
    sam.get("/admin/classes/new").submit("Create", name=name)
    assert sam.status == 422 and said in error_at(sam, "name")
    assert field(sam, "name") == name.strip("\n")
    assert AccountClass.select().count() == 3


def test_making_one_after_an_old_log_in_is_confirmed_in_the_form(sam: Browser, clock: time_machine.Traveller) -> None:
    clock.shift(16 * 60)
    sam.get("/admin/classes/new").submit("Create", name="Gold", proof="wrong")
    assert sam.status == 422 and error_at(sam, "proof") and field(sam, "name") == "Gold"
    assert AccountClass.select().count() == 3
    sam.submit("Create", proof="sams nine tall birches")
    assert sam.path == page_of_class("Gold")


# --- Saving -----------------------------------------------------------------------------------------------------------


def test_everything_of_the_form_is_saved_and_told_in_one_event(sam: Browser) -> None:
    typed = {"two_factor": "optional", "grace_days": "3", "idle_minutes": "45", "time_zone": "Europe/Berlin"}
    formats = {"output_format": "own", "own_output_format": "YYYY-MM-DD HH24:MI", "input_format": "DD.MM.YYYY HH24:MI"}
    save(sam.get(page_of_class("Customers")), language="de", **typed, **formats)
    assert sam.status == 200 and "Saved." in sam.words
    stored = of("Customers")
    assert (stored.grace_days, stored.idle_minutes, stored.language) == (3, 45, "de")
    assert (stored.time_zone, stored.output_format) == ("Europe/Berlin", "YYYY-MM-DD HH24:MI")
    [(actor, changed)] = changes()
    assert (actor, changed["idle_minutes"], changed["grace_days"]) == ("sam", " → 45", "0 → 3")
    assert "Nothing changed." in save(sam).words and len(changes()) == 1
    assert "idle_minutes:" in sam.get("/admin/events?event=authority").words


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("grace_days", "-1", "-1 is not a number from 0 to 10000."),
        ("grace_days", "", "Write a number from 0 to 10000."),
        ("idle_minutes", "1.5", "1.5 is not a number"),
        ("idle_minutes", "９", "９ is not a number"),
        ("time_zone", "Budapest Time", "Budapest Time"),
        ("language", "xx", "xx is not a language"),
        ("output_format", "HH12:MI", ""),
        ("name", "Resellers", "There is a class Resellers already."),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_everything_typed_is_kept(
    sam: Browser, name: str, typed: str, said: str
) -> None:
    sam.get("/admin/classes/new").submit("Create", name="Gold")
    beside = {"time_zone": "Asia/Tokyo", "idle_minutes": "20"} | {name: typed}
    sam.post(page_of_class("Gold"), {"two_factor": "off", **beside})
    at = f"own_{name}" if name == "output_format" else name
    assert sam.status == 422 and said in error_at(sam, at) and not error_at(sam, at).startswith(f"{name}:")
    for column, value in beside.items():
        assert field(sam, f"own_{column}" if column == "output_format" else column) == value
    assert (of("Gold").two_factor, of("Gold").time_zone) == ("optional", None)


def test_what_is_built_in_keeps_its_name(sam: Browser) -> None:
    assert "Built in" in sam.get(page_of_class("Customers")).words
    assert sam.page.select_one("#classes-name[readonly]")
    save(sam, name="Clients")
    assert (sam.status, "Customers is built in" in sam.words) == (409, True)
    assert AccountClass.select().where(AccountClass.name == "Clients").count() == 0


def test_two_who_change_different_fields_at_once_both_have_their_way(sam: Browser, olga: Browser) -> None:
    sam.get(page_of_class("Customers"))
    save(olga.get(page_of_class("Customers")), idle_minutes="15")
    save(sam, time_zone="Europe/Paris")
    assert (of("Customers").idle_minutes, of("Customers").time_zone) == (15, "Europe/Paris")


def test_of_two_who_change_the_same_the_second_is_told_and_decides(sam: Browser, olga: Browser) -> None:
    sam.get(page_of_class("Customers"))
    save(olga.get(page_of_class("Customers")), idle_minutes="15", two_factor="off", language="de")
    save(sam, idle_minutes="20", two_factor="optional", time_zone="Europe/Paris")
    assert (sam.status, of("Customers").time_zone) == (409, None)
    assert "olga has set this to 15 meanwhile" in error_at(sam, "idle_minutes")
    assert (field(sam, "idle_minutes"), field(sam, "language"), field(sam, "time_zone")) == ("20", "de", "Europe/Paris")
    save(sam)
    assert (sam.status, of("Customers").idle_minutes, of("Customers").two_factor) == (200, 20, "off")


def test_the_policy_that_another_has_chosen_meanwhile_is_named(sam: Browser, olga: Browser) -> None:
    sam.get(page_of_class("Resellers"))
    save(olga.get(page_of_class("Resellers")), two_factor="off")
    save(sam, two_factor="required")
    assert sam.status == 409 and "olga has set this to Off meanwhile" in sam.words
    assert of("Resellers").two_factor == "off"


def test_an_old_log_in_is_confirmed_in_the_form(sam: Browser, clock: time_machine.Traveller) -> None:
    clock.shift(16 * 60)
    save(sam.get(page_of_class("Customers")), idle_minutes="20", proof="wrong")
    assert sam.status == 422 and error_at(sam, "proof") and field(sam, "idle_minutes") == "20"
    save(sam, proof="sams nine tall birches")
    assert of("Customers").idle_minutes == 20


# --- What it gives ----------------------------------------------------------------------------------------------------


@pytest.mark.manual("C66")
def test_who_takes_it_from_the_class_has_the_new_policy_at_once_and_sees_whose_it_is(
    cast: Cast, sam: Browser, browser_at: Callable[[str], Browser]
) -> None:
    carl = browser_at("198.51.100.7").log_in("carl")
    save(sam.get(page_of_class("Customers")), two_factor="off")
    carl.get("/settings/security")
    assert "Your provider has switched off one-time passwords for this login." in carl.words
    assert "As defined by the customer class (No)" in sam.get(page_of(cast.carl)).words


@pytest.mark.manual("R94")
def test_a_class_may_hold_resellers_and_holds_for_their_customers_not(cast: Cast, sam: Browser) -> None:
    save(sam.get("/admin/classes/new").submit("Create", name="Partners"), two_factor="off")
    users.change(cast.rita, {"class": "Partners"}, cast.visit("sam"))
    users.create("ron", cast.visit("sam"), parent="rita")
    assert rows(sam)["Partners"].endswith("Off From any IP 1 hour (default) 1")
    save(sam.get(page_of_class("Partners")), two_factor="required")
    assert sam.status == 409 and "1 person would have to set up two-step authentication" in sam.words


def test_an_idle_time_shortens_sessions_at_the_next_request_and_never_lengthens_them(
    sam: Browser, cast: Cast, clock: time_machine.Traveller, app: Flask
) -> None:
    carl, ivy = Browser(app).log_in("carl"), Browser(app).log_in("ivy")
    rita = Browser(app).log_in("rita")
    save(sam.get(page_of_class("Customers")), idle_minutes="20")
    save(sam.get(page_of_class("Resellers")), idle_minutes="600")
    clock.shift(19 * 60)
    assert carl.is_logged_in
    clock.shift(2 * 60)
    assert carl.is_logged_in and not ivy.is_logged_in
    clock.shift(40 * 60)
    assert not rita.is_logged_in


def test_an_idle_time_beyond_that_of_the_installation_is_saved_and_said_to_have_no_effect(sam: Browser) -> None:
    remark = "Sessions end after 1 hour all the same: the setting of this installation."
    for minutes, is_said in (("60", False), ("61", True), ("", False)):
        save(sam.get(page_of_class("Customers")), idle_minutes=minutes)
        assert ("Saved." in sam.words, remark in sam.words) == (True, is_said)
    save(sam.get(page_of_class("Customers")), idle_minutes="600")
    assert of("Customers").idle_minutes == 600
    assert remark not in save(sam, language="de").words, "it was told when it was saved"


def test_the_language_of_a_class_is_that_of_its_people(sam: Browser, browser: Browser, cast: Cast) -> None:
    save(sam.get(page_of_class("Customers")), language="de")
    page = browser.log_in("carl").get("/settings/security").page
    assert page.html and page.html["lang"] == "de"
