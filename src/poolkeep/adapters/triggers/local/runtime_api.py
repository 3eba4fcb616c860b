"""The Lambda Runtime API, one small HTTP server for each process.

    GET  /2018-06-01/runtime/invocation/next            the next event, when there is one
    POST /2018-06-01/runtime/invocation/ID/response     its answer
    POST /2018-06-01/runtime/invocation/ID/error        or how it failed
    POST /2018-06-01/runtime/init/error                 the handler could not be loaded

Source: the public description of the Runtime API, and what its clients send.
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final, Protocol, cast

import httptools
import msgspec

from poolkeep.adapters.triggers.model import PAYLOAD_BYTES_MAX

HOST: Final = "127.0.0.1"
PREFIX: Final = "/2018-06-01/runtime/"
KIND: Final = b"lambda-runtime-function-error-type"
HEADER_BYTES_MAX: Final = 64 * 1024
REASONS: Final = {
    200: "OK", 202: "Accepted", 400: "Bad Request", 403: "Forbidden", 404: "Not Found",
    413: "Payload Too Large",
}  # fmt: skip
OK: Final = b'{"status":"OK"}'


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """What `next` answers."""

    request_id: str
    deadline_ms: int
    arn: str
    trace_id: str
    body: bytes
    client_context: str | None = None


class Desk(Protocol):
    """What the process's calls mean."""

    async def next(self) -> Event:
        """Return the next event, however long that takes."""
        ...

    def answer(self, request_id: str, body: bytes) -> bool:
        """Take an answer; False when nobody waits for it."""
        ...

    def oversized(self, request_id: str) -> bool:
        """Note that an answer is too large; False when nobody waits for it."""
        ...

    def failed(self, request_id: str, body: bytes) -> bool:
        """Take a failure; False when nobody waits for it."""
        ...

    def start_failed(self, body: bytes) -> None:
        """Note why the handler could not be loaded."""
        ...


Trust = Callable[[tuple[str, int], tuple[str, int]], bool]
"""trust(client address, server address) tells whether to listen to this connection."""


class RuntimeApi:
    """Serves one process."""

    def __init__(self, desk: Desk, trust: Trust) -> None:
        """Ask `trust` about each connection."""
        self._desk = desk
        self._trust = trust
        self._server: asyncio.Server | None = None
        self._connections: set[_Connection] = set()

    async def start(self) -> str:
        """Listen; return the address as the clients want it."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: _Connection(self._desk, self._trust, self._connections), HOST, 0
        )
        return f"{HOST}:{self._server.sockets[0].getsockname()[1]}"

    def close(self) -> None:
        """Stop listening and drop every connection."""
        if self._server is not None:
            self._server.close()
        for connection in list(self._connections):
            connection.drop()


class _Connection(asyncio.Protocol):
    """One connection; requests on it are answered one after the other."""

    def __init__(self, desk: Desk, trust: Trust, open_ones: "set[_Connection]") -> None:
        self._desk = desk
        self._trust = trust
        self._open_ones = open_ones
        self._transport: asyncio.Transport | None = None
        self._task: asyncio.Task[None] | None = None
        self._parser = httptools.HttpRequestParser(self)
        self._url, self._body = bytearray(), bytearray()
        self._size = self._head = 0
        self._refused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Listen to the process alone."""
        self._transport = cast("asyncio.Transport", transport)
        client, server = transport.get_extra_info("peername"), transport.get_extra_info("sockname")
        if client is None or not self._trust(client, server):
            self.drop()
            return
        self._open_ones.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting for an event that nobody could be given."""
        self._open_ones.discard(self)
        if self._task is not None:
            self._task.cancel()

    def data_received(self, data: bytes) -> None:
        """Read a request."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self.drop()

    def drop(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()

    # What httptools calls, in this order.

    def on_url(self, url: bytes) -> None:
        """Collect the address."""
        self._count_head(len(url))
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Note a header that we act upon."""
        self._count_head(len(name) + len(value))
        if name.lower() == b"expect" and self._transport is not None:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        """Collect the body, up to what Lambda takes."""
        self._size += len(body)
        if self._size <= PAYLOAD_BYTES_MAX:
            self._body += body
        elif not self._refused:
            self._refused = True
            self._body.clear()
            self._refuse_body()
            if self._transport is not None:
                self._transport.close()  # the rest is of no use to anybody

    def on_message_complete(self) -> None:
        """Answer."""
        if self._refused:
            return
        method = self._parser.get_method()
        path, body = bytes(self._url).decode("latin-1"), bytes(self._body)
        self._reset()
        if method == b"GET" and path == f"{PREFIX}invocation/next":
            if self._task is not None and not self._task.done():
                self.drop()  # it asks twice
                return
            self._task = asyncio.create_task(self._next())
        elif method == b"POST":
            self._send(*self._posted(path, body))
        else:
            self._send(404, b"{}")

    def _count_head(self, count: int) -> None:
        self._head += count
        if self._head > HEADER_BYTES_MAX:
            self.drop()

    def _reset(self) -> None:
        self._url, self._body = bytearray(), bytearray()
        self._size = self._head = 0

    def _posted(self, path: str, body: bytes) -> tuple[int, bytes]:
        parts = path.removeprefix(PREFIX).split("/")
        match parts:
            case ["init", "error"]:
                self._desk.start_failed(body)
                taken = True
            case ["invocation", request_id, "response"]:
                taken = self._desk.answer(request_id, body)
            case ["invocation", request_id, "error"]:
                taken = self._desk.failed(request_id, body)
            case _:
                return 404, b"{}"
        return (202, OK) if taken else (400, b'{"errorType":"InvalidRequestID"}')

    def _refuse_body(self) -> None:
        match bytes(self._url).decode("latin-1").removeprefix(PREFIX).split("/"):
            case ["invocation", request_id, "response" | "error"]:
                self._desk.oversized(request_id)
            case ["init", "error"]:
                self._desk.start_failed(b"{}")
        self._send(413, b'{"errorType":"RequestEntityTooLarge"}')

    async def _next(self) -> None:
        event = await self._desk.next()
        headers = [
            f"Lambda-Runtime-Aws-Request-Id: {event.request_id}",
            f"Lambda-Runtime-Deadline-Ms: {event.deadline_ms}",
            f"Lambda-Runtime-Invoked-Function-Arn: {event.arn}",
            f"Lambda-Runtime-Trace-Id: {event.trace_id}",
        ]
        if event.client_context is not None:
            headers.append(f"Lambda-Runtime-Client-Context: {event.client_context}")
        self._send(200, event.body, headers)

    def _send(self, status: int, body: bytes, headers: list[str] | None = None) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        lines = [
            f"HTTP/1.1 {status} {REASONS[status]}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
            *(headers or []),
        ]
        with contextlib.suppress(RuntimeError):
            self._transport.write("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
