"""docs/behaviours/identity-pools.md: OpenID tokens of identities, over sockets."""

import base64
import http.client
import json
import urllib.parse
from typing import Any

import jwt
import pytest
from cryptography import x509

from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.iam import refused
from tests.sdk.identity import (
    GUESTS_OFF,
    LOGINS_DIFFER,
    UNSUPPORTED,
    Place,
    key_of,
    login,
    unsigned,
)
from tests.sdk.support import Wire, claims_of, holds, segment, tampered

ISSUER = "https://cognito-identity.amazonaws.com"


@pytest.fixture(scope="module")
def place(wire: Wire) -> Place:
    """Return the account of the module's app."""
    return Place(wire.base_url, wire.account)


@pytest.fixture(scope="module")
def public(wire: Wire) -> Any:
    """Return an application's client."""
    return unsigned(wire.base_url)


@pytest.fixture(scope="module")
def other_app(wire: Wire) -> App:
    """Return a client of another user pool."""
    return an_app(wire, a_pool(wire))


def get(base_url: str, path: str) -> Any:
    """Return a published document."""
    host = urllib.parse.urlsplit(base_url).netloc
    connection = http.client.HTTPConnection(host, timeout=10)
    connection.request("GET", path)
    reply = connection.getresponse()
    body = reply.read()
    connection.close()
    assert reply.status == 200, body
    return json.loads(body)


def forbidden(identity_id: str) -> str:
    """Return the words that SDKs react to."""
    return f"Access to Identity '{identity_id}' is forbidden."


@holds("IDPOOL-40")
def test_a_token_says_who_by_which_word(place: Place, public: Any, app: App) -> None:
    pool_id = place.pool_for(app)
    logins = login(app)
    identity = public.get_id(IdentityPoolId=pool_id, Logins=logins)["IdentityId"]
    told = public.get_open_id_token(IdentityId=identity, Logins=logins)
    assert told["IdentityId"] == identity
    claims = claims_of(told["Token"])
    key, sub = key_of(app), claims_of(logins[key_of(app)])["sub"]
    assert claims.pop("exp") - claims.pop("iat") == 600
    assert claims == {
        "sub": identity,
        "aud": pool_id,
        "amr": ["authenticated", key, f"{key}:CognitoSignIn:{sub}"],
        "iss": ISSUER,
        f"{ISSUER}/identity-pool-arn": (
            f"arn:aws:cognito-identity:us-east-1:{place.account}:identitypool/{pool_id}"
        ),
    }
    assert segment(told["Token"], 0) == {"kid": "us-east-1-1", "typ": "JWS", "alg": "RS512"}
    guest = public.get_id(IdentityPoolId=pool_id)["IdentityId"]
    token = public.get_open_id_token(IdentityId=guest)["Token"]
    assert claims_of(token)["amr"] == ["unauthenticated"]


@holds("IDPOOL-41")
def test_anybody_can_verify_a_token(place: Place, public: Any) -> None:
    pool_id = place.pool()
    guest = public.get_id(IdentityPoolId=pool_id)["IdentityId"]
    token = public.get_open_id_token(IdentityId=guest)["Token"]
    found = get(place.base_url, "/identity/.well-known/openid-configuration")
    assert found["issuer"] == ISSUER
    assert found["jwks_uri"] == f"{place.base_url}/identity/.well-known/jwks_uri"
    keys = get(place.base_url, "/identity/.well-known/jwks_uri")["keys"]
    assert keys == get(place.base_url, "/identity/.well-known/jwks.json")["keys"]
    assert (keys[0]["alg"], keys[0]["use"], keys[0]["kid"]) == ("RS512", "sig", "us-east-1-1")
    public_key: Any = jwt.PyJWK(keys[0]).key
    assert jwt.decode(token, public_key, ["RS512"], audience=pool_id)["sub"] == guest
    certificate = x509.load_der_x509_certificate(base64.b64decode(keys[0]["x5c"][0]))
    assert certificate.public_key() == public_key
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(tampered(token), public_key, ["RS512"], audience=pool_id)


