"""recover ip|unbind|allow|all|sessions: for somebody whom his address keeps out, effective at his next request."""

from __future__ import annotations

import getpass
import json
from collections.abc import Callable

import pytest

from models import Event, TrustedIpList, User
from tests.browser import Browser
from tests.cast import HOME, Cast

Terminal = Callable[..., tuple[int, str]]
Say = Callable[..., str]
ACTOR = f"console:{getpass.getuser()}"
ELSEWHERE = "198.51.100.7"
PAGE = "/settings/security"
OWN = ("user", "set", "carl", "access=listed", "trusted_ips=10.0.0.1; 10.1.0.0/16")
PROVIDED = ("user", "set", "carl", "provider_ips=10.0.0.0/8", "provider_access=listed")
BY_CLASS = ("class", "set", "Customers", "provider_access=listed", "provider_ips=10.0.0.0/8")
KEPT_BY_PERSON = ("user", "set", "carl", "provider_ips=172.16.0.0/12")
OWN_OFF = (
    "carl: Access to control panel: Only from IPs in the list (10.0.0.1, 10.1.0.0/16)"
    " → From any IP (10.0.0.1, 10.1.0.0/16 kept)\n"
)
PROVIDED_OFF = "carl: the provider's list: Only from IPs in the list (10.0.0.0/8) → From any IP (10.0.0.0/8 kept)\n"
BY_CLASS_OFF = "carl: the provider's list: As defined by the customer class → From any IP\n"
ALREADY = "carl: already so\n"
LISTS = ("access", "trusted_ips", "provider_access", "provider_ips")


@pytest.fixture
def say(cast: Cast, terminal: Terminal) -> Say:
    """What the terminal says to a command that it accepts."""

    def run(*words: str) -> str:
        code, said = terminal(*words)
        assert code == 0, said
        return said

    return run


@pytest.fixture
def carl(cast: Cast, browser: Browser) -> Browser:
    """Logged in at HOME, which stands in no list of these tests."""
    return browser.log_in("carl")


def facts(say: Say, *words: str) -> dict:
    return json.loads(say(*words, "--json"))


def lists_of(say: Say, login: str) -> dict[str, object]:
    shown = facts(say, "recover", "show", login)
    return {name: shown[name] for name in LISTS}


def events() -> list[tuple[str, str]]:
    """What the terminal wrote down, newest first."""
    found = Event.select().where(Event.actor == ACTOR, Event.address == "console").order_by(Event.id.desc())
    return [(event.tag, event.subject) for event in found]


# --- recover ip -------------------------------------------------------------------------------------------------------


@pytest.mark.manual("A13", "A14")
@pytest.mark.parametrize(
    ("before", "options", "said", "lets_in"),
    [
        ([OWN], [], OWN_OFF, True),
        ([PROVIDED], [], PROVIDED_OFF, True),
        ([OWN, PROVIDED], [], OWN_OFF + PROVIDED_OFF, True),
        ([OWN, PROVIDED], ["--own"], OWN_OFF, False),
        ([OWN, PROVIDED], ["--provider"], PROVIDED_OFF, False),
        ([BY_CLASS], [], BY_CLASS_OFF, True),
        ([BY_CLASS], ["--own"], ALREADY, False),
        ([OWN, BY_CLASS], [], OWN_OFF + BY_CLASS_OFF, True),
        (
            [BY_CLASS, KEPT_BY_PERSON],
            ["--provider"],
            "carl: the provider's list: As defined by the customer class (172.16.0.0/12 kept)"
            " → From any IP (172.16.0.0/12 kept)\n",
            True,
        ),
    ],
)
def test_lists_are_switched_off_and_put_back_as_they_were(
    before: list[tuple[str, ...]], options: list[str], said: str, lets_in: bool, say: Say, carl: Browser
) -> None:
    for words in before:
        say(*words)
    lists = lists_of(say, "carl")
    assert carl.get(PAGE).h1 == "Access from this IP denied"
    assert say("recover", "ip", "carl", *options) == said
    assert carl.get(PAGE).status == (200 if lets_in else 403)
    written = events()
    assert say("recover", "ip", "carl", *options) == ALREADY
    assert events() == written
    undone = say("recover", "ip", "carl", "--restore")
    assert undone.count(" → ") == said.count(" → ")
    assert lists_of(say, "carl") == lists
    assert carl.get(PAGE).status == 403
    assert say("recover", "ip", "carl", "--restore") == ALREADY
    tags = [tag for tag, subject in events() if subject == "carl"]
    assert len(tags) - len([tag for tag, subject in written if subject == "carl"]) == undone.count(" → ")
    assert set(tags) <= {"account:trusted_ips:changed", "account:provider_ips:changed"}


