"""Who there is: finding, making and changing users. Their columns: user_columns.py."""

from __future__ import annotations

import difflib
import re
from datetime import datetime
from enum import StrEnum

from domain import audit, errors, list_columns, user_columns
from domain.audit import Tag
from domain.columns import one_of
from domain.errors import N_
from domain.login_name import fold
from domain.policy import TwoFactorPolicy, two_factor_policy
from domain.visit import Visit
from models import AccountClass, Kind, Role, User, database, run

ID = re.compile(r"[0-9]{1,18}")
OWNER_ROLE = "Owner"
MOST_INDIVIDUALS = 1_000  # of a customer
COLUMNS, CHANGEABLE = user_columns.COLUMNS, user_columns.CHANGEABLE
PARENTS, DEFAULT_CLASS = user_columns.PARENTS, user_columns.DEFAULT_CLASS
shown = user_columns.shown


class Block(StrEnum):
    """Why a user may not be here."""

    SUSPENDED = N_("suspended")
    NOT_ACTIVE_YET = N_("not active yet")
    EXPIRED = N_("expired")


def by_login(login: str) -> User | None:
    return _with_class("SELECT * FROM user WHERE login = ?", fold(login))


def by_id(user_id: int) -> User:
    """Raises User.DoesNotExist."""
    user = _with_class("SELECT * FROM user WHERE id = ?", user_id)
    if user is None:
        raise User.DoesNotExist
    return user


def _with_class(statement: str, value: object) -> User | None:
    """Plain SQL, for each step of a log-in: the ORM takes half a millisecond to write the join of the two."""
    user: User | None = next(iter(User.raw(statement, value)), None)
    if user is not None:
        [user.account_class] = AccountClass.raw("SELECT * FROM account_class WHERE id = ?", user.account_class_id)
    return user


def find(who: str) -> User:
    """By login, id or e-mail address, as people at a terminal know them. Raises Conflict with close matches."""
    user = by_login(who) or (User.get_or_none(User.id == int(who)) if ID.fullmatch(who) else None)
    if user:
        return user
    by_mail = list(User.select().where(User.email == who).limit(9)) if "@" in who else []
    if len(by_mail) == 1:
        return by_mail[0]
    if by_mail:
        several = ", ".join(user.login for user in by_mail)
        raise errors.Conflict(
            N_("Several users have the address %(address)s: %(logins)s. Name one by login."),
            address=who,
            logins=several,
        )
    logins = [login for (login,) in User.select(User.login).tuples()]
    close = difflib.get_close_matches(fold(who), logins, n=3)
    if close:
        raise errors.Conflict(
            N_("There is no user %(who)s. Close to it: %(logins)s."), who=who, logins=", ".join(close)
        )
    raise errors.Conflict(N_("There is no user %(who)s."), who=who)


def block(active: bool, activates_at: datetime | None, expires_at: datetime | None, now: datetime) -> Block | None:
    if not active:
        return Block.SUSPENDED
    if activates_at and now < activates_at:
        return Block.NOT_ACTIVE_YET
    if expires_at and now >= expires_at:
        return Block.EXPIRED
    return None


def blocked(user: User, now: datetime) -> Block | None:
    """A suspended or expired customer blocks its individuals; customers of a suspended reseller go on."""
    own = block(user.active, user.activates_at, user.expires_at, now)
    if own or user.kind != Kind.INDIVIDUAL:
        return own
    if user.parent is None:  # somebody has written so by hand
        return Block.SUSPENDED
    return block(user.parent.active, user.parent.activates_at, user.parent.expires_at, now)


def is_over(user: User, now: datetime) -> bool:
    """Suspended or expired, himself or by his customer; a first day that lies ahead counts for nothing."""
    of_both = (user, user.parent) if user.kind == Kind.INDIVIDUAL else (user,)
    return any(who is None or block(who.active, None, who.expires_at, now) for who in of_both)


def refuse_blocked(user: User, now: datetime) -> None:
    """Raises Suspended, NotActiveYet or Expired, with the date of whoever's it is."""
    why = blocked(user, now)
    culprit = user if block(user.active, user.activates_at, user.expires_at, now) else user.parent or user
    match why:
        case Block.SUSPENDED:
            raise errors.Suspended
        case Block.NOT_ACTIVE_YET:
            raise errors.NotActiveYet(activates_at=culprit.activates_at)
        case Block.EXPIRED:
            raise errors.Expired(expires_at=culprit.expires_at)


