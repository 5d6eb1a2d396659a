"""class list|set."""

from __future__ import annotations

import click

from commands.terminal import as_json, columns, on_installation, tell, visit
from domain import classes, trusted_ips
from models import AccountClass


@click.group("class")
def group() -> None:
    """Show and change classes: defaults that many people share."""


@group.command("list")
@as_json
@on_installation
def list_all(as_json: bool) -> None:
    """All classes with their policies."""
    facts = [_facts(c) for c in AccountClass.select().order_by(AccountClass.name)]
    lines = [_line(f) for f in facts]
    tell(facts, lines, as_json=as_json)


@group.command("set")
@click.argument("name")
@click.argument("words", metavar="COLUMN=VALUE …", nargs=-1, required=True)
@as_json
@on_installation
def change(name: str, words: tuple[str, ...], as_json: bool) -> None:
    """Change a class: two_factor (optional, required, off), grace_days, idle_minutes, provider_access (any, listed),
    provider_ips (addresses, each ended by ";")."""
    changed = classes.change(classes.by_name(name), columns(words), visit())
    lines = [f"{name} {column}: {old or '(none)'} → {new or '(none)'}" for column, (old, new) in changed.items()]
    tell({"name": name, "changed": changed}, lines or [f"{name}: already so"], as_json=as_json)


def _facts(c: AccountClass) -> dict[str, object]:
    provider = trusted_ips.read(trusted_ips.class_of(c))
    return {
        "name": c.name,
        "two_factor": c.two_factor,
        "grace_days": c.grace_days,
        "idle_minutes": c.idle_minutes,
        "provider_access": provider.access,
        "provider_ips": provider.texts,
    }


def _line(facts: dict[str, object]) -> str:
    values = {**facts, "idle_minutes": facts["idle_minutes"] or "", "provider_ips": "; ".join(facts["provider_ips"])}
    return f"{facts['name']}  " + " ".join(f"{name}={value}" for name, value in values.items() if name != "name")
