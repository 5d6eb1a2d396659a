"""What an import has read, before any of it holds: temporary tables of this connection, and the way from them.

SQLite keeps them in a file that has no name any more when it is written, so a million people take no memory, nobody is
kept waiting while the file is read, and nothing stays behind. Passwords and keys lie in it encrypted.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice

import peewee

from domain import codes, hashing, transfer_people, users, vault
from domain.errors import N_, Conflict, Refusal
from domain.transfer_people import Person, StagedList
from domain.visit import Visit
from models import Base, Kind, TrustedIp, TrustedIpList, User, UTCDateTimeField, database, run

CHUNK = 2_000  # rows
NAME = "Authenticator app"
HASHED_AT_ONCE = 64  # an interrupted import ends after so many
CACHE = 48 * 1024  # KiB for the pages of indexes while rows are inserted
USUAL_CACHE = 2_000  # KiB, SQLite's own
TABLES = {
    "import_person": "(line INTEGER PRIMARY KEY, " + ", ".join(Person._fields[1:]) + ")",
    "import_order": "(place INTEGER PRIMARY KEY, rank INTEGER, line INTEGER)",
    "import_list": "(line INTEGER, side TEXT, access TEXT)",
    "import_entry": "(line INTEGER, side TEXT, family INTEGER, lowest TEXT, highest TEXT)",
}

Advance = Callable[[int], object]


class ChangedMeanwhile(Conflict):
    message = N_("Somebody else changed users meanwhile, so nothing was imported. Start the import again.")


@contextmanager
def staging() -> Iterator[Staging]:
    run("PRAGMA temp_store = FILE")
    _drop()
    for table, columns in TABLES.items():
        run(f"CREATE TEMP TABLE {table} {columns}")
    try:
        yield Staging()
    finally:
        _drop()


def _drop() -> None:
    for table in TABLES:
        run(f"DROP TABLE IF EXISTS temp.{table}")


class Staging:
    def __init__(self) -> None:
        self._people: list[Person] = []
        self._lists: list[StagedList] = []

    # --- Reading ------------------------------------------------------------------------------------------------------

    def add(self, person: Person, lists: Iterable[StagedList] = ()) -> None:
        self._people.append(person)
        self._lists += lists
        if len(self._people) + len(self._lists) >= CHUNK:
            self.flush()

    def flush(self) -> None:
        with database.atomic("DEFERRED"):  # no lock but that of the temporary file
            marks = ", ".join("?" * len(Person._fields))
            _many(f"INSERT INTO import_person VALUES ({marks})", self._people)  # noqa: S608 (ours)
            modes = ((each.line, str(each.side), str(each.access)) for each in self._lists)
            _many("INSERT INTO import_list VALUES (?, ?, ?)", modes)
            entries = (
                (each.line, str(each.side), network.family, network.packed_lowest, network.packed_highest)
                for each in self._lists
                for network in each.networks
            )
            _many("INSERT INTO import_entry VALUES (?, ?, ?, ?, ?)", entries)
        self._people, self._lists = [], []

    def index(self) -> None:
        """So that people are found by login, once those are all there who can have somebody below them."""
        self.flush()
        run("CREATE INDEX temp.import_person_login ON import_person (login, line)")

    def class_id_of(self, login: str) -> int | None:
        """Of a customer, in the file or in the database."""
        found = run(
            "SELECT account_class_id FROM import_person WHERE login = ? AND kind = 'customer' AND NOT wrong"
            " UNION ALL SELECT account_class_id FROM user WHERE login = ? AND kind = 'customer' LIMIT 1",
            login,
            login,
        ).fetchone()
        return found[0] if found else None

    # --- What shows only when all are there ---------------------------------------------------------------------------

    def clashes(self) -> Iterator[tuple[int, Refusal]]:
        """Lines whose login is taken, or whose parent is missing or of another kind."""
        for line, login in run(
            "SELECT line, login FROM import_person WHERE NOT wrong AND login IN (SELECT login FROM user)"
        ):
            said = N_("login: %(login)s is taken. An import makes new users and changes nobody who is there.")
            yield line, Conflict(said, login=login)
        for line, login, first in run(
            "SELECT line, login, (SELECT min(line) FROM import_person o WHERE o.login = p.login) AS first"
            " FROM import_person p WHERE NOT wrong AND first < line"
        ):
            yield line, Conflict(N_("login: %(login)s stands in line %(first)s already"), login=login, first=first)
        for line, parent, kind, needed in run(
            "SELECT line, parent, coalesce((SELECT kind FROM import_person o WHERE o.login = p.parent),"
            " (SELECT kind FROM user WHERE login = p.parent)) AS found,"
            " CASE p.kind WHEN 'individual' THEN 'customer' ELSE 'reseller' END AS needed"
            " FROM import_person p WHERE NOT wrong AND parent IS NOT NULL AND found IS NOT needed"
        ):
            yield line, _no_parent(parent, kind, needed)
        for line, parent in run(_TOO_MANY, most=users.MOST_INDIVIDUALS):
            said = N_("%(login)s has %(most)s individuals, and no more are accepted.")
            yield line, Conflict(said, login=parent, most=users.MOST_INDIVIDUALS)

    def counts(self) -> dict[str, int]:
        found = Counter(dict(run("SELECT kind, count(*) FROM import_person GROUP BY kind").fetchall()))
        return {kind.value: found[kind] for kind in Kind}

    # --- Hashing ------------------------------------------------------------------------------------------------------

    def passwords(self) -> int:
        return int(run("SELECT count(sealed_password) FROM import_person").fetchone()[0])

    def hash_passwords(self, advance: Advance) -> None:
        rows = run("SELECT line, sealed_password FROM import_person WHERE sealed_password IS NOT NULL").fetchall()
        for chunk in _chunks(rows, HASHED_AT_ONCE):
            hashes = hashing.hash_all([transfer_people.unseal(line, sealed) for line, sealed in chunk])
            lines = [line for line, _ in chunk]
            with database.atomic("DEFERRED"):
                _many("UPDATE import_person SET password_hash = ? WHERE line = ?", zip(hashes, lines, strict=True))
            advance(len(chunk))

    # --- Writing ------------------------------------------------------------------------------------------------------

    def put_in_order(self) -> None:
        """Parents first, then by login: an index that grows at its end is written much faster than any other."""
        run("INSERT INTO import_order (rank, line) SELECT rank, line FROM import_person ORDER BY rank, login")

    def write(self, visit: Visit, advance: Advance) -> None:
        """In the transaction at hand. Raises ChangedMeanwhile."""
        run(f"PRAGMA cache_size = -{CACHE}")
        try:
            self._write_people(visit, advance)
            self._write_lists(visit)
            self._write_authenticators(visit)
        except peewee.IntegrityError:
            raise ChangedMeanwhile from None
        finally:
            run(f"PRAGMA cache_size = -{USUAL_CACHE}")

    def _write_people(self, visit: Visit, advance: Advance) -> None:
        staged = {column: f"s.{column}" for column in Person._fields if column in _columns(User)}
        insert = _insert(
            User,
            staged
            | {
                "parent_id": "p.id",
                "account_class_id": "coalesce(s.account_class_id, p.account_class_id)",
                "enrolled": "s.sealed_secret IS NOT NULL",  # as the trigger would, which would index everybody twice
                "created_at": ":now",
                "password_changed_at": "CASE WHEN s.password_hash IS NOT NULL THEN :now END",
            },
            "FROM import_person s LEFT JOIN user p ON p.login = s.parent"
            " WHERE s.rowid IN (SELECT line FROM import_order WHERE place BETWEEN :first AND :last)"
            " AND (s.parent IS NULL OR p.id IS NOT NULL) ORDER BY s.rank, s.login",
        )
        of_rank = "SELECT min(place), max(place) FROM import_order GROUP BY rank ORDER BY rank"
        for begin, end in run(of_rank).fetchall():
            for first in range(begin, end + 1, CHUNK):
                last = min(first + CHUNK - 1, end)
                if run(insert, now=visit.now, first=first, last=last).rowcount != last - first + 1:
                    raise ChangedMeanwhile
                advance(last - first + 1)

    def _write_lists(self, visit: Visit) -> None:
        lists = {"user_id": "u.id", "side": "l.side", "access": "l.access", "version": "1"}
        person = "JOIN import_person s ON s.line = l.line JOIN user u ON u.login = s.login"
        run(_insert(TrustedIpList, lists, f"FROM import_list l {person} ORDER BY l.line"))
        entries = {column: f"l.{column}" for column in ("family", "lowest", "highest")}
        entries |= {"trusted_ip_list_id": "t.id", "added_by": ":actor", "added_at": ":now"}
        of_list = "JOIN trusted_ip_list t ON t.user_id = u.id AND t.side = l.side"
        insert = _insert(TrustedIp, entries, f"FROM import_entry l {person} {of_list} ORDER BY l.rowid")
        run(insert, actor=visit.actor[:80], now=visit.now)

    def _write_authenticators(self, visit: Visit) -> None:
        """Their secrets are bound to their ids, so these are given here."""
        [next_id] = run("SELECT coalesce(max(id), 0) + 1 FROM authenticator").fetchone()
        columns = ("id", "user_id", "name", "secret", "last_step", "enabled_at")
        insert = f"INSERT INTO authenticator ({', '.join(columns)}) VALUES (?, ?, ?, ?, ?, ?)"  # noqa: S608 (ours)
        now = visit.now.strftime(UTCDateTimeField.WIRE)
        rows = run(
            "SELECT u.id, s.line, s.sealed_secret FROM import_person s JOIN user u ON u.login = s.login"
            " WHERE s.sealed_secret IS NOT NULL ORDER BY s.line"
        )
        while chunk := rows.fetchmany(CHUNK):
            made = []
            for user_id, line, sealed in chunk:
                secret = vault.encrypt(transfer_people.unseal(line, sealed), codes.binding(next_id))
                made.append((next_id, user_id, NAME, secret, 0, now))
                next_id += 1
            _many(insert, made)


# From the first one on that is too many, of each customer.
_TOO_MANY = """
SELECT line, parent FROM (
  SELECT line, parent, row_number() OVER (PARTITION BY parent ORDER BY line)
         + (SELECT count(*) FROM user u JOIN user c ON c.id = u.parent_id WHERE c.login = p.parent) AS place
    FROM import_person p WHERE kind = 'individual' AND NOT wrong
     AND parent IN (SELECT parent FROM import_person WHERE kind = 'individual' GROUP BY parent
                    HAVING count(*) + (SELECT count(*) FROM user u JOIN user c ON c.id = u.parent_id
                                        WHERE c.login = import_person.parent) > :most))
 WHERE place > :most
