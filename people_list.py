"""Lists of people, for the provider's side and for a customer's own individuals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple

from flask import Response, g, get_flashed_messages, make_response, render_template, request, url_for
from markupsafe import Markup

import asker
import speech
from domain import allowed_roles, authority, granting, people
from domain.authority import Act
from domain.errors import N_, Refusal
from domain.people import Row
from domain.people_keys import Filter
from models import Kind
from words import WORDS

AT_CUSTOMER = {"at": "customer"}  # in the address of a form: it stands on the page of a customer
AT_ROLE = {"at": "role"}  # on that of a role, whose `role_id` stands beside it
FILTERS = {
    Filter.DENIED: N_("Denied today"),
    Filter.TWO_FACTOR_OFF: N_("2FA off"),
    Filter.TWO_FACTOR_REQUIRED: N_("2FA required, not set"),
    Filter.LIMITED: N_("IP restricted"),
    Filter.BOUND: N_("Session bound"),
    Filter.SUSPENDED: N_("Suspended"),
}


def address(kind: Kind, **asked: str | None) -> str:
    """Customers have their list of individuals among User settings."""
    if g.standing.kind == Kind.CUSTOMER:
        return url_for("settings.individuals.show", **asked)
    return url_for("admin.people.index", kind=kind, **asked)


def answer(kind: Kind) -> Response:
    """The page; for htmx the table alone."""
    if not asker.is_htmx():
        return make_response(page(kind))
    response = make_response(render_template("admin/people/_table.html", oob=True, **_list(kind)))
    response.headers["HX-Push-Url"] = address(kind, **here())
    return response


def page(kind: Kind, error: Refusal | None = None) -> str:
    context = _list(kind) | {"error": error, "undo": undo_of_before()}
    template = "settings/individuals/show.html" if g.standing.kind == Kind.CUSTOMER else "admin/people/index.html"
    return render_template(template, **context)


def here() -> dict[str, str]:
    """What is asked for, so that every form and link leads back to it."""
    return {name: value for name in ("q", "filter", "after", "at", "role_id") if (value := request.args.get(name, ""))}


def is_at_customer() -> bool:
    return g.standing.kind != Kind.CUSTOMER and AT_CUSTOMER.items() <= here().items()


def role_at_hand() -> int | None:
    """The role on whose page the form stands."""
    return request.args.get("role_id", type=int) if AT_ROLE.items() <= here().items() else None


# --- The table --------------------------------------------------------------------------------------------------------


def _list(kind: Kind) -> dict[str, object]:
    asked, chip = request.args, _chip()
    below, since, now = authority.parent_of_all(g.standing, kind), speech.midnight(g.visit.now), g.visit.now
    found = people.page(
        kind,
        below,
        q=asked.get("q", ""),
        chip=chip,
        after=asked.get("after"),
        since=since,
        now=now,
        of_customer=g.standing.kind == Kind.CUSTOMER,
    )
    counts = people.counts(kind, below, since=since, now=now)
    return {
        "page": found,
        "chip": chip,
        "filters": FILTERS,
        "counts": {Filter.DENIED: counts.denied, Filter.TWO_FACTOR_REQUIRED: counts.required},
        "most": people.MOST_COUNTED,
        **(_of_customer() if g.standing.kind == Kind.CUSTOMER else {}),
        **of_rows(kind, found.rows, here()),
    }


def _of_customer() -> dict[str, object]:
    """The roles that a customer gives to his individuals, and those that he is allowed."""
    gives = granting.roles_for(g.standing, Kind.INDIVIDUAL, g.standing.user_id)
    return {"gives": [role.name for role in gives], "allowed": allowed_roles.ids_of(g.standing.user_id)}


def _chip() -> Filter | None:
    asked = request.args.get("filter", "")
    return Filter(asked) if asked in set(Filter) else None


def of_rows(kind: Kind, rows: Sequence[Row], here: Mapping[str, str]) -> dict[str, object]:
    """What rows of this kind need; their forms lead back `here`."""
    edits = authority.may(g.standing, kind, Act.EDIT) and not g.standing.only_looks
    at_customer = AT_CUSTOMER.items() <= here.items()
    return {
        "kind": kind,
        "words": WORDS[kind],
        "here": here,
        "list_url": partial(address, kind),
        "clock": _clock,
        "edits": edits,
        "enters": authority.may(g.standing, kind, Act.ENTER) and not g.standing.acting,
        "offered": _offered(kind, rows) if edits and kind != Kind.STAFF else {},
        "owner_roles": granting.owner_role_ids() if kind == Kind.STAFF else (),
        "names_parent": _names_parent(kind) and not at_customer,
        "at_customer": at_customer,
    }


def table(kind: Kind, rows: Sequence[Row], here: Mapping[str, str], undo: Undo | None) -> Markup:
    """For pages that show people of several kinds."""
    drawn = render_template("admin/people/_rows.html", rows=rows, undo=undo, **of_rows(kind, rows, here))
    return Markup(drawn)  # noqa: S704 (a template's)


def _offered(kind: Kind, rows: Sequence[Row]) -> dict[int, list[str]]:
    """The roles that the reader may give to each; to individuals those of them that their customer is allowed."""
    roles = granting.roles_for(g.standing, Kind.CUSTOMER if kind is Kind.INDIVIDUAL else kind)
    if kind is not Kind.INDIVIDUAL:
        names = [role.name for role in roles]
        return {row.id: names for row in rows}
    allowed = allowed_roles.ids_of_each(row.parent_id for row in rows)
    return {row.id: [role.name for role in roles if role.id in allowed[row.parent_id]] for row in rows}


def _names_parent(kind: Kind) -> bool:
    """Whether readers look after people of several parents."""
    return g.standing.kind == Kind.STAFF or (g.standing.kind == Kind.RESELLER and kind is Kind.INDIVIDUAL)


def _clock(at: datetime) -> str:
    reader = speech.speaking()
    return reader.output.time(at.astimezone(reader.zone))


# --- Undo without script ----------------------------------------------------------------------------------------------


class Undo(NamedTuple):
    """Somebody's role before it was changed a moment ago."""

    user_id: int
    role: str

    @property
    def category(self) -> str:
        """Of a flashed message: base.html does not show it."""
        return f"{_UNDO}{self.user_id} {self.role}"


_UNDO = "undo "


def undo_of_before() -> Undo | None:
    """The row is drawn by the page that comes after the change."""
    for category, _ in get_flashed_messages(with_categories=True):
        if category.startswith(_UNDO):
            user_id, _, role = category.removeprefix(_UNDO).partition(" ")
            return Undo(int(user_id), role)
    return None
