"""Secrets at rest: bound to their rows, and readable after a change of keys."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import vault
from domain.vault import KeyMismatch

OLD, NEW = b"o" * vault.KEY_BYTES, b"n" * vault.KEY_BYTES


@pytest.fixture(autouse=True)
def keys() -> Iterator[None]:
    vault.configure((OLD,))
    yield
    vault.configure(())


@given(text=st.text(st.characters(exclude_categories=["Cs"])), place=st.text(max_size=40).filter(str.isascii))
def test_what_is_encrypted_opens_in_its_place_and_in_no_other(text: str, place: str) -> None:
    vault.configure((OLD,))
    sealed = vault.encrypt(text, place)
    assert vault.decrypt(sealed, place) == text
    with pytest.raises(KeyMismatch):
        vault.decrypt(sealed, place + "1")


def test_the_same_text_is_sealed_differently_each_time() -> None:
    assert vault.encrypt("secret", "row:1") != vault.encrypt("secret", "row:1")


@pytest.mark.parametrize(
    "damage",
    [
        lambda sealed: sealed[:-4] + ("AAAA" if sealed[-4:] != "AAAA" else "BBBB"),
        lambda sealed: sealed[:14],
        lambda sealed: sealed.partition(".")[2],
        lambda sealed: "00000000" + sealed[8:],
        lambda sealed: sealed + "é",
        lambda sealed: "",
    ],
)
def test_what_was_altered_does_not_open(damage) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(KeyMismatch):
        vault.decrypt(damage(vault.encrypt("secret", "row:1")), "row:1")


def test_a_new_key_encrypts_while_the_old_one_still_opens() -> None:
    before, hash_before = vault.encrypt("secret", "row:1"), vault.keyed_hashes("code")
    vault.configure((NEW, OLD))
    after = vault.encrypt("secret", "row:1")
    assert {vault.decrypt(sealed, "row:1") for sealed in (before, after)} == {"secret"}
    assert vault.keyed_hashes("code")[1:] == hash_before
    vault.configure((NEW,))
    assert vault.decrypt(after, "row:1") == "secret"
    with pytest.raises(KeyMismatch):
        vault.decrypt(before, "row:1")
    assert hash_before[0] not in vault.keyed_hashes("code")


def test_tokens_carry_256_bits_and_are_stored_as_sha256() -> None:
    tokens = {vault.new_token() for _ in range(100)}
    assert {len(token) for token in tokens} == {43}
    assert len(tokens) == 100
    # of the tool sha256sum
    assert vault.token_hash("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
