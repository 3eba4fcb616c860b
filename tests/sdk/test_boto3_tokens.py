"""boto3 with nothing changed but its address: sessions, machines and exchanged tokens."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import NoCredentialsError

from tests.sdk import boto
from tests.sdk.support import PASSWORD, REGION, claims_of, unique

EXCHANGE = ["ALLOW_TOKEN_EXCHANGE_IMPERSONATION", "ALLOW_TOKEN_EXCHANGE_DELEGATION"]
FLOWS = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH", *EXCHANGE]
READ = "https://api.example/read"


@pytest.fixture(scope="module")
def idp(server_url: str) -> Iterator[Any]:
    """Return a stock client."""
    with boto.client(boto.environment(server_url)) as made:
        yield made


@pytest.fixture(scope="module")
def unsigned(server_url: str) -> Iterator[Any]:
    """Return a client without keys that does not sign."""
    config = Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1})
    made = boto3.Session(region_name=REGION).client(
        "cognito-idp", endpoint_url=server_url, config=config
    )
    yield made
    made.close()


@pytest.fixture(scope="module")
def pool(idp: Any) -> str:
    """Return a pool that tracks sessions and has a resource server."""
    pool_id: str = idp.create_user_pool(PoolName="tokens")["UserPool"]["Id"]
    idp.set_user_pool_session_configuration(
        UserPoolId=pool_id, UserSessionTracking="ENABLED", TokenSession={"MaxPerUser": 2}
    )
    idp.create_resource_server(
        UserPoolId=pool_id,
        Identifier="https://api.example",
        Name="API",
        Scopes=[{"ScopeName": "read", "ScopeDescription": "read"}],
    )
    return pool_id


@pytest.fixture(scope="module")
def client_id(idp: Any, pool: str) -> str:
    """Return a client that signs users in and exchanges."""
    made = idp.create_user_pool_client(UserPoolId=pool, ClientName="app", ExplicitAuthFlows=FLOWS)
    found: str = made["UserPoolClient"]["ClientId"]
    return found


def signed_in(idp: Any, pool: str, client_id: str, name: str = "") -> tuple[str, Any]:
    if not name:
        name = unique()
        idp.admin_create_user(UserPoolId=pool, Username=name, MessageAction="SUPPRESS")
        idp.admin_set_user_password(
            UserPoolId=pool, Username=name, Password=PASSWORD, Permanent=True
        )
    answer = idp.initiate_auth(
        ClientId=client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": name, "PASSWORD": PASSWORD},
    )
    return name, answer["AuthenticationResult"]


def test_sessions_are_listed_and_ended(idp: Any, unsigned: Any, pool: str, client_id: str) -> None:
    name, tokens = signed_in(idp, pool, client_id)
    _, other = signed_in(idp, pool, client_id, name)
    sessions = unsigned.list_user_sessions(AccessToken=tokens["AccessToken"])["Sessions"]
    assert [session["IsCurrentSession"] for session in sessions] == [False, True]
    assert sessions[0]["DeviceType"] == "Boto3"
    assert sessions[0]["LastActiveDate"] >= sessions[0]["CreateDate"]
    unsigned.revoke_user_session(
        AccessToken=tokens["AccessToken"], SessionId=sessions[0]["SessionId"]
    )
    with boto.refused_by_sdk("NotAuthorizedException", "Access Token has been revoked"):
        unsigned.get_user(AccessToken=other["AccessToken"])
    (left,) = idp.admin_list_user_sessions(UserPoolId=pool, Username=name)["Sessions"]
    idp.admin_revoke_user_session(
        UserPoolId=pool,
        Username=name,
        SessionId=left["SessionId"],
        RevokeAssociatedSessions="LINKED",
    )
    with boto.refused_by_sdk("ResourceNotFoundException", "Session does not exist."):
        idp.admin_revoke_user_session(UserPoolId=pool, Username=name, SessionId=left["SessionId"])


def test_settings_of_sessions(idp: Any, pool: str, client_id: str) -> None:
    told = idp.get_user_pool_session_configuration(UserPoolId=pool)
    assert (told["UserSessionTracking"], told["TokenSession"]) == ("ENABLED", {"MaxPerUser": 2})
    set_ = idp.set_user_pool_client_session_configuration(
        UserPoolId=pool, ClientId=client_id, SSOSession={"MaxValidityMinutes": 0}
    )
    got = idp.get_user_pool_client_session_configuration(UserPoolId=pool, ClientId=client_id)
    assert set_["SSOSession"] == got["SSOSession"] == {"MaxValidityMinutes": 0}
    with boto.refused_by_sdk("InvalidParameterException"):
        idp.set_user_pool_session_configuration(
            UserPoolId=pool, UserSessionTracking="ENABLED", TokenSession={"MaxPerUser": 101}
        )


def test_a_machine_with_and_without_keys(idp: Any, unsigned: Any, pool: str) -> None:
    machine = idp.create_user_pool_client(
        UserPoolId=pool,
        ClientName="machine",
        GenerateSecret=True,
        ExplicitAuthFlows=["ALLOW_CLIENT_TOKEN_AUTH"],
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["client_credentials"],
        AllowedOAuthScopes=[READ],
    )["UserPoolClient"]
    assert machine["ExplicitAuthFlows"] == ["ALLOW_CLIENT_TOKEN_AUTH"]
    given = {"ClientId": machine["ClientId"], "Secret": machine["ClientSecret"]}
    for caller in (idp, unsigned):
        told = caller.get_client_token(**given, Scopes=[READ])["ClientAuthenticationResult"]
        assert (told["TokenType"], told["ExpiresIn"]) == ("Bearer", 3600)
        assert claims_of(told["AccessToken"])["scope"] == READ
        with boto.refused_by_sdk("InvalidParameterException", "Invalid scopes."):
            caller.get_client_token(**given, Scopes=["openid"])
    with boto.refused_by_sdk("NotAuthorizedException"):
        unsigned.get_client_token(ClientId=machine["ClientId"], Secret="x" * 30)


def test_an_exchange_with_and_without_keys(
    idp: Any, unsigned: Any, pool: str, client_id: str, server_url: str
) -> None:
    _, tokens = signed_in(idp, pool, client_id)
    _, actor = signed_in(idp, pool, client_id)
    given = {
        "ClientId": client_id,
        "SubjectToken": tokens["AccessToken"],
        "SubjectTokenType": "ACCESS_TOKEN",
    }
    for caller in (idp, unsigned):
        told = caller.get_derived_token(
            **given, ActorToken=actor["IdToken"], ActorTokenType="ID_TOKEN", Audiences=["payments"]
        )
        claims = claims_of(told["IssuedToken"])
        assert claims["act"] == {"sub": claims_of(actor["IdToken"])["sub"]}
        assert (claims["aud"], told["TokenType"]) == ("payments", "Bearer")
        with boto.refused_by_sdk("NotAuthorizedException", "Invalid subject token."):
            caller.get_derived_token(**{**given, "SubjectToken": tokens["IdToken"]})
    keyless = boto3.Session(region_name=REGION).client("cognito-idp", endpoint_url=server_url)
    with pytest.raises(NoCredentialsError):  # the model asks for a signature
        keyless.get_derived_token(**given)
    keyless.close()
