"""The page of one person. Each act answers with its part, and out of band with what shows its state elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import PurePath
from typing import NamedTuple, cast

from flask import Response, flash, g, make_response, render_template, request, url_for

import asker
import guard
import people_list
import preference_choices
import speech
from answers import error_page, go, remarks_said, with_status
from domain import (
    authority,
    drafts,
    errors,
    granting,
    new_users,
    password_rules,
    person,
    preferences,
    user_columns,
    user_drafts,
    user_edits,
)
from domain.authority import Act
from domain.errors import Refusal
from domain.networks import Remark
from domain.person import Person
from domain.standing import Standing
from models import Kind, User

PAGE, ANSWER = "admin/person/show.html", "admin/person/_answer.html"
HEAD = "admin/person/_head.html"
SESSIONS = "admin/person/_sessions.html"
ACTIVITY = "admin/person/_activity.html"
BINDING = "admin/person/_bind_session.html"
TWO_FACTOR = "admin/person/_two_factor.html"
PASSWORD = "admin/rescue/_password.html"  # noqa: S105 (a template)
RESCUE = "admin/rescue/_panel.html"
PROVIDER_IPS = "admin/provider_ips/_panel.html"
INDIVIDUALS = "admin/person/_individuals.html"
ALLOWED_ROLES = "admin/allowed_roles/_panel.html"
STATE = (HEAD, SESSIONS, ACTIVITY, BINDING, TWO_FACTOR, RESCUE)  # what most acts change
COMMANDS = ("show", "all", "ip", "unbind", "code", "2fa", "unlock", "password", "sessions")


class May(NamedTuple):
    """What the reader may do here; nothing of it while he only looks. `own`: it is his own login."""

    edit: bool
    provide: bool
    rescue: bool
    enter: bool
    own: bool


def show(user: User, part: str = "", others: Sequence[str] = (), **more: object) -> str:
    """One part of the page for htmx, else the page."""
    context = _context(user) | more
    if asker.is_htmx() and part:
        return render_template(ANSWER, part=part, others=_beside(part, others, context), **context)
    return render_template(PAGE, **context)


def _beside(part: str, others: Sequence[str], context: Mapping[str, object]) -> list[str]:
    """What the page shows, as far as it shows it to this reader."""
    hidden = () if cast(May, context["may"]).rescue else (RESCUE, PASSWORD)
    return [name for name in others if name not in (part, *hidden)]


def beside(user: User, part: str) -> str:
    """One part of the page, out of band."""
    return render_template(part, oob=True, **_context(user))


def changed(
    user: User,
    part: str,
    toast: str,
    others: Sequence[str] = STATE,
    remarks: Sequence[Remark] = (),
    **more: object,
) -> Response:
    """After an act: its part as it is now, with a toast; to the page without htmx."""
    guard.resumed()
    if not asker.is_htmx():
        flash_all(remarks)
        return go(page_of(user), toast)
    shown = show(user, part, others, drawn=part, remarks=remarks_said(remarks), **more)
    return _at(part, make_response(shown, 200, {"HX-Trigger": json.dumps({"toast": speech.gettext(toast)})}))


def handed_over(user: User, part: str, secret: Mapping[str, object], others: Sequence[str] = STATE) -> Response:
    """After an act whose secret is shown once: without a toast, which would cover it."""
    guard.resumed()
    return _at(part, make_response(show(user, part, others, drawn=part, secret=secret)))


def refuse(error: Refusal, say: Callable[[User], Response]) -> Response:
    """`say` says it where it was done; what is no affair of a form, or about a stranger, gets a page of its own."""
    if not can_show(error):
        return error_page(error)
    guard.resumed()  # what was confirmed on the way here need not be confirmed again
    try:
        return say(found())
    except Refusal as refusal:
        return error_page(refusal)


def refused(error: Refusal, user: User, part: str, **more: object) -> Response:
    """The part with what was wrong; the page without htmx."""
    return _at(part, with_status(show(user, part, error=error, panel=part, **more), error))


def can_show(error: Refusal) -> bool:
    shown = not (error.whole_page or isinstance(error, errors.NotFound))
    return shown and g.standing is not None and g.standing.is_full


def found(act: Act = Act.VIEW) -> User:
    """Whom the address is about."""
    asked = request.view_args or {}
    return authority.find(g.standing, asked["kind"], asked["user_id"], act)


def page_of(user: User) -> str:
    return url_for("admin.person.show", kind=user.kind, user_id=user.id)


def flash_all(remarks: Sequence[Remark]) -> None:
    for sentence in remarks_said(remarks):
        flash(sentence)


def _at(part: str, response: Response) -> Response:
    """Wherever the form aimed (a dialog), its part takes the answer."""
    if asker.is_htmx():
        path = PurePath(part)
        response.headers["HX-Retarget"] = f"#{path.parent.name}{path.stem}".replace("_", "-")
        response.headers["HX-Reswap"] = "outerHTML"
    return response


# --- What the page shows ----------------------------------------------------------------------------------------------


def _context(user: User) -> dict[str, object]:
    standing: Standing = g.standing
    seen = person.of(user.id, speech.midnight(g.visit.now), g.visit.now)
    columns = user_edits.changeable(standing, seen.user)
    return {
        "error": None,
        "panel": "",
        "drawn": "",
        "remarks": (),
        "secret": None,
        "generated": "",
        "person": seen,
        "user": seen.user,
        "may": _may(standing, seen.user),
        "columns": columns,
        "draft": user_drafts.of(seen.user, columns, speech.speaking()),
        "ips": drafts.of(seen.situation.provider, None, g.visit.now),
        "roles": [role.name for role in granting.roles_for(standing, Kind(user.kind), user.parent_id)],
        "classes": user_edits.classes(seen.user),
        "resellers": new_users.resellers(standing) if "parent" in columns else [],
        "policies": user_edits.policies(standing, seen.user),
        "zone": user_columns.zone_of(seen.user),
        "minimum": password_rules.minimum(seen.situation.two_factor_required),
        "lifetimes": drafts.lifetimes(),
        "ways": person.ways(seen.situation, authority.sides(standing), g.visit.now),
        "commands": _commands(seen) if standing.kind == Kind.STAFF else [],
        "list_url": partial(people_list.address, Kind(user.kind)),
        **_preferences(seen.user),
        **_of_customer(seen),
    }


def _may(standing: Standing, user: User) -> May:
    own = user.id in (standing.user_id, standing.keyboard.user_id)
    acts = (Act.EDIT, Act.PROVIDE, Act.RESCUE, Act.ENTER)
    edit, provide, rescue, enter = (authority.may(standing, Kind(user.kind), act) for act in acts)
    return May(
        edit=edit and not standing.only_looks,
        provide=provide and not standing.only_looks,
        rescue=rescue and not standing.only_looks and not own,
        enter=enter and not standing.acting and not own and not authority.is_owner(user),
        own=own,
    )


def _preferences(user: User) -> dict[str, object]:
    """What the person's class gives, and what there is to choose from, as the reader reads it."""
    of_class = preferences.of(user.account_class)
    return {
        "of_class": of_class,
        "inherited": preferences.in_force(preferences.inherited(preferences.NOTHING, of_class)),
        "ready": preference_choices.ready(g.visit.now),
        "zones": preference_choices.zones(g.visit.now),
    }


def _of_customer(seen: Person) -> dict[str, object]:
    """His individuals, and the roles that they can have."""
    if seen.individuals is None:
        return {}
    allowed = {role.name for role in seen.allowed_roles}
    offered = [role.name for role in granting.roles_for(g.standing, Kind.CUSTOMER)]
    return {
        "gives": [name for name in offered if name in allowed],
        "allowable": [name for name in offered if name not in allowed],
        "undo": people_list.undo_of_before(),
        **people_list.of_rows(Kind.INDIVIDUAL, seen.individuals.rows, people_list.AT_CUSTOMER),
    }


def _commands(seen: Person) -> list[str]:
    """A login that begins with a hyphen would be taken for an option."""
    login = f"{'-- ' if seen.user.login.startswith('-') else ''}{seen.user.login}"
    words = [word for word in COMMANDS if word != "code" or seen.situation.code_due]
    return [f"./postern recover {word} {login}" for word in words]
