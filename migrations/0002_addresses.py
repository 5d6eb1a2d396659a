"""Lists of allowed addresses, sessions bound to an address, relief, and the permission for the first two."""

import json

from peewee import CharField, Check, DateTimeField, ForeignKeyField, IntegerField, Model


def up(migrator, db):
    # In place: rebuilding a table that others refer to would delete what refers to it.
    db.execute_sql("ALTER TABLE user ADD COLUMN bind_session INTEGER NOT NULL DEFAULT 0")
    for column in ("paired_address VARCHAR(45)", "tried_from VARCHAR(45)", "tried_at DATETIME"):
        db.execute_sql(f"ALTER TABLE session ADD COLUMN {column}")
    _create_tables(db)
    for role_id, permissions in db.execute_sql("SELECT id, permissions FROM role").fetchall():
        permitted = [*json.loads(permissions), "addresses"]
        db.execute_sql("UPDATE role SET permissions = ? WHERE id = ?", (json.dumps(permitted), role_id))


def _create_tables(db):
    class AccountClass(Model):
        class Meta:
            database = db
            table_name = "account_class"

    class User(Model):
        class Meta:
            database = db
            table_name = "user"

    class Session(Model):
        class Meta:
            database = db
            table_name = "session"

    class TrustedIpList(Model):
        user = ForeignKeyField(User, null=True, on_delete="CASCADE", index=False)
        account_class = ForeignKeyField(AccountClass, null=True, unique=True, on_delete="CASCADE")
        side = CharField(max_length=16)
        access = CharField(max_length=16)
        access_before = CharField(max_length=16, null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "trusted_ip_list"
            indexes = ((("user", "side"), True),)

    class TrustedIp(Model):
        trusted_ip_list = ForeignKeyField(TrustedIpList, on_delete="CASCADE", index=False)
        family = IntegerField()
        lowest = CharField(max_length=32)
        highest = CharField(max_length=32)
        note = CharField(max_length=80, default="")
        expires_at = DateTimeField(null=True)
        added_by = CharField(max_length=80)
        added_at = DateTimeField()
        last_used_at = DateTimeField(null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "trusted_ip"
            indexes = ((("trusted_ip_list", "family", "lowest", "highest", "expires_at"), False),)
            constraints = [
                Check(
                    "(family = 4 AND length(lowest) = 8 OR family = 6 AND length(lowest) = 32)"
                    " AND length(highest) = length(lowest) AND lowest <= highest"
                    " AND lowest || highest NOT GLOB '*[^0-9a-f]*'"
                    " AND (expires_at IS NULL OR length(expires_at) = 26 AND julianday(expires_at) IS NOT NULL)"
                )
            ]

    class Relief(Model):
        session = ForeignKeyField(Session, unique=True, on_delete="CASCADE")
        granted_by = CharField(max_length=80)
        began_at = DateTimeField()
        ends_at = DateTimeField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "relief"

    class Denial(Model):
        user = ForeignKeyField(User, on_delete="CASCADE", index=False)
        rule = CharField(max_length=16)
        address = CharField(max_length=45)
        first_at = DateTimeField()
        last_at = DateTimeField()
        count = IntegerField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "denial"
            indexes = ((("user", "last_at"), False), (("last_at",), False))

    db.create_tables([TrustedIpList, TrustedIp, Relief, Denial])
