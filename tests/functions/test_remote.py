"""Functions at HTTP addresses and behind Invoke: docs/behaviours/functions.md."""

import base64
import hashlib
import hmac
import http.server
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest

from poolkeep.core.triggers import FunctionError, FunctionUnavailable
from tests.functions.support import PROBE, SIX_MB, hosting, secrets, until
from tests.sdk.support import holds

KEY: Final = base64.b64encode(b"a key of thirty-two random bytes").decode()
Answer = tuple[int, dict[str, str], bytes]
Script = Callable[[int], Answer]


class Elsewhere:
    """An HTTP server that answers as a test says, and remembers what it was asked."""

    def __init__(self) -> None:
        """Listen on a port of its own."""
        self.script: Script = lambda _: (200, {}, b"{}")
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        self.released = threading.Event()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                outer.asked.append((self.path, headers, body))
                status, answer_headers, answer = outer.script(len(outer.asked))
                self.send_response(status)
                for name, value in answer_headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  its name there
                pass

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, request: Any, client_address: Any) -> None:
                pass  # a caller that has given up

        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = f"127.0.0.1:{self.server.server_address[1]}"
        self._thread = threading.Thread(target=self.server.serve_forever)
        self._thread.start()

    def hang(self, _: int) -> Answer:
        """Answer when the test is over."""
        self.released.wait(30)
        return 200, {}, b"{}"

    def close(self) -> None:
        """Stop."""
        self.released.set()
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    running = Elsewhere()
    yield running
    running.close()


@pytest.fixture(params=["http", "lambda"])
def place(request: pytest.FixtureRequest, elsewhere: Elsewhere) -> dict[str, str]:
    url = f"http://{elsewhere.address}"
    if request.param == "lambda":
        url = f"lambda+http://AKIDEXAMPLE:secret@{elsewhere.address}"
    return {"probe": url}


def thrown(text: str) -> bytes:
    return json.dumps({"errorType": "Error", "errorMessage": text}).encode()


@holds("FUNCTION-30", "FUNCTION-32")
async def test_an_answer_is_what_the_function_answers(
    elsewhere: Elsewhere, place: dict[str, str]
) -> None:
    elsewhere.script = lambda _: (200, {}, b'{"response": {"a": "\xc3\xa9"}}')
    async with hosting(place) as host:
        assert await host.probe(x=1) == {"response": {"a": "é"}}
    ((_, _, body),) = elsewhere.asked
    assert json.loads(body) == {"x": 1}


@holds("FUNCTION-02", "FUNCTION-30", "FUNCTION-32")
async def test_a_function_error_is_final(elsewhere: Elsewhere, place: dict[str, str]) -> None:
    elsewhere.script = lambda _: (200, {"X-Amz-Function-Error": "Unhandled"}, thrown("no"))
    async with hosting(place) as host:
        with pytest.raises(FunctionError, match=r"^no$"):
            await host.probe()
    assert len(elsewhere.asked) == 1


@holds("FUNCTION-30")
async def test_a_status_of_400_with_a_message_is_what_an_address_throws(
    elsewhere: Elsewhere,
) -> None:
    elsewhere.script = lambda _: (400, {}, thrown("not you"))
    async with hosting({"probe": f"http://{elsewhere.address}"}) as host:
        with pytest.raises(FunctionError, match=r"^not you$"):
            await host.probe()
    assert len(elsewhere.asked) == 1


@holds("FUNCTION-03")
@pytest.mark.parametrize(
    "status, cause", [(429, "TooManyRequestsException"), (500, "ServiceException"), (503, "Mine")]
)
async def test_a_service_that_fails_is_asked_three_times(
    elsewhere: Elsewhere, place: dict[str, str], status: int, cause: str
) -> None:
    told = {"x-amzn-ErrorType": f"{cause}:http://internal"} if cause == "Mine" else {}
    elsewhere.script = lambda _: (status, told, b"{}")
    async with hosting(place) as host:
        with pytest.raises(FunctionUnavailable, match=f"^{cause}$"):
            await host.probe()
    assert len(elsewhere.asked) == 3
    if "lambda" not in place["probe"]:
        assert len({headers["webhook-id"] for _, headers, _ in elsewhere.asked}) == 1


@holds("FUNCTION-03")
async def test_the_third_attempt_may_succeed(elsewhere: Elsewhere, place: dict[str, str]) -> None:
    elsewhere.script = lambda number: (200 if number == 3 else 503, {}, b"{}")
    async with hosting(place) as host:
        assert await host.probe() == {}


@holds("FUNCTION-01")
async def test_a_place_that_hangs_is_asked_three_times(
    elsewhere: Elsewhere, place: dict[str, str]
) -> None:
    elsewhere.script = elsewhere.hang
    async with hosting(place, attempt_s=0.4) as host:
        with pytest.raises(FunctionUnavailable, match=r"^Socket timeout while invoking Lambda"):
            await host.probe()
        elsewhere.released.set()
    assert len(elsewhere.asked) == 3


@holds("FUNCTION-32")
@pytest.mark.parametrize(
    "status, told, cause",
    [
        (404, {}, "ResourceNotFoundException"),
        (403, {}, "AccessDeniedException"),
        (400, {"x-amzn-ErrorType": "InvalidRequestContentException"},
         "InvalidRequestContentException"),
        (302, {"Location": "http://169.254.169.254/"}, "InvalidRequestContentException"),
    ],
)  # fmt: skip
async def test_what_no_repetition_can_change_is_asked_once(
    elsewhere: Elsewhere, place: dict[str, str], status: int, told: dict[str, str], cause: str
) -> None:
    elsewhere.script = lambda _: (status, told, b"{}")
    async with hosting(place) as host:
        with pytest.raises(FunctionUnavailable, match=f"^{cause}$"):
            await host.probe()
    assert len(elsewhere.asked) == 1


