"""Refusals by address, written down: an event at the first one of a source, a count while it goes on."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from domain import audit, users
from domain.access import Rule
from domain.audit import Tag
from domain.client_address import source
from domain.standing import CLOCK_SLACK, Standing
from domain.visit import Visit
from models import Denial, database, run

ONE_FOR = timedelta(minutes=10)
KEPT = timedelta(days=30)


def note(standing: Standing, rule: Rule, visit: Visit) -> None:
    """Every request of a refused browser comes here, so those of ten minutes are one row and one event.

    The refusal is of the person at the keyboard, whomever he acts for.
    """
    standing, visit = standing.keyboard, replace(visit, acting_as="")
    with database.atomic():
        if rule is Rule.BINDING:
            tried = "UPDATE session SET tried_from = ?, tried_at = ? WHERE id = ?"
            run(tried, visit.address, visit.now, standing.session_id)
        counted = run(
            "UPDATE denial SET count = count + 1, last_at = ?, address = ? WHERE user_id = ? AND last_at > ?"
            " AND first_at > ? AND first_at < ? AND rule = ? AND source = ?",
            visit.now,
            visit.address,
            standing.user_id,
            visit.now - ONE_FOR,  # for the index; the next says it all
            visit.now - ONE_FOR,
            visit.now + CLOCK_SLACK,
            rule,
            source(visit.address),
        )
        if not counted.rowcount:
            _begin(standing, rule, visit)


def _begin(standing: Standing, rule: Rule, visit: Visit) -> None:
    run(
        "INSERT INTO denial (user_id, rule, address, source, first_at, last_at, count) VALUES (?, ?, ?, ?, ?, ?, 1)",
        standing.user_id,
        rule,
        visit.address,
        source(visit.address),
        visit.now,
        visit.now,
    )
    tag = Tag.SESSION_DENIED if rule is Rule.BINDING else Tag.ADDRESS_DENIED
    details = {"rule": rule, "opened_from": standing.opened_from}
    audit.record(tag, visit, users.by_id(standing.user_id), succeeded=False, details=details)


def last_of(user_id: int) -> Denial | None:
    newest: Denial | None = Denial.select().where(Denial.user == user_id).order_by(Denial.last_at.desc()).first()
    return newest


def prune(now: datetime) -> None:
    Denial.delete().where(Denial.last_at < now - KEPT).execute()
