"""Custom authentication: who is let in, and what a session is good for; a table of mutations.

docs/behaviours/custom-auth.md.
"""

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from poolkeep.adapters.triggers.in_process import InProcessTriggers
from tests.behaviours.custom import CHALLENGE, INCORRECT, ISSUE, WORD, by_srp, custom, prove
from tests.flows.functions import Stage
from tests.flows.in_process import serving
from tests.sdk.builders import App, result_of
from tests.sdk.support import (
    PASSWORD,
    Json,
    an_email,
    holds,
    race,
    refused,
    tampered,
    unique,
)

HIDING: Final = {"PreventUserExistenceErrors": "ENABLED"}
SPENT: Final = (
    "NotAuthorizedException",
    "Invalid session for the user, session can only be used once.",
)
INVALID: Final = ("NotAuthorizedException", "Invalid session for the user.")
EXPIRED: Final = ("NotAuthorizedException", "Invalid session for the user, session is expired.")


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Return an application in this process, and its functions."""
    triggers = InProcessTriggers()
    folder: Path = tmp_path_factory.mktemp("custom")
    with serving(folder, triggers) as wire:
        yield Stage(wire, triggers)


# -- who is let in


@holds("CUSTOM-30")
@pytest.mark.parametrize("hiding", [True, False])
@pytest.mark.parametrize("state", ["unconfirmed", "disabled", "reset"])
def test_a_state_is_told_before_any_function_is_asked(
    stage: Stage, state: str, *, hiding: bool
) -> None:
    made = custom(stage, client=HIDING if hiding else {})
    app = made.app
    name = unique() if state == "unconfirmed" else app.user("", email=an_email())
    match state:
        case "unconfirmed":
            app.sign_up(name, PASSWORD, email=an_email())
            told = ("UserNotConfirmedException", "User is not confirmed.")
        case "disabled":
            app.admin("AdminDisableUser", name)
            told = ("NotAuthorizedException", "User is disabled.")
        case _:
            app.admin("AdminUpdateUserAttributes", name, UserAttributes=[VERIFIED])
            app.admin("AdminResetUserPassword", name)
            told = ("PasswordResetRequiredException", "Password reset required for the user")
    with refused(*told):
        made.start(name)
    assert made.asked_functions == 0


VERIFIED: Final = {"Name": "email_verified", "Value": "true"}


@holds("CUSTOM-31")
def test_nobody_is_asked_like_somebody_and_never_gets_tokens(stage: Stage) -> None:
    made, name = custom(stage, client=HIDING), unique()
    asked = made.start(name)
    assert asked["ChallengeName"] == "CUSTOM_CHALLENGE"
    assert set(asked["ChallengeParameters"]) == {"question", "USERNAME"}
    again = made.answer(asked, "wrong")
    assert again["ChallengeName"] == "CUSTOM_CHALLENGE"
    with refused(*INCORRECT):
        made.answer(again)
    for function in (made.define, made.create, made.verify):
        for event in function.events:
            assert event["request"]["userNotFound"] is True
            assert event["request"]["userAttributes"] == {}
    made.define.says = ISSUE
    with refused(*INCORRECT):
        made.start(name)


@holds("CUSTOM-31")
def test_nobodys_password_proof_fails_like_somebodys(stage: Stage) -> None:
    made = custom(stage, "PASSWORD_VERIFIER", client=HIDING)
    srp, asked = by_srp(made, unique())
    assert asked["ChallengeName"] == "PASSWORD_VERIFIER"
    with refused(*INCORRECT):
        prove(made.app, srp, asked)


@holds("CUSTOM-31")
def test_without_hiding_no_function_hears_of_nobody(stage: Stage) -> None:
    made = custom(stage)
    with refused("UserNotFoundException", "User does not exist."):
        made.start(unique())
    assert made.asked_functions == 0


@holds("CUSTOM-32")
@pytest.mark.parametrize("change", ["AdminDisableUser", "AdminDeleteUser"])
def test_a_user_who_goes_while_asked(stage: Stage, change: str) -> None:
    made = custom(stage)
    name = made.app.user()
    asked = made.start(name)
    made.app.admin(change, name)
    told = "User is disabled." if change == "AdminDisableUser" else INVALID[1]
    with refused("NotAuthorizedException", told):
        made.answer(asked)


# -- sessions


@holds("CUSTOM-40")
@pytest.mark.parametrize("first", [WORD, "wrong"])
def test_a_session_hears_one_answer(stage: Stage, first: str) -> None:
    made = custom(stage)
    asked = made.start(made.app.user())
    made.answer(asked, first)
    heard = len(made.verify.events)
    for answer in (WORD, "wrong"):
        with refused(*SPENT):
            made.answer(asked, answer)
    assert len(made.verify.events) == heard == 1


@holds("CUSTOM-40")
def test_a_session_whose_function_failed_is_used_up(stage: Stage) -> None:
    made = custom(stage)
    asked = made.start(made.app.user())
    usual, made.verify.says = made.verify.says, RuntimeError("asleep")
    with refused("UserLambdaValidationException"):
        made.answer(asked)
    made.verify.says = usual
    with refused(*SPENT):
        made.answer(asked)


@holds("CUSTOM-40")
@pytest.mark.parametrize("answer", [WORD, "wrong"])
def test_of_racing_answers_one_is_heard(stage: Stage, answer: str) -> None:
    made = custom(stage)
    asked = made.start(made.app.user())
    done, refusals = race(8, lambda: made.answer(asked, answer))
    assert len(done) == 1
    assert {(one.code, one.text) for one in refusals} == {SPENT}
    assert len(made.verify.events) == 1


@dataclasses.dataclass
class Answer:
    """An answer that is right until a mutation changes it."""

    stage: Stage
    app: App
    session: str | None
    answers: dict[str, str]
    challenge: str = "CUSTOM_CHALLENGE"

    def send(self) -> dict[str, Json]:
        return self.app.respond(self.challenge, self.session, **self.answers)


def other_challenge(answer: Answer) -> None:
    answer.challenge = "SMS_MFA"
    answer.answers["SMS_MFA_CODE"] = "123456"


def altered(answer: Answer, *, cut: int = 0) -> None:
    assert answer.session
    answer.session = answer.session[:-cut] if cut else tampered(answer.session)


def missing(name: str) -> tuple[str, str]:
    return ("InvalidParameterException", f"Missing required parameter {name}")


MUTATIONS: Final[dict[str, tuple[Callable[[Answer], object], tuple[str, str]]]] = {
    "altered": (altered, INVALID),
    "cut": (lambda one: altered(one, cut=4), INVALID),
    "nonsense": (lambda one: setattr(one, "session", "A" * 20), INVALID),
    "no session": (lambda one: setattr(one, "session", None), missing("Session")),
    "other client": (lambda one: setattr(one, "app", one.app.another_client()), INVALID),
    "other pool": (lambda one: setattr(one, "app", custom(one.stage).app), INVALID),
    "other user": (lambda one: one.answers.update(USERNAME=one.app.user()), INVALID),
    "other challenge": (other_challenge, INVALID),
    "no answer": (lambda one: one.answers.pop("ANSWER"), missing("ANSWER")),
    "no user": (lambda one: one.answers.pop("USERNAME"), missing("USERNAME")),
    "expired": (lambda one: one.stage.wire.advance(181), EXPIRED),
    "used": (lambda one: one.send(), SPENT),
}


@holds("CUSTOM-41", "CUSTOM-42")
@pytest.mark.parametrize("mutation", MUTATIONS)
def test_mutations_of_an_answer(stage: Stage, mutation: str) -> None:
    made = custom(stage, client={"AuthSessionValidity": 3})
    name = made.app.user()
    asked = made.start(name)
    answers = {"USERNAME": name, "ANSWER": WORD}
    answer = Answer(stage, made.app, asked["Session"], answers)
    mutate, told = MUTATIONS[mutation]
    mutate(answer)
    heard = len(made.verify.events)
    with refused(*told):
        answer.send()
    assert len(made.verify.events) == heard
    if told not in {EXPIRED, SPENT}:
        assert result_of(made.answer(asked)), "nothing was used up"


@holds("CUSTOM-41")
@pytest.mark.parametrize("mutation", ["none", "other block", "no session", "altered proof"])
def test_mutations_of_a_proof(stage: Stage, mutation: str) -> None:
    made = custom(stage, "PASSWORD_VERIFIER")
    name = made.app.user()
    srp, asked = by_srp(made, name)
    parameters = dict(asked["ChallengeParameters"])
    session = asked["Session"]
    if mutation == "other block":
        parameters["SECRET_BLOCK"] = by_srp(made, name)[1]["ChallengeParameters"]["SECRET_BLOCK"]
    answers = srp.answers(parameters, PASSWORD)
    if mutation == "altered proof":
        answers["PASSWORD_CLAIM_SIGNATURE"] = tampered(answers["PASSWORD_CLAIM_SIGNATURE"], 3)
    told = {"other block": INVALID, "altered proof": INCORRECT}.get(
        mutation, ("InvalidParameterException", "Missing required parameter Session")
    )
    if mutation == "none":
        assert result_of(made.app.respond("PASSWORD_VERIFIER", session, **answers))
        told = SPENT
    with refused(*told):
        made.app.respond(
            "PASSWORD_VERIFIER", None if mutation == "no session" else session, **answers
        )


@holds("CUSTOM-43")
@pytest.mark.parametrize("size", [10, 1_000, 100_000])
def test_what_the_functions_keep_does_not_burden_the_session(stage: Stage, size: int) -> None:
    made = custom(stage)
    made.create.says = {
        "privateChallengeParameters": {"word": WORD, "rest": "x" * size},
        "challengeMetadata": "y" * size,
    }
    name = made.app.user()
    asked = made.start(name)
    assert 20 <= len(asked["Session"]) <= 2048
    asked = made.answer(asked, "wrong")
    assert len(asked["Session"]) <= 2048
    foreign = made.app.another_client()
    with refused(*INVALID):
        foreign.respond("CUSTOM_CHALLENGE", asked["Session"], USERNAME=name, ANSWER=WORD)
    assert result_of(made.answer(asked))
    with refused(*SPENT):
        made.answer(asked)
    kept = made.verify.events[-1]["request"]["privateChallengeParameters"]
    assert kept == {"word": WORD, "rest": "x" * size}
    assert made.sessions[-1][0]["challengeMetadata"] == "y" * size


@holds("CUSTOM-44")
def test_rounds_come_to_an_end(stage: Stage) -> None:
    made = custom(stage)
    made.define.says = CHALLENGE
    asked = made.start(made.app.user())
    for _ in range(99):
        asked = made.answer(asked, "wrong")
    with refused(*INCORRECT):
        made.answer(asked, "wrong")
