"""Functions of custom authentication, and who answers them."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, Final

from tests.flows.functions import Function, Stage
from tests.sdk.builders import App
from tests.sdk.srp import SrpClient
from tests.sdk.support import PASSWORD, Json

INCORRECT: Final = ("NotAuthorizedException", "Incorrect username or password.")
NOT_CONFIGURED: Final = (
    "InvalidParameterException",
    "Custom auth lambda trigger is not configured for the user pool.",
)
WORD: Final = "the-secret-of-the-question"
CHALLENGE: Final = {"challengeName": "CUSTOM_CHALLENGE"}
ISSUE: Final = {"issueTokens": True}
FAIL: Final = {"failAuthentication": True}


@dataclasses.dataclass(frozen=True)
class Custom:
    """An app whose pool has the three functions; the right answer is `WORD`."""

    app: App
    define: Function
    create: Function
    verify: Function
    before: Function

    def start(self, name: str, **given: str) -> dict[str, Json]:
        """Begin a sign-in."""
        return self.app.initiate("CUSTOM_AUTH", USERNAME=name, **given)

    def answer(self, asked: Mapping[str, Json], answer: str = WORD) -> dict[str, Json]:
        """Answer a custom challenge."""
        name = asked["ChallengeParameters"]["USERNAME"]
        return self.app.respond("CUSTOM_CHALLENGE", asked["Session"], USERNAME=name, ANSWER=answer)

    @property
    def sessions(self) -> list[list[dict[str, Json]]]:
        """The arrays that DefineAuthChallenge has seen."""
        return [event["request"]["session"] for event in self.define.events]

    @property
    def asked_functions(self) -> int:
        """How many events any of the functions got."""
        return sum(len(one.events) for one in (self.define, self.create, self.verify, self.before))


def script(*steps: str) -> Callable[[dict[str, Json]], Any]:
    """Return a DefineAuthChallenge that asks for these one by one, then issues tokens.

    A custom challenge that was answered wrongly is asked again, three times at most.
    """

    def define(event: dict[str, Json]) -> Any:
        rounds = [one for one in event["request"]["session"] if one["challengeName"] != "SRP_A"]
        right = [one for one in rounds if one["challengeResult"]]
        if len(rounds) - len(right) >= 3:
            decision: dict[str, Json] = FAIL
        elif len(right) == len(steps):
            decision = ISSUE
        else:
            decision = {"challengeName": steps[len(right)]}
        event["response"].update(decision)
        return event

    return define


def custom(stage: Stage, *steps: str, client: dict[str, Json] | None = None) -> Custom:
    """Make an app with the functions; without `steps` one custom challenge is asked."""
    define = stage.function(script(*(steps or ("CUSTOM_CHALLENGE",))))
    create = stage.function(
        {
            "publicChallengeParameters": {"question": "the word?"},
            "privateChallengeParameters": {"word": WORD},
            "challengeMetadata": "WORD",
        }
    )

    def judge(event: dict[str, Json]) -> Any:
        request = event["request"]
        right = request["challengeAnswer"] == request["privateChallengeParameters"].get("word")
        event["response"]["answerCorrect"] = right
        return event

    verify, before = stage.function(judge), stage.function()
    app = stage.app(
        client or {},
        PreAuthentication=before,
        DefineAuthChallenge=define,
        CreateAuthChallenge=create,
        VerifyAuthChallengeResponse=verify,
    )
    return Custom(app, define, create, verify, before)


def by_srp(made: Custom, name: str, **given: str) -> tuple[SrpClient, dict[str, Json]]:
    srp = SrpClient(made.app.pool_id)
    return srp, made.start(name, CHALLENGE_NAME="SRP_A", SRP_A=srp.public, **given)


def prove(
    app: App, srp: SrpClient, asked: dict[str, Json], password: str = PASSWORD
) -> dict[str, Json]:
    answers = srp.answers(asked["ChallengeParameters"], password)
    return app.respond("PASSWORD_VERIFIER", asked["Session"], **answers)


def entry(name: str, result: bool = True, metadata: str | None = None) -> dict[str, Json]:
    return {"challengeName": name, "challengeResult": result, "challengeMetadata": metadata}
