"""./postern: the terminal. Exit codes: 0 done (or already so), 1 refused or not found, 2 wrong use."""

from __future__ import annotations

import sys

import click

from commands import classes, demo, recover, site, transfer, users
from commands.terminal import Group, Option
from domain.errors import N_

VERSION = "0.1.0"


@click.group(
    cls=Group,
    help=N_("Postern: the self-care door of a small provider."),
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(VERSION, prog_name="postern", cls=Option, help=N_("Show the version and exit."))
def postern() -> None:
    pass


for command in (
    site.serve,
    site.migrate,
    site.show_config,
    site.healthcheck,
    demo.demo,
    users.user,
    classes.group,
    recover.recover,
    transfer.import_people,
    transfer.export,
):
    postern.add_command(command)


def main() -> None:
    postern(prog_name="postern")


if __name__ == "__main__":
    sys.exit(main())
