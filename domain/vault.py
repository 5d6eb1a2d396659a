"""Secrets: random tokens and their hashes, encryption at rest, keyed hashes of recovery codes.

Keys are 32 bytes each. The first encrypts; all of them decrypt, so that a key can be replaced without losing a row.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
_NONCE_BYTES = 12
_keys: dict[str, bytes] = {}


class KeyMismatch(Exception):
    """No key at hand opens this secret."""


def configure(keys: tuple[bytes, ...]) -> None:
    _keys.clear()
    _keys.update({_key_id(key): key for key in keys})


def _key_id(key: bytes) -> str:
    return hashlib.sha256(b"postern key id" + key).hexdigest()[:8]


def encrypt(text: str, bound_to: str) -> str:
    """AES-256-GCM. `bound_to` names table, column and row, so that a value copied to another row does not open."""
    key_id, key = next(iter(_keys.items()))
    nonce = os.urandom(_NONCE_BYTES)
    sealed = AESGCM(key).encrypt(nonce, text.encode(), bound_to.encode())
    return f"{key_id}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"


def decrypt(sealed: str, bound_to: str) -> str:
    """The text that `encrypt` was given. Raises KeyMismatch."""
    key_id, _, body = sealed.partition(".")
    try:
        raw = base64.urlsafe_b64decode(body)
        return AESGCM(_keys[key_id]).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], bound_to.encode()).decode()
    except (KeyError, ValueError, InvalidTag) as error:
        raise KeyMismatch(bound_to) from error


def keyed_hashes(text: str) -> list[str]:
    """HMAC-SHA256 of a short secret under each key, the current one first: without the key it cannot be guessed."""
    return [
        hmac.new(hmac.digest(key, b"postern recovery codes", "sha256"), text.encode(), "sha256").hexdigest()
        for key in _keys.values()
    ]


def new_token() -> str:
    """256 random bits, safe in cookies and links."""
    return secrets.token_urlsafe(32)


_ACTING = "acting."


def new_acting_token() -> str:
    """Of a session in which somebody acts for another: it says what it is, so neither kind is taken for the other."""
    return _ACTING + new_token()


def is_acting(token: str) -> bool:
    return token.startswith(_ACTING)


def token_hash(token: str) -> str:
    """Tokens are long and random: a plain SHA-256 is enough to store them."""
    return hashlib.sha256(token.encode()).hexdigest()
