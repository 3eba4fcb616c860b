"""Answers in one write.

uvicorn writes head and body apart: two system calls, two packets, and two wake-ups of the client.
"""

import asyncio
from typing import Final

JOINED_BYTES_MAX: Final = 65_536  # above this a copy costs more than a system call


class OneWrite:
    """The part of a transport that answers use, which holds a head until its body comes."""

    __slots__ = ("_head", "_transport", "is_closing")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head = b""
        self.is_closing = transport.is_closing

    def write(self, data: bytes) -> None:
        """Write `data`, or keep it for the body if it is the head of an answer."""
        head = self._head
        if head:
            self._head = b""
            if len(data) > JOINED_BYTES_MAX:
                self._transport.write(head)
            else:
                data = head + data
        elif data.startswith(b"HTTP/1.1 ") and not data.startswith(b"HTTP/1.1 100"):
            self._head = data
            return
        self._transport.write(data)

    def flush(self) -> None:
        """Write a head that no body followed."""
        if self._head:
            self._transport.write(self._head)
            self._head = b""

    def close(self) -> None:
        """Close after everything is written."""
        self.flush()
        self._transport.close()
