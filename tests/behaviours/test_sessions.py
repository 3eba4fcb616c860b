"""Sessions of users: docs/behaviours/sessions.md."""

import json
import re
from collections.abc import Callable
from functools import partial

import pytest

from tests.behaviours.wording import (
    BAD_ACCESS,
    NO_USER,
    OLD_ACCESS,
    REVOKED_ACCESS,
    REVOKED_REFRESH,
    invalid,
    no_client,
    no_pool,
)
from tests.sdk.builders import EVERY_FLOW, App, a_pool, an_app
from tests.sdk.support import PASSWORD, Json, Wire, claims_of, holds, race, refused, unique
from tests.support.server import StartServer

NOT_TRACKED = (
    "OperationNotEnabledException",
    "User session tracking is not enabled for this user pool.",
)
NO_SESSION = ("ResourceNotFoundException", "Session does not exist.")
CURRENT = invalid("Cannot revoke the current session.")
NOBODYS = "tkn" + "0" * 25
HOUR_S = 3600


def track(app: App, per_user: int = 20, tracking: str = "ENABLED") -> dict[str, Json]:
    return app.wire.call(
        "SetUserPoolSessionConfiguration",
        UserPoolId=app.pool_id,
        UserSessionTracking=tracking,
        TokenSession={"MaxPerUser": per_user},
    )


def tracking_app(wire: Wire, per_user: int = 20) -> App:
    app = an_app(wire, a_pool(wire))
    track(app, per_user)
    return app


@pytest.fixture(scope="module")
def tracked(wire: Wire) -> App:
    """Return a client of a pool that tracks sessions."""
    return tracking_app(wire)


def listed(app: App, name: str) -> list[dict[str, Json]]:
    found: list[dict[str, Json]] = app.admin("AdminListUserSessions", name)["Sessions"]
    return found


def own(app: App, tokens: dict[str, Json]) -> list[dict[str, Json]]:
    answer = app.wire.call("ListUserSessions", AccessToken=tokens["AccessToken"])
    found: list[dict[str, Json]] = answer["Sessions"]
    return found


def sid(tokens: dict[str, Json]) -> str:
    session: str = claims_of(tokens["AccessToken"])["sid"]
    return session


def sids(sessions: list[dict[str, Json]]) -> set[str]:
    return {session["SessionId"] for session in sessions}


def revoke(app: App, tokens: dict[str, Json], session: str, **members: Json) -> dict[str, Json]:
    access = tokens["AccessToken"]
    return app.wire.call("RevokeUserSession", AccessToken=access, SessionId=session, **members)


def assert_ended(app: App, tokens: dict[str, Json]) -> None:
    with refused(*REVOKED_ACCESS):
        app.wire.call("GetUser", AccessToken=tokens["AccessToken"])
    with refused(*REVOKED_REFRESH):
        app.refresh(tokens["RefreshToken"])


def assert_good(app: App, tokens: dict[str, Json]) -> None:
    assert app.wire.call("GetUser", AccessToken=tokens["AccessToken"])["Username"]
    assert app.refresh(tokens["RefreshToken"])["AccessToken"]


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


# -- the cap


@holds("SESSION-20", "SESSION-22")
def test_at_the_cap_the_least_recently_used_session_ends(wire: Wire) -> None:
    app = tracking_app(wire, 2)
    other = app.another_client()
    name = app.user()
    first, second = app.sign_in(name), other.sign_in(name)
    app.refresh(first["RefreshToken"])
    third = app.sign_in(name)
    assert_ended(other, second)
    assert sids(listed(app, name)) == {sid(first), sid(third)}
    assert_good(app, first)
    assert_good(app, third)
    stranger = app.user()
    app.sign_in(stranger)
    assert_good(app, first)


@holds("SESSION-21")
def test_a_lower_cap_waits_for_the_next_sign_in(wire: Wire) -> None:
    app = tracking_app(wire, 3)
    name = app.user()
    former = [app.sign_in(name) for _ in range(3)]
    track(app, 1)
    for tokens in former:
        assert_good(app, tokens)
    last = app.sign_in(name)
    for tokens in former:
        assert_ended(app, tokens)
    assert sids(own(app, last)) == {sid(last)}


@holds("SESSION-22")
def test_sign_ins_that_race_at_the_cap_leave_one(wire: Wire) -> None:
    app = tracking_app(wire, 1)
    name = app.user()
    won, lost = race(6, lambda: app.sign_in(name))
    assert len(won) == 6, lost
    left = listed(app, name)
    assert len(left) == 1
    for tokens in won:
        if {sid(tokens)} == sids(left):
            assert_good(app, tokens)
        else:
            assert_ended(app, tokens)


