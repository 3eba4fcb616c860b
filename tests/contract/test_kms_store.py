"""What the keys of the key service promise, on SQLite and on PostgreSQL."""

import msgspec

from poolkeep.base.transaction import Database
from poolkeep.core.kms import KmsKey
from poolkeep.storage.stores.kms import KmsKeyStore
from tests.unit.core.messages.world import keys

MATERIAL = b"m" * 32
KEY = KmsKey(
    id="key-1", account="123456789012", region="us-east-1", description="codes", created_ms=2
)


async def test_a_key_comes_back_with_its_material(database: Database) -> None:
    store = KmsKeyStore(keys("installation"))
    assert await database.write(lambda tx: store.add(tx, KEY, MATERIAL))
    assert await database.read(lambda tx: store.get(tx, KEY.id)) == (KEY, MATERIAL)
    assert await database.read(lambda tx: store.get(tx, "key-2")) is None
    assert await database.read(lambda tx: store.get(tx, "key\0")) is None


async def test_an_id_is_given_once(database: Database) -> None:
    store = KmsKeyStore(keys("installation"))
    assert await database.write(lambda tx: store.add(tx, KEY, MATERIAL))
    other = msgspec.structs.replace(KEY, account="210987654321")
    assert not await database.write(lambda tx: store.add(tx, other, b"n" * 32))
    assert await database.read(lambda tx: store.get(tx, KEY.id)) == (KEY, MATERIAL)


async def test_material_is_sealed_and_bound_to_its_key(database: Database) -> None:
    store = KmsKeyStore(keys("installation"))
    await database.write(lambda tx: store.add(tx, KEY, MATERIAL))
    rows = await database.read(lambda tx: tx.all("SELECT sealed FROM kms_keys"))
    assert all(MATERIAL not in bytes(row[0]) for row in rows)


async def test_keys_are_listed_by_age(database: Database) -> None:
    store = KmsKeyStore(keys("installation"))
    older = msgspec.structs.replace(KEY, id="key-0", created_ms=1)
    for key in (KEY, older):
        await database.write(lambda tx, key=key: store.add(tx, key, MATERIAL))  # type: ignore[misc]
    assert await database.read(store.all) == [older, KEY]
