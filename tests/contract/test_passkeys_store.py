"""What the store of passkeys promises, on both databases."""

import asyncio
from functools import partial

import pytest

from poolkeep.base.entropy import SeededEntropy
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.passkeys.model import Passkey, PasskeyPosition, Registration
from poolkeep.core.pools.keys import RingKeys
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.model import PoolSettings, UserPool
from poolkeep.crypto.envelope import EnvelopeBroken, KeyRing
from poolkeep.crypto.webauthn import to_text
from poolkeep.storage.stores.expired import SqlExpired
from poolkeep.storage.stores.passkeys import SqlPasskeys
from poolkeep.storage.stores.signin import SqlSignIn
from poolkeep.storage.stores.users import SqlUsers
from tests.sdk.support import holds

STORE = SqlPasskeys()
POOL_ID = "eu-central-1_aB3dE6gH9"
USER, OTHER = "user-one", "user-two"


def a_pool(pool_id: str = POOL_ID) -> LoadedPool:
    """Return a pool with keys of its own."""
    pool = UserPool(
        id=pool_id,
        account="1",
        region="eu-central-1",
        created_ms=1,
        modified_ms=1,
        settings=PoolSettings(name="pool"),
    )
    ring = KeyRing({"one": b"k" * 32}, "one")
    return LoadedPool(pool, RingKeys(ring, SeededEntropy(pool_id)))


POOL = a_pool()


def a_passkey(name: bytes = b"one", *, created_ms: int = 1, sign_count: int = 0) -> Passkey:
    """Return a passkey."""
    return Passkey(
        id=name,
        public_key=b"key of " + name,
        sign_count=sign_count,
        transports=("usb", "nfc"),
        attachment="cross-platform",
        friendly_name="Größe 🗝",
        relying_party_id="example.org",
        aaguid="0" * 32,
        backup_eligible=True,
        created_ms=created_ms,
    )


async def add(database: Database, *passkeys: Passkey, user_id: str = USER) -> None:
    """Store passkeys of a user."""
    for passkey in passkeys:
        stored = await database.write(
            partial(STORE.insert, pool=POOL, user_id=user_id, passkey=passkey)
        )
        assert stored


async def test_a_stored_passkey_comes_back_whole(database: Database) -> None:
    one, plain = a_passkey(b"\xff" * 1023), Passkey(
        id=b"\0",
        public_key=b"",
        sign_count=2**32 - 1,
        friendly_name="",
        relying_party_id="localhost",
        created_ms=2,
    )  # fmt: skip
    await add(database, one, plain)
    assert await database.read(lambda tx: STORE.of_user(tx, POOL, USER)) == (one, plain)
    assert await database.read(lambda tx: STORE.of_user(tx, POOL, OTHER)) == ()
    assert await database.read(lambda tx: STORE.count(tx, POOL_ID, USER)) == 2


async def test_an_id_is_taken_once_in_a_pool(database: Database) -> None:
    await add(database, a_passkey())
    for user_id in (USER, OTHER):
        taken = await database.write(
            partial(STORE.insert, pool=POOL, user_id=user_id, passkey=a_passkey())
        )
        assert not taken
    elsewhere = a_pool("other")
    assert await database.write(lambda tx: STORE.insert(tx, elsewhere, USER, a_passkey()))


async def test_pages_go_by_age_then_id(database: Database) -> None:
    made = [a_passkey(name, created_ms=at) for name, at in ((b"b", 2), (b"a", 2), (b"z", 1))]
    await add(database, *made)
    after, seen = PasskeyPosition(), []
    while page := await database.read(
        partial(STORE.page, pool=POOL, user_id=USER, after=after, limit=2)
    ):
        seen += page
        after = PasskeyPosition(created_ms=page[-1].created_ms, credential_id=to_text(page[-1].id))
    assert [one.id for one in seen] == [b"z", b"a", b"b"]


@pytest.mark.parametrize(
    "before, shown, noted",
    [(0, 0, True), (0, 1, True), (5, 6, True), (5, 5, False), (5, 4, False), (5, 0, False)],
)
async def test_a_count_must_grow(
    database: Database, before: int, shown: int, *, noted: bool
) -> None:
    await add(database, a_passkey(sign_count=before))
    assert await use(database, shown) is noted
    (found,) = await database.read(lambda tx: STORE.of_user(tx, POOL, USER))
    assert (found.sign_count, found.used_ms) == ((shown, 9) if noted else (before, 0))
    assert found.backed_up is noted


async def use(database: Database, shown: int, user_id: str = USER, name: bytes = b"one") -> bool:
    """Note a use."""
    return await database.write(
        lambda tx: STORE.use(
            tx,
            POOL_ID,
            user_id,
            credential_id=name,
            sign_count=shown,
            backed_up=True,
            now_ms=9,
        )
    )


async def test_of_racing_uses_with_one_count_one_is_noted(database: Database) -> None:
    await add(database, a_passkey())
    noted = await asyncio.gather(*(use(database, 7) for _ in range(8)))
    assert sorted(noted) == [False] * 7 + [True]


