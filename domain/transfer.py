"""People from a CSV file, all or none of them; and into one."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import BinaryIO, TextIO

from domain import audit, codes, list_columns, people_search, transfer_csv, transfer_people, trusted_ips, vault
from domain.audit import Tag
from domain.errors import N_, Refusal
from domain.list_columns import OWN, PROVIDER
from domain.transfer_csv import COLUMNS, SECRETS, Complaints, FileWrong, Line
from domain.transfer_people import Checks
from domain.transfer_staging import Advance, Staging, staging
from domain.trusted_ips import AddressList
from domain.visit import Visit
from models import Access, Kind, Side, database, instant, run

# A part of the work: what it is called, and how much there is to do.
Step = Callable[[str, int], AbstractContextManager[Advance]]
READING, HASHING, WRITING = N_("Reading"), N_("Hashing passwords"), N_("Writing")


def untold(label: str, total: int) -> AbstractContextManager[Advance]:
    """A step that nobody watches."""
    return nullcontext(lambda count: None)


@dataclass(frozen=True, slots=True)
class Imported:
    """How many of each kind, or how many it would have been."""

    counts: dict[str, int]
    dry_run: bool

    @property
    def total(self) -> int:
        return sum(self.counts.values())


# --- Import -----------------------------------------------------------------------------------------------------------


def import_people(file: BinaryIO, name: str, visit: Visit, step: Step, *, dry_run: bool) -> Imported:
    """New users, in one transaction; `name` is what the event calls the file.

    Everything is checked before the first password is hashed, and hashed before the database is locked. Raises
    FileWrong, WrongLines or ChangedMeanwhile; nothing is imported then.
    """
    with staging() as staged:
        _read(file, staged, step)
        counts = staged.counts()
        if not dry_run and any(counts.values()):
            _store(staged, counts, name, visit, step)
    return Imported(counts, dry_run)


def _store(staged: Staging, counts: dict[str, int], name: str, visit: Visit, step: Step) -> None:
    if passwords := staged.passwords():
        with step(HASHING, passwords) as advance:
            staged.hash_passwords(advance)
    staged.put_in_order()
    with step(WRITING, sum(counts.values())) as advance, database.atomic():
        staged.write(visit, advance)
        audit.record(Tag.USERS_IMPORTED, visit, name, details={kind: count for kind, count in counts.items() if count})
    people_search.tidy()


def _read(file: BinaryIO, staged: Staging, step: Step) -> None:
    """Twice where there are individuals: their class, and so their time zone, is that of a customer who may follow."""
    if not file.seekable():
        raise FileWrong(N_("A pipe cannot be imported, because it is read twice. Write it into a file first."))
    size = file.seek(0, os.SEEK_END)
    complaints, checks = Complaints(), Checks(staged.class_id_of)
    waiting = 0
    with step(READING, size) as advance:
        for line in _from_start(file, complaints, advance):
            if line.values.get("kind") == Kind.INDIVIDUAL:
                waiting += 1
            else:
                _stage(line, checks, staged, complaints)
    staged.index()
    if waiting:
        with step(READING, size) as advance:
            for line in _from_start(file, Complaints(), advance):  # of these it was complained before
                if line.values.get("kind") == Kind.INDIVIDUAL:
                    _stage(line, checks, staged, complaints)
        staged.flush()
    for number, reason in staged.clashes():
        complaints.add(number, reason)
    complaints.refuse()


def _from_start(file: BinaryIO, complaints: Complaints, advance: Advance) -> Iterator[Line]:
    file.seek(0)
    return transfer_csv.read(file, complaints, advance)


def _stage(line: Line, checks: Checks, staged: Staging, complaints: Complaints) -> None:
    try:
        staged.add(*checks.person(line))
    except Refusal as reason:
        complaints.add(line.number, reason)
        staged.add(transfer_people.wrong(line))


# --- Export -----------------------------------------------------------------------------------------------------------

_EVERYBODY = (
    "SELECT u.id, u.login, u.name, u.email, u.kind, p.login, c.name, r.name, u.password_hash, u.bind_session,"
    " u.two_factor, u.time_zone, u.language, u.output_format, u.input_format, u.active, u.activates_at, u.expires_at"
    " FROM user u JOIN account_class c ON c.id = u.account_class_id JOIN role r ON r.id = u.role_id"
    " LEFT JOIN user p ON p.id = u.parent_id WHERE u.kind = ? ORDER BY u.login"
)
_FETCHED = (
    "id", "login", "name", "email", "kind", "parent", "class", "role", "password_hash", "bind_session", "two_factor",
    "time_zone", "language", "output_format", "input_format", "active", "activates_at", "expires_at",
)  # fmt: skip


def export(out: TextIO, *, with_secrets: bool) -> int:
    """Everybody, those who have others below them first, as they are at one moment. Returns how many."""
    columns = [column for column in COLUMNS if column != "password" and (with_secrets or column not in SECRETS)]
    written = csv.writer(out, lineterminator="\n")
    written.writerow(columns)
    count = 0
    with database.atomic("DEFERRED"):  # reads only; nobody waits for it
        for kind in Kind:
            for row in run(_EVERYBODY, kind):
                values = _values(dict(zip(_FETCHED, row, strict=True)), with_secrets=with_secrets)
                written.writerow([values[column] for column in columns])
                count += 1
    return count


def _values(fetched: dict[str, object], *, with_secrets: bool) -> dict[str, object]:
    user_id = fetched["id"]
    values = fetched | _lists_of(user_id)
    for column in ("bind_session", "active"):
        values[column] = "yes" if fetched[column] else "no"
    for column in ("activates_at", "expires_at"):
        values[column] = instant(str(fetched[column])).isoformat() if fetched[column] else ""
    if with_secrets:
        values["totp_secret"] = _secret_of(user_id)
    return values


def _lists_of(user_id: object) -> dict[str, object]:
    """Entries that expire stay behind: the file has no place for that, and they would hold for good."""
    values: dict[str, object] = dict(zip((*OWN, *PROVIDER), (Access.ANY, "", Access.INHERIT, ""), strict=True))
    for list_id, side, access in run("SELECT id, side, access FROM trusted_ip_list WHERE user_id = ?", user_id):
        entries = tuple(entry for entry in trusted_ips.entries_of(list_id) if entry.expires_at is None)
        values |= list_columns.shown(AddressList(Access(access), entries), OWN if side == Side.OWN else PROVIDER)
    return values


def _secret_of(user_id: object) -> str:
    found = run("SELECT id, secret FROM authenticator WHERE user_id = ? ORDER BY id", user_id).fetchone()
    return vault.decrypt(found[1], codes.binding(found[0])) if found else ""
