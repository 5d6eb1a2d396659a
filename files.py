"""The files for the browser: immutable under their hash, compressed once."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path

STATIC = Path(__file__).parent / "static"


@dataclass(frozen=True, slots=True)
class File:
    body: bytes
    compressed: bytes
    content_type: str
    version: str


@cache
def _all() -> dict[str, Path]:
    """What is served: what lay there at start, by its name. Nothing else can be asked for."""
    served = {".css", ".js", ".svg"}
    return {path.relative_to(STATIC).as_posix(): path for path in STATIC.rglob("*") if path.suffix in served}


@cache
def load(name: str) -> File | None:
    path = _all().get(name)
    if path is None:
        return None
    body = path.read_bytes()
    content_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return File(
        body, gzip.compress(body, mtime=0), f"{content_type}; charset=utf-8", hashlib.sha256(body).hexdigest()[:12]
    )


def version(name: str) -> str:
    file = load(name)
    if file is None:
        raise FileNotFoundError(name)
    return file.version
