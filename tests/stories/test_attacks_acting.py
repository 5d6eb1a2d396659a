"""Attacks on "Log in" as somebody: what others' systems forgot there. Each has a rule, and each rule its test."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

from domain import acting, errors, own_sessions, sessions, users
from models import Event, Kind, Mode, Role, Session, User, database
from tests.acts import thief_of
from tests.blueprints.admin.test_person import page_of
from tests.browser import Browser
from tests.cast import Cast
from tests.routes import csrf_token, routes

pytestmark = pytest.mark.usefixtures("clock")
At = Callable[[str], Browser]
OFFICE, ELSEWHERE = "192.0.2.9", "198.51.100.4"


@pytest.fixture
def sam(cast: Cast, browser_at: At) -> Browser:
    return browser_at(OFFICE).log_in("sam")


def enter(browser: Browser, user: User, mode: str = "") -> Browser:
    browser.get(f"{page_of(user)}/acting").post(f"{page_of(user)}/acting", {"mode": mode})
    assert browser.page.find(id="shell-acting"), browser.words
    return browser


def live(login: str) -> int:
    """The sessions of this account that go on, visits to it included."""
    return Session.select().join(User, on=Session.user).where(User.login == login, Session.ended_at.is_null()).count()


# --- Stolen and forged cookies ----------------------------------------------------------------------------------------


def _serializer(app: Flask):  # type: ignore[no-untyped-def]
    return app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]


def _token(app: Flask, browser: Browser) -> str:
    return str(_serializer(app).loads(browser.cookie("postern_session"))["_user_id"])


def with_token(app: Flask, token: str) -> Browser:
    """Whoever could sign cookies: the worst that can be presented."""
    forger = Browser(app, address=OFFICE)
    forger.client.set_cookie("postern_session", _serializer(app).dumps({"_user_id": token, "_fresh": True}))
    return forger


@pytest.mark.parametrize("rule", ["bound", "own list", "provider's list"])
def test_a_stolen_cookie_of_a_visit_obeys_the_rules_of_the_actor(rule: str, cast: Cast, sam: Browser) -> None:
    columns = {
        "bound": {"bind_session": "yes"},
        "own list": {"access": "listed", "trusted_ips": OFFICE},
        "provider's list": {"provider_access": "listed", "provider_ips": OFFICE},
    }[rule]
    users.change(cast.sam, columns, cast.visit("sam"))
    thief = thief_of(enter(sam, cast.carl))
    thief.address = ELSEWHERE
    for path in ("/settings/security", "/settings/activity", "/admin/customers"):
        thief.get(path)
        assert (thief.status, "Access from this IP denied" in thief.words, "Carl" in thief.words) == (403, True, False)
    thief.post("/settings/bind-session", {"bind_session": "yes"}, csrf=False)
    assert (thief.status, cast.carl.bind_session) == (400, False)
    thief.get("/login").post("/acting/return")
    assert not thief.is_logged_in, "whatever he gets, it is refused there"


def test_a_token_is_of_the_kind_that_it_says_it_is(cast: Cast, sam: Browser, app: Flask) -> None:
    own = _token(app, sam)
    assert not own.startswith("acting.")
    assert not with_token(app, f"acting.{own}").is_logged_in
    enter(sam, cast.carl)
    visiting = _token(app, sam)
    assert visiting.startswith("acting.")
    assert not with_token(app, own).is_logged_in, "the own token is dead from here"
    for forged in (visiting.removeprefix("acting."), f"acting.{visiting}", visiting.upper(), f" {visiting}", "acting."):
        assert not with_token(app, forged).is_logged_in, forged
    assert sam.is_logged_in


@pytest.mark.parametrize("end", ["returned", "ended by the customer, then returned", "logged out"])
def test_a_copy_of_the_cookie_is_worth_nothing_afterwards(end: str, cast: Cast, sam: Browser, browser: Browser) -> None:
    """Nor is Return a way from an old copy to the actor's own session: it leads back once, and him."""
    thief = thief_of(enter(sam, cast.carl))
    stolen, token = str(thief.cookie("postern_session")), csrf_token(thief, "/settings/security")
    if "customer" in end:
        browser.log_in("carl").get("/settings/security").submit("Log out all others")
    sam.get("/settings/security").submit("Log out" if end == "logged out" else "Return to sam")
    for method, path in (("GET", "/settings/security"), ("GET", "/admin/customers"), ("POST", "/acting/return")):
        thief.client.set_cookie("postern_session", stolen)
        thief.response = thief._open(method, path, {"csrf_token": token} if method == "POST" else None, {})
        assert not thief.is_logged_in, path
    assert sam.is_logged_in == (end != "logged out")


@pytest.mark.parametrize("act", ["switch", "confirm"])
def test_an_act_under_way_does_not_reopen_a_visit_that_the_customer_ends(
    act: str, cast: Cast, sam: Browser, app: Flask
) -> None:
    """The guard had let it in; the customer was quicker."""
    enter(sam, cast.carl)
    with app.test_request_context():
        standing = acting.resume(_token(app, sam), OFFICE, cast.visit("sam").now)
    assert standing is not None and standing.acting is not None
    visit = cast.visit("sam", OFFICE)
    before = Session.get_by_id(standing.keyboard.session_id).token_hash
    own_sessions.revoke(cast.carl.id, standing.session_id, cast.visit("carl"))
    with pytest.raises(errors.SessionOver):
        acting.switch(standing, Mode.DEFAULT, visit) if act == "switch" else sessions.confirm(standing, visit)
    assert live("carl") == 0
    assert Session.get_by_id(standing.keyboard.session_id).token_hash == before, "nothing was done by halves"