@holds("IDPOOL-42")
def test_the_classic_flow_is_there_unless_a_pool_says_no(
    place: Place, public: Any, app: App
) -> None:
    off = place.pool(AllowClassicFlow=False)
    guest = public.get_id(IdentityPoolId=off)["IdentityId"]
    text = "Basic (classic) flow is not enabled, please use enhanced flow."
    with refused("InvalidParameterException", text):
        public.get_open_id_token(IdentityId=guest)
    mapped = place.pool_for(app, AllowClassicFlow=True)
    place.admin.set_identity_pool_roles(
        IdentityPoolId=mapped,
        Roles={},
        RoleMappings={
            f"{key_of(app)}:{app.client_id}": {
                "Type": "Token",
                "AmbiguousRoleResolution": "Deny",
            }
        },
    )
    guest = public.get_id(IdentityPoolId=mapped)["IdentityId"]
    text = "Basic (classic) flow is not supported with RoleMappings, please use enhanced flow."
    with refused("InvalidParameterException", text):
        public.get_open_id_token(IdentityId=guest)


@holds("IDPOOL-43")
def test_a_guest_who_signs_in_keeps_the_id(place: Place, public: Any, app: App) -> None:
    pool_id = place.pool_for(app)
    logins = login(app)
    guest = public.get_id(IdentityPoolId=pool_id)["IdentityId"]
    told = public.get_open_id_token(IdentityId=guest, Logins=logins)
    assert told["IdentityId"] == guest
    assert place.admin.describe_identity(IdentityId=guest)["Logins"] == [key_of(app)]
    with refused("NotAuthorizedException", forbidden(guest)):
        public.get_open_id_token(IdentityId=guest)
    second = public.get_id(IdentityPoolId=pool_id)["IdentityId"]
    told = public.get_open_id_token(IdentityId=second, Logins=logins)
    assert told["IdentityId"] == guest, "the guest of the second device goes"
    for given in ({}, logins):
        with refused("NotAuthorizedException", forbidden(second)):
            public.get_open_id_token(IdentityId=second, Logins=given)


@holds("IDPOOL-44")
def test_an_id_alone_opens_nothing_that_has_logins(
    place: Place, public: Any, app: App, other_app: App
) -> None:
    pool_id = place.pool_for(app, other_app)
    mine = login(app)
    identity = public.get_id(IdentityPoolId=pool_id, Logins=mine)["IdentityId"]
    with refused("NotAuthorizedException", LOGINS_DIFFER):
        public.get_open_id_token(IdentityId=identity, Logins=login(app))
    with refused("NotAuthorizedException", LOGINS_DIFFER):
        public.get_open_id_token(IdentityId=identity, Logins=login(other_app))
    both = {**mine, **login(other_app)}
    assert public.get_open_id_token(IdentityId=identity, Logins=both)["IdentityId"] == identity
    guest = public.get_id(IdentityPoolId=pool_id)["IdentityId"]
    place.admin.update_identity_pool(
        IdentityPoolId=pool_id, IdentityPoolName="n", AllowUnauthenticatedIdentities=False
    )
    with refused("NotAuthorizedException", GUESTS_OFF):
        public.get_open_id_token(IdentityId=guest)


@holds("IDPOOL-45")
def test_tokens_of_user_pools_that_are_not_good(
    place: Place, public: Any, app: App, other_app: App
) -> None:
    pool_id = place.pool_for(app, other_app)
    key = key_of(app)
    tokens = app.sign_in(app.user())
    texts = {
        "x": "Not a valid OpenId Connect identity token.",
        tokens["AccessToken"]: "Missing a required claim: aud",
        tampered(tokens["IdToken"]): "Couldn't verify signed token.",
        other_app.sign_in(other_app.user())["IdToken"]: "Issuer doesn't match providerName",
        _unsigned_token(tokens["IdToken"]): "Not a valid OpenId Connect identity token.",
    }
    for token, text in texts.items():
        with refused("NotAuthorizedException", f"Invalid login token. {text}"):
            public.get_id(IdentityPoolId=pool_id, Logins={key: token})
    stranger = app.another_client()
    with refused("NotAuthorizedException", UNSUPPORTED):
        public.get_id(IdentityPoolId=pool_id, Logins=login(stranger))
    with refused("NotAuthorizedException"):  # one bad login fails all
        public.get_id(IdentityPoolId=pool_id, Logins={**login(other_app), key: "x"})
    listed = place.admin.list_identities(IdentityPoolId=pool_id, MaxResults=60)["Identities"]
    assert listed == [], "nothing was written"


