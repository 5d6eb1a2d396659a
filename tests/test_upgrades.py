"""Databases of earlier versions, brought up to date with people in them: nothing is lost, nobody is logged out."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from peewee import SqliteDatabase
from playhouse.migrations import Runner
from time_machine import Traveller

import config
import installation
from domain import vault
from domain.access import denied_by
from domain.permissions import Permission
from domain.standing import resume
from domain.visit import Visit, utcnow
from models import User, database

CONSOLE = Visit("console:test", "console", "pytest", utcnow())


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    database.close_all()
    vault.configure(())


# --- 0001, before lists of addresses ----------------------------------------------------------------------------------

PEOPLE = """
    INSERT INTO role (kind, name, description, permissions, is_default) VALUES ('staff', 'Bare', '', '[]', 0);
    INSERT INTO user (id, login, name, email, kind, role_id, account_class_id, active, created_at, password_hash,
                      must_change_password, two_factor, wrong_codes_in_row)
    SELECT r.id, 'role-' || r.id, r.name, '', 'customer', r.id, c.id, 1, '2026-01-01 00:00:00.000000', 'x', 0, 'no', 3
      FROM role r JOIN account_class c ON c.name = 'Customers';
    INSERT INTO session (token_hash, user_id, stage, method, address, user_agent, enrolment_put_off,
                         created_at, last_used_at, confirmed_at)
    SELECT hash_of('token ' || id), id, 'full', 'password', '192.0.2.10', '', 0,
           '2026-11-20 12:00:00.000000', '2026-11-20 12:00:00.000000', '2026-11-20 12:00:00.000000' FROM user;
    INSERT INTO enrolment (session_id, secret, began_at) SELECT id, 's', created_at FROM session;
    INSERT INTO recovery_code (user_id, code_hash, created_at) SELECT id, 'r', created_at FROM user;
    INSERT INTO event (at, tag, actor, subject, subject_user_id, address, user_agent, succeeded, details)
    SELECT created_at, 'account:user:created', 'console:x', login, id, 'console', '', 1, '{}' FROM user;
"""


@pytest.fixture
def first_version(data_dir: Path, tmp_path: Path) -> Path:
    """The schema of 0001 under the keys of today, with a person of each role, who is logged in."""
    (data_dir / "postern.db").unlink()
    (tmp_path / "migrations").mkdir()
    shutil.copy(installation.MIGRATIONS / "0001_first.py", tmp_path / "migrations")
    old = SqliteDatabase(data_dir / "postern.db")
    with old.connection_context():
        Runner(old, str(tmp_path / "migrations")).up()
    with closing(sqlite3.connect(data_dir / "postern.db")) as connection:
        connection.create_function("hash_of", 1, vault.token_hash)
        connection.executescript(PEOPLE)
    return data_dir / "postern.db"


def columns(file: Path) -> dict[str, str]:
    """Table → its columns. Permissions are what the upgrade is meant to change."""
    with closing(sqlite3.connect(file)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        names = {name: [row[1] for row in connection.execute(f"PRAGMA table_info({name})")] for name in tables}
    ours = {name: found for name, found in names.items() if not name.startswith(("sqlite_", "schema_"))}
    return {name: ", ".join(column for column in found if column != "permissions") for name, found in ours.items()}


def contents(file: Path, columns: dict[str, str]) -> dict[str, list[tuple]]:
    with closing(sqlite3.connect(file)) as connection:
        return {
            name: connection.execute(f"SELECT {of} FROM {name} ORDER BY id").fetchall() for name, of in columns.items()
        }


def test_the_first_version_gets_lists_of_addresses_and_loses_nothing(
    first_version: Path, environ: dict[str, str], clock: Traveller
) -> None:
    known = columns(first_version)
    before = contents(first_version, known)
    assert {name: len(rows) for name, rows in before.items() if rows} == {
        "account_class": 3,
        **dict.fromkeys(("role", "user", "session", "enrolment", "recovery_code", "event"), 6),
    }
    settings = config.load(environ, Path("/nonexistent"))
    assert installation.prepare(settings, CONSOLE) is None
    assert contents(first_version, known) == before
    installation.open_prepared(settings)
    with database.connection_context():
        for user in User.select():
            assert json.loads(user.role.permissions)[-2:] == ["addresses", "profile"]
            at = resume(f"token {user.id}", "198.51.100.7", utcnow())
            assert at and (at.user_id, at.end, at.bind_session, denied_by(at)) == (user.id, None, False, None)
            assert Permission.ADDRESSES in at.permissions
