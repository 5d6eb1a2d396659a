"""A person's own password: judging it under its budgets, changing it, setting it anew. Its rules: password_rules.py."""

from __future__ import annotations

import hashlib
from datetime import datetime

from domain import audit, errors, hashing, known_browsers, login_sources, password_rules, sessions, throttle, users
from domain.audit import Tag
from domain.client_address import source
from domain.login_name import LOGIN
from domain.sessions import Tokens
from domain.standing import LINK, End
from domain.throttle import Booking, Budget
from domain.visit import Visit
from models import KnownBrowser, User, database


def matches(user: User | None, password: str, booking: Booking, *, known: bool) -> bool:
    try:
        return hashing.verify(user.password_hash if user else None, password, known=known)
    except errors.Busy:
        throttle.release(booking)  # nothing was judged
        raise


def check_own(user: User, password: str, visit: Visit, wrong: errors.Refusal, tag: Tag) -> None:
    """The password of somebody who is logged in already, under the budgets of log-in. Raises `wrong`."""
    browser = KnownBrowser.get_or_none(KnownBrowser.id == visit.known_browser_id)
    booking = throttle.book(budgets(user.login, user, browser, visit), visit.now)
    if len(password) > password_rules.MAXIMUM or not matches(user, password, booking, known=True):
        audit.record(tag, visit, user, succeeded=False)
        raise wrong
    throttle.release(booking)


def change(user: User, current: str, new: str, confirmation: str, visit: Visit) -> Tokens:
    """Ends the other sessions, known browsers, links and pending steps; this session goes on under a new token.

    Raises PasswordRefused in one of its kinds, CurrentPasswordWrong, TooManyAttempts or Busy.
    """
    required = users.policy_of(user).required
    password_rules.check(new, user.login, user.email, two_factor_required=required)
    if new != confirmation:
        raise errors.PasswordsDiffer
    if new == current:
        raise errors.PasswordUnchanged
    opened_by = sessions.fresh_method(visit)
    if user.password_hash and opened_by != LINK:  # the provider's link stands in for a password that nobody knows
        check_own(user, current, visit, errors.CurrentPasswordWrong(), Tag.PASSWORD_CHANGE_FAILED)
    elif opened_by is None:
        raise errors.LoginTooOld
    new_hash = hashing.hash_password(new)
    assert visit.session_id is not None  # noqa: S101 (asked for on a page of a session)
    with database.atomic():
        judged = User.password_hash == user.password_hash if user.password_hash else User.password_hash.is_null()
        if not _store(user, new_hash, visit.now, must_change=False, where=judged):
            raise errors.SessionOver  # the provider has reset it meanwhile
        audit.record(Tag.PASSWORD_CHANGED, visit, user)
        sessions.cut_off(user.id, End.PASSWORD_CHANGED, visit.now, keep=visit.session_id)
        return sessions.renew(visit.session_id, visit)


def reset(user: User, new: str, visit: Visit, *, must_change: bool) -> int:
    """By the provider. Ends everything of the user; returns how many sessions that were."""
    new_hash = hashing.hash_password(new)
    with database.atomic():
        _store(user, new_hash, visit.now, must_change=must_change)
        audit.record(Tag.PASSWORD_RESET, visit, user)
        return sessions.cut_off(user.id, End.RESET, visit.now)


def set_by_link(user: User, new_hash: str, visit: Visit) -> None:
    """By the person himself, whom the provider's link has let do it. Ends everything that was open before."""
    _store(user, new_hash, visit.now, must_change=False)
    audit.record(Tag.PASSWORD_LINK_USED, visit, user)
    sessions.cut_off(user.id, End.PASSWORD_CHANGED, visit.now)


def _store(user: User, new_hash: str, now: datetime, *, must_change: bool, where: object = True) -> bool:
    return bool(
        User.update(password_hash=new_hash, password_changed_at=now, must_change_password=must_change)
        .where(User.id == user.id, where)
        .execute()
    )


def buckets(user: User) -> list[str]:
    """Where the attempts of this user at passwords are booked; those of a source over all logins are not his."""
    browsers = [f"password:browser {browser.id}" for browser in known_browsers.of_user(user.id)]
    return [f"password:login {user.login}", *browsers]


def budgets(login: str, user: User | None, browser: KnownBrowser | None, visit: Visit) -> list[Budget]:
    """A known browser has ten attempts of its own. Strangers share: per login and source, per login, per source."""
    if browser:
        return [Budget(f"password:browser {browser.id}", throttle.PASSWORD_OF_BROWSER)]
    at_login, at_source = f"password:login {_bucket_name(login)}", source(visit.address)
    budgets = [
        Budget(f"{at_login}:{at_source}", throttle.PASSWORD_OF_SOURCE_FOR_LOGIN),
        Budget(f"password:source {at_source}", throttle.PASSWORD_OF_SOURCE),
    ]
    if not (user and login_sources.is_familiar(user.id, visit.address, visit.now)):
        budgets.append(Budget(at_login, throttle.PASSWORD_OF_LOGIN))
    return budgets


def _bucket_name(login: str) -> str:
    """What cannot be a login must not spell the bucket of one."""
    return login if LOGIN.fullmatch(login) else hashlib.sha256(login.encode(errors="replace")).hexdigest()
