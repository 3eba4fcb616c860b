"""The embedded database: one file, WAL, one connection on the event loop's own thread.

A whole transaction costs less than a thread hop, so statements run inline. Writers that arrive
in the same turn of the loop share one commit (and one fsync): each runs in a savepoint of its
own, so that one caller's refusal does not undo another's work.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from typing import Any, TypeVar

from poolkeep.base.transaction import Params, Row, Transaction
from poolkeep.storage.database import DatabaseAway

T = TypeVar("T")

BUSY_RETRY_S = 0.001
"""Pause before asking again for the write lock; another process holds it for well under 1 ms."""
BUSY_ATTEMPTS_MAX = 5_000
CACHED_STATEMENTS = 512
MANY_ROWS_CACHE_KIB = 64 * 1024
MANY_ROWS_CHECKPOINT_PAGES = 16_384
MMAP_BYTES = 256 * 1024 * 1024


_Outcome = tuple[asyncio.Future[Any], Any, BaseException | None]


class _SqliteTransaction:
    """`Transaction` over one sqlite3 connection."""

    __slots__ = ("_execute", "_executemany")

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.execute
        self._executemany = connection.executemany

    def one(self, sql: str, params: Params = ()) -> Row | None:
        row: Row | None = self._execute(sql, params).fetchone()
        return row

    def all(self, sql: str, params: Params = ()) -> list[Row]:
        return self._execute(sql, params).fetchall()

    def run(self, sql: str, params: Params = ()) -> int:
        return self._execute(sql, params).rowcount

    def many(self, sql: str, rows: Iterable[Params]) -> None:
        self._executemany(sql, rows)


@contextmanager
def snapshot(path: str) -> Iterator[Transaction]:
    """Show the file as it is now, whatever is committed meanwhile, on a connection of its own.

    Writers go on; the WAL keeps growing until the snapshot is closed.
    """
    with closing(sqlite3.connect(path, isolation_level=None, timeout=5)) as connection:
        connection.execute("PRAGMA query_only=ON")
        connection.execute("BEGIN")
        yield _SqliteTransaction(connection)


class SqliteDatabase:
    """One SQLite file (or `:memory:`)."""

    kind = "sqlite"

    def __init__(self, path: str, *, durable: bool = True) -> None:
        """Open or create the file at `path`."""
        self.path = path
        # Python's own transaction handling is off (isolation_level None): we say BEGIN ourselves.
        self._connection = sqlite3.connect(
            path,
            isolation_level=None,
            timeout=0,
            cached_statements=CACHED_STATEMENTS,
            check_same_thread=False,
        )
        execute = self._connection.execute
        execute("PRAGMA busy_timeout=5000")
        execute("PRAGMA journal_mode=WAL")
        execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
        execute("PRAGMA foreign_keys=OFF")
        execute(f"PRAGMA mmap_size={MMAP_BYTES}")
        execute("PRAGMA temp_store=MEMORY")
        execute("PRAGMA busy_timeout=0")  # from here on a busy database never blocks the loop
        self._tx = _SqliteTransaction(self._connection)
        self._queue: list[tuple[Callable[[Transaction], Any], asyncio.Future[Any]]] = []
        self._busy_attempts = 0
        self._closed = False

    def expect_many_rows(self) -> None:
        """Keep more pages and write them back in larger portions, for a tool that fills tables."""
        self._connection.execute(f"PRAGMA cache_size=-{MANY_ROWS_CACHE_KIB}")
        self._connection.execute(f"PRAGMA wal_autocheckpoint={MANY_ROWS_CHECKPOINT_PAGES}")
        self._connection.execute("PRAGMA mmap_size=0")

    async def read(self, fn: Callable[[Transaction], T]) -> T:
        """Run `fn` inline; each statement sees the newest committed state."""
        return fn(self._tx)

    async def write(self, fn: Callable[[Transaction], T]) -> T:
        """Queue `fn` for the next commit and wait until that is durable."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._queue.append((fn, future))
        if len(self._queue) == 1:
            loop.call_soon(self._flush, loop)
        return await future

    async def write_one(self, sql: str, params: Params = ()) -> int:
        """Run one statement in the next commit."""
        return await self.write(lambda tx: tx.run(sql, params))

    def write_now(self, fn: Callable[[Transaction], T]) -> T:
        """Run one write outside an event loop (migrations, tools, tests)."""
        self._connection.execute("PRAGMA busy_timeout=5000")
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                result = fn(self._tx)
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")
            return result
        finally:
            self._connection.execute("PRAGMA busy_timeout=0")

    def change_counter(self) -> int:
        """Return a number that changes when another connection has committed."""
        row = self._connection.execute("PRAGMA data_version").fetchone()
        return int(row[0])

    async def close(self) -> None:
        """Commit what is queued and close the file."""
        if self._queue:
            self._flush(asyncio.get_running_loop())
        self._closed = True
        self._connection.close()

    def _flush(self, loop: asyncio.AbstractEventLoop) -> None:
        """Run every queued write in one transaction."""
        if self._closed or not self._queue:
            return
        execute = self._connection.execute
        try:
            execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:  # a lock, or a file that is damaged
            self._wait_for_lock(loop, error)
            return
        self._busy_attempts = 0
        batch, self._queue = self._queue, []
        outcomes: list[_Outcome] = []
        try:
            for fn, future in batch:
                outcomes.append(self._run(fn, future, alone=len(batch) == 1))
            if self._connection.in_transaction:
                execute("COMMIT")
        except sqlite3.Error as error:
            if self._connection.in_transaction:
                execute("ROLLBACK")
            away = DatabaseAway(f"commit failed: {error}")
            outcomes = [(future, None, away) for _, future in batch]
        for future, result, failure in outcomes:
            if future.done():  # the caller went away; its work stands or fell with the commit
                continue
            if failure is None:
                future.set_result(result)
            else:
                future.set_exception(failure)

    def _run(
        self, fn: Callable[[Transaction], Any], future: asyncio.Future[Any], *, alone: bool
    ) -> "_Outcome":
        """Run one write, in a savepoint when others share the transaction."""
        execute = self._connection.execute
        outcome: _Outcome
        if not alone:
            execute("SAVEPOINT one")
        try:
            outcome = (future, fn(self._tx), None)
        except Exception as error:  # noqa: BLE001  handed to the one caller it belongs to
            outcome = (future, None, error)
            execute("ROLLBACK" if alone else "ROLLBACK TO one")
        if not alone:
            execute("RELEASE one")
        return outcome

    def _wait_for_lock(self, loop: asyncio.AbstractEventLoop, error: sqlite3.Error) -> None:
        self._busy_attempts += 1
        if self._busy_attempts <= BUSY_ATTEMPTS_MAX and "locked" in str(error):
            loop.call_later(BUSY_RETRY_S, self._flush, loop)
            return
        self._busy_attempts = 0
        batch, self._queue = self._queue, []
        for _, future in batch:
            if not future.done():
                future.set_exception(DatabaseAway(f"no write lock: {error}"))
