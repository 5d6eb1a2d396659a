"""The command itself, in processes of its own."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.processes import Server, serving
from tests.sources import ROOT


def run(data_dir: Path, *words: str, typed: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("POSTERN_")}
    return subprocess.run(
        [str(ROOT / "postern"), *words],
        env=clean | {"POSTERN_DATA_DIR": str(data_dir)} | environ,
        cwd=data_dir.parent,
        input=typed,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_itself_prepares_twice_and_works(tmp_path: Path) -> None:
    first, second = run(tmp_path / "data", "migrate"), run(tmp_path / "data", "migrate")
    assert (first.returncode, second.returncode) == (0, 0)
    assert "Login: owner\nPassword: " in first.stdout
    assert second.stdout == "The installation is ready.\n"
    changed = run(tmp_path / "data", "user", "passwd", "owner", typed="seven grey geese fly\n")
    assert (changed.returncode, changed.stderr) == (0, "")


@pytest.mark.parametrize(
    ("words", "environ", "code", "said"),
    [
        (["user", "list"], {}, 1, "There is no database at"),
        (["user", "list"], {"POSTERN_WORKERS": "x"}, 1, "POSTERN_WORKERS: x is not a whole number"),
        (["serve"], {"POSTERN_LISTENS": "1"}, 1, "POSTERN_LISTENS is not a setting of Postern"),
        (["serve"], {"POSTERN_LISTEN": "192.0.2.1:8000"}, 1, "192.0.2.1:8000"),
        (["healthcheck"], {"POSTERN_LISTEN": "127.0.0.1:1"}, 1, "Nobody answers at 127.0.0.1:1"),
        (["healthcheck"], {"POSTERN_LISTEN": "unix:/nonexistent.sock"}, 1, "Is ./postern serve running"),
        (["user", "list"], {"POSTERN_DATA_DIR": "/dev/null"}, 1, "There is no database at"),
        (["migrate"], {"POSTERN_DATA_DIR": "/dev/null/x"}, 1, "POSTERN_DATA_DIR and POSTERN_DATABASE_URL must lie"),
        (["nonsense"], {}, 2, "No such command 'nonsense'"),
    ],
)  # fmt: skip
def test_what_goes_wrong_is_one_line_and_no_traceback(
    words: list[str], environ: dict[str, str], code: int, said: str, tmp_path: Path
) -> None:
    done = run(tmp_path / "data", *words, **environ)
    assert (done.returncode, said in done.stderr) == (code, True), done.stderr
    assert "Traceback" not in done.stderr + done.stdout


def test_the_healthcheck_asks_the_running_server(data_dir: Path, tmp_path: Path) -> None:
    server = Server(data_dir, POSTERN_BASE_URL="https://example.com/portal")
    asked = {name: value for name, value in server.environ.items() if name.startswith("POSTERN_")}
    with serving(server):
        done = run(data_dir, "healthcheck", **asked)
        assert (done.returncode, done.stdout, done.stderr) == (0, "ready\n", "")
        assert run(data_dir, "recover", "unlock", "carl", **asked).stdout == "carl: already unlocked\n"
    gone = run(data_dir, "healthcheck", **asked)
    assert (gone.returncode, f"Nobody answers at 127.0.0.1:{server.port}" in gone.stderr) == (1, True)


def test_the_settings_are_shown_with_their_secrets_masked(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("POSTERN_SITE_NAME=Northgate\nPOSTERN_OWNER_PASSWORD=seven grey geese fly\n")
    (tmp_path / "key").write_text("k" * 40)
    done = run(tmp_path / "data", "config", POSTERN_SECRET_KEY_FILE=str(tmp_path / "key"))
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert {"POSTERN_SITE_NAME=Northgate", "POSTERN_SECRET_KEY=********", "POSTERN_OWNER_PASSWORD=********"} <= set(
        lines
    )
    assert "POSTERN_BASE_URL=http://127.0.0.1:8000   (default)" in lines
    assert "geese" not in done.stdout and "kkk" not in done.stdout
    facts = json.loads(run(tmp_path / "data", "config", "--json").stdout)
    assert (facts["POSTERN_SITE_NAME"], facts["POSTERN_OWNER_PASSWORD"]) == ("Northgate", "********")
    assert not (tmp_path / "data").exists(), "to look changes nothing"
