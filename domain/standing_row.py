"""The guard's one statement: its columns and joins, for the user of a session, and for the actor behind it."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from domain import networks, vault
from models import run


class Row(NamedTuple):
    """What the statement brings of a session, column by column; instants and booleans as SQLite keeps them."""

    session_id: int
    stage: str
    method: str
    created_at: str
    last_used_at: str
    confirmed_at: str
    known_browser_id: int | None
    previous_login_at: str | None
    previous_login_address: str | None
    enrolment_put_off: int
    ended_at: str | None
    end_reason: str
    user_id: int
    login: str
    name: str
    kind: str
    active: int
    activates_at: str | None
    expires_at: str | None
    must_change_password: int
    password_changed_at: str | None
    two_factor: str
    grace_began_at: str | None
    class_two_factor: str
    grace_days: int
    idle_minutes: int | None
    role: str
    permissions: str
    enrolled: int
    parent_active: int | None
    parent_activates_at: str | None
    parent_expires_at: str | None
    address: str
    paired_address: str | None
    tried_from: str | None
    tried_at: str | None
    bind_session: int
    own_list_id: int | None
    own_entry: int | None
    provider_list_id: int | None
    provider_entry: int | None
    relieved_until: str | None
    language: str | None
    time_zone: str | None
    output_format: str | None
    input_format: str | None
    class_language: str | None
    class_time_zone: str | None
    class_output_format: str | None
    class_input_format: str | None


# Written as SQL because building it anew costs more than running it. Aliases end in `x`, so that it can stand twice.


def columns(x: str = "") -> str:
    """Those of Row."""
    return f"""
       s{x}.id, s{x}.stage, s{x}.method, s{x}.created_at, s{x}.last_used_at, s{x}.confirmed_at,
       s{x}.known_browser_id, s{x}.previous_login_at, s{x}.previous_login_address, s{x}.enrolment_put_off,
       s{x}.ended_at, s{x}.end_reason,
       u{x}.id, u{x}.login, u{x}.name, u{x}.kind, u{x}.active, u{x}.activates_at, u{x}.expires_at,
       u{x}.must_change_password, u{x}.password_changed_at, u{x}.two_factor, u{x}.grace_began_at,
       c{x}.two_factor, c{x}.grace_days, c{x}.idle_minutes, r{x}.name, r{x}.permissions,
       EXISTS (SELECT 1 FROM authenticator a WHERE a.user_id = u{x}.id),
       p{x}.active, p{x}.activates_at, p{x}.expires_at,
       s{x}.address, s{x}.paired_address, s{x}.tried_from, s{x}.tried_at, u{x}.bind_session,
       ol{x}.id, {_entry(f"ol{x}.id")}, {_provider_list(x)}, {_entry(_provider_list(x))},
       (SELECT f.ends_at FROM relief f WHERE f.session_id = s{x}.id AND f.began_at <= :now AND f.ends_at > :now),
       u{x}.language, u{x}.time_zone, u{x}.output_format, u{x}.input_format,
       c{x}.language, c{x}.time_zone, c{x}.output_format, c{x}.input_format"""  # noqa: S608 (parts of our own)


def joins(x: str = "", role: str = "") -> str:
    """What belongs to the session `s`; `role` is the one in force, where it is not that of the user."""
    return f"""
  JOIN user u{x} ON u{x}.id = s{x}.user_id
  JOIN account_class c{x} ON c{x}.id = u{x}.account_class_id
  JOIN role r{x} ON r{x}.id = {role or f"u{x}.role_id"}
  LEFT JOIN user p{x} ON p{x}.id = u{x}.parent_id AND u{x}.kind = 'individual'
  LEFT JOIN trusted_ip_list ol{x} ON ol{x}.user_id = u{x}.id AND ol{x}.side = 'own' AND ol{x}.access = 'listed'
  LEFT JOIN trusted_ip_list pl{x} ON pl{x}.user_id = u{x}.id AND pl{x}.side = 'provider'
  LEFT JOIN trusted_ip_list cl{x} ON cl{x}.account_class_id = c{x}.id AND cl{x}.access = 'listed'"""


def _entry(trusted_ip_list: str) -> str:
    """The entry that lets the address in, if there is one. The nearest first: among others that do not overlap a hit
    needs no scan."""
    return (
        f"(SELECT e.id FROM trusted_ip e WHERE e.trusted_ip_list_id = {trusted_ip_list} AND e.family = :family"  # noqa: S608
        " AND e.lowest <= :address AND e.highest >= :address AND (e.expires_at IS NULL OR e.expires_at > :now)"
        " ORDER BY e.lowest DESC LIMIT 1)"
    )


def _provider_list(x: str) -> str:
    """A person's own choice comes before what his class has; a row that is not there counts as `inherit`."""
    return f"CASE coalesce(pl{x}.access, 'inherit') WHEN 'listed' THEN pl{x}.id WHEN 'inherit' THEN cl{x}.id END"


def find(statement: str, token: str, address: str, now: datetime) -> tuple[object, ...] | None:
    """The row of a statement for this token. An address that nobody can tell stands in no list."""
    here = networks.address(address)
    family, packed = (here.family, here.packed_lowest) if here else (0, "")
    found = run(statement, token_hash=vault.token_hash(token), family=family, address=packed, now=now).fetchone()
    return None if found is None else tuple(found)
