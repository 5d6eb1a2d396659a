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
import speech
from commands.terminal import Command, as_json, first_password, refusals, tell, visit
from config import Config
from domain.errors import N_, Refusal
from domain.listen import Listen
from installation import FirstOwner
from logs import configure

LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 (what listens everywhere is asked on loopback)
GENERATED = N_("generated, in POSTERN_DATA_DIR")


class Unhealthy(Refusal):
    """The running server cannot work, or there is none."""


@click.command(cls=Command, help=N_("Prepare everything and serve (http://127.0.0.1:8000 unless told otherwise)."))
@refusals
def serve() -> None:
    settings = config.load()
    configure(settings.log_format)
    _welcome(installation.prepare(settings, visit()))
    run(settings)


def run(settings: Config) -> None:
    """Serves the installation that was prepared for these settings, until the end is asked for."""
    installation.open_prepared(settings)
    if not settings.is_https and any(_is_public(place) for place in settings.listen):
        logging.getLogger("postern").warning(
            "Listening on a public address without https: set POSTERN_BASE_URL=https://… and put a proxy in front."
        )
    server.serve(
        lambda: app.create_app(settings),
        settings.listen,
        settings.workers,
        ready=lambda: click.echo(speech.gettext(N_("Postern is ready at %(url)s"), url=settings.base_url)),
    )


@click.command(cls=Command, help=N_("Prepare keys, database and, at the first start, the Owner. Safe to repeat."))
@refusals
def migrate() -> None:
    owner = installation.prepare(config.load(), visit())
    _welcome(owner)
    click.echo(speech.gettext(N_("The installation is ready.")))


def _welcome(owner: FirstOwner | None) -> None:
    if owner is None:
        return
    click.echo(speech.gettext(N_("The first Owner was made. Login: %(login)s"), login=owner.login))
    if owner.password:
        click.echo(first_password(owner.password))


@click.command("config", cls=Command, help=N_("Every setting as it is in force, secrets masked."))
@as_json
@refusals
def show_config(as_json: bool) -> None:
    written = config.written_values()
    loaded = config.load()
    facts = {f"{config.PREFIX}{name}": _shown(name, written, loaded) for name in config.DEFAULTS}
    lines = [_setting(name, value, name.removeprefix(config.PREFIX) in written) for name, value in facts.items()]
    tell(facts, lines, as_json=as_json)


def _setting(name: str, value: str, is_written: bool) -> str:
    setting = f"{name}={speech.gettext(GENERATED) if value == GENERATED else value}"
    return setting if is_written else speech.gettext(N_("%(setting)s   (default)"), setting=setting)


def _shown(name: str, written: dict[str, str], loaded: Config) -> str:
    if name in config.SECRETS:
        return "********" if written.get(name) else ("" if name == "OWNER_PASSWORD" else GENERATED)
    in_force = {
        "DATA_DIR": loaded.data_dir,
        "DATABASE_URL": f"sqlite:///{loaded.database}",
        "BASE_URL": loaded.base_url,
    }
    return str(in_force.get(name) or written.get(name, config.DEFAULTS[name]))


@click.command(cls=Command, help=N_("Ask the running server whether it can work. Exit code 0 when it can."))
@refusals
def healthcheck() -> None:
    place, prefix = config.load().listen[0], config.load().path_prefix
    connection = _Connection(place)
    try:
        connection.request("GET", f"{prefix}/readyz", headers={"Host": "localhost"})
        status = connection.getresponse().status
    except OSError as error:
        raise Unhealthy(
            N_("Nobody answers at %(place)s (%(error)s). Is ./postern serve running, with the same POSTERN_LISTEN?"),
            place=place,
            error=error,
        ) from None
    finally:
        connection.close()
    if status != 200:
        raise Unhealthy(N_("The server at %(place)s answers %(status)s. Its log says why."), place=place, status=status)
    click.echo(speech.gettext(N_("ready")))


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
