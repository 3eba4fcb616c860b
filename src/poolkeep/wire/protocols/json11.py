"""JSON 1.1: `POST /` with the operation in X-Amz-Target.

Replies carry the error twice, in headers and body, because one generation of SDKs reads the
headers first and the other the body. Source: docs/behaviours/wire.md.
"""

from typing import Final

import msgspec

from poolkeep.wire import codec
from poolkeep.wire.protocols.reply import Reply, fits_header
from poolkeep.wire.service import Operation, Service

CONTENT_TYPE: Final = "application/x-amz-json-1.1"


def operation_of(service: Service, target: str | None) -> Operation | None:
    """Return the operation that an X-Amz-Target header names; None for an unknown one."""
    prefix, dot, name = (target or "").partition(".")
    if not dot or prefix != service.target_prefix:
        return None
    return service.operations.get(name)


def success(operation: Operation, response: msgspec.Struct | None, *, request_id: str) -> Reply:
    """Return a 200 with the response; no bytes at all when the operation has no output shape."""
    body = b"" if operation.output is None else codec.encode(response) or b"{}"
    headers = (("content-type", CONTENT_TYPE), ("x-amzn-requestid", request_id))
    return Reply(status=200, headers=headers, body=body)


def error(
    code: str, text: str, *, status: int, request_id: str, reason_code: str | None = None
) -> Reply:
    """Return an error reply; `text` may be empty, then the body has no message."""
    headers = [
        ("content-type", CONTENT_TYPE),
        ("x-amzn-requestid", request_id),
        ("x-amzn-errortype", f"{code}:"),
    ]
    if fits_header(text):
        headers.append(("x-amzn-errormessage", text))
    content = {"__type": code}
    if text:
        content["message"] = text
    if reason_code is not None:
        content["reasonCode"] = reason_code
    return Reply(status=status, headers=tuple(headers), body=msgspec.json.encode(content))
