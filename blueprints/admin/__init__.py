"""The provider's side: the people whom somebody looks after, and what happened to them."""

from flask import Blueprint, Flask
from werkzeug.routing import BaseConverter, ValidationError

from blueprints.admin import (
    allowed_roles,
    class_ips,
    classes,
    events,
    new_users,
    people,
    person,
    provider_ips,
    rescue,
    roles,
)
from models import Kind

PATHS = {
    Kind.CUSTOMER: "customers",
    Kind.RESELLER: "resellers",
    Kind.STAFF: "staff",
    Kind.INDIVIDUAL: "individuals",
}


class People(BaseConverter):
    """A kind of people in an address."""

    regex = "|".join(PATHS.values())
    part_isolating = True

    def to_python(self, value: str) -> Kind:
        for kind, path in PATHS.items():
            if path == value:
                return kind
        raise ValidationError

    def to_url(self, value: str) -> str:
        return PATHS[Kind(value)]


bp = Blueprint("admin", __name__, url_prefix="/admin")
bp.register_blueprint(people.bp)
bp.register_blueprint(new_users.bp)
bp.register_blueprint(person.bp)
bp.register_blueprint(rescue.bp)
bp.register_blueprint(provider_ips.bp)
bp.register_blueprint(allowed_roles.bp)
bp.register_blueprint(classes.bp)
bp.register_blueprint(class_ips.bp)
bp.register_blueprint(roles.bp)
bp.register_blueprint(events.bp)


def install(app: Flask) -> None:
    """With the kinds of people in addresses."""
    app.url_map.converters["people"] = People
    app.register_blueprint(bp)