@pytest.mark.manual("A14")
def test_the_person_finds_from_any_ip_and_his_list_dormant(say: Say, carl: Browser) -> None:
    say(*OWN)
    say("recover", "ip", "carl")
    panel = carl.get(PAGE).panel("trusted-ips")
    assert panel.find(id="trusted-ips-any").has_attr("checked")
    assert panel.find("textarea", {"name": "trusted_ips"}).get_text().split() == ["10.0.0.1;", "10.1.0.0/16;"]
    assert carl.submit("Save", access="listed", trusted_ips=f"10.0.0.1\n{HOME}").status == 200


@pytest.mark.parametrize(
    ("access", "text"), [("listed", f"10.0.0.1; {HOME}"), ("any", f"10.0.0.1; {HOME}"), ("listed", HOME)]
)
def test_what_the_person_saved_since_then_is_not_undone(access: str, text: str, say: Say, carl: Browser) -> None:
    say(*OWN)
    say("recover", "ip", "carl")
    assert carl.get(PAGE).submit("Save", access=access, trusted_ips=text).status == 200
    lists = lists_of(say, "carl")
    assert say("recover", "ip", "carl", "--restore") == ALREADY
    assert lists_of(say, "carl") == lists
    assert (lists["access"], carl.get(PAGE).status) == (access, 200)


def test_clear_deletes_the_entries_for_good(say: Say, carl: Browser) -> None:
    for words in (OWN, PROVIDED):
        say(*words)
    assert say("recover", "ip", "carl", "--clear", "--provider") == (
        "carl: the provider's list: Only from IPs in the list (10.0.0.0/8) → From any IP\n"
    )
    say("recover", "ip", "carl")
    assert say("recover", "ip", "carl", "--clear") == (
        "carl: Access to control panel: From any IP (10.0.0.1, 10.1.0.0/16 kept) → From any IP\n"
    )
    assert say("recover", "ip", "carl", "--clear") == say("recover", "ip", "carl", "--restore") == ALREADY
    assert lists_of(say, "carl") == dict(zip(LISTS, ("any", [], "any", []), strict=True))
    say(*BY_CLASS)
    say("user", "set", "carl", "provider_access=inherit")
    assert carl.get(PAGE).status == 403
    assert say("recover", "ip", "carl", "--clear") == BY_CLASS_OFF
    assert carl.get(PAGE).status == 200


@pytest.mark.parametrize("option", [[], ["--restore"], ["--clear"], ["--own"], ["--provider"]])
def test_where_nothing_is_armed_nothing_happens(option: list[str], say: Say) -> None:
    assert say("recover", "ip", "carl", *option) == ALREADY
    assert facts(say, "recover", "ip", "carl", *option)["changed"] is False
    assert (events(), TrustedIpList.select().count()) == ([], 0)


# --- recover allow ----------------------------------------------------------------------------------------------------


OWN_WAS, PROVIDED_WAS = "Only from IPs in the list (10.0.0.1, 10.1.0.0/16", "Only from IPs in the list (10.0.0.0/8"
OWN_GETS = f"carl: Access to control panel: {OWN_WAS}) → {OWN_WAS}, {{}})\n"
PROVIDED_GETS = f"carl: the provider's list: {PROVIDED_WAS}) → {PROVIDED_WAS}, {{}})\n"
COPIED = f"carl: the provider's list: As defined by the customer class → {PROVIDED_WAS}, {{}})\n"
LEFT = "carl: the list of the class no longer holds for carl; user set carl provider_access=inherit undoes it\n"
COPIED_OVER = COPIED.replace(" →", " (172.16.0.0/12 kept) →")


@pytest.mark.parametrize(
    ("before", "address", "said"),
    [
        ([], HOME, ALREADY),
        ([OWN], HOME, OWN_GETS),
        ([OWN], "192.0.2.0/24", OWN_GETS),
        ([OWN], "192.0.2.1 - 192.0.2.20", OWN_GETS),
        ([OWN], f"::ffff:{HOME}", OWN_GETS),
        ([PROVIDED], HOME, PROVIDED_GETS),
        ([BY_CLASS], HOME, COPIED + LEFT),
        ([OWN, BY_CLASS, KEPT_BY_PERSON], HOME, OWN_GETS + COPIED_OVER + LEFT),
    ],
)
def test_an_address_is_added_to_each_list_that_refuses_it(
    before: list[tuple[str, ...]], address: str, said: str, say: Say, carl: Browser
) -> None:
    for words in before:
        say(*words)
    entry = address.replace(" ", "").removeprefix("::ffff:")
    assert say("recover", "allow", "carl", address) == said.format(entry, entry)
    assert carl.get(PAGE).status == 200
    written = events()
    assert len([tag for tag, subject in written if subject == "carl"]) >= said.count(" → ")
    assert say("recover", "allow", "carl", address) == say("recover", "allow", "carl", HOME) == ALREADY
    assert events() == written


