"""What the functions of a pool see of a second factor: docs/behaviours/mfa.md, triggers.md."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from poolkeep.adapters.triggers.in_process import InProcessTriggers
from tests.behaviours.factors import ALL, MAIL, SMS, TOTP, a_person, answer, prefer, set_mfa
from tests.flows.functions import Stage
from tests.flows.in_process import serving
from tests.sdk.builders import App, a_pool, an_app, result_of
from tests.sdk.support import Json, claims_of, holds, refused

SENDER = {
    "EmailSendingAccount": "DEVELOPER",
    "SourceArn": "arn:aws:ses:us-east-1:123456789012:identity/example.com",
}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Return an application in this process, and its functions."""
    triggers = InProcessTriggers()
    folder: Path = tmp_path_factory.mktemp("stage")
    with serving(folder, triggers) as wire:
        yield Stage(wire, triggers)


def app_of(stage: Stage, **functions: Json) -> App:
    named = {name: function.arn for name, function in functions.items()}
    pool_id = a_pool(stage.wire, LambdaConfig=named, EmailConfiguration=SENDER)
    app = an_app(stage.wire, pool_id)
    set_mfa(app, "OPTIONAL", *ALL)
    return app


@holds("MFA-51")
@pytest.mark.parametrize("factor", ALL)
def test_functions_after_the_proof_are_asked_after_both_proofs(stage: Stage, factor: str) -> None:
    before, after, tokens = stage.function(), stage.function(), stage.function()
    app = app_of(
        stage, PreAuthentication=before, PostAuthentication=after, PreTokenGeneration=tokens
    )
    person = a_person(app, factor)
    for function in (before, after, tokens):
        function.events.clear()
    step = app.password_step(person.name)
    assert before.sources == ["PreAuthentication_Authentication"]
    with refused("CodeMismatchException"):
        answer(app, step, person.name, "000000")
    assert (after.events, tokens.events) == ([], [])
    result_of(answer(app, step, person.name, person.code(app.wire, factor)))
    assert before.sources == ["PreAuthentication_Authentication"]
    assert after.sources == ["PostAuthentication_Authentication"]
    assert tokens.sources == ["TokenGeneration_Authentication"]


@holds("MFA-70")
@pytest.mark.parametrize("factor", [SMS, MAIL])
def test_a_function_words_the_message(stage: Stage, factor: str) -> None:
    def says(event: dict[str, Json]) -> dict[str, Json]:
        code = event["request"]["codeParameter"]
        for key in ("smsMessage", "emailMessage"):
            event["response"][key] = f"Our own words and {code}."
        event["response"]["emailSubject"] = "Ours"
        return event

    words = stage.function(says)
    app = app_of(stage, CustomMessage=words)
    person = a_person(app, factor)
    step = app.password_step(person.name)
    assert words.sources == ["CustomMessage_Authentication"]
    told = stage.wire.messages(person.to(factor), 10)[0]
    assert told["body"].startswith("Our own words and ")
    assert result_of(answer(app, step, person.name, told["code"]))
    # After a choice it hears the metadata of the answer, as other functions after a proof do.
    prefer(app, person.name, SMS, MAIL)
    step = app.password_step(person.name)
    app.wire.call(
        "RespondToAuthChallenge",
        ClientId=app.client_id,
        ChallengeName="SELECT_MFA_TYPE",
        Session=step["Session"],
        ChallengeResponses={"USERNAME": person.name, "ANSWER": factor},
        ClientMetadata={"device": "watch"},
    )
    assert words.events[-1]["request"]["clientMetadata"] == {"device": "watch"}


def test_a_function_that_refuses_after_the_code_lets_nobody_in(stage: Stage) -> None:
    after = stage.function()
    app = app_of(stage, PostAuthentication=after)
    person = a_person(app, TOTP)
    after.says = ValueError("not today")
    step = app.password_step(person.name)
    code = person.code(app.wire, TOTP)
    with refused("UserLambdaValidationException"):
        answer(app, step, person.name, code)
    after.says = {}
    # The code was right, and is used up.
    with refused("ExpiredCodeException"):
        answer(app, app.password_step(person.name), person.name, code)


def test_claims_tell_of_both_proofs(stage: Stage) -> None:
    app = app_of(stage)
    person = a_person(app, TOTP)
    step = app.password_step(person.name)
    tokens = result_of(answer(app, step, person.name, person.code(app.wire, TOTP)))
    for name in ("IdToken", "AccessToken"):
        assert claims_of(tokens[name])["amr"] == ["pwd", "otp", "mfa"]
    fresh = app.refresh(tokens["RefreshToken"])
    assert claims_of(fresh["IdToken"])["amr"] == ["pwd", "otp", "mfa"]
