"""What people do for themselves in a random history: they come, prove who they are, change what is theirs, and go."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import time_machine
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from domain import (
    access,
    bind_session,
    errors,
    login,
    login_links,
    networks,
    own_list,
    own_sessions,
    password_links,
    passwords,
    sessions,
    two_factor,
)
from domain.access import Level, Need, Rule
from domain.own_list import Way
from domain.permissions import Permission
from domain.trusted_ips import AddressList, Entry
from domain.visit import Visit, utcnow
from models import Access, database, run
from tests.cast import AGENT, HOME, PASSWORDS
from tests.cast import Authenticator as Phone
from tests.domain.history import IN, Addresses, Person, Place, World
from tests.domain.seat import ELSEWHERE

NOON = "2026-11-20T12:00:00Z"
MADE = ("nils", "cora", "ines")
PEOPLE = st.sampled_from((*PASSWORDS, *MADE))
PLACES = st.sampled_from((HOME, HOME, ELSEWHERE))
LISTS = st.sampled_from((None, frozenset({HOME}), frozenset({ELSEWHERE}), frozenset({HOME, ELSEWHERE})))
MOST_PLACES = 10
NOTES = ("event", "attempt", "denial")  # what a refusal may leave
OWN = Need(Level.LOGGED_IN, while_acting=False, changes=True)


def listed(addresses: Addresses) -> AddressList:
    """The entries of nobody's list are kept dormant; here they are left out."""
    texts = sorted(addresses or ())
    access = Access.ANY if addresses is None else Access.LISTED
    return AddressList(access, tuple(Entry(networks.parse_entry(text).network) for text in texts))


