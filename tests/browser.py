"""A browser without script: it follows links and sends forms as they stand on the page, and lints each page it gets."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from bs4 import BeautifulSoup, Tag
from flask import Flask
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from headers import POLICY
from tests.cast import AGENT, HOME, PASSWORDS, Authenticator

Fields = dict[str, str] | MultiDict[str, str]
REDIRECTS = (301, 302, 303, 307, 308)


class Browser:
    """One cookie jar at one address. `page` is the last page, `status` its status, `path` its path."""

    def __init__(self, app: Flask, address: str = HOME, agent: str = AGENT) -> None:
        self.app = app
        self.address = address
        self.agent = agent
        self.client = app.test_client()
        self.response: TestResponse | None = None
        self.page = BeautifulSoup("", "html.parser")
        self.path = ""

    # --- Requests -----------------------------------------------------------------------------------------------------

    def get(self, path: str, **headers: str) -> Browser:
        return self._go("GET", path, headers=headers)

    def post(self, path: str, data: dict[str, str] | None = None, *, csrf: bool = True, **headers: str) -> Browser:
        """A POST with fields of one's own choice, and the CSRF token of the page at hand unless told otherwise."""
        fields = dict(data or {})
        token = self.page.find("input", {"name": "csrf_token"})
        if csrf and isinstance(token, Tag):
            fields.setdefault("csrf_token", str(token["value"]))
        return self._go("POST", path, data=fields, headers=headers)

    def submit(self, button: str, **fields: str) -> Browser:
        """Presses the button with this text; fields are filled in by name, the others are sent as they stand."""
        pressed = self.button(button, *fields)
        form = self._form(pressed)
        assert isinstance(form, Tag), f"{button} stands in no form"
        values = self._values(form)
        for name, value in fields.items():
            values[name] = value
        if pressed.get("name"):
            values[str(pressed["name"])] = str(pressed.get("value", ""))
        action = str(pressed.get("formaction") or form.get("action") or self.path)
        return self._go("POST" if form.get("method") == "post" else "GET", action, data=values)

    def follow(self, text: str) -> Browser:
        link = next(a for a in self.page.find_all("a") if a.get_text(strip=True) == text)
        return self.get(str(link["href"]))

    def htmx(self, method: str, path: str, data: dict[str, str] | None = None) -> Browser:
        """As htmx asks: the answer is a fragment, and redirects are not followed."""
        fields = dict(data or {})
        token = self.page.find("input", {"name": "csrf_token"})
        if method == "POST" and isinstance(token, Tag):
            fields.setdefault("csrf_token", str(token["value"]))
        self.response = self._open(method, path, fields, {"HX-Request": "true"})
        self.page = BeautifulSoup(self.text, "html.parser")
        return self

    # --- Acts of a person ---------------------------------------------------------------------------------------------

    def log_in(self, login: str, phone: Authenticator | None = None, password: str | None = None) -> Browser:
        """Through the form, and through the code step where a phone is given."""
        self.get("/login").submit("Log in", login=login, password=password or PASSWORDS[login])
        if phone is not None:
            self.submit("Ok", code=phone.code())
        return self

    def log_out(self) -> Browser:
        return self.submit("Log out")

    # --- What is seen -------------------------------------------------------------------------------------------------

    @property
    def status(self) -> int:
        assert self.response is not None
        return self.response.status_code

    @property
    def text(self) -> str:
        assert self.response is not None
        return self.response.get_data(as_text=True)

    @property
    def words(self) -> str:
        """The text of the page as it is read, white space folded."""
        return " ".join(self.page.get_text(" ").split())

    @property
    def h1(self) -> str:
        heading = self.page.find("h1")
        assert heading is not None, "no h1"
        return " ".join(heading.get_text(" ").split())

    def _form(self, button: Tag) -> Tag | None:
        """The one that it stands in, or another that it names."""
        found = self.page.find(id=button["form"]) if button.get("form") else button.find_parent("form")
        return found if isinstance(found, Tag) else None

    def button(self, text: str, *fields: str) -> Tag:
        """The button with this text or accessible name, in a form with these fields; of several the last.

        That is the page's own, not the menu's.
        """
        found = [
            b for b in self.page.find_all("button") if text in (" ".join(b.get_text(" ").split()), b.get("aria-label"))
        ]
        assert found, f"no button {text!r} among {[b.get_text(strip=True) for b in self.page.find_all('button')]}"
        fitting = [b for b in found if all((self._form(b) or b).find(attrs={"name": name}) for name in fields)]
        assert fitting, f"no form of {text!r} has the fields {fields}"
        return fitting[-1]

    def has_button(self, text: str) -> bool:
        return any(text == " ".join(b.get_text(" ").split()) for b in self.page.find_all(["button", "a"]))

    def panel(self, name: str) -> Tag:
        found = self.page.find(id=f"{name}-panel")
        assert isinstance(found, Tag), f"no panel {name}"
        return found

    def cookie(self, name: str) -> str | None:
        stored = self.client.get_cookie(name)
        return stored.value if stored else None

    @property
    def is_logged_in(self) -> bool:
        return self.client.get("/settings/security", **self._extra({})).status_code == 200

    # --- Inside -------------------------------------------------------------------------------------------------------

    def _go(self, method: str, path: str, data: Fields | None = None, headers: dict[str, str] | None = None) -> Browser:
        self.response = self._open(method, path, data, headers or {})
        for _ in range(5):
            if self.status not in REDIRECTS:
                break
            path = self.response.headers["Location"]
            self.response = self._open("GET", path, None, {})
        self.path = urlsplit(path).path
        self.page = BeautifulSoup(self.text, "html.parser")
        if self.response.mimetype == "text/html" and self.page.find("html"):
            lint(self.page, self.response)
        return self

    def _open(self, method: str, path: str, data: Fields | None, headers: dict[str, str]) -> TestResponse:
        path = path.partition("#")[0]
        if method == "GET" and data:
            pairs = [*MultiDict(data).items(multi=True)]
            path, data = f"{path}{'&' if '?' in path else '?'}{urlencode(pairs)}", None
        return self.client.open(path, method=method, data=data, **self._extra(headers))

    def _extra(self, headers: dict[str, str]) -> dict[str, object]:
        return {
            "environ_base": {"REMOTE_ADDR": self.address},
            "headers": {"User-Agent": self.agent, **{name.replace("_", "-"): value for name, value in headers.items()}},
        }

    @staticmethod
    def _values(form: Tag) -> MultiDict[str, str]:
        values: MultiDict[str, str] = MultiDict()
        for field in form.find_all(["input", "textarea", "select"]):
            kind = field.get("type", "text")
            if not field.get("name") or (kind in ("checkbox", "radio") and not field.has_attr("checked")):
                continue
            values.add(str(field["name"]), _value(field))
        return values


