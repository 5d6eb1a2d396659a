"""How a login is written."""

from __future__ import annotations

import re
import unicodedata

LOGIN = re.compile(r"[a-z0-9._@-]{1,64}")
LONGEST_TYPED = 200  # far more than any login has, so that a cut one is still nobody's


def fold(login: str) -> str:
    """One spelling of a login: NFKC, lower case, no spaces around it.

    Cut first: normalising takes time that grows with the square of the length, and nobody's login is that long.
    """
    return unicodedata.normalize("NFKC", login[:LONGEST_TYPED]).strip().lower()
