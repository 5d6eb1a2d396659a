"""Allowed IP addresses: what is asked before a list is saved, two tabs at once, and the last use of an entry."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import time_machine

from domain.visit import utcnow
from models import TrustedIp
from tests.acts import error_at, fragment
from tests.blueprints.settings.test_trusted_ips import DRAFT, PAGE, SAVE, beside, chosen, save, stored, text
from tests.browser import Browser
from tests.cast import HOME, PASSWORDS, Cast

pytestmark = pytest.mark.usefixtures("clock")
Terminal = Callable[..., tuple[int, str]]
At = Callable[[str], Browser]
OFFICE, V6 = "198.51.100.0/24", "2001:db8:1:2::3"
OF_HOME = "c000020a-c000020a  None carl"
OF_OFFICE = "c6336400-c63364ff  None carl"
OF_V6 = "20010db8000100020000000000000000-20010db800010002ffffffffffffffff  None carl"


@pytest.fixture
def carl(cast: Cast, browser: Browser) -> Browser:
    return browser.log_in("carl")


def ways(browser: Browser) -> list[str]:
    return [" ".join(button.get_text(" ").split()) for button in browser.page.select('button[name="way"]')]


# --- It would lock me out ---------------------------------------------------------------------------------------------


def test_a_list_without_my_address_is_not_saved_and_names_it(carl: Browser) -> None:
    save(carl, access="listed", trusted_ips=OFFICE)
    assert (carl.status, stored()) == (409, {})
    assert "This list would lock you out" in carl.words
    assert f"It does not include {HOME} , the address you are using now." in carl.words
    assert ways(carl) == ["Add my address and save", "Save and log me out"]
    assert (text(carl), chosen(carl), carl.is_logged_in) == ([f"{OFFICE};"], "listed", True)


def test_my_address_is_added_and_the_list_saved(carl: Browser) -> None:
    save(carl, access="listed", trusted_ips=OFFICE).submit("Add my address and save")
    assert (carl.status, carl.is_logged_in) == (200, True)
    assert stored() == {"listed": [OF_HOME, OF_OFFICE]}


def test_saved_all_the_same_it_logs_me_out_and_holds(carl: Browser, browser_at: At) -> None:
    save(carl, access="listed", trusted_ips=OFFICE).submit("Save and log me out")
    assert (carl.path, "Your list is saved, and you have been logged out." in carl.words) == ("/login", True)
    assert stored() == {"listed": [OF_OFFICE]}
    assert (carl.log_in("carl").status, carl.h1) == (403, "Access from this IP denied")
    assert browser_at("198.51.100.7").log_in("carl").is_logged_in


def test_no_way_on_saves_a_list_that_is_wrong(carl: Browser) -> None:
    for way in ("leave", "anyway", "nonsense", ""):
        for typed in ("", "10.0.0.300"):
            carl.post(SAVE, {"access": "listed", "trusted_ips": typed, "way": way})
            assert (carl.status, stored(), carl.is_logged_in) == (422, {}, True), (way, typed)


@pytest.mark.parametrize("way", ["anyway", "both", "nonsense"])
def test_only_two_ways_lead_past_the_warning(carl: Browser, way: str) -> None:
    carl.post(SAVE, {"access": "listed", "trusted_ips": OFFICE, "way": way})
    assert (carl.status, stored()) == (409, {})


def test_to_htmx_the_warning_is_the_panel(carl: Browser) -> None:
    carl.htmx("POST", SAVE, {"access": "listed", "trusted_ips": OFFICE})
    assert (carl.status, carl.response.headers["HX-Retarget"]) == (409, "#trusted-ips-panel")  # type: ignore[union-attr]
    assert "This list would lock you out" in fragment(carl, "trusted-ips-panel").get_text()
    carl.htmx("POST", SAVE, {"access": "listed", "trusted_ips": OFFICE, "way": "leave"})
    assert (carl.text, carl.response.headers["HX-Redirect"]) == ("", "/login")  # type: ignore[union-attr]
    assert not carl.is_logged_in


# --- I come by the other family too -----------------------------------------------------------------------------------

FAMILIES = {
    "IPv6 is missing": (HOME, V6, f"{HOME}", "You also come by IPv6", "2001:db8:1:2::/64", OF_HOME, [OF_HOME, OF_V6]),
    "IPv4 is missing": (V6, HOME, "2001:db8:1:2::/64", "You also come by IPv4", HOME, OF_V6, [OF_HOME, OF_V6]),
}


@pytest.mark.parametrize(
    ("here", "elsewhere", "typed", "said", "named", "one", "both"), FAMILIES.values(), ids=FAMILIES
)
def test_a_list_of_one_family_warns_who_also_came_by_the_other(
    cast: Cast, browser_at: At, here: str, elsewhere: str, typed: str, said: str, named: str, one: str, both: list[str]
) -> None:
    browser_at(elsewhere).log_in("carl")
    carl = save(browser_at(here).log_in("carl"), access="listed", trusted_ips=typed)
    assert (carl.status, stored(), ways(carl)) == (409, {}, ["Add it and save", "Save as it is"])
    assert said in carl.words and named in carl.words
    assert carl.submit("Save as it is").status == 200
    assert stored() == {"listed": [one]}
    assert save(carl).status == 409, "it is asked again"
    assert carl.submit("Add it and save").status == 200
    assert stored() == {"listed": both}


def test_a_log_in_of_a_month_ago_is_nobodys_habit(
    cast: Cast, browser_at: At, browser: Browser, clock: time_machine.Traveller
) -> None:
    browser_at(V6).log_in("carl")
    clock.shift(30 * 24 * 3600)
    assert save(browser.log_in("carl"), access="listed", trusted_ips=HOME).status == 200


# --- Confirm it's you -------------------------------------------------------------------------------------------------


def test_the_proof_travels_with_the_change_and_nothing_typed_is_lost(
    carl: Browser, clock: time_machine.Traveller
) -> None:
    clock.shift(15 * 60)
    carl.get(PAGE).submit("Add", access="listed", address=HOME)
    beside(carl, HOME, note="home", expires="7d")
    for proof, said in (("", "Confirm it's you"), ("wrong", "That password or one-time password is not correct.")):
        save(carl, proof=proof, address="192.0.2.0/24")
        assert (carl.status, stored(), said in error_at(carl, "proof")) == (422, {}, True)
        assert (text(carl), chosen(carl)) == ([f"{HOME};"], "listed")
        assert carl.panel("trusted-ips").find("input", {"name": "address"})["value"] == "192.0.2.0/24"  # type: ignore[index]
    save(carl, proof=PASSWORDS["carl"])
    assert stored() == {"listed": ["c0000200-c00002ff  None carl", "c000020a-c000020a home 27 12:15 carl"]}


def test_adding_and_looking_need_no_proof(carl: Browser, clock: time_machine.Traveller) -> None:
    clock.shift(15 * 60)
    assert carl.get(PAGE).submit("Add", address=HOME).status == 200


# --- Partials and tabs ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "beside"),
    [
        ("GET", "/settings/trusted-ips", set()),
        ("GET", "/settings/trusted-ips?all=1", set()),
        ("POST", DRAFT, set()),
        ("POST", SAVE, {"security-rail", "activity-panel"}),
        ("POST", "/settings/bind-session", {"security-rail", "activity-panel"}),
    ],
)
def test_htmx_gets_one_panel_and_what_changed_beside_it(
    carl: Browser, method: str, path: str, beside: set[str]
) -> None:
    carl.htmx(method, path, {"access": "listed", "trusted_ips": HOME, "add": "10.0.0.1", "bind_session": "yes"})
    assert carl.status == 200
    fragment(carl, "bind-session-panel" if "bind" in path else "trusted-ips-panel")
    assert beside <= {tag["id"] for tag in carl.page.find_all(attrs={"hx-swap-oob": True})}


def test_who_has_not_seen_the_list_that_is_stored_overwrites_nothing(cast: Cast, carl: Browser) -> None:
    other = Browser(carl.app).log_in("carl").get(PAGE)
    save(carl, access="listed", trusted_ips=f"{HOME};10.0.0.1")
    save(other, access="listed", trusted_ips=f"{HOME};10.0.0.2")
    assert (other.status, "This list was changed meanwhile" in other.words, "10.0.0.1" in other.words) == (
        409,
        True,
        True,
    )
    assert text(carl.get(PAGE)) == ["10.0.0.1;", f"{HOME};"]
    assert text(other) == ["10.0.0.2;", f"{HOME};"], "his own is still there"
    assert save(other).status == 200, "now he knows"
    assert text(carl.get(PAGE)) == ["10.0.0.2;", f"{HOME};"]


def test_a_tab_of_before_deletes_nothing(cast: Cast, carl: Browser) -> None:
    """One tab arms a list of two, an older one still has From any IP and no entries, and saves."""
    older = Browser(carl.app).log_in("carl").get(PAGE)
    save(carl, access="listed", trusted_ips=f"{HOME};10.0.0.1")
    assert save(older).status == 409
    assert list(stored()) == ["listed"]


# --- The last use of an entry -----------------------------------------------------------------------------------------


def test_the_last_time_it_let_in_is_written_at_log_in_and_once_a_minute(
    cast: Cast, browser: Browser, browser_at: At, terminal: Terminal, clock: time_machine.Traveller
) -> None:
    lists = ("access=listed", f"trusted_ips={HOME};10.0.0.1", "provider_access=listed", "provider_ips=192.0.2.0/24")
    assert terminal("user", "set", "carl", *lists)[0] == 0

    def used() -> list[object]:
        rows = TrustedIp.select().order_by(TrustedIp.trusted_ip_list, TrustedIp.lowest)
        return [(utcnow() - row.last_used_at).seconds if row.last_used_at else None for row in rows]

    assert used() == [None, None, None]
    browser.log_in("carl")
    assert used() == [None, 0, 0]
    for seconds, since in ((59, 59), (1, 0), (30, 30)):
        clock.shift(seconds)
        assert browser.get(PAGE).status == 200
        assert used() == [None, since, since], f"{seconds} s later"
    assert browser_at("10.0.0.1").log_in("carl").status == 403
    assert used() == [None, 30, 30], "who is refused was not let in"
