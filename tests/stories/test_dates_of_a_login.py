"""Activation and expiry: in the time zone of whose login it is, to the minute, and said in his format and language."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from time_machine import Traveller

from tests.browser import Browser
from tests.cast import Cast

Terminal = Callable[..., tuple[int, str]]


@pytest.mark.manual("D122")
def test_a_login_expires_when_the_day_ends_where_its_owner_lives(
    terminal: Terminal, browser: Browser, cast: Cast, clock: Traveller
) -> None:
    terminal("user", "set", "carl", "time_zone=Pacific/Chatham", "expires_at=2026-11-21", "output_format=D MON YYYY")
    clock.move_to("2026-11-21T10:14:00Z")  # 23:59 there
    assert browser.log_in("carl").h1 == "Security"
    assert "active" in terminal("user", "list")[1].splitlines()[0]
    clock.move_to("2026-11-21T10:15:00Z")
    assert browser.get("/settings/security").status == 403
    assert "The login expired on 22 Nov 2026; contact support" in browser.text
    assert "expired" in terminal("user", "list")[1].splitlines()[0]
    assert browser.log_in("ivy").status == 403, "what blocks a customer blocks his individuals"


@pytest.mark.manual("D122")
def test_a_login_becomes_active_when_the_day_begins_there(
    terminal: Terminal, browser: Browser, cast: Cast, clock: Traveller
) -> None:
    terminal("class", "set", "Customers", "time_zone=America/St_Johns")
    terminal("user", "set", "carl", "activates_at=2026-11-21")
    clock.move_to("2026-11-21T03:29:00Z")
    assert browser.log_in("carl").status == 403
    clock.move_to("2026-11-21T03:30:00Z")
    assert browser.log_in("carl").h1 == "Security"
