"""A user in print: for `user show|list` and `recover show|list`."""

from __future__ import annotations

import speech
from commands import lists
from commands.terminal import yes_no
from domain import rescue
from domain.rescue import Situation
from domain.visit import utcnow
from models import Access, Denial, User


def of_user(user: User) -> dict[str, object]:
    found = rescue.situation(user, utcnow())
    return {
        "id": user.id,
        "login": user.login,
        "name": user.name,
        "email": user.email,
        "kind": user.kind,
        "role": user.role.name,
        "class": user.account_class.name,
        "parent": user.parent.login if user.parent else None,
        "active": user.active,
        "blocked": found.blocked,
        "two_factor": user.two_factor,
        "two_factor_effective": _policy(found),
        "two_factor_enrolled": found.enrolled,
        "recovery_codes_left": found.recovery_codes_left,
        "locked": found.code_locked,
        "access": found.own.access,
        "trusted_ips": found.own.texts,
        "provider_access": found.provider.access,
        "provider_ips": found.provider.texts,
        "provider_access_effective": found.provider_effective.access,
        "bind_session": user.bind_session,
        "last_denied": _denial_facts(found.last_denial),
        "failed_attempts": found.failed_attempts,
        "sessions": len(found.live_sessions),
        "last_login_at": user.last_login_at.isoformat() if user.last_login_at else None,
        "addresses": found.addresses,
        "must_change_password": user.must_change_password,
        "server_time": utcnow().isoformat(timespec="seconds"),
    }


def person_lines(user: User) -> list[str]:
    found = rescue.situation(user, utcnow())
    origin = f"as the class {user.account_class.name} has it" if found.policy_by_class else "set for this user"
    last_login = "never"
    if user.last_login_at:
        last_login = f"{speech.instant(user.last_login_at)} from {user.last_login_address}"
    facts = {
        "Login": f"{user.login} (id {user.id})",
        "Name": user.name,
        "E-mail": user.email,
        "Kind": f"{user.kind}, role {user.role.name}, class {user.account_class.name}",
        "Parent": user.parent.login if user.parent else "",
        "Status": found.blocked or "active",
        "Two-step": f"{_policy(found)} ({origin}); {_enrolment(found)}",
        "Code locked": yes_no(found.code_locked),
        "Failed attempts": str(found.failed_attempts),
        "Access": lists.line(found.own),
        "By provider": _provider(found),
        "Bind session": yes_no(user.bind_session),
        "Last denied": _denial(found.last_denial),
        "Password": _password(user),
        "Last log-in": last_login,
        "Came from": ", ".join(found.addresses),
        "Sessions": _sessions(found) or "none",
        "Server time": speech.instant(utcnow()),
    }
    return [f"{name + ':':<17}{value}" for name, value in facts.items() if value]


def _policy(found: Situation) -> str:
    if found.two_factor_off:
        return "off"
    return "required" if found.two_factor_required else "optional"


def _provider(found: Situation) -> str:
    if found.provider.access is not Access.INHERIT:
        return lists.line(found.provider)
    kept = f"; {lists.entries(found.provider)} kept" if found.provider.entries else ""
    return f"as the class has it: {lists.line(found.provider_effective)}{kept}"


def _denial(denial: Denial | None) -> str:
    if denial is None:
        return ""
    times = f", {denial.count} times" if denial.count > 1 else ""
    return f"{speech.instant(denial.last_at)} from {denial.address or 'an unknown address'} ({denial.rule}){times}"


def _denial_facts(denial: Denial | None) -> dict[str, object] | None:
    if denial is None:
        return None
    return {
        "at": denial.last_at.isoformat(),
        "address": denial.address,
        "rule": denial.rule,
        "count": denial.count,
    }


def _enrolment(found: Situation) -> str:
    if not found.enrolled:
        return "not enrolled" + (" yet" if found.two_factor_required else "")
    used = f", last code {speech.instant(found.last_code_at)}" if found.last_code_at else ""
    return f"enrolled, {found.recovery_codes_left} recovery codes left{used}"


def _password(user: User) -> str:
    if not user.password_hash:
        return "none"
    changed = f"set {speech.day(user.password_changed_at)}" if user.password_changed_at else "set"
    return changed + (", must be changed at the next log-in" if user.must_change_password else "")


def _sessions(found: Situation) -> str:
    return "; ".join(
        f"{speech.agent(session.user_agent)} from {session.address}, last used {speech.instant(session.last_used_at)}"
        for session in found.live_sessions
    )
