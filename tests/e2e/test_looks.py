"""What every page owes to its readers' eyes, ears and screens."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from models import User
from tests.e2e import walk
from tests.e2e.conftest import Windows
from tests.processes import Server, inside

pytestmark = pytest.mark.e2e
AXE = (Path(__file__).parent.parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
WALKS = ("strangers", "enrolment", "security", "addresses", "refused")
# 64 and 120 characters, in words and without a place to break
LONG_LOGIN = "maximiliane.von-und-zu-hohenstaufen@customer-care.example.gmbh.x"
LONG_NAME = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft " + "W" * 38


def states(name: str, page: Page, server: Server, login: str = "carl") -> Iterator[str]:
    """The walk of carl, under another login where one is given."""
    with inside(server.data_dir) as cast:
        phone = (cast.enrol("carl"),) if name == "strangers" else ()
        if login != "carl":
            User.update(login=login, name=LONG_NAME).where(User.login == "carl").execute()
    return getattr(walk, name)(page, server, login, *phone)


def axe(page: Page, rules: list[str] | None = None) -> list[str]:
    """What it finds on the page as it is."""
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(AXE)  # as a <script> the policy of the page would refuse it, and rightly
    only = {"runOnly": {"type": "rule", "values": rules}} if rules else {}
    options = {"resultTypes": ["violations"], **only}
    found = page.evaluate("options => axe.run(document, options).then(result => result.violations)", options)
    return [
        f"{rule['impact']} {rule['id']}: {node['html'][:160]} {node.get('failureSummary', '')}"
        for rule in found
        for node in rule["nodes"]
    ]


def twice(page: Page) -> list[str]:
    """Ids that stand twice, as after a swap in the wrong place: labels and the focus go astray."""
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(node => node.id)")
    return [f"has the id {name} twice" for name in sorted({name for name in ids if ids.count(name) > 1})]


def too_wide(page: Page) -> list[str]:
    """Whatever needs scrolling sideways: the page, an open dialog or menu."""
    found = []
    for width in (1280, 390, 320):
        page.set_viewport_size({"width": width, "height": 800})
        parts = page.evaluate(
            """() => [document.documentElement, ...document.querySelectorAll('dialog[open], :popover-open')]
            .filter(node => node.scrollWidth > node.clientWidth + 1)
            .flatMap(node => [...node.querySelectorAll('*')]
                .filter(part => part.getBoundingClientRect().right > node.getBoundingClientRect().right + 1)
                .map(part => part.outerHTML.slice(0, 120)))"""
        )
        found += [f"is wider than {width}: {part}" for part in parts]
    page.set_viewport_size({"width": 1280, "height": 800})
    return found


@pytest.mark.parametrize("name", WALKS)
def test_no_page_in_any_state_shuts_somebody_out(server: Server, windows: Windows, name: str) -> None:
    """axe-core finds nothing at all, and nothing scrolls sideways. The dark theme changes colours alone."""
    page = windows.open()
    faults = []
    for state in states(name, page, server):
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 800})
            found = axe(page)
            page.emulate_media(color_scheme="dark")
            found += [f"dark: {fault}" for fault in axe(page, ["color-contrast"])]
            page.emulate_media(color_scheme="light")
            faults += [f"{state} at {width}: {fault}" for fault in found]
        faults += [f"{state} {fault}" for fault in twice(page) + too_wide(page)]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("name", WALKS)
def test_long_names_do_not_break_the_pages(server: Server, windows: Windows, name: str) -> None:
    page = windows.open()
    faults = [f"{state} {fault}" for state in states(name, page, server, LONG_LOGIN) for fault in too_wide(page)]
    assert not faults, "\n".join(faults)


def test_recovery_codes_are_printed_and_nothing_else(server: Server, windows: Windows) -> None:
    page = windows.open()
    for state in states("security", page, server):
        if state == "recovery codes":
            break
    codes = page.locator("#recovery-codes li").all_inner_texts()
    page.emulate_media(media="print", color_scheme="dark")
    seen = page.locator("body").inner_text().split()
    heading_and_facts = "Save your recovery codes Northgate Hosting, login carl. Made"
    assert " ".join(seen).startswith(heading_and_facts)
    assert " ".join(seen).endswith(f"Cross out the ones you use. {' '.join(codes)}")
    assert (
        page.locator("#recovery-codes li").first.evaluate("node => getComputedStyle(node).color")
        != "rgb(255, 255, 255)"
    )
