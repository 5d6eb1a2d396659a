"""The audit log as CSV: all that is known, safe against formulas, and itself an event."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import pytest
from time_machine import Traveller

from domain import audit
from domain.audit import Tag
from models import Event
from tests.blueprints.admin.log import enter_people, exported, note
from tests.browser import Browser
from tests.cast import Cast


@pytest.fixture(autouse=True)
def people(clock: Traveller, cast: Cast) -> None:
    enter_people()


BOMB = '=HYPERLINK("http://evil.example","click")'


def test_the_csv_has_every_entry_of_the_search_with_all_that_is_known(cast: Cast, browser: Browser) -> None:
    for n in range(60):
        note("carl", Tag.USER_CHANGED, actor="sam", role=f"a → {n}")
    note("ivy")
    browser.log_in("olga").get("/admin/events?q=carl").follow("Export CSV")
    assert browser.response is not None
    headers = browser.response.headers
    assert headers["Content-Type"] == "text/csv; charset=utf-8"
    assert headers["Content-Disposition"] == 'attachment; filename="audit-log-2026-11-20.csv"'
    assert headers["X-Content-Type-Options"] == "nosniff"
    lines = browser.text.split("\r\n")
    assert lines[0] == "at,tag,actor,subject,address,user_agent,succeeded,while_acting,details"
    rows = list(csv.DictReader(io.StringIO(browser.text, newline="")))
    assert [json.loads(row.pop("details"))["role"] for row in rows] == [f"a → {n}" for n in range(59, -1, -1)]
    assert rows[0] == {
        "at": "2026-11-20T12:00:00Z",
        "tag": "account:user:changed",
        "actor": "sam",
        "subject": "carl",
        "address": "203.0.113.9",
        "user_agent": cast.visit("sam").user_agent,
        "succeeded": "yes",
        "while_acting": "no",
    }


@pytest.mark.manual("D116")
def test_an_export_is_an_event_with_what_was_asked_for(cast: Cast, browser: Browser) -> None:
    browser.log_in("sam").get("/admin/events.csv?q=carl&period=week&by=")
    event = Event.get(Event.tag == "events:log:exported")
    assert (event.actor, event.subject, json.loads(event.details)) == ("sam", "sam", {"q": "carl", "period": "week"})


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        (BOMB, f"'{BOMB}"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t'=1"),
        ("\r=1", "'\r'=1"),
        (" =1", "' =1"),
        ('x",=1', "x\",'=1"),
        ("x\n=1", "x\n'=1"),
        ("x;=1", "x;'=1"),
        ("＝1", "'＝1"),
        ("a=b-c@d", "a=b-c@d"),
        ("", ""),
    ],
)
def test_no_cell_is_a_formula(typed: str, stored: str, cast: Cast, browser: Browser) -> None:
    visit = replace(cast.visit(typed), user_agent=typed)
    audit.record(Tag.USERS_IMPORTED, visit, typed, details={"name": typed})
    [row] = [row for row in exported(browser.log_in("olga")) if row["tag"] == "account:users:imported"]
    assert (row["actor"], row["subject"], row["user_agent"]) == (stored, stored, stored)
    for separator in ",;\t":
        for line in csv.reader(io.StringIO(browser.text, newline=""), delimiter=separator):
            assert not [cell for cell in line if cell.strip()[:1] in tuple("=+@＝")], separator


def test_a_csv_that_is_cut_says_so(cast: Cast, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("blueprints.admin.events.MOST_EXPORTED", 3)
    for _ in range(3):
        note("carl")
    browser.log_in("olga")
    assert len(exported(browser, "?q=carl")) == 3
    note("carl")
    *rows, last = exported(browser, "?q=carl")
    assert (len(rows), last["at"][:37], last["tag"]) == (3, "These are the newest 3 entries. There", "")
