"""What the stores of identity pools promise, on SQLite and on PostgreSQL."""

import asyncio
from typing import Final

import msgspec

from poolkeep.base.clock import ManualClock
from poolkeep.base.entropy import SeededEntropy
from poolkeep.base.paging import PageTokens
from poolkeep.base.refusal import NotAuthorized
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.audit import AuditTrail
from poolkeep.core.identities.keyring import Keyring
from poolkeep.core.identities.logins import Logins
from poolkeep.core.identities.model import (
    DISABLED,
    ENABLED,
    Identity,
    IdentityPool,
    Login,
    PoolSettings,
    Proven,
)
from poolkeep.core.identities.naming import Names
from poolkeep.core.identities.people import People
from poolkeep.storage.database import open_database
from poolkeep.storage.stores import identity_pools as pools
from poolkeep.storage.stores import identity_pools_people as rows
from poolkeep.storage.stores.audit import SqlAudit
from poolkeep.storage.stores.identity_pools import LATE_MS, IdentityPoolStore
from poolkeep.storage.stores.identity_pools_keys import IdentityKeyStore
from poolkeep.storage.stores.identity_pools_people import PoolIdentityStore
from poolkeep.work.identity_pools import ROWS, IdentityPurge
from tests.sdk.support import holds
from tests.unit.core.messages.world import keys

POOL: Final = IdentityPool(
    id="us-east-1:pool",
    account="123456789012",
    created_ms=1,
    version=1,
    settings=PoolSettings(name="p", allows_guests=True),
)
POOLS: Final = IdentityPoolStore()
ROWS_OF: Final = PoolIdentityStore()
RACERS: Final = 50


class Nobody:
    """Knows nobody's tokens."""

    async def check(self, _pool: IdentityPool, _key: str, _token: str) -> Proven:
        """Refuse."""
        raise NotAuthorized


def identity(number: int) -> Identity:
    """Return an identity that is not stored yet."""
    return Identity(
        id=f"us-east-1:{number:08d}", pool_id=POOL.id, state=ENABLED, version=1, created_ms=number,
        modified_ms=number,
    )  # fmt: skip


def people(database: Database) -> People:
    """Return the identities of a region that checks no tokens."""
    nobody = Nobody()
    names = Names(lambda _: ())
    return People(
        database=database,
        pools=POOLS,
        rows=ROWS_OF,
        logins=Logins(names, user_pools=nobody, openid=nobody, saml=nobody, social={}),
        audit=AuditTrail(SqlAudit(), SeededEntropy()),
        pages=PageTokens(b"k" * 32),
        clock=ManualClock(),
        entropy=SeededEntropy(),
        region="us-east-1",
    )


async def test_a_pool_is_saved_by_whoever_saw_the_last_version(database: Database) -> None:
    await database.write(lambda tx: POOLS.add(tx, POOL))
    changed = msgspec.structs.replace(POOL, version=2, roles={"authenticated": "r"})
    assert await database.write(lambda tx: POOLS.save(tx, changed))
    assert not await database.write(lambda tx: POOLS.save(tx, changed))
    assert await database.read(lambda tx: POOLS.get(tx, POOL.id)) == changed
    assert await database.read(lambda tx: POOLS.count(tx, POOL.account)) == 1
    found = await database.read(lambda tx: POOLS.page(tx, POOL.account, after="", limit=5))
    assert found == [changed]


async def test_a_login_belongs_to_one_identity(database: Database) -> None:
    one, two, login = identity(1), identity(2), Login("p", "s" * 1024)

    def work(tx: Transaction) -> tuple[bool, bool]:
        ROWS_OF.add(tx, one)
        ROWS_OF.add(tx, two)
        return ROWS_OF.link(tx, one, login), ROWS_OF.link(tx, two, login)

    assert await database.write(work) == (True, False)
    assert await database.read(lambda tx: ROWS_OF.owner(tx, POOL.id, login)) == one
    await database.write(lambda tx: ROWS_OF.move(tx, one.id, two.id))
    assert await database.read(lambda tx: ROWS_OF.owner(tx, POOL.id, login)) == two
    assert await database.read(lambda tx: ROWS_OF.logins(tx, two.id)) == (login,)
    await database.write(lambda tx: ROWS_OF.delete(tx, two.id))
    assert await database.read(lambda tx: ROWS_OF.owner(tx, POOL.id, login)) is None