@holds("SESSION-22")
def test_refreshes_that_race_at_the_cap_end_nothing(wire: Wire) -> None:
    app = an_app(wire, a_pool(wire))
    name = app.user()
    tokens = [app.sign_in(name) for _ in range(3)]
    track(app, 1)
    waiting = [each["RefreshToken"] for each in tokens]
    won, lost = race(3, lambda: app.refresh(waiting.pop()))
    assert len(won) == 3, lost
    assert len(listed(app, name)) == 3


# -- ends


@holds("SESSION-30")
def test_a_user_ends_another_session(tracked: App) -> None:
    name = tracked.user()
    one, other, third = (tracked.sign_in(name) for _ in range(3))
    assert revoke(tracked, one, sid(other)) == {}
    assert_ended(tracked, other)
    assert sids(own(tracked, one)) == {sid(one), sid(third)}
    assert revoke(tracked, one, sid(third), RevokeAssociatedSessions="LINKED") == {}
    assert_ended(tracked, third)
    assert_good(tracked, one)


@holds("SESSION-30")
def test_an_administrator_ends_any_session(tracked: App) -> None:
    name = tracked.user()
    one, other = tracked.sign_in(name), tracked.sign_in(name)
    for members in ({}, {"RevokeAssociatedSessions": "NONE"}):
        session = sid(one if members else other)
        assert tracked.admin("AdminRevokeUserSession", name, SessionId=session, **members) == {}
    assert_ended(tracked, one)
    assert_ended(tracked, other)
    assert listed(tracked, name) == []


@holds("SESSION-31")
def test_the_calling_session_is_not_ended_by_itself(tracked: App) -> None:
    tokens = tracked.sign_in(tracked.user())
    for linked in ("NONE", "LINKED"):
        with refused(*CURRENT):
            revoke(tracked, tokens, sid(tokens), RevokeAssociatedSessions=linked)
    assert_good(tracked, tokens)


@holds("SESSION-32")
def test_only_a_living_session_of_the_user_is_ended(tracked: App, wire: Wire) -> None:
    name, stranger = tracked.user(), tracked.user()
    mine, theirs = tracked.sign_in(name), tracked.sign_in(stranger)
    spent = tracked.sign_in(name)
    revoke(tracked, mine, sid(spent))
    elsewhere = tracking_app(wire)
    foreign = elsewhere.sign_in(elsewhere.user())
    for session in (sid(theirs), sid(spent), sid(foreign), NOBODYS, "sso" + "a" * 25):
        with refused(*NO_SESSION):
            revoke(tracked, mine, session)
        with refused(*NO_SESSION):
            tracked.admin("AdminRevokeUserSession", name, SessionId=session)
    for session in ("", "tkn", "tkn" + "A" * 25, "abc" + "0" * 25):
        with refused("InvalidParameterException"):
            revoke(tracked, mine, session)
    with refused("InvalidParameterException"):
        revoke(tracked, mine, NOBODYS, RevokeAssociatedSessions="ALL")
    with refused(*NO_USER):
        tracked.admin("AdminRevokeUserSession", unique("nobody"), SessionId=NOBODYS)
    with refused(*NO_USER):
        tracked.admin("AdminListUserSessions", unique("nobody"))
    assert_good(tracked, theirs)


@holds("SESSION-32")
def test_a_session_is_ended_once(tracked: App) -> None:
    name = tracked.user()
    session = sid(tracked.sign_in(name))
    won, lost = race(6, lambda: tracked.admin("AdminRevokeUserSession", name, SessionId=session))
    assert (len(won), len(lost)) == (1, 5)
    assert {(refusal.code, refusal.text) for refusal in lost} == {NO_SESSION}


def test_only_a_good_access_token_lists_and_ends(clock_app: App) -> None:
    app = an_app(clock_app.wire, a_pool(clock_app.wire))
    track(app)
    name = app.user()
    tokens = app.sign_in(name)
    uses: list[tuple[str, dict[str, Json]]] = [
        ("ListUserSessions", {}),
        ("RevokeUserSession", {"SessionId": NOBODYS}),
    ]
    for operation, members in uses:
        for bad in (tokens["IdToken"], "garbage"):
            with refused(*BAD_ACCESS):
                app.wire.call(operation, AccessToken=bad, **members)
        with refused("InvalidParameterException"):
            app.wire.call(operation, **members)
    with refused("InvalidParameterException"):
        app.wire.call("ListUserSessions", AccessToken=tokens["AccessToken"], NextToken="broken")
    app.wire.advance(HOUR_S + 1)
    for operation, members in uses:
        with refused(*OLD_ACCESS):
            app.wire.call(operation, AccessToken=tokens["AccessToken"], **members)


