"""Lambda's own clients call our functions: docs/behaviours/functions.md."""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from poolkeep.core.triggers import FunctionUnavailable
from tests.functions.servers import configured
from tests.functions.support import ARN, PROBE, hosting, target, until
from tests.sdk.boto import environment
from tests.sdk.support import Wire, an_account, holds
from tests.security.signing import KeyPair, root_key
from tests.support.server import Server, StartServer

NO_RETRY: Final = Config(retries={"total_max_attempts": 1})
CLI: Final = Path(sys.executable).parent / "aws"
MAPPED: Final = {"probe": target("python")}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("invoke")


@pytest.fixture(scope="module")
def server(start_shared_server: StartServer, folder: Path) -> Server:
    """Return a server that checks signatures."""
    config = configured(folder, MAPPED, run_s=2.0)
    data = folder / "own"
    return start_shared_server("--config", str(config), "--data", str(data), dev=False)


@pytest.fixture(scope="module")
def pair(server: Server, folder: Path) -> KeyPair:
    assert server.is_ready()
    return root_key(folder / "own")


@contextmanager
def a_client(server: Server, pair: KeyPair) -> Iterator[Any]:
    variables = environment(server.base_url, pair.id, pair.secret)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        made = boto3.Session().client("lambda", config=NO_RETRY)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def client(server: Server, pair: KeyPair) -> Iterator[Any]:
    with a_client(server, pair) as made:
        yield made


def answer_of(reply: dict[str, Any]) -> Any:
    with reply["Payload"] as payload:
        return json.loads(payload.read())


