"""What a pool tells about itself: docs/behaviours/oauth-tokens.md."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.flows.in_process import InProcessWire, serving
from tests.flows.oauth_party import STRICT, a_domain
from tests.sdk.builders import a_pool
from tests.sdk.support import Json, holds

OPENID: Final = "/.well-known/openid-configuration"
SERVER: Final = "/.well-known/oauth-authorization-server"
ENDPOINTS: Final = {
    "authorization_endpoint": "/oauth2/authorize",
    "end_session_endpoint": "/logout",
    "revocation_endpoint": "/oauth2/revoke",
    "token_endpoint": "/oauth2/token",
    "userinfo_endpoint": "/oauth2/userInfo",
}


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcessWire]:
    """Return a caller of an application in this process."""
    folder: Path = tmp_path_factory.mktemp("discovery")
    with serving(folder) as wire:
        yield wire


def document(wire: InProcessWire, path: str, **headers: str) -> dict[str, Json]:
    reply = wire.exchange("GET", path, headers=headers)
    assert reply.status == 200, reply
    assert reply.headers["access-control-allow-origin"] == "*"
    assert reply.headers["cache-control"] == "public, max-age=300"
    found: dict[str, Json] = reply.json()
    return found


@holds("OTOKEN-80")
def test_the_document_of_a_compat_pool(wire: InProcessWire) -> None:
    pool_id = a_domain(wire)
    told = document(wire, f"/{pool_id}{OPENID}")
    base = told["issuer"]
    assert base.endswith(f"/{pool_id}")
    for name, path in ENDPOINTS.items():
        assert told[name] == base + path
    assert told["response_types_supported"] == ["code", "token"]
    assert told["scopes_supported"] == ["openid", "email", "phone", "profile"]
    assert told["subject_types_supported"] == ["public"]
    assert told["id_token_signing_alg_values_supported"] == ["RS256"]
    assert told["token_endpoint_auth_methods_supported"] == [
        "client_secret_basic", "client_secret_post", "none",
    ]  # fmt: skip
    assert told["code_challenge_methods_supported"] == ["S256"]
    assert "client_credentials" in told["grant_types_supported"]
    assert {"email", "acr", "cognito:groups"} <= set(told["claims_supported"])
    for refused in ("claims", "request", "request_uri"):
        assert told[f"{refused}_parameter_supported"] is False
    assert "introspection_endpoint" not in told


@holds("OTOKEN-81")
def test_a_pool_without_a_domain_has_no_endpoints(wire: InProcessWire) -> None:
    told = document(wire, f"/{a_pool(wire, UserPoolTags=STRICT)}{OPENID}")
    assert not [name for name in told if name.endswith("_endpoint")]
    assert {"issuer", "jwks_uri", "scopes_supported"} <= set(told)


@holds("OTOKEN-82")
def test_one_document_at_every_address(wire: InProcessWire) -> None:
    pool_id = a_domain(wire)
    told = document(wire, f"/{pool_id}{OPENID}")
    for path in (f"/{pool_id}{SERVER}", f"{SERVER}/{pool_id}", f"{OPENID}/{pool_id}"):
        assert document(wire, path) == told
    updated = document(wire, f"/issuer/{pool_id}{OPENID}")
    assert updated["issuer"].endswith(f"/issuer/{pool_id}")
    assert document(wire, f"{SERVER}/issuer/{pool_id}") == updated
    described = wire.call("DescribeUserPool", UserPoolId=pool_id)["UserPool"]
    host = f"{described['Domain']}.auth.localhost:9229"
    for path in (OPENID, SERVER):
        assert document(wire, path, Host=host) == told
    keys = wire.exchange("GET", "/.well-known/jwks.json", headers={"Host": host})
    assert keys.json() == wire.exchange("GET", f"/{pool_id}/.well-known/jwks.json").json()


@holds("OTOKEN-82")
@pytest.mark.parametrize("path", [SERVER, f"{SERVER}/x", f"{SERVER}/us-east-1_000000000"])
def test_no_document_of_nobody(wire: InProcessWire, path: str) -> None:
    assert wire.exchange("GET", path).status == 404
    assert wire.exchange("POST", path).status == 405


@holds("OTOKEN-83")
def test_a_strict_pool_tells_of_more(wire: InProcessWire) -> None:
    pool_id = a_domain(wire, UserPoolTags=STRICT)
    told = document(wire, f"/{pool_id}{OPENID}")
    assert told["introspection_endpoint"] == f"{told['issuer']}/oauth2/introspect"
    assert {"id_token", "id_token token"} <= set(told["response_types_supported"])
    assert "none" not in told["introspection_endpoint_auth_methods_supported"]


@holds("OTOKEN-80")
def test_the_document_follows_the_domain(wire: InProcessWire) -> None:
    pool_id = a_domain(wire)
    host = "auth.example.com"
    wire.call(
        "CreateUserPoolDomain",
        UserPoolId=pool_id,
        Domain=host,
        CustomDomainConfig={
            "CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/"
            "12345678-1234-4123-8123-123456789012"
        },
    )
    told = document(wire, f"/{pool_id}{OPENID}")
    assert told["token_endpoint"] == f"http://{host}:9229/oauth2/token"
    assert document(wire, OPENID, Host=host) == told
