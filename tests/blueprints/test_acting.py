"""Log in as somebody: the bar, the modes, what is never done while acting, and how it ends."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import time_machine

from domain import users
from models import Event, Kind, Role, Session, User
from tests.acts import enter
from tests.browser import Browser
from tests.cast import PASSWORDS, Cast

At = Callable[[str], Browser]
OFFICE = "192.0.2.9"


@pytest.fixture
def sam(clock: time_machine.Traveller, cast: Cast, browser_at: At) -> Browser:
    return browser_at(OFFICE).log_in("sam")


def billing_only(login: str, *permissions: str) -> None:
    """Another role than the default one, with less in it."""
    role = Role.get(Role.name == "Billing only")
    Role.update(permissions=json.dumps(permissions)).where(Role.id == role).execute()
    User.update(role=role).where(User.login == login).execute()


def modes_in_the_menu(browser: Browser) -> list[str]:
    return [str(button["value"]) for button in browser.page.select("main [name=mode]")]


def tags_of(subject: str, actor: str) -> list[str]:
    found = Event.select().where(Event.subject == subject, Event.actor == actor).order_by(Event.id)
    return [event.tag for event in found]


# --- Entering ---------------------------------------------------------------------------------------------------------


@pytest.mark.manual("C48", "C49", "R90", "D118")
def test_one_click_enters_and_the_bar_names_both(cast: Cast, sam: Browser) -> None:
    enter(sam, cast.carl)
    assert (sam.status, sam.h1, sam.path) == (200, "Security", "/settings/security")
    bar = " ".join(sam.page.find(id="shell-acting").get_text(" ").split())
    assert "You are logged in as Carl Cole ( carl ), recorded as sam ." in bar
    assert "carl" in sam.page.select_one(".top .push").get_text()
    begun = Event.get(Event.tag == "account:acting:began")
    assert (begun.actor, begun.subject, begun.address) == ("sam", "carl", OFFICE)
    assert json.loads(begun.details) == {"mode": "assigned", "role": "Full self-care"}


@pytest.mark.manual("C50", "C51", "C52", "C53")
def test_the_assigned_role_is_offered_only_where_it_is_not_the_default_one(cast: Cast, sam: Browser) -> None:
    sam.get(f"/admin/customers/{cast.carl.id}/acting")
    assert modes_in_the_menu(sam) == ["default", "view"]
    billing_only("carl", "profile")
    sam.get(f"/admin/customers/{cast.carl.id}/acting")
    assert modes_in_the_menu(sam) == ["assigned", "default", "view"]
    enter(sam, cast.carl, "assigned")
    assert not sam.page.find(id="two-factor-panel")
    assert sam.get("/settings/activity").status == 403
    sam.get("/settings/profile").post("/acting/role", {"mode": "default"})
    assert sam.get("/settings/activity").status == 200
    assert cast.carl.role.name == "Billing only"
    modes = [json.loads(e.details)["mode"] for e in Event.select().where(Event.tag.startswith("account:acting"))]
    assert modes == ["assigned", "default"]


@pytest.mark.manual("R90", "R105")
def test_resellers_and_staff_have_no_choice_of_role(cast: Cast, sam: Browser, browser: Browser) -> None:
    for helper, user in ((sam, cast.rita), (browser.log_in("olga"), cast.sam)):
        path = f"/admin/{'resellers' if user.kind == Kind.RESELLER else 'staff'}/{user.id}/acting"
        helper.get(path)
        assert modes_in_the_menu(helper) == ["view"]
        enter(helper, user, "default")
        assert helper.page.find(id="shell-acting")
    assert sam.get("/admin/customers").status == 200


@pytest.mark.manual("C58")
def test_the_menu_has_the_individuals_and_why_one_cannot_be_entered(cast: Cast, sam: Browser) -> None:
    users.create("tom", cast.visit("console"), kind=Kind.INDIVIDUAL, parent="carl", name="Tom")
    sam.get(f"/admin/customers/{cast.carl.id}/acting")
    offered = {
        b.find("bdi").get_text(): b.has_attr("disabled") for b in sam.page.select("form button") if b.find("bdi")
    }
    assert offered == {"Ivy": False, "Tom": True}
    assert "No password yet" in sam.words
    sam.submit("Ivy Full self-care")
    assert "You are logged in as Ivy ( ivy )" in sam.words


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        ({"password_hash": None}, "carl has no password yet, so nobody logs in. Set one first."),
        ({"active": False}, "carl is suspended. Restore the login first."),
    ],
)
def test_whom_nobody_logs_in_as_is_not_entered_either(
    columns: dict[str, object], why: str, cast: Cast, sam: Browser
) -> None:
    User.update(columns).where(User.login == "carl").execute()
    enter(sam, cast.carl)
    assert (sam.status, why in sam.words) == (409, True)
    sam.get("/admin/customers?q=carl")
    assert sam.page.find("button", {"aria-describedby": f"no-entry-{cast.carl.id}"}).has_attr("disabled")


@pytest.mark.manual("D119", "T42")
@pytest.mark.parametrize(
    ("actor", "target", "status"),
    [
        ("olga", "sam", 200),
        ("olga", "rita", 200),
        ("olga", "carl", 200),
        ("olga", "ivy", 200),
        ("olga", "olga", 403),
        ("sam", "olga", 403),
        ("sam", "sam", 403),
        ("sam", "rita", 200),
        ("rita", "carl", 404),
        ("rita", "rita", 403),
        ("rita", "sam", 403),
        ("carl", "ivy", 403),
        ("carl", "carl", 403),
        ("ivy", "carl", 403),
    ],
)
def test_who_enters_whom(actor: str, target: str, status: int, cast: Cast, browser: Browser) -> None:
    browser.log_in(actor)
    user = getattr(cast, target)
    place = {"customer": "customers", "reseller": "resellers", "staff": "staff", "individual": "individuals"}[user.kind]
    browser.post(f"/admin/{place}/{user.id}/acting", {})
    assert browser.status == status
    assert bool(browser.page.find(id="shell-acting")) == (status == 200)


def test_a_reseller_enters_his_own_customers_and_their_individuals(cast: Cast, browser: Browser) -> None:
    User.update(parent=cast.rita).where(User.login == "carl").execute()
    browser.log_in("rita")
    for user in (cast.carl, cast.ivy):
        enter(browser, user)
        assert "recorded as rita" in browser.words
        browser.submit("Return to rita")
    enter(browser, cast.sam)
    assert browser.status == 403


def test_nobody_enters_an_owner_and_an_individual_is_no_customer(cast: Cast, browser: Browser) -> None:
    owner = users.create("ole", cast.visit("console"), kind=Kind.STAFF, role="Owner", password_hash="x")
    browser.log_in("olga")
    enter(browser, owner)
    assert (browser.status, browser.h1) == (403, "Nobody logs in as an equal or superior")
    browser.post(f"/admin/customers/{cast.ivy.id}/acting", {})
    assert browser.status == 404


def test_an_old_log_in_is_confirmed_first(cast: Cast, sam: Browser, clock: time_machine.Traveller) -> None:
    """The setting of eight hours: until then it stays the one click of the manuals."""
    path = f"/admin/customers/{cast.carl.id}/acting"
    for _ in range(15):
        clock.shift(30 * 60)
        assert sam.get(path).status == 200
    assert not sam.page.find(attrs={"name": "proof"})
    clock.shift(31 * 60)
    sam.get(path)
    sam.submit("View only Nothing can be changed")
    assert (sam.status, "is too long ago to enter" in sam.words) == (422, True)
    sam.submit("View only Nothing can be changed", proof="wrong")
    assert (sam.status, "That password or one-time password is not correct." in sam.words) == (422, True)
    sam.submit("View only Nothing can be changed", proof=PASSWORDS["sam"])
    assert "View only: nothing can be changed." in sam.words


# --- While acting -----------------------------------------------------------------------------------------------------


def test_view_only_changes_nothing_and_its_switch_works(cast: Cast, sam: Browser) -> None:
    enter(sam, cast.carl, "view")
    sam.post("/settings/bind-session", {"bind_session": "yes"})
    assert (sam.status, sam.h1, cast.carl.bind_session) == (403, "You are here to look only", False)
    sam.get("/settings/security").htmx("POST", "/settings/trusted-ips", {"access": "any"})
    assert (sam.status, sam.text) == (403, "")
    sam.get("/settings/security").post("/acting/role", {"mode": "default", "next": "/settings/security"})
    assert "The role is switched." in sam.words
    sam.post("/settings/bind-session", {"bind_session": "yes"})
    assert (sam.status, cast.carl.bind_session) == (200, True)


@pytest.mark.parametrize(
    "path",
    [
        "/settings/password",
        "/settings/two-factor/enrolment",
        "/settings/two-factor/enrolment/confirm",
        "/settings/two-factor/disable",
        "/settings/two-factor/replace",
        "/settings/recovery-codes",
    ],
)
def test_secrets_of_the_user_are_never_touched(path: str, cast: Cast, sam: Browser) -> None:
    cast.enrol("carl")
    enter(sam, cast.carl)
    before = cast.carl.password_hash
    sam.post(path, {"new_password": "a new long password of sam", "code": "123456"})
    assert (sam.status, sam.h1) == (403, "Only carl can change this")
    assert cast.carl.password_hash == before
    assert sam.get("/settings/security").words.count("Only carl can change this") == 2


def test_nothing_is_entered_from_there(cast: Cast, browser: Browser) -> None:
    User.update(parent=cast.rita).where(User.login == "carl").execute()
    browser.log_in("sam")
    enter(browser, cast.rita)
    enter(browser, cast.carl)
    assert (browser.status, browser.h1) == (403, "Only rita can change this")


def test_the_actor_does_not_get_more_than_he_has(cast: Cast, browser: Browser) -> None:
    """A reseller may rescue; whoever may not, does not by entering one."""
    role = Role.create(
        kind="staff", name="Sales", permissions=json.dumps(["customers.view", "customers.enter", "resellers.edit"])
    )
    User.update(role=role).where(User.login == "sam").execute()
    User.update(parent=cast.rita).where(User.login == "carl").execute()
    enter(browser.log_in("sam"), cast.rita)
    assert browser.get(f"/admin/customers/{cast.carl.id}").status == 200
    assert browser.post(f"/admin/customers/{cast.carl.id}/rescue/unbind", {}).status == 403


def test_confirming_is_asked_of_the_actor(cast: Cast, sam: Browser, clock: time_machine.Traveller) -> None:
    enter(sam, cast.carl)
    clock.shift(16 * 60)
    sam.get("/settings/security")
    form = {"access": "listed", "trusted_ips": "203.0.113.7", "way": "anyway"}
    sam.post("/settings/trusted-ips", {**form, "proof": PASSWORDS["carl"]})
    assert sam.status == 422
    sam.post("/settings/trusted-ips", {**form, "proof": PASSWORDS["sam"]})
    assert (sam.status, "Saved. Access only from IPs in the list." in sam.words) == (200, True)
    assert "account:session:confirmed" in tags_of("sam", "sam")
    assert not Session.get(Session.user == cast.carl).known_browser


@pytest.mark.manual("D114", "D115")
def test_the_customer_sees_the_visit_and_ends_it(cast: Cast, sam: Browser, browser: Browser) -> None:
    browser.log_in("carl")
    before = cast.carl.last_login_at
    enter(sam, cast.carl)
    browser.get("/settings/security")
    assert "Northgate Hosting support (sam)" in browser.panel("sessions").get_text()
    assert "sam" in browser.get("/settings/activity").words
    assert cast.carl.last_login_at == before
    browser.get("/settings/security").submit("Revoke sam, 192.0.2.9")
    sam.get("/settings/security")
    assert (sam.path, "Your visit to carl is over" in sam.words) == ("/login", True)
    sam.submit("Return to sam")
    assert (sam.h1, sam.status) == ("Carl Cole", 200)


def test_whoever_acts_for_a_reseller_on_his_customer_is_written_down_with_all_three(cast: Cast, sam: Browser) -> None:
    User.update(parent=cast.rita).where(User.login == "carl").execute()
    enter(sam, cast.rita)
    sam.get(f"/admin/customers/{cast.carl.id}").submit("Save", login="carl", name="Carl Cool")
    changed = Event.get(Event.tag == "account:user:changed", Event.subject == "carl")
    assert (changed.actor, changed.while_acting, json.loads(changed.details)["as"]) == ("sam", True, "rita")
    sam.submit("Return to sam").get("/admin/events?q=carl")
    [row] = [row for row in sam.page.select("#events-table tbody tr") if "Login changed" in row.get_text()]
    assert "sam as rita" in " ".join(row.get_text(" ").split())
    assert "Login changed: name" in " ".join(row.get_text(" ").split())
