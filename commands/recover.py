"""recover …: the ways back for somebody who is locked out. Server up or down, effective at the next request."""

from __future__ import annotations

import click

import config
import speech
from commands import lists
from commands.facts import of_user, person_lines
from commands.terminal import as_json, on_installation, on_user, tell, tell_change, visit
from domain import codes, errors, login, login_links, networks, password_rules, passwords, recovery_codes, rescue, users
from domain.rescue import Change
from domain.trusted_ips import AddressList
from models import Access, Side, User

NAMES = {Side.OWN: "Access to control panel", Side.PROVIDER: "the provider's list"}


@click.group()
def recover() -> None:
    """Help somebody who is locked out. Every verb can be repeated and leaves an entry in the log."""


@recover.command()
@as_json
@on_user
def show(who: User, as_json: bool) -> None:
    """Everything that decides whether somebody gets in."""
    tell(of_user(who), person_lines(who), as_json=as_json)


@recover.command("list")
@click.option("--2fa", "two_factor_on", is_flag=True, help="Only with two-step authentication on.")
@click.option("--ip", is_flag=True, help="Only with a list of addresses in force.")
@click.option("--bind", "bound", is_flag=True, help="Only with Bind session to IP on.")
@click.option("--locked", is_flag=True, help="Only with one-time passwords locked.")
@as_json
@on_installation
def list_all(as_json: bool, **states: bool) -> None:
    """Users by state."""
    found = [of_user(who) for who in rescue.candidates(**states)]
    lines = [_line(facts) for facts in found]
    tell(found, lines or ["Nobody."], as_json=as_json)


def _line(facts: dict[str, object]) -> str:
    state = [f"2fa={'on' if facts['two_factor_enrolled'] else 'off'}"]
    state += ["ip=listed"] * ("listed" in (facts["access"], facts["provider_access_effective"]))
    state += ["bound"] * bool(facts["bind_session"]) + ["locked"] * bool(facts["locked"])
    return f"{facts['id']:>6}  {facts['login']}  {'  '.join(state)}"


@recover.command("2fa")
@click.option("--policy", type=click.Choice(["no"]), help="Also switch two-step authentication off for this user.")
@as_json
@on_user
def two_factor(who: User, policy: str | None, as_json: bool) -> None:
    """The phone is lost: erase key and recovery codes and end all sessions. The policy stays."""
    was_on, switched = rescue.reset_two_factor(who, visit(), switch_off=policy == "no")
    before = "two-step on" if was_on else "two-step not set up"
    after = "two-step not set up" + (", policy no" if switched else "")
    tell_change(who, "2fa", before, after, as_json=as_json, again="already without a key")


@recover.command()
@as_json
@on_user
def password(who: User, as_json: bool) -> None:
    """Print a new password once. It has to be changed at the next log-in; all sessions end."""
    generated = password_rules.generate()
    ended = passwords.reset(who, generated, visit(), must_change=True)
    lines = [
        f"{who.login}: old password → new password, {ended} sessions logged out",
        f"Password: {generated}   (shown once; it has to be changed at the next log-in)",
    ]
    tell({"login": who.login, "password": generated, "sessions_ended": ended}, lines, as_json=as_json)


@recover.command()
@as_json
@on_user
def unlock(who: User, as_json: bool) -> None:
    """Forget failed attempts and unlock one-time passwords."""
    locked, attempts = codes.is_locked(who), rescue.failed_attempts(who, visit().now)
    before = f"{'codes locked, ' if locked else ''}{attempts} failed attempts"
    after = "0 failed attempts"
    changed = rescue.unlock(who, visit())
    tell_change(who, "unlock", before if changed else after, after, as_json=as_json, again="already unlocked")


@recover.command()
@click.option("--minutes", default=login_links.DEFAULT_MINUTES, type=click.IntRange(1, 24 * 60), show_default=True)
@as_json
@on_user
def link(who: User, minutes: int, as_json: bool) -> None:
    """Print a link that opens the person's own account once, without password and code."""
    users.refuse_blocked(who, visit().now)
    token, expires_at = login_links.make(who, visit(), minutes)
    url = f"{config.load().base_url}/login/link/{token}"
    lines = [f"{who.login}: no link → one link, until {speech.instant(expires_at)}", url]
    tell({"login": who.login, "url": url, "expires_at": expires_at.isoformat()}, lines, as_json=as_json)