async def test_an_identity_is_told_with_its_pool(database: Database) -> None:
    def work(tx: Transaction) -> None:
        POOLS.add(tx, POOL)
        ROWS_OF.add(tx, identity(1))
        ROWS_OF.add(tx, msgspec.structs.replace(identity(2), pool_id="us-east-1:gone"))

    await database.write(work)
    for number, told in ((1, (POOL, identity(1))), (2, None), (3, None)):
        known = identity(number).id
        found = await database.read(lambda tx, known=known: ROWS_OF.placed(tx, known))  # type: ignore[misc]  # a default
        assert found == told


async def test_whom_a_request_concerns_is_told_with_all_their_logins(database: Database) -> None:
    logins = [Login("p", "a"), Login("q", "b"), Login("p", "c")]
    foreign = msgspec.structs.replace(identity(4), pool_id="us-east-1:other")

    def work(tx: Transaction) -> None:
        for each in (identity(1), identity(2), identity(3), foreign):
            ROWS_OF.add(tx, each)
        ROWS_OF.link(tx, identity(1), logins[0])
        ROWS_OF.link(tx, identity(1), logins[1])
        ROWS_OF.link(tx, identity(2), logins[2])
        ROWS_OF.link(tx, foreign, logins[0])

    await database.write(work)

    async def told(asked: str | None, *having: Login) -> dict[str, set[Login]]:
        found = await database.read(lambda tx: ROWS_OF.concerned(tx, POOL.id, asked, having))
        return {each.identity.id: set(each.logins) for each in found}

    one, two, three = ((identity(number).id) for number in (1, 2, 3))
    assert await told(None) == {}
    assert await told(three) == {three: set()}
    assert await told(None, logins[1]) == {one: set(logins[:2])}
    assert await told(one, logins[0]) == {one: set(logins[:2])}
    assert await told(three, *logins, Login("p", "x")) == {
        one: set(logins[:2]),
        two: {logins[2]},
        three: set(),
    }
    assert await told(foreign.id) == {foreign.id: {logins[0]}}
    assert await told("us-east-1:nobody", Login("p", "x")) == {}


async def test_identities_are_paged_without_the_disabled_ones(database: Database) -> None:
    def work(tx: Transaction) -> None:
        for number in range(5):
            ROWS_OF.add(tx, identity(number))
        gone = msgspec.structs.replace(identity(3), version=2, state=DISABLED)
        assert ROWS_OF.save(tx, gone)
        assert not ROWS_OF.save(tx, gone), "the version has moved on"

    await database.write(work)
    for hidden, wanted in ((True, [2, 4]), (False, [2, 3])):
        found = await database.read(
            lambda tx, hidden=hidden: ROWS_OF.page(  # type: ignore[misc]  # a value of the loop
                tx, POOL.id, after=identity(1).id, limit=2, hide_disabled=hidden
            )
        )
        assert [each.identity.created_ms for each in found] == wanted


@holds("IDPOOL-29")
async def test_a_race_for_new_logins_ends_with_one_identity(database: Database) -> None:
    await database.write(lambda tx: POOLS.add(tx, POOL))
    one, two = Login("a", "1"), Login("b", "2")
    ways = ([one], [two], [one, two], [two, one])
    who = people(database)
    found = await asyncio.gather(
        *(who.resolve(POOL, None, ways[number % len(ways)]) for number in range(RACERS))
    )
    last = await who.resolve(POOL, None, [one, two])
    enabled = await database.read(
        lambda tx: ROWS_OF.page(tx, POOL.id, after="", limit=99, hide_disabled=True)
    )
    assert [each.identity.id for each in enabled] == [last.id]
    assert set(enabled[0].logins) == {one, two}
    listed = await database.read(
        lambda tx: ROWS_OF.page(tx, POOL.id, after="", limit=99, hide_disabled=False)
    )
    assert {each.id for each in found} <= {each.identity.id for each in listed}
    assert all(each.identity.merged_into for each in listed if each.identity.id != last.id), (
        "nobody is left over"
    )


