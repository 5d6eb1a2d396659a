"""Date formats as people write them: what is written in them, which are refused and why, and what is read back."""

from __future__ import annotations

from copy import deepcopy
from datetime import datetime

import pytest
from babel import localedata

from domain.format_errors import FormatWrong
from domain.formats import DEFAULT, Months, parse


def months(language: str) -> Months:
    """Of a copy: babel stores the stand-alone names of one language where it looks for those of the next."""
    data = localedata.LocaleDataDict({"months": deepcopy(localedata.load(language)["months"])})["months"]
    return Months(tuple(data["stand-alone"]["abbreviated"].values()), tuple(data["format"]["wide"].values()))


CODES = [
    "en",
    "de",
    "fr",
    "es",
    "pt_BR",
    "ru",
    "uk",
    "pl",
    "fi",
    "tr",
    "ar",
    "fa",
    "he",
    "hi",
    "th",
    "ja",
    "zh",
    "ko",
    "vi",
    "el",
    "ka",
]
LANGUAGES = {code: months(code) for code in CODES}
ENGLISH, GERMAN = LANGUAGES["en"], LANGUAGES["de"]
NOON = datetime.fromisoformat("2003-03-12 12:30")


def refusal(text: str) -> str:
    with pytest.raises(FormatWrong) as error:
        parse(text)
    return str(error.value)


# --- Written ----------------------------------------------------------------------------------------------------------


@pytest.mark.manual("C84")
@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("DD/MM/YYYY", "12/03/2003"),
        ("MON-DD-YY", "Mar-12-03"),
        ("DD.MM.YYYY HH24:MI", "12.03.2003 12:30"),
        ("dd.mm.yyyy hh:mi:ss", "12.03.2003 12:30:00"),
        ("D. Month YYYY", "12. March 2003"),
        ("MM/DD/YYYY HH12:MI am", "03/12/2003 12:30 PM"),
        ("HH12:MI AM/PM, MON D YYYY", "12:30 PM, Mar 12 2003"),
        ("YYYYMMDDHH24MISS", "20030312123000"),
        ("YYYY. MM. DD. HH24", "2003. 03. 12. 12"),
        ("{YYYY}{MM}{DD}", "{2003}{03}{12}"),
        ("%DD%MM%YYYY%", "%12%03%2003%"),
        ("YYYY-MON-D", "2003-Mar-12"),
    ],
)
def test_a_date_is_written_as_the_format_says(text: str, written: str) -> None:
    assert parse(text).write(NOON, ENGLISH) == written


@pytest.mark.parametrize(
    ("hour", "said"), [(0, "12:05 AM"), (1, "01:05 AM"), (11, "11:05 AM"), (12, "12:05 PM"), (13, "01:05 PM")]
)
def test_twelve_hours_begin_with_twelve(hour: int, said: str) -> None:
    assert parse("DD.MM.YYYY HH12:MI AM").time(NOON.replace(hour=hour, minute=5)) == said


def test_names_are_those_of_the_language_and_digits_and_markers_those_of_everybody() -> None:
    found = parse("D MONTH YYYY HH12:MI PM")
    assert found.write(NOON, GERMAN) == "12 März 2003 12:30 PM"
    assert found.write(NOON, LANGUAGES["ar"]) == "12 مارس 2003 12:30 PM"
    assert parse("MON-DD-YY").write(NOON, GERMAN) == "Mär-12-03"
    assert parse("DD-MON-YY").write(NOON, LANGUAGES["ja"]) == "12-3月-03"


@pytest.mark.parametrize(
    ("text", "day", "clock"),
    [
        (DEFAULT, "12.03.2003", "12:30"),
        ("DD.MM.YYYY", "12.03.2003", "12:30"),
        ("HH24:MI:SS, D MONTH YYYY", "12 March 2003", "12:30:00"),
        ("[YYYY-MM-DD] (HH12.MI PM)", "2003-03-12", "12.30 PM"),
    ],
)
def test_date_and_time_can_be_written_alone(text: str, day: str, clock: str) -> None:
    assert parse(text).day(NOON, ENGLISH) == day
    assert parse(text).time(NOON) == clock


def test_a_format_knows_what_it_has_and_is_kept_in_capitals() -> None:
    default, seconds, alone = parse("  dd.mm.yyyy hh24:mi "), parse("yyyy-MM-dd hh:mi:ss"), parse("Month D, YYYY")
    assert (default.text, default.has_time) == (DEFAULT, True)
    assert (seconds.text, seconds.has_time) == ("YYYY-MM-DD HH:MI:SS", True)
    assert (alone.text, alone.has_time) == ("MONTH D, YYYY", False)


