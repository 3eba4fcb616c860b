"""Tokens of machines: docs/behaviours/machines.md."""

import json

import pytest

from tests.behaviours.wording import invalid, no_client
from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.support import Json, Wire, claims_of, holds, refused

FLOW = ["ALLOW_CLIENT_TOKEN_AUTH"]
READ, WRITE, REGISTER = "api.example/read", "api.example/write", "aws.cognito/dcr/register"
INVALID_SCOPES = invalid("Invalid scopes.")
FLOW_OFF = ("NotAuthorizedException", "Client token auth flow not enabled for this client")


def wrong_secret(client_id: str) -> tuple[str, str]:
    return ("NotAuthorizedException", f"Unable to verify secret for client {client_id}")


def served(wire: Wire) -> str:
    """Make a pool with a resource server."""
    pool_id = a_pool(wire)
    wire.call(
        "CreateResourceServer",
        UserPoolId=pool_id,
        Identifier="api.example",
        Name="API",
        Scopes=[
            {"ScopeName": name, "ScopeDescription": name} for name in ("read", "write", "delete")
        ],
    )
    return pool_id


def a_machine(wire: Wire, pool_id: str, **settings: Json) -> App:
    wanted = {
        "ExplicitAuthFlows": FLOW,
        "GenerateSecret": True,
        "AllowedOAuthScopes": [READ, WRITE],
        **settings,
    }
    return an_app(wire, pool_id, **wanted)


@pytest.fixture(scope="module")
def machine(wire: Wire) -> App:
    """Return a client that may read and write."""
    return a_machine(wire, served(wire))


def token(app: App, *scopes: str, **members: Json) -> dict[str, Json]:
    given = {"ClientId": app.client_id, "Secret": app.secret, **members}
    if scopes:
        given["Scopes"] = list(scopes)
    found: dict[str, Json] = app.wire.call("GetClientToken", **given)["ClientAuthenticationResult"]
    return found


@holds("MACHINE-01", "MACHINE-03", "MACHINE-04", "MACHINE-05")
def test_a_machine_gets_a_token_of_its_own(machine: App) -> None:
    client = a_machine(machine.wire, machine.pool_id, AccessTokenValidity=2)
    told = token(client, ClientMetadata={"a": "b"})
    assert (told["TokenType"], told["ExpiresIn"]) == ("Bearer", 7200)
    assert set(told) == {"AccessToken", "TokenType", "ExpiresIn"}
    claims = claims_of(told["AccessToken"])
    assert claims["exp"] - claims["iat"] == 7200
    assert claims["auth_time"] == claims["iat"]
    kept = {"sub", "client_id", "token_use", "scope", "auth_time", "iss", "exp", "iat", "jti"}
    assert set(claims) == kept | {"version"}
    assert (claims["sub"], claims["client_id"]) == (client.client_id, client.client_id)
    assert (claims["token_use"], claims["version"]) == ("access", 2)
    assert claims["iss"].endswith(client.pool_id)
    assert claims["scope"] == f"{READ} {WRITE}"
    assert claims_of(token(client)["AccessToken"])["jti"] != claims["jti"]


@holds("MACHINE-01")
def test_either_of_two_secrets_will_do(machine: App) -> None:
    client = a_machine(machine.wire, machine.pool_id)
    named = {"UserPoolId": client.pool_id, "ClientId": client.client_id}
    made = client.wire.call("AddUserPoolClientSecret", **named)["ClientSecretDescriptor"]
    assert token(client)["AccessToken"]
    assert token(client, Secret=made["ClientSecretValue"])["AccessToken"]
    first = client.wire.call("ListUserPoolClientSecrets", **named)["ClientSecrets"][0]
    client.wire.call("DeleteUserPoolClientSecret", **named, ClientSecretId=first["ClientSecretId"])
    with refused(*wrong_secret(client.client_id)):
        token(client)


@holds("MACHINE-02")
def test_no_signature_is_looked_at(machine: App) -> None:
    body = json.dumps({"ClientId": machine.client_id, "Secret": machine.secret}).encode()
    for without in ((), ("Authorization",)):
        assert machine.wire.send("GetClientToken", body, without=without).status == 200
    wrong = {"Authorization": "AWS4-HMAC-SHA256 nonsense"}
    assert machine.wire.send("GetClientToken", body, wrong).status == 200


@holds("MACHINE-05")
def test_a_machine_may_ask_for_less(machine: App) -> None:
    for scopes in ((READ,), (WRITE, READ), (READ, READ)):
        granted = claims_of(token(machine, *scopes)["AccessToken"])["scope"]
        assert granted == " ".join(dict.fromkeys(scopes))


