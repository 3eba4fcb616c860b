"""The pre-signed URL of a job, and the file that is sent there.

The URL is signed under the pool's own key for imports, so any node can check it and nothing of it
is stored. It is good for 15 minutes from the job's creation. The file is sealed in parts as it
arrives; a part is small, so neither an upload nor an import ever holds more than a few of them.
Source: docs/behaviours/imports.md.
"""

import hashlib
import hmac
from collections.abc import AsyncIterator, Mapping
from typing import Final, NamedTuple
from urllib.parse import urlencode

from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.ids import uuid4
from poolkeep.base.limits import IMPORT_FILE_BYTES
from poolkeep.base.secret import constant_time_equal
from poolkeep.base.transaction import Database
from poolkeep.core.imports.model import Job, JobFile, JobStatus
from poolkeep.core.imports.ports import Jobs
from poolkeep.core.pools.loaded import LoadedPool, PoolBook
from poolkeep.crypto.envelope import Purpose

PATH: Final = "/_poolkeep/imports/"
LIFE_S: Final = 900
SIGNED_HEADER: Final = "x-amz-server-side-encryption"
SIGNED_VALUE: Final = "aws:kms"
PART_BYTES: Final = 8 * 1024
"""About a hundred rows, which keep the event loop for some ten milliseconds."""
PARTS_PER_WRITE: Final = 64
_EMPTY: Final = (b"", b"\r")


class UploadRefused(Exception):
    """The file is not taken: an HTTP status, and code and text in the way of S3."""

    def __init__(self, status: int, code: str, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.code = code
        self.text = text


class Admitted(NamedTuple):
    """An upload that may begin."""

    pool: LoadedPool
    job: Job


def url_of(pool: LoadedPool, job: Job, base_url: str) -> str:
    """Return the pre-signed URL of a job; the same one whenever it is asked for."""
    query = {
        "X-Amz-Date": str(job.created_ms),
        "X-Amz-Expires": str(LIFE_S),
        "X-Amz-SignedHeaders": SIGNED_HEADER,
        "X-Amz-Signature": _signature(pool, job.pool_id, job.id, str(job.created_ms)),
    }
    return f"{base_url}{PATH}{job.pool_id}/{job.id}?{urlencode(query)}"


class Uploads:
    """Takes the files of one region's jobs."""

    def __init__(
        self, *, database: Database, jobs: Jobs, book: PoolBook, clock: Clock, entropy: Entropy
    ) -> None:
        """Keep files in `database`."""
        self._database = database
        self._jobs = jobs
        self._book = book
        self._clock = clock
        self._entropy = entropy

    async def admit(
        self, pool_id: str, job_id: str, query: Mapping[str, str], encryption: str | None
    ) -> Admitted:
        """Return the job whose URL this is; raises UploadRefused before anything is read."""
        pool = await self._book.pool(pool_id)
        claimed_at = query.get("X-Amz-Date", "")
        if pool is None:
            raise UploadRefused(*_DENIED)
        expected = _signature(pool, pool_id, job_id, claimed_at)
        if not constant_time_equal(expected, query.get("X-Amz-Signature", "")):
            raise UploadRefused(*_BAD_SIGNATURE)
        # What is signed is what we wrote, so from here on it has the form that we gave it.
        if self._clock.now_ms() >= int(claimed_at) + LIFE_S * 1000:
            raise UploadRefused(*_EXPIRED)
        if encryption != SIGNED_VALUE:
            raise UploadRefused(*_BAD_SIGNATURE)
        job = await self._database.read(lambda tx: self._jobs.get(tx, pool_id, job_id))
        if job is None or job.status != JobStatus.CREATED:
            raise UploadRefused(*_DENIED)
        return Admitted(pool, job)

    async def take(self, admitted: Admitted, pieces: AsyncIterator[bytes]) -> str:
        """Keep the file, in place of one that came before; return its ETag.

        Raises UploadRefused for one that is too large or overtaken by another upload.
        """
        pool, job = admitted
        upload_id = uuid4(self._entropy)
        await self._database.write(lambda tx: self._jobs.begin_upload(tx, job))
        size = rows = parts = 0
        digest = hashlib.sha256()
        waiting = bytearray()
        last = b""

        async def flush(length: int) -> None:
            nonlocal parts
            cut = [
                bytes(waiting[start : min(start + PART_BYTES, length)])
                for start in range(0, length, PART_BYTES)
            ]
            del waiting[:length]
            sealed = [
                pool.keys.seal(
                    Purpose.IMPORT, part, context=part_context(job, upload_id, parts + number)
                )
                for number, part in enumerate(cut)
            ]
            first = parts
            await self._database.write(
                lambda tx: self._jobs.add_parts(tx, job, upload_id, first=first, sealed=sealed)
            )
            parts += len(cut)

        async for piece in pieces:
            size += len(piece)
            if size > IMPORT_FILE_BYTES:
                raise UploadRefused(*_TOO_LARGE)
            digest.update(piece)
            lines = (last + piece).split(b"\n")
            # Only whether something stands there counts, so a long line need not be kept.
            last = lines.pop()[:2]
            rows += sum(line not in _EMPTY for line in lines)
            waiting += piece
            if len(waiting) >= PART_BYTES * PARTS_PER_WRITE:
                await flush(len(waiting) // PART_BYTES * PART_BYTES)
        rows += last not in _EMPTY
        if waiting:
            await flush(len(waiting))
        file = JobFile(upload_id=upload_id, size=size, rows=max(rows - 1, 0))
        if not await self._database.write(
            lambda tx: self._jobs.end_upload(tx, job, file, parts=parts)
        ):
            raise UploadRefused(*_OVERTAKEN)
        return digest.hexdigest()[:32]


def part_context(job: Job, upload_id: str, part: int) -> str:
    """Return what binds a part of a file to its place."""
    return f"import_files/{job.pool_id}/{job.id}/{upload_id}/{part}"


def _signature(pool: LoadedPool, pool_id: str, job_id: str, at: str) -> str:
    message = "\n".join(("PUT", pool_id, job_id, at, str(LIFE_S), SIGNED_HEADER, SIGNED_VALUE))
    key = pool.keys.key(Purpose.IMPORT)
    return hmac.digest(key, message.encode("utf-8", "surrogatepass"), "sha256").hex()


_DENIED: Final = (403, "AccessDenied", "Access Denied")
_EXPIRED: Final = (403, "AccessDenied", "Request has expired")
_BAD_SIGNATURE: Final = (
    403,
    "SignatureDoesNotMatch",
    (
        "The request signature we calculated does not match the signature you provided. "
        f"Send the URL as it was given, and the header {SIGNED_HEADER}: {SIGNED_VALUE}."
    ),
)
_TOO_LARGE: Final = (400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size")
_OVERTAKEN: Final = (
    409,
    "OperationAborted",
    "Another upload took the place of this one, or the job has begun.",
)
