"""One installation: its data directory, keys, database file and first Owner. Prepared under a lock, then opened."""

from __future__ import annotations

import os
import secrets
import shutil
from base64 import urlsafe_b64encode
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import peewee
from filelock import FileLock
from peewee import fn
from playhouse.migrations import Runner

from config import SECRET_BYTES, Config, parse_encryption_keys
from domain import codes, errors, hashing, password_rules, site, users, vault
from domain.errors import N_, Refusal, SettingWrong
from domain.site import Site
from domain.visit import Visit
from models import PRAGMAS, Authenticator, Kind, User, database

MIGRATIONS = Path(__file__).parent / "migrations"
MOST_CONNECTIONS = 100  # more than the server has threads
CONNECTION_WAIT = 10  # seconds


class NotReady(Refusal):
    """The installation cannot be used as it is; the message names the cure."""


@dataclass(frozen=True, slots=True)
class FirstOwner:
    """`password` is None where the configuration gave one."""

    login: str
    password: str | None


def prepare(config: Config, visit: Visit) -> FirstOwner | None:
    """Makes keys, brings the schema up to date and makes the first Owner: each only where it is missing.

    Runs under a lock, so that several starts at once do it once. Raises NotReady.
    """
    try:
        config.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        config.database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = FileLock(config.data_dir / "migrate.lock", mode=0o600)
        with lock:
            _make_keys(config)
            _connect(config)
            _migrate(config.database)
            _prove_keys()
            return _first_owner(config, visit)
    except OSError as error:
        raise NotReady(
            N_("%(path)s: %(reason)s. POSTERN_DATA_DIR and POSTERN_DATABASE_URL must lie where this user may write."),
            path=error.filename,
            reason=error.strerror,
        ) from None
    finally:
        if not database.deferred:
            database.close_all()  # none may be open when the server forks


def open_prepared(config: Config) -> str:
    """Opens database and keys for this process and returns the key that signs cookies. Raises NotReady."""
    if not config.database.is_file():
        raise NotReady(
            N_("There is no database at %(path)s. Run ./postern migrate, or name the right POSTERN_DATA_DIR."),
            path=config.database,
        )
    _connect(config)
    try:
        runner = _runner()
        _refuse_newer(runner)
        if any(not migration.applied for migration in runner.status()):
            raise NotReady(N_("The database is older than this version. Run ./postern migrate."))
        _prove_keys()
    finally:
        database.close_all()
    return _secret_key(config)


def _connect(config: Config) -> None:
    """Opens the database for this thread, the keys and the site's settings for the process."""
    if not database.is_closed():
        database.close()
    database.init(
        str(config.database),
        max_connections=MOST_CONNECTIONS,
        timeout=CONNECTION_WAIT,
        check_same_thread=False,  # a pooled connection goes from thread to thread, one at a time
        pragmas=PRAGMAS,
    )
    vault.configure(config.encryption_key or _keys_from_file(config))
    site.configure(
        Site(
            name=config.site_name,
            session_idle=config.session_idle,
            session_absolute=config.session_absolute,
            events_kept=config.events_kept,
            bind_ipv6_exact=config.bind_ipv6_exact,
            enter_within=config.enter_within,
        )
    )
    try:
        config.database.touch(mode=0o600)  # SQLite gives its -wal and -shm the mode of the file
        for path in config.database.parent.glob(f"{config.database.name}*"):
            with suppress(FileNotFoundError):  # another process has just closed the database and taken its -wal away
                path.chmod(0o600)
        database.connect(reuse_if_open=True)
        database.execute_sql("SELECT count(*) FROM sqlite_master")
    except peewee.DatabaseError as error:
        raise NotReady(
            N_("%(path)s cannot be opened as a database: %(error)s"), path=config.database, error=error
        ) from None


# --- Keys ------------------------------------------------------------------------------------------------------------


def _make_keys(config: Config) -> None:
    """Keys are made with the first database only: made anew beside an old one, they would open none of its secrets."""
    for given, path in ((config.secret_key, _secret_file(config)), (config.encryption_key, _encryption_file(config))):
        if given or path.exists():
            continue
        if config.database.exists() and config.database.stat().st_size:
            raise NotReady(
                N_("The key %(path)s is missing, but there is a database. Put the key back, from your backup."),
                path=path,
            )
        _write_key(path, urlsafe_b64encode(secrets.token_bytes(vault.KEY_BYTES)).decode())


