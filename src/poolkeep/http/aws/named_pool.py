"""Which pool a request is about, whatever it names: the pool, a client, a token or an ARN."""

import msgspec

from poolkeep.core.pools.loaded import LoadedPool, PoolBook
from poolkeep.http.aws.regions import pool_of_token


async def named_pool(book: PoolBook, decoded: msgspec.Struct | None) -> LoadedPool | None:
    """Return the pool that a request names; None for none, or one that is not there.

    Nothing of a token is proven here; a lie only names a pool that refuses it.
    """
    pool_id = (
        getattr(decoded, "user_pool_id", None)
        or getattr(decoded, "resource_arn", "").rpartition("/")[2]
        or pool_of_token(getattr(decoded, "access_token", None))
    )
    if pool_id:
        return await book.pool(pool_id)
    client_id = getattr(decoded, "client_id", None)
    found = await book.client(client_id) if client_id else None
    return found[0] if found else None
