"""The whole matrix: which act ends which sessions, known browsers, links, enrolments and shown codes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import time_machine

from domain import (
    acting,
    bind_session,
    codes,
    errors,
    known_browsers,
    login,
    login_links,
    networks,
    own_list,
    own_sessions,
    passwords,
    recovery_codes,
    rescue,
    sessions,
    two_factor,
    users,
)
from domain.own_list import Way
from domain.trusted_ips import AddressList, Entry
from domain.visit import utcnow
from models import Access, Attempt, Enrolment, Mode, Side
from tests.cast import HOME, PASSWORDS, Cast
from tests.cast import Authenticator as Phone
from tests.domain.seat import ELSEWHERE, KEY, Seat, console, give_key

ALL = {
    "own session",
    "own browser",
    "other session",
    "other browser",
    "pending session",
    "link",
    "enrolment elsewhere",
    "codes shown elsewhere",
    "visit to him",
}
ONLY_OWN = {"own session", "own browser"}
NEW = "five new brass bells"


class World:
    """carl at his browser, and everything else that is open in his name."""

    def __init__(self) -> None:
        self.own, self.other, self.pending = Seat("carl").enter(), Seat("carl", ELSEWHERE).enter(), Seat("carl").begin()
        self.other_id = self.other.standing.session_id
        two_factor.begin(self.other.user, self.other.visit)
        recovery_codes.make(self.other.user, self.other_id, self.other.visit)
        self.link, _ = login_links.make(self.other.user, console())
        sam = Seat("sam").enter()
        self.visit = acting.begin(sam.standing, self.other.user, Mode.ASSIGNED, sam.visit).session

    def alive(self) -> set[str]:
        user, now = self.own.user, utcnow()
        return {
            name
            for name, lives in {
                "own session": self.own.end is None,
                "own browser": known_browsers.recognise(user, self.own.devices, now),
                "other session": self.other.end is None,
                "other browser": known_browsers.recognise(user, self.other.devices, now),
                "pending session": self.pending.end is None,
                "link": self._link_opens(),
                "enrolment elsewhere": Enrolment.get_or_none(Enrolment.session == self.other_id),
                "visit to him": acting.resume(self.visit, HOME, now).end is None,  # type: ignore[union-attr]
                "codes shown elsewhere": recovery_codes.shown(self.other_id, now),
            }.items()
            if lives
        }

    def _link_opens(self) -> bool:
        try:
            return login_links.owner_of(self.link, utcnow()).login == "carl"
        except errors.LinkDead:
            return False


def change_password(w: World) -> None:
    w.own.take(passwords.change(w.own.user, PASSWORDS["carl"], NEW, NEW, w.own.visit))


def enable(w: World) -> None:
    phone = Phone(two_factor.begin(w.own.user, w.own.visit).key)
    w.own.take(two_factor.confirm(w.own.user, phone.code(), w.own.visit))


def disable(w: World) -> None:
    give_key(w.own.user)
    w.own.take(two_factor.disable(w.own.user, Phone(KEY).code(), w.own.visit))


def replace(w: World) -> None:
    give_key(w.own.user)
    users.change(w.own.user, {"two_factor": "yes"}, console())
    new = Phone(two_factor.begin(w.own.user, w.own.visit, proof=Phone(KEY).code()).key)
    w.own.take(two_factor.confirm(w.own.user, new.code(), w.own.visit))


def reset_key(w: World) -> None:
    give_key(w.own.user)
    rescue.reset_two_factor(w.own.user, console(), switch_off=False)


def change(**columns: str) -> Callable[[World], object]:
    return lambda w: users.change(w.own.user, columns, console())


def save_own(w: World) -> None:
    """A list that leaves all of these sessions out: at their next request they are refused, not ended."""
    nowhere = AddressList(Access.LISTED, (Entry(networks.parse_entry("10.0.0.1").network),))
    own_list.save(w.own.user, nowhere, w.own.visit, Way.LEAVE)


def switch_off(w: World) -> None:
    save_own(w)
    rescue.switch_off(w.own.user, Side.OWN, console())
    assert w.own.standing.passes_own


def bind(w: World) -> None:
    w.own.take(bind_session.switch(w.own.standing, bound=True, visit=w.own.visit))


@pytest.mark.parametrize(
    ("act", "survivors"),
    [
        # one's own change of password or two-step
        (change_password, ONLY_OWN),
        (enable, ONLY_OWN),
        (disable, ONLY_OWN),
        (replace, ONLY_OWN),
        # reset by the provider
        (reset_key, set()),
        (lambda w: passwords.reset(w.own.user, NEW, console(), must_change=True), set()),
        # judged anew on each request, nothing deleted
        (change(two_factor="yes"), ALL),
        (change(two_factor="no"), ALL),
        (change(role="Billing only"), ALL),
        (change(**{"class": "Resellers"}), ALL),
        (change(active="no"), ALL - {"visit to him"}),
        (change(expires_at="2020-01-01"), ALL - {"visit to him"}),
        (lambda w: rescue.unlock(w.own.user, console()), ALL),
        (lambda w: w.own.take(login.confirm(w.own.standing, PASSWORDS["carl"], w.own.visit)), ALL),
        (save_own, ALL),
        (switch_off, ALL),
        (change(provider_access="listed", provider_ips="10.0.0.1"), ALL),
        (bind, ALL),
        (lambda w: (bind(w), bind_session.switch(w.own.standing, bound=False, visit=w.own.visit)), ALL),
        # ends of sessions
        (
            lambda w: rescue.end_sessions(w.own.user, console()),
            {"own browser", "other browser", "link"},
        ),
        (lambda w: sessions.log_out(w.own.standing, w.own.visit), ALL - {"own session"}),
        (
            lambda w: own_sessions.revoke(w.own.user.id, w.other_id, w.own.visit),
            ALL - {"other session", "enrolment elsewhere", "codes shown elsewhere"},
        ),
        (
            lambda w: w.own.take(own_sessions.revoke_others(w.own.standing, w.own.visit)),
            {*ONLY_OWN, "other browser", "link"},
        ),
        (
            lambda w: own_sessions.forget_browser(
                w.own.user.id, known_browsers.recognise(w.own.user, w.other.devices, utcnow()).id, w.own.visit
            ),
            ALL - {"other browser"},
        ),
        (lambda w: login_links.make(w.own.user, console()), ALL - {"link"}),
    ],
)
def test_an_act_ends_exactly_what_it_must(
    act: Callable[[World], object], survivors: set[str], cast: Cast, clock: time_machine.Traveller
) -> None:
    world, ritas = World(), Seat("rita").enter()
    assert world.alive() == ALL
    act(world)
    assert world.alive() == survivors
    assert ritas.end is None
    assert known_browsers.recognise(ritas.user, ritas.devices, utcnow())


@pytest.mark.parametrize("act", [change_password, enable, disable, replace, reset_key])
def test_no_change_refills_what_wrong_attempts_cost(
    act: Callable[[World], object], cast: Cast, clock: time_machine.Traveller
) -> None:
    world = World()
    booked = [f"{bucket}:strangers" for bucket in codes.buckets(cast.carl) + passwords.buckets(cast.carl)[:1]]
    Attempt.insert_many({"bucket": bucket, "at": utcnow()} for bucket in booked).execute()
    act(world)
    assert Attempt.select().count() == len(booked) == 4


def test_the_codes_of_an_erased_key_are_erased_with_it(cast: Cast, clock: time_machine.Traveller) -> None:
    for act in (reset_key, disable):
        world = World()
        act(world)
        assert recovery_codes.left(cast.carl.id) == 0
