"""Two resellers, two customers each, two individuals each, and the provider's own: nobody learns of anybody else.

Whatever names somebody else is answered as if it named nobody, and changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from domain import users
from models import AccountClass, Event, Kind, KnownBrowser, Role, Session, User
from tests.browser import Browser
from tests.cast import Cast
from tests.tenants import DENIED, ELSEWHERE, NOBODY, Asker, below, log_in, populate

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def people(cast: Cast) -> dict[str, User]:
    return populate()


# --- Ids in addresses -------------------------------------------------------------------------------------------------

# One for all views: whatever of it is wanted would be a change.
FORM = dict.fromkeys(("name", "email", "description"), "changed@changed.example") | {
    "active": "no", "role": "Billing only", "bind_session": "yes", "provider_access": "listed", "access": "any",
    "provider_ips": "10.0.0.1", "way": "anyway", "address": ELSEWHERE, "new_password": "a hundred wet umbrellas",
}  # fmt: skip


def swaps(rule: Rule, asker: Asker) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The address with one id left open, and the ids of others for it."""
    kinds = list(Kind) if "kind" in rule.arguments else [Kind.CUSTOMER]
    for kind, open_id in product(kinds, sorted(n for n in rule.arguments if n.endswith("_id"))):
        foreign = others(open_id, kind, asker)
        values: dict[str, Any] = {name: own(name, kind, asker) for name in rule.arguments} | {open_id: NOBODY}
        if foreign:
            built = rule.build(values | ({"kind": kind} if "kind" in rule.arguments else {}))
            assert built, rule
            yield built[1].replace(str(NOBODY), "*"), tuple(foreign)


def others(name: str, kind: Kind, asker: Asker) -> list[int]:
    """Of people all of a kind that the asker looks after, with one of each other kind; else one of the kind."""
    theirs = [asker.people[login] for login in asker.others]
    match name:
        case "user_id" | "customer_id":
            of_kind = [user.id for user in theirs if user.kind == kind]
            one_each = {user.kind: user.id for user in theirs}
            return [*of_kind, *one_each.values()] if kind in asker.kinds else of_kind[:1]
        case "session_id":
            return [Session.get(Session.user == user).id for user in theirs[::5]]
        case "browser_id":
            return [KnownBrowser.get(KnownBrowser.user == user).id for user in theirs[::5]]
        case "role_id":
            return [role.id for role in Role.select().where(Role.kind == "staff")]
    return [AccountClass.get(AccountClass.name == "Staff").id]


def own(name: str, kind: Kind, asker: Asker) -> int:
    """One that the asker may name; of a kind that he does not look after, that of anybody."""
    mine = sorted(below(asker.login), key=lambda login: asker.people[login].kind != kind)
    match name:
        case "user_id" | "customer_id":
            return int(asker.people[mine[0]].id)
        case "role_id":
            return int(Role.get(Role.name == "Billing only").id)
        case "class_id":
            return int(AccountClass.get(AccountClass.name == "Customers").id)
    return NOBODY


@pytest.mark.parametrize("login", ["sam", "rita", "rob", "paul", "carl", "pia"])
def test_the_id_of_somebody_else_is_answered_like_that_of_nobody(
    login: str, app: Flask, people: dict[str, User], browser: Browser, data_dir: Path
) -> None:
    asker = Asker(browser, login, people, data_dir)
    asked = {(method, *swap) for rule in app.url_map.iter_rules() for swap in swaps(rule, asker)
             for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}  # fmt: skip
    for method, path, foreign in sorted(asked):
        asker.same(method, path, list(foreign), FORM if method == "POST" else {}, NOBODY)
    assert len(asked) > 100


# --- Names and ids in forms and questions -----------------------------------------------------------------------------

