"""Refusals by address are counted by ten minutes, each with one event."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import time_machine

from domain import denials, rescue
from domain.access import Rule
from domain.visit import utcnow
from models import Denial, Event, User
from tests.cast import HOME, Cast
from tests.domain.seat import ELSEWHERE, Seat


@pytest.fixture(autouse=True)
def installation(clock: time_machine.Traveller, cast: Cast) -> None:
    """An open database at NOON."""


def deny(seat: Seat, rule: Rule = Rule.OWN_LIST) -> None:
    denials.note(seat.standing, rule, seat.visit)


def counts() -> list[int]:
    return [row.count for row in Denial.select().order_by(Denial.id)]


def events() -> list[Event]:
    return list(Event.select().where(Event.tag.startswith("access:")).order_by(Event.id))


@pytest.mark.parametrize(
    ("pauses", "counted"),
    [
        ([0, 0], [3]),
        ([599], [2]),
        ([600], [1, 1]),
        ([300, 299, 1], [3, 1]),
        ([-299, 0], [3]),
        ([-300, 0], [1, 2]),
    ],
)
def test_those_of_ten_minutes_are_one_with_one_event(
    pauses: list[int], counted: list[int], clock: time_machine.Traveller
) -> None:
    seat = Seat("carl").enter()
    deny(seat)
    for pause in pauses:
        clock.shift(pause)
        deny(seat)
    assert (counts(), len(events())) == (counted, len(counted))
    newest = denials.last_of(seat.user.id)
    assert newest and (newest.address, newest.rule) == (HOME, "own list")


def test_another_person_rule_or_address_is_counted_apart() -> None:
    for seat in (Seat("carl").enter(), Seat("carl", ELSEWHERE).enter(), Seat("carl", "").enter(), Seat("ivy").enter()):
        for rule in (Rule.OWN_LIST, Rule.PROVIDER_LIST, Rule.BINDING):
            deny(seat, rule)
            deny(seat, rule)
    assert counts() == [2] * 12
    assert len(events()) == 12


@pytest.mark.parametrize(
    ("rule", "tag"),
    [
        (Rule.BINDING, "access:session:denied"),
        (Rule.OWN_LIST, "access:address:denied"),
        (Rule.PROVIDER_LIST, "access:address:denied"),
    ],
)
def test_the_event_names_rule_and_both_addresses(rule: Rule, tag: str) -> None:
    seat = Seat("carl").enter()
    seat.address = ELSEWHERE
    deny(seat, rule)
    [event] = events()
    assert (event.tag, event.actor, event.subject, event.address) == (tag, "carl", "carl", ELSEWHERE)
    assert not event.succeeded
    assert json.loads(event.details) == {"rule": rule, "opened_from": HOME}


def test_only_binding_tells_the_session_that_it_was_tried(clock: time_machine.Traveller) -> None:
    seat = Seat("carl").enter()
    seat.address = ELSEWHERE
    deny(seat)
    assert (seat.standing.tried_from, seat.standing.tried_at) == (None, None)
    deny(seat, Rule.BINDING)
    clock.shift(60)
    seat.address = "203.0.113.9"
    deny(seat, Rule.BINDING)
    assert (seat.standing.tried_from, seat.standing.tried_at) == ("203.0.113.9", utcnow())


def test_they_are_kept_thirty_days_and_go_with_their_user(cast: Cast, clock: time_machine.Traveller) -> None:
    deny(Seat("ivy").enter())
    clock.shift(timedelta(days=30))
    denials.prune(utcnow())
    assert counts() == [1]
    clock.shift(1)
    denials.prune(utcnow())
    assert (counts(), denials.last_of(cast.ivy.id)) == ([], None)
    deny(Seat("ivy").enter())
    assert rescue.situation(cast.ivy, utcnow()).last_denial
    User.delete().where(User.login == "ivy").execute()
    assert counts() == []
