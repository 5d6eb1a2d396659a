"""What click itself says in our commands, spelt as click spells it. Nobody reads SENTENCES but `make messages`."""

from __future__ import annotations

import gettext
import os
from collections.abc import Iterator
from contextlib import contextmanager

from domain import languages
from domain.errors import N_, NN_
from domain.languages import Language

SENTENCES = (
    N_("Usage:"),
    N_("Options"),
    N_("Commands"),
    N_("Show this message and exit."),
    N_("%(prog)s, version %(version)s"),
    N_("default: {default}"),
    N_("Error: {message}"),
    N_("Try '{command} {option}' for help."),
    N_("Aborted!"),
    N_("Repeat for confirmation"),
    N_("Error: The two entered values do not match."),
    N_("Missing command."),
    N_("Missing argument"),
    N_("No such command {name!r}."),
    N_("No such option {name!r}."),
    NN_("Did you mean {possibility}?", "(Did you mean one of: {possibilities}?)", by="possibilities"),
    NN_("Got unexpected extra argument ({args})", "Got unexpected extra arguments ({args})", by="args"),
    NN_("Option {name!r} requires an argument.", "Option {name!r} requires {nargs} arguments.", by="nargs"),
    N_("Option {name!r} does not take a value."),
    N_("Invalid value: {message}"),
    N_("Invalid value for {param_hint}: {message}"),
    NN_("{value!r} is not {choice}.", "{value!r} is not one of {choices}.", by="choices"),
    N_("{value!r} is not a valid {number_type}."),
    N_("{value} is not in the range {range}."),
)


@contextmanager
def said_in(language: Language) -> Iterator[None]:
    """Meanwhile click finds them in our catalogue of this language: its gettext asks nobody but the environment."""
    before = os.environ.get("LANGUAGE", "")
    os.environ["LANGUAGE"] = language.code.replace("-", "_")
    gettext.bindtextdomain("messages", str(languages.FOLDER))
    try:
        yield
    finally:
        os.environ["LANGUAGE"] = before
