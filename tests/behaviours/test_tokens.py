"""What tokens hold, and how they are verified: docs/behaviours/tokens.md."""

import base64
import re
import time
import uuid

import jwt
import pytest

from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.support import Json, Wire, a_phone, an_email, claims_of, holds, segment, unique

ACCESS = {
    *("sub", "iss", "client_id", "token_use", "scope", "auth_time", "iat", "exp"),
    *("jti", "origin_jti", "event_id", "username"),
}
ID = {
    *("sub", "iss", "aud", "token_use", "auth_time", "iat", "exp"),
    *("jti", "origin_jti", "event_id", "cognito:username"),
}
# Tokens of the newer tiers may tell the level of the sign-in; the claims of this page do not.
STEP_UP = {"acr", "amr"}


def get(wire: Wire, address: str) -> dict[str, Json]:
    """Return a JSON document of the server."""
    assert address.startswith(wire.base_url), address
    reply = wire.exchange("GET", address.removeprefix(wire.base_url))
    assert reply.status == 200, reply
    assert reply.headers["content-type"].startswith("application/json")
    found: dict[str, Json] = reply.json()
    return found


def keys_of(wire: Wire, issuer: str) -> dict[str, dict[str, str]]:
    return {key["kid"]: key for key in get(wire, f"{issuer}/.well-known/jwks.json")["keys"]}


@pytest.fixture(scope="module")
def tokens(app: App) -> dict[str, Json]:
    """Return the tokens of one sign-in."""
    return app.sign_in(app.user())


@holds("TOKEN-01", "TOKEN-02")
def test_the_header_names_the_key_and_nothing_more(tokens: dict[str, Json]) -> None:
    headers = [segment(tokens[kind], 0) for kind in ("AccessToken", "IdToken")]
    for header in headers:
        assert set(header) == {"alg", "kid"}
        assert header["alg"] == "RS256"
        assert len(header["kid"]) == 44
        assert len(base64.b64decode(header["kid"], validate=True)) == 32
    assert headers[0]["kid"] != headers[1]["kid"]


@holds("TOKEN-03", "TOKEN-05")
def test_the_jwks_document_holds_public_keys_alone(app: App, tokens: dict[str, Json]) -> None:
    issuer = claims_of(tokens["IdToken"])["iss"]
    assert issuer.endswith("/" + app.pool_id)
    keys = keys_of(app.wire, issuer)
    for kind in ("AccessToken", "IdToken"):
        assert segment(tokens[kind], 0)["kid"] in keys
    for key in keys.values():
        assert set(key) == {"alg", "e", "kid", "kty", "n", "use"}
        assert (key["alg"], key["e"], key["kty"], key["use"]) == ("RS256", "AQAB", "RSA", "sig")
        assert len(base64.urlsafe_b64decode(key["n"] + "==")) == 256
    other = an_app(app.wire, a_pool(app.wire))
    others = claims_of(other.sign_in(other.user())["IdToken"])["iss"]
    assert not set(keys) & set(keys_of(app.wire, others))


@holds("TOKEN-04")
def test_the_discovery_document_names_issuer_and_keys(app: App, tokens: dict[str, Json]) -> None:
    issuer = claims_of(tokens["IdToken"])["iss"]
    document = get(app.wire, f"{issuer}/.well-known/openid-configuration")
    assert document["issuer"] == issuer
    assert document["jwks_uri"] == f"{issuer}/.well-known/jwks.json"
    assert "RS256" in document["id_token_signing_alg_values_supported"]


@holds("TOKEN-03", "TOKEN-04")
@pytest.mark.parametrize("document", ["jwks.json", "openid-configuration"])
def test_an_unknown_pool_has_no_documents(app: App, document: str) -> None:
    for pool in ("us-east-1_000000000", "nonsense", "%00", "..%2f..", "us-east-1_"):
        reply = app.wire.exchange("GET", f"/{pool}/.well-known/{document}")
        assert reply.status in {400, 404}, reply


