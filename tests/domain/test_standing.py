"""What one statement brings about a visitor, judged anew on each request."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from domain import standing, users
from domain.permissions import Permission, parse
from domain.users import Block
from domain.visit import utcnow
from models import AccountClass, Role, User
from tests.cast import Cast
from tests.domain.seat import Seat, console, give_key


@pytest.fixture(autouse=True)
def installation(clock: time_machine.Traveller, cast: Cast) -> None:
    """An open database at NOON."""


def test_a_token_that_nobody_gave_out_stands_for_nothing() -> None:
    Seat("carl").enter()
    assert standing.resume("", utcnow()) is None
    assert standing.resume("x" * 43, utcnow()) is None


def test_it_brings_session_user_role_and_class() -> None:
    at = Seat("carl").enter().standing
    assert (at.login, at.name, at.kind) == ("carl", "Carl Cole", "customer")
    assert (at.role, at.permissions) == ("Full self-care", frozenset(Permission))
    assert (at.is_full, at.enrolled, at.must_enrol, at.block, at.end) == (True, False, False, None, None)
    assert at.last_used_at == at.confirmed_at == utcnow()


def test_role_class_and_key_are_read_anew_each_time(cast: Cast) -> None:
    seat = Seat("carl").enter()
    Role.update(permissions='["activity", "of a later version"]').where(Role.name == "Full self-care").execute()
    AccountClass.update(two_factor="required", grace_days=3).where(AccountClass.name == "Customers").execute()
    assert seat.standing.permissions == {Permission.ACTIVITY}
    assert seat.standing.must_enrol
    give_key(cast.carl)
    assert seat.standing.enrolled
    assert not seat.standing.must_enrol


def test_no_permission_is_granted_by_an_empty_role() -> None:
    assert parse("[]") == frozenset()


@pytest.mark.parametrize(
    ("person", "change", "block"),
    [
        ("carl", {"active": False}, Block.SUSPENDED),
        ("carl", {"activates_at": 1}, Block.NOT_ACTIVE_YET),
        ("carl", {"activates_at": 0}, None),
        ("carl", {"expires_at": 0}, Block.EXPIRED),
        ("carl", {"expires_at": 1}, None),
        ("carl", {"active": False, "expires_at": -1, "activates_at": 1}, Block.SUSPENDED),
    ],
)
def test_suspension_and_dates_block_a_customer_and_his_individuals_at_once(
    person: str, change: dict[str, int | bool], block: Block | None
) -> None:
    seats = [Seat("carl").enter(), Seat("ivy").enter()]
    values = {k: v if isinstance(v, bool) else utcnow() + timedelta(seconds=v) for k, v in change.items()}
    User.update(values).where(User.login == person).execute()
    assert [seat.standing.block for seat in seats] == [block, block]
    assert [users.blocked(seat.user, utcnow()) for seat in seats] == [block, block]


def test_an_individual_is_blocked_by_himself_first() -> None:
    seat = Seat("ivy").enter()
    User.update(active=False).where(User.login == "carl").execute()
    User.update(expires_at=utcnow()).where(User.login == "ivy").execute()
    assert seat.standing.block == Block.EXPIRED
    assert Seat("carl").enter().standing.block == Block.SUSPENDED


def test_customers_of_a_suspended_reseller_go_on(cast: Cast) -> None:
    users.create("dora", console(), parent="rita")
    seat = Seat("dora").enter()
    users.change(cast.rita, {"active": "no"}, console())
    assert seat.standing.block is None
    assert users.blocked(seat.user, utcnow()) is None
