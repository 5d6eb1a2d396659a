"""`make messages`: extracts the sentences and updates each messages.po. `make messages NEW=pl` begins a language.

It compiles each that is complete and prints what the others lack: those are not offered (domain/languages.py).
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel import Locale, localedata
from babel.messages import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from domain.languages import CLDR, ENGLISH, FINGERPRINT, FOLDER
from translations.cldr import facts

ROOT = FOLDER.parent
SOURCES = ("*.py", "blueprints/**/*.py", "commands/**/*.py", "domain/**/*.py", "templates/**/*.*")
KEYWORDS = {"_": None, "N_": None, "NN_": (1, 2), "gettext": None, "ngettext": (1, 2)}
BEGAN = datetime(2026, 11, 21, tzinfo=UTC)  # of catalogues that carry no date of their own
PLACEHOLDER = re.compile(r"%\((\w+)\)s|{(\w*)(?:!r)?}")


def template() -> Catalog:
    """Every sentence of the sources, with the files it stands in."""
    catalog = Catalog(project="Postern", charset="utf-8")
    for path in sorted(path for pattern in SOURCES for path in ROOT.glob(pattern)):
        method = "python" if path.suffix == ".py" else "jinja2"
        for line, sentence, comments, context in extract_from_file(method, path, KEYWORDS, strip_comment_tags=True):
            place = (str(path.relative_to(ROOT)), line)
            catalog.add(sentence, None, [place], auto_comments=comments, context=context)
    return catalog


def lacking(catalog: Catalog, sentences: Catalog) -> Iterator[str]:
    """Why the catalogue is not complete: a line for each sentence that is missing, fuzzy, or lost a placeholder."""
    for wanted in sentences:
        if not wanted.id:
            continue
        found = catalog.get(wanted.id)
        english = wanted.id if isinstance(wanted.id, str) else wanted.id[1]
        if found is None or not all(_forms(found.string)):
            yield f"missing: {english}"
        elif found.fuzzy:
            yield f"fuzzy: {english}"
        else:
            yield from (f"placeholders differ: {form}" for form in _forms(found.string) if _differs(wanted, form))


def _forms(texts: str | tuple[str, ...] | None) -> tuple[str, ...]:
    return (texts or "",) if isinstance(texts, str | None) else tuple(texts)


def _differs(wanted: Message, form: str) -> bool:
    """The singular may do without the number: One attempt left."""
    english = [set(PLACEHOLDER.findall(text)) for text in _forms(wanted.id)]
    return set(PLACEHOLDER.findall(form)) not in english


def fingerprint(sentences: Catalog) -> str:
    ids = sorted(str(message.id) for message in sentences if message.id)
    return hashlib.sha256("\n".join(ids).encode()).hexdigest()[:16]


def compiled(catalog: Catalog, sentences: Catalog) -> Catalog:
    """What goes into the .mo file: no dates or names, so that the same sentences give the same file."""
    made = Catalog(locale=catalog.locale, project="Postern", creation_date=BEGAN, revision_date=BEGAN, fuzzy=False)
    for wanted in sentences:
        if wanted.id:
            made.add(wanted.id, catalog[wanted.id].string)
    made.add(FINGERPRINT, fingerprint(sentences))
    made.add(CLDR, json.dumps(facts(str(catalog.locale)), ensure_ascii=False, separators=(",", ":")))
    return made


def english(sentences: Catalog) -> Catalog:
    catalog = Catalog(locale=ENGLISH, creation_date=BEGAN)
    for message in sentences:
        if message.id:
            catalog.add(message.id, message.id)
    return catalog


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=Locale.parse(path.parts[-3]))


def _begun(code: str) -> Catalog:
    locale = Locale.parse(code)
    comment = f"# {locale.english_name} sentences of Postern. How to work on them: docs/translating.md"
    words = {"project": "Postern", "version": "0.1", "msgid_bugs_address": "the issues of the project"}
    team = {"last_translator": "The Postern team", "language_team": locale.english_name, "header_comment": comment}
    return Catalog(locale=locale, creation_date=BEGAN, revision_date=BEGAN, fuzzy=False, **words, **team)


def main(new: str = "") -> int:
    """1 where a language that was begun before is not complete."""
    sentences = template()
    _compile(english(sentences), ENGLISH, sentences)
    places = {path.parts[-3]: path for path in sorted(FOLDER.glob("*/LC_MESSAGES/messages.po"))}
    incomplete = [code for code, path in places.items() if not _update(code, path, sentences)]
    if new:
        code = new.replace("-", "_")
        if code not in localedata.locale_identifiers():
            print(f"{new} is not a language of CLDR. Write it as pl, or pt_BR for the language of one country.")
            return 1
        if code not in places:
            _update(code, FOLDER / code / "LC_MESSAGES" / "messages.po", sentences)
    return 1 if incomplete else 0


def _update(code: str, path: Path, sentences: Catalog) -> bool:
    catalog = read(path) if path.exists() else _begun(code)
    catalog.update(sentences, update_creation_date=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalog, include_lineno=False, width=120, sort_by_file=True)
    _compile(catalog, code, sentences)
    lacks = list(lacking(catalog, sentences))
    print(f"{code}: {len(sentences) - len(lacks)} of {len(sentences)} sentences", *lacks, sep="\n  ")
    return not lacks


def _compile(catalog: Catalog, code: str, sentences: Catalog) -> None:
    """Of one that is not complete there is none, not even an older one."""
    path = FOLDER / code / "LC_MESSAGES" / "messages.mo"
    if any(lacking(catalog, sentences)):
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_suffix(".half")  # a server that starts meanwhile reads the old one or the new one
    with half.open("wb") as file:
        write_mo(file, compiled(catalog, sentences))
    half.replace(path)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
