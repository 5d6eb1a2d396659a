"""There is always an Owner who can log in, also when two end each other at the same instant."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from domain import errors, standing, user_ends, users
from domain.errors import Refusal
from models import Event, User, database
from tests.cast import Cast
from tests.domain.seat import Seat, console, refused

LAST = "This is the last active Owner who can log in. Make another one first."
ACTS: dict[str, Callable[[Seat, User], object]] = {
    "demote": lambda seat, other: users.change(other, {"role": "Staff"}, seat.visit),
    "suspend": lambda seat, other: user_ends.suspend(seat.standing, other, seat.visit),
    "expire": lambda seat, other: users.change(other, {"expires_at": "2020-01-01"}, seat.visit),
    "delete": lambda seat, other: user_ends.delete(seat.standing, other, other.login, seat.visit),
}


@pytest.fixture(autouse=True)
def two_owners(cast: Cast) -> None:
    users.change(cast.sam, {"role": "Owner"}, console())


@pytest.mark.parametrize("act", ACTS)
def test_of_two_owners_who_end_each_other_exactly_one_succeeds(cast: Cast, act: str) -> None:
    seats = {login: Seat(login).enter() for login in ("olga", "sam")}
    gate = threading.Barrier(2)

    def run(login: str, other: str) -> str:
        with database.connection_context():
            seat, target = seats[login], users.by_id(getattr(cast, other).id)
            ready = standing.resume(seat.token, seat.address, seat.visit.now)
            assert ready and ready.end is None
            gate.wait(20)
            try:
                ACTS[act](seat, target)
            except (Refusal, AssertionError, User.DoesNotExist) as why:  # he was quicker, and the seat is gone
                return str(why) or "gone"
        return "done"

    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(run, ("olga", "sam"), ("sam", "olga")))
    assert said.count("done") == 1, said
    owners = [user for user in User.select() if user.role.name == "Owner" and not users.blocked(user, console().now)]
    assert len(owners) == 1
    with database.atomic():
        users.keep_an_owner(owners[0], console().now)


@pytest.mark.parametrize("act", ACTS)
def test_the_last_one_is_kept_whoever_asks(cast: Cast, act: str) -> None:
    users.change(cast.sam, {"role": "Staff"}, console())
    events = Event.select().count()
    seat = Seat("sam").enter()
    before = events + 1
    assert str(refused(lambda: ACTS[act](seat, cast.olga), errors.Conflict)) == LAST
    assert (cast.olga.role.name, cast.olga.active, Event.select().count()) == ("Owner", True, before)


def test_an_owner_without_a_password_is_none_who_can_log_in(cast: Cast) -> None:
    User.update(password_hash=None).where(User.login == "sam").execute()
    assert str(refused(lambda: users.change(cast.olga, {"role": "Staff"}, console()), errors.Conflict)) == LAST


def test_customers_are_changed_also_where_no_owner_is_left(cast: Cast) -> None:
    """An Owner whose date has passed stops nobody's work."""
    User.update(active=False).where(User.kind == "staff").execute()
    assert users.change(cast.carl, {"name": "Carl C."}, console())
