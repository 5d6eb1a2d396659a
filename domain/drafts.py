"""A list of addresses while somebody edits it: what stands in his form. Nothing is stored before Save."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from domain import list_errors, networks
from domain.errors import N_
from domain.networks import Network, Note, Parsed
from domain.trusted_ips import AddressList, Entry
from models import Access

SHOWN = 25  # entries with fields of their own; a longer list is edited as text
NEVER, KEEP = "never", "keep"
LIFETIMES: dict[str, tuple[str, timedelta | None]] = {
    NEVER: (N_("Never"), None),
    "1h": (N_("1 hour"), timedelta(hours=1)),
    "1d": (N_("1 day"), timedelta(days=1)),
    "7d": (N_("7 days"), timedelta(days=7)),
    "30d": (N_("30 days"), timedelta(days=30)),
}
TAKEN_AS = N_("%(entry)s is in the list as %(network)s.")


class Details(NamedTuple):
    """What was typed beside an entry."""

    note: str
    lifetime: str


@dataclass(frozen=True, slots=True)
class Line:
    """An entry in the form. `lifetime` is the choice made there: `keep`, or from now on."""

    network: Network
    stored: Entry | None
    note: str
    lifetime: str

    @property
    def text(self) -> str:
        return str(self.network)

    @property
    def expires_at(self) -> datetime | None:
        return self.stored.expires_at if self.stored and self.lifetime == KEEP else None

    @property
    def added_by(self) -> str:
        return self.stored.added_by if self.stored else ""

    @property
    def last_used_at(self) -> datetime | None:
        return self.stored.last_used_at if self.stored else None

    def entry(self, now: datetime) -> Entry:
        """As it will be stored."""
        _, lifetime = LIFETIMES.get(self.lifetime, LIFETIMES[NEVER])
        expires_at = now + lifetime if lifetime else self.expires_at  # which is none unless it is kept
        return replace(self.stored or Entry(self.network), note=self.note, expires_at=expires_at)


def lines(entries: Iterable[Entry]) -> tuple[Line, ...]:
    return tuple(Line(e.network, e, e.note, KEEP if e.expires_at else NEVER) for e in entries)


@dataclass(frozen=True, slots=True)
class Draft:
    """`entries` are all lines of the list, or its first where it is long and not being edited.

    `details`: whether each entry has its fields for note and expiry. `typed` is the text as it came.
    """

    access: str
    entries: tuple[Line, ...]
    here: Network | None  # the visitor's address
    now: datetime
    count: int
    unsaved: bool = False
    details: bool = False
    typed: str | None = None
    address: str = ""

    @property
    def shows_all(self) -> bool:
        return self.count == len(self.entries)

    @property
    def shows_details(self) -> bool:
        return self.details and self.is_short

    @property
    def is_short(self) -> bool:
        return self.count <= SHOWN

    @property
    def text(self) -> str:
        return networks.written(tuple(line.network for line in self.entries)) if self.typed is None else self.typed

    @property
    def near(self) -> Network | None:
        return networks.around(self.here) if self.here else None

    @property
    def includes_here(self) -> bool:
        return any(self.is_here(line) for line in self.entries)

    def is_here(self, line: Line) -> bool:
        return self.here is not None and line.network.covers(self.here) and not self.is_over(line)

    def is_over(self, line: Line) -> bool:
        return line.entry(self.now).is_over(self.now)

    @property
    def wanted(self) -> AddressList:
        return AddressList(Access(self.access), tuple(line.entry(self.now) for line in self.entries))

    def adding(self, text: str) -> tuple[Draft, list[Note]]:
        """With what was typed as one more address, or several. Raises EntryWrong, or ListWrong and its kin."""
        parsed = _parsed_address(text)
        lines = {network: Line(network, None, "", NEVER) for network in parsed.networks}
        lines |= {line.network: line for line in self.entries if line.network not in lines or not self.is_over(line)}
        entries = tuple(lines[network] for network in sorted(lines))
        notes = [n._replace(sentence=TAKEN_AS) if n.sentence == networks.SAVED_AS else n for n in parsed.notes]
        return replace(self._changed(entries), address=""), notes

    def without(self, text: str) -> Draft:
        return self._changed(tuple(line for line in self.entries if line.text != text))

    def _changed(self, entries: tuple[Line, ...]) -> Draft:
        return replace(self, entries=entries, count=len(entries), unsaved=True, details=True)


def _parsed_address(text: str) -> Parsed:
    """As a list, with what is wrong said at the field for one more address."""
    try:
        return networks.parse(text)
    except list_errors.ListWrong as error:
        reason: list_errors.EntryWrong = error.values["reason"]  # type: ignore[assignment]
        wrong = error if len(text.splitlines()) > 1 else reason
        wrong.field = "address"
        raise wrong from None


def typed(stored: AddressList, here: Network | None, now: datetime, access: str, address: str) -> Draft:
    """The stored entries under the mode of a form, with what stands in its field for one more address."""
    mode = Access.LISTED if access == Access.LISTED else Access.ANY
    return replace(of(AddressList(mode, stored.entries), here, now), address=address.strip())


def of(
    stored: AddressList, here: Network | None, now: datetime, count: int | None = None, *, details: bool = False
) -> Draft:
    """The list as it is stored; `count` where only its first entries were read."""
    entries = lines(stored.entries)
    return Draft(stored.access, entries, here, now, len(entries) if count is None else count, details=details)


def edited(stored: AddressList, text: str, details: Mapping[str, Details], draft: Draft) -> tuple[Draft, list[Note]]:
    """The list as it was typed: what stays keeps what is known of it, unless something was typed beside it."""
    parsed = networks.parse(text)
    known = {line.network: line for line in lines(stored.entries)}
    entries = tuple(_line(network, known.get(network), details.get(str(network))) for network in parsed.networks)
    unsaved = entries != tuple(known.values()) or draft.access != stored.access
    draft = replace(draft, entries=entries, count=len(entries), unsaved=unsaved, details=unsaved or bool(details))
    return draft, list(parsed.notes)


def _line(network: Network, known: Line | None, typed: Details | None) -> Line:
    if typed is None:
        return known or Line(network, None, "", NEVER)
    lifetime = typed.lifetime if typed.lifetime in LIFETIMES or (known and typed.lifetime == KEEP) else NEVER
    return Line(network, known.stored if known else None, typed.note, lifetime)