@holds("SESSION-34")
@pytest.mark.parametrize("members", [{}, {"RevokeAssociatedSessions": "LINKED"}])
def test_revoking_a_token_ends_the_session(tracked: App, members: dict[str, Json]) -> None:
    name = tracked.user()
    one, other = tracked.sign_in(name), tracked.sign_in(name)
    given = {"ClientId": tracked.client_id, "Token": one["RefreshToken"]}
    for _ in range(2):
        assert tracked.wire.call("RevokeToken", **given, **members) == {}
    assert_ended(tracked, one)
    assert sids(listed(tracked, name)) == {sid(other)}
    with refused("InvalidParameterException"):
        tracked.wire.call("RevokeToken", **given, RevokeAssociatedSessions="EVERY")


@holds("SESSION-35")
def test_a_global_sign_out_ends_every_token_session(tracked: App) -> None:
    name = tracked.user()
    for sign_out in ("GlobalSignOut", "AdminUserGlobalSignOut"):
        one, other = tracked.sign_in(name), tracked.sign_in(name)
        if sign_out == "GlobalSignOut":
            tracked.wire.call(sign_out, AccessToken=one["AccessToken"])
        else:
            tracked.admin(sign_out, name)
        assert listed(tracked, name) == []
        assert_ended(tracked, one)
        assert_ended(tracked, other)
        fresh = tracked.sign_in(name)
        assert sids(listed(tracked, name)) == {sid(fresh)}


@holds("SESSION-36")
def test_a_session_ends_with_its_user_and_its_client(tracked: App) -> None:
    name = tracked.user()
    tracked.sign_in(name)
    tracked.admin("AdminDisableUser", name)
    assert listed(tracked, name) == []
    tracked.admin("AdminEnableUser", name)
    assert listed(tracked, name) == []
    client = tracked.another_client()
    tokens = client.sign_in(name)
    assert sids(listed(tracked, name)) == {sid(tokens)}
    pool = {"UserPoolId": tracked.pool_id}
    tracked.wire.call("DeleteUserPoolClient", **pool, ClientId=client.client_id)
    assert listed(tracked, name) == []
    tracked.admin("AdminDeleteUser", name)
    tracked.user(name)
    assert listed(tracked, name) == []


@holds("SESSION-36", "SESSION-15")
def test_a_session_ends_with_its_refresh_token(clock_app: App) -> None:
    app = an_app(
        clock_app.wire,
        a_pool(clock_app.wire),
        ExplicitAuthFlows=EVERY_FLOW,
        RefreshTokenValidity=2,
        TokenValidityUnits={"RefreshToken": "hours"},
    )
    track(app)
    name = app.user()
    tokens = app.sign_in(name)
    app.wire.advance(HOUR_S)
    app.refresh(tokens["RefreshToken"])
    later = app.sign_in(name)
    app.wire.advance(HOUR_S + 1)
    assert sids(listed(app, name)) == {sid(later)}
    with refused(*NO_SESSION):
        app.admin("AdminRevokeUserSession", name, SessionId=sid(tokens))


@holds("SESSION-37")
def test_when_tracking_ends_the_tokens_stay_good(wire: Wire) -> None:
    app = tracking_app(wire, 1)
    name = app.user()
    tokens = app.sign_in(name)
    track(app, 1, "DISABLED")
    assert_good(app, tokens)
    assert_good(app, app.sign_in(name))
    assert_good(app, tokens)
    track(app, 1)
    assert listed(app, name) == []
    assert_good(app, tokens)
    assert sids(listed(app, name)) == {sid(tokens)}


def test_a_refresh_that_races_a_revocation_gives_nothing_that_lasts(wire: Wire) -> None:
    app = tracking_app(wire)
    name = app.user()
    for _ in range(5):
        tokens = app.sign_in(name)
        acts: list[Callable[[], Json]] = [
            partial(app.refresh, tokens["RefreshToken"]),
            partial(app.admin, "AdminRevokeUserSession", name, SessionId=sid(tokens)),
        ]
        won, _ = race(2, lambda acts=acts: acts.pop()())  # type: ignore[misc]  # mypy: default argument of a lambda
        for answer in won:
            if "AccessToken" in answer:
                with refused(*REVOKED_ACCESS):
                    app.wire.call("GetUser", AccessToken=answer["AccessToken"])
        assert listed(app, name) == []
        assert_ended(app, tokens)
