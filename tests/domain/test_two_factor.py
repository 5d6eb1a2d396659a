"""Enabling, replacing, disabling and resetting two-step authentication."""

from __future__ import annotations

from datetime import timedelta

import peewee
import pytest
import time_machine

from domain import errors, recovery_codes, two_factor, vault
from domain.visit import utcnow
from models import AccountClass, Authenticator, Enrolment, Event, User, database
from tests.cast import Authenticator as Phone
from tests.cast import Cast
from tests.domain.seat import ELSEWHERE, KEY, Seat, console, give_key, overtaken, refused


@pytest.fixture
def seat(clock: time_machine.Traveller, cast: Cast) -> Seat:
    """carl, logged in."""
    return Seat("carl").enter()


@pytest.fixture
def phone(seat: Seat, cast: Cast) -> Phone:
    """carl's, two-step being on since just now."""
    return give_key(cast.carl)


def begin(seat: Seat) -> Phone:
    """The key that the dialog shows; a fixed one, so that neighbouring codes are never alike."""
    two_factor.begin(seat.user, seat.visit)
    session_id = seat.standing.session_id
    secret = vault.encrypt(KEY, f"enrolment:secret:{session_id}")
    Enrolment.update(secret=secret).where(Enrolment.session == session_id).execute()
    return Phone(KEY)


def confirm(seat: Seat, text: str) -> Seat:
    return seat.take(two_factor.confirm(seat.user, text, seat.visit))


def policy(login: str, value: str) -> None:
    User.update(two_factor=value).where(User.login == login).execute()


# --- Enabling --------------------------------------------------------------------------------------------------------


@pytest.mark.manual("T27")
def test_the_dialog_shows_a_key_of_160_bits_and_shows_it_again_after_a_reload(seat: Seat) -> None:
    first = two_factor.begin(seat.user, seat.visit)
    assert len(first.key) == 32
    assert first.account_name == "Northgate Hosting: carl"
    assert first.uri == f"otpauth://totp/Northgate%20Hosting:carl?secret={first.key}&issuer=Northgate%20Hosting"
    assert two_factor.begin(seat.user, seat.visit) == two_factor.pending(seat.user, seat.visit) == first
    other = Seat("carl", ELSEWHERE).enter()
    assert two_factor.pending(seat.user, other.visit) is None
    assert two_factor.begin(seat.user, other.visit).key != first.key


@pytest.mark.manual("T31")
def test_two_step_is_on_only_after_a_right_code(seat: Seat) -> None:
    phone = begin(seat)
    shown = two_factor.pending(seat.user, seat.visit)
    refused(lambda: confirm(seat, phone.wrong_code()), errors.CodeWrongAtEnrolment)
    refused(lambda: confirm(seat, "12345"), errors.CodeMalformed)
    assert two_factor.pending(seat.user, seat.visit) == shown
    assert Seat("carl").give_password().is_full
    confirm(seat, phone.code())
    assert two_factor.pending(seat.user, seat.visit) is None
    assert len(recovery_codes.shown(seat.standing.session_id, utcnow())) == 10
    assert not Seat("carl").give_password().is_full


@pytest.mark.manual("T33")
@pytest.mark.parametrize("offset", [*range(-22, -18), *range(-3, 4), *range(19, 23)])
def test_at_enrolment_a_clock_that_is_wrong_is_told_both_ways(seat: Seat, offset: int) -> None:
    phone = begin(seat)
    if abs(offset) <= 1:
        assert confirm(seat, phone.code(offset)).standing.enrolled
        return
    if abs(offset) <= 20:
        refusal = refused(lambda: confirm(seat, phone.code(offset)), errors.ClockOutOfSync)
        assert refusal.values["offset"] == offset * 30
    else:
        refused(lambda: confirm(seat, phone.code(offset)), errors.CodeWrongAtEnrolment)
    assert not seat.standing.enrolled


@pytest.mark.manual("T38")
@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_the_code_of_the_enrolment_is_not_good_for_log_in(seat: Seat, offset: int) -> None:
    phone = begin(seat)
    confirm(seat, phone.code(offset))
    for used in range(-1, offset + 1):
        refused(lambda used=used: Seat("carl").begin().give_code(phone.code(used)), errors.CodeReused)


def test_ten_wrong_codes_pause_the_enrolment_and_lock_nothing(
    seat: Seat, cast: Cast, clock: time_machine.Traveller
) -> None:
    phone = begin(seat)
    wrong = phone.wrong_code()
    for _ in range(6):
        for _ in range(10):
            refused(lambda: confirm(seat, wrong), errors.CodeWrongAtEnrolment)
        assert refused(lambda: confirm(seat, phone.code()), errors.TooManyAttempts).retry_after == 300
        clock.shift(300)
        begin(seat)
    assert cast.carl.wrong_codes_in_row == 0
    assert confirm(seat, phone.code()).standing.enrolled
    assert Event.select().where(Event.tag == "account:enrolment:failed").count() == 60


