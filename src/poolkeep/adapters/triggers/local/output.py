"""What a function prints, in the server's log, with the id of its request.

A function that prints faster than anybody could read is made to wait: its pipe fills up. What it
prints beyond a bound for each event is counted and not kept.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from poolkeep.base.log import Log

LINE_BYTES_MAX: Final = 4 * 1024
LINES_MAX: Final = 500
"""Lines kept of what is printed during one event."""
CHUNK_BYTES: Final = 64 * 1024
BYTES_PER_S: Final = 4 * 1024 * 1024
TAIL_BYTES: Final = 4 * 1024
"""What Invoke's `X-Amz-Log-Result` shows, as on Lambda."""


class Output:
    """The log of one process."""

    def __init__(self, log: Log, function: str, request_id: Callable[[], str]) -> None:
        """Ask `request_id` which event is under way."""
        self._log = log
        self._function = function
        self._request_id = request_id
        self._partial = bytearray()
        self._for = ""
        self._lines = 0
        self._dropped = 0
        self.tail = bytearray()

    async def follow(self, stream: asyncio.StreamReader) -> None:
        """Write lines to the log until the stream ends."""
        loop = asyncio.get_running_loop()
        second, taken = loop.time(), 0
        try:
            while chunk := await stream.read(CHUNK_BYTES):
                self._take(chunk)
                taken += len(chunk)
                if taken > BYTES_PER_S:
                    await _until(second + 1)
                if loop.time() >= second + 1:
                    second, taken = loop.time(), 0
        finally:
            self._end_line()
            self._tell_dropped()

    def _take(self, chunk: bytes) -> None:
        self.tail += chunk
        del self.tail[:-TAIL_BYTES]
        *whole, rest = chunk.split(b"\n") if self._lines <= LINES_MAX else self._counted(chunk)
        for line in whole:
            self._partial += line[: LINE_BYTES_MAX - len(self._partial)]
            self._end_line()
        self._partial += rest[: LINE_BYTES_MAX - len(self._partial)]

    def _counted(self, chunk: bytes) -> list[bytes]:
        """Count what is too much without looking at each line."""
        if self._request_id() != self._for:
            self._tell_dropped()
            return chunk.split(b"\n")
        self._dropped += chunk.count(b"\n")
        return [chunk.rpartition(b"\n")[2]]

    def _end_line(self) -> None:
        line, self._partial = bytes(self._partial), bytearray()
        request_id = self._request_id()
        if request_id != self._for:
            self._tell_dropped()
            self._for = request_id
        if not line.strip():
            return
        self._lines += 1
        if self._lines > LINES_MAX:
            self._dropped += 1
            return
        self._log.info(
            "function_output",
            function=self._function,
            request_id=request_id,
            line=line.decode(errors="replace").rstrip(),
        )

    def _tell_dropped(self) -> None:
        if self._dropped:
            self._log.warning(
                "function_output_dropped",
                function=self._function,
                request_id=self._for,
                lines=self._dropped,
            )
        self._lines = self._dropped = 0


async def _until(moment: float) -> None:
    """Wait for a moment of the loop's clock."""
    loop = asyncio.get_running_loop()
    reached = loop.create_future()
    timer = loop.call_at(moment, reached.set_result, None)
    try:
        await reached
    finally:
        timer.cancel()
