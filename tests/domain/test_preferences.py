"""Preferences: whose choice holds, what may be chosen, and what a change leaves behind."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import peewee
import pytest
import time_machine

from domain import errors, formats, languages
from domain.format_errors import FormatWrong
from domain.preferences import (
    COLUMNS,
    NOTHING,
    Chosen,
    LanguageUnknown,
    Preferences,
    change,
    checked,
    in_force,
    inherited,
    of,
)
from domain.visit import Visit
from domain.zones import ZoneUnknown
from models import AccountClass, Event, User
from tests.acts import unwritable
from tests.cast import Cast
from tests.domain.seat import overtaken, refused


@pytest.fixture(autouse=True)
def installation(clock: time_machine.Traveller, cast: Cast) -> None:
    """An open database at NOON."""


def facts(found: Preferences) -> tuple[str, str, str, str, bool]:
    return found.language.code, str(found.zone), found.output.text, found.input.text, found.names_zone


# --- Whose choice holds -----------------------------------------------------------------------------------------------

DE = languages.offered()["de"]
ISO = "YYYY-MM-DD HH24:MI"


def test_where_nobody_has_chosen_and_the_browser_is_silent_the_defaults_hold() -> None:
    assert facts(in_force(NOTHING)) == ("en", "UTC", formats.DEFAULT, formats.DEFAULT, True)


@pytest.mark.manual("C82", "C83")
def test_the_browser_gives_language_and_zone_where_none_is_chosen() -> None:
    found = in_force(NOTHING, DE, "Europe/Vienna")
    assert facts(found) == ("de", "Europe/Vienna", formats.DEFAULT, formats.DEFAULT, False)


def test_what_is_chosen_goes_before_the_browser() -> None:
    chosen = Chosen("en", "Asia/Tokyo", ISO, "DD/MM/YYYY")
    assert facts(in_force(chosen, DE, "Europe/Vienna")) == ("en", "Asia/Tokyo", ISO, "DD/MM/YYYY", False)


def test_utc_that_was_chosen_needs_no_mention() -> None:
    assert in_force(NOTHING._replace(time_zone="UTC")).names_zone is False


@pytest.mark.manual("C82", "C83", "C84", "C85")
@pytest.mark.parametrize(
    ("of_user", "of_class", "held"),
    [
        (NOTHING, NOTHING, NOTHING),
        (NOTHING, Chosen("de", "Asia/Tokyo", ISO, ISO), Chosen("de", "Asia/Tokyo", ISO, ISO)),
        (Chosen("en", None, None, ISO), Chosen("de", "Asia/Tokyo", ISO, None), Chosen("en", "Asia/Tokyo", ISO, ISO)),
        (Chosen("", "", "", ""), Chosen("de", "Asia/Tokyo", ISO, ISO), Chosen("de", "Asia/Tokyo", ISO, ISO)),
    ],
)
def test_each_of_the_four_is_the_users_else_that_of_his_class(of_user: Chosen, of_class: Chosen, held: Chosen) -> None:
    assert inherited(of_user, of_class) == held


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("stored", ["tlh", "../../etc/passwd", "HH12 MI", "\0", "", " ", "%s{0}", "x" * 10_000])
def test_what_this_version_does_not_know_counts_as_not_chosen(column: str, stored: str) -> None:
    own, of_class = NOTHING._replace(**{column: stored}), Chosen("de", "Asia/Tokyo", ISO, ISO)
    assert inherited(own, of_class) == of_class
    assert inherited(NOTHING, own) == NOTHING


@pytest.mark.parametrize("said", ["", "Mars/Olympus", "europe/vienna", "/etc/localtime", "localtime", "x" * 10_000])
def test_a_browser_that_says_no_zone_gives_utc_and_it_is_named(said: str) -> None:
    found = in_force(NOTHING, None, said)
    assert (str(found.zone), found.names_zone) == ("UTC", True)


# --- What may be chosen -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "written", "stored"),
    [
        ("language", "de", "de"),
        ("language", " DE ", "de"),
        ("language", "de_AT", "de"),
        ("time_zone", "berlin", "Europe/Berlin"),
        ("time_zone", "Wien", "Europe/Vienna"),
        ("time_zone", "utc", "UTC"),
        ("output_format", " mon-dd-yy ", "MON-DD-YY"),
        ("input_format", "yyyy-mm-dd hh:mi", "YYYY-MM-DD HH:MI"),
        *((column, "", None) for column in COLUMNS),
        ("language", " \t", None),
        ("time_zone", " \t", None),
    ],
)
def test_what_people_write_is_stored_in_one_way(column: str, written: str, stored: str | None) -> None:
    assert checked(column, written) == stored


@pytest.mark.parametrize(
    ("column", "written", "kind"),
    [
        ("language", "tlh", LanguageUnknown),
        ("time_zone", "Atlantis", ZoneUnknown),
        ("output_format", " ", FormatWrong),
        ("output_format", "DD.MM.YYYY HH12 MI:SS", FormatWrong),
        ("input_format", "\t", FormatWrong),
        ("input_format", "DD.MM", FormatWrong),
        ("input_format", "\0", FormatWrong),
    ],
)
def test_what_cannot_be_chosen_is_refused_at_its_column(column: str, written: str, kind: type[errors.Refusal]) -> None:
    assert refused(lambda: checked(column, written), kind).field == column


def test_an_unknown_language_is_told_with_those_there_are() -> None:
    refusal = refused(lambda: checked("language", "\x1b[31m" + "x" * 100), LanguageUnknown)
    assert str(refusal) == f"�[31m{'x' * 34}… is not a language of this portal. There are: de (Deutsch), en (English)."


# --- A change ---------------------------------------------------------------------------------------------------------

ALL = {"language": "de", "time_zone": "tokyo", "output_format": "dd/mm/yyyy", "input_format": ISO}


def stored(user: User) -> Chosen:
    return of(User.get_by_id(user.id))


def at(cast: Cast) -> Visit:
    return replace(cast.visit("carl"), user_id=cast.carl.id)


def events() -> list[Event]:
    return list(Event.select().where(Event.tag == "account:preferences:changed"))


def test_a_change_is_stored_and_leaves_one_event_with_old_and_new(cast: Cast) -> None:
    change(cast.carl, {"time_zone": "Europe/Berlin"}, at(cast))
    assert change(cast.carl, ALL, at(cast)) is True
    assert stored(cast.carl) == Chosen("de", "Asia/Tokyo", "DD/MM/YYYY", ISO)
    _, event = events()
    assert json.loads(event.details) == {
        "language": " → de",
        "time_zone": "Europe/Berlin → Asia/Tokyo",
        "output_format": " → DD/MM/YYYY",
        "input_format": f" → {ISO}",
    }
    assert (event.actor, event.subject, event.subject_user_id, event.address) == (
        "carl",
        "carl",
        cast.carl.id,
        "192.0.2.10",
    )
    assert event.succeeded


def test_what_is_not_written_stays_and_what_is_empty_is_inherited_again(cast: Cast) -> None:
    change(cast.carl, ALL, at(cast))
    assert change(cast.carl, {"language": "", "nonsense": "x", "login": "root"}, at(cast)) is True
    assert stored(cast.carl) == Chosen(None, "Asia/Tokyo", "DD/MM/YYYY", ISO)
    assert json.loads(events()[-1].details) == {"language": "de → "}
    assert cast.carl.login == "carl"


def test_where_nothing_changed_nothing_is_recorded(cast: Cast) -> None:
    assert change(cast.carl, dict.fromkeys(COLUMNS, ""), at(cast)) is False
    change(cast.carl, ALL, at(cast))
    again = {"language": "DE", "time_zone": "Asia/Tokyo", "output_format": " DD/MM/YYYY", "input_format": ISO.lower()}
    assert change(cast.carl, again, at(cast)) is False
    assert change(cast.carl, {}, at(cast)) is False
    assert len(events()) == 1


@pytest.mark.parametrize("column", COLUMNS)
def test_one_that_is_wrong_stores_none_of_the_four(column: str, cast: Cast) -> None:
    with pytest.raises(errors.Refusal) as refusal:
        change(cast.carl, {**ALL, column: "nonsense"}, at(cast))
    assert refusal.value.field == column
    assert (stored(cast.carl), events()) == (NOTHING, [])


def test_one_changes_his_own_and_nobody_elses(cast: Cast) -> None:
    change(cast.carl, ALL, at(cast))
    assert {stored(user) for user in (cast.ivy, cast.rita, cast.sam, cast.olga)} == {NOTHING}
    assert of(AccountClass.get(AccountClass.name == "Customers")) == NOTHING


def test_where_the_event_cannot_be_written_nothing_changes(cast: Cast, data_dir: Path) -> None:
    carl, visit = cast.carl, at(cast)
    with unwritable(data_dir, "event"), pytest.raises(peewee.OperationalError):
        change(carl, ALL, visit)
    assert stored(carl) == NOTHING


def test_an_event_names_what_stood_there_at_that_moment(cast: Cast) -> None:
    carl, visit = cast.carl, at(cast)
    overtaken(
        lambda: change(carl, {"language": "de"}, visit),
        lambda: change(carl, {"language": "en", "time_zone": "UTC"}, visit),
    )
    assert stored(carl) == Chosen("de", "UTC", None, None)
    assert json.loads(events()[-1].details) == {"language": "en → de"}
