"""The pre-token function where no user signs in: docs/behaviours/{machines,token-exchange}.md."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from poolkeep.adapters.triggers.in_process import InProcessTriggers
from tests.behaviours.test_machines import FLOW, READ, token
from tests.behaviours.test_token_exchange import ADMIN, IMPERSONATION, acting, swap
from tests.flows.functions import Function, Stage
from tests.flows.in_process import serving
from tests.sdk.builders import EVERY_FLOW, App, an_app
from tests.sdk.support import Json, claims_of, holds, refused

EXCHANGING: Final = [*EVERY_FLOW, IMPERSONATION, "ALLOW_TOKEN_EXCHANGE_DELEGATION"]
SERVER: Final = {
    "Identifier": "api.example",
    "Name": "API",
    "Scopes": [{"ScopeName": "read", "ScopeDescription": "read"}],
}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Return an application in this process, and its functions."""
    triggers = InProcessTriggers()
    folder: Path = tmp_path_factory.mktemp("stage")
    with serving(folder, triggers) as wire:
        yield Stage(wire, triggers)


def an_exchanger(stage: Stage, function: Function, version: str = "3") -> App:
    config = {"LambdaArn": function.arn, "LambdaVersion": f"V{version}_0"}
    settings = {"ExplicitAuthFlows": EXCHANGING}
    return stage.app(settings, PreTokenGenerationConfig=config)


def a_machine(app: App) -> App:
    app.wire.call("CreateResourceServer", UserPoolId=app.pool_id, **SERVER)
    return an_app(
        app.wire,
        app.pool_id,
        ExplicitAuthFlows=FLOW,
        GenerateSecret=True,
        AllowedOAuthScopes=[READ],
    )


def changes(access: dict[str, Json], **more: Json) -> dict[str, Json]:
    return {"claimsAndScopeOverrideDetails": {"accessTokenGeneration": access, **more}}


@holds("MACHINE-10")
def test_a_function_of_version_3_hears_of_machines(stage: Stage) -> None:
    says = changes({
        "claimsToAddOrOverride": {"tier": "gold", "sub": "x", "client_id": "x", "version": 9},
        "scopesToAdd": ["extra/one", ADMIN],
        "claimsToSuppress": ["scope", "jti"],
    })  # fmt: skip
    function = stage.function(says)
    machine = a_machine(an_exchanger(stage, function))
    claims = claims_of(token(machine, ClientMetadata={"a": "b"})["AccessToken"])
    (event,) = function.events
    assert event["triggerSource"] == "TokenGeneration_ClientCredentials"
    assert (event["version"], event["userName"]) == ("3", "ClientCredentials")
    assert event["callerContext"]["clientId"] == machine.client_id
    assert event["request"] == {
        "userAttributes": {},
        "groupConfiguration": None,
        "scopes": [READ],
        "clientMetadata": {"a": "b"},
    }
    assert claims["tier"] == "gold"
    assert claims["scope"] == f"{READ} extra/one"
    assert (claims["sub"], claims["client_id"], claims["version"]) == (
        machine.client_id, machine.client_id, 2,
    )  # fmt: skip
    assert claims["jti"]


@holds("MACHINE-10")
@pytest.mark.parametrize("version", ["1", "2"])
def test_older_functions_hear_of_none(stage: Stage, version: str) -> None:
    function = stage.function(RuntimeError("never asked"))
    assert token(a_machine(an_exchanger(stage, function, version)))["AccessToken"]
    assert not function.events


@holds("MACHINE-11")
def test_its_failure_refuses_the_machine(stage: Stage) -> None:
    function = stage.function(RuntimeError("no machines today"))
    machine = a_machine(an_exchanger(stage, function))
    text = "PreTokenGeneration failed with error no machines today."
    with refused("NotAuthorizedException", text):
        token(machine)
    function.says = lambda event: {**event, "response": {"claimsAndScopeOverrideDetails": 7}}
    with refused("NotAuthorizedException", "Unrecognizable lambda output"):
        token(machine)


