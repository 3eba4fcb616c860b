"""What the store of pools promises, on both databases."""

import pytest

from poolkeep.base.refusal import ConcurrentModification
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.pools.model import PoolSettings, UserPool
from poolkeep.storage.stores.pools import DELETE_NOW, PURGED_LATER, PoolStore

STORE = PoolStore()


def a_pool(number: int = 1, *, account: str = "123456789012", created_ms: int = 1) -> UserPool:
    """Return a pool."""
    return UserPool(
        id=f"eu-central-1_{number:09}",
        account=account,
        region="eu-central-1",
        created_ms=created_ms,
        modified_ms=created_ms,
        settings=PoolSettings(name="größe 🗝", user_pool_tags={"nul": "\0"}),
    )


async def test_a_stored_pool_comes_back_whole(database: Database) -> None:
    pool = a_pool()
    assert await database.write(lambda tx: STORE.insert(tx, pool))
    assert await database.read(lambda tx: STORE.get(tx, pool.id)) == pool
    assert await database.read(lambda tx: STORE.get(tx, "absent")) is None


async def test_an_id_is_taken_once(database: Database) -> None:
    assert await database.write(lambda tx: STORE.insert(tx, a_pool()))
    assert not await database.write(lambda tx: STORE.insert(tx, a_pool(account="2")))


async def test_a_save_of_an_old_version_is_refused(database: Database) -> None:
    pool = a_pool()
    await database.write(lambda tx: STORE.insert(tx, pool))
    await database.write(lambda tx: STORE.save(tx, pool))
    saved = await database.read(lambda tx: STORE.get(tx, pool.id))
    assert saved is not None
    assert saved.version == 2
    with pytest.raises(ConcurrentModification):
        await database.write(lambda tx: STORE.save(tx, pool))
    await database.write(lambda tx: STORE.save(tx, saved))


async def test_pages_go_by_age_then_id_within_an_account(database: Database) -> None:
    pools = [a_pool(number, created_ms=9 - number // 2) for number in range(6)]

    def fill(tx: Transaction) -> None:
        for pool in (*pools, a_pool(99, account="other")):
            STORE.insert(tx, pool)

    await database.write(fill)
    ordered = sorted(pools, key=lambda pool: (pool.created_ms, pool.id))
    first = await database.read(lambda tx: STORE.page(tx, "123456789012", after=(0, ""), limit=4))
    after = (first[-1].created_ms, first[-1].id)
    rest = await database.read(lambda tx: STORE.page(tx, "123456789012", after=after, limit=4))
    assert [*first, *rest] == ordered
    assert await database.read(lambda tx: STORE.count(tx, "123456789012")) == 6


async def test_the_epoch_grows(database: Database) -> None:
    def epoch(tx: Transaction) -> int:
        row = tx.one("SELECT epoch FROM config_epoch WHERE one = 1")
        assert row is not None
        return int(row[0])

    before = await database.read(epoch)
    await database.write(STORE.bump_epoch)
    assert await database.read(epoch) == before + 1


async def test_a_deleted_pool_goes_at_once_and_its_rows_in_batches(database: Database) -> None:
    pool, other = a_pool(1), a_pool(2)
    add_login = "INSERT INTO logins (pool_id, login_key, user_id, kind) VALUES (?, ?, ?, 'sub')"
    add_key = "INSERT INTO keyring (pool_id, key_id, wrapped, created_ms) VALUES (?, '1', ?, 0)"
    count_logins = "SELECT COUNT(*) FROM logins WHERE pool_id = ?"

    def fill(tx: Transaction) -> None:
        for each in (pool, other):
            STORE.insert(tx, each)
            tx.run(add_key, (each.id, b"key"))
            tx.many(add_login, [(each.id, str(number), str(number)) for number in range(25)])

    def logins(tx: Transaction, pool_id: str) -> int:
        row = tx.one(count_logins, (pool_id,))
        return int(row[0]) if row else 0

    await database.write(fill)
    await database.write(lambda tx: STORE.delete(tx, pool.id))
    assert await database.read(lambda tx: STORE.get(tx, pool.id)) is None
    assert not await database.read(
        lambda tx: tx.all("SELECT 1 FROM keyring WHERE pool_id = ?", (pool.id,))
    )
    assert await database.read(STORE.purges) == [pool.id]
    assert not await database.write(lambda tx: STORE.purge(tx, pool.id, limit=10))
    assert await database.read(lambda tx: logins(tx, pool.id)) == 15
    for _ in range(2):
        assert not await database.write(lambda tx: STORE.purge(tx, pool.id, limit=10))
    assert await database.write(lambda tx: STORE.purge(tx, pool.id, limit=10))
    assert await database.read(STORE.purges) == []
    assert await database.read(lambda tx: logins(tx, other.id)) == 25
    assert await database.read(lambda tx: STORE.get(tx, other.id)) == other


async def test_a_deletion_reaches_every_table_that_knows_pools(database: Database) -> None:
    columns = {
        "sqlite": "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c"
        " WHERE m.type = 'table' AND c.name = 'pool_id'",
        "postgresql": "SELECT table_name FROM information_schema.columns"
        " WHERE column_name = 'pool_id' AND table_schema = 'public'",
    }[database.kind]
    tables = {row[0] for row in await database.read(lambda tx: tx.all(columns))}
    reached = {statement.split()[2] for statement in DELETE_NOW} | PURGED_LATER.keys()
    assert reached == tables
