"""Languages: which one a browser gets, and which are offered at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from babel.messages import Catalog
from babel.messages.pofile import write_po

from domain import languages
from domain.errors import NN_
from domain.languages import find, negotiate, offered
from translations import make

# --- What the browser asks for ----------------------------------------------------------------------------------------


@pytest.mark.manual("C83")
@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("de", "de"),
        ("DE", "de"),
        ("de-AT", "de"),
        ("de-at,en;q=0.5", "de"),
        ("de-DE-1996", "de"),
        ("en-US,en;q=0.9,de;q=0.8", "en"),
        ("en;q=0.8,de;q=0.9", "de"),
        ("en;q=0.8 , de ; q=0.9", "de"),
        ("en;q=0.8,de;Q=0.9", "de"),
        ("fr-CH,fr;q=0.9,de;q=0.7,en;q=0.5,*;q=0.1", "de"),
        ("de,en", "de"),
        ("en,de", "en"),
        ("de;q=0.001,fr", "de"),
        ("de;q=1.000,en", "de"),
        ("\tde\t", "de"),
    ],
)
def test_the_best_of_what_a_browser_asks_for_is_spoken(header: str, code: str) -> None:
    assert negotiate(header).code == code


@pytest.mark.parametrize(
    "header",
    [
        "",
        "fr,it;q=0.5",
        "*",
        "*;q=0.5",
        "de;q=0",
        "de;q=0.000",
        "de;q=2",
        "de;q=-1",
        "de;q=nan",
        "de;q=1e-9",
        "de;q=0.12345",
        "de;level=1",
        "deutsch",
        "german-DE",
        "d",
        "-de",
        "de-",
        "de--AT",
        "de-abcdefghi",
        "ｄｅ",
        "../de",
        "de/../../etc",
        "de\0",
        ",,,;;;===",
        ";q=1",
        "x-sentences",
        "%(de)s",
    ],
)
def test_who_asks_for_no_language_of_ours_gets_english(header: str) -> None:
    assert negotiate(header).code == "en"


def test_garbage_beside_a_language_does_not_hide_it() -> None:
    assert negotiate("???,,;q=,en;q=x,de;q=0.1,\xff").code == "de"


@pytest.mark.parametrize("code", ["de", "DE", "de-AT", "de_AT", "de_DE_1996", "De-Latn"])
def test_a_language_is_found_in_any_writing_and_for_any_region(code: str) -> None:
    found = find(code)
    assert found is not None and found.code == "de"


@pytest.mark.parametrize("code", ["", " ", "-", "_AT", "deu", "d", "fr", "de.UTF-8", "*", "C", "x" * 10_000, "de\n"])
def test_what_is_no_language_of_ours_is_not_found(code: str) -> None:
    assert find(code) is None


# --- What is offered --------------------------------------------------------------------------------------------------

SOURCE = """
N_("Save")
N_("Hello %(name)s, you are in %(place)s.")
NN_("One attempt left", "%(left)s attempts left", by="left")
"""
COUNTED = NN_("One attempt left", "%(left)s attempts left", by="left")
HELLO = "Hello %(name)s, you are in %(place)s."
GERMAN = {"Save": "Speichern", HELLO: "Guten Tag %(name)s in %(place)s."}
GERMAN_COUNTED = ("Noch ein Versuch", "Noch %(left)s Versuche")
Mend = Callable[[Catalog], None]


def forget() -> None:
    for kept in (offered, languages._by_tag, negotiate):
        kept.cache_clear()


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of translations of a portal that says three sentences, with its English."""
    (tmp_path / "app.py").write_text(SOURCE)
    folder = tmp_path / "translations"
    for module in (make, languages):
        monkeypatch.setattr(module, "FOLDER", folder)
    monkeypatch.setattr(make, "ROOT", tmp_path)
    forget()
    assert make.main() == 0
    yield folder
    forget()


def translate(folder: Path, code: str, *mends: Mend) -> int:
    """As a translator does: `make messages NEW=`, fill the file, `make messages`; the latter's exit code."""
    assert make.main(code) == 0
    path = folder / code / "LC_MESSAGES" / "messages.po"
    catalog = make.read(path)
    for message in catalog:
        if message.id:
            message.string = GERMAN.get(message.id) or (GERMAN_COUNTED * 3)[: catalog.num_plurals]
    with path.open("wb") as file:
        write_po(file, catalog)
    return correct(path, *mends)


def correct(path: Path, *mends: Mend) -> int:
    catalog = make.read(path)
    for mend in mends:
        mend(catalog)
    with path.open("wb") as file:
        write_po(file, catalog)
    forget()
    return make.main()


def said(sentence: str | tuple[str, str], string: str | tuple[str, ...]) -> Mend:
    def mend(catalog: Catalog) -> None:
        catalog[sentence].string = string

    return mend


def mark_fuzzy(catalog: Catalog) -> None:
    catalog["Save"].flags.add("fuzzy")


def test_a_complete_language_is_offered(small: Path) -> None:
    assert list(offered()) == ["en"]
    assert translate(small, "de") == 0
    assert {code: language.name for code, language in offered().items()} == {"de": "Deutsch", "en": "English"}
    assert offered()["de"].gettext(HELLO, name="Carl", place="Rom") == "Guten Tag Carl in Rom."


