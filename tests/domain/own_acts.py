"""What rita does herself where everything of hers is open; and the reset of her key."""

from __future__ import annotations

from collections.abc import Callable

from domain import (
    bind_session,
    known_browsers,
    login_links,
    networks,
    own_list,
    own_sessions,
    password_links,
    passwords,
    recovery_codes,
    rescue,
    two_factor,
    users,
)
from domain.own_list import Way
from domain.trusted_ips import AddressList, Entry
from domain.visit import Visit, utcnow
from models import Access
from tests.cast import PASSWORDS
from tests.cast import Authenticator as Phone
from tests.domain.open_ways import Open
from tests.domain.seat import ELSEWHERE, KEY, Seat, console, give_key

Act = Callable[[Open], object]
NEW = "five new brass bells"
NOWHERE = AddressList(Access.LISTED, (Entry(networks.parse_entry("10.0.0.1").network),))


def change_password(w: Open) -> None:
    w.own.take(passwords.change(w.user, PASSWORDS["rita"], NEW, NEW, w.own.visit))


def enable(w: Open) -> None:
    phone = Phone(two_factor.begin(w.user, w.own.visit).key)
    w.own.take(two_factor.confirm(w.user, phone.code(), w.own.visit))


def disable(w: Open) -> None:
    give_key(w.user)
    w.own.take(two_factor.disable(w.user, Phone(KEY).code(), w.own.visit))


def replace(w: Open) -> None:
    give_key(w.user)
    users.change(w.user, {"two_factor": "yes"}, console())
    new = Phone(two_factor.begin(w.user, w.own.visit, proof=Phone(KEY).code()).key)
    w.own.take(two_factor.confirm(w.user, new.code(), w.own.visit))


def make_codes(w: Open) -> None:
    give_key(w.user)
    shown = recovery_codes.shown(w.other_id, utcnow())
    two_factor.new_recovery_codes(w.user, w.own.visit)
    assert recovery_codes.shown(w.own.standing.session_id, utcnow()) != shown


def use_password_link(w: Open) -> None:
    password_links.use(w.password_link, NEW, NEW, Visit("stranger", ELSEWHERE, "", utcnow()))


def use_login_link(w: Open) -> None:
    Seat("rita", ELSEWHERE).take(login_links.use(w.login_link, console(), replaces=None))


def log_in_there(w: Open) -> None:
    assert Seat("rita", ELSEWHERE).give_password(replaces=w.other_id).is_full


def save_own(w: Open) -> None:
    """A list that leaves all of these sessions out: at their next request they are refused, not ended."""
    own_list.save(w.user, NOWHERE, w.own.visit, Way.LEAVE)


def bind(w: Open) -> None:
    w.own.take(bind_session.switch(w.own.standing, bound=True, visit=w.own.visit))


def unbind(w: Open) -> None:
    bind(w)
    bind_session.switch(w.own.standing, bound=False, visit=w.own.visit)


def forget(w: Open) -> None:
    browser = known_browsers.recognise(w.user, w.other.devices, utcnow())
    assert browser
    own_sessions.forget_browser(w.id, browser.id, w.own.visit)


def reset(visit: Callable[[Open], Visit], *, enrolled: bool = True, off: bool = False) -> Act:
    def act(w: Open) -> None:
        if enrolled:
            give_key(w.user)
        rescue.reset_two_factor(w.user, visit(w), switch_off=off)

    return act