"""


def _no_parent(parent: str, kind: str | None, needed: str) -> Conflict:
    if kind is None:
        return Conflict(N_("parent: %(login)s is neither in the file nor among the users"), login=parent)
    return Conflict(N_("parent: %(login)s is no %(kind)s"), login=parent, kind=needed)


def _columns(model: type[Base]) -> list[str]:
    return [field.column_name for field in model._meta.sorted_fields]


def _insert(model: type[Base], staged: Mapping[str, str], rest: str) -> str:
    """The columns that an import does not know get what the model gives them."""
    values = dict(staged)
    for column in model._meta.sorted_fields:
        if column.default is not None and column.column_name not in values:
            values[column.column_name] = _literal(column.db_value(column.default))
    names, expressions = ", ".join(values), ", ".join(values.values())
    return f'INSERT INTO "{model._meta.table_name}" ({names}) SELECT {expressions} {rest}'


def _literal(value: object) -> str:
    return str(int(value)) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"


def _chunks(rows: Iterable[tuple[int, str]], size: int) -> Iterator[list[tuple[int, str]]]:
    rest = iter(rows)
    while chunk := list(islice(rest, size)):
        yield chunk


def _many(statement: str, rows: Iterable[tuple[object, ...]]) -> None:
    """Peewee has no executemany; its errors are kept."""
    try:
        database.connection().executemany(statement, rows)
    except sqlite3.IntegrityError as error:
        raise peewee.IntegrityError(*error.args) from error
    except sqlite3.OperationalError as error:
        raise peewee.OperationalError(*error.args) from error
