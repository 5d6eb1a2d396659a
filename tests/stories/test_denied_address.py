"""BILLmanager's "Access from this IP denied" retold: how carl shuts himself out, and each way back in."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
import time_machine

from models import Event, TrustedIp, TrustedIpList, User
from tests.browser import Browser
from tests.cast import HOME, Cast

pytestmark = pytest.mark.usefixtures("clock")
Terminal = Callable[..., tuple[int, str]]
At = Callable[[str], Browser]
PAGE = "/settings/security"
CAFE = "198.51.100.66"
DENIED = "Access from this IP denied"
LIST = f"{HOME};\n192.168.192.0/24;\n10.0.0.1-10.0.0.9;"


@pytest.fixture
def at_home(cast: Cast, browser: Browser) -> Browser:
    return browser.log_in("carl")


@pytest.fixture
def in_cafe(at_home: Browser, browser_at: At) -> Browser:
    """carl's telephone, logged in from a café before he sets his list at home."""
    return browser_at(CAFE).log_in("carl")


def restrict(browser: Browser) -> Browser:
    return browser.get(PAGE).submit("Save", access="listed", trusted_ips=LIST)


def stored() -> list[tuple[str, str, str, str, str]]:
    rows = TrustedIp.select().order_by(TrustedIp.id)
    entries = [(row.lowest, row.highest, row.note, row.added_by, str(row.expires_at)) for row in rows]
    return [(row.side, row.access) for row in TrustedIpList.select()] + entries  # type: ignore[return-value]


def changes(tag: str) -> list[dict[str, str]]:
    found = Event.select().where(Event.tag == tag, Event.subject == "carl").order_by(Event.id)
    return [json.loads(event.details) for event in found]


# --- Shut out ---------------------------------------------------------------------------------------------------------


@pytest.mark.manual("A1", "A2", "A3", "A4", "A9", "A21")
def test_a_list_shuts_out_a_running_session_and_the_next_log_in(at_home: Browser, in_cafe: Browser) -> None:
    assert in_cafe.get(PAGE).status == 200
    restrict(at_home)
    in_cafe.get(PAGE)
    assert (in_cafe.status, in_cafe.h1) == (403, DENIED)
    for words in ("Access to carl is limited to listed IP addresses", f"Your address {CAFE}", "Ways back in"):
        assert words in in_cafe.words
    assert HOME not in in_cafe.text and "192.168" not in in_cafe.text, "never what is in the list"
    in_cafe.htmx("GET", "/settings/two-factor")
    assert (in_cafe.status, in_cafe.text, in_cafe.response.headers["HX-Redirect"]) == (403, "", "/")  # type: ignore[union-attr]
    in_cafe.get(PAGE, Accept="application/json")
    said = in_cafe.response.get_json()  # type: ignore[union-attr]
    assert (in_cafe.status, said["error"], said["cause"], said["address"]) == (403, "ip_denied", "list", CAFE)
    assert (in_cafe.log_in("carl").status, in_cafe.h1) == (403, DENIED)


@pytest.mark.manual("A3")
def test_a_refusal_ends_nothing(at_home: Browser, in_cafe: Browser) -> None:
    restrict(at_home)
    in_cafe.get("/settings/activity")
    assert at_home.get(PAGE).status == 200
    in_cafe.address = "10.0.0.5"
    assert in_cafe.follow("Try again").path == "/settings/activity", "the same session goes on where it is allowed"


def test_who_is_shut_out_is_told_in_his_activity(at_home: Browser, in_cafe: Browser) -> None:
    restrict(at_home)
    in_cafe.get(PAGE)
    [row] = [r for r in at_home.get("/settings/activity").page("tr") if DENIED in r.get_text()]
    assert CAFE in row.get_text()


def test_nobody_elses_log_in_feels_it(at_home: Browser, browser_at: At) -> None:
    restrict(at_home)
    for login in ("olga", "sam", "ivy"):
        assert browser_at(CAFE).log_in(login).is_logged_in, login


# --- The ways back ----------------------------------------------------------------------------------------------------


