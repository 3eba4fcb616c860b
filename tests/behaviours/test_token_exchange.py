"""Swapping a token for a narrower one: docs/behaviours/token-exchange.md."""

import json

import pytest

from tests.behaviours.test_machines import READ, WRITE, a_machine, served, wrong_secret
from tests.behaviours.test_machines import token as machine_token
from tests.behaviours.wording import DISABLED, NO_USER, RESET, REVOKED_ACCESS, invalid, no_client
from tests.sdk.builders import EVERY_FLOW, App, a_pool, an_app
from tests.sdk.support import (
    Json,
    RefusedError,
    Wire,
    an_email,
    claims_of,
    holds,
    refused,
    segment,
    tampered,
)

IMPERSONATION = "ALLOW_TOKEN_EXCHANGE_IMPERSONATION"
DELEGATION = "ALLOW_TOKEN_EXCHANGE_DELEGATION"
ADMIN = "aws.cognito.signin.user.admin"
OFF = ("NotAuthorizedException", "Token exchange is not enabled for the client.")
INVALID_SCOPES = invalid("Invalid scopes.")
BAD_SUBJECT = ("NotAuthorizedException", "Invalid subject token.")
BAD_ACTOR = ("NotAuthorizedException", "Invalid actor token.")
REVOKED = ("NotAuthorizedException", "The subject token has been revoked.")
REVOKED_ACTOR = ("NotAuthorizedException", "The actor token has been revoked.")
HOUR_S = 3600


@pytest.fixture(scope="module")
def pool_id(wire: Wire) -> str:
    """Return a pool with a resource server."""
    return served(wire)


@pytest.fixture(scope="module")
def front(wire: Wire, pool_id: str) -> App:
    """Return the client at which users sign in."""
    return an_app(wire, pool_id)


@pytest.fixture(scope="module")
def back(wire: Wire, pool_id: str) -> App:
    """Return a client without a secret that may exchange."""
    return an_app(wire, pool_id, ExplicitAuthFlows=[IMPERSONATION, DELEGATION])


def swap(app: App, subject: str, kind: str = "ACCESS_TOKEN", **members: Json) -> dict[str, Json]:
    """Exchange without a signature."""
    secret = {} if app.secret is None else {"ClientSecret": app.secret}
    given = {
        "ClientId": app.client_id,
        "SubjectToken": subject,
        "SubjectTokenType": kind,
        **secret,
        **members,
    }
    return unsigned(app.wire, **given)


def unsigned(wire: Wire, **members: Json) -> dict[str, Json]:
    """Call GetDerivedToken without a signature."""
    given = {name: value for name, value in members.items() if value is not None}
    body = json.dumps(given).encode()
    reply = wire.send("GetDerivedToken", body, without=("Authorization",))
    told: dict[str, Json] = reply.json()
    if reply.status != 200:
        raise RefusedError("GetDerivedToken", told["__type"], told["message"], reply.status)
    return told


def acting(token: str, kind: str = "ACCESS_TOKEN") -> dict[str, str]:
    return {"ActorToken": token, "ActorTokenType": kind}


# -- who may


@holds("EXCHANGE-01", "EXCHANGE-20", "EXCHANGE-21")
def test_a_public_client_swaps_by_its_id_alone(front: App, back: App) -> None:
    name = front.user("", email=an_email())
    tokens = front.sign_in(name)
    told = swap(back, tokens["AccessToken"])
    assert set(told) == {"IssuedToken", "IssuedTokenType", "TokenType", "ExpiresIn", "Scopes"}
    assert (told["IssuedTokenType"], told["TokenType"]) == ("ACCESS_TOKEN", "Bearer")
    assert told["Scopes"] == [ADMIN]
    old, new = claims_of(tokens["AccessToken"]), claims_of(told["IssuedToken"])
    for kept in ("sub", "username", "origin_jti", "auth_time", "event_id", "acr", "amr", "iss"):
        assert old[kept] == new[kept], kept
    assert new["client_id"] == back.client_id
    assert new["jti"] != old["jti"]
    assert "act" not in new
    assert "aud" not in new
    assert new["exp"] <= old["exp"]
    assert segment(told["IssuedToken"], 0)["kid"] == segment(tokens["AccessToken"], 0)["kid"]
    assert front.wire.call("GetUser", AccessToken=told["IssuedToken"])["Username"] == name


