"""Refresh tokens: docs/behaviours/sign-in.md and tokens.md."""

from collections.abc import Callable
from functools import partial

import pytest

from poolkeep.base.ids import timed_uuid_ms
from tests.behaviours.wording import (
    BAD_REFRESH,
    DISABLED,
    OLD_REFRESH,
    RESET,
    REVOKED_REFRESH,
    invalid,
    no_client,
    words_of,
)
from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.support import (
    Json,
    RefusedError,
    Wire,
    an_email,
    attributes,
    claims_of,
    holds,
    race,
    refused,
    tampered,
)

HOUR_S = 3600
KINDS = ("AccessToken", "IdToken")
NO_REFRESH_FLOW = ["ALLOW_USER_PASSWORD_AUTH"]


def rotating(app: App, grace_s: int = 0, **settings: Json) -> App:
    """Return a client of the same pool whose refresh tokens rotate."""
    rotation = {"Feature": "ENABLED", "RetryGracePeriodSeconds": grace_s}
    return app.another_client(
        ExplicitAuthFlows=NO_REFRESH_FLOW, RefreshTokenRotation=rotation, **settings
    )


def trade(app: App, token: str, **members: Json) -> dict[str, Json]:
    """Use GetTokensFromRefreshToken and return the tokens."""
    secret = {} if app.secret is None else {"ClientSecret": app.secret}
    given = {"ClientId": app.client_id, "RefreshToken": token, **secret, **members}
    found: dict[str, Json] = app.wire.call("GetTokensFromRefreshToken", **given)[
        "AuthenticationResult"
    ]
    return found


@holds("SIGNIN-70", "TOKEN-17")
@pytest.mark.parametrize("flow", ["REFRESH_TOKEN_AUTH", "REFRESH_TOKEN"])
def test_a_refresh_gives_access_and_id_tokens_alone(app: App, flow: str) -> None:
    name = app.user()
    tokens = app.sign_in(name)
    for start in (app.initiate, app.admin_initiate):
        step = start(flow, REFRESH_TOKEN=tokens["RefreshToken"])
        assert step["ChallengeParameters"] == {}
        fresh = step["AuthenticationResult"]
        assert set(fresh) == {"AccessToken", "IdToken", "ExpiresIn", "TokenType"}
        assert app.wire.call("GetUser", AccessToken=fresh["AccessToken"])["Username"] == name
        for kind in ("AccessToken", "IdToken"):
            old, new = claims_of(tokens[kind]), claims_of(fresh[kind])
            for kept in ("sub", "auth_time", "origin_jti", "event_id", "iss"):
                assert old[kept] == new[kept], kept
            assert old["jti"] != new["jti"]


@holds("TOKEN-17")
def test_a_refresh_tells_the_attributes_of_now(app: App) -> None:
    name = app.user("", name="Before")
    tokens = app.sign_in(name)
    changed = attributes({"name": "After"})
    app.admin("AdminUpdateUserAttributes", name, UserAttributes=changed)
    assert claims_of(app.refresh(tokens["RefreshToken"])["IdToken"])["name"] == "After"


@holds("SIGNIN-71")
def test_an_unreadable_token_is_refused(app: App) -> None:
    tokens = app.sign_in(app.user())
    good = tokens["RefreshToken"]
    parts = good.split(".")
    altered = [".".join([*parts[:n], tampered(parts[n]), *parts[n + 1 :]]) for n in (1, 2, 3, 4)]
    for bad in (
        *(part for part in altered if part != good),
        ".".join(parts[:4]),
        good + "x",
        "a.b.c.d.e",
        "garbage",
        tokens["AccessToken"],
        tokens["IdToken"],
    ):
        with refused(*BAD_REFRESH):
            app.refresh(bad)
        with refused(*BAD_REFRESH):
            trade(app, bad)
    assert app.refresh(good)["AccessToken"]


@holds("SIGNIN-71")
def test_a_token_of_another_client_or_pool_is_refused(app: App, wire: Wire) -> None:
    token = app.sign_in(app.user())["RefreshToken"]
    for other in (app.another_client(), an_app(wire)):
        with refused(*BAD_REFRESH):
            other.refresh(token)
        with refused(*BAD_REFRESH):
            trade(other, token)
    assert app.refresh(token)["AccessToken"]


