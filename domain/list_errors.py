"""Refusals of lists of addresses: what a list would do to who saves it; what is wrong with an entry, and the cure."""

from __future__ import annotations

from ipaddress import AddressValueError, IPv4Address, IPv4Network

from domain.errors import N_, Refusal


class AccessMissing(Refusal):
    message = N_("Choose From any IP, or Only from IPs in the list.")
    field = "access"


class ListEmpty(Refusal):
    message = N_("Add at least one address, or choose From any IP.")
    field = "address"


class ListExpires(Refusal):
    message = N_("Every address in the list expires")
    hint = N_("Let one of them never expire, or choose From any IP.")


class NoteTooLong(Refusal):
    message = N_("A note has at most %(most)s characters.")


class WouldLockYouOut(Refusal):
    """The list leaves out the address that it is saved from."""

    status = 409
    message = N_("This list would lock you out")
    hint = N_("It does not include %(address)s, the address you are using now.")
    warning = "lockout"


class ListChanged(Refusal):
    """Somebody else has saved the list since it was opened here."""

    status = 409
    message = N_("This list was changed meanwhile")
    hint = N_("Below is yours. Saved now is: %(saved)s. Save again to put yours in its place.")

    def __init__(self, saved: list[str]) -> None:
        some = "; ".join(saved[:10]) or "–"
        super().__init__(saved=some + (" …" if len(saved) > 10 else ""))


class FamilyMissing(Refusal):
    """The list has addresses of one family only, and the person lately came by the other as well."""

    status = 409
    message = N_("You also come by IPv%(missing)s")
    warning = "family"

    def __init__(self, missing: int, sources: list[str]) -> None:
        super().__init__(missing=missing, sources=sources)


class EntryWrong(Refusal):
    """One entry of an address list is not what it has to be; each has a sentence of its own, or nothing was written."""

    message = N_("Write an IP address, a network or a range.")
    field = "address"


class ListWrong(Refusal):
    """The first wrong entry of an address list, by its line."""

    message = N_("Line %(line)s: %(reason)s")
    field = "trusted_ips"

    def __init__(self, line: int, reason: EntryWrong) -> None:
        super().__init__(line=line, reason=reason)
        self.reason = reason


class ListTooLong(Refusal):
    message = N_("The list is too long to be read: it can have %(limit)s characters.")
    field = "trusted_ips"

    def __init__(self, limit: int) -> None:
        super().__init__(limit=limit)


class TooManyEntries(Refusal):
    message = N_("A list can have %(limit)s entries, and this one has %(count)s. Join some to networks or ranges.")
    field = "trusted_ips"

    def __init__(self, limit: int, count: int) -> None:
        super().__init__(limit=limit, count=count)


# --- What is wrong with an entry that `networks` did not accept, and what to write instead ----------------------------

LONGEST_SHOWN = 60  # characters of what somebody typed

RANGE = N_("%(entry)s is not a range. Write its first and its last address, such as 10.0.0.1-10.0.0.9.")
RANGE_MIXED = N_("%(entry)s is not a range. Both its addresses have to be IPv4, or both IPv6.")
RANGE_REVERSED = N_("%(entry)s is not a range. Write the lower address first: %(range)s.")
RANGE_HYPHEN = N_("%(entry)s is not a range. Write a plain hyphen between its two addresses.")
NETWORK = N_("%(entry)s is not a network. Write an address, a slash and a number, such as 192.168.192.0/24.")
INSTEAD = N_("%(entry)s is not a network. Write %(network)s instead.")
PREFIX = N_("%(entry)s is not a network. The number after the slash can be 0 to %(most)s.")
PREFIX_ZERO = N_("%(entry)s is not a network. Write the number after the slash without zeros in front.")
PREFIX_MAPPED = N_("%(entry)s is not a network. Write the address as IPv4, %(address)s, with a prefix of IPv4.")
NETMASK = N_("%(entry)s is not a netmask. Write the network as %(network)s instead.")
NETMASK_FORM = N_("%(entry)s is not a netmask. Write the network with a number, such as 192.168.192.0/24.")
NETMASK_IPV6 = N_("%(entry)s is not a network. IPv6 has no netmasks: write a number from 0 to 128 after the slash.")
HOSTMASK = N_("%(entry)s is the reverse of a netmask. Write the network as %(network)s instead.")
EVERYBODY = N_("%(entry)s lets everybody in: choose From any IP instead.")
IPV4 = N_("%(entry)s is not an IP address. Write four numbers with dots between them, such as 10.0.0.1.")
IPV4_ZERO = N_("%(entry)s is not an IP address. Write its numbers without zeros in front.")
IPV4_NUMBER = N_("%(entry)s is not an IP address. Each number can be 0 to 255.")
IPV6 = N_("%(entry)s is not an IP address. IPv6 has eight groups of 0 to ffff, and :: once for groups of zeros.")
NAME = N_("%(entry)s is not an IP address. Names are not accepted: the address behind a name changes.")
NOT_ALONE = N_("%(entry)s is not an IP address. Write the address alone, without brackets, port or path.")
SIGNS = N_("%(entry)s is not an IP address. It can have digits from 0 to 9, dots, and in IPv6 colons and a to f.")
ZONE = N_("%(entry)s has a zone, which means something on one computer only. Write the address without it.")
COMMA = N_("%(entry)s contains a comma. Write each address on its own line, or end it with a semicolon.")
SPACE = N_("%(entry)s contains a space. Write each address on its own line, or end it with a semicolon.")
INVISIBLE = N_("%(entry)s contains a character that cannot be seen. Type the address instead of pasting it.")

