"""Access tokens judged and forged: docs/behaviours/tokens.md."""

import base64
import hashlib
import hmac
import json

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.behaviours.wording import BAD_ACCESS, FORGED_ACCESS, NO_USER, RESET, words_of
from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.support import (
    PASSWORD,
    Json,
    RefusedError,
    Wire,
    an_email,
    attributes,
    claims_of,
    holds,
    refused,
    segment,
    tampered,
)

CALLS: list[tuple[str, dict[str, Json]]] = [
    ("GetUser", {}),
    ("GlobalSignOut", {}),
    ("DeleteUser", {}),
    ("ChangePassword", {"PreviousPassword": PASSWORD, "ProposedPassword": "Fresh-Horse-8"}),
    ("UpdateUserAttributes", {"UserAttributes": attributes({"name": "Mallory"})}),
    ("DeleteUserAttributes", {"UserAttributeNames": ["name"]}),
    ("GetUserAttributeVerificationCode", {"AttributeName": "email"}),
    ("VerifyUserAttribute", {"AttributeName": "email", "Code": "123456"}),
]


@pytest.fixture(scope="module")
def tokens(app: App) -> dict[str, Json]:
    """Return the tokens of a user whose account must come to no harm."""
    return app.sign_in(app.user("", name="Victim"))