async def test_a_race_of_guests_for_one_login_leaves_one(database: Database) -> None:
    await database.write(lambda tx: POOLS.add(tx, POOL))
    who = people(database)
    guests = [await who.resolve(POOL, None, []) for _ in range(RACERS)]
    login = Login("a", "1")
    found = await asyncio.gather(*(who.resolve(POOL, guest.id, [login]) for guest in guests))
    enabled = await database.read(
        lambda tx: ROWS_OF.page(tx, POOL.id, after="", limit=99, hide_disabled=True)
    )
    assert {each.id for each in found} == {each.identity.id for each in enabled}
    assert len(enabled) == 1


@holds("IDPOOL-04")
async def test_a_deleted_pool_is_emptied_in_steps(database: Database) -> None:
    def work(tx: Transaction) -> None:
        POOLS.add(tx, POOL)
        for number in range(ROWS + 1):
            ROWS_OF.add(tx, identity(number))
            ROWS_OF.link(tx, identity(number), Login("p", str(number)))
        POOLS.delete(tx, POOL.id, 0)

    await database.write(work)
    assert await database.read(lambda tx: POOLS.get(tx, POOL.id)) is None
    clock = ManualClock()
    sweep = IdentityPurge(database=database, pools=POOLS, clock=clock, late_ms=LATE_MS)
    rounds = 0
    while await sweep.round():
        rounds += 1
    assert rounds == 2
    for table in ("pool_identities", "identity_logins", "identity_pool_purges"):
        count = f"SELECT count(*) FROM {table}"
        assert await database.read(lambda tx, count=count: tx.one(count)) == (0,)  # type: ignore[misc]  # a value of the loop


async def test_what_comes_late_into_a_deleted_pool_goes_too(database: Database) -> None:
    clock = ManualClock()
    now_ms = clock.now_ms()
    await database.write(lambda tx: POOLS.delete(tx, POOL.id, now_ms))
    sweep = IdentityPurge(database=database, pools=POOLS, clock=clock, late_ms=LATE_MS)
    assert not await sweep.round()
    await database.write(lambda tx: ROWS_OF.add(tx, identity(1)))
    assert await sweep.round()
    clock.advance(ms=LATE_MS + 1)
    assert not await sweep.round()
    assert await database.read(POOLS.purges) == []


async def test_processes_that_start_together_have_one_key(database: Database) -> None:
    store = IdentityKeyStore(keys("installation"))
    rings = [
        Keyring(
            database=database,
            rows=store,
            clock=ManualClock(),
            entropy=SeededEntropy(seed),
            region="us-east-1",
        )
        for seed in ("a", "b")
    ]
    one, two = await asyncio.gather(*(ring.all() for ring in rings))
    assert [key.jwk() for key in one] == [key.jwk() for key in two]
    sealed = await database.read(lambda tx: tx.all("SELECT private_key FROM identity_signing_keys"))
    assert len(sealed) == 1
    assert b"\x02\x01\x00\x30\x0d" not in bytes(sealed[0][0]), "no key in the clear"


async def test_every_question_of_the_hot_path_has_its_index(sqlite_url: str) -> None:
    database = open_database(sqlite_url)
    for sql in (pools.GET, rows.GET, rows.OWNER, rows.LOGINS, rows.PAGE, rows.SUBJECTS):
        marks = ("",) * sql.count("?")
        told = await database.read(
            lambda tx, sql=sql, marks=marks: tx.all(f"EXPLAIN QUERY PLAN {sql}", marks)  # type: ignore[misc]  # values of the loop
        )
        assert all("SCAN" not in row[3] for row in told), (sql, told)
        assert all("TEMP B-TREE" not in row[3] for row in told), (sql, told)
    await database.close()
