"""What the store of sessions promises, on both databases."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack

import msgspec
import pytest

from poolkeep.base.entropy import SeededEntropy
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.model import PoolSettings, UserPool
from poolkeep.core.sessions import Activity, Lineage, Session, Tracker
from poolkeep.core.sessions.rules import SSO_PER_USER, session_id_of
from poolkeep.core.users.model import User, UserDocument
from poolkeep.core.users.names import Login
from poolkeep.storage.database import open_database
from poolkeep.storage.stores.expired import SqlExpired
from poolkeep.storage.stores.pools import PoolStore
from poolkeep.storage.stores.sessions import SqlSessions
from poolkeep.storage.stores.tokens import SqlTokens
from poolkeep.storage.stores.users import SqlUsers
from tests.sdk.support import holds

POOL = "eu-central-1_aB3dE6gH9"
STORE, TOKENS, USERS = SqlSessions(), SqlTokens(), SqlUsers()
TRACKER = Tracker(sessions=STORE, revocations=TOKENS)
BROWSER = Activity(ip_address="192.0.2.1", user_agent="Mozilla/5.0 (X11; Linux) Firefox/130.0")


class NoKeys:
    """Nothing here is sealed."""

    key_id = ""

    def seal(self, purpose: str, plaintext: bytes, *, context: str) -> bytes:
        raise NotImplementedError

    def seal_salted(self, purpose: str, plaintext: bytes, *, context: str) -> bytes:
        raise NotImplementedError

    def open(self, purpose: str, sealed: bytes, *, context: str) -> bytes:
        raise NotImplementedError

    def key(self, purpose: str, key_id: str | None = None) -> bytes:
        raise NotImplementedError


def a_pool(per_user: int = 20) -> LoadedPool:
    pool = UserPool(
        id=POOL, account="1", region="eu-central-1", created_ms=1, modified_ms=1,
        settings=PoolSettings(name="p"), session_tracking=True, token_sessions_per_user=per_user,
    )  # fmt: skip
    return LoadedPool(pool, NoKeys())


def a_user(user_id: str = "u1") -> User:
    return User(
        pool_id=POOL, id=user_id, username=user_id, status="CONFIRMED", enabled=True, created_ms=1,
        modified_ms=1, version=1, signed_out_ms=0, document=UserDocument(), credential=None,
    )  # fmt: skip


def logins_of(user: User) -> list[Login]:
    return [Login(user.id, "username")]


def a_lineage(jti: str, *, user_id: str = "u1", issued_ms: int = 10, sso: str = "") -> Lineage:
    return Lineage(
        pool_id=POOL, user_id=user_id, client_id="c1", origin_jti=jti, issued_ms=issued_ms,
        expires_ms=1_000_000, sso_session_id=sso or None,
    )  # fmt: skip


@pytest.fixture
async def peopled(database: Database) -> Database:
    """Return a database with two users."""
    for user in (a_user(), a_user("u2")):
        await database.write(lambda tx, user=user: USERS.insert(tx, user, logins_of(user), ()))  # type: ignore[misc]  # mypy: default argument of a lambda
    return database


async def begin(database: Database, jti: str, *, at_ms: int = 10, per_user: int = 20) -> None:
    lineage = a_lineage(jti, issued_ms=at_ms)
    pool = a_pool(per_user)
    await database.write(
        lambda tx: TRACKER.begin(tx, pool, lineage, activity=BROWSER, now_ms=at_ms)
    )


async def listed(database: Database, *, now_ms: int = 20, user_id: str = "u1") -> list[Session]:
    return await database.read(lambda tx: STORE.of_user(tx, POOL, user_id, now_ms=now_ms))


async def jtis(database: Database, *, now_ms: int = 20) -> list[str | None]:
    return [session.origin_jti for session in await listed(database, now_ms=now_ms)]


async def revoked(database: Database, jti: str) -> bool:
    return await database.read(lambda tx: TOKENS.is_revoked(tx, POOL, jti))


async def begin_sso(database: Database, seed: str, *, at_ms: int = 10) -> Session:
    made = await database.write(
        lambda tx: TRACKER.begin_sso(
            tx, SeededEntropy(seed), pool_id=POOL, user_id="u1", client_id="c1", activity=BROWSER,
            now_ms=at_ms, life_ms=3_600_000,
        )
    )  # fmt: skip
    assert made is not None
    return made


async def test_a_session_is_listed_as_it_began(peopled: Database) -> None:
    await begin(peopled, "one")
    assert await listed(peopled) == [
        Session(
            id=session_id_of("one"), pool_id=POOL, user_id="u1", client_id="c1", origin_jti="one",
            created_ms=10, authenticated_ms=10, last_active_ms=10, expires_ms=1_000_000,
            ip_address="192.0.2.1", device_type="Firefox on Linux",
        )
    ]  # fmt: skip
    assert await listed(peopled, user_id="u2") == []
    assert await listed(peopled, now_ms=1_000_000) == [], "it ended with its refresh token"


async def test_at_the_cap_the_least_recently_used_ends_with_its_tokens(peopled: Database) -> None:
    for at, jti in enumerate(("one", "two", "three"), 10):
        await begin(peopled, jti, at_ms=at, per_user=3)
    await peopled.write(lambda tx: TRACKER.touch(tx, a_lineage("one"), activity=BROWSER, now_ms=15))
    await begin(peopled, "four", at_ms=16, per_user=3)
    assert await jtis(peopled) == ["four", "one", "three"]
    assert await revoked(peopled, "two")
    await begin(peopled, "five", at_ms=17, per_user=1)
    assert await jtis(peopled) == ["five"], "a lower cap evicts as many as needed"
    for jti in ("one", "three", "four"):
        assert await revoked(peopled, jti)


@holds("TOKEN-63")
async def test_a_revocation_outlives_the_last_access_token(peopled: Database) -> None:
    await begin(peopled, "one")
    await begin(peopled, "two", at_ms=11, per_user=1)
    day_ms = 24 * 60 * 60 * 1000
    sweep = SqlExpired()

    def swept(now_ms: int) -> int:
        return peopled.write_now(
            lambda tx: sweep.delete_batch(tx, "revocations", now_ms=now_ms, limit=9)
        )

    assert swept(1_000_000 + day_ms - 1) == 0
    assert swept(1_000_000 + day_ms) == 1


async def test_a_refresh_evicts_nothing_and_makes_a_session_for_an_older_sign_in(
    peopled: Database,
) -> None:
    await begin(peopled, "one", per_user=1)
    assert await peopled.write(
        lambda tx: TRACKER.touch(tx, a_lineage("old", issued_ms=5), activity=BROWSER, now_ms=12)
    )
    assert await jtis(peopled) == ["old", "one"]


async def test_a_revoked_sign_in_is_not_revived_by_a_refresh(peopled: Database) -> None:
    await begin(peopled, "one")
    (session,) = await listed(peopled)
    assert await peopled.write(lambda tx: TRACKER.end(tx, session))
    assert not await peopled.write(lambda tx: TRACKER.end(tx, session))
    assert not await peopled.write(
        lambda tx: TRACKER.touch(tx, a_lineage("one"), activity=BROWSER, now_ms=12)
    )
    assert await listed(peopled) == []


@holds("SESSION-35")
async def test_a_sign_out_ends_token_sessions_and_no_browser(peopled: Database) -> None:
    sso = await begin_sso(peopled, "a")
    await begin(peopled, "one")

    def sign_out(tx: Transaction) -> None:
        TOKENS.sign_out(tx, POOL, "u1", 15)
        TRACKER.sign_out(tx, POOL, "u1")

    await peopled.write(sign_out)
    assert [session.id for session in await listed(peopled)] == [sso.id]
    await begin(peopled, "late", at_ms=15)
    assert await jtis(peopled) == [None], "a sign-in that the sign-out ended leaves no record"
    await begin(peopled, "after", at_ms=16)
    assert await jtis(peopled) == ["after", None]


async def test_disabling_and_deleting_a_user_end_all(peopled: Database) -> None:
    for end in ("disable", "delete"):
        await begin(peopled, f"one-{end}")
        await begin_sso(peopled, end)
        assert len(await listed(peopled)) == 2

        def act(tx: Transaction, end: str = end) -> None:
            user = USERS.get(tx, POOL, "u1")
            assert user is not None
            if end == "disable":
                USERS.save(tx, msgspec.structs.replace(user, enabled=False), logins_of(user), ())
                assert not STORE.hold_user(tx, POOL, "u1", issued_ms=99)
                back = msgspec.structs.replace(user, version=user.version + 1)
                USERS.save(tx, back, logins_of(user), ())
            else:
                USERS.delete(tx, POOL, "u1")

        await peopled.write(act)
        assert await listed(peopled) == []
    await begin(peopled, "nobody")
    assert await listed(peopled) == []


@holds("SESSION-40")
async def test_a_user_has_at_most_so_many_browsers(peopled: Database) -> None:
    made = [await begin_sso(peopled, str(at), at_ms=at) for at in range(10, 10 + SSO_PER_USER)]
    last = 10 + SSO_PER_USER
    assert await peopled.write(
        lambda tx: TRACKER.renew_sso(
            tx, POOL, made[0].id, activity=BROWSER, now_ms=last, life_ms=3_600_000
        )
    )
    one_more = await begin_sso(peopled, "more", at_ms=last + 1)
    kept = {session.id for session in await listed(peopled, now_ms=last + 2)}
    assert kept == {one_more.id, made[0].id, *(each.id for each in made[2:])}
    renewed = await peopled.read(lambda tx: STORE.get(tx, POOL, made[0].id))
    assert renewed is not None
    assert (renewed.authenticated_ms, renewed.created_ms) == (last, 10)


async def test_a_refresh_is_activity_of_the_browser_too(peopled: Database) -> None:
    sso = await begin_sso(peopled, "a")
    lineage = a_lineage("one", sso=sso.id)
    await peopled.write(
        lambda tx: TRACKER.begin(tx, a_pool(), lineage, activity=BROWSER, now_ms=30)
    )
    await peopled.write(lambda tx: TRACKER.touch(tx, lineage, activity=BROWSER, now_ms=40))
    found = await listed(peopled, now_ms=50)
    assert [session.last_active_ms for session in found] == [40, 40]
    assert {session.origin_session_id for session in found} == {None, sso.id}


async def test_sessions_go_with_their_pool_and_with_time(peopled: Database) -> None:
    for number in range(3):
        await begin(peopled, str(number))
    assert "sessions" in SqlExpired().tables
    batch = SqlExpired()
    assert await peopled.write(
        lambda tx: batch.delete_batch(tx, "sessions", now_ms=999_999, limit=9)
    ) == 0  # fmt: skip
    assert await peopled.write(lambda tx: STORE.delete_some(tx, POOL, limit=2)) == 2
    await peopled.write(lambda tx: PoolStore().purge(tx, POOL, limit=9))
    assert await peopled.read(lambda tx: tx.all("SELECT 1 FROM sessions")) == []


@pytest.fixture
def nodes(database_url: str) -> Iterator[list[Database]]:
    """Return two nodes' connections to one database."""
    with ExitStack() as stack:
        opened = [open_database(database_url) for _ in range(2)]
        stack.callback(lambda: [asyncio.run(node.close()) for node in opened])
        yield opened


