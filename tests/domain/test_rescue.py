"""The ways back as the provider performs them."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from domain import errors, rescue, two_factor
from domain.visit import utcnow
from models import Event, User
from tests.cast import HOME, Cast
from tests.domain.seat import ELSEWHERE, Seat, console, give_key, refused

WRONG = "w" * 1_025  # refused before it is hashed


@pytest.fixture(autouse=True)
def installation(clock: time_machine.Traveller, cast: Cast) -> None:
    """An open database at NOON."""


def logins(*, two_factor_on: bool, locked: bool) -> list[str]:
    return [user.login for user in rescue.candidates(two_factor_on=two_factor_on, locked=locked)]


def test_the_situation_names_everything_that_decides(cast: Cast, clock: time_machine.Traveller) -> None:
    empty = rescue.situation(cast.carl, utcnow())
    assert (empty.blocked, empty.enrolled, empty.last_code_at, empty.recovery_codes_left) == (None, False, None, 0)
    assert (empty.code_locked, empty.failed_attempts, empty.live_sessions, empty.addresses) == (False, 0, [], [])
    phone = give_key(cast.carl)
    Seat("carl").begin().give_code(phone.code())
    used_at = utcnow()
    clock.shift(60)
    seat = Seat("carl", ELSEWHERE).enter()
    two_factor.new_recovery_codes(seat.user, seat.visit)
    refused(lambda: Seat("carl").begin().give_code(phone.wrong_code()), errors.CodeWrong)
    refused(lambda: Seat("carl").give_password(WRONG), errors.WrongCredentials)
    User.update(active=False, two_factor="no", wrong_codes_in_row=50).where(User.login == "carl").execute()
    full = rescue.situation(cast.carl, utcnow())
    assert (full.blocked, full.enrolled, full.last_code_at) == ("suspended", True, used_at)
    assert full.recovery_codes_left == 10
    assert (full.two_factor_required, full.two_factor_off, full.policy_by_class) == (False, True, False)
    assert (full.code_locked, len(full.live_sessions), full.addresses) == (True, 2, [ELSEWHERE, HOME])
    assert full.failed_attempts == 2


def test_five_addresses_are_named_newest_first_each_once(cast: Cast) -> None:
    for number in (1, 2, 3, 4, 5, 6, 2):
        Seat("carl", f"198.51.100.{number}").enter()
    addresses = rescue.situation(cast.carl, utcnow()).addresses
    assert addresses == [f"198.51.100.{number}" for number in (2, 6, 5, 4, 3)]


def test_unlock_refills_every_budget_of_the_user_and_nobody_elses(cast: Cast) -> None:
    phone, known = give_key(cast.carl), Seat("carl").enter()
    give_key(cast.rita)
    for seat, name in ((Seat("carl"), "carl"), (known, "carl"), (Seat("rita"), "rita")):
        for _ in range(10):
            refused(lambda seat=seat: seat.give_password(WRONG), errors.WrongCredentials)
        refused(lambda seat=seat: seat.give_password(), errors.TooManyAttempts)
        seat = Seat(name).begin()
        for wrong in [phone.wrong_code(), "2" * 10] * 2:
            with pytest.raises(errors.Refusal):
                seat.give_code(wrong)
    assert rescue.unlock(cast.carl, console())
    assert rescue.failed_attempts(cast.carl, utcnow()) == 0
    assert rescue.failed_attempts(cast.rita, utcnow()) >= 14
    for seat in (Seat("carl"), known):
        seat.give_password()
    refused(lambda: Seat("rita").give_password(), errors.TooManyAttempts)


def test_unlock_says_whether_there_was_something_to_unlock(cast: Cast) -> None:
    assert not rescue.unlock(cast.carl, console())
    User.update(wrong_codes_in_row=50).where(User.login == "carl").execute()
    assert rescue.unlock(cast.carl, console())
    assert not rescue.unlock(cast.carl, console())
    assert Event.select().where(Event.tag == "account:login:unlocked").count() == 1


@pytest.mark.parametrize("address", [HOME, ELSEWHERE])
def test_one_wrong_password_is_one_failed_attempt(cast: Cast, address: str) -> None:
    Seat("carl", HOME).enter()
    refused(lambda: Seat("carl", address).give_password(WRONG), errors.WrongCredentials)
    assert rescue.failed_attempts(cast.carl, utcnow()) == 1


def test_attempts_older_than_a_day_are_no_failed_attempts(cast: Cast, clock: time_machine.Traveller) -> None:
    refused(lambda: Seat("carl").give_password(WRONG), errors.WrongCredentials)
    clock.shift(timedelta(days=1, seconds=1))
    assert rescue.failed_attempts(cast.carl, utcnow()) == 0


@pytest.mark.manual("T40")
def test_a_reset_of_the_key_can_switch_it_off_too_and_be_repeated(cast: Cast) -> None:
    give_key(cast.carl)
    assert rescue.reset_two_factor(cast.carl, console(), switch_off=False) == (True, False)
    assert cast.carl.two_factor == "inherit"
    assert rescue.reset_two_factor(cast.carl, console(), switch_off=True) == (False, True)
    assert rescue.reset_two_factor(cast.carl, console(), switch_off=True) == (False, False)
    assert cast.carl.two_factor == "no"


def test_candidates_are_found_by_state(cast: Cast) -> None:
    give_key(cast.carl)
    User.update(wrong_codes_in_row=50).where(User.login.in_(["carl", "rita"])).execute()
    User.update(wrong_codes_in_row=49).where(User.login == "sam").execute()
    assert logins(two_factor_on=False, locked=False) == ["carl", "ivy", "olga", "rita", "sam"]
    assert logins(two_factor_on=True, locked=False) == ["carl"]
    assert logins(two_factor_on=False, locked=True) == ["carl", "rita"]
    assert logins(two_factor_on=True, locked=True) == ["carl"]
