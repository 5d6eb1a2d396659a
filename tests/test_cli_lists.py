"""Lists of addresses in the terminal: as columns that are set, and as facts that are shown."""

from __future__ import annotations

import getpass
import json
from collections.abc import Callable

import pytest
from time_machine import Traveller

from domain import users
from models import Event, User
from tests.browser import Browser
from tests.cast import HOME, Cast

Terminal = Callable[..., tuple[int, str]]
ACTOR = f"console:{getpass.getuser()}"
ELSEWHERE = "198.51.100.7"
MANUAL = "10.10.10.1;\n192.168.192.0/24;\n192.168.192.0/255.255.255.0;"
LISTS = ("access", "trusted_ips", "provider_access", "provider_ips", "bind_session")
DEFAULTS = ("any", [], "inherit", [], False)


@pytest.fixture
def facts(terminal: Terminal) -> Callable[..., list]:
    """The columns of lists in a command's --json, of each user that it shows."""

    def run(*words: str) -> list[tuple[object, ...]]:
        code, said = terminal(*words, "--json")
        assert code == 0, said
        shown = json.loads(said)
        return [tuple(user[name] for name in LISTS) for user in (shown if isinstance(shown, list) else [shown])]

    return run


def events() -> list[tuple[str, str, str]]:
    rows = Event.select().where(Event.actor == ACTOR).order_by(Event.id)
    return [(event.tag, event.subject, event.details) for event in rows]


# --- Columns ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("login", ["carl", "olga"])
@pytest.mark.parametrize(
    ("words", "after"),
    [
        (["access=listed", "trusted_ips=10.0.0.1"], ("listed", ["10.0.0.1"], "inherit", [], False)),
        (["trusted_ips=10.0.0.1", "access=listed"], ("listed", ["10.0.0.1"], "inherit", [], False)),
        (["trusted_ips=10.0.0.9;10.0.0.1"], ("any", ["10.0.0.1", "10.0.0.9"], "inherit", [], False)),
        (["provider_ips=10.0.0.0/255.0.0.0;", "provider_access=listed"], ("any", [], "listed", ["10.0.0.0/8"], False)),
        (["provider_access=any"], ("any", [], "any", [], False)),
        (["bind_session=yes"], ("any", [], "inherit", [], True)),
        (
            ["provider_access=listed", "bind_session=yes", "trusted_ips=::1; 10.0.0.1-10.0.0.9", "name=New",
             "provider_ips=10.0.0.0/8", "access=listed"],
            ("listed", ["10.0.0.1-10.0.0.9", "::1"], "listed", ["10.0.0.0/8"], True),
        ),
    ],
)  # fmt: skip
def test_columns_are_set_at_once_in_whatever_order(
    login: str, words: list[str], after: tuple[object, ...], cast: Cast, terminal: Terminal, facts: Callable[..., list]
) -> None:
    assert facts("user", "show", login) == [DEFAULTS]
    code, said = terminal("user", "set", login, *words)
    assert (code, facts("user", "show", login), facts("recover", "show", login)) == (0, [after], [after])
    changed = sum(old != new for old, new in zip(DEFAULTS, after, strict=True)) + ("name=New" in words)
    assert (said.count(" → "), said.count(f"{login} ")) == (changed, changed)
    written = events()
    assert written and all(subject == login for _, subject, _ in written)
    assert terminal("user", "set", login, *words) == (0, f"{login}: already so\n")
    assert events() == written


@pytest.mark.manual("C76")
def test_what_the_manual_prints_is_taken_and_shown_as_two_networks(cast: Cast, terminal: Terminal) -> None:
    said = terminal("user", "set", "carl", f"trusted_ips={MANUAL}", "access=listed")[1]
    assert said.splitlines() == [
        "carl access: any → listed",
        "carl trusted_ips: (none) → 10.10.10.1; 192.168.192.0/24",
    ]
    [(tag, _, details)] = events()
    assert (tag, json.loads(details)) == (
        "account:trusted_ips:changed",
        {"access": "any → listed", "added": ["10.10.10.1", "192.168.192.0/24"], "added_count": 2},
    )


