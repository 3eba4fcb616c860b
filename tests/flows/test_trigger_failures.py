"""What callers hear of functions that fail or lie: docs/behaviours/triggers.md."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poolkeep.core.triggers import FunctionUnavailable
from tests.flows.functions import UNRECOGNIZABLE, Stage
from tests.flows.in_process import serving
from tests.flows.scripted import ScriptedTriggers
from tests.flows.trigger_flows import confirm, forgot_password_elsewhere, sign_in, sign_up
from tests.flows.trigger_stage import HIDING, METADATA, Recorded, recorded
from tests.sdk.builders import App
from tests.sdk.support import PASSWORD, Json, RefusedError, an_email, attributes, holds, unique

TIMEOUT: Final = "Socket timeout while invoking Lambda function"
FAILURES: Final = {
    "threw": (
        RuntimeError("no."),
        "UserLambdaValidationException",
        "{} failed with error no..",
    ),
    "timed out": (
        FunctionUnavailable(TIMEOUT),
        "UnexpectedLambdaException",
        f"{{}} invocation failed due to error {TIMEOUT}.",
    ),
    "denied": (
        FunctionUnavailable("AccessDeniedException"),
        "UnexpectedLambdaException",
        "{} invocation failed due to error AccessDeniedException.",
    ),
    "throttled": (
        FunctionUnavailable("TooManyRequestsException"),
        "UnexpectedLambdaException",
        "{} invocation failed due to error TooManyRequestsException.",
    ),
}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Return an application in this process, and its functions."""
    triggers = ScriptedTriggers()
    folder: Path = tmp_path_factory.mktemp("stage")
    with serving(folder, triggers) as wire:
        yield Stage(wire, triggers)


def custom(one: Recorded) -> None:
    """Answer a question of the functions' own."""
    asked = one.app.initiate("CUSTOM_AUTH", USERNAME=one.user())
    named = asked["ChallengeParameters"]["USERNAME"]
    one.app.respond("CUSTOM_CHALLENGE", asked["Session"], USERNAME=named, ANSWER="2")


REACHED_BY: Final[dict[str, Callable[[Recorded], None]]] = {
    "PreSignUp": sign_up,
    "CustomMessage": sign_up,
    "PostConfirmation": confirm,
    "PreAuthentication": sign_in,
    "PostAuthentication": sign_in,
    "PreTokenGeneration": sign_in,
    "DefineAuthChallenge": custom,
    "CreateAuthChallenge": custom,
    "VerifyAuthChallengeResponse": custom,
    "UserMigration": forgot_password_elsewhere,
}


def only(stage: Stage, trigger: str, says: Json) -> Recorded:
    """Return a pool in which this trigger is another function, which says so."""
    one = recorded(stage, version="1")
    described = one.app.wire.call("DescribeUserPool", UserPoolId=one.app.pool_id)["UserPool"]
    config = described["LambdaConfig"]
    if trigger != "PreSignUp":
        del config["PreSignUp"]
    config[trigger] = stage.function(says).arn
    one.app.wire.call(
        "UpdateUserPool",
        UserPoolId=one.app.pool_id,
        LambdaConfig=config,
        AutoVerifiedAttributes=["email"],
    )
    return one


@holds("TRIGGER-10")
@pytest.mark.parametrize("how", FAILURES)
@pytest.mark.parametrize("trigger", REACHED_BY)
def test_a_failure_is_told_in_its_own_words(stage: Stage, trigger: str, how: str) -> None:
    failure, code, text = FAILURES[how]

    def says(_: Json) -> Json:
        raise failure

    one = only(stage, trigger, says)
    with pytest.raises(RefusedError) as caught:
        REACHED_BY[trigger](one)
    told = caught.value
    assert (told.status, told.code, told.text) == (400, code, text.format(trigger))


@holds("TRIGGER-11")
@pytest.mark.parametrize("trigger", REACHED_BY)
@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"null",
        b"{}",
        b'{"response":"x"}',
        b'{"response":{"x":NaN}}',
        b'{"response":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"response":{"x":"' + b"y" * 300_000 + b'"}}',
        b'{"response":{"x":"\xff' + b'"}, "claimsOverrideDetails":\xff}',
    ],
    ids=lambda answer: str(answer[:24]),
)
def test_what_is_no_reply_is_refused_everywhere(stage: Stage, trigger: str, answer: bytes) -> None:
    one = only(stage, trigger, lambda _: answer)
    with pytest.raises(RefusedError) as caught:
        REACHED_BY[trigger](one)
    told = caught.value
    assert (told.code, told.text) == ("InvalidLambdaResponseException", UNRECOGNIZABLE)