@holds("TOKEN-03")
def test_browsers_may_read_the_documents(app: App, tokens: dict[str, Json]) -> None:
    path = claims_of(tokens["IdToken"])["iss"].removeprefix(app.wire.base_url)
    reply = app.wire.exchange(
        "GET", f"{path}/.well-known/jwks.json", headers={"Origin": "https://app.example.com"}
    )
    assert reply.headers["access-control-allow-origin"] == "*"


@holds("TOKEN-10", "TOKEN-12")
def test_the_access_token_holds_its_claims(app: App, tokens: dict[str, Json]) -> None:
    claims = claims_of(tokens["AccessToken"])
    assert set(claims) - STEP_UP == ACCESS
    assert claims["token_use"] == "access"
    assert claims["client_id"] == app.client_id
    assert claims["scope"] == "aws.cognito.signin.user.admin"
    for name in ("sub", "jti", "origin_jti", "event_id"):
        assert str(uuid.UUID(claims[name])) == claims[name]
    for name in ("iat", "exp", "auth_time"):
        assert type(claims[name]) is int
    assert claims["exp"] - claims["iat"] == tokens["ExpiresIn"] == 3600
    assert abs(claims["iat"] - time.time()) < 120


@holds("TOKEN-11", "TOKEN-12", "TOKEN-16")
def test_the_id_token_holds_its_claims(app: App, tokens: dict[str, Json]) -> None:
    claims, access = claims_of(tokens["IdToken"]), claims_of(tokens["AccessToken"])
    assert set(claims) - STEP_UP == ID
    assert (claims["token_use"], claims["aud"]) == ("id", app.client_id)
    for shared in ("sub", "iss", "auth_time", "origin_jti", "event_id"):
        assert claims[shared] == access[shared], shared
    assert claims["jti"] != access["jti"]
    for name in ("iat", "exp", "auth_time"):
        assert type(claims[name]) is int
    assert claims["exp"] - claims["iat"] == 3600


@holds("TOKEN-11", "TOKEN-13")
def test_attributes_have_their_forms(wire: Wire) -> None:
    schema = [
        {"Name": "size", "AttributeDataType": "Number"},
        {"Name": "agreed", "AttributeDataType": "Boolean"},
        {"Name": "secret", "AttributeDataType": "String", "DeveloperOnlyAttribute": True},
    ]
    app = an_app(wire, a_pool(wire, Schema=schema))
    email, phone = an_email(), a_phone()
    name = app.user(
        "",
        email=email,
        email_verified="true",
        phone_number=phone,
        phone_number_verified="false",
        name='Ünï "Q" 日本',
        address="1 Street\nTown",
        updated_at="1700000000",
        custom__size="7",
        custom__agreed="true",
    )
    claims = claims_of(app.sign_in(name)["IdToken"])
    told = {key: value for key, value in claims.items() if key not in ID | STEP_UP}
    assert told == {
        "email": email,
        "email_verified": True,
        "phone_number": phone,
        "phone_number_verified": False,
        "name": 'Ünï "Q" 日本',
        "address": {"formatted": "1 Street\nTown"},
        "updated_at": 1700000000,
        "custom:size": "7",
        "custom:agreed": "true",
    }


@holds("TOKEN-14")
def test_unreadable_attributes_are_absent(app: App) -> None:
    name = app.user("", email=an_email(), email_verified="true", name="N", nickname="Nick")
    for readable, expected in (
        (["name"], {"name"}),
        (["email"], {"email"}),
        (["email", "email_verified"], {"email", "email_verified"}),
        (None, {"email", "email_verified", "name", "nickname"}),
    ):
        client = app.another_client(**({} if readable is None else {"ReadAttributes": readable}))
        claims = claims_of(client.sign_in(name)["IdToken"])
        assert set(claims) - ID - STEP_UP == expected
        assert claims["sub"]


