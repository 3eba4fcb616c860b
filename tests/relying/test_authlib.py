"""Authlib, as its integrations for Python's web frameworks use it: discovery, PKCE, ID token."""

import urllib.parse
from typing import Any, Final

import pytest
from authlib.integrations.base_client import BaseApp, FrameworkIntegration, OAuthError
from authlib.integrations.base_client.sync_app import OAuth2Mixin
from authlib.integrations.base_client.sync_openid import OpenIDMixin
from authlib.integrations.requests_client import OAuth2Session
from joserfc.errors import BadSignatureError, InvalidClaimError

from tests.relying.registration import (
    CALLBACK,
    PROFILES,
    SIGNED_OUT,
    STRICT,
    Registration,
    register,
)
from tests.sdk.support import PASSWORD, Json, Wire, tampered
from tests.support.visitor import Visitor

ANOTHER_VERIFIER: Final = "another-verifier-that-is-long-enough-for-the-rule"


# What Authlib's integrations derive from. This one is of no framework, and keeps no tokens.
Party: Final[Any] = type(
    "Party", (OAuth2Mixin, OpenIDMixin, BaseApp), {"client_cls": OAuth2Session}
)
Framework: Final[Any] = type(
    "Framework", (FrameworkIntegration,), {"update_token": lambda *_, **__: None}
)


def a_party(registered: Registration, method: str) -> Any:
    """Return Authlib's client for a registration; nothing is said but the address of discovery."""
    return Party(
        framework=Framework("test"),
        name="pool",
        client_id=registered.app.client_id,
        client_secret=registered.app.secret,
        server_metadata_url=f"{registered.issuer}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid email profile",
            "code_challenge_method": "S256",
            "token_endpoint_auth_method": method,
        },
    )


def asked(party: Any, registered: Registration, visitor: Visitor, **more: str) -> Json:
    """Send the user away; return the request and the parameters that came back."""
    request = party.create_authorization_url(CALLBACK, **more)
    back = visitor.sign_in(request["url"], registered.username, PASSWORD, until=CALLBACK).url
    told = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(back).query, strict_parsing=True))
    assert told["state"] == request["state"]
    return {**request, **told}


def tokens_of(party: Any, told: Json, **replaced: str) -> Json:
    """Redeem the code."""
    wanted = {"code": told["code"], "code_verifier": told["code_verifier"], **replaced}
    return party.fetch_access_token(redirect_uri=CALLBACK, **wanted)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", "none"])
def test_authlib(wire: Wire, profile: str, method: str) -> None:
    registered = register(wire, profile, secret=method != "none")
    party, visitor = a_party(registered, method), Visitor()

    told = asked(party, registered, visitor)
    tokens = tokens_of(party, told)
    claims = party.parse_id_token(tokens, nonce=told["nonce"])
    assert claims["email"] == registered.email
    user = party.userinfo(token=tokens)
    assert user["sub"] == claims["sub"]
    assert user["email_verified"] == (True if profile == STRICT else "true")
    with pytest.raises(InvalidClaimError, match="nonce"):
        party.parse_id_token(tokens, nonce="another")
    with pytest.raises(BadSignatureError):
        party.parse_id_token({**tokens, "id_token": tampered(tokens["id_token"])}, told["nonce"])
    with pytest.raises(OAuthError, match="invalid_grant"):
        tokens_of(party, told)

    second = asked(party, registered, visitor)  # nobody has to type anything
    with pytest.raises(OAuthError, match="invalid_grant"):
        tokens_of(party, second, code_verifier=ANOTHER_VERIFIER)

    third = tokens_of(party, asked(party, registered, visitor))
    with party._get_oauth_client(**party.load_server_metadata()) as session:
        session.token = third
        url = party.server_metadata["token_endpoint"]
        fresh = session.refresh_token(url, third["refresh_token"])
        assert fresh["access_token"] != third["access_token"]
        gone = session.revoke_token(
            party.server_metadata["revocation_endpoint"],
            token=third["refresh_token"],
            token_type_hint="refresh_token",
        )
        assert (gone.status_code, gone.content) == (200, b"")
        with pytest.raises(OAuthError, match="invalid_grant"):
            session.refresh_token(url, third["refresh_token"])

    out = party.create_logout_url(SIGNED_OUT, id_token_hint=tokens["id_token"])
    left = visitor.visit(out["url"], until=SIGNED_OUT)
    assert left.url == f"{SIGNED_OUT}?state={out['state']}"
    request = party.create_authorization_url(CALLBACK, prompt="none")
    assert "error=login_required" in visitor.visit(request["url"], until=CALLBACK).url


def test_authlib_asks_about_tokens(wire: Wire) -> None:
    registered = register(wire, STRICT)
    party, visitor = a_party(registered, "client_secret_basic"), Visitor()
    tokens = tokens_of(party, asked(party, registered, visitor))
    metadata = party.load_server_metadata()
    with party._get_oauth_client(**metadata) as session:
        session.token = tokens
        url = metadata["introspection_endpoint"]
        told = session.introspect_token(url, token=tokens["access_token"]).json()
        assert (told["active"], told["username"]) == (True, registered.username)
        other = session.introspect_token(url, token=tampered(tokens["access_token"])).json()
        assert other == {"active": False}


def test_authlib_without_a_user(wire: Wire) -> None:
    party = register(wire)
    server = {
        "UserPoolId": party.app.pool_id,
        "Identifier": "https://api.example.com",
        "Name": "api",
        "Scopes": [{"ScopeName": "read", "ScopeDescription": "to read"}],
    }
    wire.call("CreateResourceServer", **server)
    machine = party.app.another_client(
        GenerateSecret=True,
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["client_credentials"],
        AllowedOAuthScopes=["https://api.example.com/read"],
    )
    url = a_party(party, "client_secret_basic").load_server_metadata()["token_endpoint"]
    with OAuth2Session(machine.client_id, machine.secret) as session:
        told = session.fetch_token(url, grant_type="client_credentials")
        assert (told["token_type"], "refresh_token" in told) == ("Bearer", False)
    with (
        OAuth2Session(machine.client_id, tampered(machine.secret or "")) as session,
        pytest.raises(OAuthError, match="invalid_client"),
    ):
        session.fetch_token(url, grant_type="client_credentials")
