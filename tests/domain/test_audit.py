"""The log: what a row holds, who sees it, how long it is kept."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine

from domain import audit, site
from domain.audit import Tag
from domain.visit import utcnow
from models import Event, User
from tests.cast import Cast
from tests.domain.seat import console


@pytest.fixture(autouse=True)
def installation(clock: time_machine.Traveller, cast: Cast) -> None:
    """An open database at NOON, and an empty log."""
    Event.delete().execute()


def test_a_row_holds_who_did_what_to_whom_from_where_and_when(cast: Cast) -> None:
    audit.record(Tag.CODE_FAILED, console(), cast.carl, succeeded=False, details={"at": utcnow(), "n": 1})
    row = Event.get()
    assert (row.tag, row.actor, row.subject, row.subject_user) == (
        "account:code:failed", "console:test", "carl", cast.carl,
    )  # fmt: skip
    assert (row.at, row.address, row.user_agent, row.succeeded) == (utcnow(), "console", "./postern", False)
    assert json.loads(row.details) == {"at": "2026-11-20 12:00:00+00:00", "n": 1}


def test_a_row_about_nobody_known_holds_text_of_limited_length() -> None:
    audit.record(Tag.LOGIN_FAILED, replace(console(), actor="a" * 200), "s" * 200)
    row = Event.get()
    assert (row.actor, row.subject, row.subject_user, row.details) == ("a" * 80, "s" * 80, None, "{}")


def test_a_person_sees_his_own_events_newest_first_page_by_page(cast: Cast) -> None:
    for number in range(5):
        audit.record(Tag.CONFIRMED, console(), cast.carl, details={"n": number})
        audit.record(Tag.CONFIRMED, console(), cast.rita)
    first = audit.recent(cast.carl.id, 2)
    then = audit.recent(cast.carl.id, 9, before=first[-1].id)
    assert [json.loads(event.details)["n"] for event in first + then] == [4, 3, 2, 1, 0]


def test_events_outlive_their_user_as_text(cast: Cast) -> None:
    audit.record(Tag.LOGGED_IN, console(), cast.ivy)
    User.delete().where(User.login == "ivy").execute()
    row = Event.get()
    assert (row.subject, row.subject_user) == ("ivy", None)


@pytest.mark.parametrize("days", [400, 30])
def test_events_are_kept_for_their_time(cast: Cast, clock: time_machine.Traveller, days: int) -> None:
    before = site.current()
    try:
        if days != 400:
            site.configure(replace(before, events_kept=timedelta(days=days)))
        audit.record(Tag.LOGGED_IN, console(), cast.carl)
        clock.shift(timedelta(days=days))
        audit.prune(utcnow())
        assert Event.select().count() == 1
        clock.shift(1)
        audit.prune(utcnow())
        assert Event.select().count() == 0
    finally:
        site.configure(before)


def test_every_tag_is_source_subject_action_once_with_a_sentence() -> None:
    assert len({tag.wire for tag in Tag}) == len(Tag)
    for tag in Tag:
        assert re.fullmatch(r"[a-z]+:[a-z_]+:[a-z_]+", tag.wire)
        assert audit.SENTENCES[tag.wire] == tag.sentence
        assert re.fullmatch(r"[A-Z0-9].*[^.]", tag.sentence)
