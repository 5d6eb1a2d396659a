"""What is looked at on every page: nobody is shut out, nothing is cut off."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page

from models import User
from tests.e2e import walk, walk_classes, walk_individuals, walk_person, walk_provider, walk_roles
from tests.processes import Server, inside

AXE = (Path(__file__).parent.parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
WALKS = {
    **{name: getattr(walk, name) for name in ("strangers", "enrolment", "security", "addresses", "profile", "refused")},
    **{name: getattr(walk_provider, name) for name in ("people", "newcomer", "visit", "log")},
    "person": walk_person.person,
    **{name: getattr(walk_roles, name) for name in ("matrix", "roles")},
    **{name: getattr(walk_classes, name) for name in ("classes", "policy", "class_ips")},
    **{name: getattr(walk_individuals, name) for name in ("individuals", "of_customer")},
}
ENROLLED = ("strangers", "people", "person")
# 64 and 120 characters, in words and without a place to break
LONG_LOGIN = "maximiliane.von-und-zu-hohenstaufen@customer-care.example.gmbh.x"
LONG_NAME = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft " + "W" * 38


def states(name: str, page: Page, server: Server, login: str = "carl") -> Iterator[str]:
    """The walk of carl, or to him, under another login where one is given."""
    with inside(server.data_dir) as cast:
        phone = (cast.enrol("carl"),) if name in ENROLLED else ()
        if login != "carl":
            User.update(login=login, name=LONG_NAME).where(User.login == "carl").execute()
    return WALKS[name](page, server, login, *phone)


def axe(page: Page, rules: list[str] | None = None) -> list[str]:
    """What it finds on the page as it is."""
    page.wait_for_load_state()
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


# The innermost parts that stick out of the page, an open dialog or a menu, on whichever side
STICKING_OUT = """() => [document.documentElement, ...document.querySelectorAll('dialog[open], :popover-open')]
    .filter(node => node.scrollWidth > node.clientWidth + 1)
    .flatMap(node => {
        const { left, right } = node.getBoundingClientRect();
        const sticksOut = box => box.right > right + 1 || box.left < left - 1;
        const out = [...node.querySelectorAll('*')].filter(part => part.checkVisibility()
            && !part.closest('.tabs, .sr') && sticksOut(part.getBoundingClientRect()));
        const inner = out.filter(part => !out.some(other => other !== part && part.contains(other)));
        return (inner.length ? inner : [node]).map(part => part.outerHTML.replace(/\\s+/g, ' ').slice(0, 120)) })"""
# Texts that are wider than what they stand in
CUT_OFF = """() => [...document.body.querySelectorAll('*')].filter(node => node.checkVisibility()
    && !node.closest('.sr, svg, .tabs, textarea') && node.clientWidth > 1
    && [...node.childNodes].some(child => child.nodeType === 3 && child.data.trim())
    && node.scrollWidth > node.clientWidth + 1).map(node => node.outerHTML.replace(/\\s+/g, ' ').slice(0, 120))"""


def too_wide(page: Page) -> list[str]:
    """Whatever needs scrolling sideways."""
    return _at_widths(page, STICKING_OUT, "is too wide for")


def cut_off(page: Page) -> list[str]:
    return _at_widths(page, CUT_OFF, "is cut off at")


def _at_widths(page: Page, look: str, says: str) -> list[str]:
    found = []
    page.wait_for_load_state()  # its heading may be there before its stylesheets are
    for width in (1280, 390, 320):
        page.set_viewport_size({"width": width, "height": 800})
        found += [f"{says} {width}: {part}" for part in page.evaluate(look)]
    page.set_viewport_size({"width": 1280, "height": 800})
    return found
