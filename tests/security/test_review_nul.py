"""Ids of the caller's own making, with the one character that PostgreSQL cannot hold."""

import base64
import json

import pytest

from tests.sdk.builders import a_pool
from tests.sdk.support import RefusedError, Wire, refused
from tests.support.server import StartServer

NUL = "\0"


def unsigned_token(**claims: object) -> str:
    """Return a token that nobody signed."""
    parts = [{"alg": "RS256", "kid": "x"}, claims]
    texts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts]
    return b".".join([*texts, b"AAAA"]).decode()


def test_in_what_development_reads(start_server: StartServer, database_url: str) -> None:
    wire = Wire(start_server(database_url=database_url).base_url)
    token = unsigned_token(
        sub="a", iss=f"http://localhost/us-east-1_{NUL}", token_use="access", exp=1, iat=1, jti="a"
    )
    with refused("NotAuthorizedException", "Invalid Access Token"):
        wire.call("GetUser", AccessToken=token)
    for name in ("jwks.json", "openid-configuration"):
        assert wire.exchange("GET", f"/us-east-1_%00/.well-known/{name}").status == 404
    assert wire.exchange("GET", "/_poolkeep/inbox.json?to=%00").json() == {"messages": []}
    assert wire.exchange("GET", "/_poolkeep/inbox?to=%00").status == 200


def test_in_the_name_of_an_access_key(start_server: StartServer, database_url: str) -> None:
    wire = Wire(start_server(dev=False, database_url=database_url).base_url)
    query = (
        "Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256"
        "&X-Amz-Credential=AKIA%00/20260105/us-east-1/sts/aws4_request&X-Amz-Date=20260105T000000Z"
        "&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=00"
    )
    reply = wire.exchange("GET", f"/?{query}")
    assert (reply.status, b"InvalidClientTokenId" in reply.body) == (403, True), reply


def test_numbers_beyond_a_column(start_server: StartServer, database_url: str) -> None:
    wire = Wire(start_server(database_url=database_url).base_url)
    pool_id = a_pool(wire)
    for precedence in (2**31, 2**63, 10**30):
        with pytest.raises(RefusedError) as caught:
            wire.call("CreateGroup", UserPoolId=pool_id, GroupName="g", Precedence=precedence)
        assert caught.value.status == 400, str(caught.value)