def _value(field: Tag) -> str:
    if field.name == "textarea":
        return field.get_text()
    if field.name == "select":
        field = field.find("option", selected=True) or field.find("option")  # type: ignore[assignment]
        return str(field.get("value", field.get_text())) if field else ""
    return str(field.get("value", ""))


def lint(page: BeautifulSoup, response: TestResponse) -> None:
    """What every page owes to its readers."""
    headings = page.find_all("h1")
    assert len(headings) == 1, f"{len(headings)} h1"
    title = page.title.get_text().removeprefix("Error: ") if page.title else ""
    assert title.startswith(" ".join(headings[0].get_text(" ").split())), (
        f"the title {title!r} does not begin with the h1"
    )
    ids = [str(tag["id"]) for tag in page.find_all(id=True)]
    assert len(ids) == len(set(ids)), f"ids twice: {sorted({i for i in ids if ids.count(i) > 1})}"
    for field in page.find_all(["input", "select", "textarea"]):
        if field.get("type") == "hidden" or field.get("aria-hidden") == "true":
            continue
        labelled = page.find("label", {"for": field.get("id")}) or field.find_parent("label") or field.get("aria-label")
        assert labelled, f"no label for {field}"
    for described in page.find_all(attrs={"aria-describedby": True}):
        for part in str(described["aria-describedby"]).split():
            assert part in ids, f"{described.name} is described by {part}, which is not there"
    for form in page.find_all("form", {"method": "post"}):
        assert form.find("input", {"name": "csrf_token"}), f"no csrf_token in the form to {form.get('action')}"
        assert form.get("action"), "a form without an action works with script only"
    for tag in page.find_all(attrs={"hx-post": True}):
        assert tag.name in ("form", "button"), "hx-post stands on a form, or on a button with formaction"
    assert not page.find_all(style=True), "inline style"
    assert not [tag for tag in page.find_all(True) if any(name.startswith("on") for name in tag.attrs)], (
        "inline handler"
    )
    assert all(script.get("src") for script in page.find_all("script")), "inline script"
    for button in page.find_all("button"):
        assert button.get_text(strip=True) or button.get("aria-label"), f"a button without a name: {button}"
    assert response.headers["Content-Security-Policy"] == POLICY
    assert response.headers["Cache-Control"] == "no-store"
