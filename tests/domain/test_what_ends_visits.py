"""What ends "Log in as" from either side, and what becomes of the individuals of a customer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine

from domain import (
    access,
    acting,
    allowed_roles,
    class_edits,
    classes,
    codes,
    errors,
    granting,
    login_links,
    own_sessions,
    password_links,
    passwords,
    rescue,
    roles,
    sessions,
    user_edits,
    user_ends,
    users,
)
from domain.access import Level, Need, Rule
from domain.authority import Act
from domain.permissions import OF_KIND, Permission
from domain.standing import End, Standing
from domain.visit import utcnow
from models import Attempt, Kind, Role, RoleKind, User
from tests.cast import HOME, PASSWORDS, Cast
from tests.domain import own_acts
from tests.domain.open_ways import Open, goes_on, visit_to
from tests.domain.seat import ELSEWHERE, Seat, console, give_key, refused

NEW = "six quiet copper lamps"
INDIVIDUALS = Need(Level.LOGGED_IN, act=Act.VIEW, kind=Kind.INDIVIDUAL)


@pytest.fixture(autouse=True)
def installation(clock: time_machine.Traveller, cast: Cast) -> None:
    """An open database at NOON; carl belongs to rita."""
    users.change(cast.carl, {"parent": "rita"}, console())


def at(token: str) -> Standing:
    found = acting.resume(token, HOME, utcnow())
    assert found
    return found


# --- The actor --------------------------------------------------------------------------------------------------------


class Visiting:
    """sam in the account of rita, with a session elsewhere; and olga, who looks after him."""

    def __init__(self) -> None:
        self.elsewhere, self.olga = Seat("sam", ELSEWHERE).enter(), Seat("olga").enter()
        self.visit = visit_to("rita", by="sam")
        self.sam = self.elsewhere.user

    def without(self, *taken: Permission) -> None:
        kept = frozenset(OF_KIND[RoleKind.STAFF]) - frozenset(taken)
        standing, visit = self.olga.standing, self.olga.visit
        roles.permit(standing, RoleKind.STAFF, {self.sam.role.id: kept}, {}, visit)

    def demote(self) -> None:
        self.clerk = roles.create(self.olga.standing, RoleKind.STAFF, "Clerk", "", self.olga.visit)
        granting.assign(self.olga.standing, self.sam, "Clerk", self.olga.visit)


def require_two_step(v: Visiting) -> None:
    columns = {"two_factor": "required", "grace_days": "0"}
    class_edits.save(v.olga.standing, v.sam.account_class, {}, columns, v.olga.visit, sure=True)


def give_key_and_reset(v: Visiting) -> None:
    give_key(v.sam)
    rescue.reset_two_factor(v.sam, v.olga.visit, switch_off=False)


@pytest.mark.parametrize(
    ("act", "end"),
    [
        (
            lambda v: passwords.change(v.sam, PASSWORDS["sam"], NEW, NEW, v.elsewhere.visit),
            End.PASSWORD_CHANGED,
        ),
        (lambda v: rescue.new_password(v.sam, NEW, v.olga.visit, must_change=True), End.RESET),
        (lambda v: passwords.reset(v.sam, NEW, console(), must_change=False), End.RESET),
        (give_key_and_reset, End.RESET),
        (lambda v: rescue.end_sessions(v.sam, console()), End.BY_PROVIDER),
        (lambda v: own_sessions.revoke_others(v.elsewhere.standing, v.elsewhere.visit), End.REVOKED),
        (lambda v: own_sessions.revoke(v.sam.id, at(v.visit).keyboard.session_id, v.elsewhere.visit), End.REVOKED),
        (lambda v: sessions.log_out(at(v.visit), v.elsewhere.visit), End.LOGGED_OUT),
        (lambda v: user_ends.suspend(v.olga.standing, v.sam, v.olga.visit), End.NOT_PERMITTED),
        (lambda v: users.change(v.sam, {"expires_at": "2020-01-01"}, console()), End.NOT_PERMITTED),
        (lambda v: v.demote(), End.NOT_PERMITTED),
        (lambda v: v.without(Permission.CUSTOMERS_ENTER), End.NOT_PERMITTED),
        (lambda v: v.without(Permission.RESELLERS_EDIT), End.NOT_PERMITTED),
        (require_two_step, End.NOT_PERMITTED),
        (lambda v: v.without(Permission.CUSTOMERS_RESCUE, Permission.CLASSES), None),
        (lambda v: users.change(v.sam, {"class": "Customers"}, console()), None),
        (lambda v: rescue.unlock(v.sam, console()), None),
        (lambda v: password_links.make(v.sam, v.olga.visit), None),
    ],
)
def test_what_happens_to_the_actor_ends_his_visit_or_does_not(act: Callable[[Visiting], object], end: End) -> None:
    visiting, ritas = Visiting(), Seat("rita").enter()
    assert goes_on(visiting.visit)
    act(visiting)
    assert at(visiting.visit).end == end
    assert ritas.end is None


def test_with_the_actor_his_visits_are_gone() -> None:
    visiting = Visiting()
    user_ends.delete(visiting.olga.standing, visiting.sam, "sam", visiting.olga.visit)
    assert acting.resume(visiting.visit, HOME, utcnow()) is None


def test_a_visit_comes_back_with_the_rights_but_not_after_its_hour(clock: time_machine.Traveller) -> None:
    visiting = Visiting()
    visiting.without(Permission.CUSTOMERS_ENTER)
    assert not goes_on(visiting.visit)
    visiting.without()
    assert goes_on(visiting.visit)
    clock.shift(timedelta(minutes=30))
    sessions.touch(at(visiting.visit), visiting.olga.visit)
    assert goes_on(visiting.visit)
    clock.shift(timedelta(minutes=30))
    assert at(visiting.visit).end is End.VISIT_OVER


def test_an_address_that_the_actors_list_refuses_refuses_the_visit_and_ends_nothing() -> None:
    visiting = Visiting()
    users.change(visiting.sam, {"provider_access": "listed", "provider_ips": "10.0.0.1"}, console())
    assert access.decide(Need(Level.LOGGED_IN), at(visiting.visit), utcnow()).rule is Rule.PROVIDER_LIST
    assert at(visiting.visit).end is None


# --- The customer and his individuals ---------------------------------------------------------------------------------


class Family:
    """carl and ivy, each in a session; rita in both accounts."""

    def __init__(self) -> None:
        self.carl, self.ivy, self.sam = Seat("carl").enter(), Seat("ivy").enter(), Seat("sam").enter()
        self.half = Seat("ivy", ELSEWHERE).begin()
        self.link = login_links.make(self.ivy.user, console())[0]
        self.password_link = password_links.make(self.ivy.user, console())[0]
        self.visits = visit_to("carl", by="rita"), visit_to("ivy", by="rita")

    @property
    def visits_go_on(self) -> list[bool]:
        return [goes_on(token) for token in self.visits]

    @property
    def refused(self) -> list[Rule | None]:
        """By which rule carl and ivy are refused, in their sessions and her half log-in."""
        need = Need(Level.SECOND_STEP)
        return [access.decide(need, seat.standing, utcnow()).rule for seat in (self.carl, self.ivy, self.half)]


@pytest.mark.parametrize("parent", ["", "robert"])
def test_with_another_reseller_the_visits_of_the_former_one_end(parent: str) -> None:
    users.create("robert", console(), kind=Kind.RESELLER)
    family = Family()
    user_edits.save(family.sam.standing, family.carl.user, {}, {"parent": parent}, family.sam.visit)
    assert family.visits_go_on == [False, False]
    assert [at(token).end for token in family.visits] == [End.NOT_PERMITTED] * 2
    assert [at(token).keyboard.end for token in family.visits] == [None, None]
    assert family.refused == [None, None, None]
    user_edits.save(family.sam.standing, family.carl.user, {}, {"parent": "rita"}, family.sam.visit)
    assert family.visits_go_on == [True, True]


@pytest.mark.parametrize(
    ("ends", "back"),
    [({"active": "no"}, {"active": "yes"}), ({"expires_at": "2020-01-01"}, {"expires_at": ""})],
)
def test_what_blocks_a_customer_blocks_his_individuals_and_ends_nothing_of_theirs(
    ends: dict[str, str], back: dict[str, str]
) -> None:
    family = Family()
    users.change(family.carl.user, ends, console())
    assert family.refused == [Rule.ACTIVE] * 3
    assert family.visits_go_on == [False, False]
    refused(lambda: password_links.owner_of(family.password_link, utcnow()), errors.LinkDead)
    with pytest.raises(errors.Suspended):
        login_links.use(family.link, console(), replaces=None)
    users.change(family.carl.user, back, console())
    assert family.refused == [None, None, None]
    assert family.visits_go_on == [True, True]
    assert password_links.owner_of(family.password_link, utcnow()).login == "ivy"
    assert login_links.use(family.link, console(), replaces=None)


def test_what_blocks_a_reseller_ends_his_visits_and_leaves_his_customers_in() -> None:
    family = Family()
    user_ends.suspend(family.sam.standing, users.find("rita"), family.sam.visit)
    assert family.visits_go_on == [False, False]
    assert family.refused == [None, None, None]


def test_with_a_customer_everything_of_his_individuals_is_gone() -> None:
    family = Family()
    assert user_ends.delete(family.sam.standing, family.carl.user, "carl", family.sam.visit) == 1
    tokens = [family.carl.token, family.ivy.token, family.half.token, *family.visits]
    assert [acting.resume(token, HOME, utcnow()) for token in tokens] == [None] * 5
    for dead in (lambda: login_links.owner_of(family.link, utcnow()), lambda: use(family.password_link)):
        refused(dead, errors.LinkDead)


def use(token: str) -> User:
    return password_links.owner_of(token, utcnow())


def test_another_class_of_the_customer_is_judged_at_the_next_request_of_his_individuals() -> None:
    family = Family()
    strict = classes.create("Strict", family.sam.visit)
    class_edits.save(family.sam.standing, strict, {}, {"two_factor": "required"}, family.sam.visit, sure=True)
    user_edits.save(family.sam.standing, family.carl.user, {}, {"class": "Strict"}, family.sam.visit)
    inside = [access.decide(Need(Level.LOGGED_IN), seat.standing, utcnow()).rule for seat in (family.carl, family.ivy)]
    assert inside == [Rule.ENROLMENT] * 2
    assert family.visits_go_on == [True, True], "what is due of the visited is not due of rita"


def test_a_role_that_is_no_longer_allowed_ends_nothing_and_one_in_use_stays() -> None:
    family = Family()
    full, billing = (Role.get(Role.name == name) for name in ("Full self-care", "Billing only"))
    allowed_roles.add(family.carl.user, billing.name, [billing], family.sam.visit)
    assert allowed_roles.remove(family.carl.user, billing.id, family.sam.visit)
    refused(lambda: allowed_roles.remove(family.carl.user, full.id, family.sam.visit), allowed_roles.AllowedInUse)
    assert family.refused == [None, None, None]
    assert family.visits_go_on == [True, True]


def test_a_permission_that_is_taken_is_gone_at_the_next_request() -> None:
    family = Family()
    assert access.decide(INDIVIDUALS, family.carl.standing, utcnow()).allowed
    kept = frozenset(OF_KIND[RoleKind.SELF_CARE]) - {Permission.INDIVIDUALS}
    roles.permit(family.sam.standing, RoleKind.SELF_CARE, {family.carl.user.role.id: kept}, {}, family.sam.visit)
    assert access.decide(INDIVIDUALS, family.carl.standing, utcnow()).rule is Rule.PERMISSION
    assert family.refused == [None, None, None]


# --- What no change gives back ----------------------------------------------------------------------------------------

OWN = [own_acts.change_password, own_acts.enable, own_acts.disable, own_acts.replace]
RESET = own_acts.reset(lambda _: console())


@pytest.mark.parametrize("act", [*OWN, RESET])
def test_no_change_refills_what_wrong_attempts_cost(act: Callable[[Open], object]) -> None:
    world = Open()
    booked = [f"{bucket}:strangers" for bucket in codes.buckets(world.user) + passwords.buckets(world.user)[:1]]
    Attempt.insert_many({"bucket": bucket, "at": utcnow()} for bucket in booked).execute()
    act(world)
    assert Attempt.select().count() == len(booked) == 4


@pytest.mark.parametrize("act", [RESET, own_acts.disable])
def test_the_codes_of_an_erased_key_are_erased_with_it(act: Callable[[Open], object]) -> None:
    world = Open()
    act(world)
    assert rescue.situation(world.user, utcnow()).recovery_codes_left == 0