@pytest.mark.manual("A5", "A9", "A10", "A14", "A20")
def test_from_an_allowed_address_he_chooses_from_any_ip(at_home: Browser, in_cafe: Browser) -> None:
    restrict(at_home)
    assert in_cafe.get(PAGE).status == 403
    at_home.get(PAGE).submit("Save", access="any")
    assert in_cafe.get(PAGE).status == 200, "at once"
    assert Browser(in_cafe.app, address="203.0.113.9").log_in("carl").is_logged_in


REMEDIES = {
    "ip": ("recover", "ip", "carl"),
    "ip --own": ("recover", "ip", "carl", "--own"),
    "allow": ("recover", "allow", "carl", CAFE),
    "allow, a network": ("recover", "allow", "carl", "198.51.100.0/24"),
    "all": ("recover", "all", "carl"),
    "ip --clear": ("recover", "ip", "carl", "--clear"),
}


@pytest.mark.manual("A5", "A11", "A12", "A20")
@pytest.mark.parametrize("words", REMEDIES.values(), ids=REMEDIES)
def test_the_terminal_brings_him_back_at_the_next_request(
    at_home: Browser, in_cafe: Browser, terminal: Terminal, words: tuple[str, ...]
) -> None:
    restrict(at_home)
    assert in_cafe.get(PAGE).status == 403
    assert terminal(*words)[0] == 0
    assert (in_cafe.get(PAGE).status, at_home.get(PAGE).status) == (200, 200)
    before = len(changes("account:trusted_ips:changed"))
    assert before == 2
    code, said = terminal(*words)
    assert (code, "already" in said, len(changes("account:trusted_ips:changed"))) == (0, True, before)
    assert "console:" in in_cafe.get("/settings/activity").text or "Terminal" in in_cafe.words


@pytest.mark.manual("A13", "A14")
def test_switched_off_at_the_terminal_the_list_is_kept_and_comes_back_identical(
    at_home: Browser, in_cafe: Browser, terminal: Terminal
) -> None:
    restrict(at_home)
    TrustedIp.update(note="office").where(TrustedIp.lowest == "c0a8c000").execute()
    before = stored()
    for _ in range(2):  # a second one forgets nothing
        assert terminal("recover", "ip", "carl")[0] == 0
    panel = in_cafe.get(PAGE).panel("trusted-ips")
    checked = panel.find("input", {"name": "access", "checked": True})
    assert checked and checked["value"] == "any"  # type: ignore[index]
    assert panel.find("textarea").get_text() == "10.0.0.1-10.0.0.9;\n192.0.2.10;\n192.168.192.0/24;"  # type: ignore[union-attr]
    assert terminal("recover", "ip", "carl", "--restore")[0] == 0
    assert (stored(), in_cafe.get(PAGE).status) == (before, 403)


@pytest.mark.manual("A5", "A13")
def test_both_remedies_leave_the_same_state_and_the_same_event(
    at_home: Browser, in_cafe: Browser, terminal: Terminal
) -> None:
    restrict(at_home).submit("Save", access="any")
    by_web = stored(), changes("account:trusted_ips:changed")[-1]
    at_home.submit("Save", access="listed")
    assert terminal("recover", "ip", "carl")[0] == 0
    assert (stored(), changes("account:trusted_ips:changed")[-1]) == by_web
    assert by_web[1] == {"access": "listed → any"}


def test_the_providers_list_is_cured_at_the_terminal_too(in_cafe: Browser, terminal: Terminal) -> None:
    of_class = ("class", "set", "Customers", "provider_access=listed", f"provider_ips={HOME}")
    assert terminal(*of_class)[0] == 0
    assert in_cafe.get(PAGE).status == 403
    assert terminal("recover", "allow", "carl", CAFE)[0] == 0
    assert in_cafe.get(PAGE).status == 200
    in_cafe.address = "203.0.113.9"
    assert in_cafe.get(PAGE).status == 403, "the list of the class holds for him with one address more"
    assert terminal("recover", "ip", "carl")[0] == 0
    assert in_cafe.get(PAGE).status == 200
    assert terminal("recover", "ip", "carl", "--restore")[0] == 0
    assert in_cafe.get(PAGE).status == 403


