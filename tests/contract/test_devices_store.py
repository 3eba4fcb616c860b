"""What the store of devices promises, on both databases."""

from typing import Any

import pytest

from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.devices.model import Device, Standing
from poolkeep.core.users.model import User, UserDocument
from poolkeep.core.users.names import Login
from poolkeep.storage.stores.devices import SqlDevices
from poolkeep.storage.stores.pools import PoolStore
from poolkeep.storage.stores.users import SqlUsers
from tests.sdk.support import holds

POOL = "eu-central-1_aB3dE6gH9"
STORE, USERS = SqlDevices(), SqlUsers()


def a_user(user_id: str) -> User:
    return User(
        pool_id=POOL, id=user_id, username=user_id, status="CONFIRMED", enabled=True, created_ms=1,
        modified_ms=1, version=1, signed_out_ms=0, document=UserDocument(),
    )  # fmt: skip


def a_device(key: str = "k1", **members: Any) -> Device:
    """Return a remembered device of the first user."""
    defaults: dict[str, Any] = {
        "pool_id": POOL,
        "user_id": "u1",
        "key": key,
        "group_key": "-12345678",
        "remembered": True,
        "created_ms": 10,
        "modified_ms": 10,
        "authenticated_ms": 10,
        "tokens_end_ms": 1_000,
    }
    return Device(**{**defaults, **members})


@pytest.fixture
async def peopled(database: Database) -> Database:
    """Return a database with two users."""

    def fill(tx: Transaction) -> None:
        for name in ("u1", "u2"):
            USERS.insert(tx, a_user(name), [Login(name, "username")], ())

    await database.write(fill)
    return database


async def put(database: Database, *devices: Device) -> None:
    def fill(tx: Transaction) -> None:
        for device in devices:
            assert STORE.insert(tx, device)

    await database.write(fill)


async def get(database: Database, key: str = "k1", user_id: str = "u1") -> Device | None:
    return await database.read(lambda tx: STORE.get(tx, POOL, user_id, key=key))


async def keys_of(database: Database, user_id: str = "u1") -> list[str]:
    found = await database.read(
        lambda tx: STORE.page(tx, POOL, user_id, after=(0, ""), limit=1_000)
    )
    return [device.key for device in found]


async def forget(database: Database, key: str = "k1", user_id: str = "u1") -> bool:
    return await database.write(lambda tx: STORE.forget(tx, POOL, user_id, key=key, now_ms=50))


async def standing(database: Database, key: str = "k1") -> Standing | None:
    return await database.read(lambda tx: STORE.standing(tx, POOL, "u1", key=key))


@pytest.mark.parametrize(
    "device",
    [
        a_device(),
        a_device(name="Großvaters Telefon 🕰", secret=bytes(range(256)), last_ip="2001:db8::1"),
        a_device(remembered=False, tokens_end_ms=2**52),
    ],
)
async def test_a_stored_device_comes_back_whole(peopled: Database, device: Device) -> None:
    await put(peopled, device)
    assert await get(peopled) == device
    assert await get(peopled, user_id="u2") is None
    assert await standing(peopled) is Standing.CONFIRMED
    assert await standing(peopled, "k2") is None


@holds("DEVICE-12")
async def test_a_key_is_taken_once(peopled: Database) -> None:
    await put(peopled, a_device(name="first"))
    assert not await peopled.write(lambda tx: STORE.insert(tx, a_device(name="second")))
    found = await get(peopled)
    assert found is not None
    assert found.name == "first"


@holds("DEVICE-26")
async def test_nobody_has_no_devices(peopled: Database) -> None:
    stranger = a_device(user_id="u3")
    assert not await peopled.write(lambda tx: STORE.insert(tx, stranger))
    await put(peopled, a_device(), a_device("k2", user_id="u2"))
    await wait(peopled, "u1")
    await peopled.write(lambda tx: USERS.delete(tx, POOL, "u1"))
    assert await standing(peopled) is None
    assert await keys_of(peopled, "u2") == ["k2"]
    row = await peopled.read(lambda tx: tx.one("SELECT COUNT(*) FROM device_sign_ins"))
    assert row == (0,)


@holds("DEVICE-13", "DEVICE-52")
async def test_a_forgotten_key_stays_taken_until_its_tokens_have_ended(peopled: Database) -> None:
    await put(peopled, a_device(secret=b"sealed", name="n", last_ip="192.0.2.1"))
    assert await forget(peopled)
    assert not await forget(peopled)
    assert await get(peopled) is None
    assert await keys_of(peopled) == []
    assert await standing(peopled) is Standing.FORGOTTEN
    assert not await peopled.write(lambda tx: STORE.insert(tx, a_device()))
    row = await peopled.read(
        lambda tx: tx.one("SELECT gone_ms, name, secret, last_ip FROM devices")
    )
    assert row is not None
    assert (row[0], row[1], bytes(row[2]), row[3]) == (1_000, None, b"", "")


