"""acr and amr, and the names of levels: docs/behaviours/levels.md."""

import pytest

from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.support import Json, Wire, claims_of, holds, refused

DEFAULTS = {f"Level{level}": {"AcrValue": f"urn:cognito:loa:{level}"} for level in range(1, 5)}
BOTH = ("IdToken", "AccessToken")


def named(wire: Wire, pool_id: str) -> Json:
    return wire.call("DescribeUserPool", UserPoolId=pool_id)["UserPool"].get("AcrConfiguration")


def levels_of(tokens: dict[str, Json]) -> set[tuple[Json, ...]]:
    claims = [claims_of(tokens[kind]) for kind in BOTH]
    return {(each.get("acr"), *each.get("amr", ())) for each in claims}


@holds("LEVEL-01", "LEVEL-02", "LEVEL-03")
def test_a_password_is_the_first_level(app: App) -> None:
    name = app.user()
    for tokens in (app.sign_in(name), app.srp_step(name)["AuthenticationResult"]):
        assert levels_of(tokens) == {("urn:cognito:loa:1", "pwd")}
        assert levels_of(app.refresh(tokens["RefreshToken"])) == {("urn:cognito:loa:1", "pwd")}


@holds("LEVEL-03")
def test_a_refresh_keeps_the_name_of_the_sign_in(wire: Wire) -> None:
    app = an_app(wire, a_pool(wire, AcrConfiguration={"Level1": {"AcrValue": "bronze"}}))
    name = app.user()
    tokens = app.sign_in(name)
    assert levels_of(tokens) == {("bronze", "pwd")}
    renamed = {"Level1": {"AcrValue": "copper"}}
    wire.call("UpdateUserPool", UserPoolId=app.pool_id, AcrConfiguration=renamed)
    assert levels_of(app.refresh(tokens["RefreshToken"])) == {("bronze", "pwd")}
    assert levels_of(app.sign_in(name)) == {("copper", "pwd")}


@holds("LEVEL-03", "LEVEL-10")
def test_the_lowest_tier_tells_no_level(wire: Wire) -> None:
    app = an_app(wire, a_pool(wire, UserPoolTier="LITE"))
    tokens = app.sign_in(app.user())
    assert levels_of(tokens) == {(None,)}
    path = f"/{app.pool_id}/.well-known/openid-configuration"
    assert "acr_values_supported" not in wire.exchange("GET", path).json()
    wire.call("UpdateUserPool", UserPoolId=app.pool_id, UserPoolTier="ESSENTIALS")
    assert levels_of(app.sign_in(app.user())) == {("urn:cognito:loa:1", "pwd")}
    wire.call("UpdateUserPool", UserPoolId=app.pool_id, UserPoolTier="LITE")
    assert levels_of(app.refresh(tokens["RefreshToken"])) == {(None,)}


@holds("LEVEL-06", "LEVEL-10")
def test_a_tag_keeps_levels_out(wire: Wire) -> None:
    app = an_app(wire, a_pool(wire, UserPoolTags={"poolkeep:step-up-claims": "off"}))
    assert levels_of(app.sign_in(app.user())) == {(None,)}
    path = f"/{app.pool_id}/.well-known/openid-configuration"
    assert not {"acr", "amr"} & {*wire.exchange("GET", path).json()["claims_supported"]}


@holds("LEVEL-07", "LEVEL-09")
def test_names_are_told_with_the_defaults_and_kept(wire: Wire) -> None:
    silver = {"Level2": {"AcrValue": "silver"}}
    pool_id = a_pool(wire, AcrConfiguration=silver)
    assert named(wire, pool_id) == {**DEFAULTS, **silver}
    wire.call("UpdateUserPool", UserPoolId=pool_id)
    assert named(wire, pool_id) == {**DEFAULTS, **silver}
    swapped = {
        "Level1": {"AcrValue": "urn:cognito:loa:2"},
        "Level2": {"AcrValue": "urn:cognito:loa:1"},
    }
    wire.call("UpdateUserPool", UserPoolId=pool_id, AcrConfiguration=swapped)
    assert named(wire, pool_id) == {**DEFAULTS, **swapped}
    wire.call("UpdateUserPool", UserPoolId=pool_id, AcrConfiguration={})
    assert named(wire, pool_id) == DEFAULTS
    longest = {"Level4": {"AcrValue": "x" * 64}}
    wire.call("UpdateUserPool", UserPoolId=pool_id, AcrConfiguration=longest)
    assert named(wire, pool_id) == {**DEFAULTS, **longest}


@holds("LEVEL-08")
@pytest.mark.parametrize(
    "names",
    [
        {"Level5": "x"},
        {"level1": "x"},
        {"Level1": "urn:cognito:loa:3"},
        {"Level1": "x", "Level2": "x"},
        {"Level1": ""},
        {"Level1": "a b"},
        {"Level1": 'a"b'},
        {"Level1": "a\\b"},
        {"Level1": "x" * 65},
        {f"Level{level}": str(level) for level in range(5)},
    ],
)
def test_names_that_are_no_names_are_refused(wire: Wire, app: App, names: dict[str, str]) -> None:
    configured = {level: {"AcrValue": name} for level, name in names.items()}
    with refused("InvalidParameterException"):
        a_pool(wire, AcrConfiguration=configured)
    with refused("InvalidParameterException"):
        wire.call("UpdateUserPool", UserPoolId=app.pool_id, AcrConfiguration=configured)
    assert named(wire, app.pool_id) == DEFAULTS


@holds("LEVEL-10")
def test_the_discovery_document_lists_the_names(wire: Wire) -> None:
    pool_id = a_pool(wire, AcrConfiguration={"Level4": {"AcrValue": "gold"}})
    path = f"/{pool_id}/.well-known/openid-configuration"
    document = wire.exchange("GET", path).json()
    assert document["acr_values_supported"] == [
        *(f"urn:cognito:loa:{level}" for level in range(1, 4)),
        "gold",
    ]
    assert {"acr", "amr", "sub"} <= set(document["claims_supported"])
