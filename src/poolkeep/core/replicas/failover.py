"""Which region answers under a pool's custom domain.

A domain's routing names a health check; the operator says which checks fail. While one does, the
domain's requests belong to the copy. Source: docs/behaviours/replicas.md, REPLICA-17.
"""

from collections.abc import Collection
from typing import NamedTuple, Protocol

from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.directory.model import Domain
from poolkeep.core.pools.loaded import PoolBook


class DomainNames(Protocol):
    """Who has which domain."""

    def owner(self, tx: Transaction, name: str) -> str | None:
        """Return the id of the pool that has the name."""
        ...


class Served(NamedTuple):
    """Which pool has a name, and which region answers for it: `lent` is then a copy's domain."""

    pool_id: str
    region: str
    lent: Domain | None = None


class DomainRouting:
    """Custom domains of one region's pools."""

    def __init__(
        self,
        *,
        database: Database,
        names: DomainNames,
        book: PoolBook,
        region: str,
        failing: Collection[str],
    ) -> None:
        """`failing` are the ids of health checks that count as failed."""
        self._database = database
        self._names = names
        self._book = book
        self._region = region
        self._failing = frozenset(failing)

    async def serving(self, host: str) -> Served | None:
        """Return the pool that has a name (a prefix, or a custom domain) and who serves it."""
        pool_id = await self._database.read(lambda tx: self._names.owner(tx, host))
        pool = await self._book.pool(pool_id) if pool_id else None
        if pool is None:
            return None
        for domain in pool.pool.domains:
            failover = domain.routing and domain.routing.failover
            if (
                domain.name == host
                and failover
                and failover.primary_route53_health_check_id in self._failing
                and failover.secondary_region in pool.pool.replica_regions
            ):
                return Served(pool.pool.id, failover.secondary_region, lent=domain)
        return Served(pool.pool.id, self._region)