BAD = [
    ("access=inherit", "access: inherit is not allowed. Choose one of: any, listed"),
    ("access=", "access:  is not allowed. Choose one of: any, listed"),
    ("access=listed", "trusted_ips: Add at least one address, or choose From any IP."),
    ("trusted_ips=10.0.0.1\n\n10.0.0.300", "trusted_ips: Line 3: 10.0.0.300 is not an IP address. Each number can be"),
    ("trusted_ips=0.0.0.0/0", "trusted_ips: Line 1: 0.0.0.0/0 lets everybody in: choose From any IP instead."),
    ("trusted_ips=" + "10.0.0.1;" * 1_001, "trusted_ips: A list can have 1000 entries, and this one has 1001."),
    ("provider_access=some", "provider_access: some is not allowed. Choose one of: inherit, any, listed"),
    ("provider_access=listed", "provider_ips: Add at least one address"),
    ("provider_ips=10.0.0.0/0.0.0.255", "provider_ips: Line 1: 0.0.0.255 is the reverse of a netmask."),
    ("bind_session=true", "bind_session: true is not allowed. Choose one of: yes, no"),
]


@pytest.mark.parametrize(("word", "cure"), BAD, ids=[word[:30] for word, _ in BAD])
def test_a_bad_value_names_column_line_and_cure_and_changes_nothing(
    word: str, cure: str, cast: Cast, terminal: Terminal, facts: Callable[..., list]
) -> None:
    column = word.partition("=")[0]
    good = ["name=Changed", "trusted_ips=10.0.0.1" if column.startswith("provider") else "provider_access=any"]
    for order in ([word, *good], [*good, word]):
        code, said = terminal("user", "set", "carl", *order)
        assert (code, said.count("\n"), cure in said) == (1, 1, True), said
    code, said = terminal("user", "create", "nora", f"--{column}", word.partition("=")[2])
    assert (code, said.count("\n"), cure in said) == (1, 1, True), said
    assert (facts("user", "show", "carl"), cast.carl.name, events()) == ([DEFAULTS], "Carl Cole", [])
    assert User.select().count() == 5


def test_a_new_user_gets_his_lists_with_him(
    cast: Cast, terminal: Terminal, facts: Callable[..., list], browser: Browser
) -> None:
    code, said = terminal(
        *("user", "create", "nora", "--provider-ips", "10.0.0.0/8;192.0.2.0/24", "--access", "listed"),
        *("--bind_session", "yes", "--trusted-ips", "192.0.2.7", "--provider_access", "listed"),
    )
    assert (code, facts("user", "show", "nora")) == (
        0,
        [("listed", ["192.0.2.7"], "listed", ["10.0.0.0/8", "192.0.2.0/24"], True)],
    )
    password = said.partition("Password: ")[2].split()[0]
    assert browser.log_in("nora", password=password).h1 == "Access from this IP denied"
    browser.address = "192.0.2.7"
    assert browser.log_in("nora", password=password).h1 == "Choose a new password"


def test_a_list_lies_dormant_until_it_is_listed_again(
    cast: Cast, terminal: Terminal, facts: Callable[..., list], browser: Browser
) -> None:
    browser.log_in("carl")
    statuses = []
    for word in ("trusted_ips=10.0.0.1", "access=listed", "access=any", "access=listed"):
        assert terminal("user", "set", "carl", word)[0] == 0
        assert facts("user", "show", "carl")[0][1] == ["10.0.0.1"]
        statuses.append(browser.get("/settings/security").status)
    assert statuses == [200, 403, 200, 403]
    assert terminal("user", "set", "carl", "trusted_ips=")[0] == 1, "an armed list has an entry"
    assert terminal("user", "set", "carl", "trusted_ips=", "access=any")[0] == 0
    assert facts("user", "show", "carl") == [DEFAULTS]