def everything() -> dict[str, list[tuple[object, ...]]]:
    """All that is stored, but for the notes of an attempt."""
    tables = [
        name for (name,) in run("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
    ]
    found = {name: run(f"SELECT * FROM {name}").fetchall() for name in tables if name not in NOTES}
    found["user"] = run(f"SELECT {_of_user()} FROM user").fetchall()
    return found


def _of_user() -> str:
    noted = ("wrong_codes_in_row", "denied_at")
    return ", ".join(name for _, name, *_ in run("PRAGMA table_info(user)") if name not in noted)


class Acts(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.travel = time_machine.travel(NOON, tick=False)
        self.clock = self.travel.start()
        self.history = database.transaction().__enter__()  # is undone: each begins with the same people
        self.world = World()
        self.typed = 0

    def teardown(self) -> None:
        self.history.rollback()
        self.history.__exit__(None, None, None)
        self.travel.stop()

    @contextmanager
    def unless_refused(self) -> Iterator[None]:
        """The rest of the block is what happens when nothing refuses. Whatever refuses has changed nothing."""
        before, refusal = everything(), None
        try:
            yield
        except errors.Refusal as raised:
            refusal = raised
        assert refusal is None or everything() == before, f"{refusal!r} has left something behind"

    def new_password(self) -> str:
        self.typed += 1
        return f"sentence {self.typed} of nobody at all"

    # --- Coming and going ---------------------------------------------------------------------------------------------

    def come(self, who: str, need: Need = IN) -> Place | None:
        """His newest place where he may do that; else he logs in, as well as he can."""
        for place in self.places_of(who):
            if place.may(need):
                sessions.touch(place.standing, place.visit)
                return place
        return self.come_anew(who)

    def places_of(self, who: str) -> list[Place]:
        return [place for place in reversed(self.world.places) if place.person.login == who][:4]

    def come_anew(self, who: str) -> Place | None:
        person = self.world.people.get(who)
        if person is None or person.is_blocked or not person.password:
            return None
        return self.log_in(who, HOME if self.world.lets_in(person, HOME) else ELSEWHERE)

    def log_in(self, who: str, address: str, typed: str = "right", code: str = "right") -> Place | None:
        person = self.world.people[who]
        place = Place(person, address)
        password = person.password if typed == "right" and person.password else "nobodys eleven wrong guesses"
        with self.unless_refused():
            step = place.give_password(password)
            assert password == person.password, "a wrong password let somebody in"
            assert not person.is_blocked, "somebody suspended or expired got in"
            self.world.places.append(place)
            if step.is_full:
                assert not self.world.code_due(person), "no code was asked"
                self.arrived(place)
            else:
                self.type_code(place, code)
        self.settle(place)
        return place if place.proved else None

    def type_code(self, place: Place, code: str) -> None:
        standing = place.found
        if standing is None or not access.decide(Need(Level.SECOND_STEP), standing, utcnow()).allowed:
            return
        due, text = self.world.code_due(place.person), self.code(place.person, code)
        with self.unless_refused():
            place.take(login.check_code(standing, text, place.visit_of(standing)))
            assert not due or code != "wrong", "a wrong code let somebody in"
            self.arrived(place)

    def code(self, person: Person, sort: str) -> str:
        self.clock.shift(30)  # no code is taken twice
        if sort == "recovery" and person.codes:
            return person.codes.pop()
        if person.phone is None:
            return "000000"
        return person.phone.wrong_code() if sort == "wrong" else person.phone.code()

    def arrived(self, place: Place) -> None:
        assert self.world.lets_in(place.person, place.address), "not from an address that all lists allow"
        place.proved, place.opened_at = True, utcnow()

    def settle(self, place: Place) -> None:
        """What is due before any other page."""
        if place.proved and (standing := place.found):
            if access.decide(IN, standing, utcnow()).rule is Rule.PASSWORD:
                self.new_password_at(place)
            if access.decide(IN, place.standing, utcnow()).rule is Rule.ENROLMENT:
                self.enable_at(place)

    @rule(who=PEOPLE, address=PLACES, typed=st.sampled_from(("right", "right", "wrong")),
          code=st.sampled_from(("right", "right", "wrong", "recovery")))  # fmt: skip
    def arrive(self, who: str, address: str, typed: str, code: str) -> None:
        if who in self.world.people:
            self.log_in(who, address, typed, code)

    @rule(code=st.sampled_from(("right", "wrong", "recovery")))
    def go_on_with_a_code(self, code: str) -> None:
        """Of a log-in that was begun long ago, or before its rules have changed."""
        for place in [place for place in self.world.places if not place.proved][-1:]:
            self.type_code(place, code)

    @rule(seconds=st.sampled_from((40, 6 * 60, 20 * 60, 2 * 3600, 3 * 86400)))
    def wait(self, seconds: int) -> None:
        self.clock.shift(seconds)

    @rule(who=PEOPLE, address=PLACES)
    def move(self, who: str, address: str) -> None:
        """A laptop is carried elsewhere."""
        for place in [place for place in self.world.places if place.person.login == who][-1:]:
            place.address = address

    @rule(who=PEOPLE, others=st.booleans())
    def log_out(self, who: str, others: bool) -> None:
        place = self.come(who)
        if place and not others:
            sessions.log_out(place.standing, place.visit)
            place.ended = True
        elif place and (
            standing := place.may(Need(Level.LOGGED_IN, frozenset({Permission.SESSIONS}), while_acting=False))
        ):
            place.take(own_sessions.revoke_others(standing, place.visit))
            self.world.end(of=place.person, keep=place)

    # --- What is one's own --------------------------------------------------------------------------------------------

    @rule(who=PEOPLE, address=PLACES)
    def use_links(self, who: str, address: str) -> None:
        """Those that the provider has made for him."""
        person = self.world.people.get(who)
        if person and person.password_link:
            new = self.new_password()
            with self.unless_refused():
                password_links.use(person.password_link, new, new, Visit("stranger", HOME, AGENT, utcnow()))
                assert not person.is_blocked
                self.world.cut_off(person)
                person.password = new
        if person and person.login_link:
            self._enter_by_link(Place(person, address))

    def _enter_by_link(self, place: Place) -> None:
        with self.unless_refused():
            place.take(login_links.use(place.person.login_link, place._stranger, replaces=None))
            assert not place.person.is_blocked
            place.proved, place.opened_at, place.person.login_link = True, utcnow(), ""
            place.relief_until = utcnow() + login_links.RELIEF
            self.world.places.append(place)

    @rule(who=PEOPLE)
    def change_password(self, who: str) -> None:
        place = self.come(who)
        if place and place.may(OWN):
            self.new_password_at(place)

    def new_password_at(self, place: Place) -> None:
        person, new = place.person, self.new_password()
        with self.unless_refused():
            place.take(passwords.change(person.user, person.password or "", new, new, place.visit))
            person.password = new
            self.world.cut_off(person, keep=place)

    @rule(who=PEOPLE)
    def enable(self, who: str) -> None:
        own = frozenset({Permission.TWO_FACTOR})
        place = self.come(who)
        if place and place.may(Need(Level.LOGGED_IN, own, fresh=True, while_acting=False, changes=True)):
            self.enable_at(place)

    def enable_at(self, place: Place) -> None:
        """Or replace, where it is required and on."""
        person = place.person
        proof = self.code(person, "right") if person.phone else None
        with self.unless_refused():
            phone = Phone(two_factor.begin(person.user, place.visit, proof=proof).key)
            self.clock.shift(30)
            place.take(two_factor.confirm(person.user, phone.code(), place.visit))
            self.world.cut_off(person, keep=place)
            self.world.learn_codes(place, phone)

    @rule(who=PEOPLE, code=st.sampled_from(("right", "wrong", "recovery")))
    def disable(self, who: str, code: str) -> None:
        own = frozenset({Permission.TWO_FACTOR})
        place = self.come(who)
        if place and place.may(Need(Level.LOGGED_IN, own, while_acting=False, changes=True)):
            text = self.code(place.person, code)
            with self.unless_refused():
                place.take(two_factor.disable(place.person.user, text, place.visit))
                assert code != "wrong"
                assert self.world.policy(place.person) != "yes", "it is required"
                self.world.cut_off(place.person, keep=place)
                place.person.phone, place.person.codes = None, []

    @rule(who=PEOPLE, wanted=LISTS, way=st.sampled_from((None, Way.ADD, Way.LEAVE)))
    def own_list(self, who: str, wanted: Addresses, way: Way | None) -> None:
        own = frozenset({Permission.ADDRESSES})
        place = self.come(who)
        if place and place.may(Need(Level.LOGGED_IN, own, fresh=True, changes=True)):
            person = place.whose
            with self.unless_refused():
                saved = own_list.save(person.user, listed(wanted), place.visit, way)
                person.own = frozenset(saved.texts) if saved.access is Access.LISTED else None
                person.put_back.pop("own", None)
                assert way is Way.LEAVE or person.own is None or place.address in person.own, "he was not warned"

    @rule(who=PEOPLE, bound=st.booleans())
    def bind(self, who: str, bound: bool) -> None:
        own = frozenset({Permission.ADDRESSES})
        place = self.come(who)
        if place and (standing := place.may(Need(Level.LOGGED_IN, own, changes=True))):
            with self.unless_refused():
                tokens = bind_session.switch(standing, bound=bound, visit=place.visit)
                place.whose.bound = bound
                if tokens:
                    place.take(tokens)
                    place.opened_from = {place.address}
