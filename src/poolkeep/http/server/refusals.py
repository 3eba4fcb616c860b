"""What the server itself refuses, before the application sees a request."""

from typing import Final

import msgspec


class HttpRefusal(msgspec.Struct, frozen=True):
    """A status, the name that AWS clients read as `__type`, and a sentence."""

    status: int
    code: str
    text: str


class Refused(Exception):
    """Stops the parser at the fault."""

    def __init__(self, refusal: HttpRefusal) -> None:
        super().__init__(refusal.text)
        self.refusal = refusal


def _bad(text: str) -> HttpRefusal:
    return HttpRefusal(400, "BadRequestException", text)


MALFORMED: Final = _bad("The request is not well-formed HTTP/1.1.")
HOST_COUNT: Final = _bad("The request needs exactly one Host header.")
HOST_FORM: Final = _bad("The Host header is not a host name with an optional port.")
TARGET_FORM: Final = _bad("The request target must be a path that begins with one slash.")
TRANSFER_CODING: Final = _bad("The only transfer coding served is chunked.")
TRAILERS: Final = _bad("Trailer fields are not served.")
CHUNK_OVERHEAD: Final = _bad("The chunks carry more framing than data.")
UPGRADE: Final = _bad("A request with a body cannot ask for an upgrade.")
METHOD: Final = HttpRefusal(405, "MethodNotAllowedException", "The method is not served.")
TIMED_OUT: Final = HttpRefusal(
    408, "RequestTimeoutException", "The request took too long to arrive."
)
BODY_SIZE: Final = HttpRefusal(
    413, "RequestEntityTooLargeException", "The request body is larger than this server takes."
)
URL_SIZE: Final = HttpRefusal(
    414, "RequestUriTooLongException", "The request target is longer than this server takes."
)
CONTENT_CODING: Final = HttpRefusal(
    415, "UnsupportedMediaTypeException", "Send the request body without a Content-Encoding."
)
FOREIGN_HOST: Final = HttpRefusal(
    421,
    "MisdirectedRequestException",
    "This server does not answer for that Host; the setting allowed_hosts names the hosts it does.",
)
HEADER_SIZE: Final = HttpRefusal(
    431, "RequestHeaderFieldsTooLargeException", "The header is larger than this server takes."
)
TOO_MANY_CONNECTIONS: Final = HttpRefusal(
    503, "ServiceUnavailableException", "Too many connections from this address."
)

_REASONS: Final = {
    400: b"Bad Request", 405: b"Method Not Allowed", 408: b"Request Timeout",
    413: b"Content Too Large", 414: b"URI Too Long", 415: b"Unsupported Media Type",
    421: b"Misdirected Request", 431: b"Request Header Fields Too Large",
    503: b"Service Unavailable",
}  # fmt: skip


def answer(refusal: HttpRefusal, request_id: str, *, json_target: bool) -> bytes:
    """Return the whole response: AWS-shaped for calls of the API, plain JSON for the rest.

    Nothing that the caller sent is repeated in it.
    """
    lines = [
        b"HTTP/1.1 %d %s" % (refusal.status, _REASONS[refusal.status]),
        b"x-amzn-RequestId: " + request_id.encode(),
        b"Cache-Control: no-store",
        b"X-Content-Type-Options: nosniff",
        # The refusal says nothing of anybody, and a browser client should be able to read it.
        b"Access-Control-Allow-Origin: *",
        b"Connection: close",
    ]
    body = text_of(refusal, json_target=json_target)
    if json_target:
        lines.append(b"Content-Type: application/x-amz-json-1.1")
        lines.append(b"x-amzn-ErrorType: " + refusal.code.encode())
    else:
        lines.append(b"Content-Type: application/json")
    lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join([*lines, b"", body])


def text_of(refusal: HttpRefusal, *, json_target: bool) -> bytes:
    """Return the body of a refusal."""
    key = "__type" if json_target else "error"
    return msgspec.json.encode({key: refusal.code, "message": refusal.text})