# --- Classes ----------------------------------------------------------------------------------------------------------


@pytest.mark.manual("D109")
def test_a_class_has_a_list_for_all_who_inherit_it(cast: Cast, terminal: Terminal, browser: Browser) -> None:
    browser.log_in("ivy")
    words = ("class", "set", "Customers", "provider_ips=10.0.0.0/8;10.0.0.1", "provider_access=listed", "grace_days=3")
    assert terminal(*words)[1].splitlines() == [
        "Customers grace_days: 0 → 3",
        "Customers provider_access: any → listed",
        "Customers provider_ips: (none) → 10.0.0.0/8; 10.0.0.1",
    ]
    assert {(tag, subject) for tag, subject, _ in events()} == {("class:policy:changed", "Customers")}
    assert terminal(*words) == (0, "Customers: already so\n")
    [customers, *others] = json.loads(terminal("class", "list", "--json")[1])
    assert (customers["provider_access"], customers["provider_ips"]) == ("listed", ["10.0.0.0/8", "10.0.0.1"])
    assert [(group["provider_access"], group["provider_ips"]) for group in others] == [("any", [])] * 2
    assert "provider_access=listed provider_ips=10.0.0.0/8; 10.0.0.1 language=" in terminal("class", "list")[1]
    assert browser.get("/settings/security").status == 403
    assert terminal("user", "set", "ivy", "provider_access=any")[0] == 0
    assert browser.get("/settings/security").status == 200


@pytest.mark.parametrize(
    ("words", "cure"),
    [
        (["provider_access=inherit"], "provider_access: inherit is not allowed. Choose one of: any, listed"),
        (["provider_access=listed"], "provider_ips: Add at least one address"),
        (["provider_ips=10.0.0.1", "grace_days=-1"], "grace_days: -1 is not a number"),
        (["provider_ips=10.0.0.1\nhere"], "provider_ips: Line 2: here is not an IP address"),
        (
            ["trusted_ips=10.0.0.1"],
            "trusted_ips: no such column. There are: two_factor, grace_days, idle_minutes, prov",
        ),
    ],
)
def test_a_bad_value_of_a_class_changes_nothing(words: list[str], cure: str, cast: Cast, terminal: Terminal) -> None:
    before = terminal("class", "list")
    code, said = terminal("class", "set", "Customers", "idle_minutes=5", *words)
    assert (code, said.count("\n"), cure in said) == (1, 1, True), said
    assert (terminal("class", "list"), events()) == (before, [])


# --- What is shown ----------------------------------------------------------------------------------------------------

NOTHING = {"Access": "From any IP", "By provider": "as the class has it: From any IP", "Bind session": "no"}


@pytest.mark.parametrize(
    ("own", "of_class", "lines"),
    [
        ([], [], NOTHING),
        (["bind_session=yes"], [], NOTHING | {"Bind session": "yes"}),
        (["access=listed", "trusted_ips=10.0.0.1"], [], NOTHING | {"Access": "Only from IPs in the list (10.0.0.1)"}),
        (["trusted_ips=10.0.0.1"], [], NOTHING | {"Access": "From any IP (10.0.0.1 kept)"}),
        (
            ["trusted_ips=" + ";".join(f"10.0.0.{n}" for n in range(12))],
            [],
            {"Access": f"From any IP ({', '.join(f'10.0.0.{n}' for n in range(10))} and 2 more kept)"},
        ),
        (
            ["provider_access=listed", "provider_ips=10.0.0.0/8"],
            ["provider_access=listed", "provider_ips=::1"],
            {"By provider": "Only from IPs in the list (10.0.0.0/8)"},
        ),
        (
            ["provider_ips=10.0.0.0/8"],
            ["provider_access=listed", "provider_ips=::1"],
            {"By provider": "as the class has it: Only from IPs in the list (::1); 10.0.0.0/8 kept"},
        ),
        (["provider_access=any"], ["provider_access=listed", "provider_ips=::1"], {"By provider": "From any IP"}),
    ],
)
def test_lists_and_binding_are_shown(
    own: list[str], of_class: list[str], lines: dict[str, str], cast: Cast, terminal: Terminal
) -> None:
    for words in [("user", "set", "carl", *own)] * bool(own) + [("class", "set", "Customers", *of_class)] * bool(
        of_class
    ):
        assert terminal(*words)[0] == 0
    for verb in ("user", "recover"):
        said = terminal(verb, "show", "carl")[1].splitlines()
        assert {f"{name + ':':<17}{value}" for name, value in lines.items()} <= set(said)


