"""The head of an answer, built and judged in one piece.

uvicorn judges each name and each value by an expression of its own, which takes longer than all
the rest of a head. Here the finished head is judged: it must hold no control character, and no
more line ends than lines. Whatever is not a plain answer of known length goes uvicorn's way.
"""

from typing import Any, Final

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

BODILESS: Final = frozenset((204, 304))
UNUSUAL: Final = frozenset((b"connection", b"transfer-encoding"))
CONTROLS: Final = bytes(code for code in (*range(32), 127) if chr(code) not in "\t\r\n")


class Answer(RequestResponseCycle):
    """One request and its answer."""

    async def send(self, message: ASGISendEvent) -> None:
        """Take the head or a piece of the body from the application."""
        if self.response_started or not self._send_plain_head(message):
            await super().send(message)

    def _send_plain_head(self, message: Any) -> bool:  # noqa: ANN401  a dict of ASGI's
        """Write the head of an answer that stays on its connection; False for any other."""
        status = message.get("status")
        if (
            message["type"] != "http.response.start"
            or not self.keep_alive
            or self.disconnected
            or self.flow.write_paused
            or status in BODILESS
            or self.scope["method"] == "HEAD"
        ):
            return False
        length = None
        parts = [STATUS_LINE[status]]
        headers = [*self.default_headers, *message.get("headers", ())]
        for name, value in headers:
            if name in UNUSUAL or not name.islower():
                return False
            if name == b"content-length":
                length = int(value)
            parts += (name, b": ", value, b"\r\n")
        if length is None:
            return False
        parts.append(b"\r\n")
        head = b"".join(parts)
        lines = len(headers) + 2
        if (
            head.count(b"\r\n") != lines
            or head.count(b"\n") != lines
            or head.count(b"\r") != lines
            or len(head.translate(None, CONTROLS)) != len(head)
        ):
            raise RuntimeError("Invalid HTTP header value.")
        self.response_started = True
        self.waiting_for_100_continue = False
        self.expected_content_length = length
        self.chunked_encoding = False
        self.transport.write(head)
        return True
