"""serve, migrate, config, healthcheck."""

from __future__ import annotations

import http.client
import logging
import socket

import click

import app
import config
import installation
import server
from commands.terminal import as_json, refusals, tell, visit
from config import Config
from domain.listen import Listen
from installation import FirstOwner
from logs import configure

LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 (what listens everywhere is asked on loopback)


@click.command()
@refusals
def serve() -> None:
    """Prepare everything and serve (http://127.0.0.1:8000 unless told otherwise)."""
    settings = config.load()
    configure(settings.log_format)
    _welcome(installation.prepare(settings, visit()))
    installation.open_prepared(settings)
    if not settings.is_https and any(_is_public(place) for place in settings.listen):
        logging.getLogger("postern").warning(
            "Listening on a public address without https: set POSTERN_BASE_URL=https://… and put a proxy in front."
        )
    try:
        server.serve(
            lambda: app.create_app(settings),
            settings.listen,
            settings.workers,
            ready=lambda: click.echo(f"Postern is ready at {settings.base_url}"),
        )
    except server.ListenError as error:
        raise click.ClickException(str(error)) from None


@click.command()
@refusals
def migrate() -> None:
    """Prepare keys, database and, at the first start, the Owner. Safe to repeat."""
    owner = installation.prepare(config.load(), visit())
    _welcome(owner)
    click.echo("The installation is ready.")


def _welcome(owner: FirstOwner | None) -> None:
    if owner is None:
        return
    click.echo(f"The first Owner was made. Login: {owner.login}")
    if owner.password:
        click.echo(f"Password: {owner.password}   (shown once; it has to be changed at the first log-in)")


@click.command("config")
@as_json
@refusals
def show_config(as_json: bool) -> None:
    """Every setting as it is in force, secrets masked."""
    written = config.written_values()
    loaded = config.load()
    facts = {f"{config.PREFIX}{name}": _shown(name, written, loaded) for name in config.DEFAULTS}
    lines = [
        f"{name}={value}" + ("" if name.removeprefix(config.PREFIX) in written else "   (default)")
        for name, value in facts.items()
    ]
    tell(facts, lines, as_json=as_json)


def _shown(name: str, written: dict[str, str], loaded: Config) -> str:
    if name in config.SECRETS:
        return (
            "********" if written.get(name) else ("" if name == "OWNER_PASSWORD" else "generated, in POSTERN_DATA_DIR")
        )
    in_force = {
        "DATA_DIR": loaded.data_dir,
        "DATABASE_URL": f"sqlite:///{loaded.database}",
        "BASE_URL": loaded.base_url,
    }
    return str(in_force.get(name) or written.get(name, config.DEFAULTS[name]))


@click.command()
@refusals
def healthcheck() -> None:
    """Ask the running server whether it can work. Exit code 0 when it can."""
    place, prefix = config.load().listen[0], config.load().path_prefix
    connection = _Connection(place)
    try:
        connection.request("GET", f"{prefix}/readyz", headers={"Host": "localhost"})
        status = connection.getresponse().status
    except OSError as error:
        raise click.ClickException(
            f"Nobody answers at {place} ({error}). Is ./postern serve running, with the same POSTERN_LISTEN?"
        ) from None
    finally:
        connection.close()
    if status != 200:
        raise click.ClickException(f"The server at {place} answers {status}. Its log says why.")
    click.echo("ready")


class _Connection(http.client.HTTPConnection):
    """HTTP to an address or a unix socket."""

    def __init__(self, place: Listen) -> None:
        super().__init__(LOOPBACK.get(place.host, place.host) or "localhost", place.port or 80, timeout=5)
        self.unix_path = place.unix_path

    def connect(self) -> None:
        if not self.unix_path:
            super().connect()
            return
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(5)
        self.sock.connect(self.unix_path)


def _is_public(place: Listen) -> bool:
    return not place.unix_path and place.host != "::1" and not place.host.startswith("127.")