def test_the_last_refusal_is_shown_with_rule_address_and_number(
    cast: Cast, terminal: Terminal, browser: Browser, clock: Traveller
) -> None:
    assert "Last denied" not in terminal("recover", "show", "carl")[1]
    browser.log_in("carl")
    for rule, words, times in (
        ("own list", ["access=listed", "trusted_ips=10.0.0.1"], ""),
        ("provider list", ["provider_access=listed", "provider_ips=10.0.0.1"], ", 2 times"),
    ):
        terminal("user", "set", "carl", *words)
        clock.shift(60)
        for _ in range(2 if times else 1):
            browser.get("/settings/security")
        said = terminal("recover", "show", "carl")[1]
        assert (
            f"Last denied:     {'20.11.2026 12:02' if times else '20.11.2026 12:01'} UTC from {HOME} ({rule}){times}\n"
            in said
        )
    told = json.loads(terminal("user", "show", "carl", "--json")[1])["last_denied"]
    assert told == {"at": "2026-11-20T12:02:00+00:00", "address": HOME, "rule": "provider list", "count": 2}


def test_people_are_listed_by_what_limits_their_addresses(
    cast: Cast, terminal: Terminal, facts: Callable[..., list]
) -> None:
    def found(*options: str) -> list[str]:
        return [user["login"] for user in json.loads(terminal("recover", "list", *options, "--json")[1])]

    assert found("--ip") == found("--bind") == []
    terminal("user", "set", "rita", "access=listed", "trusted_ips=10.0.0.1")
    terminal("user", "set", "sam", "trusted_ips=10.0.0.1", "bind_session=yes")
    terminal("class", "set", "Customers", "provider_access=listed", "provider_ips=10.0.0.1")
    users.create("nora", cast.visit("console:test"), provider_access="any", trusted_ips="10.0.0.1")
    terminal("user", "set", "ivy", "provider_ips=10.0.0.1")
    assert (found("--ip"), found("--bind"), found("--ip", "--bind")) == (["carl", "ivy", "rita"], ["sam"], [])
    terminal("recover", "ip", "carl")
    terminal("user", "set", "olga", "provider_access=listed", "provider_ips=10.0.0.1", "bind_session=yes")
    assert (found("--ip"), found("--bind")) == (["ivy", "olga", "rita"], ["olga", "sam"])
    lines = {line.split()[1]: line.split()[2:] for line in terminal("recover", "list")[1].splitlines()}
    assert (lines["olga"], lines["ivy"]) == (["2fa=off", "ip=listed", "bound"], ["2fa=off", "ip=listed"])
    assert lines["carl"] == lines["nora"] == ["2fa=off"]
    assert len(facts("user", "list")) == len(facts("recover", "list")) == 6


@pytest.mark.parametrize("words", [["ip"], ["unbind"], ["allow", HOME], ["all"], ["sessions"]], ids=lambda w: w[0])
def test_an_unknown_login_is_refused_with_close_matches(words: list[str], cast: Cast, terminal: Terminal) -> None:
    verb, *rest = words
    code, said = terminal("recover", verb, "karl", *rest)
    assert (code, said) == (1, "Error: There is no user karl. Close to it: carl.\n")
