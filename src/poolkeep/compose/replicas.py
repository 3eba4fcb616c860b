"""Replicas and provisioned limits, wired."""

from poolkeep.base.clock import Clock
from poolkeep.base.log import Log
from poolkeep.base.transaction import Database
from poolkeep.compose.kit import Kit
from poolkeep.core.pools.loaded import PoolBook
from poolkeep.core.quotas import ProvisionedLimits
from poolkeep.core.replicas import DomainRouting, Neighbour, Neighbours, ReplicaService, Replication
from poolkeep.settings import QUOTA_PER_S
from poolkeep.storage.stores.copies import CopyStore
from poolkeep.storage.stores.domains import DomainStore
from poolkeep.storage.stores.pools import PoolStore
from poolkeep.storage.stores.provisioned_limits import ProvisionedLimitStore
from poolkeep.storage.stores.replicas import LinkStore


def build_replicas(kit: Kit) -> ReplicaService:
    """Wire the replica operations of a region, and make it known to the others."""
    kit.neighbours.add(kit.region, Neighbour(database=kit.database, book=kit.book))
    return ReplicaService(
        database=kit.database,
        pools=kit.pools,
        links=LinkStore(),
        neighbours=kit.neighbours,
        book=kit.book,
        audit=kit.audit,
        clock=kit.clock,
        page_tokens=kit.page_tokens,
        region=kit.region,
        tiers_enforced=kit.settings.tiers_enforced,
    )


def build_domain_routing(kit: Kit) -> DomainRouting:
    """Wire the way from a custom domain to a region."""
    return DomainRouting(
        database=kit.database,
        names=DomainStore(),
        book=kit.book,
        region=kit.region,
        failing=kit.settings.health_checks_failing,
    )


def build_replication(
    region: str,
    database: Database,
    book: PoolBook,
    *,
    neighbours: Neighbours,
    clock: Clock,
    log: Log,
) -> Replication:
    """Wire the sweep that brings a region's changes to its copies."""
    return Replication(
        database=database,
        pools=PoolStore(),
        links=LinkStore(),
        copies=CopyStore(),
        neighbours=neighbours,
        book=book,
        region=region,
        clock=clock,
        log=log,
    )


def build_quotas(kit: Kit) -> ProvisionedLimits:
    """Wire the provisioned limits of a region."""
    throttle = kit.settings.throttle
    return ProvisionedLimits(
        database=kit.database,
        rows=ProvisionedLimitStore(),
        pools=kit.pools,
        audit=kit.audit,
        clock=kit.wall_clock,
        region=kit.region,
        free={name: throttle.quota_per_s(name) for name in QUOTA_PER_S},
        maximum={name: throttle.provisioned_max(name) for name in QUOTA_PER_S},
    )
