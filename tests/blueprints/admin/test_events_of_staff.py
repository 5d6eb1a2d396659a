"""What the audit log keeps from plain staff: roles and the class of staff are for Owners."""

from __future__ import annotations

import pytest
import time_machine

from domain import classes
from models import Role
from tests.blueprints.admin.log import entries, exported
from tests.blueprints.admin.role_pages import new_role, page_of, permits, save
from tests.blueprints.admin.test_classes import page_of_class
from tests.browser import Browser
from tests.cast import Cast


@pytest.fixture
def owner(clock: time_machine.Traveller, cast: Cast, browser: Browser) -> Browser:
    return browser.log_in("olga")


def sees(app_browser: Browser, word: str) -> tuple[bool, bool]:
    """On the page, and in the export."""
    page = any(word in " ".join(entry.values()) for entry in entries(app_browser.get("/admin/events")))
    return page, any(word in " ".join(row.values()) for row in exported(app_browser))


def change_roles(owner: Browser) -> None:
    """Made, changed, renamed and deleted; the names before and after are of roles that are no more."""
    for kind in ("staff", "self-care"):
        owner.get("/admin/roles/new").submit("Create", name=f"First {kind}", kind=kind)
        save(owner.get("/admin/roles"), f"First {kind}", "profile", kind=kind)
        owner.get(page_of(f"First {kind}")).submit("Save", name=f"Second {kind}")
        save(owner.get("/admin/roles"), f"Second {kind}", "activity", kind=kind)
        owner.get(page_of(f"Second {kind}", "/delete")).submit("Delete for good")
    assert not Role.select().where(Role.name.contains("staff"), Role.name != "Staff").exists()


def test_roles_of_staff_are_named_to_owners_alone(owner: Browser, browser_at: object) -> None:
    change_roles(owner)
    sam = browser_at("192.0.2.30").log_in("sam")  # type: ignore[operator]
    for word in ("First staff", "Second staff"):
        assert sees(owner, word) == (True, True)
        assert sees(sam, word) == (False, False)
    for word in ("First self-care", "Second self-care"):
        assert sees(owner, word) == sees(sam, word) == (True, True)


def test_changed_roles_of_staff_are_named_to_owners_alone(owner: Browser, browser_at: object) -> None:
    new_role("Night shift", kind="staff")
    save(owner.get("/admin/roles"), "Night shift", "profile", kind="staff")
    assert permits("Night shift") == {"profile"}
    sam = browser_at("192.0.2.30").log_in("sam")  # type: ignore[operator]
    assert (sees(owner, "Night shift"), sees(sam, "Night shift")) == ((True, True), (False, False))


def test_the_list_of_the_class_of_staff_is_told_to_owners_alone(owner: Browser, browser_at: object) -> None:
    sam = browser_at("192.0.2.30").log_in("sam")  # type: ignore[operator]
    for name, network in (("Staff", "192.0.2.0/24"), ("Customers", "198.51.100.0/24")):
        assert classes.by_name(name)
        owner.get(page_of_class(name)).submit("Save", address="", provider_access="listed", provider_ips=network)
        assert owner.status == 200, owner.words
    assert (sees(owner, "192.0.2.0/24"), sees(sam, "192.0.2.0/24")) == ((True, True), (False, False))
    assert sees(owner, "198.51.100.0/24") == sees(sam, "198.51.100.0/24") == (True, True)
