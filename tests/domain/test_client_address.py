"""Whose address a request comes from: the rightmost one that no liar can have written."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.client_address import MAX_HEADER, MAX_HOPS, Trusted, client_address, parse_trusted, source
from domain.errors import SettingWrong

NOBODY = parse_trusted("")
PROXIES = parse_trusted("127.0.0.1, 10.0.0.0/8, fd00::/8")
UNIX = parse_trusted("unix, 10.0.0.0/8")


@pytest.mark.parametrize(
    ("peer", "header", "trusted", "expected"),
    [
        # nobody is trusted: the peer, whatever the header says
        ("203.0.113.9", None, NOBODY, "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", NOBODY, "203.0.113.9"),
        ("::ffff:203.0.113.9", "198.51.100.1", NOBODY, "203.0.113.9"),
        ("2001:DB8:0:0::1", None, NOBODY, "2001:db8::1"),
        ("fe80::1%eth0", None, NOBODY, "fe80::1"),
        ("", "198.51.100.1", NOBODY, ""),
        ("localhost", "198.51.100.1", NOBODY, ""),
        # a peer that is no trusted proxy is the client
        ("203.0.113.9", "198.51.100.1", PROXIES, "203.0.113.9"),
        ("203.0.113.9", None, PROXIES, "203.0.113.9"),
        # one proxy, two proxies, IPv6 and mapped ones
        ("127.0.0.1", "198.51.100.1", PROXIES, "198.51.100.1"),
        ("127.0.0.1", "198.51.100.1, 10.1.2.3", PROXIES, "198.51.100.1"),
        ("::ffff:127.0.0.1", "198.51.100.1,::ffff:10.1.2.3", PROXIES, "198.51.100.1"),
        ("fd00::1", "2001:DB8::0001", PROXIES, "2001:db8::1"),
        ("127.0.0.1", "::ffff:198.51.100.1", PROXIES, "198.51.100.1"),
        ("127.0.0.1", "\t198.51.100.1 ", PROXIES, "198.51.100.1"),
        # what the client wrote himself stays on the left
        ("127.0.0.1", "1.1.1.1, 198.51.100.1", PROXIES, "198.51.100.1"),
        ("127.0.0.1", "127.0.0.1, 10.9.9.9, 198.51.100.1, 10.1.2.3", PROXIES, "198.51.100.1"),
        ("127.0.0.1", "garbage, 198.51.100.1", PROXIES, "198.51.100.1"),
        # proxies all the way: the leftmost of them
        ("127.0.0.1", "10.7.7.7, 10.1.2.3", PROXIES, "10.7.7.7"),
        ("127.0.0.1", None, PROXIES, "127.0.0.1"),
        # what is no address stops the walk at the last that was one
        ("127.0.0.1", "", PROXIES, "127.0.0.1"),
        ("127.0.0.1", "198.51.100.1,", PROXIES, "127.0.0.1"),
        ("127.0.0.1", "198.51.100.1, ,10.1.2.3", PROXIES, "10.1.2.3"),
        ("127.0.0.1", "unknown", PROXIES, "127.0.0.1"),
        ("127.0.0.1", "198.51.100.1:4711", PROXIES, "127.0.0.1"),
        ("127.0.0.1", "[2001:db8::1]", PROXIES, "127.0.0.1"),
        ("127.0.0.1", "[2001:db8::1]:4711", PROXIES, "127.0.0.1"),
        ("127.0.0.1", "fe80::1%eth0", PROXIES, "127.0.0.1"),
        ("127.0.0.1", '"198.51.100.1"', PROXIES, "127.0.0.1"),
        ("127.0.0.1", "198.051.100.1", PROXIES, "127.0.0.1"),
        ("127.0.0.1", "198.51.100", PROXIES, "127.0.0.1"),
        ("127.0.0.1", "3325256705", PROXIES, "127.0.0.1"),
        ("127.0.0.1", "198.51.100.1/32", PROXIES, "127.0.0.1"),
        ("127.0.0.1", "１９８.51.100.1", PROXIES, "127.0.0.1"),
        ("127.0.0.1", "198.51.100.1\n", PROXIES, "127.0.0.1"),
        ("127.0.0.1", "for=198.51.100.1", PROXIES, "127.0.0.1"),
        ("127.0.0.1", "0" * 46, PROXIES, "127.0.0.1"),
        # a unix socket
        ("", "198.51.100.1", UNIX, "198.51.100.1"),
        ("localhost", "1.1.1.1, 198.51.100.1, 10.1.2.3", UNIX, "198.51.100.1"),
        ("", None, UNIX, ""),
        ("", "garbage", UNIX, ""),
        ("", "198.51.100.1", PROXIES, ""),
        ("localhost", "198.51.100.1", PROXIES, ""),
        # a peer that is neither an address nor a unix socket
        ("proxy.example", "198.51.100.1", UNIX, ""),
    ],
)
def test_the_address_is_the_rightmost_that_no_liar_wrote(
    peer: str, header: str | None, trusted: Trusted, expected: str
) -> None:
    assert client_address(peer, header, trusted) == expected


def test_an_over_long_header_is_cut_from_the_left() -> None:
    assert client_address("127.0.0.1", "x" * MAX_HEADER + ", 198.51.100.1", PROXIES) == "198.51.100.1"
    assert client_address("127.0.0.1", "1" * (MAX_HEADER + 1), PROXIES) == "127.0.0.1"


def test_a_hop_that_the_cut_went_through_is_not_read_as_an_address() -> None:
    header = "1198.51.100.1" + ", ".ljust(MAX_HEADER - len("198.51.100.1,10.0.0.3") + 1) + "10.0.0.3"
    assert header[-MAX_HEADER:].startswith("198.51.100.1,")
    assert client_address("127.0.0.1", header, PROXIES) == "10.0.0.3"


def test_more_hops_than_fifty_are_not_walked() -> None:
    assert client_address("127.0.0.1", "198.51.100.1" + ",10.0.0.1" * (MAX_HOPS - 1), PROXIES) == "198.51.100.1"
    assert client_address("127.0.0.1", "198.51.100.1" + ",10.0.0.1" * MAX_HOPS, PROXIES) == "10.0.0.1"


@settings(deadline=None)
@given(lie=st.text(max_size=3_000) | st.lists(st.ip_addresses().map(str), max_size=80).map(",".join))
@pytest.mark.parametrize(
    "right", ["198.51.100.1", "198.51.100.1, 10.1.2.3", "2001:db8::1,fd00::2", "unknown, 10.1.2.3"]
)
def test_nothing_written_on_the_left_changes_the_answer(right: str, lie: str) -> None:
    assert client_address("127.0.0.1", f"{lie},{right}", PROXIES) == client_address("127.0.0.1", right, PROXIES)


@settings(deadline=None)
@given(header=st.none() | st.text(max_size=3_000), peer=st.text(max_size=60) | st.ip_addresses().map(str))
def test_no_header_or_peer_makes_it_fail(header: str | None, peer: str) -> None:
    for trusted in (NOBODY, PROXIES, UNIX):
        client_address(peer, header, trusted)


@pytest.mark.parametrize(
    ("text", "networks", "unix"),
    [
        ("", [], False),
        (" , ", [], False),
        ("unix", [], True),
        ("127.0.0.1", ["127.0.0.1/32"], False),
        ("::1", ["::1/128"], False),
        (" 10.0.0.0/8 , unix,fd00::/8,", ["10.0.0.0/8", "fd00::/8"], True),
        ("10.0.0.0/8,10.0.0.0/8", ["10.0.0.0/8"], False),
        ("::ffff:10.0.0.0/104", ["10.0.0.0/8"], False),
        ("::ffff:10.0.0.1", ["10.0.0.1/32"], False),
    ],
)
def test_networks_addresses_and_unix_can_be_trusted(text: str, networks: list[str], unix: bool) -> None:
    trusted = parse_trusted(text)
    assert [str(network) for network in trusted.networks] == networks
    assert trusted.unix == unix
    assert bool(trusted) == bool(networks or unix)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("127.0.0.1, proxy.example", "'proxy.example' is not a network"),
        ("localhost", "'localhost' is not a network"),
        ("*", "is not a network"),
        ("UNIX", "is not a network"),
        ("10.0.0.0/08", "is not a network"),
        ("10.0.0.0/", "is not a network"),
        ("10.0.0.0/33", "is not a network"),
        ("10.0.0.0/255.0.0.0", "is not a network"),
        ("10.0.0.0/0.0.0.255", "is not a network"),
        ("10.0.0.0/８", "is not a network"),
        ("10.0.0.0 /8", "is not a network"),
        ("10.0.0", "is not a network"),
        ("10.0.0.1;10.0.0.2", "is not a network"),
        ("fe80::1%eth0", "is not a network"),
        ("fe80::1%eth0/128", "is not a network"),
        ("10.0.0.1/8", "write 10.0.0.0/8, or 10.0.0.1 for that one address"),
        ("2001:db8::1/64", "write 2001:db8::/64"),
        ("0.0.0.0/0", "would let anybody claim any address"),
        ("::/0", "would let anybody claim any address"),
        ("::ffff:0:0/96", "would let anybody claim any address"),
    ],
)
def test_what_cannot_be_trusted_is_named_with_its_cure(text: str, sentence: str) -> None:
    with pytest.raises(SettingWrong) as error:
        parse_trusted(text)
    assert sentence in str(error.value)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::1", "::/64"),
        ("", ""),
    ],
)
def test_throttling_counts_an_ipv4_address_or_an_ipv6_line(address: str, expected: str) -> None:
    assert source(address) == expected