def _unsigned_token(token: str) -> str:
    head = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    return f"{head}.{token.split('.')[1]}."


@holds("IDPOOL-46")
def test_an_expired_token_is_told_both_times(clock_server: str) -> None:
    wire = Wire(clock_server)
    app = an_app(wire, a_pool(wire), IdTokenValidity=5, TokenValidityUnits={"IdToken": "minutes"})
    place, public = Place(clock_server, wire.account), unsigned(clock_server)
    pool_id = place.pool_for(app)
    logins = login(app)
    exp = claims_of(logins[key_of(app)])["exp"]
    wire.advance(301)
    with pytest.raises(public.exceptions.NotAuthorizedException) as caught:
        public.get_id(IdentityPoolId=pool_id, Logins=logins)
    text = caught.value.response["Error"]["Message"]
    front, _, rest = text.partition(" expired: ")
    now, _, told = rest.partition(" >= ")
    assert front == "Invalid login token. Token"
    assert told == str(exp)
    assert 0 <= int(now) - exp < 60


@holds("IDPOOL-47")
@pytest.mark.parametrize("check", [True, False])
def test_revoked_tokens_where_the_pool_asks(
    place: Place, public: Any, app: App, check: bool
) -> None:
    pool_id = place.pool_for(app, check=check)
    revoked = "Invalid login token. Token has been revoked."

    def signed_out(name: str, _tokens: dict[str, str]) -> None:
        app.admin("AdminUserGlobalSignOut", name)

    def taken_back(_name: str, tokens: dict[str, str]) -> None:
        app.wire.call("RevokeToken", Token=tokens["RefreshToken"], ClientId=app.client_id)

    def disabled(name: str, _tokens: dict[str, str]) -> None:
        app.admin("AdminDisableUser", name)

    def deleted(name: str, _tokens: dict[str, str]) -> None:
        app.admin("AdminDeleteUser", name)

    for undo in (signed_out, taken_back, disabled, deleted):
        name = app.user()
        tokens = app.sign_in(name)
        logins = {key_of(app): tokens["IdToken"]}
        identity = public.get_id(IdentityPoolId=pool_id, Logins=logins)["IdentityId"]
        undo(name, tokens)
        if check:
            with refused("NotAuthorizedException", revoked):
                public.get_open_id_token(IdentityId=identity, Logins=logins)
        else:
            public.get_open_id_token(IdentityId=identity, Logins=logins)


@holds("IDPOOL-48")
def test_tags_of_the_map_go_into_the_token(place: Place, public: Any, wire: Wire) -> None:
    app = an_app(wire, a_pool(wire, Schema=[{"Name": "dept", "AttributeDataType": "String"}]))
    pool_id = place.pool_for(app)
    place.admin.set_principal_tag_attribute_map(
        IdentityPoolId=pool_id,
        IdentityProviderName=key_of(app),
        PrincipalTags={"dept": "custom:dept", "none": "custom:none", "who": "cognito:username"},
    )
    name = app.user("", custom__dept="red")
    logins = login(app, name)
    identity = public.get_id(IdentityPoolId=pool_id, Logins=logins)["IdentityId"]
    claims = claims_of(public.get_open_id_token(IdentityId=identity, Logins=logins)["Token"])
    assert claims["https://aws.amazon.com/tags"] == {
        "principal_tags": {"dept": ["red"], "who": [name]},
        "transitive_tag_keys": [],
    }
    guest = public.get_id(IdentityPoolId=pool_id)["IdentityId"]
    token = public.get_open_id_token(IdentityId=guest)["Token"]
    assert "https://aws.amazon.com/tags" not in claims_of(token)
