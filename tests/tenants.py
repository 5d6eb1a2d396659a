"""Two resellers, two customers each, two individuals each, and the provider's own; and who asks of somebody else."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from werkzeug.test import TestResponse

from domain import users
from domain.visit import utcnow
from models import Denial, Kind, Role, User
from tests.browser import Browser
from tests.cast import PASSWORDS, _hash
from tests.domain.seat import Seat, console
from tests.routes import csrf_token

NOBODY = 999_999
DENIED, ELSEWHERE = "203.0.113.77", "203.0.113.78"

TREE = {  # reseller → customer → individuals
    "rita": {"paul": ("pia", "pim"), "petra": ("pola", "pedro")},
    "rob": {"vera": ("vic", "viola"), "vito": ("vanna", "vlad")},
    "": {"carl": ("ivy", "ilse")},
}


def populate() -> dict[str, User]:
    """Everybody by his login: he has logged in, was refused somewhere, and has a browser that is known."""
    make("rob", Kind.RESELLER)
    for reseller, customers in TREE.items():
        for customer, individuals in customers.items():
            make(customer, Kind.CUSTOMER, reseller)
            for individual in individuals:
                make(individual, Kind.INDIVIDUAL, customer)
    found = {user.login: user for user in User.select()}
    for user in found.values():
        Seat(user.login).enter()
        here = DENIED if user.login in ("vera", "vic", "carl", "ivy") else ELSEWHERE
        denial = {"user": user, "rule": "own list", "address": here, "source": here, "count": 1}
        Denial.create(**denial, first_at=utcnow(), last_at=utcnow())
    Role.create(kind="staff", name="Night watch", permissions='["customers.view"]')
    return found


def name_of(login: str) -> str:
    return f"{login.title()} Mc{login}"


def make(login: str, kind: Kind, parent: str = "") -> None:
    if users.by_login(login):
        users.change(users.find(login), {"name": name_of(login)}, console())
        return
    of = {"parent": parent} if parent else {}
    email = f"{login}@{login}.example"
    users.create(login, console(), kind=kind, name=name_of(login), email=email, password_hash=HASH, **of)


HASH = _hash(PASSWORDS["carl"])


def log_in(browser: Browser, login: str) -> Browser:
    return browser.log_in(login, password=PASSWORDS.get(login, PASSWORDS["carl"]))


def below(login: str) -> set[str]:
    """Whom he looks after, and himself."""
    if login in TREE:
        return {login, *TREE[login], *(i for individuals in TREE[login].values() for i in individuals)}
    customers = {customer: of for tree in TREE.values() for customer, of in tree.items()}
    if login == "sam":
        return {login, "rita", "rob", *customers, *(i for of in customers.values() for i in of)}
    return {login, *customers.get(login, ())}


# --- The same answer --------------------------------------------------------------------------------------------------


def stored(data_dir: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Everything but the log."""
    with closing(sqlite3.connect(data_dir / "postern.db")) as outside:
        tables = [name for (name,) in outside.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: outside.execute(f'SELECT * FROM "{name}"').fetchall() for name in tables if name != "event"}


class Asker:
    """Asks the same of somebody else and of nobody."""

    def __init__(self, browser: Browser, login: str, people: dict[str, User], data_dir: Path) -> None:
        self.browser, self.login, self.people, self.data_dir = log_in(browser, login), login, people, data_dir
        self.token = csrf_token(browser, "/settings/security")
        self.session = browser.cookie("postern_session") or ""
        self.others = [name for name in people if name not in below(login)]
        self.kinds = {people[name].kind for name in below(login) - {login}}

    def answer(self, method: str, path: str, form: dict[str, str], *, htmx: bool = False) -> tuple[int, str, str]:
        headers = {"HX-Request": "true", "HX-Current-URL": f"http://localhost{path}"} if htmx else {}
        data = {"csrf_token": self.token, **form} if method == "POST" else None
        self.browser.client.set_cookie("postern_session", self.session)  # without what the answer before left to say
        answer = self.browser._open(method, path, data, headers)
        assert answer.status_code < 500, (method, path, form)
        kept = sorted(item for item in answer.headers if item[0] not in ("Content-Length", "Set-Cookie"))
        return answer.status_code, repr(kept), body(answer)

    def same(self, method: str, path: str, foreign: list[Any], form: dict[str, str], absent: Any = "absentee") -> None:
        """`*` in path and form stands for who or what is named. The answers differ in nothing but that."""
        before = stored(self.data_dir)
        for htmx in (False, True):
            ask = partial(self.answer, method, htmx=htmx)
            status, *texts = ask(put(path, absent), put_all(form, absent))
            for named in foreign:
                expected = status, *(text.replace(str(absent), str(named)) for text in texts)
                question = f"{self.login}: {method} {path} {form}: {named}"
                assert ask(put(path, named), put_all(form, named)) == expected, question
                assert stored(self.data_dir) == before, question


def put(text: str, named: object) -> str:
    return text.replace("*", str(named))


def put_all(form: dict[str, str], named: object) -> dict[str, str]:
    return {put(field, named): put(value, named) for field, value in form.items()}


def body(answer: TestResponse) -> str:
    return re.sub(r'(name="csrf_token" value=")[^"]*', r"\1", answer.get_data(as_text=True))
