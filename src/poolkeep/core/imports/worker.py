"""Carry import jobs on, one batch of rows at a time.

    claim ─▶ header ─▶ part of the file ─▶ judge ─▶ one write ─▶ … ─▶ settle
                             ▲                          │ users, log, place, lease
                             └──────────────────────────┘

The write fails unless the job is where this worker left it and nobody has asked it to stop; then
the worker looks at the job again. A worker that is gone lets its lease lapse, and another one goes
on from the place that was saved with the last users.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.ids import uuid4
from poolkeep.base.limits import IMPORT_ROWS
from poolkeep.base.refusal import Unavailable
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.imports import wording
from poolkeep.core.imports.batches import store, stretches_of, tally_of
from poolkeep.core.imports.jobs import LIFE_MS
from poolkeep.core.imports.lines import Line, Lines
from poolkeep.core.imports.model import Claim, Job, JobStatus, Outcome, Place, Tally, Verdict
from poolkeep.core.imports.ports import Jobs, UserBatches
from poolkeep.core.imports.rows import Judge, Judged, Unreadable, csv_reader
from poolkeep.core.imports.uploads import PART_BYTES, part_context
from poolkeep.core.pools.loaded import LoadedPool, PoolBook
from poolkeep.crypto.envelope import EnvelopeBroken, Purpose

LEASE_MS: Final = 5_000
"""Far longer than a batch takes. A job whose worker was killed goes on after so long."""
HEADER_PARTS: Final = 9
EXPIRY_PAUSE_MS: Final = 60_000

Report = Callable[[str, BaseException], None]
"""Told of a defect: where, and what was raised."""


class _NotOurs(Exception):
    """The job is another worker's by now, or is to stop."""


class _Course(msgspec.Struct, kw_only=True):
    """A job in our hands."""

    claim: Claim
    pool: LoadedPool
    judge: Judge
    lines: Lines
    next_part: int
    skip: int
    ended: bool = False


