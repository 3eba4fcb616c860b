"""What the store of authenticator apps promises, on both databases."""

import asyncio
from typing import Any

import pytest

from poolkeep.base.transaction import Database
from poolkeep.core.factors.model import TokenRow
from poolkeep.core.users.names import Login
from poolkeep.storage.stores.software_tokens import SqlSoftwareTokens
from poolkeep.storage.stores.users import SqlUsers
from tests.sdk.support import holds
from tests.unit.core.users.people import a_user

STORE = SqlSoftwareTokens()
POOL, USER = "eu-central-1_aB3dE6gH9", "00000000-0000-4000-8000-000000000001"
MINE: dict[str, Any] = {"pool_id": POOL, "user_id": USER}


async def row(database: Database, user_id: str = USER) -> TokenRow | None:
    return await database.read(lambda tx: STORE.get(tx, POOL, user_id))


async def pend(database: Database, sealed: bytes) -> None:
    await database.write(lambda tx: STORE.put_pending(tx, **MINE, sealed=sealed))


async def verify(database: Database, pending: bytes, step: int, name: str | None = None) -> bool:
    return await database.write(
        lambda tx: STORE.verify(
            tx, **MINE, pending=pending, sealed=b"sealed " + pending, step=step, friendly_name=name
        )
    )


async def use(database: Database, version: int, step: int) -> bool:
    return await database.write(lambda tx: STORE.use_step(tx, **MINE, version=version, step=step))


@holds("MFA-30", "MFA-36")
async def test_a_seed_waits_until_it_is_proven(database: Database) -> None:
    assert await row(database) is None
    await pend(database, b"one")
    await pend(database, b"two")
    assert await row(database) == TokenRow(
        seed=None, pending=b"two", used_step=None, friendly_name=None, version=0
    )
    assert not await verify(database, b"one", 5)
    assert await verify(database, b"two", 5, "phone")
    in_force = TokenRow(
        seed=b"sealed two", pending=None, used_step=5, friendly_name="phone", version=1
    )
    assert await row(database) == in_force
    await pend(database, b"three")
    found = await row(database)
    assert found is not None
    assert (found.seed, found.used_step, found.version) == (b"sealed two", 5, 1)
    assert await verify(database, b"three", 3)
    assert await row(database) == TokenRow(
        seed=b"sealed three", pending=None, used_step=3, friendly_name=None, version=2
    )


@holds("MFA-37")
async def test_a_step_is_used_once_and_never_an_earlier_one(database: Database) -> None:
    assert not await use(database, 0, 1)
    await pend(database, b"one")
    assert not await use(database, 0, 1)
    await verify(database, b"one", 5)
    assert not await use(database, 1, 5)
    assert not await use(database, 1, 4)
    assert await use(database, 1, 6)
    assert not await use(database, 1, 6)
    # Not by way of another seed's version either.
    assert not await use(database, 0, 9)
    assert not await use(database, 2, 9)
    assert await use(database, 1, 9)


@holds("MFA-37", "MFA-38")
async def test_of_many_racers_one_wins(database: Database) -> None:
    await pend(database, b"one")
    verified = await asyncio.gather(*(verify(database, b"one", 5) for _ in range(8)))
    assert sorted(verified) == [False] * 7 + [True]
    used = await asyncio.gather(*(use(database, 1, 7) for _ in range(8)))
    assert sorted(used) == [False] * 7 + [True]


async def test_a_seed_that_never_waited_is_put_in_force(database: Database) -> None:
    async def put(sealed: bytes) -> None:
        await database.write(
            lambda tx: STORE.put_verified(tx, **MINE, sealed=sealed, step=4, friendly_name="n")
        )

    for version, sealed in ((1, b"a"), (2, b"b")):
        if version == 2:
            await pend(database, b"waiting")
        await put(sealed)
        assert await row(database) == TokenRow(
            seed=sealed, pending=None, used_step=4, friendly_name="n", version=version
        )


@holds("MFA-39", "MFA-41")
@pytest.mark.parametrize("by", ["itself", "user"])
async def test_a_seed_goes_when_it_is_deleted_and_with_its_user(
    database: Database, by: str
) -> None:
    await pend(database, b"one")
    await database.write(lambda tx: STORE.put_pending(tx, POOL, "other", b"theirs"))
    if by == "itself":
        await database.write(lambda tx: STORE.delete(tx, POOL, USER))
    else:
        user = a_user(pool_id=POOL)
        logins = [Login(key="name", kind="username")]
        await database.write(lambda tx: SqlUsers().insert(tx, user, logins, []))
        assert user.id == USER
        await database.write(lambda tx: SqlUsers().delete(tx, POOL, USER))
    assert await row(database) is None
    assert await row(database, "other") is not None