def test_a_key_that_was_not_proved_is_gone_after_ten_minutes(seat: Seat, clock: time_machine.Traveller) -> None:
    phone = begin(seat)
    clock.shift(599)
    assert two_factor.pending(seat.user, seat.visit)
    clock.shift(1)
    assert two_factor.pending(seat.user, seat.visit) is None
    refused(lambda: confirm(seat, phone.code()), errors.EnrolmentOver)
    assert two_factor.begin(seat.user, seat.visit).key != KEY


def test_one_key_is_confirmed_once_however_often_ok_is_pressed(seat: Seat, cast: Cast) -> None:
    phone = begin(seat)
    visit = seat.visit
    refused(
        lambda: overtaken(
            lambda: two_factor.confirm(cast.carl, phone.code(), visit),
            lambda: two_factor.confirm(cast.carl, phone.code(), visit),
            transaction=2,
        ),
        errors.EnrolmentOver,
    )
    assert Authenticator.select().count() == 1


@pytest.mark.parametrize("source", ["enrolment", "authenticator"])
def test_a_secret_opens_in_its_own_row_only(seat: Seat, cast: Cast, source: str) -> None:
    begin(seat)
    cast.enrol("rita")
    stolen = Authenticator.get().secret if source == "authenticator" else vault.encrypt(KEY, "enrolment:secret:999")
    Enrolment.update(secret=stolen).execute()
    refused(lambda: two_factor.pending(seat.user, seat.visit), vault.KeyMismatch)


def test_a_key_opens_after_the_encryption_key_was_replaced(phone: Phone, cast: Cast, seat: Seat) -> None:
    old, new = b"o" * 32, b"n" * 32
    vault.configure((old,))
    row = Authenticator.get()
    Authenticator.update(secret=vault.encrypt(KEY, f"authenticator:secret:{row.id}")).execute()
    code, _ = recovery_codes.issue(cast.carl, console())
    vault.configure((new, old))
    assert Seat("carl").begin().give_code(phone.code()).standing.is_full
    assert Seat("carl").begin().give_code(code).standing.is_full


# --- Replacing -------------------------------------------------------------------------------------------------------


@pytest.mark.manual("D112")
def test_who_must_have_it_replaces_it_and_the_old_key_works_until_the_new_one_is_proved(
    seat: Seat, phone: Phone, cast: Cast
) -> None:
    policy("carl", "yes")
    refused(lambda: two_factor.begin(cast.carl, seat.visit), errors.AlreadyEnrolled)
    refused(lambda: two_factor.begin(cast.carl, seat.visit, proof=phone.wrong_code()), errors.CodeWrong)
    assert two_factor.pending(cast.carl, seat.visit) is None
    new = Phone(two_factor.begin(cast.carl, seat.visit, proof=phone.code(-1)).key)
    assert Seat("carl").begin().give_code(phone.code()).standing.is_full
    confirm(seat, new.code())
    assert Authenticator.select().count() == 1
    refused(lambda: Seat("carl").begin().give_code(phone.code(1)), errors.CodeWrong)
    assert Seat("carl").begin().give_code(new.code(1)).standing.is_full
    assert Event.select().where(Event.tag == "account:two_factor:replaced").count() == 1


def test_who_may_disable_it_is_not_offered_a_replacement(seat: Seat, phone: Phone, cast: Cast) -> None:
    refused(lambda: two_factor.begin(cast.carl, seat.visit, proof=phone.code()), errors.AlreadyEnrolled)


def test_new_recovery_codes_are_for_those_who_have_two_step(seat: Seat, cast: Cast) -> None:
    refused(lambda: two_factor.new_recovery_codes(cast.carl, seat.visit), errors.NotEnrolled)
    give_key(cast.carl)
    two_factor.new_recovery_codes(cast.carl, seat.visit)
    old = recovery_codes.shown(seat.standing.session_id, utcnow())
    two_factor.new_recovery_codes(cast.carl, seat.visit)
    assert not set(old) & set(recovery_codes.shown(seat.standing.session_id, utcnow()))
    refused(lambda: Seat("carl").begin().give_code(old[0]), errors.RecoveryCodeWrong)
    assert recovery_codes.left(cast.carl.id) == 10


# --- Policy ----------------------------------------------------------------------------------------------------------


def test_what_the_provider_switched_off_cannot_be_enabled(seat: Seat, cast: Cast) -> None:
    policy("carl", "no")
    refused(lambda: two_factor.begin(cast.carl, seat.visit), errors.TwoFactorOff)


