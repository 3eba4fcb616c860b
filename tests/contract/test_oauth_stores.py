"""What the stores of codes, browser sessions and flows promise, on both databases."""

import asyncio
from functools import partial

import msgspec

from poolkeep.base.transaction import Database
from poolkeep.core.oauth.ports import CodeRow, SessionRow
from poolkeep.core.users.model import User, UserDocument
from poolkeep.core.users.names import Login
from poolkeep.storage.stores.browser_sessions import SqlBrowserSessions
from poolkeep.storage.stores.expired import SqlExpired
from poolkeep.storage.stores.hosted_flows import SqlHostedFlows
from poolkeep.storage.stores.oauth_codes import SqlOAuthCodes
from poolkeep.storage.stores.users import SqlUsers

POOL = "eu-central-1_aB3dE6gH9"
USERS, CODES = SqlUsers(), SqlOAuthCodes()
SESSIONS, FLOWS = SqlBrowserSessions(), SqlHostedFlows()
ADA = User(
    pool_id=POOL,
    id="u1",
    username="ada",
    status="CONFIRMED",
    enabled=True,
    created_ms=1,
    modified_ms=1,
    version=1,
    signed_out_ms=0,
    document=UserDocument(),
)
LOGINS = (Login("ada", "username"),)
CODE = CodeRow(
    pool_id=POOL, key=b"code", client_id="app", user_id="u1", sealed=b"\x00sealed", expires_ms=9
)
SESSION = SessionRow(
    pool_id=POOL,
    key=b"cookie",
    user_id="u1",
    client_id="app",
    provider="COGNITO",
    sealed=b"\x00sealed",
    authenticated_ms=3,
    expires_ms=9,
)


async def test_a_stored_code_comes_back_whole(database: Database) -> None:
    await database.write(lambda tx: CODES.insert(tx, CODE))
    assert await database.read(lambda tx: CODES.get(tx, POOL, CODE.key)) == CODE
    assert await database.read(lambda tx: CODES.get(tx, "other", CODE.key)) is None
    assert await database.read(lambda tx: CODES.get(tx, POOL, b"other")) is None


async def test_a_code_is_spent_by_one_of_many(database: Database) -> None:
    await database.write(lambda tx: CODES.insert(tx, CODE))

    async def spend(number: int) -> bool:
        return await database.write(
            lambda tx: CODES.spend(tx, POOL, CODE.key, origin_jti=f"jti-{number}", now_ms=5)
        )

    won = await asyncio.gather(*(spend(number) for number in range(10)))
    assert sum(won) == 1
    used = await database.read(lambda tx: CODES.get(tx, POOL, CODE.key))
    assert used is not None
    assert (used.origin_jti, used.used_ms) == (f"jti-{won.index(True)}", 5)


async def test_a_session_comes_back_with_its_user(database: Database) -> None:
    await database.write(lambda tx: SESSIONS.insert(tx, SESSION))
    assert await database.read(lambda tx: SESSIONS.get(tx, POOL, SESSION.key)) is None
    await database.write(lambda tx: USERS.insert(tx, ADA, LOGINS, ()))
    assert await database.read(lambda tx: SESSIONS.get(tx, POOL, SESSION.key)) == (SESSION, ADA)
    assert await database.read(lambda tx: SESSIONS.get(tx, "other", SESSION.key)) is None


async def test_a_session_is_deleted_once(database: Database) -> None:
    await database.write(lambda tx: SESSIONS.insert(tx, SESSION))
    assert await database.write(lambda tx: SESSIONS.delete(tx, POOL, SESSION.key))
    assert not await database.write(lambda tx: SESSIONS.delete(tx, POOL, SESSION.key))


async def test_a_deleted_user_leaves_neither_codes_nor_sessions(database: Database) -> None:
    await database.write(lambda tx: USERS.insert(tx, ADA, LOGINS, ()))
    await database.write(lambda tx: CODES.insert(tx, CODE))
    await database.write(lambda tx: SESSIONS.insert(tx, SESSION))
    assert await database.write(lambda tx: USERS.delete(tx, POOL, ADA.id))
    assert await database.read(lambda tx: CODES.get(tx, POOL, CODE.key)) is None
    assert not await database.write(lambda tx: SESSIONS.delete(tx, POOL, SESSION.key))


async def test_a_disabled_user_keeps_no_session(database: Database) -> None:
    await database.write(lambda tx: USERS.insert(tx, ADA, LOGINS, ()))
    await database.write(lambda tx: SESSIONS.insert(tx, SESSION))
    disabled = msgspec.structs.replace(ADA, enabled=False)
    await database.write(lambda tx: USERS.save(tx, disabled, LOGINS, ()))
    assert await database.read(lambda tx: SESSIONS.get(tx, POOL, SESSION.key)) is None


async def test_a_flow_is_replaced_and_ends(database: Database) -> None:
    await database.write(lambda tx: FLOWS.put(tx, POOL, b"k", sealed=b"one", expires_ms=5))
    await database.write(lambda tx: FLOWS.put(tx, POOL, b"k", sealed=b"two", expires_ms=9))
    assert await database.read(lambda tx: FLOWS.get(tx, POOL, b"k", now_ms=8)) == b"two"
    assert await database.read(lambda tx: FLOWS.get(tx, POOL, b"k", now_ms=9)) is None
    assert await database.read(lambda tx: FLOWS.get(tx, "other", b"k", now_ms=8)) is None
    await database.write(lambda tx: FLOWS.delete(tx, POOL, b"k"))
    assert await database.read(lambda tx: FLOWS.get(tx, POOL, b"k", now_ms=8)) is None


async def test_what_was_abandoned_goes(database: Database) -> None:
    """Half-done sign-ins of many visitors who never came back do not fill the disk."""
    expired = SqlExpired()
    await database.write(lambda tx: CODES.insert(tx, CODE))
    await database.write(lambda tx: SESSIONS.insert(tx, SESSION))
    await database.write(lambda tx: FLOWS.put(tx, POOL, b"flow", sealed=b"s", expires_ms=9))
    for table in ("oauth_codes", "browser_sessions", "hosted_flows"):
        for now_ms, gone in ((8, 0), (9, 1)):
            batch = partial(expired.delete_batch, table=table, now_ms=now_ms, limit=9)
            assert await database.write(batch) == gone
