"""The table "What ends what" of docs/security.md: each of its rows, and of each row all that can be open."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import time_machine

from domain import (
    acting,
    class_edits,
    class_ips,
    granting,
    known_browsers,
    login,
    login_links,
    networks,
    own_sessions,
    password_links,
    passwords,
    rescue,
    roles,
    sessions,
    their_list,
    trusted_ips,
    user_edits,
    user_ends,
    users,
)
from domain.own_list import Way
from domain.permissions import OF_KIND, Permission
from domain.visit import Visit, utcnow
from models import Mode, RoleKind
from tests.cast import PASSWORDS, Cast
from tests.domain.open_ways import ALL, BROWSERS, LINKS, VISITS, Open
from tests.domain.own_acts import (
    NEW,
    NOWHERE,
    Act,
    bind,
    change_password,
    disable,
    enable,
    forget,
    log_in_there,
    make_codes,
    replace,
    reset,
    save_own,
    unbind,
    use_login_link,
    use_password_link,
)
from tests.domain.seat import ELSEWHERE, Seat, console, give_key

DOCS = Path(__file__).parents[2] / "docs" / "security.md"
HERS = {"own session", "own browser"}
ELSEWHERES = {"other session", "enrolment elsewhere", "codes shown elsewhere"}
UNUSABLE = LINKS | VISITS  # so long as she is blocked


# --- By herself -------------------------------------------------------------------------------------------------------

BY_HERSELF: list[tuple[str, Act, set[str]]] = [
    ("own change of password", change_password, HERS),
    ("enabling, replacing or disabling two-step", enable, HERS),
    ("enabling, replacing or disabling two-step", disable, HERS),
    ("enabling, replacing or disabling two-step", replace, HERS),
    ("new recovery codes", make_codes, ALL - {"codes shown elsewhere"}),
    ("link to set a password used", use_password_link, set()),
    ("log-in link used", use_login_link, ALL - {"log-in link"}),
    ("log-in in a browser that has a session", log_in_there, ALL - ELSEWHERES),
    (
        "Confirm it's you",
        lambda w: w.own.take(login.confirm(w.own.standing, PASSWORDS["rita"], w.own.visit)),
        ALL,
    ),
    ("log out", lambda w: sessions.log_out(w.own.standing, w.own.visit), ALL - {"own session"}),
    ("Revoke", lambda w: own_sessions.revoke(w.id, w.other_id, w.own.visit), ALL - ELSEWHERES),
    (
        "Log out all others",
        lambda w: w.own.take(own_sessions.revoke_others(w.own.standing, w.own.visit)),
        {"own session"} | BROWSERS | LINKS,
    ),
    ("Forget of a known browser", forget, ALL - {"other browser"}),
    ("own list of addresses saved", save_own, ALL),
    ("Bind session to IP switched on", bind, ALL),
    ("Bind session to IP switched off", unbind, ALL),
]


# --- By whoever looks after her, and at the terminal ------------------------------------------------------------------


def by_sam(w: Open) -> Visit:
    return w.sam.visit


def by_terminal(_: Open) -> Visit:
    return console()


def make_password_link(w: Open) -> None:
    token, _ = password_links.make(w.user, w.sam.visit)
    assert password_links.owner_of(token, utcnow()).login == "rita"


def restore(act: Callable[[Open, Visit], object]) -> list[tuple[str, Act, set[str]]]:
    name = "unlocking, a code to read out, addresses let in"
    return [(name, lambda w: act(w, w.sam.visit), ALL), (name, lambda w: act(w, console()), ALL)]


def code_to_read_out(w: Open, visit: Visit) -> None:
    give_key(w.user)
    rescue.issue_code(w.user, visit)


def from_any_ip(w: Open, visit: Visit) -> None:
    save_own(w)
    rescue.from_any_ip(w.user, visit)
    assert w.own.standing.passes_own


def change(**columns: str) -> Act:
    return lambda w: users.change(w.user, columns, console())


def edit(**columns: str) -> Act:
    return lambda w: user_edits.save(w.sam.standing, w.user, {}, columns, w.sam.visit)


def class_policy(policy: str) -> Act:
    return lambda w: class_edits.save(
        w.sam.standing, w.user.account_class, {}, {"two_factor": policy}, w.sam.visit, sure=True
    )


def class_list(w: Open) -> None:
    class_ips.save(w.sam.standing, w.user.account_class, NOWHERE, w.sam.visit, Way.ANYWAY)
    assert not w.own.standing.passes_provider


def provider_list(w: Open) -> None:
    their_list.save(trusted_ips.provider_of(w.user), w.user, NOWHERE, w.sam.visit, Way.ANYWAY)
    assert not w.own.standing.passes_provider


def permit(*permissions: Permission) -> Act:
    def act(w: Open) -> None:
        role = w.user.role
        roles.permit(w.olga.standing, RoleKind.RESELLER, {role.id: frozenset(permissions)}, {}, w.olga.visit)
        assert w.own.standing.permissions == set(permissions)

    return act


def without(*permissions: Permission) -> Act:
    return permit(*[permission for permission in OF_KIND[RoleKind.RESELLER] if permission not in permissions])


BY_OTHERS: list[tuple[str, Act, set[str]]] = [
    ("new password by the provider", lambda w: rescue.new_password(w.user, NEW, w.sam.visit, must_change=True), set()),
    ("new password at the terminal", lambda w: passwords.reset(w.user, NEW, console(), must_change=True), set()),
    ("two-step reset by the provider", reset(by_sam), set()),
    ("two-step reset where it is not on", reset(by_sam, enrolled=False), ALL - {"enrolment elsewhere"}),
    ("two-step reset at the terminal", reset(by_terminal), set()),
    ("two-step reset at the terminal", reset(by_terminal, off=True), set()),
    ("all sessions logged out by the provider", lambda w: rescue.end_sessions(w.user, w.sam.visit), BROWSERS | LINKS),
    ("all sessions logged out at the terminal", lambda w: rescue.end_sessions(w.user, console()), BROWSERS | LINKS),
    ("link to set a password made", make_password_link, ALL - {"password link"}),
    ("log-in link made", lambda w: login_links.make(w.user, console()), ALL - {"log-in link"}),
    *restore(lambda w, visit: rescue.unlock(w.user, visit)),
    *restore(code_to_read_out),
    *restore(from_any_ip),
    *restore(lambda w, visit: rescue.allow(w.user, networks.parse_entry(ELSEWHERE).network, visit)),
    *restore(lambda w, visit: (bind(w), users.change(w.user, {"bind_session": "no"}, visit))),
    ("the provider's list saved, for the person or the class", provider_list, ALL),
    ("the provider's list saved, for the person or the class", class_list, ALL),
    (
        "the provider's list saved, for the person or the class",
        change(provider_access="listed", provider_ips="10.0.0.1"),
        ALL,
    ),
    ("another role", lambda w: granting.assign(w.sam.standing, w.user, "Narrow", w.sam.visit), ALL - {"her visit"}),
    ("another role", change(role="Narrow"), ALL - {"her visit"}),
    ("permissions of the role", without(Permission.CUSTOMERS_ENTER), ALL - {"her visit"}),
    ("permissions of the role", without(Permission.CUSTOMERS_VIEW), ALL - {"her visit"}),
    ("permissions of the role", without(Permission.TWO_FACTOR, Permission.SESSIONS), ALL),
    ("another class", edit(**{"class": "Customers"}), ALL),
    ("another class", change(**{"class": "Customers"}), ALL),
    ("two-step policy of the class or the person", class_policy("required"), ALL - {"her visit"}),
    ("two-step policy of the class or the person", class_policy("off"), ALL),
    ("two-step policy of the class or the person", edit(two_factor="yes"), ALL - {"her visit"}),
    ("two-step policy of the class or the person", change(two_factor="no"), ALL),
    ("suspending", lambda w: user_ends.suspend(w.sam.standing, w.user, w.sam.visit), ALL - UNUSABLE),
    ("suspending", change(active="no"), ALL - UNUSABLE),
    ("expiry", edit(expires_at="2020-01-01"), ALL - UNUSABLE),
    ("expiry", change(expires_at="2020-01-01"), ALL - UNUSABLE),
]


def same_number(w: Open) -> None:
    """carl is moved away first: a reseller with customers stays."""
    users.change(users.find("carl"), {"parent": ""}, console())
    user_ends.delete(w.sam.standing, w.user, "rita", w.sam.visit)


def switch(w: Open) -> None:
    standing = acting.resume(w.visits, w.own.address, utcnow())
    assert standing
    w.visits = acting.switch(standing, Mode.VIEW, w.own.visit).session


def come_back(w: Open) -> None:
    standing = acting.resume(w.visits, w.own.address, utcnow())
    assert standing
    Seat("rita").take(acting.end(standing, w.own.visit)).standing  # noqa: B018 (her own session goes on)


def enter_sam(w: Open) -> None:
    acting.begin(w.olga.standing, users.find("sam"), Mode.ASSIGNED, w.olga.visit)


OF_VISITS: list[tuple[str, Act, set[str]]] = [
    ("deleting", same_number, set()),
    ("Log in as somebody", enter_sam, ALL),
    ("switch of role", switch, ALL),
    ("Return", come_back, ALL - {"her visit"}),
]
ROWS = BY_HERSELF + BY_OTHERS + OF_VISITS


@pytest.mark.parametrize(("act", "survivors"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_an_act_ends_exactly_what_it_must(
    act: Act, survivors: set[str], cast: Cast, clock: time_machine.Traveller
) -> None:
    world, carls = Open(), Seat("carl").enter()
    assert world.alive() == ALL
    act(world)
    assert world.alive() == survivors
    assert carls.end is None
    assert known_browsers.recognise(carls.user, carls.devices, utcnow())


# What a column of the documented table is about; its cells say "stay" or "end" where that is the whole of it.
COLUMNS = [
    {"own session", "other session", "relief"},
    {"half log-in"},
    BROWSERS,
    {"log-in link"},
    {"password link"},
    {"enrolment elsewhere", "codes shown elsewhere"},
    {"visit to her"},
    {"her visit"},
]


def documented() -> dict[str, list[str]]:
    table = DOCS.read_text().partition("## What ends what")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines() if line.startswith("| ")]
    return {name: cells for name, *cells in rows[1:]}


def test_the_documented_table_says_the_same() -> None:
    found = documented()
    assert list(found) == list(dict.fromkeys(name for name, *_ in ROWS))
    for name, _, survivors in ROWS:
        for cell, things in zip(found[name], COLUMNS, strict=True):
            assert cell != "stay" or things <= survivors, f"{name}: {things - survivors} end"
            assert cell != "end" or not things & survivors, f"{name}: {things & survivors} stay"
