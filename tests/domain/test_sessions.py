"""Sessions: one way to a full one, and everything that ends them."""

from __future__ import annotations

import re

import peewee
import pytest
import time_machine

from domain import errors, own_sessions, sessions, two_factor
from domain.sessions import MOST_FULL, MOST_PENDING
from domain.standing import End
from domain.visit import utcnow
from models import AccountClass, Enrolment, Event, Session, User, database
from tests.cast import HOME, Cast
from tests.cast import Authenticator as Phone
from tests.domain.seat import ELSEWHERE, Seat, give_key
from tests.sources import files


@pytest.fixture(autouse=True)
def installation(clock: time_machine.Traveller, cast: Cast) -> None:
    """An open database at NOON."""


# --- One way to a full session ---------------------------------------------------------------------------------------


def test_only_complete_makes_a_session_full() -> None:
    writers = {
        name: re.findall(r"stage = 'full', method|stage=\S*FULL", path.read_text()) for name, path in files().items()
    }
    del writers["domain.sample_history"]  # made-up people, in a database of their own
    assert {name: found for name, found in writers.items() if found} == {
        "domain.sessions": ["stage = 'full', method"],
        "domain.acting": ["stage=Stage.FULL"],  # a visit, which stands on the full session of who acts
    }


def test_no_other_verb_makes_a_pending_session_full(cast: Cast) -> None:
    give_key(cast.carl)
    seat = Seat("carl").begin()
    at, visit = seat.standing, seat.visit
    sessions.touch(at, visit)
    sessions.renew(at.session_id, visit)
    sessions.rebind(at.session_id, visit)
    own_sessions.revoke_others(at, visit)
    assert Session.get_by_id(at.session_id).stage == "password"


@pytest.mark.parametrize("reason", [None, End.REVOKED])
def test_a_session_is_made_full_once_and_not_after_its_end(reason: End | None) -> None:
    seat = Seat("carl").begin()
    session_id, visit = seat.standing.session_id, seat.visit
    if reason:
        sessions.end([session_id], reason, utcnow())
    else:
        assert sessions.complete(session_id, visit, method="test")
    before = Event.select().count()
    with pytest.raises(errors.SessionOver):
        sessions.complete(session_id, visit, method="test")
    assert Event.select().count() == before
    assert Session.get_by_id(session_id).end_reason == reason


def test_a_full_session_has_a_new_token_and_knows_the_log_in_before(clock: time_machine.Traveller) -> None:
    first = Seat("carl", ELSEWHERE).enter().standing
    assert (first.previous_login_at, first.previous_login_address) == (None, None)
    clock.shift(3_000)
    pending = Seat("carl").begin()
    old, began = pending.token, utcnow()
    clock.shift(60)
    pending.take(sessions.complete(pending.standing.session_id, pending.visit, method="test"))
    now = pending.standing
    assert pending.token != old
    assert (now.previous_login_at, now.previous_login_address) == (first.confirmed_at, ELSEWHERE)
    assert now.confirmed_at == utcnow() != began
    assert (pending.user.last_login_at, pending.user.last_login_address) == (utcnow(), HOME)


def test_a_full_session_that_cannot_be_recorded_stays_pending() -> None:
    seat = Seat("carl").begin()
    database.execute_sql("CREATE TRIGGER full BEFORE INSERT ON event BEGIN SELECT RAISE(ABORT, 'disk is full'); END")
    with pytest.raises(peewee.IntegrityError, match="disk is full"):
        sessions.complete(seat.standing.session_id, seat.visit, method="test")
    assert not seat.standing.is_full
    assert seat.user.last_login_at is None


# --- Time ------------------------------------------------------------------------------------------------------------


@pytest.mark.manual("T37", "D117")
@pytest.mark.parametrize(
    ("full", "class_idle", "uses", "end"),
    [
        (False, None, [599], None),
        (False, None, [600], End.OVER),
        (False, None, [300, 300], End.OVER),
        (True, None, [3_599], None),
        (True, None, [3_600], End.IDLE),
        (True, None, [3_500] * 12, None),
        (True, None, [3_500] * 12 + [1_199], None),
        (True, None, [3_500] * 12 + [1_200], End.OVER),
        (True, 5, [299], None),
        (True, 5, [300], End.IDLE),
        (True, 120, [3_600], End.IDLE),
        (True, 0, [3_599], None),
    ],
)
def test_a_session_lives_by_its_use_and_its_age(
    full: bool, class_idle: int | None, uses: list[int], end: End | None, clock: time_machine.Traveller
) -> None:
    AccountClass.update(idle_minutes=class_idle).execute()
    seat = Seat("carl").enter() if full else Seat("carl").begin()
    for pause in uses[:-1]:
        clock.shift(pause)
        sessions.touch(seat.standing, seat.visit)
    clock.shift(uses[-1])
    assert seat.end == end


def test_the_last_use_is_written_once_a_minute_at_most(clock: time_machine.Traveller) -> None:
    seat = Seat("carl").enter()
    began = utcnow()
    clock.shift(59)
    sessions.touch(seat.standing, seat.visit)
    assert seat.standing.last_used_at == began
    clock.shift(2)
    sessions.touch(seat.standing, seat.visit)
    assert seat.standing.last_used_at == utcnow()


