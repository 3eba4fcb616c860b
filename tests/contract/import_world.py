"""A pool, a job with its file, and workers over a real database, for tests that break things."""

import dataclasses
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, TypeVar

from poolkeep.base.paging import PageTokens
from poolkeep.base.refusal import Unavailable
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.audit import AuditTrail
from poolkeep.core.imports.batches import log_lines
from poolkeep.core.imports.jobs import ImportJobs, NewJob
from poolkeep.core.imports.model import Job
from poolkeep.core.imports.uploads import SIGNED_VALUE, Uploads
from poolkeep.core.imports.worker import ImportWorker
from poolkeep.core.pools.model import UserPool
from poolkeep.core.pools.schema import csv_header
from poolkeep.storage.stores.imports import SqlImports
from poolkeep.storage.stores.user_batches import SqlUserBatches
from tests.unit.core.pools.region import ALICE, Region

T = TypeVar("T")
ROLE = "arn:aws:iam::123456789012:role/logs"
ROUNDS_MAX = 2_000


class BreakingDatabase:
    """A database whose n-th write fails, before it or after its commit."""

    def __init__(self, database: Database, *, at: int, after_commit: bool) -> None:
        self._database = database
        self._left = at
        self._after_commit = after_commit
        self.kind = database.kind

    async def read(self, fn: Callable[[Transaction], T]) -> T:
        return await self._database.read(fn)

    async def write(self, fn: Callable[[Transaction], T]) -> T:
        self._left -= 1
        if self._left == 0 and not self._after_commit:
            raise Unavailable
        result = await self._database.write(fn)
        if self._left == 0:
            raise Unavailable
        return result

    def write_now(self, fn: Callable[[Transaction], T]) -> T:
        self._left -= 1
        if self._left == 0 and not self._after_commit:
            raise Unavailable
        result = self._database.write_now(fn)
        if self._left == 0:
            raise Unavailable
        return result

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)


@dataclasses.dataclass
class World:
    """A region with a pool that verifies e-mail addresses."""

    region: Region
    pool: UserPool
    reported: list[str] = dataclasses.field(default_factory=list)

    @property
    def rows(self) -> SqlImports:
        return SqlImports(self.region.database.kind)

    def jobs(self) -> ImportJobs:
        region = self.region
        return ImportJobs(
            database=region.database,
            jobs=self.rows,
            pools=region.pool_rows,
            book=region.book,
            audit=AuditTrail(region.audit_rows, region.entropy),
            clock=region.clock,
            entropy=region.entropy,
            page_tokens=PageTokens(b"k" * 32),
            base_url="http://localhost",
            wake=lambda: None,
        )

    def worker(self, database: Any = None) -> ImportWorker:
        region = self.region
        return ImportWorker(
            database=database or region.database,
            jobs=self.rows,
            users=SqlUserBatches(region.database.kind),
            book=region.book,
            clock=region.clock,
            wall_clock=region.clock,
            entropy=region.entropy,
            report=lambda text, error: self.reported.append(f"{text}: {type(error).__name__}"),
        )

    def header(self) -> list[str]:
        return list(csv_header(self.pool.settings.schema_attributes))

    def csv(self, people: Sequence[dict[str, str]]) -> bytes:
        columns = self.header()
        lines = [",".join(columns)]
        lines += [",".join(person.get(name, "") for name in columns) for person in people]
        return ("\n".join(lines) + "\n").encode()

    async def job(self, file: bytes, *, start: bool = True) -> Job:
        """Return a job with its file, started."""
        jobs = self.jobs()
        made = await jobs.create(ALICE, NewJob(pool_id=self.pool.id, name="job", role_arn=ROLE))
        uploads = Uploads(
            database=self.region.database,
            jobs=self.rows,
            book=self.region.book,
            clock=self.region.clock,
            entropy=self.region.entropy,
        )
        query = dict(pair.split("=", 1) for pair in made.url.partition("?")[2].split("&"))
        admitted = await uploads.admit(self.pool.id, made.job.id, query, SIGNED_VALUE)
        await uploads.take(admitted, _pieces(file))
        if start:
            await jobs.start(ALICE, self.pool.id, made.job.id)
        return await self.now(made.job)

    async def now(self, job: Job) -> Job:
        """Return the job as it stands."""
        found = await self.region.database.read(lambda tx: self.rows.get(tx, job.pool_id, job.id))
        assert found is not None
        return found

    async def log(self, job: Job) -> list[str]:
        """Return the lines of the job's log."""
        pages = await self.region.database.read(
            lambda tx: self.rows.log_page(tx, job, after=0, limit=100_000)
        )
        return [line for _, page in pages for stretch in page for line in log_lines(stretch)]

    async def names(self) -> list[str]:
        """Return the user names of the pool, in order."""
        sql = "SELECT username FROM users WHERE pool_id = ? ORDER BY username"
        rows = await self.region.database.read(lambda tx: tx.all(sql, (self.pool.id,)))
        return [name for (name,) in rows]


async def a_world(database: Database, seed: str = "imports", **settings: Any) -> World:
    """Return a world with a pool of these settings, as on the wire."""
    region = Region(database, tiers_enforced=False, seed=seed)
    pool = await region.create_pool(AutoVerifiedAttributes=["email"], **settings)
    return World(region, pool)


async def work(worker: ImportWorker, rounds: int = ROUNDS_MAX) -> int:
    """Let a worker work until there is nothing to do; return how many rounds it took."""
    for number in range(rounds):
        if not await worker.round():
            return number
    return rounds


def a_person(number: int, **changes: str) -> dict[str, str]:
    """Return the values of a row."""
    named = {name.replace("__", ":"): value for name, value in changes.items()}
    return {
        "cognito:username": f"p{number:05d}",
        "cognito:mfa_enabled": "false",
        "email": f"p{number:05d}@x.com",
        "email_verified": "true",
        **named,
    }


async def _pieces(data: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(data), 50_000):
        yield data[start : start + 50_000]
