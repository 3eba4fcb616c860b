"""Sessions of users, settings and records: docs/behaviours/sessions.md."""

import json
import re

import pytest

from tests.behaviours.sessions import (
    NOBODYS,
    NOT_TRACKED,
    assert_ended,
    listed,
    own,
    sid,
    sids,
    track,
    tracking_app,
)
from tests.behaviours.wording import (
    no_client,
    no_pool,
)
from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.support import PASSWORD, Json, Wire, claims_of, holds, refused
from tests.support.server import StartServer


@pytest.fixture(scope="module")
def tracked(wire: Wire) -> App:
    """Return a client of a pool that tracks sessions."""
    return tracking_app(wire)


# -- settings


@holds("SESSION-01", "SESSION-02", "SESSION-03")
def test_settings_are_told_as_they_were_set(wire: Wire) -> None:
    app = an_app(wire, a_pool(wire))
    pool = {"UserPoolId": app.pool_id}
    client = {**pool, "ClientId": app.client_id}
    assert wire.call("GetUserPoolSessionConfiguration", **pool) == {
        **pool,
        "UserSessionTracking": "DISABLED",
        "TokenSession": {"MaxPerUser": 20},
    }
    unset = {**client, "SSOSession": {"MaxValidityMinutes": 60}}
    assert wire.call("GetUserPoolClientSessionConfiguration", **client) == unset
    told: dict[str, Json] = {}
    for number in (1, 100):
        told = track(app, number)
        assert told == {
            **pool,
            "UserSessionTracking": "ENABLED",
            "TokenSession": {"MaxPerUser": number},
        }
        assert wire.call("GetUserPoolSessionConfiguration", **pool) == told
    for minutes in (0, 129_600):
        wanted = {**client, "SSOSession": {"MaxValidityMinutes": minutes}}
        assert wire.call("SetUserPoolClientSessionConfiguration", **wanted) == wanted
        assert wire.call("GetUserPoolClientSessionConfiguration", **client) == wanted
    described = wire.call("DescribeUserPool", **pool)["UserPool"]
    assert not [name for name in described if "Session" in name]
    wire.call("UpdateUserPool", **pool)
    wire.call("UpdateUserPoolClient", **client)
    assert wire.call("GetUserPoolSessionConfiguration", **pool) == told
    told_client = wire.call("GetUserPoolClientSessionConfiguration", **client)
    assert told_client["SSOSession"] == {"MaxValidityMinutes": 129_600}


@holds("SESSION-02")
@pytest.mark.parametrize(
    "members",
    [
        {"UserSessionTracking": "ENABLED", "TokenSession": {"MaxPerUser": 0}},
        {"UserSessionTracking": "ENABLED", "TokenSession": {"MaxPerUser": 101}},
        {"UserSessionTracking": "ENABLED", "TokenSession": {}},
        {"UserSessionTracking": "ENABLED"},
        {"UserSessionTracking": "SOMETIMES", "TokenSession": {"MaxPerUser": 5}},
        {"TokenSession": {"MaxPerUser": 5}},
    ],
)
def test_a_pools_setting_out_of_range_is_refused(app: App, members: dict[str, Json]) -> None:
    with refused("InvalidParameterException"):
        app.wire.call("SetUserPoolSessionConfiguration", UserPoolId=app.pool_id, **members)


@holds("SESSION-02")
@pytest.mark.parametrize("sso", [{}, {"MaxValidityMinutes": -1}, {"MaxValidityMinutes": 129_601}])
def test_a_clients_setting_out_of_range_is_refused(tracked: App, sso: dict[str, Json]) -> None:
    with refused("InvalidParameterException"):
        tracked.wire.call(
            "SetUserPoolClientSessionConfiguration",
            UserPoolId=tracked.pool_id,
            ClientId=tracked.client_id,
            SSOSession=sso,
        )


