"""Profile: one's own language, time zone and formats."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from flask import Blueprint, Response, g, render_template, request, url_for

import asker
import cookies
import guard
import preference_choices
import speech
from answers import error_page, go, with_status
from domain import preferences, users, zones
from domain.errors import N_, Refusal
from domain.permissions import Permission
from domain.preferences import Chosen, Preferences

bp = Blueprint("profile", __name__, url_prefix="/profile")
OWN, FORMATS = "own", ("output_format", "input_format")  # the choice of a format that is typed beside it


@bp.get("")
@guard.requires(Permission.PROFILE)
def show() -> str:
    return _page(_stored())


@bp.post("")
@guard.requires(Permission.PROFILE)
def save() -> Response:
    language = g.standing.chosen.language
    changed = preferences.change(users.by_id(g.standing.user_id), _written(), g.visit)
    chosen = guard.resumed().chosen.language  # the answer speaks as it was just chosen
    response = go(url_for("settings.profile.show"), N_("Your profile is saved.") if changed else N_("Nothing changed."))
    if chosen != language and not g.visit.acting:
        cookies.set_language(response, chosen or "")  # so the log-in page of this browser speaks it
    return response


@bp.post("/preview")
@guard.requires(Permission.PROFILE)
def preview() -> str:
    """What is typed, tried out; nothing is stored. By POST: what stands in forms has no place in addresses."""
    if not asker.is_htmx():
        return _page(_stored())
    return render_template("settings/profile/_preview.html", **_preview(_written(), _of_class()))


@bp.errorhandler(Refusal)
def refused(error: Refusal) -> Response:
    if error.field not in preferences.COLUMNS:
        return error_page(error)
    return with_status(_page(_written(), error=error), error)


def _stored() -> dict[str, str | None]:
    return preferences.of(users.by_id(g.standing.user_id))._asdict()


def _of_class() -> Chosen:
    return preferences.of(users.by_id(g.standing.user_id).account_class)


def _written() -> dict[str, str]:
    """The columns that the form brings. One's own format is never empty, which would mean as the class has it."""
    values = request.form
    found = {column: values.get(column, "") for column in preferences.COLUMNS if column in values}
    own = {name: values.get(f"own_{name}", "") or " " for name in FORMATS if found.get(name) == OWN}
    return found | own


def _page(written: Mapping[str, str | None], error: Refusal | None = None) -> str:
    """`written` stands in the form, as stored or as typed."""
    of_class = _of_class()
    return render_template(
        "settings/profile/show.html",
        error=error,
        written=written,
        of_class=of_class,
        browser_zone=cookies.time_zone(),
        chosen_at_foot=g.standing.chosen.language is None and cookies.language() is not None,
        inherited=_here(preferences.inherited(preferences.NOTHING, of_class)),
        ready=preference_choices.ready(g.visit.now),
        zones=preference_choices.zones(g.visit.now),
        **_preview(written, of_class),
    )


def _here(chosen: Chosen) -> Preferences:
    """As it would be after Save: giving up a language of one's own gives up the one that this browser kept with it."""
    return cookies.in_this_browser(chosen, kept=g.standing.chosen.language is None)


def _preview(written: Mapping[str, str | None], of_class: Chosen) -> dict[str, object]:
    """How it would look. What is wrong is said, and the rest shown as it is now."""
    accepted, wrong = preferences.NOTHING._asdict(), []
    for column, text in written.items():
        try:
            accepted[column] = preferences.checked(column, text or "")
        except Refusal as refusal:
            wrong.append(refusal)
    reader = _here(preferences.inherited(Chosen(**accepted), of_class))
    with speech.to(reader):
        tried = _tried(reader, request.form.get("try", ""))
        return {"wrong": wrong, "examples": _examples(), "tried": tried, "has_time": reader.output.has_time}


def _examples() -> dict[str, str]:
    now = g.visit.now
    return {
        "language": speech.speaking().language.code,
        "now": speech.instant(now),
        "long": speech.speaking().language.long_date(now.astimezone(speech.speaking().zone).date()),
        "listed": speech.moment(now - timedelta(days=1), now)[0],
        "expires": speech.day(now + timedelta(days=100)),
    }


class Tried(NamedTuple):
    """What was typed to try the input format: how it was read, and what the change of clocks made of it."""

    typed: str
    read_as: str = ""
    remark: str = ""
    error: Refusal | None = None


def _tried(reader: Preferences, typed: str) -> Tried:
    try:
        found = reader.input.read(typed, reader.language.months)
    except Refusal as refusal:
        return Tried(typed, error=refusal) if typed else Tried(typed, remark=speech.said(refusal))
    if found.time is None:
        return Tried(typed, reader.language.long_date(found.day))
    resolved = zones.resolve(datetime.combine(found.day, found.time), reader.zone)
    remark = speech.gettext(resolved.remark.sentence, **resolved.remark.values) if resolved.remark else ""
    return Tried(typed, speech.long(resolved.at), remark)