@holds("EXCHANGE-01", "EXCHANGE-03")
def test_a_confidential_client_proves_itself(front: App, wire: Wire, pool_id: str) -> None:
    client = an_app(wire, pool_id, ExplicitAuthFlows=[IMPERSONATION], GenerateSecret=True)
    access = front.sign_in(front.user())["AccessToken"]
    assert swap(client, access)["IssuedToken"]
    missing = f"Client {client.client_id} is configured for secret but secret was not received"
    with refused("NotAuthorizedException", missing):
        swap(client, access, ClientSecret=None)
    with refused(*wrong_secret(client.client_id)):
        swap(client, access, ClientSecret="a" * 24)
    signed = {
        "ClientId": client.client_id,
        "SubjectToken": access,
        "SubjectTokenType": "ACCESS_TOKEN",
    }
    assert wire.call("GetDerivedToken", **signed)["IssuedToken"], "a signature is proof enough"
    assert wire.call("GetDerivedToken", **signed, ClientSecret=client.secret)["IssuedToken"]
    with refused(*wrong_secret(client.client_id)):
        wire.call("GetDerivedToken", **signed, ClientSecret="a" * 24)
    with refused(*no_client(client.client_id)):
        Wire(wire.base_url).call("GetDerivedToken", **signed)
    with refused(*no_client("1" * 26)):
        unsigned(wire, **{**signed, "ClientId": "1" * 26})
    body = json.dumps(signed).encode()
    reply = wire.send("GetDerivedToken", body, {"Authorization": "AWS4-HMAC-SHA256 nonsense"})
    assert reply.status == 400
    assert "Signature" in reply.json()["__type"]


@holds("EXCHANGE-02")
def test_each_way_has_a_permission_of_its_own(front: App, wire: Wire, pool_id: str) -> None:
    access, actor = (front.sign_in(front.user())["AccessToken"] for _ in range(2))
    impersonator = an_app(wire, pool_id, ExplicitAuthFlows=[IMPERSONATION])
    delegate = an_app(wire, pool_id, ExplicitAuthFlows=[DELEGATION])
    assert swap(impersonator, access)["IssuedToken"]
    assert swap(delegate, access, **acting(actor))["IssuedToken"]
    with refused(*OFF):
        swap(impersonator, access, **acting(actor))
    with refused(*OFF):
        swap(delegate, access)
    for none in (front, an_app(wire, pool_id, ExplicitAuthFlows=[])):
        with refused(*OFF):
            swap(none, access)


@holds("EXCHANGE-04")
def test_secrets_cannot_be_tried_for_long(clock_app: App) -> None:
    client = an_app(
        clock_app.wire, clock_app.pool_id, ExplicitAuthFlows=[IMPERSONATION], GenerateSecret=True
    )
    access = clock_app.sign_in(clock_app.user())["AccessToken"]
    for _ in range(10):
        with refused(*wrong_secret(client.client_id)):
            swap(client, access, ClientSecret="a" * 24)
    with refused("TooManyRequestsException"):
        swap(client, access)


# -- what may be offered


@holds("EXCHANGE-10")
def test_only_tokens_of_the_pool_are_believed(front: App, back: App, wire: Wire) -> None:
    tokens = front.sign_in(front.user())
    access, identity = tokens["AccessToken"], tokens["IdToken"]
    elsewhere = an_app(wire, a_pool(wire))
    foreign = elsewhere.sign_in(elsewhere.user())
    header, claims, signature = access.split(".")
    mine = claims_of(access)["iss"].rpartition("/")[0]
    assert mine
    for bad in (
        *("garbage", "a.b.c", tokens["RefreshToken"], identity, foreign["AccessToken"]),
        f"{header}.{claims}.{tampered(signature)}",
        f"{header}.{tampered(claims, 40)}.{signature}",
        f"{identity.split('.')[0]}.{claims}.{signature}",
    ):
        with refused(*BAD_SUBJECT):
            swap(back, bad)
        with refused(*BAD_ACTOR):
            swap(back, access, **acting(bad))
    for bad in (access, foreign["IdToken"]):
        with refused(*BAD_SUBJECT):
            swap(back, bad, "ID_TOKEN")
    assert swap(back, identity, "ID_TOKEN")["IssuedToken"]
    for members in ({"SubjectToken": ""}, {"SubjectToken": "a b"}, {"SubjectTokenType": "JWT"}):
        with refused("InvalidParameterException"):
            swap(back, access, **members)


