"""POSTERN_LISTEN as people type it."""

import pytest

from domain.errors import SettingWrong
from domain.listen import Listen, parse_listen


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("127.0.0.1:8000", [Listen("127.0.0.1", 8000)]),
        ("[::1]:8000", [Listen("::1", 8000)]),
        ("0.0.0.0:80, [::]:80,", [Listen("0.0.0.0", 80), Listen("::", 80)]),
        ("unix:/run/postern.sock", [Listen(unix_path="/run/postern.sock")]),
    ],
)
def test_addresses_and_unix_sockets_are_read_and_written_alike(text: str, expected: list[Listen]) -> None:
    places = parse_listen(text)
    assert places == expected
    assert parse_listen(",".join(map(str, places))) == expected


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "nothing to listen on"),
        (" , ", "nothing to listen on"),
        ("8000", "'8000' needs an address"),
        (":8000", "':8000' needs an address"),
        ("[]:8000", "needs an address"),
        ("*:8000", "0.0.0.0 stands for every address"),
        ("localhost:8000", "127.0.0.1 for this machine"),
        ("127.0.0.1", "needs a port"),
        ("127.0.0.1:", "needs a port"),
        ("127.0.0.1:0", "needs a port"),
        ("127.0.0.1:65536", "needs a port"),
        ("127.0.0.1:８０", "needs a port"),
        ("http://127.0.0.1:8000", "needs an address"),
        ("::1:8000", "brackets belong around IPv6"),
        ("[127.0.0.1]:8000", "brackets belong around IPv6"),
        ("unix:postern.sock", "the whole path"),
        ("unix:", "the whole path"),
        ("127.0.0.1:8000,127.0.0.1:8000", "'127.0.0.1:8000' is listed twice"),
    ],
)
def test_what_is_no_place_to_listen_is_named_with_its_cure(text: str, sentence: str) -> None:
    with pytest.raises(SettingWrong) as error:
        parse_listen(text)
    assert sentence in str(error.value)
