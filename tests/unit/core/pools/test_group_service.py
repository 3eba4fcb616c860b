"""Groups and who is in them."""

import pytest
import pytest_asyncio

from poolkeep.base.refusal import (
    GroupExists,
    InvalidParameter,
    LimitExceeded,
    ResourceNotFound,
    UserNotFound,
)
from poolkeep.core.pools.model import UserPool
from poolkeep.core.users import groups
from poolkeep.core.users.groups import GroupSettings
from poolkeep.core.users.model import User, UserDocument
from poolkeep.core.users.names import index_of, logins_of
from tests.unit.core.pools.region import ALICE, Region


@pytest_asyncio.fixture
async def pool(region: Region) -> UserPool:
    return await region.create_pool()


async def add_user(region: Region, pool: UserPool, name: str) -> User:
    loaded = await region.book.pool(pool.id)
    assert loaded is not None
    user = User(
        pool_id=pool.id,
        id=f"sub-{name}",
        username=name,
        status="CONFIRMED",
        enabled=True,
        created_ms=1,
        modified_ms=1,
        version=1,
        signed_out_ms=0,
        document=UserDocument(),
    )
    logins, index = logins_of(loaded, user), index_of(user)
    await region.database.write(lambda tx: region.users.insert(tx, user, logins, index))
    return user


async def create(region: Region, pool: UserPool, name: str, precedence: int | None = None) -> None:
    settings = GroupSettings(group_name=name, precedence=precedence)
    await region.groups.create(ALICE, pool.id, settings)


async def test_a_group_shows_what_it_was_given(region: Region, pool: UserPool) -> None:
    settings = GroupSettings(group_name="staff", description="d", role_arn="r", precedence=0)
    made = await region.groups.create(ALICE, pool.id, settings)
    assert (made.description, made.role_arn, made.precedence) == ("d", "r", 0)
    assert await region.groups.get(ALICE, pool.id, "staff") == made


async def test_a_taken_name_is_refused(region: Region, pool: UserPool) -> None:
    await create(region, pool, "staff")
    with pytest.raises(GroupExists) as refused:
        await create(region, pool, "staff")
    assert refused.value.text == "A group with the name already exists."


async def test_an_update_leaves_what_is_not_said(region: Region, pool: UserPool) -> None:
    settings = GroupSettings(group_name="staff", description="d", precedence=3)
    await region.groups.create(ALICE, pool.id, settings)
    region.clock.advance(s=1)
    changed = await region.groups.update(
        ALICE, pool.id, GroupSettings(group_name="staff", precedence=0)
    )
    assert (changed.description, changed.precedence) == ("d", 0)
    assert changed.modified_ms == changed.created_ms + 1_000


async def test_an_unknown_group_is_not_found(region: Region, pool: UserPool) -> None:
    await add_user(region, pool, "ada")
    for call in (
        region.groups.get(ALICE, pool.id, "none"),
        region.groups.update(ALICE, pool.id, GroupSettings(group_name="none")),
        region.groups.delete(ALICE, pool.id, "none"),
        region.groups.add_user(ALICE, pool.id, "ada", "none"),
        region.groups.remove_user(ALICE, pool.id, "ada", "none"),
        region.groups.members(ALICE, pool.id, "none", limit=1, next_token=None),
    ):
        with pytest.raises(ResourceNotFound) as refused:
            await call
        assert refused.value.text == "Group not found."


async def test_an_unknown_user_is_not_found(region: Region, pool: UserPool) -> None:
    await create(region, pool, "staff")
    for call in (
        region.groups.add_user(ALICE, pool.id, "none", "staff"),
        region.groups.remove_user(ALICE, pool.id, "none", "staff"),
        region.groups.of_user(ALICE, pool.id, "none", limit=1, next_token=None),
    ):
        with pytest.raises(UserNotFound) as refused:
            await call
        assert refused.value.text == "User does not exist."


