"""New individuals: the first password or the link to set one, dates and preferences, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
import time_machine

from models import Event, PasswordLink, User
from tests.acts import error_at
from tests.browser import Browser
from tests.cast import PASSWORDS, Cast

pytestmark = pytest.mark.usefixtures("clock")
At = Callable[[str], Browser]
NEW = "/admin/individuals/new"
GOOD = "nobodys nine green hats"
LIMIT = 1_000


@pytest.fixture
def carl(cast: Cast, browser: Browser) -> Browser:
    return browser.log_in("carl").get(NEW)


@pytest.fixture
def sam(cast: Cast, browser_at: At) -> Browser:
    return browser_at("192.0.2.20").log_in("sam").get(f"{NEW}?parent=carl")


def made(login: str) -> User:
    user: User = User.get(User.login == login)
    return user


def value(browser: Browser, name: str) -> str:
    return str(browser.page.find("input", {"name": name})["value"])


def link(browser: Browser) -> str:
    found = browser.page.find(id="new-users-made-link")
    assert found is not None, browser.words
    return found.get_text()


# --- The way of a new individual --------------------------------------------------------------------------------------


@pytest.mark.manual("C86", "C87", "D123")
def test_a_customer_makes_one_who_sets_his_password_by_the_link_and_logs_in(carl: Browser, browser_at: At) -> None:
    carl.submit("Create", login=" Dora ", name="Dora Dent", email="dora@dent.example")
    assert (carl.status, carl.h1, carl.response.headers["Cache-Control"]) == (201, "The login is made", "no-store")
    shown = link(carl)
    assert shown.startswith("http://127.0.0.1:8000/login/password/") and carl.text.count(shown) == 1
    assert "It works once, until 23.11.2026 12:00 UTC, and whoever has it sets the password." in carl.words
    dora = made("dora")
    assert (dora.kind, dora.parent.login, dora.role.name) == ("individual", "carl", "Full self-care")
    assert (dora.account_class, dora.password_hash, dora.must_change_password) == (
        dora.parent.account_class,
        None,
        False,
    )
    browser = browser_at("192.0.2.30").get(urlsplit(shown).path)
    browser.submit("Set password", new_password=GOOD, confirmation=GOOD).submit("Log in", password=GOOD)
    assert (browser.is_logged_in, "Dora Dent" in browser.get("/settings/profile").words) == (True, True)
    assert carl.follow("Individuals").path == "/settings/individuals"
    assert shown not in carl.get(f"/admin/individuals/{dora.id}").text


def test_the_log_names_who_made_it_and_holds_no_secret(carl: Browser) -> None:
    token = link(carl.submit("Create", login="dora")).rpartition("/")[2]
    made_, linked = Event.select().where(Event.subject == "dora").order_by(Event.id)
    assert (made_.tag, made_.actor) == ("account:user:created", "carl")
    assert (linked.tag, linked.actor) == ("account:password_link:made", "carl")
    assert token not in str(list(Event.select().tuples())) and token not in str(list(PasswordLink.select().tuples()))


@pytest.mark.parametrize(
    ("choice", "status", "has_password", "must_change"),
    [("generate", 201, True, True), ("type", 200, True, True), ("none", 200, False, False)],
)
def test_the_other_ways_to_a_first_password_are_there_too(
    carl: Browser, choice: str, status: int, has_password: bool, must_change: bool
) -> None:
    carl.submit("Create", login="dora", password=choice, new_password=GOOD if choice == "type" else "")
    dora = made("dora")
    assert carl.status == status and PasswordLink.select().count() == 0
    assert (dora.password_hash is not None, dora.must_change_password) == (has_password, must_change)
    assert GOOD not in carl.text


def test_others_get_a_link_too_but_a_password_is_usual(sam: Browser) -> None:
    sam.get("/admin/customers/new")
    assert sam.page.find("input", {"name": "password", "checked": True})["value"] == "generate"
    assert link(sam.submit("Create", login="dora", password="link"))
    assert (made("dora").kind, made("dora").password_hash) == ("customer", None)


# --- Dates and preferences --------------------------------------------------------------------------------------------


@pytest.mark.manual("R97")
def test_dates_are_typed_as_the_reader_writes_them_and_read_in_the_zone_of_the_individual(
    cast: Cast, browser: Browser
) -> None:
    User.update(input_format="MM/DD/YYYY HH12:MI AM", time_zone="America/New_York").where(
        User.login == "carl"
    ).execute()
    browser.log_in("carl").get(NEW)
    typed = {"activates_at": "12/01/2026 09:30 PM", "expires_at": "12/31/2026", "time_zone": "tokyo", "language": "de"}
    browser.submit("Create", login="dora", **typed)
    dora = made("dora")
    assert browser.status == 201, browser.words
    assert (dora.activates_at.isoformat(), dora.expires_at.isoformat()) == (
        "2026-12-01T12:30:00+00:00", "2026-12-31T15:00:00+00:00",
    ), "the last day counts whole"  # fmt: skip
    assert (dora.time_zone, dora.language) == ("Asia/Tokyo", "de")


@pytest.mark.parametrize("password", ["link", "none"])
def test_what_a_change_of_clocks_makes_of_a_time_is_said(carl: Browser, password: str) -> None:
    typed = {"activates_at": "28.03.2027 02:30", "time_zone": "Europe/Berlin"}
    carl.submit("Create", login="dora", password=password, **typed)
    assert "02:30 does not exist on that day in Europe/Berlin" in carl.words
    assert made("dora").activates_at.isoformat() == "2027-03-28T01:30:00+00:00"


def test_empty_means_always_and_as_the_class_has_it(cast: Cast, carl: Browser) -> None:
    carl.submit("Create", login="dora")
    dora = made("dora")
    assert (dora.activates_at, dora.expires_at, dora.time_zone, dora.language) == (None, None, None, None)


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("activates_at", "31.02.2027", "there is no day 31"),
        ("expires_at", "2027-12-31", "2027-12-31"),
        ("time_zone", "Atlantis", "There is no time zone Atlantis."),
        ("language", "xx", "xx is not a language of this portal."),
        ("login", "CARL", "The login carl is taken."),
        ("name", "x" * 121, "longer than 120 characters"),
        ("new_password", "too short", "Use at least 15 characters"),
    ],
)
def test_an_error_stands_at_its_field_and_everything_typed_is_kept_but_passwords(
    carl: Browser, field: str, typed: str, said: str
) -> None:
    kept = {
        "login": "dora",
        "name": "Dora Dent",
        "email": "dora@dent.example",
        "activates_at": "01.12.2026",
        "expires_at": "31.12.2026 18:00",
        "time_zone": "Asia/Tokyo",
    }
    before = User.select().count()
    carl.submit("Create", **{**kept, "password": "type", "new_password": GOOD, field: typed})
    assert (carl.status, User.select().count()) == (422, before)
    assert said in error_at(carl, field)
    for name in set(kept) - {field}:
        assert value(carl, name) == kept[name]
    assert carl.page.find("input", {"value": "type"}).has_attr("checked")
    assert GOOD not in carl.text and "too short" not in carl.text


# --- Limits -----------------------------------------------------------------------------------------------------------


def test_a_customer_has_a_thousand_and_no_more(cast: Cast, carl: Browser) -> None:
    ivy = cast.ivy
    common = {"kind": "individual", "parent": cast.carl, "role": ivy.role, "account_class": ivy.account_class}
    rows = [{**common, "login": f"p{n}", "created_at": ivy.created_at} for n in range(LIMIT - 2)]
    for start in range(0, len(rows), 100):
        User.insert_many(rows[start : start + 100]).execute()
    assert carl.submit("Create", login="dora").status == 201
    carl.get(NEW).submit("Create", login="emil", name="Emil")
    assert (carl.status, value(carl, "name")) == (422, "Emil")
    assert "carl has 1000 individuals, and no more are accepted." in carl.words
    assert User.select().where(User.parent == cast.carl).count() == LIMIT


def test_sent_twice_one_is_made_and_its_link_lives(carl: Browser) -> None:
    token = link(carl.submit("Create", login="dora")).rpartition("/")[2]
    carl.get(NEW).post("/admin/individuals", {"login": "dora"})
    assert (carl.status, error_at(carl, "login")) == (422, "Error: The login dora is taken.")
    assert carl.follow("Go on to dora").path == f"/admin/individuals/{made('dora').id}"
    assert (User.select().where(User.login == "dora").count(), PasswordLink.select().count()) == (1, 1)
    assert carl.get(f"/login/password/{token}").status == 200


@pytest.mark.parametrize("login", ["sam", "carl", "rita"])
def test_a_login_that_is_none_of_his_leads_nowhere(carl: Browser, login: str) -> None:
    carl.submit("Create", login=login)
    assert (carl.status, carl.has_button(f"Go on to {login}")) == (422, False)


def test_an_old_log_in_is_confirmed_in_the_form(sam: Browser, clock: time_machine.Traveller) -> None:
    clock.shift(16 * 60)
    sam.get(f"{NEW}?parent=carl").submit("Create", login="dora", proof="wrong", expires_at="31.12.2026")
    assert sam.status == 422 and "not correct" in error_at(sam, "proof")
    assert (value(sam, "parent"), value(sam, "expires_at")) == ("carl", "31.12.2026")
    assert sam.submit("Create", proof=PASSWORDS["sam"]).status == 201
