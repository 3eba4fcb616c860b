"""What the pre-token function may change, and what it may not: docs/behaviours/tokens.md."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from poolkeep.adapters.triggers.in_process import InProcessTriggers
from tests.flows.functions import UNRECOGNIZABLE, Function, Stage
from tests.flows.in_process import serving
from tests.sdk.builders import App, result_of
from tests.sdk.support import (
    PASSWORD,
    Json,
    an_email,
    attribute_map,
    claims_of,
    holds,
    refused,
    unique,
)

GROUP_CLAIMS: Final = ("cognito:groups", "cognito:roles", "cognito:preferred_role")
ROLE: Final = "arn:aws:iam::123456789012:role/staff"
OTHER_ROLE: Final = "arn:aws:iam::123456789012:role/guests"
SCOPE: Final = "aws.cognito.signin.user.admin"
PROTECTED: Final = (
    *("acr", "amr", "at_hash", "aud", "auth_time", "azp", "cognito:username", "exp", "iat"),
    *("identities", "iss", "jti", "nbf", "nonce", "origin_jti", "sub", "token_use"),
)
PROTECTED_ACCESS: Final = (
    *PROTECTED,
    *("client_id", "username", "version", "event_id", "device_key"),
)
RESERVED: Final = ("dev:custom:x", "cognito:anything", "aws:anything")
THREW: Final = "UserLambdaValidationException"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Return an application in this process, and its functions."""
    triggers = InProcessTriggers()
    folder: Path = tmp_path_factory.mktemp("stage")
    with serving(folder, triggers) as wire:
        yield Stage(wire, triggers)


def versioned(function: Function, version: str) -> dict[str, Json]:
    """Return the pool setting that calls a function with events of a version."""
    config = {"LambdaArn": function.arn, "LambdaVersion": f"V{version}_0"}
    return {"PreTokenGenerationConfig": config}


def app_of(stage: Stage, function: Function, version: str = "1") -> App:
    if version == "1":
        return stage.app(PreTokenGeneration=function)
    return stage.app(**versioned(function, version))


def grouped(app: App, name: str) -> None:
    """Put a user into a group with a role."""
    app.wire.call(
        "CreateGroup", UserPoolId=app.pool_id, GroupName="staff", RoleArn=ROLE, Precedence=1
    )
    app.admin("AdminAddUserToGroup", name, GroupName="staff")


def both(tokens: dict[str, Json]) -> tuple[dict[str, Json], dict[str, Json]]:
    """Return the claims of ID and access token."""
    return claims_of(tokens["IdToken"]), claims_of(tokens["AccessToken"])


def overrides(**said: Json) -> dict[str, Json]:
    return {"claimsOverrideDetails": said}


def overrides_both(**said: Json) -> dict[str, Json]:
    return {"claimsAndScopeOverrideDetails": said}


# -- what it is told


@pytest.mark.parametrize("version", ["1", "2", "3"])
def test_the_function_is_told_attributes_groups_and_scopes(stage: Stage, version: str) -> None:
    function = stage.function()
    app = app_of(stage, function, version)
    name = app.user("", email=an_email())
    grouped(app, name)
    tokens = app.sign_in(name)
    app.refresh(tokens["RefreshToken"])
    assert function.sources == ["TokenGeneration_Authentication", "TokenGeneration_RefreshTokens"]
    for event in function.events:
        assert event["version"] == version
        assert event["request"]["userAttributes"]["sub"] == claims_of(tokens["IdToken"])["sub"]
        assert event["request"]["groupConfiguration"] == {
            "groupsToOverride": ["staff"],
            "iamRolesToOverride": [ROLE],
            "preferredRole": ROLE,
        }
        if version == "1":
            assert "scopes" not in event["request"]
        else:
            assert event["request"]["scopes"] == [SCOPE]


def test_metadata_reaches_the_function_at_a_refresh(stage: Stage) -> None:
    function = stage.function()
    app = app_of(stage, function)
    token = app.sign_in(app.user())["RefreshToken"]
    app.wire.call(
        "GetTokensFromRefreshToken",
        ClientId=app.client_id,
        RefreshToken=token,
        ClientMetadata={"a": "b"},
    )
    assert function.events[-1]["request"]["clientMetadata"] == {"a": "b"}


def test_a_function_that_says_nothing_changes_nothing(stage: Stage) -> None:
    function = stage.function()
    app = app_of(stage, function, "2")
    name = app.user("", email=an_email(), name="Ann")
    silent, access = both(app.sign_in(name))
    plain = App(app.wire, app.pool_id, app.client_id)
    app.wire.call("UpdateUserPool", UserPoolId=app.pool_id, AutoVerifiedAttributes=["email"])
    unasked, unasked_access = both(plain.sign_in(name))
    assert len(function.events) == 1
    assert silent.keys() == unasked.keys()
    assert access.keys() == unasked_access.keys()


# -- version 1