async def test_only_the_users_own_passkey_is_used_and_deleted(database: Database) -> None:
    await add(database, a_passkey())
    assert not await use(database, 1, OTHER)
    assert not await use(database, 1, name=b"two")
    assert not await database.write(lambda tx: STORE.delete(tx, POOL_ID, OTHER, b"one"))
    assert not await database.write(lambda tx: STORE.delete(tx, "other", USER, b"one"))
    assert await database.write(lambda tx: STORE.delete(tx, POOL_ID, USER, b"one"))
    assert not await database.write(lambda tx: STORE.delete(tx, POOL_ID, USER, b"one"))
    assert not await use(database, 1)


async def test_the_latest_registration_counts_and_counts_once(database: Database) -> None:
    first = Registration(challenge=b"\0first", client_id="c", expires_ms=5)
    second = Registration(challenge=b"second", client_id="d", expires_ms=6)
    assert await database.read(lambda tx: STORE.asked(tx, POOL_ID, USER)) is None
    for one in (first, second):
        await database.write(partial(STORE.ask, pool_id=POOL_ID, user_id=USER, registration=one))
    assert await database.read(lambda tx: STORE.asked(tx, POOL_ID, USER)) == second
    assert await database.read(lambda tx: STORE.asked(tx, POOL_ID, OTHER)) is None
    for challenge, right in ((first.challenge, False), (second.challenge, True), (b"", False)):
        used = await database.write(
            partial(STORE.answer, pool_id=POOL_ID, user_id=USER, challenge=challenge)
        )
        assert used is right
    assert await database.read(lambda tx: STORE.asked(tx, POOL_ID, USER)) is None


@pytest.mark.parametrize(
    "column, value",
    [("user_id", OTHER), ("credential_id", to_text(b"two")), ("pool_id", "other")],
)
@holds("PASSKEY-50")
async def test_a_passkey_cannot_be_moved(database: Database, column: str, value: str) -> None:
    await add(database, a_passkey())
    await database.write(
        lambda tx: tx.run(f"UPDATE passkeys SET {column} = ? WHERE user_id = ?", (value, USER))
    )
    pool = a_pool("other") if column == "pool_id" else POOL
    user_id = OTHER if column == "user_id" else USER
    with pytest.raises(EnvelopeBroken):
        await database.read(lambda tx: STORE.of_user(tx, pool, user_id))


@holds("PASSKEY-50")
async def test_a_key_cannot_be_swapped(database: Database) -> None:
    await add(database, a_passkey(b"one"), a_passkey(b"two"))
    swap = "UPDATE passkeys SET document = (SELECT document FROM passkeys WHERE credential_id = ?)"
    await database.write(lambda tx: tx.run(swap, (to_text(b"two"),)))
    with pytest.raises(EnvelopeBroken):
        await database.read(lambda tx: STORE.of_user(tx, POOL, USER))


async def test_attempts_that_are_kept(database: Database) -> None:
    store = SqlSignIn()
    await database.write(
        lambda tx: store.keep(tx, POOL_ID, "handle", sealed=b"\0sealed", expires_ms=5)
    )
    assert await database.read(lambda tx: store.kept(tx, POOL_ID, "handle")) == b"\0sealed"
    assert await database.read(lambda tx: store.kept(tx, "other", "handle")) is None
    assert await database.read(lambda tx: store.kept(tx, POOL_ID, "another")) is None


async def test_what_has_expired_goes(database: Database) -> None:
    sign_in, expired = SqlSignIn(), SqlExpired()
    registration = Registration(challenge=b"c", client_id="c", expires_ms=5)
    await database.write(lambda tx: STORE.ask(tx, POOL_ID, USER, registration))
    await database.write(lambda tx: sign_in.keep(tx, POOL_ID, "h", sealed=b"s", expires_ms=5))
    for table in ("passkey_challenges", "kept_attempts"):
        for now_ms, gone in ((4, 0), (5, 1)):
            deleted = await database.write(
                partial(expired.delete_batch, table=table, now_ms=now_ms, limit=9)
            )
            assert deleted == gone


async def test_passkeys_go_with_their_user(database: Database) -> None:
    await add(database, a_passkey())
    await add(database, a_passkey(b"two"), user_id=OTHER)
    registration = Registration(challenge=b"c", client_id="c", expires_ms=5)
    insert = (
        "INSERT INTO users (pool_id, user_id, username, status, enabled, created_ms, modified_ms, "
        "version, signed_out_ms, document) VALUES (?, ?, 'n', 's', 1, 1, 1, 1, 0, ?)"
    )

    def fill(tx: Transaction) -> None:
        STORE.ask(tx, POOL_ID, USER, registration)
        tx.run(insert, (POOL_ID, USER, b"{}"))

    await database.write(fill)
    assert await database.write(lambda tx: SqlUsers().delete(tx, POOL_ID, USER))
    assert await database.read(lambda tx: STORE.count(tx, POOL_ID, USER)) == 0
    assert await database.read(lambda tx: STORE.asked(tx, POOL_ID, USER)) is None
    assert await database.read(lambda tx: STORE.count(tx, POOL_ID, OTHER)) == 1
