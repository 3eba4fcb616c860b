"""Malformed, oversized and slow requests to the real application: a typed refusal, promptly.

While each of them is tried, somebody else goes on being served.
"""

import concurrent.futures
import contextlib
import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.faults.others import Others
from tests.sdk.builders import an_app
from tests.sdk.support import PREFIX, Reply, Wire
from tests.support.exclusions import SHARED_DATA, vectors
from tests.support.server import Server, StartServer

PROMPT_S: Final = 3.0
SERIALIZATION: Final = "SerializationException"
TIMES: Final = {
    "POOLKEEP_HTTP_HEADER_S": "0.8",
    "POOLKEEP_HTTP_BODY_PROGRESS_S": "0.8",
    "POOLKEEP_HTTP_WRITE_PROGRESS_S": "1.5",
}
CORPUS: Final = sorted(path.name for path in (SHARED_DATA / "json").glob("*.json"))
BOM: Final = b"\xef\xbb\xbf"


@pytest.fixture(scope="module")
def server(start_shared_server: StartServer) -> Server:
    """Return a server whose patience is short."""
    return start_shared_server(environment=TIMES)


@pytest.fixture(scope="module")
def wire(server: Server) -> Wire:
    return Wire(server.base_url)


@pytest.fixture(scope="module")
def others(server: Server) -> Others:
    return Others(an_app(Wire(server.base_url)))


@pytest.fixture(autouse=True)
def _others_are_served(others: Others) -> Iterator[None]:
    with others.served():
        yield


def refusal(wire: Wire, body: bytes, operation: str = "SignUp") -> tuple[int, str]:
    """Send a body; return status and type of a refusal that came promptly and in due form."""
    started = time.monotonic()
    reply = wire.send(operation, body)
    assert time.monotonic() - started < PROMPT_S
    return reply.status, type_of(reply)


def type_of(reply: Reply) -> str:
    """Return the type of a refusal, seeing that body and headers agree."""
    told = json.loads(reply.body)
    kind: str = told["__type"]
    assert reply.headers["x-amzn-errortype"].partition(":")[0] == kind
    assert reply.headers["content-type"] == "application/x-amz-json-1.1"
    assert len(reply.headers["x-amzn-requestid"]) == 36
    assert "Traceback" not in reply.body.decode()
    return kind


# -- JSON


@pytest.mark.parametrize("name", CORPUS or ["(absent)"])
def test_the_corpus_of_json_is_refused_in_due_form(wire: Wire, name: str) -> None:
    body = (vectors("json") / name).read_bytes()
    status, kind = refusal(wire, body)
    assert status == 400
    if name.startswith("n_") and body:  # no body at all is an empty request
        assert kind == SERIALIZATION
    if name.startswith("y_"):
        inside = b'{"ClientId": ' + body.strip() + b"}"
        assert refusal(wire, inside)[0] == 400


@pytest.mark.parametrize("depth", [100, 1_000, 100_000, 900_000])
@pytest.mark.parametrize("opening, closing", [(b"[", b"]"), (b'{"a":', b"}")])
def test_deep_json_is_refused(wire: Wire, depth: int, opening: bytes, closing: bytes) -> None:
    depth = min(depth, 2_000_000 // len(opening + closing))
    nested = opening * depth + b"1" + closing * depth
    assert refusal(wire, nested) in {(400, SERIALIZATION), (400, "InvalidParameterException")}
    assert refusal(wire, b'{"ClientMetadata": ' + nested[: len(nested) - 50])[0] == 400
    assert refusal(wire, opening * depth) == (400, SERIALIZATION)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"null",
        b"[]",
        b'"text"',
        b"7",
        b"true",
        b"{",
        b"}",
        b"{}{}",
        b'{"ClientId":"x"} trailing',
        b'{"ClientId":"x",}',
        b"{'ClientId':'x'}",
        b'{"ClientId":' + b"9" * 1_000_000 + b"}",
        b'{"ClientId":1e999}',
        b'{"ClientId":NaN}',
        b'{"ClientId":-Infinity}',
        b'{"ClientId":"\xff\xfe"}',
        b'{"ClientId":"\xc0\xaf"}',
        b'{"ClientId":"\xed\xa0\x80"}',
        b'{"ClientId":"\\ud800"}',
        b'{"ClientId":"\\x41"}',
        b'{"ClientId":"line\nend"}',
        b'{"ClientId":"nul\x00"}',
        b'{"ClientId":{"a":"b"}}',
        b'{"ClientId":["a"]}',
        b'{"ClientId":7}',
        b'{"ClientId":null}',
        BOM + b"{}",
        '{"ClientId":"x"}'.encode("utf-16"),
        '{"ClientId":"x"}'.encode("utf-32"),
        b"\x00",
        b"\xff" * 1000,
        b'{"' + b"a" * 1_000_000 + b'":1}',
        b"{" + b",".join(b'"k%d":1' % n for n in range(150_000)) + b"}",
        b'{"UserAttributes":[' + b",".join([b"{}"] * 500_000) + b"]}",
        b"/" + b"*" * 1_000_000,
    ],
    ids=lambda body: repr(body[:24]),
)
def test_odd_bodies_are_refused_in_due_form(wire: Wire, body: bytes) -> None:
    for operation in ("SignUp", "InitiateAuth", "CreateUserPool"):
        status, kind = refusal(wire, body, operation)
        assert status == 400
        assert kind in {SERIALIZATION, "InvalidParameterException"}


