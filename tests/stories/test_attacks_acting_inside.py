"""Attacks on "Log in" as somebody: what can be done there, whose act it is, and what stays behind."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import time_machine
from flask import Flask

from domain import users
from domain.audit import Tag
from models import MODELS, Event, Kind, KnownBrowser, Role, Session, User
from tests.acts import thief_of
from tests.blueprints.admin.test_person import page_of
from tests.browser import Browser
from tests.cast import Cast
from tests.routes import csrf_token, routes
from tests.stories.test_attacks_acting import OFFICE, enter, live

pytestmark = pytest.mark.usefixtures("clock")
At = Callable[[str], Browser]
Table = list[tuple[object, ...]]


@pytest.fixture
def sam(cast: Cast, browser_at: At) -> Browser:
    return browser_at(OFFICE).log_in("sam")


def all_rows(*but: type) -> dict[str, Table]:
    return {model.__name__: sorted(model.select().tuples(), key=str) for model in MODELS if model not in but}


# --- Whose acts they are ----------------------------------------------------------------------------------------------

FORMS = {
    "/settings/bind-session": {"bind_session": "yes"},
    "/settings/profile": {"language": "", "time_zone": "Europe/Berlin", "output_format": "", "input_format": ""},
    "/settings/trusted-ips": {"access": "listed", "trusted_ips": "203.0.113.7", "way": "anyway"},
}
SILENT = {
    "/settings/trusted-ips/draft", "/settings/profile/preview", "/settings/sessions/dismiss-warning",
}  # fmt: skip  # they change nothing that is worth an event


def test_every_act_in_the_account_names_both(cast: Cast, sam: Browser, browser_at: At, app: Flask) -> None:
    """Whatever is posted below /settings is refused, or done with an event of actor, subject and that he was acting."""
    for address in ("203.0.113.5", "203.0.113.6"):
        browser_at(address).log_in("carl")
    theirs = [Session.get(Session.user == cast.carl).id, KnownBrowser.get(KnownBrowser.user == cast.carl).id]
    enter(sam, cast.carl)
    done = set()
    for endpoint, method, path in sorted(routes(app)):
        if method != "POST" or not path.startswith("/settings/"):
            continue
        path = path.replace("/1/", f"/{theirs['browser' in endpoint]}/")
        before = Event.select().count()
        sam.get("/settings/security").post(path, FORMS.get(path, {}))
        events = list(Event.select().offset(before).order_by(Event.id))
        assert {(e.actor, e.subject, e.while_acting, e.address) for e in events} <= {("sam", "carl", True, OFFICE)}
        assert bool(events) == (sam.status == 200 and path not in SILENT), (path, sam.status, [e.tag for e in events])
        done |= {event.tag for event in events}
    assert done == {
        tag.wire
        for tag in (
            Tag.BINDING_ENABLED,
            Tag.PREFERENCES_CHANGED,
            Tag.TRUSTED_IPS_CHANGED,
            Tag.SESSION_REVOKED,
            Tag.SESSIONS_ENDED,
            Tag.BROWSER_FORGOTTEN,
        )
    }


@pytest.mark.parametrize("path", ["", "/suspend", "/rescue/unbind", "/rescue/new-password", "/provider-ips"])
def test_in_the_account_of_a_reseller_the_actor_stands_for_what_he_does_to_its_customers(
    path: str, cast: Cast, sam: Browser
) -> None:
    User.update(parent=cast.rita, bind_session=True).where(User.login == "carl").execute()
    enter(sam, cast.rita).get(page_of(cast.carl))
    before = Event.select().count()
    form = {"name": "New", "provider_access": "listed", "provider_ips": "10.0.0.1", "way": "anyway"}
    sam.post(page_of(cast.carl) + path, form)
    found = {(e.actor, e.subject, e.while_acting) for e in Event.select().offset(before).order_by(Event.id)}
    assert found == {("sam", "carl", True)}


# --- Who is not to be trapped, and what is not to stay ----------------------------------------------------------------


def test_nothing_of_the_customer_keeps_out_who_helps_him(
    cast: Cast, sam: Browser, browser_at: At, clock: time_machine.Traveller
) -> None:
    """Two-step on, codes locked, a list, a binding, a password that is due, a class with days of grace: all at once."""
    cast.enrol("carl")
    lists = {"access": "listed", "trusted_ips": "10.0.0.1", "provider_access": "listed", "provider_ips": "10.0.0.2"}
    users.change(cast.carl, {**lists, "bind_session": "yes", "two_factor": "yes"}, cast.visit("console"))
    User.update(wrong_codes_in_row=50, must_change_password=True).where(User.login == "carl").execute()
    enter(sam, cast.carl)
    for path in ("/", "/settings/security", "/settings/profile", "/settings/activity"):
        assert sam.get(path).status == 200, path
        assert "recorded as sam" in sam.words
    sam.get("/settings/security").submit("Save", access="any")
    assert (sam.status, "Saved. Access from any IP." in sam.words) == (200, True)


def test_a_visit_leaves_no_way_in_behind(cast: Cast, sam: Browser, browser_at: At, app: Flask) -> None:
    """No session, known browser, code, link, key or relief of the customer's, and no trace of a log-in of his."""
    cast.enrol("carl")
    kept = [model for model in MODELS if model not in (Session, Event)]
    own = User.select().where(User.login == "carl").dicts().get()
    before, cookie = {m: list(m.select().tuples()) for m in kept}, sam.cookie("postern_device")
    enter(sam, cast.carl)
    for _, method, path in routes(app):
        if path.startswith(("/settings/two-factor", "/settings/recovery-codes", "/settings/password")):
            sam.get(path) if method == "GET" else sam.get("/settings/security").post(path, {"code": "000000"})
    visitor = thief_of(sam)
    sam.get("/settings/security").submit("Return to sam")
    assert {m: list(m.select().tuples()) for m in kept} == before
    assert User.select().where(User.login == "carl").dicts().get() == own
    assert (live("carl"), live("sam"), visitor.is_logged_in) == (0, 1, False)
    assert sam.cookie("postern_device") == cookie


