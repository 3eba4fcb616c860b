"""What the store of invocations promises, on both databases."""

from typing import Any

import pytest

from poolkeep.base.transaction import Database
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.workbench import Outcome, Record
from poolkeep.crypto.envelope import EnvelopeBroken
from poolkeep.storage.stores.expired import SqlExpired
from poolkeep.storage.stores.invocations import SqlInvocations, Wanted, opened
from poolkeep.storage.stores.users import SqlUsers
from tests.contract.test_passkeys_store import a_pool
from tests.sdk.support import holds

STORE = SqlInvocations()
POOL, OTHER = a_pool(), a_pool("eu-central-1_other0000")
ARN = "arn:aws:lambda:us-east-1:123456789012:function:"


def a_record(
    name: str = "00", *, pool: LoadedPool = POOL, began_ms: int = 1, **members: Any
) -> Record:
    """Return a record."""
    values: dict[str, Any] = {
        "id": name,
        "pool_id": pool.pool.id,
        "function": ARN + "check",
        "source": "PreSignUp_SignUp",
        "user_id": "",
        "began_ms": began_ms,
        "took_us": 1_500,
        "attempt": 1,
        "request_id": f"request-{name}",
        "outcome": Outcome.ANSWERED,
        "event": b'{"userName":"ada"}',
        "reply": b'{"response":{}}',
        **members,
    }
    return Record(**values)


async def keep(database: Database, *records: Record, expires_ms: int = 99) -> None:
    """Add records of either pool."""
    pools = {POOL.pool.id: POOL, OTHER.pool.id: OTHER}
    entries = [(pools[record.pool_id], record) for record in records]
    await database.write(lambda tx: STORE.add(tx, entries, expires_ms=expires_ms))


async def ids(database: Database, **wanted: Any) -> list[str]:
    """Return the ids of a list."""
    found = await database.read(lambda tx: STORE.newest(tx, Wanted(**wanted), limit=50))
    return [one.id for one in found]


@holds("WORKBENCH-02")
async def test_a_record_comes_back_as_it_went_and_is_sealed_meanwhile(database: Database) -> None:
    record = a_record(error="it said no", outcome=Outcome.THREW)
    await keep(database, record)
    (row,) = await database.read(lambda tx: STORE.sealed(tx, "00", limit=5))
    assert opened(row, POOL) == record
    assert b"ada" not in row[10]
    with pytest.raises(EnvelopeBroken):
        opened((row[0], OTHER.pool.id, *row[2:]), POOL)
    with pytest.raises(EnvelopeBroken):
        opened(("01", *row[1:]), POOL)


async def test_lists_are_newest_first_and_choose(database: Database) -> None:
    await keep(
        database,
        a_record("01", began_ms=1),
        a_record("02", began_ms=2, function=ARN + "my_check"),
        a_record("03", began_ms=3, source="CustomMessage_SignUp"),
        a_record("04", began_ms=4, outcome=Outcome.THREW),
        a_record("05", began_ms=5, pool=OTHER),
    )
    pool_id = POOL.pool.id
    assert await ids(database) == ["05", "04", "03", "02", "01"]
    assert await ids(database, pool_id=pool_id) == ["04", "03", "02", "01"]
    assert await ids(database, pool_id=pool_id, function="check") == ["04", "03", "01"]
    assert await ids(database, function=ARN + "my_check") == ["02"]
    assert await ids(database, function="my%check") == []
    assert await ids(database, source="PreSignUp") == ["05", "04", "02", "01"]
    assert await ids(database, source="CustomMessage_SignUp") == ["03"]
    assert await ids(database, failed=True) == ["04"]
    tallies = await database.read(lambda tx: STORE.tallies(tx, pool_id))
    assert {name.removeprefix(ARN): (t.count, t.failed) for name, t in tallies.items()} == {
        "check": (3, 1),
        "my_check": (1, 0),
    }


async def test_a_record_is_found_by_the_beginning_of_its_id_or_its_request(
    database: Database,
) -> None:
    await keep(
        database,
        a_record("aa11", request_id="r-1", attempt=2, began_ms=2),
        a_record("ab22", request_id="r-1", attempt=1, began_ms=1),
    )

    async def named(name: str) -> list[str]:
        rows = await database.read(lambda tx: STORE.sealed(tx, name, limit=9))
        return [row[0] for row in rows]

    assert await named("aa") == ["aa11"]
    assert await named("r-1") == ["ab22", "aa11"]
    assert await named("") == []
    assert await named("\0") == []
    assert await named("zz") == []


@holds("WORKBENCH-04")
async def test_the_newest_of_each_function_stay(database: Database) -> None:
    await keep(database, *(a_record(f"{n:02}", began_ms=n) for n in range(10)))
    await keep(database, a_record("other", function=ARN + "other", began_ms=0))
    await keep(database, a_record("else", pool=OTHER, began_ms=0))
    gone = await database.write(lambda tx: STORE.trim(tx, POOL.pool.id, ARN + "check", keep=3))
    assert gone == 7
    assert await ids(database, pool_id=POOL.pool.id, function="check") == ["09", "08", "07"]
    assert set(await ids(database)) == {"09", "08", "07", "other", "else"}
    again = await database.write(lambda tx: STORE.trim(tx, POOL.pool.id, ARN + "check", keep=3))
    assert again == 0


@holds("WORKBENCH-04")
async def test_records_expire(database: Database) -> None:
    await keep(database, a_record("old"), expires_ms=10)
    await keep(database, a_record("new"), expires_ms=11)
    expired = SqlExpired()
    gone = await database.write(
        lambda tx: expired.delete_batch(tx, "invocations", now_ms=10, limit=9)
    )
    assert gone == 1
    assert await ids(database) == ["new"]


@holds("WORKBENCH-05")
async def test_a_users_records_go_with_the_user(database: Database) -> None:
    await keep(database, a_record("hers", user_id="u1"), a_record("his", user_id="u2"))
    await database.write(
        lambda tx: tx.run(
            "INSERT INTO users (pool_id, user_id, username, status, enabled, created_ms, "
            "modified_ms, version, signed_out_ms, document) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (POOL.pool.id, "u1", "ada", "CONFIRMED", 1, 1, 1, 1, 0, b"{}"),
        )
    )
    assert await database.write(lambda tx: SqlUsers().delete(tx, POOL.pool.id, "u1"))
    assert await ids(database) == ["his"]