async def test_pages_go_by_age_then_key(peopled: Database) -> None:
    ages = (("b", 2), ("a", 2), ("z", 1), ("c", 3))
    await put(peopled, *(a_device(key, created_ms=at) for key, at in ages))
    await put(peopled, a_device("other", user_id="u2"))
    first = await peopled.read(lambda tx: STORE.page(tx, POOL, "u1", after=(0, ""), limit=3))
    rest = await peopled.read(lambda tx: STORE.page(tx, POOL, "u1", after=(2, "b"), limit=3))
    assert [device.key for device in (*first, *rest)] == ["z", "a", "b", "c"]


@holds("DEVICE-16")
async def test_room_is_made_where_it_is_missed_least(peopled: Database) -> None:
    await put(
        peopled,
        a_device("old", authenticated_ms=1),
        a_device("new", authenticated_ms=9),
        a_device("unremembered", authenticated_ms=99, remembered=False),
        a_device("middle", authenticated_ms=5),
        a_device("others", user_id="u2"),
    )

    async def left(keep: int) -> list[str]:
        await peopled.write(lambda tx: STORE.make_room(tx, POOL, "u1", keep=keep, now_ms=7))
        return await keys_of(peopled)

    assert len(await left(4)) == 4
    assert await left(3) == ["middle", "new", "old"]
    assert await left(1) == ["new"]
    assert await standing(peopled, "old") is Standing.FORGOTTEN
    assert await keys_of(peopled, "u2") == ["others"]


async def test_a_device_is_remembered_or_not(peopled: Database) -> None:
    await put(peopled, a_device())

    async def say(key: str, *, remembered: bool, user_id: str = "u1") -> bool:
        return await peopled.write(
            lambda tx: STORE.set_remembered(
                tx, POOL, user_id, key=key, remembered=remembered, now_ms=20
            )
        )

    assert await say("k1", remembered=False)
    assert await get(peopled) == a_device(remembered=False, modified_ms=20)
    assert not await say("k1", remembered=True, user_id="u2")
    assert not await say("k2", remembered=True)
    await forget(peopled)
    assert not await say("k1", remembered=True)


@holds("DEVICE-34", "DEVICE-45")
async def test_a_sign_in_is_noted_while_it_may_rest_on_the_device(peopled: Database) -> None:
    await put(peopled, a_device(), a_device("k2", remembered=False))

    async def seen(key: str, *, if_remembered: bool, end_ms: int = 500, user: str = "u1") -> bool:
        return await peopled.write(
            lambda tx: STORE.seen(
                tx, POOL, user, key=key, at_ms=30, ip_address="192.0.2.9", tokens_end_ms=end_ms,
                if_remembered=if_remembered,
            )
        )  # fmt: skip

    assert await seen("k1", if_remembered=True)
    assert await get(peopled) == a_device(authenticated_ms=30, last_ip="192.0.2.9")
    assert await seen("k1", if_remembered=False, end_ms=5_000)
    assert (await get(peopled) or a_device()).tokens_end_ms == 5_000
    assert await seen("k2", if_remembered=False)
    assert not await seen("k2", if_remembered=True)
    assert not await seen("k1", if_remembered=False, user="u2")
    await forget(peopled)
    assert not await seen("k1", if_remembered=False)


async def wait(database: Database, user_id: str, handle: bytes = b"h", ip: str = "i") -> None:
    await database.write(
        lambda tx: STORE.wait(
            tx, POOL, user_id, client_id="c", device_key="k", source_ip=ip, handle=handle,
            expires_ms=9,
        )
    )  # fmt: skip


@holds("DEVICE-31", "DEVICE-32")
async def test_the_newest_waiting_sign_in_is_found_from_its_address_only(
    peopled: Database,
) -> None:
    async def find(
        login: str = "u1", client_id: str = "c", key: str = "k", ip: str = "i", pool: str = POOL
    ) -> tuple[str, bytes] | None:
        return await peopled.read(
            lambda tx: STORE.waiting(
                tx, pool, login, client_id=client_id, device_key=key, source_ip=ip
            )
        )

    assert await find() is None
    await wait(peopled, "u1")
    assert await find() == ("u1", b"h")
    await wait(peopled, "u1", b"\0newer")
    assert await find() == ("u1", b"\0newer")
    for other in (
        find("u2"),
        find(client_id="d"),
        find(key="l"),
        find(ip="j"),
        find(pool="other"),
        find("u1\0"),
    ):
        assert await other is None
    await wait(peopled, "u1", ip="j")
    assert await find() is None


@holds("DEVICE-26")
async def test_devices_go_with_their_pool(peopled: Database) -> None:
    await put(peopled, a_device(), a_device("k2"), a_device("k3", user_id="u2"))
    await wait(peopled, "u1")
    pools = PoolStore()
    for _ in range(5):
        await peopled.write(lambda tx: pools.purge(tx, POOL, limit=2))
    for table in ("devices", "device_sign_ins"):
        count = f"SELECT COUNT(*) FROM {table}"
        assert await peopled.read(lambda tx, sql=count: tx.one(sql)) == (0,)  # type: ignore[misc]  # mypy: default argument of a lambda
