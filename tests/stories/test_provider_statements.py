"""What the manuals say of the provider's side, retold: who logs in where, two-step from above, passwords, roles.

What one page does by itself is tested beside it, in tests/blueprints/admin/.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
import time_machine
from flask import Flask

from domain import users
from models import AccountClass, AllowedRole, Event, Kind, Role, RoleKind, Session, User
from tests.acts import error_at, shown_codes, shown_key
from tests.blueprints.admin.test_person import field, page_of, save
from tests.browser import Browser
from tests.cast import PASSWORDS, Authenticator, Cast

pytestmark = pytest.mark.usefixtures("clock")
At = Callable[[str], Browser]
Terminal = Callable[..., tuple[int, str]]
BELOW = [login for login in PASSWORDS if login != "olga"]


@pytest.fixture
def olga(cast: Cast, browser: Browser) -> Browser:
    return browser.log_in("olga")


@pytest.fixture
def sam(cast: Cast, app: Flask) -> Browser:
    return Browser(app).log_in("sam")


def enrol(person: Browser, clock: time_machine.Traveller) -> Authenticator:
    """From the page that stands before all others to the end, and on to where the next code is a new one."""
    phone = shown_key(person.submit("Enable two-step authentication"))
    person.submit("Ok", code=phone.code())
    assert len(shown_codes(person)) == 10
    person.submit("Done", saved="yes")
    clock.shift(30)
    return phone


# --- Levels -----------------------------------------------------------------------------------------------------------


@pytest.mark.manual("T41", "T42", "A6")
def test_an_owner_with_two_step_stays_at_the_own_level_and_enters_staff_without_their_code(
    cast: Cast, browser: Browser, clock: time_machine.Traveller
) -> None:
    phone, _ = cast.enrol("olga"), cast.enrol("sam")
    browser.log_in("olga")
    browser.post(f"{page_of(cast.sam)}/acting")
    assert browser.path == "/login/code", "the own code comes first"
    browser.get("/login/code").submit("Ok", code=phone.code())
    assert (browser.path, browser.page.find(id="shell-acting")) == ("/admin/customers", None)
    assert not Session.select().where(Session.actor_session.is_null(False)).exists()
    browser.follow("Staff").submit("Log in as Sam Stone")
    assert (browser.path, "recorded as olga" in browser.words) == ("/admin/customers", True)
    browser.submit("Return to olga")
    assert (browser.path, browser.page.find(id="shell-acting")) == (page_of(cast.sam), None)


@pytest.mark.manual("T43", "T44")
def test_an_owner_sets_the_password_of_staff_and_nobody_elses_opens_that_login(
    cast: Cast, olga: Browser, app: Flask
) -> None:
    new = "twenty two paper boats"
    olga.get(page_of(cast.sam)).submit("Set password", new_password=new)
    for wrong in (PASSWORDS["sam"], PASSWORDS["olga"]):
        assert Browser(app).log_in("sam", password=wrong).status == 401
    sam = Browser(app).log_in("sam", password=new)
    assert sam.h1 == "Choose a new password", "unless the box is unticked"
    newest = "twenty three paper boats"
    sam.submit("Change password", current_password=new, new_password=newest, confirmation=newest)
    assert sam.path == "/admin/customers"


# --- Two-step from above ----------------------------------------------------------------------------------------------


@pytest.mark.manual("T45", "C63", "C64", "C65", "C67", "R93", "R94", "D113")
@pytest.mark.parametrize("login", BELOW)
def test_yes_asks_for_a_key_before_any_page_and_cannot_be_switched_off_by_the_person(
    login: str, cast: Cast, olga: Browser, app: Flask, clock: time_machine.Traveller
) -> None:
    person = Browser(app).log_in(login)
    save(olga.get(page_of(getattr(cast, login))), two_factor="yes")
    assert "Required, not set up yet. Now required for this login." in olga.words
    assert "2FA required, not set" in olga.page.find(id="person-head").get_text()
    for path in ("/", "/settings/security", "/settings/password", "/admin/customers"):
        assert person.get(path).h1 == "Enable two-step authentication", "the open session too"
    person = Browser(app).log_in(login)
    assert person.h1 == "Enable two-step authentication"
    assert not person.has_button("Later")
    phone = enrol(person, clock)
    assert "Set up" in olga.get(page_of(getattr(cast, login))).words
    person.get("/settings/security")
    assert not person.has_button("Disable two-step authentication")
    person.post("/settings/two-factor/disable", {"code": phone.code()})
    assert (person.status, users.is_enrolled(getattr(cast, login))) == (422, True)


@pytest.mark.manual("D113")
def test_staff_find_who_must_enrol_and_has_not(cast: Cast, sam: Browser) -> None:
    save(sam.get(page_of(cast.carl)), two_factor="yes")
    sam.get("/admin/customers?filter=required")
    assert [a.get_text() for a in sam.page.select("tbody th a")] == ["Carl Cole"]
    assert "2FA required, not set" in sam.page.tbody.get_text()


@pytest.mark.manual("C68")
def test_no_asks_for_no_code_and_back_to_yes_the_same_phone_works(
    cast: Cast, sam: Browser, app: Flask, clock: time_machine.Traveller
) -> None:
    phone = cast.enrol("carl")
    AccountClass.update(two_factor="required").where(AccountClass.name == "Customers").execute()
    sam.get(page_of(cast.carl)).submit("Save", two_factor="no")
    assert "Now switched off for this login: no code is asked." in sam.words
    carl = Browser(app).log_in("carl")
    assert (carl.path, "Switched off by your provider" in carl.words) == ("/settings/security", True)
    assert not carl.has_button("Enable two-step authentication")
    sam.submit("Save", two_factor="yes")
    clock.shift(30)
    back = Browser(app).log_in("carl")
    assert back.path == "/login/code"
    assert back.submit("Ok", code=phone.code()).path == "/settings/security"


@pytest.mark.manual("C66", "R94")
@pytest.mark.parametrize(("login", "group"), [("carl", "Customers"), ("ivy", "Customers"), ("rita", "Resellers")])
def test_as_defined_by_the_class_follows_the_class_at_once(
    login: str, group: str, cast: Cast, olga: Browser, app: Flask, terminal: Terminal
) -> None:
    person, page = Browser(app).log_in(login), page_of(getattr(cast, login))
    for policy, value, holds, h1 in (
        ("required", "(Yes)", "Now required by the customer class.", "Enable two-step authentication"),
        ("off", "(No)", "Now switched off by the customer class", "Security"),
        ("required", "(Yes)", "Now required by the customer class.", "Enable two-step authentication"),
        ("optional", "(Optional)", "Now optional, as defined by the customer class.", "Security"),
    ):
        assert terminal("class", "set", group, f"two_factor={policy}")[0] == 0
        olga.get(page)
        assert f"As defined by the customer class {value}" in olga.words
        assert holds in olga.words
        assert person.get("/settings/security").h1 == h1


@pytest.mark.manual("C66")
def test_another_class_is_another_policy_at_the_next_request(cast: Cast, sam: Browser, app: Flask) -> None:
    AccountClass.create(name="Business", two_factor="required")
    carl, ivy = (Browser(app).log_in(login) for login in ("carl", "ivy"))
    sam.get(page_of(cast.carl)).submit("Save", **{"class": "Business"})
    assert "As defined by the customer class (Yes)" in sam.words
    for person in (carl, ivy):
        assert person.get("/settings/security").h1 == "Enable two-step authentication"


@pytest.mark.manual("C69", "R95")
@pytest.mark.parametrize(("policy", "next_page"), [("yes", "Enable two-step authentication"), ("inherit", "Security")])
def test_after_a_reset_the_next_log_in_enrols_or_asks_for_the_password_only(
    policy: str, next_page: str, cast: Cast, sam: Browser, app: Flask, clock: time_machine.Traveller
) -> None:
    phone = cast.enrol("carl")
    carl = Browser(app).log_in("carl", phone)
    sam.get(page_of(cast.carl)).submit("Save", two_factor=policy)
    sam.follow("Reset 2FA key")
    assert (sam.h1, users.is_enrolled(cast.carl)) == ("Reset the 2FA key of Carl Cole?", True)
    assert "10 recovery codes stop working now. 1 session is logged out." in sam.words
    assert sam.follow("Cancel").path == page_of(cast.carl)
    assert users.is_enrolled(cast.carl) and carl.is_logged_in
    sam.follow("Reset 2FA key").submit("Reset 2FA key")
    assert (sam.path, users.is_enrolled(cast.carl), carl.is_logged_in) == (page_of(cast.carl), False, False)
    assert sam.button("Reset 2FA key").has_attr("disabled")
    clock.shift(30)
    assert Browser(app).log_in("carl").h1 == next_page


@pytest.mark.manual("R95")
def test_a_reseller_resets_its_own_customers_and_no_peer(cast: Cast, app: Flask) -> None:
    users.create("rob", cast.visit("console"), kind=Kind.RESELLER, name="Rob", password_hash=cast.rita.password_hash)
    User.update(parent=cast.rita).where(User.login == "carl").execute()
    for login in ("carl", "ivy", "rita"):
        cast.enrol(login)
    User.update(two_factor="no").where(User.login == "rita").execute()
    rob, rita = Browser(app).log_in("rob", password=PASSWORDS["rita"]), Browser(app).log_in("rita")
    for who, status in ((cast.rita, 403), (cast.carl, 404), (cast.ivy, 404)):
        assert rob.post(f"{page_of(who)}/rescue/reset").status == status
        assert users.is_enrolled(who)
    for who in (cast.carl, cast.ivy):
        rita.get(f"{page_of(who)}/rescue/reset").submit("Reset 2FA key")
        assert (rita.status, users.is_enrolled(who)) == (200, False)


# --- Passwords --------------------------------------------------------------------------------------------------------


@pytest.mark.manual("C60", "C61", "C62", "R91", "R92", "D121")
@pytest.mark.parametrize("login", ["carl", "rita", "ivy"])
def test_a_password_is_generated_shown_once_and_has_to_be_changed(
    login: str, cast: Cast, sam: Browser, app: Flask
) -> None:
    sam.get(page_of(getattr(cast, login))).submit("Generate password")
    typed = sam.page.find(id="rescue-new")
    assert (len(typed["value"]), typed["type"]) == (20, "text")
    assert not sam.page.find("button", {"data-reveal": "rescue-new"}), "it is shown already"
    made = sam.submit("Set password", new_password="").page.find(id="rescue-password-secret").get_text()
    toggle = sam.page.find("button", {"data-reveal": "rescue-new"})
    assert (toggle["data-show-label"], toggle["data-hide-label"]) == ("Show password", "Hide password")
    assert made not in sam.get(page_of(getattr(cast, login))).text
    person = Browser(app).log_in(login, password=made)
    assert person.h1 == "Choose a new password"
    assert person.get("/settings/security").h1 == "Choose a new password", "and no page before"


# --- Credentials and roles --------------------------------------------------------------------------------------------


@pytest.mark.manual("R88", "R89", "C47")
def test_a_resellers_login_is_the_providers_to_change_and_his_own_to_read(
    cast: Cast, sam: Browser, browser: Browser
) -> None:
    save(sam.get(page_of(cast.rita)), login="carl")
    assert (sam.status, error_at(sam, "login")) == (422, "Error: The login carl is taken.")
    save(sam, login="rita.reyes")
    browser.log_in("rita.reyes", password=PASSWORDS["rita"]).get("/settings/profile")
    assert (browser.page.find(attrs={"name": "login"}), "rita.reyes" in browser.words) == (None, True)
    browser.post("/settings/profile", {"login": "mine", "language": "", "time_zone": ""})
    assert User.select().where(User.login == "rita.reyes").exists()


@pytest.mark.manual("C80", "C81", "R100")
@pytest.mark.parametrize(
    ("login", "kind", "default"),
    [
        ("carl", RoleKind.SELF_CARE, "Full self-care"),
        ("ivy", RoleKind.SELF_CARE, "Full self-care"),
        ("rita", RoleKind.RESELLER, "Reseller"),
    ],
)
def test_a_new_role_can_be_chosen_at_once_where_it_is_of_the_right_kind(
    login: str, kind: RoleKind, default: str, cast: Cast, sam: Browser, app: Flask
) -> None:
    page = page_of(getattr(cast, login))
    person = Browser(app).log_in(login)
    assert field(sam.get(page), "role") == default
    for made in RoleKind:
        role = Role.create(kind=made, name=f"New {made}", permissions='["profile"]')
        AllowedRole.insert(user=cast.carl, role=role).execute()
    offered = [option["value"] for option in sam.get(page).page.select("#person-role option")]
    assert {name for name in offered if name.startswith("New")} == {f"New {kind}"}
    assert person.get("/settings/activity").status == 200
    save(sam, role=f"New {kind}")
    assert (sam.status, field(sam, "role")) == (200, f"New {kind}")
    assert person.get("/settings/activity").status == 403


# --- Sessions and what happened ---------------------------------------------------------------------------------------


@pytest.mark.manual("D114", "D115")
def test_staff_see_sessions_and_log_and_end_a_session(cast: Cast, sam: Browser, browser_at: At) -> None:
    lap, phone = browser_at("203.0.113.5").log_in("carl"), browser_at("203.0.113.6").log_in("carl")
    browser_at("203.0.113.7").get("/login").submit("Log in", login="carl", password="wrong")
    sam.get(page_of(cast.carl))
    told = " ".join(sam.page.find(id="person-sessions").get_text(" ").split())
    assert "203.0.113.5" in told and "203.0.113.6" in told and "Firefox on Linux" in told
    log = " ".join(sam.page.find(id="person-activity").get_text(" ").split())
    assert "Wrong password" in log and "Logged in" in log and "203.0.113.7" in log
    sam.submit("Revoke Firefox on Linux, 203.0.113.5")
    assert (lap.is_logged_in, phone.is_logged_in) == (False, True)
    revoked = Event.get(Event.tag == "account:session:revoked")
    assert (revoked.actor, revoked.subject) == ("sam", "carl")
    assert lap.get("/settings/security").path == "/login"
