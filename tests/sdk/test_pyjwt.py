"""PyJWT, told nothing but the issuer: discovery document, JWKS address, tokens."""

import json
import urllib.request
from typing import Any

import jwt
import pytest

from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.support import Json, claims_of, holds, segment, tampered


@pytest.fixture(scope="module")
def tokens(app: App) -> dict[str, Json]:
    """Return the tokens of one sign-in."""
    return app.sign_in(app.user())


@pytest.fixture(scope="module")
def issuer(app: App, tokens: dict[str, Json]) -> str:
    """Return the issuer that the tokens name."""
    found: str = claims_of(tokens["IdToken"])["iss"]
    assert found == f"{app.wire.base_url}/{app.pool_id}"
    return found


@pytest.fixture(scope="module")
def keys(issuer: str) -> jwt.PyJWKClient:
    """Return PyJWT's client of the address that the discovery document names."""
    with urllib.request.urlopen(f"{issuer}/.well-known/openid-configuration") as reply:
        document: dict[str, Any] = json.load(reply)
    assert document["issuer"] == issuer
    return jwt.PyJWKClient(document["jwks_uri"])


@holds("TOKEN-01", "TOKEN-03", "TOKEN-04")
def test_tokens_verify(
    app: App, tokens: dict[str, Json], issuer: str, keys: jwt.PyJWKClient
) -> None:
    for kind, audience, use in (("IdToken", app.client_id, "id"), ("AccessToken", None, "access")):
        key = keys.get_signing_key_from_jwt(tokens[kind])
        claims = jwt.decode(
            tokens[kind],
            key,
            algorithms=["RS256"],
            issuer=issuer,
            audience=audience,
            options={"require": ["exp", "iat", "iss", "sub", "jti"]},
        )
        assert claims["token_use"] == use


@holds("TOKEN-01", "TOKEN-05")
def test_other_tokens_do_not(
    app: App, tokens: dict[str, Json], issuer: str, keys: jwt.PyJWKClient
) -> None:
    key = keys.get_signing_key_from_jwt(tokens["IdToken"])
    given: dict[str, Any] = {"algorithms": ["RS256"], "issuer": issuer, "audience": app.client_id}
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(tampered(tokens["IdToken"]), key, **given)
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(tokens["AccessToken"], key, **given)
    with pytest.raises(jwt.InvalidAudienceError):
        jwt.decode(tokens["IdToken"], key, **{**given, "audience": "another"})
    foreign = an_app(app.wire, a_pool(app.wire))
    with pytest.raises(jwt.PyJWKClientError):
        keys.get_signing_key_from_jwt(foreign.sign_in(foreign.user())["IdToken"])


@holds("TOKEN-01")
def test_refreshed_tokens_keep_their_keys(app: App, tokens: dict[str, Json]) -> None:
    fresh = app.refresh(tokens["RefreshToken"])
    for kind in ("IdToken", "AccessToken"):
        assert segment(fresh[kind], 0)["kid"] == segment(tokens[kind], 0)["kid"]
