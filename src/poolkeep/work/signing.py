"""Token keys: make the next ones, let them take over in time, forget the gone ones.

A key's state follows from its times, so nothing waits for this sweep: it only sees to it that
there is a next key, published long enough before it first signs.
"""

from collections.abc import Sequence
from typing import Any, Protocol

from poolkeep.base.clock import Clock
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.pools.loaded import PoolBook
from poolkeep.core.pools.ports import PoolRows

REST_S = 60.0
TOKEN_LIFE_MAX_MS = 24 * 60 * 60 * 1000
"""Access and ID tokens live a day at most; a retired key verifies that long, and a little more."""
SKEW_MS = 5 * 60 * 1000
YOUNG_MS = 60_000
"""Pools younger than this get their next keys later: many are gone by then."""


class SigningRows(Protocol):
    """Token keys of all pools."""

    async def make_signing(self) -> Sequence[Any]:
        """Make one key of each use that waits for its turn."""
        ...

    def add_waiting(self, tx: Transaction, pool_id: str, fresh: Sequence[Any], now_ms: int) -> bool:
        """Store waiting keys; False when the pool is gone or has some already."""
        ...

    def without_next(self, tx: Transaction, now_ms: int, *, created_before_ms: int) -> str | None:
        """Return a pool for which no keys wait to take over."""
        ...

    def to_rotate(
        self, tx: Transaction, *, signing_before_ms: int, published_before_ms: int, now_ms: int
    ) -> str | None:
        """Return a pool whose keys have signed long enough, and whose next ones are known."""
        ...

    def rotate(
        self, tx: Transaction, pool_id: str, *, at_ms: int, gone_ms: int, now_ms: int
    ) -> bool:
        """Let the waiting keys sign from `at_ms` on; False when none wait."""
        ...

    def delete_gone(self, tx: Transaction, now_ms: int) -> int:
        """Delete keys that no token needs any more."""
        ...


class SigningKeySweep:
    """One region's token keys."""

    name = "signing keys"
    rest_s = REST_S

    def __init__(
        self,
        *,
        database: Database,
        keys: SigningRows,
        pools: PoolRows,
        book: PoolBook,
        clock: Clock,
        rotation_ms: int,
        publish_ahead_ms: int,
    ) -> None:
        """Rotate keys older than `rotation_ms` (0: never) by ones published long enough."""
        self._database = database
        self._keys = keys
        self._pools = pools
        self._book = book
        self._clock = clock
        self._rotation_ms = rotation_ms
        self._publish_ahead_ms = publish_ahead_ms

    async def round(self) -> bool:
        """Do one pool's work; return whether there may be more."""
        now_ms = self._clock.now_ms()
        await self._database.write(lambda tx: self._keys.delete_gone(tx, now_ms))
        pool_id = await self._database.read(
            lambda tx: self._keys.without_next(tx, now_ms, created_before_ms=now_ms - YOUNG_MS)
        )
        if pool_id is not None:
            await self.make_next(pool_id)
            return True
        return self._rotation_ms > 0 and await self._rotate_one(now_ms)

    async def make_next(self, pool_id: str) -> bool:
        """Make a pool's next keys, unless another node was faster or the pool is gone."""
        now_ms = self._clock.now_ms()
        fresh = await self._keys.make_signing()

        def save(tx: Transaction) -> bool:
            self._pools.bump_epoch(tx)  # also lines up nodes that do the same
            return self._keys.add_waiting(tx, pool_id, fresh, now_ms)

        made = await self._database.write(save)
        self._book.changed()
        return made

    async def rotate(self, pool_id: str, *, at_ms: int, gone_ms: int) -> bool:
        """Let the waiting keys sign from `at_ms` on; False when none wait."""
        now_ms = self._clock.now_ms()

        def save(tx: Transaction) -> bool:
            self._pools.bump_epoch(tx)
            return self._keys.rotate(tx, pool_id, at_ms=at_ms, gone_ms=gone_ms, now_ms=now_ms)

        rotated = await self._database.write(save)
        self._book.changed()
        return rotated

    async def _rotate_one(self, now_ms: int) -> bool:
        pool_id = await self._database.read(
            lambda tx: self._keys.to_rotate(
                tx, signing_before_ms=now_ms - self._rotation_ms,
                published_before_ms=now_ms - self._publish_ahead_ms, now_ms=now_ms,
            )
        )  # fmt: skip
        if pool_id is None:
            return False
        return await self.rotate(
            pool_id, at_ms=now_ms, gone_ms=now_ms + TOKEN_LIFE_MAX_MS + SKEW_MS
        )
