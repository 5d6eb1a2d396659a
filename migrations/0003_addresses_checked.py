"""Lists of addresses get a count of their saves and refuse what is no list; denials know their source.

A CHECK comes only with a new table: the rows are taken out, the tables made anew and the rows put back. Nothing but the
tables themselves refers to them.
"""

from peewee import CharField, Check, DateTimeField, ForeignKeyField, IntegerField, Model

TABLES = ("trusted_ip_list", "trusted_ip", "relief", "denial")  # whom others refer to first


def up(migrator, db):
    kept = {table: _rows(db, table) for table in TABLES}
    for table in reversed(TABLES):
        db.execute_sql(f"DROP TABLE {table}")
    _create_tables(db)
    for row in kept["trusted_ip_list"]:
        row["version"] = 0
    for row in kept["relief"]:
        del row["granted_by"]
    for row in kept["denial"]:
        row["source"] = row["address"]
    for table in TABLES:
        for row in kept[table]:
            marks = ", ".join("?" * len(row))
            db.execute_sql(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", tuple(row.values()))  # noqa: S608 (our own names)


def _rows(db, table):
    cursor = db.execute_sql(f"SELECT * FROM {table}")  # noqa: S608
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


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
        version = IntegerField(default=0)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "trusted_ip_list"
            indexes = ((("user", "side"), True),)
            constraints = [
                Check(
                    "access IN ('any', 'listed', 'inherit') AND side IN ('own', 'provider')"
                    " AND (user_id IS NULL) <> (account_class_id IS NULL)"
                )
            ]

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
        source = CharField(max_length=45)
        first_at = DateTimeField()
        last_at = DateTimeField()
        count = IntegerField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "denial"
            indexes = ((("user", "last_at"), False), (("last_at",), False))

    db.create_tables([TrustedIpList, TrustedIp, Relief, Denial])