def policy_of(user: User) -> TwoFactorPolicy:
    group = user.account_class
    return two_factor_policy(user.two_factor, group.two_factor, group.grace_days)


def is_enrolled(user: User) -> bool:
    return run("SELECT 1 FROM authenticator WHERE user_id = ?", user.id).fetchone() is not None


def create(
    login: str,
    visit: Visit,
    *,
    kind: str = Kind.CUSTOMER,
    password_hash: str | None = None,
    must_change_password: bool = False,
    **columns: str,
) -> User:
    """A new user; `columns` as in `change`. Raises Conflict and stores nothing when one of them is wrong."""
    one_of("kind", kind, Kind)
    with database.atomic():
        user = User(kind=kind, created_at=visit.now, must_change_password=must_change_password)
        user_columns.put(user, {"login": login})
        user.parent = parent = user_columns.parent_of(Kind(kind), columns.pop("parent", ""))
        _refuse_too_many(parent)
        user_columns.refuse_unknown(columns)
        user.role = Role.get(Role.kind == Kind(kind).role_kind, Role.is_default == True)  # noqa: E712
        user.account_class = _first_class(Kind(kind), parent)
        if password_hash:
            user.password_hash = password_hash
            user.password_changed_at = visit.now  # type: ignore[assignment]
        lists, columns = list_columns.split(columns)
        user_columns.put(user, columns)
        user.id = _next_id()
        user.save(force_insert=True)
        audit.record(Tag.USER_CREATED, visit, user, details={"kind": kind, **columns})
        list_columns.set_of_user(user, lists, visit)
    return user


def _refuse_too_many(parent: User | None) -> None:
    if parent is None or parent.kind != Kind.CUSTOMER:
        return
    if User.select().where(User.parent == parent).count() >= MOST_INDIVIDUALS:
        raise errors.Conflict(
            N_("%(login)s has %(most)s individuals, and no more are accepted."),
            login=parent.login,
            most=MOST_INDIVIDUALS,
        )


def _first_class(kind: Kind, parent: User | None) -> AccountClass:
    return parent.account_class if parent and kind is Kind.INDIVIDUAL else user_columns.default_class(kind)


def _next_id() -> int:
    """Nobody gets the number of somebody who was deleted: pages that still show that one would act on him."""
    [highest] = run(
        "SELECT max(coalesce((SELECT max(id) FROM user), 0), coalesce((SELECT max(json_extract(details, '$.id'))"
        " FROM event WHERE tag = 'account:user:deleted'), 0))"
    ).fetchone()
    return int(highest) + 1


def change(user: User, columns: dict[str, str], visit: Visit) -> dict[str, tuple[str, str]]:
    """Sets columns from their written form. Returns what changed: column → (before, after). Raises Conflict."""
    with database.atomic():
        user = by_id(user.id)  # as it is now: what others have changed meanwhile stays
        user_columns.refuse_unknown(columns, CHANGEABLE)
        lists, columns = list_columns.split(columns)
        changed_lists = list_columns.set_of_user(user, lists, visit)
        before = {column: shown(user, column) for column in columns}
        user_columns.put(user, columns)
        changed = {c: (before[c], shown(user, c)) for c in columns if before[c] != shown(user, c)}
        if changed:
            user.save(only=user.dirty_fields)
            keep_an_owner(user, visit.now)
            _record_change(user, changed, visit)
    return changed | changed_lists


def _record_change(user: User, changed: dict[str, tuple[str, str]], visit: Visit) -> None:
    """Suspension and binding have events of their own, whoever switches them."""
    details = {c: f"{old} → {new}" for c, (old, new) in changed.items() if c not in ("active", "bind_session")}
    if details:
        audit.record(Tag.USER_CHANGED, visit, user, details=details)
    if "active" in changed:
        audit.record(Tag.USER_RESTORED if user.active else Tag.USER_SUSPENDED, visit, user)
    if "bind_session" in changed:
        audit.record(Tag.BINDING_ENABLED if user.bind_session else Tag.BINDING_DISABLED, visit, user)


def keep_an_owner(touched: User, now: datetime) -> None:
    """There is always an Owner who can log in, and whom no date shuts out later; runs in the transaction that might
    remove the last."""
    if touched.kind != Kind.STAFF:
        return
    owners = User.select().join(Role).where(Role.name == OWNER_ROLE, User.password_hash.is_null(False))
    if all(owner.expires_at or blocked(owner, now) for owner in owners):
        raise errors.Conflict(N_("This is the last active Owner who can log in. Make another one first."))
