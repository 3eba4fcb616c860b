"""Pools and clients in memory, true to the database. Implements `PoolBook`.

Every change of configuration raises one number in the database (`config_epoch`). On SQLite the
file's own change counter says at once whether another process has committed anything; on
PostgreSQL the number is read again when the last look is older than 50 ms. So another node's
change is seen within 50 ms, and a busy node still answers most requests without asking.
"""

from typing import Any

from poolkeep.base.clock import Clock
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.pools.clients import client_of
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.model import AppClient
from poolkeep.storage.stores.clients import ClientStore
from poolkeep.storage.stores.keys import KeyStore
from poolkeep.storage.stores.pools import PoolStore

EPOCH = "SELECT epoch FROM config_epoch WHERE one = 1"
LOOK_AGAIN_MS = 50
ENTRIES_MAX = 20_000
"""Pools and clients kept; an installation with more drops all and starts again."""


class ConfigBook:
    """One region's configuration in this process."""

    def __init__(
        self,
        *,
        database: Database,
        keys: KeyStore,
        pools: PoolStore,
        clients: ClientStore,
        clock: Clock,
        host: str = "localhost",
        region: str = "",
        default_region: str = "",
    ) -> None:
        """Read from `database`; `clock` is the machine's, not the movable one.

        `host` is the name under which addresses of this installation stand; those of regions
        other than the default one stand below the region's name there.
        """
        self._database = database
        self._keys = keys
        self._pool_rows = pools
        self._client_rows = clients
        self._clock = clock
        self._host = host
        self._region = region
        self._default_region = default_region
        self._pools: dict[str, LoadedPool] = {}
        self._clients: dict[str, AppClient] = {}
        self._generation = 0
        self._epoch = -1
        self._looked_ms = -LOOK_AGAIN_MS
        self._counter = -1
        self._change_counter: Any = getattr(database, "change_counter", None)

    async def pool(self, pool_id: str) -> LoadedPool | None:
        """Return the pool, or None."""
        if "\0" in pool_id:  # PostgreSQL's text has no NUL, and ids come from anywhere
            return None
        await self._refresh()
        found = self._pools.get(pool_id)
        if found is not None:
            return found
        generation = self._generation
        loaded = await self._database.read(lambda tx: self._load_pool(tx, pool_id))
        if loaded is not None:
            self._keep(generation, loaded)
        return loaded

    async def client(self, client_id: str) -> tuple[LoadedPool, AppClient] | None:
        """Return a client with its pool, or None."""
        if "\0" in client_id:
            return None
        await self._refresh()
        client = self._clients.get(client_id)
        if client is not None:
            pool = self._pools.get(client.pool_id)
            if pool is not None:
                return pool, client
        generation = self._generation
        found = await self._database.read(lambda tx: self._load_client(tx, client_id))
        if found is not None:
            self._keep(generation, *found)
        return found

    def changed(self) -> None:
        """Forget everything: this process has just changed the configuration."""
        self._forget()
        self._looked_ms = -LOOK_AGAIN_MS

    def _forget(self) -> None:
        self._generation += 1
        self._pools.clear()
        self._clients.clear()

    def _keep(self, generation: int, pool: LoadedPool, client: AppClient | None = None) -> None:
        """Remember what was read, unless something changed while a thread was reading it."""
        if generation != self._generation:
            return
        if len(self._pools) + len(self._clients) >= ENTRIES_MAX:
            self._forget()
        self._pools.setdefault(pool.pool.id, pool)
        if client is not None:
            self._clients[client.id] = client

    async def _refresh(self) -> None:
        """Drop what another process has changed since."""
        if self._change_counter is not None:
            counter = self._change_counter()
            if counter == self._counter:
                return
            self._counter = counter
        else:
            now_ms = self._clock.now_ms()
            if 0 <= now_ms - self._looked_ms < LOOK_AGAIN_MS:
                return
            self._looked_ms = now_ms
        epoch = await self._database.read(_epoch)
        if epoch != self._epoch:
            self._forget()
            self._epoch = epoch

    def _load_pool(self, tx: Transaction, pool_id: str) -> LoadedPool | None:
        pool = self._pool_rows.get(tx, pool_id)
        keys = self._keys.pool_keys(tx, pool_id) if pool else None
        if pool is None or keys is None:
            return None
        home = pool.primary_region or self._region
        host = self._host if home == self._default_region else f"{home}.{self._host}"
        return LoadedPool(pool, keys, self._keys.signing_keys(tx, pool_id, keys), host=host)

    def _load_client(self, tx: Transaction, client_id: str) -> tuple[LoadedPool, AppClient] | None:
        row = self._client_rows.get(tx, client_id)
        if row is None:
            return None
        pool = self._pools.get(row.pool_id) or self._load_pool(tx, row.pool_id)
        if pool is None:
            return None
        return pool, client_of(row, pool.keys)


def _epoch(tx: Transaction) -> int:
    row = tx.one(EPOCH)
    return int(row[0]) if row else 0
