"""Import jobs with their files and logs. Implements `core.imports.ports`.

A job is claimed by one statement and known by its owner. Whoever has it saves the users of a batch
and how far the file is read in one transaction, which fails unless the job is where that worker
left it: two workers can never both store a batch.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from poolkeep.base.transaction import Row, Transaction
from poolkeep.core.imports.model import (
    Claim,
    Job,
    JobFile,
    JobStatus,
    Place,
    Run,
    Stretch,
    Tally,
)

COLUMNS: Final = (
    "pool_id, job_id, account, name, role_arn, algorithm, status, created_ms, started_ms, "
    "completed_ms, message, upload_id, file_bytes, file_rows, next_byte, next_line, "
    "imported, skipped, failed"
)
INSERT = f"""
INSERT INTO import_jobs ({COLUMNS}, lease_owner, lease_until_ms)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL, NULL, NULL, 0, 0, 0, 1, 0, 0, 0, '', 0)"""
COUNT = "SELECT COUNT(*) FROM import_jobs WHERE pool_id = ?"
GET = f"SELECT {COLUMNS} FROM import_jobs WHERE pool_id = ? AND job_id = ?"
FIND = f"SELECT {COLUMNS} FROM import_jobs WHERE job_id = ? ORDER BY pool_id LIMIT 1"
PAGE = f"""
SELECT {COLUMNS} FROM import_jobs WHERE pool_id = ? AND (created_ms, job_id) < (?, ?)
ORDER BY created_ms DESC, job_id DESC LIMIT ?"""
IS_ACTIVE = """
SELECT 1 FROM import_jobs
WHERE pool_id = ? AND status IN ('Pending', 'InProgress', 'Stopping') LIMIT 1"""
ACCOUNT_IS_ACTIVE = """
SELECT 1 FROM import_jobs
WHERE status IN ('Pending', 'InProgress', 'Stopping') AND account = ? LIMIT 1"""
START = """
UPDATE import_jobs SET status = 'Pending', started_ms = ?
WHERE pool_id = ? AND job_id = ? AND status = 'Created'"""
STOP = """
UPDATE import_jobs SET status = 'Stopping'
WHERE pool_id = ? AND job_id = ? AND status IN ('Pending', 'InProgress')"""
DROP_OTHER_PARTS = """
DELETE FROM import_files WHERE pool_id = ? AND job_id = ? AND upload_id <> ?"""
DROP_UNFINISHED = """
DELETE FROM import_files WHERE pool_id = ? AND job_id = ? AND upload_id <> COALESCE(
  (SELECT j.upload_id FROM import_jobs j WHERE j.pool_id = ? AND j.job_id = ?), '')"""
ADD_PART = """
INSERT INTO import_files (pool_id, job_id, upload_id, part, sealed) VALUES (?, ?, ?, ?, ?)"""
COUNT_PARTS = """
SELECT COUNT(*) FROM import_files WHERE pool_id = ? AND job_id = ? AND upload_id = ?"""
END_UPLOAD = """
UPDATE import_jobs SET upload_id = ?, file_bytes = ?, file_rows = ?
WHERE pool_id = ? AND job_id = ? AND status = 'Created'"""
PARTS = """
SELECT sealed FROM import_files
WHERE pool_id = ? AND job_id = ? AND upload_id = ? AND part >= ? ORDER BY part LIMIT ?"""
DUE = "status IN ('Pending', 'InProgress', 'Stopping') AND lease_until_ms <= ?"
HAS_DUE = f"SELECT 1 FROM import_jobs WHERE {DUE} LIMIT 1"
# MATERIALIZED: PostgreSQL would otherwise be free to choose the rows more than once.
CLAIM = f"""
WITH due AS MATERIALIZED (
  SELECT pool_id AS pool, job_id AS job FROM import_jobs WHERE {DUE}
  ORDER BY started_ms, job_id LIMIT 1{{lock}}
)
UPDATE import_jobs SET lease_owner = ?, lease_until_ms = ?,
  status = CASE WHEN status = 'Pending' THEN 'InProgress' ELSE status END
WHERE (pool_id, job_id) IN (SELECT pool, job FROM due)
RETURNING {COLUMNS}"""
CLAIM_BY_KIND: Final = {
    "sqlite": CLAIM.format(lock=""),
    "postgresql": CLAIM.format(lock=" FOR UPDATE SKIP LOCKED"),
}
ADVANCE = """
UPDATE import_jobs SET next_byte = ?, next_line = ?, imported = imported + ?,
  skipped = skipped + ?, failed = failed + ?, lease_until_ms = ?
