"""recover …: the ways back for somebody who is locked out. Server up or down, effective at the next request."""

from __future__ import annotations

import click

import config
import speech
from commands import lists
from commands.facts import of_user, person_lines
from commands.terminal import (
    Group,
    already_so,
    as_json,
    change_line,
    in_english,
    line_of,
    on_installation,
    on_user,
    option,
    tell,
    tell_change,
    visit,
)
from domain import codes, errors, login, login_links, networks, password_rules, passwords, recovery_codes, rescue, users
from domain.errors import N_, NN_
from domain.rescue import Change
from domain.trusted_ips import AddressList
from models import Access, Side, User

NAMES = {Side.OWN: N_("Access to control panel"), Side.PROVIDER: N_("the provider's list")}
NEW_PASSWORD = NN_(
    "%(login)s: old password → new password, %(ended)s session logged out",
    "%(login)s: old password → new password, %(ended)s sessions logged out",
    by="ended",
)
ATTEMPTS = NN_("%(attempts)s failed attempt", "%(attempts)s failed attempts", by="attempts")
LOCKED_AND_ATTEMPTS = NN_(
    "codes locked, %(attempts)s failed attempt", "codes locked, %(attempts)s failed attempts", by="attempts"
)
UNLOCKED = NN_(
    "%(attempts)s failed attempt → 0 failed attempts, codes not locked",
    "%(attempts)s failed attempts → 0 failed attempts, codes not locked",
    by="attempts",
)
NO_LONGER_BY_CLASS = N_(
    "the list of the class no longer holds for %(login)s; user set %(login)s provider_access=inherit undoes it"
)
SESSIONS = NN_("%(ended)s session", "%(ended)s sessions", by="ended")


@click.group(
    cls=Group, help=N_("Help somebody who is locked out. Every verb can be repeated and leaves an entry in the log.")
)
def recover() -> None:
    pass


@recover.command(help=N_("Everything that decides whether somebody gets in."))
@as_json
@on_user
def show(who: User, as_json: bool) -> None:
    tell(of_user(who), person_lines(who), as_json=as_json)


@recover.command("list", help=N_("Users by state."))
@option("--2fa", "two_factor_on", is_flag=True, help=N_("Only with two-step authentication on."))
@option("--ip", is_flag=True, help=N_("Only with a list of addresses in force."))
@option("--bind", "bound", is_flag=True, help=N_("Only with Bind session to IP on."))
@option("--locked", is_flag=True, help=N_("Only with one-time passwords locked."))
@as_json
@on_installation
def list_all(as_json: bool, **states: bool) -> None:
    found = [of_user(who) for who in rescue.candidates(**states)]
    lines = [_line(facts) for facts in found]
    tell(found, lines or [speech.gettext(N_("Nobody."))], as_json=as_json)


def _line(facts: dict[str, object]) -> str:
    state = [f"2fa={'on' if facts['two_factor_enrolled'] else 'off'}"]
    state += ["ip=listed"] * ("listed" in (facts["access"], facts["provider_access_effective"]))
    state += ["bound"] * bool(facts["bind_session"]) + ["locked"] * bool(facts["locked"])
    return f"{facts['id']:>6}  {facts['login']}  {'  '.join(state)}"


@recover.command(
    "2fa", help=N_("The phone is lost: erase key and recovery codes and end all sessions. The policy stays.")
)
@option("--policy", type=click.Choice(["no"]), help=N_("Also switch two-step authentication off for this user."))
@as_json
@on_user
def two_factor(who: User, policy: str | None, as_json: bool) -> None:
    was_on, switched = rescue.reset_two_factor(who, visit(), switch_off=policy == "no")
    before = N_("two-step on") if was_on else N_("two-step not set up")
    after = N_("two-step not set up, policy no") if switched else N_("two-step not set up")
    tell_change(who, "2fa", before, after, as_json=as_json, again=N_("already without a key"))


@recover.command(help=N_("Print a new password once. It has to be changed at the next log-in; all sessions end."))
@as_json
@on_user
def password(who: User, as_json: bool) -> None:
    generated = password_rules.generate()
    ended = passwords.reset(who, generated, visit(), must_change=True)
    lines = [
        speech.gettext(NEW_PASSWORD, login=who.login, ended=ended),
        speech.gettext(
            N_("Password: %(password)s   (shown once; it has to be changed at the next log-in)"), password=generated
        ),
    ]
    tell({"login": who.login, "password": generated, "sessions_ended": ended}, lines, as_json=as_json)


@recover.command(help=N_("Forget failed attempts and unlock one-time passwords."))
@as_json
@on_user
def unlock(who: User, as_json: bool) -> None:
    locked, attempts = codes.is_locked(who), rescue.failed_attempts(who, visit().now)
    before, after = LOCKED_AND_ATTEMPTS if locked else ATTEMPTS, N_("0 failed attempts")
    changed = rescue.unlock(who, visit())
    again = N_("already unlocked")
    tell_change(who, "unlock", before if changed else after, after, as_json=as_json, again=again, attempts=attempts)


