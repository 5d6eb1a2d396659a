"""The one grammar of address lists, for pages and terminal.

`ipaddress` alone would not do: it takes 10.0.0.0/0.0.0.255 as a host mask, /0.0.0.0 as everything, /08 as /8, and
holds ::ffff:10.0.0.1 to be outside of 10.0.0.0/8. What could be meant in two ways is refused here, with the cure.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import NamedTuple

from domain import list_errors
from domain.errors import N_
from domain.list_errors import EntryWrong, ListTooLong, ListWrong, TooManyEntries

MOST = 1_000
LONGEST = 100_000  # characters of a list; 1,000 ranges of IPv6 in full have 80,000
BITS = {4: 32, 6: 128}
NEAR = {4: 24, 6: 64}  # the prefix of one line of a provider
MAPPED = 96  # the prefix of ::ffff:0:0, under which dual-stack sockets write IPv4

# --- Networks ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, order=True)
class Network:
    """All addresses from lowest to highest. Its text is what `parse_entry` reads as the same network."""

    family: int
    lowest: int
    highest: int

    @classmethod
    def unpack(cls, family: int, lowest_hex: str, highest_hex: str) -> Network:
        """From the packed texts; raises ValueError for any others."""
        network = cls(family, int(lowest_hex, 16), int(highest_hex, 16))
        sound = family in BITS and 0 <= network.lowest <= network.highest < 1 << BITS[family]
        if not sound or (network.packed_lowest, network.packed_highest) != (lowest_hex, highest_hex):
            raise ValueError(f"{family} {lowest_hex!r} {highest_hex!r} is no network")
        return network

    @property
    def packed_lowest(self) -> str:
        return f"{self.lowest:0{BITS[self.family] // 4}x}"

    @property
    def packed_highest(self) -> str:
        return f"{self.highest:0{BITS[self.family] // 4}x}"

    def covers(self, other: Network) -> bool:
        return self.family == other.family and self.lowest <= other.lowest and other.highest <= self.highest

    def __str__(self) -> str:
        lowest, size = self._text(self.lowest), self.highest - self.lowest + 1
        if size == 1:
            return lowest
        if size & (size - 1) == 0 and self.lowest % size == 0:
            return f"{lowest}/{BITS[self.family] + 1 - size.bit_length()}"
        return f"{lowest}-{self._text(self.highest)}"

    def _text(self, end: int) -> str:
        return str(IPv4Address(end) if self.family == 4 else IPv6Address(end))


@lru_cache(maxsize=4096)
def address(text: str) -> Network | None:
    """One address as `client_address` gives it; None where nobody could tell it."""
    try:
        return _unmapped(_single(text)) if _SIGNS.issuperset(text) else None
    except EntryWrong:
        return None


def around(address: Network) -> Network:
    """The line that an address belongs to: its /24, or its /64 in IPv6."""
    return _prefix(address.family, address.lowest, NEAR[address.family])


def written(networks: tuple[Network, ...]) -> str:
    return "\n".join(f"{network};" for network in networks)


# --- Lists ------------------------------------------------------------------------------------------------------------


class Remark(NamedTuple):
    """What became of an entry that was accepted, to be said to the person."""

    sentence: str
    values: dict[str, str]


class Parsed(NamedTuple):
    """The networks in the order of their addresses, each once."""

    networks: tuple[Network, ...]
    remarks: tuple[Remark, ...]


SAVED_AS = N_("%(entry)s was saved as %(network)s.")
COVERED = N_("%(network)s is already covered by %(wider)s.")


def parse(text: str) -> Parsed:
    """A list: entries on lines of their own or ended by ";". Raises ListWrong, TooManyEntries or ListTooLong."""
    if len(text) > LONGEST:
        raise ListTooLong(limit=LONGEST)
    entries = _entries(text)
    if len(entries) > MOST:
        raise TooManyEntries(limit=MOST, count=len(entries))
    altered: dict[str, Network] = {}
    found: set[Network] = set()
    for line, entry in entries:
        try:
            parsed = parse_entry(entry)
        except EntryWrong as wrong:
            raise ListWrong(line, wrong) from None
        found.add(parsed.network)
        if parsed.altered:
            altered[list_errors.shown(entry)] = parsed.network
    networks = tuple(sorted(found))
    saved_as = (Remark(SAVED_AS, {"entry": entry, "network": str(network)}) for entry, network in altered.items())
    return Parsed(networks, (*saved_as, *_covered(networks)))


def _entries(text: str) -> list[tuple[int, str]]:
    """Each with the number of its line. Only what ends a line in a file or a form does so here."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [(number, entry) for number, line in enumerate(lines, 1) for entry in line.split(";") if entry.strip(" \t")]


