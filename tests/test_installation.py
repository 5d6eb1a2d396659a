"""Preparing and opening an installation: once, under a lock, and never over what is already there."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import stat
import subprocess
import sys
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest
from peewee import SqliteDatabase
from playhouse.schema_diff import diff_models

import config
import installation
from app import create_app
from domain import hashing, vault
from domain.visit import Visit, utcnow
from installation import NotReady
from models import MODELS, AccountClass, Authenticator, Event, Role, User, database
from tests.cast import Cast
from tests.sources import ROOT

CONSOLE = Visit("console:test", "console", "pytest", utcnow())


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    if not database.deferred:
        database.close_all()
    vault.configure(())


def settings(folder: Path, **values: str) -> config.Config:
    given = {"DATA_DIR": str(folder), **values}
    return config.load({f"POSTERN_{name}": value for name, value in given.items()}, Path("/nonexistent"))


def prepare(folder: Path, **values: str) -> installation.FirstOwner | None:
    return installation.prepare(settings(folder, **values), CONSOLE)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# --- The first start --------------------------------------------------------------------------------------------------


def test_the_first_start_makes_keys_database_and_owner_for_their_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"
    owner = prepare(folder)
    assert owner and owner.login == "owner" and len(owner.password or "") == 20
    assert mode(folder) == 0o700
    assert {name: mode(folder / name) for name in ("postern.db", "secret.key", "encryption.key")} == {
        "postern.db": 0o600,
        "secret.key": 0o600,
        "encryption.key": 0o600,
    }
    installation.open_prepared(settings(folder))
    with database.connection_context():
        row = User.get()
        assert (row.login, row.kind, row.role.name, row.must_change_password) == ("owner", "staff", "Owner", True)
        assert hashing.verify(row.password_hash, owner.password or "", known=True)
        assert Event.get().actor == "console:test"
        assert {c.name: (c.two_factor, c.grace_days) for c in AccountClass.select()} == {
            "Staff": ("required", 7),
            "Resellers": ("optional", 0),
            "Customers": ("optional", 0),
        }
        assert {role.kind for role in Role.select().where(Role.is_default)} == {"staff", "reseller", "self-care"}


def test_a_second_start_changes_nothing(tmp_path: Path) -> None:
    prepare(tmp_path)
    keys = {name: (tmp_path / name).read_bytes() for name in ("secret.key", "encryption.key")}
    assert prepare(tmp_path, OWNER_LOGIN="another", OWNER_PASSWORD="another owner's password") is None
    assert keys == {name: (tmp_path / name).read_bytes() for name in keys}
    with database.connection_context():
        assert [user.login for user in User.select()] == ["owner"]


def test_a_password_that_was_given_need_not_be_changed(tmp_path: Path) -> None:
    owner = prepare(tmp_path, OWNER_LOGIN="Olga", OWNER_PASSWORD="olgas seven grey geese")
    assert owner == installation.FirstOwner("olga", None)
    with database.connection_context():
        assert User.get().must_change_password is False


def test_keys_that_are_configured_are_not_made(tmp_path: Path) -> None:
    key = urlsafe_b64encode(b"k" * 32).decode()
    prepare(tmp_path, SECRET_KEY="s" * 40, ENCRYPTION_KEY=key)
    assert not list(tmp_path.glob("*.key"))
    assert installation.open_prepared(settings(tmp_path, SECRET_KEY="s" * 40, ENCRYPTION_KEY=key)) == "s" * 40


def test_four_starts_at_once_make_one_owner(tmp_path: Path) -> None:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("POSTERN_")}
    environ["POSTERN_DATA_DIR"] = str(tmp_path / "data")
    command = [sys.executable, str(ROOT / "cli.py"), "migrate"]
    running = [
        subprocess.Popen(
            command, cwd=tmp_path, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        for _ in range(4)
    ]
    said = [process.communicate()[0] for process in running]
    assert [process.returncode for process in running] == [0] * 4, said
    assert sum("The first Owner was made" in words for words in said) == 1
    with sqlite3.connect(tmp_path / "data" / "postern.db") as connection:
        assert connection.execute("SELECT login FROM user").fetchall() == [("owner",)]


# --- What does not fit together is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["encryption.key", "secret.key"])
def test_a_database_without_its_key_is_refused_and_no_new_key_is_made(name: str, data_dir: Path) -> None:
    (data_dir / name).unlink()
    with pytest.raises(NotReady, match=rf"{name} is missing.*from your backup"):
        prepare(data_dir)
    with pytest.raises(NotReady, match=rf"{name} cannot be read"):
        installation.open_prepared(settings(data_dir))
    assert not (data_dir / name).exists()


@pytest.mark.parametrize(("content", "said"), [("", "is empty"), ("nonsense!", "base64"), ("AAAA", "base64")])
def test_a_damaged_key_file_is_refused_by_name(content: str, said: str, data_dir: Path) -> None:
    (data_dir / "encryption.key").write_text(content)
    for opened in (prepare, lambda folder: installation.open_prepared(settings(folder))):
        with pytest.raises(NotReady, match=rf"encryption\.key.*{said}"):
            opened(data_dir)


def test_a_wrong_key_is_refused_with_the_way_to_replace_one(data_dir: Path) -> None:
    installation.open_prepared(settings(data_dir))
    with database.connection_context():
        Cast().enrol("carl")
        assert Authenticator.select().count() == 1
    database.close_all()
    old, new = (data_dir / "encryption.key").read_text().strip(), urlsafe_b64encode(b"n" * 32).decode()
    for opened in (installation.open_prepared, lambda config: installation.prepare(config, CONSOLE)):
        with pytest.raises(NotReady, match=r"lacks a key of this database.*in front of the old"):
            opened(settings(data_dir, ENCRYPTION_KEY=new))
    installation.open_prepared(settings(data_dir, ENCRYPTION_KEY=f"{new},{old}"))


def test_a_newer_database_is_refused_untouched(data_dir: Path) -> None:
    with sqlite3.connect(data_dir / "postern.db") as connection:
        connection.execute("INSERT INTO schema_migration (name, applied) VALUES ('0999_future', '2030-01-01')")
    connection.close()
    before = (data_dir / "postern.db").read_bytes()
    for opened in (prepare, lambda folder: installation.open_prepared(settings(folder))):
        with pytest.raises(NotReady, match=r"newer version of Postern.*0999_future.*Nothing was changed"):
            opened(data_dir)
        database.close_all()
        assert (data_dir / "postern.db").read_bytes() == before
    assert not list(data_dir.glob("*.before-upgrade*"))


def test_what_is_no_database_is_refused(tmp_path: Path) -> None:
    prepare(tmp_path)
    database.close_all()
    (tmp_path / "postern.db").write_bytes(b"This is a letter, not a database. " * 100)
    for opened in (prepare, lambda folder: installation.open_prepared(settings(folder))):
        with pytest.raises(NotReady, match=r"postern\.db cannot be opened as a database"):
            opened(tmp_path)


def test_what_is_not_prepared_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(NotReady, match=r"no database at .*\. Run \./postern migrate"):
        create_app(settings(tmp_path))
    assert not list(tmp_path.iterdir())


def test_a_data_directory_that_is_a_file_is_refused_in_words(tmp_path: Path) -> None:
    """As any place where nothing can be written; root can write everywhere else."""
    (tmp_path / "data").write_text("a file")
    with pytest.raises(NotReady, match=r"POSTERN_DATA_DIR and POSTERN_DATABASE_URL must lie where"):
        prepare(tmp_path / "data")


# --- Upgrades ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def next_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The migrations of a version to come: one more than today's."""
    folder = tmp_path / "migrations"
    shutil.copytree(installation.MIGRATIONS, folder)
    (folder / "0999_next.py").write_text("def up(migrator, db):\n    db.execute_sql('CREATE TABLE next_thing (id)')\n")
    monkeypatch.setattr(installation, "MIGRATIONS", folder)
    return folder


