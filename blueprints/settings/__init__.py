"""User settings: one's own account."""

from flask import Blueprint

from blueprints.settings import (
    activity,
    bind_session,
    individuals,
    known_browsers,
    password,
    profile,
    recovery_codes,
    security,
    sessions,
    trusted_ips,
    two_factor,
)

bp = Blueprint("settings", __name__, url_prefix="/settings")
for module in (
    security,
    profile,
    individuals,
    two_factor,
    recovery_codes,
    trusted_ips,
    bind_session,
    password,
    sessions,
    known_browsers,
    activity,
):
    bp.register_blueprint(module.bp)