@pytest.mark.parametrize(
    ("mend", "why"),
    [
        (said("Save", ""), "missing: Save"),
        (said((COUNTED.one, COUNTED), ("Noch ein Versuch", "")), "missing: %(left)s attempts left"),
        (mark_fuzzy, "fuzzy: Save"),
        (said(HELLO, "Guten Tag %(name)s."), "placeholders differ: Guten Tag %(name)s."),
        (said(HELLO, "Guten Tag %(name)s in %(ort)s."), "placeholders differ: Guten Tag %(name)s in %(ort)s."),
        (said(HELLO, "Guten Tag %(name)s in %(place)."), "placeholders differ: Guten Tag %(name)s in %(place)."),
        (said("Save", "Speichern %(name)s"), "placeholders differ: Speichern %(name)s"),
        (said((COUNTED.one, COUNTED), ("Noch ein Versuch", "Noch %(n)s")), "placeholders differ: Noch %(n)s"),
    ],
)
def test_an_incomplete_language_is_not_offered_and_why_is_told(
    mend: Mend, why: str, small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert translate(small, "de", mend) == 1
    assert f"de: 2 of 3 sentences\n  {why}\n" in capsys.readouterr().out
    assert list(offered()) == ["en"]
    assert not (small / "de" / "LC_MESSAGES" / "messages.mo").exists()
    assert negotiate("de").code == "en"


def test_the_catalogue_of_another_version_is_not_offered(small: Path) -> None:
    translate(small, "de")
    compiled = small / "de" / "LC_MESSAGES" / "messages.mo"
    of_before = compiled.read_bytes()
    for source in (SOURCE + 'N_("Log out")', SOURCE.replace("Save", "Store")):
        (small.parent / "app.py").write_text(source)
        assert make.main() == 1
        compiled.write_bytes(of_before)
        forget()
        assert list(offered()) == ["en"]


@pytest.mark.parametrize("code", ["klingon", "../de", "xx", "de-XX"])
def test_a_language_that_nobody_knows_is_not_begun(code: str, small: Path) -> None:
    assert make.main(code) == 1
    assert [path.name for path in small.iterdir()] == ["en"]


def test_what_a_language_has_too_much_does_no_harm(small: Path) -> None:
    translate(small, "de")
    (small.parent / "app.py").write_text(SOURCE.replace('N_("Save")', ""))
    assert make.main() == 0
    forget()
    assert offered()["de"].gettext("Save") == "Save"


def test_a_language_of_one_country_speaks_to_its_neighbours_too(small: Path) -> None:
    translate(small, "de")
    assert translate(small, "pt_BR") == 0
    assert [negotiate(header).code for header in ("pt", "pt-PT", "PT-br", "pt-BR;q=0.1,de;q=0")] == ["pt-BR"] * 4
    assert offered()["pt-BR"].number(1234) == "1.234"


def test_a_language_with_three_plurals_uses_each_where_it_belongs(small: Path) -> None:
    forms = ("Jedna próba", "%(left)s próby", "%(left)s prób")
    assert translate(small, "pl", said((COUNTED.one, COUNTED), forms)) == 0
    polish = offered()["pl"]
    expected = {1: "Jedna próba", 2: "2 próby", 4: "4 próby", 5: "5 prób", 12: "12 prób", 22: "22 próby", 0: "0 prób"}
    assert {left: polish.gettext(COUNTED, left=left) for left in expected} == expected
    assert polish.number(1_234_567) == "1\u00a0234\u00a0567"
    assert polish.long_date(date(2026, 3, 1)) == "niedziela, 1 marca 2026"


def test_a_language_with_six_plurals_lacks_none_of_them(small: Path) -> None:
    assert translate(small, "ar", said((COUNTED.one, COUNTED), ("%(left)s",) * 5 + ("",))) == 1
    assert list(offered()) == ["en"]
    assert correct(small / "ar" / "LC_MESSAGES" / "messages.po", said((COUNTED.one, COUNTED), ("%(left)s",) * 6)) == 0
    assert (offered()["ar"].direction, offered()["en"].direction) == ("rtl", "ltr")


def test_a_language_from_right_to_left_leaves_texts_their_own_direction(small: Path) -> None:
    assert translate(small, "ar") == 0
    said_so = offered()["ar"].gettext(HELLO, name="Carl", place="Rom")
    assert said_so == "Guten Tag \u2068Carl\u2069 in \u2068Rom\u2069."
    assert offered()["ar"].gettext(COUNTED, left=3) == "Noch 3 Versuche"


# --- Numbers and days -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "number", "said_so"),
    [
        ("en", 0, "0"),
        ("en", 999, "999"),
        ("en", 1_000, "1,000"),
        ("en", -1_234_567, "-1,234,567"),
        ("de", 999, "999"),
        ("de", 1_234_567, "1.234.567"),
    ],
)
def test_numbers_have_the_separators_of_the_language(code: str, number: int, said_so: str) -> None:
    assert offered()[code].number(number) == said_so


def test_a_day_is_said_in_full_as_the_language_has_it() -> None:
    day = date(2027, 3, 5)
    assert [offered()[code].long_date(day) for code in ("en", "de")] == [
        "Friday, 5 March 2027",
        "Freitag, 5. März 2027",
    ]