@holds("EXCHANGE-10")
def test_an_expired_token_is_refused(clock_app: App) -> None:
    app = clock_app.another_client(
        ExplicitAuthFlows=[*EVERY_FLOW, IMPERSONATION, DELEGATION], AccessTokenValidity=1
    )
    old, later = app.sign_in(app.user()), None
    app.wire.advance(HOUR_S + 1)
    with refused("NotAuthorizedException", "The subject token has expired."):
        swap(app, old["AccessToken"])
    later = app.sign_in(app.user())
    with refused("NotAuthorizedException", "The actor token has expired."):
        swap(app, later["AccessToken"], **acting(old["IdToken"], "ID_TOKEN"))


@holds("EXCHANGE-11")
def test_a_sign_in_that_has_ended_is_refused(front: App, back: App) -> None:
    good = front.sign_in(front.user())["AccessToken"]
    for end in ("revoke", "sign out"):
        name = front.user()
        tokens = front.sign_in(name)
        if end == "revoke":
            given = {"ClientId": front.client_id, "Token": tokens["RefreshToken"]}
            front.wire.call("RevokeToken", **given)
        else:
            front.admin("AdminUserGlobalSignOut", name)
        for kind in ("ACCESS_TOKEN", "ID_TOKEN"):
            offered = tokens["AccessToken" if kind == "ACCESS_TOKEN" else "IdToken"]
            with refused(*REVOKED):
                swap(back, offered, kind)
            with refused(*REVOKED_ACTOR):
                swap(back, good, **acting(offered, kind))


@holds("EXCHANGE-11")
def test_a_user_who_may_not_sign_in_is_refused(front: App, back: App) -> None:
    name = front.user("", email=an_email(), email_verified="true")
    tokens = front.sign_in(name)
    front.admin("AdminResetUserPassword", name)
    with refused("NotAuthorizedException", RESET[1]):
        swap(back, tokens["AccessToken"])
    front.admin("AdminSetUserPassword", name, Password="Correct-Horse-8", Permanent=True)
    assert swap(back, tokens["AccessToken"])["IssuedToken"]
    front.admin("AdminDisableUser", name)
    with refused(*REVOKED):
        swap(back, tokens["AccessToken"])
    front.admin("AdminDeleteUser", name)
    with refused(*NO_USER):
        swap(back, tokens["AccessToken"])
    assert DISABLED


@holds("EXCHANGE-10")
def test_a_token_of_a_deleted_client_is_refused(front: App, back: App) -> None:
    client = front.another_client()
    tokens = client.sign_in(client.user())
    assert swap(back, tokens["AccessToken"])["IssuedToken"]
    front.wire.call("DeleteUserPoolClient", UserPoolId=front.pool_id, ClientId=client.client_id)
    with refused(*BAD_SUBJECT):
        swap(back, tokens["AccessToken"])
    with refused(*BAD_SUBJECT):
        swap(back, tokens["IdToken"], "ID_TOKEN")


@holds("EXCHANGE-12", "EXCHANGE-22")
def test_a_machine_acts_and_is_no_subject(front: App, back: App, pool_id: str) -> None:
    machine = a_machine(front.wire, pool_id)
    robot = machine_token(machine)["AccessToken"]
    with refused("InvalidParameterException"):
        swap(back, robot)
    access = front.sign_in(front.user())["AccessToken"]
    derived = claims_of(swap(back, access, **acting(robot))["IssuedToken"])
    assert derived["act"] == {"sub": machine.client_id, "client_id": machine.client_id}
    front.wire.call("DeleteUserPoolClient", UserPoolId=pool_id, ClientId=machine.client_id)
    with refused(*BAD_ACTOR):
        swap(back, access, **acting(robot))


