"""How long tokens live: docs/behaviours/tokens.md."""

import pytest

from tests.behaviours.wording import BAD_VALIDITY, OLD_ACCESS
from tests.sdk.builders import App
from tests.sdk.support import Json, claims_of, holds, refused, unique

# (setting, seconds): the ends of what is accepted, and one second beyond.
ENDS = [
    ("AccessToken", 300),
    ("AccessToken", 86400),
    ("IdToken", 300),
    ("IdToken", 86400),
    ("RefreshToken", 3600),
    ("RefreshToken", 315360000),
]
BEYOND = [
    ("AccessToken", 299),
    ("AccessToken", 86401),
    ("IdToken", 299),
    ("IdToken", 86401),
    ("RefreshToken", 3599),
    ("RefreshToken", 315360001),
]
UNIT_S = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}


def lives(kind: str, number: int, unit: str = "seconds") -> dict[str, Json]:
    """Return the settings for one life; access and ID are shortened to fit under refresh."""
    units = {kind: unit}
    given: dict[str, Json] = {f"{kind}Validity": number}
    if kind == "RefreshToken":
        units = {**units, "AccessToken": "minutes", "IdToken": "minutes"}
        given = {**given, "AccessTokenValidity": 5, "IdTokenValidity": 5}
    return {**given, "TokenValidityUnits": units}


def make(app: App, **settings: Json) -> dict[str, Json]:
    given = {"UserPoolId": app.pool_id, "ClientName": unique(), **settings}
    made: dict[str, Json] = app.wire.call("CreateUserPoolClient", **given)["UserPoolClient"]
    return made


@holds("TOKEN-30", "TOKEN-32")
@pytest.mark.parametrize("kind, seconds", ENDS)
def test_both_ends_are_accepted_and_show_in_the_tokens(app: App, kind: str, seconds: int) -> None:
    client = app.another_client(**lives(kind, seconds))
    tokens = client.sign_in(client.user())
    if kind == "RefreshToken":
        assert client.refresh(tokens["RefreshToken"])["ExpiresIn"] == 300
        return
    claims = claims_of(tokens[kind])
    assert claims["exp"] - claims["iat"] == seconds
    assert tokens["ExpiresIn"] == (seconds if kind == "AccessToken" else 3600)


@holds("TOKEN-30")
@pytest.mark.parametrize("kind, seconds", BEYOND)
def test_one_second_beyond_is_refused(app: App, kind: str, seconds: int) -> None:
    with refused("InvalidParameterException") as caught:
        make(app, **lives(kind, seconds))
    if seconds not in {86401, 315360001}:  # the model itself bounds these numbers
        assert caught.value.text == BAD_VALIDITY[1]
    made = make(app)
    given = {"UserPoolId": app.pool_id, "ClientId": made["ClientId"]}
    with refused("InvalidParameterException"):
        app.wire.call("UpdateUserPoolClient", **given, **lives(kind, seconds))


@holds("TOKEN-30", "CLIENT-15")
@pytest.mark.parametrize(
    "kind, number, unit, accepted",
    [
        ("AccessToken", 5, "minutes", True),
        ("AccessToken", 4, "minutes", False),
        ("AccessToken", 24, "hours", True),
        ("AccessToken", 25, "hours", False),
        ("AccessToken", 1, "days", True),
        ("AccessToken", 2, "days", False),
        ("IdToken", 1440, "minutes", True),
        ("IdToken", 1441, "minutes", False),
        ("RefreshToken", 60, "minutes", True),
        ("RefreshToken", 59, "minutes", False),
        ("RefreshToken", 3650, "days", True),
        ("RefreshToken", 3651, "days", False),
        ("RefreshToken", 87600, "hours", True),
        ("RefreshToken", 87601, "hours", False),
    ],
)
def test_lives_are_judged_after_conversion(
    app: App, kind: str, number: int, unit: str, accepted: bool
) -> None:
    if accepted:
        assert make(app, **lives(kind, number, unit))[f"{kind}Validity"] == number
    else:
        with refused(*BAD_VALIDITY):
            make(app, **lives(kind, number, unit))


@holds("CLIENT-15")
def test_a_unit_without_a_number_takes_the_default_number(app: App) -> None:
    with refused(*BAD_VALIDITY):
        make(app, TokenValidityUnits={"RefreshToken": "minutes"})
    with refused(*BAD_VALIDITY):
        make(app, TokenValidityUnits={"AccessToken": "minutes"})
    made = make(app, TokenValidityUnits={"RefreshToken": "hours"})
    assert made["RefreshTokenValidity"] == 30


@holds("CLIENT-02", "TOKEN-30")
def test_zero_days_of_refresh_mean_the_default(app: App) -> None:
    assert make(app, RefreshTokenValidity=0)["RefreshTokenValidity"] == 30


@holds("TOKEN-31")
@pytest.mark.parametrize("kind", ["AccessToken", "IdToken"])
def test_a_refresh_token_outlives_the_others(app: App, kind: str) -> None:
    units = {"RefreshToken": "hours", kind: "hours"}
    given = {"RefreshTokenValidity": 2, f"{kind}Validity": 3, "TokenValidityUnits": units}
    with refused(*BAD_VALIDITY):
        make(app, **given)


@holds("TOKEN-33")
def test_an_access_token_ends_with_its_life(clock_app: App) -> None:
    client = clock_app.another_client(**lives("AccessToken", 300))
    access = client.sign_in(client.user())["AccessToken"]
    clock_app.wire.advance(290)
    assert clock_app.wire.call("GetUser", AccessToken=access)
    clock_app.wire.advance(11)
    for operation in ("GetUser", "GlobalSignOut", "DeleteUser"):
        with refused(*OLD_ACCESS):
            clock_app.wire.call(operation, AccessToken=access)
