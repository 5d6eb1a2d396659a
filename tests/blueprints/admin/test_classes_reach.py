"""Who touches which class, and how one ends."""

from __future__ import annotations

import pytest
from flask import Flask

from domain import users
from models import AccountClass, Event, Kind
from tests.acts import enter
from tests.blueprints.admin.test_classes import Terminal, changes, of, page_of_class, rows
from tests.browser import Browser
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def olga(cast: Cast, browser: Browser) -> Browser:
    return browser.log_in("olga")


@pytest.fixture
def sam(cast: Cast, app: Flask) -> Browser:
    return Browser(app).log_in("sam")


# --- Who touches which ------------------------------------------------------------------------------------------------


def test_the_class_of_staff_and_whichever_staff_are_in_is_for_owners(cast: Cast, sam: Browser, olga: Browser) -> None:
    olga.get("/admin/classes/new").submit("Create", name="Night shift")
    users.create("nora", cast.visit("olga"), kind=Kind.STAFF)
    assert "Night shift" in rows(sam)
    users.change(users.find("nora"), {"class": "Night shift"}, cast.visit("olga"))
    sam.get("/admin/classes/new")
    for name in ("Staff", "Night shift"):
        path = page_of_class(name)
        assert olga.get(path).status == 200
        for answer in (sam.get(path), sam.get(f"{path}/ips"), sam.get(f"{path}/delete")):
            assert answer.status == 404
        sam.get("/admin/classes/new")
        for end in ("", "/preview", "/delete", "/ips", "/ips/draft"):
            sam.get("/admin/classes/new").post(path + end, {"two_factor": "off", "provider_access": "any"})
            assert sam.status == 404, end
    assert set(rows(sam)) == {"Customers", "Resellers"}
    assert set(rows(olga)) == {"Customers", "Resellers", "Staff", "Night shift"}


def test_an_owner_in_the_account_of_plain_staff_touches_no_more_than_they(cast: Cast, olga: Browser) -> None:
    enter(olga, cast.sam)
    assert set(rows(olga)) == {"Customers", "Resellers"}
    assert olga.get(page_of_class("Staff")).status == 404


def test_who_only_looks_reads_a_class_and_changes_nothing(cast: Cast, olga: Browser) -> None:
    enter(olga, cast.sam, "view")
    olga.get(page_of_class("Customers"))
    assert olga.status == 200 and not olga.has_button("Save") and not olga.has_button("Delete …")
    assert not olga.has_button("New class") and olga.page.select_one("#classes-panel fieldset[disabled]")
    before = Event.select().count()
    for end in ("", "/ips", "/delete"):
        assert olga.post(page_of_class("Customers") + end, {"two_factor": "off"}).status == 403
    assert (of("Customers").two_factor, len(changes())) == ("optional", 0)
    assert Event.select().count() == before


@pytest.mark.parametrize("path", ["/admin/classes/999", "/admin/classes/999/delete", "/admin/classes/999/ips"])
def test_a_class_that_is_not_there_is_no_page(sam: Browser, path: str) -> None:
    assert sam.get(path).status == 404


# --- The end ----------------------------------------------------------------------------------------------------------


def test_a_class_that_nobody_has_is_deleted_with_its_list(sam: Browser, terminal: Terminal) -> None:
    sam.get("/admin/classes/new").submit("Create", name="Gold")
    terminal("class", "set", "Gold", "provider_access=listed", "provider_ips=192.0.2.1")
    sam.get(page_of_class("Gold")).follow("Delete …").submit("Delete for good")
    assert sam.path == "/admin/classes" and "Gold" not in rows(sam)
    assert "Gold" in sam.get("/admin/events?event=authority").words


def test_a_class_in_use_is_not_deleted_and_names_who_uses_it(cast: Cast, sam: Browser) -> None:
    sam.get("/admin/classes/new").submit("Create", name="Gold")
    form = sam.follow("Delete …")
    users.change(cast.carl, {"class": "Gold"}, cast.visit("olga"))
    form.submit("Delete for good")
    assert sam.status == 409 and "carl, ivy have this class. Give them another one first." in sam.words
    assert not sam.has_button("Delete for good")
    assert sam.get(page_of_class("Gold")).button("Delete …").has_attr("disabled")
    assert of("Gold").id


def test_what_is_built_in_stays(olga: Browser) -> None:
    for name in ("Staff", "Resellers", "Customers"):
        assert olga.get(page_of_class(name)).button("Delete …").has_attr("disabled")
        assert not olga.get(f"{page_of_class(name)}/delete").has_button("Delete for good")
        assert f"{name} is built in" in olga.words
        assert olga.post(f"{page_of_class(name)}/delete").status == 409
    assert AccountClass.select().count() == 3
