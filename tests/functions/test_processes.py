"""Who may speak to the Runtime API, and what a function's process may not do."""

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from poolkeep.adapters.triggers.local import peer
from poolkeep.adapters.triggers.local.runtime_api import Event, RuntimeApi
from poolkeep.adapters.triggers.local.surroundings import LAUNCHER
from poolkeep.adapters.triggers.model import PAYLOAD_BYTES_MAX
from poolkeep.base.clock import SystemClock
from poolkeep.base.entropy import SystemEntropy
from poolkeep.base.log import Log
from poolkeep.compose.functions import build_functions
from poolkeep.core.triggers import FunctionError
from poolkeep.function_settings import Functions
from poolkeep.http.server.ports import CannotStart
from poolkeep.settings import Settings
from tests.functions.support import hosting, secrets, target
from tests.sdk.support import holds

NEXT = b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n"


class Desk:
    """Has one event, and remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []

    async def next(self) -> Event:
        return Event(request_id="one", deadline_ms=1, arn="arn", trace_id="trace", body=b"{}")

    def answer(self, request_id: str, body: bytes) -> bool:
        self.told.append((request_id, body.decode()))
        return request_id == "one"

    def oversized(self, request_id: str) -> bool:
        self.told.append((request_id, "oversized"))
        return True

    def failed(self, request_id: str, body: bytes) -> bool:
        self.told.append((request_id, f"failed {body.decode()}"))
        return True

    def start_failed(self, body: bytes) -> None:
        self.told.append(("", body.decode()))


@contextlib.asynccontextmanager
async def speaking(desk: Desk, *, trusted: bool = True) -> AsyncIterator[tuple[
    asyncio.StreamReader, asyncio.StreamWriter
]]:  # fmt: skip
    api = RuntimeApi(desk, lambda _client, _server: trusted)
    host, _, port = (await api.start()).partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        yield reader, writer
    finally:
        writer.close()
        api.close()


def post(path: str, body: bytes, *, chunked: bool = False) -> bytes:
    head = f"POST /2018-06-01/runtime/{path} HTTP/1.1\r\nHost: x\r\n"
    if chunked:
        parts = b"".join(b"%x\r\n%s\r\n" % (1, body[i : i + 1]) for i in range(len(body)))
        return f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + parts + b"0\r\n\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


async def status(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    await reader.readexactly(length)
    return int(head.split()[1])


async def test_events_and_answers_pass_on_one_connection() -> None:
    desk = Desk()
    async with speaking(desk) as (reader, writer):
        writer.write(NEXT)
        assert await status(reader) == 200
        writer.write(post("invocation/one/response", b'{"a":1}', chunked=True))
        assert await status(reader) == 202
        writer.write(post("invocation/two/response", b"{}"))
        assert await status(reader) == 400, "nobody waits for that"
        writer.write(post("invocation/one/error", b"{}"))
        assert await status(reader) == 202
        writer.write(post("init/error", b"{}"))
        assert await status(reader) == 202
        writer.write(post("restore/error", b"{}"))
        assert await status(reader) == 404
    assert desk.told == [("one", '{"a":1}'), ("two", "{}"), ("one", "failed {}"), ("", "{}")]


@holds("FUNCTION-40")
async def test_more_than_an_answer_may_have_is_not_kept() -> None:
    desk = Desk()
    async with speaking(desk) as (reader, writer):
        head = "POST /2018-06-01/runtime/invocation/one/response HTTP/1.1\r\nHost: x\r\n"
        writer.write(f"{head}Content-Length: {10**12}\r\n\r\n".encode())
        writer.write(b"x" * (PAYLOAD_BYTES_MAX + 1))
        assert await status(reader) == 413
        assert await reader.read() == b"", "and no more is read"
    assert desk.told == [("one", "oversized")]


@pytest.mark.parametrize(
    "sent",
    [b"\x00\x01\x02\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET /" + b"a" * 100_000, NEXT + NEXT],
)
async def test_what_is_no_request_of_a_client_ends_the_connection(sent: bytes) -> None:
    class Busy(Desk):
        async def next(self) -> Event:
            await asyncio.Event().wait()
            raise AssertionError

    async with speaking(Busy()) as (reader, writer):
        writer.write(sent)
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""


@holds("FUNCTION-20")
async def test_a_connection_that_is_not_trusted_gets_nothing() -> None:
    async with speaking(Desk(), trusted=False) as (reader, writer):
        writer.write(NEXT)
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""


@holds("FUNCTION-20")
def test_only_the_process_that_holds_a_connection_is_its_peer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = socket.create_connection(server.getsockname())
        accepted, _ = server.accept()
        ends = {"client": client.getsockname(), "server": server.getsockname()}
        with accepted:
            assert peer.holds(os.getpid(), **ends)
            assert not peer.holds(os.getppid(), **ends)
            assert not peer.holds(2**22 - 1, **ends), "no such process"
            client.close()
            assert not peer.holds(os.getpid(), **ends), "closed"


def test_where_the_kernel_does_not_tell_everybody_is_believed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ends = {"client": ("127.0.0.1", 1), "server": ("127.0.0.1", 2)}
    assert peer.holds(os.getppid(), **ends), "neither end is listed"
    monkeypatch.setattr(peer, "TABLE", str(tmp_path / "absent"))
    assert peer.holds(os.getppid(), **ends)


def test_without_the_runtime_client_a_start_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("poolkeep.compose.functions.find_spec", lambda _: None)
    settings = Settings(functions=Functions(map=secrets({"f": target("python")})))
    parts: Any = {"clock": SystemClock(), "entropy": SystemEntropy(), "log": Log(SystemClock())}
    with pytest.raises(CannotStart, match="pip install awslambdaric"):
        build_functions(settings, **parts)


@holds("FUNCTION-20")
async def test_another_program_of_the_machine_gets_no_event() -> None:
    async with hosting({"probe": target("python")}) as host:
        found = await host.probe(do="environment")
        address, _, port = found["AWS_LAMBDA_RUNTIME_API"].partition(":")
        reader, writer = await asyncio.open_connection(address, int(port))
        writer.write(NEXT)
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""
        writer.close()
        assert (await host.probe())["calls"] == 2


def launched(*program: str, **limits: object) -> "subprocess.CompletedProcess[str]":
    given = {"parent": os.getpid(), "data": 2**29, "uid": None, "gid": None, **limits}
    return subprocess.run(
        [sys.executable, "-I", "-S", str(LAUNCHER), json.dumps(given), *program],
        capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/bin"},
    )  # fmt: skip


def test_a_process_is_limited_before_its_program_runs() -> None:
    done = launched(
        "/bin/sh", "-c", "ulimit -c; ulimit -n; ulimit -d; grep NoNewPrivs /proc/self/status"
    )
    assert done.stdout.split() == ["0", "1024", str(2**29 // 1024), "NoNewPrivs:", "1"]


def test_a_process_whose_server_has_ended_does_not_start() -> None:
    done = launched("/bin/echo", "started", parent=1)
    assert (done.returncode, done.stdout) == (71, "")


def test_a_process_may_run_as_another_user() -> None:
    if os.geteuid() == 0:
        done = launched(
            "/bin/sh", "-c", "id -u; id -G; cat /proc/self/status", uid=65534, gid=65534
        )
        lines = done.stdout.splitlines()
        assert lines[:2] == ["65534", "65534"]
        assert not any(int(line.split()[1], 16) for line in lines if line.startswith("CapE"))
    else:
        assert launched("/bin/true", uid=65534, gid=65534).returncode, "that takes the right to"


@holds("FUNCTION-41")
async def test_a_function_that_takes_too_much_memory_fails_alone() -> None:
    async with hosting({"probe": target("python")}, memory_mib=64) as host:
        with pytest.raises(FunctionError):
            await host.probe(do="hoard")
        assert (await host.probe())["name"] == "probe"
