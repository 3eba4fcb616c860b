"""Bring a database to the schema of this release.

Migrations are numbered SQL files in the common subset of both databases, each safe under the
previous release's code. Each runs in one transaction with the row that records it, so a kill in
the middle leaves the database at a whole version.
"""

from importlib import resources

from poolkeep.base.transaction import Database, Transaction

CREATE_LEDGER = (
    "CREATE TABLE IF NOT EXISTS schema_versions (version BIGINT PRIMARY KEY, name TEXT NOT NULL)"
)
LIST_APPLIED = "SELECT version FROM schema_versions ORDER BY version"
RECORD = "INSERT INTO schema_versions (version, name) VALUES (?, ?)"
LOCK_LEDGER = "LOCK TABLE schema_versions IN EXCLUSIVE MODE"


class SchemaTooNew(Exception):
    """The database was written by a newer release than this one."""


def available() -> list[tuple[int, str, str]]:
    """Return (version, name, SQL) of every migration of this release, in order."""
    found = []
    for entry in resources.files("poolkeep.storage.migrations").iterdir():
        if entry.name.endswith(".sql"):
            version, _, name = entry.name.removesuffix(".sql").partition("_")
            found.append((int(version), name, entry.read_text("utf-8")))
    return sorted(found)


def statements(sql: str, kind: str) -> list[str]:
    """Split a migration into statements; comments start with `--`, and no literal holds `;`.

    Text orders by code point in both databases, whatever the locale of the PostgreSQL cluster.
    """
    if kind == "postgresql":
        sql = sql.replace(" TEXT", ' TEXT COLLATE "C"')
    lines = (line.partition("--")[0] for line in sql.splitlines())
    return [part.strip() for part in "\n".join(lines).split(";") if part.strip()]


def pending(tx: Transaction) -> list[tuple[int, str, str]]:
    """Return the migrations that this database lacks; refuse a database from the future."""
    applied = {row[0] for row in tx.all(LIST_APPLIED)}
    known = available()
    newest = known[-1][0]
    if applied and max(applied) > newest:
        message = (
            f"the database has schema {max(applied)}, this release knows {newest}: "
            "upgrade poolkeep, or restore the backup made before the upgrade"
        )
        raise SchemaTooNew(message)
    return [migration for migration in known if migration[0] not in applied]


def migrate(database: Database) -> list[str]:
    """Apply what is pending, one transaction for each; return the names applied."""
    database.write_now(lambda tx: tx.run(CREATE_LEDGER))
    done: list[str] = []

    def step(tx: Transaction) -> str | None:
        if database.kind == "postgresql":
            tx.run(LOCK_LEDGER)  # two nodes starting at once: the second waits, then finds nothing
        waiting = pending(tx)
        if not waiting:
            return None
        version, name, sql = waiting[0]
        for statement in statements(sql, database.kind):
            tx.run(statement)
        tx.run(RECORD, (version, name))
        return f"{version:04d}_{name}"

    while (applied := database.write_now(step)) is not None:
        done.append(applied)
    return done
