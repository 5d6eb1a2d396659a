"""Acting for somebody ("Log in"): one's own session stays, and a new one of his stands on it, for an hour at most.

Everything about the network, the code and fresh proof is asked of the actor; permissions are those of the user whom he
acts for. His token says what it is: a plain one never finds such a session, nor this one another.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from domain import audit, authority, errors, sessions, users, vault
from domain.audit import Tag
from domain.authority import Act
from domain.errors import N_
from domain.permissions import SELF_CARE, Permission
from domain.sessions import Tokens
from domain.standing import CLOCK_SLACK, VISITS_LAST, Acting, End, Standing, standing_of
from domain.standing import resume as resume_own
from domain.standing_row import Row, columns, find, joins
from domain.users import Block
from domain.visit import Visit
from models import Kind, Mode, Role, RoleKind, Session, Stage, User, database, instant, run

_DEFAULT_ROLE = (
    "SELECT d.{} FROM role d WHERE d.is_default AND d.kind = (SELECT k.kind FROM role k WHERE k.id = u.role_id)"
)


class CannotActFor(errors.Refusal):
    """Each reason has a sentence of its own."""

    status = 409
    whole_page = True


class NotActing(errors.Refusal):
    status = 403
    whole_page = True
    message = N_("You are not logged in as somebody else")


# --- On each request --------------------------------------------------------------------------------------------------

_IN_FORCE = f"CASE s.acting_mode WHEN 'default' THEN ({_DEFAULT_ROLE.format('id')}) ELSE u.role_id END"
_STATEMENT = f"""
SELECT s.acting_mode, u.parent_id, p.parent_id, (SELECT a.name FROM role a WHERE a.id = u.role_id),
       ({_DEFAULT_ROLE.format("name")}), {columns()}, {columns("_k")}
  FROM session s
  JOIN session s_k ON s_k.id = s.actor_session_id {joins(role=_IN_FORCE)} {joins("_k")}
 WHERE s.token_hash = :token_hash AND s.acting_mode IS NOT NULL
"""  # noqa: S608 (parts of our own)


class _Extra(NamedTuple):
    mode: str  # none once the visit has led back
    parent_id: int | None
    grandparent_id: int | None
    assigned_role: str
    default_role: str


def resume(token: str, address: str, now: datetime) -> Standing | None:
    """What a token stands for at this address, of whichever kind it is (`standing.resume`)."""
    if not vault.is_acting(token):
        return resume_own(token, address, now)
    found = find(_STATEMENT, token, address, now)
    if found is None:
        return None
    size = len(_Extra._fields)
    middle = size + len(Row._fields)
    extra = _Extra(*found[:size])  # type: ignore[arg-type]
    row, own_row = Row(*found[size:middle]), Row(*found[middle:])  # type: ignore[arg-type]
    return _acting(extra, row, standing_of(row, address, now), standing_of(own_row, address, now), now)


def _acting(extra: _Extra, row: Row, target: Standing, actor: Standing, now: datetime) -> Standing:
    began_at = instant(row.created_at)
    end = target.end if row.ended_at else actor.end
    if end is None and not -CLOCK_SLACK < now - began_at < VISITS_LAST:
        end = End.VISIT_OVER
    if end is None and not _permitted(target, actor, (extra.parent_id, extra.grandparent_id), now):
        end = End.NOT_PERMITTED
    return replace(
        target,
        end=end,
        permissions=target.permissions & (SELF_CARE | actor.permissions),
        acting=Acting(actor, Mode(extra.mode), began_at + VISITS_LAST, extra.assigned_role, extra.default_role),
    )


def _permitted(target: Standing, actor: Standing, above: tuple[int | None, ...], now: datetime) -> bool:
    """Judged anew at each request: demoted, suspended or moved meanwhile, on either side, ends it."""
    due = actor.must_change_password or (actor.must_enrol and not actor.grace_ends_at(now))
    return (
        not (actor.block or target.block or due)
        and authority.may(actor, Kind(target.kind), Act.ENTER)
        and authority.is_below(actor, target.kind, above)
        and Permission.STAFF not in target.permissions
    )


# --- Verbs ------------------------------------------------------------------------------------------------------------


def begin(standing: Standing, user: User, mode: str, visit: Visit) -> Tokens:
    """Enters the account of somebody whom `authority.find` gave for it. Raises CannotActFor with the reason."""
    _refuse(user, visit)
    mode = _allowed(user, mode)
    token = vault.new_acting_token()
    with database.atomic():
        _refuse_twice(standing.session_id)
        sessions.reissue(standing.session_id)  # nobody holds it until Return
        Session.create(
            token_hash=vault.token_hash(token),
            user=user,
            stage=Stage.FULL,
            address=visit.address,
            user_agent=visit.user_agent,
            created_at=visit.now,
            last_used_at=visit.now,
            confirmed_at=visit.now,
            actor_session=standing.session_id,
            acting_mode=mode,
            previous_login_at=user.last_login_at,
            previous_login_address=user.last_login_address,
        )
        audit.record(Tag.ACTING_BEGAN, visit, user, details={"mode": mode, "role": _role(user, mode)})
    return Tokens(token)


def modes(user: User) -> list[Mode]:
    """Resellers and staff have no choice of role."""
    if user.role.kind != RoleKind.SELF_CARE:
        return [Mode.ASSIGNED, Mode.VIEW]
    return list(Mode)


def _refuse_twice(session_id: int) -> None:
    """Pressed twice, the second request still carries the token that the first has renewed."""
    on_it = (Session.actor_session == session_id) & Session.ended_at.is_null()
    if Session.select(Session.id).where(on_it).exists():
        raise CannotActFor(N_("You have just logged in as somebody. Return first."))


def _allowed(user: User, asked: str) -> Mode:
    """What was asked for, else as the person's role has it."""
    return Mode(asked) if asked in modes(user) else Mode.ASSIGNED


