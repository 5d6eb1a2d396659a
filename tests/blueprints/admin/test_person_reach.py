"""Whom the pages about a person are closed to, and what their forms do not change."""

from __future__ import annotations

import pytest
from flask import Flask

from domain import users
from models import Kind, Role, Session, User
from tests.blueprints.admin.test_person import page_of
from tests.browser import Browser
from tests.cast import Cast

ABOUT_ONE = "/admin/<people:kind>/<int:user_id>"

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def olga(cast: Cast, browser: Browser) -> Browser:
    return browser.log_in("olga")


@pytest.fixture
def sam(cast: Cast, app: Flask) -> Browser:
    return Browser(app).log_in("sam")


# --- What a form does not own -----------------------------------------------------------------------------------------


def test_no_form_changes_what_it_does_not_own(cast: Cast, sam: Browser, app: Flask) -> None:
    forged = {
        "kind": "staff", "password_hash": "x", "must_change_password": "yes", "created_at": "2000-01-01", "id": "1",
        "active": "no", "access": "listed", "trusted_ips": "10.0.0.1", "provider_access": "any", "enrolled": "1",
        "wrong_codes_in_row": "50", "last_login_at": "2000-01-01", "name": "Changed",
    }  # fmt: skip
    before = User.select().where(User.id == cast.carl.id).dicts().get()
    sam.get(page_of(cast.carl)).post(page_of(cast.carl), forged)
    after = User.select().where(User.id == cast.carl.id).dicts().get()
    assert {name for name in before if before[name] != after[name]} == {"name"}
    for role in ("Owner", "Staff", "Reseller", "nonsense"):
        sam.post(page_of(cast.carl), {"role": role})
        assert (sam.status, cast.carl.role.name) == (403, "Full self-care")
    sam.post(page_of(cast.carl), {"class": "Staff"})
    assert (sam.status, cast.carl.account_class.name) == (422, "Customers")
    sam.post(page_of(cast.ivy), {"class": "Resellers", "parent": "rita", "name": "Ivy I."})
    assert (cast.ivy.name, cast.ivy.account_class.name, cast.ivy.parent) == ("Ivy I.", "Customers", cast.carl)


def test_who_may_only_look_finds_no_save_and_is_refused_one(cast: Cast, sam: Browser) -> None:
    Role.update(permissions='["customers.view"]').where(Role.name == "Staff").execute()
    sam.get(page_of(cast.carl))
    assert sam.status == 200
    for act in ("Save", "Suspend", "Reset 2FA key", "Log in", "Set password", "Revoke"):
        assert not sam.has_button(act), act
    assert sam.page.select_one("#person-form fieldset[disabled]")
    for path in ("", "/suspend", "/rescue/sessions", "/provider-ips", "/rescue/password"):
        assert sam.post(page_of(cast.carl) + path, {"name": "x"}).status == 403
    assert cast.carl.name == "Carl Cole"


def about_one(app: Flask) -> list[tuple[str, str]]:
    return sorted(
        (rule.rule.removeprefix(ABOUT_ONE).replace("<int:session_id>", "1"), method)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(ABOUT_ONE)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    )


@pytest.mark.parametrize(
    ("login", "others", "status"),
    [
        ("rita", {"carl", "ivy"}, {404}),  # customers of the provider, who exist, but not for her
        ("rita", {"sam", "olga", "rita"}, {403}),
        ("sam", {"sam", "olga"}, {403}),
        ("carl", {"carl", "rita", "sam", "olga"}, {403}),
        ("ivy", {"carl", "ivy", "rita"}, {403}),
    ],
)
def test_whoever_is_not_below_is_out_of_reach_at_every_address(
    cast: Cast, app: Flask, browser: Browser, login: str, others: set[str], status: set[int]
) -> None:
    browser.log_in(login).get("/settings/security")
    before = [list(model.select().dicts()) for model in (User, Session)]
    found = about_one(app)
    assert len(found) > 25
    for other in sorted(others):
        for path, method in found:
            address = page_of(getattr(cast, other)) + path
            answer = browser.get(address) if method == "GET" else browser.post(address, {"login": other})
            assert answer.status in status, (method, address, answer.status)
    assert [list(model.select().dicts()) for model in (User, Session)] == before


@pytest.mark.parametrize("login", ["rita", "carl"])
def test_individuals_of_others_are_not_there_as_if_there_were_none(
    cast: Cast, app: Flask, browser: Browser, login: str
) -> None:
    users.create("dora", cast.visit("console:test"), name="Dora Dean")
    theirs = users.create("ilja", cast.visit("console:test"), kind=Kind.INDIVIDUAL, parent="dora", name="Ilja")
    browser.log_in(login).get("/settings/security")
    before = list(User.select().dicts())
    for path, method in about_one(app):
        answers = [send(browser, method, f"/admin/individuals/{at}{path}") for at in (theirs.id, 999_999)]
        assert answers[0] == answers[1] and answers[0][0] in (403, 404), (method, path)
    assert list(User.select().dicts()) == before


def send(browser: Browser, method: str, address: str) -> tuple[int, str]:
    token = {"csrf_token": str(browser.page.select_one("[name=csrf_token]")["value"])}
    fields = {"login": "ilja", "role": "Full self-care", "name": "X", "address": "192.0.2.1"} | token
    answer = browser.get(address) if method == "GET" else browser.post(address, fields)
    return answer.status, answer.h1


def test_an_address_of_another_kind_or_of_nobody_is_not_found(cast: Cast, olga: Browser, app: Flask) -> None:
    for path, method in about_one(app):
        for of_other in (
            f"/admin/resellers/{cast.carl.id}",
            "/admin/customers/999999",
            f"/admin/customers/{cast.sam.id}",
        ):
            answer = olga.get(of_other + path) if method == "GET" else olga.post(of_other + path)
            assert answer.status == 404, (method, of_other + path)
