"""Everything that can be open in somebody's name at once, and what of it goes on."""

from __future__ import annotations

from collections.abc import Callable

from domain import (
    acting,
    errors,
    known_browsers,
    login_links,
    password_links,
    recovery_codes,
    roles,
    two_factor,
    users,
)
from domain.authority import Act, find
from domain.visit import utcnow
from models import Enrolment, Kind, Mode, RoleKind, User, database
from tests.cast import HOME
from tests.domain.seat import ELSEWHERE, Seat, console

SESSIONS = {"own session", "other session", "half log-in", "relief", "enrolment elsewhere", "codes shown elsewhere"}
BROWSERS = {"own browser", "other browser"}
LINKS = {"log-in link", "password link"}
VISITS = {"visit to her", "her visit"}
ALL = SESSIONS | BROWSERS | LINKS | VISITS


def visit_to(login: str, by: str) -> str:
    """The token of a visit, entered in a session of its own."""
    actor = Seat(by).enter()
    user = find(actor.standing, Kind(users.find(login).kind), users.find(login).id, Act.ENTER)
    return acting.begin(actor.standing, user, Mode.ASSIGNED, actor.visit).session


def goes_on(token: str) -> bool:
    standing = acting.resume(token, HOME, utcnow())
    return standing is not None and standing.end is None


def works(act: Callable[[], object]) -> bool:
    """Whether it would; nothing of it stays."""
    with database.atomic() as transaction:
        try:
            act()
        except errors.Refusal:
            return False
        finally:
            transaction.rollback()
    return True


class Open:
    """rita at her browser, and everything else that is open in her name. carl is hers, sam and olga look after her."""

    def __init__(self) -> None:
        users.change(users.find("carl"), {"parent": "rita"}, console())
        self.olga, self.sam = Seat("olga").enter(), Seat("sam").enter()
        self.narrow = roles.create(self.olga.standing, RoleKind.RESELLER, "Narrow", "", self.olga.visit)
        self.own, self.other, self.half = Seat("rita").enter(), Seat("rita", ELSEWHERE).enter(), Seat("rita").begin()
        self.id, self.other_id = self.own.user.id, self.other.standing.session_id
        two_factor.begin(self.other.user, self.other.visit)
        recovery_codes.make(self.other.user, self.other_id, self.other.visit)
        self.relieved = Seat("rita", ELSEWHERE)
        self.relieved.take(login_links.use(login_links.make(self.user, console())[0], console(), replaces=None))
        self.login_link, self.password_link = self._links()
        self.visited, self.visits = visit_to("rita", by="sam"), visit_to("carl", by="rita")

    def _links(self) -> tuple[str, str]:
        return login_links.make(self.user, console())[0], password_links.make(self.user, console())[0]

    @property
    def user(self) -> User:
        return users.by_id(users.find("rita").id)

    def alive(self) -> set[str]:
        now = utcnow()
        relief = acting.resume(self.relieved.token, ELSEWHERE, now)
        of_other = Enrolment.get_or_none(Enrolment.session == self.other_id)
        found = {
            "own session": goes_on(self.own.token),
            "own browser": self._is_known(self.own),
            "other session": goes_on(self.other.token),
            "other browser": self._is_known(self.other),
            "half log-in": goes_on(self.half.token),
            "relief": relief is not None and relief.end is None and relief.relieved_until is not None,
            "log-in link": works(lambda: login_links.use(self.login_link, console(), replaces=None)),
            "password link": works(lambda: password_links.owner_of(self.password_link, now)),
            "enrolment elsewhere": of_other is not None,
            "codes shown elsewhere": bool(recovery_codes.shown(self.other_id, now)),
            "visit to her": goes_on(self.visited),
            "her visit": goes_on(self.visits),
        }
        return {name for name, lives in found.items() if lives}

    def _is_known(self, seat: Seat) -> bool:
        user = User.get_or_none(User.id == self.id)
        return user is not None and known_browsers.recognise(user, seat.devices, utcnow()) is not None