# --- Forged forms -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("headers", [{}, {"Origin": "https://evil.example"}, {"Sec_Fetch_Site": "cross-site"}])
def test_no_other_site_begins_switches_or_ends_a_visit(headers: dict[str, str], cast: Cast, sam: Browser) -> None:
    begin = f"{page_of(cast.carl)}/acting"
    token = {"csrf_token": csrf_token(sam, "/settings/security")} if headers else {}
    assert sam.post(begin, token, csrf=False, **headers).status == 400
    assert live("carl") == 0
    enter(sam, cast.carl, "view")
    token = {"csrf_token": csrf_token(sam, "/settings/security")} if headers else {}
    for path in ("/acting/role", "/acting/return"):
        assert sam.post(path, {**token, "mode": "default"}, csrf=False, **headers).status == 400
        assert sam.get(path).status == 405
    sam.get("/settings/security")
    assert "View only: nothing can be changed." in sam.words


@pytest.mark.parametrize("mode", ["owner", "", "VIEW", "staff", "assigned\0", "x" * 10_000])
def test_a_forged_mode_gives_the_assigned_role_and_no_more(mode: str, cast: Cast, sam: Browser) -> None:
    Role.update(permissions='["profile"]').where(Role.name == "Billing only").execute()
    User.update(role=Role.get(Role.name == "Billing only")).where(User.login == "carl").execute()
    enter(sam, cast.carl, mode)
    assert sam.get("/settings/activity").status == 403
    for form in ({"mode": mode}, {"mode": mode, "role": "Owner", "permissions": "staff"}):
        sam.get("/settings/profile").post("/acting/role", form)
        assert [sam.get(path).status for path in ("/settings/activity", "/admin/staff")] == [403, 403]
    assert cast.carl.role.name == "Billing only"


def test_of_two_modes_one_is_taken(cast: Cast, sam: Browser) -> None:
    sam.get(page_of(cast.carl))
    token = csrf_token(sam, "/settings/security")
    sam.client.post(f"{page_of(cast.carl)}/acting?mode=default", data={"csrf_token": token, "mode": ["view", "owner"]})
    assert Session.get(Session.actor_session.is_null(False)).acting_mode == "view"


def test_for_a_reseller_every_id_that_is_not_its_own_is_none(cast: Cast, sam: Browser, app: Flask) -> None:
    """sam himself looks after all of them; while he acts for rita they are not there."""
    User.update(parent=None).where(User.login == "carl").execute()
    enter(sam, cast.rita)
    token = csrf_token(sam, "/settings/security")
    walked = 0
    for who, status in ((cast.carl, 404), (cast.ivy, 404), (cast.sam, 403), (cast.rita, 403)):
        for endpoint, method, path in routes(app, kind=Kind(who.kind)):
            if "/1" not in path or not path.startswith(page_of(who).rpartition("/")[0]):
                continue
            path = path.replace("/1", f"/{who.id}", 1)
            answer = sam.client.open(
                path, method=method, data={"csrf_token": token}, environ_base={"REMOTE_ADDR": OFFICE}
            )
            assert answer.status_code == (403 if endpoint.startswith("acting.") else status), (method, path)
            walked += 1
    assert walked > 80


# --- Several at once --------------------------------------------------------------------------------------------------


def test_two_browsers_have_two_visits_that_know_nothing_of_each_other(cast: Cast, sam: Browser, app: Flask) -> None:
    other = Browser(app).log_in("sam")
    enter(sam, cast.carl)
    enter(other, cast.ivy, "view")
    sam.get("/settings/security").submit("Return to sam")
    assert "You are logged in as Ivy ( ivy ), recorded as sam" in other.get("/settings/security").words
    other.submit("Return to sam")
    assert (live("carl"), live("ivy"), live("sam")) == (0, 0, 2)


def at_once(app: Flask, copies: list[Browser], path: str, token: str) -> list[int]:
    """The same form from copies of one cookie, at the same instant."""
    gate = threading.Barrier(len(copies))

    def send(copy: Browser) -> int:
        gate.wait(20)
        copy.response = copy._open("POST", path, {"csrf_token": token}, {})
        return copy.status

    database.close()
    with ThreadPoolExecutor(len(copies)) as pool:
        return list(pool.map(send, copies))


def test_one_session_has_one_visit_however_many_begin(cast: Cast, sam: Browser, app: Flask) -> None:
    token = csrf_token(sam, page_of(cast.carl))
    copies = [thief_of(sam) for _ in range(8)]
    answers = at_once(app, copies, f"{page_of(cast.carl)}/acting", token)
    assert set(answers) <= {303, 409}
    assert (live("carl"), live("sam")) == (1, 1)
    assert sum(copy.is_logged_in for copy in copies) == 1, "and one cookie that opens it"
    [winner] = [copy for copy in copies if copy.is_logged_in]
    losers = [copy for copy in copies if copy is not winner]
    at_once(app, losers, "/acting/return", token)
    assert (sum(copy.is_logged_in for copy in copies), live("sam")) == (1, 1), "nor does Return multiply them"


def test_of_many_returns_at_once_one_is_in_and_nobody_else(cast: Cast, sam: Browser, app: Flask) -> None:
    token = csrf_token(enter(sam, cast.carl), "/settings/security")
    copies = [thief_of(sam) for _ in range(8)]
    at_once(app, copies, "/acting/return", token)
    assert (live("carl"), live("sam")) == (0, 1)
    assert sum(copy.is_logged_in for copy in copies) == 1
    assert Event.select().where(Event.tag == "account:acting:ended").count() == 1
