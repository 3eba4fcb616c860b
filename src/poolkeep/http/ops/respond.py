"""Requests and answers of the operator's face."""

from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

from poolkeep.http.origins import is_of_this_machine
from poolkeep.http.server.ports import Receive, Scope, Send

BODY_BYTES_MAX: Final = 65_536
QUERY_FIELDS_MAX: Final = 20

_ALWAYS: Final = [
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
]


class Unacceptable(Exception):
    """A request that is refused, with what to do instead."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One request."""

    method: str
    path: str
    query: dict[str, str]
    origin: str | None
    receive: Receive
    send: Send

    async def body(self) -> bytes:
        """Return the whole body."""
        data = b""
        while True:
            message = await self.receive()
            piece: bytes = message.get("body", b"")
            data += piece
            if len(data) > BODY_BYTES_MAX:
                raise Unacceptable(413, "The body is too large.")
            if message["type"] == "http.disconnect" or not message["more_body"]:
                return data

    async def json(self, status: int, value: Any) -> None:  # noqa: ANN401  anything JSON can say
        """Answer with JSON; pages of this machine may read it from a browser."""
        headers = [(b"content-type", b"application/json")]
        await self.answer(status, msgspec.json.encode(value) + b"\n", headers=headers)

    async def answer(self, status: int, body: bytes, *, headers: list[tuple[bytes, bytes]]) -> None:
        """Answer."""
        allowed = []
        if self.origin is not None:
            allowed = [
                (b"access-control-allow-origin", self.origin.encode()),
                (b"access-control-allow-methods", b"GET, POST"),
                (b"access-control-allow-headers", b"content-type"),
                (b"vary", b"origin"),
            ]
        length = [(b"content-length", str(len(body)).encode())]
        all_headers = [*headers, *length, *_ALWAYS, *allowed]
        await self.send({"type": "http.response.start", "status": status, "headers": all_headers})
        await self.send({"type": "http.response.body", "body": body})


def asked(scope: Scope, receive: Receive, send: Send) -> Asked:
    """Return the request; `origin` is that of a page of this machine, or None.

    Raises Unacceptable for a page from elsewhere: a site that a developer visits must not be
    able to empty the account or read the messages of the server beside the browser.
    """
    origin = None
    for name, value in scope["headers"]:
        if name == b"origin":
            origin = value.decode("latin-1")
            if not is_of_this_machine(origin):
                raise Unacceptable(403, "Only pages of this machine may call this address.")
        elif name == b"sec-fetch-site" and value == b"cross-site" and scope["method"] != "GET":
            raise Unacceptable(403, "Only pages of this machine may call this address.")
    try:
        query = dict(
            parse_qsl(
                scope["query_string"].decode("ascii"),
                keep_blank_values=True,
                max_num_fields=QUERY_FIELDS_MAX,
            )
        )
    except ValueError as error:
        raise Unacceptable(400, "The query is not well-formed.") from error
    return Asked(
        method=scope["method"], path=scope["path"], query=query, origin=origin,
        receive=receive, send=send,
    )  # fmt: skip
