"""The page of one person: what is shown and saved of him, and two who save at once."""

from __future__ import annotations

import json

import pytest
import time_machine
from flask import Flask

from domain import users
from models import AccountClass, Event, User
from tests.acts import error_at
from tests.browser import Browser
from tests.cast import PASSWORDS, Cast

PATHS = {"staff": "staff", "reseller": "resellers", "customer": "customers", "individual": "individuals"}

pytestmark = pytest.mark.usefixtures("clock")


def page_of(user: User) -> str:
    return f"/admin/{PATHS[user.kind]}/{user.id}"


@pytest.fixture
def olga(cast: Cast, browser: Browser) -> Browser:
    return browser.log_in("olga")


@pytest.fixture
def sam(cast: Cast, app: Flask) -> Browser:
    return Browser(app).log_in("sam")


def field(browser: Browser, name: str) -> str:
    found = browser.page.select_one(f'main [name="{name}"]')
    assert found is not None, name
    chosen = found.select_one("option[selected]") or found
    return str(chosen.get("value", chosen.get_text()))


def save(browser: Browser, **fields: str) -> Browser:
    """The form of the person; other panels have a Save of their own."""
    return browser.submit("Save", **{"login": field(browser, "login"), **fields})


# --- What is shown ----------------------------------------------------------------------------------------------------


@pytest.mark.manual("C46", "C47", "R88", "R89")
@pytest.mark.parametrize("login", ["carl", "rita", "ivy", "sam", "olga"])
def test_everybody_has_one_page_with_credentials_and_settings(cast: Cast, olga: Browser, login: str) -> None:
    user = getattr(cast, login)
    assert olga.get(page_of(user)).status == 200
    assert (olga.h1, field(olga, "login")) == (user.name or login, login)
    for name in ("name", "email", "role", "time_zone", "language", "output_format", "input_format", "expires_at"):
        assert field(olga, name) is not None
    assert user.password_hash not in olga.text


@pytest.mark.parametrize(
    ("login", "columns"),
    [("carl", {"class", "parent"}), ("rita", {"class"}), ("ivy", set()), ("sam", {"class"}), ("olga", set())],
)
def test_each_kind_has_its_fields(cast: Cast, olga: Browser, login: str, columns: set[str]) -> None:
    olga.get(page_of(getattr(cast, login)))
    names = {str(tag["name"]) for tag in olga.page.select("#person-form [name]")}
    assert names & {"class", "parent"} == columns
    assert ("two_factor" in names, "bind_session" in names) == (login != "olga", login != "olga")


@pytest.mark.manual("C66")
def test_what_the_class_gives_is_shown_and_what_holds(cast: Cast, sam: Browser) -> None:
    for policy, shown, holds in (
        ("required", "(Yes)", "Now required by the customer class."),
        ("off", "(No)", "Now switched off by the customer class"),
        ("optional", "(Optional)", "Now optional, as defined by the customer class."),
    ):
        AccountClass.update(two_factor=policy).where(AccountClass.name == "Customers").execute()
        sam.get(page_of(cast.carl))
        assert f"As defined by the customer class {shown}" in sam.words
        assert holds in sam.words
    sam.submit("Save", two_factor="yes")
    assert "Now required for this login." in sam.words and "Required, not set up yet." in sam.words


def test_individuals_of_a_customer_stand_on_its_page(cast: Cast, sam: Browser) -> None:
    sam.get(page_of(cast.carl)).follow("Ivy")
    assert (sam.h1, sam.path) == ("Ivy", page_of(cast.ivy))
    assert sam.follow("Individual of Carl Cole").h1 == "Carl Cole"


# --- Saving -----------------------------------------------------------------------------------------------------------


def test_only_what_was_changed_is_written(cast: Cast, sam: Browser) -> None:
    sam.get(page_of(cast.carl)).submit("Save", name="Carl C.", email="c@c.example", bind_session="yes")
    assert (cast.carl.name, cast.carl.email, cast.carl.bind_session) == ("Carl C.", "c@c.example", True)
    [changed] = [e for e in Event.select() if e.tag == "account:user:changed" and e.subject == "carl"]
    assert (changed.actor, sorted(json.loads(changed.details))) == ("sam", ["email", "name"])
    events = Event.select().count()
    assert "Nothing changed." in sam.submit("Save", name="Carl C.").words
    assert Event.select().count() == events


