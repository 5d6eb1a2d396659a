"""Languages on the web: each reader gets his own, on every page, and nobody that of the reader before him."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from flask import Flask

import speech
from domain import languages
from domain.errors import LinkDead
from models import AccountClass, Role, Session, User
from tests.acts import unwritable
from tests.browser import Browser
from tests.cast import HOME, Cast

pytestmark = pytest.mark.usefixtures("clock")
At = Callable[[str], Browser]
Terminal = Callable[..., tuple[int, str]]
GERMAN = "de-AT,de;q=0.9,en;q=0.5"


def german(sentence: str, **values: object) -> str:
    return languages.offered()["de"].gettext(sentence, **values)


def lang(browser: Browser) -> str:
    assert browser.page.html is not None
    return str(browser.page.html["lang"])


def asks(browser: Browser, header: str = GERMAN) -> Browser:
    """From here on this browser asks for other languages."""
    browser.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = header
    return browser


def ask(
    browser: Browser, method: str, path: str, data: dict[str, str] | None = None, **headers: str
) -> tuple[int, str]:
    """As it comes: status, and where to."""
    browser.response = browser._open(method, path, data, headers)
    browser.page = BeautifulSoup(browser.text, "html.parser")
    return browser.status, browser.response.headers.get("Location", "")


def token(browser: Browser) -> str:
    return str(browser.page.find("input", {"name": "csrf_token"})["value"])  # type: ignore[index]


# --- As the browser asks ----------------------------------------------------------------------------------------------


@pytest.mark.manual("C83")
@pytest.mark.parametrize(
    ("path", "status", "h1"),
    [
        ("/login", 200, "Log in"),
        ("/nowhere", 404, "There is no such page"),
        ("/logout", 405, "This address does not work that way"),
        ("/login/link/x", 410, LinkDead.message),
    ],
)
def test_a_stranger_is_spoken_to_as_his_browser_asks(
    path: str, status: int, h1: str, cast: Cast, browser: Browser
) -> None:
    for header, code, said in ((GERMAN, "de", german(h1)), ("fr, tlh;q=0.9", "en", h1), ("x" * 100_000, "en", h1)):
        assert ask(asks(browser, header), "GET", path)[0] == status
        assert (lang(browser), browser.h1) == (code, said)


def test_who_is_sent_to_log_in_is_spoken_to_as_his_browser_asks(cast: Cast, browser: Browser) -> None:
    asks(browser).get("/settings/security")
    assert (browser.path, lang(browser), browser.h1) == ("/login", "de", german("Log in"))


def test_what_is_wrong_with_a_form_is_said_in_german(cast: Cast, browser: Browser) -> None:
    fields = {"login": "carl", "password": "wrong", "csrf_token": token(asks(browser).get("/login"))}
    assert (ask(browser, "POST", "/login", fields)[0], lang(browser)) == (401, "de")
    assert german("Login or password is incorrect") in browser.words
    assert (ask(browser, "POST", "/login", fields | {"csrf_token": ""})[0], lang(browser)) == (400, "de")


def test_who_is_refused_by_his_role_is_told_so_in_german(cast: Cast, browser: Browser) -> None:
    asks(browser).get("/login").submit(german("Log in"), login="carl", password="carls eleven wet socks")
    Role.update(permissions="[]").execute()
    assert (ask(browser, "GET", "/settings/profile")[0], lang(browser)) == (403, "de")
    assert browser.h1 == german("Your role does not include this page")


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_who_is_refused_by_his_address_is_told_so_in_german(
    accept: str, cast: Cast, browser: Browser, terminal: Terminal
) -> None:
    browser.log_in("carl")
    terminal("user", "set", "carl", "access=listed", f"trusted_ips={HOME};")
    browser.address = "198.51.100.66"
    assert ask(browser, "GET", "/settings/security", Accept=accept, Accept_Language=GERMAN)[0] == 403
    message = german("Access from this IP denied")
    assert browser.response is not None and message in (browser.response.get_json(silent=True) or {}).get(
        "message", browser.text
    )
    if accept == "application/json":
        facts = browser.response.get_json()
        assert (facts["error"], facts["cause"], facts["address"]) == ("ip_denied", "list", "198.51.100.66")
    User.update(language="de").where(User.login == "carl").execute()
    assert ask(browser, "GET", "/settings/security", Accept=accept, Accept_Language="en")[0] == 403
    assert "Access from this IP denied" in browser.text, "a stolen cookie tells its owner's language"


def test_toasts_of_htmx_are_german(cast: Cast, browser: Browser) -> None:
    asks(browser).htmx("GET", "/nowhere")
    assert browser.response is not None
    toast = json.loads(browser.response.headers["HX-Trigger"])["toast"]["value"]
    assert toast.startswith(german("There is no such page"))


def test_an_error_of_ours_is_said_in_german_too(cast: Cast, browser: Browser, data_dir: Path) -> None:
    browser.log_in("carl")
    with unwritable(data_dir, "session"):
        status, _ = ask(asks(browser), "GET", "/settings/security")
    assert (status, lang(browser)) == (503, "de")


# --- The switch at the foot -------------------------------------------------------------------------------------------


@pytest.mark.manual("C83")
def test_a_language_is_chosen_before_log_in(cast: Cast, browser: Browser) -> None:
    browser.get("/login?next=/settings/activity").submit("Deutsch")
    assert (browser.path, lang(browser), browser.cookie("postern_language")) == ("/login", "de", "de")
    current = browser.page.select(".languages [aria-current]")
    assert [button["value"] for button in current] == ["de"]
    browser.submit(german("Log in"), login="carl", password="carls eleven wet socks")
    assert (browser.path, lang(browser)) == ("/settings/activity", "de")
    assert not browser.page.select(".languages"), "it is a matter of the profile after log-in"


NEXT = {
    "/login": "/login",
    "/login?next=/settings/activity": "/login?next=/settings/activity",
    "/settings/activity?before=5": "/settings/activity?before=5",
    "//evil.example": "/",
    "//evil.example/login": "/",
    "https://evil.example": "/",
    "https://evil.example/login": "/",
    "\\\\evil.example": "/",
    "/\\evil.example": "/",
    "/\t/evil.example": "/",
    "javascript:alert(1)": "/",
    "/unknown": "/",
    "/language": "/",
    "/logout": "/",
    "/login?a\r\nSet-Cookie: b": "/login",
    "/login/../../evil": "/",
    "x" * 9_000: "/",
    "": "/",
}


@pytest.mark.parametrize(("wanted", "way"), NEXT.items())
def test_the_switch_leads_back_to_a_page_of_ours_only(wanted: str, way: str, cast: Cast, browser: Browser) -> None:
    browser.get("/login")
    fields = {"language": "de", "next": wanted, "csrf_token": token(browser)}
    assert ask(browser, "POST", "/language", fields) == (303, way)
    assert lang(browser.get("/login")) == "de"


@pytest.mark.parametrize("code", ["tlh", "", "de\r\nX: y", "../de", "x" * 10_000, '"><script>'])
def test_a_language_that_is_not_offered_is_not_chosen(code: str, cast: Cast, browser: Browser) -> None:
    browser.get("/login").submit("Deutsch")
    assert ask(browser, "POST", "/language", {"language": code, "csrf_token": token(browser)}) == (303, "/")
    assert lang(asks(browser.get("/login"), "de").get("/login")) == "de"
    assert lang(browser.get("/login", Accept_Language="en")) == "en"


@pytest.mark.parametrize("cookie", ["tlh", "../../de", "x" * 10_000, "%64%65", "<b>", "\xff"])
def test_a_cookie_with_no_language_of_ours_counts_as_none(cookie: str, cast: Cast, browser: Browser) -> None:
    browser.client = browser.app.test_client(use_cookies=False)
    cookies = f"postern_language={cookie}"
    assert lang(browser.get("/login", Cookie=cookies, Accept_Language="de")) == "de"
    assert lang(browser.get("/login", Cookie=cookies)) == "en"
    assert lang(browser.get("/login", Cookie="postern_language=de")) == "de"


def test_a_forged_switch_is_refused(cast: Cast, browser: Browser) -> None:
    browser.get("/login").post("/language", {"language": "de"}, csrf=False)
    assert (browser.status, browser.cookie("postern_language")) == (400, None)


# --- As chosen --------------------------------------------------------------------------------------------------------


@pytest.mark.manual("C83")
def test_a_change_of_language_logs_nobody_out(cast: Cast, browser: Browser) -> None:
    browser.log_in("carl").get("/settings/profile")
    before = list(Session.select(Session.id, Session.token_hash, Session.ended_at).tuples())
    cookie = browser.cookie("postern_session")
    assert lang(browser.submit("Save", language="de")) == "de"
    assert lang(browser.submit(german("Save"), language="en")) == "en"
    assert list(Session.select(Session.id, Session.token_hash, Session.ended_at).tuples()) == before
    assert browser.is_logged_in and cookie


@pytest.mark.manual("C83")
def test_the_log_in_page_speaks_what_was_last_saved_in_this_browser(
    cast: Cast, browser: Browser, browser_at: At
) -> None:
    browser.log_in("carl").get("/settings/profile").submit("Save", language="de")
    browser.submit(german("Log out"))
    assert (browser.path, lang(browser)) == ("/login", "de")
    browser.submit(german("Log in"), login="ivy", password="ivys three blue kettles").get("/settings/profile")
    assert lang(browser.submit(german("Save"), language="en")) == "en"
    assert lang(browser.submit("Log out")) == "en"
    assert lang(browser_at("198.51.100.7").log_in("carl")) == "de", "and his own wherever he logs in"


def test_who_gives_his_language_up_is_spoken_to_as_his_browser_asks(cast: Cast, browser: Browser) -> None:
    browser.log_in("carl").get("/settings/profile").submit("Save", language="de")
    browser.submit(german("Save"), language="")
    assert lang(browser) == "en"


def test_what_else_is_saved_leaves_the_language_that_this_browser_has_chosen(cast: Cast, browser: Browser) -> None:
    browser.get("/login").submit("Deutsch")
    browser.submit(german("Log in"), login="carl", password="carls eleven wet socks").get("/settings/profile")
    assert lang(browser.submit(german("Save"), time_zone="Europe/Berlin")) == "de"


@pytest.mark.parametrize("stored", ["tlh", "", "x" * 16])
def test_who_has_a_language_that_is_offered_no_more_gets_that_of_his_browser(
    stored: str, cast: Cast, browser: Browser
) -> None:
    User.update(language=stored).where(User.login == "carl").execute()
    asks(browser).get("/login").submit(german("Log in"), login="carl", password="carls eleven wet socks")
    assert (browser.h1, lang(browser)) == (german("Security"), "de")
    assert lang(browser.get("/settings/profile", Accept_Language="en")) == "en"


def test_what_the_class_speaks_goes_before_the_browser_and_ones_own_before_both(cast: Cast, browser: Browser) -> None:
    AccountClass.update(language="de").execute()
    assert lang(browser.log_in("carl")) == "de"
    User.update(language="en").where(User.login == "carl").execute()
    assert lang(browser.get("/settings/security", Accept_Language="de")) == "en"


# --- Side by side -----------------------------------------------------------------------------------------------------


def test_nothing_of_a_reader_is_left_for_the_next(cast: Cast, browser: Browser, browser_at: At, data_dir: Path) -> None:
    User.update(language="de", time_zone="Asia/Tokyo").where(User.login == "carl").execute()
    browser.log_in("carl")
    stranger = browser_at("203.0.113.5")
    for path, status in (("/settings/security", 200), ("/nowhere", 404), ("/settings/known-browsers/x", 404)):
        assert (ask(browser, "GET", path)[0], lang(browser)) == (status, "de")
        assert speech.speaking().language.code == "en"
        assert (stranger.get("/nowhere").h1, lang(stranger)) == ("There is no such page", "en")
    with unwritable(data_dir, "event"):
        ask(browser, "GET", "/settings/security")
    assert browser.status >= 500 and speech.speaking().language.code == "en"
    assert (stranger.get("/login").h1, lang(stranger)) == ("Log in", "en")


def test_readers_in_different_languages_and_zones_at_once_never_mix(app: Flask, cast: Cast) -> None:
    tokyo, berlin = ("de", "Asia/Tokyo", "YYYY/MM/DD HH24:MI"), ("en", "Europe/Berlin", "DD-MM-YYYY HH24:MI")
    for login, (language, zone, output) in {"carl": tokyo, "rita": berlin}.items():
        row = User.update(language=language, time_zone=zone, output_format=output)
        row.where(User.login == login).execute()
    members = [
        (Browser(app).log_in("carl"), "de", "2026/11/20 21:00"),
        (Browser(app).log_in("rita"), "en", "20-11-2026 13:00"),
    ]
    strangers = [(Browser(app), "de", GERMAN), (Browser(app), "en", "fr")]
    together = threading.Barrier(4)

    def read(browser: Browser, code: str, now: str) -> set[tuple[str, bool]]:
        together.wait(10)
        pages = (browser.get("/settings/profile") for _ in range(60))
        return {(lang(page), now in page.words) for page in pages} | {
            (code, ask(browser, "GET", "/nowhere")[0] == 404 and lang(browser) == code)
        }

    def knock(browser: Browser, code: str, header: str) -> set[tuple[str, bool]]:
        together.wait(10)
        h1 = german("Log in") if code == "de" else "Log in"
        pages = (browser.get("/login", Accept_Language=header) for _ in range(150))
        return {(lang(page), page.h1 == h1) for page in pages}

    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(read, *member) for member in members] + [pool.submit(knock, *one) for one in strangers]
        found = [job.result() for job in jobs]
    assert found == [{("de", True)}, {("en", True)}] * 2