WHERE pool_id = ? AND job_id = ? AND lease_owner = ? AND next_byte = ? AND status = 'InProgress'"""
ADD_LOG = """
INSERT INTO import_log (pool_id, job_id, first_line, stretches) VALUES (?, ?, ?, ?)"""
LOG_PAGE = """
SELECT first_line, stretches FROM import_log
WHERE pool_id = ? AND job_id = ? AND first_line > ? ORDER BY first_line LIMIT ?"""
SETTLE = """
UPDATE import_jobs SET status = ?, message = ?, completed_ms = ?, lease_until_ms = 0
WHERE pool_id = ? AND job_id = ? AND lease_owner = ? AND status IN ('InProgress', ?)"""
DROP_FILE = "DELETE FROM import_files WHERE pool_id = ? AND job_id = ?"
HAS_OLD = "SELECT 1 FROM import_jobs WHERE status = 'Created' AND created_ms <= ? LIMIT 1"
EXPIRE = """
UPDATE import_jobs SET status = 'Expired'
WHERE status = 'Created' AND created_ms <= ? RETURNING pool_id, job_id"""

RUN_COLUMNS: Final = (
    "pool_id, run_id, next_byte, next_line, digest, imported, skipped, failed, rejects_bytes"
)
GET_RUN = f"SELECT {RUN_COLUMNS} FROM import_runs WHERE pool_id = ? AND run_id = ?"
END_RUN = "DELETE FROM import_runs WHERE pool_id = ? AND run_id = ?"
BEGIN_RUN = f"INSERT INTO import_runs ({RUN_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
ADVANCE_RUN = """
UPDATE import_runs SET next_byte = ?, next_line = ?, digest = ?, imported = ?, skipped = ?,
  failed = ?, rejects_bytes = ?
WHERE pool_id = ? AND run_id = ? AND next_byte = ?"""

LAST: Final = (2**62, "")
_encode = msgspec.json.Encoder().encode
_stretches = msgspec.json.Decoder(list[Stretch]).decode


class SqlImports:
    """The `import_jobs`, `import_files` and `import_log` tables. `kind` is the database's."""

    def __init__(self, kind: str) -> None:
        """Choose the dialect of the claim."""
        self._claim = CLAIM_BY_KIND[kind]

    def insert(self, tx: Transaction, job: Job) -> None:
        """Store a new job."""
        tx.run(
            INSERT,
            (
                job.pool_id, job.id, job.account, job.name, job.role_arn, job.algorithm,
                job.status, job.created_ms,
            ),
        )  # fmt: skip

    def count(self, tx: Transaction, pool_id: str) -> int:
        """Return how many jobs the pool has."""
        row = tx.one(COUNT, (pool_id,))
        return int(row[0]) if row else 0

    def get(self, tx: Transaction, pool_id: str, job_id: str) -> Job | None:
        """Return the job."""
        row = tx.one(GET, (pool_id, job_id))
        return _job(row) if row else None

    def find(self, tx: Transaction, job_id: str) -> Job | None:
        """Return the job of this id, of whatever pool."""
        row = tx.one(FIND, (job_id,))
        return _job(row) if row else None

    def page(
        self, tx: Transaction, pool_id: str, *, before: tuple[int, str] | None, limit: int
    ) -> list[Job]:
        """Return the pool's jobs before (created_ms, id), newest first."""
        return [_job(row) for row in tx.all(PAGE, (pool_id, *(before or LAST), limit))]

    def is_active(self, tx: Transaction, *, pool_id: str) -> bool:
        """Tell whether the pool has a job under way."""
        return tx.one(IS_ACTIVE, (pool_id,)) is not None

    def account_is_active(self, tx: Transaction, account: str) -> bool:
        """Tell whether the account has a job under way."""
        return tx.one(ACCOUNT_IS_ACTIVE, (account,)) is not None

    def start(self, tx: Transaction, job: Job, now_ms: int) -> None:
        """Let a job that was only created wait for a worker."""
        tx.run(START, (now_ms, job.pool_id, job.id))

    def stop(self, tx: Transaction, job: Job) -> bool:
        """Ask a job that waits or runs to end; False for one in another state."""
        return tx.run(STOP, (job.pool_id, job.id)) == 1

    def begin_upload(self, tx: Transaction, job: Job) -> None:
        """Drop whatever was uploaded but the file that the job has."""
        tx.run(DROP_UNFINISHED, (job.pool_id, job.id, job.pool_id, job.id))

    def add_parts(
        self, tx: Transaction, job: Job, upload_id: str, *, first: int, sealed: Sequence[bytes]
    ) -> None:
        """Store parts of a file."""
        tx.many(
            ADD_PART,
            [
                (job.pool_id, job.id, upload_id, number, part)
                for number, part in enumerate(sealed, first)
            ],
        )

    def end_upload(self, tx: Transaction, job: Job, file: JobFile, *, parts: int) -> bool:
        """Make the file the job's; False when the job has begun, or another upload is faster."""
        row = tx.one(COUNT_PARTS, (job.pool_id, job.id, file.upload_id))
        if row is None or row[0] != parts:
            return False
        params = (file.upload_id, file.size, file.rows, job.pool_id, job.id)
        if tx.run(END_UPLOAD, params) != 1:
            return False
        tx.run(DROP_OTHER_PARTS, (job.pool_id, job.id, file.upload_id))
        return True

    def parts(
        self, tx: Transaction, job: Job, upload_id: str, *, first: int, count: int
    ) -> list[bytes]:
        """Return parts of a file, sealed; fewer at its end."""
        rows = tx.all(PARTS, (job.pool_id, job.id, upload_id, first, count))
        return [bytes(row[0]) for row in rows]

    def has_due(self, tx: Transaction, now_ms: int) -> bool:
        """Tell whether `claim` would find something; takes no lock."""
        return tx.one(HAS_DUE, (now_ms,)) is not None

    def claim(self, tx: Transaction, *, owner: str, now_ms: int, lease_ms: int) -> Claim | None:
        """Take a job that waits, or whose worker is gone."""
        row = tx.one(self._claim, (now_ms, owner, now_ms + lease_ms))
        return Claim(_job(row), now_ms + lease_ms, owner) if row else None

    def advance(
        self, tx: Transaction, claim: Claim, *, place: Place, tally: Tally, lease_until_ms: int
    ) -> bool:
        """Note how far the job has come; False when it is no longer the claimant's to carry on."""
        job = claim.job
        params = (
            place.byte, place.line, tally.imported, tally.skipped, tally.failed, lease_until_ms,
            job.pool_id, job.id, claim.owner, job.place.byte,
        )  # fmt: skip
        return tx.run(ADVANCE, params) == 1

    def log(self, tx: Transaction, job: Job, stretches: Sequence[Stretch]) -> None:
        """Append to the job's log."""
        if stretches:
            tx.run(ADD_LOG, (job.pool_id, job.id, stretches[0].first, _encode(stretches)))

    def log_page(
        self, tx: Transaction, job: Job, *, after: int, limit: int
    ) -> list[tuple[int, list[Stretch]]]:
        """Return entries of the log with their first lines, after a first line."""
        rows = tx.all(LOG_PAGE, (job.pool_id, job.id, after, limit))
        return [(row[0], _stretches(row[1])) for row in rows]

    def settle(
        self, tx: Transaction, claim: Claim, *, to: JobStatus, message: str | None, now_ms: int
    ) -> bool:
        """End the job and drop its file.

        False when it is no longer the claimant's, or is to stop and `to` is another end.
        """
        job = claim.job
        also = "Stopping" if to == JobStatus.STOPPED else "InProgress"
        if tx.run(SETTLE, (to, message, now_ms, job.pool_id, job.id, claim.owner, also)) != 1:
            return False
        tx.run(DROP_FILE, (job.pool_id, job.id))
        return True

    def has_old(self, tx: Transaction, created_before_ms: int) -> bool:
        """Tell whether `expire` would find something; takes no lock."""
        return tx.one(HAS_OLD, (created_before_ms,)) is not None

    def expire(self, tx: Transaction, created_before_ms: int) -> int:
        """Expire jobs that were never started and drop their files; return how many."""
        expired = tx.all(EXPIRE, (created_before_ms,))
        for pool_id, job_id in expired:
            tx.run(DROP_FILE, (pool_id, job_id))
        return len(expired)