FOREIGN = {"rita": ["vera", "carl", "vic", "ivy", "rob", "sam"], "paul": ["vera", "carl", "petra", "rita", "sam"]}
ROLES = ["Owner", "Staff", "Night watch"]
FIELDS: list[tuple[str, str, str, list[Any], dict[str, str]]] = [
    # who asks, method, address, what is named in its place, form
    *[
        row
        for login, foreign in FOREIGN.items()
        for row in (
            (login, "POST", "/admin/individuals", foreign, {"parent": "*", "login": "", "password": "none"}),
            (login, "POST", "/admin/individuals/{pia}", foreign, {"parent": "*"}),
            (login, "POST", "/admin/individuals/{pia}", ["Staff"], {"class": "*"}),
            (login, "POST", "/admin/individuals/{pia}", ROLES, {"role": "*"}),
            (login, "POST", "/admin/individuals/{pia}/role", ROLES, {"role": "*"}),
            (login, "POST", "/admin/individuals", ROLES, {"parent": "paul", "login": "new", "role": "*"}),
            (login, "POST", "/admin/individuals/{pia}/rescue/allow", [DENIED], {"address": "*"}),
        )
    ],
    ("rita", "GET", "/admin/individuals/new?parent=*", FOREIGN["rita"], {}),
    ("rita", "POST", "/admin/customers", FOREIGN["rita"], {"parent": "*", "login": "", "password": "none"}),
    ("rita", "POST", "/admin/customers", ["Staff", "Resellers"], {"class": "*", "login": "new"}),
    ("rita", "POST", "/admin/customers", ROLES, {"role": "*", "login": "new"}),
    ("rita", "POST", "/admin/customers/{paul}", FOREIGN["rita"], {"parent": "*"}),
    ("rita", "POST", "/admin/customers/{paul}", ["Staff", "Resellers"], {"class": "*"}),
    ("rita", "POST", "/admin/customers/{paul}", ROLES, {"role": "*"}),
    ("rita", "POST", "/admin/customers/{paul}/role", ROLES, {"role": "*"}),
    ("rita", "POST", "/admin/customers/{paul}/allowed-roles", ROLES, {"role": "*"}),
    ("rita", "POST", "/admin/customers/{paul}/rescue/allow", [DENIED], {"address": "*"}),
    ("sam", "POST", "/admin/customers/{carl}", ["Staff"], {"class": "*"}),
    ("sam", "POST", "/admin/customers", ["Staff"], {"class": "*", "login": "new"}),
    ("sam", "POST", "/admin/customers/{carl}/allowed-roles", ROLES, {"role": "*"}),
    ("sam", "POST", "/admin/resellers/{rita}/role", ROLES, {"role": "*"}),
    ("sam", "POST", "/admin/roles", ["staff"], {"kind": "*", "name": "New"}),
]  # fmt: skip


@pytest.mark.parametrize("login", ["rita", "paul", "sam"])
def test_whatever_a_form_names_of_somebody_else_is_answered_like_what_there_is_not(
    login: str, people: dict[str, User], browser: Browser, data_dir: Path
) -> None:
    asker = Asker(browser, login, people, data_dir)
    ids = {name: str(user.id) for name, user in people.items()}
    for _, method, path, foreign, form in (row for row in FIELDS if row[0] == login):
        asker.same(method, path.format_map(ids), foreign, form, "203.0.113.79" if "address" in form else "absentee")


def test_nor_do_ids_of_staff_roles_in_a_form(people: dict[str, User], browser: Browser, data_dir: Path) -> None:
    asker = Asker(browser, "sam", people, data_dir)
    of_staff = [role.id for role in Role.select().where(Role.kind == "staff")]
    box = {"permits-*": "profile", "seen-*": "", "kind": "self-care"}
    asker.same("POST", "/admin/roles/permissions", of_staff, box, NOBODY)
    asker.same("POST", "/admin/roles", of_staff, {"like": "*", "kind": "self-care", "name": ""}, NOBODY)
    asker.same("GET", "/admin/roles/compare?a=*&b=*", of_staff, {}, NOBODY)


@pytest.mark.parametrize(("login", "kind"), [("rita", "customers"), ("rita", "individuals"), ("paul", "individuals")])
def test_a_new_one_is_ones_own_whoever_is_named_as_the_parent(
    login: str, kind: str, people: dict[str, User], browser: Browser
) -> None:
    mine = "paul" if kind == "individuals" else "rita"
    named = mine if (login, kind) == ("rita", "individuals") else "vera" if kind == "individuals" else "rob"
    log_in(browser, login).get("/settings/security")
    browser.post(f"/admin/{kind}", {"login": "noel", "parent": named, "password": "none"})
    assert users.find("noel").parent.login == mine


