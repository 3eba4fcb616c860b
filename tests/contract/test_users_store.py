"""What the store of users promises, on SQLite and on PostgreSQL."""

import asyncio

import msgspec
import pytest

from poolkeep.base.refusal import ConcurrentModification
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.users.model import User, UserDocument
from poolkeep.core.users.names import Login, index_of, logins_of
from poolkeep.core.users.ports import Page
from poolkeep.storage.database import open_database
from poolkeep.storage.stores.attempts import SqlAttempts
from poolkeep.storage.stores.users import SqlUsers
from tests.unit.core.users.people import ALIASES, POOL_ID, a_pool, a_user

STORE = SqlUsers()
POOL = a_pool(**ALIASES)
VERIFIED = {"email": "a@x.com", "email_verified": "true"}


async def insert(database: Database, user: User) -> Login | None:
    return await database.write(
        lambda tx: STORE.insert(tx, user, logins_of(POOL, user), index_of(user))
    )


async def save(database: Database, user: User) -> Login | None:
    return await database.write(
        lambda tx: STORE.save(tx, user, logins_of(POOL, user), index_of(user))
    )


async def find(database: Database, key: str) -> User | None:
    return await database.read(lambda tx: STORE.find(tx, POOL_ID, key))


async def get(database: Database, user_id: str) -> User | None:
    return await database.read(lambda tx: STORE.get(tx, POOL_ID, user_id))


async def delete(database: Database, user_id: str) -> bool:
    return await database.write(lambda tx: STORE.delete(tx, POOL_ID, user_id))


def with_attributes(user: User, attributes: dict[str, str], **columns: object) -> User:
    document = msgspec.structs.replace(user.document, attributes=attributes)
    return msgspec.structs.replace(user, document=document, **columns)


async def derived(database: Database, user: User) -> tuple[set[str], set[tuple[str, str]]]:
    """Return the stored logins and index rows of a user."""

    def work(tx: Transaction) -> tuple[set[str], set[tuple[str, str]]]:
        key = (user.pool_id, user.id)
        logins = tx.all("SELECT login_key FROM logins WHERE pool_id = ? AND user_id = ?", key)
        index = tx.all(
            "SELECT attribute, value_key FROM user_index WHERE pool_id = ? AND user_id = ?", key
        )
        return {row[0] for row in logins}, {(row[0], row[1]) for row in index}

    return await database.read(work)


async def assert_in_step(database: Database, user: User) -> None:
    logins, index = await derived(database, user)
    assert logins == {login.key for login in logins_of(POOL, user)}
    assert index == {(row.attribute, row.key) for row in index_of(user)}


async def test_a_user_comes_back_as_stored(database: Database) -> None:
    user = a_user(
        credential=b"\x00sealed",
        status="FORCE_CHANGE_PASSWORD",
        enabled=False,
        signed_out_ms=7,
        attributes={**VERIFIED, "name": "Ünï 😀", "nickname": "\0"},
    )
    document = msgspec.structs.replace(user.document, temporary_password_expires_ms=9)
    user = msgspec.structs.replace(user, document=document)
    assert await insert(database, user) is None
    for key in ("alice", user.id, "a@x.com"):
        assert await find(database, key) == user
    assert await get(database, user.id) == user
    for absent in ("Alice", "b@x.com", "", "alice\0"):
        assert await find(database, absent) is None
    assert await database.read(lambda tx: STORE.find(tx, "eu-west-1_Other1234", "alice")) is None
    await assert_in_step(database, user)


async def test_a_taken_login_leaves_nothing_written(database: Database) -> None:
    owner = a_user(attributes=VERIFIED)
    await insert(database, owner)
    for other, taken in (
        (a_user(number=2), Login("alice", "username")),
        (a_user("bob", number=2, attributes=VERIFIED), Login("a@x.com", "email")),
        (a_user(owner.id, number=2), Login(owner.id, "username")),
        (a_user("a@x.com", number=2), Login("a@x.com", "username")),
    ):
        assert await insert(database, other) == taken
        assert await derived(database, other) == (set(), set())
        assert await get(database, other.id) is None
    assert await find(database, "bob") is None
    await assert_in_step(database, owner)


async def test_a_user_is_brought_over_once(database: Database) -> None:
    user = a_user(attributes=VERIFIED)
    outcomes = await asyncio.gather(
        *(insert(database, user) for _ in range(6)), return_exceptions=True
    )
    assert outcomes.count(None) == 1
    assert sum(isinstance(each, ConcurrentModification) for each in outcomes) == 5
    assert await find(database, "alice") == user
    await assert_in_step(database, user)


