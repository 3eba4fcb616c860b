"""Custom authentication: docs/behaviours/custom-auth.md, the steps."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from poolkeep.adapters.triggers.in_process import InProcessTriggers
from tests.behaviours.custom import (
    CHALLENGE,
    FAIL,
    INCORRECT,
    ISSUE,
    NOT_CONFIGURED,
    WORD,
    Custom,
    by_srp,
    custom,
    entry,
    prove,
)
from tests.flows.functions import UNRECOGNIZABLE, Function, Stage
from tests.flows.in_process import serving
from tests.sdk.builders import result_of
from tests.sdk.support import Json, an_email, holds, refused

METADATA: Final = {"device": "watch"}
SRP: Final = {"challengeName": "PASSWORD_VERIFIER"}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Return an application in this process, and its functions."""
    triggers = InProcessTriggers()
    folder: Path = tmp_path_factory.mktemp("custom")
    with serving(folder, triggers) as wire:
        yield Stage(wire, triggers)


@pytest.fixture(scope="module")
def plain(stage: Stage) -> Custom:
    """Return an app that asks one custom question."""
    return custom(stage)


# -- the steps


@holds("CUSTOM-01", "CUSTOM-03", "CUSTOM-04", "CUSTOM-06", "CUSTOM-11")
def test_a_right_answer_signs_in(stage: Stage) -> None:
    made, after, tokens = custom(stage), stage.function(), stage.function()
    config = made.app.wire.call("DescribeUserPool", UserPoolId=made.app.pool_id)["UserPool"]
    lambdas = {
        **config["LambdaConfig"],
        "PostAuthentication": after.arn,
        "PreTokenGeneration": tokens.arn,
    }
    made.app.wire.call("UpdateUserPool", UserPoolId=made.app.pool_id, LambdaConfig=lambdas)
    name = made.app.user("", email=an_email())
    asked = made.start(name)
    assert asked["ChallengeName"] == "CUSTOM_CHALLENGE"
    assert asked["ChallengeParameters"] == {"question": "the word?", "USERNAME": name}
    assert WORD not in str(asked)
    assert result_of(made.answer(asked))["AccessToken"]
    assert made.before.sources == ["PreAuthentication_Authentication"]
    assert made.define.sources == ["DefineAuthChallenge_Authentication"] * 2
    assert made.create.sources == ["CreateAuthChallenge_Authentication"]
    assert made.verify.sources == ["VerifyAuthChallengeResponse_Authentication"]
    assert (after.sources, tokens.sources) == (
        ["PostAuthentication_Authentication"],
        ["TokenGeneration_Authentication"],
    )
    assert made.sessions == [[], [entry("CUSTOM_CHALLENGE", metadata="WORD")]]
    asked_of = made.create.events[0]["request"]
    assert (asked_of["challengeName"], asked_of["session"]) == ("CUSTOM_CHALLENGE", [])
    judged = made.verify.events[0]["request"]
    assert judged["privateChallengeParameters"] == {"word": WORD}
    assert judged["challengeAnswer"] == WORD
    for function in (made.define, made.create, made.verify):
        told = function.events[0]["request"]
        assert told["userNotFound"] is False
        assert told["userAttributes"]["sub"]
        assert told["userAttributes"]["cognito:user_status"] == "CONFIRMED"
        assert function.events[0]["userName"] == name


@holds("CUSTOM-05", "CUSTOM-07")
def test_wrong_answers_are_the_functions_business(stage: Stage) -> None:
    made = custom(stage)
    name = made.app.user()
    asked = made.start(name)
    for _ in range(2):
        asked = made.answer(asked, "wrong")
        assert asked["ChallengeName"] == "CUSTOM_CHALLENGE"
    assert result_of(made.answer(asked))
    wrong = entry("CUSTOM_CHALLENGE", result=False, metadata="WORD")
    assert made.sessions[-1] == [wrong, wrong, entry("CUSTOM_CHALLENGE", metadata="WORD")]
    asked = made.start(name)
    for _ in range(2):
        asked = made.answer(asked, "wrong")
    with refused(*INCORRECT):
        made.answer(asked, "wrong")


@holds("CUSTOM-10")
def test_what_a_client_says_of_its_answer_is_no_verdict(stage: Stage) -> None:
    made = custom(stage)
    name = made.app.user()
    asked = made.start(name)
    claims = {"challengeResult": "true", "answerCorrect": "true", "issueTokens": "true"}
    told = made.app.respond(
        "CUSTOM_CHALLENGE", asked["Session"], USERNAME=name, ANSWER="wrong", **claims
    )
    assert told["ChallengeName"] == "CUSTOM_CHALLENGE"
    assert made.sessions[-1] == [entry("CUSTOM_CHALLENGE", result=False, metadata="WORD")]


@holds("CUSTOM-07", "CUSTOM-08")
@pytest.mark.parametrize(
    "says, refusal",
    [
        (FAIL, INCORRECT),
        ({**FAIL, **ISSUE}, INCORRECT),
        ({}, ("InvalidLambdaResponseException", UNRECOGNIZABLE)),
        ({"challengeName": ""}, ("InvalidLambdaResponseException", UNRECOGNIZABLE)),
        ({"challengeName": "RIDDLE"}, ("InvalidLambdaResponseException", UNRECOGNIZABLE)),
        ({"challengeName": "DEVICE_SRP_AUTH"}, ("InvalidLambdaResponseException", UNRECOGNIZABLE)),
        (
            {"challengeName": "ADMIN_NO_SRP_AUTH"},
            ("InvalidLambdaResponseException", UNRECOGNIZABLE),
        ),
        ({"challengeName": "SMS_MFA"}, ("InvalidLambdaResponseException", UNRECOGNIZABLE)),
        (
            {"challengeName": "SOFTWARE_TOKEN_MFA"},
            ("InvalidLambdaResponseException", UNRECOGNIZABLE),
        ),
        (
            {"challengeName": "NEW_PASSWORD_REQUIRED"},
            ("InvalidLambdaResponseException", UNRECOGNIZABLE),
        ),
    ],
)
def test_what_define_may_not_say(stage: Stage, says: Json, refusal: tuple[str, str]) -> None:
    made = custom(stage)
    made.define.says = says
    with refused(*refusal):
        made.start(made.app.user())


