"""Time zones: found as people type them, offered with their cities, and local times at the changes of clocks."""

from __future__ import annotations

import gc
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from domain import languages, zones
from domain.zones import Resolved, ZoneUnknown, find, known, offered, resolve, utc_offset
from translations.cldr import facts

WINTER, SUMMER = datetime(2027, 1, 15, 12, 20, tzinfo=UTC), datetime(2027, 7, 15, 12, 20, tzinfo=UTC)


def hint(error: pytest.ExceptionInfo[ZoneUnknown]) -> str:
    assert error.value.field == "time_zone"
    return error.value.hint % error.value.values


# --- By name ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        (" europe/berlin ", "Europe/Berlin"),
        ("BERLIN", "Europe/Berlin"),
        ("america/new york", "America/New_York"),
        ("New_York", "America/New_York"),
        ("St Johns", "America/St_Johns"),
        ("St. John’s", "America/St_Johns"),
        ("São Paulo", "America/Sao_Paulo"),
        ("kathmandu", "Asia/Kathmandu"),
        ("Ushuaia", "America/Argentina/Ushuaia"),
        ("utc", "UTC"),
        ("GMT", "GMT"),
        ("etc/gmt-1", "Etc/GMT-1"),
        ("etc/gmt+1", "Etc/GMT+1"),
        ("Asia/Calcutta", "Asia/Calcutta"),
    ],
)
def test_a_zone_is_found_as_people_type_it(typed: str, name: str) -> None:
    assert find(typed) == name
    assert known(name).key == name


def test_every_zone_finds_itself_and_every_place_is_found_by_its_city() -> None:
    names = available_timezones() - {"localtime", "Factory"}
    assert [name for name in names if find(name) != name or find(name.lower()) != name] == []
    places = {zone.name for zone in offered(languages.english(), WINTER)}
    assert len(places) > 400
    cities = {name: find(name.rpartition("/")[2].replace("_", " ")) for name in places}
    # these names of countries and cities are ids themselves
    older = {"Asia/Hong_Kong", "Asia/Singapore", "America/Jamaica", "Pacific/Kwajalein"}
    assert {name for name, found in cities.items() if found != name} == older


@pytest.mark.parametrize(
    ("typed", "near"),
    [
        ("Europe/Berlni", "Europe/Berlin"),
        ("brelin", "Europe/Berlin"),
        ("calcutta", "Asia/Calcutta"),
        ("Europe/Vien", "Europe/Vienna"),
    ],
)
def test_what_is_nearly_a_zone_is_refused_with_what_may_be_meant(typed: str, near: str) -> None:
    with pytest.raises(ZoneUnknown, match=f"^There is no time zone {typed}.$") as error:
        find(typed)
    assert hint(error).startswith(f"Did you mean {near}")
    assert hint(error).count("/") <= 3


STRANGE = [
    "xyzzy",
    "qqqqq" * 10_000,
    "\x1b[31m",
    "12:30",
    "localtime",
    "posixrules",
    "Factory",
    "/etc/localtime",
    "../x",
]


@pytest.mark.parametrize("typed", STRANGE)
def test_what_is_no_zone_at_all_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(ZoneUnknown) as error:
        find(typed)
    assert hint(error) == "Write the capital or a large city, such as Berlin, or an id such as Europe/Berlin."
    assert str(error.value).isprintable()
    assert len(str(error.value)) < 100


PATHS = ["Europe", "Europe/", "../zoneinfo/Europe/Berlin", "Europe/../UTC", "/usr/share/zoneinfo/UTC", "zone.tab", "\0"]
OTHERWISE = ["", "europe/berlin", "Berlin", "posix/Europe/Berlin", "right/UTC", "Europe\\Berlin", "UTC\n", "\ud800"]


@pytest.mark.parametrize("name", STRANGE + PATHS + OTHERWISE)
def test_only_an_exact_id_is_known_and_no_path_leads_anywhere_else(name: str) -> None:
    with pytest.raises(ZoneUnknown):
        known(name)


# --- To choose from ---------------------------------------------------------------------------------------------------


def test_zones_are_offered_from_west_to_east_behind_utc() -> None:
    found = offered(languages.english(), WINTER)
    assert found[0] == ("UTC", "UTC", timedelta(0))
    offsets = [zone.offset for zone in found[1:]]
    assert offsets == sorted(offsets)
    assert (offsets[0], offsets[-1]) == (timedelta(hours=-11), timedelta(hours=14))
    western = [zone.city for zone in found[1:] if zone.offset == timedelta(0)]
    some = ["Abidjan", "Accra", "Lisbon", "London", "São Tomé", "St. Helena"]
    assert [city for city in western if city in some] == some
    assert len({zone.name for zone in found}) == len(found)


