"""class list|set."""

from __future__ import annotations

import click

from commands.terminal import Group, as_json, columns, on_installation, tell, tell_columns, visit
from domain import classes, preferences, trusted_ips
from domain.errors import N_
from models import AccountClass


@click.group("class", cls=Group, help=N_("Show and change classes: defaults that many people share."))
def group() -> None:
    pass


@group.command("list", help=N_("All classes with their policies."))
@as_json
@on_installation
def list_all(as_json: bool) -> None:
    facts = [_facts(c) for c in AccountClass.select().order_by(AccountClass.name)]
    lines = [_line(f) for f in facts]
    tell(facts, lines, as_json=as_json)


@group.command(
    "set",
    help=N_(
        "Change a class: two_factor (optional, required, off), grace_days, idle_minutes, "
        'provider_access (any, listed), provider_ips (addresses, each ended by ";"), '
        "language, time_zone, output_format, input_format."
    ),
)
@click.argument("name")
@click.argument("words", metavar="COLUMN=VALUE …", nargs=-1, required=True)
@as_json
@on_installation
def change(name: str, words: tuple[str, ...], as_json: bool) -> None:
    changed = classes.change(classes.by_name(name), columns(words), visit())
    tell_columns(name, changed, as_json=as_json, facts={"name": name, "changed": changed})


def _facts(c: AccountClass) -> dict[str, object]:
    provider = trusted_ips.read(trusted_ips.class_of(c))
    return {
        "name": c.name,
        "two_factor": c.two_factor,
        "grace_days": c.grace_days,
        "idle_minutes": c.idle_minutes,
        "provider_access": provider.access,
        "provider_ips": provider.texts,
        **preferences.of(c)._asdict(),
    }


def _line(facts: dict[str, object]) -> str:
    values = {**facts, "provider_ips": "; ".join(facts["provider_ips"])}
    written = {name: "" if value is None else value for name, value in values.items() if name != "name"}
    return f"{facts['name']}  " + " ".join(f"{name}={value}" for name, value in written.items())