@contextmanager
def refused(code: str, status: int) -> Iterator[None]:
    with pytest.raises(ClientError) as caught:
        yield
    response = caught.value.response
    told = (response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"])
    assert told == (code, status), caught.value


@holds("FUNCTION-50")
@pytest.mark.parametrize(
    "name", ["probe", "123456789012:function:probe", PROBE, f"{PROBE}:$LATEST", "probe:live"]
)
def test_boto3_invokes_a_function(client: Any, name: str) -> None:
    reply = client.invoke(FunctionName=name, Payload=b'{"say": "hello"}', LogType="Tail")
    assert (reply["StatusCode"], reply["ExecutedVersion"]) == (200, "$LATEST")
    assert "FunctionError" not in reply
    answer = answer_of(reply)
    assert answer["name"] == "probe"
    assert answer["arn"].startswith(PROBE)


@holds("FUNCTION-50")
def test_boto3_sees_what_was_printed(client: Any) -> None:
    client.invoke(FunctionName="probe", Payload=b'{"say": "the first"}')
    reply = client.invoke(FunctionName="probe", Payload=b'{"say": "x"}', LogType="Tail")
    assert "the first" in base64.b64decode(reply["LogResult"]).decode()


@holds("FUNCTION-50")
def test_a_qualifier_is_part_of_the_arn(client: Any) -> None:
    reply = client.invoke(FunctionName="probe", Qualifier="live", Payload=b"{}")
    assert answer_of(reply)["arn"] == f"{PROBE}:live"


@holds("FUNCTION-51")
def test_what_a_function_throws_is_an_answer(client: Any) -> None:
    event = json.dumps({"do": "throw", "text": "not you"}).encode()
    reply = client.invoke(FunctionName="probe", Payload=event)
    assert (reply["StatusCode"], reply["FunctionError"]) == (200, "Unhandled")
    told = answer_of(reply)
    assert (told["errorMessage"], told["errorType"]) == ("not you", "ValueError")
    assert told["stackTrace"]


@holds("FUNCTION-51")
def test_more_time_than_allowed_is_an_answer(client: Any) -> None:
    reply = client.invoke(FunctionName="probe", Payload=b'{"do": "sleep", "s": 30}')
    assert reply["FunctionError"] == "Unhandled"
    told = answer_of(reply)
    assert told["errorType"] == "Sandbox.Timedout"
    assert told["errorMessage"].endswith(" Task timed out after 2.00 seconds")


@holds("FUNCTION-50")
def test_an_event_is_run_later_and_a_dry_run_never(client: Any, tmp_path: Path) -> None:
    note = tmp_path / "note"
    event = json.dumps({"note": str(note)}).encode()
    dry = client.invoke(FunctionName="probe", InvocationType="DryRun", Payload=event)
    assert dry["StatusCode"] == 204
    assert not note.exists()
    later = client.invoke(FunctionName="probe", InvocationType="Event", Payload=event)
    assert later["StatusCode"] == 202
    for _ in range(50):  # each answer gives the one before the time it needs
        client.invoke(FunctionName="probe", Payload=b"{}")
        if note.exists():
            break
    assert len(note.read_text().split()) == 1


@holds("FUNCTION-50")
def test_the_clients_context_reaches_the_handler(client: Any) -> None:
    custom = {"name": "Zoë \U0001f600"}
    context = base64.b64encode(json.dumps({"custom": custom}).encode()).decode()
    reply = client.invoke(FunctionName="probe", ClientContext=context, Payload=b"{}")
    assert answer_of(reply)["custom"] == custom
    with refused("InvalidRequestContentException", 400):
        client.invoke(FunctionName="probe", ClientContext="{not base64", Payload=b"{}")


@holds("FUNCTION-52")
def test_what_cannot_be_invoked_is_refused_as_lambda_does(client: Any) -> None:
    with refused("ResourceNotFoundException", 404):
        client.invoke(FunctionName="nobody", Payload=b"{}")
    with refused("InvalidRequestContentException", 400):
        client.invoke(FunctionName="probe", Payload=b"{not json")
    with refused("AccessDeniedException", 403):
        client.invoke(FunctionName=PROBE.replace("123456789012", "210987654321"), Payload=b"{}")
    with refused("RequestTooLargeException", 413):
        client.invoke(FunctionName="probe", Payload=b'"' + b"x" * 6_291_600 + b'"')
    with refused("RequestTooLargeException", 413):
        client.invoke(
            FunctionName="probe", InvocationType="Event", Payload=b'"' + b"x" * 1_100_000 + b'"'
        )


@holds("FUNCTION-50")
def test_five_megabytes_go_through(client: Any) -> None:
    event = json.dumps({"ignored": "x" * 5_000_000}).encode()
    assert answer_of(client.invoke(FunctionName="probe", Payload=event))["name"] == "probe"


@holds("FUNCTION-50", "FUNCTION-52")
def test_only_a_right_signature_for_lambda_invokes(server: Server, pair: KeyPair) -> None:
    for wrong, code in (
        (KeyPair(pair.id, pair.secret[::-1]), "InvalidSignatureException"),
        (KeyPair("AKIA0000000000000000", pair.secret), "UnrecognizedClientException"),
    ):
        with a_client(server, wrong) as client, refused(code, 403):
            client.invoke(FunctionName="probe", Payload=b"{}")
    path = "/2015-03-31/functions/probe/invocations"
    unsigned = Wire(server.base_url).exchange("POST", path, b"{}")
    assert unsigned.status == 403
    assert unsigned.headers["x-amzn-errortype"] == "MissingAuthenticationTokenException"
    assert Wire(server.base_url).exchange("GET", path).status == 404


@holds("FUNCTION-50")
def test_the_command_line_invokes_a_function(server: Server, pair: KeyPair, tmp_path: Path) -> None:
    out = tmp_path / "answer.json"
    done = subprocess.run(
        [str(CLI), "lambda", "invoke", "--function-name", "probe", "--payload", "{}", str(out)],
        capture_output=True, text=True, check=False, timeout=60,
        env={**os.environ, **environment(server.base_url, pair.id, pair.secret), "AWS_PAGER": ""},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["StatusCode"] == 200
    assert json.loads(out.read_text())["name"] == "probe"


@holds("FUNCTION-50")
def test_in_development_each_account_has_the_functions(
    start_server: StartServer, tmp_path: Path
) -> None:
    server = start_server("--config", str(configured(tmp_path, MAPPED)))
    account = an_account()
    with a_client(server, KeyPair(account, "any")) as client:
        told = answer_of(client.invoke(FunctionName="probe", Payload=b'{"do": "environment"}'))
    assert told["AWS_ACCESS_KEY_ID"] == account
    assert told["AWS_ENDPOINT_URL"] == server.base_url


@holds("FUNCTION-32")
async def test_another_server_of_ours_is_a_lambda_endpoint(server: Server, pair: KeyPair) -> None:
    secret = pair.secret.replace("/", "%2F").replace("+", "%2B")
    place = f"lambda+http://{pair.id}:{secret}@{server.base_url.removeprefix('http://')}"
    async with hosting({"*": place}, attempt_s=20.0) as host:
        assert (await host.probe())["arn"] == PROBE
        with pytest.raises(FunctionUnavailable, match=r"^ResourceNotFoundException$"):
            await host.functions.call(ARN + "nobody", b"{}")
        await host.functions.submit(PROBE, b"{}")
        await until(lambda: len(host.attempts) == 3)
        assert host.attempts[-1].error is None
