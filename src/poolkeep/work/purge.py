"""Delete what is left of deleted pools, a batch at a time.

The pool, its keys and its clients go at once, so nothing of it can be read or signed any more;
its users and their rows may be millions and follow here.
"""

from poolkeep.base.transaction import Database
from poolkeep.core.pools.ports import PoolRows

REST_S = 5.0
ROWS = 500


class PurgeSweep:
    """One region's deleted pools."""

    name = "deleted pools"
    rest_s = REST_S

    def __init__(self, *, database: Database, pools: PoolRows) -> None:
        """Delete from `database`."""
        self._database = database
        self._pools = pools

    async def round(self) -> bool:
        """Delete a batch; return whether there may be more."""
        waiting = await self._database.read(self._pools.purges)
        if not waiting:
            return False
        await self._database.write(lambda tx: self._pools.purge(tx, waiting[0], limit=ROWS))
        return True
