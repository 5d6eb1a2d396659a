"""The preview of Profile: what is typed, tried out before it is saved, with script and without."""

from __future__ import annotations

import pytest

from domain.preferences import NOTHING
from models import AccountClass, Event
from tests.acts import fragment
from tests.blueprints.settings.test_profile import PAGE, german, stored
from tests.browser import Browser
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("clock")
PREVIEW = f"{PAGE}/preview"


@pytest.fixture
def carl(cast: Cast, browser: Browser) -> Browser:
    return browser.log_in("carl").get(PAGE)


def preview(browser: Browser, **fields: str) -> Browser:
    browser.get(PAGE).htmx("POST", PREVIEW, fields)
    assert browser.status == 200
    fragment(browser, "profile-preview")
    return browser


def shown(browser: Browser) -> list[str]:
    return [dd.get_text() for dd in browser.page.select("dd")]


def read(browser: Browser) -> str:
    found = browser.page.select_one(".read")
    return " ".join(found.get_text(" ").split()) if found else ""


def errors(browser: Browser) -> list[str]:
    return [" ".join(error.get_text(" ").split()) for error in browser.page.select(".error")]


@pytest.mark.manual("C84")
def test_dates_are_shown_in_what_is_typed(carl: Browser) -> None:
    preview(carl, language="en", time_zone="tokyo", output_format="own", own_output_format="d month yyyy, hh12:mi am")
    assert shown(carl) == [
        "20 November 2026, 09:00 PM",
        "Friday, 20 November 2026",
        "yesterday 09:00 PM",
        "28 February 2027",
    ]


@pytest.mark.manual("C83")
def test_a_language_is_tried_before_it_is_saved(carl: Browser) -> None:
    preview(carl, language="de", time_zone="Europe/Berlin", **{"try": "5.3.2027 9:30"})
    assert shown(carl)[1] == "Freitag, 20. November 2026"
    assert shown(carl)[2] == german("yesterday %(time)s", time="13:00")
    assert carl.page.select("dd bdi")[1]["lang"] == "de"
    assert "Freitag, 5. März 2027, 09:30" in read(carl)


@pytest.mark.manual("C85")
@pytest.mark.parametrize(
    ("input_format", "typed", "said"),
    [
        ("", "5.3.2027 9:30", "Read as Friday, 5 March 2027, 09:30."),
        ("", "5.3.2027", "Read as Friday, 5 March 2027."),
        ("MM/DD/YYYY HH12:MI AM", "3/5/2027 9:30 pm", "Read as Friday, 5 March 2027, 21:30."),
        ("YYYY-MM-DD HH24:MI", "2027-03-05 09:30", "Read as Friday, 5 March 2027, 09:30."),
    ],
)
def test_a_typed_date_is_read_by_the_input_format(input_format: str, typed: str, said: str, carl: Browser) -> None:
    assert read(preview(carl, input_format=input_format, **{"try": typed})) == said
    assert errors(carl) == []


@pytest.mark.manual("C82", "C85")
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (
            "28.03.2027 02:30",
            "Read as Sunday, 28 March 2027, 03:30. 02:30 does not exist on that day in Europe/Berlin: the clocks go"
            " forward. It was read as 03:30.",
        ),
        (
            "25.10.2026 02:30",
            "Read as Sunday, 25 October 2026, 02:30. 02:30 comes twice on that day in Europe/Berlin: the clocks go"
            " back. It was read as the first, at UTC+02:00.",
        ),
        ("28.03.2027 03:00", "Read as Sunday, 28 March 2027, 03:00."),
    ],
)
def test_a_time_at_a_change_of_clocks_is_resolved_and_said(typed: str, said: str, carl: Browser) -> None:
    assert read(preview(carl, time_zone="Europe/Berlin", **{"try": typed})) == said


@pytest.mark.parametrize(
    "typed", ["31.2.2027", "tomorrow", "3/5/2027", "<script>alert(1)</script>", "\x1b[31m", "9" * 900]
)
def test_what_is_no_date_is_said_to_be_none(typed: str, carl: Browser) -> None:
    preview(carl, **{"try": typed})
    assert (len(errors(carl)), read(carl)) == (1, "")
    assert "<script>" not in carl.text and "\x1b" not in carl.text and len(carl.text) < 3_000


