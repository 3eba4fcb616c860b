"""Import jobs as the API offers them: made, shown, started, stopped.

    Created ─ upload ─ start ─▶ Pending ─ worker.py ─▶ InProgress ─▶ Succeeded | Failed
                                   └───── stop ─▶ Stopping ─ worker.py ─▶ Stopped

Starting changes no settings, but raises the configuration's epoch first like whoever changes some:
so a change of the pool and the start of its job see one another on every node.
Source: docs/behaviours/imports.md.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.entropy import text as random_text
from poolkeep.base.ids import BASE62
from poolkeep.base.limits import IMPORT_JOBS_PER_POOL
from poolkeep.base.paging import PageTokens
from poolkeep.base.refusal import LimitExceeded, PreconditionNotMet, ResourceNotFound
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.audit import Actor, AuditTrail
from poolkeep.core.imports import wording
from poolkeep.core.imports.model import Job, JobStatus
from poolkeep.core.imports.ports import Jobs
from poolkeep.core.imports.uploads import url_of
from poolkeep.core.pools.loaded import LoadedPool, PoolBook
from poolkeep.core.pools.ports import PoolRows
from poolkeep.core.pools.rules import owned_pool

ID_PREFIX: Final = "import-"
ID_CHARACTERS: Final = 10
LIFE_MS: Final = 24 * 60 * 60 * 1000
"""A job that is not started by then never is."""


class NewJob(msgspec.Struct, frozen=True, kw_only=True):
    """What CreateUserImportJob is told."""

    pool_id: str
    name: str
    role_arn: str
    algorithm: str | None = None


class JobView(NamedTuple):
    """A job as of now, and where its file goes."""

    job: Job
    url: str


class JobPage(NamedTuple):
    """Jobs of one page, and where the next one begins."""

    jobs: list[JobView]
    next_token: str | None


class ImportJobs:
    """Import jobs of one region's pools."""

    def __init__(  # noqa: PLR0913  one name for each collaborator
        self,
        *,
        database: Database,
        jobs: Jobs,
        pools: PoolRows,
        book: PoolBook,
        audit: AuditTrail,
        clock: Clock,
        entropy: Entropy,
        page_tokens: PageTokens,
        base_url: str,
        wake: Callable[[], None],
    ) -> None:
        """Take what the use cases need; `wake` tells the worker that there is something to do."""
        self._database = database
        self._jobs = jobs
        self._pools = pools
        self._book = book
        self._audit = audit
        self._clock = clock
        self._entropy = entropy
        self._page_tokens = page_tokens
        self._base_url = base_url
        self._wake = wake

    async def create(self, actor: Actor, new: NewJob) -> JobView:
        """Make a job that waits for its file."""
        pool = await self._pool(actor, new.pool_id)
        now_ms = self._clock.now_ms()
        job = Job(
            pool_id=pool.pool.id,
            id=ID_PREFIX + random_text(self._entropy, BASE62, ID_CHARACTERS),
            account=actor.account,
            name=new.name,
            role_arn=new.role_arn,
            algorithm=new.algorithm,
            status=JobStatus.CREATED,
            created_ms=now_ms,
        )

        def save(tx: Transaction) -> None:
            if self._jobs.count(tx, job.pool_id) >= IMPORT_JOBS_PER_POOL:
                raise LimitExceeded(wording.TOO_MANY_JOBS)
            self._jobs.insert(tx, job)
            self._record(tx, actor, "CreateUserImportJob", pool, job)

        await self._database.write(save)
        return self._view(pool, job)

    async def describe(self, actor: Actor, pool_id: str, job_id: str) -> JobView:
        """Return a job."""
        pool = await self._pool(actor, pool_id)
        return self._view(pool, await self._database.read(lambda tx: self._job(tx, pool, job_id)))

    async def list(
        self, actor: Actor, pool_id: str, *, limit: int, pagination_token: str | None
    ) -> JobPage:
        """Return a page of the pool's jobs, newest first."""
        pool = await self._pool(actor, pool_id)
        scope = f"ListUserImportJobs/{pool_id}"
        before = None
        if pagination_token is not None:
            read = self._page_tokens.read(pagination_token, scope, self._clock.now_ms())
            time, _, job_id = read.partition("/")
            before = (int(time), job_id)
        found = await self._database.read(
            lambda tx: self._jobs.page(tx, pool_id, before=before, limit=limit + 1)
        )
        token = None
        if len(found) > limit:
            last = found[limit - 1]
            token = self._page_tokens.issue(scope, f"{last.created_ms}/{last.id}")
        return JobPage([self._view(pool, job) for job in found[:limit]], token)

    async def start(self, actor: Actor, pool_id: str, job_id: str) -> JobView:
        """Let the import begin; refuses without a file, and while the account imports already."""
        pool = await self._pool(actor, pool_id)
        now_ms = self._clock.now_ms()

        def save(tx: Transaction) -> Job:
            self._pools.bump_epoch(tx)
            job = self._job(tx, pool, job_id)
            self._check_startable(tx, pool, job, now_ms)
            self._jobs.start(tx, job, now_ms)
            self._record(tx, actor, "StartUserImportJob", pool, job)
            return self._job(tx, pool, job_id)

        started = await self._database.write(save)
        self._book.changed()
        self._wake()
        return self._view(pool, started)

    async def stop(self, actor: Actor, pool_id: str, job_id: str) -> JobView:
        """Let the import end after the batch under way; imported users stay."""
        pool = await self._pool(actor, pool_id)

        def save(tx: Transaction) -> Job:
            job = self._job(tx, pool, job_id)
            if not self._jobs.stop(tx, job):
                raise PreconditionNotMet(wording.wrong_state(job_id, self._status(job)))
            self._record(tx, actor, "StopUserImportJob", pool, job)
            return self._job(tx, pool, job_id)

        stopped = await self._database.write(save)
        self._wake()
        return self._view(pool, stopped)

    # ------------------------------------------------------------------------------ parts

    async def _pool(self, actor: Actor, pool_id: str) -> LoadedPool:
        return owned_pool(await self._book.pool(pool_id), pool_id, actor.account)

    def _job(self, tx: Transaction, pool: LoadedPool, job_id: str) -> Job:
        job = self._jobs.get(tx, pool.pool.id, job_id)
        if job is None:
            raise ResourceNotFound(wording.NO_SUCH_JOB)
        return job

    def _check_startable(self, tx: Transaction, pool: LoadedPool, job: Job, now_ms: int) -> None:
        status = status_at(job, now_ms)
        if status != JobStatus.CREATED:
            raise PreconditionNotMet(wording.wrong_state(job.id, status))
        if job.file is None:
            raise PreconditionNotMet(wording.no_file(job.id))
        if not pool.pool.settings.auto_verified_attributes:
            raise PreconditionNotMet(wording.nothing_verified(job.id))
        if self._jobs.account_is_active(tx, job.account):
            raise PreconditionNotMet(wording.another_is_active(job.id))

    def _status(self, job: Job) -> JobStatus:
        return status_at(job, self._clock.now_ms())

    def _view(self, pool: LoadedPool, job: Job) -> JobView:
        seen = msgspec.structs.replace(job, status=self._status(job))
        return JobView(seen, url_of(pool, job, self._base_url))

    def _record(
        self, tx: Transaction, actor: Actor, operation: str, pool: LoadedPool, job: Job
    ) -> None:
        self._audit.record(
            tx,
            actor,
            operation=operation,
            resource=pool.pool.arn,
            now_ms=self._clock.now_ms(),
            detail={"job": job.id},
        )


def status_at(job: Job, now_ms: int) -> JobStatus:
    """Return the status; a job that was never started expires before a sweep notices."""
    if job.status == JobStatus.CREATED and now_ms >= job.created_ms + LIFE_MS:
        return JobStatus.EXPIRED
    return job.status
