"""What the store of groups promises, on both databases."""

from typing import Any

import pytest

from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.users.model import Group
from poolkeep.storage.stores.groups import GroupStore

STORE = GroupStore()
POOL = "eu-central-1_aB3dE6gH9"


def a_group(name: str = "staff", *, pool_id: str = POOL, created_ms: int = 1, **more: Any) -> Group:
    """Return a group."""
    return Group(
        pool_id=pool_id, group_name=name, created_ms=created_ms, modified_ms=created_ms, **more
    )


@pytest.mark.parametrize(
    "group",
    [
        a_group(),
        a_group("größe🗝", description="all", role_arn="arn:aws:iam::1:role/r", precedence=0),
        a_group("far", precedence=2**31 - 1),
    ],
)
async def test_a_stored_group_comes_back_whole(database: Database, group: Group) -> None:
    assert await database.write(lambda tx: STORE.insert(tx, group))
    assert await database.read(lambda tx: STORE.get(tx, POOL, group.group_name)) == group


async def test_a_name_is_taken_once_in_a_pool(database: Database) -> None:
    assert await database.write(lambda tx: STORE.insert(tx, a_group()))
    assert not await database.write(lambda tx: STORE.insert(tx, a_group(precedence=1)))
    assert await database.write(lambda tx: STORE.insert(tx, a_group(pool_id="other")))
    assert await database.write(lambda tx: STORE.insert(tx, a_group("Staff")))
    assert await database.read(lambda tx: STORE.count(tx, POOL)) == 2


async def test_an_update_leaves_what_is_not_said(database: Database) -> None:
    await database.write(
        lambda tx: STORE.insert(tx, a_group(description="d", role_arn="r", precedence=4))
    )
    assert await database.write(lambda tx: STORE.update(tx, a_group(created_ms=5)))
    found = await database.read(lambda tx: STORE.get(tx, POOL, "staff"))
    assert found is not None
    assert (found.description, found.role_arn, found.precedence) == ("d", "r", 4)
    assert (found.created_ms, found.modified_ms) == (1, 5)
    await database.write(lambda tx: STORE.update(tx, a_group(precedence=0, description="")))
    found = await database.read(lambda tx: STORE.get(tx, POOL, "staff"))
    assert found is not None
    assert (found.description, found.precedence) == ("", 0)
    assert not await database.write(lambda tx: STORE.update(tx, a_group("absent")))


async def test_pages_go_by_age_then_name(database: Database) -> None:
    groups = [a_group(name, created_ms=at) for name, at in (("b", 2), ("a", 2), ("z", 1), ("c", 3))]

    def fill(tx: Transaction) -> None:
        for group in (*groups, a_group("other", pool_id="other")):
            STORE.insert(tx, group)

    await database.write(fill)
    first = await database.read(lambda tx: STORE.page(tx, POOL, after=(0, ""), limit=3))
    rest = await database.read(lambda tx: STORE.page(tx, POOL, after=(2, "b"), limit=3))
    assert [group.group_name for group in (*first, *rest)] == ["z", "a", "b", "c"]


async def test_membership_is_idempotent_and_needs_a_group(database: Database) -> None:
    def add(tx: Transaction, name: str = "staff") -> bool:
        return STORE.add_member(tx, POOL, "u1", group_name=name, now_ms=1)

    def is_member(tx: Transaction) -> bool:
        return STORE.is_member(tx, POOL, "u1", group_name="staff")

    assert not await database.write(add)
    await database.write(lambda tx: STORE.insert(tx, a_group()))
    assert await database.write(add)
    assert not await database.write(add)
    assert await database.read(is_member)
    assert await database.read(lambda tx: STORE.count_of_user(tx, POOL, "u1")) == 1
    for expected in (True, False):
        removed = await database.write(
            lambda tx: STORE.remove_member(tx, POOL, "u1", group_name="staff")
        )
        assert removed is expected
    assert not await database.read(is_member)


async def test_a_new_group_of_an_old_name_starts_empty(database: Database) -> None:
    def fill(tx: Transaction) -> None:
        STORE.insert(tx, a_group())
        STORE.add_member(tx, POOL, "u1", group_name="staff", now_ms=1)

    await database.write(fill)
    assert await database.write(lambda tx: STORE.delete(tx, POOL, "staff"))
    assert not await database.write(lambda tx: STORE.delete(tx, POOL, "staff"))
    await database.write(lambda tx: STORE.insert(tx, a_group()))
    assert not await database.read(lambda tx: STORE.is_member(tx, POOL, "u1", group_name="staff"))
