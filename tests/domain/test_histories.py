"""Random histories of everything that anybody can do, with a simple model beside them (`history.World`).

A longer run: HISTORIES=2000 ./postern test tests/domain/test_histories.py -n0
"""

from __future__ import annotations

import os
from functools import partial

import pytest
from argon2 import PasswordHasher
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule, run_state_machine_as_test

from domain import (
    access,
    acting,
    allowed_roles,
    authority,
    class_edits,
    class_ips,
    classes,
    errors,
    granting,
    hashing,
    login_links,
    password_links,
    passwords,
    rescue,
    roles,
    two_factor,
    users,
)
from domain.access import Level, Need, Rule
from domain.authority import Act
from domain.own_list import Way
from domain.permissions import OF_KIND, Permission
from domain.visit import utcnow
from models import AccountClass, Kind, Mode, Role, RoleKind, Side, User, database, run
from tests.cast import HOME, PASSWORDS, Cast
from tests.cast import Authenticator as Phone
from tests.domain.history import IN, Addresses, Group, P, Place
from tests.domain.history_acts import LISTS, MOST_PLACES, PEOPLE, listed
from tests.domain.history_provider import BY, CLASSES, OTHERS, ROLES, TERMINAL, By, Provider
from tests.domain.seat import ELSEWHERE, console, give_key, refused

# More of one seed are mostly variations of what was tried before.
OF_BLOCK = 10
BLOCKS = int(os.environ.get("HISTORIES", "70")) // OF_BLOCK
STEPS = 40
ROLES_NEED = Need(Level.LOGGED_IN, frozenset({Permission.ROLES}), fresh=True, changes=True)
CLASSES_NEED = Need(Level.LOGGED_IN, frozenset({Permission.CLASSES}), fresh=True, changes=True)


