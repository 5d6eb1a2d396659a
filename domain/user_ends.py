"""Suspending, restoring and deleting people. What happened to them stays in the log, with their logins as text."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from domain import audit, authority, codes, errors, own_sessions, passwords, throttle, users
from domain.audit import Tag
from domain.errors import N_, NN_
from domain.login_name import fold
from domain.standing import Standing
from domain.visit import Visit
from models import Kind, User, database

NAMED = 5


class InUse(errors.Refusal):
    """A reseller whose customers are still there."""

    status = 409
    message = N_("%(login)s still has customers")
    hint: str = NN_(
        "%(logins)s belongs to this reseller. Move or delete this customer first.",
        "%(n)s customers belong to this reseller, such as %(logins)s. Move or delete them first.",
        by="n",
    )

    def __init__(self, login: str, logins: list[str], count: int) -> None:
        super().__init__(login=login, logins=", ".join(logins), n=count)


class NotConfirmed(errors.Refusal):
    field = "login"
    message = N_("Type the login %(login)s to delete it.")


class Consequences(NamedTuple):
    """What goes with somebody, by number; sessions of his individuals counted in."""

    individuals: int
    sessions: int


def suspend(standing: Standing, user: User, visit: Visit) -> bool:
    """Effective at the next request of his open sessions; of a customer for its individuals too. False: he was."""
    refuse_own(standing, user)
    return bool(users.change(user, {"active": "no"}, visit))


def restore(standing: Standing, user: User, visit: Visit) -> bool:
    refuse_own(standing, user)
    return bool(users.change(user, {"active": "yes"}, visit))


def refuse_own(standing: Standing, user: User) -> None:
    """Nobody ends himself, nor from the account that he acts for. Raises OwnLogin."""
    if user.id in (standing.user_id, standing.keyboard.user_id):
        raise authority.OwnLogin


def consequences(user: User, now: datetime) -> Consequences:
    individuals = [one.id for one in User.select(User.id).where(User.parent == user, User.kind == Kind.INDIVIDUAL)]
    return Consequences(len(individuals), sum(len(own_sessions.live_of(one, now)) for one in (user.id, *individuals)))


def in_use(user: User) -> InUse | None:
    """Why a reseller cannot be deleted yet."""
    if user.kind != Kind.RESELLER:
        return None
    customers = User.select(User.login).where(User.parent == user).order_by(User.login)
    logins = [login for (login,) in customers.limit(NAMED).tuples()]
    return InUse(user.login, logins, customers.count()) if logins else None


def delete(standing: Standing, user: User, typed: str, visit: Visit) -> int:
    """With all that is his; a customer with its individuals, whose number is returned. `typed` confirms the login.

    Raises OwnLogin, NotConfirmed, InUse, and Conflict for the last Owner.
    """
    refuse_own(standing, user)
    if fold(typed) != user.login:
        raise NotConfirmed(login=user.login)
    with database.atomic():
        user = users.by_id(user.id)
        if refusal := in_use(user):
            raise refusal
        individuals = list(User.select().where(User.parent == user))
        for one in (*individuals, user):
            throttle.forget([*passwords.buckets(one), *codes.buckets(one)])  # the next of that login begins anew
            audit.record(Tag.USER_DELETED, visit, one, details={"kind": one.kind, "name": one.name, "id": one.id})
            one.delete_instance()
        users.keep_an_owner(user, visit.now)
    return len(individuals)