async def test_what_a_refused_insert_wrote_before_stands(database: Database) -> None:
    await insert(database, a_user())
    other = a_user(number=2)
    third = a_user("carol", number=3)

    def work(tx: Transaction) -> Login | None:
        STORE.insert(tx, third, logins_of(POOL, third), index_of(third))
        return STORE.insert(tx, other, logins_of(POOL, other), index_of(other))

    assert await database.write(work) == Login("alice", "username")
    assert await find(database, "carol") == third


async def test_of_two_who_want_one_name_one_gets_it(database: Database) -> None:
    for round_number in range(5):
        name = f"name{round_number}"
        wanting = [a_user(name, number=round_number * 20 + n) for n in range(12)]
        outcomes = await asyncio.gather(*(insert(database, user) for user in wanting))
        assert outcomes.count(None) == 1
        winner = wanting[outcomes.index(None)]
        assert await find(database, name) == winner
        for user in wanting:
            expected = {name, user.id} if user is winner else set()
            assert (await derived(database, user))[0] == expected


async def test_of_many_who_verify_one_alias_one_gets_it(database: Database) -> None:
    users = [a_user(f"user{n}", number=n) for n in range(1, 13)]
    for user in users:
        await insert(database, user)
    changes = [with_attributes(user, VERIFIED) for user in users]
    outcomes = await asyncio.gather(*(save(database, user) for user in changes))
    assert outcomes.count(None) == 1
    winner = users[outcomes.index(None)]
    found = await find(database, "a@x.com")
    assert found is not None
    assert (found.id, found.version) == (winner.id, 2)
    for user in users:
        if user is not winner:
            assert await find(database, user.username) == user
            await assert_in_step(database, user)


async def test_names_wanted_crosswise_do_not_deadlock(database_url: str) -> None:
    nodes = [open_database(database_url) for _ in range(2)]
    try:
        wanting = []
        for n in range(20):
            names = ("one", "two") if n % 2 else ("two", "one")
            attributes = {"preferred_username": names[1]}
            wanting.append(a_user(names[0], number=n, attributes=attributes))
        outcomes = await asyncio.gather(
            *(insert(nodes[n % 2], user) for n, user in enumerate(wanting))
        )
        assert outcomes.count(None) == 1
    finally:
        for node in nodes:
            await node.close()


async def test_a_save_moves_logins_and_index_with_the_user(database: Database) -> None:
    user = a_user(attributes={**VERIFIED, "name": "A"})
    await insert(database, user)
    changes: list[dict[str, str]] = [
        {"email": "b@x.com", "email_verified": "true", "given_name": "B"},
        {"email": "b@x.com", "email_verified": "false", "preferred_username": "b@x.com"},
        {"preferred_username": "alice"},
        {},
    ]
    for version, attributes in enumerate(changes, start=1):
        user = with_attributes(user, attributes, version=version, enabled=version % 2 == 0)
        assert await save(database, user) is None
        await assert_in_step(database, user)
        stored = await find(database, "alice")
        assert stored == msgspec.structs.replace(user, version=version + 1)
    assert await find(database, "a@x.com") is None


async def test_a_save_of_a_taken_alias_changes_nothing(database: Database) -> None:
    await insert(database, a_user(attributes=VERIFIED))
    bob = a_user("bob", number=2)
    await insert(database, bob)
    greedy = with_attributes(bob, {**VERIFIED, "preferred_username": "bobby"})
    assert await save(database, greedy) == Login("a@x.com", "email")
    assert await find(database, "bob") == bob
    assert await find(database, "bobby") is None
    await assert_in_step(database, bob)


async def test_of_two_saves_of_one_version_one_counts(database: Database) -> None:
    user = a_user()
    await insert(database, user)
    changes = [with_attributes(user, {"preferred_username": f"p{n}"}) for n in range(8)]
    outcomes = await asyncio.gather(
        *(save(database, change) for change in changes), return_exceptions=True
    )
    assert outcomes.count(None) == 1
    lost = [outcome for outcome in outcomes if outcome is not None]
    assert all(isinstance(outcome, ConcurrentModification) for outcome in lost)
    winner = changes[outcomes.index(None)]
    await assert_in_step(database, winner)
    stored = await find(database, "alice")
    assert stored == msgspec.structs.replace(winner, version=2)


async def test_a_save_of_somebody_gone_is_refused(database: Database) -> None:
    with pytest.raises(ConcurrentModification):
        await save(database, a_user())
    assert await find(database, "alice") is None


async def test_a_save_never_takes_back_a_sign_out(database: Database) -> None:
    user = a_user(signed_out_ms=50)
    await insert(database, user)
    await save(database, msgspec.structs.replace(user, signed_out_ms=10))
    stored = await find(database, "alice")
    assert stored is not None
    assert stored.signed_out_ms == 50


async def test_a_released_login_is_free(database: Database) -> None:
    user = a_user(attributes=VERIFIED)
    await insert(database, user)
    release = [
        await database.write(lambda tx: STORE.release_login(tx, POOL_ID, "a@x.com"))
        for _ in range(2)
    ]
    assert release == [user.id, None]
    assert await insert(database, a_user("bob", number=2, attributes=VERIFIED)) is None


