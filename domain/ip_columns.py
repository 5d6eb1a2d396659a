"""The lists of addresses as terminal and CSV write them: access, trusted_ips, provider_access, provider_ips.

Modes and lists of one command belong together: they are set at once, in whatever order they were written.
"""

from __future__ import annotations

from datetime import datetime

from domain import drafts, list_errors, trusted_ips
from domain.errors import Conflict
from domain.trusted_ips import AddressList, Holder
from domain.visit import Visit
from models import Access, AccountClass, User

OWN = ("access", "trusted_ips")
PROVIDER = ("provider_access", "provider_ips")
OF_USER = (*OWN, *PROVIDER)

Changes = dict[str, tuple[str, str]]


def taken_from(columns: dict[str, str], names: tuple[str, ...] = OF_USER) -> dict[str, str]:
    """Takes the columns of lists out of the others."""
    return {column: columns.pop(column) for column in names if column in columns}


def set_of_user(user: User, columns: dict[str, str], visit: Visit) -> Changes:
    """Returns what changed: column → (before, after). Raises Conflict, which names the column."""
    own, provider = trusted_ips.own_of(user), trusted_ips.provider_of(user)
    return _set(own, OWN, columns, visit) | _set(provider, PROVIDER, columns, visit)


def set_of_class(group: AccountClass, columns: dict[str, str], visit: Visit) -> Changes:
    return _set(trusted_ips.class_of(group), PROVIDER, columns, visit)


def shown(stored: AddressList, names: tuple[str, str]) -> dict[str, str]:
    return dict(zip(names, (str(stored.access), "; ".join(stored.written)), strict=True))


def _set(holder: Holder, names: tuple[str, str], columns: dict[str, str], visit: Visit) -> Changes:
    if not set(names) & set(columns):
        return {}
    before = trusted_ips.read(holder)
    after = _wanted(holder, before, names, columns, visit.now)
    try:
        trusted_ips.save(holder, after, visit)
    except (list_errors.ListEmpty, list_errors.ListExpires) as error:
        raise Conflict(f"{names[1]}: {error}") from None
    old, new = shown(before, names), shown(after, names)
    return {name: (old[name], new[name]) for name in names if old[name] != new[name]}


def _wanted(
    holder: Holder, before: AddressList, names: tuple[str, str], columns: dict[str, str], now: datetime
) -> AddressList:
    mode, entries = names
    access = columns.get(mode, before.access)
    modes = [choice for choice in Access if choice is not Access.INHERIT or holder.default is Access.INHERIT]
    if access not in modes:
        raise Conflict(f"{mode}: {access} is none of {', '.join(modes)}")
    if entries not in columns:
        return AddressList(Access(access), before.entries)
    try:
        draft, _ = drafts.edited(before, columns[entries], {}, drafts.of(before, None, now))
    except (list_errors.ListWrong, list_errors.ListTooLong, list_errors.TooManyEntries) as error:
        raise Conflict(f"{entries}: {error}") from None
    return AddressList(Access(access), draft.wanted.entries)
