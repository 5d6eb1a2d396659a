"""The terminal: exit codes, facts as JSON, who did it, and never a traceback."""

from __future__ import annotations

import getpass
import json
from collections.abc import Callable

import pytest
from time_machine import Traveller

from domain import hashing, users
from models import Event, User, database
from tests.browser import Browser
from tests.cast import PASSWORDS, Cast

Terminal = Callable[..., tuple[int, str]]
ACTOR = f"console:{getpass.getuser()}"


@pytest.fixture
def facts(terminal: Terminal) -> Callable[..., object]:
    """The command's --json, read."""

    def run(*words: str, typed: str | None = None) -> object:
        code, said = terminal(*words, "--json", typed=typed)
        assert code == 0, said
        return json.loads(said)

    return run


def last_event() -> Event:
    with database.connection_context():
        event: Event = Event.select().order_by(Event.id.desc()).get()
        return event


# --- Users ------------------------------------------------------------------------------------------------------------


def test_a_new_user_gets_a_password_printed_once_and_to_be_changed(
    cast: Cast, facts: Callable[..., dict], browser: Browser
) -> None:
    made = facts("user", "create", "Nora", "--name", "Nora North", "--email", "nora@north.example")
    assert set(made) == {"login", "password"} and made["login"] == "nora"
    assert (last_event().tag, last_event().actor, last_event().subject) == ("account:user:created", ACTOR, "nora")
    assert made["password"] not in last_event().details
    browser.log_in("nora", password=made["password"])
    assert browser.h1 == "Choose a new password"


def test_a_password_from_standard_input_need_not_be_changed(cast: Cast, terminal: Terminal, browser: Browser) -> None:
    code, said = terminal("user", "create", "nora", "--password-stdin", typed="noras two wide rivers\n")
    assert (code, said) == (0, "Made customer nora.\n")
    assert browser.log_in("nora", password="noras two wide rivers").path == "/settings/security"


@pytest.mark.parametrize(
    ("words", "cure"),
    [
        (["carl"], "The login carl is taken."),
        (["CARL"], "The login carl is taken."),
        (["No Spaces"], "1 to 64 characters out of a-z 0-9 . _ @ -"),
        (["x" * 65], "1 to 64 characters"),
        (["x", "--kind", "king"], "kind: king is not allowed. Choose one of: staff, reseller, customer, individual"),
        (["x", "--kind", "individual"], "parent: an individual belongs to a customer"),
        (["x", "--kind", "individual", "--parent", "rita"], "parent: rita is no customer"),
        (["x", "--kind", "staff", "--parent", "carl"], "parent: "),
        (["x", "--parent", "nobody"], "parent: nobody is no reseller"),
        (["x", "--kind", "individual", "--parent", "carl", "--class", "Staff"], "class: an individual has the class"),
        (["x", "--class", "Gold"], "class: Gold is not allowed. Choose one of: "),
        (["x", "--role", "Owner"], "role: Owner is not allowed. Choose one of: "),
        (["x", "--two_factor", "maybe"], "two_factor: maybe is not allowed. Choose one of: inherit, yes, no"),
        (["x", "--active", "true"], "active: true is not allowed. Choose one of: yes, no"),
        (["x", "--expires_at", "tomorrow"], "expires_at: tomorrow is not a date. Write it as 2026-12-31"),
    ],
)
def test_a_bad_value_is_named_with_its_column_and_cure_and_nothing_is_made(
    words: list[str], cure: str, cast: Cast, terminal: Terminal
) -> None:
    code, said = terminal("user", "create", *words)
    assert (code, said.count("\n"), cure in said) == (1, 1, True), said
    with database.connection_context():
        assert User.select().count() == 5


