"""demo: a filled sample provider, to look around in."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import click

import config
import installation
import speech
from commands import site
from commands.terminal import Command, refusals, visit
from config import Config
from domain import classes, hashing, languages, password_rules, sample, sample_history, transfer
from domain.errors import N_
from domain.sample import Row
from domain.transfer_csv import COLUMNS
from domain.visit import utcnow
from logs import configure
from models import Role, RoleKind, database

SEED = 1
PEOPLE = 250
SITE_NAME = "Northgate Hosting"
OWNER = "owner"


class Shown(NamedTuple):
    """A log-in that is printed: what it shows, and its columns."""

    what: str
    row: Row


LOGINS = {
    "rita": Shown(N_("reseller"), {"name": "Rita Reyes Telecom", "email": "rita@rita.example", "kind": "reseller"}),
    "carl": Shown(
        N_("customer of the reseller"), {"name": "Carl Cole", "email": "carl@carl.example", "parent": "rita"}
    ),
    "vera": Shown(
        N_("customer, locked out: only 203.0.113.0/24 is allowed"),
        {"name": "Vera Vidal", "email": "vera@vera.example", "access": "listed", "trusted_ips": "203.0.113.0/24"},
    ),
    "bruno": Shown(
        N_("customer, sessions bound to their address"),
        {"name": "Bruno Bakke", "email": "bruno@bruno.example", "bind_session": "yes"},
    ),
    "tove": Shown(
        N_("customer, two-step on; the key for an app is %(key)s"),
        {"name": "Tove Strand", "email": "tove@tove.example"},
    ),
    "sven": Shown(N_("customer, suspended"), {"name": "Sven Lærum", "active": "no"}),
    "ivy": Shown(N_("individual of carl"), {"name": "Ivy Cole", "kind": "individual", "parent": "carl"}),
}


@click.command(
    cls=Command, help=N_("Serve a sample provider with 250 people, from a database of its own, and print its log-ins.")
)
@refusals
def demo() -> None:
    with tempfile.TemporaryDirectory(prefix="postern-demo-") as folder:
        password, key = password_rules.generate(), sample.new_key()
        settings = _apart(config.load(), Path(folder), password)
        configure(settings.log_format)
        installation.prepare(settings, visit())
        with _opened(settings):
            _fill(hashing.hash_password(password), key)
        click.echo("\n".join(_log_ins(password, key, folder)))
        site.run(settings)


def _apart(settings: Config, folder: Path, password: str) -> Config:
    """Where it listens is the environment's; the database, its keys and its Owner never are."""
    return replace(
        settings,
        data_dir=folder,
        database=folder / "postern.db",
        secret_key=None,
        encryption_key=None,
        owner_login=OWNER,
        owner_password=password,
        site_name=SITE_NAME,
    )


@contextmanager
def _opened(settings: Config) -> Iterator[None]:
    """None may be open when the server forks."""
    installation.open_prepared(settings)
    try:
        with database.connection_context():
            yield
    finally:
        database.close_all()


def _fill(password_hash: str, key: str) -> None:
    """By the import, as anybody's people come."""
    now = utcnow()
    for name, description, permissions in sample.ROLES:
        Role.create(kind=RoleKind.SELF_CARE, name=name, description=description, permissions=json.dumps(permissions))
    for name, columns in sample.CLASSES.items():
        classes.change(classes.create(name, visit()), columns, visit())
    shown = [{"login": login, "password_hash": password_hash, **row} for login, (_, row) in LOGINS.items()]
    next(row for row in shown if row["login"] == "tove")["totp_secret"] = key
    spoken = languages.offered()
    others = sample.people(PEOPLE - len(shown) - 1, SEED, now, password_hash, sample.GIVEN, tuple(sample.CLASSES))
    written = io.StringIO()
    table = csv.DictWriter(written, COLUMNS)
    table.writeheader()
    table.writerows(
        [*shown, *(row if row.get("language", "en") in spoken else {**row, "language": ""} for row in others)]
    )
    transfer.import_people(io.BytesIO(written.getvalue().encode()), "demo", visit(), transfer.untold, dry_run=False)
    sample_history.add(SEED, now)


def _log_ins(password: str, key: str, folder: str) -> list[str]:
    """A table: everybody has the same password, so whoever looks on as staff can log in as anyone of them."""
    people = {
        OWNER: N_("Owner; two-step is required of staff, and Later puts it off for 7 days"),
        "sam": N_("staff; the same holds for him"),
        **{login: shown.what for login, shown in LOGINS.items()},
    }
    lines = [speech.gettext(N_("The demo: %(site)s, made anew at each start, gone when it ends."), site=SITE_NAME)]
    lines.append(speech.gettext(N_("Everybody's password: %(password)s"), password=password))
    reach = N_("Commands in another terminal reach it with POSTERN_DATA_DIR=%(folder)s in front of them.")
    lines.append(speech.gettext(reach, folder=folder))
    lines += [f"  {login:<6} {speech.gettext(what, key=key)}" for login, what in people.items()]
    return lines