@holds("SIGNIN-72", "TOKEN-34")
def test_a_refresh_token_ends_with_its_life(clock_app: App) -> None:
    client = clock_app.another_client(
        RefreshTokenValidity=1, TokenValidityUnits={"RefreshToken": "hours"}
    )
    token = client.sign_in(client.user())["RefreshToken"]
    clock_app.wire.advance(HOUR_S - 30)
    assert client.refresh(token)["AccessToken"]
    clock_app.wire.advance(31)
    with refused(*OLD_REFRESH):
        client.refresh(token)
    with refused(*OLD_REFRESH):
        trade(client, token)


@holds("SIGNIN-72", "TOKEN-34")
def test_the_life_is_that_of_the_time_of_issue(clock_app: App) -> None:
    hours = {"TokenValidityUnits": {"RefreshToken": "hours"}}
    client = clock_app.another_client(RefreshTokenValidity=2, **hours)
    token = client.sign_in(client.user())["RefreshToken"]
    clock_app.wire.call(
        "UpdateUserPoolClient",
        UserPoolId=client.pool_id,
        ClientId=client.client_id,
        RefreshTokenValidity=1,
        ExplicitAuthFlows=["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_PASSWORD_AUTH"],
        **hours,
    )
    later = client.sign_in(client.user())["RefreshToken"]
    clock_app.wire.advance(HOUR_S + 1)
    assert client.refresh(token)["AccessToken"]
    with refused(*OLD_REFRESH):
        client.refresh(later)


@holds("SIGNIN-73")
def test_a_refresh_needs_an_account_in_good_standing(app: App) -> None:
    email = an_email()
    disabled = app.user()
    reset = app.user("", email=email, email_verified="true")
    deleted = app.user()
    tokens = {name: app.sign_in(name)["RefreshToken"] for name in (disabled, reset, deleted)}
    app.admin("AdminDisableUser", disabled)
    app.admin("AdminResetUserPassword", reset)
    app.admin("AdminDeleteUser", deleted)
    app.user(deleted)
    for use in (app.refresh, lambda token: trade(app, token)):
        with pytest.raises(RefusedError) as caught:
            use(tokens[disabled])
        assert words_of(caught.value) in {DISABLED, REVOKED_REFRESH}
        with refused(*RESET):
            use(tokens[reset])
        with pytest.raises(RefusedError) as caught:
            use(tokens[deleted])
        assert caught.value.code in {"NotAuthorizedException", "UserNotFoundException"}


@holds("SIGNIN-74")
def test_tokens_are_traded_without_rotation_too(app: App, secret_app: App) -> None:
    for one in (app, secret_app):
        token = one.sign_in(one.user())["RefreshToken"]
        for _ in range(2):
            fresh = trade(one, token)
            assert {"AccessToken", "IdToken", "ExpiresIn", "TokenType"} <= set(fresh)
            assert "RefreshToken" not in fresh
    closed = app.another_client(ExplicitAuthFlows=NO_REFRESH_FLOW)
    assert trade(closed, closed.sign_in(closed.user())["RefreshToken"])["AccessToken"]


@holds("SIGNIN-74")
def test_trading_takes_the_secret_itself(secret_app: App) -> None:
    token = secret_app.sign_in(secret_app.user())["RefreshToken"]
    client = secret_app.client_id
    text = f"Client {client} is configured for secret but secret was not received"
    with refused("NotAuthorizedException", text):
        secret_app.wire.call("GetTokensFromRefreshToken", ClientId=client, RefreshToken=token)
    for wrong in ("a" * 51, f"{secret_app.secret}x"):
        with refused("NotAuthorizedException"):
            trade(secret_app, token, ClientSecret=wrong)
    assert trade(secret_app, token)["AccessToken"]


@holds("CLIENT-16")
def test_a_deleted_clients_tokens_are_refused(app: App) -> None:
    client = app.another_client()
    tokens = client.sign_in(client.user())
    app.wire.call("DeleteUserPoolClient", UserPoolId=app.pool_id, ClientId=client.client_id)
    for use in (client.refresh, lambda token: trade(client, token)):
        with refused(*no_client(client.client_id)):
            use(tokens["RefreshToken"])
    with refused(*BAD_REFRESH):
        app.refresh(tokens["RefreshToken"])