@pytest.mark.parametrize(
    "words",
    [
        ["user"],
        ["user", "create"],
        ["user", "create", "x", "--shoe", "9"],
        ["bogus"],
        ["user", "set", "carl"],
        ["user", "set", "carl", "active"],
        ["class", "set"],
        ["class", "set", "Staff", "grace_days"],
        ["recover", "2fa", "carl", "--policy", "yes"],
        ["recover", "link", "carl", "--minutes", "0"],
        ["recover", "link", "carl", "--minutes", "soon"],
    ],
    ids=" ".join,
)
def test_wrong_use_exits_with_2_and_says_how(words: list[str], cast: Cast, terminal: Terminal) -> None:
    code, said = terminal(*words)
    assert code == 2
    assert "Usage: postern" in said


def test_a_change_is_shown_from_before_to_after_and_can_be_repeated(cast: Cast, terminal: Terminal) -> None:
    words = ("user", "set", "carl", "name=Carl C.", "two_factor=yes")
    assert terminal(*words) == (0, "carl name: Carl Cole → Carl C.\ncarl two_factor: inherit → yes\n")
    event = last_event()
    assert (event.tag, event.actor, event.address) == ("account:user:changed", ACTOR, "console")
    assert json.loads(event.details) == {"name": "Carl Cole → Carl C.", "two_factor": "inherit → yes"}
    assert terminal(*words) == (0, "carl: already so\n")
    assert last_event().id == event.id


@pytest.mark.parametrize(
    ("word", "cure"),
    [
        ("shoe=9", "shoe: no such column. There are: name"),
        ("kind=staff", "kind: no such column"),
        ("password_hash=x", "password_hash: no such column"),
        ("id=1", "id: no such column"),
        ("delete_instance=x", "delete_instance: no such column"),
        ("active=", "active:  is not allowed. Choose one of: yes, no"),
    ],
)
def test_only_columns_that_are_meant_to_can_be_set(word: str, cure: str, cast: Cast, terminal: Terminal) -> None:
    code, said = terminal("user", "set", "carl", "name=Changed", word)
    assert (code, cure in said) == (1, True), said
    with database.connection_context():
        assert cast.carl.name == "Carl Cole", "one wrong column changes none"


def test_the_last_owner_stays(cast: Cast, terminal: Terminal) -> None:
    for change in ("active=no", "role=Staff", "expires_at=2020-01-01", "activates_at=2099-01-01"):
        code, said = terminal("user", "set", "olga", change)
        assert (code, "last active Owner" in said) == (1, True), change
    assert terminal("user", "create", "otto", "--kind", "staff", "--role", "Owner")[0] == 0
    assert terminal("user", "set", "olga", "active=no")[0] == 0


def test_dates_can_be_set_and_taken_away_again(cast: Cast, terminal: Terminal, clock: Traveller) -> None:
    assert terminal("user", "set", "carl", "expires_at=2026-11-20T12:00+01:00")[0] == 0
    assert "Status:          expired" in terminal("user", "show", "ivy")[1]
    assert terminal("user", "set", "carl", "expires_at=")[0] == 0
    assert "Status:          active" in terminal("user", "show", "ivy")[1]


NAMES = {"id", "login", "kind", "role", "parent", "active", "two_factor", "two_factor_enrolled", "locked", "sessions",
         "last_login_at"}  # fmt: skip


@pytest.mark.parametrize("words", [("user", "show"), ("recover", "show")])
def test_a_user_is_found_by_login_id_and_mail(
    words: tuple[str, str], cast: Cast, facts: Callable[..., dict], browser: Browser
) -> None:
    cast.enrol("carl")
    browser.log_in("ivy")
    by_login = facts(*words, "CARL")
    assert set(by_login) >= NAMES
    assert by_login["two_factor_enrolled"] is True and by_login["parent"] is None and by_login["sessions"] == 0
    for who in (str(by_login["id"]), "carl@cole.example"):
        assert facts(*words, who)["login"] == "carl"
    ivy = facts(*words, "ivy")
    assert (ivy["parent"], ivy["sessions"], ivy["kind"], ivy["locked"]) == ("carl", 1, "individual", False)
    assert ivy["last_login_at"].startswith("20")


