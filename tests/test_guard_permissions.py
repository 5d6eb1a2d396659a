"""A permission that a role lacks hides the panel and refuses the route, from the next request."""

from __future__ import annotations

import json

import pytest
from flask import Flask

from domain import authority
from domain.authority import Act
from domain.permissions import SELF_CARE, Permission
from models import Event, Kind, Role, User
from tests.browser import Browser
from tests.cast import Cast
from tests.routes import csrf_token, marked, routes

SHOWN_BY = {
    Permission.PROFILE: ["profile-tab"],
    Permission.TWO_FACTOR: ["two-factor-panel"],
    Permission.ADDRESSES: ["trusted-ips-panel", "bind-session-panel"],
    Permission.SESSIONS: ["sessions-panel", "known-browsers-panel"],
    Permission.ACTIVITY: ["activity-panel"],
    Permission.INDIVIDUALS: ["individuals-tab"],
}


@pytest.mark.parametrize("permission", sorted(SELF_CARE))
def test_a_permission_that_the_role_lacks_hides_its_panel_and_refuses_its_views(
    permission: Permission, app: Flask, cast: Cast, browser: Browser
) -> None:
    browser.log_in("carl")
    assert all(browser.page.find(id=panel) for panel in SHOWN_BY[permission])
    Role.update(permissions=json.dumps([p for p in Permission if p is not permission])).execute()
    browser.get("/settings/security")
    others = [panel for p, panels in SHOWN_BY.items() if p is not permission for panel in panels]
    assert all(browser.page.find(id=panel) for panel in [*others, "password-panel"])
    assert not any(browser.page.find(id=panel) for panel in SHOWN_BY[permission])
    token = csrf_token(browser, "/settings/security")
    refused = [
        (m, path)
        for endpoint, m, path in routes(app, kind=Kind.INDIVIDUAL)
        if (need := marked(app, endpoint)).permissions == {permission}
        or (need.act and authority.needed(Kind.CUSTOMER, Kind.INDIVIDUAL, need.act) == {permission})
    ]
    assert refused
    for method, path in refused:
        assert not browser.page.find(attrs={"href": path}), f"{path} is still linked"
        answer = browser.client.open(path, method=method, data={"csrf_token": token})
        assert (answer.status_code, "Your role does not include this page" in answer.text) == (403, True), path
        answer = browser.client.open(path, method=method, data={"csrf_token": token}, headers={"HX-Request": "true"})
        assert (answer.status_code, answer.text, answer.headers["HX-Redirect"]) == (403, "", "/"), path
    events = Event.select().where(Event.tag == "access:page:refused", Event.subject == "carl")
    assert [json.loads(event.details)["path"] for event in events[::2]] == [path for _, path in refused]


def test_every_permission_is_asked_for_by_a_view(app: Flask) -> None:
    asked = {permission for endpoint, _, _ in routes(app) for permission in marked(app, endpoint).permissions}
    asked |= {p for by in Kind for kind in Kind for act in Act for p in authority.needed(by, kind, act) or ()}
    assert asked == set(Permission)


@pytest.mark.parametrize("kind", list(Kind))
def test_each_act_on_somebody_else_needs_its_permissions(kind: Kind, app: Flask, cast: Cast, browser: Browser) -> None:
    """A role with everything but one of them is refused, before anybody looks whether the person exists."""
    views = {(m, path, need.act) for endpoint, m, path in routes(app, kind=kind)
             if (need := marked(app, endpoint)).act and need.kind in (None, kind)}  # fmt: skip
    assert len(views) > 10
    browser.log_in("sam")
    token = csrf_token(browser, "/settings/security")
    for method, path, act in sorted(views):
        for lacking in authority.needed(Kind.STAFF, kind, act) or ():
            permitted = json.dumps([p for p in Permission if p is not lacking])
            Role.update(permissions=permitted).where(Role.name == "Staff").execute()
            answer = browser.client.open(path, method=method, data={"csrf_token": token})
            assert (answer.status_code, "Your role does not include this page" in answer.text) == (403, True), path


def test_enrolment_that_is_due_needs_no_permission(cast: Cast, browser: Browser) -> None:
    Role.update(permissions="[]").execute()
    User.update(two_factor="yes").where(User.login == "carl").execute()
    assert browser.log_in("carl").h1 == "Enable two-step authentication"
    assert browser.submit("Enable two-step authentication").page.select("dd code")