@holds("TOKEN-15")
def test_groups_go_by_precedence_in_both_tokens(app: App) -> None:
    role = "arn:aws:iam::123456789012:role/"
    name = app.user()
    made: dict[str, dict[str, Json]] = {
        "low": {"Precedence": 9, "RoleArn": role + "low"},
        "high": {"Precedence": 1, "RoleArn": role + "high"},
        "middle": {"Precedence": 5},
        "none": {"RoleArn": role + "none"},
    }
    names = {key: unique(key) for key in made}
    for key, members in made.items():
        given = {"UserPoolId": app.pool_id, "GroupName": names[key], **members}
        app.wire.call("CreateGroup", **given)
        app.admin("AdminAddUserToGroup", name, GroupName=names[key])
    tokens = app.sign_in(name)
    order = [names[key] for key in ("high", "middle", "low", "none")]
    for kind in ("AccessToken", "IdToken"):
        assert claims_of(tokens[kind])["cognito:groups"] == order
    claims = claims_of(tokens["IdToken"])
    assert claims["cognito:roles"] == [role + "high", role + "low", role + "none"]
    assert claims["cognito:preferred_role"] == role + "high"
    assert "cognito:roles" not in claims_of(tokens["AccessToken"])


@holds("TOKEN-15")
def test_a_tie_for_the_first_role_prefers_none(app: App) -> None:
    role = "arn:aws:iam::123456789012:role/"
    name = app.user()
    for number in (1, 2):
        group = unique("tied")
        given = {"GroupName": group, "Precedence": 1, "RoleArn": f"{role}{number}"}
        app.wire.call("CreateGroup", UserPoolId=app.pool_id, **given)
        app.admin("AdminAddUserToGroup", name, GroupName=group)
    claims = claims_of(app.sign_in(name)["IdToken"])
    assert len(claims["cognito:roles"]) == 2
    assert "cognito:preferred_role" not in claims


@holds("TOKEN-18")
def test_the_user_name_is_the_stored_one(app: App, wire: Wire) -> None:
    name = app.user()
    tokens = app.sign_in(name)
    assert claims_of(tokens["AccessToken"])["username"] == name
    assert claims_of(tokens["IdToken"])["cognito:username"] == name
    addresses = an_app(wire, a_pool(wire, UsernameAttributes=["email"]))
    email = an_email()
    addresses.user(email)
    tokens = addresses.sign_in(email)
    claims = claims_of(tokens["AccessToken"])
    assert claims["username"] == claims["sub"]
    assert claims_of(tokens["IdToken"])["cognito:username"] == claims["sub"]


@holds("TOKEN-19")
def test_a_refresh_token_is_opaque(app: App) -> None:
    name = app.user("", name="Visible Name")
    token = app.sign_in(name)["RefreshToken"]
    parts = token.split(".")
    assert len(parts) == 5
    assert all(re.fullmatch("[A-Za-z0-9_-]*", part) for part in parts)
    for part in parts:
        raw = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
        assert name.encode() not in raw
        assert app.client_id.encode() not in raw


@holds("TOKEN-20")
def test_without_revocation_there_is_no_origin(app: App) -> None:
    client = app.another_client(EnableTokenRevocation=False)
    tokens = client.sign_in(client.user())
    for kind in ("AccessToken", "IdToken"):
        assert "origin_jti" not in claims_of(tokens[kind])


@holds("TOKEN-01", "TOKEN-03")
def test_pyjwt_verifies_them_from_the_address_of_the_keys(
    app: App, tokens: dict[str, Json]
) -> None:
    issuer = claims_of(tokens["IdToken"])["iss"]
    for kind, audience in (("IdToken", app.client_id), ("AccessToken", None)):
        key = jwt.PyJWK(keys_of(app.wire, issuer)[segment(tokens[kind], 0)["kid"]])
        claims = jwt.decode(
            tokens[kind], key, algorithms=["RS256"], issuer=issuer, audience=audience
        )
        assert claims["token_use"] in {"id", "access"}
