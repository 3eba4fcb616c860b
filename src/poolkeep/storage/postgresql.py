"""PostgreSQL: a bounded set of threads, each with a connection of its own.

A transaction is one hop to a thread, not one for each statement. Connections are in autocommit
mode: a read sends its statements bare (read committed gives each its own snapshot anyway), and a
write brackets them with BEGIN and COMMIT. Statements are prepared on first use.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg
from psycopg import errors

from poolkeep.base.transaction import Params, Row, Transaction
from poolkeep.storage.database import DatabaseAway

T = TypeVar("T")

THREADS = 4
"""More threads than this mostly wait for the interpreter's lock, at the price of its hand-overs:
with eight a sign-up under load cost 1.4 times the CPU. Four keep a worker busy at a distance of
2 ms from the database."""
RETRIES_MAX = 8
RETRY_PAUSE_S = 0.005
OPTIONS = (
    "-c statement_timeout=5000 -c lock_timeout=4000 -c idle_in_transaction_session_timeout=10000"
)
CONNECT_TIMEOUT_S = 5
_RETRYABLE = (errors.SerializationFailure, errors.DeadlockDetected)

_translated: dict[str, str] = {}


def _translate(sql: str) -> str:
    """Turn `?` marks into psycopg's; no statement of ours has a question mark in a literal."""
    known = _translated.get(sql)
    if known is None:
        known = _translated[sql] = sql.replace("%", "%%").replace("?", "%s")
    return known


class _PostgresTransaction:
    """`Transaction` over one psycopg connection."""

    __slots__ = ("_cursor",)

    def __init__(self, connection: "psycopg.Connection[Row]") -> None:
        self._cursor = connection.cursor(binary=True)

    def one(self, sql: str, params: Params = ()) -> Row | None:
        return self._cursor.execute(_translate(sql), params, prepare=True).fetchone()

    def all(self, sql: str, params: Params = ()) -> list[Row]:
        return self._cursor.execute(_translate(sql), params, prepare=True).fetchall()

    def run(self, sql: str, params: Params = ()) -> int:
        return int(self._cursor.execute(_translate(sql), params, prepare=True).rowcount)

    def many(self, sql: str, rows: Iterable[Params]) -> None:
        self._cursor.executemany(_translate(sql), rows)


@contextmanager
def snapshot(url: str) -> Iterator[Transaction]:
    """Show the database as it is now, whatever is committed meanwhile, on a connection of its own.

    It may take hours: no timeout ends it while the reader waits for its disk.
    """
    try:
        connection: psycopg.Connection[Row] = psycopg.connect(
            url,
            autocommit=True,
            connect_timeout=CONNECT_TIMEOUT_S,
            application_name="poolkeep snapshot",
            prepare_threshold=0,
        )
        with connection:
            tx = _PostgresTransaction(connection)
            tx.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield tx
            tx.run("COMMIT")
    except psycopg.OperationalError as error:
        raise DatabaseAway(str(error)) from error


class PostgresDatabase:
    """One PostgreSQL database (or a cluster that speaks its protocol)."""

    kind = "postgresql"

    def __init__(self, url: str, *, threads: int = THREADS) -> None:
        """Connect lazily, from each thread on its first transaction."""
        self.url = url
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="postgresql")
        self._local = threading.local()
        self._open: list[psycopg.Connection[Row]] = []
        self._open_lock = threading.Lock()

    async def read(self, fn: Callable[[Transaction], T]) -> T:
        """Run `fn` on a connection without opening a transaction."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._read, fn)

    async def write(self, fn: Callable[[Transaction], T]) -> T:
        """Run `fn` in a transaction, again after a serialisation failure or a deadlock."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self.write_now, fn)

    async def write_one(self, sql: str, params: Params = ()) -> int:
        """Run one statement; PostgreSQL commits it with the same round trip."""
        return await asyncio.get_running_loop().run_in_executor(
            self._threads, self._once, lambda tx: tx.run(sql, params)
        )

    async def close(self) -> None:
        """Wait for running transactions and close every connection."""
        await asyncio.to_thread(self._threads.shutdown)
        with self._open_lock:
            for connection in self._open:
                connection.close()
            self._open.clear()

    def write_now(self, fn: Callable[[Transaction], T]) -> T:
        """Run one write on this thread's connection."""
        for attempt in range(RETRIES_MAX + 1):
            tx = self._transaction()
            try:
                tx.run("BEGIN")
                try:
                    result = fn(tx)
                except BaseException:
                    tx.run("ROLLBACK")
                    raise
                tx.run("COMMIT")
                return result
            except _RETRYABLE:
                if attempt == RETRIES_MAX:
                    raise
                time.sleep(RETRY_PAUSE_S * (attempt + 1))  # noqa: TID251  a thread of ours, not the loop
            except psycopg.OperationalError as error:
                self._forget()
                raise DatabaseAway(str(error)) from error
        raise AssertionError  # the loop returns or raises

    def _read(self, fn: Callable[[Transaction], T]) -> T:
        """Run `fn`, once more on a fresh connection when the server was restarted in between."""
        try:
            return fn(self._transaction())
        except errors.QueryCanceled as error:
            self._forget()
            raise DatabaseAway(str(error)) from error
        except psycopg.OperationalError:
            self._forget()
            return self._once(fn)

    def _once(self, fn: Callable[[Transaction], T]) -> T:
        try:
            return fn(self._transaction())
        except psycopg.OperationalError as error:
            self._forget()
            raise DatabaseAway(str(error)) from error

    def _transaction(self) -> _PostgresTransaction:
        tx: _PostgresTransaction | None = getattr(self._local, "tx", None)
        if tx is None:
            try:
                connection: psycopg.Connection[Row] = psycopg.connect(
                    self.url,
                    autocommit=True,
                    options=OPTIONS,
                    connect_timeout=CONNECT_TIMEOUT_S,
                    application_name="poolkeep",
                    prepare_threshold=0,
                )
            except psycopg.OperationalError as error:
                raise DatabaseAway(str(error)) from error
            with self._open_lock:
                self._open.append(connection)
            self._local.connection = connection
            tx = self._local.tx = _PostgresTransaction(connection)
        return tx

    def _forget(self) -> None:
        connection: Any = getattr(self._local, "connection", None)
        self._local.tx = None
        if connection is not None:
            with self._open_lock:
                self._open.remove(connection)
            connection.close()
            self._local.connection = None