@holds("MACHINE-06")
@pytest.mark.parametrize(
    "scope", ["api.example/delete", "api.example/none", "api.example", "openid", REGISTER, "x"]
)
def test_a_machine_gets_no_more_than_it_has(machine: App, scope: str) -> None:
    for scopes in ((scope,), (READ, scope)):
        with refused(*INVALID_SCOPES):
            token(machine, *scopes)


@holds("MACHINE-06")
def test_scopes_that_are_gone_are_not_granted(wire: Wire) -> None:
    app = a_machine(wire, served(wire))
    wire.call(
        "UpdateResourceServer",
        UserPoolId=app.pool_id,
        Identifier="api.example",
        Name="API",
        Scopes=[{"ScopeName": "read", "ScopeDescription": "read"}],
    )
    assert claims_of(token(app)["AccessToken"])["scope"] == READ
    wire.call("DeleteResourceServer", UserPoolId=app.pool_id, Identifier="api.example")
    with refused(*INVALID_SCOPES):
        token(app)
    user_scopes = a_machine(wire, app.pool_id, AllowedOAuthScopes=["openid", "email"])
    for scopes in ((), ("openid",)):
        with refused(*INVALID_SCOPES):
            token(user_scopes, *scopes)


@holds("MACHINE-05")
def test_the_scope_of_registration_needs_no_server(wire: Wire, app: App) -> None:
    registrar = a_machine(wire, app.pool_id, AllowedOAuthScopes=[REGISTER])
    assert claims_of(token(registrar)["AccessToken"])["scope"] == REGISTER


@holds("MACHINE-07")
def test_only_the_right_secret_of_the_right_client_will_do(machine: App, app: App) -> None:
    wire = machine.wire
    with refused(*no_client("1" * 26)):
        wire.call("GetClientToken", ClientId="1" * 26, Secret=machine.secret)
    other = a_machine(wire, machine.pool_id)
    for secret in (other.secret, f"{machine.secret}x"[:64], "a" * 24):
        with refused(*wrong_secret(machine.client_id)):
            token(machine, Secret=secret)
    with refused(*wrong_secret(app.client_id)):
        wire.call("GetClientToken", ClientId=app.client_id, Secret="a" * 24)
    plain = an_app(wire, machine.pool_id, GenerateSecret=True)
    with refused(*FLOW_OFF):
        token(plain)
    with refused(*wrong_secret(plain.client_id)):
        token(plain, Secret="a" * 24)
    for members in ({"Secret": "short"}, {"Secret": None}, {"Scopes": ["a b"]}):
        with refused("InvalidParameterException"):
            token(machine, **members)


@holds("MACHINE-08")
def test_the_flow_stands_alone(machine: App) -> None:
    for flows in ([*FLOW, "ALLOW_REFRESH_TOKEN_AUTH"], [*FLOW, "ALLOW_USER_SRP_AUTH"]):
        with refused("InvalidParameterException"):
            a_machine(machine.wire, machine.pool_id, ExplicitAuthFlows=flows)
    with refused("InvalidParameterException"):
        a_machine(machine.wire, machine.pool_id, GenerateSecret=False)
    for flow in ("USER_PASSWORD_AUTH", "USER_SRP_AUTH"):
        with refused("InvalidParameterException"):
            machine.initiate(flow, USERNAME="x", PASSWORD="x" * 8, SRP_A="2a")


@holds("MACHINE-09")
def test_secrets_cannot_be_tried_for_long(clock_app: App) -> None:
    client = a_machine(clock_app.wire, served(clock_app.wire))
    for _ in range(10):
        with refused(*wrong_secret(client.client_id)):
            token(client, Secret="a" * 24)
    for secret in ("a" * 24, client.secret):
        with refused("TooManyRequestsException", "Rate exceeded"):
            token(client, Secret=secret)
    assert token(a_machine(client.wire, client.pool_id))["AccessToken"], "another client's count"
    client.wire.advance(61)
    assert token(client)["AccessToken"]


@holds("MACHINE-12")
def test_a_machine_is_no_user(machine: App) -> None:
    access = token(machine)["AccessToken"]
    text = "Access Token does not have required scopes"
    for operation in ("GetUser", "GlobalSignOut", "ListUserSessions", "DeleteUser"):
        with refused("NotAuthorizedException", text):
            machine.wire.call(operation, AccessToken=access)
