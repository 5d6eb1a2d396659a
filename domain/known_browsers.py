"""Browsers in which a user has logged in completely. They have attempts of their own, so no stranger can pause them.

One cookie holds the tokens of all users of the browser, newest first; the database holds their hashes.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from domain import vault
from domain.visit import Visit
from models import KnownBrowser, User

KEPT = timedelta(days=90)  # since last use
MOST = 20  # a user
TOKENS_IN_COOKIE = 8
TOKEN_LENGTH = len(vault.new_token())


def recognise(user: User, tokens: list[str], now: datetime) -> KnownBrowser | None:
    """The row of this browser for this user, if the user has logged in here before."""
    if not tokens:
        return None
    hashes = [vault.token_hash(token) for token in tokens]
    browser: KnownBrowser | None = KnownBrowser.get_or_none(
        KnownBrowser.user == user, KnownBrowser.token_hash.in_(hashes), KnownBrowser.last_used_at > now - KEPT
    )
    return browser


def remember(user_id: int, visit: Visit) -> tuple[KnownBrowser, str]:
    """A new row and its token. The caller is in a transaction."""
    token = vault.new_token()
    browser = KnownBrowser.create(
        user=user_id,
        token_hash=vault.token_hash(token),
        user_agent=visit.user_agent,
        address=visit.address,
        created_at=visit.now,
        last_used_at=visit.now,
    )
    kept = of_user(user_id).limit(MOST).select(KnownBrowser.id)
    surplus = KnownBrowser.id.not_in(kept) & (KnownBrowser.id != browser.id)
    KnownBrowser.delete().where(KnownBrowser.user == user_id, surplus).execute()
    return browser, token


def touch(browser_id: int, visit: Visit) -> None:
    KnownBrowser.update(last_used_at=visit.now, address=visit.address, user_agent=visit.user_agent).where(
        KnownBrowser.id == browser_id
    ).execute()


def of_user(user_id: int):  # type: ignore[no-untyped-def]
    """Newest use first."""
    return (
        KnownBrowser.select()
        .where(KnownBrowser.user == user_id)
        .order_by(KnownBrowser.last_used_at.desc(), KnownBrowser.id.desc())
    )


def forget(user_id: int, browser_id: int) -> KnownBrowser | None:
    """Deletes one browser of this user; None when there is none such."""
    browser: KnownBrowser | None = KnownBrowser.get_or_none(KnownBrowser.id == browser_id, KnownBrowser.user == user_id)
    if browser:
        browser.delete_instance()
    return browser


def forget_all(user_id: int) -> int:
    return int(KnownBrowser.delete().where(KnownBrowser.user == user_id).execute())


def prune(now: datetime) -> None:
    KnownBrowser.delete().where(KnownBrowser.last_used_at < now - KEPT).execute()
