"""A load generator that costs little: prepared requests over kept connections.

Everything that takes time (JSON, signatures, proofs) is done before a run, so that a run is
nothing but bytes. Sixteen connections, each with one request under way.
"""

import asyncio
import contextlib
from collections.abc import Iterator, Sequence
from typing import Final, Self, cast

CONNECTIONS: Final = 16
RUN_S: Final = 120.0
HEAD_END: Final = b"\r\n\r\n"
LENGTH: Final = b"\r\ncontent-length:"


class RequestFailed(Exception):
    """An answer other than 200; the text shows it."""


class Client:
    """Connections to one server. Open it once and run many batches."""

    def __init__(self, port: int, *, connections: int = CONNECTIONS) -> None:
        """Prepare; `async with` connects."""
        self.port = port
        self._connections = [_Connection() for _ in range(connections)]

    async def __aenter__(self) -> Self:
        """Connect."""
        for connection in self._connections:
            await connection.open(self.port)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Disconnect."""
        for connection in self._connections:
            connection.close()

    async def run(self, requests: Sequence[bytes]) -> list[bytes]:
        """Send every request and return the bodies in the same order; each must be a 200."""
        answers: list[bytes] = [b""] * len(requests)
        waiting = iter(enumerate(requests))
        async with asyncio.timeout(RUN_S):
            await asyncio.gather(
                *(connection.work(waiting, answers) for connection in self._connections)
            )
        return answers


class _Connection(asyncio.Protocol):
    """One connection, which takes the next request as soon as an answer is whole."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._waiting: Iterator[tuple[int, bytes]] = iter(())
        self._answers: list[bytes] = []
        self._index = 0
        self._data = b""
        self._whole = 0
        self._done: asyncio.Future[None] | None = None
        self._port = 0
        self._reopening: asyncio.Task[None] | None = None

    async def open(self, port: int) -> None:
        self._port = port
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: self, "127.0.0.1", port)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    async def work(self, waiting: Iterator[tuple[int, bytes]], answers: list[bytes]) -> None:
        """Take requests from what all connections share until none is left."""
        self._waiting, self._answers = waiting, answers
        self._done = asyncio.get_running_loop().create_future()
        if self._transport is None or self._transport.is_closing():
            await self.open(self._port)
        self._next()
        await self._done

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._whole and len(self._data) < self._whole:
            self._fail(exc or ConnectionResetError("closed in the middle of an answer"))

    def data_received(self, data: bytes) -> None:
        data = self._data = self._data + data if self._data else data
        if not self._whole:
            end = data.find(HEAD_END)
            if end < 0:
                return
            head = data[:end].lower()
            at = head.find(LENGTH)
            stop = head.find(b"\r\n", at + 2)
            length = head[at + len(LENGTH) : stop if stop > 0 else end] if at > 0 else b"0"
            self._whole = end + len(HEAD_END) + int(length)
            self._head_end = end
        if len(data) < self._whole:
            return
        body = data[self._head_end + len(HEAD_END) : self._whole]
        if data[9:12] != b"200":
            self._fail(RequestFailed(f"{data[: self._head_end]!r} {body[:500]!r}"))
            return
        self._answers[self._index] = body
        closes = b"connection: close" in data[: self._head_end].lower() or data[:8] == b"HTTP/1.0"
        self._data, self._whole = b"", 0
        if closes:
            self._reopening = asyncio.ensure_future(self._reopen())
        else:
            self._next()

    async def _reopen(self) -> None:
        try:
            self.close()
            await self.open(self._port)
        except OSError as problem:
            self._fail(problem)
        else:
            self._next()

    def _next(self) -> None:
        found = next(self._waiting, None)
        if found is None:
            if self._done is not None and not self._done.done():
                self._done.set_result(None)
            return
        self._index, request = found
        assert self._transport is not None
        self._transport.write(request)

    def _fail(self, problem: Exception) -> None:
        if self._done is not None and not self._done.done():
            self._done.set_exception(problem)


async def first_answer(port: int, request: bytes, *, within_s: float) -> None:
    """Ask again and again until the server answers 200."""
    async with asyncio.timeout(within_s):
        while True:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                try:
                    writer.write(request)
                    status = await reader.readuntil(b"\r\n")
                finally:
                    writer.close()
                if b" 200 " in status:
                    return
            await asyncio.sleep(0.002)
