"""Sessions of a person that his provider ends; suspending, restoring and deleting him."""

from __future__ import annotations

import pytest
import time_machine
from flask import Flask

from domain import users
from models import Event, User
from tests.acts import error_at, fragment
from tests.blueprints.admin.test_person import page_of
from tests.browser import Browser
from tests.cast import PASSWORDS, Cast

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def olga(cast: Cast, browser: Browser) -> Browser:
    return browser.log_in("olga")


@pytest.fixture
def sam(cast: Cast, app: Flask) -> Browser:
    return Browser(app).log_in("sam")


def tags(login: str) -> list[tuple[str, str]]:
    found = Event.select().where(Event.subject == login).order_by(Event.id)
    return [(event.tag, event.actor) for event in found]


# --- Sessions ---------------------------------------------------------------------------------------------------------


def test_a_session_is_revoked_and_the_others_go_on(cast: Cast, sam: Browser, app: Flask) -> None:
    here, there = Browser(app).log_in("carl"), Browser(app, address="198.51.100.7").log_in("carl")
    sam.get(page_of(cast.carl)).submit("Revoke Firefox on Linux, 198.51.100.7")
    assert (sam.status, here.is_logged_in, there.is_logged_in) == (200, True, False)
    assert tags("carl")[-1] == ("account:session:revoked", "sam")


def test_a_session_of_another_is_nobodys_to_revoke_here(cast: Cast, sam: Browser, app: Flask) -> None:
    browser = Browser(app).log_in("rita")
    [session_id] = [session.id for session in cast.rita.session_set]
    assert sam.get(page_of(cast.carl)).post(f"{page_of(cast.carl)}/sessions/{session_id}/revoke").status == 404
    assert browser.is_logged_in


def test_a_visit_of_staff_has_the_name_of_the_visitor(cast: Cast, sam: Browser, olga: Browser) -> None:
    sam.get(page_of(cast.carl)).submit("Log in as Carl Cole")
    olga.get(page_of(cast.carl))
    assert "Northgate Hosting support (sam)" in olga.words
    olga.submit("Revoke sam, 192.0.2.10")
    assert sam.get("/settings/security").path == "/login"


# --- Suspending -------------------------------------------------------------------------------------------------------


def test_suspension_acts_at_the_next_request_and_restoring_brings_everything_back(
    cast: Cast, sam: Browser, app: Flask
) -> None:
    carl, ivy = Browser(app).log_in("carl"), Browser(app).log_in("ivy")
    sam.get(page_of(cast.carl)).submit("Suspend")
    assert (sam.status, sam.has_button("Restore"), "Suspended" in sam.words) == (200, True, True)
    assert (carl.get("/settings/security").status, ivy.get("/settings/security").status) == (403, 403)
    sam.submit("Restore")
    assert (carl.is_logged_in, ivy.is_logged_in) == (True, True)
    assert tags("carl")[-2:] == [("account:user:suspended", "sam"), ("account:user:restored", "sam")]


def test_to_htmx_the_panel_comes_back_with_what_shows_its_state(cast: Cast, sam: Browser) -> None:
    sam.get(page_of(cast.carl)).htmx("POST", f"{page_of(cast.carl)}/suspend")
    assert sam.status == 200
    assert "Restore" in fragment(sam, "person-ends").get_text()
    assert {"person-head", "person-activity", "rescue-panel"} <= {str(tag["id"]) for tag in sam.page.find_all(id=True)}


# --- Deleting ---------------------------------------------------------------------------------------------------------


def test_a_customer_goes_with_its_individuals_after_the_login_was_typed(cast: Cast, sam: Browser, app: Flask) -> None:
    ivy = Browser(app).log_in("ivy")
    sam.get(page_of(cast.carl)).follow("Delete …")
    assert "1 individual of this customer is deleted with it. 1 open session ends now." in sam.words
    sam.submit("Delete for good", login="carla")
    assert (sam.status, error_at(sam, "login")) == (422, "Error: Type the login carl to delete it.")
    sam.submit("Delete for good", login="Carl")
    assert (sam.path, "The login is deleted." in sam.words) == ("/admin/customers", True)
    assert sorted(user.login for user in User.select()) == ["olga", "rita", "sam"]
    assert ivy.get("/settings/security").path == "/login"
    for login in ("ivy", "carl"):
        assert tags(login)[-1] == ("account:user:deleted", "sam"), "the log keeps the login"
        assert Event.select().where(Event.subject == login, Event.subject_user.is_null(False)).count() == 0


