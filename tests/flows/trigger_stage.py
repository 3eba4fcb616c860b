"""A pool whose every trigger is recorded."""

import copy
import dataclasses
import queue
from typing import Final

from tests.flows.functions import Stage
from tests.sdk.builders import SMS_ROLE, App, a_pool, an_app
from tests.sdk.support import Json, an_email, unique

TRIGGERS: Final = (
    *("PreSignUp", "CustomMessage", "PostConfirmation", "PreAuthentication", "PostAuthentication"),
    *("DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse"),
    *("PreTokenGeneration", "UserMigration"),
)
METADATA: Final = {"campaign": "spring"}
ARN: Final = "arn:aws:lambda:us-east-1:123456789012:function:recorder"
FRESH: Final = "Another-Horse-7"
HIDING: Final = {"PreventUserExistenceErrors": "ENABLED"}
EVENT_S: Final = 20
QUIET_S: Final = 0.3


@dataclasses.dataclass
class Recorder:
    """A function for every trigger: it keeps a copy of each event, and answers well."""

    answers: dict[str, dict[str, Json]] = dataclasses.field(default_factory=dict)
    events: list[Json] = dataclasses.field(default_factory=list)
    _arrived: "queue.Queue[Json]" = dataclasses.field(default_factory=queue.Queue)

    def __call__(self, event: Json) -> Json:
        """Answer an event."""
        self.events.append(copy.deepcopy(event))
        self._arrived.put(event)
        source = event["triggerSource"].partition("_")[0]
        event["response"].update(self.answers.get(source, _usual(source, event)))
        return event

    def next(self) -> Json:
        """Wait for an event and return it."""
        return self._arrived.get(timeout=EVENT_S)

    def is_quiet(self) -> bool:
        """Tell whether no event comes for a while."""
        try:
            self._arrived.get(timeout=QUIET_S)
        except queue.Empty:
            return True
        return False

    @property
    def sources(self) -> list[str]:
        """The sources of the events, in order."""
        return [event["triggerSource"] for event in self.events]

    def forget(self) -> None:
        """Begin anew."""
        self.events.clear()
        self._arrived = queue.Queue()


def _usual(source: str, event: Json) -> dict[str, Json]:
    match source:
        case "DefineAuthChallenge":
            done = event["request"]["session"]
            return {"issueTokens": True} if done else {"challengeName": "CUSTOM_CHALLENGE"}
        case "CreateAuthChallenge":
            return {
                "publicChallengeParameters": {"question": "1 + 1"},
                "privateChallengeParameters": {"answer": "2"},
                "challengeMetadata": "SUM",
            }
        case "VerifyAuthChallengeResponse":
            request = event["request"]
            right = request["privateChallengeParameters"].get("answer")
            return {"answerCorrect": request["challengeAnswer"] == right}
        case "UserMigration":
            user = {"email": an_email(), "email_verified": "true"}
            return {
                "userAttributes": user,
                "finalUserStatus": "CONFIRMED",
                "messageAction": "SUPPRESS",
            }
        case _:
            return {}


@dataclasses.dataclass(frozen=True)
class Recorded:
    """An app whose pool calls the recorder for everything."""

    app: App
    recorder: Recorder

    def user(self, **values: str) -> str:
        """Make a confirmed user, of whom no function is told."""
        name = self.app.user("", **values)
        self.recorder.forget()
        return name

    def signed_up(self) -> tuple[str, str]:
        """Return name and address of somebody who has just signed up, forgotten by functions."""
        name, email = unique(), an_email()
        self.app.sign_up(name, email=email)
        self.recorder.forget()
        return name, email

    def code(self, to: str) -> str:
        """Return the newest code."""
        return self.app.wire.code(to)


def recorded(
    stage: Stage, client: dict[str, Json] | None = None, /, version: str = "2", **pool: Json
) -> Recorded:
    """Return a fresh pool whose every trigger is recorded; `pool` replaces settings."""
    recorder = Recorder()
    arn = f"{ARN}-{unique()}"
    stage.triggers.register(arn, recorder)
    config: dict[str, Json] = dict.fromkeys(TRIGGERS, arn)
    if version != "1":
        del config["PreTokenGeneration"]
        token = {"LambdaArn": arn, "LambdaVersion": f"V{version}_0"}
        config["PreTokenGenerationConfig"] = token
    settings = {
        "LambdaConfig": config,
        "AutoVerifiedAttributes": ["email"],
        "SmsConfiguration": SMS_ROLE,
        **pool,
    }
    return Recorded(an_app(stage.wire, a_pool(stage.wire, **settings), **(client or {})), recorder)
