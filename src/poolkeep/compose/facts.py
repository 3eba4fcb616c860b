"""What can be known of a database before production mode trusts it."""

from poolkeep.adapters.keys.file import FileKeyKeeper, MasterKeyUnusable, read_master_key
from poolkeep.base.clock import SystemClock
from poolkeep.base.transaction import Database, Transaction
from poolkeep.cli.ports import DatabaseFacts
from poolkeep.crypto.envelope import EnvelopeBroken
from poolkeep.settings import Settings
from poolkeep.storage.migrate import CREATE_LEDGER, LIST_APPLIED, available
from poolkeep.storage.stores.keys import INSTALLATION, KEYS_OF_POOL

NOW_MS = "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)"
SHOW = "SELECT current_setting(?)"
TLS = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
SUPERUSER = "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"


async def database_facts(settings: Settings, region: str, database: Database) -> DatabaseFacts:
    """Return the facts of one region's database, and close it."""
    try:
        database.write_now(lambda tx: tx.run(CREATE_LEDGER))
        return await database.read(lambda tx: _read(tx, settings, region, database.kind))
    finally:
        await database.close()


def _read(tx: Transaction, settings: Settings, region: str, kind: str) -> DatabaseFacts:
    applied = [row[0] for row in tx.all(LIST_APPLIED)]
    newest = available()[-1][0]
    fits = _master_key_fits(tx, settings) if applied else None
    version = max(applied, default=newest)  # an empty database gets the present schema
    if kind != "postgresql":
        return DatabaseFacts(
            region=region, kind=kind, schema_version=version, code_schema_version=newest,
            master_key_fits=fits,
        )  # fmt: skip
    return DatabaseFacts(
        region=region,
        kind=kind,
        schema_version=version,
        code_schema_version=newest,
        master_key_fits=fits,
        clock_drift_ms=int(_value(tx, NOW_MS)) - SystemClock().now_ms(),
        tls=bool(_value(tx, TLS)),
        superuser=bool(_value(tx, SUPERUSER)),
        fsync=_value(tx, SHOW, "fsync") == "on",
        full_page_writes=_value(tx, SHOW, "full_page_writes") == "on",
    )


def _master_key_fits(tx: Transaction, settings: Settings) -> bool | None:
    """Tell whether the master key opens the installation's key; None when either is missing."""
    try:
        keeper = FileKeyKeeper(read_master_key(settings.key_file))
    except MasterKeyUnusable:
        return None
    for key_id, wrapped in tx.all(KEYS_OF_POOL, (INSTALLATION,)):
        try:
            keeper.unwrap(wrapped, f"keyring/{INSTALLATION}/{key_id}")
        except EnvelopeBroken:
            return False
    return True


def _value(tx: Transaction, sql: str, *params: str) -> str | int | bool:
    row = tx.one(sql, params)
    value: str | int | bool = row[0] if row else 0
    return value
