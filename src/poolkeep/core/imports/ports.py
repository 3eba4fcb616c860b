"""What imports need from a store. Every method runs inside a transaction."""

from collections.abc import Sequence
from typing import Protocol

from poolkeep.base.transaction import Transaction
from poolkeep.core.imports.model import (
    Candidate,
    Claim,
    Job,
    JobFile,
    JobStatus,
    Place,
    Run,
    Stretch,
    Tally,
)
from poolkeep.core.users.names import Login


class UserBatches(Protocol):
    """Users by the hundred."""

    def insert(
        self, tx: Transaction, pool_id: str, candidates: Sequence[Candidate]
    ) -> list[Login | None]:
        """Store new users; return for each the login that is taken (it is not stored), or None.

        Of two candidates that want the same login the first gets it.
        """
        ...


class Jobs(Protocol):
    """Import jobs, their files and logs."""

    def insert(self, tx: Transaction, job: Job) -> None:
        """Store a new job."""
        ...

    def count(self, tx: Transaction, pool_id: str) -> int:
        """Return how many jobs the pool has."""
        ...

    def get(self, tx: Transaction, pool_id: str, job_id: str) -> Job | None:
        """Return the job."""
        ...

    def find(self, tx: Transaction, job_id: str) -> Job | None:
        """Return the job of this id, of whatever pool."""
        ...

    def page(
        self, tx: Transaction, pool_id: str, *, before: tuple[int, str] | None, limit: int
    ) -> list[Job]:
        """Return the pool's jobs before (created_ms, id), newest first."""
        ...

    def is_active(self, tx: Transaction, *, pool_id: str) -> bool:
        """Tell whether the pool has a job under way."""
        ...

    def account_is_active(self, tx: Transaction, account: str) -> bool:
        """Tell whether the account has a job under way."""
        ...

    def start(self, tx: Transaction, job: Job, now_ms: int) -> None:
        """Let a job that was only created wait for a worker."""
        ...

    def stop(self, tx: Transaction, job: Job) -> bool:
        """Ask a job that waits or runs to end; False for one in another state."""
        ...

    def begin_upload(self, tx: Transaction, job: Job) -> None:
        """Drop whatever was uploaded but the file that the job has."""
        ...

    def add_parts(
        self, tx: Transaction, job: Job, upload_id: str, *, first: int, sealed: Sequence[bytes]
    ) -> None:
        """Store parts of a file."""
        ...

    def end_upload(self, tx: Transaction, job: Job, file: JobFile, *, parts: int) -> bool:
        """Make the file the job's; False when the job has begun, or another upload is faster."""
        ...

    def parts(
        self, tx: Transaction, job: Job, upload_id: str, *, first: int, count: int
    ) -> list[bytes]:
        """Return parts of a file, sealed; fewer at its end."""
        ...

    def has_due(self, tx: Transaction, now_ms: int) -> bool:
        """Tell whether `claim` would find something; takes no lock."""
        ...

    def claim(self, tx: Transaction, *, owner: str, now_ms: int, lease_ms: int) -> Claim | None:
        """Take a job that waits, or whose worker is gone."""
        ...

    def advance(
        self, tx: Transaction, claim: Claim, *, place: Place, tally: Tally, lease_until_ms: int
    ) -> bool:
        """Note how far the job has come; False when it is no longer the claimant's to carry on."""
        ...

    def log(self, tx: Transaction, job: Job, stretches: Sequence[Stretch]) -> None:
        """Append to the job's log."""
        ...

    def log_page(
        self, tx: Transaction, job: Job, *, after: int, limit: int
    ) -> list[tuple[int, list[Stretch]]]:
        """Return entries of the log with their first lines, after a first line."""
        ...

    def settle(
        self, tx: Transaction, claim: Claim, *, to: JobStatus, message: str | None, now_ms: int
    ) -> bool:
        """End the job and drop its file.

        False when it is no longer the claimant's, or is to stop and `to` is another end.
        """
        ...

    def has_old(self, tx: Transaction, created_before_ms: int) -> bool:
        """Tell whether `expire` would find something; takes no lock."""
        ...

    def expire(self, tx: Transaction, created_before_ms: int) -> int:
        """Expire jobs that were never started and drop their files; return how many."""
        ...


class Runs(Protocol):
    """How far operators' imports have come."""

    def get(self, tx: Transaction, pool_id: str, run_id: str) -> Run | None:
        """Return the run."""
        ...

    def begin(self, tx: Transaction, run: Run) -> None:
        """Store a run, in place of one of the same id."""
        ...

    def advance(self, tx: Transaction, before: Run, after: Run) -> bool:
        """Note how far the run has come; False when another process carries it on."""
        ...

    def end(self, tx: Transaction, run: Run) -> None:
        """Forget the run."""
        ...
