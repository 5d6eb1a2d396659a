"""Browsers in which a user has logged in completely. They have attempts of their own, so no stranger can pause them.

One cookie holds the tokens of all users of the browser, newest first; the database holds their hashes.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from domain import vault
from domain.visit import Visit
from models import KnownBrowser, User, run

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


def remember(user_id: int, visit: Visit) -> tuple[int, str]:
    """The id of a new row, and its token. The caller is in a transaction."""
    token = vault.new_token()
    browser_id = run(
        "INSERT INTO known_browser (user_id, token_hash, user_agent, address, created_at, last_used_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        user_id,
        vault.token_hash(token),
        visit.user_agent,
        visit.address,
        visit.now,
        visit.now,
    ).lastrowid
    run(
        "DELETE FROM known_browser WHERE id IN (SELECT id FROM known_browser WHERE user_id = ? AND id <> ?"
        " ORDER BY last_used_at DESC, id DESC LIMIT -1 OFFSET ?)",
        user_id,
        browser_id,
        MOST - 1,
    )
    return browser_id, token


def touch(browser_id: int, visit: Visit) -> None:
    run(
        "UPDATE known_browser SET last_used_at = ?, address = ?, user_agent = ? WHERE id = ?",
        visit.now,
        visit.address,
        visit.user_agent,
        browser_id,
    )


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
