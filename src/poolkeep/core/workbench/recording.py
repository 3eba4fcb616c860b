"""Keep what functions were told and said, without anybody waiting for it.

    note      while a sign-in runs: one append to a bounded list, nothing else
    write     in the background: mask, seal, store, a batch in a transaction

What does not fit the list is counted and left out. What a process that is killed had not written
is lost: a record is for whoever looks for a mistake, not for the books.
"""

import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.log import Log
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.pools.loaded import LoadedPool, PoolBook
from poolkeep.core.triggers import FunctionError, FunctionUnavailable, Triggers
from poolkeep.core.workbench.masks import masked
from poolkeep.core.workbench.model import Record, Seen
from poolkeep.core.workbench.ports import Records

WAITING_MAX: Final = 2_000
WAITING_BYTES_MAX: Final = 16 * 1024 * 1024
BATCH: Final = 50
DOCUMENT_BYTES_MAX: Final = 64 * 1024
ID_BYTES: Final = 8
TRIM_SHARE: Final = 10
"""A function's records are trimmed after each tenth part of what is kept of them."""
TOO_LONG: Final = "It has {} bytes, which are too many to keep."

_encode = msgspec.json.Encoder().encode


class Recorder:
    """The records of one region, in one process. As a sweep, it writes what was noted."""

    name = "invocations"

    def __init__(
        self,
        *,
        database: Database,
        records: Records,
        book: PoolBook,
        clock: Clock,
        entropy: Entropy,
        log: Log,
        kept_max: int,
        kept_ms: int,
        rest_s: float = 1.0,
    ) -> None:
        """Keep `kept_max` records of each function of a pool, none longer than `kept_ms`."""
        self._database = database
        self._records = records
        self._book = book
        self._clock = clock
        self._entropy = entropy
        self._log = log
        self._kept_max = kept_max
        self._kept_ms = kept_ms
        self._waiting: deque[Seen] = deque()
        self._bytes = 0
        self._left_out = 0
        self._since_trim: dict[tuple[str, str], int] = {}
        self.rest_s = rest_s

    def note(self, seen: Seen) -> None:
        """Remember an attempt until the next round; never waits, never fails."""
        size = _size(seen)
        if len(self._waiting) >= WAITING_MAX or self._bytes + size > WAITING_BYTES_MAX:
            self._left_out += 1
            return
        self._bytes += size
        self._waiting.append(seen)

    async def round(self) -> bool:
        """Write one batch; return whether more is waiting."""
        if self._left_out:
            self._log.warning("invocations_not_recorded", count=self._left_out)
            self._left_out = 0
        batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
        if not batch:
            return False
        self._bytes -= sum(map(_size, batch))
        entries = [entry for seen in batch if (entry := await self._entry(seen))]
        if entries:
            await self._database.write(lambda tx: self._write(tx, entries))
            self._count(entries)
        return bool(self._waiting)

    async def flush(self) -> None:
        """Write everything that waits, before the database closes."""
        while await self.round():
            pass

    def _write(self, tx: Transaction, entries: list[tuple[LoadedPool, Record]]) -> None:
        self._records.add(tx, entries, expires_ms=self._clock.now_ms() + self._kept_ms)
        for pool_id, function in self._to_trim(entries):
            self._records.trim(tx, pool_id, function, keep=self._kept_max)

    def _to_trim(self, entries: list[tuple[LoadedPool, Record]]) -> list[tuple[str, str]]:
        """Return whose turn it is: those never trimmed by this process, and those grown since."""
        found = {(record.pool_id, record.function) for _, record in entries}
        enough = max(self._kept_max // TRIM_SHARE, 1)
        return sorted(key for key in found if self._since_trim.get(key, enough) >= enough)

    def _count(self, entries: list[tuple[LoadedPool, Record]]) -> None:
        for key in self._to_trim(entries):
            self._since_trim[key] = 0
        for _, record in entries:
            key = (record.pool_id, record.function)
            self._since_trim[key] = self._since_trim.get(key, 0) + 1

    async def _entry(self, seen: Seen) -> tuple[LoadedPool, Record] | None:
        """Return a record and its pool; None for what was no event of a pool of ours."""
        event, reply, error = masked(seen.event, seen.answer, seen.error)
        if not isinstance(event, dict):
            return None
        pool = await self._book.pool(_text(event, "userPoolId"))
        if pool is None:
            return None
        record = Record(
            id=self._entropy.bytes(ID_BYTES).hex(),
            pool_id=pool.pool.id,
            function=seen.arn,
            source=_text(event, "triggerSource"),
            user_id=_user_of(event),
            began_ms=seen.began_ms,
            took_us=seen.took_us,
            attempt=seen.attempt,
            request_id=seen.request_id,
            outcome=seen.outcome,
            event=_document(event),
            reply=None if seen.answer is None else _document(reply),
            error=error,
        )
        return pool, record


class RecordingTriggers:
    """Runs functions through another port, and notes how it went."""

    def __init__(self, triggers: Triggers, recorder: Recorder, clock: Clock) -> None:
        """Run through `triggers`."""
        self._triggers = triggers
        self._recorder = recorder
        self._clock = clock

    async def call(self, arn: str, event: bytes) -> bytes:
        """Return the function's answer."""
        answer = b""
        async with self._noting(arn, event) as done:
            answer = await self._triggers.call(arn, event)
            done(answer)
        return answer

    async def deliver(self, arn: str, event: bytes, *, request_id: str | None = None) -> None:
        """Make one attempt at an event that nobody waits for."""
        async with self._noting(arn, event, request_id or ""):
            await self._triggers.deliver(arn, event, request_id=request_id)

    async def submit(self, arn: str, event: bytes) -> None:
        """Hand over an event; what becomes of it is not known here."""
        async with self._noting(arn, event):
            await self._triggers.submit(arn, event)

    @asynccontextmanager
    async def _noting(
        self, arn: str, event: bytes, request_id: str = ""
    ) -> AsyncIterator[Callable[[bytes], None]]:
        began_ms, began = self._clock.now_ms(), time.perf_counter_ns()
        answers: list[bytes] = []
        error: Exception | None = None
        try:
            yield answers.append
        except (FunctionError, FunctionUnavailable) as failed:
            error = failed
            raise
        finally:
            self._recorder.note(
                Seen(
                    arn=arn,
                    event=event,
                    began_ms=began_ms,
                    took_us=(time.perf_counter_ns() - began) // 1000,
                    request_id=request_id,
                    answer=answers[0] if answers else None,
                    error=None if error is None else str(error),
                    thrown=isinstance(error, FunctionError),
                )
            )


def _size(seen: Seen) -> int:
    return len(seen.event) + len(seen.answer or b"")


def _text(event: dict[str, Any], name: str) -> str:
    value = event.get(name)
    return value if isinstance(value, str) else ""


def _user_of(event: dict[str, Any]) -> str:
    request = event.get("request")
    attributes = request.get("userAttributes") if isinstance(request, dict) else None
    return _text(attributes, "sub") if isinstance(attributes, dict) else ""


def _document(value: object) -> bytes:
    encoded = _encode(value)
    if len(encoded) > DOCUMENT_BYTES_MAX:
        encoded = _encode(TOO_LONG.format(len(encoded)))
    return encoded
