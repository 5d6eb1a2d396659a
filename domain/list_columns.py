"""The lists of addresses as the terminal writes them: access, trusted_ips, provider_access, provider_ips.

Modes and lists of one command belong together: they are set at once, in whatever order they were written.
"""

from __future__ import annotations

from domain import list_errors, networks, trusted_ips
from domain.columns import none_of
from domain.errors import N_, Conflict
from domain.trusted_ips import AddressList, Entry, Holder
from domain.visit import Visit
from models import Access, AccountClass, User

OWN = ("access", "trusted_ips")
PROVIDER = ("provider_access", "provider_ips")
OF_USER = (*OWN, *PROVIDER)

Changes = dict[str, tuple[str, str]]


def split(columns: dict[str, str], names: tuple[str, ...] = OF_USER) -> tuple[dict[str, str], dict[str, str]]:
    """The columns of lists, and the others."""
    ours = {column: value for column, value in columns.items() if column in names}
    return ours, {column: value for column, value in columns.items() if column not in names}


def set_of_user(user: User, columns: dict[str, str], visit: Visit) -> Changes:
    """Returns what changed: column → (before, after). Raises Conflict, which names the column."""
    own, provider = trusted_ips.own_of(user), trusted_ips.provider_of(user)
    return _set(own, OWN, columns, visit) | _set(provider, PROVIDER, columns, visit)


def set_of_class(group: AccountClass, columns: dict[str, str], visit: Visit) -> Changes:
    return _set(trusted_ips.class_of(group), PROVIDER, columns, visit)


def shown(stored: AddressList, names: tuple[str, str]) -> dict[str, str]:
    return dict(zip(names, (str(stored.access), "; ".join(stored.texts)), strict=True))


def _set(holder: Holder, names: tuple[str, str], columns: dict[str, str], visit: Visit) -> Changes:
    if not set(names) & set(columns):
        return {}
    before = trusted_ips.read(holder)
    after = _wanted(holder, before, names, columns)
    try:
        trusted_ips.save(holder, after, visit)
    except (list_errors.ListEmpty, list_errors.ListExpires) as error:
        raise Conflict(N_("%(column)s: %(reason)s"), column=names[1], reason=error) from None
    old, new = shown(before, names), shown(after, names)
    return {name: (old[name], new[name]) for name in names if old[name] != new[name]}


def _wanted(holder: Holder, before: AddressList, names: tuple[str, str], columns: dict[str, str]) -> AddressList:
    mode, entries = names
    access = columns.get(mode, before.access)
    modes = [choice for choice in Access if choice is not Access.INHERIT or holder.default is Access.INHERIT]
    if access not in modes:
        raise none_of(mode, access, modes)
    if entries not in columns:
        return AddressList(Access(access), before.entries)
    known = {entry.network: entry for entry in before.entries}
    try:
        wanted = networks.parse(columns[entries]).networks
    except (list_errors.ListWrong, list_errors.ListTooLong, list_errors.TooManyEntries) as error:
        raise Conflict(N_("%(column)s: %(reason)s"), column=entries, reason=error) from None
    return AddressList(Access(access), tuple(known.get(network) or Entry(network) for network in wanted))
