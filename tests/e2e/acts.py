"""What a person does in a window, and the tools beside it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from gettext import NullTranslations
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.cast import PASSWORDS

ENGLISH = NullTranslations()
_catalogue: ContextVar[NullTranslations] = ContextVar("catalogue", default=ENGLISH)


@contextmanager
def reading(catalogue: NullTranslations) -> Iterator[None]:
    """Meanwhile the windows are in this language."""
    before = _catalogue.set(catalogue)
    try:
        yield
    finally:
        _catalogue.reset(before)


def say(sentence: str, **values: object) -> str:
    """As it stands in the window."""
    said = _catalogue.get().gettext(sentence)
    return said % values if values else said


def saying(sentence: str) -> re.Pattern[str]:
    """The same where its values do not matter."""
    return re.compile(".*".join(map(re.escape, re.split(r"%\(\w+\)s", say(sentence)))), re.S)


def missing(what: str) -> None:
    """Skips with the reason; where the project is proved, whatever is missing is a failure."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(f"missing here: {what}")


def need(*programs: str) -> None:
    for program in programs:
        if not shutil.which(program):
            missing(program)


class Phone:
    """An authenticator app that shares no code with Postern: zbarimg reads the screen, oathtool knows the time."""

    def __init__(self, uri: str) -> None:
        self.uri = uri
        parts = urlsplit(uri)
        self.account = unquote(parts.path.removeprefix("/"))
        self.key = parse_qs(parts.query)["secret"][0]

    @classmethod
    def scan(cls, page: Page, picture: Path) -> Phone:
        """What stands on the screen, as a camera sees it."""
        page.get_by_role("img", name="QR code").scroll_into_view_if_needed()
        page.screenshot(path=picture)
        read = subprocess.run(["zbarimg", "--raw", "--quiet", picture], capture_output=True, text=True)
        assert read.returncode == 0, f"no QR code to be read in {picture}: {read.stderr}"
        return cls(read.stdout.strip())

    def code(self, steps: int = 0) -> str:
        at = f"@{int(time.time()) + 30 * steps}"
        read = subprocess.run(
            ["oathtool", "--totp", "-b", "-N", at, self.key], capture_output=True, text=True, check=True
        )
        return read.stdout.strip()


def log_in(page: Page, login: str, password: str | None = None) -> None:
    """The password step."""
    page.goto("/login")
    page.get_by_label(say("Login"), exact=True).fill(login)
    page.get_by_label(say("Password"), exact=True).fill(password or PASSWORDS[login])
    press(page, say("Log in"))


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def give_code(page: Page, code: str) -> None:
    page.get_by_label(say("One-time password")).fill(code)
    press(page, say("Ok"))


def log_out(page: Page) -> None:
    """By the menu, as somebody does who is in."""
    page.locator("[popovertarget=me]").click()
    press(page, "Log out")
    expect(heading(page)).to_have_text("Log in")


def heading(page: Page) -> Locator:
    return page.get_by_role("heading", level=1)


def save_codes(page: Page) -> list[str]:
    expect(heading(page)).to_have_text("Save your recovery codes")
    codes = page.locator("#recovery-codes li").all_inner_texts()
    page.get_by_label("I have saved these codes").check()
    press(page, "Done")
    expect(heading(page)).to_have_text("Security")
    return [re.sub(r"\s", "", code) for code in codes]


def panel(page: Page, name: str) -> Locator:
    return page.locator(f"#{name}-panel")


def tab_to(page: Page, target: Locator) -> None:
    """With the Tab key alone; every stop on the way can be seen to have the focus."""
    for _ in range(60):
        if target.evaluate("node => node === document.activeElement"):
            return
        page.keyboard.press("Tab")
        ring = page.evaluate(
            """() => { const node = document.activeElement, style = getComputedStyle(node);
            return node === document.body || (node.matches(':focus-visible') && style.outlineStyle !== 'none'
            && parseFloat(style.outlineWidth) >= 2) || node.outerHTML.slice(0, 120) }"""
        )
        assert ring is True, f"the focus cannot be seen on {ring}"
    raise AssertionError(f"Tab does not reach {target}")
