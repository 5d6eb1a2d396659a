"""Who may do what: permissions for classes, roles and individuals, the roles that a customer may give, and links by
which people set a password.

Triggers, so that whoever makes people (a verb, an import, somebody at the sqlite3 prompt) leaves none with a role that
his customer may not give.
"""

import json

ADDED = {
    "Owner": ["classes", "roles", "individuals"],
    "Staff": ["classes", "roles", "individuals"],
    "Reseller": ["individuals"],
    "Full self-care": ["individuals"],
}
BILLING = ["profile", "sessions", "activity"]

ALLOWED_ROLE = """
CREATE TABLE allowed_role (
  user_id INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
  role_id INTEGER NOT NULL REFERENCES role (id) ON DELETE CASCADE,
  PRIMARY KEY (user_id, role_id)
) WITHOUT ROWID
"""
LINK = """
CREATE TABLE password_link (
  id INTEGER NOT NULL PRIMARY KEY,
  user_id INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
  token_hash VARCHAR(64) NOT NULL,
  made_by_id INTEGER REFERENCES user (id) ON DELETE CASCADE,
  created_at DATETIME NOT NULL,
  expires_at DATETIME NOT NULL,
  used_at DATETIME
)
"""
DEFAULT = "SELECT r.id FROM role r WHERE r.kind = 'self-care' AND r.is_default"
ALLOW_IN_USE = (
    "INSERT OR IGNORE INTO allowed_role (user_id, role_id)"
    " SELECT NEW.parent_id, r.id FROM role r WHERE r.id = NEW.role_id AND r.kind = 'self-care'"
)
TRIGGERS = {
    "customer_inserted": (
        "AFTER INSERT ON user WHEN NEW.kind = 'customer'",
        f"INSERT OR IGNORE INTO allowed_role (user_id, role_id) SELECT NEW.id, r.id FROM ({DEFAULT}) r",  # noqa: S608
    ),
    "individual_inserted": ("AFTER INSERT ON user WHEN NEW.kind = 'individual'", ALLOW_IN_USE),
    "individual_changed": ("AFTER UPDATE OF role_id, parent_id ON user WHEN NEW.kind = 'individual'", ALLOW_IN_USE),
}


def up(migrator, db):
    for role_id, name, permissions in db.execute_sql("SELECT id, name, permissions FROM role").fetchall():
        permitted = [*json.loads(permissions), *ADDED.get(name, ())]
        db.execute_sql("UPDATE role SET permissions = ? WHERE id = ?", (json.dumps(permitted), role_id))
    # Narrower than the full one from here on, as its name says; where somebody has it, it stays what he was given.
    db.execute_sql(
        "UPDATE role SET permissions = ?, description = 'Bills, and the own sessions' WHERE name = 'Billing only'"
        " AND NOT EXISTS (SELECT 1 FROM user u WHERE u.role_id = role.id)",
        (json.dumps(BILLING),),
    )
    db.execute_sql(ALLOWED_ROLE)
    db.execute_sql("CREATE INDEX allowed_role_role_id ON allowed_role (role_id)")
    db.execute_sql(f"INSERT INTO allowed_role SELECT u.id, r.id FROM user u, ({DEFAULT}) r WHERE u.kind = 'customer'")  # noqa: S608
    db.execute_sql(
        "INSERT OR IGNORE INTO allowed_role SELECT DISTINCT u.parent_id, u.role_id FROM user u"
        " JOIN role r ON r.id = u.role_id AND r.kind = 'self-care' WHERE u.kind = 'individual'"
    )
    db.execute_sql(LINK)
    db.execute_sql("CREATE UNIQUE INDEX password_link_token_hash ON password_link (token_hash)")
    db.execute_sql("CREATE INDEX password_link_user_id ON password_link (user_id)")
    db.execute_sql("CREATE INDEX password_link_made_by_id ON password_link (made_by_id)")
    for name, (when, act) in TRIGGERS.items():
        db.execute_sql(f"CREATE TRIGGER {name} {when} BEGIN {act}; END")