class ImportWorker:
    """Works on the jobs of one region, one at a time."""

    def __init__(
        self,
        *,
        database: Database,
        jobs: Jobs,
        users: UserBatches,
        book: PoolBook,
        clock: Clock,
        wall_clock: Clock,
        entropy: Entropy,
        report: Report,
    ) -> None:
        """Users are made at `clock`; leases go by `wall_clock`."""
        self._database = database
        self._jobs = jobs
        self._users = users
        self._book = book
        self._clock = clock
        self._wall_clock = wall_clock
        self._entropy = entropy
        self._report = report
        self._owner = uuid4(entropy)
        self._course: _Course | None = None
        self._next_expiry_ms = 0

    async def round(self) -> bool:
        """Do one batch of one job; return whether there may be more to do at once."""
        await self._expire()
        course = self._course
        if course is None:
            return await self._claim()
        self._course = None  # unless the batch goes well
        try:
            more = await self._batch(course)
        except _NotOurs:
            return await self._stop(course.claim)
        except Unreadable as problem:
            await self._settle(course.claim, JobStatus.FAILED, str(problem))
            return True
        except Unavailable:  # the lease lapses, and the job goes on
            raise
        except Exception as error:  # noqa: BLE001  one job must not stop the others
            self._report("import job failed", error)
            await self._settle(course.claim, JobStatus.FAILED, wording.INTERNAL)
            return True
        if more:
            self._course = course
        return True

    async def _claim(self) -> bool:
        now_ms = self._wall_clock.now_ms()
        if not await self._database.read(lambda tx: self._jobs.has_due(tx, now_ms)):
            return False
        claim = await self._database.write(
            lambda tx: self._jobs.claim(tx, owner=self._owner, now_ms=now_ms, lease_ms=LEASE_MS)
        )
        if claim is None:
            return False
        if claim.job.status == JobStatus.STOPPING:
            await self._settle(claim, JobStatus.STOPPED, wording.STOPPED)
            return True
        try:
            self._course = await self._open(claim)
        except Unreadable as problem:
            await self._settle(claim, JobStatus.FAILED, str(problem))
        return True

    async def _open(self, claim: Claim) -> _Course:
        """Read the header, and go to the place where the job stands."""
        job = claim.job
        pool = await self._book.pool(job.pool_id)
        if pool is None:
            raise Unreadable(wording.POOL_GONE)
        if job.file is not None and job.file.rows > IMPORT_ROWS:
            raise Unreadable(wording.too_many_rows(IMPORT_ROWS))
        begin = Lines(Place())
        header: Line | None = None
        for part in range(HEADER_PARTS):
            data = await self._part(pool, job, part)
            found = begin.feed(data) if data else begin.end()
            if found:
                header = found[0]
            if found or not data:
                break
        if header is None or header.number != 1:
            raise Unreadable(wording.NO_HEADER if header is None else wording.HEADER)
        reader = csv_reader(pool, header, algorithm=job.algorithm)
        judge = Judge(pool, reader, entropy=self._entropy, algorithm=job.algorithm)
        part, skip = divmod(job.place.byte, PART_BYTES)
        return _Course(
            claim=claim, pool=pool, judge=judge, lines=Lines(job.place), next_part=part, skip=skip
        )

    async def _batch(self, course: _Course) -> bool:
        """Import the rows that end in the next part; settle the job at its end."""
        pool = await self._book.pool(course.claim.job.pool_id)
        if pool is None:
            await self._settle(course.claim, JobStatus.FAILED, wording.POOL_GONE)
            return False
        course.pool = pool
        if course.ended:
            await self._finish(course.claim)
            return False
        data = await self._part(pool, course.claim.job, course.next_part)
        course.ended = not data
        lines = course.lines.feed(data[course.skip :]) if data else course.lines.end()
        course.next_part, course.skip = course.next_part + 1, 0
        now_ms = self._clock.now_ms()
        judged = [self._judged(course.judge, line, now_ms) for line in lines if line.number > 1]
        await self._save(course, judged)
        return True

    def _judged(self, judge: Judge, line: Line, now_ms: int) -> Judged:
        try:
            return judge.judge(line, now_ms)
        except Exception as error:  # noqa: BLE001  one row must not stop the others
            self._report("row of an import failed", error)
            return Verdict(line.number, Outcome.FAILED, wording.INTERNAL)

    async def _save(self, course: _Course, judged: list[Judged]) -> None:
        """Save users, log and place in one write; raises _NotOurs and saves nothing."""
        claim, place = course.claim, course.lines.place
        if place == claim.job.place:  # in the middle of a line longer than a part
            return
        lease_until_ms = self._wall_clock.now_ms() + LEASE_MS

        def save(tx: Transaction) -> Tally:
            verdicts = store(tx, self._users, course.pool, judged)
            tally = tally_of(verdicts)
            self._jobs.log(tx, claim.job, stretches_of(verdicts))
            if not self._jobs.advance(
                tx, claim, place=place, tally=tally, lease_until_ms=lease_until_ms
            ):
                raise _NotOurs
            return tally

        tally = await self._database.write(save)
        job = msgspec.structs.replace(claim.job, place=place, tally=claim.job.tally + tally)
        course.claim = claim._replace(job=job, lease_until_ms=lease_until_ms)

    async def _finish(self, claim: Claim) -> None:
        tally = claim.job.tally
        if tally.rows and not tally.imported:
            settled = await self._settle(claim, JobStatus.FAILED, wording.TOO_MANY_FAILED)
        else:
            settled = await self._settle(claim, JobStatus.SUCCEEDED, None)
        if not settled:
            raise _NotOurs

    async def _stop(self, claim: Claim) -> bool:
        """End a job that was asked to stop, if it is still ours."""
        job = await self._database.read(
            lambda tx: self._jobs.get(tx, claim.job.pool_id, claim.job.id)
        )
        if job is not None and job.status == JobStatus.STOPPING:
            await self._settle(claim, JobStatus.STOPPED, wording.STOPPED)
        return True

    async def _settle(self, claim: Claim, to: JobStatus, message: str | None) -> bool:
        now_ms = self._clock.now_ms()
        return await self._database.write(
            lambda tx: self._jobs.settle(tx, claim, to=to, message=message, now_ms=now_ms)
        )

    async def _part(self, pool: LoadedPool, job: Job, part: int) -> bytes:
        """Return a part of the file in the clear, nothing behind its end."""
        file = job.file
        if file is None:
            raise Unreadable(wording.FILE_GONE)
        if part * PART_BYTES >= file.size:
            return b""
        sealed = await self._database.read(
            lambda tx: self._jobs.parts(tx, job, file.upload_id, first=part, count=1)
        )
        if not sealed:
            raise Unreadable(wording.FILE_GONE)
        try:
            return pool.keys.open(
                Purpose.IMPORT, sealed[0], context=part_context(job, file.upload_id, part)
            )
        except EnvelopeBroken:
            raise Unreadable(wording.FILE_GONE) from None

    async def _expire(self) -> None:
        now_ms = self._wall_clock.now_ms()
        if now_ms < self._next_expiry_ms:
            return
        self._next_expiry_ms = now_ms + EXPIRY_PAUSE_MS
        before_ms = self._clock.now_ms() - LIFE_MS
        if await self._database.read(lambda tx: self._jobs.has_old(tx, before_ms)):
            await self._database.write(lambda tx: self._jobs.expire(tx, before_ms))
