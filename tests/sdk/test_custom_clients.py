"""Custom authentication by unmodified clients, whose pool's functions run in this process."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from poolkeep.adapters.triggers.in_process import InProcessTriggers
from tests.behaviours.custom import WORD, Custom, custom, script
from tests.flows.functions import Stage
from tests.flows.in_process import InProcessWire, listening
from tests.sdk.support import PASSWORD, Json, holds
from tests.support.node import run_node

INCORRECT = "Incorrect username or password."


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Custom]:
    """Return an app whose pool asks for the password where the client begins with SRP."""
    triggers = InProcessTriggers()
    folder: Path = tmp_path_factory.mktemp("clients")
    with listening(folder, triggers) as wire:
        app = custom(Stage(cast("InProcessWire", wire), triggers))

        def define(event: dict[str, Json]) -> Any:
            by_srp = event["request"]["session"][:1] == [SRP_A]
            steps = ["PASSWORD_VERIFIER"] if by_srp else []
            return script(*steps, "CUSTOM_CHALLENGE")(event)

        app.define.says = define
        yield app


SRP_A = {"challengeName": "SRP_A", "challengeResult": True, "challengeMetadata": None}


def run(node_script: str, made: Custom) -> Json:
    """Run a script with a user of its own and return its report."""
    given = {
        "url": made.app.wire.base_url,
        "pool": made.app.pool_id,
        "client": made.app.client_id,
        "name": made.app.user(),
        "password": PASSWORD,
        "answer": WORD,
    }
    return json.loads(run_node(node_script, environment={"CLIENT_TEST": json.dumps(given)}))


@holds("CUSTOM-02", "CUSTOM-03", "CUSTOM-05", "CUSTOM-07", "CUSTOM-20")
def test_amazon_cognito_identity_js(made: Custom) -> None:
    told = run("custom.mjs", made)
    for how, questions in (("plain", 1), ("second", 2), ("srp", 1)):
        assert told[how]["valid"], how
        assert [one["question"] for one in told[how]["asked"]] == ["the word?"] * questions
    for how in ("never", "wrongPassword"):
        assert told[how]["code"] == "NotAuthorizedException"
        assert told[how]["message"] == INCORRECT


@holds("CUSTOM-02", "CUSTOM-03", "CUSTOM-05", "CUSTOM-20")
def test_amplify_v6(made: Custom) -> None:
    told = run("amplify_custom.mjs", made)
    asked, again = "CONFIRM_SIGN_IN_WITH_CUSTOM_CHALLENGE", told["wrong"]["done"]
    for how in ("plain", "srp"):
        assert (told[how]["asked"], told[how]["done"]) == (asked, "DONE"), how
        assert told[how]["told"]["question"] == "the word?"
    assert again == asked
    assert told["wrongPassword"]["name"] == "NotAuthorizedException"
