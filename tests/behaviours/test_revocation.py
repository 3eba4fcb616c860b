"""What ends tokens: docs/behaviours/tokens.md."""

import contextlib

import jwt
import pytest

from tests.behaviours.wording import (
    BAD_REFRESH,
    REVOKED_ACCESS,
    REVOKED_REFRESH,
    invalid,
    no_client,
    words_of,
)
from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.support import Json, RefusedError, Wire, claims_of, holds, refused, segment, unique

UNAUTHORIZED = ("UnauthorizedException", "Invalid client or secret")
USES: list[tuple[str, dict[str, Json]]] = [
    ("GetUser", {}),
    ("GlobalSignOut", {}),
    ("UpdateUserAttributes", {"UserAttributes": []}),
    ("DeleteUser", {}),
]


def revoke(app: App, token: str, **members: Json) -> dict[str, Json]:
    secret = {} if app.secret is None else {"ClientSecret": app.secret}
    given = {"ClientId": app.client_id, "Token": token, **secret, **members}
    return app.wire.call("RevokeToken", **given)


def assert_ended(app: App, tokens: dict[str, Json]) -> None:
    for operation, members in USES:
        with refused(*REVOKED_ACCESS):
            app.wire.call(operation, AccessToken=tokens["AccessToken"], **members)
    with refused(*REVOKED_REFRESH):
        app.refresh(tokens["RefreshToken"])


def assert_good(app: App, tokens: dict[str, Json]) -> None:
    assert app.wire.call("GetUser", AccessToken=tokens["AccessToken"])["Username"]
    assert app.refresh(tokens["RefreshToken"])["AccessToken"]


@holds("TOKEN-50", "TOKEN-51")
def test_revoking_ends_one_sign_in(app: App) -> None:
    name = app.user()
    one, other = app.sign_in(name), app.sign_in(name)
    refreshed = app.refresh(one["RefreshToken"])
    assert revoke(app, one["RefreshToken"]) == {}
    assert_ended(app, one)
    with refused(*REVOKED_ACCESS):
        app.wire.call("GetUser", AccessToken=refreshed["AccessToken"])
    with refused(*REVOKED_REFRESH):
        app.wire.call(
            "GetTokensFromRefreshToken",
            ClientId=app.client_id,
            RefreshToken=one["RefreshToken"],
        )
    assert_good(app, other)
    assert_good(app, app.sign_in(name))


@holds("TOKEN-51")
def test_revoking_again_or_nothing_is_no_error(app: App) -> None:
    token = app.sign_in(app.user())["RefreshToken"]
    for _ in range(2):
        assert revoke(app, token) == {}
    assert revoke(app, "garbage") == {}
    assert revoke(app, "a.b.c.d.e") == {}


@holds("TOKEN-52")
def test_a_client_revokes_only_its_own(app: App, secret_app: App, wire: Wire) -> None:
    tokens = app.sign_in(app.user())
    for other in (app.another_client(), secret_app):
        with refused(*UNAUTHORIZED):
            revoke(other, tokens["RefreshToken"])
    with contextlib.suppress(RefusedError):  # another pool may not even be able to read it
        revoke(an_app(wire), tokens["RefreshToken"])
    assert_good(app, tokens)


@holds("TOKEN-52")
def test_a_confidential_client_proves_itself(secret_app: App) -> None:
    tokens = secret_app.sign_in(secret_app.user())
    token, client = tokens["RefreshToken"], secret_app.client_id
    with refused(*UNAUTHORIZED):
        secret_app.wire.call("RevokeToken", ClientId=client, Token=token)
    with refused(*UNAUTHORIZED):
        revoke(secret_app, token, ClientSecret="a" * 51)
    assert secret_app.wire.call("GetUser", AccessToken=tokens["AccessToken"])
    assert revoke(secret_app, token) == {}
    with refused(*REVOKED_ACCESS):
        secret_app.wire.call("GetUser", AccessToken=tokens["AccessToken"])


@holds("TOKEN-53")
@pytest.mark.parametrize("kind", ["AccessToken", "IdToken"])
def test_only_refresh_tokens_are_revoked(app: App, kind: str) -> None:
    tokens = app.sign_in(app.user())
    with refused("UnsupportedTokenTypeException"):
        revoke(app, tokens[kind])
    assert_good(app, tokens)


@holds("TOKEN-54")
def test_revocation_can_be_off(app: App) -> None:
    client = app.another_client(EnableTokenRevocation=False)
    tokens = client.sign_in(client.user())
    with refused("UnsupportedOperationException", "This feature is not enabled for this client"):
        revoke(client, tokens["RefreshToken"])
    assert_good(client, tokens)


