"""Use cases of replicas.

The status of a copy stands in its own database, where it takes effect; the original's database
repeats it, and the sweep brings the two together when a call could reach only one of them.
"""

import contextlib
from typing import NamedTuple

from poolkeep.base.clock import Clock
from poolkeep.base.paging import PageTokens
from poolkeep.base.refusal import (
    InvalidParameter,
    LimitExceeded,
    OperationNotEnabled,
    ResourceNotFound,
    Unavailable,
    UserPoolTagging,
)
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.audit import Actor, AuditTrail
from poolkeep.core.pools.copies import replace
from poolkeep.core.pools.loaded import PoolBook
from poolkeep.core.pools.model import UserPool
from poolkeep.core.pools.pool_checks import check_tags
from poolkeep.core.pools.wording import no_pool
from poolkeep.core.replicas import wording
from poolkeep.core.replicas.model import FirstCopy, Link, Replica, Status
from poolkeep.core.replicas.ports import Links, Neighbour, Neighbours, Pools
from poolkeep.core.replicas.rules import check_original


class _Copy(NamedTuple):
    """Where a copy is, and where its original."""

    region: str
    primary: str
    pool: UserPool


class ReplicaService:
    """Replicas of one region's pools."""

    def __init__(  # noqa: PLR0913  its collaborators
        self,
        *,
        database: Database,
        pools: Pools,
        links: Links,
        neighbours: Neighbours,
        book: PoolBook,
        audit: AuditTrail,
        clock: Clock,
        page_tokens: PageTokens,
        region: str,
        tiers_enforced: bool,
    ) -> None:
        """Take what the use cases need; `neighbours` are all regions, this one included."""
        self._database = database
        self._pools = pools
        self._links = links
        self._neighbours = neighbours
        self._book = book
        self._audit = audit
        self._clock = clock
        self._page_tokens = page_tokens
        self._region = region
        self._tiers_enforced = tiers_enforced

    async def create(
        self, actor: Actor, pool_id: str, region: str, tags: dict[str, str] | None
    ) -> Replica:
        """Begin to copy the pool into another region; the sweep does the work."""
        pool = await self._owned(actor, pool_id)
        _insist_on_original(pool, "CreateUserPoolReplica")
        check_original(pool, tiers_enforced=self._tiers_enforced)
        if region == self._region:
            raise InvalidParameter(wording.OWN_REGION)
        other = self._neighbours.get(region)
        if other is None:
            raise InvalidParameter(wording.no_region(region))
        check_tags(tags or {}, UserPoolTagging)
        if pool.replica_regions:
            raise LimitExceeded(wording.MANY_REPLICAS)
        there = await other.database.read(lambda tx: self._pools.get(tx, pool_id))
        # A copy without an original is what a lost and restored primary finds: it may be replaced.
        orphan = there is not None and there.primary_region == self._region
        if there is not None and not orphan:
            raise InvalidParameter(wording.POOL_THERE)
        now_ms = self._clock.now_ms()
        link = Link(
            pool_id=pool_id,
            role="PRIMARY",
            region=region,
            status="CREATING",
            created_ms=now_ms,
            document=FirstCopy(tags=tags),
        )

        def save(tx: Transaction) -> UserPool:
            self._pools.bump_epoch(tx)
            fresh = self._stored(tx, actor, pool_id)
            check_original(fresh, tiers_enforced=self._tiers_enforced)
            if fresh.replica_regions or not self._links.insert(tx, link):
                raise LimitExceeded(wording.MANY_REPLICAS)
            self._pools.save(tx, replace(fresh, replica_regions=(region,)))
            self._record(tx, actor, "CreateUserPoolReplica", fresh, region)
            return fresh

        saved = await self._database.write(save)
        self._book.changed()
        return _replica(saved, region, "CREATING")

    async def update(self, actor: Actor, pool_id: str, region: str, status: Status) -> Replica:
        """Let the copy take part in sign-ins, or not. From either region."""
        copy = await self._copy(actor, pool_id, region)
        here = copy.region == self._region

        def change(tx: Transaction) -> None:
            self._pools.bump_epoch(tx)
            link = self._links.get(tx, pool_id)
            stored = self._pools.get(tx, pool_id)
            if link is None or stored is None:
                raise InvalidParameter(wording.not_now("CREATING"))
            if link.status == status:
                return
            if not self._links.set_status(tx, pool_id, old=("ACTIVE", "INACTIVE"), new=status):
                raise InvalidParameter(wording.not_now(link.status))
            self._pools.save(tx, replace(stored, replica_status=status))
            if here:
                self._record(tx, actor, "UpdateUserPoolReplica", stored, status)

        def repeat(tx: Transaction) -> None:
            self._links.set_status(tx, pool_id, old=("ACTIVE", "INACTIVE"), new=status)
            if not here:
                self._record(tx, actor, "UpdateUserPoolReplica", copy.pool, status)

        there = self._neighbour(copy.region)
        await there.database.write(change)
        there.book.changed()
        primary = self._neighbours.get(copy.primary)
        if primary is not None:
            # From the copy's region it must work although the primary is away: that is its use.
            with contextlib.suppress(*((Unavailable,) if here else ())):
                await primary.database.write(repeat)
        return _replica(copy.pool, copy.region, status)

    async def delete(self, actor: Actor, pool_id: str, region: str) -> Replica:
        """Begin to remove an inactive copy; the sweep does the work."""
        pool = await self._owned(actor, pool_id)
        _insist_on_original(pool, "DeleteUserPoolReplica")
        copy = await self._copy(actor, pool_id, region)

        def close(tx: Transaction) -> None:
            self._pools.bump_epoch(tx)
            link, stored = self._links.get(tx, pool_id), self._pools.get(tx, pool_id)
            if link is None or stored is None:
                raise InvalidParameter(wording.NOT_INACTIVE)
            if link.status == "DELETING":
                return  # an earlier call came so far
            if not self._links.set_status(tx, pool_id, old=("INACTIVE",), new="DELETING"):
                raise InvalidParameter(wording.NOT_INACTIVE)
            self._pools.save(tx, replace(stored, replica_status="DELETING"))

        def repeat(tx: Transaction) -> None:
            if self._links.set_status(tx, pool_id, old=("INACTIVE", "ACTIVE"), new="DELETING"):
                self._record(tx, actor, "DeleteUserPoolReplica", pool, region)

        link = await self._database.read(lambda tx: self._links.get(tx, pool_id))
        if link is not None and link.status in {"CREATING", "DELETING"}:
            raise InvalidParameter(wording.NOT_INACTIVE)
        there = self._neighbour(copy.region)
        await there.database.write(close)
        there.book.changed()
        await self._database.write(repeat)
        return _replica(pool, region, "DELETING")

    async def list(self, actor: Actor, pool_id: str, next_token: str | None) -> tuple[Replica, ...]:
        """Return the pool and its copy; all of them fit on one page."""
        pool = await self._owned(actor, pool_id)
        if next_token is not None:  # none was ever issued
            scope = f"ListUserPoolReplicas/{pool_id}"
            self._page_tokens.read(next_token, scope, self._clock.now_ms())
        primary = pool.primary_region or self._region
        first = Replica(
            region_name=primary,
            status="ACTIVE",
            role="PRIMARY",
            user_pool_arn=replace(pool, region=primary).arn,
        )
        link = await self._database.read(lambda tx: self._links.get(tx, pool_id))
        if link is None:
            return (first,)
        region = link.region if link.role == "PRIMARY" else self._region
        return (first, _replica(pool, region, link.status))

    # ------------------------------------------------------------------------------ parts

    async def _owned(self, actor: Actor, pool_id: str) -> UserPool:
        return await self._database.read(lambda tx: self._stored(tx, actor, pool_id))

    def _stored(self, tx: Transaction, actor: Actor, pool_id: str) -> UserPool:
        pool = self._pools.get(tx, pool_id)
        if pool is None or pool.account != actor.account:
            raise ResourceNotFound(no_pool(pool_id))
        return pool

    async def _copy(self, actor: Actor, pool_id: str, region: str) -> _Copy:
        """Return the copy that a call names; refuses the original, and a region without one."""
        pool = await self._owned(actor, pool_id)
        primary = pool.primary_region or self._region
        if region == primary:
            raise InvalidParameter(wording.PRIMARY_AS_TARGET)
        if region not in pool.replica_regions:
            raise ResourceNotFound(wording.NO_REPLICA)
        return _Copy(region, primary, pool)

    def _neighbour(self, region: str) -> Neighbour:
        found = self._neighbours.get(region)
        if found is None:
            raise Unavailable(wording.no_region(region))
        return found

    def _record(
        self, tx: Transaction, actor: Actor, operation: str, pool: UserPool, what: str
    ) -> None:
        self._audit.record(
            tx,
            actor,
            operation=operation,
            resource=pool.arn,
            now_ms=self._clock.now_ms(),
            detail={"replica": what},
        )


def _insist_on_original(pool: UserPool, operation: str) -> None:
    if pool.primary_region is not None:
        raise OperationNotEnabled(wording.not_enabled(operation, pool.replica_status or ""))


def _replica(pool: UserPool, region: str, status: Status) -> Replica:
    return Replica(
        region_name=region,
        status=status,
        role="SECONDARY",
        user_pool_arn=replace(pool, region=region).arn,
    )