def test_lists_hold_everybody(cast: Cast, terminal: Terminal, facts: Callable[..., list]) -> None:
    assert [user["login"] for user in facts("user", "list")] == ["carl", "ivy", "olga", "rita", "sam"]
    assert all(set(user) >= NAMES for user in facts("recover", "list"))
    cast.enrol("rita")
    assert [user["login"] for user in facts("recover", "list", "--2fa")] == ["rita"]
    assert facts("recover", "list", "--locked") == []
    assert terminal("recover", "list", "--locked") == (0, "Nobody.\n")
    assert len(terminal("user", "list")[1].splitlines()) == 5


COMMANDS = (
    [("user", verb) for verb in ("show", "passwd", "set")]
    + [("recover", verb) for verb in ("show", "2fa", "password", "unlock", "link", "code")]
)  # fmt: skip


@pytest.mark.parametrize("words", COMMANDS)
def test_an_unknown_login_is_refused_with_close_matches(words: tuple[str, str], cast: Cast, terminal: Terminal) -> None:
    code, said = terminal(*words, "karl", *(["name=x"] if words[1] == "set" else []))
    assert (code, said) == (1, "Error: There is no user karl. Close to it: carl.\n")


def test_passwd_reads_standard_input_and_logs_everybody_out(cast: Cast, terminal: Terminal, browser: Browser) -> None:
    browser.log_in("carl")
    code, said = terminal("user", "passwd", "carl", typed="carls twelve dry gloves\n")
    assert (code, said) == (0, "carl: password set, 1 session logged out\n")
    assert (last_event().tag, last_event().actor) == ("account:password:reset", ACTOR)
    assert not browser.is_logged_in
    assert browser.log_in("carl", password="carls twelve dry gloves").path == "/settings/security"


@pytest.mark.parametrize("typed", ["", "\n", "short\n", "x" * 1025 + "\n"])
def test_passwd_refuses_a_bad_password_by_its_rule(typed: str, cast: Cast, terminal: Terminal) -> None:
    code, said = terminal("user", "passwd", "carl", typed=typed)
    assert (code, "Use at " in said) == (1, True)
    with database.connection_context():
        assert hashing.verify(users.find("carl").password_hash, PASSWORDS["carl"], known=True)


# --- Classes ----------------------------------------------------------------------------------------------------------


def test_a_class_is_shown_and_changed(cast: Cast, terminal: Terminal, facts: Callable[..., list]) -> None:
    assert [c["name"] for c in facts("class", "list")] == ["Customers", "Resellers", "Staff"]
    words = ("class", "set", "Customers", "two_factor=required", "grace_days=14", "idle_minutes=30")
    assert terminal(*words)[1].splitlines()[0] == "Customers two_factor: optional → required"
    assert (last_event().tag, last_event().actor, last_event().subject) == ("class:policy:changed", ACTOR, "Customers")
    assert terminal(*words) == (0, "Customers: already so\n")
    assert "grace_days=14 idle_minutes=30" in terminal("class", "list")[1]


@pytest.mark.parametrize(
    ("words", "cure"),
    [
        (["Gold", "grace_days=1"], "There is no class Gold. There are: "),
        (["Staff", "two_factor=yes"], "two_factor: yes is not allowed. Choose one of: optional, required, off"),
        (["Staff", "grace_days=-1"], "grace_days: -1 is not a number from 0 to 10000"),
        (["Staff", "idle_minutes=soon"], "idle_minutes: soon is not a number"),
        (["Staff", "name=Crew"], "name: no such column. There are: two_factor, grace_days, idle_minutes"),
    ],
)
def test_a_bad_value_of_a_class_is_refused(words: list[str], cure: str, cast: Cast, terminal: Terminal) -> None:
    code, said = terminal("class", "set", *words)
    assert (code, cure in said) == (1, True), said
