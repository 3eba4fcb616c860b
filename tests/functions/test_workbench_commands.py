"""`poolkeep triggers`, beside a running server: docs/behaviours/workbench.md."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.functions.servers import an_app_with, cognito, configured
from tests.functions.support import ARN
from tests.sdk.builders import App
from tests.sdk.support import PASSWORD, holds, refused, unique
from tests.support.server import ROOT, Server

NAMES: Final = ("pre_sign_up", "pre_token")
ODD: Final = """
def wrong(event, context):
    print("looking at", event["userName"])
    event["response"]["autoConfirmUser"] = "true"
    event["response"]["autoConfirm"] = True
    return event

def throws(event, context):
    raise RuntimeError("not you")

def good(event, context):
    event["response"]["autoConfirmUser"] = event["request"]["userAttributes"]["email"] == "x@y.z"
    return event
"""
WRITTEN_S: Final = 10.0


class Place:
    """A server with functions, and the command line beside it."""

    def __init__(self, folder: Path, *more: str) -> None:
        self.odd = folder / "odd.py"
        self.odd.write_text(ODD)
        mapped = {**cognito(*NAMES), "throws": f"python:{self.odd}:throws"}
        config = configured(folder, mapped)
        self.flags = ["--dev", "--data", str(folder / "data"), "--config", str(config)]
        self.server = Server(folder, *self.flags, *more)

    def run(self, *arguments: str, code: int = 0) -> tuple[str, str]:
        """Run `poolkeep triggers`; return what it prints and what it remarks."""
        done = subprocess.run(
            [sys.executable, "-m", "poolkeep", "triggers", *arguments, *self.flags],
            cwd=ROOT, env={"PYTHONPATH": str(ROOT / "src"), "PATH": "/usr/bin:/bin"}, check=False,
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
        assert not any(line.startswith("Traceback") for line in done.stderr.splitlines())
        return done.stdout, done.stderr

    def recorded(self, app: App, count: int) -> list[dict[str, str]]:
        """Return the newest invocations of a pool, once there are so many."""
        end = time.monotonic() + WRITTEN_S
        while True:
            said, _ = self.run("invocations", app.pool_id, "--json")
            found = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
            if len(found) >= count or time.monotonic() > end:
                assert len(found) == count
                return found


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    made = Place(tmp_path_factory.mktemp("workbench"))
    with made.server:
        yield made


@pytest.fixture
def app(place: Place) -> App:
    return an_app_with(place.server, PreSignUp="pre_sign_up", PostConfirmation="nobody")


def sign_up(app: App, **metadata: str) -> str:
    name = unique()
    app.call("SignUp", name, Password=PASSWORD, ClientMetadata=metadata)
    return name


@holds("WORKBENCH-01", "WORKBENCH-12")
def test_an_invocation_is_listed_shown_and_replayed(place: Place) -> None:
    app = an_app_with(place.server, PreSignUp="pre_sign_up")
    name = sign_up(app, otp="471147")
    (found,) = place.recorded(app, 1)
    assert found["source"] == "PreSignUp_SignUp"
    said, _ = place.run("show", found["id"][:10])
    assert name in said
    assert '"otp": "***"' in said
    assert "471147" not in said
    said, remarks = place.run("replay", found["id"])
    assert json.loads(said)["autoConfirmUser"] is True
    assert "Masked, and sent as ***: request.clientMetadata.otp." in remarks
    assert "The answer is the recorded one." in remarks
    change = ("--set", "request.clientMetadata.refuse=not today")
    _, remarks = place.run("replay", found["id"], *change, code=1)
    assert "not today" in remarks
    odd = ("--function", f"python:{place.odd}:wrong")
    _, remarks = place.run("replay", found["id"], *odd, code=1)
    assert "The answer differs from the recorded one in response.autoConfirm" in remarks


@holds("WORKBENCH-01")
def test_what_fails_is_listed_apart_and_found_by_the_request_id_of_the_log(place: Place) -> None:
    app = an_app_with(place.server, PreSignUp="pre_sign_up", PostConfirmation="throws")
    sign_up_name = unique()
    with refused("UserLambdaValidationException"):
        app.call("SignUp", sign_up_name, Password=PASSWORD)
    place.recorded(app, 2)
    said, _ = place.run("invocations", app.pool_id, "--failed")
    assert "PostConfirmation_ConfirmSignUp" in said
    assert "PreSignUp" not in said
    said, _ = place.run("invocations", "--function", "throws", "--json")
    (line,) = [json.loads(line) for line in said.splitlines() if app.pool_id in line]
    said, _ = place.run("show", line["id"], "--json")
    record = json.loads(said)
    assert record["error"] == "not you"
    assert record["request_id"] in place.server.log.read_text()
    said, _ = place.run("show", record["request_id"])
    assert "not you" in said
    said, _ = place.run("list", app.pool_id)
    rows = {line.split()[1]: line for line in said.splitlines()[1:]}
    assert "python:" in rows["PreSignUp"]
    assert rows["PostConfirmation"].split()[-4:-1][:2] != []


def test_a_function_that_is_nowhere_is_said_so(place: Place, app: App) -> None:
    said, _ = place.run("list", app.pool_id)
    assert "nowhere: name it in functions.map" in said
    _, fault = place.run("show", "feedfacefeedface", code=1)
    assert "nothing is recorded as feedfacefeedface" in fault


@holds("WORKBENCH-10", "WORKBENCH-11")
def test_a_function_is_tested_with_a_sample_of_a_source(place: Place) -> None:
    said, remarks = place.run("test", "pre-sign-up", "--function", f"python:{place.odd}:good")
    assert json.loads(said)["autoConfirmUser"] is False
    assert "The answer is good for PreSignUp_SignUp." in remarks
    change = ("--set", "request.userAttributes.email=x@y.z")
    said, _ = place.run("test", "pre-sign-up", "--function", f"python:{place.odd}:good", *change)
    assert json.loads(said)["autoConfirmUser"] is True
    _, remarks = place.run("test", "PreSignUp", "--function", f"python:{place.odd}:wrong", code=1)
    assert "| looking at ada" in remarks
    assert "Wrong: `response.autoConfirmUser` must be true or false, not a text." in remarks
    assert "Note: `response.autoConfirm` is ignored" in remarks
    _, remarks = place.run("test", "PreSignUp", "--function", ARN + "throws", code=1)
    assert "PreSignUp threw: not you." in remarks
    said, _ = place.run("test", "PreTokenGeneration@2", "--function", "pre_token")
    assert said


@pytest.mark.parametrize(
    "arguments, fault",
    [
        (("test", "PreSignUpp"), "Did you mean PreSignUp"),
        (("test", "PreSignUp"), "which function?"),
        (("test", "PreSignUp", "--function", "nobody"), "No function of the settings is called"),
        (("test", "PreSignUp", "--function", "python:/x.txt:h"), "is no address of a function"),
        (("test", "PreSignUp", "--function", "throws", "--set", "x"), "write PLACE=VALUE"),
        (("test", "PreSignUp", "--function", "throws", "--set", "version.x=1"), "no such place"),
        (("migrated", "us-east-1_nobody000"), "There is no user pool"),
    ],
)
def test_a_command_that_cannot_says_why(
    place: Place, arguments: tuple[str, ...], fault: str
) -> None:
    _, said = place.run(*arguments, code=1)
    assert fault in said


def test_the_sources_and_the_events_can_be_printed(place: Place, tmp_path: Path) -> None:
    said, _ = place.run("test")
    assert "InboundFederation_ExternalProvider" in said.split()
    said, _ = place.run("test", "UserMigration", "--print-event")
    event = json.loads(said)
    assert event["triggerSource"] == "UserMigration_Authentication"
    file = tmp_path / "event.json"
    event["userName"] = "from the file"
    file.write_text(json.dumps(event))
    said, _ = place.run("test", "UserMigration", "--event", str(file), "--print-event")
    assert json.loads(said)["userName"] == "from the file"


@holds("WORKBENCH-04")
def test_recording_can_be_turned_off(tmp_path: Path) -> None:
    place = Place(tmp_path)
    config = Path(place.flags[-1])
    config.write_text("[workbench]\nenabled = false\n" + config.read_text())
    with place.server:
        app = an_app_with(place.server, PreSignUp="pre_sign_up")
        sign_up(app)
    said, _ = place.run("invocations")
    assert said == "Nothing is recorded.\n"
