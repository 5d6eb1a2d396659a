"""Log in as somebody: the bar, the modes, what is never done while acting, and how it ends."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import time_machine

from domain import users
from models import Event, Kind, Role, Session, User
from tests.acts import thief_of
from tests.browser import Browser
from tests.cast import PASSWORDS, Cast

At = Callable[[str], Browser]
OFFICE = "192.0.2.9"


@pytest.fixture
def sam(clock: time_machine.Traveller, cast: Cast, browser_at: At) -> Browser:
    return browser_at(OFFICE).log_in("sam")


def enter(browser: Browser, user: User, mode: str = "") -> Browser:
    """By the form of the menu's page."""
    place = {"customer": "customers", "reseller": "resellers", "staff": "staff", "individual": "individuals"}[user.kind]
    browser.get(f"/admin/{place}/{user.id}/acting")
    return browser.post(f"/admin/{place}/{user.id}/acting", {"mode": mode})


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


# --- Its end ----------------------------------------------------------------------------------------------------------


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