def test_what_is_wrong_is_said_with_its_label_and_the_rest_shown_as_it_would_be(carl: Browser) -> None:
    preview(
        carl, language="tlh", time_zone="Berlim", output_format="YYYY-MM-DD", input_format="own", own_input_format="DD"
    )
    language, zone, input_format = errors(carl)
    assert language.startswith("Web interface language: tlh is not a language of this portal.")
    assert zone.startswith("Time zone: There is no time zone Berlim. Did you mean Europe/Berlin")
    assert input_format == "Input format: The year is missing: add YYYY."
    assert shown(carl)[0] == "2026-11-20 UTC"


def test_what_is_left_empty_is_tried_as_the_class_has_it(carl: Browser) -> None:
    AccountClass.update(time_zone="Asia/Tokyo", output_format="YYYY/MM/DD HH24:MI").execute()
    assert shown(preview(carl, time_zone="", output_format=""))[0] == "2026/11/20 21:00"
    assert shown(preview(carl, time_zone="UTC", output_format=""))[0] == "2026/11/20 12:00"


def test_a_preview_stores_nothing_and_changes_no_language(carl: Browser) -> None:
    events = Event.select().count()
    preview(carl, language="de", time_zone="Asia/Tokyo", output_format="YYYY-MM-DD")
    assert (stored(), Event.select().count(), carl.response and carl.response.headers.getlist("Set-Cookie")) == (
        NOTHING,
        events,
        [],
    )
    assert carl.get(PAGE).h1 == "Profile"


def test_a_refused_form_comes_back_with_its_preview(carl: Browser) -> None:
    fields = {"time_zone": "Europe/Berlin", "input_format": "YYYY-MM-DD HH24:MI", "try": "2027-03-28 02:30"}
    carl.submit("Save", output_format="own", own_output_format="DD", **fields)
    assert carl.status == 422
    assert "It was read as 03:30." in read(carl)
    field = carl.page.find("input", {"name": "try"})
    assert field is not None and field["value"] == "2027-03-28 02:30"


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "{{ 7 * 7 }}", "%(x)s %d %%", "\x00\x1b\u202e", "x" * 9_000]
)
@pytest.mark.parametrize("field", ["language", "time_zone", "own_output_format", "own_input_format", "try"])
def test_nothing_that_is_typed_can_harm(field: str, text: str, carl: Browser) -> None:
    fields = {"output_format": "own", "input_format": "own", field: text}
    preview(carl, **fields)
    assert errors(carl) and "<script>" not in carl.text and not set("\x00\x1b\u202e") & set(carl.text)
    assert len(carl.text) < 4_000
    carl.get(PAGE).post(PAGE, fields)
    assert (carl.status, stored(), "<script>alert" in carl.text) == (422, NOTHING, False)


def test_a_preview_that_others_ask_for_is_refused(carl: Browser) -> None:
    carl.post(PREVIEW, {"language": "de"}, csrf=False)
    assert (carl.status, stored()) == (400, NOTHING)
    assert carl.get(f"{PREVIEW}?language=de").status == 405


def test_what_is_wrong_at_its_field_is_not_said_again_in_the_preview(carl: Browser) -> None:
    carl.submit("Save", time_zone="Berlim", language="tlh")
    told = " ".join(errors(carl))
    assert (told.count("tlh is not a language"), told.count("no time zone Berlim")) == (1, 1)


def test_without_script_a_date_is_tried_on_the_page_as_it_is_stored(carl: Browser) -> None:
    carl.submit("Save", input_format="DD/MM/YYYY HH24:MI", time_zone="Europe/Berlin")
    carl.post(PREVIEW, {"try": "5/3/2027 9:30"})
    assert (carl.status, carl.h1, read(carl)) == (200, "Profile", "Read as Friday, 5 March 2027, 09:30.")
    assert carl.page.find(id="profile-try")["value"] == "5/3/2027 9:30"  # type: ignore[index]
    assert stored().input_format == "DD/MM/YYYY HH24:MI"


def test_a_format_without_a_time_says_so(carl: Browser) -> None:
    preview(carl, output_format="own", own_output_format="DD.MM.YYYY")
    assert "This output format shows no time of day." in carl.page.get_text()
