"""An import beside others who write, and what it leaves behind."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress

import pytest

from domain import transfer, users
from domain.transfer_csv import WrongLines
from domain.transfer_staging import ChangedMeanwhile
from models import User, database, run
from tests.cast import Cast
from tests.domain.seat import KEY, console, overtaken, refused

HEADER = b"login,kind,parent,totp_secret,trusted_ips,password\n"
LINES = HEADER + b"pia,individual,paul,,10.0.0.1,\npaul,customer,rita," + KEY.encode() + b",,pauls nine paper boats\n"


def bring(lines: bytes = LINES, step: transfer.Step = transfer.untold) -> transfer.Imported:
    return transfer.import_people(io.BytesIO(lines), "people.csv", console(), step, dry_run=False)


def rows() -> tuple[int, ...]:
    """Of each table that an import writes, and of those it works with."""
    tables = ("user", "authenticator", "trusted_ip_list", "trusted_ip", "event", "temp.sqlite_master")
    return tuple(run(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables)


def writings() -> int:
    """How many transactions such an import begins; the last one is that which writes."""
    begun: list[str] = []
    database.connection().set_trace_callback(lambda said: begun.append(said) if said.startswith("BEGIN") else None)
    try:
        bring(LINES.replace(b"pia", b"pit").replace(b"paul", b"peer").replace(b"rita", b""))
    finally:
        database.connection().set_trace_callback(None)
    return len(begun)


@pytest.mark.parametrize(
    "change",
    [
        lambda: users.create("paul", console()),
        lambda: User.delete().where(User.login == "rita").execute(),
    ],
    ids=["somebody took the login", "the reseller is gone"],
)
def test_whoever_changes_users_meanwhile_keeps_what_he_did(change: Callable[[], object], cast: Cast) -> None:
    last = writings()
    before = rows()
    refused(lambda: overtaken(bring, change, transaction=last), ChangedMeanwhile)
    assert [now - then for now, then in zip(rows(), before, strict=True)][1:4] == [0, 0, 0]
    assert users.by_login("pia") is None


def test_the_database_is_not_locked_while_a_file_is_read_and_passwords_are_hashed(cast: Cast) -> None:
    seen: list[str] = []

    @contextmanager
    def step(label: str, total: int) -> Iterator[Callable[[int], object]]:
        def advance(count: int) -> None:
            if label != transfer.WRITING:
                another = sqlite3.connect(database.database, timeout=0, isolation_level=None)
                with closing(another):
                    another.execute("BEGIN IMMEDIATE")
            seen.append(label)

        yield advance

    assert bring(step=step).total == 2
    assert set(seen) == {transfer.READING, transfer.HASHING, transfer.WRITING}


def test_a_step_is_told_of_as_much_as_there_is_to_do(cast: Cast) -> None:
    done: dict[str, list[int]] = {}

    @contextmanager
    def step(label: str, total: int) -> Iterator[Callable[[int], object]]:
        counts: list[int] = []
        yield counts.append
        assert sum(counts) == total
        done[label] = counts

    bring(step=step)
    assert set(done) == {transfer.READING, transfer.HASHING, transfer.WRITING}


@pytest.mark.parametrize("lines", [LINES, LINES + b"x,boss,,,,\n", HEADER])
def test_nothing_of_the_work_stays(lines: bytes, cast: Cast) -> None:
    cache = run("PRAGMA cache_size").fetchone()
    with suppress(WrongLines):
        bring(lines)
    assert rows()[-1] == 0
    assert run("PRAGMA cache_size").fetchone() == cache


def test_no_password_and_no_key_lies_in_the_work_in_clear(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = database.connection()
    bound: list[str] = []
    connection.set_trace_callback(bound.append)  # with the values
    try:
        bring()
    finally:
        connection.set_trace_callback(None)
    assert any("import_person" in statement for statement in bound)
    said = "\n".join(bound)
    assert KEY not in said and "paper boats" not in said


def test_lists_and_filters_find_those_who_came(cast: Cast) -> None:
    bring()
    paul, pia = users.by_login("paul"), users.by_login("pia")
    assert paul and pia
    assert (paul.enrolled, pia.enrolled, paul.parent.login, pia.parent.login) == (True, False, "rita", "paul")
    assert run("SELECT count(*) FROM user_search('paul')").fetchone() == (1,)
    run("INSERT INTO user_search (user_search, rank) VALUES ('integrity-check', 1)")