@pytest.mark.manual("D114")
def test_the_list_holds_the_sessions_that_can_be_used_last_used_first(clock: time_machine.Traveller) -> None:
    idle, first, second = (Seat("carl").enter() for _ in range(3))
    gone, _pending, _others = Seat("carl").enter(), Seat("carl").begin(), Seat("rita").enter()
    sessions.log_out(gone.standing, gone.visit)
    clock.shift(3_000)
    for seat in (second, first):
        sessions.touch(seat.standing, seat.visit)
        clock.shift(120)
    assert [row.id for row in own_sessions.live_of(first.user.id, utcnow())] == [
        seat.standing.session_id for seat in (first, second, idle)
    ]
    clock.shift(600)
    assert len(own_sessions.live_of(first.user.id, utcnow())) == 2
    assert idle.end == End.IDLE


def test_the_list_leaves_out_what_the_class_calls_idle(clock: time_machine.Traveller) -> None:
    AccountClass.update(idle_minutes=5).execute()
    old, carl = Seat("carl").enter(), Seat("carl").user
    clock.shift(301)
    young = Seat("carl").enter()
    assert old.end == End.IDLE
    assert [row.id for row in own_sessions.live_of(carl.id, utcnow())] == [young.standing.session_id]


# --- Number ----------------------------------------------------------------------------------------------------------


def test_the_oldest_of_the_same_stage_ends_when_there_are_too_many(clock: time_machine.Traveller) -> None:
    full = [Seat("carl").enter()]
    pending = [Seat("carl").begin()]
    rita = Seat("rita").enter()
    clock.shift(1)
    with database.atomic():  # one write to the disk instead of a hundred
        full += [Seat("carl").enter() for _ in range(MOST_FULL - 1)]
        pending += [Seat("carl").begin() for _ in range(MOST_PENDING - 1)]
        assert {seat.end for seat in full + pending} == {None}
        full.append(Seat("carl").enter())
        assert [seat.end for seat in full].count(End.TOO_MANY) == 1
        assert full[0].end == End.TOO_MANY
        pending.append(Seat("carl").begin())
        assert [seat.end for seat in pending] == [End.TOO_MANY] + [None] * MOST_PENDING
    assert (MOST_FULL, MOST_PENDING) == (50, 5)
    assert rita.end is None


# --- End -------------------------------------------------------------------------------------------------------------


@pytest.mark.manual("D114")
def test_a_person_ends_one_of_his_sessions_and_nobody_elses() -> None:
    mine, other, ritas = Seat("carl").enter(), Seat("carl", ELSEWHERE).enter(), Seat("rita").enter()
    carl = mine.user.id
    assert own_sessions.revoke(carl, ritas.standing.session_id, mine.visit) is None
    assert own_sessions.revoke(carl, 999, mine.visit) is None
    for _ in range(2):
        revoked = own_sessions.revoke(carl, other.standing.session_id, mine.visit)
        assert revoked
        assert revoked.address == ELSEWHERE
    assert (mine.end, other.end, ritas.end) == (None, End.REVOKED, None)
    events = list(Event.select().where(Event.tag == "account:session:revoked"))
    assert [event.details for event in events] == [f'{{"session": "{ELSEWHERE}"}}']


def test_log_out_is_recorded_once() -> None:
    seat = Seat("carl").enter()
    at, visit = seat.standing, seat.visit
    for _ in range(2):
        sessions.log_out(at, visit)
    assert seat.end == End.LOGGED_OUT
    assert Event.select().where(Event.tag == "account:login:ended").count() == 1


def test_an_end_takes_what_the_session_showed_and_had_pending_and_keeps_the_first_reason(cast: Cast) -> None:
    seat = Seat("carl").enter()
    phone = Phone(two_factor.begin(seat.user, seat.visit).key)
    seat.take(two_factor.confirm(seat.user, phone.code(), seat.visit))
    User.update(two_factor="yes").where(User.login == "carl").execute()
    two_factor.begin(seat.user, seat.visit, proof=phone.code(1))
    session_id = seat.standing.session_id
    assert sessions.end([session_id], End.REVOKED, utcnow()) == 1
    assert sessions.end([session_id], End.RESET, utcnow()) == 0
    row = Session.get_by_id(session_id)
    assert (row.end_reason, row.shown_codes, row.shown_codes_until) == (End.REVOKED, None, None)
    assert Enrolment.select().count() == 0


def test_a_renewed_token_does_not_wake_an_ended_session(cast: Cast) -> None:
    seat = Seat("carl").enter()
    session_id, visit = seat.standing.session_id, seat.visit
    sessions.end([session_id], End.REVOKED, utcnow())
    with pytest.raises(errors.SessionOver):
        sessions.renew(session_id, visit)
    assert seat.end == End.REVOKED


def test_a_user_takes_his_sessions_along() -> None:
    Seat("ivy").enter()
    User.delete().where(User.login == "ivy").execute()
    assert Session.select().count() == 0
