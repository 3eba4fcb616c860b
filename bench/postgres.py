"""A private PostgreSQL for the measurements, and a count of round trips."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from urllib.parse import urlsplit

from tests.support.postgres import Cluster, PostgresError

READY_FOR_QUERY = ord("Z")
HEAD_BYTES = 5


@contextlib.contextmanager
def cluster() -> Iterator[Cluster | None]:
    """Yield a running cluster, or None where PostgreSQL is not installed."""
    try:
        running = Cluster()
    except PostgresError:
        yield None
        return
    with running:
        yield running


class RoundTrips:
    """A proxy before PostgreSQL that counts how often the server said it was ready again."""

    def __init__(self, database_url: str) -> None:
        """Stand before the database of this address."""
        self._target = urlsplit(database_url)
        self.count = 0
        self.url = ""

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Serve; `url` is then the address to use in place of the database's own."""
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        user, _, _ = self._target.netloc.rpartition("@")
        # Without encryption the first bytes of both sides are messages.
        plain = "?sslmode=disable&gssencmode=disable"
        self.url = f"postgresql://{user}@127.0.0.1:{port}{self._target.path}{plain}"
        try:
            yield
        finally:
            server.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert self._target.port is not None
        upstream, down = await asyncio.open_connection("127.0.0.1", self._target.port)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            await asyncio.gather(self._copy(reader, down), self._answers(upstream, writer))
        for end in (writer, down):
            end.close()

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            writer.write(data)
        writer.close()

    async def _answers(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = await reader.readexactly(HEAD_BYTES)
            rest = await reader.readexactly(int.from_bytes(head[1:], "big") - 4)
            self.count += head[0] == READY_FOR_QUERY
            writer.write(head + rest)
