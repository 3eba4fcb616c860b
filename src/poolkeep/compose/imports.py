"""A region's imports, wired."""

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.log import Log
from poolkeep.base.transaction import Database
from poolkeep.compose.kit import Kit
from poolkeep.core.imports.jobs import ImportJobs
from poolkeep.core.imports.uploads import Uploads
from poolkeep.core.imports.worker import ImportWorker
from poolkeep.core.pools.loaded import PoolBook
from poolkeep.storage.stores.imports import SqlImports
from poolkeep.storage.stores.user_batches import SqlUserBatches
from poolkeep.work.imports import ImportSweep


class Imports(msgspec.Struct, frozen=True, kw_only=True):
    """What handlers call, by name."""

    jobs: ImportJobs
    uploads: Uploads


def build_imports(kit: Kit) -> Imports:
    """Wire jobs and uploads over the kit."""
    rows = SqlImports(kit.database.kind)
    return Imports(
        jobs=ImportJobs(
            database=kit.database,
            jobs=rows,
            pools=kit.pools,
            book=kit.book,
            audit=kit.audit,
            clock=kit.clock,
            entropy=kit.entropy,
            page_tokens=kit.page_tokens,
            base_url=kit.settings.base_url,
            wake=kit.messenger.wake,
        ),
        uploads=Uploads(
            database=kit.database,
            jobs=rows,
            book=kit.book,
            clock=kit.clock,
            entropy=kit.entropy,
        ),
    )


def import_sweep(
    database: Database,
    book: PoolBook,
    *,
    clock: Clock,
    wall_clock: Clock,
    entropy: Entropy,
    log: Log,
) -> ImportSweep:
    """Return the sweep that works on a region's jobs."""
    return ImportSweep(
        ImportWorker(
            database=database,
            jobs=SqlImports(database.kind),
            users=SqlUserBatches(database.kind),
            book=book,
            clock=clock,
            wall_clock=wall_clock,
            entropy=entropy,
            report=log.defect,
        )
    )