@recover.command(help=N_("Print a link that opens the person's own account once, without password and code."))
@option("--minutes", default=login_links.DEFAULT_MINUTES, type=click.IntRange(1, 24 * 60), show_default=True)
@as_json
@on_user
def link(who: User, minutes: int, as_json: bool) -> None:
    users.refuse_blocked(who, visit().now)
    token, expires_at = login_links.make(who, visit(), minutes)
    url = f"{config.load().base_url}/login/link/{token}"
    said = N_("%(login)s: no link → one link, until %(at)s")
    lines = [speech.gettext(said, login=who.login, at=speech.instant(expires_at)), url]
    tell({"login": who.login, "url": url, "expires_at": expires_at.isoformat()}, lines, as_json=as_json)


@recover.command(help=N_("Print one recovery code, to be read out over the telephone. It works once, for 15 minutes."))
@as_json
@on_user
def code(who: User, as_json: bool) -> None:
    if not login.code_due(who):
        raise errors.Conflict(
            N_("%(login)s is not asked for a code: two-step authentication is off or not set up."), login=who.login
        )
    issued, expires_at = recovery_codes.issue(who, visit())
    said = N_("%(login)s: one code, until %(at)s")
    lines = [speech.gettext(said, login=who.login, at=speech.instant(expires_at)), issued]
    tell({"login": who.login, "code": issued, "expires_at": expires_at.isoformat()}, lines, as_json=as_json)


# --- Addresses --------------------------------------------------------------------------------------------------------


@recover.command(
    help=N_("From any IP: switch off the person's own list and the provider's. The entries are kept, unless --clear.")
)
@option("--restore", is_flag=True, help=N_("Put back what a `recover ip` before switched off."))
@option("--clear", is_flag=True, help=N_("Delete the entries too."))
@option("--own", is_flag=True, help=N_("The person's own list alone."))
@option("--provider", is_flag=True, help=N_("The provider's list alone."))
@as_json
@on_user
def ip(who: User, restore: bool, clear: bool, own: bool, provider: bool, as_json: bool) -> None:
    if (restore and clear) or (own and provider):
        raise click.UsageError(
            speech.gettext(N_("Choose one of --restore and --clear, and one of --own and --provider or neither."))
        )
    act = rescue.restore if restore else rescue.clear if clear else rescue.switch_off
    sides = [Side.OWN] if own else [Side.PROVIDER] if provider else list(Side)
    changes = {side: act(who, side, visit()) for side in sides}
    _tell(who, "ip", changes, as_json=as_json)


@recover.command(help=N_("Switch off Bind session to IP."))
@as_json
@on_user
def unbind(who: User, as_json: bool) -> None:
    changed = users.change(who, {"bind_session": "no"}, visit())
    before, after = N_("bound to IP") if changed else N_("not bound"), N_("not bound")
    tell_change(who, "unbind", before, after, as_json=as_json, again=N_("already not bound"))


@recover.command(help=N_("Add ADDRESS (also a network or range) to each list that refuses it."))
@as_json
@on_user
@click.argument("address")
def allow(who: User, address: str, as_json: bool) -> None:
    changes = rescue.allow(who, networks.parse_entry(address).network, visit())
    _tell(who, "allow", changes, as_json=as_json)


@recover.command("all", help=N_("recover ip, unbind and unlock in one. Two-step authentication stays."))
@as_json
@on_user
def everything(who: User, as_json: bool) -> None:
    at = visit()
    changes = {side: rescue.switch_off(who, side, at) for side in Side}
    attempts = rescue.failed_attempts(who, at.now)
    unbound, unlocked = users.change(who, {"bind_session": "no"}, at), rescue.unlock(who, at)
    more = {"bind_session": N_("bound to IP → not bound")} if unbound else {}
    if unlocked:
        more["attempts"] = UNLOCKED
    _tell(who, "all", changes, as_json=as_json, more=more, attempts=attempts)


@recover.command("sessions", help=N_("Log out all sessions."))
@as_json
@on_user
def end_sessions(who: User, as_json: bool) -> None:
    ended = rescue.end_sessions(who, visit())
    again = N_("already no sessions")
    tell_change(who, "sessions", SESSIONS, N_("0 sessions"), as_json=as_json, again=again, ended=ended)


def _tell(
    who: User,
    verb: str,
    changes: dict[Side, Change],
    *,
    as_json: bool,
    more: dict[str, str] | None = None,
    **values: object,
) -> None:
    """Before → after for each list that changed, and `more` by marked sentences with `values`; else "already"."""
    more = more or {}
    done = [
        change_line(speech.gettext(NAMES[side]), lists.line(before), lists.line(after))
        for side, (before, after) in changes.items()
        if before != after
    ] + [speech.gettext(sentence, **values) for sentence in more.values()]
    before, after = changes.get(Side.PROVIDER, (None, None))
    if before and after and (before.access, after.access) == (Access.INHERIT, Access.LISTED):
        done.append(speech.gettext(NO_LONGER_BY_CLASS, login=who.login))
    facts = {
        "login": who.login,
        "verb": verb,
        "changed": bool(done),
        **{name: in_english(sentence, **values) for name, sentence in more.items()},
        **{side: {"before": _facts(before), "after": _facts(after)} for side, (before, after) in changes.items()},
    }
    tell(facts, [line_of(who.login, line) for line in done] or [already_so(who.login)], as_json=as_json)


def _facts(stored: AddressList) -> dict[str, object]:
    return {"access": stored.access, "ips": stored.texts}
