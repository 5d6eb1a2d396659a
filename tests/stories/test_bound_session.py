"""A session that is bound to its address: a copied cookie is worth nothing elsewhere, and nobody is ever locked out."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import time_machine
from flask import Flask

from models import Event, User
from tests.acts import thief_of
from tests.browser import Browser
from tests.cast import HOME, Cast
from tests.routes import routes

pytestmark = pytest.mark.usefixtures("clock")
At = Callable[[str], Browser]
MALLORY = "198.51.100.66"
V6, PRIVACY, NEXT_DOOR = "2001:db8:1:2::3", "2001:db8:1:2:a:b:c:d", "2001:db8:1:3::3"
DENIED = "Access from this IP denied"
BOUND = "This session was opened from another address. Log in again."
TRIED = f"This session was tried from {MALLORY} and refused"


@pytest.fixture
def environ(environ: dict[str, str], request: pytest.FixtureRequest) -> dict[str, str]:
    return environ | getattr(request, "param", {})


@pytest.fixture
def bound(cast: Cast) -> None:
    User.update(bind_session=True).where(User.login == "carl").execute()


@pytest.fixture
def carl(bound: None, browser: Browser) -> Browser:
    return browser.log_in("carl")


@pytest.fixture
def mallory(carl: Browser) -> Browser:
    thief = thief_of(carl)
    thief.address = MALLORY
    return thief


def moved(browser: Browser, address: str) -> Browser:
    """The same browser by another address."""
    browser.address = address
    return browser


def statuses(browser: Browser, *addresses: str) -> list[int]:
    return [moved(browser, address).get("/settings/security").status for address in addresses]


# --- A copied cookie --------------------------------------------------------------------------------------------------


@pytest.mark.manual("A16", "A21")
def test_a_copied_cookie_is_refused_elsewhere_and_its_owner_goes_on(carl: Browser, mallory: Browser) -> None:
    mallory.get("/settings/security")
    assert (mallory.status, mallory.h1, BOUND in mallory.words) == (403, DENIED, True)
    assert (MALLORY in mallory.words, mallory.has_button("Log in again")) == (True, True)
    assert thief_of(carl).is_logged_in, "at the same address the cookie is good"
    carl.get("/settings/security")
    assert (carl.status, TRIED in carl.words) == (200, True)
    event = Event.get(Event.tag == "access:session:denied")
    assert (event.address, event.subject, event.succeeded, HOME in event.details) == (MALLORY, "carl", False, True)


def test_no_page_tells_a_thief_whose_session_it_is(app: Flask, cast: Cast, carl: Browser, mallory: Browser) -> None:
    paths = {path for _, method, path in routes(app) if method == "GET"}
    walk = [*sorted(paths - {"/static/app.css"}), "/nowhere", "/settings/nowhere", "/login?next=/settings/activity"]
    secrets = ("carl", "Carl", "Cole", HOME, "Full self-care", "Customers")
    for path in walk:
        mallory.get(path)
        assert [secret for secret in secrets if secret in mallory.text] == [], path
        assert not mallory.page.find(id="shell-top"), path
    assert carl.is_logged_in


def test_partials_lead_to_the_refusal_and_json_names_it(mallory: Browser) -> None:
    mallory.htmx("GET", "/settings/two-factor")
    assert (mallory.status, mallory.text, mallory.response.headers["HX-Redirect"]) == (403, "", "/")  # type: ignore[union-attr]
    mallory.get("/settings/security", Accept="application/json")
    said = mallory.response.get_json()  # type: ignore[union-attr]
    assert (mallory.status, said["error"], said["cause"], said["address"]) == (403, "ip_denied", "session", MALLORY)


def test_log_out_all_others_ends_the_warning_and_the_copies(carl: Browser, mallory: Browser) -> None:
    mallory.get("/settings/security")
    copy = thief_of(carl)
    [banner] = carl.get("/settings/security").page.select("#shell-tried")
    assert TRIED in " ".join(banner.get_text(" ").split())
    carl.submit("Log out all others")
    assert (carl.status, carl.page.find(id="shell-tried"), copy.is_logged_in) == (200, None, False)
    mallory.get("/settings/security")
    assert (mallory.path, carl.get("/settings/security").page.find(id="shell-tried")) == ("/login", None)


# --- The way back is logging in ---------------------------------------------------------------------------------------


@pytest.mark.manual("A17", "A20")
def test_whoever_comes_from_another_address_logs_in_again_and_works(carl: Browser) -> None:
    moved(carl, MALLORY).get("/settings/activity")
    assert carl.follow("Log in again").h1 == "Log in"
    carl.submit("Log in", login="carl", password="carls eleven wet socks")
    assert (carl.status, carl.path) == (200, "/settings/activity"), "at once, and where he wanted to be"
    assert statuses(carl, HOME, MALLORY) == [403, 200], "the new session is bound to the new address alone"


def test_two_browsers_at_two_addresses_are_bound_each_to_its_own(carl: Browser, browser_at: At) -> None:
    other = browser_at(MALLORY).log_in("carl")
    assert (statuses(carl, HOME, MALLORY), statuses(other, HOME, MALLORY)) == ([200, 403], [403, 200])


# --- IPv6 -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environ", "expected"),
    [({}, [200, 200, 403]), ({"POSTERN_BIND_IPV6_EXACT": "yes"}, [200, 403, 403])],
    indirect=["environ"],
    ids=["by /64", "exactly"],
)
def test_addresses_of_one_line_rotate(bound: None, browser_at: At, expected: list[int]) -> None:
    carl = browser_at(V6).log_in("carl")
    assert statuses(carl, V6, PRIVACY, NEXT_DOOR) == expected


def test_ipv4_is_exact(carl: Browser) -> None:
    assert statuses(carl, "192.0.2.11", "192.0.2.9", f"::ffff:{HOME}", HOME) == [403, 403, 200, 200]


# --- A network that has both families ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("first", "second"), [(HOME, V6), (V6, HOME)])
def test_a_pair_of_addresses_alternates_after_one_more_log_in(
    bound: None, browser_at: At, first: str, second: str
) -> None:
    carl = browser_at(first).log_in("carl")
    assert statuses(carl, second) == [403]
    carl.log_in("carl")
    assert statuses(carl, first, second, first, second) == [200, 200, 200, 200]
    assert statuses(carl, MALLORY, NEXT_DOOR) == [403, 403]


def test_the_pair_is_known_while_the_code_is_still_due(
    cast: Cast, bound: None, browser_at: At, clock: time_machine.Traveller
) -> None:
    phone = cast.enrol("carl")
    carl = browser_at(HOME).log_in("carl")
    assert moved(carl, V6).get("/login/code").status == 403
    carl.log_in("carl")
    assert [moved(carl, address).get("/login/code").status for address in (HOME, V6, HOME)] == [200, 200, 200]
    assert moved(carl, V6).submit("Ok", code=phone.code()).path == "/settings/security"
    assert statuses(carl, HOME, V6, MALLORY) == [200, 200, 403]


def test_the_pair_is_known_when_binding_is_switched_on_later(cast: Cast, browser_at: At) -> None:
    carl = browser_at(HOME).log_in("carl")
    moved(carl, V6).get("/settings/security").submit("Save", bind_session="yes")
    assert statuses(carl, V6, HOME, MALLORY) == [200, 200, 403]


def test_a_copied_cookie_makes_no_pair_without_the_password(carl: Browser, mallory: Browser) -> None:
    moved(mallory, V6).log_in("carl", password="wrong")
    assert (mallory.status, statuses(mallory, V6), statuses(carl, HOME)) == (401, [403], [200])


def test_the_session_of_somebody_else_makes_no_pair(bound: None, cast: Cast, browser_at: At) -> None:
    shared = browser_at(HOME).log_in("sam")
    moved(shared, V6).log_in("carl")
    assert statuses(shared, HOME, V6) == [403, 200]