def test_claims_are_added_overridden_and_suppressed(stage: Stage) -> None:
    says = overrides(
        claimsToAddOrOverride={"tier": "gold", "name": "Override", "both": "x"},
        claimsToSuppress=["email", "both", "never-there"],
    )
    app = app_of(stage, stage.function(says))
    name = app.user("", email=an_email(), name="Ann")
    identity, access = both(app.sign_in(name))
    assert identity["tier"] == "gold"
    assert identity["name"] == "Override"
    assert "email" not in identity
    assert "both" not in identity, "suppression beats addition"
    assert "tier" not in access, "the first version is about ID tokens"
    kept = attribute_map(app.admin("AdminGetUser", name)["UserAttributes"])
    assert kept["name"] == "Ann", "the user stays as is"


def test_groups_are_overridden_in_both_tokens(stage: Stage) -> None:
    function = stage.function(
        overrides(
            groupOverrideDetails={
                "groupsToOverride": ["a", "b"],
                "iamRolesToOverride": [OTHER_ROLE],
                "preferredRole": OTHER_ROLE,
            }
        )
    )
    app = app_of(stage, function)
    name = app.user()
    grouped(app, name)
    identity, access = both(app.sign_in(name))
    assert identity["cognito:groups"] == access["cognito:groups"] == ["a", "b"]
    assert identity["cognito:roles"] == [OTHER_ROLE]
    assert identity["cognito:preferred_role"] == OTHER_ROLE
    nothing: list[Json] = [{}, None]
    for empty in nothing:
        function.says = overrides(groupOverrideDetails=empty)
        for claims in both(app.sign_in(name)):
            assert not claims.keys() & set(GROUP_CLAIMS)
    function.says = overrides(claimsToAddOrOverride={"x": "y"})
    assert claims_of(app.sign_in(name)["IdToken"])["cognito:groups"] == ["staff"]


# -- versions 2 and 3


@pytest.mark.parametrize("version", ["2", "3"])
def test_both_tokens_take_claims_of_any_json(stage: Stage, version: str) -> None:
    rich: dict[str, Json] = {
        "number": 7,
        "yes": True,
        "list": ["a", 1],
        "object": {"deep": [{"er": None}]},
        "text": "é\u2028",
    }
    said = {"claimsToAddOrOverride": rich, "claimsToSuppress": ["email"]}
    says = overrides_both(idTokenGeneration=said, accessTokenGeneration=said)
    app = app_of(stage, stage.function(says), version)
    for claims in both(app.sign_in(app.user("", email=an_email()))):
        assert {name: claims[name] for name in rich} == rich
        assert "email" not in claims


def test_scopes_are_added_and_suppressed(stage: Stage) -> None:
    function = stage.function(
        overrides_both(
            accessTokenGeneration={
                "scopesToAdd": ["orders/read", "with blank", "", "orders/read", "gone"],
                "scopesToSuppress": ["gone", "unknown"],
            }
        )
    )
    app = app_of(stage, function, "2")
    name = app.user()
    tokens = app.sign_in(name)
    assert claims_of(tokens["AccessToken"])["scope"].split() == [SCOPE, "orders/read"]
    assert app.wire.call("GetUser", AccessToken=tokens["AccessToken"])["Username"] == name
    function.says = overrides_both(accessTokenGeneration={"scopesToSuppress": [SCOPE]})
    narrow = app.sign_in(name)["AccessToken"]
    with refused("NotAuthorizedException", "Access Token does not have required scopes"):
        app.wire.call("GetUser", AccessToken=narrow)


def test_the_audience_may_be_added_where_it_is_the_client(stage: Stage) -> None:
    function = stage.function()
    app = app_of(stage, function, "2")
    name = app.user()
    for audience, taken in ((app.client_id, True), ("somebody else", False)):
        function.says = overrides_both(
            accessTokenGeneration={"claimsToAddOrOverride": {"aud": audience}}
        )
        assert (claims_of(app.sign_in(name)["AccessToken"]).get("aud") == audience) is taken


# -- what nobody may touch


@pytest.mark.parametrize("version", ["1", "2"])
def test_protected_claims_stay_as_they_are(stage: Stage, version: str) -> None:
    function = stage.function()
    app = app_of(stage, function, version)
    name = app.user("", email=an_email())
    grouped(app, name)
    before, before_access = both(app.sign_in(name))
    said = {
        "claimsToAddOrOverride": dict.fromkeys(
            (*PROTECTED_ACCESS, *RESERVED, *GROUP_CLAIMS, "scope"), "forged"
        ),
        "claimsToSuppress": [*PROTECTED_ACCESS, *GROUP_CLAIMS, "scope"],
    }
    if version == "1":
        function.says = overrides(**said)
    else:
        function.says = overrides_both(idTokenGeneration=said, accessTokenGeneration=said)
    tokens = app.sign_in(name)
    after, after_access = both(tokens)
    moving = {"jti", "iat", "exp", "auth_time", "event_id", "origin_jti"}
    for claims, originals, protected in (
        (after, before, PROTECTED),
        (after_access, before_access, PROTECTED_ACCESS),
    ):
        for claim in (*protected, *RESERVED, *GROUP_CLAIMS):
            assert claims.get(claim) != "forged", claim
            assert (claim in claims) is (claim in originals), claim
            if claim not in moving:
                assert claims.get(claim) == originals.get(claim), claim
    assert after_access["scope"] == SCOPE
    assert app.wire.call("GetUser", AccessToken=tokens["AccessToken"])["Username"] == name