@pytest.fixture(scope="module")
def own_key() -> rsa.RSAPrivateKey:
    """Return a key of the attacker's own."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def encoded(document: dict[str, Json]) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()


def use(app: App, token: str, operation: str = "GetUser", **members: Json) -> None:
    app.wire.call(operation, AccessToken=token, **members)


def assert_refused(app: App, token: str) -> None:
    with pytest.raises(RefusedError) as caught:
        use(app, token)
    assert words_of(caught.value) in {BAD_ACCESS, FORGED_ACCESS}


@holds("TOKEN-40")
@pytest.mark.parametrize("operation, members", CALLS, ids=[name for name, _ in CALLS])
def test_every_operation_judges_its_token(
    app: App, tokens: dict[str, Json], operation: str, members: dict[str, Json]
) -> None:
    for bad in ("garbage", "a.b.c", tokens["IdToken"], tokens["RefreshToken"]):
        with refused(*BAD_ACCESS):
            use(app, bad, operation, **members)
    header, claims, signature = tokens["AccessToken"].split(".")
    for forged in (
        f"{header}.{claims}.{tampered(signature)}",
        f"{header}.{claims}.{'A' * len(signature)}",
    ):
        with refused(*FORGED_ACCESS):
            use(app, forged, operation, **members)
    changed = encoded({**segment(tokens["AccessToken"], 1), "username": "somebody-else"})
    with refused(*FORGED_ACCESS):
        use(app, f"{header}.{changed}.{signature}", operation, **members)
    use(app, tokens["AccessToken"])


@holds("TOKEN-41")
@pytest.mark.parametrize("algorithm", ["none", "None", "nOnE", "", "HS256", "RS384", "PS256"])
def test_no_other_algorithm_is_believed(app: App, tokens: dict[str, Json], algorithm: str) -> None:
    access = tokens["AccessToken"]
    header, claims = segment(access, 0), access.split(".")[1]
    issuer = claims_of(access)["iss"].removeprefix(app.wire.base_url)
    jwks = app.wire.exchange("GET", f"{issuer}/.well-known/jwks.json").json()["keys"]
    (key,) = (key for key in jwks if key["kid"] == header["kid"])
    signed = f"{encoded({**header, 'alg': algorithm})}.{claims}"
    # The classic confusion: the public key, in each form an attacker has, as an HMAC secret.
    for secret in (key["n"].encode(), base64.urlsafe_b64decode(key["n"] + "=="), b""):
        digest = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
        assert_refused(app, f"{signed}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}")
    assert_refused(app, f"{signed}.")
    assert_refused(app, f"{signed}.{access.split('.')[2]}")


@holds("TOKEN-41")
def test_no_key_that_a_token_brings_is_believed(
    app: App, tokens: dict[str, Json], own_key: rsa.RSAPrivateKey
) -> None:
    access = tokens["AccessToken"]
    kid, claims = segment(access, 0)["kid"], claims_of(access)
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(own_key.public_key()))
    for header in (
        {"kid": kid},
        {"kid": segment(tokens["IdToken"], 0)["kid"]},
        {"kid": "A" * 43 + "="},
        {"kid": "../../../../dev/null"},
        {"kid": "' OR '1'='1"},
        {"kid": kid, "jwk": public},
        {"kid": kid, "jku": f"{app.wire.base_url}/mine.json"},
        {"kid": kid, "x5c": ["MIIB"]},
        {"kid": kid, "crit": ["exp"]},
        {},
    ):
        forged = jwt.encode(claims, own_key, algorithm="RS256", headers=header)
        assert_refused(app, forged)


@holds("TOKEN-40", "TOKEN-41")
def test_a_token_of_another_pool_opens_nothing_here(app: App, wire: Wire) -> None:
    other = an_app(wire, a_pool(wire))
    name = app.user("", name="Here")
    other.user(name, name="There")
    access = other.sign_in(name)["AccessToken"]
    answer = wire.call("GetUser", AccessToken=access)
    assert {"Name": "name", "Value": "There"} in answer["UserAttributes"]
    header, _, signature = access.split(".")
    issuer = claims_of(app.sign_in(name)["AccessToken"])["iss"]
    moved = encoded({**claims_of(access), "iss": issuer})
    assert_refused(app, f"{header}.{moved}.{signature}")


@holds("TOKEN-40", "TOKEN-41")
@pytest.mark.parametrize(
    "issuer",
    [
        "https://evil.example.com/us-east-1_000000000",
        "us-east-1_000000000",
        "",
        None,
        7,
        ["x"],
        {"a": 1},
    ],
)
def test_an_issuer_that_is_not_ours_is_refused(
    app: App, tokens: dict[str, Json], own_key: rsa.RSAPrivateKey, issuer: Json
) -> None:
    access = tokens["AccessToken"]
    header = encoded(segment(access, 0))
    claims = encoded({**claims_of(access), "iss": issuer})
    assert_refused(app, f"{header}.{claims}.{access.split('.')[2]}")
    del own_key


@holds("TOKEN-41")
@pytest.mark.parametrize(
    "token",
    ["..", "...", "a..b", "=.=.=", "e30.e30.e30", "bnVsbA.bnVsbA.x", "W10.W10.x", "-" * 9000],
)
def test_malformed_tokens_are_refused_quietly(app: App, token: str) -> None:
    with refused("NotAuthorizedException"):
        use(app, token)


@holds("TOKEN-42")
def test_the_next_holder_of_a_name_is_not_reached_by_old_tokens(app: App) -> None:
    name = app.user("", name="First")
    access = app.sign_in(name)["AccessToken"]
    app.admin("AdminDeleteUser", name)
    app.user(name, name="Second")
    with refused(*NO_USER):
        use(app, access)


@holds("TOKEN-44")
def test_a_token_of_a_reset_user_is_refused(app: App) -> None:
    name = app.user("", email=an_email(), email_verified="true")
    access = app.sign_in(name)["AccessToken"]
    app.admin("AdminResetUserPassword", name)
    with refused(*RESET):
        use(app, access)


@holds("TOKEN-43")
def test_a_token_of_a_deleted_client_is_refused(app: App) -> None:
    client = app.another_client()
    access = client.sign_in(client.user())["AccessToken"]
    app.wire.call("DeleteUserPoolClient", UserPoolId=app.pool_id, ClientId=client.client_id)
    with pytest.raises(RefusedError) as caught:
        use(app, access)
    assert caught.value.code in {"ResourceNotFoundException", "NotAuthorizedException"}


@holds("TOKEN-43", "POOL-07")
def test_a_token_of_a_deleted_pool_is_refused(wire: Wire) -> None:
    gone = an_app(wire, a_pool(wire))
    tokens = gone.sign_in(gone.user())
    wire.call("DeleteUserPool", UserPoolId=gone.pool_id)
    with pytest.raises(RefusedError) as caught:
        use(gone, tokens["AccessToken"])
    assert caught.value.code in {"ResourceNotFoundException", "NotAuthorizedException"}
    with refused("ResourceNotFoundException"):
        gone.refresh(tokens["RefreshToken"])