@holds("CUSTOM-06")
def test_tokens_may_come_at_once(stage: Stage) -> None:
    made = custom(stage)
    made.define.says = {**ISSUE, **CHALLENGE}
    assert result_of(made.start(made.app.user()))["RefreshToken"]


@holds("CUSTOM-09")
@pytest.mark.parametrize(
    "missing", ["DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse"]
)
def test_a_function_that_is_missing(stage: Stage, missing: str) -> None:
    define, others = stage.function(CHALLENGE), stage.function()
    functions: dict[str, Function] = {
        "PreAuthentication": others,
        "DefineAuthChallenge": define,
        "CreateAuthChallenge": others,
        "VerifyAuthChallengeResponse": others,
    }
    del functions[missing]
    app = stage.app(**functions)
    name = app.user()
    with refused(*NOT_CONFIGURED):
        app.initiate("CUSTOM_AUTH", USERNAME=name)
    asked_before = [] if missing == "DefineAuthChallenge" else ["PreAuthentication_Authentication"]
    assert others.sources == asked_before
    bare = stage.app()
    with refused(*NOT_CONFIGURED):
        bare.initiate("CUSTOM_AUTH", USERNAME=bare.user())


@holds("CUSTOM-09")
def test_define_and_our_own_challenges_need_no_other_function(stage: Stage) -> None:
    define = stage.function(
        lambda event: {"response": ISSUE if len(event["request"]["session"]) > 1 else SRP}
    )
    made = Custom(stage.app(DefineAuthChallenge=define), define, define, define, define)
    srp, asked = by_srp(made, made.app.user())
    assert result_of(prove(made.app, srp, asked))


@holds("CUSTOM-10")
@pytest.mark.parametrize("which", ["define", "create", "verify"])
@pytest.mark.parametrize(
    "says, code",
    [
        (RuntimeError("no words"), "UserLambdaValidationException"),
        (lambda _: None, "InvalidLambdaResponseException"),
        (lambda _: {"response": 7}, "InvalidLambdaResponseException"),
    ],
)
def test_functions_that_fail(stage: Stage, which: str, says: Json, code: str) -> None:
    made = custom(stage)
    name = made.app.user()
    function: Function = getattr(made, which)
    usual, function.says = function.says, says
    with refused(code):
        made.answer(made.start(name))
    function.says = usual
    assert result_of(made.answer(made.start(name)))


@holds("CUSTOM-10")
@pytest.mark.parametrize(
    "reply", [{"publicChallengeParameters": {"n": 7}}, {"privateChallengeParameters": "word"}]
)
def test_questions_are_texts(stage: Stage, reply: Json) -> None:
    made = custom(stage)
    made.create.says = lambda _: {"response": reply}
    with refused("InvalidLambdaResponseException", UNRECOGNIZABLE):
        made.start(made.app.user())


@holds("CUSTOM-10")
@pytest.mark.parametrize("verdict", ["true", 1, "yes"])
def test_a_verdict_is_true_or_nothing(stage: Stage, verdict: Json) -> None:
    made = custom(stage)
    made.verify.says = lambda _: {"response": {"answerCorrect": verdict}}
    with refused("InvalidLambdaResponseException", UNRECOGNIZABLE):
        made.answer(made.start(made.app.user()))
    made.verify.says = lambda _: {"response": {"answerCorrect": None}}
    assert made.answer(made.start(made.app.user()))["ChallengeName"] == "CUSTOM_CHALLENGE"


@holds("CUSTOM-12")
def test_metadata_is_heard_from_the_answer_on(stage: Stage) -> None:
    made = custom(stage, "CUSTOM_CHALLENGE", "CUSTOM_CHALLENGE")
    name = made.app.user()
    asked = stage.wire.call(
        "InitiateAuth",
        ClientId=made.app.client_id,
        AuthFlow="CUSTOM_AUTH",
        AuthParameters={"USERNAME": name},
        ClientMetadata=METADATA,
    )
    assert made.before.events[0]["request"]["validationData"] == METADATA
    for function in (made.define, made.create):
        assert "clientMetadata" not in function.events[0]["request"]
        function.events.clear()
    stage.wire.call(
        "RespondToAuthChallenge",
        ClientId=made.app.client_id,
        ChallengeName="CUSTOM_CHALLENGE",
        Session=asked["Session"],
        ChallengeResponses={"USERNAME": name, "ANSWER": WORD},
        ClientMetadata=METADATA,
    )
    for function in (made.define, made.create, made.verify):
        (event,) = function.events
        assert event["request"]["clientMetadata"] == METADATA


@holds("CUSTOM-13")
def test_administrators_and_users_take_turns(plain: Custom) -> None:
    app, name = plain.app, plain.app.user()
    asked = app.admin_initiate("CUSTOM_AUTH", USERNAME=name)
    assert result_of(plain.answer(asked))
    asked = plain.start(name)
    done = app.wire.call(
        "AdminRespondToAuthChallenge",
        UserPoolId=app.pool_id,
        ClientId=app.client_id,
        ChallengeName="CUSTOM_CHALLENGE",
        Session=asked["Session"],
        ChallengeResponses={"USERNAME": name, "ANSWER": WORD},
    )
    assert result_of(done)
