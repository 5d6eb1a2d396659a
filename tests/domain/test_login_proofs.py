"""Somebody who is logged in proves who he is: "Confirm it's you", and the change of his password."""

from __future__ import annotations

import pytest
import time_machine

from domain import errors, known_browsers, login, passwords, rescue, standing
from domain.visit import utcnow
from models import User
from tests.cast import HOME, PASSWORDS, Cast
from tests.domain.seat import Seat, console, give_key, refused

WRONG = "w" * 1_025  # over-long ones are refused before they are hashed: quick, and booked like any other


@pytest.fixture(autouse=True)
def installation(clock: time_machine.Traveller, cast: Cast) -> None:
    """An open database at NOON."""


# --- Confirm it's you ------------------------------------------------------------------------------------------------


def test_a_confirmation_takes_the_password_or_a_code_and_renews_the_token(
    cast: Cast, clock: time_machine.Traveller
) -> None:
    phone = give_key(cast.carl)
    seat = Seat("carl").enter()
    for proof in (PASSWORDS["carl"], phone.code):
        clock.shift(900)
        assert not seat.standing.is_fresh(utcnow())
        old = seat.token
        seat.take(login.confirm(seat.standing, proof if isinstance(proof, str) else proof(), seat.visit))
        assert seat.standing.is_fresh(utcnow())
        assert standing.resume(old, HOME, utcnow()) is None


def test_a_wrong_confirmation_counts_under_the_budgets_of_log_in(cast: Cast) -> None:
    phone = give_key(cast.carl)
    seat = Seat("carl").enter()
    refused(lambda: login.confirm(seat.standing, "", seat.visit), errors.ConfirmationDue)
    refused(lambda: login.confirm(seat.standing, phone.wrong_code(), seat.visit), errors.CodeWrong)
    for _ in range(10):
        refused(lambda: login.confirm(seat.standing, WRONG, seat.visit), errors.ProofWrong)
    refused(lambda: login.confirm(seat.standing, PASSWORDS["carl"], seat.visit), errors.TooManyAttempts)
    refused(lambda: seat.give_password(), errors.TooManyAttempts)
    assert rescue.failed_attempts(cast.carl, utcnow()) == 11
    seat.take(login.confirm(seat.standing, phone.code(), seat.visit))


def test_six_digits_are_a_password_where_no_code_is_due() -> None:
    seat = Seat("carl").enter()
    refused(lambda: login.confirm(seat.standing, "123456", seat.visit), errors.ProofWrong)


# --- Changing it -----------------------------------------------------------------------------------------------------


@pytest.mark.manual("D120")
@pytest.mark.parametrize(
    ("current", "new", "again", "refusal"),
    [
        ("wrong", "five new brass bells", None, errors.CurrentPasswordWrong),
        (WRONG, "five new brass bells", None, errors.CurrentPasswordWrong),
        (PASSWORDS["carl"], "five new brass bells", "five new brass bell", errors.PasswordsDiffer),
        (PASSWORDS["carl"], PASSWORDS["carl"], None, errors.PasswordUnchanged),
        (PASSWORDS["carl"], "short", None, errors.PasswordTooShort),
    ],
)
def test_a_password_is_changed_by_who_knows_it_to_another_typed_twice(
    current: str, new: str, again: str | None, refusal: type[errors.Refusal]
) -> None:
    seat = Seat("carl").enter()
    refused(lambda: passwords.change(seat.user, current, new, again or new, seat.visit), refusal)
    assert Seat("carl").give_password().is_full
    assert seat.end is None


def test_fewer_letters_do_where_two_step_is_required(cast: Cast) -> None:
    seat = Seat("carl").enter()
    change = lambda: passwords.change(seat.user, PASSWORDS["carl"], "8 geese!", "8 geese!", seat.visit)  # noqa: E731
    refused(change, errors.PasswordTooShort)
    User.update(two_factor="yes").where(User.login == "carl").execute()
    seat.take(change())


def test_a_changed_password_is_the_only_one_and_no_longer_due(cast: Cast) -> None:
    passwords.reset(cast.carl, "from the provider", console(), must_change=True)
    seat = Seat("carl")
    seat.give_password("from the provider")
    assert seat.standing.must_change_password
    new = "five new brass bells"
    seat.take(passwords.change(seat.user, "from the provider", new, new, seat.visit))
    assert not seat.standing.must_change_password
    assert seat.standing.password_changed_at == utcnow()
    refused(lambda: Seat("carl").give_password("from the provider"), errors.WrongCredentials)
    assert Seat("carl").give_password(new).is_full


def test_who_has_no_password_yet_sets_one_without_an_old_one() -> None:
    User.update(password_hash=None).where(User.login == "carl").execute()
    seat, new = Seat("carl").enter(), "five new brass bells"
    seat.take(passwords.change(seat.user, "", new, new, seat.visit))
    assert Seat("carl").give_password(new).is_full


def test_the_browser_of_a_change_is_known_anew(cast: Cast) -> None:
    seat, new = Seat("carl").enter(), "five new brass bells"
    old = seat.devices[:]
    seat.take(passwords.change(seat.user, PASSWORDS["carl"], new, new, seat.visit))
    assert known_browsers.recognise(cast.carl, old, utcnow()) is None
    assert known_browsers.recognise(cast.carl, seat.devices, utcnow())
