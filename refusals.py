"""Answers to who is not let in: a way on for a page, an empty 401 or 403 with HX-Redirect for htmx."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import peewee
from flask import Response, flash, g, make_response, redirect, request, url_for

import asker
import destinations
import speech
from domain import access, audit, denials, errors, users
from domain.access import Rule, Verdict
from domain.audit import Tag
from domain.standing import Standing


def answer(verdict: Verdict) -> Response:
    """The way on is one of our own pages always."""
    if verdict.rule is Rule.PERMISSION:
        return _refuse_permission()
    if verdict.rule is Rule.ACTING:
        raise access.NotWhileActing(login=_standing().login)
    if verdict.rule is Rule.VIEW_ONLY:
        raise access.ViewOnly
    if verdict.rule is Rule.ACTIVE:
        _refuse_blocked()
    if verdict.rule in access.BY_ADDRESS:
        with contextlib.suppress(peewee.OperationalError):  # refused all the same
            denials.note(_standing(), verdict.rule, g.visit)
        raise denial(verdict.rule)
    way = _WAYS[verdict.rule or Rule.SESSION]()
    return _elsewhere(way, 401 if verdict.rule in (Rule.SESSION, Rule.CODE) else 403)


def _refuse_blocked() -> None:
    """With a page of its own: what the view would have shown around the refusal is for its owner alone."""
    try:
        users.refuse_blocked(users.by_id(_standing().keyboard.user_id), g.visit.now)
    except errors.Suspended as refusal:
        refusal.whole_page = True
        raise


def denial(rule: Rule) -> errors.AccessDenied:
    return errors.SessionBoundElsewhere() if rule is Rule.BINDING else errors.AddressNotTrusted()


def _refuse_permission() -> Response:
    user = users.by_id(_standing().user_id)
    audit.record(Tag.PAGE_REFUSED, g.visit, user, succeeded=False, details={"path": request.path[:200]})
    if asker.is_htmx():
        flash(speech.gettext(access.NotPermitted.message))
        return _elsewhere(url_for("home.show"), 403)
    if _standing().acting:
        raise access.NotPermittedThere(role=_standing().role, login=_standing().login)
    raise access.NotPermitted(role=_standing().role)


def _elsewhere(way: str, status: int) -> Response:
    if asker.is_htmx():
        return make_response("", status, {"HX-Redirect": way})
    return make_response(redirect(way, 303))


_WAYS: dict[Rule, Callable[[], str]] = {
    Rule.ACTIVE: lambda: url_for("home.show"),  # restored at this very moment
    Rule.SESSION: lambda: url_for("login.show", next=destinations.wanted()),
    Rule.CODE: lambda: url_for("two_factor.show"),
    Rule.PASSWORD: lambda: url_for("settings.password.show"),
    Rule.ENROLMENT: lambda: url_for("settings.two_factor.enrolment", next=destinations.wanted()),
}


def _standing() -> Standing:
    standing: Standing = g.standing
    return standing
