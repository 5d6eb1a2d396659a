"""Classes as the terminal changes them."""

from __future__ import annotations

import json

import pytest
import time_machine

from domain import classes, errors
from models import AccountClass, Event
from tests.cast import Cast
from tests.domain.seat import Seat, console, refused
from tests.domain.test_people_pages import statements


@pytest.fixture(autouse=True)
def installation(clock: time_machine.Traveller, cast: Cast) -> None:
    """An open database at NOON."""


@pytest.mark.parametrize(
    ("columns", "changed"),
    [
        (
            {"two_factor": "required", "grace_days": "7"},
            {"two_factor": ("optional", "required"), "grace_days": ("0", "7")},
        ),
        ({"two_factor": "off"}, {"two_factor": ("optional", "off")}),
        ({"idle_minutes": "30"}, {"idle_minutes": ("", "30")}),
        ({"idle_minutes": "0"}, {}),
        ({"two_factor": "optional", "grace_days": "0"}, {}),
    ],
)
def test_a_change_tells_before_and_after_and_is_recorded(
    columns: dict[str, str], changed: dict[str, tuple[str, str]]
) -> None:
    events = Event.select().count()
    assert classes.change(classes.by_name("Customers"), columns, console()) == changed
    stored = classes.by_name("Customers")
    assert {column: classes.shown(stored, column) for column in changed} == {c: new for c, (_, new) in changed.items()}
    assert Event.select().count() == events + bool(changed)
    if changed:
        event = Event.select().order_by(Event.id.desc()).get()
        assert (event.tag, event.subject) == ("class:policy:changed", "Customers")
        assert json.loads(event.details) == {c: f"{old} → {new}" for c, (old, new) in changed.items()}


@pytest.mark.parametrize("written", ["0", "", " "])
def test_idle_minutes_of_nought_take_the_time_of_the_installation_again(written: str) -> None:
    classes.change(classes.by_name("Customers"), {"idle_minutes": "30"}, console())
    classes.change(classes.by_name("Customers"), {"idle_minutes": written}, console())
    assert classes.by_name("Customers").idle_minutes is None


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"two_factor": "maybe"}, "two_factor: maybe is not allowed. Choose one of: optional, required, off"),
        ({"grace_days": "-1"}, "grace_days: -1 is not a number from 0 to 10000."),
        ({"grace_days": "10001"}, "grace_days: 10001 is not a number"),
        ({"grace_days": "9" * 5000}, "9… is not a number"),
        ({"grace_days": "７"}, "grace_days: ７ is not a number"),
        ({"grace_days": ""}, "grace_days: Write a number from 0 to 10000."),
        ({"idle_minutes": "1.5"}, "idle_minutes: 1.5 is not a number"),
        (
            {"two_factor": "off", "name": "Gold"},
            "name: no such column. There are: two_factor, grace_days",
        ),
    ],
)
def test_one_wrong_column_changes_nothing(columns: dict[str, str], said: str) -> None:
    refusal = refused(lambda: classes.change(classes.by_name("Customers"), columns, console()), errors.Conflict)
    assert said in str(refusal)
    assert classes.by_name("Customers").two_factor == "optional"


def test_the_list_takes_one_statement_however_many_there_are(cast: Cast) -> None:
    sam, olga = Seat("sam").enter().standing, Seat("olga").enter().standing
    for count in (1, 30):
        for n in range(count):
            classes.create(f"Class {count} {n}", console())
        for standing in (sam, olga):
            with statements() as seen:
                classes.every(standing)
            assert len(seen) == 1, seen
    assert [row.name for row in classes.every(olga) if row.of_staff] == ["Staff"]
    assert "Staff" not in [row.name for row in classes.every(sam)]


def test_an_unknown_class_is_told_with_those_there_are() -> None:
    refusal = refused(lambda: classes.by_name("Iron"), errors.Conflict)
    assert str(refusal) == "There is no class Iron. There are: Customers, Resellers, Staff."
    assert AccountClass.select().count() == 3