@holds("EXCHANGE-27")
def test_a_function_shapes_derived_tokens_within_bounds(stage: Stage) -> None:
    function = stage.function()
    app = an_exchanger(stage, function, "2")
    name = app.user()
    tokens, actor = app.sign_in(name), app.sign_in(app.user())
    function.events.clear()
    function.says = changes({
        "claimsToAddOrOverride": {
            "tier": "gold", "act": {"sub": "me"}, "acr": "high", "amr": ["hwk"],
            "aud": app.client_id, "origin_jti": "x", "sid": "x",
        },
        "claimsToSuppress": ["act", "acr", "amr", "aud", "origin_jti"],
    })  # fmt: skip
    told = swap(app, tokens["AccessToken"], Audiences=["api"], **acting(actor["AccessToken"]))
    (event,) = function.events
    assert event["triggerSource"] == "TokenGeneration_TokenExchange"
    assert event["userName"] == name
    assert event["request"]["scopes"] == [ADMIN]
    claims, before = claims_of(told["IssuedToken"]), claims_of(tokens["AccessToken"])
    assert claims["tier"] == "gold"
    assert claims["aud"] == "api"
    assert claims["act"]["sub"] == claims_of(actor["AccessToken"])["sub"]
    for kept in ("acr", "amr", "origin_jti"):
        assert claims[kept] == before[kept]
    assert "sid" not in claims


@holds("EXCHANGE-27")
def test_a_function_adds_no_scope_of_the_users_own(stage: Stage) -> None:
    function = stage.function(changes({"scopesToAdd": [ADMIN, "extra/one"]}))
    app = an_exchanger(stage, function)
    app.wire.call("CreateResourceServer", UserPoolId=app.pool_id, **SERVER)
    reader = app.another_client(
        ExplicitAuthFlows=[IMPERSONATION],
        AllowedOAuthScopes=[READ],
    )
    identity = app.sign_in(app.user())["IdToken"]
    assert swap(reader, identity, "ID_TOKEN")["Scopes"] == [READ, "extra/one"]


@holds("EXCHANGE-27")
def test_failures_are_told_as_at_sign_in(stage: Stage) -> None:
    function = stage.function()
    app = an_exchanger(stage, function)
    access = app.sign_in(app.user())["AccessToken"]
    function.says = RuntimeError("no")
    with refused("UserLambdaValidationException", "PreTokenGeneration failed with error no."):
        swap(app, access)
    function.says = lambda _: "nonsense"
    with refused("InvalidLambdaResponseException"):
        swap(app, access)


@holds("LEVEL-05")
def test_no_function_changes_levels(stage: Stage) -> None:
    wanted = {"claimsToAddOrOverride": {"acr": "gold", "amr": ["hwk"]}, "claimsToSuppress": ["acr"]}
    function = stage.function(changes(wanted, idTokenGeneration=wanted))
    app = an_exchanger(stage, function)
    tokens = app.sign_in(app.user())
    for kind in ("IdToken", "AccessToken"):
        claims = claims_of(tokens[kind])
        assert (claims["acr"], claims["amr"]) == ("urn:cognito:loa:1", ["pwd"])


@holds("SESSION-20")
def test_a_sign_in_that_the_function_refuses_ends_no_session(stage: Stage) -> None:
    function = stage.function()
    app = an_exchanger(stage, function)
    app.wire.call(
        "SetUserPoolSessionConfiguration",
        UserPoolId=app.pool_id,
        UserSessionTracking="ENABLED",
        TokenSession={"MaxPerUser": 1},
    )
    name = app.user()
    tokens = app.sign_in(name)
    function.says = RuntimeError("no")
    with refused("UserLambdaValidationException"):
        app.sign_in(name)
    function.says = {}
    assert app.refresh(tokens["RefreshToken"])["AccessToken"]
    assert len(app.admin("AdminListUserSessions", name)["Sessions"]) == 1
