"""recover ip|unbind|allow|all|sessions: for somebody whom his address keeps out."""

from __future__ import annotations

import click

from commands import lists
from commands.terminal import as_json, on_user, tell, tell_change, visit
from domain import bind_session, networks, rescue, rescue_lists
from domain.rescue_lists import Change
from domain.trusted_ips import AddressList
from models import Side, User

NAMES = {Side.OWN: "Access to control panel", Side.PROVIDER: "the provider's list"}


@click.command()
@click.option("--restore", "verb", flag_value="restore", help="Put back what a `recover ip` before switched off.")
@click.option("--clear", "verb", flag_value="clear", help="Delete the entries too.")
@click.option("--own", "only", flag_value="own", help="The person's own list alone.")
@click.option("--provider", "only", flag_value="provider", help="The provider's list alone.")
@as_json
@on_user
def ip(who: User, verb: str | None, only: str | None, as_json: bool) -> None:
    """From any IP: switch off the person's own list of addresses and the provider's. The entries are kept."""
    act = {"restore": rescue_lists.restore, "clear": rescue_lists.clear}.get(verb or "", rescue_lists.switch_off)
    changes = {side: act(who, side, visit()) for side in Side if only in (None, side)}
    _tell(who, f"ip {verb}" if verb else "ip", changes, as_json=as_json)


@click.command()
@as_json
@on_user
def unbind(who: User, as_json: bool) -> None:
    """Switch off Bind session to IP."""
    changed = bind_session.change(who, bound=False, visit=visit())
    tell_change(who, "unbind", "bound to IP" if changed else "not bound", "not bound", as_json=as_json)


@click.command()
@as_json
@on_user
@click.argument("address")
def allow(who: User, address: str, as_json: bool) -> None:
    """Add ADDRESS (also a network or range) to each list that refuses it."""
    changes = rescue_lists.allow(who, networks.parse_entry(address).network, visit())
    _tell(who, "allow", changes, as_json=as_json)


@click.command("all")
@as_json
@on_user
def everything(who: User, as_json: bool) -> None:
    """recover ip, unbind and unlock in one. Two-step authentication stays."""
    at = visit()
    changes = {side: rescue_lists.switch_off(who, side, at) for side in Side}
    attempts = rescue.failed_attempts(who, at.now)
    unbound, unlocked = bind_session.change(who, bound=False, visit=at), rescue.unlock(who, at)
    more = {"bind_session": "bound to IP → not bound"} if unbound else {}
    if unlocked:
        more["attempts"] = f"{attempts} failed attempts → 0 failed attempts, codes not locked"
    _tell(who, "all", changes, as_json=as_json, more=more)


@click.command("sessions")
@as_json
@on_user
def end_sessions(who: User, as_json: bool) -> None:
    """Log out all sessions."""
    ended = rescue.end_sessions(who, visit())
    before = "1 session" if ended == 1 else f"{ended} sessions"
    tell_change(who, "sessions", before, "0 sessions", as_json=as_json, again="already no sessions")


def _tell(
    who: User, verb: str, changes: dict[Side, Change], *, as_json: bool, more: dict[str, str] | None = None
) -> None:
    """Before → after for each list that changed; "already" where nothing had to be done."""
    done = [
        f"{NAMES[side]}: {lists.line(before)} → {lists.line(after)}"
        for side, (before, after) in changes.items()
        if before != after
    ] + list((more or {}).values())
    facts = {
        "login": who.login,
        "verb": verb,
        "changed": bool(done),
        **(more or {}),
        **{side: {"before": _facts(before), "after": _facts(after)} for side, (before, after) in changes.items()},
    }
    tell(facts, [f"{who.login}: {line}" for line in done] or [f"{who.login}: already so"], as_json=as_json)


def _facts(stored: AddressList) -> dict[str, object]:
    return {"access": stored.access, "ips": stored.written}


commands = (ip, unbind, allow, everything, end_sessions)
