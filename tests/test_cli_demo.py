"""./postern demo: a sample provider of its own that lets in whoever reads its log-ins."""

from __future__ import annotations

import re
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from benchmarks.visitors import Answer, Visitor
from tests.cast import Authenticator as Phone
from tests.processes import CLI, Server, serving


class Demo(Server):
    """In a directory of its own, with a temporary directory that the test can look into."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "data", command=CLI, TMPDIR=str(folder), POSTERN_SITE_NAME="The real one")

    def begin(self) -> Demo:
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [*CLI, "demo"], cwd=self.data_dir.parent, env=self.environ, stdout=log, stderr=subprocess.STDOUT
            )
        return self

    @property
    def password(self) -> str:
        [found] = re.findall(r"^Everybody's password: (\w{20})$", self.said(), re.M)
        return found

    @property
    def folders(self) -> list[Path]:
        return list(self.data_dir.parent.glob("postern-demo-*"))

    @contextmanager
    def log_in(self, login: str) -> Iterator[tuple[Visitor, Answer]]:
        with closing(Visitor(self.port)) as visitor:
            visitor.get("/login")
            yield visitor, visitor.post("/login", login=login, password=self.password)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    server = Demo(tmp_path_factory.mktemp("demo"))
    with serving(server):
        yield server


@pytest.mark.parametrize("login", ["owner", "sam", "rita", "carl", "bruno", "ivy"])
def test_a_printed_log_in_lets_in(login: str, demo: Demo) -> None:
    assert re.search(rf"^  {login} ", demo.said(), re.M)
    with demo.log_in(login) as (visitor, answer):
        assert answer.status == 303
        page = visitor.get("/settings/security")
        if login in ("owner", "sam"):
            assert page.status == 303
            assert visitor.get("/settings/two-factor/enrolment").status == 200
            assert visitor.post("/settings/two-factor/enrolment/later").status == 303
            page = visitor.get("/settings/security")
        assert page.status == 200 and "Northgate Hosting" in page.body.decode()


def test_the_key_that_is_printed_makes_the_code(demo: Demo) -> None:
    [key] = re.findall(r"the key for an app is (\w{32})$", demo.said(), re.M)
    with demo.log_in("tove") as (visitor, _):
        visitor.get("/login/code")
        assert visitor.post("/login/code", code=Phone(key).code()).status == 303
        assert visitor.get("/settings/security").status == 200


@pytest.mark.parametrize(
    ("login", "said"), [("vera", "Access from this IP denied"), ("sven", "This login is suspended")]
)
def test_who_is_in_trouble_is_told_why(login: str, said: str, demo: Demo) -> None:
    with demo.log_in(login) as (_, answer):
        assert answer.status == 403 and said in answer.body.decode()


def test_its_people_have_a_past(demo: Demo) -> None:
    [folder] = demo.folders
    with closing(sqlite3.connect(folder / "postern.db")) as connection:
        people, came, denials, sessions, events = (
            connection.execute(f"SELECT count(*) FROM {what}").fetchone()[0]
            for what in ("user", "user WHERE last_login_at IS NOT NULL", "denial", "session", "event")
        )
    assert people == 250
    assert 150 < came < people and denials > 0 and sessions > 5 and events > 200


def test_nothing_of_it_touches_the_real_installation_or_stays(tmp_path: Path) -> None:
    server = Demo(tmp_path)
    with serving(server):
        [folder] = server.folders
        assert folder.stat().st_mode & 0o777 == 0o700
        first = server.password
    assert server.process.returncode == 0
    assert not server.folders and not server.data_dir.exists()
    with serving(server):
        assert server.password != first