def test_settings_belong_to_the_account_and_the_pool(tracked: App, app: App) -> None:
    stranger = Wire(tracked.wire.base_url)
    pool = {"UserPoolId": tracked.pool_id}
    wanted = {"UserSessionTracking": "DISABLED", "TokenSession": {"MaxPerUser": 1}}
    sso = {"SSOSession": {"MaxValidityMinutes": 5}}
    mine = {**pool, "ClientId": tracked.client_id}
    for operation, members in (
        ("GetUserPoolSessionConfiguration", pool),
        ("SetUserPoolSessionConfiguration", {**pool, **wanted}),
        ("GetUserPoolClientSessionConfiguration", mine),
        ("SetUserPoolClientSessionConfiguration", {**mine, **sso}),
        ("AdminListUserSessions", {**pool, "Username": "x"}),
        ("AdminRevokeUserSession", {**pool, "Username": "x", "SessionId": NOBODYS}),
    ):
        with refused(*no_pool(tracked.pool_id)):
            stranger.call(operation, **members)
        unsigned = tracked.wire.send(operation, b"{}", without=("Authorization",))
        assert unsigned.json()["__type"] == "MissingAuthenticationTokenException"
    foreign = {**pool, "ClientId": app.client_id}
    with refused(*no_client(app.client_id)):
        tracked.wire.call("GetUserPoolClientSessionConfiguration", **foreign)
    with refused(*no_client(app.client_id)):
        tracked.wire.call("SetUserPoolClientSessionConfiguration", **foreign, **sso)


@holds("SESSION-04", "SESSION-38")
def test_without_tracking_nothing_is_offered(wire: Wire) -> None:
    app = tracking_app(wire)
    client = {"UserPoolId": app.pool_id, "ClientId": app.client_id}
    minutes = {"SSOSession": {"MaxValidityMinutes": 5}}
    wire.call("SetUserPoolClientSessionConfiguration", **client, **minutes)
    track(app, tracking="DISABLED")
    name = app.user()
    access = app.sign_in(name)["AccessToken"]
    with refused(*NOT_TRACKED):
        wire.call("SetUserPoolClientSessionConfiguration", **client, **minutes)
    with refused(*NOT_TRACKED):
        wire.call("ListUserSessions", AccessToken=access)
    with refused(*NOT_TRACKED):
        wire.call("RevokeUserSession", AccessToken=access, SessionId=NOBODYS)
    with refused(*NOT_TRACKED):
        app.admin("AdminListUserSessions", name)
    with refused(*NOT_TRACKED):
        app.admin("AdminRevokeUserSession", name, SessionId=NOBODYS)
    told = wire.call("GetUserPoolClientSessionConfiguration", **client)
    assert told == {**client, **minutes}
    track(app)
    assert wire.call("GetUserPoolClientSessionConfiguration", **client) == told


@holds("SESSION-05")
def test_tracking_is_above_the_lowest_tier(start_server: StartServer) -> None:
    server = start_server(environment={"POOLKEEP_TIERS_ENFORCED": "true"})
    wire = Wire(server.base_url)
    lite = an_app(wire, a_pool(wire, UserPoolTier="LITE"))
    with refused("FeatureUnavailableInTierException"):
        track(lite)
    with refused("FeatureUnavailableInTierException"):
        wire.call(
            "SetUserPoolClientSessionConfiguration",
            UserPoolId=lite.pool_id,
            ClientId=lite.client_id,
            SSOSession={"MaxValidityMinutes": 5},
        )
    above = tracking_app(wire)
    with refused("FeatureUnavailableInTierException"):
        wire.call("UpdateUserPool", UserPoolId=above.pool_id, UserPoolTier="LITE")
    track(above, tracking="DISABLED")
    wire.call("UpdateUserPool", UserPoolId=above.pool_id, UserPoolTier="LITE")


# -- records