class Portal(Provider):
    @initialize(
        mode=st.sampled_from(Mode), lacking=st.sampled_from(OF_KIND[RoleKind.SELF_CARE] + (P.CUSTOMERS_RESCUE,))
    )
    def some_are_there_already(self, mode: Mode, lacking: Permission) -> None:
        """Plain staff lack something that others have."""
        self.permit(by="olga", name="Staff", ticked={lacking}, one=True)
        for by, who in (("rita", "ivy"), ("sam", "rita"), ("olga", "carl")):
            self.enter(by=by, who=who, mode=mode)

    # --- Acting -------------------------------------------------------------------------------------------------------

    @rule(by=BY, who=OTHERS, mode=st.sampled_from(Mode))
    def enter(self, by: By, who: str, mode: Mode) -> None:
        found = self.reach(by, who, Act.ENTER) if by != TERMINAL else None
        if found and (place := found[0]) and found[1]:
            _, standing, visit, person = found
            with self.unless_refused():
                place.take(acting.begin(standing, person.user, mode, visit))
                place.visits, place.visit_ended = person, False
                place.mode = mode if mode in acting.modes(person.user) else Mode.ASSIGNED

    @rule(mode=st.sampled_from((None, *Mode)), first=st.booleans())
    def switch_or_leave(self, mode: Mode | None, first: bool) -> None:
        """A visit that is over leads back too, once."""
        visits = [place for place in self.world.places if place.visits]
        for place in visits[:1] if first else visits[-1:]:
            with self.unless_refused():
                if mode is None and (standing := place.found):
                    place.take(acting.end(standing, place.visit_of(standing)))
                    place.visits = None
                elif mode and place.visits and (standing := place.may()):
                    place.take(acting.switch(standing, mode, place.visit))
                    place.mode = mode if mode in acting.modes(place.visits.user) else Mode.ASSIGNED

    def come_with(self, permission: Permission, by: By) -> Place | None:
        need = {Permission.ROLES: ROLES_NEED, Permission.CLASSES: CLASSES_NEED}[permission]
        return self.come(self.named(by, lambda place: permission in self.world.roles[place.person.role]), need)

    # --- Roles and classes --------------------------------------------------------------------------------------------

    @rule(
        by=BY,
        name=st.sampled_from(ROLES),
        ticked=st.sets(st.sampled_from(Permission)),
        one=st.sampled_from((True, True, True, False)),
    )
    def permit(self, by: By, name: str, ticked: set[Permission], one: bool) -> None:
        """`one` changes a single box."""
        place, role = self.come_with(Permission.ROLES, by), Role.get_or_none(Role.name == name)
        if place and role and (standing := place.may(ROLES_NEED)):
            before, kind = frozenset(self.world.roles[name]), RoleKind(role.kind)
            wanted = before ^ frozenset(sorted(ticked)[:1]) if one else frozenset(ticked) & {*OF_KIND[kind]}
            wanted = wanted & {*OF_KIND[kind], *before}
            with self.unless_refused():
                roles.permit(standing, kind, {role.id: wanted}, {role.id: before}, place.visit)
                after = set(_permissions(name))
                assert after ^ before <= self.world.grantable(place), "nobody grants or takes what he lacks"
                assert name != "Owner" or after == before, "Owner keeps all"
                assert kind is not RoleKind.STAFF or self.world.is_owner(place.person), "staff roles are for Owners"
                self.world.roles[name] = after

    @rule(by=BY, kind=st.sampled_from(RoleKind), like=st.sampled_from((None, *ROLES)))
    def new_role(self, by: By, kind: RoleKind, like: str | None) -> None:
        place, pattern = self.come_with(Permission.ROLES, by), Role.get_or_none(Role.name == like)
        if place and (standing := place.may(ROLES_NEED)):
            with self.unless_refused():
                roles.create(standing, kind, "Extra", "", place.visit, like=pattern and pattern.id)
                permitted = set(_permissions("Extra"))
                assert permitted <= self.world.grantable(place)
                self.world.roles["Extra"], self.world.kinds["Extra"] = permitted, kind

    @rule(by=BY, who=st.sampled_from(("carl", "cora")), name=st.sampled_from(ROLES), allow=st.booleans())
    def allow_role(self, by: By, who: str, name: str, allow: bool) -> None:
        found, role = self.reach(by, who, Act.EDIT) if by != TERMINAL else None, Role.get_or_none(Role.name == name)
        if not (found and found[1] and found[0] and role and found[3].kind is Kind.CUSTOMER):
            return
        place, standing, visit, person = found
        with self.unless_refused():
            if allow:
                allowed_roles.add(person.user, name, granting.roles_for(standing, Kind.CUSTOMER), visit)
                assert self.world.roles[name] <= self.world.grantable(place)
                self.world.allowed.add((who, name))
            else:
                allowed_roles.remove(person.user, role.id, visit)
                self.world.allowed.discard((who, name))

    @rule(by=BY, name=st.sampled_from(CLASSES), two_factor=st.sampled_from(("optional", "required", "off")))
    def save_class(self, by: By, name: str, two_factor: str) -> None:
        if by == TERMINAL and name in self.world.groups:
            classes.change(classes.by_name(name), {"two_factor": two_factor}, console())
            self.world.groups[name].two_factor = two_factor
            return
        place, group = self.come_with(Permission.CLASSES, by), AccountClass.get_or_none(AccountClass.name == name)
        if place and (standing := place.may(CLASSES_NEED)):
            with self.unless_refused():
                group = classes.find(standing, group.id) if group else classes.create(name, place.visit)
                self.world.groups.setdefault(name, Group())
                class_edits.save(standing, group, {}, {"two_factor": two_factor}, place.visit, sure=True)
                self._only_owners(place, name)
                self.world.groups[name].two_factor = two_factor

    def _only_owners(self, place: Place, name: str) -> None:
        of_staff = name == "Staff" or any(p.group == name and p.kind is Kind.STAFF for p in self.world.people.values())
        assert not of_staff or Permission.STAFF in self.world.grantable(place), "the class of staff is for Owners"

    @rule(by=BY, name=st.sampled_from(CLASSES), wanted=LISTS, way=st.sampled_from((None, Way.ADD, Way.ANYWAY)))
    def class_list(self, by: By, name: str, wanted: Addresses, way: Way | None) -> None:
        place, group = self.come_with(Permission.CLASSES, by), AccountClass.get_or_none(AccountClass.name == name)
        if place and group and (standing := place.may(CLASSES_NEED)):
            with self.unless_refused():
                group = classes.find(standing, group.id)
                saved = class_ips.save(standing, group, listed(wanted), place.visit, way)
                self._only_owners(place, name)
                self.world.groups[name].listed = None if wanted is None else frozenset(saved.texts)
                assert way is Way.ANYWAY or self.world.lets_in(place.person, place.address) or place.relieved, (
                    "not warned"
                )

    @rule(by=BY, name=st.sampled_from((*ROLES, *CLASSES)))
    def delete_role_or_class(self, by: By, name: str) -> None:
        if role := Role.get_or_none(Role.name == name):
            self._delete_role(self.come_with(Permission.ROLES, by), role)
        if group := AccountClass.get_or_none(AccountClass.name == name):
            self._delete_class(self.come_with(Permission.CLASSES, by), group)

    def _delete_role(self, place: Place | None, role: Role) -> None:
        if place and (standing := place.may(ROLES_NEED)):
            with self.unless_refused():
                roles.delete(standing, role, place.visit)
                assert all(person.role != role.name for person in self.world.people.values())
                del self.world.roles[role.name], self.world.kinds[role.name]
                self.world.allowed = {pair for pair in self.world.allowed if pair[1] != role.name}

    def _delete_class(self, place: Place | None, group: AccountClass) -> None:
        if place and (standing := place.may(CLASSES_NEED)):
            with self.unless_refused():
                classes.delete(standing, group, place.visit)
                assert all(person.group != group.name for person in self.world.people.values())
                del self.world.groups[group.name]

    # --- What holds after each step -----------------------------------------------------------------------------------

    @invariant()
    def nobody_is_in_who_may_not_be(self) -> None:
        for place in self.world.places[-MOST_PLACES:]:
            standing = place.found
            if standing and access.decide(IN, standing, utcnow()).allowed:
                wrong = self.world.is_right(place)
                assert not wrong, f"{place.login} at {place.address} is in, although: {wrong}"
                assert standing.permissions == self.world.permissions(place)
                assert standing.login == place.whose.login

    @invariant()
    def a_token_that_was_replaced_stays_dead(self) -> None:
        for link in self.world.dead_links[-2:]:
            refused(partial(login_links.owner_of, link, utcnow()), errors.LinkDead)
            refused(partial(password_links.owner_of, link, utcnow()), errors.LinkDead)
        for place in [place for place in self.world.places[-MOST_PLACES:] if place.replaced]:
            copied = acting.resume(place.replaced, HOME, utcnow())
            assert copied is None or copied.end

    @invariant()
    def people_are_as_the_model_has_them(self) -> None:
        stored = run(
            "SELECT u.login, r.name, c.name, p.login FROM user u JOIN role r ON r.id = u.role_id"
            " JOIN account_class c ON c.id = u.account_class_id LEFT JOIN user p ON p.id = u.parent_id"
        )
        people = self.world.people.values()
        assert set(stored) == {(p.login, p.role, p.group, p.parent and p.parent.login) for p in people}

    @invariant()
    def there_is_an_owner_who_can_log_in(self) -> None:
        owners = [person for person in self.world.people.values() if self.world.is_owner(person)]
        assert any(o.password and o.active and not o.expires_at and o.kind is Kind.STAFF for o in owners)

    @invariant()
    def everybody_has_a_role_and_a_class_that_he_can_have(self) -> None:
        for person in self.world.people.values():
            assert self.world.kinds[person.role] == person.kind.role_kind
            if person.kind is Kind.INDIVIDUAL:
                assert person.parent
                assert person.group == person.parent.group
                assert (person.parent.login, person.role) in self.world.allowed
        stored = run(
            "SELECT u.login, r.name FROM allowed_role a JOIN user u ON u.id = a.user_id JOIN role r ON r.id = a.role_id"
        )
        assert set(stored) == self.world.allowed

    @rule(by=BY, who=PEOPLE, address=st.sampled_from((HOME, ELSEWHERE)))
    def there_is_a_way_back(self, by: By, who: str, address: str) -> None:
        """Whoever may help him, or the terminal, brings him in; nothing of it stays."""
        found = self.reach(by, who, Act.RESCUE)
        if found is None or found[3].is_blocked:
            return
        with database.atomic() as transaction:
            _, standing, visit, person = found
            user, new = person.user, "nobodys last green hat"
            rescue.from_any_ip(user, visit, authority.sides(standing) if standing else Side)
            users.change(user, {"bind_session": "no"}, visit)
            rescue.unlock(user, visit)
            rescue.reset_two_factor(user, visit, switch_off=False)
            rescue.new_password(user, new, visit, must_change=True)
            place = Place(person, address)
            step = place.give_password(new)
            if step.denied_by is Rule.PROVIDER_LIST and standing and standing.kind == Kind.CUSTOMER:
                rescue.from_any_ip(person.user, console())
                step = place.give_password(new)
            assert step.is_full, f"{who} stays outside: {step.denied_by}"
            place.take(passwords.change(person.user, new, new * 2, new * 2, place.visit))
            if access.decide(IN, place.standing, utcnow()).rule is Rule.ENROLMENT:
                phone = Phone(two_factor.begin(person.user, place.visit).key)
                place.take(two_factor.confirm(person.user, phone.code(), place.visit))
            assert access.decide(IN, place.standing, utcnow()).allowed
            transaction.rollback()


def _permissions(name: str) -> list[Permission]:
    [kind] = Role.select(Role.kind).where(Role.name == name).tuples().first()
    return [p for column in roles.matrix(RoleKind(kind)) if column.name == name for p in column.permissions]


@pytest.mark.parametrize("block", range(BLOCKS))
def test_no_history_lets_a_stranger_in_or_locks_somebody_out_for_good(
    block: int, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Hashes of full strength would take nine tenths of the time.
    monkeypatch.setattr(hashing, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    for login, password in PASSWORDS.items():
        User.update(password_hash=hashing.hash_password(password)).where(User.login == login).execute()
    users.change(cast.carl, {"parent": "rita"}, console())
    for user in (cast.olga, cast.carl):
        give_key(user)
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        seed(block)(type("Portal", (Portal,), {})),
        settings=settings(
            max_examples=OF_BLOCK,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
