"""Logging in: throttle → password → one-time password → in. And "Confirm it's you", which asks the same questions."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace

from domain import (
    access,
    audit,
    codes,
    denials,
    errors,
    hashing,
    housekeeping,
    known_browsers,
    password_rules,
    passwords,
    sessions,
    throttle,
    trusted_ips,
    users,
)
from domain.access import Rule
from domain.audit import Tag
from domain.errors import N_
from domain.login_name import LOGIN, fold
from domain.sessions import Tokens
from domain.standing import Standing, resume
from domain.throttle import Booking
from domain.visit import Visit
from models import KnownBrowser, User, database, run


@dataclass(frozen=True, slots=True)
class PasswordStep:
    """What the right password brought: the tokens of a session, which is full already where no code is due.

    `denied_by`: the rule by which its address is refused; the session then waits in stage password.
    """

    tokens: Tokens
    is_full: bool
    denied_by: Rule | None = None


def check_password(
    login: str, password: str, visit: Visit, *, browser_tokens: list[str], replaces: int | None
) -> PasswordStep:
    """The first step. Unknown login, wrong password and suspended user get the same answer in the same time.

    Raises TooManyAttempts, Busy, WrongCredentials, and after the right password Suspended in one of its kinds.
    """
    login = fold(login)
    user = users.by_login(login)
    browser = known_browsers.recognise(user, browser_tokens, visit.now) if user else None
    booking = throttle.book(passwords.budgets(login, user, browser, visit), visit.now)
    housekeeping.sweep_if_due(visit.now)
    visit = replace(visit, actor=user.login if user else _written_down(login))
    if len(password) > password_rules.MAXIMUM:  # nothing is hashed, so nothing is written down but the attempt
        raise errors.WrongCredentials(left=booking.left, pause=booking.pause)
    if not passwords.matches(user, password, booking, known=browser is not None):
        _note_wrong_password(user, visit, booking)
        raise errors.WrongCredentials(left=booking.left, pause=booking.pause)
    assert user  # noqa: S101 (somebody's password matched)
    throttle.release(booking)
    _refuse_blocked(user, visit)
    _strengthen(user, password)
    return _open(user, visit, browser, replaces)


def _open(user: User, visit: Visit, browser: KnownBrowser | None, replaces: int | None) -> PasswordStep:
    """A session in stage password, full at once where no code is due.

    Between judging the password and here a change or reset may have come: the hash must still be the one judged.
    """
    with database.atomic():
        [password_hash] = run("SELECT password_hash FROM user WHERE id = ?", user.id).fetchone() or [None]
        if password_hash != user.password_hash:
            raise errors.SessionOver
        known = browser.id if browser else None
        _, token = sessions.start(user, visit, known_browser_id=known, replaces=replaces)
        standing = resume(token, visit.address, visit.now)
        assert standing  # noqa: S101 (just started)
        if denied_by := access.denied_by(standing):
            denials.note(standing, denied_by, visit)
            return PasswordStep(Tokens(token), is_full=False, denied_by=denied_by)
        if code_due(user):
            return PasswordStep(Tokens(token), is_full=False)
        return PasswordStep(_complete(standing, visit, N_("password")), is_full=True)


def _complete(standing: Standing, visit: Visit, method: str) -> Tokens:
    with database.atomic():
        trusted_ips.note_use((standing.own_list_id, standing.provider_list_id), visit.address, visit.now)
        return sessions.complete(standing.session_id, visit, method=method)


def code_due(user: User) -> bool:
    return not users.policy_of(user).off and users.is_enrolled(user)


def check_code(standing: Standing, text: str, visit: Visit) -> Tokens:
    """The second step: a one-time password or a recovery code. Where no code is due any more, none is looked at.

    Raises what `codes.proved` raises, and SessionOver when the session was made full or ended meanwhile.
    """
    user = users.by_id(standing.user_id)
    if not code_due(user):
        return _complete(standing, visit, N_("password"))
    with codes.proved(user, text, visit) as method:
        return _complete(standing, visit, method)


def confirm(standing: Standing, proof: str, visit: Visit) -> Tokens:
    """Confirm it's you: the password or a one-time password of whoever sits there, under the budgets of log-in.

    Raises ConfirmationDue where nothing was typed, ProofWrong, TooManyAttempts, CodeLocked or Busy.
    """
    if not proof:
        raise errors.ConfirmationDue
    user = users.by_id(standing.keyboard.user_id)
    if codes.is_code(proof) and code_due(user):
        try:
            with codes.proved(user, proof, visit):
                return _confirmed(standing, user, visit)
        except (errors.CodeWrong, errors.CodeLocked) as error:
            error.field = "proof"
            raise
    passwords.check_own(user, proof, visit, errors.ProofWrong(), Tag.CONFIRMATION_FAILED)
    return _confirmed(standing, user, visit)


def _confirmed(standing: Standing, user: User, visit: Visit) -> Tokens:
    with database.atomic():
        audit.record(Tag.CONFIRMED, replace(visit, acting_as=""), user)
        return sessions.confirm(standing, visit)


def _note_wrong_password(user: User | None, visit: Visit, booking: Booking) -> None:
    with database.atomic():
        audit.record(Tag.LOGIN_FAILED, visit, user or visit.actor, succeeded=False)
        if not booking.left:
            audit.record(Tag.LOGIN_THROTTLED, visit, user or visit.actor, succeeded=False)


def _written_down(login: str) -> str:
    """People type passwords into the field for the login: only what can be a login goes into the log."""
    return login if LOGIN.fullmatch(login) else "(no login)"


def _refuse_blocked(user: User, visit: Visit) -> None:
    try:
        users.refuse_blocked(user, visit.now)
    except errors.Suspended:
        audit.record(Tag.LOGIN_REFUSED, visit, user, succeeded=False)
        raise


def _strengthen(user: User, password: str) -> None:
    """Hashes of weaker parameters are made anew while the password is at hand; when the queue is full, another time."""
    if not hashing.needs_rehash(user.password_hash):
        return
    with contextlib.suppress(errors.Busy):
        new_hash = hashing.hash_password(password)
        same = User.password_hash == user.password_hash
        if User.update(password_hash=new_hash).where(User.id == user.id, same).execute():
            user.password_hash = new_hash
