"""Preferences at the terminal: set for others, and those of who sits there."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from domain import languages
from models import AccountClass, Event, User
from tests.cast import Cast
from tests.processes import CLI, ROOT

Terminal = Callable[..., tuple[int, str]]
COLUMNS = ("language", "time_zone", "output_format", "input_format")


def preferences(terminal: Terminal, login: str) -> dict[str, object]:
    shown = json.loads(terminal("user", "show", login, "--json")[1])
    return {column: shown[column] for column in COLUMNS}


@pytest.mark.manual("C82", "C83", "C84", "C85", "R101", "R102", "R103", "R104")
def test_a_person_gets_language_zone_and_formats(terminal: Terminal, cast: Cast) -> None:
    words = ("language=DE", "time_zone=new york", "output_format=mm/dd/yyyy hh12:mi am", "input_format=YYYY-MM-DD")
    code, said = terminal("user", "set", "carl", *words)
    assert code == 0
    assert "carl time_zone: (none) → America/New_York\n" in said
    assert preferences(terminal, "carl") == {
        "language": "de",
        "time_zone": "America/New_York",
        "output_format": "MM/DD/YYYY HH12:MI AM",
        "input_format": "YYYY-MM-DD",
    }
    event = Event.get(Event.tag == "account:user:changed")
    assert json.loads(event.details)["language"] == " → de"
    assert terminal("user", "set", "carl", *words)[1] == "carl: already so\n"
    terminal("user", "set", "carl", "language=", "time_zone=")
    assert (cast.carl.language, cast.carl.time_zone) == (None, None)


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("language=tlh", "language: tlh is not a language of this portal. There are: de (Deutsch), en (English)"),
        ("time_zone=Berlim", "time_zone: There is no time zone Berlim. Did you mean Europe/Berlin"),
        ("output_format=HH12 MI:SS", "output_format: HH12 needs AM/PM."),
        ("input_format=DD.MM.YYYY HH12:MI", "input_format: HH12 needs AM/PM."),
        ("input_format= ", "input_format: Write a format, such as DD.MM.YYYY HH24:MI."),
    ],
)
def test_a_wrong_one_is_refused_with_its_column_and_changes_nothing(
    word: str, said: str, terminal: Terminal, cast: Cast
) -> None:
    code, printed = terminal("user", "set", "carl", "name=Somebody", word)
    assert (code, said in printed) == (1, True), printed
    assert cast.carl.name == "Carl Cole"
    assert terminal("class", "set", "Customers", word)[0] == 1


def test_a_class_gives_what_its_people_have_not_chosen(terminal: Terminal, cast: Cast) -> None:
    code, said = terminal("class", "set", "Customers", "language=de", "time_zone=Europe/Berlin")
    assert (code, "Customers language: (none) → de" in said) == (0, True)
    assert AccountClass.get(AccountClass.name == "Customers").time_zone == "Europe/Berlin"
    terminal("user", "set", "carl", "language=en")
    said = terminal("user", "show", "carl")[1]
    assert re.search(r"^Language: +en$", said, re.M)
    assert re.search(r"^Time zone: +as the class has it: Europe/Berlin$", said, re.M)
    assert "language=de time_zone=Europe/Berlin output_format= input_format=\n" in terminal("class", "list")[1]


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("2026-12-31", "2026-12-31T23:00:00+00:00"),  # through the whole of the last day, in Berlin
        ("2026-12-31T18:00", "2026-12-31T17:00:00+00:00"),
        ("2027-03-28T02:30", "2027-03-28T01:30:00+00:00"),  # skipped: 03:30 of summer
        ("2027-10-31T02:30", "2027-10-31T00:30:00+00:00"),  # comes twice: the first
        ("2026-12-31T18:00+05:45", "2026-12-31T12:15:00+00:00"),
    ],
)
def test_a_date_is_one_of_the_time_zone_of_whose_it_is(typed: str, stored: str, terminal: Terminal, cast: Cast) -> None:
    terminal("class", "set", "Customers", "time_zone=Europe/Berlin")
    assert terminal("user", "set", "ivy", f"expires_at={typed}")[0] == 0
    assert User.get(User.login == "ivy").expires_at.isoformat() == stored


@pytest.mark.parametrize("order", [1, -1])
def test_a_date_is_read_in_the_zone_that_comes_with_it_in_whatever_order(
    order: int, terminal: Terminal, cast: Cast
) -> None:
    words = ["time_zone=America/New_York", "expires_at=2027-01-01T00:00"][::order]
    assert terminal("user", "set", "carl", *words)[0] == 0
    assert cast.carl.expires_at.isoformat() == "2027-01-01T05:00:00+00:00"


@pytest.mark.parametrize("typed", ["20271231", "2027-W52", "2027-W52-5", "8999-12-31T23:59-23:59", "9999-12-31"])
def test_dates_that_are_easily_meant_otherwise_or_out_of_reach_are_refused(
    typed: str, terminal: Terminal, cast: Cast
) -> None:
    code, said = terminal("user", "set", "carl", f"expires_at={typed}")
    assert (code, f"expires_at: {typed} is not a" in said) == (1, True), said


# --- Who sits there ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environment", "german"),
    [
        ({"LANGUAGE": "de"}, True),
        ({"LANGUAGE": "xx:de:en"}, True),
        ({"LANGUAGE": "", "LC_ALL": "de_AT.UTF-8"}, True),
        ({"LANGUAGE": "", "LC_ALL": "", "LC_MESSAGES": "", "LANG": "de_DE@euro"}, True),
        ({"LANGUAGE": "", "LC_ALL": "C.UTF-8", "LANG": "de_DE.UTF-8"}, False),
        ({"LANGUAGE": "", "LC_ALL": "", "LC_MESSAGES": "POSIX"}, False),
        ({"LANGUAGE": "fr"}, False),
    ],
    ids=lambda value: " ".join(f"{k}={v}" for k, v in value.items()) if isinstance(value, dict) else "",
)
def test_the_terminal_speaks_the_language_of_its_environment(
    environment: dict[str, str], german: bool, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    code, said = terminal("user", "show", "nobody")
    assert (code, "Es gibt keinen Benutzer nobody." in said) == (1, german), said
    assert "two_factor_enrolled" in terminal("user", "show", "carl", "--json")[1]


@pytest.mark.parametrize(
    ("words", "german"),
    [
        (["--help"], ["Aufruf:", "Optionen:"]),
        (["user", "create", "--help"], ["Optionen:", "--language"]),
        (["user", "show"], ["Fehler:"]),
        (["recover", "nonsense"], ["Fehler:", "nonsense"]),
        (["config"], ["(Vorgabe)"]),
    ],
)
def test_help_and_wrong_use_are_said_in_german_too(words: list[str], german: list[str], tmp_path: Path) -> None:
    environ = {**os.environ, "LANGUAGE": "de", "POSTERN_DATA_DIR": str(tmp_path)}
    done = subprocess.run([*CLI, *words], cwd=ROOT, env=environ, capture_output=True, text=True)
    for word in german:
        assert word in done.stdout + done.stderr
    assert not {"Usage:", "Options:", "Error:", "(default)"} & set((done.stdout + done.stderr).split())


@pytest.mark.parametrize(
    ("zone", "offset"),
    [
        ("Asia/Kathmandu", "UTC+05:45"),
        ("America/Phoenix", "UTC-07:00"),
        ("UTC", "UTC"),
        ("Nonsense", "UTC"),
        ("XXX999", "UTC"),
    ],
)
def test_times_are_those_of_the_machine_and_name_their_zone(
    zone: str, offset: str, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", zone)
    done = subprocess.run([*CLI, "user", "show", "carl"], cwd=ROOT, env=os.environ, capture_output=True, text=True)
    assert re.search(rf"^Server time: +\d\d\.\d\d\.\d{{4}} \d\d:\d\d {re.escape(offset)}$", done.stdout, re.M), done


@pytest.mark.parametrize("damage", [b"", b"no catalogue", None])
def test_a_damaged_catalogue_stops_nobody(damage: bytes | None, tmp_path: Path) -> None:
    """As a file of its own that breaks: German is not offered, and everything else goes on."""
    shutil.copytree(languages.FOLDER, tmp_path / "translations")
    german, english = (tmp_path / "translations" / code / "LC_MESSAGES" / "messages.mo" for code in ("de", "en"))
    german.write_bytes(german.read_bytes()[:20_000] if damage is None else damage)
    command = [sys.executable, "-m", "tests.pseudo_serve", str(tmp_path / "translations"), "recover", "--help"]
    environ = {**os.environ, "LANGUAGE": "de"}
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True)
    assert (done.returncode, "Print a new password once." in done.stdout) == (0, True), done
    assert "its language is not offered" in done.stderr
    english.unlink()
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True)
    assert (done.returncode, done.stderr.count("\n"), "Put the folder back" in done.stderr) == (1, 2, True), done
