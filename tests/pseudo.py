"""The portal in every language at once: English, German, and one in which whatever was not translated stands out.

The pseudo language makes each sentence longer by some 40 %, as many languages do, and leaves it no ASCII letter. It
goes by the code of Arabic, whose direction, months and plurals come with it.
"""

from __future__ import annotations

import gettext
import re
import sys
from pathlib import Path

from babel.messages import Catalog
from babel.messages.mofile import write_mo

from domain.languages import ENGLISH
from tests.processes import ROOT, Server
from translations import make

Catalogue = gettext.GNUTranslations
CODE = "ar"
GERMAN = "de"
_ACCENTS = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", "áƀçđéƒǧĥíĵķĺɱñóƥʠŕšţúṽŵẋýžÁƁÇĐÉƑǦĤÍĴĶĹḾÑÓƤɊŔŠŢÚṼŴẊÝŽ"
)
_PLACEHOLDER = re.compile(r"(%\(\w+\)s|{[^}]*})")
_TWICE = re.compile("([aeiouyns])")


def sentence(english: str) -> str:
    parts = _PLACEHOLDER.split(english)
    return "".join(part if n % 2 else _longer(part).translate(_ACCENTS) for n, part in enumerate(parts))


def _longer(text: str) -> str:
    """Still in words, as lines break between them."""
    return _TWICE.sub(r"\1\1", text)


def catalog(sentences: Catalog) -> Catalog:
    made = Catalog(locale=CODE)
    of_one = gettext.c2py(made.plural_expr)(1)
    for message in sentences:
        if isinstance(message.id, str):
            made.add(message.id, sentence(message.id))
        else:
            forms = [message.id[1]] * made.num_plurals
            forms[of_one] = message.id[0]
            made.add(message.id, tuple(map(sentence, forms)))
    return made


def write(folder: Path) -> Path:
    """A folder of translations as domain/languages.py reads it."""
    sentences = make.template()
    for made in (make.english(sentences), german(sentences), catalog(sentences)):
        path = folder / str(made.locale) / "LC_MESSAGES" / "messages.mo"
        path.parent.mkdir(parents=True)
        with path.open("wb") as file:
            write_mo(file, make.compiled(made, sentences))
    return folder


def german(sentences: Catalog) -> Catalog:
    """What it lacks while somebody works on it is English."""
    made = make.read(make.FOLDER / GERMAN / "LC_MESSAGES" / "messages.po")
    for message in sentences:
        found = made.get(message.id)
        if found is None or found.fuzzy or not all(found.string):
            made.add(message.id, message.id)
    return made


def read(folder: Path, code: str) -> Catalogue:
    with (folder / code / "LC_MESSAGES" / "messages.mo").open("rb") as file:
        return Catalogue(file)


def english(folder: Path) -> frozenset[str]:
    """The sentences themselves."""
    return frozenset(key if isinstance(key, str) else key[0] for key in read(folder, ENGLISH)._catalog if key)


def server(data_dir: Path, folder: Path) -> Server:
    command = (sys.executable, str(ROOT / "tests" / "pseudo_serve.py"), str(folder))
    return Server(data_dir, command=command, POSTERN_SITE_NAME="Northgate Hosting")
