"""The schema on one page: columns, constraints, predicates. Verbs live in domain/."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from peewee import (
    SQL,
    AutoField,
    BooleanField,
    CharField,
    Check,
    CompositeKey,
    DateTimeField,
    ForeignKeyField,
    IntegerField,
    Model,
    TextField,
)
from playhouse.pool import PooledSqliteDatabase

# Opened by installation.py, which knows the file.
database = PooledSqliteDatabase(None, lock_type="IMMEDIATE")

# WAL + FULL: a power cut must not un-use a code. Every transaction is IMMEDIATE: a deferred one that reads and then
# writes fails at once with "database is locked" under load, whatever the time-out.
PRAGMAS = {"busy_timeout": 10_000, "journal_mode": "wal", "synchronous": "full", "foreign_keys": 1}


class UTCDateTimeField(DateTimeField):
    """An aware instant, stored in UTC as text of fixed width, so that texts sort as instants do."""

    WIRE = "%Y-%m-%d %H:%M:%S.%f"

    def db_value(self, value: datetime | None) -> str | None:
        return None if value is None else value.astimezone(UTC).strftime(self.WIRE)

    def python_value(self, value: str | None) -> datetime | None:
        return None if value is None else datetime.fromisoformat(value).replace(tzinfo=UTC)


def run(statement: str, *values: object, **named: object) -> Any:
    """Plain SQL, for what each log-in and each page asks: building it with the ORM costs ten times its running.

    The marks are `?` in their order, or names. Instants go in as instants and come back as text (`instant`). Returns
    the cursor.
    """
    if named:
        return database.execute_sql(statement, {name: _wire(value) for name, value in named.items()})
    return database.execute_sql(statement, tuple(_wire(value) for value in values))


def _wire(value: object) -> object:
    return value.astimezone(UTC).strftime(UTCDateTimeField.WIRE) if isinstance(value, datetime) else value


def instant(text: str) -> datetime:
    """An instant as `run` brings it."""
    return datetime.fromisoformat(f"{text}+00:00")  # five times as fast as replacing the zone afterwards


class Kind(StrEnum):
    """What a user is."""

    STAFF = "staff"
    RESELLER = "reseller"
    CUSTOMER = "customer"
    INDIVIDUAL = "individual"

    @property
    def role_kind(self) -> RoleKind:
        return {Kind.STAFF: RoleKind.STAFF, Kind.RESELLER: RoleKind.RESELLER}.get(self, RoleKind.SELF_CARE)


class RoleKind(StrEnum):
    STAFF = "staff"
    RESELLER = "reseller"
    SELF_CARE = "self-care"


class ClassPolicy(StrEnum):
    """Two-step policy of a class."""

    OPTIONAL = "optional"
    REQUIRED = "required"
    OFF = "off"


class UserPolicy(StrEnum):
    """Two-step policy of a user: as defined by the class, or his own."""

    INHERIT = "inherit"
    YES = "yes"
    NO = "no"


class Access(StrEnum):
    """What a list of addresses does: nothing, or let in only who stands in it, or what the list of the class does."""

    INHERIT = "inherit"
    ANY = "any"
    LISTED = "listed"


class Side(StrEnum):
    """Whose decision a list of addresses is."""

    OWN = "own"
    PROVIDER = "provider"


class Stage(StrEnum):
    """How far a session has come: the password was right, or everything was."""

    PASSWORD = "password"  # noqa: S105 (a stage, no secret)
    FULL = "full"


class Mode(StrEnum):
    """How somebody acts for another: with the role that is assigned to him, with the default one, or looking only."""

    ASSIGNED = "assigned"
    DEFAULT = "default"
    VIEW = "view"


class Base(Model):
    id = AutoField()

    class Meta:
        database = database
        legacy_table_names = False


class Role(Base):
    kind = CharField(max_length=16)
    name = CharField(max_length=80, unique=True)
    description = CharField(max_length=200, default="")
    permissions = TextField(default="[]")  # JSON, a list of names of domain.permissions.Permission
    is_default = BooleanField(default=False)  # of its kind; not deletable


class AccountClass(Base):
    name = CharField(max_length=80, unique=True)
    is_built_in = BooleanField(default=False)
    two_factor = CharField(max_length=16, default=ClassPolicy.OPTIONAL)
    grace_days = IntegerField(default=0)  # counted from a person's first log-in under Required
    idle_minutes = IntegerField(null=True)  # may shorten the setting of the installation

    # preferences; none: as the browser says
    language = CharField(max_length=16, null=True)
    time_zone = CharField(max_length=64, null=True)
    output_format = CharField(max_length=40, null=True)
    input_format = CharField(max_length=40, null=True)


class User(Base):
    login = CharField(max_length=64, unique=True)  # folded
    name = CharField(max_length=120, default="")
    email = CharField(max_length=254, default="")
    kind = CharField(max_length=16)
    parent = ForeignKeyField("self", null=True, on_delete="RESTRICT", index=False)  # user_children, below
    role = ForeignKeyField(Role, on_delete="RESTRICT")
    account_class = ForeignKeyField(AccountClass, on_delete="RESTRICT")
    active = BooleanField(default=True)
    activates_at = UTCDateTimeField(null=True)
    expires_at = UTCDateTimeField(null=True)
    created_at = UTCDateTimeField()

    password_hash = CharField(null=True)  # none: nobody logs in with a password
    password_changed_at = UTCDateTimeField(null=True)
    must_change_password = BooleanField(default=False)

    two_factor = CharField(max_length=16, default=UserPolicy.INHERIT)
    grace_began_at = UTCDateTimeField(null=True)  # the first log-in under Required
    wrong_codes_in_row = IntegerField(default=0)
    bind_session = BooleanField(default=False, constraints=[SQL("DEFAULT 0")])

    last_login_at = UTCDateTimeField(null=True)
    last_login_address = CharField(max_length=45, null=True, index=True)

    # preferences; none: as the class has it
    language = CharField(max_length=16, null=True)
    time_zone = CharField(max_length=64, null=True)
    output_format = CharField(max_length=40, null=True)
    input_format = CharField(max_length=40, null=True)

    # Kept by triggers, for the indexes: nobody else writes them.
    enrolled = BooleanField(default=False, constraints=[SQL("DEFAULT 0")])  # has an authenticator
    access = CharField(max_length=16, default=Access.INHERIT, constraints=[SQL("DEFAULT 'inherit'")])  # of both lists
    denied_at = UTCDateTimeField(null=True)  # his last denial

    class Meta:
        indexes = (
            (("kind", "login"), False),
            (("kind", "account_class", "two_factor", "enrolled", "login"), False),
            (("kind", "account_class", "access", "login"), False),
        )


User.add_index(User.kind, User.login, where=SQL("active = 0"), name="user_suspended")
User.add_index(User.kind, User.login, where=SQL("bind_session = 1"), name="user_bound")
User.add_index(User.kind, User.denied_at, User.id, User.parent, where=SQL("denied_at IS NOT NULL"), name="user_denied")
# Everything that the filters ask of somebody's children: they are walked without a look at the table.
User.add_index(
    User.parent,
    User.login,
    User.kind,
    User.active,
    User.bind_session,
    User.enrolled,
    User.two_factor,
    User.access,
    User.account_class,
    name="user_children",
)


class AllowedRole(Model):
    """A role that a customer may give to his individuals. Triggers keep those here that they have."""

    user = ForeignKeyField(User, on_delete="CASCADE", index=False)
    role = ForeignKeyField(Role, on_delete="CASCADE")

    class Meta:
        database = database
        legacy_table_names = False
        primary_key = CompositeKey("user", "role")
        without_rowid = True


class Authenticator(Base):
    """An app that makes one-time passwords. The table allows several of one user; today everybody has one at most."""

    user = ForeignKeyField(User, on_delete="CASCADE")
    name = CharField(max_length=80)
    secret = TextField()  # encrypted, bound to this row
    last_step = IntegerField()  # the last accepted time step: each accepted one must be greater
    enabled_at = UTCDateTimeField()
    last_used_at = UTCDateTimeField(null=True)


class RecoveryCode(Base):
    user = ForeignKeyField(User, on_delete="CASCADE")
    code_hash = CharField(max_length=64)
    created_at = UTCDateTimeField()
    used_at = UTCDateTimeField(null=True)
    expires_at = UTCDateTimeField(null=True)  # only those that the provider issued, to be read out over the telephone

    class Meta:
        indexes = ((("user", "code_hash"), True),)


class KnownBrowser(Base):
    """A browser in which this user has logged in completely: strangers cannot use up its attempts."""

    user = ForeignKeyField(User, on_delete="CASCADE")
    token_hash = CharField(max_length=64, unique=True)
    user_agent = CharField(max_length=300)
    address = CharField(max_length=45)
    created_at = UTCDateTimeField()
    last_used_at = UTCDateTimeField()


class Session(Base):
    """One log-in. An ended one stays for a week, so that its browser can be told why."""

    token_hash = CharField(max_length=64, unique=True)
    user = ForeignKeyField(User, on_delete="CASCADE")
    stage = CharField(max_length=16)
    method = CharField(max_length=32, default="")  # how it was opened: password, one-time password, log-in link …
    address = CharField(max_length=45)  # where it was opened
    paired_address = CharField(max_length=45, null=True)  # of the other family, for a network that has both
    user_agent = CharField(max_length=300)
    created_at = UTCDateTimeField()
    last_used_at = UTCDateTimeField()
    confirmed_at = UTCDateTimeField()  # the last proof that the person is at the keyboard
    known_browser = ForeignKeyField(KnownBrowser, null=True, on_delete="SET NULL")
    replaces = ForeignKeyField("self", null=True, on_delete="SET NULL")  # ends when this one becomes full
    # Somebody acts for the user: his own session, which this one ends with, and how.
    actor_session = ForeignKeyField("self", null=True, on_delete="CASCADE", backref="visits")
    acting_mode = CharField(max_length=16, null=True)
    previous_login_at = UTCDateTimeField(null=True)
    previous_login_address = CharField(max_length=45, null=True)
    enrolment_put_off = BooleanField(default=False)
    shown_codes = TextField(null=True)  # encrypted: new recovery codes, until Done is pressed
    shown_codes_until = UTCDateTimeField(null=True)
    tried_from = CharField(
        max_length=45, null=True
    )  # the address at which binding refused it, until its owner has seen
    tried_at = UTCDateTimeField(null=True)
    ended_at = UTCDateTimeField(null=True)
    end_reason = CharField(max_length=32, null=True)

    class Meta:
        indexes = ((("user", "ended_at", "stage"), False),)


class TrustedIpList(Base):
    """From where somebody may come: his own list, the provider's for him, or the provider's for a class.

    No row means the default: `any`, and `inherit` for the provider's list of a person. A list outlives being switched
    off: its entries lie dormant until it is `listed` again.
    """

    user = ForeignKeyField(User, null=True, on_delete="CASCADE", index=False)
    account_class = ForeignKeyField(AccountClass, null=True, unique=True, on_delete="CASCADE")
    side = CharField(max_length=16)
    access = CharField(max_length=16)
    access_before = CharField(max_length=16, null=True)  # what `recover ip` switched off, for --restore
    version = IntegerField(default=0)  # counts the saves, so that nobody overwrites what he has not seen

    class Meta:
        indexes = ((("user", "side"), True),)
        constraints = [
            Check(
                "access IN ('any', 'listed', 'inherit') AND side IN ('own', 'provider')"
                " AND (user_id IS NULL) <> (account_class_id IS NULL)"
            )
        ]


class TrustedIp(Base):
    """An entry: all addresses from lowest to highest, as hexadecimal text of fixed width, which sorts as they do."""

    trusted_ip_list = ForeignKeyField(TrustedIpList, on_delete="CASCADE", index=False)
    family = IntegerField()  # 4 or 6: an entry of one never lets in the other
    lowest = CharField(max_length=32)
    highest = CharField(max_length=32)
    note = CharField(max_length=80, default="")
    expires_at = UTCDateTimeField(null=True)
    added_by = CharField(max_length=80)
    added_at = UTCDateTimeField()
    last_used_at = UTCDateTimeField(null=True)  # the last time it let somebody in

    class Meta:
        # Everything that the guard asks of an entry: its statement never touches the table.
        indexes = ((("trusted_ip_list", "family", "lowest", "highest", "expires_at"), False),)
        # The guard compares texts: whatever else somebody wrote in by hand could let in everybody.
        constraints = [
            Check(
                "(family = 4 AND length(lowest) = 8 OR family = 6 AND length(lowest) = 32)"
                " AND length(highest) = length(lowest) AND lowest <= highest"
                " AND lowest || highest NOT GLOB '*[^0-9a-f]*'"
                " AND (expires_at IS NULL OR length(expires_at) = 26 AND julianday(expires_at) IS NOT NULL)"
            )
        ]


class Relief(Base):
    """A session that passes the lists of its user for a while: it was opened by a link of the provider."""

    session = ForeignKeyField(Session, unique=True, on_delete="CASCADE")
    began_at = UTCDateTimeField()
    ends_at = UTCDateTimeField()


class Denial(Base):
    """Refusals by address: those of ten minutes count as one."""

    user = ForeignKeyField(User, on_delete="CASCADE", index=False)
    rule = CharField(max_length=16)
    address = CharField(max_length=45)  # the last of its source
    source = CharField(max_length=45)
    first_at = UTCDateTimeField()
    last_at = UTCDateTimeField()
    count = IntegerField()

    class Meta:
        indexes = ((("user", "last_at"), False), (("last_at",), False), (("source", "user"), False))


class Enrolment(Base):
    """A secret that is shown but not proved yet. It belongs to one session and counts for nothing else."""

    session = ForeignKeyField(Session, unique=True, on_delete="CASCADE")
    secret = TextField()  # encrypted, bound to the session
    began_at = UTCDateTimeField()


class LoginLink(Base):
    """A single-use link made at the terminal; it opens the person's own account without password and code."""

    user = ForeignKeyField(User, on_delete="CASCADE")
    token_hash = CharField(max_length=64, unique=True)
    created_by = CharField(max_length=80)
    created_at = UTCDateTimeField()
    expires_at = UTCDateTimeField()
    used_at = UTCDateTimeField(null=True)