def _write_key(path: Path, key: str) -> None:
    """Whole or not at all: a crash must not leave an empty key behind."""
    unfinished = path.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(key + "\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def _secret_file(config: Config) -> Path:
    return config.data_dir / "secret.key"


def _encryption_file(config: Config) -> Path:
    return config.data_dir / "encryption.key"


def _secret_key(config: Config) -> str:
    if config.secret_key:
        return config.secret_key
    key = _read_key(_secret_file(config))
    if len(key) < SECRET_BYTES:
        raise NotReady(
            N_(
                "%(path)s is too short. Put the key back from your backup, or write at least %(least)s "
                "random characters into it (everybody then logs in again)."
            ),
            path=_secret_file(config),
            least=SECRET_BYTES,
        )
    return key


def _keys_from_file(config: Config) -> tuple[bytes, ...]:
    path = _encryption_file(config)
    try:
        keys = parse_encryption_keys(_read_key(path))
    except (SettingWrong, ValueError) as error:
        raise NotReady(N_("%(path)s: %(reason)s"), path=path, reason=error) from None
    if not keys:
        raise NotReady(N_("%(path)s is empty. Put the key back, from your backup."), path=path)
    return keys


def _read_key(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise NotReady(
            N_("The key %(path)s cannot be read (%(reason)s). Put it back, or run ./postern migrate"),
            path=path,
            reason=error.strerror,
        ) from None


def _prove_keys() -> None:
    """One stored secret of each key must open."""
    first_of_each_key = Authenticator.select(fn.MIN(Authenticator.id)).group_by(fn.SUBSTR(Authenticator.secret, 1, 8))
    for row in Authenticator.select().where(Authenticator.id.in_(first_of_each_key)):
        try:
            vault.decrypt(row.secret, codes.binding(row.id))
        except vault.KeyMismatch:
            raise NotReady(
                N_(
                    "POSTERN_ENCRYPTION_KEY (or encryption.key in the data directory) lacks a key of this database. "
                    "Put the old key back; to replace a key, write the new one in front of the old, "
                    "separated by a comma."
                )
            ) from None


# --- Schema ----------------------------------------------------------------------------------------------------------


def _runner() -> Runner:
    return Runner(database, str(MIGRATIONS))


def _refuse_newer(runner: Runner) -> None:
    newer = [migration.name for migration in runner.status() if migration.path is None]
    if newer:
        raise NotReady(
            N_(
                "The database is from a newer version of Postern (it knows %(migration)s). Nothing was changed. "
                "Start that version, or restore a backup of this one."
            ),
            migration=newer[0],
        )


def _migrate(file: Path) -> None:
    """playhouse's runner has no lock of its own: the caller holds ours, and what is applied is read under it."""
    runner = _runner()
    _refuse_newer(runner)
    applied = runner.applied()
    if applied and any(not migration.applied for migration in runner.status()):
        _copy_aside(file, last=max(applied))
    runner.up()


def _copy_aside(file: Path, last: str) -> None:
    database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    copy = file.with_name(f"{file.name}.before-upgrade-from-{last}")
    shutil.copy2(file, copy)
    copy.chmod(0o600)


# --- First Owner -----------------------------------------------------------------------------------------------------


def _first_owner(config: Config, visit: Visit) -> FirstOwner | None:
    if User.select().exists():
        return None
    password = config.owner_password or password_rules.generate()
    try:
        password_rules.check(password, config.owner_login, "", two_factor_required=True)  # as the class Staff has it
    except errors.PasswordRefused as refusal:
        raise NotReady(N_("%(name)s: %(reason)s"), name="POSTERN_OWNER_PASSWORD", reason=refusal) from None
    users.create(
        config.owner_login,
        visit,
        kind=Kind.STAFF,
        role=users.OWNER_ROLE,
        password_hash=hashing.hash_password(password),
        must_change_password=config.owner_password is None,
    )
    return FirstOwner(config.owner_login, None if config.owner_password else password)
