"""Classes: defaults that many people share."""

from __future__ import annotations

from domain import audit, errors, list_columns, preferences
from domain.audit import Tag
from domain.columns import no_such_column, one_of, preference
from domain.errors import N_
from domain.visit import Visit
from models import AccountClass, ClassPolicy, database

COLUMNS = ("two_factor", "grace_days", "idle_minutes", *list_columns.PROVIDER, *preferences.COLUMNS)


def by_name(name: str) -> AccountClass:
    """Raises Conflict with the names there are."""
    found: AccountClass | None = AccountClass.get_or_none(AccountClass.name == name)
    if found is None:
        names = ", ".join(known for (known,) in AccountClass.select(AccountClass.name).tuples())
        raise errors.Conflict(N_("There is no class %(name)s. There are: %(names)s."), name=name, names=names)
    return found


def change(group: AccountClass, columns: dict[str, str], visit: Visit) -> dict[str, tuple[str, str]]:
    """Sets columns from their written form. Returns what changed: column → (before, after). Raises Conflict."""
    with database.atomic():
        group = AccountClass.get_by_id(group.id)  # as it is now
        of_list, columns = list_columns.split(columns, list_columns.PROVIDER)
        lists = list_columns.set_of_class(group, of_list, visit)
        before = {column: shown(group, column) for column in columns}
        for column, value in columns.items():
            _set(group, column, value)
        changed = {c: (before[c], shown(group, c)) for c in columns if before[c] != shown(group, c)}
        if changed:
            group.save(only=group.dirty_fields)
            details = {c: f"{old} → {new}" for c, (old, new) in changed.items()}
            audit.record(Tag.CLASS_CHANGED, visit, group.name, details=details)
    return changed | lists


def shown(group: AccountClass, column: str) -> str:
    value = getattr(group, column, None)
    return "" if value is None else str(value)


def _set(group: AccountClass, column: str, value: str) -> None:
    match column:
        case "two_factor":
            group.two_factor = one_of(column, value, ClassPolicy)
        case "grace_days":
            group.grace_days = _number(column, value)
        case "idle_minutes":
            group.idle_minutes = _number(column, value) or None
        case _ if column in preferences.COLUMNS:
            setattr(group, column, preference(column, value))
        case _:
            raise no_such_column(column, COLUMNS)


def _number(column: str, value: str) -> int:
    if not (value.isascii() and value.isdigit() and int(value) <= 10_000):
        raise errors.Conflict(N_("%(column)s: %(value)s is not a number from 0 to 10000"), column=column, value=value)
    return int(value)
