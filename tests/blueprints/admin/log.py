"""The audit log in tests: people, what happens to them, and how it is read."""

from __future__ import annotations

import csv
import io

from domain import audit, users
from domain.audit import Tag
from models import Event, Kind
from tests.browser import Browser
from tests.cast import Cast


def enter_people() -> None:
    """rita has carla, and carla ida; carl and ivy are nobody's but the provider's. Nothing has happened."""
    at = Cast.visit("olga")
    users.create("carla", at, parent="rita")
    users.create("ida", at, kind=Kind.INDIVIDUAL, parent="carla")
    Event.delete().execute()


def note(login: str, tag: Tag = Tag.CONFIRMED, actor: str = "", **details: object) -> None:
    """An event about somebody, by himself unless told otherwise."""
    audit.record(tag, Cast.visit(actor or login, "203.0.113.9"), users.find(login), details=details)


def entries(browser: Browser) -> list[dict[str, str]]:
    """The rows as they are read, newest first."""
    return [
        {
            str(cell.get("data-label") or "Event"): " ".join(cell.get_text(" ").split())
            for cell in row.find_all(["td", "th"])
        }
        for row in browser.page.select("#events-table tbody tr:not(.day)")
    ]


def subjects(browser: Browser) -> list[str]:
    return [entry["Account"] for entry in entries(browser)]


def exported(browser: Browser, query: str = "") -> list[dict[str, str]]:
    browser.get(f"/admin/events.csv{query}")
    assert browser.status == 200
    return list(csv.DictReader(io.StringIO(browser.text, newline="")))
