"""Language, time zone and formats of users and classes, and the permission for one's own."""

import json


def up(migrator, db):
    # In place: rebuilding a table that others refer to would delete what refers to it.
    for table in ("user", "account_class"):
        for column in (
            "language VARCHAR(16)",
            "time_zone VARCHAR(64)",
            "output_format VARCHAR(40)",
            "input_format VARCHAR(40)",
        ):
            db.execute_sql(f"ALTER TABLE {table} ADD COLUMN {column}")
    for role_id, permissions in db.execute_sql("SELECT id, permissions FROM role").fetchall():
        permitted = [*json.loads(permissions), "profile"]
        db.execute_sql("UPDATE role SET permissions = ? WHERE id = ?", (json.dumps(permitted), role_id))
