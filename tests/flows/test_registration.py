"""Clients that register themselves: docs/behaviours/oauth-tokens.md."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.flows.in_process import InProcessWire, serving
from tests.flows.oauth_party import (
    CALLBACK,
    READ,
    REGISTER,
    WRITE,
    Party,
    Told,
    a_domain,
    a_machine,
    a_party,
)
from tests.sdk.builders import App
from tests.sdk.support import Json, holds, tampered

PATH: Final = "/oauth2/register"
CODE: Final = {"redirect_uris": [CALLBACK], "client_name": "An app"}
MACHINE: Final = {"grant_types": ["client_credentials"], "scope": READ}
OPEN: Final = {"OpenDcrEnabled": True, "AllowedScopes": [READ, REGISTER]}


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcessWire]:
    """Return a caller of an application in this process."""
    folder: Path = tmp_path_factory.mktemp("oauth")
    with serving(folder) as wire:
        yield wire


def a_registrar(wire: InProcessWire, **settings: Json) -> Party:
    """Return a client that may register others, in a pool with these settings."""
    pool_id = a_domain(wire, DcrConfiguration=settings)
    return a_machine(wire, pool_id, AllowedOAuthScopes=[REGISTER, READ])


@pytest.fixture(scope="module")
def registrar(wire: InProcessWire) -> Party:
    """Return a client that may register others."""
    return a_registrar(wire, AllowedScopes=[READ, REGISTER])


def register(party: Party, metadata: Json, token: str | None = None, **headers: str) -> Told:
    body = metadata if isinstance(metadata, bytes) else json.dumps(metadata).encode()
    sent = {"Content-Type": "application/json", **headers}
    if token is not None:
        sent["Authorization"] = f"Bearer {token}"
    return Told(party.wire.exchange("POST", party.at(PATH), body, sent))


def a_token(party: Party, scope: str = REGISTER) -> str:
    token: str = party.token(grant_type="client_credentials", scope=scope)["access_token"]
    return token


def described(party: Party, client_id: str) -> dict[str, Json]:
    named = {"UserPoolId": party.pool_id, "ClientId": client_id}
    found: dict[str, Json] = party.wire.call("DescribeUserPoolClient", **named)["UserPoolClient"]
    return found


@holds("OTOKEN-70")
def test_registration_is_off_until_it_is_set(wire: InProcessWire) -> None:
    for settings in ({}, {"DcrConfiguration": {"EnableStatus": "Disabled"}}):
        party = a_machine(wire, a_domain(wire, **settings), AllowedOAuthScopes=[REGISTER])
        assert register(party, CODE, a_token(party)).status == 404
        document = party.get("/.well-known/openid-configuration").members
        assert "registration_endpoint" not in document


@holds("OTOKEN-71", "OTOKEN-75", "OTOKEN-83")
def test_a_client_registers_and_signs_users_in(registrar: Party) -> None:
    document = registrar.get("/.well-known/openid-configuration").members
    assert document["registration_endpoint"].endswith(f"{registrar.pool_id}{PATH}")
    metadata = {**CODE, "logo_uri": "https://app.example.com/logo.png", "contacts": ["a@b.c"],
                "unknown": {"a": 1}}  # fmt: skip
    told = register(registrar, metadata, a_token(registrar))
    assert told.status == 201
    assert "no-store" in told.reply.headers["cache-control"]
    assert told["client_secret_expires_at"] == 0
    assert told["grant_types"] == ["authorization_code"]
    assert told["scope"].split() == ["openid", "email", "phone", "profile", READ]
    assert told["logo_uri"] == metadata["logo_uri"]
    assert "unknown" not in told.members
    settings = described(registrar, told["client_id"])
    assert settings["ClientType"] == "DCR"
    assert settings["ExplicitAuthFlows"] == ["ALLOW_REFRESH_TOKEN_AUTH"]
    assert settings["PreventUserExistenceErrors"] == "ENABLED"
    assert settings["SupportedIdentityProviders"] == ["COGNITO"]
    made = App(registrar.wire, registrar.pool_id, told["client_id"], told["client_secret"])
    party = Party(made, registrar.wire)
    assert party.signed_in(f"openid {READ}")["id_token"]


@holds("OTOKEN-71")
def test_a_machine_registers(registrar: Party) -> None:
    told = register(registrar, MACHINE, a_token(registrar))
    made = App(registrar.wire, registrar.pool_id, told["client_id"], told["client_secret"])
    assert Party(made, registrar.wire).token(grant_type="client_credentials")["access_token"]
    assert "redirect_uris" not in told.members


@holds("OTOKEN-75")
def test_a_public_client_has_no_secret_and_must_use_pkce(registrar: Party) -> None:
    metadata = {**CODE, "token_endpoint_auth_method": "none"}
    told = register(registrar, metadata, a_token(registrar))
    assert "client_secret" not in told.members
    query = f"response_type=code&client_id={told['client_id']}&redirect_uri={CALLBACK}"
    answer = registrar.get(f"/oauth2/authorize?{query}&scope=openid")
    assert "error=invalid_request" in answer.reply.headers["location"]


@holds("OTOKEN-72")
def test_the_door_is_closed(registrar: Party) -> None:
    for headers in ({}, {"Authorization": "Basic eDp5"}):
        told = register(registrar, CODE, **headers)
        assert told.error == (401, "invalid_token")
        assert told.reply.headers["www-authenticate"].startswith("Bearer ")
    for token in ("x", tampered(a_token(registrar)), a_token(registrar)[:-5]):
        assert register(registrar, CODE, token).error == (401, "invalid_token")
    told = register(registrar, CODE, a_token(registrar, READ))
    assert told.error == (403, "insufficient_scope")
    assert REGISTER in told.reply.headers["www-authenticate"]


@holds("OTOKEN-72")
def test_a_token_of_another_pool_opens_nothing(registrar: Party, wire: InProcessWire) -> None:
    other = a_registrar(wire)
    assert register(registrar, CODE, a_token(other)).error == (401, "invalid_token")


@holds("OTOKEN-72")
def test_the_open_door_is_narrow(wire: InProcessWire) -> None:
    party = a_registrar(wire, **OPEN)
    for _ in range(10):
        assert register(party, CODE).status == 201
    told = register(party, CODE)
    assert told.error == (429, "temporarily_unavailable")
    assert int(told.reply.headers["retry-after"]) > 0
    assert register(party, CODE, a_token(party)).status == 201


@holds("OTOKEN-73")
def test_the_pool_says_for_which_flows(wire: InProcessWire) -> None:
    party = a_registrar(wire, **OPEN)
    assert register(party, MACHINE).error == (400, "invalid_client_metadata")
    assert register(party, MACHINE, a_token(party)).status == 201
    nobody = a_registrar(wire, OpenDcrEnabled=True, OpenDcrGrantTypes=[],
                         AuthenticatedGrantTypes=["client_credentials"])  # fmt: skip
    assert register(nobody, CODE).error == (400, "invalid_client_metadata")
    assert register(nobody, CODE, a_token(nobody)).error == (400, "invalid_client_metadata")


@holds("OTOKEN-73", "OTOKEN-76")
@pytest.mark.parametrize(
    "metadata",
    [
        {**CODE, "scope": REGISTER},
        {**CODE, "scope": f"openid {WRITE}"},
        {**CODE, "scope": "aws.cognito.signin.user.admin"},
        {**CODE, "scope": ""},
        {**MACHINE, "scope": "openid"},
        {**MACHINE, "token_endpoint_auth_method": "none"},
        {**CODE, "grant_types": ["authorization_code", "client_credentials"]},
        {**CODE, "grant_types": ["implicit"]},
        {**CODE, "grant_types": ["refresh_token"]},
        {**CODE, "grant_types": []},
        {**MACHINE, "grant_types": ["client_credentials", "refresh_token"]},
        {**CODE, "response_types": ["token"]},
        {**CODE, "token_endpoint_auth_method": "private_key_jwt"},
        {**CODE, "client_name": "<script>"},
        {**CODE, "client_name": "x" * 129},
        {**CODE, "software_statement": "x.y.z"},
        {**CODE, "jwks": {"keys": []}},
        {**CODE, "jwks_uri": "https://app.example.com/jwks"},
        {**CODE, "redirect_uris": "https://app.example.com"},
        {**CODE, "redirect_uris": [CALLBACK] * 101},
        {**CODE, "client_name": 7},
        [],
        b"{",
        b"\xff",
        b"",
    ],
)
def test_what_a_client_may_not_say(registrar: Party, metadata: Json) -> None:
    told = register(registrar, metadata, a_token(registrar))
    assert told.error == (400, "invalid_client_metadata")


@holds("OTOKEN-74")
@pytest.mark.parametrize(
    "uri",
    [
        "http://app.example.com", "https://app.example.com/#x", "javascript:alert(1)",
        "data:text/html,x", "/relative", "", "https://", "https://app.example.com/\n", "x" * 1_025,
        "https://app.example.com/a b", "https://[::1",
    ],
)  # fmt: skip
def test_where_nobody_is_sent(registrar: Party, uri: str) -> None:
    told = register(registrar, {"redirect_uris": [uri]}, a_token(registrar))
    assert told.error == (400, "invalid_redirect_uri")
    assert register(registrar, {}, a_token(registrar)).error == (400, "invalid_redirect_uri")


@holds("OTOKEN-76")
def test_bodies_that_are_not_read(registrar: Party) -> None:
    token = a_token(registrar)
    plain = {"Content-Type": "text/plain"}
    assert register(registrar, CODE, token, **plain).error == (400, "invalid_client_metadata")
    endless = {**CODE, "client_uri": "x" * 70_000}
    assert register(registrar, endless, token).error == (413, "invalid_client_metadata")
    assert registrar.get(PATH).status == 405


@holds("OTOKEN-75")
def test_its_secret_is_nobody_elses_business(registrar: Party) -> None:
    told = register(registrar, CODE, a_token(registrar))
    named = {"UserPoolId": registrar.pool_id, "ClientId": told["client_id"]}
    listed = registrar.wire.call("ListUserPoolClients", UserPoolId=registrar.pool_id,
                                 MaxResults=60)["UserPoolClients"]  # fmt: skip
    assert told["client_id"] in {client["ClientId"] for client in listed}
    registrar.wire.call("DeleteUserPoolClient", **named)
    assert a_party(registrar.wire, registrar.pool_id).signed_in().status == 200
