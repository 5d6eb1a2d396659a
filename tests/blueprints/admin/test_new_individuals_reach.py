"""New individuals: whose they are, who makes them, and with which roles."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from domain import users
from models import AllowedRole, Event, Role, RoleKind, User
from tests.acts import anonymous, enter, error_at
from tests.browser import Browser
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("clock")
At = Callable[[str], Browser]
NEW = "/admin/individuals/new"


@pytest.fixture
def carl(cast: Cast, browser: Browser) -> Browser:
    return browser.log_in("carl").get(NEW)


@pytest.fixture
def sam(cast: Cast, browser_at: At) -> Browser:
    return browser_at("192.0.2.20").log_in("sam").get(f"{NEW}?parent=carl")


@pytest.fixture
def paul(cast: Cast) -> User:
    """A customer of rita's."""
    return users.create("paul", cast.visit("rita"), parent="rita", name="Paul Pohl")


def made(login: str) -> User:
    user: User = User.get(User.login == login)
    return user


def role(name: str, *permissions: str) -> Role:
    return Role.create(kind=RoleKind.SELF_CARE, name=name, permissions=json.dumps(permissions))


def allow(customer: User, allowed: Role) -> None:
    AllowedRole.insert(user=customer, role=allowed).execute()


def options(browser: Browser, name: str) -> list[str]:
    return [option.get_text() for option in browser.page.find("select", {"name": name}).find_all("option")]


def value(browser: Browser, name: str) -> str:
    return str(browser.page.find("input", {"name": name})["value"])


# --- Whose ------------------------------------------------------------------------------------------------------------


def test_staff_say_first_whose_it_is(cast: Cast, sam: Browser) -> None:
    assert (sam.get(NEW).status, sam.h1, sam.has_button("Create")) == (200, "New individual", False)
    for typed in ("nobody", "ivy", "rita", "x" * 65):
        sam.get(NEW).submit("Go on", parent=typed)
        assert (sam.status, error_at(sam, "parent")) == (422, f"Error: There is no customer {typed}.")
        assert value(sam, "parent") == typed
    sam.submit("Go on", parent=" CARL ")
    assert (sam.status, sam.path, value(sam, "parent")) == (200, NEW, "carl")
    assert "Customer Carl Cole" in sam.words and not sam.page.find(attrs={"name": "class"})
    sam.submit("Create", login="dora")
    assert (made("dora").parent, sam.follow("Individuals").path) == (cast.carl, "/admin/individuals")


def test_where_there_is_no_customer_yet_the_way_to_one_is_shown(cast: Cast, sam: Browser, browser_at: At) -> None:
    rita = browser_at("192.0.2.21").log_in("rita").get(NEW)
    assert not rita.has_button("Go on") and "No customers yet" in rita.words, "carl is none of hers"
    assert sam.get(NEW).has_button("Go on")
    assert rita.follow("New customer").path == "/admin/customers/new"


def test_a_foreign_customer_is_answered_like_none(cast: Cast, paul: User, browser: Browser) -> None:
    browser.log_in("rita")
    answers = []
    for login in ("carl", "nobody", "ivy"):
        form = browser.get(f"{NEW}?parent={login}").status, anonymous(browser, login)
        browser.get(NEW)
        token = {
            "csrf_token": str(browser.get("/settings/security").page.find("input", {"name": "csrf_token"})["value"])
        }
        browser.post("/admin/individuals", {"parent": login, "login": "dora", **token})
        answers.append((form, (browser.status, anonymous(browser, login))))
    assert answers[0] == answers[1] == answers[2] and answers[0][0][0] == 422
    assert not User.select().where(User.login == "dora").exists()


def test_a_reseller_makes_them_for_his_own_customers(paul: User, browser: Browser) -> None:
    browser.log_in("rita").get(f"{NEW}?parent=paul").submit("Create", login="dora")
    assert (browser.status, made("dora").parent) == (201, paul)


def test_a_customer_makes_his_own_whatever_is_sent(cast: Cast, paul: User, carl: Browser) -> None:
    assert not carl.page.find(attrs={"name": "parent"})
    forged = {"parent": "paul", "class": "Staff", "kind": "staff", "two_factor": "no", "active": "no", "id": "1"}
    carl.post("/admin/individuals", {"login": "dora", **forged})
    dora = made("dora")
    assert (dora.parent, dora.account_class, dora.kind) == (cast.carl, cast.carl.account_class, "individual")
    assert (dora.two_factor, dora.active, carl.get(f"{NEW}?parent=paul").status) == ("inherit", True, 200)


def test_who_acts_for_a_customer_makes_his_and_the_log_says_who_it_was(cast: Cast, sam: Browser) -> None:
    enter(sam, cast.carl).get(NEW).submit("Create", login="dora")
    assert (sam.status, made("dora").parent) == (201, cast.carl)
    event = Event.get(Event.tag == "account:user:created", Event.subject == "dora")
    assert (event.actor, event.while_acting) == ("sam", True)


@pytest.mark.parametrize("login", ["ivy", "carl"])
def test_who_may_not_makes_none(cast: Cast, browser: Browser, login: str) -> None:
    User.update(role=role("Less", "profile", "sessions")).where(User.login == login).execute()
    browser.log_in(login).get("/settings/profile")
    assert browser.get(NEW).status == 403
    assert browser.get("/settings/profile").post("/admin/individuals", {"login": "dora"}).status == 403
    assert not User.select().where(User.login == "dora").exists()


# --- Roles ------------------------------------------------------------------------------------------------------------


@pytest.mark.manual("C86", "C87")
def test_the_roles_are_those_allowed_to_the_customer_for_staff_too(cast: Cast, sam: Browser, carl: Browser) -> None:
    for browser in (sam, carl):
        assert options(browser, "role") == ["Full self-care"]
        for name in ("Billing only", "Owner", "Staff", "Reseller", "nothing"):
            browser.get(f"{NEW}?parent=carl").post(
                "/admin/individuals", {"login": "dora", "parent": "carl", "role": name}
            )
            assert (browser.status, error_at(browser, "role").startswith("Error: You cannot give this role")) == (
                403,
                True,
            )
    allow(cast.carl, Role.get(Role.name == "Billing only"))
    assert options(carl.get(NEW), "role") == ["Full self-care", "Billing only"]
    carl.submit("Create", login="dora", role="Billing only")
    assert made("dora").role.name == "Billing only"


def test_nobody_gives_an_allowed_role_that_has_more_than_his_own(cast: Cast, browser: Browser) -> None:
    allow(cast.carl, role("Bills", "profile"))
    User.update(role=role("Family", "profile", "individuals")).where(User.login == "carl").execute()
    browser.log_in("carl").get(NEW)
    assert options(browser, "role") == ["Bills"]
    browser.post("/admin/individuals", {"login": "dora", "role": "Full self-care"})
    assert (browser.status, User.select().where(User.login == "dora").count()) == (403, 0)


def test_without_a_role_to_give_there_is_no_form_but_whom_to_ask(cast: Cast, sam: Browser, carl: Browser) -> None:
    AllowedRole.delete().where(AllowedRole.user == cast.carl).execute()
    assert (carl.get(NEW).status, carl.has_button("Create")) == (200, False)
    assert "Your provider has to allow one first." in carl.words
    assert not sam.get(f"{NEW}?parent=carl").has_button("Create")
    assert sam.follow("Go on to Carl Cole").path == f"/admin/customers/{cast.carl.id}"
    assert sam.post("/admin/individuals", {"login": "dora", "parent": "carl"}).status == 403
    assert not User.select().where(User.login == "dora").exists()
