"""What every page owes to its readers' eyes, ears and screens."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import Windows
from tests.e2e.looks import LONG_LOGIN, WALKS, axe, states, too_wide, twice
from tests.processes import Server

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("name", WALKS)
def test_no_page_in_any_state_shuts_somebody_out(server: Server, windows: Windows, name: str) -> None:
    """axe-core finds nothing at all, and nothing scrolls sideways. The dark theme changes colours alone."""
    page = windows.open()
    faults = []
    for state in states(name, page, server):
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 800})
            faults += [f"{state} at {width}: {fault}" for fault in axe(page)]
        page.emulate_media(color_scheme="dark")
        faults += [f"{state}, dark: {fault}" for fault in axe(page, ["color-contrast"])]
        page.emulate_media(color_scheme="light")
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
