"""Pools, clients, groups and tags."""

from tests.matrix.case import NO_POOL, case, has, nothing
from tests.matrix.world import World
from tests.sdk.support import Json, unique

RNF = "ResourceNotFoundException"
IPE = "InvalidParameterException"


def pool_only(world: World) -> dict[str, Json]:
    """Name the shared pool and nothing else."""
    return {"UserPoolId": world.pool}


def no_pool(_: World) -> dict[str, Json]:
    """Name a pool that does not exist."""
    return {"UserPoolId": NO_POOL}


def fresh_pool(world: World) -> dict[str, Json]:
    """Name a pool of the caller's own."""
    return {"UserPoolId": world.a_pool()}


def pool_and_client(world: World) -> dict[str, Json]:
    """Name the shared pool and its client."""
    return {"UserPoolId": world.pool, "ClientId": world.client}


def no_client(world: World) -> dict[str, Json]:
    """Name a client that the shared pool does not have."""
    return {"UserPoolId": world.pool, "ClientId": "nosuchclient0000000000000"}


def a_group(world: World) -> dict[str, Json]:
    """Make a group."""
    name = unique("group")
    world.admin.create_group(UserPoolId=world.pool, GroupName=name)
    return {"UserPoolId": world.pool, "GroupName": name}


def no_group(world: World) -> dict[str, Json]:
    """Name a group that does not exist."""
    return {"UserPoolId": world.pool, "GroupName": "nobody"}


def _secret_client(world: World) -> dict[str, Json]:
    return {
        "UserPoolId": world.pool,
        "ClientId": world.a_client(world.pool, GenerateSecret=True),
    }


def _second_secret(world: World) -> dict[str, Json]:
    named = _secret_client(world)
    added = world.admin.add_user_pool_client_secret(**named)["ClientSecretDescriptor"]
    return {**named, "ClientSecretId": added["ClientSecretId"]}


def _arn(world: World) -> str:
    found: str = world.admin.describe_user_pool(UserPoolId=world.pool)["UserPool"]["Arn"]
    return found


case(
    "AddCustomAttributes",
    lambda w: {
        **fresh_pool(w),
        "CustomAttributes": [{"Name": "shoe", "AttributeDataType": "String"}],
    },
    lambda w: {**pool_only(w), "CustomAttributes": [{"Name": "shoe"}]},
    IPE,
    nothing,
)
case(
    "AddUserPoolClientSecret",
    _secret_client,
    pool_and_client,
    IPE,
    lambda answer: "ClientSecretValue" in answer["ClientSecretDescriptor"],
)
case("CreateGroup", lambda w: {**pool_only(w), "GroupName": unique("group")}, a_group,
     "GroupExistsException", has("Group"))  # fmt: skip
case(
    "CreateUserPool",
    lambda _: {"PoolName": unique("pool")},
    lambda _: {"PoolName": "both", "AliasAttributes": ["email"], "UsernameAttributes": ["email"]},
    IPE,
    lambda answer: answer["UserPool"]["Id"].startswith("us-east-1_"),
)
case(
    "CreateUserPoolClient",
    lambda w: {**pool_only(w), "ClientName": "made"},
    lambda w: {**pool_only(w), "ClientName": "bad", "AccessTokenValidity": 1, "TokenValidityUnits":
               {"AccessToken": "seconds"}},
    IPE,
    lambda answer: len(answer["UserPoolClient"]["ClientId"]) == 26,
)  # fmt: skip
case("DeleteGroup", a_group, no_group, RNF, nothing)
case("DeleteUserPool", fresh_pool, no_pool, RNF, nothing)
case(
    "DeleteUserPoolClient",
    lambda w: {"UserPoolId": w.pool, "ClientId": w.a_client(w.pool)},
    no_client,
    RNF,
    nothing,
)
case(
    "DeleteUserPoolClientSecret",
    _second_secret,
    lambda w: {**_secret_client(w), "ClientSecretId": "nobody--1"},
    RNF,
    nothing,
)
case("DescribeUserPool", pool_only, no_pool, RNF,
     lambda answer: answer["UserPool"]["UserPoolTier"] == "PLUS")  # fmt: skip
case("DescribeUserPoolClient", pool_and_client, no_client, RNF, has("UserPoolClient"))
case("GetGroup", a_group, no_group, RNF, has("Group"))
case("GetUserPoolMfaConfig", pool_only, no_pool, RNF,
     lambda answer: answer["MfaConfiguration"] == "OPTIONAL")  # fmt: skip
case("ListGroups", pool_only, no_pool, RNF, has("Groups"))
case("ListTagsForResource", lambda w: {"ResourceArn": _arn(w)},
     lambda w: {"ResourceArn": _arn(w).replace(w.pool, NO_POOL)}, RNF, has("Tags"))  # fmt: skip
case("ListUserPoolClientSecrets", _secret_client, no_client, RNF,
     lambda answer: len(answer["ClientSecrets"]) == 1)  # fmt: skip
case("ListUserPoolClients", pool_only, no_pool, RNF, has("UserPoolClients"))
case("ListUserPools", lambda _: {"MaxResults": 5}, lambda _: {"MaxResults": 61}, IPE,
     has("UserPools"))  # fmt: skip
case(
    "SetUserPoolMfaConfig",
    lambda w: {**fresh_pool(w), "MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration":
               {"Enabled": True}},
    lambda w: {**fresh_pool(w), "MfaConfiguration": "ON"},
    IPE,
    lambda answer: answer["MfaConfiguration"] == "ON",
)  # fmt: skip
case("TagResource", lambda w: {"ResourceArn": _arn(w), "Tags": {"team": "one"}},
     lambda _: {"ResourceArn": "arn:aws:cognito-idp:us-east-1:nobody:userpool/x",
                "Tags": {"team": "one"}}, IPE, nothing)  # fmt: skip