# --- Lists, searches, exports -----------------------------------------------------------------------------------------


def words_of(logins: list[str], people: dict[str, User]) -> re.Pattern[str]:
    """Logins, which e-mail addresses begin with, and surnames."""
    texts = {word for login in logins for word in (login, *people[login].name.split()[1:])}
    return re.compile(rf"(?<![\w-])({'|'.join(sorted(texts))})(?![\w-])")


@pytest.mark.parametrize("login", ["rita", "rob", "paul", "carl", "pia"])
def test_no_page_that_one_can_reach_names_anybody_else(
    login: str, people: dict[str, User], browser: Browser, data_dir: Path
) -> None:
    """From the first page by every link and everything that buttons fetch."""
    above = {"paul": ["rita"], "pia": ["rita", "paul"]}.get(login, [])
    asker = Asker(browser, login, people, data_dir)
    foreign = words_of([name for name in asker.others if name not in above], people)
    todo, seen = ["/", "/admin/individuals", "/admin/customers", "/admin/events", "/admin/events.csv"], set[str]()
    while todo and len(seen) < 150:
        path = todo.pop(0)
        seen.add(path)
        browser.get(path)
        assert browser.status < 500, path
        shown = re.sub(r"[\w/-]+\.(svg|css|js)\S*", "", browser.text)
        assert not foreign.search(shown), f"{path} names {foreign.search(shown)}"
        for tag in browser.page.find_all(["a", "button", "div", "form"]):
            for name in ("href", "hx-get", "action"):
                target = str(tag.get(name) or "").partition("#")[0]
                if target.startswith("/") and not target.startswith("/static") and tag.get("method") != "post":
                    todo += [target] if target not in (*seen, *todo) else []
    assert len(seen) >= 10


@pytest.mark.parametrize("login", ["rita", "paul"])
def test_no_search_or_filter_tells_of_somebody_else(
    login: str, people: dict[str, User], browser: Browser, data_dir: Path
) -> None:
    asker = Asker(browser, login, people, data_dir)
    for path in (
        "/admin/customers",
        "/admin/individuals",
        "/settings/individuals",
        "/admin/events",
        "/admin/events.csv",
    ):
        asker.same("GET", f"{path}?q=*", FOREIGN[login], {})
        asker.same("GET", f"{path}?q=*%40*.example", FOREIGN[login], {})
        asker.same("GET", f"{path}?q=Mc*", FOREIGN[login], {})
    for chip in ("denied", "2fa-off", "2fa-required", "ip", "bound", "suspended"):
        asker.same("GET", f"/admin/individuals?filter={chip}&q=*", FOREIGN[login], {})


@pytest.mark.parametrize("login", ["rita", "paul"])
def test_no_cursor_leads_to_somebody_else(login: str, people: dict[str, User], browser: Browser) -> None:
    """Cursors stand in the links of the page, names do not."""
    log_in(browser, login)
    foreign = re.compile("|".join(people[name].name for name in FOREIGN[login]))
    cursors = [str(key) for name in FOREIGN[login] for key in (name, people[name].id - 1)]
    entries = [event.id for event in Event.select().where(Event.subject.in_(FOREIGN[login]))]
    asked = [f"{path}?{chip}after={key}" for path in ("/admin/customers", "/settings/individuals")
             for chip in ("", "filter=denied&", "filter=2fa-off&") for key in cursors]  # fmt: skip
    asked += [f"/admin/events?{side}={entry + n}" for side in ("before", "after") for entry in entries for n in (-1, 1)]
    for path in asked:
        assert not foreign.search(browser.get(path).text), path


def test_the_log_is_found_by_its_cursors(people: dict[str, User], browser: Browser) -> None:
    """Whoever looks after somebody does see him where the cursors above do not lead others."""
    entry = Event.select().where(Event.subject == "vera").order_by(Event.id.desc()).get()
    assert "vera" in log_in(browser, "rob").get(f"/admin/events?before={entry.id + 1}").words
