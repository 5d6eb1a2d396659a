"""Whom a change of a class touches: told before it is saved, and asked where it would stop people."""

from __future__ import annotations

import pytest
from flask import Flask

from domain import classes, users
from models import AccountClass, Kind
from tests.acts import error_at, fragment
from tests.blueprints.admin.test_classes import page_of_class, save
from tests.blueprints.admin.test_person import field
from tests.browser import Browser
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("clock")
ENROL = "would have to set up two-step authentication"


@pytest.fixture
def olga(cast: Cast, browser: Browser) -> Browser:
    return browser.log_in("olga")


@pytest.fixture
def sam(cast: Cast, app: Flask) -> Browser:
    return Browser(app).log_in("sam")


@pytest.fixture
def crowd(cast: Cast) -> None:
    """In the class of carl and ivy: three customers, one with a key, one told Yes and one told No on his own."""
    for login, policy in (("cora", "inherit"), ("carol", "yes"), ("cyril", "no")):
        users.change(users.create(login, cast.visit("olga")), {"two_factor": policy}, cast.visit("olga"))
    for login in ("carl", "ivy"):
        cast.enrol(login)


def told(browser: Browser) -> str:
    found = browser.page.find(id="classes-preview")
    assert found
    return " ".join(found.get_text(" ").split()).replace(" ,", ",")


def preview(browser: Browser, name: str, **fields: str) -> str:
    """As htmx asks at each change."""
    browser.get(page_of_class(name)).htmx("POST", f"{page_of_class(name)}/preview", fields)
    fragment(browser, "classes-preview")
    return told(browser)


@pytest.mark.usefixtures("crowd")
def test_the_numbers_are_those_of_the_people_with_individuals_among_them(olga: Browser) -> None:
    assert told(olga.get(page_of_class("Customers"))) == "5 people, 3 without two-step authentication"
    assert told(olga.get(page_of_class("Staff"))) == "2 people, 2 without two-step authentication, 1 is you"


@pytest.mark.usefixtures("crowd")
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"two_factor": "required"}, f"1 person {ENROL}"),
        ({"two_factor": "off"}, "2 keys would lie dormant: their codes are not asked for any more"),
        ({"two_factor": "optional"}, ""),
        ({"two_factor": "nonsense", "grace_days": "x"}, ""),
        ({}, ""),
    ],
)
def test_what_is_chosen_is_worked_out_before_it_is_saved(olga: Browser, typed: dict[str, str], said: str) -> None:
    """Who has a policy of his own is not touched."""
    assert preview(olga, "Customers", **typed) == f"5 people, 3 without two-step authentication {said}".strip()
    assert classes.by_name("Customers").two_factor == "optional"


def test_a_grace_that_becomes_shorter_is_told_and_asked_about(sam: Browser) -> None:
    AccountClass.update(two_factor="required", grace_days=7).where(AccountClass.name == "Customers").execute()
    assert ENROL not in preview(sam, "Customers", two_factor="required", grace_days="7")
    assert ENROL not in preview(sam, "Customers", two_factor="required", grace_days="14")
    assert f"2 people {ENROL}" in preview(sam, "Customers", two_factor="required", grace_days="0")
    assert save(sam.get(page_of_class("Customers")), grace_days="0").status == 409
    assert classes.by_name("Customers").grace_days == 7


def test_without_script_a_button_shows_the_same_and_keeps_what_was_typed(sam: Browser) -> None:
    sam.get(page_of_class("Customers")).submit("Preview", two_factor="required", idle_minutes="x", time_zone="Nowhere")
    assert sam.status == 200 and f"2 people {ENROL}" in told(sam)
    assert (field(sam, "idle_minutes"), field(sam, "time_zone")) == ("x", "Nowhere")
    assert sam.page.select_one("#classes-two-factor-required[checked]")
    save(sam, idle_minutes="30", time_zone="")
    assert sam.status == 409, "the preview counts as no save"


