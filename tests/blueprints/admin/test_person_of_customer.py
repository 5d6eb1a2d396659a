"""The page of an individual as its customer sees it: what is his to change, and what stays the provider's."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import time_machine
from bs4 import Tag

from domain import trusted_ips, users
from domain.networks import parse
from domain.trusted_ips import AddressList, Entry
from models import Access, AllowedRole, Denial, Event, Kind, Role, Side, User
from tests.acts import error_at, fragment
from tests.blueprints.admin.test_person import field, page_of, save
from tests.browser import Browser
from tests.cast import HOME, Cast

pytestmark = pytest.mark.usefixtures("clock")
At = Callable[[str], Browser]
DENIED = "198.51.100.9"


@pytest.fixture
def carl(cast: Cast, browser: Browser) -> Browser:
    return browser.log_in("carl")


def arm(cast: Cast, side: Side, texts: str = "203.0.113.0/24") -> None:
    holder = trusted_ips.own_of(cast.ivy) if side is Side.OWN else trusted_ips.provider_of(cast.ivy)
    entries = tuple(Entry(network) for network in parse(texts).networks)
    trusted_ips.save(holder, AddressList(Access.LISTED, entries), cast.visit("console:test"))


def held(cast: Cast, side: Side) -> tuple[str, list[str]]:
    stored = trusted_ips.read(trusted_ips.own_of(cast.ivy) if side is Side.OWN else trusted_ips.provider_of(cast.ivy))
    return stored.access, stored.texts


def deny(cast: Cast, rule: str) -> None:
    now = cast.visit("x").now
    Denial.create(user=cast.ivy, rule=rule, address=DENIED, source=DENIED, first_at=now, last_at=now, count=1)


def part(browser: Browser, name: str) -> Tag:
    found = browser.page.find(id=name)
    assert isinstance(found, Tag), name
    return found


# --- What is his ------------------------------------------------------------------------------------------------------


@pytest.mark.manual("C87")
def test_the_page_offers_what_is_his_and_leads_nowhere_closed(cast: Cast, carl: Browser) -> None:
    carl.get("/settings/individuals").follow("Ivy")
    assert (carl.path, carl.h1) == (page_of(cast.ivy), "Ivy")
    names = {str(tag["name"]) for tag in carl.page.select("#person-form [name]")}
    assert not names & {"class", "parent"}
    assert {"login", "name", "email", "role", "activates_at", "expires_at", "two_factor", "bind_session"} <= names
    assert {"time_zone", "language", "output_format", "input_format"} <= names
    assert [option["value"] for option in carl.page.select("#person-two-factor-policy option")] == ["inherit", "yes"]
    for absent in ("Log in as Ivy", "Individual of Carl Cole", "From any IP"):
        assert not carl.has_button(absent), absent
    assert "./postern" not in carl.text and not part(carl, "provider-ips-panel").find("form")
    assert carl.page.find(class_="crumb")["href"] == "/settings/individuals"
    links = sorted({str(a["href"]) for a in carl.page.select("a[href^='/']")})
    assert len(links) > 5
    for link in links:
        assert carl.get(link).status == 200, link


def test_he_saves_what_is_his_and_it_is_told_by_his_name(cast: Cast, carl: Browser) -> None:
    AllowedRole.create(user=cast.carl, role=Role.get(Role.name == "Billing only"))
    save(
        carl.get(page_of(cast.ivy)), login="ivy.ito", name="Ivy Ito", email="ivy@cole.example", role="Billing only",
        two_factor="yes", bind_session="yes", time_zone="Pacific/Chatham", language="en", expires_at="31.12.2026",
    )  # fmt: skip
    assert (carl.status, carl.h1) == (200, "Ivy Ito")
    found = users.by_login("ivy.ito")
    assert (found.email, found.role.name, found.two_factor, found.bind_session) == (
        "ivy@cole.example", "Billing only", "yes", True,
    )  # fmt: skip
    events = Event.select().where(Event.subject_user == found, Event.tag != "account:user:created")
    assert {event.actor for event in events} == {"carl"}


@pytest.mark.parametrize("asked", [{"class": "Resellers"}, {"parent": "rita"}, {"kind": "staff"}, {"active": "no"}])
def test_what_is_not_his_is_left_alone(cast: Cast, carl: Browser, asked: dict[str, str]) -> None:
    before = User.select().where(User.login == "ivy").dicts().get()
    carl.get(page_of(cast.ivy)).post(page_of(cast.ivy), asked)
    assert (carl.status, User.select().where(User.login == "ivy").dicts().get()) == (200, before)


def test_he_suspends_restores_and_deletes(cast: Cast, carl: Browser, browser_at: At) -> None:
    ivy = browser_at("192.0.2.20").log_in("ivy")
    carl.get(page_of(cast.ivy)).submit("Suspend")
    assert "The login is suspended." in carl.words and ivy.get("/settings/security").status == 403
    carl.submit("Restore")
    assert ivy.get("/settings/security").status == 200
    carl.get(page_of(cast.ivy)).follow("Delete …").submit("Delete for good", login="ivy")
    assert carl.path == "/settings/individuals" and "The login is deleted." in carl.words
    assert "No individuals yet" in carl.words


# --- What is the provider's -------------------------------------------------------------------------------------------


REFUSED = "Error: Only your provider lifts a demand for two-step authentication."


def test_he_demands_two_step_and_never_switches_it_off(cast: Cast, carl: Browser) -> None:
    carl.get(page_of(cast.ivy)).post(page_of(cast.ivy), {"two_factor": "no"})
    assert carl.status == 403 and cast.ivy.two_factor == "inherit"
    assert error_at(carl, "two_factor") == REFUSED
    users.change(cast.ivy, {"two_factor": "no"}, cast.visit("console:test"))
    carl.get(page_of(cast.ivy))
    assert field(carl, "two_factor") == "no"
    save(carl, name="Ivy Ito")
    assert (carl.status, cast.ivy.name, cast.ivy.two_factor) == (200, "Ivy Ito", "no")
    save(carl, two_factor="yes")
    assert cast.ivy.two_factor == "yes"


@pytest.mark.parametrize("less", ["inherit", "no"])
def test_he_takes_no_demand_back_not_even_his_own(cast: Cast, carl: Browser, less: str) -> None:
    save(carl.get(page_of(cast.ivy)), two_factor="yes")
    assert [option["value"] for option in carl.page.select("#person-two-factor-policy option")] == ["yes"]
    carl.post(page_of(cast.ivy), {"two_factor": less, "name": "Ivy Ito"})
    assert (carl.status, error_at(carl, "two_factor")) == (403, REFUSED)
    assert (cast.ivy.two_factor, cast.ivy.name) == ("yes", "Ivy")


def test_the_providers_list_is_shown_and_not_his_to_change(cast: Cast, carl: Browser) -> None:
    arm(cast, Side.PROVIDER)
    before = held(cast, Side.PROVIDER)
    panel = part(carl.get(page_of(cast.ivy)), "provider-ips-panel")
    assert "203.0.113.0/24" in panel.get_text() and "Only the provider changes this list." in panel.get_text()
    assert not panel.select("form, button") and "Log in" not in panel.get_text()
    place = f"{page_of(cast.ivy)}/provider-ips"
    assert carl.get(place).status == 403
    for path in ("", "/draft"):
        carl.get(page_of(cast.ivy)).post(place + path, {"provider_access": "any", "address": HOME, "way": "anyway"})
        assert carl.status == 403, path
    assert held(cast, Side.PROVIDER) == before


@pytest.mark.parametrize("mode", ["assigned", "default", "view"])
def test_he_does_not_enter_his_individuals(cast: Cast, carl: Browser, mode: str) -> None:
    carl.get("/settings/security").post(f"{page_of(cast.ivy)}/acting", {"mode": mode})
    assert carl.status == 403 and carl.get("/settings/security").is_logged_in


# --- Restore access ---------------------------------------------------------------------------------------------------


def buttons(browser: Browser) -> set[str]:
    found = {"rescue-any-ip", "rescue-put-back", "rescue-allow"}
    return {name.removeprefix("rescue-") for name in found if browser.page.find(id=name)}


def test_restore_access_acts_on_the_own_list_alone(cast: Cast, carl: Browser) -> None:
    arm(cast, Side.OWN)
    arm(cast, Side.PROVIDER)
    provided = held(cast, Side.PROVIDER)
    carl.get(page_of(cast.ivy))
    assert buttons(carl) == {"any-ip"}
    carl.htmx("POST", f"{page_of(cast.ivy)}/rescue/any-ip")
    panel = fragment(carl, "rescue-panel")
    assert held(cast, Side.OWN)[0] == "any" and held(cast, Side.PROVIDER) == provided
    assert buttons(carl) == {"put-back"} and "Only the provider changes this list." in panel.get_text()
    carl.get(page_of(cast.ivy)).submit("Put back")
    assert held(cast, Side.OWN) == ("listed", ["203.0.113.0/24"]) and held(cast, Side.PROVIDER) == provided


def test_what_only_the_provider_can_restore_has_no_button(cast: Cast, carl: Browser, browser_at: At) -> None:
    arm(cast, Side.PROVIDER)
    deny(cast, "provider list")
    assert buttons(carl.get(page_of(cast.ivy))) == set()
    arm(cast, Side.OWN)
    assert buttons(carl.get(page_of(cast.ivy))) == {"any-ip"}, "to allow it in one of the two would not let it in"
    sam = browser_at("192.0.2.20").log_in("sam")
    assert buttons(sam.get(page_of(cast.ivy))) == {"any-ip", "allow"}
    sam.submit("From any IP")
    assert buttons(sam) == {"put-back"} and "./postern recover all ivy" in sam.text
    arm(cast, Side.OWN)
    assert buttons(carl.get(page_of(cast.ivy))) == {"any-ip", "allow"}, "the own list is what refuses now"


def test_he_allows_an_address_that_the_own_list_refused(cast: Cast, carl: Browser, browser_at: At) -> None:
    arm(cast, Side.OWN)
    arm(cast, Side.PROVIDER, f"203.0.113.0/24; {DENIED}")
    assert browser_at(DENIED).log_in("ivy").status == 403
    carl.get(page_of(cast.ivy)).submit(f"Allow {DENIED}")
    assert carl.status == 200 and set(held(cast, Side.OWN)[1]) == {"203.0.113.0/24", DENIED}
    assert browser_at(DENIED).log_in("ivy").h1 == "Security"
    assert buttons(carl.get(page_of(cast.ivy))) == {"any-ip"}


def test_he_sets_a_new_password_and_ends_sessions(cast: Cast, carl: Browser, browser_at: At) -> None:
    ivy = browser_at("192.0.2.20").log_in("ivy")
    carl.get(page_of(cast.ivy)).submit("Log out all")
    assert not ivy.is_logged_in
    carl.submit("Set new password")
    password = carl.page.find(id="rescue-secret").get_text()
    assert browser_at("192.0.2.30").log_in("ivy", password=password).h1 != "Log in"


def test_a_reseller_has_no_terminal(cast: Cast, browser: Browser) -> None:
    users.create("rosa", cast.visit("console:test"), parent="rita")
    users.create("ilja", cast.visit("console:test"), kind=Kind.INDIVIDUAL, parent="rosa", name="Ilja")
    browser.log_in("rita").get(page_of(users.by_login("ilja")))
    assert browser.page.find(id="rescue-panel") and "./postern" not in browser.text
    assert "Individual of rosa" in browser.words and browser.follow("Individual of rosa").status == 200
    assert part(browser, "allowed-roles-panel")


# --- Dates, and his own acts ------------------------------------------------------------------------------------------


@pytest.mark.manual("C87", "D122")
@pytest.mark.parametrize(
    ("column", "before", "moment", "after"),
    [  # 21 November is there from 10:15 of the day before on, UTC
        ("activates_at", "Not active yet", "2026-11-20T10:15:00Z", None),
        ("expires_at", None, "2026-11-21T10:15:00Z", "Expired"),
    ],
)
def test_a_day_is_that_of_the_individuals_own_zone_at_both_edges(
    cast: Cast, browser: Browser, clock: time_machine.Traveller, browser_at: At,
    column: str, before: str | None, moment: str, after: str | None,
) -> None:  # fmt: skip
    clock.move_to("2026-11-20T09:00:00Z")
    users.change(cast.carl, {"time_zone": "America/New_York"}, cast.visit("console:test"))
    users.change(cast.ivy, {"time_zone": "Pacific/Chatham"}, cast.visit("console:test"))
    browser.log_in("carl").get(page_of(cast.ivy))
    assert "Both are read in the time zone of this login, Pacific/Chatham." in browser.words
    save(browser, **{column: "21.11.2026"})
    clock.move_to(moment)
    clock.shift(-1)
    assert status(Browser(browser.app, "192.0.2.20").log_in("carl")) == before
    assert browser_at("192.0.2.30").log_in("ivy").status == (403 if before else 200)
    clock.shift(1)
    assert status(Browser(browser.app, "192.0.2.20").log_in("carl")) == after
    assert browser_at("192.0.2.30").log_in("ivy").status == (403 if after else 200)


def status(browser: Browser) -> str | None:
    """As the list and the page say it."""
    found = []
    for page in ("/settings/individuals", page_of(Cast().ivy)):
        chips = [chip.get_text(strip=True) for chip in browser.get(page).page.select(".chip.warn")]
        found.append(next(iter(chips), None))
    assert found[0] == found[1]
    return found[0]


@pytest.mark.manual("C87")
def test_what_an_individual_does_is_told_under_his_own_name(cast: Cast, carl: Browser, browser_at: At) -> None:
    ivy = browser_at("192.0.2.20").log_in("ivy").get("/settings/security")
    ivy.post("/settings/bind-session", {"bind_session": "yes"})
    assert cast.ivy.bind_session and not cast.carl.bind_session
    event = Event.select().order_by(Event.id.desc()).get()
    assert (event.actor, event.subject, event.while_acting) == ("ivy", "ivy", False)
    activity = part(carl.get(page_of(cast.ivy)), "person-activity").get_text(" ")
    assert ", ivy, 192.0.2.20" in " ".join(activity.split())
    assert json.loads(event.details) is not None
