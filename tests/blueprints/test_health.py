"""/healthz and /readyz."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acts import unwritable
from tests.browser import Browser


@pytest.mark.parametrize(("path", "word"), [("/healthz", "ok"), ("/readyz", "ready")])
def test_a_supervisor_reads_one_word_and_gets_no_cookie(browser: Browser, path: str, word: str) -> None:
    browser.get(path)
    assert (browser.status, browser.text, browser.response.mimetype) == (200, f"{word}\n", "text/plain")
    assert "Set-Cookie" not in browser.response.headers
    assert browser.response.headers["Cache-Control"] == "no-store"


def test_without_its_tables_the_server_is_alive_but_not_ready(browser: Browser, data_dir: Path) -> None:
    with unwritable(data_dir, "user"):
        assert browser.get("/healthz").status == 200
        assert browser.get("/readyz").status == 503
    assert "no such table" not in browser.text
    assert browser.get("/readyz").status == 200, "it heals without a restart"


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_other_methods_are_refused_with_those_that_work(browser: Browser, path: str) -> None:
    answer = browser.client.post(path)
    assert answer.status_code == 405
    assert {"GET", "HEAD"} <= set(answer.headers["Allow"].split(", "))
