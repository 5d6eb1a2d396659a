"""The audit log of those whom one looks after: search, pages, and the same as CSV. No view changes anything in it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import groupby, islice
from typing import NamedTuple

from flask import Blueprint, Response, g, make_response, render_template, request, stream_with_context, url_for

import asker
import guard
import speech
from answers import error_page, with_status
from domain import audit, events, site, users, zones
from domain.audit import Tag
from domain.errors import N_, NN_, Counted, Refusal
from domain.events import By, Page, Row, Search
from domain.permissions import Permission

bp = Blueprint("events", __name__)

ASKED = ("q", "event", "by", "period", "from", "to")
BY = {By.SELF: N_("The person"), By.PROVIDER: N_("Provider"), By.TERMINAL: N_("Terminal")}
OWN = "dates"  # the period that is typed
PERIODS = {"day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=30)}
MOST_EXPORTED = 100_000
LONGEST = 100  # characters of what is asked for: the log keeps it when the log is exported


@bp.get("/events")
@guard.requires(Permission.EVENTS)
def index() -> Response:
    dates = _dates()
    after = request.args.get("after", type=int)
    scope, search = events.scope(g.standing), _search(dates)
    if after is None:
        page = events.page(scope, search, before=request.args.get("before", type=int))
    else:
        page = events.page_after(scope, search, after)
    response = make_response(_shown(page, {name: date.remark for name, date in dates.items()}))
    if asker.is_htmx():
        response.headers["HX-Push-Url"] = url_for("admin.events.index", **_asked())
    return response


@bp.get("/events.csv")
@guard.requires(Permission.EVENTS)
def export() -> Response:
    search = _search(_dates())
    audit.record(Tag.EVENTS_EXPORTED, g.visit, users.by_id(g.standing.user_id), details=_asked())
    lines = stream_with_context(_lines(events.export(events.scope(g.standing), search)))
    name = f"audit-log-{g.visit.now:%Y-%m-%d}.csv"
    return Response(lines, mimetype="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'})


@bp.errorhandler(Refusal)
def refused(error: Refusal) -> Response:
    """What was typed stays, with what is wrong at its field."""
    if error.field not in ("from", "to"):
        return error_page(error)
    return with_status(_shown(Page([], None, None), {}, error), error)


# --- What is asked for ------------------------------------------------------------------------------------------------


def _asked() -> dict[str, str]:
    """As it is wanted: dates count where no other period is chosen."""
    asked = {name: value for name in ASKED if (value := request.args.get(name, "").strip()[:LONGEST])}
    period = asked.get("period", OWN)
    if period == OWN:
        return asked
    left_out = {"from", "to"} if period in PERIODS else {"from", "to", "period"}
    return {name: value for name, value in asked.items() if name not in left_out}


class Date(NamedTuple):
    """What was typed, with what a change of clocks made of it."""

    at: datetime
    remark: str = ""


def _dates() -> dict[str, Date]:
    """Those that are typed, in the reader's format and zone; raises DateWrong with the field."""
    asked = _asked()
    return {name: _date(name, asked[name]) for name in ("from", "to") if name in asked}


def _date(field: str, typed: str) -> Date:
    """A date alone is the whole day."""
    reader = speech.speaking()
    try:
        day, at = reader.input.read(typed, reader.language.months)
    except Refusal as refusal:
        refusal.field = field
        raise
    if at is None:
        whole = timedelta(days=1) if field == "to" else timedelta()
        return Date(zones.resolve(datetime.combine(day, time()) + whole, reader.zone).at)
    found = zones.resolve(datetime.combine(day, at), reader.zone)
    return Date(found.at, speech.gettext(found.remark.sentence, **found.remark.values) if found.remark else "")


def _search(dates: dict[str, Date]) -> Search:
    asked = _asked()
    since = dates["from"].at if "from" in dates else None
    if asked.get("period") in PERIODS:
        since = g.visit.now - PERIODS[asked["period"]]
    until = dates["to"].at if "to" in dates else None
    return Search(events.words(asked.get("q", "")), asked.get("event", ""), asked.get("by", ""), since, until)


# --- The page ---------------------------------------------------------------------------------------------------------


def _shown(page: Page, remarks: dict[str, str], error: Refusal | None = None) -> str:
    asked = _asked()
    facts = {
        "asked": asked,
        "export": url_for("admin.events.export", **asked),
        "page": page,
        "days": list(_days(page.rows)),
        "remarks": remarks,
        "error": error,
        "is_first": "before" not in request.args and "after" not in request.args,
        "sees": events.scope(g.standing).kinds,
    }
    if asker.is_htmx():
        return render_template("admin/events/_table.html", oob=True, **facts)
    return render_template("admin/events/index.html", **facts, **_choices())


def _choices() -> dict[str, object]:
    return {
        "groups": {name: sentence for name, (sentence, _) in events.GROUPS.items()},
        "authors": BY,
        "format": speech.speaking().input.text,
        "days_kept": site.current().events_kept.days,
    }


class Line(NamedTuple):
    """An entry as it is said."""

    row: Row
    group: str
    time: str
    details: str


