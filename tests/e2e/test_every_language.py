"""Every page in German, and in a pseudo language that is longer, mirrored and without an ASCII letter."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import pseudo
from tests.e2e.acts import reading
from tests.e2e.conftest import Windows
from tests.e2e.looks import WALKS, axe, cut_off, states, too_wide, twice
from tests.processes import Server, serving

pytestmark = pytest.mark.e2e
# What nobody translates: the cast, its addresses and agents, names of products, zones and languages, formats; columns
# of a new login, which the audit log shows as they are stored
DATA = re.compile(
    r"Northgate Hosting|k7m2p-9xq4d|\b(?:carls?|sam|olga|rita|ivy|w\d+-carl)\b|\b(?:Sam Stone|Rita Reyes|Ivy)\b|"
    r"carl@cole\.example|Carl Cole|Customers?\b|console:\w+|pytest|Headless|Chrome|Linux|\./postern [a-z]+ [\w ]+|"
    r"\b(?:UTC|IPv[46]|DD|MM|MON|MONTH|YYYY|YY|HH24|HH12|MI|SS|AM|PM|English|Deutsch|Atlantis|Full self-care|WWW+)\b|"
    r"\b(?:kind|name|email): [^·]+|\b(?:Billing only|Owner)\b|"
    r"\b[A-Z]\w+/[A-Z]\w+(?:/\w+)?\b|\b[0-9a-fA-F]*(?::+[0-9a-fA-F]+)+(?:::)?(?:/\d+)?"
)
READ = """() => {
    const seen = node => node.checkVisibility({ visibilityProperty: true }) || node.closest('select');
    const skipped = 'script, style, code, .mono, .codes, datalist, [name=class] option';
    const { zone, ...labels } = document.body.dataset, texts = [document.title, ...Object.values(labels)];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const parent = walker.currentNode.parentElement;
        if (!parent.closest(skipped) && seen(parent)) texts.push(walker.currentNode.data);
    }
    for (const name of ['aria-label', 'title', 'placeholder', 'alt', 'data-label', 'data-template', 'data-ahead',
                        'data-behind', 'data-same', 'data-show-label', 'data-hide-label', 'hx-confirm'])
        for (const node of document.querySelectorAll(`[${name}]`)) texts.push(node.getAttribute(name));
    return texts.map(text => text.replace(/\\s+/g, ' ').trim()).filter(Boolean) }"""


@pytest.fixture
def server(data_dir: Path, catalogues: Path) -> Iterator[Server]:
    server = pseudo.server(data_dir, catalogues)
    with serving(server):
        yield server


def latin(catalogues: Path) -> Callable[[str], bool]:
    return lambda text: bool(re.search("[A-Za-z]{2}", DATA.sub("", text)))


def english(catalogues: Path) -> Callable[[str], bool]:
    """A sentence that is another in German."""
    german = pseudo.read(catalogues, pseudo.GERMAN)
    differing = {sentence for sentence in pseudo.english(catalogues) if german.gettext(sentence) != sentence}
    return lambda text: text.removesuffix(" · Northgate Hosting") in differing


LANGUAGES = {
    pseudo.GERMAN: (english, "ltr", 390, "dark"),
    pseudo.CODE: (latin, "rtl", 1280, "light"),
}


@pytest.mark.manual("C83")
@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("name", WALKS)
def test_every_page_speaks_and_fits_the_language(
    server: Server, windows: Windows, catalogues: Path, name: str, code: str
) -> None:
    left_over, direction, width, scheme = LANGUAGES[code]
    untranslated = left_over(catalogues)
    page = windows.open(locale=code, scheme=scheme)
    faults = []
    with reading(pseudo.read(catalogues, code)):
        for state in states(name, page, server):
            found = [f"is not translated: {text}" for text in page.evaluate(READ) if untranslated(text)]
            html = page.evaluate("[document.documentElement.lang, document.documentElement.dir]")
            found += [f"is said to be {html}"] if html != [code, direction] else []
            found += twice(page) + too_wide(page) + cut_off(page)
            page.set_viewport_size({"width": width, "height": 800})
            faults += [f"{state} {fault}" for fault in found + axe(page)]
    assert not faults, "\n".join(faults)
