"""Acts and looks that several tests share."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from bs4 import Tag

from models import User
from tests.browser import Browser
from tests.cast import Authenticator


def thief_of(browser: Browser) -> Browser:
    """Another browser that presents a copy of this one's session cookie, from the same address."""
    thief = Browser(browser.app, address=browser.address)
    stolen = browser.cookie("postern_session")
    assert stolen, "there is no session to steal"
    thief.client.set_cookie("postern_session", stolen)
    return thief


def fragment(browser: Browser, name: str) -> Tag:
    """The one root of an htmx answer; whatever stands beside it must go to its own place, out of band."""
    assert not browser.page.find("html"), "a whole page where a fragment was asked for"
    first, *others = [tag for tag in browser.page.contents if isinstance(tag, Tag)]
    assert first.get("id") == name
    assert all(tag.get("hx-swap-oob") == "true" and tag.get("id") for tag in others), "a second root"
    return first


def shown_key(browser: Browser) -> Authenticator:
    """The phone of somebody who types the key by hand, as the page shows it."""
    [key] = [code.get_text() for code in browser.page.select("dd code") if "Key" in _term_of(code)]
    return Authenticator(key)


def _term_of(code: Tag) -> str:
    term = code.find_previous("dt")
    return term.get_text() if term else ""


def enable(browser: Browser) -> tuple[Authenticator, list[str]]:
    """From the Security page to Done: the phone and the recovery codes. The code taken is that of the step before."""
    phone = shown_key(browser.submit("Enable two-step authentication"))
    browser.submit("Ok", code=phone.code(offset=-1))
    codes = shown_codes(browser)
    browser.submit("Done", saved="yes")
    return phone, codes


def shown_codes(browser: Browser) -> list[str]:
    return [item.get_text() for item in browser.page.select("ol.codes li")]


def otpauth(link: str) -> dict[str, str]:
    """What a scanner reads out of the QR code."""
    parts = urlsplit(link)
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    return {"label": unquote(parts.path[1:]), **{name: value for name, [value] in parse_qs(parts.query).items()}}


def error_at(browser: Browser, field: str) -> str:
    """What is said at this field, as a screen reader brings the two together."""
    control = browser.page.find(attrs={"name": field, "aria-invalid": "true"})
    assert isinstance(control, Tag), f"the field {field} is not marked as wrong"
    *_, last = str(control["aria-describedby"]).split()
    error = browser.page.find(id=last)
    assert isinstance(error, Tag)
    return " ".join(error.get_text(" ").split())


@contextmanager
def unwritable(data_dir: Path, table: str) -> Iterator[None]:
    """The database refuses whatever touches this table, until it is put back."""
    _rename(data_dir, table, "lost")
    try:
        yield
    finally:
        _rename(data_dir, "lost", table)


def _rename(data_dir: Path, old: str, new: str) -> None:
    with closing(sqlite3.connect(data_dir / "postern.db")) as outside:
        outside.execute("PRAGMA legacy_alter_table = ON")
        outside.execute(f"ALTER TABLE {old} RENAME TO {new}")


def anonymous(browser: Browser, *names: str) -> str:
    """A page as it is for everybody: without tokens and without what was typed into it."""
    text = re.sub(r'(name="csrf_token" value=")[^"]*', r"\1", browser.text)
    for name in names:
        text = text.replace(name, "…")
    return text


def enter(browser: Browser, user: User, mode: str = "") -> Browser:
    """By the form of the menu's page."""
    place = {"customer": "customers", "reseller": "resellers", "staff": "staff", "individual": "individuals"}[user.kind]
    browser.get(f"/admin/{place}/{user.id}/acting")
    return browser.post(f"/admin/{place}/{user.id}/acting", {"mode": mode})