@holds("TRIGGER-12")
def test_operations_that_know_no_functions_ask_none(stage: Stage) -> None:
    one = recorded(stage)
    app, call = one.app, one.app.wire.call
    name = one.user(email=an_email(), email_verified="true")
    token = app.sign_in(name)["AccessToken"]
    one.recorder.forget()

    def throws(_: Json) -> Json:
        raise RuntimeError("never")

    one.recorder.answers.clear()
    described = call("DescribeUserPool", UserPoolId=app.pool_id)["UserPool"]
    config = dict.fromkeys(described["LambdaConfig"], stage.function(throws).arn)
    del config["PreTokenGenerationConfig"]
    call("UpdateUserPool", UserPoolId=app.pool_id, LambdaConfig=config)
    call("GetUser", AccessToken=token)
    call("GetUserAuthFactors", AccessToken=token)
    call(
        "UpdateUserAttributes",
        AccessToken=token,
        UserAttributes=attributes({"name": "Ann"}),
        ClientMetadata=METADATA,
    )
    call("DeleteUserAttributes", AccessToken=token, UserAttributeNames=["name"])
    call(
        "ChangePassword",
        AccessToken=token,
        PreviousPassword=PASSWORD,
        ProposedPassword="Another-Horse-7",
    )
    call("GlobalSignOut", AccessToken=token)
    call("CreateGroup", UserPoolId=app.pool_id, GroupName="staff")
    app.admin("AdminAddUserToGroup", name, GroupName="staff")
    app.admin("AdminListGroupsForUser", name)
    app.admin("AdminGetUser", name)
    app.admin("AdminSetUserPassword", name, Password=PASSWORD, Permanent=True)
    app.admin("AdminSetUserPassword", name, Password=PASSWORD, Permanent=False)
    app.admin("AdminUpdateUserAttributes", name, UserAttributes=attributes({"name": "Bea"}))
    app.admin("AdminDisableUser", name)
    app.admin("AdminEnableUser", name)
    call("ListUsers", UserPoolId=app.pool_id)
    app.admin("AdminUserGlobalSignOut", name)
    app.admin("AdminDeleteUser", name)
    assert one.recorder.events == []


@pytest.fixture(scope="module")
def liar(stage: Stage) -> Recorded:
    """Return a pool whose pre-token function a test makes lie, and its user."""
    return recorded(stage, HIDING, version="2")


@pytest.fixture(scope="module")
def neighbour(stage: Stage) -> tuple[App, str]:
    """Return another pool of the same server, and its user."""
    one = recorded(stage)
    return one.app, one.user()


_JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "response",
                    "claimsAndScopeOverrideDetails",
                    "idTokenGeneration",
                    "accessTokenGeneration",
                    "claimsToAddOrOverride",
                    "claimsToSuppress",
                    "scopesToAdd",
                    "groupOverrideDetails",
                    "groupsToOverride",
                    "sub",
                ]
            )
            | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def _document(details: Json) -> bytes:
    wrapped = {"response": {"claimsAndScopeOverrideDetails": details}}
    return json.dumps(wrapped).encode("utf-8", "surrogatepass")


_LIES: Final = st.one_of(
    st.binary(max_size=200),
    _JSON.map(lambda value: json.dumps(value).encode("utf-8", "surrogatepass")),
    _JSON.map(_document),
    _JSON.map(lambda value: _document({"accessTokenGeneration": value})),
    _JSON.map(lambda value: _document({"idTokenGeneration": {"claimsToAddOrOverride": value}})),
    st.integers(1, 3000).map(
        lambda depth: b'{"response":{"a":' + b"[" * depth + b"]" * depth + b"}}"
    ),
    st.integers(1, 5000).map(
        lambda digits: _document(
            {"idTokenGeneration": {"claimsToAddOrOverride": {"n": 7}}}
        ).replace(b"7", b"7" * digits)
    ),
    st.just(b'{"response":{},"response":[]}'),
)


@holds("TRIGGER-13")
@settings(max_examples=60)
@given(lie=_LIES)
def test_a_lying_function_gives_tokens_or_its_refusal_and_harms_nobody_else(
    liar: Recorded, neighbour: tuple[App, str], stage: Stage, lie: bytes
) -> None:
    function = stage.function(lambda _: lie)
    config = {"LambdaArn": function.arn, "LambdaVersion": "V2_0"}
    liar.app.wire.call(
        "UpdateUserPool",
        UserPoolId=liar.app.pool_id,
        LambdaConfig={"PreTokenGenerationConfig": config},
    )
    name = liar.app.user(unique())
    refusals: list[RefusedError] = []
    try:
        token = liar.app.sign_in(name)["AccessToken"]
    except RefusedError as refusal:
        refusals.append(refusal)
    else:
        assert liar.app.wire.call("GetUser", AccessToken=token)["Username"] == name
    told = {(one.status, one.code, one.text) for one in refusals}
    assert told <= {(400, "InvalidLambdaResponseException", UNRECOGNIZABLE)}
    app, other = neighbour
    assert app.sign_in(other)["AccessToken"]
