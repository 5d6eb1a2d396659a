"""./postern: the terminal. Exit codes: 0 done (or already so), 1 refused or not found, 2 wrong use."""

from __future__ import annotations

import sys

import click

from commands import classes, recover, site, users

VERSION = "0.1.0"


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="postern")
def postern() -> None:
    """Postern: the self-care door of a small provider."""


for command in (
    site.serve,
    site.migrate,
    site.show_config,
    site.healthcheck,
    users.user,
    classes.group,
    recover.recover,
):
    postern.add_command(command)


def main() -> None:
    postern(prog_name="postern")


if __name__ == "__main__":
    sys.exit(main())
