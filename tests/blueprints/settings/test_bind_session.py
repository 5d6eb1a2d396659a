"""Bind session to IP: the switch, what it says, and that whoever presses it is never thrown out."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from models import Event, Session
from tests.acts import fragment, thief_of
from tests.browser import Browser
from tests.cast import HOME, Cast

pytestmark = pytest.mark.usefixtures("clock")
At = Callable[[str], Browser]
PAGE, SWITCH = "/settings/security", "/settings/bind-session"
ELSEWHERE = "198.51.100.7"


@pytest.fixture
def environ(environ: dict[str, str], request: pytest.FixtureRequest) -> dict[str, str]:
    return environ | getattr(request, "param", {})


@pytest.fixture
def carl(cast: Cast, browser: Browser) -> Browser:
    return browser.log_in("carl")


def switch_on(browser: Browser) -> Browser:
    return browser.get(PAGE).submit("Save", bind_session="yes")


def is_on(browser: Browser) -> bool:
    box = browser.get(PAGE).panel("bind-session").find("input", {"type": "checkbox", "name": "bind_session"})
    assert box
    return box.has_attr("checked")  # type: ignore[union-attr]


def at(browser: Browser, address: str) -> bool:
    """Whether the browser gets in from there."""
    browser.address, before = address, browser.address
    try:
        return browser.is_logged_in
    finally:
        browser.address = before


@pytest.mark.manual("A1", "A15")
def test_the_switch_has_its_label_and_says_what_it_binds_to(carl: Browser) -> None:
    panel = carl.get(PAGE).panel("bind-session")
    box = panel.find("input", {"type": "checkbox"})
    assert panel.find("label", {"for": box["id"]}).get_text() == "Bind session to IP"  # type: ignore[index,union-attr]
    said = " ".join(panel.get_text(" ").split())
    assert "Your session can be used only from the address you logged in from." in said
    assert "It is bound to IPv4 exactly, IPv6 by its /64 network." in said
    assert not is_on(carl)


@pytest.mark.parametrize("environ", [{"POSTERN_BIND_IPV6_EXACT": "yes"}], indirect=True)
def test_where_ipv6_is_exact_it_says_so(carl: Browser) -> None:
    assert "It is bound to IPv4 and IPv6 exactly." in carl.get(PAGE).words


@pytest.mark.manual("A17")
def test_switched_on_it_goes_on_with_a_new_token(carl: Browser) -> None:
    thief = thief_of(carl)
    assert "Bind session to IP is on." in switch_on(carl).words
    assert (carl.path, is_on(carl), thief.is_logged_in) == (PAGE, True, False)
    assert (at(carl, ELSEWHERE), at(carl, HOME)) == (False, True)


def test_it_binds_to_where_i_am_now_not_to_where_i_logged_in(carl: Browser) -> None:
    carl.address = ELSEWHERE
    switch_on(carl)
    assert (at(carl, ELSEWHERE), at(carl, HOME)) == (True, False)


def test_the_other_sessions_are_named_and_bound_to_their_own_addresses(carl: Browser, browser_at: At) -> None:
    other = browser_at(ELSEWHERE).log_in("carl")
    carl.get(PAGE).htmx("POST", SWITCH, {"bind_session": "yes"})
    said = " ".join(fragment(carl, "bind-session-panel").get_text(" ").split())
    assert "1 other session now works only from the address it was opened from" in said
    assert f"Firefox on Linux {ELSEWHERE}" in said and HOME not in said
    assert (at(other, ELSEWHERE), at(other, HOME), at(carl, HOME)) == (True, False, True)


def test_without_other_sessions_nothing_is_said_of_them(carl: Browser) -> None:
    carl.get(PAGE).htmx("POST", SWITCH, {"bind_session": "yes"})
    assert "other session" not in fragment(carl, "bind-session-panel").get_text()


def test_switched_off_every_session_works_everywhere(carl: Browser, browser_at: At) -> None:
    other = browser_at(ELSEWHERE).log_in("carl")
    switch_on(carl).post(SWITCH, {})
    assert "Bind session to IP is off." in carl.words
    assert (is_on(carl), at(other, HOME), at(carl, ELSEWHERE)) == (False, True, True)


def test_pressed_twice_it_is_written_down_once(carl: Browser) -> None:
    for fields in ({"bind_session": "yes"}, {"bind_session": "yes"}, {}, {}):
        carl.get(PAGE).post(SWITCH, fields)
        assert carl.status == 200
    tags = [event.tag for event in Event.select().where(Event.tag.contains("binding")).order_by(Event.id)]
    assert tags == ["account:binding:enabled", "account:binding:disabled"]


def test_it_is_the_switch_of_one_person(carl: Browser, cast: Cast, browser_at: At) -> None:
    ivy = browser_at(HOME).log_in("ivy")
    switch_on(carl)
    assert (cast.ivy.bind_session, cast.carl.bind_session, at(ivy, ELSEWHERE)) == (False, True, True)


def test_the_second_step_of_a_session_that_is_bound_later_is_bound_too(
    cast: Cast, browser: Browser, browser_at: At
) -> None:
    phone = cast.enrol("carl")
    pending = browser_at(ELSEWHERE).log_in("carl")
    switch_on(browser.log_in("carl", phone))
    pending.address = "203.0.113.5"
    assert (pending.get("/login/code").status, pending.h1) == (403, "Access from this IP denied")
    pending.address = ELSEWHERE
    assert pending.get("/login/code").h1 == "Two-step authentication"
    assert Session.select().where(Session.tried_from == "203.0.113.5").count() == 1
