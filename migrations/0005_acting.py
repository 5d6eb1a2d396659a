"""Acting for somebody: whose session stands behind a session, and the permissions of those who look after others."""

import json

CUSTOMERS = ["customers.view", "customers.edit", "customers.rescue", "customers.enter", "events"]
RESELLERS = [*CUSTOMERS, "resellers.edit"]
ADDED = {"Owner": [*RESELLERS, "staff"], "Staff": RESELLERS, "Reseller": CUSTOMERS}


def up(migrator, db):
    db.execute_sql("ALTER TABLE session ADD COLUMN actor_session_id INTEGER REFERENCES session (id) ON DELETE CASCADE")
    db.execute_sql("ALTER TABLE session ADD COLUMN acting_mode VARCHAR(16)")
    db.execute_sql("CREATE INDEX session_actor_session_id ON session (actor_session_id)")
    db.execute_sql("ALTER TABLE event ADD COLUMN while_acting INTEGER NOT NULL DEFAULT 0")
    for role_id, name, permissions in db.execute_sql("SELECT id, name, permissions FROM role").fetchall():
        permitted = [*json.loads(permissions), *ADDED.get(name, ())]
        db.execute_sql("UPDATE role SET permissions = ? WHERE id = ?", (json.dumps(permitted), role_id))
