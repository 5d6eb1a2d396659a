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
from domain.access import Rule, denied_by
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
    return of_version(data_dir, tmp_path, "0001_first.py")


def of_version(data_dir: Path, tmp_path: Path, *migrations: str) -> Path:
    (data_dir / "postern.db").unlink()
    (tmp_path / "migrations").mkdir()
    for name in migrations:
        shutil.copy(installation.MIGRATIONS / name, tmp_path / "migrations")
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
    ours = {name: found for name, found in names.items() if not name.startswith(("sqlite_", "schema_", "user_search"))}
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
            assert {"addresses", "profile"} <= set(json.loads(user.role.permissions))
            at = resume(f"token {user.id}", "198.51.100.7", utcnow())
            assert at and (at.user_id, at.end, at.bind_session, denied_by(at)) == (user.id, None, False, None)
            assert Permission.ADDRESSES in at.permissions


# --- 0002, before lists counted their saves ---------------------------------------------------------------------------

LISTS = """
    INSERT INTO trusted_ip_list (id, user_id, side, access) VALUES (7, 1, 'own', 'listed');
    INSERT INTO trusted_ip (id, trusted_ip_list_id, family, lowest, highest, note, added_by, added_at)
    VALUES (5, 7, 4, 'c6336407', 'c6336407', 'home', 'carl', '2026-11-20 12:00:00.000000');
    INSERT INTO relief (id, session_id, granted_by, began_at, ends_at)
    VALUES (3, 2, 'console:x', '2026-11-20 12:00:00.000000', '2026-11-20 13:00:00.000000');
    INSERT INTO denial (id, user_id, rule, address, first_at, last_at, count)
    VALUES (4, 1, 'own list', '192.0.2.66', '2026-11-20 12:00:00.000000', '2026-11-20 12:00:00.000000', 2);
"""


def test_lists_of_addresses_keep_their_entries_and_go_on_to_hold(
    data_dir: Path, tmp_path: Path, environ: dict[str, str], clock: Traveller
) -> None:
    file = of_version(data_dir, tmp_path, "0001_first.py", "0002_addresses.py")
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(LISTS)
    known = columns(file)
    known["relief"] = known["relief"].replace("granted_by, ", "")
    before = contents(file, known)
    settings = config.load(environ, Path("/nonexistent"))
    installation.prepare(settings, CONSOLE)
    assert contents(file, known) == before
    assert contents(file, {"denial": "source", "trusted_ip_list": "version"}) == {
        "denial": [("192.0.2.66",)],
        "trusted_ip_list": [(0,)],
    }
    installation.open_prepared(settings)
    with database.connection_context():
        allowed, refused = (resume("token 1", address, utcnow()) for address in ("198.51.100.7", "192.0.2.66"))
    assert allowed and refused and (denied_by(allowed), denied_by(refused)) == (None, Rule.OWN_LIST)


# --- 0007, before roles had pages -------------------------------------------------------------------------------------

BEFORE_AUTHORITY = tuple(sorted(path.name for path in installation.MIGRATIONS.glob("000[1-7]_*.py")))
INDIVIDUALS = """
    INSERT INTO user (id, login, name, email, kind, parent_id, role_id, account_class_id, active, created_at,
                      must_change_password, two_factor, wrong_codes_in_row)
    SELECT 100 + r.id, 'individual-' || r.id, '', '', 'individual', c.id, r.id, c.account_class_id, 1, c.created_at,
           0, 'inherit', 0
      FROM user c JOIN role r ON r.name = 'Billing only' WHERE c.login = 'role-4';
    DELETE FROM user WHERE login = 'role-5';
"""


def test_customers_may_give_the_default_role_and_those_that_their_individuals_have(
    data_dir: Path, tmp_path: Path, environ: dict[str, str], clock: Traveller
) -> None:
    file = of_version(data_dir, tmp_path, *BEFORE_AUTHORITY)
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(INDIVIDUALS)
    known = columns(file)
    before = contents(file, known)
    installation.prepare(config.load(environ, Path("/nonexistent")), CONSOLE)
    assert contents(file, known) == before
    with closing(sqlite3.connect(file)) as connection:
        allowed = connection.execute(
            "SELECT u.login, r.name FROM allowed_role a JOIN user u ON u.id = a.user_id JOIN role r ON r.id = a.role_id"
        )
        found: dict[str, set[str]] = {}
        for login, role in allowed:
            found.setdefault(login, set()).add(role)
        roles = dict(connection.execute("SELECT name, permissions FROM role").fetchall())
    assert found.pop("role-4") == {"Billing only", "Full self-care"}
    assert found and all(roles == {"Full self-care"} for roles in found.values())
    gained = {name: {"classes", "roles", "individuals"} & set(json.loads(held)) for name, held in roles.items()}
    full = {"classes", "roles", "individuals"}
    assert gained == {
        "Owner": full, "Staff": full, "Reseller": {"individuals"}, "Full self-care": {"individuals"},
        "Billing only": set(), "Bare": set(),
    }  # fmt: skip
    assert {"two_factor", "addresses"} <= set(json.loads(roles["Billing only"])), "somebody has it: it stays as it was"
