"""Import jobs as a test uses them: make one, send its file, start it, wait for its end."""

import dataclasses
import itertools
import time
import urllib.parse
from collections.abc import Iterable, Mapping
from typing import Final

from tests.sdk.support import Json, Reply, Wire

ROLE: Final = "arn:aws:iam::123456789012:role/import-logs"
ENCRYPTION: Final = {"x-amz-server-side-encryption": "aws:kms"}
OVER: Final = {"Succeeded", "Failed", "Stopped", "Expired"}
PATIENCE_S: Final = 90.0
HASH: Final = "cognito:password_hash"

_numbers: Final = itertools.count(1)


def person(number: int, **changes: str) -> dict[str, str]:
    """Return the values of a row that is imported into a pool that verifies e-mail addresses."""
    named = {name.replace("__", ":"): value for name, value in changes.items()}
    return {
        "cognito:username": f"person-{number:06d}",
        "cognito:mfa_enabled": "FALSE",
        "email": f"person-{number:06d}@example.com",
        "email_verified": "TRUE",
        **named,
    }


def people(count: int) -> list[dict[str, str]]:
    """Return the rows of people whom no other test of this process has."""
    return [person(next(_numbers)) for _ in range(count)]


@dataclasses.dataclass(frozen=True)
class Imports:
    """The imports of one pool."""

    wire: Wire
    pool_id: str

    def header(self) -> list[str]:
        """Return the columns."""
        answer = self.wire.call("GetCSVHeader", UserPoolId=self.pool_id)
        columns: list[str] = answer["CSVHeader"]
        return columns

    def csv(self, rows: Iterable[Mapping[str, str]], *more: str) -> bytes:
        """Return a file with these rows; `more` are columns beyond those of the pool."""
        columns = [*self.header(), *more]
        lines = [",".join(columns)]
        lines += [
            ",".join(row.get(name, "").replace(",", "\\,") for name in columns) for row in rows
        ]
        return ("\n".join(lines) + "\n").encode()

    def create(self, **members: Json) -> dict[str, Json]:
        """Make a job."""
        wanted = {"JobName": "job", "CloudWatchLogsRoleArn": ROLE, **members}
        answer = self.wire.call("CreateUserImportJob", UserPoolId=self.pool_id, **wanted)
        job: dict[str, Json] = answer["UserImportJob"]
        return job

    def about(self, operation: str, job_id: str) -> dict[str, Json]:
        """Call an operation on a job and return what it tells of it."""
        answer = self.wire.call(operation, UserPoolId=self.pool_id, JobId=job_id)
        job: dict[str, Json] = answer["UserImportJob"]
        return job

    def describe(self, job_id: str) -> dict[str, Json]:
        """Tell about a job."""
        return self.about("DescribeUserImportJob", job_id)

    def upload(
        self, job: Mapping[str, Json], data: bytes, headers: Mapping[str, str] = ENCRYPTION
    ) -> Reply:
        """Send the job's file to its pre-signed URL."""
        parts = urllib.parse.urlsplit(job["PreSignedUrl"])
        return self.wire.exchange("PUT", f"{parts.path}?{parts.query}", data, headers)

    def ready(self, data: bytes, **members: Json) -> str:
        """Make a job with a file and return its id."""
        job = self.create(**members)
        reply = self.upload(job, data)
        assert reply.status == 200, reply
        job_id: str = job["JobId"]
        return job_id

    def run(self, data: bytes, **members: Json) -> dict[str, Json]:
        """Import a file and return the finished job."""
        job_id = self.ready(data, **members)
        self.about("StartUserImportJob", job_id)
        return self.finished(job_id)

    def finished(self, job_id: str) -> dict[str, Json]:
        """Wait for the end of a job and return it."""
        end = time.monotonic() + PATIENCE_S
        while (job := self.describe(job_id))["Status"] not in OVER:
            assert time.monotonic() < end, job
        return job


def counts(job: Mapping[str, Json]) -> tuple[int, int, int]:
    """Return how many rows of a job were imported, skipped, failed."""
    return job["ImportedUsers"], job["SkippedUsers"], job["FailedUsers"]
