"""The embedded database: no caller waits for ever, whatever the file does."""

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from poolkeep.base.transaction import Transaction
from poolkeep.storage.database import DatabaseAway
from poolkeep.storage.sqlite import SqliteDatabase

CREATE = "CREATE TABLE t (n BIGINT PRIMARY KEY)"
INSERT = "INSERT INTO t (n) VALUES (?)"


class Broken:
    """A connection that fails at one statement."""

    def __init__(self, real: sqlite3.Connection, at: str, error: Exception) -> None:
        self._real = real
        self._at = at
        self._error = error

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def execute(self, sql: str, *rest: Any) -> Any:
        if sql == self._at:
            raise self._error
        return self._real.execute(sql, *rest)


@pytest.mark.asyncio
@pytest.mark.parametrize("at", ["BEGIN IMMEDIATE", "COMMIT"])
@pytest.mark.parametrize(
    "error",
    [
        sqlite3.DatabaseError("database disk image is malformed"),
        sqlite3.OperationalError("disk I/O error"),
        sqlite3.OperationalError("database or disk is full"),
    ],
    ids=str,
)
async def test_every_writer_of_a_batch_hears_of_a_failure(
    tmp_path: Path, at: str, error: Exception
) -> None:
    database = SqliteDatabase(str(tmp_path / "db"))
    database.write_now(lambda tx: tx.run(CREATE))
    whole = database._connection
    database._connection = Broken(whole, at, error)  # type: ignore[assignment]
    writes = [database.write_one(INSERT, (n,)) for n in range(3)]
    async with asyncio.timeout(5):
        outcomes = await asyncio.gather(*writes, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [DatabaseAway] * 3
    database._connection = whole
    async with asyncio.timeout(5):
        assert await database.write_one(INSERT, (7,)) == 1
        assert await database.read(lambda tx: tx.all("SELECT n FROM t")) == [(7,)]
    await database.close()


@pytest.mark.asyncio
async def test_one_callers_refusal_takes_no_others_work_along(tmp_path: Path) -> None:
    database = SqliteDatabase(str(tmp_path / "db"))
    database.write_now(lambda tx: tx.run(CREATE))

    def refused(tx: Transaction) -> None:
        tx.run(INSERT, (1,))
        raise ValueError("no")

    def twice(tx: Transaction) -> None:
        tx.run(INSERT, (2,))
        tx.run(INSERT, (2,))

    outcomes = await asyncio.gather(
        database.write_one(INSERT, (0,)),
        database.write(refused),
        database.write(twice),
        database.write_one(INSERT, (3,)),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes] == [int, ValueError, sqlite3.IntegrityError, int]
    assert await database.read(lambda tx: tx.all("SELECT n FROM t")) == [(0,), (3,)]
    await database.close()
