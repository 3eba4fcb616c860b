"""Every setting of an app client, given and told again: CLIENT-01 to CLIENT-05."""

import copy
from collections.abc import Iterator
from typing import Any, Final

import pytest
from botocore.exceptions import ParamValidationError

from tests.sdk import boto
from tests.sdk.support import Json, holds, unique

READ_ONLY: Final = {"UserPoolId", "ClientName", "ClientId", "CreationDate", "LastModifiedDate"}
DEFAULTS: Final[dict[str, Json]] = {
    "RefreshTokenValidity": 30,
    "TokenValidityUnits": {},
    "AllowedOAuthFlowsUserPoolClient": False,
    "EnableTokenRevocation": True,
    "EnablePropagateAdditionalUserContextData": False,
    "AuthSessionValidity": 3,
    "ClientType": "REGULAR",
}
FLOWS: Final = [
    *("ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"),
    *("ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH"),
]
LEGACY_FLOWS: Final = ["ADMIN_NO_SRP_AUTH", "USER_PASSWORD_AUTH", "CUSTOM_AUTH_FLOW_ONLY"]
CODE: Final[dict[str, Json]] = {
    "AllowedOAuthFlowsUserPoolClient": True,
    "AllowedOAuthFlows": ["code"],
    "AllowedOAuthScopes": ["openid", "email"],
    "CallbackURLs": ["https://app.example.com/callback"],
    "SupportedIdentityProviders": ["COGNITO"],
}
APPLICATION: Final = "arn:aws:mobiletargeting:us-east-1:123456789012:apps/0123456789abcdef"
ROTATION: Final = {"Feature": "ENABLED", "RetryGracePeriodSeconds": 60}

# name -> (given, shown beyond the echo of it)
CASES: Final[dict[str, tuple[dict[str, Json], dict[str, Json]]]] = {
    "nothing": ({}, {}),
    "refresh tokens of a day": ({"RefreshTokenValidity": 1}, {}),
    "refresh tokens of ten years": ({"RefreshTokenValidity": 3650}, {}),
    "refresh tokens of the default": (
        {"RefreshTokenValidity": 0},
        {"RefreshTokenValidity": 30},
    ),
    "access tokens of a day": ({"AccessTokenValidity": 24}, {}),
    "ID tokens of two hours": ({"IdTokenValidity": 2}, {}),
    **{
        f"lives in {unit}": (
            {
                "AccessTokenValidity": number,
                "IdTokenValidity": number,
                "RefreshTokenValidity": 90000 if unit == "seconds" else 2 * number,
                "TokenValidityUnits": {
                    "AccessToken": unit,
                    "IdToken": unit,
                    "RefreshToken": unit,
                },
            },
            {},
        )
        for unit, number in (("seconds", 300), ("minutes", 60), ("hours", 24), ("days", 1))
    },
    "one unit": ({"TokenValidityUnits": {"RefreshToken": "hours"}}, {}),
    "read attributes": ({"ReadAttributes": ["email", "name", "custom:team"]}, {}),
    "write attributes": ({"WriteAttributes": ["email", "custom:team"]}, {}),
    **{f"flow {flow}": ({"ExplicitAuthFlows": [flow]}, {}) for flow in FLOWS},
    **{f"flow {flow}": ({"ExplicitAuthFlows": [flow]}, {}) for flow in LEGACY_FLOWS},
    "every flow": ({"ExplicitAuthFlows": FLOWS}, {}),
    "providers": ({"SupportedIdentityProviders": ["COGNITO"]}, {}),
    "addresses to return to": (
        {
            "CallbackURLs": [
                *("https://app.example.com/a", "http://localhost:3000/"),
                *("http://127.0.0.1:80/x", "http://[::1]/x", "myapp://open"),
            ],
            "LogoutURLs": ["https://app.example.com/out"],
            "DefaultRedirectURI": "myapp://open",
        },
        {},
    ),
    "the code flow": (CODE, {}),
    "both flows of browsers": ({**CODE, "AllowedOAuthFlows": ["code", "implicit"]}, {}),
    "every standard scope": (
        {
            **CODE,
            "AllowedOAuthScopes": [
                *("phone", "email", "openid", "profile", "aws.cognito.signin.user.admin"),
            ],
        },
        {},
    ),
    "analytics by ARN": (
        {"AnalyticsConfiguration": {"ApplicationArn": APPLICATION, "UserDataShared": True}},
        {},
    ),
    "analytics by id": (
        {
            "AnalyticsConfiguration": {
                "ApplicationId": "0123456789abcdef",
                "RoleArn": "arn:aws:iam::123456789012:role/analytics",
                "ExternalId": "external",
            }
        },
        {},
    ),
    "existence told": ({"PreventUserExistenceErrors": "LEGACY"}, {}),
    "existence hidden": ({"PreventUserExistenceErrors": "ENABLED"}, {}),
    "no revocation": ({"EnableTokenRevocation": False}, {}),
    "revocation": ({"EnableTokenRevocation": True}, {}),
    "the longest session": ({"AuthSessionValidity": 15}, {}),
    "rotation": (
        {"RefreshTokenRotation": ROTATION, "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"]},
        {},
    ),
    "no rotation": ({"RefreshTokenRotation": {"Feature": "DISABLED"}}, {}),
}


