"""New logins, made by hand."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, g, make_response, render_template, request

import guard
import people_list
import preference_choices
import speech
from answers import error_page, go, remarks_said, with_status
from blueprints.admin import panels
from domain import (
    allowed_roles,
    authority,
    granting,
    new_users,
    preferences,
    user_columns,
    user_drafts,
    users,
)
from domain.authority import Act
from domain.errors import N_, Refusal
from domain.networks import Remark
from domain.new_users import Made, NoSuchCustomer, Password, Wanted
from models import Kind, User
from words import WORDS

bp = Blueprint("new_users", __name__, url_prefix="/<people:kind>")
FORM, WHOSE = "admin/new_users/show.html", "admin/new_users/whose.html"


@bp.get("/new")
@guard.looks_after(Act.EDIT)
def show(kind: Kind) -> Response:
    return _page(kind)


@bp.post("")
@guard.looks_after(Act.EDIT, fresh=True)
def create(kind: Kind) -> Response:
    authority.parent_of_all(g.standing, kind)
    typed, reader = _typed(kind), speech.speaking()
    wanted = typed._replace(columns=user_drafts.written(typed.columns, reader))
    made = new_users.make(g.standing, kind, wanted, g.visit)
    return _made(kind, made, user_drafts.remarks(typed.columns, user_columns.zone_of(made.user), reader))


def _made(kind: Kind, made: Made, remarks: list[Remark]) -> Response:
    if made.password or made.link:
        said = {"words": WORDS[kind], "remarks": remarks_said(remarks), "list": people_list.address(kind)}
        return make_response(render_template("admin/new_users/made.html", kind=kind, made=made, **said), 201)
    panels.flash_all(remarks)
    toast = N_("The login is made.") if made.user.password_hash else N_("The login is made, without a password yet.")
    return go(panels.page_of(made.user), toast)


# --- The form ---------------------------------------------------------------------------------------------------------


def _typed(kind: Kind) -> Wanted:
    """Dates as the reader writes them."""
    typed = request.form
    password = typed.get("password", "")
    columns = new_users.OF_INDIVIDUALS if kind is Kind.INDIVIDUAL else ()
    usual = Password.LINK if columns else Password.GENERATE
    return Wanted(
        login=typed.get("login", ""),
        name=typed.get("name", ""),
        email=typed.get("email", ""),
        role=typed.get("role", ""),
        account_class=typed.get("class", ""),
        parent=request.values.get("parent", ""),
        password=Password(password) if password in set(Password) else usual,
        new_password=typed.get("new_password", ""),
        columns={column: typed.get(column, "") for column in columns},
    )


def _page(kind: Kind, error: Refusal | None = None) -> Response:
    """Everything that was typed is kept, but for passwords. Whose individual a new one will be is settled first."""
    authority.parent_of_all(g.standing, kind)
    if kind is not Kind.INDIVIDUAL:
        return _answer(FORM, error, **_form(kind), **_of_choices(kind))
    typed = request.values.get("parent", "")
    if not typed and g.standing.kind != Kind.CUSTOMER:
        return _whose("", error)
    try:
        customer = new_users.customer_of(g.standing, typed)
    except NoSuchCustomer as refusal:
        return _whose(typed, refusal)
    return _answer(FORM, error, **_form(kind, customer), **_of_individual(customer))


def _whose(typed: str, error: Refusal | None) -> Response:
    return _answer(
        WHOSE,
        error,
        words=WORDS[Kind.INDIVIDUAL],
        typed=typed,
        list=people_list.address(Kind.INDIVIDUAL),
        customers=new_users.has_customers(g.standing),
    )


def _answer(template: str, error: Refusal | None, **context: object) -> Response:
    shown = render_template(template, error=error, **context)
    return with_status(shown, error) if error else make_response(shown)


def _form(kind: Kind, customer: User | None = None) -> dict[str, object]:
    return {
        "kind": kind,
        "words": WORDS[kind],
        "typed": _typed(kind),
        "customer": customer,
        "list": people_list.address(kind),
        "made_before": _made_before,
        "roles": [role.name for role in granting.roles_for(g.standing, kind, customer.id if customer else None)],
    }


def _made_before(login: str) -> User | None:
    """Who has this login, where the reader may see it: a form that is sent twice finds its own."""
    user = users.by_login(login)
    if user is None or not authority.may(g.standing, Kind(user.kind), Act.VIEW):
        return None
    if not authority.is_below(g.standing, user.kind, authority.ancestors(user)):
        return None
    return user


def _of_choices(kind: Kind) -> Mapping[str, object]:
    classes = [group.name for group in new_users.classes_for(kind)]
    resellers = new_users.resellers(g.standing) if kind is Kind.CUSTOMER else []
    return {"classes": classes, "default_class": users.DEFAULT_CLASS[kind], "resellers": resellers}


def _of_individual(customer: User) -> Mapping[str, object]:
    """The preferences that the class of his customer gives him, and the time zones to choose from."""
    of_class = preferences.of(customer.account_class)
    return {
        "of_class": of_class,
        "allowed": allowed_roles.ids_of(customer.id),
        "inherited": preferences.in_force(preferences.inherited(preferences.NOTHING, of_class)),
        "zones": preference_choices.zones(g.visit.now),
    }


@bp.errorhandler(Refusal)
def refused(error: Refusal) -> Response:
    """In the form where it was typed."""
    if not panels.can_show(error):
        return error_page(error)
    guard.resumed()  # what was confirmed on the way here need not be confirmed again
    return _page((request.view_args or {})["kind"], error)
