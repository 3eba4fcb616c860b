"""Note in `replica_changes` what changes of a pool that has a copy, or is one.

Triggers do it, in the transaction of the change and whoever makes it: a handler, an import, the
command line. They are made where an installation has more than one region. At an original they
note every row that a copy must follow; at a copy only what the original must hear of.
This is, with the transactions, the one place where the two databases differ.
"""

import hashlib
from collections.abc import Iterator
from typing import Final

from poolkeep.base.transaction import Database, Transaction
from poolkeep.storage.migrate import LOCK_LEDGER
from poolkeep.storage.pool_tables import REPLICATED, PoolTable

MARK: Final = "change-log"
GET_MARK = "SELECT value FROM meta WHERE name = ?"
SET_MARK = """
INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value
"""
OLD_TRIGGERS = {
    "sqlite": "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": """
SELECT t.tgname::text, c.relname::text FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE NOT t.tgisinternal""",
}
PREFIX: Final = "note_"


def install(database: Database) -> bool:
    """Make the triggers of this release; False when they are there. Needs the tables' owner."""
    wanted = list(_statements(database.kind))
    digest = hashlib.sha256("\n".join(wanted).encode()).hexdigest()

    def make(tx: Transaction) -> bool:
        if database.kind == "postgresql":
            tx.run(LOCK_LEDGER)  # two nodes starting at once: the second waits, then finds them
        mark = tx.one(GET_MARK, (MARK,))
        if mark is not None and mark[0] == digest:
            return False
        for name, table in tx.all(OLD_TRIGGERS[database.kind]):
            if name.startswith(PREFIX):
                on = f" ON {table}" if database.kind == "postgresql" else ""
                tx.run(f"DROP TRIGGER {name}{on}")
        for statement in wanted:
            tx.run(statement)
        tx.run(SET_MARK, (MARK, digest))
        return True

    return database.write_now(make)


def _statements(kind: str) -> Iterator[str]:
    for table in REPLICATED:
        yield from _sqlite(table) if kind == "sqlite" else _postgresql(table)


def _note(table: PoolTable, row: str, roles: str) -> str:
    """Return the statement that notes the unit of NEW or OLD, if the pool has such a role."""
    return (
        "INSERT INTO replica_changes (pool_id, table_name, unit, changes) "
        f"SELECT {row}.pool_id, '{table.name}', {row}.{table.unit}, 1 "
        "FROM user_pool_replicas AS link "
        f"WHERE link.pool_id = {row}.pool_id AND link.role IN ({roles}) "
        "ON CONFLICT (pool_id, table_name, unit) "
        "DO UPDATE SET changes = replica_changes.changes + 1"
    )


def _roles(table: PoolTable, action: str) -> str:
    """Return whose changes count: always an original's; a copy's where the original must hear."""
    told = table.back == "rows" and action == "INSERT"
    return "'PRIMARY', 'SECONDARY'" if told else "'PRIMARY'"


def _risen(table: PoolTable) -> str:
    return " OR ".join(f"NEW.{column} > OLD.{column}" for column in table.rising)


def _moved(table: PoolTable) -> str:
    return f"NEW.{table.unit} <> OLD.{table.unit} OR NEW.pool_id <> OLD.pool_id"


def _sqlite(table: PoolTable) -> Iterator[str]:
    new, old = _note(table, "NEW", "'PRIMARY'"), _note(table, "OLD", "'PRIMARY'")
    added = _note(table, "NEW", _roles(table, "INSERT"))
    head = f"CREATE TRIGGER {PREFIX}{table.name}"
    yield f"{head}_insert AFTER INSERT ON {table.name} BEGIN {added}; END"
    yield f"{head}_delete AFTER DELETE ON {table.name} BEGIN {old}; END"
    yield f"{head}_update AFTER UPDATE ON {table.name} BEGIN {new}; END"
    yield (f"{head}_move AFTER UPDATE ON {table.name} WHEN {_moved(table)} BEGIN {old}; END")
    if table.back == "rising":
        back = _note(table, "NEW", "'SECONDARY'")
        yield f"{head}_rise AFTER UPDATE ON {table.name} WHEN {_risen(table)} BEGIN {back}; END"


def _postgresql(table: PoolTable) -> Iterator[str]:
    new, old = _note(table, "NEW", "'PRIMARY'"), _note(table, "OLD", "'PRIMARY'")
    added = _note(table, "NEW", _roles(table, "INSERT"))
    back = ""
    if table.back == "rising":
        note = _note(table, "NEW", "'SECONDARY'")
        back = f"IF {_risen(table)} THEN {note}; END IF; "
    yield (
        f"CREATE OR REPLACE FUNCTION {PREFIX}{table.name}() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN "
        f"IF TG_OP = 'INSERT' THEN {added}; RETURN NULL; END IF; "
        f"IF TG_OP = 'DELETE' THEN {old}; RETURN NULL; END IF; "
        f"{new}; "
        f"IF {_moved(table)} THEN {old}; END IF; "
        f"{back}RETURN NULL; END $$"
    )
    yield (
        f"CREATE TRIGGER {PREFIX}{table.name} AFTER INSERT OR UPDATE OR DELETE ON {table.name} "
        f"FOR EACH ROW EXECUTE FUNCTION {PREFIX}{table.name}()"
    )
