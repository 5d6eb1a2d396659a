"""Two-step authentication: enabling, replacing, disabling and resetting it. Codes are taken in codes.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pyotp

from domain import audit, codes, errors, recovery_codes, sessions, site, throttle, users, vault
from domain.audit import Tag
from domain.codes import CLOCK_HELP, STEP, WINDOW, proved
from domain.sessions import Tokens
from domain.standing import End
from domain.throttle import Budget
from domain.visit import Visit
from models import Authenticator, Enrolment, Session, User, database

SECRET_LETTERS = 32  # base 32, 160 bits
ENROLMENT_LASTS = timedelta(minutes=10)


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
    Raises TwoFactorOff, AlreadyEnrolled, NotEnrolled (nothing to replace), or what is wrong with the proof.
    """
    if users.policy_of(user).off:
        raise errors.TwoFactorOff
    if users.is_enrolled(user):
        if proof is None or not users.policy_of(user).required:
            raise errors.AlreadyEnrolled
        with proved(user, proof, visit):
            _make_enrolment(visit)
    elif proof is not None:
        raise errors.NotEnrolled
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
    if users.policy_of(user).off:
        raise errors.TwoFactorOff
    code = codes.plain_code(text)
    row = _pending_row(visit)
    if row is None:
        raise errors.EnrolmentOver
    booking = throttle.book([Budget(f"enrolment:{user.id}", throttle.ENROLMENT)], visit.now)
    secret = vault.decrypt(row.secret, _pending_binding(row.session_id))
    step = codes.code_step(secret, code, visit.now, before=CLOCK_HELP, after=CLOCK_HELP)
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
    offset = step - codes.step_at(now)
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
        Enrolment.delete().where(
            Enrolment.session.in_(Session.select(Session.id).where(Session.user == user))
        ).execute()
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
    row.secret = vault.encrypt(secret, codes.binding(row.id))
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


def _pending_binding(session_id: int | None) -> str:
    return f"enrolment:secret:{session_id}"
