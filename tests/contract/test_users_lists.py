"""How the store of users lists and filters, on SQLite and on PostgreSQL."""

from collections.abc import Callable, Sequence

import pytest

from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.users.model import User
from poolkeep.core.users.names import INDEX_KEY_CHARACTERS, Login, index_of, logins_of
from poolkeep.core.users.ports import Page
from poolkeep.storage.stores.users import LAST_TEXT, SqlUsers, text_after
from tests.unit.core.users.people import ALIASES, POOL_ID, a_pool, a_user

STORE = SqlUsers()
POOL = a_pool(**ALIASES)
VERIFIED = {"email": "a@x.com", "email_verified": "true"}


async def insert(database: Database, user: User) -> Login | None:
    return await database.write(
        lambda tx: STORE.insert(tx, user, logins_of(POOL, user), index_of(user))
    )


async def delete(database: Database, user_id: str) -> bool:
    return await database.write(lambda tx: STORE.delete(tx, POOL_ID, user_id))


async def page_by_age(database: Database, after: tuple[int, str] | None) -> Page:
    return await database.read(lambda tx: STORE.by_age(tx, POOL_ID, after=after, limit=3))


async def test_pages_by_age_neither_repeat_nor_miss(database: Database) -> None:
    users = [a_user(f"user{n}", number=n, created_ms=n // 3) for n in range(1, 11)]
    for user in reversed(users):
        await insert(database, user)
    seen: list[User] = []
    after: tuple[int, str] | None = None
    while True:
        page = await page_by_age(database, after)
        seen += page.users
        if page.next is None:
            break
        await delete(database, seen[-1].id)
        after = page.next
    assert seen == users


async def names(
    database: Database, attribute: str, value: str, *, prefix: bool, limit: int = 60
) -> list[str]:
    """Return the usernames of every page of a filter."""

    def page_after(after: tuple[str, str] | None) -> Callable[[Transaction], Page]:
        return lambda tx: STORE.by_value(
            tx, POOL_ID, attribute=attribute, value=value, prefix=prefix, after=after, limit=limit
        )

    found: list[str] = []
    after: tuple[str, str] | None = None
    while True:
        page = await database.read(page_after(after))
        found += [user.username for user in page.users]
        if page.next is None:
            return found
        after = page.next


async def crowd(database: Database, people: Sequence[tuple[str, dict[str, str]]]) -> None:
    for number, (name, attributes) in enumerate(people, start=1):
        await insert(database, a_user(name, number=number, attributes=attributes))


@pytest.mark.parametrize("limit", [1, 2, 60])
async def test_filters_find_by_value_and_prefix(database: Database, limit: int) -> None:
    people: list[tuple[str, dict[str, str]]] = [
        ("ann", {"name": "Ann"}),
        ("Ann", {"name": "ANN LEE"}),
        ("bob", {"name": "ann"}),
        ("cy", {"name": "Änn"}),
        ("dee", {"name": "a%"}),
        ("eve", {}),
        ("fay", {"name": "\U0010ffff"}),
        ("gil", {"name": "ann\ud7ff"}),
    ]
    await crowd(database, people)

    async def found(attribute: str, value: str, *, prefix: bool = False) -> list[str]:
        return await names(database, attribute, value, prefix=prefix, limit=limit)

    assert await found("name", "ann") == ["ann", "bob"]
    assert await found("name", "ann", prefix=True) == ["ann", "bob", "Ann", "gil"]
    assert await found("name", "ann\ud7ff", prefix=True) == ["gil"]
    assert await found("name", "a%", prefix=True) == ["dee"]
    assert await found("name", "\U0010ffff", prefix=True) == ["fay"]
    assert await found("name", "", prefix=True) == [
        "dee", "ann", "bob", "Ann", "gil", "cy", "fay",
    ]  # fmt: skip
    assert await found("username", "Ann") == ["Ann"]
    assert await found("username", "a", prefix=True) == ["ann"]
    assert await found("status", "Enabled") == [name for name, _ in people]
    assert await found("status", "Disabled") == []
    assert await found("cognito:user_status", "confirmed") == [name for name, _ in people]
    assert await found("name", "ann\0") == []
    sub = a_user(number=3).id
    assert await found("sub", sub) == ["bob"]
    assert await found("sub", sub, prefix=True) == ["bob"]
    assert await found("sub", sub[:-1], prefix=True) == [name for name, _ in people]
    assert await found("sub", "", prefix=True) == [name for name, _ in people]
    assert await found("sub", "f", prefix=True) == []


async def test_a_value_beyond_the_key_is_compared_whole(database: Database) -> None:
    start = "x" * INDEX_KEY_CHARACTERS
    await crowd(database, [("a", {"name": start + "a"}), ("b", {"name": start + "b"})])
    assert await names(database, "name", start, prefix=True) == ["a", "b"]
    assert await names(database, "name", start + "b", prefix=True) == ["b"]
    assert await names(database, "name", start + "b", prefix=False) == ["b"]
    assert await names(database, "name", start + "b", prefix=True, limit=1) == ["b"]


def test_the_text_after_a_prefix_is_the_least_one() -> None:
    for prefix in ("a", "a\U0010ffff", "\ud7ff", "é", "a\0"):
        after = text_after(prefix)
        assert prefix + "\U0010ffff" * 3 < after
        after.encode()
    assert text_after("\U0010ffff") == text_after("") == LAST_TEXT
    assert text_after("a\U0010ffff") == "b"
