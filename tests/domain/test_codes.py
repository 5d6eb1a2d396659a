"""One-time passwords at log-in: which are right, each once, and what wrong ones cost."""

from __future__ import annotations

import hmac
from base64 import b32decode, b32encode
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from domain import codes, errors, login, recovery_codes, rescue, two_factor, vault
from domain.codes import code_step
from domain.visit import utcnow
from models import Authenticator, Event, User, database
from tests.cast import Authenticator as Phone
from tests.cast import Cast
from tests.domain.seat import ELSEWHERE, Seat, console, give_key, refused

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def by_hand(secret: str, step: int) -> str:
    """RFC 4226 and 6238 with nothing but hmac."""
    digest = hmac.digest(b32decode(secret), step.to_bytes(8, "big"), "sha1")
    at = digest[-1] & 15
    return f"{(int.from_bytes(digest[at : at + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"


@pytest.fixture
def phone(clock: time_machine.Traveller, cast: Cast) -> Phone:
    """carl's, two-step being on."""
    return give_key(cast.carl)


def pending(login: str = "carl") -> Seat:
    return Seat(login).begin()


def fail(seat: Seat, phone: Phone, times: int) -> None:
    wrong = phone.wrong_code()
    for _ in range(times):
        refused(lambda: seat.give_code(wrong), errors.CodeWrong)


# --- Which codes are right -------------------------------------------------------------------------------------------


@pytest.mark.manual("T24")
@pytest.mark.parametrize(
    ("second", "digits"),
    [
        (59, "94287082"),
        (1_111_111_109, "07081804"),
        (1_111_111_111, "14050471"),
        (1_234_567_890, "89005924"),
        (2_000_000_000, "69279037"),
        (20_000_000_000, "65353130"),
    ],
)
def test_the_vectors_of_rfc_6238_are_accepted(second: int, digits: str) -> None:
    secret = b32encode(b"12345678901234567890").decode()
    now = EPOCH + timedelta(seconds=second)
    assert code_step(secret, digits[-6:], now, before=0, after=0) == second // 30


