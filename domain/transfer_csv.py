"""The CSV of import and export: its columns, and reading it line by line, whatever is wrong with it."""

from __future__ import annotations

import bisect
import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple

from domain import list_columns
from domain.errors import N_, NN_, Conflict, Refusal

SECRETS = ("password_hash", "totp_secret")
COLUMNS = (
    "login",
    "name",
    "email",
    "kind",
    "parent",
    "class",
    "role",
    "password",
    *SECRETS,
    *list_columns.OF_USER,
    "bind_session",
    "two_factor",
    "time_zone",
    "language",
    "output_format",
    "input_format",
    "active",
    "activates_at",
    "expires_at",
)
TOLD = 20  # wrong lines
LONGEST = 1024 * 1024  # bytes between two ends of lines; a field has 131,072 characters at most, which csv sees to


class Line(NamedTuple):
    """One person: the number of its first physical line, and what is written in it; empty fields are left out."""

    number: int
    values: dict[str, str]


class WrongLine(NamedTuple):
    number: int
    reason: Refusal


class FileWrong(Conflict):
    """The file as a whole cannot be read."""


class LineUnreadable(Conflict):
    """So wrong that nobody knows where the next line begins."""


class WrongLines(Refusal):
    """Nothing was imported; `first` are the first wrong lines of `count`."""

    message = NN_(
        "%(count)s line is wrong, so nothing was imported.",
        "%(count)s lines are wrong, so nothing was imported.",
        by="count",
    )

    def __init__(self, first: list[WrongLine], count: int) -> None:
        super().__init__(count=count)
        self.first, self.count = first, count


@dataclass
class Complaints:
    """What is wrong, in the order of the lines, as much of it as is told."""

    first: list[WrongLine] = field(default_factory=list)
    count: int = 0

    def add(self, number: int, reason: Refusal) -> None:
        self.count += 1
        bisect.insort(self.first, WrongLine(number, reason), key=lambda wrong: wrong.number)
        del self.first[TOLD:]

    def refuse(self) -> None:
        if self.count:
            raise WrongLines(self.first, self.count)


def read(file: BinaryIO, complaints: Complaints, advance: Callable[[int], object]) -> Iterator[Line]:
    """The people of a file. Raises FileWrong for a header that is none; whatever else is wrong is complained of.

    `advance` is told of the bytes that were read.
    """
    reader = csv.reader(_texts(file, advance), strict=True)
    columns, begins = None, 1
    try:
        for row in reader:
            if row and columns is None:
                columns = _columns(row)
            elif row and columns is not None:
                yield from _line(begins, row, columns, complaints)
            begins = reader.line_num + 1
    except csv.Error as error:
        complaints.add(begins, Conflict(N_("this is no CSV (%(error)s). What follows was not read."), error=error))
    except LineUnreadable as wrong:
        complaints.add(reader.line_num + 1, wrong)
    if columns is None:
        complaints.refuse()
        raise FileWrong(N_("The file is empty. Its first line names the columns."))


def _texts(file: BinaryIO, advance: Callable[[int], object]) -> Iterator[str]:
    encoding = "utf-8-sig"
    while line := file.readline(LONGEST + 1):
        advance(len(line))
        if len(line) > LONGEST:
            raise LineUnreadable(N_("longer than %(most)s bytes. What follows was not read."), most=LONGEST)
        try:
            yield line.decode(encoding)
        except UnicodeDecodeError:
            raise LineUnreadable(N_("this is not UTF-8. What follows was not read.")) from None
        encoding = "utf-8"


def _columns(header: list[str]) -> list[str]:
    columns = [name.strip() for name in header]
    if unknown := [column for column in columns if column not in COLUMNS]:
        said = N_("There is no column %(unknown)s. There are: %(columns)s.")
        raise FileWrong(said, unknown=", ".join(unknown), columns=", ".join(COLUMNS))
    if twice := [column for column in COLUMNS if columns.count(column) > 1]:
        raise FileWrong(N_("The first line names a column twice: %(columns)s."), columns=", ".join(twice))
    if "login" not in columns:
        raise FileWrong(N_("The first line names the columns, and there is no login among them."))
    return columns


def _line(number: int, row: list[str], columns: list[str], complaints: Complaints) -> Iterator[Line]:
    if len(row) == len(columns):
        yield Line(number, {column: value for column, value in zip(columns, row, strict=True) if value})
        return
    said = N_("not as many fields (%(fields)s) as the first line names columns (%(columns)s)")
    complaints.add(number, Conflict(said, fields=len(row), columns=len(columns)))
