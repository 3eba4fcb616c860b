"""What the store of app clients promises, on both databases."""

import msgspec
import pytest

from poolkeep.base.refusal import ConcurrentModification
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.pools.model import ClientSettings
from poolkeep.core.pools.ports import ClientDocument, ClientRow
from poolkeep.storage.stores.clients import ClientStore

STORE = ClientStore()
POOL = "eu-central-1_aB3dE6gH9"


def a_client(number: int = 1, *, pool_id: str = POOL, created_ms: int = 1) -> ClientRow:
    """Return a client."""
    return ClientRow(
        client_id=f"client{number}",
        pool_id=pool_id,
        created_ms=created_ms,
        version=1,
        document=ClientDocument(
            settings=ClientSettings(client_name="c", callback_urls=("https://a.example",)),
            modified_ms=7,
        ),
        secrets_sealed=b"\0sealed\xff",
    )


@pytest.mark.parametrize(
    "row", [a_client(), msgspec.structs.replace(a_client(), secrets_sealed=None)]
)
async def test_a_stored_client_comes_back_whole(database: Database, row: ClientRow) -> None:
    assert await database.write(lambda tx: STORE.insert(tx, row))
    assert await database.read(lambda tx: STORE.get(tx, row.client_id)) == row
    assert await database.read(lambda tx: STORE.get(tx, "absent")) is None


async def test_an_id_is_taken_once_over_all_pools(database: Database) -> None:
    assert await database.write(lambda tx: STORE.insert(tx, a_client()))
    assert not await database.write(lambda tx: STORE.insert(tx, a_client(pool_id="other")))


async def test_a_save_of_an_old_version_or_another_pool_is_refused(database: Database) -> None:
    row = a_client()
    await database.write(lambda tx: STORE.insert(tx, row))
    changed = msgspec.structs.replace(row, secrets_sealed=None)
    await database.write(lambda tx: STORE.save(tx, changed))
    saved = await database.read(lambda tx: STORE.get(tx, row.client_id))
    assert saved == msgspec.structs.replace(changed, version=2)
    elsewhere = msgspec.structs.replace(row, version=2, pool_id="other")
    with pytest.raises(ConcurrentModification):
        await database.write(lambda tx: STORE.save(tx, row))
    with pytest.raises(ConcurrentModification):
        await database.write(lambda tx: STORE.save(tx, elsewhere))


async def test_a_client_is_deleted_through_its_own_pool(database: Database) -> None:
    await database.write(lambda tx: STORE.insert(tx, a_client()))
    assert not await database.write(lambda tx: STORE.delete(tx, "other", "client1"))
    assert await database.write(lambda tx: STORE.delete(tx, POOL, "client1"))
    assert not await database.write(lambda tx: STORE.delete(tx, POOL, "client1"))


async def test_pages_go_by_age_then_id_within_a_pool(database: Database) -> None:
    rows = [a_client(number, created_ms=9 - number // 2) for number in range(6)]

    def fill(tx: Transaction) -> None:
        for row in (*rows, a_client(99, pool_id="other")):
            STORE.insert(tx, row)

    await database.write(fill)
    first = await database.read(lambda tx: STORE.page(tx, POOL, after=(0, ""), limit=4))
    after = (first[-1].created_ms, first[-1].client_id)
    rest = await database.read(lambda tx: STORE.page(tx, POOL, after=after, limit=4))
    assert [*first, *rest] == sorted(rows, key=lambda row: (row.created_ms, row.client_id))
    assert await database.read(lambda tx: STORE.count(tx, POOL)) == 6
