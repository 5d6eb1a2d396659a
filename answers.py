"""How views answer: the panel to htmx, a redirect to a browser without script, a page for what went wrong."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence

import peewee
from flask import Flask, Response, flash, g, jsonify, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException, InternalServerError

import asker
import destinations
import guard
import speech
from domain import errors
from domain.errors import N_, Refusal
from domain.networks import Remark
from models import User

log = logging.getLogger("postern")


def go(page: str, toast: str = "") -> Response:
    """To another page, by whichever means the asker understands; the toast tells there what was done."""
    if toast:
        flash(speech.gettext(toast))
    if asker.is_htmx():
        return make_response("", 200, {"HX-Redirect": page})
    return make_response(redirect(page, 303))


def with_status(body: str, error: Refusal) -> Response:
    """What was asked for, with its error in it."""
    response = make_response(body, error.status)
    if error.retry_after:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def plain(error: Refusal) -> Refusal:
    """Without the name of the column, which the field says."""
    reason = error.values.get("reason")
    if isinstance(reason, Refusal):
        reason.field = error.field
        return reason
    return error


SAID_REMARKS = 5


def remarks_said(remarks: Sequence[Remark]) -> list[str]:
    """The first of them: without script they travel in a cookie, which browsers drop above 4 kB."""
    said = [speech.gettext(remark.sentence, **remark.values) for remark in remarks[:SAID_REMARKS]]
    more = len(remarks) - len(said)
    return [*said, speech.gettext(N_("And %(n)s more like these."), n=more)] if more else said


class Lost(Refusal):
    """What the web server itself finds wrong, in our words."""

    def __init__(self, status: int, message: str, hint: str) -> None:
        super().__init__()
        self.status, self.message, self.hint = status, message, hint  # type: ignore[misc]


_HTTP = {
    404: (N_("There is no such page"), N_("The address is wrong, or what was here is gone.")),
    405: (N_("This address does not work that way"), N_("Go back and use the buttons of the page.")),
    413: (N_("That is too much at once"), N_("Nothing was changed. Send less.")),
}
_OTHER = (N_("The request could not be understood"), N_("Nothing was changed. Go back and try again."))
_OURS = (N_("Something went wrong here"), N_("The error is ours and is written down. Try again in a moment."))


def install(app: Flask) -> None:
    app.register_error_handler(Refusal, error_page)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(peewee.OperationalError, _cannot_record)
    app.register_error_handler(OverflowError, _no_such_number)
    app.register_error_handler(User.DoesNotExist, _deleted_meanwhile)
    app.register_error_handler(Exception, _our_error)


def error_page(error: Refusal) -> Response:
    if isinstance(error, errors.AccessDenied):
        return denied_page(error)
    if not asker.is_htmx():
        return with_status(render_template("error.html", error=error), error)
    response = with_status("", error)
    response.headers["HX-Reswap"] = "none"
    response.headers["HX-Trigger"] = json.dumps({"toast": {"value": speech.said(error), "danger": True}})
    return response


def denied_page(error: errors.AccessDenied) -> Response:
    """The same page for every request of a refused browser: it says why, and the ways back in. htmx is led there."""
    if asker.is_htmx():
        return make_response("", error.status, {"HX-Redirect": url_for("home.show")})
    if asker.wants_json():
        facts = {"error": "ip_denied", "cause": error.cause, "address": g.visit.address, "message": speech.said(error)}
        return make_response(jsonify(facts), error.status)
    wanted = destinations.asked() or destinations.wanted()
    page = render_template(
        "denied.html",
        error=error,
        login=g.standing.keyboard.login,
        pending=not g.standing.is_full,
        wanted=wanted,
        way=destinations.next_page(wanted),
    )
    return make_response(page, error.status)


def _http_error(error: HTTPException) -> Response:
    if isinstance(error, InternalServerError):
        return _our_error(error)
    status = error.code or 400
    answer = error_page(Lost(status, *_HTTP.get(status, _OTHER)))
    if status == 405:
        answer.headers["Allow"] = ", ".join(error.valid_methods or ())  # type: ignore[attr-defined]
    return answer


def _no_such_number(_error: OverflowError) -> Response:
    """A number in an address that no row of the database can have."""
    log.warning("%s: a number too large for the database", request.endpoint)
    return error_page(Lost(404, *_HTTP[404]))


def _deleted_meanwhile(_error: User.DoesNotExist) -> Response:
    """Somebody was found, and deleted before anything was done with him."""
    return error_page(errors.NotFound())


def _cannot_record(error: peewee.OperationalError) -> Response:
    log.error("the database refuses: %s", error)
    return _plainly(errors.CannotRecord())


def _our_error(error: Exception) -> Response:
    log.exception("%s %s failed", request.method, request.endpoint, exc_info=error)  # a path may hold a token
    return _plainly(Lost(500, *_OURS))


def _plainly(error: Refusal) -> Response:
    """Without anything that may have been the cause."""
    g.standing = None
    if "visit" not in g:
        g.visit = guard.stranger()
    return error_page(error)


def origin_alone(response: Response) -> Response:
    """For pages whose address is a secret: Referers would carry it into the log of whatever stands in front. Nothing at
    all would break forms on https."""
    response.headers["Referrer-Policy"] = "strict-origin"
    return response