def test_verified_flags_take_no_complex_values(stage: Stage) -> None:
    plain = ("email_verified", "phone_number_verified", "updated_at", "address")
    said = {"claimsToAddOrOverride": {name: {"a": 1} for name in plain}}
    says = overrides_both(idTokenGeneration=said)
    app = app_of(stage, stage.function(says), "2")
    name = app.user("", email=an_email(), email_verified="true")
    identity = claims_of(app.sign_in(name)["IdToken"])
    assert identity["email_verified"] is True
    assert not {name for name in plain if identity.get(name) == {"a": 1}}


def test_a_changed_claim_changes_nobodys_rights(stage: Stage) -> None:
    """What we ourselves go by is never what a function has put into a token."""
    function = stage.function()
    app = app_of(stage, function, "2")
    name, victim = app.user(), app.user()
    sub = attribute_map(app.admin("AdminGetUser", victim)["UserAttributes"])["sub"]
    forged = {"sub": sub, "username": victim, "cognito:username": victim}
    said = {"claimsToAddOrOverride": forged}
    function.says = overrides_both(idTokenGeneration=said, accessTokenGeneration=said)
    access = app.sign_in(name)["AccessToken"]
    assert app.wire.call("GetUser", AccessToken=access)["Username"] == name


# -- when it goes wrong


def test_a_function_that_throws_gives_no_tokens(stage: Stage) -> None:
    function = stage.function()
    app = app_of(stage, function)
    name = app.user()
    token = app.sign_in(name)["RefreshToken"]
    function.says = RuntimeError("not today")
    text = "PreTokenGeneration failed with error not today."
    with refused(THREW, text):
        app.sign_in(name)
    with refused(THREW, text):
        app.srp_step(name)
    with refused(THREW, text):
        app.refresh(token)
    function.says = {}
    assert app.refresh(token)["AccessToken"], "and uses nothing up"


@holds("TRIGGER-29")
@pytest.mark.parametrize(
    "version, says",
    [
        ("2", lambda _: None),
        ("2", lambda _: {"response": "x"}),
        ("1", overrides(claimsToAddOrOverride={"n": 7})),
        ("1", overrides(claimsToSuppress="email")),
        ("1", overrides(groupOverrideDetails={"groupsToOverride": "staff"})),
        ("2", overrides_both(accessTokenGeneration={"scopesToAdd": [7]})),
        ("3", overrides_both(idTokenGeneration=[])),
    ],
)
def test_a_wrong_reply_gives_no_tokens(stage: Stage, version: str, says: Json) -> None:
    app = app_of(stage, stage.function(says), version)
    name = app.user()
    with refused("InvalidLambdaResponseException", UNRECOGNIZABLE):
        app.sign_in(name)


def test_a_rotated_token_outlives_a_function_that_throws(stage: Stage) -> None:
    function = stage.function()
    rotation = {"Feature": "ENABLED", "RetryGracePeriodSeconds": 0}
    client = {
        "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"],
        "RefreshTokenRotation": rotation,
    }
    app = stage.app(client, PreTokenGeneration=function)
    token = app.sign_in(app.user())["RefreshToken"]
    given = {"ClientId": app.client_id, "RefreshToken": token}
    function.says = RuntimeError("not today")
    with refused(THREW):
        app.wire.call("GetTokensFromRefreshToken", **given)
    function.says = {}
    assert app.wire.call("GetTokensFromRefreshToken", **given)["AuthenticationResult"]


def test_a_forced_password_gives_tokens_by_its_own_source(stage: Stage) -> None:
    function = stage.function()
    app = app_of(stage, function)
    name = unique()
    app.temporary_user(name)
    session = app.password_step(name, PASSWORD)["Session"]
    answers = {"USERNAME": name, "NEW_PASSWORD": "Another-Horse-7"}
    assert result_of(app.respond("NEW_PASSWORD_REQUIRED", session, **answers))
    assert function.sources == ["TokenGeneration_NewPasswordChallenge"]


@holds("TRIGGER-29")
@pytest.mark.parametrize("version", ["1", "2", "3"])
def test_a_function_answers_as_its_version_is(stage: Stage, version: str) -> None:
    claims = {"claimsToAddOrOverride": {"seen": "yes"}}
    first = {"claimsOverrideDetails": claims}
    later = {"claimsAndScopeOverrideDetails": {"idTokenGeneration": claims}}
    mine, other = (first, later) if version == "1" else (later, first)
    function = stage.function(other)
    app = app_of(stage, function, version)
    name = app.user()
    assert "seen" not in claims_of(app.sign_in(name)["IdToken"])
    function.says = mine
    assert claims_of(app.sign_in(name)["IdToken"])["seen"] == "yes"