@pytest.mark.parametrize(
    "change",
    [
        lambda: User.update(active=False).where(User.login == "sam"),
        lambda: User.update(role=Role.create(kind="staff", name="Less", permissions='["customers.view"]')).where(
            User.login == "sam"
        ),
        lambda: User.update(kind="reseller", role=Role.get(Role.name == "Reseller")).where(User.login == "sam"),
    ],
    ids=["suspended", "demoted", "moved"],
)
@pytest.mark.parametrize("as_htmx", [False, True])
def test_the_form_that_was_open_when_the_rights_ended_changes_nothing(
    change: Callable[[], object], as_htmx: bool, cast: Cast, sam: Browser
) -> None:
    enter(sam, cast.carl)
    change().execute()  # type: ignore[attr-defined]
    form = {"bind_session": "yes"}
    if as_htmx:
        sam.htmx("POST", "/settings/bind-session", form)
        assert (sam.status, sam.text, sam.response.headers["HX-Redirect"]) == (401, "", "/login")
    else:
        sam.post("/settings/bind-session", form)
        assert (sam.path, "You are no longer permitted to be there." in sam.words) == ("/login", True)
    assert not cast.carl.bind_session
    sam.get("/login").post("/acting/return")
    assert "Carl" not in sam.words or cast.sam.role.name == "Less", "he sees again what he may see himself"
    assert sam.page.find(id="shell-acting") is None


def test_the_customer_ends_the_visit_and_the_form_of_the_actor_changes_nothing_more(
    cast: Cast, sam: Browser, browser: Browser
) -> None:
    enter(sam, cast.carl)
    browser.log_in("carl").get("/settings/security").submit("Log out all others")
    sam.post("/settings/bind-session", {"bind_session": "yes"})
    assert (sam.path, cast.carl.bind_session, live("carl")) == ("/login", False, 1)


# --- View only --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("POST", {}),
        ("POST", {"HX-Request": "true"}),
        ("GET", {}),
        ("GET", {"HX-Request": "true"}),
        ("HEAD", {}),
        ("PUT", {}),
    ],
)
def test_who_only_looks_changes_nothing_whatever_he_sends(
    method: str, headers: dict[str, str], cast: Cast, sam: Browser, app: Flask
) -> None:
    """Every address of the product but Return, the switch and the log-in, for a customer and for a reseller."""
    User.update(parent=cast.rita, bind_session=True).where(User.login == "carl").execute()
    for who, of_kind in ((cast.carl, Kind.CUSTOMER), (cast.rita, Kind.CUSTOMER), (cast.rita, Kind.INDIVIDUAL)):
        enter(sam, who, "view")
        token, before = csrf_token(sam, "/settings/security"), all_rows(Event)
        below = cast.carl if of_kind == Kind.CUSTOMER else cast.ivy
        form = {"csrf_token": token, **FORMS["/settings/trusted-ips"], "bind_session": "yes", "name": "Changed",
                "role": "Billing only", "login": below.login, "theme": "dark", "language": "en"}  # fmt: skip
        for endpoint, _, path in routes(app, kind=of_kind):
            if endpoint.startswith(("acting.", "login", "two_factor.")):
                continue
            path = path.replace("/1", f"/{below.id}", 1) if path.startswith("/admin") else path
            answer = sam.client.open(
                path, method=method, data=form, headers=headers, environ_base={"REMOTE_ADDR": OFFICE}
            )
            assert answer.status_code < 500, (method, path)
        assert all_rows(Event) == before
        tags = {e.tag for e in Event.select().where(Event.while_acting == True)}  # noqa: E712
        assert tags <= {"account:acting:began", "account:acting:ended", "access:page:refused", "events:log:exported"}
        sam.get("/settings/security").submit(f"Return to {cast.sam.login}")


def test_theme_and_language_are_of_the_browser_not_of_the_account(cast: Cast, sam: Browser) -> None:
    enter(sam, cast.carl, "view")
    before = all_rows()
    sam.post("/theme", {"theme": "dark"}).post("/language", {"language": "de"})
    assert all_rows() == before
    assert sam.cookie("postern_theme") == "dark"
