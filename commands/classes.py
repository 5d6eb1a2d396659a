"""class list|set."""

from __future__ import annotations

import click

from commands.terminal import as_json, columns, on_installation, tell, visit
from domain import classes
from models import AccountClass


@click.group("class")
def group() -> None:
    """Show and change classes: defaults that many people share."""


@group.command("list")
@as_json
@on_installation
def list_all(as_json: bool) -> None:
    """All classes with their two-step policy."""
    facts = [_facts(c) for c in AccountClass.select().order_by(AccountClass.name)]
    lines = [
        f"{f['name']}  two_factor={f['two_factor']} grace_days={f['grace_days']} idle_minutes={f['idle_minutes'] or ''}"
        for f in facts
    ]
    tell(facts, lines, as_json=as_json)


@group.command("set")
@click.argument("name")
@click.argument("words", metavar="COLUMN=VALUE …", nargs=-1, required=True)
@as_json
@on_installation
def change(name: str, words: tuple[str, ...], as_json: bool) -> None:
    """Change a class: two_factor (optional, required, off), grace_days, idle_minutes."""
    changed = classes.change(classes.by_name(name), columns(words), visit())
    lines = [f"{name} {column}: {old or '(none)'} → {new or '(none)'}" for column, (old, new) in changed.items()]
    tell({"name": name, "changed": changed}, lines or [f"{name}: already so"], as_json=as_json)


def _facts(c: AccountClass) -> dict[str, object]:
    return {"name": c.name, "two_factor": c.two_factor, "grace_days": c.grace_days, "idle_minutes": c.idle_minutes}