@pytest.fixture(scope="module")
def idp(server_url: str) -> Iterator[Any]:
    """Return a stock client."""
    with boto.client(boto.environment(server_url)) as made:
        yield made


@pytest.fixture(scope="module")
def pool(idp: Any) -> str:
    """Return a pool with one attribute of its own."""
    schema = [{"Name": "team", "AttributeDataType": "String"}]
    made: str = idp.create_user_pool(PoolName=unique("pool"), Schema=schema)["UserPool"]["Id"]
    return made


@pytest.fixture(scope="module")
def shared(idp: Any, pool: str) -> str:
    """Return a client that every update may turn over."""
    made: str = idp.create_user_pool_client(UserPoolId=pool, ClientName="shared")["UserPoolClient"][
        "ClientId"
    ]
    return made


def expected(given: dict[str, Json], shown: dict[str, Json]) -> dict[str, Json]:
    return copy.deepcopy({**DEFAULTS, **given, **shown})


def described(client: dict[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in client.items() if name not in READ_ONLY}


@holds("CLIENT-01", "CLIENT-02")
@pytest.mark.parametrize("case", CASES)
def test_a_client_is_described_as_it_was_made(idp: Any, pool: str, case: str) -> None:
    given, shown = CASES[case]
    name = unique("client")
    made = idp.create_user_pool_client(UserPoolId=pool, ClientName=name, **given)["UserPoolClient"]
    assert described(made) == expected(given, shown)
    assert set(made) - set(described(made)) == READ_ONLY
    assert (made["UserPoolId"], made["ClientName"]) == (pool, name)
    told = idp.describe_user_pool_client(UserPoolId=pool, ClientId=made["ClientId"])
    assert told["UserPoolClient"] == made


@holds("CLIENT-03")
@pytest.mark.parametrize("case", CASES)
def test_an_update_replaces_everything(idp: Any, pool: str, shared: str, case: str) -> None:
    given, shown = CASES[case]
    about = {"UserPoolId": pool, "ClientId": shared}
    updated = idp.update_user_pool_client(**about, **given)["UserPoolClient"]
    assert described(updated) == expected(given, shown)
    assert (updated["ClientId"], updated["ClientName"]) == (shared, "shared")
    assert idp.describe_user_pool_client(**about)["UserPoolClient"] == updated


@holds("CLIENT-03", "CLIENT-04")
def test_name_id_and_secret_outlive_an_update(idp: Any, pool: str) -> None:
    propagating = {"EnablePropagateAdditionalUserContextData": True, "GenerateSecret": True}
    given = {**CODE, "AuthSessionValidity": 9, "PreventUserExistenceErrors": "ENABLED"}
    made = idp.create_user_pool_client(UserPoolId=pool, ClientName="Kept", **given, **propagating)[
        "UserPoolClient"
    ]
    assert made["EnablePropagateAdditionalUserContextData"] is True
    about = {"UserPoolId": pool, "ClientId": made["ClientId"]}
    updated = idp.update_user_pool_client(**about)["UserPoolClient"]
    assert described(updated) == {**DEFAULTS, "ClientSecret": made["ClientSecret"]}
    assert updated["ClientName"] == "Kept"
    assert updated["CreationDate"] == made["CreationDate"]
    assert updated["LastModifiedDate"] > made["LastModifiedDate"]
    renamed = idp.update_user_pool_client(**about, ClientName="Renamed")["UserPoolClient"]
    assert renamed["ClientName"] == "Renamed"


@holds("CLIENT-04")
def test_the_list_tells_no_secret(idp: Any) -> None:
    pool = idp.create_user_pool(PoolName=unique("pool"))["UserPool"]["Id"]
    made = idp.create_user_pool_client(UserPoolId=pool, ClientName="c", GenerateSecret=True)
    client = made["UserPoolClient"]["ClientId"]
    listed = idp.list_user_pool_clients(UserPoolId=pool)["UserPoolClients"]
    assert listed == [{"ClientId": client, "UserPoolId": pool, "ClientName": "c"}]


@holds("CLIENT-05")
@pytest.mark.parametrize("length", [24, 64])
def test_a_secret_of_ones_own_is_told_again(idp: Any, pool: str, length: int) -> None:
    secret = ("Own_secret+" * 6)[:length]
    made = idp.create_user_pool_client(UserPoolId=pool, ClientName="own", ClientSecret=secret)
    assert made["UserPoolClient"]["ClientSecret"] == secret


@holds("CLIENT-05")
def test_a_secret_is_given_or_generated(idp: Any, pool: str) -> None:
    secret = "x" * 30
    about = {"UserPoolId": pool, "ClientName": "c"}
    with boto.refused_by_sdk("InvalidParameterException"):
        idp.create_user_pool_client(**about, ClientSecret=secret, GenerateSecret=True)
    with pytest.raises(ParamValidationError):
        idp.create_user_pool_client(**about, ClientSecret="x" * 23)
    for bad in ("x" * 65, "x" * 30 + "-", "x" * 30 + " "):
        with boto.refused_by_sdk("InvalidParameterException"):
            idp.create_user_pool_client(**about, ClientSecret=bad)
