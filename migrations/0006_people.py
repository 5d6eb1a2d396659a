"""Lists of people: three columns that triggers keep, an index for each way through a list, and an index of words.

Triggers, so that whoever writes keeps them right: a verb, an import, somebody at the sqlite3 prompt. Whoever rebuilds
one of these tables makes its triggers anew.
"""

COLUMNS = "login, name, email, kind, parent, grandparent, two_factor, access, suspended, bound"
INDEXED = "login, name, email, kind, parent_id, account_class_id, two_factor, enrolled, access, active, bind_session"

# What is no word is one trigram of signs for private use: a list of its own in the index of words, so that a search
# among few people never passes by those many who have the word. Ids take two signs above U+20000.
ID = "char({mark}, 131072 + {id} / 500000, 131072 + {id} % 500000)"
WORDS = f"""
CREATE VIEW user_words AS
SELECT u.id, u.parent_id, u.login, u.name, u.email,
       char(57344) || substr(u.kind, 1, 2) AS kind,
       iif(u.parent_id, {ID.format(mark=57345, id="u.parent_id")}, '') AS parent,
       iif(p.parent_id, {ID.format(mark=57345, id="p.parent_id")}, '') AS grandparent,
       char(57346, 131072 + u.account_class_id, 131072 + unicode(u.two_factor) + 256 * u.enrolled) AS two_factor,
       char(57347, 131072 + u.account_class_id, 131072 + unicode(u.access)) AS access,
       iif(u.active, '', char(57348, 57348, 57348)) AS suspended,
       iif(u.bind_session, char(57349, 57349, 57349), '') AS bound
  FROM user u LEFT JOIN user p ON p.id = u.parent_id
"""  # noqa: S608 (our own names)
TABLE = f"""
CREATE VIRTUAL TABLE user_search
 USING fts5({COLUMNS}, content = 'user_words', content_rowid = 'id', tokenize = 'trigram')
"""
ADD = f"INSERT INTO user_search (rowid, {COLUMNS}) SELECT id, {COLUMNS} FROM user_words WHERE "  # noqa: S608
REMOVE = f"""
INSERT INTO user_search (user_search, rowid, {COLUMNS}) SELECT 'delete', id, {COLUMNS} FROM user_words WHERE
"""  # noqa: S608
OLD, NEW = (", ".join(f"{row}.{column}" for column in INDEXED.split(", ")) for row in ("OLD", "NEW"))
CHANGES = f"UPDATE OF {INDEXED} ON user WHEN ({OLD}) IS NOT ({NEW})"
MOVES = "UPDATE OF parent_id ON user WHEN OLD.parent_id IS NOT NEW.parent_id"

ENROLLED = """
UPDATE user SET enrolled = EXISTS (SELECT 1 FROM authenticator a WHERE a.user_id = user.id) WHERE id = {row}.user_id
"""
ACCESS = """
CASE WHEN EXISTS (SELECT 1 FROM trusted_ip_list l WHERE l.user_id = user.id AND l.access = 'listed') THEN 'listed'
     WHEN EXISTS (SELECT 1 FROM trusted_ip_list l
                   WHERE l.user_id = user.id AND l.side = 'provider' AND l.access = 'any') THEN 'any'
     ELSE 'inherit' END
"""
SET_ACCESS = f"UPDATE user SET access = {ACCESS} WHERE id = {{row}}.user_id"  # noqa: S608

DENIED = """
UPDATE user SET denied_at = (SELECT max(d.last_at) FROM denial d WHERE d.user_id = user.id) WHERE id = {row}.user_id
"""

