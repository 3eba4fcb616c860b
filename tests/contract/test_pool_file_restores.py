"""A restore that is killed, doubled, or too long for memory."""

import shutil
import tracemalloc
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio

from poolkeep.base.clock import ManualClock
from poolkeep.base.entropy import SeededEntropy
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.export import Export, Place, Restore
from poolkeep.crypto.sealed_file import SealedReader, SealedWriter
from poolkeep.storage.database import open_database, open_snapshot
from poolkeep.storage.migrate import migrate
from poolkeep.storage.schema import newest, tables
from poolkeep.storage.stores.pools import PoolStore
from poolkeep.storage.stores.restores import STALE_MS, RestoreStore
from tests.contract.pool_copies import (
    NOW_MS,
    OPERATOR,
    PASSPHRASE,
    POOL,
    ROWS,
    all_rows,
    exported,
    fill,
    keys_of,
    opener,
    restore_into,
)  # fmt: skip
from tests.support.postgres import Cluster

HERE: Final = Place(account="999988887777", region="eu-west-1")


@pytest.fixture
def file(sqlite_url: str) -> bytes:
    """Return a pool as a file."""
    return _file(sqlite_url)


def _file(url: str, *, rows: int = 3) -> bytes:
    database = open_database(url)
    database.write_now(lambda tx: fill(tx, keys_of("source"), rows=rows))
    return exported(open_snapshot(url), keys_of("source"))


@pytest.fixture(params=["sqlite", "postgres"])
def source_url(request: pytest.FixtureRequest) -> str:
    """Return the database that a pool comes from; the test runs on both kinds."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(params=["sqlite", "postgres"])
def target_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return the database of another installation; the test runs on both kinds."""
    if request.param == "sqlite":
        path = tmp_path / "target.sqlite3"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    cluster: Cluster = request.getfixturevalue("postgres_cluster")
    with cluster.database(request.getfixturevalue("postgres_template")) as url:
        yield url


@pytest_asyncio.fixture
async def target(target_url: str) -> AsyncIterator[Database]:
    """Return the open database of another installation."""
    database = open_database(target_url)
    yield database
    await database.close()


# ----------------------------------------------------------------------------- killed and again


class Killed(BaseException):
    """The process ended here."""


async def test_a_killed_restore_is_invisible_and_begins_anew(
    sqlite_url: str, target: Database
) -> None:
    """Kill it before each of its writes in turn; nothing is seen until the last, then all is."""
    file = _file(sqlite_url, rows=900)
    clock = ManualClock(NOW_MS)
    for survived in range(40):
        writes = iter(range(survived))

        def dying(fn: Callable[[Transaction], Any], writes: Any = writes) -> Any:
            if next(writes, None) is None:
                raise Killed
            return target.write_now(fn)

        restore = _dying(restore_into(target, keys_of("target"), clock), target, dying)
        try:
            restore.load(opener(file), HERE, OPERATOR)
        except Killed:
            assert await target.read(lambda tx: PoolStore().get(tx, POOL)) is None
            assert await target.read(lambda tx: keys_of("target").pool_keys(tx, POOL)) is None
            clock.advance(ms=STALE_MS)  # the claim lapses; or --take-over
            continue
        break
    else:
        pytest.fail("it never came to its end")
    assert survived > 5
    rows = await target.read(all_rows)
    with open_snapshot(sqlite_url) as tx:
        expected = {name: len(found) for name, found in all_rows(tx).items()}
    assert {name: len(found) for name, found in rows.items()} == expected
    assert await target.read(lambda tx: tx.all("SELECT name FROM meta")) == []


def _dying(restore: Restore, target: Database, write: Callable[..., Any]) -> Restore:
    class Dying:
        kind = target.kind
        write_now = staticmethod(write)

    restore._database = Dying()  # type: ignore[assignment]
    return restore


