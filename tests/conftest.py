"""Fixtures: a prepared installation for each test, its cast of people, and browsers to act in."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

import pytest
import time_machine
from click.testing import CliRunner
from flask import Flask
from jinja2 import Environment
from jinja2.bccache import Bucket, BytecodeCache

import config
import installation
from app import create_app
from cli import postern
from domain import vault
from domain.visit import Visit, utcnow
from models import database
from tests.browser import Browser
from tests.cast import Cast

NOON = "2026-11-20T12:00:00Z"
os.environ |= {"LANGUAGE": "en", "TZ": "UTC"}  # of the terminal, whoever runs the tests


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty installation with its whole cast; each test gets a copy of its own."""
    folder = tmp_path_factory.mktemp("prepared")
    settings = config.load({"POSTERN_DATA_DIR": str(folder), "POSTERN_OWNER_LOGIN": "olga"}, Path("/nonexistent"))
    with time_machine.travel(NOON, tick=True):
        installation.prepare(settings, Visit("console:test", "console", "pytest", utcnow()))
        installation.open_prepared(settings)
        with database.connection_context():
            Cast.enter()
    database.close_all()
    return folder


@pytest.fixture
def data_dir(prepared: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    shutil.copytree(prepared, folder)
    return folder


@pytest.fixture
def environ(data_dir: Path) -> dict[str, str]:
    """The POSTERN_ settings of this test; change them before `app` is made (by a fixture of the test's module)."""
    return {"POSTERN_DATA_DIR": str(data_dir), "POSTERN_SITE_NAME": "Northgate Hosting"}


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Noon of 20 November 2026, UTC. `clock.shift(60)` moves it; it does not tick by itself."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


class Compiled(BytecodeCache):
    """Templates as the application of an earlier test has compiled them, under the same settings and in the same
    language: compiling takes longer than most tests."""

    kept: ClassVar[dict[str, bytes]] = {}

    def __init__(self, environ: dict[str, str]) -> None:
        self.settings = repr(sorted(item for item in environ.items() if item[0] != "POSTERN_DATA_DIR"))

    def get_bucket(self, environment: Environment, name: str, filename: str | None, source: str) -> Bucket:
        language = environment.globals["language"].code
        return super().get_bucket(environment, f"{self.settings} {language} {name}", filename, source)

    def load_bytecode(self, bucket: Bucket) -> None:
        if code := self.kept.get(bucket.key):
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key] = bucket.bytecode_to_string()


@pytest.fixture
def app(environ: dict[str, str]) -> Iterator[Flask]:
    database.close_all()
    application = create_app(config.load(environ, Path("/nonexistent")))
    application.jinja_env.bytecode_cache = Compiled(environ)
    application.testing = False  # errors of ours are answered as in earnest
    yield application
    database.close_all()
    vault.configure(())


@pytest.fixture
def cast(app: Flask) -> Cast:
    """olga the owner, sam plain staff, rita the reseller, carl the customer, ivy his individual."""
    return Cast()


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app)


@pytest.fixture
def browser_at(app: Flask) -> Callable[[str], Browser]:
    """More browsers, each at an address of its own."""
    return lambda address: Browser(app, address=address)


@pytest.fixture
def terminal(app: Flask, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str]]:
    """Runs ./postern with these words; returns exit code and everything it printed."""
    for name, value in environ.items():
        monkeypatch.setenv(name, value)

    def run(*words: str, typed: str | None = None) -> tuple[int, str]:
        database.close()  # commands open their own connection, as in a process of their own
        result = CliRunner().invoke(postern, list(words), input=typed, prog_name="postern")
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.output

    return run
