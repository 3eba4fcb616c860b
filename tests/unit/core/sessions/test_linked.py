"""Sessions of browsers, and what LINKED ends, on both databases: docs/behaviours/sessions.md."""

import pytest

from poolkeep.base.clock import ManualClock
from poolkeep.base.entropy import SeededEntropy
from poolkeep.base.paging import PageTokens
from poolkeep.base.refusal import InvalidParameter, ResourceNotFound
from poolkeep.base.transaction import Database
from poolkeep.core.audit import Actor, AuditTrail
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.model import AppClient, ClientSettings, PoolSettings, UserPool
from poolkeep.core.sessions import Activity, Lineage, Session, Tracker
from poolkeep.core.sessions.rules import LISTED_MAX, session_id_of
from poolkeep.core.sessions.service import Holder, Sessions
from poolkeep.core.users.model import User, UserDocument
from poolkeep.core.users.names import Login
from poolkeep.storage.stores.audit import SqlAudit
from poolkeep.storage.stores.sessions import SqlSessions
from poolkeep.storage.stores.tokens import SqlTokens
from poolkeep.storage.stores.users import SqlUsers
from tests.sdk.support import holds

POOL = "us-east-1_aB3dE6gH9"
ALICE = Actor(account="1", principal="root", request_id="r", source_ip="192.0.2.1")
PROGRAM = Activity(ip_address="192.0.2.1", user_agent="Boto3/1.44")
NOW_MS = 1_000_000
USERS, ROWS, REVOCATIONS = SqlUsers(), SqlSessions(), SqlTokens()


class Book:
    """One pool, and any client."""

    def __init__(self) -> None:
        pool = UserPool(
            id=POOL, account="1", region="us-east-1", created_ms=1, modified_ms=1,
            settings=PoolSettings(name="p"), session_tracking=True, token_sessions_per_user=100,
        )  # fmt: skip
        self.loaded = LoadedPool(pool, keys=None)  # type: ignore[arg-type]  # nothing is sealed

    async def pool(self, pool_id: str) -> LoadedPool | None:
        return self.loaded if pool_id == POOL else None

    async def client(self, client_id: str) -> tuple[LoadedPool, AppClient] | None:
        settings = ClientSettings(client_name="c")
        return self.loaded, AppClient(
            id=client_id, pool_id=POOL, created_ms=1, modified_ms=1, settings=settings
        )

    def changed(self) -> None:
        raise NotImplementedError


