"""What people do to others in a random history, from their own place or from an account that they have entered; and the
terminal."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from hypothesis import strategies as st
from hypothesis.stateful import rule

from domain import (
    authority,
    errors,
    granting,
    login_links,
    networks,
    new_users,
    password_links,
    rescue,
    their_list,
    trusted_ips,
    user_edits,
    user_ends,
    users,
)
from domain.access import Level, Need
from domain.authority import Act
from domain.new_users import Password, Wanted
from domain.own_list import Way
from domain.standing import Standing
from domain.trusted_ips import AddressList
from domain.visit import Visit
from models import Access, Kind, RoleKind, Side
from tests.cast import HOME, PASSWORDS
from tests.domain.history import INHERIT, Addresses, P, Person, Place
from tests.domain.history_acts import LISTS, MADE, Acts, listed
from tests.domain.seat import ELSEWHERE, console

TERMINAL = ""
ROLES = ("Owner", "Staff", "Reseller", "Full self-care", "Billing only", "Extra")
CLASSES = ("Staff", "Resellers", "Customers", "Gold")
ANYBODY = st.sampled_from((TERMINAL, TERMINAL, TERMINAL, *PASSWORDS, *MADE))
BY = st.one_of(st.integers(0, 3), st.integers(0, 3), ANYBODY)  # a number: of those who may
By = int | str
OTHERS = st.sampled_from(("sam", "rita", "carl", "carl", "ivy", "ivy", *PASSWORDS, *MADE))
SIDES = {Side.OWN: "own", Side.PROVIDER: "provided"}


class Reached(NamedTuple):
    """`place` and `standing` are none at the terminal."""

    place: Place | None
    standing: Standing | None
    visit: Visit
    person: Person


class Provider(Acts):
    def named(self, by: By, may: Callable[[Place], bool]) -> str:
        if isinstance(by, str):
            return by
        able = [person.login for person in self.world.people.values() if may(Place(person, HOME))]
        return able[by % len(able)] if able else "olga"

    def reach(self, by: By, who: str, act: Act) -> Reached | None:
        """As a page does it: the guard, then the person himself. At the terminal everybody is within reach."""
        person = self.world.people.get(who)
        if person is None:
            return None
        if by == TERMINAL:
            return Reached(None, None, console(), person)
        login = self.named(by, lambda place: self.world.looks_after(place, person, act))
        for place in (*self.places_of(login), None):
            there = place or self.come_anew(login)
            if there and (found := self._reached(there, person, act)):
                return found
        return None

    def _reached(self, place: Place, person: Person, act: Act) -> Reached | None:
        alone = act is not Act.ENTER
        need = Need(Level.LOGGED_IN, fresh=True, act=act, kind=person.kind, changes=True, while_acting=alone)
        if not (standing := place.may(need)):
            return None
        try:
            authority.find(standing, person.kind, person.user.id, act)
        except errors.Refusal:
            return None
        assert self.world.looks_after(place, person, act), f"{place.login} may not {act} {person.login}"
        return Reached(place, standing, place.visit, person)

    # --- A person -----------------------------------------------------------------------------------------------------

    @rule(by=BY, who=OTHERS, to=st.one_of(
        st.tuples(st.just("two_factor"), st.sampled_from(("inherit", "yes", "no"))),
        st.tuples(st.just("bind_session"), st.sampled_from(("yes", "no"))),
    ))  # fmt: skip
    def edit(self, by: By, who: str, to: tuple[str, str]) -> None:
        self._edit(by, who, to)

    @rule(by=BY, who=OTHERS, to=st.sampled_from((
        ("active", "no"), ("active", "yes"), ("expires_at", ""), ("expires_at", "2026-11-20T15:00+00:00"),
        ("expires_at", "2020-01-01"),
    )))  # fmt: skip
    def block(self, by: By, who: str, to: tuple[str, str]) -> None:
        self._edit(by, who, to)

    @rule(by=BY, who=st.sampled_from(("carl", "carl", "cora", "rita", "sam")), name=st.sampled_from(CLASSES))
    def another_class(self, by: By, who: str, name: str) -> None:
        self._edit(by, who, ("class", name))

    @rule(by=BY, who=st.sampled_from(("carl", "cora")), parent=st.sampled_from(("", "rita", "nils")))
    def hand_over(self, by: By, who: str, parent: str) -> None:
        self._edit(by, who, ("parent", parent))

    def _edit(self, by: By, who: str, to: tuple[str, str]) -> None:
        if not (found := self.reach(by, who, Act.EDIT)):
            return
        (place, standing, visit, person), (column, value) = found, to
        with self.unless_refused():
            if standing is None:
                users.change(person.user, {column: value}, visit)
            elif column == "active":
                (user_ends.restore if value == "yes" else user_ends.suspend)(standing, person.user, visit)
                assert person not in (place.person, place.whose), "nobody ends himself"
            else:
                if column not in user_edits.changeable(standing, person.user):
                    return
                user_edits.save(standing, person.user, {}, {column: value}, visit)
                is_off = (column, value) == ("two_factor", "no") and person.two_factor != "no"
                assert not (is_off and standing.kind == Kind.CUSTOMER), "it is his provider's decision"
            self._now(person, column, value)

    def _now(self, person: Person, column: str, value: str) -> None:
        match column:
            case "class":
                for one in [
                    p
                    for p in self.world.people.values()
                    if p is person or (p.kind is Kind.INDIVIDUAL and p.parent is person)
                ]:
                    one.group = value
            case "parent":
                person.parent = self.world.people.get(value)
            case "active":
                person.active = value == "yes"
            case "bind_session":
                person.bound = value == "yes"
            case "two_factor":
                person.two_factor = value
            case "expires_at":
                person.expires_at = person.user.expires_at

    @rule(by=BY, who=OTHERS, name=st.sampled_from(ROLES))
    def give_role(self, by: By, who: str, name: str) -> None:
        if not (found := self.reach(by, who, Act.EDIT)):
            return
        place, standing, visit, person = found
        with self.unless_refused():
            if standing and place:
                granting.assign(standing, person.user, name, visit)
                if name != person.role:
                    self._refuse_beyond(place, person.kind, name, person.parent)
            else:
                users.change(person.user, {"role": name}, visit)
                if person.kind is Kind.INDIVIDUAL and person.parent:
                    self.world.allowed.add((person.parent.login, name))
            person.role = name

    def _refuse_beyond(self, place: Place, kind: Kind, name: str, parent: Person | None) -> None:
        assert self.world.roles[name] <= self.world.grantable(place), "nobody grants what he lacks"
        assert self.world.kinds[name] == kind.role_kind
        assert kind is not Kind.INDIVIDUAL or (parent and (parent.login, name) in self.world.allowed), (
            "not allowed there"
        )

    @rule(by=BY, kind=st.sampled_from(Kind), login=st.sampled_from(MADE),
          parent=st.sampled_from(("", "rita", "carl", *MADE)),
          role=st.sampled_from(("", *ROLES)), group=st.sampled_from(("", *CLASSES)))  # fmt: skip
    def make(self, by: By, kind: Kind, login: str, parent: str, role: str, group: str) -> None:
        need = Need(Level.LOGGED_IN, act=Act.EDIT, kind=kind, fresh=True, changes=True)
        maker = self.named(by, lambda place: P.CUSTOMERS_EDIT in self.world.roles[place.person.role])
        place = self.come(maker, need) if by != TERMINAL else None
        if place is None or not (standing := place.may(need)):
            return
        with self.unless_refused():
            wanted = Wanted(login, "", "", role, group, parent, Password.LINK, "")
            made = new_users.make(standing, kind, wanted, place.visit)
            person = self.world.add(made.user, None)
            self._refuse_beyond(place, kind, person.role, person.parent)
            assert self.world.looks_after(place, person, Act.EDIT), "he has made somebody out of his reach"
            person.password_link = made.link or ""
            if kind is Kind.CUSTOMER:
                self.world.allowed.add((login, self.world.defaults[RoleKind.SELF_CARE]))

    @rule(by=BY, who=st.sampled_from((*MADE, *MADE, *PASSWORDS)))
    def delete(self, by: By, who: str) -> None:
        found = self.reach(by, who, Act.EDIT)
        if found and (standing := found[1]):
            with self.unless_refused():
                user_ends.delete(standing, found[3].user, who, found[2])
                self.world.forget(found[3])

    @rule(by=BY, who=OTHERS, wanted=st.one_of(LISTS, st.just(INHERIT)))
    def provide(self, by: By, who: str, wanted: Addresses) -> None:
        if found := self.reach(by, who, Act.PROVIDE):
            *_, visit, person = found
            holder = trusted_ips.provider_of(person.user)
            to = AddressList(Access.INHERIT) if wanted == INHERIT else listed(wanted)
            with self.unless_refused():
                their_list.save(holder, person.user, to, visit, Way.ANYWAY)
                person.provided = wanted
                person.put_back.pop("provided", None)

    # --- Restore access -----------------------------------------------------------------------------------------------

    @rule(
        by=BY,
        who=OTHERS,
        verb=st.sampled_from(("password", "two_factor", "sessions", "code", "unlock", "link", "login_link")),
    )
    def restore_proofs(self, by: By, who: str, verb: str) -> None:
        if not (found := self.reach(by, who, Act.RESCUE)):
            return
        person, user, visit = found.person, found.person.user, found.visit
        with self.unless_refused():
            match verb:
                case "password":
                    person.password = rescue.new_password(user, self.new_password(), visit, must_change=True)
                    self.world.cut_off(person)
                case "two_factor":
                    if rescue.reset_two_factor(user, visit, switch_off=False)[0]:
                        self.world.cut_off(person)
                    person.phone, person.codes = None, []
                case "sessions":
                    rescue.end_sessions(user, visit)
                    self.world.end(of=person)
                case "code":
                    person.codes.append(rescue.issue_code(user, visit)[0])
                case "unlock":
                    rescue.unlock(user, visit)
                case "link":
                    person.password_link = password_links.make(user, visit)[0]
                case "login_link":
                    person.login_link = login_links.make(user, console())[0]  # nobody else makes one

    @rule(by=BY, who=OTHERS, verb=st.sampled_from(("any_ip", "put_back", "allow", "unbind")))
    def restore_addresses(self, by: By, who: str, verb: str) -> None:
        if not (found := self.reach(by, who, Act.RESCUE)):
            return
        person, user, visit = found.person, found.person.user, found.visit
        sides = authority.sides(found.standing) if found.standing else tuple(Side)
        with self.unless_refused():
            match verb:
                case "any_ip":
                    rescue.from_any_ip(user, visit, sides)
                    self._switched_off(person, [SIDES[side] for side in sides])
                case "put_back":
                    rescue.put_back(user, visit, sides)
                    for name in [SIDES[side] for side in sides if SIDES[side] in person.put_back]:
                        setattr(person, name, person.put_back.pop(name))
                case "allow":
                    rescue.allow(user, networks.parse_entry(ELSEWHERE).network, visit, sides)
                    self._allowed(person, [SIDES[side] for side in sides])
                case "unbind":
                    users.change(user, {"bind_session": "no"}, visit)
                    person.bound = False

    def _in_force(self, person: Person, name: str) -> Addresses:
        stored: Addresses = getattr(person, name)
        return self.world.groups[person.group].listed if stored == INHERIT else stored

    def _switched_off(self, person: Person, names: list[str]) -> None:
        for name in names:
            if self._in_force(person, name) is not None:
                person.put_back[name] = getattr(person, name)
                setattr(person, name, None)

    def _allowed(self, person: Person, names: list[str]) -> None:
        for name in names:
            armed = self._in_force(person, name)
            if armed is not None and ELSEWHERE not in armed:
                setattr(person, name, armed | {ELSEWHERE})
                person.put_back.pop(name, None)
