"""Static files: only those there are, for ever under their hash, without a look at database or session."""

from __future__ import annotations

import gzip

import pytest

from files import STATIC
from tests.browser import Browser

TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
SERVED = sorted(path for path in STATIC.rglob("*") if path.suffix in TYPES)


@pytest.mark.parametrize("name", [path.relative_to(STATIC).as_posix() for path in SERVED])
def test_a_file_is_served_whole_and_kept_by_browsers(browser: Browser, name: str) -> None:
    plain = browser.client.get(f"/static/{name}")
    packed = browser.client.get(f"/static/{name}", headers={"Accept-Encoding": "gzip"})
    assert plain.data == (STATIC / name).read_bytes() == gzip.decompress(packed.data)
    assert packed.headers["Content-Encoding"] == "gzip"
    for answer in (plain, packed):
        assert answer.mimetype == TYPES[f".{name.rpartition('.')[2]}"] and answer.content_type.endswith("utf-8")
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Set-Cookie" not in answer.headers


def test_pages_ask_for_nothing_but_our_own_files(browser: Browser) -> None:
    browser.get("/login")
    found = [tag.get("href") or tag.get("src") for tag in browser.page.find_all(["link", "script", "img"])]
    assert len(found) == 4
    for address in found:
        assert address.startswith("/static/") and "?v=" in address
        assert browser.client.get(address).status_code == 200


@pytest.mark.parametrize(
    "name", ["vendor/README.md", "../models.py", "..%2fmodels.py", "%2e%2e/models.py", "/etc/passwd", "", "vendor"]
)
def test_nothing_else_can_be_asked_for(browser: Browser, name: str) -> None:
    assert browser.get(f"/static/{name}").status == 404


def test_the_icon_that_browsers_ask_for_unasked_is_there(browser: Browser) -> None:
    browser.get("/favicon.ico")
    assert (browser.status, browser.response.mimetype) == (200, "image/svg+xml")