@holds("SIGNIN-75", "SIGNIN-76", "TOKEN-16")
def test_a_rotating_token_is_used_once(app: App) -> None:
    client = rotating(app)
    name = client.user()
    first = client.sign_in(name)
    second = trade(client, first["RefreshToken"])
    assert second["RefreshToken"] != first["RefreshToken"]
    with refused("RefreshTokenReuseException"):
        trade(client, first["RefreshToken"])
    third = trade(client, second["RefreshToken"])
    assert len({claims_of(tokens["AccessToken"])["jti"] for tokens in (first, second, third)}) == 3
    for kept in ("origin_jti", "auth_time"):
        values = {claims_of(tokens["AccessToken"])[kept] for tokens in (first, second, third)}
        assert len(values) == 1, kept
    for tokens in (first, second, third):
        assert app.wire.call("GetUser", AccessToken=tokens["AccessToken"])["Username"] == name


@holds("SIGNIN-76")
def test_a_rotating_client_has_no_refresh_flow(app: App) -> None:
    client = rotating(app)
    token = client.sign_in(client.user())["RefreshToken"]
    text = "This API does not support refresh token rotation"
    with refused("UnsupportedOperationException", text):
        client.refresh(token)
    assert trade(client, token)["RefreshToken"]


@holds("SIGNIN-75", "CLIENT-14")
def test_within_the_grace_the_old_token_still_works(clock_app: App) -> None:
    client = rotating(clock_app, grace_s=60)
    first = client.sign_in(client.user())
    second = trade(client, first["RefreshToken"])
    clock_app.wire.advance(50)
    again = trade(client, first["RefreshToken"])
    assert again["RefreshToken"] not in {first["RefreshToken"], second["RefreshToken"]}
    clock_app.wire.advance(11)
    with refused("RefreshTokenReuseException"):
        trade(client, first["RefreshToken"])
    for tokens in (second, again):
        assert trade(client, tokens["RefreshToken"])["AccessToken"]


@holds("SIGNIN-77")
def test_of_racers_with_one_rotating_token_one_wins(app: App) -> None:
    client = rotating(app)
    token = client.sign_in(client.user())["RefreshToken"]
    won, lost = race(8, lambda: trade(client, token))
    assert len(won) == 1, lost
    assert {refusal.code for refusal in lost} == {"RefreshTokenReuseException"}
    assert trade(client, won[0]["RefreshToken"])["AccessToken"]


@holds("TOKEN-64")
def test_a_refresh_that_races_a_sign_out_does_not_outlive_it(app: App) -> None:
    client = rotating(app, grace_s=60)
    name = client.user()
    for _ in range(4):
        token = client.sign_in(name)["RefreshToken"]
        acts: list[Callable[[], Json]] = [partial(app.admin, "AdminUserGlobalSignOut", name)]
        acts += [partial(trade, client, token)] * 5
        won, _ = race(6, lambda acts=acts: acts.pop()())  # type: ignore[misc]  # mypy: default argument of a lambda
        for tokens in won:
            if "AccessToken" in tokens:
                with refused("NotAuthorizedException", "Access Token has been revoked"):
                    app.wire.call("GetUser", AccessToken=tokens["AccessToken"])
                with refused(*REVOKED_REFRESH):
                    trade(client, tokens["RefreshToken"])


@holds("TOKEN-64")
def test_the_id_of_a_token_carries_the_time_of_the_sign_in(app: App) -> None:
    client = rotating(app, grace_s=60)
    first = client.sign_in(client.user())
    second = trade(client, first["RefreshToken"])
    third = trade(client, second["RefreshToken"])
    ids = [claims_of(each[kind])["jti"] for each in (first, second, third) for kind in KINDS]
    assert len(set(ids)) == 6
    assert len({timed_uuid_ms(jti) for jti in ids}) == 1


@holds("SIGNIN-78")
def test_a_rotated_token_keeps_the_end_of_its_family(clock_app: App) -> None:
    client = rotating(
        clock_app, RefreshTokenValidity=1, TokenValidityUnits={"RefreshToken": "hours"}
    )
    first = client.sign_in(client.user())
    clock_app.wire.advance(HOUR_S - 60)
    second = trade(client, first["RefreshToken"])
    clock_app.wire.advance(61)
    with refused(*OLD_REFRESH):
        trade(client, second["RefreshToken"])


@holds("CLIENT-09")
def test_rotation_and_the_refresh_flow_exclude_each_other(wire: Wire) -> None:
    text = (
        "ALLOW_REFRESH_TOKEN_AUTH is not a permitted ExplicitAuthFlow when refresh token "
        "rotation is enabled."
    )
    with refused(*invalid(text)):
        an_app(wire, a_pool(wire), RefreshTokenRotation={"Feature": "ENABLED"})
