"""Every setting of a pool, given and told again: POOL-01 to POOL-05."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from tests.sdk import boto
from tests.sdk.pool_cases import (
    CHANGEABLE,
    DEFAULTS,
    LAMBDA,
    READ_ONLY,
    SCHEMA,
    SMS,
    custom,
)
from tests.sdk.pool_cases_fixed import CASES
from tests.sdk.support import Json, holds, unique


@pytest.fixture(scope="module")
def idp(server_url: str) -> Iterator[Any]:
    """Return a stock client."""
    with boto.client(boto.environment(server_url)) as made:
        yield made


@pytest.fixture(scope="module")
def shared(idp: Any) -> str:
    """Return a pool that every update may turn over."""
    made: str = idp.create_user_pool(PoolName=unique("pool"))["UserPool"]["Id"]
    return made


def expected(given: dict[str, Json], shown: dict[str, Json]) -> dict[str, Json]:
    """Return what a description holds besides what only reading tells."""
    echoed = {name: value for name, value in given.items() if name != "Schema"}
    merged = copy.deepcopy({**DEFAULTS, **echoed, **shown})
    return {name: value for name, value in merged.items() if value is not None}


def described(pool: dict[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in pool.items() if name not in READ_ONLY}


@holds("POOL-01", "POOL-02", "POOL-03", "POOL-09", "POOL-13", "POOL-18")
@pytest.mark.parametrize("case", CASES)
def test_a_pool_is_described_as_it_was_made(idp: Any, case: str) -> None:
    given, shown = CASES[case]
    name = unique("pool")
    made = idp.create_user_pool(PoolName=name, **given)["UserPool"]
    assert described(made) == expected(given, shown)
    assert made["Name"] == name
    assert set(made) - set(described(made)) == READ_ONLY
    told = idp.describe_user_pool(UserPoolId=made["Id"])["UserPool"]
    assert told == made


@holds("POOL-04")
@pytest.mark.parametrize("case", CHANGEABLE)
def test_an_update_replaces_everything(idp: Any, shared: str, case: str) -> None:
    given, shown = CHANGEABLE[case]
    answer = idp.update_user_pool(UserPoolId=shared, **given)
    assert set(answer) == {"ResponseMetadata"}
    pool = idp.describe_user_pool(UserPoolId=shared)["UserPool"]
    assert described(pool) == expected(given, shown)


@holds("POOL-04", "POOL-05")
def test_an_empty_update_resets_all_but_the_lasting(idp: Any) -> None:
    given: dict[str, Json] = {
        "UserPoolTier": "PLUS",
        "AliasAttributes": ["email"],
        "UsernameConfiguration": {"CaseSensitive": False},
        "Schema": [{"Name": "text", "AttributeDataType": "String"}],
    }
    passing: dict[str, Json] = {}
    for case in ("verified addresses", "templates", "devices", "tags", "recovery", "own sender"):
        passing |= CHANGEABLE[case][0]
    passing |= {"DeletionProtection": "ACTIVE", "LambdaConfig": {"PreSignUp": LAMBDA + "x"}}
    passing |= {"MfaConfiguration": "ON", "SmsConfiguration": SMS}
    name = unique("pool")
    made = idp.create_user_pool(PoolName=name, **given, **passing)["UserPool"]
    idp.update_user_pool(UserPoolId=made["Id"])
    told = idp.describe_user_pool(UserPoolId=made["Id"])["UserPool"]
    schema = [*SCHEMA, custom("text", "String")]
    assert described(told) == expected(given, {"SchemaAttributes": schema})
    assert told["Name"] == name
    assert told["CreationDate"] == made["CreationDate"]
    assert told["LastModifiedDate"] > made["LastModifiedDate"]
    idp.update_user_pool(UserPoolId=made["Id"], PoolName="Renamed", UserPoolTier="ESSENTIALS")
    told = idp.describe_user_pool(UserPoolId=made["Id"])["UserPool"]
    assert (told["Name"], told["UserPoolTier"]) == ("Renamed", "ESSENTIALS")


@holds("POOL-02")
def test_the_number_of_users_is_told(idp: Any) -> None:
    pool = idp.create_user_pool(PoolName=unique("pool"))["UserPool"]["Id"]
    for name in ("one", "two"):
        idp.admin_create_user(UserPoolId=pool, Username=name, MessageAction="SUPPRESS")
    told = idp.describe_user_pool(UserPoolId=pool)["UserPool"]
    assert told["EstimatedNumberOfUsers"] == 2
