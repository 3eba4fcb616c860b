"""Delete the identities of deleted identity pools, a batch at a time.

The pool itself goes at once, so nobody gets anything from it any more; its identities may be
millions and follow here.
"""

from functools import partial
from typing import Protocol

from poolkeep.base.clock import Clock
from poolkeep.base.transaction import Database, Transaction

REST_S = 5.0
ROWS = 500


class DeletedPools(Protocol):
    """Deleted pools of which something may be left."""

    def purges(self, tx: Transaction) -> list[tuple[str, int]]:
        """Return their ids, and when they were deleted."""
        ...

    def purge(self, tx: Transaction, pool_id: str, *, limit: int) -> bool:
        """Delete some of what is left; False when there was nothing."""
        ...

    def purged(self, tx: Transaction, pool_id: str) -> None:
        """Forget a pool of which nothing is left."""
        ...


class IdentityPurge:
    """One region's deleted identity pools."""

    name = "deleted identity pools"
    rest_s = REST_S

    def __init__(
        self, *, database: Database, pools: DeletedPools, clock: Clock, late_ms: int
    ) -> None:
        """Delete from `database`; requests under way may add something until `late_ms` after."""
        self._database = database
        self._pools = pools
        self._clock = clock
        self._late_ms = late_ms

    async def round(self) -> bool:
        """Delete a batch; return whether there may be more."""
        waiting = await self._database.read(self._pools.purges)
        now_ms = self._clock.now_ms()
        for pool_id, deleted_ms in waiting:
            if await self._database.write(partial(self._batch, pool_id)):
                return True
            if now_ms - deleted_ms > self._late_ms:
                await self._database.write(partial(self._done, pool_id))
        return False

    def _batch(self, pool_id: str, tx: Transaction) -> bool:
        return self._pools.purge(tx, pool_id, limit=ROWS)

    def _done(self, pool_id: str, tx: Transaction) -> None:
        self._pools.purged(tx, pool_id)
