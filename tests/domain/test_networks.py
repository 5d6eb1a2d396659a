"""Address lists as people write them: what is accepted and saved how, what is refused and with which words."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network, summarize_address_range

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import speech
from domain import networks
from domain.list_errors import EntryWrong, ListTooLong, ListWrong, TooManyEntries
from domain.networks import Network, parse, parse_entry

TOP = {4: 2**32 - 1, 6: 2**128 - 1}
MAPPED = 0xFFFF << 32


def written(text: str) -> str:
    return networks.written(parse(text).networks)


def refusal(text: str) -> str:
    with pytest.raises(EntryWrong) as error:
        parse_entry(text)
    assert speech.message(error.value) == str(error.value)
    assert error.value.field == "address"
    return str(error.value)


def notes(text: str) -> list[str]:
    return [speech.gettext(note.sentence, **note.values) for note in parse(text).remarks]


def one(text: str) -> Network:
    found = networks.address(text)
    assert found is not None
    return found


def lets_in(entry: str, address: str) -> bool:
    return parse_entry(entry).network.covers(one(address))


# --- Accepted ---------------------------------------------------------------------------------------------------------


@pytest.mark.manual("C73", "R97")
def test_a_single_address_lets_in_itself_only() -> None:
    assert lets_in("10.10.10.1", "10.10.10.1")
    assert not lets_in("10.10.10.1", "10.10.10.2")


@pytest.mark.manual("C74", "R97")
def test_a_prefix_lets_in_its_network_to_the_last_address() -> None:
    assert lets_in("192.168.192.0/24", "192.168.192.0")
    assert lets_in("192.168.192.0/24", "192.168.192.255")
    assert not lets_in("192.168.192.0/24", "192.168.193.0")
    assert not lets_in("192.168.192.0/24", "192.168.191.255")


@pytest.mark.manual("C75", "R97")
def test_a_netmask_is_the_same_network_and_stored_once() -> None:
    assert parse_entry("192.168.192.0/255.255.255.0") == parse_entry("192.168.192.0/24")
    assert written("192.168.192.0/24\n192.168.192.0/255.255.255.0") == "192.168.192.0/24;"


MANUAL = ("10.10.10.1", "192.168.192.0/24", "192.168.192.0/255.255.255.0")


@pytest.mark.manual("C76")
@pytest.mark.parametrize(
    "text",
    [
        "{};\n{};\n{};",
        "{};\n{};\n{};\n",
        "{}\n{}\n{}",
        "{};\n{};\n{}",
        "{};{};{}",
        "{};\r\n{};\r\n{};\r\n",
        "{}\r{}\r{}\r",
        "\n\n{};\n\n \t\n{}; ;;\r\n\r\n\t{} ;\n",
    ],
)
def test_the_lines_of_the_manual_are_saved_as_two_networks(text: str) -> None:
    parsed = parse(text.format(*MANUAL))
    assert [str(network) for network in parsed.networks] == ["10.10.10.1", "192.168.192.0/24"]
    assert parsed.remarks == ()
    assert networks.written(parsed.networks) == "10.10.10.1;\n192.168.192.0/24;"


@pytest.mark.manual("D106", "D107")
@pytest.mark.parametrize(
    ("text", "saved"),
    [
        ("", ""),
        (" ;\r\n;\t", ""),
        ("203.0.113.7", "203.0.113.7"),
        (" \t203.0.113.7\t ", "203.0.113.7"),
        ("203.0.113.7/32", "203.0.113.7"),
        ("203.0.113.7/255.255.255.255", "203.0.113.7"),
        ("128.0.0.0/1", "128.0.0.0/1"),
        ("128.0.0.0/128.0.0.0", "128.0.0.0/1"),
        ("0.0.0.0", "0.0.0.0"),
        ("255.255.255.255", "255.255.255.255"),
        ("10.0.0.1-10.0.0.9", "10.0.0.1-10.0.0.9"),
        ("10.0.0.1 \t-  10.0.0.9", "10.0.0.1-10.0.0.9"),
        ("123.45.67.89-123.45.67.90", "123.45.67.89-123.45.67.90"),
        ("10.0.0.5-10.0.0.5", "10.0.0.5"),
        ("10.0.0.0-10.0.0.255", "10.0.0.0/24"),
        ("10.0.0.1-10.0.1.0", "10.0.0.1-10.0.1.0"),
        ("0.0.0.1-255.255.255.255", "0.0.0.1-255.255.255.255"),
        ("2001:db8::1", "2001:db8::1"),
        ("2001:0DB8:0:0::0001", "2001:db8::1"),
        ("::", "::"),
        ("::1/128", "::1"),
        ("2001:db8::/32", "2001:db8::/32"),
        ("::/64", "::/64"),
        ("2001:db8::1-2001:db8::9", "2001:db8::1-2001:db8::9"),
        ("2001:db8:: - 2001:db8::ffff", "2001:db8::/112"),
        ("64:ff9b::10.0.0.1", "64:ff9b::a00:1"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("::FFFF:a00:1", "10.0.0.1"),
        ("::ffff:10.0.0.1/128", "10.0.0.1"),
        ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
        ("::ffff:10.0.0.1-::ffff:10.0.0.9", "10.0.0.1-10.0.0.9"),
        ("::-2001:db8::1", "::-2001:db8::1"),
        ("10.0.0.2;10.0.0.1;2001:db8::1;10.0.0.0/24;9.0.0.0/8", "9.0.0.0/8;10.0.0.0/24;10.0.0.1;10.0.0.2;2001:db8::1"),
    ],
)
def test_what_is_accepted_and_how_it_is_written_back(text: str, saved: str) -> None:
    expected = "\n".join(f"{entry};" for entry in saved.split(";") if entry)
    assert written(text) == expected
    assert written(expected) == expected


@pytest.mark.parametrize("text", ["::ffff:10.0.0.1-2001:db8::1", "::1-::ffff:10.0.0.1", "::fffe:ffff:ffff-::1:0:0:0"])
def test_a_range_of_ipv6_that_only_touches_ipv4_stays_ipv6(text: str) -> None:
    network = parse_entry(text).network
    assert network.family == 6
    assert not network.covers(one("10.0.0.1"))
    assert parse(str(network)).networks == (network,)


@pytest.mark.manual("D108")
@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("192.168.192.7/24", "192.168.192.7/24 was saved as 192.168.192.0/24."),
        ("123.45.67.89/24", "123.45.67.89/24 was saved as 123.45.67.0/24."),
        ("192.168.192.7/255.255.255.0", "192.168.192.7/255.255.255.0 was saved as 192.168.192.0/24."),
        ("2001:db8::1/64", "2001:db8::1/64 was saved as 2001:db8::/64."),
        ("::ffff:10.0.0.1", "::ffff:10.0.0.1 was saved as 10.0.0.1."),
        ("\t::ffff:10.1.0.1/104 ", "::ffff:10.1.0.1/104 was saved as 10.0.0.0/8."),
        ("::ffff:0.0.0.1\t- ::ffff:0.0.0.2", "::ffff:0.0.0.1 - ::ffff:0.0.0.2 was saved as 0.0.0.1-0.0.0.2."),
    ],
)
def test_what_is_not_saved_as_written_is_shown(text: str, note: str) -> None:
    assert parse_entry(text).altered
    assert notes(text) == notes(f"{text};{text}") == [note]


@pytest.mark.parametrize(
    "text", ["10.0.0.0/24", "10.0.0.0/255.255.255.0", "10.0.0.0-10.0.0.255", "2001:DB8:0::1", "::/64"]
)
def test_another_way_to_write_the_same_needs_no_note(text: str) -> None:
    assert not parse_entry(text).altered
    assert notes(text) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("203.0.113.7;203.0.113.0/28", ["203.0.113.7 is already covered by 203.0.113.0/28."]),
        ("203.0.113.0/28;203.0.113.0-203.0.113.15;203.0.113.0/28", []),
        (
            "10.0.0.0/8;10.0.0.0/24;10.0.0.1-10.0.1.0",
            [
                "10.0.0.0/24 is already covered by 10.0.0.0/8.",
                "10.0.0.1-10.0.1.0 is already covered by 10.0.0.0/8.",
            ],
        ),
        ("10.0.0.0-10.0.0.9;10.0.0.5-10.0.0.20;10.0.0.9", ["10.0.0.9 is already covered by 10.0.0.5-10.0.0.20."]),
        ("10.0.0.0-10.0.0.9;10.0.0.5-10.0.0.20", []),
        ("10.0.0.0/24;10.0.1.0/24", []),
        ("10.0.0.1;::/8", []),
        (
            "10.0.0.7/24;10.0.0.1",
            ["10.0.0.7/24 was saved as 10.0.0.0/24.", "10.0.0.1 is already covered by 10.0.0.0/24."],
        ),
    ],
)
def test_what_is_already_there_is_shown_and_saved_all_the_same(text: str, said: list[str]) -> None:
    assert notes(text) == said
    assert set(parse(text).networks) == {parse_entry(entry).network for entry in text.split(";")}


# --- Refused ----------------------------------------------------------------------------------------------------------

FORM = "is not an IP address. Write four numbers with dots between them, such as 10.0.0.1."
NUMBER = "is not an IP address. Each number can be 0 to 255."
ZEROS = "is not an IP address. Write its numbers without zeros in front."
IPV6 = "is not an IP address. IPv6 has eight groups of 0 to ffff, and :: once for groups of zeros."
NAME = "is not an IP address. Names are not accepted: the address behind a name changes."
ALONE = "is not an IP address. Write the address alone, without brackets, port or path."
SIGNS = "is not an IP address. It can have digits from 0 to 9, dots, and in IPv6 colons and a to f."
NETWORK = "is not a network. Write an address, a slash and a number, such as 192.168.192.0/24."
UP_TO_32 = "is not a network. The number after the slash can be 0 to 32."
UP_TO_128 = "is not a network. The number after the slash can be 0 to 128."
PADDED = "is not a network. Write the number after the slash without zeros in front."
NO_MASK = "is not a network. IPv6 has no netmasks: write a number from 0 to 128 after the slash."
MASK_FORM = "is not a netmask. Write the network with a number, such as 192.168.192.0/24."
RANGE = "is not a range. Write its first and its last address, such as 10.0.0.1-10.0.0.9."
MIXED = "is not a range. Both its addresses have to be IPv4, or both IPv6."
HYPHEN = "is not a range. Write a plain hyphen between its two addresses."
EVERYBODY = "lets everybody in: choose From any IP instead."
ZONE = "has a zone, which means something on one computer only. Write the address without it."
COMMA = "contains a comma. Write each address on its own line, or end it with a semicolon."
SPACE = "contains a space. Write each address on its own line, or end it with a semicolon."
UNSEEN = "contains a character that cannot be seen. Type the address instead of pasting it."


@pytest.mark.manual("D107")
@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Write an IP address, a network or a range."),
        (" \t", "Write an IP address, a network or a range."),
        # addresses
        ("10.0.0.256", f"10.0.0.256 {NUMBER}"),
        ("10.0.0.1000", f"10.0.0.1000 {NUMBER}"),
        ("10.1", f"10.1 {FORM}"),
        ("10.0.0", f"10.0.0 {FORM}"),
        ("2130706433", f"2130706433 {FORM}"),
        ("10.0.0.1.", f"10.0.0.1. {FORM}"),
        ("10..0.1", f"10..0.1 {FORM}"),
        ("10.0.0.0.1", f"10.0.0.0.1 {FORM}"),
        ("010.0.0.1", f"010.0.0.1 {ZEROS}"),
        ("10.0.0.00", f"10.0.0.00 {ZEROS}"),
        ("10.0.0.0x1", f"10.0.0.0x1 {NAME}"),
        ("10.0.0.1a", f"10.0.0.1a {NAME}"),
        ("10.0.0.+1", f"10.0.0.+1 {SIGNS}"),
        ("10.0.0.1_0", f"10.0.0.1_0 {SIGNS}"),
        ("10.0.0.1#", f"10.0.0.1# {SIGNS}"),
        ("１０.0.0.1", f"１０.0.0.1 {SIGNS}"),
        ("10.0.0.٣", f"10.0.0.٣ {SIGNS}"),
        ("10。0。0。1", f"10。0。0。1 {SIGNS}"),
        ("2001:db8::g", f"2001:db8::g {IPV6}"),
        ("2001:db8:::1", f"2001:db8:::1 {IPV6}"),
        ("1:2:3:4:5:6:7", f"1:2:3:4:5:6:7 {IPV6}"),
        ("::1::2", f"::1::2 {IPV6}"),
        ("::12345", f"::12345 {IPV6}"),
        ("::ｆ", f"::ｆ {IPV6}"),
        ("::１", f"::１ {SIGNS}"),
        ("::ffff:10.0.0.256", f"10.0.0.256 {NUMBER}"),
        ("::ffff:010.0.0.1", f"010.0.0.1 {ZEROS}"),
        ("::ffff:10.1", f"10.1 {FORM}"),
        ("fe80::1%eth0", f"fe80::1%eth0 {ZONE}"),
        ("fe80::1%1/64", f"fe80::1%1/64 {ZONE}"),
        ("[2001:db8::1]", f"[2001:db8::1] {ALONE}"),
        ("[2001:db8::1]:443", f"[2001:db8::1]:443 {ALONE}"),
        ("10.0.0.1:8080", f"10.0.0.1:8080 {ALONE}"),
        ("localhost:8080", f"localhost:8080 {ALONE}"),
        ("https://10.0.0.1:80/", f"https://10.0.0.1:80/ {ALONE}"),
        ("localhost", f"localhost {NAME}"),
        ("my-host.example", f"my-host.example {NAME}"),
        ("bücher.example", f"bücher.example {NAME}"),
        ("cafe", f"cafe {NAME}"),
        ("example.com/24", f"example.com/24 {NAME}"),
        # several in one entry
        ("10.0.0.1 10.0.0.2", f"10.0.0.1 10.0.0.2 {SPACE}"),
        ("10.0.0.1\t10.0.0.2", f"10.0.0.1 10.0.0.2 {SPACE}"),
        ("10.0.0.0 /24", f"10.0.0.0 /24 {SPACE}"),
        ("10.0.0.1 office", f"10.0.0.1 office {SPACE}"),
        ("10.0.0.1, 10.0.0.2", f"10.0.0.1, 10.0.0.2 {COMMA}"),
        ("10.0.0.1,", f"10.0.0.1, {COMMA}"),
        (
            "192.168.192.7 255.255.255.0",
            "192.168.192.7 255.255.255.0 is not a network. Write 192.168.192.0/24 instead.",
        ),
        ("10.0.0.0 255.0.255.0", f"10.0.0.0 255.0.255.0 {SPACE}"),
        # networks
        ("192.168.192.0/33", f"192.168.192.0/33 {UP_TO_32}"),
        ("192.168.192.0/", f"192.168.192.0/ {UP_TO_32}"),
        ("192.168.192.0/ff", f"192.168.192.0/ff {UP_TO_32}"),
        ("192.168.192.0/999999999999", f"192.168.192.0/999999999999 {UP_TO_32}"),
        ("2001:db8::/129", f"2001:db8::/129 {UP_TO_128}"),
        ("10.0.0.0/08", f"10.0.0.0/08 {PADDED}"),
        ("10.0.0.0/00", f"10.0.0.0/00 {PADDED}"),
        ("10.0.0.0/８", f"10.0.0.0/８ {SIGNS}"),
        ("10.0.0.0/+8", f"10.0.0.0/+8 {SIGNS}"),
        ("10.0/16", f"10.0 {FORM}"),
        ("/24", f"/24 {NETWORK}"),
        ("10.0.0.0/8/8", f"10.0.0.0/8/8 {NETWORK}"),
        ("10.0.0.0//8", f"10.0.0.0//8 {NETWORK}"),
        ("10.0.0.*", "10.0.0.* is not a network. Write 10.0.0.0/24 instead."),
        ("10.0.*.*", "10.0.*.* is not a network. Write 10.0.0.0/16 instead."),
        ("10.*.*.*", "10.*.*.* is not a network. Write 10.0.0.0/8 instead."),
        ("10.*", f"10.* {NETWORK}"),
        ("10.0.0.1*", f"10.0.0.1* {NETWORK}"),
        ("10.*.0.1", f"10.*.0.1 {NETWORK}"),
        ("2001:db8::*", f"2001:db8::* {NETWORK}"),
        (
            "::ffff:10.0.0.1/24",
            "::ffff:10.0.0.1/24 is not a network. Write the address as IPv4, 10.0.0.1, with a prefix of IPv4.",
        ),
        ("::ffff:0:0/95", "::ffff:0:0/95 is not a network. Write the address as IPv4, 0.0.0.0, with a prefix of IPv4."),
        # netmasks
        ("192.168.192.0/255.0.255.0", "255.0.255.0 is not a netmask. Write the network as 192.168.192.0/24 instead."),
        ("10.1.2.3/255.255.0.128", "255.255.0.128 is not a netmask. Write the network as 10.1.2.0/25 instead."),
        ("10.1.2.3/0.0.0.255", "0.0.0.255 is the reverse of a netmask. Write the network as 10.1.2.0/24 instead."),
        ("10.1.2.3/0.0.0.1", "0.0.0.1 is the reverse of a netmask. Write the network as 10.1.2.2/31 instead."),
        (
            "10.1.2.3/127.255.255.255",
            "127.255.255.255 is the reverse of a netmask. Write the network as 0.0.0.0/1 instead.",
        ),
        ("10.0.0.0/255.0.0", f"255.0.0 {MASK_FORM}"),
        ("10.0.0.0/255.0.0.256", f"255.0.0.256 {MASK_FORM}"),
        ("10.0.0.0/255.0.0.00", f"255.0.0.00 {MASK_FORM}"),
        ("2001:db8::/255.255.255.0", f"2001:db8::/255.255.255.0 {NO_MASK}"),
        ("::ffff:10.0.0.0/255.0.0.0", f"::ffff:10.0.0.0/255.0.0.0 {NO_MASK}"),
        # everybody
        *((text, f"{text} {EVERYBODY}") for text in ("0.0.0.0/0", "10.0.0.1/0", "::/0", "10.0.0.1/0.0.0.0")),
        *((text, f"{text} {EVERYBODY}") for text in ("::ffff:0:0/96", "0.0.0.0-255.255.255.255", "*", "*.*.*.*")),
        ("::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", f"::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff {EVERYBODY}"),
        ("::ffff:0.0.0.0 - ::ffff:255.255.255.255", f"::ffff:0.0.0.0-::ffff:255.255.255.255 {EVERYBODY}"),
        # ranges
        (
            "10.0.0.9 - 10.0.0.1",
            "10.0.0.9-10.0.0.1 is not a range. Write the lower address first: 10.0.0.1-10.0.0.9.",
        ),
        ("10.0.0.1-2001:db8::1", f"10.0.0.1-2001:db8::1 {MIXED}"),
        ("10.0.0.1-::ffff:10.0.0.9", f"10.0.0.1-::ffff:10.0.0.9 {MIXED}"),
        ("10.0.0.0/24-10.0.1.0/24", f"10.0.0.0/24-10.0.1.0/24 {RANGE}"),
        ("10.0.0.1-10.0.0.9/24", f"10.0.0.1-10.0.0.9/24 {RANGE}"),
        ("10.0.0.1-10.0.0.2-10.0.0.3", f"10.0.0.1-10.0.0.2-10.0.0.3 {RANGE}"),
        *((text, f"{text} {RANGE}") for text in ("10.0.0.1-", "-10.0.0.1", "-")),
        ("10.0.0.1-9", f"9 {FORM}"),
        ("10.0.0.1-10.0.0.256", f"10.0.0.256 {NUMBER}"),
        ("10.0.0.1–10.0.0.9", f"10.0.0.1–10.0.0.9 {HYPHEN}"),
        ("10.0.0.1\u221210.0.0.9", f"10.0.0.1\u221210.0.0.9 {HYPHEN}"),
        # what must not reach a page or a terminal
        ("10.0.0.1\x00", f"10.0.0.1\ufffd {UNSEEN}"),
        ("\x1b[31m10.0.0.1", f"\ufffd[31m10.0.0.1 {UNSEEN}"),
        ("10.0.0.1\u202e", f"10.0.0.1\ufffd {UNSEEN}"),
        ("\ufeff10.0.0.1", f"\ufffd10.0.0.1 {UNSEEN}"),
        ("10.0.0.1\u00a0", f"10.0.0.1\ufffd {UNSEEN}"),
        ("10.0.0.1\n10.0.0.2", f"10.0.0.1\ufffd10.0.0.2 {UNSEEN}"),
        ("\ud800", f"\ufffd {UNSEEN}"),
        ("1" * 60, f"{'1' * 60} {FORM}"),
        ("1" * 61, f"{'1' * 59}… {FORM}"),
        ("%(entry)s %d", f"%(entry)s %d {SPACE}"),
    ],
)
def test_what_is_refused_is_named_with_its_cure(text: str, sentence: str) -> None:
    assert refusal(text) == sentence


@pytest.mark.manual("C76")
@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("10.0.0.1;\r\n\r\n10.0.0.256;\r\nlocalhost", f"Line 3: 10.0.0.256 {NUMBER}"),
        ("10.0.0.1;10.0.0.2;10.1", f"Line 1: 10.1 {FORM}"),
        ("10.0.0.1\r10.1\n", f"Line 2: 10.1 {FORM}"),
        ("10.0.0.1\n10.0.0.2\u202810.0.0.3", f"Line 2: 10.0.0.2\ufffd10.0.0.3 {UNSEEN}"),
    ],
)
def test_the_first_wrong_line_is_named_by_its_number(text: str, sentence: str) -> None:
    with pytest.raises(ListWrong) as error:
        parse(text)
    assert str(error.value) == speech.said(error.value) == sentence
    assert error.value.field == "trusted_ips"


# --- Limits -----------------------------------------------------------------------------------------------------------


def lines(count: int) -> str:
    return "".join(f"2001:db8::{number:x}-2001:db8:ffff::{number:x};\n" for number in range(count))


def test_a_list_has_a_thousand_entries_and_none_more() -> None:
    assert len(parse(lines(1_000)).networks) == 1_000
    with pytest.raises(TooManyEntries) as error:
        parse(lines(1_001))
    assert speech.said(error.value) == (
        "A list can have 1000 entries, and this one has 1001. Join some to networks or ranges."
    )


def test_a_text_that_no_list_can_have_is_not_read() -> None:
    assert parse("10.0.0.1".ljust(100_000)).networks == (one("10.0.0.1"),)
    with pytest.raises(ListTooLong) as error:
        parse("10.0.0.1".ljust(100_001))
    assert speech.said(error.value) == "The list is too long to be read: it can have 100000 characters."


@pytest.mark.parametrize("junk", ["-", "1 ", ":", ".", "*", ".*", "/", "a", "0-", "\u202e", "::1:", "%", "1-1/", "10."])
def test_long_junk_is_refused_in_one_short_sentence(junk: str) -> None:
    with pytest.raises(ListWrong) as error:
        parse(junk * (100_000 // len(junk)))
    assert len(str(error.value)) < 200


# --- Against plain arithmetic and ipaddress ---------------------------------------------------------------------------


def spelled(family: int, value: int) -> st.SearchStrategy[str]:
    """The ways to write one address."""
    if family == 4:
        return st.just(str(IPv4Address(value)))
    ways = [IPv6Address(value).compressed, IPv6Address(value).exploded, IPv6Address(value).compressed.upper()]
    return st.sampled_from(ways)


@st.composite
def entries(draw: st.DrawFn) -> tuple[str, int, int, int]:
    """An entry as somebody may write it, with its family, lowest and highest address."""
    family = draw(st.sampled_from([4, 6]))
    bits, top = (32, TOP[4]) if family == 4 else (128, TOP[6])
    value = draw(st.integers(0, top) | st.integers(0, 70_000) | st.integers(top - 70_000, top))
    kind = draw(st.sampled_from(["single", "prefix", "netmask", "range", "mapped"]))
    if kind == "single" or (kind == "netmask" and family == 6):
        text, lowest, highest = draw(spelled(family, value)), value, value
    elif kind == "range":
        other = draw(st.integers(0, top) | st.integers(value, min(value + 300, top)))
        lowest, highest = min(value, other), max(value, other)
        dash = draw(st.sampled_from(["-", " - ", "\t-", "-  "]))
        text = f"{draw(spelled(family, lowest))}{dash}{draw(spelled(family, highest))}"
    elif kind == "mapped":
        family, value, prefix = 4, value % 2**32, draw(st.integers(97, 128))
        lowest = value // 2 ** (128 - prefix) * 2 ** (128 - prefix)
        highest = lowest + 2 ** (128 - prefix) - 1
        tail = draw(st.sampled_from([str(IPv4Address(value)), f"{value >> 16:x}:{value & 0xFFFF:X}"]))
        text = f"::{draw(st.sampled_from(['ffff', 'FFFF']))}:{tail}/{prefix}"
    else:
        prefix = draw(st.integers(1, bits))
        lowest = value // 2 ** (bits - prefix) * 2 ** (bits - prefix)
        highest = lowest + 2 ** (bits - prefix) - 1
        size = str(IPv4Address(2**32 - 2 ** (32 - prefix))) if kind == "netmask" else prefix
        text = f"{draw(spelled(family, value))}/{size}"
    return text, family, lowest, highest


def is_ordinary(entry: tuple[str, int, int, int]) -> bool:
    """Neither everybody nor within ::ffff:0:0/96, which have tests of their own."""
    _, family, lowest, highest = entry
    if (lowest, highest) == (0, TOP[family]):
        return False
    return family == 4 or highest < MAPPED or lowest > MAPPED + TOP[4]


ordinary = entries().filter(is_ordinary)


@settings(deadline=None)
@given(entry=ordinary)
def test_an_entry_lets_in_what_lies_between_its_ends_and_nothing_beside(entry: tuple[str, int, int, int]) -> None:
    text, family, lowest, highest = entry
    network = parse_entry(text).network
    kind = IPv4Address if family == 4 else IPv6Address
    for value in (lowest, highest, (lowest + highest) // 2):
        assert network.covers(one(str(kind(value))))
    for value in (lowest - 1, highest + 1):
        if 0 <= value <= TOP[family]:
            assert not network.covers(one(str(kind(value))))
    if family == 4:
        assert not network.covers(Network(6, lowest, highest))
        assert network.covers(one(f"::ffff:{IPv4Address(highest)}"))
    elif lowest <= TOP[4]:
        assert not network.covers(one(str(IPv4Address(lowest))))


@settings(deadline=None)
@given(found=st.lists(ordinary, max_size=20), ending=st.sampled_from(["\n", ";", ";\n", ";\r\n", "\r", "\n\n"]))
def test_a_list_is_written_back_so_that_it_means_the_same(found: list[tuple[str, int, int, int]], ending: str) -> None:
    parsed = parse(ending.join(text for text, *_ in found))
    expected = sorted({(family, lowest, highest) for _, family, lowest, highest in found})
    assert [(n.family, n.lowest, n.highest) for n in parsed.networks] == expected
    again = parse(networks.written(parsed.networks))
    assert again.networks == parsed.networks
    assert [note for note in again.remarks if note.sentence == networks.SAVED_AS] == []
    assert networks.written(again.networks) == networks.written(parsed.networks)


@settings(deadline=None)
@given(found=st.lists(ordinary, max_size=12, unique_by=lambda entry: entry[1:]))
def test_who_is_covered_is_found_as_by_comparing_each_with_each(found: list[tuple[str, int, int, int]]) -> None:
    parsed = parse(";".join(text for text, *_ in found))
    covered = {
        str(inner) for inner in parsed.networks for outer in parsed.networks if inner != outer and outer.covers(inner)
    }
    said = [note.values for note in parsed.remarks if note.sentence == networks.COVERED]
    assert {values["network"] for values in said} == covered
    assert len(said) == len(covered)
    for values in said:
        assert parse_entry(values["wider"]).network.covers(parse_entry(values["network"]).network)


@settings(deadline=None)
@given(entry=ordinary)
def test_a_prefix_is_written_exactly_where_ipaddress_needs_one_network(entry: tuple[str, int, int, int]) -> None:
    text, family, lowest, highest = entry
    kind = IPv4Address if family == 4 else IPv6Address
    saved = str(parse_entry(text).network)
    blocks = list(summarize_address_range(kind(lowest), kind(highest)))
    if lowest == highest:
        assert saved == str(kind(lowest))
    elif len(blocks) == 1:
        assert saved == str(blocks[0])
    else:
        assert saved == f"{kind(lowest)}-{kind(highest)}"


def meaning(entry: str) -> tuple[int, int, int]:
    """What ipaddress makes of an entry."""
    if "-" in entry:
        ends = [ip_address(end.strip(" \t")) for end in entry.split("-")]
    else:
        network = ip_network(entry.strip(" \t"), strict=False)
        ends = [network[0], network[-1]]
    lowest, highest = (int(end) for end in ends)
    if ends[0].version == 6 and lowest >= MAPPED and highest <= MAPPED + TOP[4]:
        return 4, lowest - MAPPED, highest - MAPPED
    return ends[0].version, lowest, highest


HOSTILE = st.characters() | st.sampled_from("0123456789abfF:./-;%*[] \t\r\n,x０–")


@settings(deadline=None, max_examples=400)
@given(entry=entries(), cut=st.tuples(st.integers(0, 90), st.integers(0, 3)), junk=st.text(HOSTILE, max_size=3))
def test_mutated_entries_are_refused_or_mean_what_ipaddress_makes_of_them(
    entry: tuple[str, int, int, int], cut: tuple[int, int], junk: str
) -> None:
    text = entry[0][: cut[0]] + junk + entry[0][cut[0] + cut[1] :]
    try:
        network = parse_entry(text).network
    except EntryWrong:
        return
    assert (network.family, network.lowest, network.highest) == meaning(text)
    assert parse_entry(str(network)).network == network


@settings(deadline=None, max_examples=400)
@given(text=st.text(HOSTILE, max_size=200))
@example("::ffff:0:0-::1:0:0:0")
@example("٣.0.0.1")
def test_any_text_is_a_list_or_refused(text: str) -> None:
    networks.address(text)
    try:
        found, said = parse(text).networks, ""
    except ListWrong as wrong:
        found, said = (), str(wrong)
    assert said.isprintable()
    assert parse(networks.written(found)).networks == found


# --- Addresses and their packed form ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["", " 10.0.0.1", "10.0.0.1 ", "10.0.0.0/24", "::/64", "10.0.0.1-10.0.0.2", "fe80::1%eth0", "010.0.0.1", "::1-::2"],
)
def test_what_is_not_one_address_is_nobodys(text: str) -> None:
    assert networks.address(text) is None


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("203.0.113.7", "203.0.113.0/24"),
        ("255.255.255.255", "255.255.255.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.0/24"),
    ],
)
def test_around_an_address_lies_its_line(text: str, line: str) -> None:
    assert str(networks.around(one(text))) == line
    assert networks.around(one(text)).covers(one(text))


@settings(deadline=None)
@given(left=ordinary, right=ordinary)
def test_packed_texts_sort_as_addresses_do(left: tuple[str, int, int, int], right: tuple[str, int, int, int]) -> None:
    one, other = parse_entry(left[0]).network, parse_entry(right[0]).network
    for network in (one, other):
        assert len(network.packed_lowest) == len(network.packed_highest) == (8 if network.family == 4 else 32)
        assert Network.unpack(network.family, network.packed_lowest, network.packed_highest) == network
    if one.family == other.family:
        assert (one.packed_lowest < other.packed_lowest) == (left[2] < right[2])
        assert (one.packed_highest <= other.packed_highest) == (left[3] <= right[3])


@pytest.mark.parametrize(
    ("family", "lowest", "highest"),
    [
        (5, "0a000000", "0a000001"),
        (4, "0a000001", "0a000000"),
        (4, "0A000000", "0A000001"),
        (4, "a000000", "a000001"),
        (4, "-0000001", "0a000001"),
        (4, "00000000", "100000000"),
        (4, "0x000001", "0x000002"),
        (4, "0a_00001", "0a_00002"),
        (4, "", ""),
        (4, "zz", "zz"),
        (6, "0a000000", "0a000001"),
    ],
)
def test_nonsense_is_not_unpacked(family: int, lowest: str, highest: str) -> None:
    with pytest.raises(ValueError):
        Network.unpack(family, lowest, highest)
