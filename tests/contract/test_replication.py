"""A pool's copy follows it, whatever happens to whoever copies."""

import itertools
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio
from msgspec.structs import replace

from poolkeep.base.clock import ManualClock
from poolkeep.base.log import Log
from poolkeep.base.refusal import Unavailable
from poolkeep.base.transaction import Database, Row, Transaction
from poolkeep.core.replicas import Neighbour, Neighbours, Replication
from poolkeep.core.replicas.copying import LEASE_MS
from poolkeep.core.replicas.model import FirstCopy, Link, Status
from poolkeep.core.replicas.ports import Superseded
from poolkeep.storage import change_log
from poolkeep.storage.database import open_database
from poolkeep.storage.pool_tables import BY_NAME, POOL_TABLES, REPLICATED, PoolTable
from poolkeep.storage.stores.copies import CopyStore
from poolkeep.storage.stores.pool_rows import PoolRowStore
from poolkeep.storage.stores.pools import PoolStore
from poolkeep.storage.stores.replicas import LinkStore
from tests.contract.pool_copies import NOW_MS, OTHER, POOL, all_rows, fill, keys_of

HOME, AWAY = "us-east-1", "eu-west-1"
COPIED: Final = [table for table in REPLICATED if table.name not in {"user_pools", "keyring"}]
LINKS, COPIES, POOLS = LinkStore(), CopyStore(), PoolStore()


class Book:
    """Counts how often it is told of changes."""

    def __init__(self) -> None:
        self.told = 0

    def changed(self) -> None:
        self.told += 1


class Pair:
    """An original and its copy in two databases, and workers on them."""

    def __init__(self, here: Database, there: Database) -> None:
        self.here, self.there = here, there
        self.clock = ManualClock(NOW_MS)
        self.neighbours = Neighbours()
        self.books = Book(), Book()
        books: Any = self.books
        self.neighbours.add(HOME, Neighbour(database=here, book=books[0]))
        self.neighbours.add(AWAY, Neighbour(database=there, book=books[1]))

    def worker(self, here: Any = None, there: Any = None) -> Replication:
        """Return a worker, over other databases where given."""
        neighbours = self.neighbours
        if there is not None:
            neighbours = Neighbours()
            book: Any = self.books[1]
            neighbours.add(AWAY, Neighbour(database=there, book=book))
        book = self.books[0]
        return Replication(
            database=here or self.here, pools=POOLS, links=LINKS, copies=COPIES,
            neighbours=neighbours, book=book, region=HOME, clock=self.clock,
            log=Log(self.clock, "error", lambda _: None),
        )  # fmt: skip

    async def create(self, pool_id: str = POOL) -> None:
        """Do what CreateUserPoolReplica does."""
        link = Link(
            pool_id=pool_id, role="PRIMARY", region=AWAY, status="CREATING", created_ms=NOW_MS,
            document=FirstCopy(tags={"team": "away"}),
        )  # fmt: skip
        await self.here.write(lambda tx: LINKS.insert(tx, link))

    async def settle(self) -> None:
        """Let a worker do all there is to do."""
        worker = self.worker()
        for _ in range(200):
            if not await worker.round():
                return
        pytest.fail("there is always more to do")

    async def status(self, database: Database) -> Status | None:
        """Return what a database says of the copy."""
        link = await database.read(lambda tx: LINKS.get(tx, POOL))
        return link.status if link else None

    async def in_step(self) -> None:
        """Insist that the copy has what the original has."""
        ours, theirs = await self.here.read(all_rows), await self.there.read(all_rows)
        for table in COPIED:
            assert theirs[table.name] == ours[table.name], table.name