@holds("TOKEN-55")
def test_a_blank_token_is_refused(app: App) -> None:
    for given in ({}, {"Token": ""}):
        with refused(*invalid("Token is required")):
            app.wire.call("RevokeToken", ClientId=app.client_id, **given)


@holds("TOKEN-56")
@pytest.mark.parametrize("by", ["user", "administrator"])
def test_a_global_sign_out_ends_every_session(app: App, by: str) -> None:
    name, bystander = app.user(), app.sign_in(app.user())
    other = app.another_client()
    sessions = [(app, app.sign_in(name)), (other, other.sign_in(name))]
    if by == "user":
        assert app.wire.call("GlobalSignOut", AccessToken=sessions[0][1]["AccessToken"]) == {}
    else:
        assert app.admin("AdminUserGlobalSignOut", name) == {}
    for client, tokens in sessions:
        assert_ended(client, tokens)
    assert_good(app, bystander)


@holds("TOKEN-56")
def test_a_sign_in_a_moment_after_a_sign_out_is_good(app: App) -> None:
    name = app.user()
    for _ in range(5):
        tokens = app.sign_in(name)
        app.admin("AdminUserGlobalSignOut", name)
        fresh = app.sign_in(name)
        assert app.wire.call("GetUser", AccessToken=fresh["AccessToken"])
        with refused(*REVOKED_ACCESS):
            app.wire.call("GetUser", AccessToken=tokens["AccessToken"])
        assert_good(app, fresh)


@holds("TOKEN-56")
def test_signing_out_a_user_without_sessions_is_no_error(app: App) -> None:
    assert app.admin("AdminUserGlobalSignOut", app.user()) == {}


@holds("TOKEN-57")
def test_disabling_ends_every_session_for_good(app: App) -> None:
    name = app.user()
    tokens = app.sign_in(name)
    app.admin("AdminDisableUser", name)
    with refused("NotAuthorizedException"):
        app.wire.call("GetUser", AccessToken=tokens["AccessToken"])
    with refused("NotAuthorizedException"):
        app.refresh(tokens["RefreshToken"])
    app.admin("AdminEnableUser", name)
    assert_ended(app, tokens)
    assert_good(app, app.sign_in(name))


@holds("TOKEN-58")
def test_ended_tokens_still_verify_by_their_signature(app: App) -> None:
    name = app.user()
    tokens = app.sign_in(name)
    app.admin("AdminUserGlobalSignOut", name)
    issuer = claims_of(tokens["IdToken"])["iss"]
    path = issuer.removeprefix(app.wire.base_url)
    keys = app.wire.exchange("GET", f"{path}/.well-known/jwks.json").json()["keys"]
    (key,) = (key for key in keys if key["kid"] == segment(tokens["IdToken"], 0)["kid"])
    claims = jwt.decode(
        tokens["IdToken"], jwt.PyJWK(key), algorithms=["RS256"], audience=app.client_id
    )
    assert claims["cognito:username"] == name


@holds("TOKEN-50")
def test_a_revoked_rotating_token_takes_its_family_along(wire: Wire) -> None:
    app = an_app(
        wire,
        a_pool(wire),
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"],
        RefreshTokenRotation={"Feature": "ENABLED", "RetryGracePeriodSeconds": 60},
    )
    tokens = app.sign_in(app.user())
    given = {"ClientId": app.client_id, "RefreshToken": tokens["RefreshToken"]}
    fresh = wire.call("GetTokensFromRefreshToken", **given)["AuthenticationResult"]
    revoke(app, fresh["RefreshToken"])
    for token in (tokens["RefreshToken"], fresh["RefreshToken"]):
        given = {"ClientId": app.client_id, "RefreshToken": token}
        with pytest.raises(RefusedError) as caught:
            wire.call("GetTokensFromRefreshToken", **given)
        code, _ = words_of(caught.value)
        assert code in {"NotAuthorizedException", "RefreshTokenReuseException"}
    for access in (tokens["AccessToken"], fresh["AccessToken"]):
        with refused(*REVOKED_ACCESS):
            wire.call("GetUser", AccessToken=access)


@holds("TOKEN-52")
def test_an_unknown_client_revokes_nothing(app: App) -> None:
    ghost = App(app.wire, app.pool_id, "1example23456789abcdefghij")
    tokens = app.sign_in(app.user(unique("spared")))
    with pytest.raises(RefusedError) as caught:
        revoke(ghost, tokens["RefreshToken"])
    assert words_of(caught.value) in {UNAUTHORIZED, no_client(ghost.client_id), BAD_REFRESH}
    assert_good(app, tokens)