@pytest.mark.parametrize(("code", "city"), [("en", "Vienna"), ("de", "Wien")])
def test_cities_are_named_in_the_language_and_without_their_continent(code: str, city: str) -> None:
    cities = {zone.name: zone.city for zone in offered(languages.offered()[code], WINTER)}
    assert cities["Europe/Vienna"] == city
    assert [name for name in cities.values() if "/" in name or "_" in name or not name] == []
    assert find(city) == "Europe/Vienna"


@pytest.mark.parametrize(("code", "city"), [("fr", "Vienne"), ("ja", "ウィーン"), ("pt_BR", "Viena")])
def test_a_catalogue_carries_the_cities_that_its_language_spells_in_its_own_way(code: str, city: str) -> None:
    assert facts(code)["cities"]["Europe/Vienna"] == city
    assert "Europe/Berlin" not in facts("de")["cities"]


def test_offsets_are_those_of_the_day() -> None:
    offsets = [{zone.name: zone.offset for zone in offered(languages.english(), now)} for now in (WINTER, SUMMER)]
    assert [utc_offset(offset["Europe/Berlin"]) for offset in offsets] == ["UTC+01:00", "UTC+02:00"]
    assert [utc_offset(offset["America/St_Johns"]) for offset in offsets] == ["UTC-03:30", "UTC-02:30"]


def test_offsets_change_with_the_clocks() -> None:
    change = datetime(2027, 3, 28, 1, tzinfo=UTC)
    times = (change - timedelta(minutes=1), change)
    offsets = [{zone.name: zone.offset for zone in offered(languages.english(), at)} for at in times]
    assert [offset["Europe/Paris"] for offset in offsets] == [timedelta(hours=1), timedelta(hours=2)]


def test_zones_that_were_offered_are_not_kept() -> None:
    zones._offered.cache_clear()
    gc.collect()
    before = sum(isinstance(kept, ZoneInfo) for kept in gc.get_objects())
    first = offered(languages.english(), WINTER)
    assert offered(languages.english(), WINTER + timedelta(minutes=30)) is first
    gc.collect()
    assert sum(isinstance(kept, ZoneInfo) for kept in gc.get_objects()) <= before + 10


@pytest.mark.parametrize(
    ("offset", "said"),
    [
        (timedelta(0), "UTC"),
        (timedelta(hours=5, minutes=45), "UTC+05:45"),
        (timedelta(hours=-3, minutes=-30), "UTC-03:30"),
        (timedelta(hours=14), "UTC+14:00"),
        (timedelta(seconds=3208), "UTC+00:53:28"),
    ],
)
def test_an_offset_is_written_so_that_everybody_knows_it(offset: timedelta, said: str) -> None:
    assert utc_offset(offset) == said


# --- Local times ------------------------------------------------------------------------------------------------------


def resolved(local: str, zone: str) -> Resolved:
    return resolve(datetime.fromisoformat(local), known(zone))


def said(found: Resolved) -> str:
    return found.remark.sentence % found.remark.values if found.remark else ""


FORWARD = "{} does not exist on that day in {}: the clocks go forward. It was read as {}."
BACK = "{} comes twice on that day in {}: the clocks go back. It was read as the first, at {}."
BERLIN, JOHNS, CHATHAM, HOWE = "Europe/Berlin", "America/St_Johns", "Pacific/Chatham", "Australia/Lord_Howe"
NEPAL, APIA = "Asia/Kathmandu", "Pacific/Apia"