def test_sign_ins_that_race_at_the_cap_leave_no_more_than_it_allows(nodes: list[Database]) -> None:
    async def work() -> None:
        await nodes[0].write(lambda tx: USERS.insert(tx, a_user(), logins_of(a_user()), ()))
        await asyncio.gather(
            *(
                begin(nodes[number % 2], f"jti-{number}", at_ms=10 + number, per_user=2)
                for number in range(16)
            )
        )
        found = await listed(nodes[0], now_ms=100)
        assert len(found) == 2
        dead = [f"jti-{number}" for number in range(16)]
        alive = {session.origin_jti for session in found}
        for jti in dead:
            assert await revoked(nodes[0], jti) == (jti not in alive)

    asyncio.run(work())


def test_a_refresh_that_races_a_revocation_revives_nothing(nodes: list[Database]) -> None:
    async def work() -> None:
        await nodes[0].write(lambda tx: USERS.insert(tx, a_user(), logins_of(a_user()), ()))
        for number in range(20):
            jti = f"jti-{number}"
            await begin(nodes[0], jti)
            session = await nodes[0].read(
                lambda tx, jti=jti: STORE.get(tx, POOL, session_id_of(jti))  # type: ignore[misc]  # mypy: default argument of a lambda
            )
            assert session is not None
            await asyncio.gather(
                nodes[0].write(lambda tx, session=session: TRACKER.end(tx, session)),  # type: ignore[misc]  # as above
                nodes[1].write(
                    lambda tx, jti=jti: TRACKER.touch(  # type: ignore[misc]  # as above
                        tx, a_lineage(jti), activity=BROWSER, now_ms=30
                    )
                ),
            )
            assert await listed(nodes[0]) == []

    asyncio.run(work())
