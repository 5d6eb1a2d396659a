"""What single-use links have in common: their token is known to nobody but their holder, and works once."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from domain import errors, vault
from domain.standing import CLOCK_SLACK
from models import LoginLink, PasswordLink

Link = TypeVar("Link", LoginLink, PasswordLink)


def unused(kind: type[Link], token: str, now: datetime) -> Link:
    """The link of this token, still good. Raises LinkDead."""
    link: Link | None = kind.get_or_none(
        kind.token_hash == vault.token_hash(token),
        kind.used_at.is_null(),
        kind.expires_at > now,
        kind.created_at < now + CLOCK_SLACK,
    )
    if link is None:
        raise errors.LinkDead
    return link


def spend(link: LoginLink | PasswordLink, now: datetime) -> None:
    """Uses it up, in the transaction of what it is good for. Raises LinkDead when somebody was faster."""
    kind = type(link)
    if not kind.update(used_at=now).where(kind.id == link.id, kind.used_at.is_null()).execute():
        raise errors.LinkDead
