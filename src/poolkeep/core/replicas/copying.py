"""Bring a pool's rows to its copy, and sign-outs back. A sweep of the original's region.

One worker at a time holds the lease of a pool. Its fence goes with every write at the copy, so
that a worker which was suspended for longer than its lease writes nothing old over the new. What
a change consists of is read when it is brought over, never remembered: it does not matter how
often, and after which kill, that happens.
"""

from collections.abc import Callable
from functools import partial
from typing import Final

from poolkeep.base.clock import Clock
from poolkeep.base.log import Log
from poolkeep.base.refusal import Unavailable
from poolkeep.base.transaction import Database, Row, Transaction
from poolkeep.core.pools.copies import first_copy, followed, replace
from poolkeep.core.pools.loaded import PoolBook
from poolkeep.core.replicas.model import Change, FirstCopy, Link
from poolkeep.core.replicas.ports import (
    Copies,
    Links,
    Neighbour,
    Neighbours,
    Pools,
    Superseded,
)

LEASE_MS: Final = 60_000
PAGE_ROWS: Final = 500
CHANGES: Final = 200
PURGE_ROWS: Final = 500
POOLS_TABLE: Final = "user_pools"
STEPS: Final = 100
"""Pages or batches of one round, so that other pools get their turn."""

Rows = list[tuple[Change, list[Row]]]


