"""Open the handle of an attempt, which may only name it. See `handles.py`."""

from poolkeep.base.transaction import Database
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.model import AppClient
from poolkeep.core.signin import handles
from poolkeep.core.signin.attempt import Attempt
from poolkeep.core.signin.ports import Attempts


async def reopen(
    database: Database,
    attempts: Attempts,
    *,
    pool: LoadedPool,
    client: AppClient,
    sealed: bytes,
    now_ms: int,
) -> Attempt:
    """Return the attempt of a handle, out of the store where the handle only names it.

    Refuses a handle that is foreign, damaged or too old.
    """
    attempt = handles.unseal(pool, client.id, sealed, now_ms)
    if not attempt.kept:
        return attempt
    kept = await database.read(lambda tx: attempts.kept(tx, pool.pool.id, attempt.handle))
    return handles.unseal_kept(pool, attempt, kept, now_ms)
