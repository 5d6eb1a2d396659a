"""Dates as people type them: what is read in which format, what is refused, and that what is written is read back."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from time import perf_counter

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from domain.format_errors import DateWrong, FormatWrong
from domain.formats import DEFAULT, READY, Format, Typed, parse
from tests.domain.test_formats import ENGLISH, GERMAN, LANGUAGES

DAY = date(2027, 3, 5)
MORNING = datetime.fromisoformat("2027-03-05 09:30")


def refusal(typed: str, text: str = DEFAULT) -> str:
    with pytest.raises(DateWrong) as error:
        parse(text).read(typed, ENGLISH)
    assert str(error.value).isprintable()
    return str(error.value)


# --- Read -------------------------------------------------------------------------------------------------------------


@pytest.mark.manual("C85")
@pytest.mark.parametrize(
    ("text", "typed"),
    [
        (DEFAULT, "05.03.2027 09:30"),
        (DEFAULT, "5.3.2027 9:30"),
        (DEFAULT, " \t5 . 3 . 2027   9 : 30\n"),
        ("MM/DD/YYYY HH12:MI AM", "03/05/2027 09:30 AM"),
        ("MM/DD/YYYY HH12:MI AM", "3/5/2027 9:30am"),
        ("MM/DD/YYYY HH12:MI AM", "3/5/2027 9:30 a.m."),
        ("MM/DD/YYYY HH12:MIAM", "3/5/2027 9:30 AM"),
        ("AM HH12.MI D.MM.YY", "am 9.30 5.3.27"),
        ("MON D, YYYY HH24:MI", "mar 5, 2027 9:30"),
        ("MON D, YYYY HH24:MI", "MARCH 5 ,2027 9:30"),
        ("MON D, YYYY HH24:MI", "Mar. 5,2027 09:30"),
        ("D MONTH YYYY HH24:MI", "5 Mar 2027 09:30"),
        ("D MONTH YYYY HH24:MI", "5 march. 2027 09:30"),
        ("YYYYMMDDHH24MI", "202703050930"),
        ("HH24MIDDMMYYYY", "093005032027"),
        ("HH24:MI DD.MM.YYYY", "9:30 5.3.2027"),
        ("MONDDYYYY HH24:MI", "mar052027 9:30"),
        ("YYYY. MM. DD. HH24:MI", "2027.3.5.9:30"),
        ("[YYYY-MM-DD] [HH24:MI]", "[2027-03-05] [09:30]"),
        ("[YYYY-MM-DD] [HH24:MI]", "2027-3-5][9:30"),
        ("DD.MM.YYYY HH24:MI:SS", "5.3.2027 9:30"),
        ("DD.MM.YYYY SS/MI/HH24", "5.3.2027 30/9"),
        ("DD.MM.YYYY HH24:SS:MI", "5.3.2027 9:30"),
        ("DDMMYYYYHH24MISS", "050320270930"),
    ],
)
def test_a_date_is_read_as_the_format_says_and_small_liberties_are_taken(text: str, typed: str) -> None:
    assert parse(text).read(typed, ENGLISH) == Typed(DAY, time(9, 30))


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        (DEFAULT, "5.3.2027"),
        ("HH24:MI, DD.MM.YYYY", "5.3.2027"),
        ("HH24MIDDMMYYYY", "05032027"),
        ("DDMMYYYYHH24MISS", "05032027"),
        ("YYYY. MM. DD. HH24:MI", "2027. 03. 05."),
        ("YYYY. MM. DD. HH24:MI", "2027. 03. 05"),
        ("MM/DD/YYYY HH12:MI AM", "3/5/2027"),
        ("DD.MM.YYYY", "5.3.2027"),
        ("[YYYY-MM-DD] [HH24:MI]", "[2027-03-05]"),
    ],
)
def test_the_time_can_be_left_out(text: str, typed: str) -> None:
    assert parse(text).read(typed, ENGLISH) == Typed(DAY, None)


@pytest.mark.parametrize(
    ("clock", "read"), [("12:05 am", time(0, 5)), ("12:05 PM", time(12, 5)), ("1:05 p.m.", time(13, 5))]
)
def test_noon_and_midnight_are_twelve(clock: str, read: time) -> None:
    assert parse("DD.MM.YYYY HH12:MI AM").read(f"5.3.2027 {clock}", ENGLISH).time == read


def test_seconds_and_a_lone_hour_are_read() -> None:
    assert parse("DD.MM.YYYY HH24:MI:SS").read("5.3.2027 9:30:7", ENGLISH).time == time(9, 30, 7)
    assert parse("SS:MI:HH24 DD.MM.YYYY").read("7:30:9 5.3.2027", ENGLISH).time == time(9, 30, 7)
    assert parse("DD.MM.YYYY HH24").read("5.3.2027 9", ENGLISH).time == time(9)


@pytest.mark.parametrize(
    ("language", "typed"),
    [
        ("de", "5 MÄR 2027"),
        ("de", "5 März 2027"),
        ("de", "5 Ma\u0308rz 2027"),
        ("fr", "5 mars 2027"),
        ("ru", "5 Марта 2027"),
        ("ja", "5 3月 2027"),
        ("vi", "5 tháng 3 2027"),
        ("tr", "5 Mart 2027"),
    ],
)
def test_names_are_read_in_the_language_however_they_are_typed(language: str, typed: str) -> None:
    for text in ("D MON YYYY", "D MONTH YYYY"):
        assert parse(text).read(typed, LANGUAGES[language]).day == DAY


def test_names_are_read_with_full_stops_digits_and_both_turkish_i() -> None:
    assert parse("MON.DD.YYYY").read("sept.05.2027", LANGUAGES["fr"]).day == date(2027, 9, 5)
    assert parse("D MON YYYY").read("5 SEPT 2027", LANGUAGES["fr"]).day == date(2027, 9, 5)
    assert parse("D MON YYYY").read("5 авг. 2027", LANGUAGES["ru"]).day == date(2027, 8, 5)
    assert parse("D MONTH YYYY").read("5 KASIM 2027", LANGUAGES["tr"]).day == date(2027, 11, 5)
    assert parse("D MON YYYY").read("5 11月 2027", LANGUAGES["ja"]).day == date(2027, 11, 5)
    assert parse("DDMON YYYY").read("1111月 2027", LANGUAGES["ja"]).day == date(2027, 11, 11)
    assert parse("MONDD YYYY").read("Tháng 112 2027", LANGUAGES["vi"]).day == date(2027, 1, 12)
    with pytest.raises(DateWrong):
        parse("D MON YYYY").read("5 March 2027", GERMAN)


def test_two_digits_of_a_year_are_of_this_century() -> None:
    assert [parse("DD.MM.YY").read(f"05.03.{year}", ENGLISH).day.year for year in ("70", "99")] == [2070, 2099]


# --- Refused ----------------------------------------------------------------------------------------------------------

NO_DATE = "is not a date in the format DD.MM.YYYY HH24:MI. Example: 31.12.2027 18:30."


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Write a date as DD.MM.YYYY HH24:MI, for example 31.12.2027 18:30."),
        (" \n", "Write a date as DD.MM.YYYY HH24:MI, for example 31.12.2027 18:30."),
        ("tomorrow", f"tomorrow {NO_DATE}"),
        ("2027-03-05", f"2027-03-05 {NO_DATE}"),
        ("05.03.27", f"05.03.27 {NO_DATE}"),
        ("05032027", f"05032027 {NO_DATE}"),
        ("5.3.2027 9", f"5.3.2027 9 {NO_DATE}"),
        ("5.3.20279:30", f"5.3.20279:30 {NO_DATE}"),
        ("005.3.2027", f"005.3.2027 {NO_DATE}"),
        ("٥.٣.٢٠٢٧", f"٥.٣.٢٠٢٧ {NO_DATE}"),
        ("５.3.2027", f"５.3.2027 {NO_DATE}"),
        ("-5.3.2027", f"-5.3.2027 {NO_DATE}"),
        ("5.3.2027 9:30:07", f"5.3.2027 9:30:07 {NO_DATE}"),
        ("\x1b[31m\u202e", f"\N{REPLACEMENT CHARACTER}[31m\N{REPLACEMENT CHARACTER} {NO_DATE}"),
        ("y" * 41, f"{'y' * 39}… {NO_DATE}"),
        ("5.3.2027" + " " * 200 + "x", f"5.3.2027 x {NO_DATE}"),
        ("31.02.2027", "31.02.2027 is not a date: there is no day 31, that month has 28 days."),
        ("30.2.2028", "30.2.2028 is not a date: there is no day 30, that month has 29 days."),
        ("0.3.2027", "0.3.2027 is not a date: there is no day 0, that month has 31 days."),
        ("03.15.2027", "03.15.2027 is not a date: there is no month 15. The format is DD.MM.YYYY HH24:MI."),
        ("03.00.2027", "03.00.2027 is not a date: there is no month 00. The format is DD.MM.YYYY HH24:MI."),
        ("5.3.2027 25:00", "5.3.2027 25:00 is not a time: there is no hour 25. Hours are 0 to 23."),
        ("5.3.2027 24:00", "5.3.2027 24:00 is not a time: there is no hour 24. Hours are 0 to 23."),
        ("5.3.2027 9:60", "5.3.2027 9:60 is not a time: there is no minute 60. Minutes are 0 to 59."),
        ("5.3.1969", "5.3.1969 is not accepted. Years are 1970 to 8999."),
        ("5.3.9000", "5.3.9000 is not accepted. Years are 1970 to 8999."),
        ("5.3.0000", "5.3.0000 is not accepted. Years are 1970 to 8999."),
    ],
)
def test_what_is_no_date_is_refused_and_the_sentence_says_why(typed: str, sentence: str) -> None:
    assert refusal(typed) == sentence


@pytest.mark.parametrize("hour", ["0", "13"])
def test_with_am_and_pm_hours_are_one_to_twelve(hour: str) -> None:
    said = refusal(f"5.3.2027 {hour}:00 pm", "DD.MM.YYYY HH12:MI PM")
    assert said.endswith(f"there is no hour {hour} with AM or PM. Hours are 1 to 12.")


def test_there_is_no_second_sixty_and_am_is_not_left_out() -> None:
    assert refusal("5.3.2027 9:30:60", "DD.MM.YYYY HH24:MI:SS").endswith("no second 60. Seconds are 0 to 59.")
    assert "Example: 31.12.2027 06:30 PM." in refusal("5.3.2027 9:30", "DD.MM.YYYY HH12:MI PM")


def test_the_first_and_the_last_year_are_read() -> None:
    assert parse(DEFAULT).read("1.1.1970", ENGLISH).day == date(1970, 1, 1)
    assert parse(DEFAULT).read("31.12.8999", ENGLISH).day == date(8999, 12, 31)


# --- Written and read back --------------------------------------------------------------------------------------------


def as_far_as_it_says(found: Format, local: datetime) -> Typed:
    if not found.has_time:
        return Typed(local.date(), None)
    minute = local.minute if "MI" in found.text else 0
    return Typed(local.date(), time(local.hour, minute, local.second if "SS" in found.text else 0))


seconds = st.integers(0, 366 * 86400 - 1).map(
    lambda number: datetime.fromisoformat("2028-01-01") + timedelta(seconds=number)
)
languages = st.sampled_from(sorted(LANGUAGES))


@pytest.mark.parametrize("text", READY)
@settings(deadline=None)
@given(local=seconds, language=languages)
def test_what_a_ready_format_writes_it_reads_back_in_every_language(text: str, local: datetime, language: str) -> None:
    found, months = parse(text), LANGUAGES[language]
    assert found.read(found.write(local, months), months) == as_far_as_it_says(found, local)
    assert found.read(found.day(local, months), months) == Typed(local.date(), None)


SEPARATORS = st.sampled_from(["", "", "", " ", " ", ".", "-", ", ", " - ", "/", "  ", "'", "*", "(?", "{", "%", "\\"])
DATES = st.tuples(
    st.sampled_from(["YYYY", "YY"]), st.sampled_from(["MM", "MON", "MONTH"]), st.sampled_from(["DD", "D"])
)
TIMES = st.sampled_from(["", "HH24", "HH24 MI", "HH24 MI SS", "HH12 AM", "HH12 MI PM", "HH12 MI SS AM/PM"]).map(
    str.split
)


@st.composite
def formats(draw: st.DrawFn) -> str:
    parts = [draw(st.permutations(draw(part))) for part in (DATES, TIMES)]
    specifiers = [specifier for part in draw(st.permutations(parts)) for specifier in part]
    return "".join(draw(SEPARATORS) + specifier for specifier in specifiers) + draw(SEPARATORS)


@settings(deadline=None, max_examples=600)
@given(text=formats(), local=seconds, language=languages)
@example("MONDDYYYY", datetime.fromisoformat("2028-01-12"), "vi")
@example("DDMON YY", datetime.fromisoformat("2028-01-11"), "ja")
@example("MONHH24,YYYYDD", datetime.fromisoformat("2028-01-11 12:00"), "vi")
def test_every_format_that_is_accepted_reads_back_what_it_writes(text: str, local: datetime, language: str) -> None:
    try:
        found = parse(text)
    except FormatWrong:
        return
    months = LANGUAGES[language]
    assert parse(found.text) == found
    assert found.read(found.write(local, months), months) == as_far_as_it_says(found, local)
    assert found.read(found.day(local, months), months) == Typed(local.date(), None)


HOSTILE = st.characters() | st.sampled_from("DMYHISOTNAP0124/.-: ,")
WORDS = st.lists(st.sampled_from(["DD", "D", "MM", "MON", "YYYY", "HH12", "MI", "SS", "AM", " ", ".", "x"])).map(
    "".join
)


@settings(deadline=None, max_examples=400)
@given(text=st.text(HOSTILE, max_size=50) | WORDS)
def test_any_text_is_a_format_or_refused(text: str) -> None:
    try:
        found = parse(text)
    except FormatWrong as wrong:
        said = str(wrong)
    else:
        said = found.write(MORNING, ENGLISH)
    assert said
    assert said.isprintable()


@settings(deadline=None, max_examples=400)
@given(
    text=formats(),
    typed=st.text(HOSTILE, max_size=60)
    | st.lists(st.sampled_from(["1", "27", "2027", "mar", " ", ".", "am"])).map("".join),
    language=languages,
)
def test_any_text_is_a_date_or_refused(text: str, typed: str, language: str) -> None:
    try:
        found = parse(text)
        said = found.write(datetime.combine(found.read(typed, LANGUAGES[language]).day, time()), ENGLISH)
    except FormatWrong:
        return
    except DateWrong as wrong:
        said = str(wrong)
    assert said.isprintable()
    assert len(said) < 200


@pytest.mark.parametrize("sign", [" ", "1", ".", "a", "1 ", ". ", "\u0301", "i\u0307", "\0"])
def test_no_text_takes_long(sign: str) -> None:
    hostile = [parse("." * 30 + "YYYYMMDD"), parse("YY - - MM - - DD - - HH - - MI - - SS"), parse(DEFAULT)]
    for found in hostile:
        for size in (190, 1_000_000):
            before = perf_counter()
            refusal(f"2{sign * size}x", found.text)
            assert perf_counter() - before < 0.5
