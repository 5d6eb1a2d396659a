"""What all commands share: opening the installation, the actor of events, refusals and facts in print."""

from __future__ import annotations

import functools
import getpass
import json
import os
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click
import peewee

import config
import installation
import speech
from domain.errors import Refusal
from domain.users import find
from domain.visit import Visit, utcnow
from models import User, database

try:
    import pwd
except ImportError:  # Windows
    pwd = None  # type: ignore[assignment]

Command = TypeVar("Command", bound=Callable[..., Any])
as_json = click.option("--json", "as_json", is_flag=True, help="Print facts as JSON.")


def visit() -> Visit:
    """Whoever sits at the terminal, by his name in the operating system."""
    return Visit(actor=f"console:{_os_user()}", address="console", user_agent=speech.TERMINAL, now=utcnow())


def _os_user() -> str:
    """From the process, not from LOGNAME, which anybody can set."""
    if pwd is None:
        return getpass.getuser()
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def refusals(command: Command) -> Command:
    """Says what was refused in one line and exits with 1; never a traceback."""

    @functools.wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except Refusal as refusal:
            said = speech.said(refusal)
        except (config.ConfigError, installation.NotReady) as error:
            said = str(error)
        except peewee.OperationalError as error:
            said = f"The database refuses: {error}. Nothing was changed."
        raise click.ClickException(said)

    return wrapped  # type: ignore[return-value]


def on_installation(command: Command) -> Command:
    """Opens the prepared installation around the command."""

    @refusals
    @functools.wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        installation.open_prepared(config.load())
        with database.connection_context():
            return command(*args, **kwargs)

    return wrapped


def on_user(command: Command) -> Command:
    """The argument LOGIN (also an id or an e-mail address) as a user."""

    @click.argument("who", metavar="LOGIN")
    @on_installation
    @functools.wraps(command)
    def wrapped(who: str, *args: Any, **kwargs: Any) -> Any:
        return command(find(who), *args, **kwargs)

    return wrapped


def columns(words: tuple[str, ...]) -> dict[str, str]:
    """COLUMN=VALUE … as typed."""
    for word in words:
        if "=" not in word:
            raise click.UsageError(f"{word}: write COLUMN=VALUE")
    return dict(word.split("=", 1) for word in words)


def tell(facts: Mapping[str, object] | list[dict[str, object]], lines: list[str], *, as_json: bool) -> None:
    """Facts as JSON, or as sentences."""
    click.echo(json.dumps(facts, default=str, indent=2) if as_json else "\n".join(lines))


def tell_change(user: User, verb: str, before: object, after: object, *, as_json: bool, again: str = "") -> None:
    """Before → after; "already" where nothing had to be done."""
    facts = {"login": user.login, "verb": verb, "before": before, "after": after, "changed": before != after}
    line = f"{user.login}: {before} → {after}" if before != after else f"{user.login}: {again or f'already {after}'}"
    tell(facts, [line], as_json=as_json)


def yes_no(value: object) -> str:
    return "yes" if value else "no"
