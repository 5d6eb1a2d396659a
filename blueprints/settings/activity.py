"""Everything that happened to one's account, newest first."""

from __future__ import annotations

from flask import Blueprint, g, render_template, request

import guard
from domain import audit
from domain.permissions import Permission

bp = Blueprint("activity", __name__)
PAGE_LENGTH = 50


@bp.get("/activity")
@guard.requires(Permission.ACTIVITY)
def show() -> str:
    """Pages by key, not by number: they stay fast and stable while new events come in."""
    before = request.args.get("before", type=int)
    events = audit.recent(g.standing.user_id, PAGE_LENGTH + 1, before)
    return render_template(
        "settings/activity/show.html",
        events=events[:PAGE_LENGTH],
        older=events[PAGE_LENGTH - 1].id if len(events) > PAGE_LENGTH else None,
        is_first=before is None,
    )