def test_a_reseller_with_customers_stays_and_who_they_are_is_said(cast: Cast, olga: Browser) -> None:
    users.change(cast.carl, {"parent": "rita"}, cast.visit("olga"))
    olga.get(page_of(cast.rita))
    assert not olga.page.find(id="person-delete-open") and "carl belongs to this reseller." in olga.words
    [button] = olga.page.find_all("button", {"aria-describedby": "person-delete-why"})
    assert button.has_attr("disabled")
    olga.get(page_of(cast.rita) + "/delete")
    assert "carl belongs to this reseller." in olga.words
    assert not olga.has_button("Delete for good")
    assert olga.post(page_of(cast.rita) + "/delete", {"login": "rita"}).status == 409
    assert cast.rita.login == "rita"
    users.change(cast.carl, {"parent": ""}, cast.visit("olga"))
    assert olga.post(page_of(cast.rita) + "/delete", {"login": "rita"}).path == "/admin/resellers"


def test_deleting_asks_who_sits_there(cast: Cast, sam: Browser, clock: time_machine.Traveller) -> None:
    clock.shift(16 * 60)
    sam.get(page_of(cast.carl)).follow("Delete …").submit("Delete for good", login="carl", proof="wrong")
    assert (sam.status, cast.carl.login) == (422, "carl")
    sam.submit("Delete for good", login="carl", proof=PASSWORDS["sam"])
    assert User.get_or_none(User.login == "carl") is None


def test_a_login_of_a_deleted_one_begins_anew(cast: Cast, sam: Browser, app: Flask) -> None:
    for _ in range(3):
        Browser(app).get("/login").submit("Log in", login="carl", password="wrong")
    sam.get(page_of(cast.carl) + "/delete").submit("Delete for good", login="carl")
    again = users.create("carl", cast.visit("sam"))
    assert sam.get(page_of(again)).status == 200
    assert "None failed" in sam.words and "Wrong password" not in sam.words


# --- Oneself, and the last Owner --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/suspend", 403), ("/restore", 403), ("/delete", 403), ("/rescue/password", 403), ("/rescue/sessions", 403),
        ("/rescue/reset", 403), ("/rescue/any-ip", 403), ("/rescue", 403), ("/provider-ips", 403),
        ("/provider-ips/draft", 403),
    ],
)  # fmt: skip
def test_what_ends_or_opens_ones_own_login_is_not_offered_and_refused(
    cast: Cast, olga: Browser, path: str, status: int
) -> None:
    users.change(cast.sam, {"role": "Owner"}, cast.visit("olga"))
    olga.get(page_of(cast.olga))
    assert not [form for form in olga.page.select("main form") if path in str(form["action"])]
    olga.post(page_of(cast.olga) + path, {"login": "olga", "provider_access": "any"})
    assert (olga.status, olga.h1, olga.is_logged_in) == (status, "This is your own login", True)
    assert cast.olga.active


@pytest.mark.parametrize(
    "fields",
    [{"role": "Staff"}, {"expires_at": "01.01.2026"}, {"activates_at": "01.01.2030"}, {"role": "Staff", "name": "O"}],
)
def test_the_last_owner_stays_one_and_is_told_why(cast: Cast, olga: Browser, fields: dict[str, str]) -> None:
    olga.get(page_of(cast.olga)).submit("Save", **{"email": "o@olga.example", **fields})
    assert (olga.status, "This is the last active Owner who can log in." in olga.words) == (422, True)
    assert (cast.olga.role.name, cast.olga.email, users.blocked(cast.olga, cast.visit("olga").now)) == (
        "Owner",
        "",
        None,
    )


def test_an_owner_manages_staff_and_who_gives_up_the_role_goes_home(cast: Cast, olga: Browser) -> None:
    olga.get(page_of(cast.sam)).submit("Save", role="Owner", email="")
    assert cast.sam.role.name == "Owner"
    olga.get(page_of(cast.olga)).submit("Save", role="Staff", email="")
    assert (cast.olga.role.name, olga.path) == ("Staff", "/admin/customers")
    assert olga.get(page_of(cast.sam)).status == 403


def test_the_terminal_renames_and_moves_too(cast: Cast, terminal) -> None:  # type: ignore[no-untyped-def]
    assert terminal("user", "set", "carl", "login=karl", "parent=rita")[0] == 0
    assert User.get(User.login == "karl").parent == cast.rita
    code, said = terminal("user", "set", "karl", "login=rita")
    assert (code, "The login rita is taken." in said) == (1, True)
    assert terminal("user", "set", "ivy", "parent=rita")[0] == 1