def test_an_older_database_is_copied_aside_and_brought_up_to_date(data_dir: Path, next_version: Path) -> None:
    with pytest.raises(NotReady, match=r"older than this version\. Run \./postern migrate"):
        installation.open_prepared(settings(data_dir))
    assert prepare(data_dir) is None
    [copy] = data_dir.glob("postern.db.before-upgrade-from-*")
    assert mode(copy) == 0o600
    with sqlite3.connect(copy) as connection:
        assert connection.execute("SELECT count(*) FROM user").fetchone() == (5,)
        assert not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'next_thing'").fetchone()
    with sqlite3.connect(data_dir / "postern.db") as connection:
        assert connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'next_thing'").fetchone()
    installation.open_prepared(settings(data_dir))


def test_a_migration_that_fails_leaves_the_database_as_it_was(data_dir: Path, next_version: Path) -> None:
    (next_version / "0999_next.py").write_text(
        "def up(migrator, db):\n    db.execute_sql('CREATE TABLE next_thing (id)')\n    db.execute_sql('NONSENSE')\n"
    )
    with pytest.raises(Exception, match="NONSENSE"):
        prepare(data_dir)
    database.close_all()
    with sqlite3.connect(data_dir / "postern.db") as connection:
        assert not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'next_thing'").fetchone()


# --- The schema -------------------------------------------------------------------------------------------------------


def test_the_migrations_make_what_the_models_say(data_dir: Path) -> None:
    installation.open_prepared(settings(data_dir))
    with database.connection_context():
        assert not diff_models(database, MODELS), "write a migration for what models.py says now"
        migrated = schema(database)
    memory = SqliteDatabase(":memory:")
    with memory.bind_ctx(MODELS), memory.connection_context():
        memory.create_tables(MODELS)
        assert migrated == schema(memory)


def schema(db: SqliteDatabase) -> dict[str, object]:
    """Tables by what they hold; their text differs, as a column that came later stands last in it."""
    names = db.execute_sql("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    # The index of words, with its triggers, is SQL of a migration: peewee has no word for it.
    return {name: shape(db, name) for (name,) in names if not name.startswith(("schema_migration", "user_search"))}


def shape(db: SqliteDatabase, table: str) -> tuple[set[object], ...]:
    columns = {tuple(row[1:]) for row in db.execute_sql(f"PRAGMA table_info({table})")}
    references = {tuple(row[2:]) for row in db.execute_sql(f"PRAGMA foreign_key_list({table})")}
    indexes = {tuple(row[1:]) for row in db.execute_sql(f"PRAGMA index_list({table})")}
    indexed = {(i[0], row[0], row[2]) for i in indexes for row in db.execute_sql(f"PRAGMA index_info({i[0]})")}
    [text] = db.execute_sql("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)).fetchone()
    return columns, references, indexes, indexed, set(re.findall(r"CHECK.*", text))


def test_every_pooled_connection_is_set_up_safely(data_dir: Path) -> None:
    installation.open_prepared(settings(data_dir))
    for _ in range(2):
        with database.connection_context():
            found = {name: database.execute_sql(f"PRAGMA {name}").fetchone()[0] for name in
                     ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")}  # fmt: skip
        assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}
    database.close_all()
