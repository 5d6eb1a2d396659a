"""Two-step authentication: enrolment, one-time passwords (RFC 6238), disabling, replacing, resetting.

A code is six ASCII digits of SHA-1, 30 seconds. Steps -1, 0 and +1 are accepted, each once: an accepted step must be
greater than the last accepted one, taken in one conditional UPDATE.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyotp

from domain import audit, errors, recovery_codes, sessions, site, throttle, users, vault
from domain.audit import Tag
from domain.sessions import End, Tokens
from domain.throttle import Budget
from domain.visit import Visit
from models import Authenticator, Enrolment, Session, User, database

STEP = 30  # seconds
WINDOW = 1  # steps before and after the server's that are accepted
CLOCK_HELP = 20  # steps before (at enrolment also after) that are recognised, to tell whose clock is wrong
SECRET_LETTERS = 32  # base 32, 160 bits
ENROLMENT_LASTS = timedelta(minutes=10)
LOCK_AFTER = 50  # wrong codes in a row
_SIX_DIGITS = re.compile(r"[0-9]{6}")  # str.isdigit() and \d would take full-width digits, as pyotp does


# --- Codes -----------------------------------------------------------------------------------------------------------


def code_step(secret: str, code: str, now: datetime, *, before: int, after: int) -> int | None:
    """The time step that this code belongs to, looking so many steps around now; None when there is none."""
    totp = pyotp.TOTP(secret)
    current = totp.timecode(now)
    for offset in sorted(range(-before, after + 1), key=abs):
        if pyotp.utils.strings_equal(code, totp.generate_otp(current + offset)):
            return current + offset
    return None


def plain_code(text: str) -> str:
    """Six ASCII digits, spaces taken out. Raises CodeMalformed."""
    code = "".join(text.split())
    if not _SIX_DIGITS.fullmatch(code):
        raise errors.CodeMalformed
    return code


def is_code(text: str) -> bool:
    """Whether somebody means a one-time password where a password is possible too."""
    return bool(_SIX_DIGITS.fullmatch("".join(text.split())))


@contextmanager
def proved(user: User, text: str, visit: Visit) -> Iterator[str]:
    """A transaction that begins by taking a one-time password or a recovery code, told apart by their form.

    The attempt is booked before it is judged. What the body does is done together with taking the code, or not at all;
    a wrong code is written down although nothing else is. Yields the name of what was used. Raises CodeLocked,
    TooManyAttempts, CodeWrong or RecoveryCodeWrong in one of their kinds.
    """
    recovery = recovery_codes.has_form(text)
    if not recovery:
        text = plain_code(text)
        if is_locked(user):
            raise errors.CodeLocked
    booking = throttle.book([_budget(user, visit, recovery=recovery)], visit.now)
    try:
        with database.atomic():
            yield _take_recovery_code(user, text, visit) if recovery else _take_code(user, text, visit)
            throttle.release(booking)
    except (errors.CodeWrong, errors.RecoveryCodeWrong):
        _note_failure(user, visit, booking, recovery=recovery)
        raise


def _take_code(user: User, code: str, visit: Visit) -> str:
    for authenticator in Authenticator.select().where(Authenticator.user == user):
        secret = vault.decrypt(authenticator.secret, _binding(authenticator.id))
        step = code_step(secret, code, visit.now, before=CLOCK_HELP, after=WINDOW)
        if step is not None:
            return _take_step(authenticator, step, visit.now)
    raise errors.CodeWrong


def _take_step(authenticator: Authenticator, step: int, now: datetime) -> str:
    if step <= authenticator.last_step:
        raise errors.CodeReused
    offset = step - _step_at(now)
    if offset < -WINDOW:
        raise errors.ClockOutOfSync(offset * STEP)
    taken = (
        Authenticator.update(last_step=step, last_used_at=now)
        .where(Authenticator.id == authenticator.id, Authenticator.last_step < step)
        .execute()
    )
    if not taken:
        raise errors.CodeReused
    User.update(wrong_codes_in_row=0).where(User.id == authenticator.user_id).execute()
    return "one-time password"


def _take_recovery_code(user: User, text: str, visit: Visit) -> str:
    recovery_codes.take(user, text, visit)
    User.update(wrong_codes_in_row=0).where(User.id == user.id).execute()
    audit.record(Tag.RECOVERY_CODE_USED, visit, user)
    return "recovery code"


def _step_at(now: datetime) -> int:
    return int(now.timestamp()) // STEP


def _budget(user: User, visit: Visit, *, recovery: bool) -> Budget:
    """Strangers share one budget; each known browser has its own, so that nobody else can use it up."""
    sort, windows = ("recovery", throttle.RECOVERY_CODE) if recovery else ("code", throttle.CODE)
    browser = f"browser {visit.known_browser_id}" if visit.known_browser_id else "strangers"
    return Budget(f"{sort}:{user.id}:{browser}", windows)


def buckets(user: User) -> list[str]:
    """Where the attempts of this user at codes are booked."""
    return [f"code:{user.id}", f"recovery:{user.id}", f"enrolment:{user.id}"]


def _note_failure(user: User, visit: Visit, booking: throttle.Booking, *, recovery: bool) -> None:
    with database.atomic():
        if recovery:
            audit.record(Tag.RECOVERY_CODE_FAILED, visit, user, succeeded=False)
        else:
            User.update(wrong_codes_in_row=User.wrong_codes_in_row + 1).where(User.id == user.id).execute()
            audit.record(Tag.CODE_FAILED, visit, user, succeeded=False)
            if is_locked(user):
                audit.record(Tag.CODE_LOCKED, visit, user, succeeded=False)
        if booking.left <= 0:
            audit.record(Tag.CODE_THROTTLED, visit, user, succeeded=False)


def is_locked(user: User) -> bool:
    """50 wrong codes in a row lock the code, until a recovery code or the provider unlocks it."""
    return bool(User.select().where(User.id == user.id, User.wrong_codes_in_row >= LOCK_AFTER).exists())


# --- Enrolment -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pending:
    """What the enrolment dialog shows."""

    key: str
    account_name: str
    uri: str


def begin(user: User, visit: Visit, *, proof: str | None = None) -> Pending:
    """A pending secret for this session; the one it already has is kept, so that a reload shows the same key.

    Where two-step is on already, `proof` is a code of the old authenticator: replacing is as strong as disabling.
    Raises TwoFactorOff, AlreadyEnrolled, or what is wrong with the proof.
    """
    if users.policy_of(user).off:
        raise errors.TwoFactorOff
    if users.is_enrolled(user):
        if proof is None or not users.policy_of(user).required:
            raise errors.AlreadyEnrolled
        with proved(user, proof, visit):
            _make_enrolment(visit)
    elif not _pending_row(visit):
        with database.atomic():
            _make_enrolment(visit)
    found = pending(user, visit)
    assert found  # noqa: S101 (made above)
    return found


def pending(user: User, visit: Visit) -> Pending | None:
    row = _pending_row(visit)
    if row is None:
        return None
    secret = vault.decrypt(row.secret, _pending_binding(row.session_id))
    issuer = site.current().name.replace(":", " ")
    uri = pyotp.TOTP(secret).provisioning_uri(name=user.login, issuer_name=issuer)
    return Pending(key=secret, account_name=f"{issuer}: {user.login}", uri=uri)


def confirm(user: User, text: str, visit: Visit) -> Tokens:
    """Two-step is on from here: the code was right. Ends everything else of the user that was logged in before.

    Raises EnrolmentOver, or CodeWrong in one of its kinds: the same key then stays.
    """
    code = plain_code(text)
    row = _pending_row(visit)
    if row is None:
        raise errors.EnrolmentOver
    booking = throttle.book([Budget(f"enrolment:{user.id}", throttle.ENROLMENT)], visit.now)
    secret = vault.decrypt(row.secret, _pending_binding(row.session_id))
    step = code_step(secret, code, visit.now, before=CLOCK_HELP, after=CLOCK_HELP)
    try:
        _refuse_other_clock(step, visit.now)
    except errors.CodeWrong:
        audit.record(Tag.ENROLMENT_FAILED, visit, user, succeeded=False)
        raise
    with database.atomic():
        throttle.release(booking)
        if not Enrolment.delete().where(Enrolment.id == row.id).execute():
            raise errors.EnrolmentOver
        replaced = _put_authenticator(user, secret, step or 0, visit.now)
        assert visit.session_id is not None  # noqa: S101 (an enrolment belongs to a session)
        recovery_codes.forget(user)
        recovery_codes.make(user, visit.session_id, visit)
        audit.record(Tag.TWO_FACTOR_REPLACED if replaced else Tag.TWO_FACTOR_ENABLED, visit, user)
        return _after_change(user, visit)


def _refuse_other_clock(step: int | None, now: datetime) -> None:
    if step is None:
        raise errors.CodeWrongAtEnrolment
    offset = step - _step_at(now)
    if abs(offset) > WINDOW:
        raise errors.ClockOutOfSync(offset * STEP)


def put_off(user: User, visit: Visit) -> None:
    """Later: for this session, in the days of grace. Raises GraceOver."""
    if users.policy_of(user).grace_ends_at(user.grace_began_at, visit.now) is None:
        raise errors.GraceOver
    with database.atomic():
        Session.update(enrolment_put_off=True).where(Session.id == visit.session_id).execute()
        audit.record(Tag.ENROLMENT_PUT_OFF, visit, user)


# --- Off again -------------------------------------------------------------------------------------------------------


def disable(user: User, text: str, visit: Visit) -> Tokens:
    """Off, by a fresh code or a recovery code. Raises TwoFactorRequired, NotEnrolled, or why the code is wrong."""
    if users.policy_of(user).required:
        raise errors.TwoFactorRequired
    if not users.is_enrolled(user):
        raise errors.NotEnrolled
    with proved(user, text, visit):
        _erase(user)
        audit.record(Tag.TWO_FACTOR_DISABLED, visit, user)
        return _after_change(user, visit)


def reset(user: User, visit: Visit) -> bool:
    """By the provider: erases key and codes and ends everything. The policy stays. False when there was nothing."""
    with database.atomic():
        was_on = _erase(user)
        if was_on:
            sessions.cut_off(user.id, End.RESET, visit.now)
            audit.record(Tag.TWO_FACTOR_RESET, visit, user)
    return was_on


def new_recovery_codes(user: User, visit: Visit) -> None:
    """Raises NotEnrolled."""
    if not users.is_enrolled(user):
        raise errors.NotEnrolled
    with database.atomic():
        assert visit.session_id is not None  # noqa: S101 (a page of a session asked for them)
        recovery_codes.make(user, visit.session_id, visit)
        audit.record(Tag.RECOVERY_CODES_MADE, visit, user)


def _erase(user: User) -> bool:
    recovery_codes.forget(user)
    User.update(wrong_codes_in_row=0).where(User.id == user.id).execute()
    return bool(Authenticator.delete().where(Authenticator.user == user).execute())


def _after_change(user: User, visit: Visit) -> Tokens:
    assert visit.session_id is not None  # noqa: S101 (only sessions change their own two-step)
    sessions.cut_off(user.id, End.TWO_FACTOR_CHANGED, visit.now, keep=visit.session_id)
    return sessions.renew(visit.session_id, visit)


def _put_authenticator(user: User, secret: str, step: int, now: datetime) -> bool:
    """Stores the proved secret in place of any older one. Returns whether there was an older one."""
    replaced = bool(Authenticator.delete().where(Authenticator.user == user).execute())
    row = Authenticator.create(user=user, name="Authenticator app", secret="", last_step=step, enabled_at=now)
    row.secret = vault.encrypt(secret, _binding(row.id))
    row.save()
    return replaced


def _make_enrolment(visit: Visit) -> None:
    Enrolment.delete().where(Enrolment.session == visit.session_id).execute()
    secret = vault.encrypt(pyotp.random_base32(SECRET_LETTERS), _pending_binding(visit.session_id))
    Enrolment.create(session=visit.session_id, secret=secret, began_at=visit.now)


def _pending_row(visit: Visit) -> Enrolment | None:
    row: Enrolment | None = Enrolment.get_or_none(
        Enrolment.session == visit.session_id, Enrolment.began_at > visit.now - ENROLMENT_LASTS
    )
    return row


def _binding(authenticator_id: int) -> str:
    return f"authenticator:secret:{authenticator_id}"


def _pending_binding(session_id: int | None) -> str:
    return f"enrolment:secret:{session_id}"