def test_whom_the_class_keeps_out_gets_a_copy_and_the_class_stays(
    say: Say, carl: Browser, browser_at: Callable[..., Browser]
) -> None:
    ivy = browser_at(HOME).log_in("ivy")
    say(*BY_CLASS)
    say("recover", "allow", "carl", HOME)
    assert lists_of(say, "carl")["provider_ips"] == ["10.0.0.0/8", HOME]
    assert (carl.get(PAGE).status, ivy.get(PAGE).status) == (200, 403)
    [customers] = [group for group in json.loads(say("class", "list", "--json")) if group["name"] == "Customers"]
    assert (customers["provider_access"], customers["provider_ips"]) == ("listed", ["10.0.0.0/8"])


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        ("0.0.0.0/0", "lets everybody in: choose From any IP instead"),
        ("home.example", "Names are not accepted"),
        ("10.0.0.0/0.0.0.255", "Write the network as 10.0.0.0/24 instead"),
        ("010.0.0.1", "without zeros in front"),
        ("192.0.2.9-192.0.2.1", "Write the lower address first: 192.0.2.1-192.0.2.9"),
        (f"{HOME} 10.0.0.1", "contains a space"),
        ("", "Write an IP address, a network or a range"),
    ],
)
def test_what_is_no_address_is_refused_with_its_cure(text: str, cure: str, say: Say, terminal: Terminal) -> None:
    say(*OWN)
    lists, written = lists_of(say, "carl"), events()
    code, said = terminal("recover", "allow", "carl", text)
    assert (code, said.count("\n"), cure in said) == (1, 1, True), said
    assert (lists_of(say, "carl"), events()) == (lists, written)


# --- recover unbind, all, sessions ------------------------------------------------------------------------------------


@pytest.mark.manual("A19", "A20")
def test_binding_is_switched_off(say: Say, carl: Browser) -> None:
    say("user", "set", "carl", "bind_session=yes")
    carl.address = ELSEWHERE
    assert "This session was opened from another address" in carl.get(PAGE).words
    assert say("recover", "unbind", "carl") == "carl: bound to IP → not bound\n"
    assert carl.get(PAGE).status == 200
    assert not carl.panel("bind-session").find("input", {"name": "bind_session"}).has_attr("checked")
    assert events()[0] == ("account:binding:disabled", "carl")
    assert say("recover", "unbind", "carl") == "carl: already not bound\n"
    assert (len(events()), facts(say, "recover", "unbind", "carl")["changed"]) == (2, False)


@pytest.mark.parametrize("login", ["carl", "olga"])
def test_all_opens_every_door_but_the_second_step(login: str, cast: Cast, say: Say, browser: Browser) -> None:
    phone = cast.enrol(login)
    User.update(wrong_codes_in_row=50).where(User.login == login).execute()
    armed = (*OWN[3:], *PROVIDED[3:], "bind_session=yes")
    say("user", "set", login, *armed)
    assert browser.log_in(login).h1 == "Access from this IP denied"
    lines = (
        OWN_OFF
        + PROVIDED_OFF
        + "carl: bound to IP → not bound\ncarl: 0 failed attempts → 0 failed attempts, codes not locked\n"
    )
    assert say("recover", "all", login) == lines.replace("carl:", f"{login}:")
    assert browser.log_in(login).h1 == "Two-step authentication"
    assert browser.submit("Ok", code=phone.code()).status == 200
    written = events()
    assert set(written[:4]) == {
        (tag, login)
        for tag in (
            "account:trusted_ips:changed",
            "account:provider_ips:changed",
            "account:binding:disabled",
            "account:login:unlocked",
        )
    }
    assert say("recover", "all", login) == f"{login}: already so\n"
    assert events() == written


def test_all_sessions_are_logged_out(say: Say, carl: Browser, browser_at: Callable[..., Browser]) -> None:
    other, ivy = browser_at(ELSEWHERE).log_in("carl"), browser_at(HOME).log_in("ivy")
    assert say("recover", "sessions", "carl") == "carl: 2 sessions → 0 sessions\n"
    assert [seat.is_logged_in for seat in (carl, other, ivy)] == [False, False, True]
    assert events() == [("account:sessions:reset", "carl")]
    assert say("recover", "sessions", "carl") == "carl: already no sessions\n"
    assert len(events()) == 1
    assert carl.log_in("carl").path == PAGE


@pytest.mark.parametrize(
    ("words", "keys"),
    [
        (["ip", "carl"], {"own", "provider"}),
        (["ip", "carl", "--own"], {"own"}),
        (["allow", "carl", HOME], {"own"}),
        (["all", "carl"], {"own", "provider", "bind_session"}),
        (["unbind", "carl"], {"before", "after"}),
        (["sessions", "carl"], {"before", "after"}),
    ],
)
def test_every_verb_gives_its_facts_as_json(words: list[str], keys: set[str], say: Say, carl: Browser) -> None:
    say(*OWN, "bind_session=yes")
    told = facts(say, "recover", *words)
    assert set(told) == {"login", "verb", "changed"} | keys
    assert (told["login"], told["changed"]) == ("carl", True)
    if "own" in keys:
        assert told["own"]["before"] == {"access": "listed", "ips": ["10.0.0.1", "10.1.0.0/16"]}
        assert set(told["own"]["after"]) == {"access", "ips"}
