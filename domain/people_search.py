"""What somebody types to find people, and how the index of words (`user_search`) is asked for it.

A word of three characters or more may stand anywhere in login, name or e-mail address; the index knows all trigrams. A
shorter one begins the login, or, beside longer ones, stands anywhere too. An address is meant as a whole.
"""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

from domain import networks
from models import run

LONGEST = 100  # characters of what is typed; the rest is not read
TRIGRAM = 3
LAST = "\U0010ffff"  # behind every login

# Signs for private use, as migration 0006 writes them.
_ID = 131072
_KIND, _PARENT = "\ue000", "\ue001"


class Sought(NamedTuple):
    """`address` where all of it is one; `short` are the words that the index does not know."""

    words: tuple[str, ...] = ()
    short: tuple[str, ...] = ()
    address: str = ""

    @property
    def prefix(self) -> str:
        """With which logins begin where only short words were typed."""
        if self.words or not self.short:
            return ""
        longest = max(self.short, key=len)
        return longest if all(longest.startswith(word) for word in self.short) else LAST


def parse(typed: str) -> Sought:
    """Nothing that is typed is syntax, and nothing is wrong."""
    text = unicodedata.normalize("NFC", readable(typed)).strip()
    if address := networks.address(text):
        return Sought(address=str(address))
    words = text.split()
    return Sought(
        words=tuple(word for word in words if len(word) >= TRIGRAM),
        short=tuple(word.lower() for word in words if len(word) < TRIGRAM),
    )


def readable(typed: str) -> str:
    """What SQLite takes as text."""
    return typed.strip()[:LONGEST].encode(errors="ignore").decode().replace("\0", " ")


def expression(sought: Sought, kind: str, parent_id: int | None) -> str:
    """For MATCH: of this kind, below this user, with all long words. Names of ours stand outside of the quotes."""
    parts = [f'kind : "{_KIND}{kind[:2]}"']
    if parent_id is not None:
        high, low = divmod(parent_id, 500_000)
        parts.append(f'{{parent grandparent}} : "{_PARENT}{chr(_ID + high)}{chr(_ID + low)}"')
    quoted = (word.replace('"', '""') for word in sought.words)
    return " AND ".join([*parts, *(f'{{login name email}} : "{word}"' for word in quoted)])


def conditions(sought: Sought) -> tuple[str, dict[str, object]]:
    """What the short words ask of a row of `user u`, with their values."""
    held_in = "u.login || ' ' || u.name || ' ' || u.email" if sought.words else "u.login"
    anywhere = "%" if sought.words else ""
    values: dict[str, object] = {f"short{n}": f"{anywhere}{_plain(word)}%" for n, word in enumerate(sought.short)}
    return "".join(f" AND {held_in} LIKE :{name} ESCAPE '!'" for name in values), values


def tidy() -> None:
    """After an import: the index is written in pieces and a search looks into each; this makes one of them.

    Three seconds a million users, once; without it a search takes up to five times as long.
    """
    run("INSERT INTO user_search (user_search) VALUES ('optimize')")


def _plain(word: str) -> str:
    return "".join(f"!{sign}" if sign in "!%_" else sign for sign in word)
