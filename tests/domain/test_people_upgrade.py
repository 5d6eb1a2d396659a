"""A database from before there were lists of people: whoever is in it is found and filtered after the upgrade."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from time_machine import Traveller

import config
import installation
from domain import vault
from domain.people import Filter
from models import Kind, User, database
from tests.domain.test_people import every
from tests.test_upgrades import CONSOLE, of_version

BEFORE = [path.name for path in sorted(installation.MIGRATIONS.glob("0*.py")) if path.name < "0006"]
STATES = """
    UPDATE user SET email = login || '@mail.example';
    INSERT INTO authenticator (user_id, name, secret, last_step, enabled_at) VALUES (2, 'app', '', 0, '');
    INSERT INTO trusted_ip_list (user_id, side, access, version)
    VALUES (3, 'own', 'listed', 0), (4, 'provider', 'any', 0);
    INSERT INTO denial (user_id, rule, address, source, first_at, last_at, count)
    VALUES (5, 'own list', '192.0.2.66', '192.0.2.66', '2026-11-20 11:00:00.000000', '2026-11-20 11:00:00.000000', 2);
    DELETE FROM authenticator WHERE secret <> '';
"""


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    database.close_all()
    vault.configure(())


def test_who_is_there_already_is_found_and_filtered(
    data_dir: Path, tmp_path: Path, environ: dict[str, str], clock: Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = of_version(data_dir, tmp_path, *BEFORE)
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(STATES)
    settings = config.load(environ, Path("/nonexistent"))
    monkeypatch.setattr(installation, "_prove_keys", lambda: None)  # the secret above is of nobody's key
    installation.prepare(settings, CONSOLE)
    installation.open_prepared(settings)
    with database.connection_context():
        database.execute_sql("INSERT INTO user_search (user_search, rank) VALUES ('integrity-check', 1)")
        kept = {user.id: (user.enrolled, user.access, user.denied_at is not None) for user in User.select()}
        assert kept == {
            1: (False, "inherit", False),
            2: (True, "inherit", False),
            3: (False, "listed", False),
            4: (False, "any", False),
            5: (False, "inherit", True),
            6: (False, "inherit", False),
        }
        assert [row.id for row in every(Kind.CUSTOMER, None, 4, q="mail.example")] == [1, 2, 3, 4, 5, 6]
        assert [row.id for row in every(Kind.CUSTOMER, None, 4, q="mail.example", chip=Filter.LIMITED)] == [3]
        assert [row.id for row in every(Kind.CUSTOMER, None, 4, chip=Filter.DENIED)] == [5]
