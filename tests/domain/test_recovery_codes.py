"""Recovery codes: however they are typed, each once, under a budget of their own."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from domain import codes, errors, recovery_codes, two_factor, vault
from domain.visit import utcnow
from models import RecoveryCode, Session
from tests.cast import Authenticator as Phone
from tests.cast import Cast
from tests.domain.seat import KEY, Seat, console, give_key, refused


@pytest.fixture
def seat(clock: time_machine.Traveller, cast: Cast) -> Seat:
    """carl, logged in with two-step on and new recovery codes on the screen."""
    give_key(cast.carl)
    seat = Seat("carl").enter()
    two_factor.new_recovery_codes(cast.carl, seat.visit)
    return seat


def shown(seat: Seat) -> list[str]:
    return recovery_codes.shown(seat.standing.session_id, utcnow())


def pending() -> Seat:
    return Seat("carl").begin()


def wrong_code(seat: Seat) -> str:
    return next(code for letter in "23456" if (code := letter * 10) not in shown(seat))


def test_ten_codes_of_fifty_bits_are_made_and_stored_as_hashes_only(seat: Seat) -> None:
    made = shown(seat)
    assert len(set(made)) == 10
    letters = {code.replace("-", "") for code in made}
    assert all(len(word) == 10 and set(word) <= set("0123456789abcdefghjkmnpqrstvwxyz") for word in letters)
    stored = " ".join(str(value) for row in RecoveryCode.select().tuples() for value in row)
    assert not [word for word in letters if word in stored or vault.token_hash(word) in stored]
    assert not [code for code in made if code in str(Session.get_by_id(seat.standing.session_id).shown_codes)]


def test_new_codes_are_shown_in_their_session_until_done_and_for_ten_minutes_at_most(
    seat: Seat, cast: Cast, clock: time_machine.Traveller
) -> None:
    session_id = seat.standing.session_id
    clock.shift(599)
    assert len(shown(seat)) == 10
    assert recovery_codes.shown(Seat("carl").enter().standing.session_id, utcnow()) == []
    clock.shift(1)
    assert shown(seat) == []
    two_factor.new_recovery_codes(cast.carl, seat.visit)
    recovery_codes.done(session_id)
    assert shown(seat) == []
    assert Session.get_by_id(session_id).shown_codes is None


def test_shown_codes_open_in_their_own_session_only(seat: Seat) -> None:
    other = Seat("carl").enter().standing.session_id
    mine = Session.get_by_id(seat.standing.session_id)
    Session.update(shown_codes=mine.shown_codes, shown_codes_until=mine.shown_codes_until).where(
        Session.id == other
    ).execute()
    refused(lambda: recovery_codes.shown(other, utcnow()), vault.KeyMismatch)


@pytest.mark.parametrize(
    "typed",
    [
        lambda code: code,
        lambda code: code.replace("-", ""),
        lambda code: code.upper(),
        lambda code: f"  {code} \n",
        lambda code: " ".join(code),
        lambda code: code.replace("-", " - "),
        lambda code: code.replace("0", "O").replace("1", "I"),
        lambda code: code.replace("0", "o").replace("1", "l"),
    ],
)
def test_spaces_capitals_and_look_alikes_do_not_matter(seat: Seat, typed) -> None:  # type: ignore[no-untyped-def]
    for code in shown(seat):
        assert codes.is_code(typed(code)) is False
        assert pending().give_code(typed(code)).standing.is_full


@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_whatever_is_typed_has_one_of_the_forms_or_none(text: str) -> None:
    assert not (recovery_codes.has_form(text) and codes.is_code(text))


def test_a_code_is_good_once_and_the_day_it_was_used_is_told(seat: Seat, clock: time_machine.Traveller) -> None:
    code, used_at = shown(seat)[0], utcnow()
    pending().give_code(code)
    assert recovery_codes.left(seat.user.id) == 9
    clock.shift(90)
    assert refused(lambda: pending().give_code(code), errors.RecoveryCodeUsed).values == {"used_at": used_at}
    refused(lambda: pending().give_code(wrong_code(seat)), errors.RecoveryCodeWrong)
    assert seat.standing.enrolled


def test_the_code_of_somebody_else_is_wrong(seat: Seat, cast: Cast) -> None:
    give_key(cast.rita)
    refused(lambda: Seat("rita").begin().give_code(shown(seat)[0]), errors.RecoveryCodeWrong)


def test_wrong_recovery_codes_have_a_budget_of_their_own_and_lock_nothing(
    seat: Seat, cast: Cast, clock: time_machine.Traveller
) -> None:
    wrong, right = wrong_code(seat), shown(seat)[0]
    for _ in range(2):
        for _ in range(5):
            refused(lambda: pending().give_code(wrong), errors.RecoveryCodeWrong)
        refused(lambda: pending().give_code(right), errors.TooManyAttempts)
        clock.shift(300)
    assert refused(lambda: pending().give_code(right), errors.TooManyAttempts).retry_after == 3_000
    assert seat.begin().give_code(right).standing.is_full
    assert pending().give_code(Phone(KEY).code()).standing.is_full
    assert cast.carl.wrong_codes_in_row == 0


def test_an_issued_code_is_good_once_for_fifteen_minutes(seat: Seat, cast: Cast, clock: time_machine.Traveller) -> None:
    first, expires_at = recovery_codes.issue(cast.carl, console())
    late, _ = recovery_codes.issue(cast.carl, console())
    assert expires_at == utcnow() + timedelta(minutes=15)
    clock.shift(899)
    pending().give_code(first)
    refused(lambda: pending().give_code(first), errors.RecoveryCodeUsed)
    clock.shift(1)
    assert refused(lambda: pending().give_code(late), errors.RecoveryCodeExpired).values == {"expired_at": expires_at}
    assert recovery_codes.left(cast.carl.id) == 10


def test_new_saved_codes_leave_an_issued_one_alone(seat: Seat, cast: Cast) -> None:
    issued, _ = recovery_codes.issue(cast.carl, console())
    two_factor.new_recovery_codes(cast.carl, seat.visit)
    assert pending().give_code(issued).standing.is_full


def test_codes_match_after_the_encryption_key_was_replaced_and_do_not_without_the_old_one(
    seat: Seat, cast: Cast
) -> None:
    old, new = b"o" * 32, b"n" * 32
    vault.configure((old,))
    saved, lost = recovery_codes.issue(cast.carl, console())[0], recovery_codes.issue(cast.carl, console())[0]
    vault.configure((new, old))
    young, _ = recovery_codes.issue(cast.carl, console())
    for code in (saved, young):
        assert pending().give_code(code).standing.is_full
    vault.configure((new,))
    refused(lambda: pending().give_code(lost), errors.RecoveryCodeWrong)
