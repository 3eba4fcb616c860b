"""Import jobs, their files and the outcome of each row, as values."""

from enum import StrEnum
from typing import NamedTuple

import msgspec

from poolkeep.core.users.model import User
from poolkeep.core.users.names import IndexRow, Login


class JobStatus(StrEnum):
    """Where a job stands.

    Created ─▶ Pending ─▶ InProgress ─▶ Succeeded | Failed
       │          └───────────┴─▶ Stopping ─▶ Stopped
       └─▶ Expired
    """

    CREATED = "Created"
    PENDING = "Pending"
    IN_PROGRESS = "InProgress"
    STOPPING = "Stopping"
    EXPIRED = "Expired"
    STOPPED = "Stopped"
    FAILED = "Failed"
    SUCCEEDED = "Succeeded"


ACTIVE = (JobStatus.PENDING, JobStatus.IN_PROGRESS, JobStatus.STOPPING)
"""An account has one job in these at most, and its pool keeps its settings meanwhile."""


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows went which way."""

    imported: int = 0
    skipped: int = 0
    failed: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        """Return the sum."""
        return Tally(
            imported=self.imported + other.imported,
            skipped=self.skipped + other.skipped,
            failed=self.failed + other.failed,
        )

    @property
    def rows(self) -> int:
        """All of them together."""
        return self.imported + self.skipped + self.failed


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """How far a file is read: the next byte, and the number of the line that begins there."""

    byte: int = 0
    line: int = 1


class JobFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was uploaded whole."""

    upload_id: str
    size: int
    rows: int


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """An import job as stored."""

    pool_id: str
    id: str
    account: str
    name: str
    role_arn: str
    algorithm: str | None
    status: JobStatus
    created_ms: int
    started_ms: int | None = None
    completed_ms: int | None = None
    message: str | None = None
    file: JobFile | None = None
    place: Place = Place()
    tally: Tally = Tally()


class Claim(NamedTuple):
    """A job in the hands of one worker; whoever held it before can no longer change it."""

    job: Job
    lease_until_ms: int
    owner: str


class Outcome(StrEnum):
    """What became of a row."""

    SUCCEEDED = "SUCCEEDED"
    SKIPPED = "SKIPPED"
    FAILED = "FAILED"


class Verdict(NamedTuple):
    """What became of the row at a line, and why where it was not imported."""

    line: int
    outcome: Outcome
    reason: str = ""


class Candidate(NamedTuple):
    """A row that is a user, unless the store finds one of its names taken."""

    line: int
    user: User
    logins: tuple[Login, ...]
    index_rows: tuple[IndexRow, ...]


class Stretch(msgspec.Struct, frozen=True, array_like=True):
    """A stretch of the log: lines in a row that went the same way for the same reason."""

    first: int
    last: int
    outcome: Outcome
    reason: str = ""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """How far an operator's import of a file has come.

    `digest` is that of everything before `place`: a file that begins with other bytes is another
    file. `rejects_bytes` is the length of the file of failed rows at that place.
    """

    pool_id: str
    id: str
    place: Place = Place()
    digest: bytes = b""
    tally: Tally = Tally()
    rejects_bytes: int = 0
