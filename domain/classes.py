"""Classes: defaults that many people share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from domain import audit, errors, list_columns, list_errors, preferences, user_columns
from domain.audit import Tag
from domain.columns import no_such_column, one_of, preference, short_enough
from domain.errors import N_, NN_
from domain.granting import grantable
from domain.permissions import Permission
from domain.standing import Standing, idle_time
from domain.visit import Visit
from models import AccountClass, ClassPolicy, Kind, User, database, run

POLICY = ("two_factor", "grace_days", "idle_minutes")
COLUMNS = (*POLICY, *list_columns.PROVIDER, *preferences.COLUMNS)
NAMED = 5
LARGEST = 10_000  # minutes of a week, and days that nobody counts to


class NameMissing(errors.Refusal):
    field = "name"
    message = N_("Give the class a name.")


class NameTaken(errors.Refusal):
    field = "name"
    message = N_("There is a class %(name)s already.")


class BuiltIn(errors.Refusal):
    status = 409
    message = N_("%(name)s is built in")
    hint = N_("New logins begin with it: it keeps its name and stays.")


class InUse(errors.Refusal):
    status = 409
    message = N_("%(name)s is in use")
    hint: str = NN_(
        "%(logins)s has this class. Give this login another one first.",
        "%(n)s logins have this class, such as %(logins)s. Give them another one first.",
        by="n",
    )
    hint_naming_all = N_("%(logins)s have this class. Give them another one first.")

    def __init__(self, name: str, logins: list[str], count: int) -> None:
        super().__init__(name=name, logins=", ".join(logins), n=count)
        self.hint = self.hint_naming_all if 1 < count == len(logins) else self.hint


class NumberWrong(errors.Refusal):
    message = N_("%(value)s is not a number from 0 to %(most)s.")
    message_of_nothing = N_("Write a number from 0 to %(most)s.")

    def __init__(self, value: str) -> None:
        super().__init__("" if value else self.message_of_nothing, value=list_errors.shown(value), most=LARGEST)


# --- Finding ----------------------------------------------------------------------------------------------------------


class Row(NamedTuple):
    """A class in the list. `users` counts who has it, individuals with their customers. It is `of_staff` when new staff
    begin with it, or staff are in it."""

    id: int
    name: str
    is_built_in: bool
    two_factor: str
    grace_days: int
    idle_minutes: int | None
    entries: int  # of its list, where it is armed
    users: int
    of_staff: bool

    @property
    def idle_seconds(self) -> int:
        """What holds: a class only shortens the time of the installation."""
        return int(idle_time(self.idle_minutes).total_seconds())


def by_name(name: str) -> AccountClass:
    """Raises Conflict with the names there are."""
    found: AccountClass | None = AccountClass.get_or_none(AccountClass.name == name)
    if found is None:
        names = ", ".join(known for (known,) in AccountClass.select(AccountClass.name).tuples())
        raise errors.Conflict(N_("There is no class %(name)s. There are: %(names)s."), name=name, names=names)
    return found


def touches(standing: Standing, group: AccountClass) -> bool:
    """A class of staff is touched by Owners only, and nobody else sees it."""
    if _is_owner(standing):
        return True
    [of_staff] = run(f"SELECT {_OF_STAFF} FROM account_class c WHERE c.id = :id", id=group.id, **_STAFF).fetchone()  # noqa: S608 (our own)
    return not of_staff


def _is_owner(standing: Standing) -> bool:
    return Permission.STAFF in grantable(standing)


_OF_STAFF = "(c.name = :name OR c.id IN (SELECT s.account_class_id FROM user s WHERE s.kind = :kind))"
_STAFF = {"name": user_columns.DEFAULT_CLASS[Kind.STAFF], "kind": Kind.STAFF}


def find(standing: Standing, class_id: int) -> AccountClass:
    """Raises NotFound."""
    group: AccountClass | None = AccountClass.get_or_none(AccountClass.id == class_id)
    if group is None or not touches(standing, group):
        raise errors.NotFound
    return group


def every(standing: Standing) -> list[Row]:
    """All that he touches: the built-in ones first, then by name."""
    rows = run(
        "SELECT c.id, c.name, c.is_built_in, c.two_factor, c.grace_days, c.idle_minutes,"  # noqa: S608 (our own)
        " (SELECT count(*) FROM trusted_ip_list l JOIN trusted_ip e ON e.trusted_ip_list_id = l.id"
        "   WHERE l.account_class_id = c.id AND l.access = 'listed'),"
        f" (SELECT count(*) FROM user u WHERE u.account_class_id = c.id), {_OF_STAFF}"
        " FROM account_class c ORDER BY c.is_built_in DESC, c.name",
        **_STAFF,
    )
    found = [Row(*row)._replace(is_built_in=bool(row[2]), of_staff=bool(row[-1])) for row in rows]
    return [row for row in found if _is_owner(standing) or not row.of_staff]


# --- Changing ---------------------------------------------------------------------------------------------------------


def create(name: str, visit: Visit) -> AccountClass:
    """Optional two-step, from any IP, nothing else chosen. Raises NameMissing, NameTaken, Conflict."""
    with database.atomic():
        group = AccountClass()
        put(group, "name", name, ("name",))
        group.save(force_insert=True)
        audit.record(Tag.CLASS_CREATED, visit, group.name)
    return group


def change(
    group: AccountClass, columns: dict[str, str], visit: Visit, known: Iterable[str] = COLUMNS
) -> dict[str, tuple[str, str]]:
    """Sets columns from their written form, of those that are `known`. Returns what changed: column → (before, after).

    Raises Conflict.
    """
    with database.atomic():
        group = AccountClass.get_by_id(group.id)  # as it is now
        of_list, columns = list_columns.split(columns, list_columns.PROVIDER)
        lists = list_columns.set_of_class(group, of_list, visit)
        before = {column: shown(group, column) for column in columns}
        for column, value in columns.items():
            put(group, column, value, known)
        changed = {c: (before[c], shown(group, c)) for c in columns if before[c] != shown(group, c)}
        if changed:
            group.save(only=group.dirty_fields)
            details = {c: f"{old} → {new}" for c, (old, new) in changed.items()}
            audit.record(Tag.CLASS_CHANGED, visit, group.name, details=details)
    return changed | lists


def shown(group: AccountClass, column: str) -> str:
    value = getattr(group, column, None)
    return "" if value is None else str(value)


def put(group: AccountClass, column: str, value: str, known: Iterable[str] = COLUMNS) -> None:
    """From its written form, not stored yet. Raises Conflict with its field, BuiltIn, NameTaken, NameMissing."""
    if column not in known:
        raise no_such_column(column, known)
    try:
        _set(group, column, value)
    except errors.Conflict as conflict:
        conflict.field = column
        raise


def _set(group: AccountClass, column: str, value: str) -> None:
    match column:
        case "name":
            _name(group, value)
        case "two_factor":
            group.two_factor = one_of(column, value, ClassPolicy)
        case "grace_days":
            group.grace_days = _number(column, value)
        case "idle_minutes":
            group.idle_minutes = _number(column, value.strip() or "0") or None
        case _:
            setattr(group, column, preference(column, value))


def _name(group: AccountClass, written: str) -> None:
    name = short_enough("name", written.strip(), AccountClass.name.max_length)
    if not name:
        raise NameMissing
    if group.is_built_in and name != group.name:
        raise BuiltIn(name=group.name)
    taken = AccountClass.get_or_none(AccountClass.name == name)
    if taken is not None and taken.id != group.id:
        raise NameTaken(name=name)
    group.name = name


def _number(column: str, value: str) -> int:
    value = value.strip()
    if not is_number(value):
        raise errors.Conflict(N_("%(column)s: %(reason)s"), column=column, reason=NumberWrong(value))
    return int(value)


def is_number(written: str) -> bool:
    return written.isascii() and written.isdigit() and len(written) <= len(str(LARGEST)) and int(written) <= LARGEST


def in_use(group: AccountClass) -> InUse | None:
    """Why a class cannot be deleted yet."""
    has_it = User.select(User.login).where(User.account_class == group)
    logins = [login for (login,) in has_it.limit(NAMED).tuples()]
    return InUse(group.name, sorted(logins), has_it.count()) if logins else None


def why_not_deletable(group: AccountClass) -> BuiltIn | InUse | None:
    return BuiltIn(name=group.name) if group.is_built_in else in_use(group)


def delete(standing: Standing, group: AccountClass, visit: Visit) -> None:
    """Raises BuiltIn, InUse."""
    with database.atomic():
        group = find(standing, group.id)
        if refusal := why_not_deletable(group):
            raise refusal
        group.delete_instance()
        audit.record(Tag.CLASS_DELETED, visit, group.name)
