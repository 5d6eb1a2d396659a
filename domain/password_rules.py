"""What a password must be, and making good ones. Hashing is in hashing.py.

Length alone counts: no composition rules, no forced rotation (ASVS 6.2.1, 6.2.5, 6.2.10). Refused are the 10,000
commonest passwords and those that are mostly made of words known to everybody here: product, provider, login.
"""

from __future__ import annotations

import secrets
from functools import cache
from pathlib import Path

from domain import errors, site

MINIMUM = 15
MINIMUM_WITH_TWO_FACTOR = 8  # where the effective policy requires two-step authentication
MAXIMUM = 1024
GENERATED_LENGTH = 20
# Without look-alikes (0 O, 1 l I), so that it can be read out and typed.
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
_COMMON = Path(__file__).parent / "data" / "common_passwords.txt"
_SHORTEST_WORD = 4  # shorter context words would hit half of all passwords


def minimum(two_factor_required: bool) -> int:
    return MINIMUM_WITH_TWO_FACTOR if two_factor_required else MINIMUM


def check(password: str, login: str, email: str, *, two_factor_required: bool) -> None:
    """Raises the PasswordRefused that names the rule it breaks."""
    least = minimum(two_factor_required)
    if len(password) > MAXIMUM:
        raise errors.PasswordTooLong(maximum=MAXIMUM)
    if len(password) < least:
        raise errors.PasswordTooShort(minimum=least)
    if password.casefold() in _common():
        raise errors.PasswordCommon
    if len(_without_context(password, login, email)) < MINIMUM_WITH_TWO_FACTOR:
        raise errors.PasswordGuessable


def generate() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(GENERATED_LENGTH))


def _without_context(password: str, login: str, email: str) -> str:
    """What is left of the password when the words that everybody knows are taken out."""
    rest = password.casefold()
    words = {"postern", "password", login, *site.current().name.split(), *email.replace("@", ".").split(".")}
    for word in sorted(words, key=len, reverse=True):
        if len(word) >= _SHORTEST_WORD:
            rest = rest.replace(word.casefold(), "")
    return rest


@cache
def _common() -> frozenset[str]:
    return frozenset(_COMMON.read_text(encoding="utf-8").splitlines())
