"""The server on the standard event loop, inside the test's own process."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from poolkeep.base.clock import ManualClock
from poolkeep.base.entropy import SeededEntropy
from poolkeep.base.log import Log
from poolkeep.http.server import sockets
from poolkeep.http.server.ports import CannotStart
from poolkeep.http.server.server import Server
from poolkeep.settings import Http, Settings
from tests.unit.http.dummy import Dummy

SETTINGS = Settings(port=0, http=Http(header_s=0.4, keep_alive_s=0.6, drain_s=1.0))


@contextlib.asynccontextmanager
async def running(lines: list[bytes]) -> AsyncIterator[tuple[Server, int]]:
    listener = sockets.bind("127.0.0.1", 0, setting="port", shared=False, stall_s=1)
    clock = ManualClock(0)
    log = Log(clock, write=lines.append)
    server = Server(
        Dummy(SETTINGS), SETTINGS, sockets=[listener], tls=None,
        clock=clock, entropy=SeededEntropy(), log=log,
    )  # fmt: skip
    ready = asyncio.Event()
    task = asyncio.create_task(server.run(ready.set))
    await ready.wait()
    try:
        yield server, listener.getsockname()[1]
    finally:
        server.stop()
        await task


async def exchange(port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


async def test_requests_refusals_and_deadlines_work_without_uvloop() -> None:
    lines: list[bytes] = []
    async with running(lines) as (server, port):
        host = b"Host: localhost\r\n"
        served = await exchange(port, b"GET /echo HTTP/1.1\r\n" + host + b"\r\n")
        assert served.startswith(b"HTTP/1.1 200 OK\r\ndate: Thu, 01 Jan 1970 00:00:00 GMT\r\n")
        assert b"server:" not in served
        late, silent, odd = await asyncio.gather(
            exchange(port, b"GET / HT"),
            exchange(port, b""),
            exchange(port, b"GET / HTTP/1.1\r\n\r\n"),
        )
        assert (late[9:12], silent, odd[9:12]) == (b"408", b"", b"400")
        await asyncio.sleep(0)
        assert not server.policy.by_address
        assert not server.policy.watched
    assert b'"by_status":{"400":1,"408":1}' in lines[-1]


def test_a_host_of_another_machine_is_refused_with_advice() -> None:
    with pytest.raises(CannotStart, match=r"host: 192\.0\.2\.1 is no address of this machine"):
        sockets.bind("192.0.2.1", 0, setting="port", shared=False, stall_s=1)
