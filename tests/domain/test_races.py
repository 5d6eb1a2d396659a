"""What is single-use or counted is so for twenty who try at the same instant, each in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine

from domain import errors, login_links, recovery_codes, throttle
from domain.throttle import Budget
from domain.visit import Visit, utcnow
from models import Attempt, Event, Session, database
from tests.cast import AGENT, HOME, Cast
from tests.domain.seat import Seat, console, give_key

CROWD = 20


def all_at_once(acts: list[Callable[[], object]]) -> list[object]:
    """What each act returned or how it was refused."""
    together = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        with database.connection_context():
            together.wait(10)
            try:
                return act()
            except errors.Refusal as refusal:
                return type(refusal)

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@pytest.mark.manual("T38")
@pytest.mark.parametrize("sort", ["one-time password", "recovery code"])
def test_a_code_lets_one_of_them_in(cast: Cast, clock: time_machine.Traveller, sort: str) -> None:
    phone = give_key(cast.carl)
    code = phone.code() if sort == "one-time password" else recovery_codes.issue(cast.carl, console())[0]
    with database.atomic():
        browsers = [Seat("carl").enter() for _ in range(CROWD)]  # each with a budget of its own
        Session.update(stage="password").execute()
    outcomes = all_at_once([lambda seat=seat: seat.give_code(code) for seat in browsers])
    assert sum(isinstance(outcome, Seat) for outcome in outcomes) == 1
    others = {outcome for outcome in outcomes if not isinstance(outcome, Seat)}
    assert others == {errors.CodeReused if sort == "one-time password" else errors.RecoveryCodeUsed}
    assert Session.select().where(Session.stage == "full").count() == 1


def test_a_link_lets_one_of_them_in(cast: Cast, clock: time_machine.Traveller) -> None:
    token, _ = login_links.make(cast.carl, console())
    visit = Visit("stranger", HOME, AGENT, utcnow())
    outcomes = all_at_once([lambda: login_links.use(token, visit, replaces=None)] * CROWD)
    assert outcomes.count(errors.LinkDead) == CROWD - 1
    assert Session.select().count() == 1


def test_twenty_guesses_at_once_cost_twenty(cast: Cast, clock: time_machine.Traveller) -> None:
    budget = [Budget("b", ((CROWD - 1, throttle.HOUR),))]
    outcomes = all_at_once([lambda: throttle.book(budget, utcnow())] * CROWD)
    assert outcomes.count(errors.TooManyAttempts) == 1
    assert Attempt.select().count() == CROWD - 1


def test_guesses_at_once_are_judged_up_to_the_budget_and_no_further(cast: Cast, clock: time_machine.Traveller) -> None:
    wrong = give_key(cast.carl).wrong_code()
    seat = Seat("carl").begin()
    outcomes = all_at_once([lambda: seat.give_code(wrong)] * CROWD)
    assert (outcomes.count(errors.CodeWrong), outcomes.count(errors.TooManyAttempts)) == (5, CROWD - 5)
    assert cast.carl.wrong_codes_in_row == 5
    assert Event.select().where(Event.tag == "account:code:failed").count() == 5
