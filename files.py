"""The files for the browser: immutable under their hash, compressed once."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

STATIC = Path(__file__).parent / "static"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class File:
    body: bytes
    compressed: bytes
    content_type: str
    version: str


@cache
def served() -> dict[str, File]:
    """What lay there at start, by its name. Nothing else can be asked for."""
    found = (path for path in STATIC.rglob("*") if path.suffix in TYPES)
    return {path.relative_to(STATIC).as_posix(): _file(path) for path in found}


def _file(path: Path) -> File:
    body = path.read_bytes()
    version = hashlib.sha256(body).hexdigest()[:12]
    return File(body, gzip.compress(body, mtime=0), f"{TYPES[path.suffix]}; charset=utf-8", version)
