"""Recovery codes: ten letters of Crockford's base 32 (50 bits), each good once in place of the one-time password.

Ten are saved by the person when two-step is enabled; the provider can issue single ones, good for 15 minutes, to be
read out over the telephone. Stored are keyed hashes only.
"""

from __future__ import annotations

import json
import secrets
from datetime import datetime, timedelta

from domain import audit, errors, vault
from domain.audit import Tag
from domain.visit import Visit
from models import RecoveryCode, Session, User, database

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # without i, l, o, u
LENGTH = 10
COUNT = 10
SHOWN_FOR = timedelta(minutes=10)  # until Done is pressed, so that a reload or a lost answer loses nothing
ISSUED_FOR = timedelta(minutes=15)
_LOOK_ALIKES = str.maketrans("oil", "011")


def make(user: User, session_id: int, visit: Visit) -> None:
    """Replaces the saved codes and shows the new ones in this session alone, within the caller's transaction."""
    codes = _distinct(COUNT)
    Session.update(shown_codes=None, shown_codes_until=None).where(Session.user == user).execute()
    RecoveryCode.delete().where(RecoveryCode.user == user, RecoveryCode.expires_at.is_null()).execute()
    RecoveryCode.insert_many(
        {"user": user, "code_hash": vault.keyed_hashes(_normalise(code))[0], "created_at": visit.now} for code in codes
    ).execute()
    Session.update(
        shown_codes=vault.encrypt(json.dumps(codes), _binding(session_id)), shown_codes_until=visit.now + SHOWN_FOR
    ).where(Session.id == session_id).execute()


def shown(session_id: int, now: datetime) -> list[str]:
    """The codes that this session still shows; empty after Done and after ten minutes."""
    session = Session.get_or_none(Session.id == session_id, Session.shown_codes_until > now)
    return json.loads(vault.decrypt(session.shown_codes, _binding(session_id))) if session else []


def done(session_id: int) -> None:
    Session.update(shown_codes=None, shown_codes_until=None).where(Session.id == session_id).execute()


def issue(user: User, visit: Visit) -> tuple[str, datetime]:
    """One code to be read out, and when it expires."""
    [code] = _distinct(1)
    expires_at = visit.now + ISSUED_FOR
    with database.atomic():
        RecoveryCode.create(
            user=user, code_hash=vault.keyed_hashes(_normalise(code))[0], created_at=visit.now, expires_at=expires_at
        )
        audit.record(Tag.RECOVERY_CODE_ISSUED, visit, user)
    return code, expires_at


def take(user: User, text: str, visit: Visit) -> None:
    """Uses a code up, once for all that try at the same time. The caller is in a transaction.

    Raises RecoveryCodeWrong, RecoveryCodeUsed or RecoveryCodeExpired.
    """
    same = (RecoveryCode.user == user) & RecoveryCode.code_hash.in_(vault.keyed_hashes(_normalise(text)))
    alive = RecoveryCode.expires_at.is_null() | (RecoveryCode.expires_at > visit.now)
    if RecoveryCode.update(used_at=visit.now).where(same, RecoveryCode.used_at.is_null(), alive).execute():
        return
    code = RecoveryCode.get_or_none(same)
    if code and code.used_at:
        raise errors.RecoveryCodeUsed(code.used_at)
    if code:
        raise errors.RecoveryCodeExpired(code.expires_at)
    raise errors.RecoveryCodeWrong


def has_form(text: str) -> bool:
    """Whether somebody means a recovery code, where a one-time password is possible too."""
    return len(_normalise(text)) == LENGTH


def left(user_id: int) -> int:
    """How many of the saved codes are unused."""
    return int(
        RecoveryCode.select()
        .where(RecoveryCode.user == user_id, RecoveryCode.used_at.is_null(), RecoveryCode.expires_at.is_null())
        .count()
    )


def forget(user: User) -> int:
    return int(RecoveryCode.delete().where(RecoveryCode.user == user).execute())


def _distinct(count: int) -> list[str]:
    codes: set[str] = set()
    while len(codes) < count:
        letters = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
        codes.add(f"{letters[:5]}-{letters[5:]}")
    return list(codes)


def _normalise(text: str) -> str:
    """As it was printed, whatever spaces, hyphens, capitals or look-alikes were typed."""
    return "".join(text.split()).replace("-", "").lower().translate(_LOOK_ALIKES)


def _binding(session_id: int) -> str:
    return f"session:shown_codes:{session_id}"