@holds("SESSION-10", "SESSION-11", "SESSION-12", "SESSION-13", "SESSION-14", "SESSION-15")
def test_every_sign_in_makes_a_session(tracked: App) -> None:
    name = tracked.user()
    assert listed(tracked, name) == []
    first = tracked.sign_in(name)
    second = tracked.srp_step(name)["AuthenticationResult"]
    tracked.refresh(first["RefreshToken"])
    sessions = own(tracked, second)
    assert [session["SessionId"] for session in sessions] == [sid(first), sid(second)]
    assert [session["IsCurrentSession"] for session in sessions] == [False, True]
    assert all(re.fullmatch("tkn[a-z0-9]{25}", each["SessionId"]) for each in sessions)
    told = sessions[0]
    assert told["LastActiveDate"] > told["CreateDate"]
    assert {**told, "CreateDate": 0, "LastActiveDate": 0} == {
        "SessionId": sid(first),
        "SessionType": "TOKEN",
        "ClientId": tracked.client_id,
        "CreateDate": 0,
        "LastActiveDate": 0,
        "DeviceType": "unknown",
        "LastIPAddress": "127.0.0.1",
        "LastLocation": {"Country": "unknown"},
        "IsCurrentSession": False,
    }
    by_admin = listed(tracked, name)
    assert [session["IsCurrentSession"] for session in by_admin] == [False, False]
    assert sids(by_admin) == sids(sessions)


@holds("SESSION-11", "SESSION-13")
def test_a_rotation_is_activity_of_the_session(tracked: App) -> None:
    client = tracked.another_client(
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"], RefreshTokenRotation={"Feature": "ENABLED"}
    )
    name = client.user()
    tokens = client.sign_in(name)
    (before,) = listed(client, name)
    given = {"ClientId": client.client_id, "RefreshToken": tokens["RefreshToken"]}
    body = json.dumps(given).encode()
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
    reply = client.wire.send("GetTokensFromRefreshToken", body, {"User-Agent": agent})
    assert reply.status == 200
    (after,) = listed(client, name)
    assert after["SessionId"] == before["SessionId"]
    assert after["LastActiveDate"] > before["LastActiveDate"]
    assert after["DeviceType"] == "Firefox on Linux"
    fresh = reply.json()["AuthenticationResult"]
    assert claims_of(fresh["AccessToken"])["sid"] == sid(tokens)


@holds("SESSION-11")
def test_an_administrators_server_tells_of_the_users_address(tracked: App) -> None:
    name = tracked.user()
    tracked.wire.call(
        "AdminInitiateAuth",
        UserPoolId=tracked.pool_id,
        ClientId=tracked.client_id,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": name, "PASSWORD": PASSWORD},
        ContextData={
            "IpAddress": "198.51.100.7",
            "ServerName": "app.example",
            "ServerPath": "/login",
            "HttpHeaders": [],
        },
    )
    (session,) = listed(tracked, name)
    assert session["LastIPAddress"] == "198.51.100.7"


@holds("SESSION-16", "SESSION-17")
def test_tokens_name_their_session_while_it_is_tracked(wire: Wire) -> None:
    app = an_app(wire, a_pool(wire), EnableTokenRevocation=False)
    name = app.user()
    for tracking in ("ENABLED", "DISABLED"):
        track(app, tracking=tracking)
        tokens = app.sign_in(name)
        for found in (tokens, app.refresh(tokens["RefreshToken"])):
            identity, access = claims_of(found["IdToken"]), claims_of(found["AccessToken"])
            for claim in ("sid", "origin_jti"):
                assert (claim in access) is (claim in identity) is (tracking == "ENABLED")
                assert access.get(claim) == identity.get(claim)
            assert access.get("sid") == claims_of(tokens["AccessToken"]).get("sid")


@holds("SESSION-18")
def test_an_older_sign_in_gets_a_session_at_its_first_refresh(wire: Wire) -> None:
    app = an_app(wire, a_pool(wire))
    name = app.user()
    old = app.sign_in(name)
    track(app, 1)
    assert listed(app, name) == []
    fresh = app.refresh(old["RefreshToken"])
    assert sids(listed(app, name)) == {sid(fresh)}
    app.admin("AdminRevokeUserSession", name, SessionId=sid(fresh))
    assert_ended(app, {**old, **fresh})