async def test_joining_and_leaving_twice_is_fine(region: Region, pool: UserPool) -> None:
    await create(region, pool, "staff")
    ada = await add_user(region, pool, "ada")
    for name in ("ada", ada.id):
        await region.groups.add_user(ALICE, pool.id, name, "staff")
    page = await region.groups.members(ALICE, pool.id, "staff", limit=60, next_token=None)
    assert [user.username for user in page.users] == ["ada"]
    for _ in range(2):
        await region.groups.remove_user(ALICE, pool.id, "ada", "staff")
    page = await region.groups.members(ALICE, pool.id, "staff", limit=60, next_token=None)
    assert page == ((), None)


async def test_a_users_groups_go_by_precedence_then_name_over_pages(
    region: Region, pool: UserPool
) -> None:
    await add_user(region, pool, "ada")
    for name, precedence in (("z", 1), ("none/2", None), ("b", 10), ("a", 10), ("none/1", None)):
        await create(region, pool, name, precedence)
        await region.groups.add_user(ALICE, pool.id, "ada", name)
    seen: list[str] = []
    token: str | None = None
    for _ in range(5):
        page = await region.groups.of_user(ALICE, pool.id, "ada", limit=1, next_token=token)
        seen += [group.group_name for group in page.groups]
        token = page.next_token
    assert seen == ["z", "a", "b", "none/1", "none/2"]
    assert token is None


async def test_pages_of_groups_and_members_show_each_once(region: Region, pool: UserPool) -> None:
    for number in range(3):
        await create(region, pool, f"group {number}")
        region.clock.advance(ms=1)
        await add_user(region, pool, f"user{number}")
        await region.groups.add_user(ALICE, pool.id, f"user{number}", "group 0")
    first = await region.groups.list(ALICE, pool.id, limit=2, next_token=None)
    rest = await region.groups.list(ALICE, pool.id, limit=2, next_token=first.next_token)
    names = [group.group_name for group in (*first.groups, *rest.groups)]
    assert names == ["group 0", "group 1", "group 2"]
    assert rest.next_token is None
    some = await region.groups.members(ALICE, pool.id, "group 0", limit=2, next_token=None)
    more = await region.groups.members(
        ALICE, pool.id, "group 0", limit=2, next_token=some.next_token
    )
    assert [user.username for user in (*some.users, *more.users)] == ["user0", "user1", "user2"]
    assert more.next_token is None
    with pytest.raises(InvalidParameter):
        await region.groups.list(ALICE, pool.id, limit=2, next_token=some.next_token)


async def test_a_group_goes_with_its_memberships(region: Region, pool: UserPool) -> None:
    await create(region, pool, "staff")
    await add_user(region, pool, "ada")
    await region.groups.add_user(ALICE, pool.id, "ada", "staff")
    await region.groups.delete(ALICE, pool.id, "staff")
    await create(region, pool, "staff")
    assert not (await region.groups.of_user(ALICE, pool.id, "ada", limit=9, next_token=None)).groups


async def test_groups_are_bounded(
    region: Region, pool: UserPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(groups, "GROUPS_PER_POOL", 2)
    monkeypatch.setattr(groups, "GROUPS_PER_USER", 1)
    await add_user(region, pool, "ada")
    for name in ("a", "b"):
        await create(region, pool, name)
    with pytest.raises(LimitExceeded):
        await create(region, pool, "c")
    with pytest.raises(GroupExists):
        await create(region, pool, "b")
    await region.groups.add_user(ALICE, pool.id, "ada", "a")
    await region.groups.add_user(ALICE, pool.id, "ada", "a")
    with pytest.raises(InvalidParameter):
        await region.groups.add_user(ALICE, pool.id, "ada", "b")


async def test_a_description_without_a_form_in_the_database_is_refused(
    region: Region, pool: UserPool
) -> None:
    with pytest.raises(InvalidParameter):
        await region.groups.create(
            ALICE, pool.id, GroupSettings(group_name="staff", description="a\0b")
        )