case("UntagResource", lambda w: {"ResourceArn": _arn(w), "TagKeys": ["team"]},
     lambda w: {"ResourceArn": _arn(w).replace(w.pool, NO_POOL), "TagKeys": ["team"]}, RNF,
     nothing)  # fmt: skip
case("UpdateGroup", lambda w: {**a_group(w), "Precedence": 3}, no_group, RNF,
     lambda answer: answer["Group"]["Precedence"] == 3)  # fmt: skip
case(
    "UpdateUserPool",
    fresh_pool,
    lambda w: {**fresh_pool(w), "AutoVerifiedAttributes": ["phone_number"]},
    IPE,
    nothing,
)
case("UpdateUserPoolClient", lambda w: {"UserPoolId": w.pool, "ClientId": w.a_client(w.pool),
                                        "ClientName": "renamed"}, no_client, RNF,
     lambda answer: answer["UserPoolClient"]["ClientName"] == "renamed")  # fmt: skip


# -- sessions

case("GetUserPoolSessionConfiguration", pool_only, no_pool, RNF,
     lambda answer: answer["UserSessionTracking"] == "ENABLED")  # fmt: skip
case(
    "SetUserPoolSessionConfiguration",
    lambda w: {**fresh_pool(w), "UserSessionTracking": "ENABLED", "TokenSession":
               {"MaxPerUser": 3}},
    lambda w: {**fresh_pool(w), "UserSessionTracking": "ENABLED", "TokenSession":
               {"MaxPerUser": 101}},
    IPE,
    lambda answer: answer["TokenSession"]["MaxPerUser"] == 3,
)  # fmt: skip
case("GetUserPoolClientSessionConfiguration", pool_and_client, no_client, RNF,
     lambda answer: answer["SSOSession"]["MaxValidityMinutes"] == 60)  # fmt: skip


def _untracked(world: World) -> dict[str, Json]:
    pool = world.a_pool()
    return {"UserPoolId": pool, "ClientId": world.a_client(pool)}


case(
    "SetUserPoolClientSessionConfiguration",
    lambda w: {"UserPoolId": w.pool, "ClientId": w.a_client(w.pool), "SSOSession":
               {"MaxValidityMinutes": 5}},
    lambda w: {**_untracked(w), "SSOSession": {"MaxValidityMinutes": 5}},
    "OperationNotEnabledException",
    lambda answer: answer["SSOSession"]["MaxValidityMinutes"] == 5,
)  # fmt: skip

# -- limits and replicas

_LIMIT = {"LimitClass": "API_CATEGORY", "Attributes": {"Category": "UserRead"}}
_NO_LIMIT = {"LimitClass": "API_CATEGORY", "Attributes": {"Category": "Nothing"}}
_FIXED = {"LimitClass": "API_CATEGORY", "Attributes": {"Category": "UserList"}}
case("GetProvisionedLimit", lambda _: {"LimitDefinition": _LIMIT},
     lambda _: {"LimitDefinition": _NO_LIMIT}, RNF,
     lambda answer: answer["Limit"]["FreeLimitValue"] == 120)  # fmt: skip
case("UpdateProvisionedLimit",
     lambda _: {"LimitDefinition": _LIMIT, "RequestedLimitValue": 300},
     lambda _: {"LimitDefinition": _FIXED, "RequestedLimitValue": 300}, IPE,
     lambda answer: answer["Limit"]["ProvisionedLimitValue"] == 300)  # fmt: skip

OTHER_REGION = "eu-west-1"
KMS_KEY = "arn:aws:kms:us-east-1:123456789012:key/mrk-0123456789abcdef"


def _replicable(world: World) -> str:
    return world.a_pool(
        KeyConfiguration={
            "KeyType": "CUSTOMER_MANAGED_KEY",
            "KmsKeyArn": KMS_KEY,
        }
    )


def _replica(world: World) -> dict[str, Json]:
    pool = _replicable(world)
    named = {"UserPoolId": pool, "RegionName": OTHER_REGION}
    world.admin.create_user_pool_replica(**named)
    world.wait_for(
        lambda: world.admin.list_user_pool_replicas(UserPoolId=pool)["UserPoolReplicas"],
        lambda listed: any(
            each["RegionName"] == OTHER_REGION and each["Status"] == "INACTIVE" for each in listed
        ),
    )
    return named


case("CreateUserPoolReplica",
     lambda w: {"UserPoolId": _replicable(w), "RegionName": OTHER_REGION},
     lambda w: {"UserPoolId": _replicable(w), "RegionName": "us-east-1"}, IPE,
     has("UserPoolReplica"))  # fmt: skip
case("ListUserPoolReplicas", lambda w: {"UserPoolId": _replica(w)["UserPoolId"]}, no_pool, RNF,
     has("UserPoolReplicas"))  # fmt: skip
case("UpdateUserPoolReplica", lambda w: {**_replica(w), "Status": "ACTIVE"},
     lambda w: {**_replica(w), "RegionName": "us-east-1", "Status": "INACTIVE"}, IPE,
     has("UserPoolReplica"))  # fmt: skip
case("DeleteUserPoolReplica", _replica,
     lambda w: {**pool_only(w), "RegionName": OTHER_REGION}, RNF,
     has("UserPoolReplica"))  # fmt: skip