@pytest.mark.manual("C47")
def test_a_login_is_renamed_and_its_sessions_stay(cast: Cast, sam: Browser, browser: Browser) -> None:
    browser.log_in("carl")
    sam.get(page_of(cast.carl)).submit("Save", login=" Carl.COLE ")
    assert (field(sam, "login"), browser.is_logged_in) == ("carl.cole", True)
    sam.submit("Save", login="rita")
    assert (sam.status, error_at(sam, "login")) == (422, "Error: The login rita is taken.")
    sam.submit("Save", login="a b", name="Kept")
    assert "A login has 1 to 64 characters" in error_at(sam, "login")
    assert (field(sam, "name"), User.get(User.login == "carl.cole").name) == ("Kept", "Carl Cole")


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("time_zone", "Nowhere", "There is no time zone"),
        ("expires_at", "31.02.2027", "has 28 days"),
        ("activates_at", "soon", "is not a date"),
        ("parent", "carl", "There is no reseller carl."),
        ("output_format", "DD.MM", "is not accepted"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(
    cast: Cast, sam: Browser, name: str, typed: str, said: str
) -> None:
    fields = {name: typed, "email": "new@cole.example"}
    if name == "output_format":
        fields, name, said = (
            {"email": "new@cole.example", name: "own", "own_output_format": typed},
            f"own_{name}",
            "YYYY",
        )
    sam.get(page_of(cast.carl)).submit("Save", **fields)
    assert (sam.status, said in error_at(sam, name)) == (422, True), error_at(sam, name)
    assert (field(sam, "email"), cast.carl.email) == ("new@cole.example", "carl@cole.example")


def test_dates_are_read_in_the_zone_of_whose_login_it_is_and_in_the_readers_format(cast: Cast, sam: Browser) -> None:
    users.change(
        cast.sam, {"input_format": "MM/DD/YYYY HH12:MI AM", "time_zone": "America/New_York"}, cast.visit("sam")
    )
    users.change(cast.carl, {"time_zone": "Pacific/Chatham"}, cast.visit("sam"))
    sam.get(page_of(cast.carl)).submit("Save", activates_at="11/20/2026 09:30 AM", expires_at="12/31/2026")
    assert users.shown(cast.carl, "activates_at") == "2026-11-19T19:45:00+00:00"
    assert users.shown(cast.carl, "expires_at") == "2026-12-31T10:15:00+00:00", "through the whole of that day there"
    assert (field(sam, "activates_at"), field(sam, "expires_at")) == ("11/20/2026 09:30 AM", "12/31/2026")
    assert "Nothing changed." in save(sam).words
    sam.submit("Save", expires_at="")
    assert cast.carl.expires_at is None


def test_a_time_that_the_clocks_skip_is_moved_and_told(cast: Cast, sam: Browser) -> None:
    users.change(cast.carl, {"time_zone": "Europe/Berlin"}, cast.visit("sam"))
    sam.get(page_of(cast.carl)).submit("Save", expires_at="28.03.2027 02:30")
    assert "02:30 does not exist on that day in Europe/Berlin" in sam.words
    assert users.shown(cast.carl, "expires_at") == "2027-03-28T01:30:00+00:00"


def test_a_customer_is_moved_to_a_reseller_and_his_own_resellers_move_nobody(
    cast: Cast, sam: Browser, app: Flask
) -> None:
    sam.get(page_of(cast.carl))
    assert [(o["value"], o.get_text()) for o in sam.page.select("#person-resellers option")] == [("rita", "Rita Reyes")]
    sam.submit("Save", parent="rita")
    assert cast.carl.parent == cast.rita and "Carl Cole is a customer of Rita Reyes now." in sam.words
    rita = Browser(app).log_in("rita").get(page_of(cast.carl))
    rita.post(page_of(cast.carl), {"parent": "", "name": "Hers"})
    assert (cast.carl.parent, cast.carl.name) == (cast.rita, "Hers")


# --- Two at once ------------------------------------------------------------------------------------------------------


def test_two_who_change_different_fields_both_keep_theirs(cast: Cast, sam: Browser, olga: Browser) -> None:
    olga.get(page_of(cast.carl))
    sam.get(page_of(cast.carl)).submit("Save", name="Of Sam")
    assert olga.submit("Save", email="of@olga.example").status == 200
    assert (cast.carl.name, cast.carl.email) == ("Of Sam", "of@olga.example")


@pytest.mark.parametrize(
    ("column", "first", "second", "said"),
    [
        ("name", "Of Sam", "Of Olga", "sam has set this to Of Sam meanwhile."),
        ("role", "Billing only", "Full self-care", ""),
        ("two_factor", "yes", "no", "sam has chosen Yes meanwhile."),
        ("email", "", "of@olga.example", "sam has emptied this meanwhile."),
        ("time_zone", "Berlin", "Paris", "sam has set this to Europe/Berlin meanwhile."),
        ("expires_at", "31.12.2026", "01.01.2028", "sam has set this to 01.01.2027 00:00 UTC meanwhile."),
    ],
)
def test_a_field_that_both_changed_is_shown_with_both_values_and_saving_again_is_his_word(
    cast: Cast, sam: Browser, olga: Browser, column: str, first: str, second: str, said: str
) -> None:
    olga.get(page_of(cast.carl))
    sam.get(page_of(cast.carl)).submit("Save", **{column: first, "bind_session": "yes"})
    stored = users.shown(cast.carl, column)
    olga.submit("Save", **{column: second})
    if not said:  # what olga has not touched is not hers to put back
        assert (olga.status, users.shown(cast.carl, column)) == (200, stored)
        return
    assert (olga.status, users.shown(cast.carl, column)) == (409, stored)
    assert said in error_at(olga, column)
    assert (field(olga, column), cast.carl.bind_session) == (second, True)
    assert save(olga).status == 200
    assert (users.shown(cast.carl, column) != stored, cast.carl.bind_session) == (True, True), "hers, and his binding"


# --- Confirm it's you -------------------------------------------------------------------------------------------------


def test_a_save_after_a_while_asks_for_proof_and_keeps_what_was_typed(
    cast: Cast, sam: Browser, clock: time_machine.Traveller
) -> None:
    clock.shift(16 * 60)
    save(sam.get(page_of(cast.carl)), name="New", proof="wrong")
    assert (sam.status, field(sam, "name"), cast.carl.name) == (422, "New", "Carl Cole")
    assert "That password or one-time password is not correct." in error_at(sam, "proof")
    assert save(sam, proof=PASSWORDS["sam"]).status == 200
    assert cast.carl.name == "New"