@holds("FUNCTION-40")
async def test_a_huge_answer_is_the_functions_failure(
    elsewhere: Elsewhere, place: dict[str, str]
) -> None:
    elsewhere.script = lambda _: (200, {}, b" " * 7_000_000)
    async with hosting(place) as host:
        with pytest.raises(FunctionError) as caught:
            await host.probe()
    assert str(caught.value) == SIX_MB


@holds("FUNCTION-31")
@pytest.mark.parametrize("host_name", ["169.254.169.254", "[::ffff:169.254.169.254]", "0.0.0.0"])
async def test_a_link_local_address_is_not_asked(host_name: str) -> None:
    for mapped in (f"http://{host_name}/x", f"lambda+http://K:S@{host_name}"):
        async with hosting({"probe": mapped}) as host:
            with pytest.raises(FunctionUnavailable, match=r"^AccessDeniedException$"):
                await host.probe()


@holds("FUNCTION-03")
async def test_a_place_that_is_away_is_a_service_that_fails(elsewhere: Elsewhere) -> None:
    elsewhere.server.server_close()
    async with hosting({"probe": f"http://{elsewhere.address}"}) as host:
        with pytest.raises(FunctionUnavailable, match=r"^ServiceException$"):
            await host.probe()
        assert len(host.attempts) == 3


@holds("FUNCTION-30")
@pytest.mark.parametrize("key, raw", [
    (f"whsec_{KEY}", b"a key of thirty-two random bytes"), ("any other text", b"any other text"),
])  # fmt: skip
async def test_a_post_is_signed_as_standard_webhooks_are(
    elsewhere: Elsewhere, key: str, raw: bytes
) -> None:
    mapped = {"probe": f"http://{elsewhere.address}/hooks?a=1"}
    keys = secrets({"*": "for others", "probe": key})
    async with hosting(mapped, signing_keys=keys) as host:
        await host.probe(x=1)
    ((path, headers, body),) = elsewhere.asked
    assert path == "/hooks?a=1"
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    digest = base64.b64encode(hmac.new(raw, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{digest}"
    assert headers["x-amz-invoked-function-arn"] == PROBE


@holds("FUNCTION-32")
async def test_an_invoke_names_the_function_by_its_arn_or_as_the_settings_say(
    elsewhere: Elsewhere,
) -> None:
    base = f"lambda+http://AKIDEXAMPLE:secret@{elsewhere.address}"
    async with hosting({"probe": base, "*": f"{base}?region=eu-west-1&function=one"}) as host:
        await host.probe()
        await host.functions.call(PROBE.replace("probe", "other") + ":live", b"{}")
    paths = [path for path, _, _ in elsewhere.asked]
    quoted = PROBE.replace(":", "%3A")
    assert paths == [
        f"/2015-03-31/functions/{quoted}/invocations",
        "/2015-03-31/functions/one/invocations",
    ]
    scopes = [headers["authorization"].split("/")[2] for _, headers, _ in elsewhere.asked]
    assert scopes == ["us-east-1", "eu-west-1"]
    assert all(h["x-amz-invocation-type"] == "RequestResponse" for _, h, _ in elsewhere.asked)


@holds("FUNCTION-06")
async def test_an_event_that_nobody_waits_for_is_left_with_lambda(elsewhere: Elsewhere) -> None:
    elsewhere.script = lambda _: (202, {}, b"")
    async with hosting({"probe": f"lambda+http://K:S@{elsewhere.address}"}) as host:
        await host.functions.submit(PROBE, b"{}")
        await until(lambda: bool(elsewhere.asked))
    ((_, headers, _),) = elsewhere.asked
    assert headers["x-amz-invocation-type"] == "Event"


@holds("FUNCTION-06")
async def test_an_event_that_nobody_waits_for_is_run_up_to_three_times(
    elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("poolkeep.adapters.triggers.functions.LATER_PAUSES_S", (0.05, 0.05))
    elsewhere.script = lambda _: (200, {"X-Amz-Function-Error": "Unhandled"}, thrown("no"))
    async with hosting({"probe": f"http://{elsewhere.address}"}) as host:
        await host.functions.submit(PROBE, b"{}")
        await until(lambda: any(e["event"] == "function_event_lost" for e in host.logged))
        with pytest.raises(FunctionUnavailable, match="ResourceNotFoundException"):
            await host.functions.submit(PROBE + "s", b"{}")
    assert len(elsewhere.asked) == 3


@holds("FUNCTION-05")
@pytest.mark.parametrize(
    "arn", [PROBE + "s", "arn:aws:sns:us-east-1:123456789012:probe", "probe", ""]
)
async def test_an_arn_that_leads_nowhere_is_said_at_once(elsewhere: Elsewhere, arn: str) -> None:
    async with hosting({"probe": f"http://{elsewhere.address}"}) as host:
        with pytest.raises(FunctionUnavailable, match=r"^ResourceNotFoundException$"):
            await host.functions.call(arn, b"{}")
    assert not elsewhere.asked