def test_a_member_given_twice_is_no_way_around_a_check(wire: Wire) -> None:
    body = b'{"ClientId":"' + b"a" * 26 + b'","ClientId":"' + b"!" * 26 + b'","Username":"x"}'
    status, kind = refusal(wire, body)
    assert (status, kind) in {(400, "InvalidParameterException"), (400, SERIALIZATION)}


# -- size


@pytest.mark.parametrize("size", [2_097_153, 4_000_000])
def test_an_oversized_body_is_refused(wire: Wire, size: int) -> None:
    with contextlib.suppress(ConnectionError):  # it may close before we have sent everything
        assert refusal(wire, b" " * size) == (413, "RequestEntityTooLargeException")


def test_a_body_of_exactly_the_limit_is_read(wire: Wire) -> None:
    assert refusal(wire, b" " * 2_097_152) == (400, SERIALIZATION)


def test_many_big_bodies_at_once(server: Server) -> None:
    body = b'{"ClientMetadata": {"a": "' + b"x" * 2_000_000 + b'"}}'

    def one(_: int) -> int:
        return Wire(server.base_url).send("SignUp", body).status

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        assert set(pool.map(one, range(48))) == {400}


# -- time


def speak(server: Server, *pieces: bytes, pause_s: float = 0.1) -> tuple[bytes, float]:
    """Send pieces with pauses; return the answer and when the connection was closed."""
    started = time.monotonic()
    received = b""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as sock:
        with contextlib.suppress(ConnectionError):
            for piece in pieces:
                sock.sendall(piece)
                time.sleep(pause_s)
        with contextlib.suppress(ConnectionError):
            while chunk := sock.recv(65536):
                received += chunk
    return received, time.monotonic() - started


def head(length: int) -> bytes:
    return (
        f"POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: {PREFIX}.SignUp\r\n"
        f"Content-Type: application/x-amz-json-1.1\r\nContent-Length: {length}\r\n\r\n"
    ).encode()


def test_a_body_that_never_ends_is_cut_off(server: Server) -> None:
    answer, took_s = speak(server, head(100), b'{"ClientId":')
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"RequestTimeoutException" in answer
    assert took_s < 6


def test_a_body_that_drips_is_cut_off(server: Server) -> None:
    answer, took_s = speak(server, head(2000), *[b"x"] * 40)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 408 ")
    assert took_s < 10


def test_a_header_that_never_ends_is_cut_off(server: Server) -> None:
    answer, took_s = speak(server, b"POST / HTTP/1.1\r\nHost: loc")
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert took_s < 6


def test_hundreds_of_slow_callers_at_once(server: Server) -> None:
    with contextlib.ExitStack() as stack:
        socks = [
            stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=20))
            for _ in range(300)
        ]
        for number, sock in enumerate(socks):
            sock.sendall(head(500) if number % 2 else b"POST / HTTP/1.1\r\nX")
        for sock in socks:
            with contextlib.suppress(ConnectionError):
                while sock.recv(65536):
                    pass


def test_callers_who_leave_in_the_middle_leave_nothing(server: Server, wire: Wire) -> None:
    for _ in range(200):
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as sock:
            sock.sendall(head(500) + b'{"ClientId":')
    assert refusal(wire, b"{") == (400, SERIALIZATION)
    assert Path(f"/proc/{server.pid}/fd").exists()
    end = time.monotonic() + 10
    while len(list(Path(f"/proc/{server.pid}/fd").iterdir())) > 100:
        assert time.monotonic() < end, "connections are left open"
        time.sleep(0.1)
