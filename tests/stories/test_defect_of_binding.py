"""The defect of the model: a bound session that even the administrator could not get into. How it goes here."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from models import Event, User
from tests.browser import Browser
from tests.cast import Cast

At = Callable[[str], Browser]
Terminal = Callable[..., tuple[int, str]]
OLD, NEW, OFFICE, ELSEWHERE = "10.0.0.5", "10.0.0.6", "192.0.2.9", "192.0.2.77"
DENIED = "Access from this IP denied"


@pytest.fixture
def carl_is_locked_out(cast: Cast, browser_at: At) -> Browser:
    """He limited himself to the address he had, and bound his session to it; now he has another one."""
    carl = browser_at(OLD).log_in("carl")
    carl.submit("Save", access="listed", trusted_ips=OLD)
    carl.submit("Save", bind_session="yes")
    carl.address = NEW
    assert (carl.get("/settings/security").status, DENIED in carl.words) == (403, True)
    carl.address = OLD
    assert carl.get("/settings/security").status == 200
    carl.address = NEW
    again = browser_at(NEW).log_in("carl")
    assert (again.status, DENIED in again.words) == (403, True)
    return again


def find_carl(browser: Browser) -> Browser:
    """Customers → carl."""
    browser.get("/admin/customers?q=carl")
    return browser.follow("Carl Cole")


@pytest.mark.manual("A6", "A7", "A8", "A10", "A18", "A20")
@pytest.mark.parametrize("staff", ["sam", "olga"])
def test_staff_log_in_to_him_and_set_from_any_ip(
    staff: str, cast: Cast, browser_at: At, carl_is_locked_out: Browser
) -> None:
    helper = find_carl(browser_at(OFFICE).log_in(staff))
    helper.submit("Log in as Carl Cole")
    assert (helper.status, helper.h1) == (200, "Security")
    assert f"You are logged in as Carl Cole ( carl ), recorded as {staff} ." in helper.words
    assert helper.page.find(attrs={"name": "access", "value": "listed", "checked": True})
    helper.submit("Save", access="any")
    assert "Saved. Access from any IP." in helper.words
    switch = helper.page.find(attrs={"name": "bind_session"})
    assert switch.has_attr("checked")
    helper.post("/settings/bind-session", {})
    assert "Bind session to IP is off." in helper.words
    helper.submit(f"Return to {staff}")
    assert (helper.h1, helper.path) == ("Carl Cole", f"/admin/customers/{cast.carl.id}")
    assert carl_is_locked_out.log_in("carl").h1 == "Security"
    changed = Event.get(Event.tag == "account:trusted_ips:changed", Event.actor == staff)
    assert (changed.subject, changed.while_acting, changed.address) == ("carl", True, OFFICE)


@pytest.mark.manual("A18")
def test_with_binding_alone_he_just_logs_in_again(cast: Cast, browser_at: At) -> None:
    carl = browser_at(OLD).log_in("carl")
    carl.submit("Save", bind_session="yes")
    assert browser_at(NEW).log_in("carl").h1 == "Security"
    helper = find_carl(browser_at(OFFICE).log_in("sam"))
    assert helper.submit("Log in as Carl Cole").h1 == "Security"


@pytest.mark.manual("A19", "A20")
def test_one_click_each_undoes_it_without_logging_in_to_him(
    cast: Cast, browser_at: At, carl_is_locked_out: Browser
) -> None:
    helper = find_carl(browser_at(OFFICE).log_in("sam"))
    helper.submit("From any IP")
    helper.submit("Turn off")
    assert not cast.carl.bind_session
    assert carl_is_locked_out.log_in("carl").h1 == "Security"


@pytest.mark.manual("A5", "A13", "A14", "A19")
def test_the_terminal_undoes_it_too(
    cast: Cast, browser_at: At, carl_is_locked_out: Browser, terminal: Terminal
) -> None:
    for verb in ("ip", "unbind"):
        assert terminal("recover", verb, "carl")[0] == 0
    carl = carl_is_locked_out.log_in("carl")
    assert carl.h1 == "Security"
    assert carl.page.find(attrs={"name": "access", "value": "any", "checked": True})
    tags = {event.tag for event in Event.select().where(Event.actor.startswith("console:"))}
    assert {"account:trusted_ips:changed", "account:binding:disabled"} <= tags


@pytest.mark.manual("A6")
def test_his_helpers_own_rules_hold_for_the_helper(cast: Cast, browser_at: At) -> None:
    User.update(bind_session=True).where(User.login == "sam").execute()
    helper = find_carl(browser_at(OFFICE).log_in("sam")).submit("Log in as Carl Cole")
    helper.address = ELSEWHERE
    helper.get("/settings/security")
    assert (helper.status, DENIED in helper.words) == (403, True)
    assert "Carl" not in helper.words
    helper.address = OFFICE
    assert helper.get("/settings/security").h1 == "Security"
    refused = Event.get(Event.tag == "access:session:denied")
    assert (refused.subject, refused.actor, refused.address) == ("sam", "sam", ELSEWHERE)
