"""What changes between the look at a right and its use: roles, customers and logins that are gone meanwhile."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import time_machine

from domain import users
from models import AllowedRole, Event, PasswordLink, Role, User
from tests.browser import Browser
from tests.cast import PASSWORDS, Cast
from tests.domain.seat import console, overtaken
from tests.routes import csrf_token

pytestmark = pytest.mark.usefixtures("clock")
NEW = "/admin/individuals/new"


@pytest.fixture
def carl(cast: Cast, browser: Browser) -> Browser:
    return browser.log_in("carl")


@pytest.fixture
def rita(cast: Cast, browser: Browser) -> Browser:
    users.create("paul", console(), parent="rita", name="Paul Pohl")
    return browser.log_in("rita")


def billing() -> Role:
    found: Role = Role.get(Role.name == "Billing only")
    return found


def sent(browser: Browser, page: str, **fields: str) -> Callable[[str], Browser]:
    """A form that is ready, so that nothing but its own request runs when it is sent."""
    token = csrf_token(browser, page)
    return lambda address: browser.post(address, {**fields, "csrf_token": token})


@pytest.mark.parametrize("password", ["type", "generate"])
def test_a_role_that_is_not_allowed_any_more_when_the_password_is_hashed_makes_nobody(
    cast: Cast, carl: Browser, password: str
) -> None:
    AllowedRole.create(user=cast.carl, role=billing())
    send = sent(carl, NEW, login="dora", role="Billing only", password=password, new_password="six brown old doors")
    before = Event.select().count()

    def disallow() -> None:
        AllowedRole.delete().where(AllowedRole.role == billing()).execute()

    overtaken(lambda: send("/admin/individuals"), disallow)
    assert (carl.status, users.by_login("dora"), Event.select().count()) == (403, None, before)


def test_who_was_moved_away_meanwhile_is_not_found_and_unchanged(cast: Cast, rita: Browser) -> None:
    page = f"/admin/customers/{users.find('paul').id}"
    send = sent(rita, page, login="paul", name="Mine")
    overtaken(lambda: send(page), lambda: users.change(users.find("paul"), {"parent": ""}, console()))
    assert (rita.status, users.find("paul").name) == (404, "Paul Pohl")
    assert not Event.select().where(Event.subject == "paul", Event.actor == "rita").exists()


@pytest.mark.parametrize("act", ["", "/rescue/password-link", "/suspend"])
@pytest.mark.parametrize("transaction", [1, 2])
def test_a_proof_of_who_is_suspended_while_it_is_checked_opens_nothing(
    cast: Cast, browser: Browser, clock: time_machine.Traveller, act: str, transaction: int
) -> None:
    page = f"/admin/customers/{cast.carl.id}"
    browser.log_in("sam")
    clock.shift(16 * 60)
    send = sent(browser, page, login="carl", name="Mine", proof=PASSWORDS["sam"])
    suspend = lambda: users.change(cast.sam, {"active": "no"}, console())  # noqa: E731
    overtaken(lambda: send(page + act), suspend, transaction)
    assert (browser.status, cast.carl.name, cast.carl.active) == (403, "Carl Cole", True)
    assert PasswordLink.select().count() == 0
    assert not User.select().where(User.login == "sam", User.active).exists(), "he was, while it was checked"
