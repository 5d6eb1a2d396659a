"""A portal as simply as it can be told, beside the real one: who there is, what holds for him, and who sits where.

It is written from the manual of what holds, never from the code: a random history then finds where the two differ.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from domain import access, acting, login, recovery_codes, roles, users
from domain.access import Level, Need, Rule
from domain.authority import Act
from domain.permissions import OF_KIND, SELF_CARE, Permission
from domain.sessions import Tokens
from domain.standing import Standing
from domain.visit import Visit, utcnow
from models import AccountClass, AllowedRole, Kind, Mode, Role, RoleKind, User
from tests.cast import PASSWORDS
from tests.cast import Authenticator as Phone
from tests.domain.seat import KEY, Seat

IN = Need(Level.LOGGED_IN)
P = Permission
Addresses = frozenset[str] | None  # None: from anywhere
INHERIT = frozenset({"inherit"})


@dataclass
class Group:
    two_factor: str = "optional"
    listed: Addresses = None


@dataclass(eq=False)
class Person:
    login: str
    kind: Kind
    parent: Person | None
    role: str
    group: str
    password: str | None = None
    phone: Phone | None = None
    codes: list[str] = field(default_factory=list)
    two_factor: str = "inherit"
    active: bool = True
    expires_at: datetime | None = None
    bound: bool = False
    own: Addresses = None
    provided: Addresses = INHERIT
    put_back: dict[str, Addresses] = field(default_factory=dict)  # what "from any IP" has switched off
    login_link: str = ""
    password_link: str = ""

    @property
    def user(self) -> User:
        return users.by_id(users.find(self.login).id)

    @property
    def is_blocked(self) -> bool:
        over = self.expires_at is not None and utcnow() >= self.expires_at
        return (
            not self.active
            or over
            or (self.kind is Kind.INDIVIDUAL and self.parent is not None and self.parent.is_blocked)
        )

    def is_below(self, other: Person) -> bool:
        return other in (self.parent, self.parent and self.parent.parent)


class Place(Seat):
    """A browser in which somebody has begun to log in, or is; `visits` is the person in whose account he is."""

    def __init__(self, person: Person, address: str) -> None:
        super().__init__(person.login, address)
        self.person = person
        self.proved = False  # everything that was due when he came in
        self.ended = False  # the session has to be dead
        self.opened_at = utcnow()
        self.relief_until = utcnow()
        self.opened_from = {address}
        self.visits: Person | None = None
        self.mode = Mode.ASSIGNED
        self.visit_ended = False
        self.replaced = ""  # the token before the one of now

    def take(self, tokens: Tokens | None) -> Seat:
        self.replaced = self.token
        return super().take(tokens)

    @property
    def standing(self) -> Standing:
        found = acting.resume(self.token, self.address, utcnow())
        assert found or self.ended or self.visit_ended, "a session is gone that nothing has ended"
        return found  # type: ignore[return-value]

    @property
    def found(self) -> Standing | None:
        return acting.resume(self.token, self.address, utcnow())

    @property
    def visit(self) -> Visit:
        return self.visit_of(self.standing)

    def visit_of(self, standing: Standing) -> Visit:
        who = standing.keyboard
        return replace(
            self._stranger,
            actor=who.login,
            user_id=who.user_id,
            session_id=standing.session_id,
            known_browser_id=who.known_browser_id,
            acting_as=standing.login if standing.acting else "",
        )

    @property
    def relieved(self) -> bool:
        return utcnow() < self.relief_until

    @property
    def whose(self) -> Person:
        return self.visits or self.person

    def may(self, need: Need = IN) -> Standing | None:
        """What the guard says to such a request; whoever has to confirm that it is he does so first."""
        standing = self.found
        if standing is None or standing.end:
            return None
        rule = access.decide(need, standing, utcnow()).rule
        if rule is Rule.FRESH and self.person.password:
            self.take(login.confirm(standing, self.person.password, self.visit_of(standing)))
            return self.may(replace(need, fresh=False))
        return None if rule else standing


class World:
    """The model. `people` by login; of those who are deleted nothing is left but their ended places."""

    def __init__(self) -> None:
        self.groups = {group.name: Group(group.two_factor) for group in AccountClass.select()}
        self.roles = {role.name: set(column.permissions) for role, column in _matrix()}
        self.kinds = {role.name: RoleKind(role.kind) for role in Role.select()}
        self.defaults = {RoleKind(role.kind): role.name for role in Role.select() if role.is_default}
        self.people: dict[str, Person] = {}
        for user in User.select().order_by(User.id):
            self.add(user, PASSWORDS[user.login])
        self.allowed = {(row.user.login, row.role.name) for row in AllowedRole.select()}
        self.places: list[Place] = []
        self.dead_links: list[str] = []

    def add(self, user: User, password: str | None) -> Person:
        parent = self.people[user.parent.login] if user.parent else None
        made = Person(user.login, Kind(user.kind), parent, user.role.name, user.account_class.name, password)
        made.phone = Phone(KEY) if users.is_enrolled(user) else None
        self.people[user.login] = made
        return made

    # --- Rights -------------------------------------------------------------------------------------------------------

    def permissions(self, place: Place) -> set[Permission]:
        """Those in force where he is; in the account of another no more than both have beyond self-care."""
        own = self.roles[place.person.role]
        if place.visits is None:
            return own
        shown = place.visits.role
        if place.mode is Mode.DEFAULT:
            shown = self.defaults[self.kinds[shown]]
        return self.roles[shown] & (SELF_CARE | own)

    def grantable(self, place: Place) -> set[Permission]:
        return self.permissions(place) & self.roles[place.person.role]

    def looks_after(self, place: Place, other: Person, act: Act) -> bool:
        """Whether this may happen at all, by what the manual says."""
        whose = place.whose
        if other is whose and act in (Act.RESCUE, Act.ENTER):
            return False
        if act is Act.ENTER and self.is_owner(other):
            return False
        below = other.is_below(whose) or whose.kind is Kind.STAFF
        own = self.needed(place.person.kind, other.kind, act) <= self.roles[place.person.role]
        return below and own and self.needed(whose.kind, other.kind, act) <= self.permissions(place)

    @staticmethod
    def needed(by: Kind, kind: Kind, act: Act) -> set[Permission]:
        of_customers = {Act.VIEW: P.CUSTOMERS_VIEW, Act.RESCUE: P.CUSTOMERS_RESCUE, Act.ENTER: P.CUSTOMERS_ENTER}
        rank = [Kind.INDIVIDUAL, Kind.CUSTOMER, Kind.RESELLER, Kind.STAFF]
        if rank.index(kind) >= rank.index(by) and by is not Kind.STAFF:
            return set(P)  # and nobody has all of a kind that may not
        if by is Kind.CUSTOMER:
            return {P.INDIVIDUALS} if act in (Act.VIEW, Act.EDIT, Act.RESCUE) else set(P)
        if kind in (Kind.CUSTOMER, Kind.INDIVIDUAL):
            return {P.CUSTOMERS_VIEW, of_customers.get(act, P.CUSTOMERS_EDIT)}
        more = {of_customers[act]} if act is Act.ENTER or (act is Act.RESCUE and kind is Kind.RESELLER) else set()
        return more | {P.STAFF if kind is Kind.STAFF else P.RESELLERS_EDIT}

    def is_owner(self, person: Person) -> bool:
        return P.STAFF in self.roles[person.role]

    # --- Ways in ------------------------------------------------------------------------------------------------------

    def policy(self, person: Person) -> str:
        by_class = {"optional": "inherit", "required": "yes", "off": "no"}[self.groups[person.group].two_factor]
        return by_class if person.two_factor == "inherit" else person.two_factor

    def code_due(self, person: Person) -> bool:
        return person.phone is not None and self.policy(person) != "no"

    def lets_in(self, person: Person, address: str) -> bool:
        provided = self.groups[person.group].listed if person.provided == INHERIT else person.provided
        return all(armed is None or address in armed for armed in (person.own, provided))

    def is_right(self, place: Place) -> str:
        """Why nobody may be in there; nothing where somebody may."""
        person, now = place.person, utcnow()
        reasons = {
            "nothing was proved": not place.proved,
            "it was ended": place.ended,
            "it lasts 12 hours": now >= place.opened_at + timedelta(hours=12),
            "suspended or expired": person.is_blocked,
            "not from this address": not place.relieved and not self.lets_in(person, place.address),
            "bound elsewhere": person.bound and place.address not in place.opened_from,
        }
        if place.visits:
            reasons |= {
                "the visit was ended": place.visit_ended,
                "the visited is blocked": place.visits.is_blocked,
                "may not enter": not self.may_enter(person, place.visits),
            }
        return next((reason for reason, holds in reasons.items() if holds), "")

    def may_enter(self, actor: Person, other: Person) -> bool:
        return self.looks_after(Place(actor, ""), other, Act.ENTER)

    # --- What ends ----------------------------------------------------------------------------------------------------

    def end(self, *, of: Person, keep: Place | None = None) -> None:
        """All sessions of somebody, visits to him and those that stand on them."""
        for place in self.places:
            if place.person is of and place is not keep:
                place.ended = True
            if place.visits is of:
                place.visit_ended = True

    def cut_off(self, person: Person, keep: Place | None = None) -> None:
        """What a new password or key ends."""
        self.end(of=person, keep=keep)
        self.dead_links += [link for link in (person.login_link, person.password_link) if link]
        person.login_link = person.password_link = ""

    def forget(self, person: Person) -> None:
        for one in [p for p in self.people.values() if p is person or p.parent is person]:
            self.cut_off(one)
            del self.people[one.login]
            self.allowed = {pair for pair in self.allowed if pair[0] != one.login}

    def learn_codes(self, place: Place, phone: Phone) -> None:
        """A new key on his phone; the codes that came with it."""
        place.person.phone = phone
        place.person.codes = recovery_codes.shown(place.standing.session_id, utcnow())


def _matrix() -> list[tuple[Role, roles.Row]]:
    by_id = {role.id: role for role in Role.select()}
    return [(by_id[column.id], column) for kind in OF_KIND for column in roles.matrix(kind)]
