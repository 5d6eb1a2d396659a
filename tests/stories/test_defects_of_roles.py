"""What the models shipped and had to fix, with their numbers: roles that forbid a part of a page, and View only."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup
from flask import Flask

from domain.permissions import SELF_CARE, Permission, parse
from models import Kind, Role, User
from tests.blueprints.admin.test_person import PATHS, page_of
from tests.browser import Browser
from tests.cast import Cast
from tests.routes import routes

pytestmark = pytest.mark.usefixtures("clock")
OF_STAFF = set(Permission) - {Permission.STAFF}
STANDARD = {
    "carl": SELF_CARE,
    "ivy": SELF_CARE,
    "rita": OF_STAFF - {Permission.RESELLERS_EDIT, Permission.CLASSES, Permission.ROLES},
    "sam": OF_STAFF,
    "olga": set(Permission),
}
OUTSIDE = ("login", "password_links.", "two_factor.", "files.", "health.", "home.")


def without(*permissions: Permission) -> None:
    """Every role as it comes, but for these."""
    for role in Role.select():
        kept = sorted(parse(role.permissions) - set(permissions))
        Role.update(permissions=json.dumps(kept)).where(Role.id == role.id).execute()


def pages(app: Flask, cast: Cast) -> list[str]:
    """The address of every page behind the log-in, for one person of each kind."""
    someone = {Kind.STAFF: cast.sam, Kind.RESELLER: cast.rita, Kind.CUSTOMER: cast.carl, Kind.INDIVIDUAL: cast.ivy}
    found = set()
    for kind, user in someone.items():
        for endpoint, method, path in routes(app, kind=kind):
            if method == "GET" and not endpoint.startswith(OUTSIDE):
                found.add(path.replace(f"/{PATHS[kind]}/1", f"/{PATHS[kind]}/{user.id}"))
    return sorted(found)


def linked(page: BeautifulSoup) -> set[str]:
    """Where a page leads: its links, and what its buttons fetch."""
    targets = {str(tag[name]) for name in ("href", "hx-get") for tag in page.find_all(attrs={name: True})}
    return {target for target in targets if target.startswith("/") and not target.startswith("/static")}


def crashes_and_dead_ends(browser: Browser, app: Flask, cast: Cast) -> tuple[list[str], list[str]]:
    """Pages that fail, and pages that lead to one that the role forbids."""
    crashed, dead, asked = [], [], {}
    for path in pages(app, cast):
        for headers in ({"HX-Request": "true"}, {}):
            browser.response = browser._open("GET", path, None, headers)
            browser.page = BeautifulSoup(browser.text, "html.parser")
            if browser.status not in (200, 303, 403, 404):
                crashed.append(f"{path} {browser.status}")
        if browser.status != 200 or browser.response.mimetype != "text/html":
            continue
        for target in linked(browser.page):
            plain = urlsplit(target).path
            if plain not in asked:
                asked[plain] = _status(browser, target)
            if asked[plain] in (403, 404, 500):
                dead.append(f"{path} → {target} {asked[plain]}")
    return crashed, dead


def _status(browser: Browser, target: str) -> int:
    answer = browser._open("GET", target, None, {})
    answer.get_data()  # what is streamed is read to its end
    return answer.status_code


@pytest.mark.parametrize(
    ("login", "lacking"), [(login, p) for login, all_of in STANDARD.items() for p in sorted(all_of)]
)
def test_1593_1875_2324_no_page_crashes_or_leads_astray_where_a_role_forbids_a_part(
    login: str, lacking: Permission, app: Flask, cast: Cast, browser: Browser
) -> None:
    assert parse(getattr(cast, login).role.permissions) == STANDARD[login]
    User.update(parent=cast.rita).where(User.login == "carl").execute()
    browser.log_in(login)
    without(lacking)
    assert crashes_and_dead_ends(browser, app, cast) == ([], [])


@pytest.mark.parametrize("login", ["carl", "rita", "sam"])
def test_1593_a_role_with_nothing_in_it_still_has_a_home_and_a_password(
    login: str, app: Flask, cast: Cast, browser: Browser
) -> None:
    browser.log_in(login)
    without(*Permission)
    assert crashes_and_dead_ends(browser, app, cast) == ([], [])
    assert browser.get("/").status == 200
    assert browser.get("/settings/password").status == 200
    assert browser.get("/").log_out().path == "/login"


@pytest.mark.parametrize("mode", ["assigned", "view"])
@pytest.mark.parametrize("login", ["carl", "ivy", "rita", "sam"])
def test_1593_nor_while_somebody_acts_there(mode: str, login: str, app: Flask, cast: Cast, browser: Browser) -> None:
    User.update(parent=cast.rita).where(User.login == "carl").execute()
    where = page_of(getattr(cast, login))
    browser.log_in("olga").get(f"{where}/acting").post(f"{where}/acting", {"mode": mode})
    assert browser.page.find(id="shell-acting")
    assert crashes_and_dead_ends(browser, app, cast) == ([], [])


def test_1830_1954_who_may_only_look_edits_no_role(cast: Cast, browser: Browser) -> None:
    Role.update(permissions='["customers.view"]').where(Role.name == "Staff").execute()
    browser.log_in("sam")
    for path in ("/admin/customers", page_of(cast.carl)):
        browser.get(path)
        assert not browser.page.select("main select[name=role]:not(fieldset[disabled] *)"), path
        browser.post(f"{page_of(cast.carl)}/role", {"role": "Billing only"})
        assert (browser.status, cast.carl.role.name) == (403, "Full self-care")
        browser.get(path).post(page_of(cast.carl), {"role": "Billing only"})
        assert (browser.status, cast.carl.role.name) == (403, "Full self-care")


def pressable(browser: Browser) -> set[str]:
    """What the page offers to press that would be sent to us to change something; the bar at the top is the way out."""
    found = browser.page.select("main form[method=post] button:not([disabled]):not([type=button], [type=reset])")
    inactive = browser.page.select("fieldset[disabled] button")
    return {" ".join(b.get_text(" ").split()) or str(b.get("aria-label")) for b in found if b not in inactive}


@pytest.mark.parametrize("path", ["/settings/security", "/settings/profile", "/settings/trusted-ips"])
def test_2254_2256_who_only_looks_while_acting_finds_nothing_to_save(path: str, cast: Cast, browser: Browser) -> None:
    where = page_of(cast.carl)
    Browser(browser.app, address="203.0.113.5").log_in("carl")
    browser.log_in("sam").get(f"{where}/acting").post(f"{where}/acting", {"mode": "view"})
    assert pressable(browser.get(path)) == set()
    assert "View only: nothing can be changed." in browser.words


def test_2254_2256_nor_on_the_pages_of_the_customers_of_a_reseller(cast: Cast, browser: Browser) -> None:
    User.update(parent=cast.rita).where(User.login == "carl").execute()
    where = page_of(cast.rita)
    browser.log_in("sam").get(f"{where}/acting").post(f"{where}/acting", {"mode": "view"})
    for path in ("/admin/customers", page_of(cast.carl), page_of(cast.ivy), "/admin/individuals"):
        assert (browser.get(path).status, pressable(browser)) == (200, set()), path