class World:
    """A user, signed in by browsers and by the API."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = ManualClock(NOW_MS)
        self.entropy = SeededEntropy()
        self.book = Book()
        self.tracker = Tracker(sessions=ROWS, revocations=REVOCATIONS)
        self.sessions = Sessions(
            database=database, sessions=ROWS, tracker=self.tracker, users=USERS, book=self.book,
            audit=AuditTrail(SqlAudit(), self.entropy), clock=self.clock,
            page_tokens=PageTokens(b"k" * 32),
        )  # fmt: skip

    async def browser(self) -> str:
        made = await self.database.write(
            lambda tx: self.tracker.begin_sso(
                tx, self.entropy, pool_id=POOL, user_id="u1", client_id="c1", activity=PROGRAM,
                now_ms=NOW_MS, life_ms=3_600_000,
            )
        )  # fmt: skip
        assert made is not None
        return made.id

    async def sign_in(self, jti: str, *, through: str | None = None, at_ms: int = NOW_MS) -> str:
        lineage = Lineage(
            pool_id=POOL, user_id="u1", client_id="c1", origin_jti=jti, issued_ms=at_ms,
            expires_ms=NOW_MS * 2, sso_session_id=through,
        )  # fmt: skip
        await self.database.write(
            lambda tx: self.tracker.touch(tx, lineage, activity=PROGRAM, now_ms=at_ms)
        )
        return session_id_of(jti)

    async def alive(self) -> set[str]:
        page = await self.sessions.of_user(ALICE, POOL, "u1", next_token=None)
        return {session.id for session in page.sessions}

    def holder(self, jti: str) -> Holder:
        return Holder(pool=self.book.loaded, user_id="u1", origin_jti=jti)


@pytest.fixture
async def world(database: Database) -> World:
    user = User(
        pool_id=POOL, id="u1", username="u1", status="CONFIRMED", enabled=True, created_ms=1,
        modified_ms=1, version=1, signed_out_ms=0, document=UserDocument(), credential=None,
    )  # fmt: skip
    await database.write(lambda tx: USERS.insert(tx, user, [Login("u1", "username")], ()))
    return World(database)


@holds("SESSION-33")
async def test_a_token_session_takes_its_browser_and_no_sibling_along(world: World) -> None:
    sso = await world.browser()
    one = await world.sign_in("one", through=sso)
    sibling = await world.sign_in("sibling", through=sso)
    await world.sessions.revoke(ALICE, POOL, "u1", session_id=one, linked=True)
    assert await world.alive() == {sibling}
    await world.sessions.revoke(ALICE, POOL, "u1", session_id=sibling, linked=True)
    assert await world.alive() == set(), "the browser's session was gone already"


@holds("SESSION-33")
async def test_a_browser_takes_its_token_sessions_along(world: World) -> None:
    sso, other = await world.browser(), await world.browser()
    for jti in ("one", "two"):
        await world.sign_in(jti, through=sso)
    kept = {await world.sign_in("api"), await world.sign_in("elsewhere", through=other), other}
    await world.sessions.revoke(ALICE, POOL, "u1", session_id=sso, linked=True)
    assert await world.alive() == kept
    for jti in ("one", "two"):
        assert await world.database.read(
            lambda tx, jti=jti: REVOCATIONS.is_revoked(tx, POOL, jti)  # type: ignore[misc]  # mypy: default argument of a lambda
        )


@holds("SESSION-33")
async def test_without_linked_nothing_goes_along(world: World) -> None:
    sso = await world.browser()
    one, two = await world.sign_in("one", through=sso), await world.sign_in("two", through=sso)
    await world.sessions.revoke(ALICE, POOL, "u1", session_id=one, linked=False)
    assert await world.alive() == {sso, two}
    await world.sessions.revoke(ALICE, POOL, "u1", session_id=sso, linked=False)
    assert await world.alive() == {two}


@holds("SESSION-33", "SESSION-31")
async def test_the_calling_session_is_spared(world: World) -> None:
    sso = await world.browser()
    mine = await world.sign_in("mine", through=sso)
    await world.sign_in("sibling", through=sso)
    await world.sessions.revoke_own(world.holder("mine"), sso, linked=True)
    assert await world.alive() == {mine}
    with pytest.raises(InvalidParameter):
        await world.sessions.revoke_own(world.holder("mine"), mine, linked=False)
    with pytest.raises(ResourceNotFound):
        await world.sessions.revoke_own(world.holder("mine"), sso, linked=True)


@holds("SESSION-40", "SESSION-35")
async def test_a_browsers_session_is_listed_apart(world: World) -> None:
    sso = await world.browser()
    mine = await world.sign_in("mine", through=sso)
    page = await world.sessions.own(world.holder("mine"), next_token=None)
    assert page.current == mine
    by_id: dict[str, Session] = {session.id: session for session in page.sessions}
    assert by_id[sso].is_sso
    assert not by_id[mine].is_sso
    assert by_id[mine].origin_session_id == sso


@holds("SESSION-15", "SESSION-18")
async def test_more_sessions_than_fit_are_paged(world: World) -> None:
    """Refreshes evict nothing, so sign-ins from before tracking may be many."""
    made = [
        await world.sign_in(f"jti-{number}", at_ms=NOW_MS + number % 7)
        for number in range(LISTED_MAX + 5)
    ]
    first = await world.sessions.of_user(ALICE, POOL, "u1", next_token=None)
    assert len(first.sessions) == LISTED_MAX
    rest = await world.sessions.of_user(ALICE, POOL, "u1", next_token=first.next_token)
    assert rest.next_token is None
    assert [session.id for session in (*first.sessions, *rest.sessions)] == sorted(
        made, key=lambda name: (-((made.index(name)) % 7), name)
    )
    with pytest.raises(InvalidParameter):
        await world.sessions.of_user(ALICE, POOL, "u1", next_token="x")
