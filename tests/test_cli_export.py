"""./postern export: everybody as CSV, which makes the same people in another installation."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

import config
import installation
from domain import hashing, sample, trusted_ips
from domain.transfer_csv import COLUMNS
from domain.visit import Visit, utcnow
from models import database
from tests.cast import PASSWORDS, Cast

Terminal = Callable[..., tuple[int, str]]
KEY = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
EVERYTHING = (
    "name=Carl, “Cole”", "email=c@c.example", "class=Resellers", "role=Billing only", "two_factor=yes", "active=no",
    "activates_at=2026-01-02T10:11:12+05:45", "expires_at=2030-01-01", "access=listed", "provider_access=any",
    "trusted_ips=10.0.0.1;10.0.0.0/8;10.0.0.7-10.0.0.9;2001:db8::/32", "provider_ips=192.0.2.1", "bind_session=yes",
    "language=de", "time_zone=Asia/Tokyo", "output_format=DD/MM/YYYY HH24:MI", "input_format=MM/DD/YYYY HH12:MI AM/PM",
)  # fmt: skip


def rows(text: str) -> dict[str, dict[str, str]]:
    return {row["login"]: row for row in csv.DictReader(text.splitlines())}


@pytest.fixture
def elsewhere(terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], str]:
    """Imports a file into a fresh installation with keys of its own; what that one exports, without its first Owner."""

    def move(file: Path) -> str:
        folder = tmp_path / "elsewhere"
        settings = config.load({"POSTERN_DATA_DIR": str(folder), "POSTERN_OWNER_LOGIN": "first"}, Path("/nonexistent"))
        database.close_all()
        installation.prepare(settings, Visit("console:test", "console", "pytest", utcnow()))
        monkeypatch.setenv("POSTERN_DATA_DIR", str(folder))
        code, said = terminal("import", str(file))
        assert code == 0, said
        lines = terminal("export", "--with-secrets")[1].splitlines(keepends=True)
        return "".join(line for line in lines if not line.startswith("first,"))

    return move


def test_export_and_import_make_the_same_people(
    cast: Cast, terminal: Terminal, elsewhere: Callable[[Path], str], tmp_path: Path
) -> None:
    assert terminal("user", "set", "carl", *EVERYTHING)[0] == 0
    cast.enrol("rita")
    terminal("user", "create", "zoe", "--parent", "rita")
    file = tmp_path / "people.csv"
    code, said = terminal("export", str(file), "--with-secrets")
    assert (code, said) == (0, f"Wrote 6 users to {file}.\n")
    exported = file.read_text(encoding="utf-8")
    carl = rows(exported)["carl"]
    assert {column for column in COLUMNS if not carl.get(column)} == {"parent", "password", "totp_secret"}
    assert len(rows(exported)["rita"]["totp_secret"]) == 32
    assert elsewhere(file) == exported


def test_a_crowd_goes_through_as_it_is(
    terminal: Terminal, elsewhere: Callable[[Path], str], cast: Cast, tmp_path: Path
) -> None:
    made, file = tmp_path / "made.csv", tmp_path / "people.csv"
    with made.open("w", encoding="utf-8", newline="") as out:
        table = csv.DictWriter(out, COLUMNS)
        table.writeheader()
        table.writerows(
            row | {"login": f"x{row['login']}"[:64]} for row in sample.people(300, 7, utcnow()) if not row.get("parent")
        )
    assert terminal("import", str(made))[0] == 0
    terminal("export", str(file), "--with-secrets")
    assert elsewhere(file) == file.read_text(encoding="utf-8")


def test_password_and_key_move_along(
    cast: Cast, terminal: Terminal, elsewhere: Callable[[Path], str], tmp_path: Path
) -> None:
    phone = cast.enrol("carl")
    file = tmp_path / "people.csv"
    terminal("export", str(file), "--with-secrets")
    moved = rows(elsewhere(file))["carl"]
    assert moved["totp_secret"] == phone.key
    assert hashing.verify(moved["password_hash"], PASSWORDS["carl"], known=True)


def test_without_asking_no_secret_leaves(cast: Cast, terminal: Terminal) -> None:
    phone = cast.enrol("carl")
    code, said = terminal("export")
    assert code == 0 and list(rows(said)) == ["olga", "sam", "rita", "carl", "ivy"]
    assert "argon2" not in said and phone.key not in said
    assert [column for column in COLUMNS if column not in rows(said)["carl"]] == [
        "password",
        "password_hash",
        "totp_secret",
    ]


def test_only_its_owner_reads_the_file(terminal: Terminal, tmp_path: Path) -> None:
    old = tmp_path / "old.csv"
    old.write_text("x" * 10_000)
    old.chmod(0o644)
    for file in (old, tmp_path / "new.csv"):
        assert terminal("export", str(file))[0] == 0
        assert file.stat().st_mode & 0o777 == 0o600
    assert old.read_text() == (tmp_path / "new.csv").read_text() == terminal("export")[1]


def test_a_file_that_cannot_be_written_is_told(terminal: Terminal, tmp_path: Path) -> None:
    nowhere = tmp_path / "gone" / "people.csv"
    assert terminal("export", str(nowhere)) == (1, f"Error: {nowhere}: No such file or directory\n")


def test_entries_that_expire_stay_behind(cast: Cast, terminal: Terminal) -> None:
    terminal("user", "set", "carl", "access=listed", "trusted_ips=10.0.0.1;10.0.0.2")
    holder = trusted_ips.own_of(cast.carl)
    stored = trusted_ips.read(holder)
    first, second = stored.entries
    expiring = replace(second, expires_at=utcnow() + timedelta(hours=1))
    trusted_ips.save(holder, replace(stored, entries=(replace(first, note="office"), expiring)), cast.visit("carl"))
    assert rows(terminal("export")[1])["carl"]["trusted_ips"] == "10.0.0.1"
    assert PASSWORDS["carl"] not in terminal("export", "--with-secrets")[1]
