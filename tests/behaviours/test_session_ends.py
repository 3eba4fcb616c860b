"""How sessions end: docs/behaviours/sessions.md."""

from collections.abc import Callable
from functools import partial

import pytest

from tests.behaviours.sessions import (
    CURRENT,
    HOUR_S,
    NO_SESSION,
    NOBODYS,
    assert_ended,
    assert_good,
    listed,
    own,
    revoke,
    sid,
    sids,
    track,
    tracking_app,
)
from tests.behaviours.wording import (
    BAD_ACCESS,
    NO_USER,
    OLD_ACCESS,
    REVOKED_ACCESS,
)
from tests.sdk.builders import EVERY_FLOW, App, a_pool, an_app
from tests.sdk.support import Json, Wire, holds, race, refused, unique


@pytest.fixture(scope="module")
def tracked(wire: Wire) -> App:
    """Return a client of a pool that tracks sessions."""
    return tracking_app(wire)


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
