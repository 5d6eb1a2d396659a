"""What all commands share: opening the installation, the actor of events, help, refusals and facts in print."""

from __future__ import annotations

import functools
import getpass
import json
import os
import re
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeVar

import click
import peewee

import config
import installation
import speech
from commands import click_words
from domain import languages, preferences
from domain.errors import N_, Refusal
from domain.preferences import NOTHING, Preferences
from domain.users import find
from domain.visit import Visit, utcnow
from models import User, database

try:
    import pwd
except ImportError:  # Windows
    pwd = None  # type: ignore[assignment]

Function = TypeVar("Function", bound=Callable[..., Any])
LOCALE = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")  # as Python's gettext asks them, through which click speaks


class _Said:
    """`help` is a marked sentence, said when it is printed; `values` are its placeholders'."""

    def __init__(self, *args: Any, values: Mapping[str, object] | None = None, **kwargs: Any) -> None:
        self.values = values or {}
        super().__init__(*args, **kwargs)

    @property
    def help(self) -> str | None:
        return self._sentence and speech.gettext(self._sentence, **self.values)

    @help.setter
    def help(self, sentence: str | None) -> None:
        self._sentence = sentence


class Option(_Said, click.Option):
    pass


class Command(_Said, click.Command):
    pass


def of_terminal(environ: Mapping[str, str]) -> Preferences:
    """Of who sits there: the first language of these that is offered, and the time zone of the machine."""
    said = next((environ[name] for name in LOCALE if environ.get(name)), "")
    asked = (languages.find(re.split("[.@]", locale)[0]) for locale in said.split(":"))
    reader = preferences.in_force(NOTHING, next(filter(None, asked), None))
    with suppress(ValueError):  # TZ says nonsense
        utcnow().astimezone()
        return replace(reader, zone=None)
    return reader


class Group(_Said, click.Group):
    command_class = Command

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Everything is said to who sits at the terminal."""
        try:
            reader = of_terminal(os.environ)
        except languages.Damaged as error:
            sys.exit(str(error))
        with click_words.said_in(reader.language), speech.to(reader):
            return super().main(*args, **kwargs)


option = functools.partial(click.option, cls=Option)
as_json = option("--json", "as_json", is_flag=True, help=N_("Print facts as JSON."))


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


def refusals(command: Function) -> Function:
    """Says what was refused in one line and exits with 1; never a traceback."""

    @functools.wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except Refusal as refusal:
            said = speech.said(refusal)
        except peewee.OperationalError as error:
            said = speech.gettext(N_("The database refuses: %(error)s. Nothing was changed."), error=error)
        raise click.ClickException(said)

    return wrapped  # type: ignore[return-value]


def on_installation(command: Function) -> Function:
    """Opens the prepared installation around the command."""

    @refusals
    @functools.wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        installation.open_prepared(config.load())
        with database.connection_context():
            return command(*args, **kwargs)

    return wrapped


def on_user(command: Function) -> Function:
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
            raise click.UsageError(speech.gettext(N_("%(word)s: write COLUMN=VALUE"), word=word))
    return dict(word.split("=", 1) for word in words)


def tell_columns(name: str, changed: dict[str, tuple[str, str]], *, as_json: bool, facts: Mapping[str, object]) -> None:
    """COLUMN: old → new, as it is typed; "already" where nothing had to be done."""
    none = speech.gettext(N_("(none)"))
    lines = [f"{name} {column}: {old or none} → {new or none}" for column, (old, new) in changed.items()]
    tell(facts, lines or [already_so(name)], as_json=as_json)


def first_password(password: str) -> str:
    said = N_("Password: %(password)s   (shown once; it has to be changed at the first log-in)")
    return speech.gettext(said, password=password)


def already_so(name: str) -> str:
    return speech.gettext(N_("%(name)s: already so"), name=name)


def tell(facts: Mapping[str, object] | list[dict[str, object]], lines: list[str], *, as_json: bool) -> None:
    """Facts as JSON, or as sentences."""
    click.echo(json.dumps(facts, default=str, indent=2) if as_json else "\n".join(lines))


def tell_change(user: User, verb: str, before: str, after: str, *, as_json: bool, again: str, **values: object) -> None:
    """Before → after, marked sentences with the same values; `again` where nothing had to be done."""
    old, new = in_english(before, **values), in_english(after, **values)
    facts = {"login": user.login, "verb": verb, "before": old, "after": new, "changed": old != new}
    if old != new:
        line = change_line(user.login, speech.gettext(before, **values), speech.gettext(after, **values))
    else:
        line = line_of(user.login, speech.gettext(again))
    tell(facts, [line], as_json=as_json)


def in_english(sentence: str, **values: object) -> str:
    """For facts: programs read them."""
    return languages.english().gettext(sentence, **values)


def change_line(name: str, before: str, after: str) -> str:
    return speech.gettext(N_("%(name)s: %(before)s → %(after)s"), name=name, before=before, after=after)


def line_of(name: str, what: str) -> str:
    return speech.gettext(N_("%(name)s: %(what)s"), name=name, what=what)


def yes_no(value: object) -> str:
    return speech.gettext(N_("yes")) if value else speech.gettext(N_("no"))