@pytest_asyncio.fixture
async def pair(
    database_url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[Pair]:
    """Return a pool with a link to be copied; the copy is on SQLite."""
    template: Path = request.getfixturevalue("sqlite_template")
    shutil.copyfile(template, tmp_path / "away.db")
    here, there = open_database(database_url), open_database(str(tmp_path / "away.db"))
    for database in (here, there):
        assert change_log.install(database)
        assert not change_log.install(database)
    await here.write(lambda tx: fill(tx, keys_of("home"), rows=3))
    await here.write(lambda tx: fill(tx, keys_of("home"), OTHER, rows=2))
    found = Pair(here, there)
    yield found
    await here.close()
    await there.close()


@pytest.fixture(autouse=True, scope="session")
def _templates(request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("sqlite_template")


async def test_the_first_copy_is_whole_and_appears_inactive(pair: Pair) -> None:
    await pair.here.write(lambda tx: _more_users(tx, 1_200))
    await pair.create()
    await pair.settle()
    assert (await pair.status(pair.here), await pair.status(pair.there)) == ("INACTIVE",) * 2
    await pair.in_step()
    copy = await pair.there.read(lambda tx: POOLS.get(tx, POOL))
    assert copy is not None
    assert (copy.region, copy.primary_region, copy.replica_status) == (AWAY, HOME, "INACTIVE")
    assert copy.settings.user_pool_tags == {"team": "away"}
    keys = await pair.there.read(lambda tx: keys_of("home").pool_keys(tx, POOL))
    assert keys is not None
    assert keys.key_id == "key2"
    assert pair.books[1].told
    assert await pair.there.read(lambda tx: POOLS.get(tx, OTHER)) is None
    own = await pair.there.read(all_rows)
    assert [table.name for table in POOL_TABLES if table.own and own[table.name]] == []


async def test_added_changed_and_deleted_rows_reach_the_copy(pair: Pair) -> None:
    await pair.create()
    await pair.settle()
    for table in COPIED:
        await follow(pair, table)
    assert not await pair.here.read(lambda tx: COPIES.has_changes(tx, POOL))


async def follow(pair: Pair, table: PoolTable) -> None:
    """Change, delete and add rows of a table; insist that the copy follows each time."""
    store = PoolRowStore()

    def rows(tx: Transaction) -> list[Row]:
        return store.page(tx, table.name, POOL, after=None, limit=10)

    before = await pair.here.read(rows)
    assert before == await pair.there.read(rows), table.name
    kinds = dict(zip(table.columns, table.kinds, strict=True))
    free = [
        name
        for name, kind in kinds.items()
        if name not in {*table.key, table.unit, "pool_id"} and kind is not bytes
    ]
    if free:
        more = f"{free[0]} + 1" if kinds[free[0]] is int else f"{free[0]} || 'x'"
        change = f"UPDATE {table.name} SET {free[0]} = {more} WHERE pool_id = '{POOL}'"
        await pair.here.write(lambda tx: tx.run(change))
        await pair.settle()
        assert await pair.there.read(rows) == await pair.here.read(rows) != before, table.name
    key = " AND ".join(f"{name} = ?" for name in table.key)
    first = [before[0][table.columns.index(name)] for name in table.key]
    await pair.here.write(lambda tx: tx.run(f"DELETE FROM {table.name} WHERE {key}", first))
    await pair.settle()
    left = await pair.there.read(rows)
    assert left == await pair.here.read(rows), table.name
    assert len(left) == len(before) - 1, table.name
    await pair.here.write(lambda tx: store.insert(tx, table.name, table.columns, [before[0]]))
    await pair.settle()
    assert before[0] in await pair.there.read(rows), table.name


async def test_changes_of_other_pools_are_not_noted(pair: Pair) -> None:
    await pair.create()
    await pair.settle()
    await pair.here.write(
        lambda tx: tx.run("UPDATE users SET status = 'X' WHERE pool_id = ?", (OTHER,))
    )
    assert not await pair.here.read(lambda tx: COPIES.has_changes(tx, OTHER))
    await pair.here.write(lambda tx: tx.run("DELETE FROM attempts WHERE pool_id = ?", (POOL,)))
    assert not await pair.here.read(lambda tx: COPIES.has_changes(tx, POOL))


async def test_a_login_that_changes_hands_does(pair: Pair) -> None:
    await pair.create()
    await pair.settle()
    one, two = [row[1] for row in (await pair.here.read(all_rows))["users"]][:2]
    give = "UPDATE logins SET user_id = ? WHERE pool_id = ? AND user_id = ?"
    await pair.here.write(lambda tx: tx.run(give, (two, POOL, one)))
    await pair.settle()
    await pair.in_step()


async def test_the_settings_follow_but_for_the_copys_own(pair: Pair) -> None:
    await pair.create()
    await pair.settle()

    def change(tx: Transaction, **settings: Any) -> None:
        pool = POOLS.get(tx, POOL)
        assert pool is not None
        POOLS.save(tx, replace(pool, settings=replace(pool.settings, **settings)))

    await pair.there.write(lambda tx: change(tx, user_pool_tags={"team": "mine"}))
    told = pair.books[1].told
    await pair.here.write(lambda tx: change(tx, name="new", user_pool_tags={"team": "theirs"}))
    await pair.settle()
    copy = await pair.there.read(lambda tx: POOLS.get(tx, POOL))
    assert copy is not None
    assert (copy.settings.name, copy.settings.user_pool_tags) == ("new", {"team": "mine"})
    assert (copy.region, copy.replica_status) == (AWAY, "INACTIVE")
    assert pair.books[1].told > told


async def test_sign_outs_and_revocations_come_back_and_are_never_undone(pair: Pair) -> None:
    await pair.create()
    await pair.settle()
    (_, user, *_), *_ = (await pair.here.read(all_rows))["users"]
    sign_out = "UPDATE users SET signed_out_ms = ? WHERE pool_id = ? AND user_id = ?"
    revoke = "INSERT INTO revocations (pool_id, origin_jti, expires_ms) VALUES (?, ?, 9)"
    await pair.there.write(lambda tx: tx.run(sign_out, (5_000, POOL, user)))
    await pair.there.write(lambda tx: tx.run(revoke, (POOL, "away")))
    await pair.here.write(lambda tx: tx.run(revoke, (POOL, "home")))
    await pair.here.write(
        lambda tx: tx.run("UPDATE users SET status = 'X' WHERE pool_id = ?", (POOL,))
    )
    await pair.settle()
    await pair.in_step()
    rows = await pair.here.read(all_rows)
    assert {row[1] for row in rows["revocations"]} >= {"home", "away"}
    assert rows["users"][0][BY_NAME["users"].columns.index("signed_out_ms")] == 5_000
    await pair.here.write(lambda tx: tx.run(sign_out, (6_000, POOL, user)))
    await pair.settle()
    await pair.in_step()


async def test_nothing_else_comes_back(pair: Pair) -> None:
    await pair.create()
    await pair.settle()
    before = await pair.here.read(all_rows)
    await pair.there.write(
        lambda tx: tx.run("UPDATE users SET status = 'X' WHERE pool_id = ?", (POOL,))
    )
    await pair.there.write(lambda tx: tx.run("DELETE FROM logins WHERE pool_id = ?", (POOL,)))
    assert not await pair.there.read(lambda tx: COPIES.has_changes(tx, POOL))
    await pair.settle()
    assert await pair.here.read(all_rows) == before


async def test_a_deleted_copy_is_gone_and_may_be_made_again(pair: Pair) -> None:
    await pair.create()
    await pair.settle()
    for database in (pair.here, pair.there):
        await database.write(
            lambda tx: LINKS.set_status(tx, POOL, old=("INACTIVE",), new="DELETING")
        )
    await pair.settle()
    assert (await pair.status(pair.here), await pair.status(pair.there)) == (None, None)
    assert await pair.there.read(lambda tx: POOLS.get(tx, POOL)) is None
    assert await pair.there.read(lambda tx: keys_of("home").pool_keys(tx, POOL)) is None
    await pair.here.write(
        lambda tx: tx.run("UPDATE users SET status = 'X' WHERE pool_id = ?", (POOL,))
    )
    assert not await pair.here.read(lambda tx: COPIES.has_changes(tx, POOL))
    await pair.create()
    await pair.settle()
    await pair.in_step()


async def test_the_copys_own_word_about_its_status_counts(pair: Pair) -> None:
    await pair.create()
    await pair.settle()
    await pair.there.write(lambda tx: LINKS.set_status(tx, POOL, old=("INACTIVE",), new="ACTIVE"))
    await pair.settle()
    assert await pair.status(pair.here) == "ACTIVE"


# ------------------------------------------------------------------------ kills, doubles, outages


class Killed(BaseException):
    """The process ended here."""


def dying(database: Database, writes: "itertools.count[int]", at: int) -> Any:
    """Return the database, whose writes end the process from the `at`-th of all on."""

    class Dying:
        kind = database.kind
        read = staticmethod(database.read)

        @staticmethod
        async def write(fn: Callable[[Transaction], Any]) -> Any:
            if next(writes) >= at:
                raise Killed
            return await database.write(fn)

    return Dying()


async def test_a_kill_at_any_moment_loses_and_doubles_nothing(pair: Pair) -> None:
    """Kill workers before every write of theirs in turn, through a whole life of a copy."""
    await pair.here.write(lambda tx: _more_users(tx, 600))
    await pair.create()

    async def with_kills() -> None:
        for at in itertools.count():
            writes = itertools.count()
            worker = pair.worker(dying(pair.here, writes, at), dying(pair.there, writes, at))
            try:
                while await worker.round():
                    pass
            except Killed:
                pair.clock.advance(ms=LEASE_MS)  # the dead worker's lease
                continue
            return

    await with_kills()
    await pair.in_step()
    assert await pair.status(pair.there) == "INACTIVE"
    await pair.here.write(
        lambda tx: tx.run("UPDATE users SET status = 'X' WHERE pool_id = ?", (POOL,))
    )
    await pair.here.write(lambda tx: tx.run("DELETE FROM memberships WHERE pool_id = ?", (POOL,)))
    await with_kills()
    await pair.in_step()
    await pair.here.write(lambda tx: LINKS.set_status(tx, POOL, old=("INACTIVE",), new="DELETING"))
    await with_kills()
    assert (await pair.status(pair.here), await pair.status(pair.there)) == (None, None)


async def test_a_change_during_the_copying_is_not_forgotten(pair: Pair) -> None:
    await pair.create()
    await pair.settle()
    user = (await pair.here.read(all_rows))["users"][0][1]
    status = "UPDATE users SET status = ? WHERE pool_id = ? AND user_id = ?"
    await pair.here.write(lambda tx: tx.run(status, ("first", POOL, user)))
    here = pair.here

    class Meanwhile:
        """After the worker has read, somebody changes what it has read."""

        kind = here.kind
        write = staticmethod(here.write)

        @staticmethod
        async def read(fn: Callable[[Transaction], Any]) -> Any:
            found = await here.read(fn)
            if getattr(fn, "__name__", "") == "read":
                await here.write(lambda tx: tx.run(status, ("second", POOL, user)))
            return found

    await pair.worker(Meanwhile()).round()
    await pair.settle()
    await pair.in_step()


async def test_a_worker_that_was_asleep_writes_nothing_old(pair: Pair) -> None:
    await pair.create()
    await pair.settle()
    fence = await pair.here.write(
        lambda tx: LINKS.claim(tx, POOL, now_ms=pair.clock.now_ms(), lease_ms=LEASE_MS)
    )
    assert fence is not None
    held = await pair.here.write(lambda tx: LINKS.claim(tx, POOL, now_ms=NOW_MS, lease_ms=1))
    assert held is None, "one worker at a time"
    pair.clock.advance(ms=LEASE_MS)
    await pair.here.write(
        lambda tx: tx.run("UPDATE users SET status = 'X' WHERE pool_id = ?", (POOL,))
    )
    await pair.settle()
    with pytest.raises(Superseded):
        await pair.there.write(lambda tx: LINKS.raise_fence(tx, POOL, fence))
    assert not await pair.here.write(lambda tx: LINKS.renew(tx, POOL, fence=fence, until_ms=1))
    with pytest.raises(Superseded):
        await pair.here.write(lambda tx: LINKS.save_progress(tx, POOL, FirstCopy(), fence=fence))
    await pair.in_step()


async def test_two_workers_at_once_do_no_harm(pair: Pair) -> None:
    await pair.here.write(lambda tx: _more_users(tx, 600))
    await pair.create()
    one, two = pair.worker(), pair.worker()
    for _ in range(60):
        await one.round()
        await two.round()
    await pair.in_step()


async def test_an_outage_of_the_copys_database_is_waited_out(pair: Pair) -> None:
    await pair.create()
    await pair.settle()

    class Away:
        kind = "sqlite"

        async def read(self, _fn: Callable[[Transaction], Any]) -> Any:
            raise Unavailable("away")

        write = read

    await pair.here.write(
        lambda tx: tx.run("UPDATE users SET status = 'X' WHERE pool_id = ?", (POOL,))
    )
    worker = pair.worker(there=Away())
    assert not await worker.round()
    assert not await worker.round()
    assert await pair.here.read(lambda tx: COPIES.has_changes(tx, POOL))
    await pair.settle()
    await pair.in_step()


def _more_users(tx: Transaction, count: int) -> None:
    form = BY_NAME["users"]
    template = PoolRowStore().page(tx, "users", POOL, after=None, limit=1)[0]
    at = form.columns.index("user_id")
    rows = [(*template[:at], f"more-{n:05d}", *template[at + 1 :]) for n in range(count)]
    PoolRowStore().insert(tx, "users", form.columns, rows)
