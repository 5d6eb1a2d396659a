"""Profile: one's own language, time zone and formats, shown, saved and refused. The preview has a module of its own."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from bs4 import Tag

from domain import languages, preferences
from domain.permissions import Permission
from domain.preferences import NOTHING, Chosen
from models import AccountClass, Event, Role, User
from tests.acts import error_at
from tests.browser import Browser
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("clock")
At = Callable[[str], Browser]
PAGE = "/settings/profile"
LABELS = {
    "profile-language": "Web interface language",
    "profile-time-zone": "Time zone",
    "profile-output-format": "Output format",
    "profile-input-format": "Input format",
}


@pytest.fixture
def carl(cast: Cast, browser: Browser) -> Browser:
    return browser.log_in("carl").get(PAGE)


def german(sentence: str, **values: object) -> str:
    return languages.offered()["de"].gettext(sentence, **values)


def stored(login: str = "carl") -> Chosen:
    return preferences.of(User.get(User.login == login))


def words(tag: Tag | None) -> str:
    assert tag is not None
    return " ".join(tag.get_text(" ").split())


def chosen(browser: Browser, column: str) -> str:
    """The option that a select shows."""
    select = browser.page.find("select", {"name": column})
    assert isinstance(select, Tag)
    return words(select.find("option", selected=True) or select.find("option"))  # type: ignore[arg-type]


def value(browser: Browser, name: str) -> str:
    field = browser.page.find("input", {"name": name})
    assert isinstance(field, Tag)
    return str(field["value"])


def hint(browser: Browser, column: str) -> str:
    return words(browser.page.find(id=f"profile-{column.replace('_', '-')}-hint"))  # type: ignore[arg-type]


def events() -> list[Event]:
    return list(Event.select().where(Event.tag == "account:preferences:changed"))


# --- What stands there ------------------------------------------------------------------------------------------------


@pytest.mark.manual("C82", "C83", "C84", "C85")
def test_the_fields_are_called_what_everybody_calls_them(carl: Browser) -> None:
    assert {id: words(carl.page.find("label", {"for": id})) for id in LABELS} == LABELS  # type: ignore[arg-type]
    assert carl.page.find(id="profile-login")["value"] == "carl"  # type: ignore[index]
    assert carl.page.find(id="profile-tab")["aria-current"] == "page"  # type: ignore[index]


def test_who_has_chosen_nothing_sees_what_he_has_from_browser_and_default(carl: Browser) -> None:
    assert chosen(carl, "language") == "English (as your browser asks)"
    assert value(carl, "time_zone") == ""
    assert hint(carl, "time_zone") == "A large city. Empty: UTC."
    assert [chosen(carl, f) for f in ("output_format", "input_format")] == ["DD.MM.YYYY HH24:MI (default)"] * 2
    carl.client.set_cookie("postern_zone", "Europe/Vienna")
    carl.get(PAGE, Accept_Language="de-AT")
    assert chosen(carl, "language") == german("%(value)s (as your browser asks)", value="Deutsch")
    assert "Europe/Vienna" in hint(carl, "time_zone")
    assert carl.page.find(id="profile-time-zone")["placeholder"] == "Europe/Vienna"  # type: ignore[index]


def test_what_was_chosen_at_the_foot_of_the_log_in_page_is_named_as_such(carl: Browser) -> None:
    carl.client.set_cookie("postern_language", "de")
    carl.get(PAGE)
    assert chosen(carl, "language") == german("%(value)s (as chosen before log-in)", value="Deutsch")
    carl.submit(german("Save"), language="en")
    default = carl.page.select_one("#profile-language option[value='']")
    assert words(default) == "English (as your browser asks)"
    carl.submit("Save", language="de").submit(german("Save"), language="")
    cookie = carl.client.get_cookie("postern_language")
    assert (carl.h1, cookie and cookie.value) == ("Profile", ""), "German was given up, and this browser keeps it"


@pytest.mark.manual("C82", "C83", "C84", "C85")
def test_what_the_class_has_is_shown_as_inherited_and_holds(carl: Browser) -> None:
    AccountClass.update(
        language="de", time_zone="Asia/Tokyo", output_format="DD/MM/YYYY", input_format="YYYY-MM-DD"
    ).where(AccountClass.name == "Customers").execute()
    carl.client.set_cookie("postern_zone", "Europe/Vienna")
    carl.get(PAGE)
    by_class = "%(value)s (as defined by the customer class)"
    assert (carl.h1, chosen(carl, "language")) == (german("Profile"), german(by_class, value="Deutsch"))
    assert "Asia/Tokyo" in hint(carl, "time_zone")
    assert chosen(carl, "output_format") == german(by_class, value="DD/MM/YYYY")
    assert chosen(carl, "input_format") == german(by_class, value="YYYY-MM-DD")
    assert carl.page.select("#profile-preview dd")[0].get_text() == "20/11/2026"
    carl.submit(german("Save"), language="en", time_zone="UTC")
    assert (carl.h1, stored()) == ("Profile", Chosen("en", "UTC", None, None))
    assert chosen(carl, "language") == "English"
    default = carl.page.select_one("#profile-language option[value='']")
    assert words(default) == "Deutsch (as defined by the customer class)"
    assert "Empty: Asia/Tokyo (customer class)." in hint(carl, "time_zone")
    assert "Your browser reports Europe/Vienna." in hint(carl, "time_zone")


@pytest.mark.manual("C84", "C85")
def test_formats_are_offered_by_what_they_write(carl: Browser) -> None:
    options = [words(option) for option in carl.page.select("#profile-output-format option")]
    assert options[1] == "20.11.2026 12:00 – DD.MM.YYYY HH24:MI"
    assert "Nov 20, 2026 12:00 PM – MON D, YYYY HH12:MI AM" in options
    assert options[-1] == "A format of your own"
    carl.submit("Save", language="de", time_zone="tokyo")
    options = [words(option) for option in carl.page.select("#profile-input-format option")]
    assert "20. November 2026 21:00 – D. MONTH YYYY HH24:MI" in options


def test_time_zones_are_offered_with_city_and_offset(carl: Browser) -> None:
    offered = {str(option["value"]): words(option) for option in carl.page.select("#profile-time-zones option")}
    assert (offered["Europe/Berlin"], offered["UTC"]) == ("Berlin, UTC+01:00", "UTC, UTC")
    carl.submit("Save", language="de")
    offered = {str(option["value"]): words(option) for option in carl.page.select("#profile-time-zones option")}
    assert offered["Europe/Vienna"] == "Wien, UTC+01:00"


# --- Saved ------------------------------------------------------------------------------------------------------------


@pytest.mark.manual("C82", "C83", "C84", "C85")
def test_what_is_saved_holds_at_once_and_is_shown_selected(carl: Browser) -> None:
    fields = {"output_format": "MM/DD/YYYY HH12:MI AM", "input_format": "YYYY-MM-DD HH24:MI"}
    carl.submit("Save", language="de", time_zone="berlin", **fields)
    assert (carl.status, carl.path, carl.h1) == (200, PAGE, german("Profile"))
    assert german("Your profile is saved.") in carl.words
    assert stored() == Chosen("de", "Europe/Berlin", *fields.values())
    assert (chosen(carl, "language"), value(carl, "time_zone")) == ("Deutsch", "Europe/Berlin")
    assert chosen(carl, "output_format").endswith(" – MM/DD/YYYY HH12:MI AM")
    assert chosen(carl, "input_format").endswith(" – YYYY-MM-DD HH24:MI")
    assert carl.page.select("#profile-preview dd")[0].get_text() == "11/20/2026 01:00 PM"


def test_a_format_of_ones_own_is_saved_and_shown_as_such(carl: Browser) -> None:
    carl.submit("Save", output_format="own", own_output_format="mon-dd-yy", own_input_format="not asked for")
    assert stored() == Chosen(None, None, "MON-DD-YY", None)
    assert (chosen(carl, "output_format"), value(carl, "own_output_format")) == ("A format of your own", "MON-DD-YY")
    carl.submit("Save", output_format="own", own_output_format="YYYY-MM-DD HH24:MI")
    assert chosen(carl, "output_format") == "2026-11-20 12:00 – YYYY-MM-DD HH24:MI"


def test_what_is_emptied_is_inherited_again(carl: Browser) -> None:
    carl.submit("Save", language="de", time_zone="berlin", output_format="DD/MM/YYYY HH24:MI")
    carl.submit(german("Save"), language="", time_zone="", output_format="")
    assert stored() == NOTHING
    assert json.loads(events()[-1].details) == {
        "language": "de → ",
        "time_zone": "Europe/Berlin → ",
        "output_format": "DD/MM/YYYY HH24:MI → ",
    }


def test_a_form_with_some_of_the_fields_leaves_the_others(carl: Browser) -> None:
    carl.submit("Save", language="en", time_zone="berlin")
    carl.post(PAGE, {"time_zone": "tokyo"})
    assert stored() == Chosen("en", "Asia/Tokyo", None, None)


def test_a_change_stands_in_activity_and_no_change_does_not(carl: Browser) -> None:
    carl.submit("Save")
    assert "Nothing changed." in carl.words
    carl.submit("Save", time_zone="berlin").submit("Save", time_zone="Europe/Berlin")
    assert "Nothing changed." in carl.words
    [event] = events()
    assert (event.actor, event.subject, json.loads(event.details)) == (
        "carl",
        "carl",
        {"time_zone": " → Europe/Berlin"},
    )
    assert carl.get("/settings/activity").words.count("Profile changed") == 1


# --- Refused ----------------------------------------------------------------------------------------------------------


def refused(browser: Browser, field: str) -> str:
    """Everything stayed, and the form stands there with its error: what is said at the field."""
    assert (browser.status, stored(), events()) == (422, NOTHING, [])
    assert browser.h1 == "Profile" and str(browser.page.title).startswith("<title>Error: ")
    assert len(browser.page.select("[aria-invalid]")) == 1
    return error_at(browser, field)


@pytest.mark.manual("C84", "C85")
@pytest.mark.parametrize("column", ["output_format", "input_format"])
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("DD.MM.YYYY HH12 MI:SS", "HH12 needs AM/PM. Add it, or write HH24 instead."),
        ("HH12 MI:SS", "HH12 needs AM/PM."),
        ("", "Write a format, such as DD.MM.YYYY HH24:MI."),
        (" ", "Write a format, such as DD.MM.YYYY HH24:MI."),
        ("DD.MM.YYYY " + "-" * 300, "A format has at most 40 characters."),
        ("<script>DD</script>", "script means nothing in a format."),
        ("DD.MM.YYYY\x1b\u202e\u200b", "Put only blanks, punctuation and symbols"),
    ],
)
def test_a_wrong_format_is_refused_at_its_field_and_what_was_typed_stays(
    column: str, typed: str, said: str, carl: Browser
) -> None:
    carl.submit("Save", language="de", time_zone="berlin", **{column: "own", f"own_{column}": typed})
    assert said in refused(carl, f"own_{column}")
    assert value(carl, f"own_{column}") == typed.strip()
    assert (chosen(carl, "language"), value(carl, "time_zone")) == ("Deutsch", "berlin")
    assert chosen(carl, column) == "A format of your own"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("Europe/Berlim", "There is no time zone Europe/Berlim. Did you mean Europe/Berlin"),
        ("../../etc/passwd", "There is no time zone ../../etc/passwd. Write the capital or a large city"),
        ("<script>alert(1)</script>", "There is no time zone <script>alert(1)</script>."),
        ("x" * 10_000, f"There is no time zone {'x' * 39}…."),
    ],
)
def test_an_unknown_zone_is_refused_with_close_ones(typed: str, said: str, carl: Browser) -> None:
    carl.submit("Save", time_zone=typed, output_format="YYYY-MM-DD HH24:MI")
    assert said in refused(carl, "time_zone")
    assert value(carl, "time_zone") == typed
    assert chosen(carl, "output_format").endswith("YYYY-MM-DD HH24:MI")
    assert "<script>alert" not in carl.text


@pytest.mark.parametrize("code", ["tlh", "../de", "<b>de", "x" * 10_000, "x-cldr"])
def test_a_language_that_is_not_offered_is_refused(code: str, carl: Browser) -> None:
    carl.submit("Save", language=code, time_zone="berlin")
    assert "is not a language of this portal. There are: de (Deutsch), en (English)" in refused(carl, "language")
    assert "<b>de" not in carl.text


def test_a_forged_form_is_refused(carl: Browser) -> None:
    carl.post(PAGE, {"language": "de"}, csrf=False)
    assert (carl.status, stored(), events()) == (400, NOTHING, [])
    carl.get(PAGE).post(PAGE, {"language": "de"}, Origin="https://evil.example")
    assert (carl.status, stored(), events()) == (400, NOTHING, [])


def test_the_profile_is_ones_own(carl: Browser, browser_at: At) -> None:
    carl.post(PAGE, {"language": "de", "login": "ivy", "user_id": "1", "id": "1", "subject": "olga"})
    assert stored().language == "de"
    assert {stored(login) for login in ("ivy", "rita", "sam", "olga")} == {NOTHING}
    ivy = browser_at("198.51.100.7").log_in("ivy").get(PAGE)
    assert (ivy.h1, value(ivy, "time_zone")) == ("Profile", "")
    stranger = browser_at("203.0.113.5")
    assert stranger.get(PAGE).path == "/login"
    for path in (PAGE, f"{PAGE}/preview"):
        assert stranger.get("/login").post(path, {"language": "de"}).path == "/login"


def test_without_the_permission_there_is_no_tab_no_page_no_save_and_no_preview(carl: Browser) -> None:
    Role.update(permissions=json.dumps([p for p in Permission if p is not Permission.PROFILE])).execute()
    assert carl.get("/settings/security").page.find(id="profile-tab") is None
    assert carl.get(PAGE).status == 403
    for path in (PAGE, f"{PAGE}/preview"):
        assert carl.get("/settings/security").post(path, {"language": "de"}).status == 403
    assert stored() == NOTHING
