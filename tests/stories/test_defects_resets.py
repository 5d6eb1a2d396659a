"""What the models shipped and had to fix, with their numbers: what somebody does to the login of somebody else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import time_machine
from flask import Flask

from domain import languages, users
from models import Authenticator as Row
from models import Kind, User
from tests.acts import enable, error_at
from tests.blueprints.admin.test_person import field, page_of, save
from tests.browser import Browser
from tests.cast import PASSWORDS, Authenticator, Cast

pytestmark = pytest.mark.usefixtures("clock")
Terminal = Callable[..., tuple[int, str]]


@pytest.fixture
def sam(cast: Cast, app: Flask) -> Browser:
    return Browser(app).log_in("sam")


@pytest.fixture
def phone(cast: Cast) -> Authenticator:
    return cast.enrol("carl")


def reset(helper: Browser, user: User) -> Browser:
    return helper.get(page_of(user)).follow("Reset 2FA key").submit("Reset 2FA key")


# --- The key ----------------------------------------------------------------------------------------------------------


def test_1666_what_the_class_decides_is_shown_to_staff(cast: Cast, sam: Browser, terminal: Terminal) -> None:
    for policy, said in (("required", "Now required by the customer class."), ("off", "Now switched off by the")):
        assert terminal("class", "set", "Customers", f"two_factor={policy}")[0] == 0
        assert said in sam.get(page_of(cast.carl)).words
        assert said in sam.get(page_of(cast.ivy)).words


def test_1671_yes_for_who_has_a_key_makes_no_new_one(
    cast: Cast, sam: Browser, phone: Authenticator, app: Flask, clock: time_machine.Traveller
) -> None:
    for policy in ("yes", "no", "inherit", "yes"):
        save(sam.get(page_of(cast.carl)), two_factor=policy)
    clock.shift(30)
    assert Browser(app).log_in("carl", phone).path == "/settings/security"


@pytest.mark.parametrize("helper", ["olga", "sam", "rita"])
def test_1673_resetting_the_key_of_another_does_not_log_out_who_does_it(
    helper: str, cast: Cast, phone: Authenticator, app: Flask
) -> None:
    User.update(parent=cast.rita).where(User.login == "carl").execute()
    own = cast.enrol(helper)
    carl, he = Browser(app).log_in("carl", phone), Browser(app).log_in(helper, own)
    reset(he, cast.carl)
    assert (he.status, he.path, he.is_logged_in, carl.is_logged_in) == (200, page_of(cast.carl), True, False)
    assert (users.is_enrolled(getattr(cast, helper)), users.is_enrolled(cast.carl)) == (True, False)


def test_1674_reset_is_there_right_after_activation(cast: Cast, sam: Browser, browser: Browser) -> None:
    sam.get(page_of(cast.carl))
    enable(browser.log_in("carl"))
    sam.htmx("POST", f"{page_of(cast.carl)}/rescue")
    assert sam.page.find("a", id="rescue-reset-open"), "the open page too, at its next act"
    reset(sam, cast.carl)
    assert not users.is_enrolled(cast.carl)


def test_1676_staff_are_warned_by_numbers_before_a_reset(
    cast: Cast, sam: Browser, phone: Authenticator, app: Flask
) -> None:
    Browser(app).log_in("carl", phone)
    sam.get(page_of(cast.carl)).follow("Reset 2FA key")
    assert "Their authenticator app and 10 recovery codes stop working now. 1 session is logged out." in sam.words
    assert "After that, the password alone logs in until they set up a new key." in sam.words
    assert users.is_enrolled(cast.carl), "nothing has happened yet"
    assert (sam.follow("Cancel").path, sam.is_logged_in) == (page_of(cast.carl), True)


def test_1677_staff_see_that_there_is_a_key_while_it_lies_dormant(
    cast: Cast, sam: Browser, phone: Authenticator
) -> None:
    save(sam.get(page_of(cast.carl)), two_factor="no")
    said = " ".join(sam.page.find(id="person-two-factor").get_text().split())
    assert said.startswith("Set up ") and said.endswith("Now switched off for this login: no code is asked.")
    assert sam.page.find("a", id="rescue-reset-open"), "and can erase it"


def test_1679_1681_reset_is_inactive_where_there_is_no_key(cast: Cast, sam: Browser) -> None:
    assert sam.get(page_of(cast.carl)).button("Reset 2FA key").has_attr("disabled")
    sam.get(f"{page_of(cast.carl)}/rescue/reset")
    assert ("There is no key to reset." in sam.words, sam.has_button("Reset 2FA key")) == (True, False)
    carl = Browser(sam.app).log_in("carl")
    sam.post(f"{page_of(cast.carl)}/rescue/reset")
    assert (sam.status < 500, carl.is_logged_in) == (True, True), "and logs out nobody"


def test_1693_after_a_wrong_code_and_a_reset_by_staff_the_way_leads_to_the_form(
    cast: Cast, sam: Browser, phone: Authenticator, app: Flask
) -> None:
    carl = Browser(app).log_in("carl").submit("Ok", code=phone.wrong_code())
    reset(sam, cast.carl)
    assert carl.submit("Ok", code=phone.code()).path == "/login"
    assert carl.log_in("carl").path == "/settings/security"


# --- Passwords and logins ---------------------------------------------------------------------------------------------


def test_2156_2157_2172_2225_a_password_set_by_staff_is_renewed_with_two_step_on(
    cast: Cast, sam: Browser, phone: Authenticator, app: Flask, clock: time_machine.Traveller
) -> None:
    sam.get(page_of(cast.carl)).submit("Set new password")
    made = sam.page.find(id="rescue-secret").get_text()
    clock.shift(30)
    carl = Browser(app).log_in("carl", phone, password=made)
    assert carl.h1 == "Choose a new password"
    new = "twelve dry mittens"
    carl.submit("Change password", current_password=made, new_password=new, confirmation=new)
    assert (carl.path, users.is_enrolled(cast.carl)) == ("/settings/security", True)


@pytest.mark.parametrize(("policy", "minimum"), [("inherit", 15), ("yes", 8)])
def test_1753_1857_1858_a_password_that_staff_generate_obeys_the_rules(
    policy: str, minimum: int, cast: Cast, sam: Browser
) -> None:
    save(sam.get(page_of(cast.carl)), two_factor=policy).submit("Generate password")
    made = field(sam, "new_password")
    assert (len(made) >= minimum, f"At least {minimum} characters." in sam.words) == (True, True)
    sam.submit("Set password", new_password=made)
    assert (sam.status, "The password is set." in sam.words) == (200, True)
    sam.submit("Set password", new_password="x" * (minimum - 1))
    assert (sam.status, f"Use at least {minimum} characters" in error_at(sam, "new_password")) == (422, True)


@pytest.mark.parametrize("taken", ["rita", "RITA", " rita ", "\uff32\uff29\uff34\uff21", "olga", "ivy"])
def test_1814_a_login_exists_once_whatever_the_kind_and_the_spelling(
    taken: str, cast: Cast, sam: Browser, terminal: Terminal, tmp_path: Path
) -> None:
    people = User.select().count()
    sam.get("/admin/customers/new").submit("Create", login=taken)
    assert (sam.status, "is taken" in error_at(sam, "login")) == (422, True)
    save(sam.get(page_of(cast.carl)), login=taken)
    assert (sam.status, "is taken" in error_at(sam, "login")) == (422, True)
    assert terminal("user", "create", taken)[0] == 1
    file = tmp_path / "people.csv"
    file.write_text(f"login,kind\nnew-one,customer\n{taken},customer\n", encoding="utf-8")
    code, said = terminal("import", str(file))
    assert (code, User.select().count()) == (1, people), said
    assert "3" in said, "the line"
    assert cast.carl.login == "carl"


@pytest.mark.parametrize("login", list(PASSWORDS))
def test_2105_no_page_shows_a_stored_password(login: str, cast: Cast, app: Flask) -> None:
    olga, person = Browser(app).log_in("olga"), Browser(app).log_in(login)
    user = getattr(cast, login)
    for browser, path in ((olga, page_of(user)), (person, "/settings/password"), (person, "/settings/security")):
        browser.get(path)
        assert browser.status == 200
        assert not [text for text in (PASSWORDS[login], user.password_hash) if text in browser.text]
        assert not [tag["id"] for tag in browser.page.select("input[type=password]") if tag.get("value")]


def test_2105_no_key_is_shown_once_it_is_set_up(cast: Cast, sam: Browser, phone: Authenticator) -> None:
    secret = Row.get().secret
    for path in (page_of(cast.carl), f"{page_of(cast.carl)}/rescue/reset"):
        assert not [text for text in (phone.key, secret) if text in sam.get(path).text.replace(" ", "")]


# --- Preferences and addresses ----------------------------------------------------------------------------------------


def test_2387_staff_choose_from_the_languages_that_are_there(cast: Cast, sam: Browser) -> None:
    offered = sam.get(page_of(cast.carl)).page.select("#person-form select[name=language] option")
    assert {str(option["value"]) for option in offered} == {"", *languages.offered()}
    save(sam, language="tlh")
    assert (sam.status, bool(error_at(sam, "language")), cast.carl.language) == (422, True, None)


def test_2085_a_netmask_is_accepted_where_staff_write_it(cast: Cast, sam: Browser) -> None:
    typed = "192.168.192.0/255.255.255.0"
    sam.get(page_of(cast.carl)).submit("Save", provider_access="listed", provider_ips=typed)
    assert field(sam.get(page_of(cast.carl)), "provider_ips").strip() == "192.168.192.0/24;"


def test_1806_a_wrong_address_is_said_to_staff_in_their_language(cast: Cast, sam: Browser) -> None:
    User.update(language="de").where(User.login == "sam").execute()
    form = {"provider_access": "listed", "provider_ips": "10.0.0.0/0.0.0.255"}
    sam.get(page_of(cast.carl)).htmx("POST", f"{page_of(cast.carl)}/provider-ips", form)
    assert sam.status == 422
    said = error_at(sam, "provider_ips")
    assert languages.offered()["de"].gettext("Line %(line)s: %(reason)s", line=1, reason="") in f"{said} "
    assert "Line 1" not in said


def test_1814_an_individual_is_no_exception(cast: Cast, sam: Browser) -> None:
    users.create("tom", cast.visit("console"), kind=Kind.INDIVIDUAL, parent="carl", name="Tom")
    tom = User.get(User.login == "tom")
    save(sam.get(page_of(tom)), login="carl")
    assert (sam.status, error_at(sam, "login")) == (422, "Error: The login carl is taken.")
