"""Import a file of any size in constant memory, for an operator beside the API.

    read a block ─▶ lines ─▶ judge ──┐ (the next block meanwhile)
                                     └─▶ one write: users, failed rows, how far the file is read

A run is known by the beginning of its file. After a kill the same command goes on where the last
write left off, provided that everything before that place is still the same; so nothing depends on
the file's name. Source: docs/behaviours/imports.md.
"""

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, Protocol, TypeVar

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.refusal import ConcurrentModification, InvalidParameter, ResourceNotFound
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.imports import wording
from poolkeep.core.imports.batches import store, tally_of
from poolkeep.core.imports.lines import Line, Lines
from poolkeep.core.imports.model import Outcome, Place, Run, Tally
from poolkeep.core.imports.ports import Runs, UserBatches
from poolkeep.core.imports.rows import (
    Judge,
    Judged,
    Unreadable,
    csv_reader,
    json_reader,
)
from poolkeep.core.pools.loaded import LoadedPool, PoolBook
from poolkeep.core.pools.wording import no_pool

T = TypeVar("T")

HEAD_BYTES: Final = 64 * 1024
BLOCK_BYTES: Final = 128 * 1024
"""About a thousand rows a write: some 80 ms, for which other writers on SQLite wait."""
ANOTHER_PROCESS: Final = "Another process imports this file at the moment."
OTHER_FILE: Final = (
    "This input begins like one whose import was interrupted, and goes on differently: "
    "give --restart to import it from its beginning."
)


class Failed(msgspec.Struct, frozen=True, kw_only=True):
    """A row that was not imported."""

    line: int
    reason: str
    row: str


class Source(Protocol):
    """The file."""

    def read(self, size: int) -> bytes:
        """Return the next bytes, none at the end."""
        ...

    def rewind(self) -> bool:
        """Go back to the beginning; False where that is impossible."""
        ...


class Rejects(Protocol):
    """Where failed rows go."""

    def put(self, at: int, rows: Sequence[Failed]) -> int:
        """Write rows durably at a place, dropping whatever stood there; return the new end."""
        ...


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What to import; `algorithm` is that of the column of password hashes."""

    pool_id: str
    algorithm: str | None = None
    restart: bool = False


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """How far an import has come; `resumed` counts the rows of an earlier process."""

    tally: Tally
    read_bytes: int
    resumed: Tally


class _Course(msgspec.Struct, kw_only=True):
    """One import under way. `begun` is a line that has not ended; `digest` lacks its bytes."""

    source: Source
    rejects: Rejects
    judge: Judge
    run: Run
    lines: Lines
    digest: Any
    has_header: bool
    ahead: bytes
    begun: bytes = b""
    resumed: Tally = Tally()


class FileImport:
    """Imports files into the pools of one region."""

    def __init__(
        self,
        *,
        database: Database,
        users: UserBatches,
        runs: Runs,
        book: PoolBook,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        """Write to `database`, each write in a thread of its own, one at a time."""
        self._database = database
        self._users = users
        self._runs = runs
        self._book = book
        self._clock = clock
        self._entropy = entropy
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="import")

    def close(self) -> None:
        """Let the thread finish."""
        self._writer.shutdown()

    async def run(
        self, order: Order, source: Source, rejects: Rejects, tell: Callable[[Report], None]
    ) -> Report:
        """Import the file; `tell` hears after each write. Raises Unreadable and Refusal."""
        course = await self._begin(order, source, rejects)
        tell(_report(course))
        writing: asyncio.Task[Run] | None = None
        more = True
        try:
            while more:
                lines, more = _next(course)
                now_ms = self._clock.now_ms()
                judged = [course.judge.judge(line, now_ms) for line in lines]
                place, digest = course.lines.place, course.digest.digest()
                if writing is not None:
                    course.run = await writing
                    tell(_report(course))
                # Read between two writes: they have the connection for themselves.
                pool = await self._pool(order.pool_id)
                writing = asyncio.create_task(
                    self._write(pool, course, judged, lines, place=place, digest=digest)
                )
        finally:
            if writing is not None:
                course.run = await writing
        tell(_report(course))
        await self._apart(lambda tx: self._runs.end(tx, course.run))
        return _report(course)

    async def _begin(self, order: Order, source: Source, rejects: Rejects) -> _Course:
        pool = await self._pool(order.pool_id)
        head = _exactly(source, HEAD_BYTES)
        run = Run(pool_id=order.pool_id, id=hashlib.sha256(head).hexdigest())
        known = await self._database.read(lambda tx: self._runs.get(tx, run.pool_id, run.id))
        has_header = not head.lstrip().startswith(b"{")
        reader = (
            csv_reader(pool, _header(head), algorithm=order.algorithm, strict=False)
            if has_header
            else json_reader(pool, algorithm=order.algorithm)
        )
        course = _Course(
            source=source,
            rejects=rejects,
            judge=Judge(
                pool, reader, entropy=self._entropy, algorithm=order.algorithm, strict=False
            ),
            run=run,
            lines=Lines(Place()),
            digest=hashlib.sha256(),
            has_header=has_header,
            ahead=head,
        )
        if known is not None and not order.restart:
            if _goes_on(course, known):
                return course
            if not source.rewind():
                raise InvalidParameter(OTHER_FILE)
            course.digest, course.ahead = hashlib.sha256(), _exactly(source, HEAD_BYTES)
        await self._apart(lambda tx: self._runs.begin(tx, run))
        rejects.put(0, ())
        return course

    async def _write(
        self,
        pool: LoadedPool,
        course: _Course,
        judged: list[Judged],
        lines: list[Line],
        *,
        place: Place,
        digest: bytes,
    ) -> Run:
        before = course.run

        def save(tx: Transaction) -> Run:
            verdicts = store(tx, self._users, pool, judged)
            failed = [
                Failed(line=verdict.line, reason=verdict.reason, row=_shown(line))
                for verdict, line in zip(verdicts, lines, strict=True)
                if verdict.outcome is Outcome.FAILED
            ]
            # Before the commit: what a kill leaves behind that end is dropped by the next put.
            end = before.rejects_bytes
            end = course.rejects.put(end, failed) if failed else end
            after = msgspec.structs.replace(
                before,
                place=place,
                digest=digest,
                tally=before.tally + tally_of(verdicts),
                rejects_bytes=end,
            )
            if not self._runs.advance(tx, before, after):
                raise ConcurrentModification(ANOTHER_PROCESS)
            return after

        return await self._apart(save)

    async def _apart(self, work: Callable[[Transaction], T]) -> T:
        """Write in a thread, so that the next rows are judged meanwhile."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._writer, self._database.write_now, work)

    async def _pool(self, pool_id: str) -> LoadedPool:
        pool = await self._book.pool(pool_id)
        if pool is None:
            raise ResourceNotFound(no_pool(pool_id))
        return pool


