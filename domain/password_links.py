"""Single-use links by which somebody sets his password, handed over instead of one (manual D 123).

They open nothing: log-in asks for everything that it asks for.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from domain import audit, authority, errors, hashing, links, password_rules, passwords, users, vault
from domain.audit import Tag
from domain.visit import Visit
from models import PasswordLink, User, database

LASTS = timedelta(hours=72)


def make(user: User, visit: Visit) -> tuple[str, datetime]:
    """The token of a new link, and when it expires. An unused older one dies; a password that there is goes on."""
    token, expires_at = vault.new_token(), visit.now + LASTS
    with database.atomic():
        PasswordLink.delete().where(PasswordLink.user == user, PasswordLink.used_at.is_null()).execute()
        PasswordLink.create(
            user=user,
            token_hash=vault.token_hash(token),
            made_by=visit.user_id,
            created_at=visit.now,
            expires_at=expires_at,
        )
        audit.record(Tag.PASSWORD_LINK_MADE, visit, user)
    return token, expires_at


def owner_of(token: str, now: datetime) -> User:
    """Whose password the link sets. Raises LinkDead."""
    return _owner(links.unused(PasswordLink, token, now), now)


def _owner(link: PasswordLink, now: datetime) -> User:
    """Who is not active yet may be ready for his first day; who is suspended or expired has nothing to set. The link is
    worth what whoever made it may do now."""
    user = users.by_id(link.user_id)
    if users.is_over(user, now) or not _made_by_right(link, user, now):
        raise errors.LinkDead
    return user


def _made_by_right(link: PasswordLink, user: User, now: datetime) -> bool:
    if link.made_by is None:
        return True
    maker = users.by_id(link.made_by_id)
    return not users.blocked(maker, now) and authority.still_looks_after(maker, user)


def use(token: str, new: str, confirmation: str, visit: Visit) -> User:
    """Sets the password, once, and ends what was open before.

    Raises LinkDead, PasswordRefused, PasswordsDiffer, Busy.
    """
    link = links.unused(PasswordLink, token, visit.now)
    user = _owner(link, visit.now)
    password_rules.check(new, user.login, user.email, two_factor_required=users.policy_of(user).required)
    if new != confirmation:
        raise errors.PasswordsDiffer
    new_hash = hashing.hash_password(new)
    with database.atomic():
        links.spend(link, visit.now)
        passwords.set_by_link(_owner(link, visit.now), new_hash, replace(visit, actor=user.login))
    return user
