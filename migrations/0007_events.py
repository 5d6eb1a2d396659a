"""Ways through the log: by who did it, to whom, from where and what. Of whom was deleted the entry tells the kind."""

INDEXES = {
    "event_actor": "event (actor)",
    "event_subject": "event (subject)",
    "event_address": "event (address)",
    "event_tag": "event (tag)",
    "event_deleted": "event (subject) WHERE tag = 'account:user:deleted'",
}


def up(migrator, db):
    for name, index in INDEXES.items():
        db.execute_sql(f"CREATE INDEX {name} ON {index}")