class PasswordLink(Base):
    """A single-use link by which a person sets a password; it opens nothing."""

    user = ForeignKeyField(User, on_delete="CASCADE")
    token_hash = CharField(max_length=64, unique=True)
    made_by = ForeignKeyField(User, null=True, on_delete="CASCADE", backref="+")  # none: at the terminal
    created_at = UTCDateTimeField()
    expires_at = UTCDateTimeField()
    used_at = UTCDateTimeField(null=True)


class LoginSource(Base):
    """A source (IPv4 address or IPv6 /64) from which the user got in; familiar for 30 days."""

    user = ForeignKeyField(User, on_delete="CASCADE")
    source = CharField(max_length=45)
    last_login_at = UTCDateTimeField()

    class Meta:
        indexes = ((("user", "source"), True), (("source", "user"), False))


class Attempt(Base):
    """One booked attempt of a throttle. It is released when the attempt succeeds, and forgotten after a day."""

    bucket = CharField(max_length=160)
    at = UTCDateTimeField()

    class Meta:
        indexes = ((("bucket", "at"), False), (("at",), False))


class Event(Base):
    """An act or a refusal. Logins stand as text: they outlive their users."""

    at = UTCDateTimeField(index=True)
    tag = CharField(max_length=64)
    actor = CharField(max_length=80)
    subject = CharField(max_length=80)
    subject_user = ForeignKeyField(User, null=True, on_delete="SET NULL")
    address = CharField(max_length=45)
    user_agent = CharField(max_length=300)
    succeeded = BooleanField()
    # The actor was in the account of the subject, or of whom the details name.
    while_acting = BooleanField(default=False, constraints=[SQL("DEFAULT 0")])
    details = TextField(default="{}")  # JSON

    class Meta:
        indexes = (
            (("subject_user", "id"), False),
            (("actor",), False),
            (("subject",), False),
            (("address",), False),
            (("tag",), False),
        )


Event.add_index(Event.subject, where=SQL("tag = 'account:user:deleted'"), name="event_deleted")


MODELS: list[type[Model]] = [
    Role,
    AccountClass,
    User,
    AllowedRole,
    Authenticator,
    RecoveryCode,
    KnownBrowser,
    Session,
    TrustedIpList,
    TrustedIp,
    Relief,
    Denial,
    Enrolment,
    LoginLink,
    PasswordLink,
    LoginSource,
    Attempt,
    Event,
]