class Replication:
    """The copies of one region's pools."""

    name = "replicas"

    def __init__(  # noqa: PLR0913  its collaborators
        self,
        *,
        database: Database,
        pools: Pools,
        links: Links,
        copies: Copies,
        neighbours: Neighbours,
        book: PoolBook,
        region: str,
        clock: Clock,
        log: Log,
        rest_s: float = 1.0,
    ) -> None:
        """Look every `rest_s` seconds, which bounds how far a copy lags behind when idle."""
        self._database = database
        self._pools = pools
        self._links = links
        self._copies = copies
        self._neighbours = neighbours
        self._book = book
        self._region = region
        self._clock = clock
        self._log = log
        self._away: set[str] = set()
        self.rest_s = rest_s

    async def round(self) -> bool:
        """Work on every pool that has a copy; return whether there is more to do at once."""
        more = False
        for link in await self._database.read(self._links.primaries):
            there = self._neighbours.get(link.region)
            if there is None:
                continue
            try:
                more |= await self._serve(link, there)
            except Superseded:
                continue
            except Unavailable as error:
                if link.region not in self._away:
                    self._away.add(link.region)
                    self._log.warning("replica away", region=link.region, why=error.text)
            else:
                self._away.discard(link.region)
        return more

    async def _serve(self, link: Link, there: Neighbour) -> bool:
        """Do what is to be done for one pool, if anything."""
        pool_id = link.pool_id
        mirror = await there.database.read(lambda tx: self._links.get(tx, pool_id))
        settled = {"ACTIVE", "INACTIVE"}
        in_step = mirror is not None and mirror.status == link.status in settled
        if in_step and not await self._has_changes(pool_id, there):
            return False
        now_ms = self._clock.now_ms()
        fence = await self._database.write(
            lambda tx: self._links.claim(tx, pool_id, now_ms=now_ms, lease_ms=LEASE_MS)
        )
        if fence is None:
            return False
        fresh = await self._database.read(lambda tx: self._links.get(tx, pool_id))
        if fresh is None:
            return False
        link = replace(fresh, fence=fence)
        if link.status == "CREATING":
            more = await self._first_copy(link, there)
        else:
            more = await self._keep_up(link, there)
        await self._database.write(lambda tx: self._links.release(tx, pool_id, fence))
        return more

    async def _has_changes(self, pool_id: str, there: Neighbour) -> bool:
        return await self._database.read(
            lambda tx: self._copies.has_changes(tx, pool_id)
        ) or await there.database.read(lambda tx: self._copies.has_changes(tx, pool_id))

    # --------------------------------------------------------------------- the first copy

    async def _first_copy(self, link: Link, there: Neighbour) -> bool:
        """Copy table by table; with the last step the pool appears, inactive."""
        if not await self._prepare(link, there):
            return True
        tables = self._copies.tables()
        at = link.document
        for _ in range(STEPS):
            if at.table == "":
                at = replace(at, table=tables[0], after=None)
            page, last = await self._database.read(
                partial(self._page, link.pool_id, at.table, at.after)
            )
            if page:
                await there.database.write(partial(self._store, link, at.table, page))
                at = replace(at, after=last)
            else:
                rest = tables[tables.index(at.table) + 1 :]
                if not rest:
                    await self._appear(link, there, at)
                    return True
                at = replace(at, table=rest[0], after=None)
            progress = at
            await self._database.write(
                lambda tx, progress=progress: self._links.save_progress(  # type: ignore[misc]  # mypy: default argument of a lambda
                    tx, link.pool_id, progress, fence=link.fence
                )
            )
            await self._stay(link)
        return True

    async def _prepare(self, link: Link, there: Neighbour) -> bool:
        """Make room at the copy's place; False while an older pool of this id is cleared away."""
        pool_id = link.pool_id
        if pool_id in await there.database.read(self._pools.purges):
            await there.database.write(lambda tx: self._pools.purge(tx, pool_id, limit=PURGE_ROWS))
            return False
        found = await there.database.read(lambda tx: self._links.get(tx, pool_id))
        if found is not None and found.created_ms != link.created_ms:
            await there.database.write(lambda tx: self._drop(tx, pool_id))  # of a former life
            there.book.changed()
            return False
        mirror = Link(
            pool_id=pool_id,
            role="SECONDARY",
            region=self._region,
            status="CREATING",
            created_ms=link.created_ms,
            fence=link.fence,
        )
        await there.database.write(lambda tx: self._links.insert(tx, mirror))
        return True

    def _page(
        self, pool_id: str, table: str, after: list[object] | None, tx: Transaction
    ) -> tuple[list[Row], list[object] | None]:
        return self._copies.page(tx, table, pool_id, after=after, limit=PAGE_ROWS)

    def _store(self, link: Link, table: str, page: list[Row], tx: Transaction) -> None:
        self._links.raise_fence(tx, link.pool_id, link.fence)
        self._copies.put(tx, table, page)

    async def _appear(self, link: Link, there: Neighbour, at: FirstCopy) -> None:
        pool_id = link.pool_id
        original = await self._database.read(lambda tx: self._pools.get(tx, pool_id))
        if original is None:
            return

        def appear(tx: Transaction) -> None:
            self._links.raise_fence(tx, pool_id, link.fence)
            self._pools.bump_epoch(tx)
            self._pools.insert(tx, first_copy(original, link.region, at.tags))
            self._links.set_status(tx, pool_id, old=("CREATING",), new="INACTIVE")

        await there.database.write(appear)
        there.book.changed()
        await self._database.write(
            lambda tx: self._links.set_status(tx, pool_id, old=("CREATING",), new="INACTIVE")
        )

    # ------------------------------------------------------------------------- afterwards

    async def _keep_up(self, link: Link, there: Neighbour) -> bool:
        """Bring changes over, and the status back; return whether there is more."""
        pool_id = link.pool_id
        mirror = await there.database.read(lambda tx: self._links.get(tx, pool_id))
        status = mirror.status if mirror else link.status
        if link.status == "DELETING" or status == "DELETING":
            await self._remove(link, there)
            return False
        if status != link.status:
            await self._database.write(
                lambda tx: self._links.set_status(
                    tx, pool_id, old=("ACTIVE", "INACTIVE", "CREATING"), new=status
                )
            )
        for _ in range(STEPS):
            forward = await self._bring(link, self._database, there.database, self._take)
            back = await self._bring(link, there.database, self._database, self._merge)
            if any(self._copies.is_config(change.table) for change in forward):
                there.book.changed()
            if max(len(forward), len(back)) < CHANGES:
                return False
            await self._stay(link)
        return True

    async def _bring(
        self,
        link: Link,
        source: Database,
        target: Database,
        store: Callable[[Link, Rows, Transaction], None],
    ) -> list[Change]:
        """Bring a batch of changes from one database into the other."""
        pool_id = link.pool_id

        def read(tx: Transaction) -> Rows:
            # The changes first: what is changed after this line is noted once more.
            return [
                (change, self._copies.of_unit(tx, change.table, pool_id, change.unit))
                for change in self._copies.changes(tx, pool_id, limit=CHANGES)
            ]

        found = await source.read(read)
        seen = [change for change, _ in found]
        if found:
            await target.write(partial(store, link, found))
            await source.write(lambda tx: self._copies.settle(tx, pool_id, seen))
        return seen

    def _take(self, link: Link, found: Rows, tx: Transaction) -> None:
        """At the copy: make each unit what it is at the original."""
        pool_id = link.pool_id
        self._links.raise_fence(tx, pool_id, link.fence)
        if any(self._copies.is_config(change.table) for change, _ in found):
            self._pools.bump_epoch(tx)
        for change, rows in found:
            if change.table == POOLS_TABLE:
                continue  # below, with what is the copy's own
            self._copies.replace_unit(tx, change.table, pool_id, unit=change.unit, rows=rows)
        originals = [rows for change, rows in found if change.table == POOLS_TABLE and rows]
        copy = self._pools.get(tx, pool_id)
        if originals and copy is not None:
            original = self._copies.pool_of(originals[0][0])
            self._pools.save(tx, followed(copy, original))

    def _merge(self, _link: Link, found: Rows, tx: Transaction) -> None:
        """At the original: take the copy's revocations and sign-outs."""
        for change, rows in found:
            self._copies.merge_back(tx, change.table, rows)

    async def _remove(self, link: Link, there: Neighbour) -> None:
        """Delete the copy, then forget that there was one."""
        pool_id = link.pool_id

        def remove(tx: Transaction) -> None:
            mirror = self._links.get(tx, pool_id)
            if mirror is None:
                return  # an earlier worker came so far
            self._links.raise_fence(tx, pool_id, link.fence)
            self._drop(tx, pool_id)

        def forget(tx: Transaction) -> None:
            self._pools.bump_epoch(tx)
            self._links.delete(tx, pool_id)
            pool = self._pools.get(tx, pool_id)
            if pool is not None:
                self._pools.save(tx, replace(pool, replica_regions=()))

        await there.database.write(remove)
        there.book.changed()
        await self._database.write(forget)
        self._book.changed()

    def _drop(self, tx: Transaction, pool_id: str) -> None:
        """Remove the copy and the link to it."""
        self._pools.bump_epoch(tx)
        self._links.delete(tx, pool_id)
        self._pools.delete(tx, pool_id)

    async def _stay(self, link: Link) -> None:
        """Renew the lease; raises Superseded when another worker has the pool."""
        now_ms = self._clock.now_ms()
        if not await self._database.write(
            lambda tx: self._links.renew(
                tx, link.pool_id, fence=link.fence, until_ms=now_ms + LEASE_MS
            )
        ):
            raise Superseded
