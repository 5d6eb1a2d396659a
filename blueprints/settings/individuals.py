"""A customer's own individuals."""

from __future__ import annotations

from flask import Blueprint, Response, g

import guard
import people_list
from answers import go
from domain.authority import Act
from models import Kind

bp = Blueprint("individuals", __name__, url_prefix="/individuals")


@bp.get("")
@guard.looks_after(Act.VIEW, Kind.INDIVIDUAL)
def show() -> Response:
    """Everybody else has a list of the individuals of all his customers."""
    if g.standing.kind != Kind.CUSTOMER:
        return go(people_list.address(Kind.INDIVIDUAL, **people_list.here()))
    return people_list.answer(Kind.INDIVIDUAL)
