"""Whose address a request comes from.

Anybody can send X-Forwarded-For, so its leftmost entry is whatever a liar likes, and counting hops is blind to who is
asking. Only the networks of POSTERN_TRUSTED_PROXIES are believed, from the right, and only as far as each hop is itself
a trusted proxy. In doubt the answer is the last address that is certain: a proxy's own, never one that was made up.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from domain.errors import N_, SettingWrong

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

MAX_HEADER = 2_000
MAX_HOPS = 50
LONGEST_ADDRESS = len("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255")

# The peer of a unix socket, for which PEP 3333 has no word: Waitress says localhost, others nothing.
UNIX_PEERS = frozenset({"", "localhost"})

NOT_A_NETWORK = N_(
    "%(item)s is not a network. "
    "POSTERN_TRUSTED_PROXIES takes 10.0.0.0/8, 127.0.0.1, fd00::/8 or unix, several separated by commas."
)


@dataclass(frozen=True, slots=True)
class Trusted:
    """The proxies whose word on the client's address is taken."""

    networks: tuple[Network, ...] = ()
    unix: bool = False

    def __bool__(self) -> bool:
        return self.unix or bool(self.networks)

    def covers(self, address: Address) -> bool:
        return any(address in network for network in self.networks)


def parse_trusted(text: str) -> Trusted:
    """POSTERN_TRUSTED_PROXIES as typed; SettingWrong names the item that is wrong and what to write instead."""
    items = [item for item in (part.strip() for part in text.split(",")) if item]
    return Trusted(
        networks=tuple(dict.fromkeys(_network(item) for item in items if item != "unix")),
        unix="unix" in items,
    )


def client_address(peer: str, forwarded_for: str | None, trusted: Trusted) -> str:
    """The client's address as canonical text; "" when nobody can tell (a unix socket that is not trusted)."""
    known = _peer(peer)
    if not trusted or forwarded_for is None:
        return str(known or "")
    if known is None and not (peer in UNIX_PEERS and trusted.unix):
        return ""
    if known is not None and not trusted.covers(known):
        return str(known)
    for hop in reversed(_hops(forwarded_for)):
        address = _plain(hop)
        if address is None:
            break
        known = address
        if not trusted.covers(address):
            break
    return str(known or "")


def source(address: str) -> str:
    """What throttling counts: an IPv4 address, or the /64 of an IPv6 one, since one line has all of those."""
    known = _peer(address)
    if isinstance(known, IPv6Address):
        return str(IPv6Network((int(known), 64), strict=False))
    return str(known or "")


@lru_cache(maxsize=4096)
def _peer(text: str) -> Address | None:
    """A peer as the server gives it: link-local ones carry the zone, which names our interface and not the client."""
    return _plain(text.partition("%")[0])


def _plain(text: str) -> Address | None:
    """An address alone, without port, brackets or zone. Dual-stack sockets say ::ffff:10.0.0.1 for 10.0.0.1."""
    if len(text) > LONGEST_ADDRESS or "%" in text:
        return None
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address


def _hops(forwarded_for: str) -> list[str]:
    """The entries from left to right. Of an over-long header the left goes, the liar's end, and the hop cut through."""
    if len(forwarded_for) > MAX_HEADER:
        forwarded_for = forwarded_for[-MAX_HEADER:].partition(",")[2]
    return [hop.strip(" \t") for hop in forwarded_for.rsplit(",", MAX_HOPS)[-MAX_HOPS:]]


def _network(item: str) -> Network:
    """A network by a grammar of our own: `ipaddress` also takes host masks, /0.0.0.0 as everything, and /08."""
    text, slash, bits = item.partition("/")
    if "%" in text or (slash and not re.fullmatch("0|[1-9][0-9]{0,2}", bits)):
        raise SettingWrong(NOT_A_NETWORK, item=repr(item))
    try:
        network = ip_network(item, strict=False)
    except ValueError:
        raise SettingWrong(NOT_A_NETWORK, item=repr(item)) from None
    if network.network_address != ip_address(text):
        raise SettingWrong(
            N_("%(item)s has bits set behind its prefix: write %(network)s, or %(address)s for that one address."),
            item=repr(item),
            network=network,
            address=text,
        )
    if isinstance(network, IPv6Network) and network.network_address.ipv4_mapped and network.prefixlen >= 96:
        network = IPv4Network((int(network.network_address.ipv4_mapped), network.prefixlen - 96))
    if network.prefixlen == 0:
        raise SettingWrong(
            N_("%(item)s would let anybody claim any address: name the proxy's own address or network."),
            item=repr(item),
        )
    return network
