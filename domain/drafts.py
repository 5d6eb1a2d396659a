"""A list of addresses while somebody edits it: what stands in his form. Nothing is stored before Save."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from domain import list_errors, networks
from domain.errors import N_, Refusal
from domain.networks import Network, Parsed, Remark
from domain.trusted_ips import AddressList, Entry
from models import Access

SHOWN = 25  # entries with fields of their own; a longer list is edited as text
NEVER, KEEP = "never", "keep"
LIFETIMES: dict[str, timedelta | None] = {
    NEVER: None,
    "1h": timedelta(hours=1),
    "1d": timedelta(days=1),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
}


def lifetimes() -> list[tuple[str, int | None]]:
    """Each choice with its seconds."""
    return [(key, int(lifetime.total_seconds()) if lifetime else None) for key, lifetime in LIFETIMES.items()]


TAKEN_AS = N_("%(entry)s is in the list as %(network)s.")


class Details(NamedTuple):
    """What was typed beside an entry."""

    note: str
    lifetime: str


class Row(NamedTuple):
    """An entry in the form, and the lifetime chosen there: `keep`, or from Save on."""

    entry: Entry
    lifetime: str

    def wanted(self, now: datetime) -> Entry:
        if self.lifetime == KEEP:
            return self.entry
        lifetime = LIFETIMES[self.lifetime]
        return replace(self.entry, expires_at=now + lifetime if lifetime else None)


def rows_of(entries: Iterable[Entry]) -> tuple[Row, ...]:
    return tuple(Row(entry, KEEP if entry.expires_at else NEVER) for entry in entries)


@dataclass(frozen=True, slots=True)
class Draft:
    """`rows` are all of the list, or the first of `count` where it is long and not being edited.

    `details`: whether each entry has its fields for note and expiry. `raw` is the text as it came, where it is wrong.
    """

    access: str
    rows: tuple[Row, ...]
    here: Network | None  # the visitor's address
    now: datetime
    count: int
    unsaved: bool = False
    details: bool = False
    raw: str | None = None
    address: str = ""
    version: int = 0  # of the stored list that is being edited

    @property
    def shows_all(self) -> bool:
        return self.count == len(self.rows)

    @property
    def is_short(self) -> bool:
        return self.count <= SHOWN

    @property
    def shows_details(self) -> bool:
        return self.details and self.is_short

    @property
    def first(self) -> tuple[Row, ...]:
        return self.rows[:SHOWN]

    @property
    def text(self) -> str:
        return networks.written(tuple(row.entry.network for row in self.rows)) if self.raw is None else self.raw

    @property
    def near(self) -> Network | None:
        return networks.around(self.here) if self.here else None

    @property
    def includes_here(self) -> bool:
        return self.wanted.includes(self.here, self.now)

    def is_here(self, entry: Entry) -> bool:
        return self.here is not None and entry.network.covers(self.here) and not entry.is_over(self.now)

    @property
    def wanted(self) -> AddressList:
        return AddressList(Access(self.access), tuple(row.wanted(self.now) for row in self.rows))

    def adding(self, text: str) -> tuple[Draft, list[Remark]]:
        """With what was typed as one more address, or several. Raises EntryWrong, or ListWrong and its kin."""
        if not text:
            raise list_errors.EntryWrong
        parsed = _parsed_address(text)
        known = {row.entry.network: row for row in self.rows}
        for network in parsed.networks:
            if network not in known or known[network].wanted(self.now).is_over(self.now):
                known[network] = Row(Entry(network), NEVER)
        remarks = [r._replace(sentence=TAKEN_AS) if r.sentence == networks.SAVED_AS else r for r in parsed.remarks]
        return replace(self._changed(known[network] for network in sorted(known)), address=""), remarks

    def without(self, text: str) -> Draft:
        return self._changed(row for row in self.rows if row.entry.text != text)

    def _changed(self, rows: Iterable[Row]) -> Draft:
        rows = tuple(rows)
        return replace(self, rows=rows, count=len(rows), unsaved=True, details=True)


def _parsed_address(text: str) -> Parsed:
    """As a list, with what is wrong said at the field for one more address."""
    try:
        return networks.parse(text)
    except (list_errors.ListWrong, list_errors.ListTooLong, list_errors.TooManyEntries) as error:
        wrong: Refusal = error
        if isinstance(error, list_errors.ListWrong) and len(text.splitlines()) == 1:
            wrong = error.reason
        wrong.field = "address"
        raise wrong from None


def of(
    stored: AddressList, here: Network | None, now: datetime, count: int | None = None, *, details: bool = False
) -> Draft:
    """The list as it is stored; `count` where only its first entries were read."""
    rows = rows_of(stored.entries)
    count = len(rows) if count is None else count
    return Draft(stored.access, rows, here, now, count, details=details, version=stored.version)


def of_form(
    stored: AddressList, here: Network | None, now: datetime, access: str, address: str, version: int | None = None
) -> Draft:
    """The stored entries under the mode of a form, with what stands in its field for one more address."""
    mode = Access.LISTED if access == Access.LISTED else Access.ANY
    return replace(
        of(stored, here, now),
        access=mode,
        address=address.strip(),
        version=stored.version if version is None else version,
    )


def edited(stored: AddressList, text: str, details: Mapping[str, Details], draft: Draft) -> tuple[Draft, list[Remark]]:
    """The list as it was typed: what stays keeps what is known of it, unless something was typed beside it."""
    parsed = networks.parse(text)
    known = {row.entry.network: row for row in rows_of(stored.entries)}
    rows = tuple(_row(network, known.get(network), details.get(str(network))) for network in parsed.networks)
    unsaved = rows != tuple(known.values()) or draft.access != stored.access
    draft = replace(draft, rows=rows, count=len(rows), unsaved=unsaved, details=unsaved or bool(details))
    return draft, list(parsed.remarks)


def _row(network: Network, known: Row | None, details: Details | None) -> Row:
    row = known or Row(Entry(network), NEVER)
    if details is None:
        return row
    keeps = details.lifetime in LIFETIMES or (details.lifetime == KEEP and row.lifetime == KEEP)
    return Row(replace(row.entry, note=details.note), details.lifetime if keeps else NEVER)
