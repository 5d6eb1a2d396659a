"""The first schema: a frozen copy of the models of its day, with the built-in roles and classes."""

import json

from peewee import BooleanField, CharField, DateTimeField, ForeignKeyField, IntegerField, Model, TextField

SELF_CARE = ["two_factor", "sessions", "activity"]

ROLES = (
    ("staff", "Owner", "Everything, and managing staff", SELF_CARE, False),
    ("staff", "Staff", "Looks after resellers, customers and individuals", SELF_CARE, True),
    ("reseller", "Reseller", "Looks after his own customers and their individuals", SELF_CARE, True),
    ("self-care", "Full self-care", "Everything a customer can do for himself", SELF_CARE, True),
    ("self-care", "Billing only", "Bills, and the own security", SELF_CARE, False),
)
CLASSES = (("Staff", "required", 7), ("Resellers", "optional", 0), ("Customers", "optional", 0))


def up(migrator, db):
    class AccountClass(Model):
        name = CharField(unique=True, max_length=80)
        is_built_in = BooleanField(default=False)
        two_factor = CharField(max_length=16, default="optional")
        grace_days = IntegerField(default=0)
        idle_minutes = IntegerField(null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "account_class"

    db.create_tables([AccountClass])

    class Attempt(Model):
        bucket = CharField(max_length=160)
        at = DateTimeField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "attempt"
            indexes = ((("bucket", "at"), False), (("at",), False))

    db.create_tables([Attempt])

    class Role(Model):
        kind = CharField(max_length=16)
        name = CharField(unique=True, max_length=80)
        description = CharField(max_length=200, default="")
        permissions = TextField(default="[]")
        is_default = BooleanField(default=False)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "role"

    db.create_tables([Role])

    class User(Model):
        login = CharField(unique=True, max_length=64)
        name = CharField(max_length=120, default="")
        email = CharField(max_length=254, default="")
        kind = CharField(max_length=16)
        parent = ForeignKeyField("self", null=True, on_delete="RESTRICT")
        role = ForeignKeyField(Role, on_delete="RESTRICT")
        account_class = ForeignKeyField(AccountClass, on_delete="RESTRICT")
        active = BooleanField(default=True)
        activates_at = DateTimeField(null=True)
        expires_at = DateTimeField(null=True)
        created_at = DateTimeField()
        password_hash = CharField(null=True)
        password_changed_at = DateTimeField(null=True)
        must_change_password = BooleanField(default=False)
        two_factor = CharField(max_length=16, default="inherit")
        grace_began_at = DateTimeField(null=True)
        wrong_codes_in_row = IntegerField(default=0)
        last_login_at = DateTimeField(null=True)
        last_login_address = CharField(null=True, max_length=45)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "user"

    db.create_tables([User])

    class Authenticator(Model):
        user = ForeignKeyField(User, on_delete="CASCADE")
        name = CharField(max_length=80)
        secret = TextField()
        last_step = IntegerField()
        enabled_at = DateTimeField()
        last_used_at = DateTimeField(null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "authenticator"

    db.create_tables([Authenticator])

    class KnownBrowser(Model):
        user = ForeignKeyField(User, on_delete="CASCADE")
        token_hash = CharField(unique=True, max_length=64)
        user_agent = CharField(max_length=300)
        address = CharField(max_length=45)
        created_at = DateTimeField()
        last_used_at = DateTimeField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "known_browser"

    db.create_tables([KnownBrowser])

    class Session(Model):
        token_hash = CharField(unique=True, max_length=64)
        user = ForeignKeyField(User, on_delete="CASCADE")
        stage = CharField(max_length=16)
        method = CharField(max_length=32, default="")
        address = CharField(max_length=45)
        user_agent = CharField(max_length=300)
        created_at = DateTimeField()
        last_used_at = DateTimeField()
        confirmed_at = DateTimeField()
        known_browser = ForeignKeyField(KnownBrowser, null=True, on_delete="SET NULL")
        replaces = ForeignKeyField("self", null=True, on_delete="SET NULL")
        previous_login_at = DateTimeField(null=True)
        previous_login_address = CharField(null=True, max_length=45)
        enrolment_put_off = BooleanField(default=False)
        shown_codes = TextField(null=True)
        shown_codes_until = DateTimeField(null=True)
        ended_at = DateTimeField(null=True)
        end_reason = CharField(null=True, max_length=32)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "session"
            indexes = ((("user", "ended_at", "stage"), False),)

    db.create_tables([Session])

    class Enrolment(Model):
        session = ForeignKeyField(Session, unique=True, on_delete="CASCADE")
        secret = TextField()
        began_at = DateTimeField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "enrolment"

    db.create_tables([Enrolment])

    class Event(Model):
        at = DateTimeField(index=True)
        tag = CharField(max_length=64)
        actor = CharField(max_length=80)
        subject = CharField(max_length=80)
        subject_user = ForeignKeyField(User, null=True, on_delete="SET NULL")
        address = CharField(max_length=45)
        user_agent = CharField(max_length=300)
        succeeded = BooleanField()
        details = TextField(default="{}")

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "event"
            indexes = ((("subject_user", "id"), False),)

    db.create_tables([Event])

    class LoginLink(Model):
        user = ForeignKeyField(User, on_delete="CASCADE")
        token_hash = CharField(unique=True, max_length=64)
        created_by = CharField(max_length=80)
        created_at = DateTimeField()
        expires_at = DateTimeField()
        used_at = DateTimeField(null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "login_link"

    db.create_tables([LoginLink])

    class LoginSource(Model):
        user = ForeignKeyField(User, on_delete="CASCADE")
        source = CharField(max_length=45)
        last_login_at = DateTimeField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "login_source"
            indexes = ((("user", "source"), True),)

    db.create_tables([LoginSource])

    class RecoveryCode(Model):
        user = ForeignKeyField(User, on_delete="CASCADE")
        code_hash = CharField(max_length=64)
        created_at = DateTimeField()
        used_at = DateTimeField(null=True)
        expires_at = DateTimeField(null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "recovery_code"
            indexes = ((("user", "code_hash"), True),)

    db.create_tables([RecoveryCode])

    Role.insert_many(
        {"kind": kind, "name": name, "description": text, "permissions": json.dumps(permitted), "is_default": default}
        for kind, name, text, permitted, default in ROLES
    ).execute()
    AccountClass.insert_many(
        {"name": name, "is_built_in": True, "two_factor": policy, "grace_days": days} for name, policy, days in CLASSES
    ).execute()
