"""A user in print: for `user show|list` and `recover show|list`."""

from __future__ import annotations

import speech
from commands import lists
from commands.terminal import yes_no
from domain import preferences, rescue
from domain.errors import N_, NN_
from domain.rescue import Situation
from domain.visit import utcnow
from models import Access, Denial, User

CODES_LEFT = NN_("%(left)s recovery code left", "%(left)s recovery codes left", by="left")
TIMES = NN_("%(count)s time", "%(count)s times", by="count")


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
        "activates_at": user.activates_at and user.activates_at.isoformat(),
        "expires_at": user.expires_at and user.expires_at.isoformat(),
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
        **preferences.of(user)._asdict(),
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
    facts = {
        N_("Login:"): speech.gettext(N_("%(login)s (id %(id)s)"), login=user.login, id=user.id),
        N_("Name:"): user.name,
        N_("E-mail:"): user.email,
        N_("Kind:"): _kind(user),
        N_("Parent:"): user.parent.login if user.parent else "",
        N_("Status:"): status(found.blocked),
        N_("Active from:"): user.activates_at and speech.instant(user.activates_at),
        N_("Expires:"): user.expires_at and speech.instant(user.expires_at),
        N_("Two-step:"): f"{_policy_and_origin(found)}; {_enrolment(found)}",
        N_("Code locked:"): yes_no(found.code_locked),
        N_("Failed attempts:"): str(found.failed_attempts),
        N_("Access:"): lists.line(found.own),
        N_("By provider:"): _provider(found),
        N_("Bind session:"): yes_no(user.bind_session),
        N_("Language:"): _chosen(user, "language"),
        N_("Time zone:"): _chosen(user, "time_zone"),
        N_("Output format:"): _chosen(user, "output_format"),
        N_("Input format:"): _chosen(user, "input_format"),
        N_("Last denied:"): _denial(found.last_denial),
        N_("Password:"): _password(user),
        N_("Last log-in:"): _last_login(user),
        N_("Came from:"): ", ".join(found.addresses),
        N_("Sessions:"): _sessions(found) or speech.gettext(N_("no sessions")),
        N_("Server time:"): speech.instant(utcnow()),
    }
    labels = [speech.gettext(label) for label in facts]
    width = max(map(len, labels))
    return [f"{label:<{width}} {value}" for label, value in zip(labels, facts.values(), strict=True) if value]


def _chosen(user: User, column: str) -> str:
    """Nothing where neither he nor his class has chosen: his browser decides, and the defaults."""
    own, of_class = getattr(user, column), getattr(user.account_class, column)
    return own or (of_class and speech.gettext(N_("as the class has it: %(value)s"), value=of_class)) or ""


def status(blocked: str | None) -> str:
    return speech.gettext(blocked or N_("active"))


def _kind(user: User) -> str:
    return speech.gettext(
        N_("%(kind)s, role %(role)s, class %(class_name)s"),
        kind=user.kind,
        role=user.role.name,
        class_name=user.account_class.name,
    )


def _last_login(user: User) -> str:
    if not user.last_login_at:
        return speech.gettext(N_("never"))
    at, address = speech.instant(user.last_login_at), user.last_login_address
    return speech.gettext(N_("%(at)s from %(address)s"), at=at, address=address)


def _policy(found: Situation) -> str:
    if found.two_factor_off:
        return "off"
    return "required" if found.two_factor_required else "optional"


def _policy_and_origin(found: Situation) -> str:
    said = N_("%(policy)s (set for this user)")
    if found.policy_by_class:
        said = N_("%(policy)s (as the class %(class_name)s has it)")
    return speech.gettext(said, policy=_policy(found), class_name=found.user.account_class.name)


def _provider(found: Situation) -> str:
    if found.provider.access is not Access.INHERIT:
        return lists.line(found.provider)
    by_class = speech.gettext(N_("as the class has it: %(value)s"), value=lists.line(found.provider_effective))
    if not found.provider.entries:
        return by_class
    kept = speech.gettext(N_("%(addresses)s kept"), addresses=lists.entries(found.provider))
    return f"{by_class}; {kept}"


def _denial(denial: Denial | None) -> str:
    if denial is None:
        return ""
    said = (
        N_("%(at)s from %(address)s (%(rule)s)") if denial.address else N_("%(at)s from an unknown address (%(rule)s)")
    )
    at = speech.instant(denial.last_at)
    first = speech.gettext(said, at=at, address=denial.address, rule=denial.rule)
    return f"{first}, {speech.gettext(TIMES, count=denial.count)}" if denial.count > 1 else first


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
        return speech.gettext(N_("not enrolled yet") if found.two_factor_required else N_("not enrolled"))
    phrases = [speech.gettext(N_("enrolled")), speech.gettext(CODES_LEFT, left=found.recovery_codes_left)]
    if found.last_code_at:
        phrases.append(speech.gettext(N_("last code %(at)s"), at=speech.instant(found.last_code_at)))
    return ", ".join(phrases)


def _password(user: User) -> str:
    if not user.password_hash:
        return speech.gettext(N_("no password"))
    phrases = [speech.gettext(N_("set"))]
    if user.password_changed_at:
        phrases = [speech.gettext(N_("set %(day)s"), day=speech.day(user.password_changed_at))]
    if user.must_change_password:
        phrases.append(speech.gettext(N_("must be changed at the next log-in")))
    return ", ".join(phrases)


def _sessions(found: Situation) -> str:
    return "; ".join(
        speech.gettext(
            N_("%(browser)s from %(address)s, last used %(at)s"),
            browser=speech.agent(session.user_agent),
            address=session.address,
            at=speech.instant(session.last_used_at),
        )
        for session in found.live_sessions
    )
