"""A real server and a real browser. Each window is watched: nothing it complains about goes unseen."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, sync_playwright

from tests import pseudo
from tests.e2e.acts import missing
from tests.processes import Server, serving

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_executable(playwright), args=ARGUMENTS)
        yield browser
        browser.close()


def _executable(playwright: Playwright) -> str:
    own = playwright.chromium.executable_path
    for path in (os.environ.get("BROWSER_PATH"), shutil.which("chromium"), shutil.which("google-chrome"), own):
        if path and Path(path).is_file():
            return path
    missing("chromium (apt install chromium, or set BROWSER_PATH)")
    raise AssertionError


@pytest.fixture
def server(data_dir: Path) -> Iterator[Server]:
    """With the cast; a process of its own for each test takes half a second."""
    server = Server(data_dir, POSTERN_SITE_NAME="Northgate Hosting")
    with serving(server):
        yield server


@pytest.fixture(scope="session")
def catalogues(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of English, German and the pseudo language."""
    return pseudo.write(tmp_path_factory.mktemp("translations"))


class Windows:
    """They share nothing. `complaints` are those of all pages, but for refusals, which are meant."""

    def __init__(self, chromium: Browser, server: Server) -> None:
        self.chromium = chromium
        self.server = server
        self.contexts: list[BrowserContext] = []
        self.complaints: list[str] = []

    def open(self, *, width: int = 1280, scheme: str = "light", **options: object) -> Page:
        context = self.chromium.new_context(
            base_url=self.server.url,
            viewport={"width": width, "height": 800},
            color_scheme=scheme,
            reduced_motion="reduce",  # or colours are looked at on their way to others
            **options,
        )
        context.set_default_timeout(10_000)
        self.contexts.append(context)
        page = context.new_page()
        page.on("console", self._hear)
        page.on("dialog", lambda question: question.accept())
        page.on("pageerror", lambda error: self.complaints.append(f"error in script: {error}"))
        page.on("request", lambda request: self._see(request.url))
        return page

    def close(self) -> None:
        for context in self.contexts:
            self._look_into_storage(context)
            context.close()
        assert not self.complaints, "\n".join(self.complaints)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning") or "server responded with a status of 4" in message.text:
            return
        if not (self.server.cuts_lines and "net::ERR_" in message.text):
            self.complaints.append(f"{message.type} on {message.page and message.page.url}: {message.text}")

    def _see(self, url: str) -> None:
        if not url.startswith((self.server.url, "data:")):
            self.complaints.append(f"asked for {url}")

    def _look_into_storage(self, context: BrowserContext) -> None:
        for page in context.pages:
            if page.url.startswith("http"):
                kept = page.evaluate("[localStorage.length, sessionStorage.length]")
                if kept != [0, 0]:
                    self.complaints.append(f"{page.url} keeps something in the browser's storage")


@pytest.fixture
def windows(chromium: Browser, server: Server) -> Iterator[Windows]:
    with closing(Windows(chromium, server)) as windows:
        yield windows
