"""`./postern` with the languages of another folder: pseudo_serve.py FOLDER COMMAND..."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from domain import languages

languages.FOLDER = Path(sys.argv.pop(1))

import cli  # noqa: E402 (it reads the sentences of click from that folder)

if __name__ == "__main__":
    cli.main()