class SqlImportRuns:
    """The `import_runs` table."""

    def get(self, tx: Transaction, pool_id: str, run_id: str) -> Run | None:
        """Return the run."""
        row = tx.one(GET_RUN, (pool_id, run_id))
        if row is None:
            return None
        return Run(
            pool_id=row[0], id=row[1], place=Place(byte=row[2], line=row[3]), digest=bytes(row[4]),
            tally=Tally(imported=row[5], skipped=row[6], failed=row[7]), rejects_bytes=row[8],
        )  # fmt: skip

    def begin(self, tx: Transaction, run: Run) -> None:
        """Store a run, in place of one of the same id."""
        tx.run(END_RUN, (run.pool_id, run.id))
        tx.run(BEGIN_RUN, (run.pool_id, run.id, *_progress(run)))

    def advance(self, tx: Transaction, before: Run, after: Run) -> bool:
        """Note how far the run has come; False when another process carries it on."""
        params = (*_progress(after), before.pool_id, before.id, before.place.byte)
        return tx.run(ADVANCE_RUN, params) == 1

    def end(self, tx: Transaction, run: Run) -> None:
        """Forget the run."""
        tx.run(END_RUN, (run.pool_id, run.id))


def _progress(run: Run) -> tuple[int | bytes, ...]:
    tally = run.tally
    return (
        run.place.byte, run.place.line, run.digest, tally.imported, tally.skipped, tally.failed,
        run.rejects_bytes,
    )  # fmt: skip


def _job(row: Row) -> Job:
    return Job(
        pool_id=row[0], id=row[1], account=row[2], name=row[3], role_arn=row[4], algorithm=row[5],
        status=JobStatus(row[6]), created_ms=row[7], started_ms=row[8], completed_ms=row[9],
        message=row[10],
        file=None if row[11] is None else JobFile(upload_id=row[11], size=row[12], rows=row[13]),
        place=Place(byte=row[14], line=row[15]),
        tally=Tally(imported=row[16], skipped=row[17], failed=row[18]),
    )  # fmt: skip
