"""How everything of a pool's directory is read and changed.

A change is one write that begins by bumping the configuration's epoch: that lines writers up on
all nodes, so what a rule has looked at is what is replaced, quotas are counted exactly, and
every node forgets what it remembers. The audit row stands in the same write.
"""

import datetime as dt
from collections.abc import Callable
from typing import Final, TypeVar

from poolkeep.base.clock import Clock
from poolkeep.base.paging import PageTokens
from poolkeep.base.refusal import ResourceNotFound
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.audit import Actor, AuditTrail
from poolkeep.core.pools import wording
from poolkeep.core.pools.loaded import LoadedPool, PoolBook
from poolkeep.core.pools.model import UserPool
from poolkeep.core.pools.ports import ClientRow, ClientRows, PoolRows
from poolkeep.core.pools.rules import owned_pool

T = TypeVar("T")
Position = tuple[int, str]

_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class PoolChanges:
    """Reads and writes of what belongs to one pool."""

    def __init__(
        self,
        *,
        database: Database,
        pools: PoolRows,
        book: PoolBook,
        audit: AuditTrail,
        clock: Clock,
        page_tokens: PageTokens,
    ) -> None:
        """Work on the pools of one region."""
        self._database = database
        self._pools = pools
        self._book = book
        self._audit = audit
        self._clock = clock
        self._page_tokens = page_tokens

    def now_ms(self) -> int:
        """Return the time."""
        return self._clock.now_ms()

    async def pool(self, actor: Actor, pool_id: str) -> LoadedPool:
        """Return the actor's pool; another account's does not exist."""
        return owned_pool(await self._book.pool(pool_id), pool_id, actor.account)

    async def stored(self, actor: Actor, pool_id: str) -> UserPool:
        """Return the actor's pool as it is in the database now."""
        pool = await self._database.read(lambda tx: self._pools.get(tx, pool_id))
        if pool is None or pool.account != actor.account:
            raise ResourceNotFound(wording.no_pool(pool_id))
        return pool

    async def read(self, fn: Callable[[Transaction], T]) -> T:
        """Return `fn(tx)`."""
        return await self._database.read(fn)

    async def write(
        self,
        actor: Actor,
        pool: LoadedPool,
        operation: str,
        *,
        work: Callable[[Transaction, UserPool], T],
        **detail: str,
    ) -> T:
        """Return what `work` returns, given the pool as it is inside the write.

        `detail` goes into the audit row, so it never holds a secret.
        """
        now_ms = self._clock.now_ms()
        pool_id = pool.pool.id

        def save(tx: Transaction) -> T:
            self._pools.bump_epoch(tx)
            fresh = self._pools.get(tx, pool_id)
            if fresh is None:
                raise ResourceNotFound(wording.no_pool(pool_id))
            done = work(tx, fresh)
            self._audit.record(
                tx, actor, operation=operation, resource=fresh.arn, now_ms=now_ms, detail=detail
            )
            return done

        done = await self._database.write(save)
        self._book.changed()
        return done

    def save_pool(self, tx: Transaction, pool: UserPool) -> None:
        """Replace the pool itself; for `work`."""
        self._pools.save(tx, pool)

    def after(self, token: str | None, scope: str) -> Position:
        """Return (time, name) after which a page begins; the very beginning without a token."""
        if token is None:
            return (0, "")
        time, _, name = self._page_tokens.read(token, scope, self._clock.now_ms()).partition("/")
        return (int(time), name)

    def next_token(self, scope: str, last: Position) -> str:
        """Return the token of the page after `last`."""
        return self._page_tokens.issue(scope, f"{last[0]}/{last[1]}")


def find_client(tx: Transaction, clients: ClientRows, pool_id: str, client_id: str) -> ClientRow:
    """Return a client of the pool; refuses ResourceNotFound."""
    row = clients.get(tx, client_id)
    if row is None or row.pool_id != pool_id:
        raise ResourceNotFound(wording.no_client(client_id))
    return row


def stamp(at_ms: int) -> str:
    """Return a moment as descriptions name versions: year to second, without a break."""
    return (_EPOCH + dt.timedelta(milliseconds=at_ms)).strftime("%Y%m%d%H%M%S")