async def test_a_deleted_user_leaves_nothing(database: Database) -> None:
    user, other = a_user(attributes=VERIFIED), a_user("bob", number=2)
    attempts = SqlAttempts()
    for one in (user, other):
        await insert(database, one)

        def rows(tx: Transaction, one: User = one) -> None:
            tx.run(
                "INSERT INTO memberships (pool_id, user_id, group_name, created_ms) "
                "VALUES (?, ?, 'g', 1)",
                (POOL_ID, one.id),
            )
            tx.run(
                "INSERT INTO codes (pool_id, user_id, purpose, digest, attribute, value_key, "
                "client_id, created_ms, expires_ms) VALUES (?, ?, 'p', ?, '', '', '', 1, 2)",
                (POOL_ID, one.id, b"d"),
            )
            tx.run(
                "INSERT INTO auth_events (pool_id, user_id, event_id, created_ms, document) "
                "VALUES (?, ?, 'e', 1, ?)",
                (POOL_ID, one.id, b"{}"),
            )
            subject = f"user:{one.id}"
            attempts.use(tx, POOL_ID, subject, kind="resend", window_ms=9, now_ms=1)
            attempts.fail(tx, POOL_ID, subject, kind="password", now_ms=1, free=5, cap_ms=9)

        await database.write(rows)
    assert await delete(database, user.id) is True
    assert await delete(database, user.id) is False

    def counts(tx: Transaction) -> list[int]:
        tables = ("users", "memberships", "codes", "auth_events", "attempts", "lockouts")
        found = []
        for table in tables:
            row = tx.one(f"SELECT COUNT(*) FROM {table}")  # constants
            found.append(int(row[0]) if row else 0)
        return found

    assert await database.read(counts) == [1] * 6
    assert await derived(database, user) == (set(), set())
    await assert_in_step(database, other)
    assert await insert(database, a_user(number=3, attributes=VERIFIED)) is None


async def test_one_statement_tells_user_and_lock(database: Database) -> None:
    user = a_user(attributes=VERIFIED)
    await insert(database, user)

    async def read(key: str) -> tuple[User, int, int] | None:
        return await database.read(lambda tx: STORE.find_with_lock(tx, POOL_ID, key))

    assert await read("alice") == (user, 0, 0)
    assert await read("nobody") is None
    attempts = SqlAttempts()
    for _ in range(6):
        await database.write(
            lambda tx: attempts.fail(
                tx, POOL_ID, f"user:{user.id}", kind="password", now_ms=5, free=5, cap_ms=900_000
            )
        )
    for key in ("alice", "a@x.com", user.id):
        assert await read(key) == (user, 2005, 6)
    other = await database.read(lambda tx: STORE.find_with_lock(tx, POOL_ID, "alice", "mfa"))
    assert other == (user, 0, 0)


async def test_one_statement_tells_user_and_revocation(database: Database) -> None:
    user = a_user()
    await insert(database, user)
    await database.write(
        lambda tx: tx.run(
            "INSERT INTO revocations (pool_id, origin_jti, expires_ms) VALUES (?, 'gone', 9)",
            (POOL_ID,),
        )
    )

    async def read(user_id: str, origin: str) -> tuple[User, bool] | None:
        return await database.read(lambda tx: STORE.get_for_token(tx, POOL_ID, user_id, origin))

    assert await read(user.id, "here") == (user, False)
    assert await read(user.id, "gone") == (user, True)
    assert await read("nobody", "gone") is None


async def test_groups_come_by_precedence_then_name(database: Database) -> None:
    user = a_user()
    await insert(database, user)
    groups = {"b": 2, "none-b": None, "a": 2, "first": 0, "none-a": None}

    def work(tx: Transaction) -> None:
        for name, precedence in groups.items():
            tx.run(
                "INSERT INTO user_groups (pool_id, group_name, precedence, created_ms, "
                "modified_ms) VALUES (?, ?, ?, 1, 1)",
                (POOL_ID, name, precedence),
            )
            tx.run(
                "INSERT INTO memberships (pool_id, user_id, group_name, created_ms) "
                "VALUES (?, ?, ?, 1)",
                (POOL_ID, user.id, name),
            )

    await database.write(work)
    found = await database.read(lambda tx: STORE.groups_of(tx, POOL_ID, user.id))
    assert [group.group_name for group in found] == ["first", "a", "b", "none-a", "none-b"]
    members = await database.read(lambda tx: STORE.members_of(tx, POOL_ID, "b", after="", limit=5))
    assert members == Page(users=(user,))


def test_an_empty_document_stays_small() -> None:
    assert msgspec.json.encode(UserDocument()) == b"{}"
