"""Attacks on the provider's side that were found to work once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import time_machine

from domain import user_ends, users
from domain.visit import Visit
from models import AccountClass, Event, Kind, Session, User
from tests.acts import thief_of
from tests.browser import Browser
from tests.cast import HOME, PASSWORDS, Cast
from tests.domain.seat import Seat, overtaken
from tests.routes import csrf_token

Terminal = Callable[..., tuple[int, str]]
At = Callable[[str], Browser]


@pytest.fixture
def sam(clock: time_machine.Traveller, cast: Cast, browser: Browser) -> Browser:
    return browser.log_in("sam")


def page_of(user: User) -> str:
    place = {Kind.STAFF: "staff", Kind.RESELLER: "resellers", Kind.CUSTOMER: "customers"}.get(user.kind, "individuals")
    return f"/admin/{place}/{user.id}"


def enter(browser: Browser, user: User) -> Browser:
    browser.get(page_of(user))
    return browser.post(f"{page_of(user)}/acting", {})


def hour_over(cast: Cast, clock: time_machine.Traveller) -> None:
    Session.update(created_at=cast.visit("x").now.replace(hour=10)).where(Session.user == cast.carl).execute()


def carl_ends_it(cast: Cast, clock: time_machine.Traveller) -> None:
    now = cast.visit("x").now
    Session.update(ended_at=now, end_reason="revoked").where(Session.user == cast.carl).execute()


def carl_is_suspended(cast: Cast, clock: time_machine.Traveller) -> None:
    users.change(cast.carl, {"active": "no"}, cast.visit("olga"))


@pytest.mark.parametrize("over", [hour_over, carl_ends_it, carl_is_suspended])
def test_logging_out_of_a_visit_that_is_over_leaves_nothing_to_come_back_to(
    over: Callable[[Cast, time_machine.Traveller], None], cast: Cast, sam: Browser, clock: time_machine.Traveller
) -> None:
    enter(sam, cast.carl)
    thief = thief_of(sam)
    over(cast, clock)
    assert "Your visit to carl is over" in sam.get("/settings/security").words
    sam.post("/logout", {})
    assert "You have been logged out." in sam.words
    thief.get("/login").post("/acting/return", {})
    users.change(cast.carl, {"active": "yes"}, cast.visit("olga"))
    assert not thief.is_logged_in
    assert not Session.select().where(Session.user == cast.sam, Session.ended_at.is_null()).exists()


def test_a_new_log_in_ends_the_session_behind_a_visit_that_is_over(
    cast: Cast, sam: Browser, clock: time_machine.Traveller
) -> None:
    enter(sam, cast.carl)
    carl_ends_it(cast, clock)
    sam.get("/login").submit("Log in", login="sam", password=PASSWORDS["sam"])
    assert Session.select().where(Session.user == cast.sam, Session.ended_at.is_null()).count() == 1


def test_log_in_pressed_twice_enters_once(cast: Cast, sam: Browser) -> None:
    """The second request passed the door with the token that the first one renews."""
    token, twin = csrf_token(sam, page_of(cast.carl)), thief_of(sam)
    enter(sam, cast.carl)
    assert twin.get("/login").status == 200  # the token of before is dead
    assert sam.post(f"{page_of(cast.carl)}/acting", {"csrf_token": token}).status in (400, 403)
    assert sam.get("/settings/security").status == 200


@pytest.mark.parametrize(
    "stored",
    [
        "$argon2id$v=19$m=16384,t=32,p=2048$" + "A" * 22 + "$" + "A" * 43,
        "$argon2id$v=19$m=8192,t=2,p=17$" + "A" * 22 + "$" + "A" * 43,
        "$argon2id$v=19$m=8,t=1,p=1$" + "A" * 22 + "$" + "A" * 43,
        "scrypt:2:1:1$salt$" + "0" * 128,
    ],
    ids=["many lanes", "a lane too many", "next to nothing", "scrypt of nothing"],
)
def test_no_imported_hash_costs_the_server_its_time_or_an_attacker_none(
    stored: str, cast: Cast, terminal: Terminal, tmp_path: Path
) -> None:
    file = tmp_path / "people.csv"
    file.write_text(f'login,password_hash\nmallory,"{stored}"\n')
    code, said = terminal("import", str(file))
    assert (code, "line 2: password_hash: The parameters of this hash are out of bounds" in said) == (1, True)
    assert not users.by_login("mallory")


def test_no_date_ahead_takes_the_last_owner_away(cast: Cast, browser: Browser, terminal: Terminal) -> None:
    browser.log_in("olga").get(page_of(cast.olga)).submit("Save", login="olga", expires_at="31.12.2027")
    assert (browser.status, "This is the last active Owner who can log in." in browser.words) == (422, True)
    assert terminal("user", "set", "olga", "expires_at=2027-12-31")[0] == 1
    users.create(
        "ole", cast.visit("console"), kind=Kind.STAFF, role="Owner", password_hash="x", expires_at="2027-12-31"
    )
    assert terminal("user", "set", "olga", "role=Staff")[0] == 1
    assert cast.olga.role.name == "Owner"


def test_a_page_of_somebody_who_was_deleted_acts_on_nobody_else(cast: Cast, sam: Browser, browser_at: At) -> None:
    dave = users.create("dave", cast.visit("olga"), password_hash="x")
    sam.get(page_of(dave))
    olga = browser_at("192.0.2.77").log_in("olga")
    olga.get(f"{page_of(dave)}/delete").submit("Delete for good", login="dave")
    erin = users.create("erin", cast.visit("olga"), password_hash="x")
    assert erin.id > dave.id
    assert sam.submit("Save", login="dave", email="dave@example.net").status == 404


def test_an_owner_does_not_leave_two_step_through_his_class(cast: Cast, browser: Browser) -> None:
    AccountClass.create(name="Easy", two_factor="off")
    browser.log_in("olga").get(page_of(cast.olga)).post(page_of(cast.olga), {"class": "Easy"})
    assert cast.olga.account_class.name == "Staff"


@pytest.mark.parametrize("beyond", ["Staff", "Resellers", "No such class"])
def test_a_reseller_gives_classes_for_customers_and_sees_no_other(beyond: str, cast: Cast, browser: Browser) -> None:
    AccountClass.create(name="Gold")
    User.update(parent=cast.rita).where(User.login == "carl").execute()
    browser.log_in("rita")
    for path in (page_of(cast.carl), "/admin/customers/new"):
        offered = {option["value"] for option in browser.get(path).page.select("select[name=class] option")}
        assert offered == {"Customers", "Gold"}, path
    browser.get(page_of(cast.carl)).post(page_of(cast.carl), {"class": beyond})
    assert (browser.status, cast.carl.account_class.name) == (422, "Customers")
    browser.get(page_of(cast.carl)).submit("Save", login="carl", **{"class": "Gold"})
    assert cast.carl.account_class.name == "Gold"


def test_somebody_may_be_called_own(cast: Cast, sam: Browser) -> None:
    sam.get(page_of(cast.carl)).submit("Save", login="carl", name="own")
    assert cast.carl.name == "own"


def test_an_export_keeps_no_more_of_what_was_asked_than_a_line(cast: Cast, sam: Browser) -> None:
    sam.get("/admin/events.csv?q=" + "A" * 30_000)
    exported = Event.get(Event.tag == "events:log:exported")
    assert json.loads(exported.details) == {"q": "A" * 100}


def test_export_follows_no_link_and_writes_into_no_file_of_another(
    cast: Cast, terminal: Terminal, tmp_path: Path
) -> None:
    other, link = tmp_path / "somebody-elses", tmp_path / "people.csv"
    other.write_text("theirs")
    link.symlink_to(other)
    assert terminal("export", str(link), "--with-secrets")[0] == 0
    assert (other.read_text(), link.is_symlink(), link.stat().st_mode & 0o777) == ("theirs", False, 0o600)
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["people.csv", "somebody-elses"]


def test_whoever_is_deleted_between_two_looks_is_not_found(cast: Cast, sam: Browser) -> None:
    sam.get(page_of(cast.carl))
    address = f"{page_of(cast.carl)}/suspend"
    token = csrf_token(sam, page_of(cast.carl))
    gone = Visit("olga", HOME, "x", cast.visit("x").now)
    olga = Seat("olga").enter().standing

    def delete() -> None:
        user_ends.delete(olga, cast.carl, "carl", gone)

    overtaken(lambda: sam.post(address, {"csrf_token": token}), delete)
    assert (sam.status, users.by_login("carl")) == (404, None)
