"""What the tests of sessions share: a pool that tracks them, and how they are looked at."""

from tests.behaviours.wording import (
    REVOKED_ACCESS,
    REVOKED_REFRESH,
    invalid,
)
from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.support import Json, Wire, claims_of, refused

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
