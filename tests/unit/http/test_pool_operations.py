"""Operations of pools, clients, groups and tags from body to body, as a client sees them."""

from typing import Any

import msgspec
import pytest

from poolkeep.base.refusal import Refusal
from poolkeep.http.aws import registry
from poolkeep.http.aws.registry import Call
from poolkeep.storage.database import open_database
from poolkeep.wire import codec
from poolkeep.wire.service import load
from tests.unit.core.pools.region import ACCOUNT, Region

OPERATIONS = load("cognito-idp").operations
Json = dict[str, Any]


async def send(region: Region, name: str, **members: Any) -> Json:
    """Run one operation; a refusal must be one that its model declares."""
    operation = OPERATIONS[name]
    handler = registry.handler("cognito-idp", name)
    assert handler is not None
    call = Call(
        region=region,
        account=ACCOUNT,
        principal="root",
        now_ms=region.clock.now_ms(),
        source_ip="127.0.0.1",
        user_agent="",
        request_id="r-1",
    )
    request = codec.decode(operation, msgspec.json.encode(members))
    try:
        response = await handler(call, request)
    except Refusal as refusal:
        if refusal.code not in operation.errors:
            pytest.fail(f"{name} does not declare {refusal.code}")
        raise
    if operation.output is None:
        assert response is None
        return {}
    assert isinstance(response, operation.output)
    answer: Json = msgspec.json.decode(msgspec.json.encode(response))
    return answer


async def test_the_life_of_a_pool(sqlite_url: str) -> None:
    database = open_database(sqlite_url)
    region = Region(database)
    pool = (await send(region, "CreateUserPool", PoolName="p"))["UserPool"]
    of_pool = {"UserPoolId": pool["Id"]}
    assert (await send(region, "DescribeUserPool", **of_pool))["UserPool"] == pool
    listed = await send(region, "ListUserPools", MaxResults=60)
    shown = {name: pool[name] for name in ("Id", "Name", "CreationDate", "LastModifiedDate")}
    assert listed == {"UserPools": [{**shown, "LambdaConfig": {}}]}
    assert await send(region, "UpdateUserPool", **of_pool, PoolName="q") == {}
    attribute = {"Name": "x", "AttributeDataType": "String"}
    assert await send(region, "AddCustomAttributes", **of_pool, CustomAttributes=[attribute]) == {}
    totp = {"SoftwareTokenMfaConfiguration": {"Enabled": True}, "MfaConfiguration": "ON"}
    assert await send(region, "SetUserPoolMfaConfig", **of_pool, **totp) == totp
    assert await send(region, "GetUserPoolMfaConfig", **of_pool) == totp
    header = await send(region, "GetCSVHeader", **of_pool)
    assert header["UserPoolId"] == pool["Id"]
    assert "custom:x" in header["CSVHeader"]
    arn = {"ResourceArn": pool["Arn"]}
    assert await send(region, "TagResource", **arn, Tags={"a": "b", "c": "d"}) == {}
    assert await send(region, "UntagResource", **arn, TagKeys=["a"]) == {}
    assert await send(region, "ListTagsForResource", **arn) == {"Tags": {"c": "d"}}
    await send(region, "DeleteUserPool", **of_pool)
    with pytest.raises(Refusal):
        await send(region, "DescribeUserPool", **of_pool)
    await database.close()


async def test_the_life_of_a_client(sqlite_url: str) -> None:
    database = open_database(sqlite_url)
    region = Region(database)
    pool = (await send(region, "CreateUserPool", PoolName="p"))["UserPool"]
    made = await send(
        region,
        "CreateUserPoolClient",
        UserPoolId=pool["Id"],
        ClientName="c",
        GenerateSecret=True,
        ExplicitAuthFlows=["ALLOW_CLIENT_TOKEN_AUTH"],
    )
    client = made["UserPoolClient"]
    named = {"UserPoolId": pool["Id"], "ClientId": client["ClientId"]}
    assert await send(region, "DescribeUserPoolClient", **named) == made
    updated = await send(region, "UpdateUserPoolClient", **named)
    assert updated["UserPoolClient"]["ClientSecret"] == client["ClientSecret"]
    assert "ExplicitAuthFlows" not in updated["UserPoolClient"]
    listed = await send(region, "ListUserPoolClients", UserPoolId=pool["Id"])
    assert listed == {"UserPoolClients": [{**named, "ClientName": "c"}]}
    generated = await send(region, "AddUserPoolClientSecret", **named)
    descriptor = generated["ClientSecretDescriptor"]
    assert len(descriptor.pop("ClientSecretValue")) == 51
    secrets = (await send(region, "ListUserPoolClientSecrets", **named))["ClientSecrets"]
    assert secrets[1] == descriptor
    first = {"ClientSecretId": secrets[0]["ClientSecretId"]}
    assert await send(region, "DeleteUserPoolClientSecret", **named, **first) == {}
    own = await send(region, "AddUserPoolClientSecret", **named, ClientSecret="s" * 24)
    assert "ClientSecretValue" not in own["ClientSecretDescriptor"]
    with pytest.raises(Refusal):
        await send(region, "AddUserPoolClientSecret", **named)
    await send(region, "DeleteUserPoolClient", **named)
    with pytest.raises(Refusal):
        await send(region, "DescribeUserPoolClient", **named)
    await database.close()


async def test_the_life_of_a_group(sqlite_url: str) -> None:
    database = open_database(sqlite_url)
    region = Region(database)
    pool = (await send(region, "CreateUserPool", PoolName="p"))["UserPool"]
    group = {"UserPoolId": pool["Id"], "GroupName": "staff"}
    made = await send(region, "CreateGroup", **group, Precedence=0)
    assert made["Group"].items() >= {**group, "Precedence": 0}.items()
    assert await send(region, "GetGroup", **group) == made
    changed = await send(region, "UpdateGroup", **group, Description="d")
    assert changed["Group"].items() >= {**group, "Precedence": 0, "Description": "d"}.items()
    of_pool = {"UserPoolId": pool["Id"]}
    assert await send(region, "ListGroups", **of_pool, Limit=0) == {"Groups": [changed["Group"]]}
    assert await send(region, "ListUsersInGroup", **group) == {"Users": []}
    for name in ("AdminAddUserToGroup", "AdminRemoveUserFromGroup"):
        with pytest.raises(Refusal):
            await send(region, name, **group, Username="nobody")
    with pytest.raises(Refusal):
        await send(region, "AdminListGroupsForUser", **of_pool, Username="nobody")
    await send(region, "DeleteGroup", **group)
    with pytest.raises(Refusal):
        await send(region, "GetGroup", **group)
    await database.close()
