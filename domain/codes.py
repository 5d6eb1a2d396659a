"""Codes: taking a one-time password (RFC 6238) or a recovery code, each once, under its budget.

A one-time password is six ASCII digits of SHA-1, 30 seconds. Steps -1, 0 and +1 are accepted, each once: an accepted
step must be greater than the last accepted one, taken in one conditional UPDATE.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import pyotp

from domain import audit, errors, recovery_codes, throttle, vault
from domain.audit import Tag
from domain.errors import N_
from domain.throttle import Budget
from domain.visit import Visit
from models import Authenticator, User, database, run

STEP = 30  # seconds
WINDOW = 1  # steps before and after the server's that are accepted
CLOCK_HELP = 20  # steps before (at enrolment also after) that are recognised, to tell whose clock is wrong
LOCK_AFTER = 50  # wrong codes in a row
_SIX_DIGITS = re.compile(r"[0-9]{6}")  # str.isdigit() and \d would take full-width digits, as pyotp does


def code_step(secret: str, code: str, now: datetime, *, before: int, after: int) -> int | None:
    """The time step that this code belongs to, looking so many steps around now; None when there is none."""
    totp = pyotp.TOTP(secret)
    current = totp.timecode(now)
    for offset in sorted(range(-before, after + 1), key=abs):
        if pyotp.utils.strings_equal(code, totp.generate_otp(current + offset)):
            return current + offset
    return None


def plain_code(text: str) -> str:
    """Six ASCII digits, spaces and hyphens taken out. Raises CodeMalformed."""
    code = "".join(text.split()).replace("-", "")
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
    for authenticator in Authenticator.raw("SELECT * FROM authenticator WHERE user_id = ?", user.id):
        secret = vault.decrypt(authenticator.secret, binding(authenticator.id))
        step = code_step(secret, code, visit.now, before=CLOCK_HELP, after=WINDOW)
        if step is not None:
            return _take_step(authenticator, step, visit.now)
    raise errors.CodeWrong


def _take_step(authenticator: Authenticator, step: int, now: datetime) -> str:
    if step == authenticator.last_step:
        raise errors.CodeReused
    offset = step - step_at(now)
    if offset < -WINDOW:
        raise errors.ClockOutOfSync(offset * STEP)
    taken = run(
        "UPDATE authenticator SET last_step = ?, last_used_at = ? WHERE id = ? AND last_step < ?",
        step,
        now,
        authenticator.id,
        step,
    ).rowcount
    if not taken:
        raise errors.CodeReused
    run("UPDATE user SET wrong_codes_in_row = 0 WHERE id = ?", authenticator.user_id)
    return N_("one-time password")


def _take_recovery_code(user: User, text: str, visit: Visit) -> str:
    recovery_codes.take(user, text, visit)
    User.update(wrong_codes_in_row=0).where(User.id == user.id).execute()
    audit.record(Tag.RECOVERY_CODE_USED, visit, user)
    return N_("recovery code")


def step_at(now: datetime) -> int:
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
        if not booking.left:
            audit.record(Tag.CODE_THROTTLED, visit, user, succeeded=False)


def is_locked(user: User) -> bool:
    """50 wrong codes in a row lock the code, until a recovery code or the provider unlocks it."""
    [in_row] = run("SELECT wrong_codes_in_row FROM user WHERE id = ?", user.id).fetchone()
    return bool(in_row >= LOCK_AFTER)


def binding(authenticator_id: int) -> str:
    """What the encrypted secret of an authenticator is bound to."""
    return f"authenticator:secret:{authenticator_id}"
