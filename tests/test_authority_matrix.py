"""Every route × every kind of visitor, against the table that is written by hand (tests/authority_table.py)."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from blueprints.admin import PATHS
from domain import login_links, password_links, users
from domain.visit import Visit, utcnow
from models import AccountClass, Denial, Kind, KnownBrowser, Role, Session, User, database
from tests.authority_table import MEETINGS, ROUTES
from tests.browser import Browser
from tests.cast import PASSWORDS, Cast, _hash
from tests.routes import csrf_token

pytestmark = pytest.mark.usefixtures("clock")
DENIED = "203.0.113.50"
PLACES = "|".join(PATHS.values())


# --- The table --------------------------------------------------------------------------------------------------------


def rows(table: str) -> dict[str, str]:
    """Method and path → a letter for each visitor."""
    found: dict[str, str] = {}
    for line in filter(None, (line.partition("#")[0].strip() for line in table.splitlines())):
        method, path, letters = line.split(maxsplit=2)
        letters = letters.replace(" ", "")
        assert len(letters) == len(VISITORS) and set(letters) <= set("ylcnx"), f"not a letter for each visitor: {line}"
        for stated in (f"{one} {path}" for one in method.split("+")):
            assert stated not in found, f"twice in the table: {stated}"
            found[stated] = letters
    return found


NAMES = {"user_id": "ID", "customer_id": "ID", "name": "FILE"}


def written(rule: Rule) -> Iterator[str]:
    """A rule of the URL map as people write it, with the kinds of people one by one."""
    path = re.sub(r"<(?:\w+:)?(\w+)>", lambda m: NAMES.get(m[1], m[1].removesuffix("_id").upper()), rule.rule)
    for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
        for place in PATHS.values() if "KIND" in path else [""]:
            yield f"{method} {path.replace('KIND', place)}"


def test_every_route_stands_in_the_table_and_every_line_is_a_route(app: Flask) -> None:
    there = {line for rule in app.url_map.iter_rules() for line in written(rule)}
    stated = set(rows(ROUTES))
    where = "tests/authority_table.py"
    missing = [f"add to {where} who gets in (a letter for each visitor): {line}" for line in sorted(there - stated)]
    gone = [f"take out of {where}, or build it: {line}" for line in sorted(stated - there)]
    assert not missing + gone, "\n".join(["", *missing, *gone])


# --- Visitors ---------------------------------------------------------------------------------------------------------


def visit() -> Visit:
    return Visit("olga", "192.0.2.1", "another browser", utcnow())


BESIDE = {  # login → kind, parent, role
    "ole": (Kind.STAFF, "", "Owner"),
    "rob": (Kind.RESELLER, "", ""),
    "paul": (Kind.CUSTOMER, "rita", ""),
    "pia": (Kind.INDIVIDUAL, "paul", ""),
    "vera": (Kind.CUSTOMER, "rob", ""),
    "vic": (Kind.INDIVIDUAL, "vera", ""),
}


@pytest.fixture
def world(app: Flask, cast: Cast) -> dict[str, User]:
    """Everybody by his login, each with a session and a known browser somewhere else."""
    for login, (kind, parent, role) in BESIDE.items():
        columns = {name: value for name, value in (("parent", parent), ("role", role)) if value}
        users.create(login, visit(), kind=kind, password_hash=_hash(PASSWORDS["carl"]), **columns)
    for login in ("olga", "sam", "rita", "carl", "ivy", "paul", "pia"):
        Browser(app, address="198.51.100.9").log_in(login, password=PASSWORDS.get(login, PASSWORDS["carl"]))
    for user in User.select():
        denial = {"user": user, "rule": "own list", "address": DENIED, "source": DENIED, "count": 1}
        Denial.create(**denial, first_at=utcnow(), last_at=utcnow())
    return {user.login: user for user in User.select()}


def logged_in(login: str) -> Callable[[Browser, dict[str, User]], None]:
    return lambda browser, world: void(browser.log_in(login))


def void(_: object) -> None:
    return None


def half(browser: Browser, world: dict[str, User]) -> None:
    Cast().enrol("carl")
    assert browser.log_in("carl").path == "/login/code"


def acting(actor: str, login: str, mode: str = "", role: str = "") -> Callable[[Browser, dict[str, User]], None]:
    def enter(browser: Browser, world: dict[str, User]) -> None:
        user = world[login]
        if role:
            users.change(user, {"role": role}, visit())
        browser.log_in(actor).get(f"/admin/{PATHS[Kind(user.kind)]}/{user.id}/acting")
        browser.post(f"/admin/{PATHS[Kind(user.kind)]}/{user.id}/acting", {"mode": mode})
        assert browser.page.find(id="shell-acting"), f"{actor} is not in the account of {login}"

    return enter


# In the order of the letters: what becomes of a browser, and whose account it is in then.
VISITORS: dict[str, tuple[Callable[[Browser, dict[str, User]], None], str]] = {
    "nobody": (lambda browser, world: None, "carl"),
    "half logged in": (half, "carl"),
    "ivy": (logged_in("ivy"), "ivy"),
    "carl": (logged_in("carl"), "carl"),
    "rita": (logged_in("rita"), "rita"),
    "sam": (logged_in("sam"), "sam"),
    "olga": (logged_in("olga"), "olga"),
    "sam as carl, assigned role": (acting("sam", "carl", "assigned", "Billing only"), "carl"),
    "sam as carl, default role": (acting("sam", "carl", "default", "Billing only"), "carl"),
    "sam as carl, view only": (acting("sam", "carl", "view"), "carl"),
    "rita as paul": (acting("rita", "paul"), "paul"),
    "olga as sam": (acting("olga", "sam"), "sam"),
    "sam as rita": (acting("sam", "rita"), "rita"),
}
TARGETS = {"customers": "carl", "individuals": "ivy", "resellers": "rita", "staff": "sam"}
TARGETS_OF_RITA = TARGETS | {"customers": "paul", "individuals": "pia"}


class Visitor:
    """A browser that asks each address with the same installation behind it: whatever an act changed is put back."""

    def __init__(self, name: str, browser: Browser, world: dict[str, User], data_dir: Path) -> None:
        enter, self.account = VISITORS[name]
        self.browser, self.world, self.data_dir = browser, world, data_dir
        self.targets = TARGETS_OF_RITA if self.account in ("rita", "paul") else TARGETS
        self.tokens = {
            "/login/link/": login_links.make(world["ivy"], visit())[0],
            "/login/password/": password_links.make(world["ivy"], visit())[0],
        }
        enter(browser, world)
        self.token = csrf_token(browser, browser.path if browser.path.startswith("/login/") else "/login")
        self.cookies = {cookie.key: cookie.value for cookie in browser.client._cookies.values()}
        self._keep()

    def _keep(self) -> None:
        database.close_all()  # the last one to leave writes the log into the file
        shutil.copy(self.data_dir / "postern.db", self.data_dir / "kept")

    def _put_back(self) -> None:
        database.close_all()
        for rest in ("-wal", "-shm"):
            (self.data_dir / f"postern.db{rest}").unlink(missing_ok=True)
        shutil.copy(self.data_dir / "kept", self.data_dir / "postern.db")
        self.browser.client._cookies.clear()
        for name, value in self.cookies.items():
            self.browser.client.set_cookie(name, value)

    def address(self, path: str) -> str:
        """The path of the table with somebody and something in it."""
        place = re.match(rf"/admin/.*?({PLACES})/(\w+)", path)
        whose = self.world[self.account]
        if place:
            login = self.targets[place[1]] if place[2] == "ID" else place[2]
            if login in self.world:
                whose = self.world[login]
                path = path.replace(f"{place[1]}/{place[2]}", f"{place[1]}/{whose.id}")
        filled = {"FILE": "app.css", "TOKEN": next((t for p, t in self.tokens.items() if path.startswith(p)), "")}
        with database.connection_context():
            if "SESSION" in path:
                filled["SESSION"] = Session.get(Session.user == whose, Session.address == "198.51.100.9").id
            if "BROWSER" in path:
                filled["BROWSER"] = KnownBrowser.get(KnownBrowser.user == whose).id
            filled["ROLE"] = Role.get(Role.name == "Billing only").id
            filled["CLASS"] = AccountClass.get(AccountClass.name == "Customers").id
        return re.sub("|".join(filled), lambda found: str(filled[found[0]]), path)

    def ask(self, line: str) -> str:
        """The letter of the answer."""
        method, path = line.split()
        data = {"csrf_token": self.token, **form_of(path)} if method == "POST" else None
        try:
            return letter(self.browser._open(method, self.address(path), data, {}))
        finally:
            self._put_back()


# What a form has to name for its view to find it; where nothing stands here it is sent empty.
FORMS = {
    "/admin/resellers/ID/role": {"role": "Reseller"},
    "/admin/roles/ROLE/resellers/ID": {"role": "Reseller"},
    "/admin/roles/ROLE/customers/ID": {"role": "Full self-care"},
    "/admin/roles/ROLE/individuals/ID": {"role": "Full self-care"},
    "/role": {"role": "Full self-care"},
    "/allowed-roles": {"role": "Billing only"},
    "/rescue/allow": {"address": DENIED},
    "/admin/roles": {"kind": "self-care"},
    "/admin/roles/permissions": {"kind": "self-care"},
    "/admin/roles/permissions/preview": {"kind": "self-care"},
}


def form_of(path: str) -> dict[str, str]:
    return next((form for end, form in FORMS.items() if path.endswith(end)), {})


def letter(answer: TestResponse) -> str:
    answer.get_data()  # what is streamed is read to its end
    if answer.status_code == 303:
        return {"/login": "l", "/login/code": "c"}.get(urlsplit(answer.headers["Location"]).path, "y")
    if answer.status_code in (403, 404):
        return "n" if answer.status_code == 403 else "x"
    # 401 is said of a password alone, in the form of the log-in.
    return "y" if answer.status_code in (200, 201, 204, 401, 409, 422) else str(answer.status_code)


@pytest.mark.parametrize("name", VISITORS)
def test_every_visitor_gets_what_the_table_says(
    name: str, browser: Browser, world: dict[str, User], data_dir: Path, app: Flask
) -> None:
    there = {line for rule in app.url_map.iter_rules() for line in written(rule)}
    visitor, number = Visitor(name, browser, world, data_dir), list(VISITORS).index(name)
    wrong = []
    for line, letters in {**{r: v for r, v in rows(ROUTES).items() if r in there}, **rows(MEETINGS)}.items():
        got = visitor.ask(line)
        if got != letters[number]:
            wrong.append(f"{line}: {name} gets {got}, the table says {letters[number]}")
    assert not wrong, "\n".join(["", *wrong])