def _next(course: _Course) -> tuple[list[Line], bool]:
    """Return the lines of the next block, and whether more may follow."""
    block = course.ahead or course.source.read(BLOCK_BYTES)
    course.ahead = b""
    before = course.lines.place.byte
    lines = course.lines.feed(block) if block else course.lines.end()
    ended = course.lines.place.byte - before
    known = course.begun + block
    course.digest.update(known[:ended])
    course.begun = known[ended:]
    if course.has_header and lines and lines[0].number == 1:
        del lines[0]
    return lines, bool(block)


def _goes_on(course: _Course, known: Run) -> bool:
    """Skip what an earlier process has imported; False where it was another file."""
    left, data = known.place.byte, course.ahead
    digest = hashlib.sha256()
    while data and left:
        piece = data[:left]
        digest.update(piece)
        left -= len(piece)
        data = data[len(piece) :] or (course.source.read(BLOCK_BYTES) if left else b"")
    if left or digest.digest() != known.digest:
        return False
    course.run, course.lines = known, Lines(known.place)
    course.digest, course.ahead, course.resumed = digest, data, known.tally
    return True


def _exactly(source: Source, size: int) -> bytes:
    """Return so many bytes, fewer only at the end: a pipe gives what it has."""
    data = b""
    while len(data) < size and (piece := source.read(size - len(data))):
        data += piece
    return data


def _header(head: bytes) -> Line:
    """Return the first line; refuses a file without one."""
    first = head.split(b"\n", 1)[0]
    if not first.strip():
        raise Unreadable(wording.NO_HEADER)
    return Line(1, first)


def _shown(line: Line) -> str:
    return "" if line.text is None else line.text.decode("utf-8", "replace").rstrip("\r")


def _report(course: _Course) -> Report:
    run = course.run
    return Report(tally=run.tally, read_bytes=run.place.byte, resumed=course.resumed)