async def test_a_running_restore_keeps_others_out(target: Database) -> None:
    store = RestoreStore()

    def begin(token: str, now_ms: int, *, take_over: bool = False) -> str:
        return target.write_now(
            lambda tx: store.begin(tx, POOL, token, now_ms=now_ms, take_over=take_over)
        )

    def moved(token: str, now_ms: int) -> bool:
        return target.write_now(lambda tx: store.moved(tx, POOL, token, now_ms=now_ms))

    assert begin("one", 0) == "begun"
    assert begin("two", STALE_MS - 1) == "running"
    assert moved("one", STALE_MS)
    assert begin("two", 2 * STALE_MS - 1) == "running"
    assert begin("two", 2 * STALE_MS) == "begun"
    assert not moved("one", 2 * STALE_MS)
    assert begin("three", 2 * STALE_MS, take_over=True) == "begun"
    assert not target.write_now(lambda tx: store.end(tx, POOL, "two"))
    assert target.write_now(lambda tx: store.end(tx, POOL, "three"))
    assert not moved("three", 2 * STALE_MS)


async def test_rows_of_a_deleted_pool_of_this_id_go_first(file: bytes, target: Database) -> None:
    target.write_now(lambda tx: fill(tx, keys_of("target"), rows=30))
    target.write_now(lambda tx: PoolStore().delete(tx, POOL))
    restore_into(target, keys_of("target")).load(opener(file), HERE, OPERATOR)
    rows = await target.read(all_rows)
    assert {len(found) for found in rows.values()} <= {1, 3}
    assert await target.read(PoolStore().purges) == []


async def test_what_a_dead_restore_has_left_is_purged(target: Database) -> None:
    store = RestoreStore()
    target.write_now(lambda tx: store.begin(tx, POOL, "dead", now_ms=0, take_over=False))
    assert target.write_now(lambda tx: store.abandon(tx, now_ms=STALE_MS - 1)) == 0
    assert target.write_now(lambda tx: store.abandon(tx, now_ms=STALE_MS)) == 1
    assert await target.read(PoolStore().purges) == [POOL]


def test_a_file_is_made_of_batches(sqlite_url: str) -> None:
    database = open_database(sqlite_url)
    database.write_now(lambda tx: fill(tx, keys_of("source"), rows=1_200))
    sizes: list[int] = []

    class Counting:
        def write(self, data: bytes) -> None:
            sizes.append(len(data))

    with open_snapshot(sqlite_url) as tx:
        Export(rows=ROWS, keys=keys_of("source"), pools=PoolStore()).write(
            tx, POOL, Counting(), schema=newest(), software="test", now_ms=NOW_MS
        )
    assert max(sizes) < 1_500_000


def test_memory_does_not_grow_with_the_pool(sqlite_url: str, tmp_path: Path) -> None:
    """Three times the users take no more memory, out and in."""
    few = _peak_bytes(sqlite_url, tmp_path, users=5_000)
    many = _peak_bytes(sqlite_url, tmp_path, users=15_000)
    assert many < 1.5 * few < 30_000_000


def _peak_bytes(url: str, folder: Path, *, users: int) -> int:
    source = open_database(url)
    source.write_now(lambda tx: ROWS.clear(tx, POOL, limit=1_000_000))
    source.write_now(lambda tx: fill(tx, keys_of("source"), rows=10))
    source.write_now(lambda tx: _multiply(tx, users))
    file = folder / str(users)
    target = open_database(str(folder / f"{users}.db"))
    migrate(target)
    tracemalloc.start()
    with file.open("wb") as out, open_snapshot(url) as tx:
        sink = SealedWriter(out, PASSPHRASE, SeededEntropy("file"))
        counts = Export(rows=ROWS, keys=keys_of("source"), pools=PoolStore()).write(
            tx, POOL, sink, schema=newest(), software="test", now_ms=NOW_MS
        )
        sink.finish()

    @contextmanager
    def opened() -> Iterator[SealedReader]:
        with file.open("rb") as stored:
            yield SealedReader(stored, PASSPHRASE)

    restore_into(target, keys_of("target")).load(opened, HERE, OPERATOR)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert counts["users"] >= users
    return peak


def _multiply(tx: Transaction, users: int) -> None:
    """Make users of the ten that are there, other only in their id and login."""
    fresh = {"user_id": "user_id || '-' || n", "login_key": "login_key || '-' || n"}
    for table in ("users", "logins", "user_index"):
        columns = tables()[table].columns
        values = ", ".join(fresh.get(column, column) for column in columns)
        tx.run(
            "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers "
            f"WHERE n < {users // 10}) INSERT INTO {table} ({', '.join(columns)}) "
            f"SELECT {values} FROM (SELECT * FROM {table} WHERE pool_id = '{POOL}'), numbers"
        )
