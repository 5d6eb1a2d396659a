"""user create|set|list|show|passwd."""

from __future__ import annotations

import sys
from collections.abc import Callable

import click

from commands.facts import of_user, person_lines
from commands.terminal import as_json, columns, on_installation, on_user, tell, visit
from domain import hashing, password_rules, passwords, users
from domain.login_name import fold
from models import User

COLUMNS = ("kind", "parent", *users.COLUMNS)


@click.group()
def user() -> None:
    """Make, change and show users."""


def _column_options(command: Callable[..., None]) -> Callable[..., None]:
    for column in reversed(COLUMNS):
        spellings = dict.fromkeys((f"--{column}", f"--{column.replace('_', '-')}"))
        command = click.option(*spellings, f"of_{column}", metavar="VALUE")(command)
    return command


@user.command()
@click.argument("new_login", metavar="LOGIN")
@_column_options
@click.option("--password", metavar="VALUE", help="Others on this machine can see it: better use --password-stdin.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@as_json
@on_installation
def create(new_login: str, password: str | None, password_stdin: bool, as_json: bool, **given: str | None) -> None:
    """Make a user; kind defaults to customer. Without a password one is generated, printed once, to be changed."""
    values = {name.removeprefix("of_"): value for name, value in given.items() if value is not None}
    chosen = sys.stdin.readline().rstrip("\n") if password_stdin else password
    if chosen is not None:
        password_rules.check(chosen, fold(new_login), values.get("email", ""), two_factor_required=False)
    new = password_rules.generate() if chosen is None else chosen
    new_hash = hashing.hash_password(new)
    made = users.create(new_login, visit(), password_hash=new_hash, must_change_password=chosen is None, **values)
    lines = [f"Made {made.kind} {made.login}."]
    if chosen is None:
        lines.append(f"Password: {new}   (shown once; it has to be changed at the first log-in)")
    tell({"login": made.login, "password": new if chosen is None else None}, lines, as_json=as_json)


@user.command("set", help=f"Change columns of a user: {', '.join(users.COLUMNS)}.")
@as_json
@on_user
@click.argument("words", metavar="COLUMN=VALUE …", nargs=-1, required=True)
def change(who: User, words: tuple[str, ...], as_json: bool) -> None:
    """Change columns of a user."""
    changed = users.change(who, columns(words), visit())
    lines = [f"{who.login} {column}: {old or '(none)'} → {new or '(none)'}" for column, (old, new) in changed.items()]
    tell({"login": who.login, "changed": changed}, lines or [f"{who.login}: already so"], as_json=as_json)


@user.command("list")
@as_json
@on_installation
def list_all(as_json: bool) -> None:
    """All users, by login."""
    everybody = list(User.select().order_by(User.login))
    lines = [f"{u.login}  {u.kind}  {u.role.name}  {users.blocked(u, visit().now) or 'active'}" for u in everybody]
    tell([of_user(u) for u in everybody] if as_json else [], lines, as_json=as_json)


@user.command()
@as_json
@on_user
def show(who: User, as_json: bool) -> None:
    """One user, and what decides whether he gets in."""
    tell(of_user(who), person_lines(who), as_json=as_json)


@user.command()
@as_json
@on_user
def passwd(who: User, as_json: bool) -> None:
    """Set a password: asked for twice at the prompt, or read from standard input. It need not be changed."""
    if sys.stdin.isatty():
        new = click.prompt("New password", hide_input=True, confirmation_prompt=True)
    else:
        new = sys.stdin.readline().rstrip("\n")
    password_rules.check(new, who.login, who.email, two_factor_required=users.policy_of(who).required)
    ended = passwords.reset(who, new, visit(), must_change=False)
    line = f"{who.login}: password set, {ended} sessions logged out"
    tell({"login": who.login, "sessions_ended": ended}, [line], as_json=as_json)
