"""The catalogues that come with the portal: complete, compiled, and each sentence punctuated as its English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO

import pytest
from babel.messages import Catalog
from babel.messages.mofile import write_mo

from domain.languages import ENGLISH, FOLDER, offered
from translations import make

CODES = sorted(path.parts[-3] for path in FOLDER.glob("*/LC_MESSAGES/messages.mo"))
WRITTEN = sorted(path.parts[-3] for path in FOLDER.glob("*/LC_MESSAGES/messages.po"))
CURE = "`make messages`, then commit what it changed"
SPOKEN = {"Aborted!"}  # of click; ours has no exclamation marks


@pytest.fixture(scope="module")
def sentences() -> Catalog:
    return make.template()


def pairs(code: str) -> Iterator[tuple[str, str]]:
    """Each English sentence with its translation, each of its forms by itself."""
    for message in make.read(FOLDER / code / "LC_MESSAGES" / "messages.po"):
        if isinstance(message.id, str) and message.id:
            yield message.id, message.string
        elif message.id:
            one, many = message.id
            yield from ((one if number == 0 else many, form) for number, form in enumerate(message.string))


@pytest.mark.parametrize("code", WRITTEN)
def test_every_catalogue_is_complete(code: str, sentences: Catalog) -> None:
    catalog = make.read(FOLDER / code / "LC_MESSAGES" / "messages.po")
    assert list(make.lacking(catalog, sentences)) == []
    assert not catalog.obsolete, f"{CURE}; or take out by hand what nobody says any more"


@pytest.mark.parametrize("code", CODES)
def test_the_compiled_file_is_what_would_be_made_now(code: str, sentences: Catalog) -> None:
    folder = FOLDER / code / "LC_MESSAGES"
    catalog = make.english(sentences) if code == ENGLISH else make.read(folder / "messages.po")
    made = BytesIO()
    write_mo(made, make.compiled(catalog, sentences))
    assert (folder / "messages.mo").read_bytes() == made.getvalue(), CURE


def test_every_language_of_the_repository_is_offered() -> None:
    assert set(offered()) == {code.replace("_", "-") for code in {ENGLISH, *WRITTEN}}


@pytest.mark.parametrize("code", WRITTEN)
def test_a_sentence_ends_as_its_english_does(code: str) -> None:
    for english, said_so in pairs(code):
        ends = [re.search(r"[.?!:;,…]*\s*$", text) for text in (english, said_so)]
        if english not in SPOKEN:
            assert ends[0] and ends[1] and ends[0][0] == ends[1][0], f"{english!r}: {said_so!r}"


@pytest.mark.parametrize("code", WRITTEN)
def test_no_sentence_has_straight_quotes_or_more_blanks_than_its_english(code: str) -> None:
    for english, said_so in pairs(code):
        for blanks in ("  ", " .", " ,", "\t", "\n"):
            assert said_so.count(blanks) <= english.count(blanks), f"{said_so!r}"
        assert (said_so == said_so.strip()) == (english == english.strip()), f"{said_so!r}"
        assert not set("\"'") & set(said_so), f"{said_so!r}"


@pytest.mark.parametrize("code", WRITTEN)
def test_what_is_marked_up_in_english_is_so_everywhere(code: str) -> None:
    for english, said_so in pairs(code):
        tags = [sorted(re.findall(r"<[^>]*>|&\w+;", text)) for text in (english, said_so)]
        assert tags[0] == tags[1], f"{said_so!r}"


def test_german_is_formal_and_quotes_as_german_does() -> None:
    for _, said_so in pairs("de"):
        assert not re.search(r"\b([Dd]u|[Dd]eine?[mnrs]?|[Dd]ich|[Dd]ir)\b", said_so), said_so
        assert said_so.count("„") == said_so.count("“") and not set("”«»") & set(said_so), said_so
