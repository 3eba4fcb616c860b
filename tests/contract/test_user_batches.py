"""What the store promises of users who come by the hundred, on SQLite and on PostgreSQL."""

import asyncio
from typing import Any

import pytest

from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.imports.model import Candidate
from poolkeep.core.users.model import User
from poolkeep.core.users.names import Login, index_of, logins_of
from poolkeep.storage.stores.many_rows import ROWS
from poolkeep.storage.stores.user_batches import SqlUserBatches
from poolkeep.storage.stores.users import SqlUsers
from tests.unit.core.users.people import ALIASES, POOL_ID, a_pool, a_user

USERS = SqlUsers()
POOL = a_pool(**ALIASES)
DUMPS = (
    "SELECT * FROM users ORDER BY pool_id, user_id",
    "SELECT pool_id, login_key, user_id, kind FROM logins ORDER BY pool_id, login_key",
    "SELECT pool_id, attribute, value_key, user_id FROM user_index ORDER BY 1, 2, 3, 4",
)


def candidate(number: int, username: str = "", **attributes: str) -> Candidate:
    user = a_user(username or f"user{number}", number=number, attributes=attributes)
    return Candidate(number, user, logins_of(POOL, user), index_of(user))


async def insert(database: Database, *candidates: Candidate) -> list[Login | None]:
    store = SqlUserBatches(database.kind)
    return await database.write(lambda tx: store.insert(tx, POOL_ID, candidates))


def insert_one(tx: Transaction, user: User) -> Login | None:
    return USERS.insert(tx, user, logins_of(POOL, user), index_of(user))


async def dump(database: Database) -> list[list[tuple[Any, ...]]]:
    return await database.read(lambda tx: [tx.all(sql) for sql in DUMPS])


@pytest.mark.parametrize("count", [0, 1, 2, ROWS - 1, ROWS, ROWS + 1, 2 * ROWS + 7])
async def test_a_batch_leaves_what_single_inserts_leave(database: Database, count: int) -> None:
    people = [
        candidate(number, email=f"u{number}@x.com", email_verified="true", name="Ada")
        for number in range(count)
    ]
    assert await insert(database, *people) == [None] * count
    found = await dump(database)

    def again(tx: Transaction) -> None:
        for table in ("users", "logins", "user_index"):
            tx.run(f"DELETE FROM {table}")
        for person in people:
            assert insert_one(tx, person.user) is None

    await database.write(again)
    assert await dump(database) == found


async def test_a_taken_name_costs_nobody_else_the_place(database: Database) -> None:
    await database.write(lambda tx: insert_one(tx, a_user("taken", number=1)))
    verified = {"email": "a@x.com", "email_verified": "true"}
    taken = await insert(
        database,
        candidate(2, "TAKEN"),
        candidate(3, "taken"),
        candidate(4, "first", **verified),
        candidate(5, "second", **verified),
        candidate(6, "first"),
        candidate(7, "third"),
    )
    kinds = [login and login.kind for login in taken]
    assert kinds == [None, "username", None, "email", "username", None]
    names = await database.read(lambda tx: tx.all("SELECT username FROM users ORDER BY username"))
    assert [name for (name,) in names] == ["TAKEN", "first", "taken", "third"]
    logins = await database.read(lambda tx: tx.all("SELECT user_id FROM logins"))
    users = await database.read(lambda tx: tx.all("SELECT user_id FROM users"))
    assert {row[0] for row in logins} == {row[0] for row in users}


async def test_the_same_batch_again_changes_nothing(database: Database) -> None:
    people = [candidate(number) for number in range(10)]
    await insert(database, *people)
    before = await dump(database)
    again = [candidate(number + 100, f"user{number}") for number in range(10)]
    taken = await insert(database, *again)
    assert [login and login.kind for login in taken] == ["username"] * 10
    assert await dump(database) == before


async def test_a_name_that_somebody_takes_meanwhile_is_theirs(database: Database) -> None:
    """Sign-ups and batches race for the same names; nobody fails, and every name has one owner."""
    names = [f"name{number}" for number in range(60)]

    async def sign_up(number: int, name: str) -> Login | None:
        user = a_user(name, number=1000 + number)
        return await database.write(lambda tx: insert_one(tx, user))

    batches = [
        insert(database, *[candidate(start + place, name) for place, name in enumerate(names)])
        for start in (2000, 3000)
    ]
    singles = [sign_up(number, name) for number, name in enumerate(names)]
    by_batch, by_one = await asyncio.gather(asyncio.gather(*batches), asyncio.gather(*singles))
    rows = await database.read(lambda tx: tx.all("SELECT username, user_id FROM users"))
    assert sorted(name for name, _ in rows) == sorted(names)
    owners = await database.read(
        lambda tx: tx.all("SELECT login_key, user_id FROM logins WHERE kind = 'username'")
    )
    assert sorted(owners) == sorted(rows)
    wins = [*by_one, *(login for outcome in by_batch for login in outcome)]
    assert sum(login is None for login in wins) == len(names)
    indexed = await database.read(lambda tx: tx.all("SELECT DISTINCT user_id FROM user_index"))
    assert {row[0] for row in indexed} == {row[1] for row in rows}


async def test_a_credential_is_replaced_only_where_it_still_stands(database: Database) -> None:
    user = a_user("ada", credential=b"old")
    await database.write(lambda tx: insert_one(tx, user))

    async def replace(old: bytes, new: bytes) -> bool:
        return await database.write(
            lambda tx: USERS.replace_credential(tx, POOL_ID, user.id, old=old, new=new)
        )

    assert not await replace(b"other", b"new")
    assert await replace(b"old", b"new")
    assert not await replace(b"old", b"newer")
    found = await database.read(lambda tx: USERS.get(tx, POOL_ID, user.id))
    assert found is not None
    assert (found.credential, found.version, found.modified_ms) == (
        b"new",
        user.version,
        user.modified_ms,
    )
