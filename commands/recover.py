"""recover …: the ways back for somebody who is locked out. Server up or down, effective at the next request."""

from __future__ import annotations

import click

import config
import speech
from commands import recover_lists
from commands.facts import of_user, person_lines
from commands.terminal import as_json, on_installation, on_user, tell, tell_change, visit
from domain import codes, errors, login, login_links, password_rules, passwords, recovery_codes, rescue, users
from models import User


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


for command in recover_lists.commands:
    recover.add_command(command)
