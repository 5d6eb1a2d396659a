"""What people, roles and permissions are called in pages."""

from __future__ import annotations

from typing import NamedTuple

from domain.errors import N_
from domain.permissions import Permission
from models import Kind


class Words(NamedTuple):
    """What a kind of people is called."""

    title: str
    one: str
    new: str
    none: str


WORDS = {
    Kind.CUSTOMER: Words(N_("Customers"), N_("Customer"), N_("New customer"), N_("No customers yet")),
    Kind.RESELLER: Words(N_("Resellers"), N_("Reseller"), N_("New reseller"), N_("No resellers yet")),
    Kind.STAFF: Words(N_("Staff"), N_("Staff member"), N_("New staff member"), N_("No staff yet")),
    Kind.INDIVIDUAL: Words(N_("Individuals"), N_("Individual"), N_("New individual"), N_("No individuals yet")),
}


class Label(NamedTuple):
    """What a permission is called, and what it opens."""

    name: str
    opens: str


PERMISSIONS: dict[str, dict[Permission, Label]] = {
    N_("Own account"): {
        Permission.PROFILE: Label(N_("Profile"), N_("Language, time zone and formats of dates")),
        Permission.TWO_FACTOR: Label(
            N_("Two-step authentication"), N_("Where it is required, it can be set up anyway")
        ),
        Permission.ADDRESSES: Label(N_("Allowed IP addresses"), N_("The own list, and binding the session to its IP")),
        Permission.SESSIONS: Label(N_("Sessions and known browsers"), N_("See them, log out and forget them")),
        Permission.ACTIVITY: Label(N_("Activity"), N_("What happened in the own account")),
    },
    N_("People"): {
        Permission.INDIVIDUALS: Label(N_("Own individuals"), N_("Customers look after their own people")),
        Permission.CUSTOMERS_VIEW: Label(
            N_("See customers"), N_("With their individuals. Needed for the other permissions about customers")
        ),
        Permission.CUSTOMERS_EDIT: Label(N_("Change customers"), N_("Also make and delete them, and limit their IPs")),
        Permission.CUSTOMERS_RESCUE: Label(N_("Restore access"), N_("Locks, addresses, codes, passwords and sessions")),
        Permission.CUSTOMERS_ENTER: Label(N_("Log in as somebody"), N_("Into the account of whoever one looks after")),
        Permission.RESELLERS_EDIT: Label(N_("Resellers"), N_("See, make, change and delete them")),
        Permission.STAFF: Label(N_("Staff"), N_("Owners alone: staff, staff roles and the class of staff")),
    },
    N_("Management"): {
        Permission.CLASSES: Label(N_("Classes"), N_("Policies and defaults that many people share")),
        Permission.ROLES: Label(N_("Roles"), N_("What each role permits")),
        Permission.EVENTS: Label(N_("Audit log"), N_("Of those whom one looks after")),
    },
}


class RoleWords(NamedTuple):
    """What roles of a kind are called, and who has them."""

    title: str
    whose: str


ROLES: dict[str, RoleWords] = {
    "self-care": RoleWords(N_("Self-care"), N_("For customers and their individuals.")),
    "reseller": RoleWords(N_("Resellers"), N_("For resellers, about their own customers.")),
    "staff": RoleWords(N_("Staff"), N_("For the provider's people. Owners alone see and change these roles.")),
}

# Of the built-in roles, as they are stored; whatever somebody else has written is his.
DESCRIPTIONS = frozenset(
    {
        N_("Everything, and managing staff"),
        N_("Looks after resellers, customers and individuals"),
        N_("Looks after his own customers and their individuals"),
        N_("Everything a customer can do for himself"),
        N_("Bills, and the own security"),
        N_("Bills, and the own sessions"),
    }
)