def _role(user: User, mode: Mode) -> str:
    if mode is not Mode.DEFAULT:
        return str(user.role.name)
    return str(Role.get(Role.kind == user.role.kind, Role.is_default == True).name)  # noqa: E712


_WHY_NOT = {
    None: N_("%(login)s has no password yet, so nobody logs in. Set one first."),
    Block.SUSPENDED: N_("%(login)s is suspended. Restore the login first."),
    Block.NOT_ACTIVE_YET: N_("%(login)s is not active yet."),
    Block.EXPIRED: N_("%(login)s has expired."),
}


def _refuse(user: User, visit: Visit) -> None:
    blocked = users.blocked(user, visit.now)
    if blocked or user.password_hash is None:
        raise CannotActFor(_WHY_NOT[blocked], login=user.login)


class Individual(NamedTuple):
    """One of a customer's, who can be entered unless something keeps him out."""

    id: int
    kind: str
    login: str
    name: str
    role: str
    has_password: bool
    block: Block | None


class Ways(NamedTuple):
    """What the menu beside Log in offers. `individuals` are the first of them."""

    modes: list[Mode]
    assigned_role: str
    default_role: str
    individuals: list[Individual]
    more: bool


MOST_INDIVIDUALS = 20


def ways(user: User, now: datetime) -> Ways:
    """Without the assigned role where it is the default or the only one: the button does that (manual C 50)."""
    found = modes(user)
    if Mode.DEFAULT not in found or user.role.is_default:
        found.remove(Mode.ASSIGNED)
    below = _individuals(user, now) if user.kind == Kind.CUSTOMER else []
    names = str(user.role.name), _role(user, Mode.DEFAULT)
    return Ways(found, *names, below[:MOST_INDIVIDUALS], len(below) > MOST_INDIVIDUALS)


def _individuals(user: User, now: datetime) -> list[Individual]:
    found = User.select(User, Role).join(Role).where(User.parent == user, User.kind == Kind.INDIVIDUAL)
    return [
        Individual(
            person.id,
            person.kind,
            person.login,
            person.name,
            person.role.name,
            person.password_hash is not None,
            users.blocked(person, now),
        )
        for person in found.order_by(User.login).limit(MOST_INDIVIDUALS + 1)
    ]


def switch(standing: Standing, mode: str, visit: Visit) -> Tokens:
    """Another role, or looking only, under a new token. Raises NotActing."""
    if standing.acting is None:
        raise NotActing
    user = users.by_id(standing.user_id)
    mode = _allowed(user, mode)
    with database.atomic():
        tokens = Tokens(sessions.reissue(standing.session_id, token=vault.new_acting_token(), acting_mode=mode))
        audit.record(Tag.ACTING_SWITCHED, visit, user, details={"mode": mode, "role": _role(user, mode)})
    return tokens


def end(standing: Standing, visit: Visit) -> Tokens:
    """Back to one's own session, under a new token; once, also from a visit that is over already.

    Raises NotActing, and SessionOver where the own session does not go on.
    """
    if standing.acting is None:
        raise NotActing
    with database.atomic():
        went_on = sessions.end([standing.session_id], End.RETURNED, visit.now)
        if not _used_up(standing.session_id):
            raise NotActing
        own = sessions.reissue(standing.acting.actor.session_id)
        if went_on:
            lasted = visit.now - (standing.acting.ends_at - VISITS_LAST)
            minutes = max(int(lasted.total_seconds() // 60), 0)
            details = {"minutes": minutes} if minutes else None
            audit.record(Tag.ACTING_ENDED, visit, users.by_id(standing.user_id), details=details)
    return Tokens(own)


def _used_up(session_id: int) -> bool:
    """A visit leads back once: whoever has a copy of its token gets nothing afterwards. False: it has led back."""
    used = "UPDATE session SET acting_mode = NULL WHERE id = ? AND acting_mode IS NOT NULL"
    return bool(run(used, session_id).rowcount)
