"""Tokens of the code flow where they are used: in aws-jwt-verify, and in the API itself."""

import json

import pytest

from tests.relying.registration import PROFILES, register
from tests.sdk.support import RefusedError, Wire, tampered
from tests.support.node import run_node
from tests.support.visitor import Visitor


@pytest.mark.parametrize("profile", PROFILES)
def test_aws_jwt_verify(wire: Wire, profile: str) -> None:
    party = register(wire, profile)
    tokens = party.tokens(Visitor(), nonce="a nonce")
    given = party.settings(
        access=tokens["access_token"],
        id=tokens["id_token"],
        tampered=tampered(tokens["id_token"]),
        jwks=f"{party.issuer}/.well-known/jwks.json",
    )
    told = json.loads(run_node("verify_hosted.mjs", environment={"CLIENT_TEST": json.dumps(given)}))
    assert told["id"]["email"] == party.email
    assert told["id"]["nonce"] == "a nonce"
    assert told["access"]["client_id"] == party.app.client_id
    assert told["access"]["scope"] == "openid email"
    assert told["idAsAccess"]["kind"] == "CognitoJwtInvalidTokenUseError"
    assert told["accessAsId"]["kind"] == "CognitoJwtInvalidTokenUseError"
    assert told["tampered"]["kind"] == "JwtInvalidSignatureError"


def test_the_api_takes_a_token_that_may_call_it(wire: Wire) -> None:
    party, visitor = register(wire), Visitor()
    tokens = party.tokens(visitor, scope="openid aws.cognito.signin.user.admin")
    user = wire.call("GetUser", AccessToken=tokens["access_token"])
    assert user["Username"] == party.username
    plain = party.tokens(visitor)
    with pytest.raises(RefusedError, match="required scopes"):
        wire.call("GetUser", AccessToken=plain["access_token"])