@pytest.mark.manual("C82")
@pytest.mark.parametrize(
    ("zone", "local", "at", "remark"),
    [
        (BERLIN, "2027-03-28 01:59", "2027-03-28 00:59", ""),
        (BERLIN, "2027-03-28 02:00", "2027-03-28 01:00", FORWARD.format("02:00", BERLIN, "03:00")),
        (BERLIN, "2027-03-28 02:30", "2027-03-28 01:30", FORWARD.format("02:30", BERLIN, "03:30")),
        (BERLIN, "2027-03-28 03:00", "2027-03-28 01:00", ""),
        (BERLIN, "2027-10-31 01:59", "2027-10-30 23:59", ""),
        (BERLIN, "2027-10-31 02:00", "2027-10-31 00:00", BACK.format("02:00", BERLIN, "UTC+02:00")),
        (BERLIN, "2027-10-31 02:59", "2027-10-31 00:59", BACK.format("02:59", BERLIN, "UTC+02:00")),
        (BERLIN, "2027-10-31 03:00", "2027-10-31 02:00", ""),
        (JOHNS, "2027-03-14 01:59", "2027-03-14 05:29", ""),
        (JOHNS, "2027-03-14 02:15", "2027-03-14 05:45", FORWARD.format("02:15", JOHNS, "03:15")),
        (JOHNS, "2027-03-14 03:00", "2027-03-14 05:30", ""),
        (JOHNS, "2027-11-07 00:59", "2027-11-07 03:29", ""),
        (JOHNS, "2027-11-07 01:30", "2027-11-07 04:00", BACK.format("01:30", JOHNS, "UTC-02:30")),
        (JOHNS, "2027-11-07 02:00", "2027-11-07 05:30", ""),
        (CHATHAM, "2027-09-26 02:44", "2027-09-25 13:59", ""),
        (CHATHAM, "2027-09-26 02:45", "2027-09-25 14:00", FORWARD.format("02:45", CHATHAM, "03:45")),
        (CHATHAM, "2027-09-26 03:45", "2027-09-25 14:00", ""),
        (CHATHAM, "2027-04-04 02:44", "2027-04-03 12:59", ""),
        (CHATHAM, "2027-04-04 02:45", "2027-04-03 13:00", BACK.format("02:45", CHATHAM, "UTC+13:45")),
        (CHATHAM, "2027-04-04 03:45", "2027-04-03 15:00", ""),
        (HOWE, "2027-10-03 01:59", "2027-10-02 15:29", ""),
        (HOWE, "2027-10-03 02:10", "2027-10-02 15:40", FORWARD.format("02:10", HOWE, "02:40")),
        (HOWE, "2027-10-03 02:30", "2027-10-02 15:30", ""),
        (HOWE, "2027-04-04 01:29", "2027-04-03 14:29", ""),
        (HOWE, "2027-04-04 01:30", "2027-04-03 14:30", BACK.format("01:30", HOWE, "UTC+11:00")),
        (HOWE, "2027-04-04 02:00", "2027-04-03 15:30", ""),
        (NEPAL, "1985-12-31 23:59", "1985-12-31 18:29", ""),
        (NEPAL, "1986-01-01 00:05", "1985-12-31 18:35", FORWARD.format("00:05", NEPAL, "00:20")),
        (NEPAL, "1986-01-01 00:15", "1985-12-31 18:30", ""),
        (APIA, "2011-12-29 23:59", "2011-12-30 09:59", ""),
        (APIA, "2011-12-30 10:00", "2011-12-30 20:00", FORWARD.format("10:00", APIA, "10:00 of the next day")),
        (APIA, "2011-12-31 00:00", "2011-12-30 10:00", ""),
        ("UTC", "2027-03-28 02:30", "2027-03-28 02:30", ""),
    ],
)
def test_a_local_time_at_a_change_of_clocks(zone: str, local: str, at: str, remark: str) -> None:
    found = resolved(local, zone)
    assert found.at == datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert found.at.tzinfo is UTC
    assert said(found) == remark


@pytest.mark.parametrize("zone", [BERLIN, JOHNS, CHATHAM, HOWE, NEPAL, APIA, "UTC"])
@pytest.mark.parametrize("local", ["0001-01-01", "9999-12-31 23:59:59.999999"])
def test_the_ends_of_the_calendar_do_not_fail(zone: str, local: str) -> None:
    found = resolved(local, zone)
    assert abs(found.at - datetime.fromisoformat(local).replace(tzinfo=UTC)) < timedelta(days=1)
    assert found.remark is None


BEGIN, END = datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)
SHIFTS = (timedelta(minutes=30), timedelta(hours=1))  # by which these clocks go back
instants = st.integers(0, int((END - BEGIN).total_seconds())).map(lambda second: BEGIN + timedelta(seconds=second))


@settings(deadline=None, max_examples=400)
@given(at=instants, zone=st.sampled_from([BERLIN, JOHNS, CHATHAM, HOWE, NEPAL]))
@example(datetime(2027, 10, 31, 1, 30, tzinfo=UTC), BERLIN)
@example(datetime(2027, 4, 3, 15, 10, tzinfo=UTC), HOWE)
def test_the_local_time_of_an_instant_gives_it_back_or_the_first_of_two(at: datetime, zone: str) -> None:
    local = at.astimezone(known(zone))
    found = resolve(local.replace(tzinfo=None), known(zone))
    if local.fold:
        assert found.at < at
        assert found.at.astimezone(known(zone)).replace(tzinfo=None, fold=0) == local.replace(tzinfo=None, fold=0)
    else:
        assert found.at == at
    again = [(found.at + shift).astimezone(known(zone)).replace(tzinfo=None) for shift in SHIFTS]
    assert bool(found.remark) == (local.replace(tzinfo=None) in again)