TRIGGERS = {
    "user_search_inserted": ("AFTER INSERT ON user", f"{ADD} id = NEW.id"),
    "user_search_deleted": ("BEFORE DELETE ON user", f"{REMOVE} id = OLD.id"),
    "user_search_changing": (f"BEFORE {CHANGES}", f"{REMOVE} id = OLD.id"),
    "user_search_changed": (f"AFTER {CHANGES}", f"{ADD} id = NEW.id"),
    "user_search_moving": (f"BEFORE {MOVES}", f"{REMOVE} parent_id = OLD.id"),
    "user_search_moved": (f"AFTER {MOVES}", f"{ADD} parent_id = NEW.id"),
    "authenticator_inserted": ("AFTER INSERT ON authenticator", ENROLLED.format(row="NEW")),
    "authenticator_deleted": ("AFTER DELETE ON authenticator", ENROLLED.format(row="OLD")),
    "authenticator_given": ("AFTER UPDATE OF user_id ON authenticator", ENROLLED.format(row="NEW")),
    "authenticator_taken": ("AFTER UPDATE OF user_id ON authenticator", ENROLLED.format(row="OLD")),
    "trusted_ip_list_inserted": ("AFTER INSERT ON trusted_ip_list", SET_ACCESS.format(row="NEW")),
    "trusted_ip_list_deleted": ("AFTER DELETE ON trusted_ip_list", SET_ACCESS.format(row="OLD")),
    "trusted_ip_list_changed": ("AFTER UPDATE OF access ON trusted_ip_list", SET_ACCESS.format(row="NEW")),
    "denial_inserted": ("AFTER INSERT ON denial", DENIED.format(row="NEW")),
    "denial_deleted": ("AFTER DELETE ON denial", DENIED.format(row="OLD")),
    "denial_counted": ("AFTER UPDATE OF last_at ON denial", DENIED.format(row="NEW")),
}
INDEXES = {
    "user_kind_login": "user (kind, login)",
    "user_kind_account_class_id_two_factor_enrolled_login": (
        "user (kind, account_class_id, two_factor, enrolled, login)"
    ),
    "user_kind_account_class_id_access_login": "user (kind, account_class_id, access, login)",
    "user_suspended": "user (kind, login) WHERE active = 0",
    "user_bound": "user (kind, login) WHERE bind_session = 1",
    "user_denied": "user (kind, denied_at, id, parent_id) WHERE denied_at IS NOT NULL",
    "user_children": (
        "user (parent_id, login, kind, active, bind_session, enrolled, two_factor, access, account_class_id)"
    ),
    "user_last_login_address": "user (last_login_address)",
    "denial_source_user_id": "denial (source, user_id)",
    "login_source_source_user_id": "login_source (source, user_id)",
}


def up(migrator, db):
    # In place: rebuilding a table that others refer to would delete what refers to it.
    db.execute_sql("ALTER TABLE user ADD COLUMN enrolled INTEGER NOT NULL DEFAULT 0")
    db.execute_sql("ALTER TABLE user ADD COLUMN access VARCHAR(16) NOT NULL DEFAULT 'inherit'")
    db.execute_sql("UPDATE user SET enrolled = 1 WHERE id IN (SELECT user_id FROM authenticator)")
    db.execute_sql(f"UPDATE user SET access = {ACCESS} WHERE id IN (SELECT user_id FROM trusted_ip_list)")  # noqa: S608
    db.execute_sql("ALTER TABLE user ADD COLUMN denied_at DATETIME")
    db.execute_sql(
        "UPDATE user SET denied_at = (SELECT max(d.last_at) FROM denial d WHERE d.user_id = user.id)"
        " WHERE id IN (SELECT user_id FROM denial)"
    )
    db.execute_sql("DROP INDEX user_parent_id")
    for name, on in INDEXES.items():
        db.execute_sql(f"CREATE INDEX {name} ON {on}")
    db.execute_sql(WORDS)
    db.execute_sql(TABLE)
    db.execute_sql("INSERT INTO user_search (user_search) VALUES ('rebuild')")
    for name, (when, act) in TRIGGERS.items():
        db.execute_sql(f"CREATE TRIGGER {name} {when} BEGIN {act}; END")