# What explains a sign that no entry has; the dashes are those that word processors make of a hyphen.
_MARKS = (
    *((",", COMMA), (" ", SPACE), ("[", NOT_ALONE), ("]", NOT_ALONE), ("//", NOT_ALONE), ("%", ZONE), ("*", NETWORK)),
    *((dash, RANGE_HYPHEN) for dash in "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"),
)


def refusal(sentence: str, entry: str, **values: object) -> EntryWrong:
    return EntryWrong(sentence, entry=shown(entry), **values)


def shown(text: str) -> str:
    """What somebody typed, short and without what could act on a page or a terminal."""
    text = text.replace("\t", " ").strip(" ")
    cut = text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in cut)


def strange(entry: str) -> EntryWrong:
    """Of an entry with signs that no entry has."""
    if not entry.isprintable():
        return refusal(INVISIBLE, entry)
    if set(entry) <= {"*", "."}:
        return refusal(EVERYBODY, entry)
    if meant := _meant(entry):
        return refusal(INSTEAD, entry, network=meant)
    for mark, sentence in _MARKS:
        if mark in entry:
            return refusal(sentence, entry)
    if not any(sign.isalpha() for sign in entry.partition("/")[0]):
        return refusal(SIGNS, entry)
    return not_ipv6(entry) if ":" in entry else refusal(NAME, entry)


def _meant(entry: str) -> str:
    """The network of 10.0.0.*, and of 10.0.0.0 255.255.255.0 as routers have it; "" where it is neither."""
    stars, pieces, meant = entry.count("*"), entry.split(), ""
    if stars and entry.endswith(".*" * stars):
        meant = f"{entry.replace('*', '0')}/{32 - 8 * stars}"
    elif len(pieces) == 2 and pieces[1].startswith("255."):
        meant = "/".join(pieces)
    try:
        return str(IPv4Network(meant, strict=False))
    except ValueError:
        return ""


def not_ipv4(text: str) -> EntryWrong:
    numbers = text.split(".")
    if any(sign.isalpha() for sign in text):
        return refusal(NAME, text)
    if len(numbers) != 4 or "" in numbers:
        return refusal(IPV4, text)
    padded = any(number != "0" and number.startswith("0") for number in numbers)
    return refusal(IPV4_ZERO if padded else IPV4_NUMBER, text)


def not_ipv6(text: str) -> EntryWrong:
    return refusal(NOT_ALONE if text.count(":") == 1 else IPV6, text)


def not_size(entry: str, address: str, size: str) -> EntryWrong:
    """Of what stands behind the slash: neither a prefix nor a netmask."""
    ipv6 = ":" in address
    if "." in size:
        return refusal(NETMASK_IPV6, entry) if ipv6 else _not_netmask(address, size)
    if size.isdigit() and size.startswith("0"):
        return refusal(PREFIX_ZERO, entry)
    return refusal(PREFIX, entry, most=128 if ipv6 else 32)


def _not_netmask(address: str, text: str) -> EntryWrong:
    """With the prefix that was probably meant: of a host mask its reverse, else all up to the last bit that is set."""
    try:
        mask = int(IPv4Address(text))
    except AddressValueError:
        return refusal(NETMASK_FORM, text)
    reverse = mask & mask + 1 == 0
    bits = 32 - mask.bit_length() if reverse else 33 - (mask & -mask).bit_length()
    network = IPv4Network((address, bits), strict=False)
    return refusal(HOSTMASK if reverse else NETMASK, text, network=str(network))
