"""What `poolkeep import` does to an installation. Implements `cli.ports.ImportDesk`."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.refusal import ResourceNotFound
from poolkeep.base.transaction import Transaction
from poolkeep.compose.region import RegionParts
from poolkeep.core.imports.model import Job, Stretch
from poolkeep.core.imports.stream import FileImport, Order, Rejects, Report, Source
from poolkeep.storage.sqlite import SqliteDatabase
from poolkeep.storage.stores.imports import SqlImportRuns, SqlImports
from poolkeep.storage.stores.user_batches import SqlUserBatches

JOBS_SHOWN: Final = 1_000
LOG_ENTRIES: Final = 100


class Desk:
    """Imports into the pools of an installation, and the logs of its jobs."""

    def __init__(
        self,
        region_of: Callable[[str], Awaitable[RegionParts]],
        region: Callable[[str], RegionParts],
        *,
        names: Sequence[str],
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        """Find pools by `region_of`, and jobs in any `region` of `names`."""
        self._region_of = region_of
        self._region = region
        self._names = names
        self._clock = clock
        self._entropy = entropy

    async def run(
        self, order: Order, source: Source, rejects: Rejects, tell: Callable[[Report], None]
    ) -> Report:
        """Import a file; raises Unreadable for one that is no import file of the pool."""
        part = await self._region_of(order.pool_id)
        if isinstance(part.database, SqliteDatabase):
            part.database.expect_many_rows()
        work = FileImport(
            database=part.database,
            users=SqlUserBatches(part.database.kind),
            runs=SqlImportRuns(),
            book=part.services.book,
            clock=self._clock,
            entropy=self._entropy,
        )
        try:
            return await work.run(order, source, rejects, tell)
        finally:
            work.close()

    async def jobs(self, pool_id: str) -> list[Job]:
        """Return the newest jobs of a pool."""
        part = await self._region_of(pool_id)
        rows = SqlImports(part.database.kind)
        return await part.database.read(
            lambda tx: rows.page(tx, pool_id, before=None, limit=JOBS_SHOWN)
        )

    async def log(self, job_id: str, show: Callable[[Sequence[Stretch]], None]) -> None:
        """Show the log of a job, some of it at a time."""
        part, job = await self._find(job_id)
        rows = SqlImports(part.database.kind)
        after = 0

        def page(tx: Transaction) -> list[tuple[int, list[Stretch]]]:
            return rows.log_page(tx, job, after=after, limit=LOG_ENTRIES)

        while entries := await part.database.read(page):
            for first, stretches in entries:
                show(stretches)
                after = first

    async def _find(self, job_id: str) -> tuple[RegionParts, Job]:
        for name in self._names:
            part = self._region(name)
            rows = SqlImports(part.database.kind)
            job = await part.database.read(lambda tx, rows=rows: rows.find(tx, job_id))  # type: ignore[misc]  # mypy: default argument of a lambda
            if job is not None:
                return part, job
        raise ResourceNotFound(f"There is no import job {job_id}.")
