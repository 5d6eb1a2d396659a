"""The pages of roles in tests: rows as they are stored, and the boxes of a matrix."""

from __future__ import annotations

import json

from models import Event, Role
from tests.browser import Browser


def role(name: str) -> Role:
    found: Role = Role.get(Role.name == name)
    return found


def permits(name: str) -> set[str]:
    return set(json.loads(role(name).permissions))


def new_role(name: str, *permissions: str, kind: str = "self-care") -> Role:
    return Role.create(kind=kind, name=name, permissions=json.dumps(permissions))


def lacks(name: str, *permissions: str) -> None:
    """A role without these, whatever it had."""
    Role.update(permissions=json.dumps(sorted(permits(name) - set(permissions)))).where(Role.name == name).execute()


def boxes(browser: Browser, name: str) -> dict[str, bool]:
    """What may be ticked for a role, and whether it is."""
    found = browser.page.find_all("input", {"type": "checkbox", "name": f"permits-{role(name).id}"})
    return {str(box["value"]): box.has_attr("checked") for box in found if not box.has_attr("disabled")}


def shown(browser: Browser, name: str) -> set[str]:
    found = browser.page.find_all("input", {"type": "checkbox", "name": f"permits-{role(name).id}"})
    return {str(box["value"]) for box in found}


def save(browser: Browser, name: str, *ticked: str, kind: str = "self-care", **fields: str) -> Browser:
    """As the form would send it with these boxes ticked for one role, and all others as they stand."""
    form = browser.page.select_one(f"#roles-matrix-{kind} form")
    values = list(Browser._values(form).items(multi=True))
    box = f"permits-{role(name).id}"
    data = [(field, value) for field, value in values if field not in (box, *fields)]
    data += [(box, value) for value in ticked] + list(fields.items())
    return send(browser, data)


def send(browser: Browser, data: list[tuple[str, str]]) -> Browser:
    sent: dict[str, list[str]] = {}
    for field, value in data:
        sent.setdefault(field, []).append(value)
    return browser.post("/admin/roles/permissions", sent)  # type: ignore[arg-type]


def said(browser: Browser, kind: str = "self-care") -> str:
    return " ".join(browser.page.select_one(f"#roles-unsaved-{kind}").get_text(" ").split())


def page_of(name: str, tail: str = "") -> str:
    return f"/admin/roles/{role(name).id}{tail}"


def last_event(tag: str) -> tuple[str, str, dict[str, str]]:
    event = Event.select().where(Event.tag == tag).order_by(Event.id.desc()).get()
    return event.actor, event.subject, json.loads(event.details)