@holds("EXCHANGE-13")
def test_a_foreign_token_needs_a_provider_that_vouches(front: App, back: App, wire: Wire) -> None:
    access = front.sign_in(front.user())["AccessToken"]
    unknown = ("ResourceNotFoundException", "Identity provider Elsewhere does not exist.")
    with refused(*unknown):
        swap(back, access, SubjectTokenProviderName="Elsewhere")
    with refused(*unknown):
        swap(back, access, "SAML2", SubjectTokenProviderName="Elsewhere")
    with refused(*unknown):
        swap(back, access, **acting(access), ActorTokenProviderName="Elsewhere")
    with refused("InvalidParameterException"):
        swap(back, access, "SAML2")
    with refused("InvalidParameterException"):
        swap(back, access, **acting(access, "SAML2"))
    wire.call(
        "CreateIdentityProvider",
        UserPoolId=front.pool_id,
        ProviderName="Partner",
        ProviderType="OIDC",
        ProviderDetails={
            "client_id": "x",
            "client_secret": "y",
            "attributes_request_method": "GET",
            "oidc_issuer": "https://partner.example",
            "authorize_scopes": "openid",
            "authorize_url": "https://partner.example/authorize",
            "token_url": "https://partner.example/token",
            "attributes_url": "https://partner.example/userinfo",
            "jwks_uri": "https://partner.example/jwks",
        },
    )
    for kind in ("ACCESS_TOKEN", "ID_TOKEN", "SAML2"):
        with refused(*BAD_SUBJECT):
            swap(back, access, kind, SubjectTokenProviderName="Partner")


@holds("EXCHANGE-14", "EXCHANGE-24")
def test_members_that_do_not_go_together_are_refused(front: App, back: App) -> None:
    access = front.sign_in(front.user())["AccessToken"]
    for members in (
        {"ActorToken": access},
        {"ActorTokenType": "ACCESS_TOKEN"},
        {"ActorTokenProviderName": "Partner"},
        {"Audiences": ["a"], "Resources": ["api.example"]},
        {"Audiences": ["a", "b"]},
        {"Resources": ["api.example", "b"]},
        {"Audiences": ["a b"]},
        {"RequestedTokenType": "SAML2"},
        {"RequestedTokenType": "REFRESH_TOKEN"},
    ):
        with refused("InvalidParameterException"):
            swap(back, access, **members)


# -- what comes out


@holds("EXCHANGE-20")
def test_an_id_token_comes_out_too(front: App, back: App) -> None:
    name = front.user("", name="Ann")
    tokens = front.sign_in(name)
    told = swap(back, tokens["AccessToken"], RequestedTokenType="ID_TOKEN")
    assert (told["IssuedTokenType"], told["TokenType"]) == ("ID_TOKEN", "N_A")
    assert "Scopes" not in told
    claims = claims_of(told["IssuedToken"])
    assert (claims["token_use"], claims["aud"]) == ("id", back.client_id)
    assert (claims["name"], claims["cognito:username"]) == ("Ann", name)
    with refused("NotAuthorizedException"):
        front.wire.call("GetUser", AccessToken=told["IssuedToken"])


@holds("EXCHANGE-22", "EXCHANGE-28")
def test_delegations_nest(front: App, back: App) -> None:
    subject = front.sign_in(front.user())["AccessToken"]
    actors = [front.sign_in(front.user()) for _ in range(2)]
    subs = [claims_of(actor["IdToken"])["sub"] for actor in actors]
    first = swap(back, subject, **acting(actors[0]["AccessToken"]))["IssuedToken"]
    inner = {"sub": subs[0], "client_id": front.client_id}
    assert claims_of(first)["act"] == inner
    assert claims_of(first)["sub"] == claims_of(subject)["sub"]
    second = swap(back, first, **acting(actors[1]["IdToken"], "ID_TOKEN"))["IssuedToken"]
    assert claims_of(second)["act"] == {"sub": subs[1], "act": inner}
    plain = swap(back, second)["IssuedToken"]
    assert claims_of(plain)["act"] == claims_of(second)["act"]
    deep = subject
    for _ in range(8):
        deep = swap(back, deep, **acting(actors[0]["AccessToken"]))["IssuedToken"]
    with refused("InvalidParameterException"):
        swap(back, deep, **acting(actors[0]["AccessToken"]))