def _days(rows: list[Row]) -> Iterator[tuple[str, list[Line]]]:
    """By days of the reader's zone."""
    reader = speech.speaking()
    for day, of_day in groupby(rows, key=lambda row: row.at.astimezone(reader.zone).date()):
        lines = [Line(row, events.GROUP_OF.get(row.tag, ""), _clock(row.at), _details(row)) for row in of_day]
        yield reader.language.long_date(day), lines


def _clock(at: datetime) -> str:
    """With the seconds, which no format has to have; with the zone where a time alone would not tell."""
    reader = speech.speaking()
    local = at.astimezone(reader.zone)
    said = local.strftime("%I:%M:%S %p" if "HH12" in reader.output.text else "%H:%M:%S")
    comes_twice = local.replace(fold=1 - local.fold).utcoffset() != local.utcoffset()
    offset = zones.utc_offset(local.utcoffset() or timedelta(0))
    return f"{said} {offset}" if reader.names_zone or comes_twice else said


_MODES = {
    "assigned": N_("Assigned role: %(role)s"),
    "default": N_("Default role: %(role)s"),
    "view": N_("View only, with the role %(role)s"),
}
_DETAILS: dict[str, str | Counted] = {
    Tag.ACTING_ENDED.wire: N_("After %(time)s"),
    Tag.LINK_MADE.wire: N_("Good for %(time)s"),
    Tag.SESSION_DENIED.wire: N_("The session was opened from %(opened_from)s"),
    Tag.SESSION_REVOKED.wire: N_("It was opened from %(session)s"),
    Tag.BROWSER_FORGOTTEN.wire: N_("It was last used from %(browser)s"),
    Tag.SESSIONS_ENDED.wire: NN_("1 session", "%(sessions)s sessions", by="sessions"),
    Tag.SESSIONS_RESET.wire: NN_("1 session", "%(sessions)s sessions", by="sessions"),
    Tag.UNLOCKED.wire: NN_("1 attempt forgotten", "%(attempts)s attempts forgotten", by="attempts"),
}
_RULES = {"own list": N_("Not in the person's own list"), "provider list": N_("Not in the provider's list")}
_AS_STORED = {
    tag.wire
    for tag in (
        Tag.CLASS_CHANGED,
        Tag.USER_CREATED,
        Tag.USER_DELETED,
        Tag.USERS_IMPORTED,
        Tag.EVENTS_EXPORTED,
        Tag.PAGE_REFUSED,
    )
}
_OF_LISTS = (Tag.TRUSTED_IPS_CHANGED.wire, Tag.PROVIDER_IPS_CHANGED.wire)  # their sentence says all


def _details(row: Row) -> str:
    """The second line: old → new, and what else is known."""
    facts = {name: value for name, value in row.facts.items() if name != "as"}  # that stands beside the actor
    if "minutes" in facts:
        facts["time"] = speech.duration(int(str(facts["minutes"])) * 60)
    sentence = _DETAILS.get(row.tag) or _MODES.get(str(facts.get("mode"))) or _RULES.get(str(facts.get("rule")))
    try:
        if sentence:
            return speech.gettext(sentence, **facts)
    except KeyError:  # of a version that wrote down less
        return ""
    if row.tag in _AS_STORED:
        return " · ".join(f"{name}: {_listed(value)}" for name, value in facts.items())
    changes = () if row.tag in _OF_LISTS else facts.values()
    return " · ".join(str(change).strip() for change in changes if "→" in str(change))


def _listed(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


# --- CSV --------------------------------------------------------------------------------------------------------------

COLUMNS = ("at", "tag", "actor", "subject", "address", "user_agent", "succeeded", "while_acting", "details")


def _lines(rows: Iterator[Row]) -> Iterator[str]:
    """A batch of lines at a time. Instants in UTC, booleans as everywhere: yes or no."""
    yield _csv([COLUMNS])
    exported = islice(rows, MOST_EXPORTED)
    while batch := list(islice(exported, events.BATCH)):
        yield _csv(map(_cells, batch))
    if next(rows, None) is not None:
        yield _csv([[speech.gettext(CUT, n=speech.number(MOST_EXPORTED)), *[""] * (len(COLUMNS) - 1)]])


CUT = N_("These are the newest %(n)s entries. There are older ones: export them with a period that ends here.")


def _cells(row: Row) -> list[str]:
    yes_or_no = {True: "yes", False: "no"}
    at = row.at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    result, acting = yes_or_no[row.succeeded], yes_or_no[row.while_acting]
    texts = (row.actor, row.subject, row.address, row.user_agent, result, acting, row.details)
    return [at, row.tag, *map(_harmless, texts)]


# Spreadsheets take such signs for the beginning of a formula: in a cell, and, read with another separator or without
# quotes, behind whatever may then end a cell.
_FORMULA = re.compile(r"""(^|["'\t\r\n,;|])(?=\s*[=+\-@\uff1d\uff0b\uff0d\uff20])|^(?=[\t\r\n])""")


def _harmless(text: str) -> str:
    return _FORMULA.sub(r"\1'", text)


def _csv(rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
