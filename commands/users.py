"""user create|set|list|show|passwd."""

from __future__ import annotations

import sys
from collections.abc import Callable

import click

import speech
from commands.facts import of_user, person_lines, status
from commands.terminal import (
    Group,
    as_json,
    columns,
    first_password,
    on_installation,
    on_user,
    option,
    tell,
    tell_columns,
    visit,
)
from domain import hashing, password_rules, passwords, users
from domain.errors import N_, NN_
from domain.login_name import fold
from models import User

COLUMNS = ("kind", "parent", *users.COLUMNS)
PASSWORD_SET = NN_(
    "%(login)s: password set, %(ended)s session logged out",
    "%(login)s: password set, %(ended)s sessions logged out",
    by="ended",
)


@click.group(cls=Group, help=N_("Make, change and show users."))
def user() -> None:
    pass


def _column_options(command: Callable[..., None]) -> Callable[..., None]:
    for column in reversed(COLUMNS):
        spellings = dict.fromkeys((f"--{column}", f"--{column.replace('_', '-')}"))
        command = option(*spellings, f"of_{column}", metavar="VALUE")(command)
    return command


@user.command(
    help=N_("Make a user; kind defaults to customer. Without a password one is generated, printed once, to be changed.")
)
@click.argument("new_login", metavar="LOGIN")
@_column_options
@option("--password", metavar="VALUE", help=N_("Other users of this machine can see it: prefer --password-stdin."))
@option("--password-stdin", is_flag=True, help=N_("Read the password from standard input."))
@as_json
@on_installation
def create(new_login: str, password: str | None, password_stdin: bool, as_json: bool, **given: str | None) -> None:
    values = {name.removeprefix("of_"): value for name, value in given.items() if value is not None}
    chosen = sys.stdin.readline().rstrip("\n") if password_stdin else password
    if chosen is not None:
        password_rules.check(chosen, fold(new_login), values.get("email", ""), two_factor_required=False)
    new = password_rules.generate() if chosen is None else chosen
    new_hash = hashing.hash_password(new)
    made = users.create(new_login, visit(), password_hash=new_hash, must_change_password=chosen is None, **values)
    lines = [speech.gettext(N_("Made %(kind)s %(login)s."), kind=made.kind, login=made.login)]
    if chosen is None:
        lines.append(first_password(new))
    tell({"login": made.login, "password": new if chosen is None else None}, lines, as_json=as_json)


@user.command("set", help=N_("Change columns of a user: %(columns)s."), values={"columns": ", ".join(users.CHANGEABLE)})
@as_json
@on_user
@click.argument("words", metavar="COLUMN=VALUE …", nargs=-1, required=True)
def change(who: User, words: tuple[str, ...], as_json: bool) -> None:
    changed = users.change(who, columns(words), visit())
    tell_columns(who.login, changed, as_json=as_json, facts={"login": who.login, "changed": changed})


@user.command("list", help=N_("All users, by login."))
@as_json
@on_installation
def list_all(as_json: bool) -> None:
    everybody = list(User.select().order_by(User.login))
    lines = [f"{u.login}  {u.kind}  {u.role.name}  {status(users.blocked(u, visit().now))}" for u in everybody]
    tell([of_user(u) for u in everybody] if as_json else [], lines, as_json=as_json)


@user.command(help=N_("One user, and what decides about getting in."))
@as_json
@on_user
def show(who: User, as_json: bool) -> None:
    tell(of_user(who), person_lines(who), as_json=as_json)


@user.command(
    help=N_("Set a password: asked for twice at the prompt, or read from standard input. It need not be changed.")
)
@as_json
@on_user
def passwd(who: User, as_json: bool) -> None:
    if sys.stdin.isatty():
        new = click.prompt(speech.gettext(N_("New password")), hide_input=True, confirmation_prompt=True)
    else:
        new = sys.stdin.readline().rstrip("\n")
    password_rules.check(new, who.login, who.email, two_factor_required=users.policy_of(who).required)
    ended = passwords.reset(who, new, visit(), must_change=False)
    line = speech.gettext(PASSWORD_SET, login=who.login, ended=ended)
    tell({"login": who.login, "sessions_ended": ended}, [line], as_json=as_json)
