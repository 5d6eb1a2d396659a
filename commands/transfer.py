"""import, export: people from CSV and into it."""

from __future__ import annotations

import io
import os
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TextIO

import click

import speech
from commands.terminal import Command, as_json, on_installation, option, tell, visit
from domain import transfer
from domain.errors import N_, NN_
from domain.transfer import Imported
from domain.transfer_csv import WrongLine, WrongLines
from models import Kind

BAR = 1_000  # steps of a bar at most, so that drawing it costs nothing
LONGEST = 300  # characters of what is said of a wrong line
COUNTED = {
    Kind.STAFF: NN_("%(count)s of the staff", "%(count)s of the staff", by="count"),
    Kind.RESELLER: NN_("%(count)s reseller", "%(count)s resellers", by="count"),
    Kind.CUSTOMER: NN_("%(count)s customer", "%(count)s customers", by="count"),
    Kind.INDIVIDUAL: NN_("%(count)s individual", "%(count)s individuals", by="count"),
}
MORE = NN_("… and %(more)s more wrong line", "… and %(more)s more wrong lines", by="more")


@click.command(
    "import", cls=Command, help=N_("Make users from a CSV file: all of them, or none where a line is wrong.")
)
@click.argument("file", metavar="FILE.csv", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@option("--dry-run", is_flag=True, help=N_("Check everything and say what would be imported; change nothing."))
@as_json
@on_installation
def import_people(file: Path, dry_run: bool, as_json: bool) -> None:
    step = _bar if sys.stderr.isatty() else transfer.untold
    try:
        with file.open("rb") as opened:
            done = transfer.import_people(opened, _printable(file.name), visit(), step, dry_run=dry_run)
    except WrongLines as wrong:
        _tell_wrong(wrong)
        raise
    except OSError as error:
        raise click.ClickException(f"{file}: {error.strerror}") from None
    tell(
        {"imported": 0 if dry_run else done.total, "dry_run": dry_run, "counts": done.counts},
        [_line(done)],
        as_json=as_json,
    )


def _line(done: Imported) -> str:
    kinds = (speech.gettext(COUNTED[Kind(kind)], count=count) for kind, count in done.counts.items() if count)
    said = N_("Nothing is wrong. It would import: %(people)s.") if done.dry_run else N_("Imported: %(people)s.")
    return speech.gettext(said, people=", ".join(kinds) or speech.gettext(N_("nobody")))


def _tell_wrong(wrong: WrongLines) -> None:
    for each in wrong.first:
        click.echo(_wrong_line(each), err=True)
    if more := wrong.count - len(wrong.first):
        click.echo(speech.gettext(MORE, more=more), err=True)


def _wrong_line(wrong: WrongLine) -> str:
    reason = speech.said(wrong.reason)
    shown = reason if len(reason) <= LONGEST else f"{reason[:LONGEST]}…"
    return speech.gettext(N_("line %(number)s: %(reason)s"), number=wrong.number, reason=_printable(shown))


def _printable(text: str) -> str:
    """What stands in a file may not steer the terminal."""
    return "".join(sign if sign.isprintable() else "�" for sign in text)


@contextmanager
def _bar(label: str, total: int) -> Iterator[Callable[[int], object]]:
    """On standard error, drawn a thousand times at most."""
    bar = click.progressbar(
        length=total, label=speech.gettext(label), file=sys.stderr, update_min_steps=max(1, total // BAR)
    )
    with bar as shown:
        yield shown.update


@click.command(cls=Command, help=N_("Write all users as CSV, to FILE or standard output, as import reads it."))
@click.argument("file", metavar="[FILE]", required=False, type=click.Path(dir_okay=False, path_type=Path))
@option(
    "--with-secrets",
    is_flag=True,
    help=N_("With password hashes and authenticator keys: whoever has the file can make their codes."),
)
@on_installation
def export(file: Path | None, with_secrets: bool) -> None:
    try:
        with _private(file) if file else nullcontext(_standard_output()) as out:
            count = transfer.export(out, with_secrets=with_secrets)
    except OSError as error:
        if file is None:
            raise
        raise click.ClickException(f"{file}: {error.strerror}") from None
    if file:
        click.echo(speech.gettext(EXPORTED, count=count, file=file), err=True)


EXPORTED = NN_("Wrote %(count)s user to %(file)s.", "Wrote %(count)s users to %(file)s.", by="count")


def _standard_output() -> TextIO:
    """In UTF-8, whatever the terminal's own encoding: import reads nothing else."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", newline="")
    return sys.stdout


@contextmanager
def _private(file: Path) -> Iterator[TextIO]:
    """Made anew, for its owner alone, and put in its place when whole: what stood there may be somebody else's."""
    if file.exists() and not file.is_file():  # a device
        with file.open("w", encoding="utf-8", newline="") as out:
            yield out
        return
    new = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    made = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(made, "w", encoding="utf-8", newline="") as out:
            yield out
        new.replace(file)
    finally:
        new.unlink(missing_ok=True)
