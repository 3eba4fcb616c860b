"""Pools are made, changed, listed, tagged and deleted, each by its own account only."""

import asyncio
from typing import Any

import pytest

from poolkeep.base.refusal import InvalidParameter, LimitExceeded, ResourceNotFound
from poolkeep.base.transaction import Database
from poolkeep.core.pools import service
from poolkeep.core.pools.model import SchemaAttribute, UserPool
from tests.unit.core.pools.region import ALICE, STRANGER, Region


def no_pool(pool: UserPool) -> str:
    return f"User pool {pool.id} does not exist."


async def test_every_change_raises_the_epoch_and_is_seen_in_the_book(region: Region) -> None:
    epoch = await region.epoch()
    pool = await region.create_pool()
    assert await region.epoch() == epoch + 1
    await region.book.pool(pool.id)
    await region.update_pool(pool, PoolName="renamed")
    assert await region.epoch() == epoch + 2
    loaded = await region.book.pool(pool.id)
    assert loaded is not None
    assert loaded.pool.settings.name == "renamed"


async def test_every_change_leaves_an_audit_entry(region: Region) -> None:
    pool = await region.create_pool()
    await region.update_pool(pool)
    await region.pools.tag(ALICE, pool.arn, {"a": "b"})
    await region.pools.delete(ALICE, pool.id)
    entries = await region.database.read(
        lambda tx: region.audit_rows.newest(tx, ALICE.account, limit=9)
    )
    assert {entry.operation for entry in entries} == {
        "CreateUserPool", "UpdateUserPool", "TagResource", "DeleteUserPool",
    }  # fmt: skip
    assert {entry.resource for entry in entries} == {pool.arn}


async def test_another_account_finds_no_pool(region: Region) -> None:
    pool = await region.create_pool()
    pools, groups, clients = region.pools, region.groups, region.clients
    for call in (
        pools.describe(STRANGER, pool.id),
        pools.update(STRANGER, pool.id, pool.settings),
        pools.delete(STRANGER, pool.id),
        pools.mfa(STRANGER, pool.id),
        pools.add_custom_attributes(STRANGER, pool.id, []),
        pools.tags(STRANGER, pool.arn),
        pools.tag(STRANGER, pool.arn, {}),
        pools.untag(STRANGER, pool.arn, []),
        clients.list(STRANGER, pool.id, limit=1, next_token=None),
        groups.list(STRANGER, pool.id, limit=1, next_token=None),
    ):
        with pytest.raises(ResourceNotFound) as refused:
            await call
        assert refused.value.text == no_pool(pool)
    assert not (await pools.list(STRANGER, limit=60, next_token=None)).pools


async def test_a_deleted_pool_is_gone_with_its_clients_and_keys(region: Region) -> None:
    pool = await region.create_pool()
    client = await region.create_client(pool)
    await region.pools.delete(ALICE, pool.id)
    for call in (
        region.pools.describe(ALICE, pool.id),
        region.pools.delete(ALICE, pool.id),
        region.clients.describe(ALICE, pool.id, client.id),
    ):
        with pytest.raises(ResourceNotFound) as refused:
            await call
        assert refused.value.text == no_pool(pool)
    assert await region.book.client(client.id) is None
    assert await region.pools.purge()


async def test_a_protected_pool_stays(region: Region) -> None:
    pool = await region.create_pool(DeletionProtection="ACTIVE")
    with pytest.raises(InvalidParameter) as refused:
        await region.pools.delete(ALICE, pool.id)
    assert refused.value.text == (
        "The user pool cannot be deleted because deletion protection is activated. "
        "Deletion protection must be inactivated first."
    )
    await region.update_pool(pool)
    await region.pools.delete(ALICE, pool.id)


async def test_pages_show_every_pool_once_oldest_first(region: Region) -> None:
    made = []
    for _ in range(5):
        made.append((await region.create_pool()).id)
        region.clock.advance(ms=1)
    seen: list[str] = []
    token: str | None = None
    for _ in range(3):
        page = await region.pools.list(ALICE, limit=2, next_token=token)
        seen += [pool.id for pool in page.pools]
        token = page.next_token
    assert seen == made
    assert token is None


async def test_a_page_that_is_just_full_is_the_last(region: Region) -> None:
    await region.create_pool()
    assert (await region.pools.list(ALICE, limit=1, next_token=None)).next_token is None


async def test_a_page_token_of_another_list_is_refused(region: Region) -> None:
    for _ in range(2):
        await region.create_pool()
    token = (await region.pools.list(ALICE, limit=1, next_token=None)).next_token
    for call in (
        region.pools.list(STRANGER, limit=1, next_token=token),
        region.pools.list(ALICE, limit=1, next_token="x"),
    ):
        with pytest.raises(InvalidParameter) as refused:
            await call
        assert refused.value.text == "Invalid pagination token given."


async def test_an_account_has_a_bounded_number_of_pools(
    region: Region, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "POOLS_PER_ACCOUNT", 1)
    await region.create_pool()
    with pytest.raises(LimitExceeded):
        await region.create_pool()
    await region.create_pool(STRANGER)


