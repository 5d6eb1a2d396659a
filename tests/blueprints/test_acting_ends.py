"""How a visit to somebody else's account ends: by Return, by time, by whoever ends it, and with the rights for it."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import time_machine

from models import Event, Role, Session, User
from tests.acts import enter, thief_of
from tests.browser import Browser
from tests.cast import PASSWORDS, Cast

At = Callable[[str], Browser]
OFFICE = "192.0.2.9"


@pytest.fixture
def sam(clock: time_machine.Traveller, cast: Cast, browser_at: At) -> Browser:
    return browser_at(OFFICE).log_in("sam")


def tags_of(subject: str, actor: str) -> list[str]:
    found = Event.select().where(Event.subject == subject, Event.actor == actor).order_by(Event.id)
    return [event.tag for event in found]


def test_return_renews_the_token_and_outdates_the_forms_of_the_account(cast: Cast, sam: Browser) -> None:
    own = thief_of(sam)
    enter(sam, cast.carl)
    assert not own.is_logged_in
    stale, visitor = sam.page, thief_of(sam)
    sam.submit("Return to sam")
    assert sam.status == 200
    assert not visitor.is_logged_in
    sam.page = stale
    sam.post("/settings/bind-session", {"bind_session": "yes"})
    assert (sam.status, cast.sam.bind_session) == (400, False)
    ended = Event.get(Event.tag == "account:acting:ended")
    assert (ended.actor, ended.subject, json.loads(ended.details)) == ("sam", "carl", {})


def test_a_visit_leads_back_once(cast: Cast, sam: Browser) -> None:
    """Also one that its host has ended: a copy of its token is worth nothing after Return."""
    enter(sam, cast.carl)
    Session.update(ended_at=cast.visit("x").now, end_reason="revoked").where(Session.user == cast.carl).execute()
    thief = thief_of(sam)
    sam.get("/settings/security").submit("Return to sam")
    thief.get("/login").post("/acting/return", {})
    assert (thief.path, thief.is_logged_in, sam.is_logged_in) == ("/login", False, True)


def test_a_copied_token_returns_from_no_address_that_its_owner_may_not_use(
    cast: Cast, sam: Browser, clock: time_machine.Traveller
) -> None:
    User.update(bind_session=True).where(User.login == "sam").execute()
    enter(sam, cast.carl)
    thief = thief_of(sam)
    thief.get("/login")
    thief.address = "198.51.100.66"
    thief.post("/acting/return", {})
    assert (thief.status, "Access from this IP denied" in thief.words) == (403, True)
    clock.shift(61 * 60)
    assert "carl" not in thief.get("/login").words
    assert sam.get("/settings/security").submit("Log in", login="sam", password=PASSWORDS["sam"]).status == 200


def test_it_ends_after_an_hour_and_counts_as_use_of_the_own_session(
    cast: Cast, sam: Browser, clock: time_machine.Traveller
) -> None:
    enter(sam, cast.carl)
    for _ in range(59):
        clock.shift(60)
        assert sam.get("/settings/security").status == 200
    clock.shift(61)
    sam.get("/settings/security")
    assert (sam.path, "It ended after an hour." in sam.words) == ("/login", True)
    assert sam.submit("Return to sam").h1 == "Carl Cole"


def test_logging_out_ends_both(cast: Cast, sam: Browser) -> None:
    enter(sam, cast.carl)
    sam.log_out()
    assert not Session.select().where(Session.ended_at.is_null()).exists()
    assert tags_of("sam", "sam")[-1] == "account:login:ended"
    assert "account:login:ended" not in tags_of("carl", "sam")


def test_it_ends_with_the_own_session(cast: Cast, sam: Browser, browser: Browser) -> None:
    enter(sam, cast.carl)
    browser.log_in("sam").get("/settings/security").submit("Log out all others")
    sam.get("/settings/security")
    assert (sam.path, "Your visit to carl is over" in sam.words) == ("/login", True)
    sam.submit("Return to sam")
    assert (sam.path, "Your own session is over too. Log in again." in sam.words) == ("/login", True)


@pytest.mark.parametrize(
    "change",
    [
        lambda cast: User.update(active=False).where(User.login == "sam"),
        lambda cast: User.update(active=False).where(User.login == "carl"),
        lambda cast: User.update(must_change_password=True).where(User.login == "sam"),
        lambda cast: User.update(two_factor="yes").where(User.login == "sam"),
        lambda cast: Role.update(permissions='["customers.view"]').where(Role.name == "Staff"),
        lambda cast: Role.update(permissions='["customers.enter"]').where(Role.name == "Staff"),
        lambda cast: User.update(kind="staff", role=cast.olga.role).where(User.login == "carl"),
    ],
    ids=["suspended", "carl suspended", "password due", "enrolment due", "role cut", "role blind", "carl an owner"],
)
def test_it_ends_when_the_rights_of_the_actor_end(change: Callable[[Cast], object], cast: Cast, sam: Browser) -> None:
    enter(sam, cast.carl)
    change(cast).execute()  # type: ignore[attr-defined]
    sam.get("/settings/security")
    assert (sam.path, "You are no longer permitted to be there." in sam.words) == ("/login", True)


def test_it_ends_when_the_customer_goes_to_another_reseller(cast: Cast, browser: Browser) -> None:
    User.update(parent=cast.rita).where(User.login == "carl").execute()
    enter(browser.log_in("rita"), cast.ivy)
    assert browser.get("/settings/security").status == 200
    User.update(parent=None).where(User.login == "carl").execute()
    assert browser.get("/settings/security").path == "/login"


def test_the_required_two_step_of_the_user_is_not_asked_of_the_actor(cast: Cast, sam: Browser) -> None:
    User.update(two_factor="yes", must_change_password=True).where(User.login == "carl").execute()
    enter(sam, cast.carl)
    assert (sam.h1, "Required, not set up" in sam.words) == ("Security", True)


def test_the_pages_speak_to_the_actor(cast: Cast, sam: Browser) -> None:
    User.update(language="de").where(User.login == "carl").execute()
    enter(sam, cast.carl)
    assert sam.page.html["lang"] == "en"
    sam.get("/settings/profile").post("/settings/profile", {"language": "", "time_zone": "Europe/Berlin"})
    assert cast.carl.time_zone == "Europe/Berlin"
    assert not sam.cookie("postern_language")


def test_a_new_log_in_in_the_same_browser_ends_both(cast: Cast, sam: Browser) -> None:
    enter(sam, cast.carl)
    sam.log_in("ivy")
    assert [s.user.login for s in Session.select().where(Session.ended_at.is_null())] == ["ivy"]


def test_return_without_a_visit_leads_home(cast: Cast, sam: Browser, browser: Browser) -> None:
    sam.get("/settings/security").post("/acting/return", {})
    assert sam.path == "/admin/customers"
    sam.post("/acting/role", {"mode": "view"})
    assert sam.path == "/admin/customers"
    browser.get("/login").post("/acting/return", {})
    assert browser.path == "/login"