@recover.command()
@as_json
@on_user
def code(who: User, as_json: bool) -> None:
    """Print one recovery code, to be read out over the telephone. It works once, for 15 minutes."""
    if not login.code_due(who):
        raise errors.Conflict(f"{who.login} is not asked for a code: two-step authentication is off or not set up.")
    issued, expires_at = recovery_codes.issue(who, visit())
    lines = [f"{who.login}: one code, until {speech.instant(expires_at)}", issued]
    tell({"login": who.login, "code": issued, "expires_at": expires_at.isoformat()}, lines, as_json=as_json)


# --- Addresses --------------------------------------------------------------------------------------------------------


@recover.command()
@click.option("--restore", is_flag=True, help="Put back what a `recover ip` before switched off.")
@click.option("--clear", is_flag=True, help="Delete the entries too.")
@click.option("--own", is_flag=True, help="The person's own list alone.")
@click.option("--provider", is_flag=True, help="The provider's list alone.")
@as_json
@on_user
def ip(who: User, restore: bool, clear: bool, own: bool, provider: bool, as_json: bool) -> None:
    """From any IP: switch off the person's own list and the provider's. The entries are kept, unless --clear."""
    if (restore and clear) or (own and provider):
        raise click.UsageError("Choose one of --restore and --clear, and one of --own and --provider or neither.")
    act = rescue.restore if restore else rescue.clear if clear else rescue.switch_off
    sides = [Side.OWN] if own else [Side.PROVIDER] if provider else list(Side)
    changes = {side: act(who, side, visit()) for side in sides}
    _tell(who, "ip", changes, as_json=as_json)


@recover.command()
@as_json
@on_user
def unbind(who: User, as_json: bool) -> None:
    """Switch off Bind session to IP."""
    changed = users.change(who, {"bind_session": "no"}, visit())
    tell_change(who, "unbind", "bound to IP" if changed else "not bound", "not bound", as_json=as_json)


@recover.command()
@as_json
@on_user
@click.argument("address")
def allow(who: User, address: str, as_json: bool) -> None:
    """Add ADDRESS (also a network or range) to each list that refuses it."""
    changes = rescue.allow(who, networks.parse_entry(address).network, visit())
    _tell(who, "allow", changes, as_json=as_json)


@recover.command("all")
@as_json
@on_user
def everything(who: User, as_json: bool) -> None:
    """recover ip, unbind and unlock in one. Two-step authentication stays."""
    at = visit()
    changes = {side: rescue.switch_off(who, side, at) for side in Side}
    attempts = rescue.failed_attempts(who, at.now)
    unbound, unlocked = users.change(who, {"bind_session": "no"}, at), rescue.unlock(who, at)
    more = {"bind_session": "bound to IP → not bound"} if unbound else {}
    if unlocked:
        more["attempts"] = f"{attempts} failed attempts → 0 failed attempts, codes not locked"
    _tell(who, "all", changes, as_json=as_json, more=more)


@recover.command("sessions")
@as_json
@on_user
def end_sessions(who: User, as_json: bool) -> None:
    """Log out all sessions."""
    ended = rescue.end_sessions(who, visit())
    before = "1 session" if ended == 1 else f"{ended} sessions"
    tell_change(who, "sessions", before, "0 sessions", as_json=as_json, again="already no sessions")


def _tell(
    who: User,
    verb: str,
    changes: dict[Side, Change],
    *,
    as_json: bool,
    more: dict[str, str] | None = None,
) -> None:
    """Before → after for each list that changed; "already" where nothing had to be done."""
    done = [
        f"{NAMES[side]}: {lists.line(before)} → {lists.line(after)}"
        for side, (before, after) in changes.items()
        if before != after
    ] + list((more or {}).values())
    before, after = changes.get(Side.PROVIDER, (None, None))
    if before and after and (before.access, after.access) == (Access.INHERIT, Access.LISTED):
        done.append(f"the class's list no longer holds for him; user set {who.login} provider_access=inherit undoes it")
    facts = {
        "login": who.login,
        "verb": verb,
        "changed": bool(done),
        **(more or {}),
        **{side: {"before": _facts(before), "after": _facts(after)} for side, (before, after) in changes.items()},
    }
    tell(facts, [f"{who.login}: {line}" for line in done] or [f"{who.login}: already so"], as_json=as_json)


def _facts(stored: AddressList) -> dict[str, object]:
    return {"access": stored.access, "ips": stored.texts}