@pytest.mark.usefixtures("crowd")
def test_two_step_is_demanded_of_people_without_it_only_on_purpose(sam: Browser) -> None:
    typed = {"two_factor": "required", "grace_days": "14", "idle_minutes": "30", "time_zone": "Asia/Tokyo"}
    save(sam.get(page_of_class("Customers")), **typed)
    assert sam.status == 409 and f"1 person {ENROL}" in sam.panel("classes").get_text()
    assert f"1 person {ENROL}" in told(sam) and not sam.page.find(id="classes-save")
    assert (field(sam, "grace_days"), field(sam, "idle_minutes"), field(sam, "time_zone")) == ("14", "30", "Asia/Tokyo")
    assert classes.by_name("Customers").two_factor == "optional"
    sam.submit("Save for all 5 people of this class")
    stored = classes.by_name("Customers")
    assert (stored.two_factor, stored.grace_days, stored.idle_minutes) == ("required", 14, 30)
    assert sam.path == page_of_class("Customers") and ENROL not in told(sam)


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ("0", "They do it before any other page, from their next click on."),
        ("1", "They can put it off for 1 day from their first log-in."),
        ("14", "They can put it off for 14 days from their first log-in. Then they do it before any other page."),
    ],
)
def test_when_they_have_to_is_told_as_the_grace_has_it(sam: Browser, days: str, said: str) -> None:
    save(sam.get(page_of_class("Customers")), two_factor="required", grace_days=days)
    assert sam.status == 409 and said in sam.panel("classes").get_text()


@pytest.mark.parametrize(
    ("stored", "chosen", "said"),
    [
        ("optional", "off", "2 keys would lie dormant: their codes are not asked for any more"),
        ("required", "off", "2 keys would lie dormant: their codes are not asked for any more"),
        ("required", "optional", "Two-step authentication would no longer be required of 4 people"),
    ],
)
@pytest.mark.usefixtures("crowd")
def test_two_step_is_taken_from_people_only_on_purpose(
    cast: Cast, sam: Browser, stored: str, chosen: str, said: str
) -> None:
    """Who has a policy of his own is not counted."""
    users.create("cleo", cast.visit("olga"))
    AccountClass.update(two_factor=stored).where(AccountClass.name == "Customers").execute()
    assert said in preview(sam, "Customers", two_factor=chosen)
    save(sam.get(page_of_class("Customers")), two_factor=chosen)
    assert sam.status == 409 and said in sam.panel("classes").get_text() and not sam.page.find(id="classes-save")
    assert classes.by_name("Customers").two_factor == stored
    sam.submit("Save for all 6 people of this class")
    assert (sam.path, classes.by_name("Customers").two_factor) == (page_of_class("Customers"), chosen)


def test_it_is_not_taken_from_staff_in_silence_either(cast: Cast, browser: Browser) -> None:
    AccountClass.update(two_factor="required").where(AccountClass.name == "Staff").execute()
    olga = browser.log_in("olga", cast.enrol("olga"))
    for policy, said in (("off", "1 key would lie dormant"), ("optional", "no longer be required of 2 people")):
        save(olga.get(page_of_class("Staff")), two_factor=policy)
        assert olga.status == 409 and said in olga.panel("classes").get_text()
    assert classes.by_name("Staff").two_factor == "required"


@pytest.mark.usefixtures("crowd")
def test_who_was_asked_about_one_policy_is_asked_anew_about_another(sam: Browser) -> None:
    save(sam.get(page_of_class("Customers")), two_factor="off")
    sam.submit("Save for all 5 people of this class", two_factor="required")
    assert sam.status == 409 and f"1 person {ENROL}" in sam.panel("classes").get_text()
    assert classes.by_name("Customers").two_factor == "optional"


@pytest.mark.usefixtures("crowd")
def test_a_mistake_is_said_before_anybody_is_asked_whether_he_is_sure(sam: Browser) -> None:
    save(sam.get(page_of_class("Customers")), two_factor="required", time_zone="Nowhere")
    assert sam.status == 422 and error_at(sam, "time_zone") and not sam.page.find(id="classes-warning")


def test_nobody_is_asked_where_everybody_has_a_key_or_nobody_is(cast: Cast, sam: Browser) -> None:
    cast.enrol("rita")
    save(sam.get(page_of_class("Resellers")), two_factor="required")
    save(sam.get("/admin/classes/new").submit("Create", name="Gold"), two_factor="required")
    assert [classes.by_name(name).two_factor for name in ("Resellers", "Gold")] == ["required", "required"]


def test_who_demands_it_of_himself_is_told_and_led_to_it(cast: Cast, olga: Browser) -> None:
    save(olga.get(page_of_class("Staff")), two_factor="required")
    assert olga.status == 409 and "1 is you" in told(olga)
    olga.submit("Save for all 2 people of this class")
    assert "two-step" in olga.h1.lower() and olga.path != page_of_class("Staff")
    assert classes.by_name("Staff").two_factor == "required"


def test_whoever_may_not_touch_the_class_learns_no_number(sam: Browser, cast: Cast) -> None:
    users.create("nora", cast.visit("olga"), kind=Kind.STAFF)
    sam.get("/admin/classes").htmx("POST", f"{page_of_class('Staff')}/preview", {"two_factor": "required"})
    assert sam.status == 404 and "people" not in sam.text
