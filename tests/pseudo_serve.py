"""`./postern` with the languages of another folder: pseudo_serve.py FOLDER COMMAND..."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import cli
from domain import languages

if __name__ == "__main__":
    languages.FOLDER = Path(sys.argv.pop(1))
    cli.main()
