"""Local functions as the triggers of a running server: docs/behaviours/functions.md."""

import concurrent.futures
import contextlib
import os
import signal
import time
from pathlib import Path

import pytest

from tests.functions.servers import a_server, an_app_with, cognito, configured
from tests.sdk.builders import App
from tests.sdk.support import PASSWORD, attribute_map, claims_of, holds, refused, unique
from tests.security.signing import SignedWire, root_key
from tests.support.server import Server, StartServer

NO_ANSWER = (
    "PreSignUp invocation failed due to error Socket timeout while invoking Lambda function."
)
NAMES = ("pre_sign_up", "pre_token", "post_authentication", "hang")


@pytest.fixture(scope="module")
def server(start_shared_server: StartServer, tmp_path_factory: pytest.TempPathFactory) -> Server:
    return a_server(start_shared_server, tmp_path_factory.mktemp("functions"), cognito(*NAMES))


def sign_up(app: App, **metadata: str) -> str:
    name = unique()
    app.call("SignUp", name, Password=PASSWORD, ClientMetadata=metadata)
    return name


@holds("FUNCTION-10")
def test_handlers_take_part_in_sign_up_and_sign_in(server: Server) -> None:
    app = an_app_with(server, PreSignUp="pre_sign_up", PreTokenGeneration="pre_token")
    name = sign_up(app)
    tokens = app.sign_in(name, PASSWORD)
    assert claims_of(tokens["IdToken"])["seen"] == "yes"
    with refused("UserLambdaValidationException", "PreSignUp failed with error not you.."):
        sign_up(app, refuse="not you.")


@holds("FUNCTION-01")
def test_a_function_that_takes_six_seconds_is_invoked_exactly_three_times(
    server: Server, tmp_path: Path
) -> None:
    app = an_app_with(server, PreSignUp="pre_sign_up")
    note = tmp_path / "note"
    began = time.monotonic()
    with refused("UnexpectedLambdaException", NO_ANSWER):
        sign_up(app, sleep_s="6", note=str(note))
    assert 14.5 < time.monotonic() - began < 18
    assert len(note.read_text().split()) == 3


@holds("FUNCTION-15")
def test_a_function_that_ends_its_process_tells_so(server: Server) -> None:
    app = an_app_with(server, PreSignUp="pre_sign_up")
    with refused("UserLambdaValidationException") as caught:
        sign_up(app, exit="129")
    text = caught.value.text
    assert text.startswith("PreSignUp failed with error RequestId: ")
    assert text.endswith(" Error: Runtime exited with error: exit status 129.")


@holds("FUNCTION-05")
def test_a_function_that_nobody_knows_is_said_so(server: Server) -> None:
    app = an_app_with(server, PreSignUp="nobody")
    with refused(
        "UnexpectedLambdaException",
        "PreSignUp invocation failed due to error ResourceNotFoundException.",
    ):
        sign_up(app)


@holds("FUNCTION-12")
def test_a_handlers_sdk_calls_this_server_in_development(server: Server) -> None:
    app = an_app_with(server, PostAuthentication="post_authentication")
    check_own_calls(app)


@holds("FUNCTION-12")
def test_a_handlers_sdk_signs_with_a_key_pair_of_its_own(
    start_server: StartServer, tmp_path: Path
) -> None:
    config = configured(tmp_path, cognito("post_authentication"))
    server = start_server("--config", str(config), dev=False)
    wire = SignedWire(server.base_url, root_key(tmp_path / "data"))
    check_own_calls(an_app_with(wire, PostAuthentication="post_authentication"))


@holds("FUNCTION-19")
@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("end", ["term", "kill"])
def test_no_process_outlives_the_server(
    start_server: StartServer, tmp_path: Path, workers: str, end: str
) -> None:
    config = configured(tmp_path, cognito("pre_sign_up"))
    server = start_server("--config", str(config), "--workers", workers)
    app = an_app_with(server, PreSignUp="pre_sign_up")
    sign_up(app)
    (child,) = functions_of(server)
    if end == "term":
        server.stop()
    else:
        # The server alone, as an operator's kill -9 does: its children are told by the kernel.
        os.kill(server.pid, signal.SIGKILL)
    until_gone(child)
    server.stop()


@holds("FUNCTION-41")
def test_a_function_that_hangs_delays_no_other_pool(server: Server) -> None:
    stuck = an_app_with(server, PreAuthentication="hang")
    well = an_app_with(server, PreTokenGeneration="pre_token")
    plain = an_app_with(server)
    users = {id(app): app.user() for app in (stuck, well, plain)}
    well.sign_in(users[id(well)], PASSWORD)
    with concurrent.futures.ThreadPoolExecutor(60) as threads:
        began = time.monotonic()
        hanging = [threads.submit(stuck.sign_in, users[id(stuck)], PASSWORD) for _ in range(30)]
        others = [
            threads.submit(app.sign_in, users[id(app)], PASSWORD)
            for _ in range(100)
            for app in (well, plain)
        ]
        done, _ = concurrent.futures.wait(others, timeout=60)
        took = time.monotonic() - began
        assert len(done) == 200
        assert all(future.result()["AccessToken"] for future in done)
        assert not any(future.done() for future in hanging), f"{took} s, and those hang for 15"
        for future in hanging:
            with refused("UnexpectedLambdaException"):
                future.result(timeout=60)


def check_own_calls(app: App) -> None:
    name = app.user()
    app.sign_in(name, PASSWORD)
    seen = attribute_map(app.admin("AdminGetUser", name)["UserAttributes"])
    assert seen["nickname"] == "met"


def functions_of(server: Server) -> list[int]:
    """Return the processes that run functions of a server."""
    found = []
    for pid in descendants(server.pid):
        with contextlib.suppress(OSError):
            if b"awslambdaric" in Path(f"/proc/{pid}/cmdline").read_bytes():
                found.append(pid)
    return found


def descendants(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        direct = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [each for one in direct for each in (int(one), *descendants(int(one)))]
    return []


def until_gone(pid: int) -> None:
    deadline = time.monotonic() + 20
    ended = Path(f"/proc/{pid}/stat")
    while time.monotonic() < deadline:
        try:
            if ended.read_text().rpartition(")")[2].split()[0] == "Z":
                return
        except OSError:
            return
        os.sched_yield()
    pytest.fail(f"process {pid} is still there")