@pytest.mark.manual("T24")
@given(seed=st.binary(min_size=20, max_size=20), second=st.integers(10**9, 4 * 10**9), offset=st.integers(-20, 1))
def test_a_second_implementation_makes_codes_of_the_same_step(seed: bytes, second: int, offset: int) -> None:
    secret = b32encode(seed).decode()
    code = by_hand(secret, second // 30 + offset)
    step = code_step(secret, code, EPOCH + timedelta(seconds=second), before=20, after=1)
    assert step is not None
    assert by_hand(secret, step) == code


@pytest.mark.manual("T33")
@pytest.mark.parametrize("offset", range(-22, 4))
def test_a_clock_that_is_behind_is_told_and_one_ahead_is_no_gift_to_guessers(phone: Phone, offset: int) -> None:
    seat = pending()
    code = phone.code(offset)
    if -1 <= offset <= 1:
        assert seat.give_code(code).standing.is_full
    elif -20 <= offset < -1:
        assert refused(lambda: seat.give_code(code), errors.ClockOutOfSync).values["offset"] == offset * 30
    else:
        refused(lambda: seat.give_code(code), errors.CodeWrong)


@pytest.mark.manual("T30")
@pytest.mark.parametrize("shape", ["{0}{1}", "{0} {1}", "  {0}\t{1}\n", "{0}\u00a0{1}"])
def test_spaces_in_a_code_do_not_matter(phone: Phone, shape: str) -> None:
    code = phone.code()
    assert pending().give_code(shape.format(code[:3], code[3:])).standing.is_full


@pytest.mark.parametrize("alphabet", ["０１２３４５６７８９", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗", "٠١٢٣٤٥٦٧٨٩"])
def test_digits_of_other_scripts_are_no_digits(phone: Phone, alphabet: str) -> None:
    code = phone.code()
    for text in (code.translate(str.maketrans("0123456789", alphabet)), code[:5] + alphabet[int(code[5])]):
        refused(lambda text=text: pending().give_code(text), errors.CodeMalformed)


@pytest.mark.parametrize("text", ["", "12345", "1234567", "12345a", "-12345", "123.456"])
def test_what_is_no_code_costs_no_attempt(phone: Phone, cast: Cast, text: str) -> None:
    for _ in range(6):
        refused(lambda: pending().give_code(text), errors.CodeMalformed)
    assert rescue.failed_attempts(cast.carl, utcnow()) == 0
    assert pending().give_code(phone.code()).standing.is_full


# --- Each once -------------------------------------------------------------------------------------------------------


@pytest.mark.manual("T38")
@pytest.mark.parametrize(
    "typed",
    [
        [(-1, True), (0, True), (1, True)],
        [(0, True), (0, False)],
        [(-1, True), (-1, False), (0, True)],
        [(0, True), (-1, False), (1, True)],
        [(1, True), (0, False), (-1, False), (1, False)],
        [(-1, True), (1, True), (0, False)],
    ],
)
def test_a_code_is_good_once_and_none_older_than_the_last(phone: Phone, typed: list[tuple[int, bool]]) -> None:
    seats = [pending() for _ in typed]
    for seat, (offset, accepted) in zip(seats, typed, strict=True):
        if accepted:
            assert seat.give_code(phone.code(offset)).standing.is_full
        else:
            refused(lambda seat=seat, offset=offset: seat.give_code(phone.code(offset)), errors.CodeReused)
            assert not seat.standing.is_full


@pytest.mark.manual("T38")
def test_a_code_that_somebody_else_took_first_is_refused(phone: Phone) -> None:
    """As when the row changed under our hands: the conditional UPDATE finds nothing to update."""
    database.execute_sql("CREATE TRIGGER taken BEFORE UPDATE ON authenticator BEGIN SELECT RAISE(IGNORE); END")
    seat = pending()
    refused(lambda: seat.give_code(phone.code()), errors.CodeReused)
    assert not seat.standing.is_full


def test_the_code_of_a_log_in_that_is_over_stays_good(phone: Phone) -> None:
    seat = pending()
    stale, visit = seat.standing, seat.visit
    seat.give_code(phone.code(-1))
    refused(lambda: login.check_code(stale, phone.code(), visit), errors.SessionOver)
    assert pending().give_code(phone.code()).standing.is_full


@pytest.mark.manual("T43")
def test_a_code_of_somebody_else_is_wrong(phone: Phone, cast: Cast) -> None:
    olgas = cast.enrol("olga")
    refused(lambda: pending().give_code(olgas.code()), errors.CodeWrong)


def test_a_secret_that_was_copied_to_another_row_does_not_open(phone: Phone, cast: Cast) -> None:
    cast.enrol("rita")
    stolen = Authenticator.get(Authenticator.user == cast.carl).secret
    Authenticator.update(secret=stolen).where(Authenticator.user == cast.rita).execute()
    refused(lambda: pending("rita").give_code(phone.code()), vault.KeyMismatch)


# --- What wrong codes cost -------------------------------------------------------------------------------------------


def test_five_wrong_codes_pause_strangers_together_and_nothing_but_time_refills(
    phone: Phone, clock: time_machine.Traveller
) -> None:
    known = Seat("carl").enter()
    first, second = pending(), Seat("carl", ELSEWHERE).begin()
    fail(first, phone, 3)
    clock.shift(60)
    fail(second, phone, 2)
    fresh = Seat("carl")
    fresh.give_password()
    for seat in (first, second, fresh):
        assert refused(lambda seat=seat: seat.give_code(phone.code()), errors.TooManyAttempts).retry_after == 240
    known.begin().give_code(phone.code())
    refused(lambda: fresh.give_code(phone.code(1)), errors.TooManyAttempts)
    clock.shift(240)
    assert fresh.give_code(phone.code()).standing.is_full


def test_each_known_browser_has_attempts_of_its_own(phone: Phone) -> None:
    one, two = Seat("carl").enter().begin(), Seat("carl").enter().begin()
    fail(one, phone, 5)
    refused(lambda: one.give_code(phone.code()), errors.TooManyAttempts)
    fail(two, phone, 4)
    assert pending().give_code(phone.code()).standing.is_full
    assert two.give_code(phone.code(1)).standing.is_full


def test_a_right_code_costs_nothing_and_does_not_refill_what_wrong_ones_cost(phone: Phone) -> None:
    fail(pending(), phone, 4)
    for offset in (-1, 0, 1):
        assert pending().give_code(phone.code(offset)).standing.is_full
    fail(pending(), phone, 1)
    refused(lambda: pending().give_code(phone.code()), errors.TooManyAttempts)


@pytest.mark.parametrize("offset", [-20, 0])
def test_a_late_or_used_code_counts_as_wrong(phone: Phone, cast: Cast, offset: int) -> None:
    Authenticator.update(last_step=int(datetime.now(UTC).timestamp()) // 30 - (30 if offset else 0)).execute()
    for _ in range(5):
        with pytest.raises(errors.CodeWrong):
            pending().give_code(phone.code(offset))
    assert cast.carl.wrong_codes_in_row == 5
    refused(lambda: pending().give_code(phone.code(1)), errors.TooManyAttempts)


def test_wrong_codes_are_recorded_and_the_pause_too(phone: Phone, cast: Cast) -> None:
    fail(pending(), phone, 5)
    tags = [
        tag for (tag,) in Event.select(Event.tag).where(Event.subject_user == cast.carl).order_by(Event.id).tuples()
    ]
    assert tags[-6:] == ["account:code:failed"] * 5 + ["account:code:throttled"]


# --- Lock ------------------------------------------------------------------------------------------------------------


def almost_lock(user: User) -> None:
    """But for one more wrong code."""
    User.update(wrong_codes_in_row=49).where(User.id == user.id).execute()


def test_fifty_wrong_codes_in_a_row_lock_even_the_right_code_for_any_time(
    phone: Phone, cast: Cast, clock: time_machine.Traveller
) -> None:
    known = Seat("carl").enter()
    almost_lock(cast.carl)
    assert pending().give_code(phone.code()).standing.is_full
    assert cast.carl.wrong_codes_in_row == 0
    for _ in range(50):
        fail(pending(), phone, 1)
        clock.shift(1_800)
    clock.shift(timedelta(days=40))
    for seat in (pending(), known.begin()):
        refused(lambda seat=seat: seat.give_code(phone.code()), errors.CodeLocked)
    assert Event.select().where(Event.tag == "account:code:locked").count() == 1


@pytest.mark.parametrize("way", ["recovery code", "unlock", "reset"])
def test_recovery_code_and_provider_unlock_the_code(phone: Phone, cast: Cast, way: str) -> None:
    almost_lock(cast.carl)
    fail(pending(), phone, 1)
    refused(lambda: pending().give_code(phone.code()), errors.CodeLocked)
    assert [user.login for user in rescue.candidates(two_factor_on=False, locked=True)] == ["carl"]
    if way == "recovery code":
        code, _ = recovery_codes.issue(cast.carl, console())
        assert pending().give_code(code).standing.is_full
    elif way == "unlock":
        assert rescue.unlock(cast.carl, console())
    else:
        two_factor.reset(cast.carl, console())
        phone = give_key(cast.carl)
    assert not codes.is_locked(cast.carl)
    assert pending().give_code(phone.code()).standing.is_full
