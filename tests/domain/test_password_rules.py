"""What a new password must be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from domain import errors, password_rules, site
from tests.domain.seat import refused

COMMON = ["password", "12345678", "qwerty123", "iloveyou", "sunshine", "trustno1"]


@pytest.fixture(autouse=True)
def northgate() -> Iterator[None]:
    before = site.current()
    site.configure(replace(before, name="Northgate Hosting"))
    yield
    site.configure(before)


def check(password: str, *, required: bool = False) -> None:
    password_rules.check(password, "carl.cole", "carl@coleworks.example", two_factor_required=required)


@pytest.mark.parametrize(
    ("length", "required", "refusal"),
    [
        (14, False, errors.PasswordTooShort),
        (15, False, None),
        (7, True, errors.PasswordTooShort),
        (8, True, None),
        (1_024, False, None),
        (1_025, False, errors.PasswordTooLong),
        (1_025, True, errors.PasswordTooLong),
    ],
)
@pytest.mark.parametrize("letter", ["÷", "ж", "🐑"])
def test_length_counts_in_characters(
    length: int, required: bool, refusal: type[errors.PasswordRefused] | None, letter: str
) -> None:
    password = letter * length
    if refusal:
        refused(lambda: check(password, required=required), refusal)
    else:
        check(password, required=required)


def test_the_sentence_names_the_length_that_holds() -> None:
    assert refused(lambda: check("short"), errors.PasswordTooShort).values == {"minimum": 15}
    assert refused(lambda: check("short", required=True), errors.PasswordTooShort).values == {"minimum": 8}


@pytest.mark.parametrize("password", [*COMMON, "PassWord", "SUNSHINE"])
def test_the_commonest_are_refused_however_they_are_written(password: str) -> None:
    refused(lambda: check(password, required=True), errors.PasswordCommon)


def test_ten_thousand_are_known_and_each_is_refused_by_some_rule() -> None:
    known = password_rules._common()
    assert len(known) == 10_000
    for password in known:
        with pytest.raises(errors.PasswordRefused):
            check(password, required=True)


@pytest.mark.parametrize(
    ("password", "guessable"),
    [
        ("northgatehosting1", True),
        ("Postern-Postern-Postern", True),
        ("carl.colecarl.cole", True),
        ("COLEWORKS coleworks 1", True),
        ("password-password-7", True),
        ("my northgate dog", True),
        ("northgate grey geese", False),
        ("seven grey geese", False),
        ("passwordless ducks", False),
        ("1234567890123456", False),
    ],
)
def test_words_that_everybody_knows_do_not_count(password: str, guessable: bool) -> None:
    if guessable:
        refused(lambda: check(password), errors.PasswordGuessable)
    else:
        check(password)


def test_no_composition_is_asked_for() -> None:
    for password in ("onlylowercaseletters", "               nine", "🐑 🐄 🐖 🐓 🐐 🐎 🦆 🐕"):
        check(password)


def test_generated_ones_have_twenty_characters_without_look_alikes_and_pass() -> None:
    made = {password_rules.generate() for _ in range(200)}
    assert len(made) == 200
    for password in made:
        assert len(password) == 20
        assert not set(password) & set("0O1lI")
        check(password)
