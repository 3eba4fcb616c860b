"""A pool that has rows in every table, made without the services; for export and replicas."""

import io
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Final

from poolkeep.adapters.keys.file import FileKeyKeeper
from poolkeep.base.clock import ManualClock
from poolkeep.base.entropy import SeededEntropy
from poolkeep.base.secret import Secret
from poolkeep.base.transaction import Database, Row, Transaction
from poolkeep.core.audit import Actor, AuditTrail
from poolkeep.core.export import Export, Restore
from poolkeep.core.export.model import PoolKey
from poolkeep.core.pools.model import PoolSettings, UserPool
from poolkeep.crypto.sealed_file import Argon2Cost, Passphrase, SealedReader, SealedWriter
from poolkeep.storage.pool_tables import POOL_TABLES, PoolTable
from poolkeep.storage.schema import newest
from poolkeep.storage.stores.audit import SqlAudit
from poolkeep.storage.stores.keys import KeyStore
from poolkeep.storage.stores.pool_rows import PoolRowStore
from poolkeep.storage.stores.pools import PoolStore
from poolkeep.storage.stores.restores import RestoreStore

POOL: Final = "us-east-1_aB3dE6gH9"
OTHER: Final = "us-east-1_zZ9yY8xX7"
ACCOUNT: Final = "111122223333"
NOW_MS: Final = 1_800_000_000_000
CLOCK: Final = ManualClock(NOW_MS)
OPERATOR: Final = Actor(account=ACCOUNT, principal="operator")
CHEAP: Final = Argon2Cost(memory_kib=64, passes=1, lanes=1)
PASSPHRASE: Final = Passphrase(Secret("correct horse battery"), CHEAP)
ROWS: Final = PoolRowStore()


def keys_of(seed: str) -> KeyStore:
    """Return the keys of an installation whose master key comes from `seed`."""
    entropy = SeededEntropy(seed)
    return KeyStore(FileKeyKeeper(entropy.bytes(32)), entropy, CLOCK)


def fill(tx: Transaction, keys: KeyStore, pool_id: str = POOL, *, rows: int = 3) -> None:
    """Make a pool with its keys, and `rows` rows in every other table."""
    secret = SeededEntropy(pool_id).bytes(32)
    ring = [PoolKey(key_id=f"key{n}", key=secret[n:] + secret[:n], created_ms=n) for n in (1, 2)]
    keys.wrap_and_store(tx, pool_id, ring)
    sealing = keys.pool_keys(tx, pool_id)
    assert sealing is not None

    def seal(place: str) -> bytes:
        return sealing.seal("srp-verifier", f"secret of {place}".encode(), context=place)

    for table in POOL_TABLES:
        if table.name == "user_pools":
            PoolStore().insert(tx, a_pool(pool_id))
            continue
        count = 1 if table.key == ("pool_id",) else rows
        made = [_row(table, pool_id, number, seal) for number in range(count)]
        assert ROWS.insert(tx, table.name, table.columns, made) == count


def a_pool(pool_id: str = POOL, **members: Any) -> UserPool:
    """Return a pool's settings."""
    return UserPool(
        id=pool_id, account=ACCOUNT, region="us-east-1", created_ms=1, modified_ms=2,
        settings=PoolSettings(name="größe🗝"), **members,
    )  # fmt: skip


def _row(table: PoolTable, pool_id: str, number: int, seal: Callable[[str], bytes]) -> Row:
    values: list[Any] = []
    for column, kind in zip(table.columns, table.kinds, strict=True):
        place = f"{table.name}.{column}.{number}"
        if column == "pool_id":
            values.append(pool_id)
        elif column == "account":
            values.append(ACCOUNT)
        elif column in table.sealed:
            values.append(seal(place))
        elif kind is str:
            values.append(f"{column}-{pool_id[-3:]}-ü🗝-{number:05d}")
        elif kind is bytes:
            values.append(b"\0\xff" + place.encode())
        else:
            values.append(number)
    return tuple(values)


def all_rows(tx: Transaction, pool_id: str = POOL) -> dict[str, list[Row]]:
    """Return every row of a pool by table, keys aside."""
    return {
        table.name: ROWS.page(tx, table.name, pool_id, after=None, limit=100_000)
        for table in POOL_TABLES
    }


def exported(database_snapshot: AbstractContextManager[Transaction], keys: KeyStore) -> bytes:
    """Return the pool of a snapshot as a file."""
    out = io.BytesIO()
    sink = SealedWriter(out, PASSPHRASE, SeededEntropy("file"))
    with database_snapshot as tx:
        Export(rows=ROWS, keys=keys, pools=PoolStore()).write(
            tx, POOL, sink, schema=newest(), software="poolkeep test", now_ms=NOW_MS
        )
    sink.finish()
    return out.getvalue()


def opener(file: bytes, passphrase: Passphrase = PASSPHRASE) -> Callable[[], Any]:
    """Return what opens the file from its beginning."""

    @contextmanager
    def open_file() -> Iterator[SealedReader]:
        yield SealedReader(io.BytesIO(file), passphrase)

    return open_file


def restore_into(database: Database, keys: KeyStore, clock: ManualClock = CLOCK) -> Restore:
    """Return the restore service of an installation."""
    entropy = SeededEntropy("restore")
    return Restore(
        database=database, rows=ROWS, keys=keys, pools=PoolStore(), restores=RestoreStore(),
        audit=AuditTrail(SqlAudit(), entropy), clock=clock, entropy=entropy, schema=newest(),
    )  # fmt: skip