@holds("EXCHANGE-23")
def test_scopes_narrow_and_never_widen(front: App, back: App, wire: Wire, pool_id: str) -> None:
    access = front.sign_in(front.user())["AccessToken"]
    identity = front.sign_in(front.user())["IdToken"]
    with refused(*INVALID_SCOPES):
        swap(back, access, Scopes=["openid"])
    with refused(*INVALID_SCOPES):
        swap(back, access, Scopes=[READ])
    assert swap(back, access, Scopes=["openid", ADMIN])["Scopes"] == [ADMIN]
    reader = an_app(
        wire,
        pool_id,
        ExplicitAuthFlows=[IMPERSONATION],
        AllowedOAuthScopes=[READ, WRITE],
        AllowedOAuthFlows=["code"],
        CallbackURLs=["https://app.example/"],
        AllowedOAuthFlowsUserPoolClient=True,
    )
    with refused(*INVALID_SCOPES):
        swap(reader, access)
    whole = swap(reader, identity, "ID_TOKEN")
    assert whole["Scopes"] == [READ, WRITE]
    narrow = swap(reader, whole["IssuedToken"], Scopes=[READ])
    assert narrow["Scopes"] == [READ]
    assert claims_of(narrow["IssuedToken"])["scope"] == READ
    with refused(*INVALID_SCOPES):
        swap(reader, narrow["IssuedToken"], Scopes=[WRITE])
    with refused("NotAuthorizedException", "Access Token does not have required scopes"):
        wire.call("GetUser", AccessToken=narrow["IssuedToken"])


@holds("EXCHANGE-24")
def test_a_token_may_be_for_an_audience(front: App, back: App) -> None:
    access = front.sign_in(front.user())["AccessToken"]
    cases: list[tuple[dict[str, Json], str]] = [
        ({"Audiences": ["payments"]}, "payments"),
        ({"Resources": ["api.example"]}, "api.example"),
    ]
    for members, expected in cases:
        for kind in ("ACCESS_TOKEN", "ID_TOKEN"):
            told = swap(back, access, RequestedTokenType=kind, **members)
            assert claims_of(told["IssuedToken"])["aud"] == expected
    missing = ("ResourceNotFoundException", "Resource server nothing does not exist.")
    with refused(*missing):
        swap(back, access, Resources=["nothing"])


@holds("EXCHANGE-25")
def test_a_derived_token_does_not_outlive_its_subject(clock_app: App) -> None:
    long_lived = {"AccessTokenValidity": 10, "IdTokenValidity": 5}
    app = clock_app.another_client(ExplicitAuthFlows=[*EVERY_FLOW, IMPERSONATION], **long_lived)
    tokens = clock_app.sign_in(clock_app.user())
    clock_app.wire.advance(HOUR_S - 600)
    told = swap(app, tokens["AccessToken"])
    assert told["ExpiresIn"] <= 600
    assert claims_of(told["IssuedToken"])["exp"] == claims_of(tokens["AccessToken"])["exp"]
    own = app.sign_in(app.user())
    assert swap(app, own["AccessToken"])["ExpiresIn"] == 10 * HOUR_S
    derived = swap(app, own["AccessToken"], RequestedTokenType="ID_TOKEN")
    assert derived["ExpiresIn"] == 5 * HOUR_S


@holds("EXCHANGE-26")
@pytest.mark.parametrize("end", ["RevokeToken", "GlobalSignOut", "AdminUserGlobalSignOut"])
def test_what_ends_the_sign_in_ends_the_derived_token(front: App, back: App, end: str) -> None:
    name = front.user()
    tokens = front.sign_in(name)
    refreshed = front.refresh(tokens["RefreshToken"])
    derived = [
        swap(back, access)["IssuedToken"]
        for access in (tokens["AccessToken"], refreshed["AccessToken"])
    ]
    if end == "RevokeToken":
        front.wire.call(end, ClientId=front.client_id, Token=tokens["RefreshToken"])
    elif end == "GlobalSignOut":
        front.wire.call(end, AccessToken=tokens["AccessToken"])
    else:
        front.admin(end, name)
    for token in derived:
        with refused(*REVOKED_ACCESS):
            front.wire.call("GetUser", AccessToken=token)
        with refused(*REVOKED):
            swap(back, token)