# --- Refused ----------------------------------------------------------------------------------------------------------

MEANS = "means nothing in a format. It can have DD, D, MM, MON, MONTH, YYYY, YY, HH24, HH12, MI, SS and AM/PM."
SIGNS = "Put only blanks, punctuation and symbols between the parts of a format. Type it instead of pasting it."
MARKER = "HH12 needs AM/PM. Add it, or write HH24 instead."
MONTHS = "MM is the month, which is there already. Write MI for the minutes."
MIXED = "Write the whole date first and then the time, or the time first."
BESIDE = "cannot be read back. Write DD, or put a separator between them."


@pytest.mark.manual("C85")
@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Write a format, such as DD.MM.YYYY HH24:MI."),
        (" \t\n", "Write a format, such as DD.MM.YYYY HH24:MI."),
        ("DD.MM.YYYY" + "." * 31, "A format has at most 40 characters."),
        ("x" * 1_000_000, "A format has at most 40 characters."),
        *((f"DD{sign}MM{sign}YYYY", SIGNS) for sign in "\n\t\0\x1b\u200b\u202e\u00a0\u0301\ud800"),
        ("YYYY-MM-DDTHH24:MI", f"T {MEANS}"),
        ("DD.MM.YYYY um HH24:MI", f"um {MEANS}"),
        ("Ende", f"En {MEANS}"),
        ("DD.MM.YYYY HH13:MI", f"13 {MEANS}"),
        ("DDD.MM.YYYY", "DD and D say the same. Leave one of them out."),
        ("DD.MMM.YYYY", f"M {MEANS}"),
        ("DD.MM.２０YY", f"２０ {MEANS}"),
        ("DD.MM.YYYY ſſ", f"ſſ {MEANS}"),
        ("DD-MM-YYYY-YYYY", "YYYY is there twice. Leave one out."),
        ("DD-MM-YYYY-YY", "YYYY and YY say the same. Leave one of them out."),
        ("DD MM MONTH YYYY", "MM and MONTH say the same. Leave one of them out."),
        ("DD.MM.YYYY HH HH12 AM", "HH and HH12 say the same. Leave one of them out."),
        ("DD.MM.YYYY HH12 AM PM", "AM and PM say the same. Leave one of them out."),
        ("dd.mm.yyyy hh:mm", MONTHS),
        ("MON D, YYYY HH:MM", MONTHS),
        ("DD.MM", "The year is missing: add YYYY."),
        ("HH12 MI:SS", "HH12 needs AM/PM. Add it, or write HH24 instead."),
        ("DD.YYYY HH24:MI", "The month is missing: add MM."),
        ("MM/YYYY", "The day is missing: add DD."),
        ("DD.MM.YYYY HH12 MI:SS", MARKER),
        ("DD.MM.YYYY HH24:MI PM", "PM needs HH12. Write HH12 for the hour, or leave PM out."),
        ("DD.MM.YYYY AM/PM", "AM/PM needs HH12. Write HH12 for the hour, or leave AM/PM out."),
        ("DD.MM.YYYY MI", "MI needs the hour: add HH24."),
        ("DD.MM.YYYY HH:SS", "SS needs the minutes: add MI."),
        ("DD.MM.YYYY SS", "SS needs the minutes: add MI."),
        ("DD.MM HH24:MI YYYY", MIXED),
        ("HH24 DD.MM.YYYY MI", MIXED),
        ("AM DD.MM.YYYY HH12", MIXED),
        ("DMMYYYY", f"D beside MM {BESIDE}"),
        ("YYYYMMDHH24", f"D beside HH24 {BESIDE}"),
        ("DMON YYYY", f"D beside MON {BESIDE}"),
        ("MONTHD, YYYY", f"D beside MONTH {BESIDE}"),
        ("MONTHYYD", f"D beside YY {BESIDE}"),
    ],
)
def test_a_format_that_could_not_be_read_back_is_refused_with_the_cure(text: str, sentence: str) -> None:
    assert refusal(text) == sentence


@pytest.mark.parametrize(
    "text", ["DDMMYYYY", "YYYYD.MM", "YYYYMMD", "HH24MID.MM.YY", "MONTH YYD", "DD.MM.YYYY HH", "." * 30 + "YYYYMMDD"]
)
def test_what_can_be_told_apart_needs_no_separators(text: str) -> None:
    local = datetime.fromisoformat("2027-01-02")
    assert parse(text).read(parse(text).write(local, ENGLISH), ENGLISH).day == local.date()