def _covered(networks: tuple[Network, ...]) -> list[Remark]:
    """In this order the entry that reaches furthest so far covers the next one, or none does."""
    remarks: list[Remark] = []
    widest: Network | None = None
    for network in sorted(networks, key=lambda network: (network.family, network.lowest, -network.highest)):
        if widest and widest.covers(network):
            remarks.append(Remark(COVERED, {"network": str(network), "wider": str(widest)}))
        else:
            widest = network
    return remarks


# --- Entries ----------------------------------------------------------------------------------------------------------


class ParsedEntry(NamedTuple):
    """`altered`: the network is not what was written, since host bits were cut or IPv6 was another name for IPv4."""

    network: Network
    altered: bool


_SIGNS = frozenset("0123456789abcdefABCDEF:./-")
# Looked up, since int() also takes "+1", "1_0", "08" and the digits of every script.
_OCTETS = {str(number): number for number in range(256)}
_PREFIXES = {family: {str(number): number for number in range(bits + 1)} for family, bits in BITS.items()}
_NETMASKS = {str(IPv4Address((1 << 32) - (1 << 32 - bits) & 0xFFFFFFFF)): bits for bits in range(33)}
_SIZES = {4: _PREFIXES[4] | _NETMASKS, 6: _PREFIXES[6]}


def parse_entry(text: str) -> ParsedEntry:
    """An address, address/prefix, IPv4/netmask or range a-b; raises EntryWrong."""
    entry = "-".join(part.strip(" ") for part in text.replace("\t", " ").split("-"))
    if not entry:
        raise EntryWrong
    if not _SIGNS.issuperset(entry):
        raise list_errors.strange(entry)
    if "-" in entry:
        found, altered = _range(entry), False
    elif "/" in entry:
        found, altered = _network(entry)
    else:
        found, altered = _single(entry), False
    network = _unmapped(found)
    if network.highest - network.lowest + 1 == 1 << BITS[network.family]:
        raise list_errors.refusal(list_errors.EVERYBODY, entry)
    return ParsedEntry(network, altered or network is not found)


def _single(entry: str) -> Network:
    family, value = _address(entry)
    return Network(family, value, value)


def _range(entry: str) -> Network:
    first, _, last = entry.partition("-")
    if "/" in entry or "-" in last or not (first and last):
        raise list_errors.refusal(list_errors.RANGE, entry)
    (family, lowest), (other, highest) = _address(first), _address(last)
    if family != other:
        raise list_errors.refusal(list_errors.RANGE_MIXED, entry)
    if lowest > highest:
        raise list_errors.refusal(list_errors.RANGE_REVERSED, entry, range=f"{last}-{first}")
    return Network(family, lowest, highest)


def _network(entry: str) -> tuple[Network, bool]:
    """With whether host bits were cut."""
    head, _, size = entry.partition("/")
    if not head or "/" in size:
        raise list_errors.refusal(list_errors.NETWORK, entry)
    family, value = _address(head)
    bits = _SIZES[family].get(size)
    if bits is None:
        raise list_errors.not_size(entry, head, size)
    network = _prefix(family, value, bits)
    if value >> 32 == 0xFFFF and bits < MAPPED:  # somebody meant /24 of the IPv4 address
        raise list_errors.refusal(list_errors.PREFIX_MAPPED, entry, address=str(_unmapped(_single(head))))
    return network, network.lowest != value


def _address(text: str) -> tuple[int, int]:
    """Family and value of what has no signs but those of addresses."""
    return (6, _ipv6(text)) if ":" in text else (4, _ipv4(text))


def _ipv4(text: str) -> int:
    octets = [_OCTETS.get(number, -1) for number in text.split(".")]
    if len(octets) != 4 or -1 in octets:
        raise list_errors.not_ipv4(text)
    return octets[0] << 24 | octets[1] << 16 | octets[2] << 8 | octets[3]


def _ipv6(text: str) -> int:
    _, _, tail = text.rpartition(":")
    if "." in tail:
        _ipv4(tail)  # what is wrong with it is said of these four numbers
    try:
        return int(IPv6Address(text))
    except AddressValueError:
        raise list_errors.not_ipv6(text) from None


def _unmapped(network: Network) -> Network:
    """Dual-stack sockets say ::ffff:10.0.0.1 for 10.0.0.1. The same network where it is not all of that kind."""
    if network.family == 6 and network.lowest >> 32 == 0xFFFF == network.highest >> 32:
        return Network(4, network.lowest & 0xFFFFFFFF, network.highest & 0xFFFFFFFF)
    return network


def _prefix(family: int, value: int, bits: int) -> Network:
    size = 1 << BITS[family] - bits
    return Network(family, value & -size, value | size - 1)