def test_what_the_provider_switched_off_meanwhile_is_not_enabled(seat: Seat, cast: Cast) -> None:
    phone = begin(seat)
    policy("carl", "no")
    refused(lambda: confirm(seat, phone.code()), errors.TwoFactorOff)
    assert not seat.standing.enrolled


def test_later_lasts_for_one_session_in_the_days_of_grace(cast: Cast, clock: time_machine.Traveller) -> None:
    AccountClass.update(two_factor="required", grace_days=7).where(AccountClass.name == "Customers").execute()
    seat = Seat("carl").enter()
    two_factor.put_off(cast.carl, seat.visit)
    assert seat.standing.enrolment_put_off
    clock.shift(timedelta(days=6, hours=23, minutes=59))
    again = Seat("carl").enter()
    assert not again.standing.enrolment_put_off
    assert again.standing.grace_ends_at(utcnow()) == utcnow() + timedelta(minutes=1)
    two_factor.put_off(cast.carl, again.visit)
    clock.shift(60)
    refused(lambda: two_factor.put_off(cast.carl, Seat("carl").enter().visit), errors.GraceOver)
    assert again.standing.grace_ends_at(utcnow()) is None


def test_yes_of_a_user_knows_no_later(seat: Seat, cast: Cast) -> None:
    policy("carl", "yes")
    refused(lambda: two_factor.put_off(cast.carl, seat.visit), errors.GraceOver)


def test_a_reset_starts_no_new_grace(cast: Cast, clock: time_machine.Traveller) -> None:
    AccountClass.update(two_factor="required", grace_days=7).where(AccountClass.name == "Customers").execute()
    Seat("carl").enter()
    cast.enrol("carl")
    clock.shift(timedelta(days=8))
    two_factor.reset(cast.carl, console())
    seat = Seat("carl").enter()
    assert seat.standing.must_enrol
    assert seat.standing.grace_ends_at(utcnow()) is None


# --- Off -------------------------------------------------------------------------------------------------------------


@pytest.mark.manual("T39")
def test_disabling_takes_a_fresh_code_and_erases_the_key(seat: Seat, phone: Phone, cast: Cast) -> None:
    seat.begin().give_code(phone.code())
    refused(lambda: two_factor.disable(cast.carl, phone.code(), seat.visit), errors.CodeReused)
    refused(lambda: two_factor.disable(cast.carl, phone.wrong_code(), seat.visit), errors.CodeWrong)
    assert Authenticator.select().count() == 1
    seat.take(two_factor.disable(cast.carl, phone.code(1), seat.visit))
    assert Authenticator.select().count() == 0
    refused(lambda: two_factor.disable(cast.carl, "123456", seat.visit), errors.NotEnrolled)


def test_who_must_have_it_cannot_disable_it(seat: Seat, phone: Phone, cast: Cast) -> None:
    policy("carl", "yes")
    seat.begin().give_code(phone.code())
    refused(lambda: two_factor.disable(cast.carl, phone.code(1), seat.visit), errors.TwoFactorRequired)
    assert Authenticator.select().count() == 1


def test_a_disabling_that_cannot_be_recorded_uses_no_code_up(seat: Seat, phone: Phone, cast: Cast) -> None:
    seat.begin().give_code(phone.code(-1))
    database.execute_sql("CREATE TRIGGER full BEFORE INSERT ON event BEGIN SELECT RAISE(ABORT, 'disk is full'); END")
    with pytest.raises(peewee.IntegrityError, match="disk is full"):
        two_factor.disable(cast.carl, phone.code(), seat.visit)
    database.execute_sql("DROP TRIGGER full")
    assert Authenticator.select().count() == 1
    assert Seat("carl").begin().give_code(phone.code()).standing.is_full


@pytest.mark.manual("T40")
def test_a_reset_erases_the_key_once_and_says_so(phone: Phone, cast: Cast) -> None:
    assert two_factor.reset(cast.carl, console())
    assert not two_factor.reset(cast.carl, console())
    assert Event.select().where(Event.tag == "account:two_factor:reset").count() == 1


def test_where_the_policy_is_off_a_dormant_key_asks_for_nothing(phone: Phone, cast: Cast) -> None:
    policy("carl", "no")
    assert Seat("carl").give_password().is_full
    policy("carl", "inherit")
    seat = Seat("carl")
    assert not seat.give_password().is_full
    assert seat.give_code(phone.code()).standing.is_full


def test_a_code_that_fell_due_no_more_is_not_looked_at(phone: Phone, cast: Cast) -> None:
    seat = Seat("carl").begin()
    policy("carl", "no")
    assert seat.give_code("").standing.is_full