@pytest.mark.manual("D124")
def test_a_link_passes_the_lists_for_an_hour(
    at_home: Browser, browser_at: At, terminal: Terminal, clock: time_machine.Traveller
) -> None:
    restrict(at_home)
    assert terminal("user", "set", "carl", "provider_access=listed", f"provider_ips={HOME}")[0] == 0
    path = urlsplit(terminal("recover", "link", "carl")[1].split()[-1]).path
    cafe = browser_at(CAFE).get(path).submit("Log in as carl")
    assert (cafe.status, cafe.path) == (200, PAGE)
    assert browser_at(CAFE).log_in("carl").status == 403, "the link opened one session and no list"
    for minutes, status in ((30, 200), (29, 200), (1, 403)):
        clock.shift(minutes * 60)
        assert cafe.get(PAGE).status == status, f"{minutes} minutes later"
    cafe.address = HOME
    assert cafe.get(PAGE).status == 200
    assert browser_at(CAFE).get(path).status == 410, "a link opens once"


def test_by_a_link_he_may_arm_a_list_only_with_his_eyes_open(
    at_home: Browser, browser_at: At, terminal: Terminal
) -> None:
    restrict(at_home)
    path = urlsplit(terminal("recover", "link", "carl")[1].split()[-1]).path
    cafe = browser_at(CAFE).get(path).submit("Log in as carl")
    assert cafe.submit("Save", access="listed").status == 409
    assert cafe.submit("Add my address and save").is_logged_in
    assert browser_at(CAFE).log_in("carl").is_logged_in


# --- Bind session to IP -----------------------------------------------------------------------------------------------


@pytest.mark.manual("A1", "A15", "A16", "A17", "A19", "A20", "A21")
def test_a_bound_session_is_freed_at_the_terminal_or_by_its_switch(
    at_home: Browser, in_cafe: Browser, terminal: Terminal
) -> None:
    states = []
    for remedy in (lambda: terminal("recover", "unbind", "carl"), lambda: at_home.post("/settings/bind-session", {})):
        at_home.get(PAGE).submit("Save", bind_session="yes")
        assert at_home.status == 200, "whoever switches it on goes on"
        in_cafe.address = "203.0.113.9"
        in_cafe.get(PAGE)
        assert (in_cafe.status, in_cafe.h1, "opened from another address" in in_cafe.words) == (403, DENIED, True)
        remedy()
        assert in_cafe.get(PAGE).status == 200
        box = at_home.get(PAGE).panel("bind-session").find("input", {"name": "bind_session"})
        assert box and not box.has_attr("checked")  # type: ignore[union-attr]
        last = Event.select().where(Event.tag.contains("binding")).order_by(Event.id.desc()).get()
        states.append((User.get(User.login == "carl").bind_session, last.tag))
    assert states == [(False, "account:binding:disabled")] * 2


@pytest.mark.manual("A1", "A12")
def test_the_script_of_the_defect(at_home: Browser, browser_at: At, terminal: Terminal, cast: Cast) -> None:
    """List and binding at once; found by its number at the terminal; free again."""
    restrict(at_home).submit("Save", bind_session="yes")
    assert at_home.get(PAGE).status == 200
    cafe = browser_at(CAFE).log_in("carl")
    assert (cafe.status, cafe.h1) == (403, DENIED)
    shown = json.loads(terminal("recover", "show", str(cast.carl.id), "--json")[1])
    assert (shown["login"], shown["access"], shown["bind_session"]) == ("carl", "listed", True)
    assert terminal("recover", "all", "carl")[0] == 0
    assert cafe.submit("Try again").is_logged_in
    shown = json.loads(terminal("recover", "show", "carl@cole.example", "--json")[1])
    assert (shown["access"], shown["trusted_ips"] != [], shown["bind_session"]) == ("any", True, False)