async def test_custom_attributes_are_added_at_once_and_once(region: Region) -> None:
    pool = await region.create_pool()
    added = [SchemaAttribute(name="x", attribute_data_type="String")]
    await region.pools.add_custom_attributes(ALICE, pool.id, added)
    loaded = await region.book.pool(pool.id)
    assert loaded is not None
    assert "custom:x" in loaded.schema
    with pytest.raises(InvalidParameter) as refused:
        await region.pools.add_custom_attributes(ALICE, pool.id, added)
    assert refused.value.text == "custom:x: Existing attribute already has name custom:x."


async def test_a_pool_has_at_most_fifty_custom_attributes(region: Region) -> None:
    def some(first: int, count: int) -> list[SchemaAttribute]:
        return [
            SchemaAttribute(name=f"x{number}", attribute_data_type="Number")
            for number in range(first, first + count)
        ]

    pool = await region.create_pool()
    await region.pools.add_custom_attributes(ALICE, pool.id, some(0, 25))
    await region.pools.add_custom_attributes(ALICE, pool.id, some(25, 25))
    with pytest.raises(InvalidParameter):
        await region.pools.add_custom_attributes(ALICE, pool.id, some(50, 1))


async def test_no_change_made_at_the_same_time_is_lost(database: Database) -> None:
    region = Region(database)
    pool = await region.create_pool()
    await asyncio.gather(
        *(region.pools.tag(ALICE, pool.arn, {str(number): ""}) for number in range(20)),
        *(
            region.pools.add_custom_attributes(
                ALICE,
                pool.id,
                [SchemaAttribute(name=f"x{number}", attribute_data_type="String")],
            )
            for number in range(20)
        ),
    )
    shown = await region.describe_pool(pool)
    assert len(shown["UserPoolTags"]) == 20
    assert len(shown["SchemaAttributes"]) == 40


async def test_tags_are_merged_and_removed(region: Region) -> None:
    pool = await region.create_pool(UserPoolTags={"a": "1", "b": "2"})
    await region.pools.tag(ALICE, pool.arn, {"b": "3", "c": "4"})
    assert await region.pools.tags(ALICE, pool.arn) == {"a": "1", "b": "3", "c": "4"}
    await region.pools.untag(ALICE, pool.arn, ["a", "absent"])
    assert await region.pools.tags(ALICE, pool.arn) == {"b": "3", "c": "4"}


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:cognito-idp:eu-central-1:123456789012:userpool/",
        "arn:aws:cognito-identity:eu-central-1:123456789012:identitypool/x",
        "arn:aws:s3:::bucket",
        "userpool/x",
        "",
    ],
)
async def test_tags_of_something_else_are_refused(region: Region, arn: str) -> None:
    with pytest.raises(InvalidParameter):
        await region.pools.tags(ALICE, arn)


async def test_an_arn_of_another_region_names_no_pool(region: Region) -> None:
    pool = await region.create_pool()
    with pytest.raises(ResourceNotFound):
        await region.pools.tags(ALICE, pool.arn.replace("eu-central-1:", "us-east-1:"))


async def test_the_storage_of_passwords_follows_the_tag_while_it_is_said(region: Region) -> None:
    key = "poolkeep:password-storage"

    async def storage(pool: UserPool) -> Any:
        return (await region.pools.describe(ALICE, pool.id)).pool.password_storage

    plain = await region.create_pool()
    assert await storage(plain) == "srp-verifier"
    pool = await region.create_pool(UserPoolTags={key: "argon2id"})
    assert await storage(pool) == "argon2id"
    await region.pools.untag(ALICE, pool.arn, [key])
    await region.update_pool(pool)
    assert await storage(pool) == "argon2id"
    await region.pools.tag(ALICE, pool.arn, {key: "srp-verifier"})
    await region.pools.tag(ALICE, pool.arn, {"other": ""})
    assert await storage(pool) == "srp-verifier"
    with pytest.raises(InvalidParameter):
        await region.pools.tag(ALICE, pool.arn, {key: "plain"})


async def test_the_header_of_an_import_file_follows_the_schema(region: Region) -> None:
    pool = await region.create_pool(Schema=[{"Name": "x", "AttributeDataType": "String"}])
    header = await region.pools.csv_header(ALICE, pool.id)
    assert header[0] == "name"
    assert header[-4:] == ("updated_at", "custom:x", "cognito:mfa_enabled", "cognito:username")
    assert len(header) == 22


async def test_users_are_counted(region: Region, monkeypatch: pytest.MonkeyPatch) -> None:
    pool = await region.create_pool()
    add = (
        "INSERT INTO users (pool_id, user_id, username, status, enabled, created_ms, modified_ms,"
        " version, signed_out_ms, document) VALUES (?, ?, 'u', 'CONFIRMED', 1, 0, 0, 1, 0, ?)"
    )

    def users(first: int, count: int) -> list[tuple[str, str, bytes]]:
        return [(pool.id, str(number), b"{}") for number in range(first, first + count)]

    await region.database.write(lambda tx: tx.many(add, users(0, 3)))
    assert (await region.pools.describe(ALICE, pool.id)).users == 3
    monkeypatch.setattr(service, "COUNTED_EXACTLY", 5)
    await region.database.write(lambda tx: tx.many(add, users(3, 4)))
    assert (await region.pools.describe(ALICE, pool.id)).users == 7
    await region.database.write(lambda tx: tx.many(add, users(7, 1)))
    assert (await region.pools.describe(ALICE, pool.id)).users == 7
    region.clock.advance(ms=service.COUNT_KEPT_MS)
    assert (await region.pools.describe(ALICE, pool.id)).users == 8
