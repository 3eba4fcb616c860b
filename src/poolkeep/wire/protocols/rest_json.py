"""REST with JSON bodies: method and path name the operation, members travel in four places.

Paths are matched as sent: identity ids contain a colon, which clients send raw or as `%3A`, and a
framework that decodes the path first would also decode an encoded slash inside a name.
"""

import re
from collections.abc import Iterable
from functools import cache
from typing import Final
from urllib.parse import unquote_to_bytes

import msgspec

from poolkeep.wire import codec
from poolkeep.wire.protocols.reply import Reply, fits_header
from poolkeep.wire.service import Operation, Service, load
from poolkeep.wire.violations import SerializationRefused

CONTENT_TYPE: Final = "application/json"
_NUMBER: Final = re.compile(r"-?[0-9]{1,19}", re.ASCII)


class Match(msgspec.Struct, frozen=True):
    """An operation and the values of its path labels, decoded."""

    operation: Operation
    labels: dict[str, str]


def match(service: Service, method: str, raw_path: bytes) -> Match | None:
    """Return the operation at a method and raw path; None when there is none."""
    segments = raw_path.split(b"/")
    for operation, template in _routes(service.name):
        if operation.http_method != method or len(template) != len(segments):
            continue
        labels = _labels(template, segments)
        if labels is not None:
            return Match(operation, labels)
    return None


def knows_path(service: Service, raw_path: bytes) -> bool:
    """Tell whether any method has an operation at this path."""
    segments = raw_path.split(b"/")
    return any(
        len(template) == len(segments) and _labels(template, segments) is not None
        for _, template in _routes(service.name)
    )


@cache
def _routes(name: str) -> list[tuple[Operation, list[bytes]]]:
    """Return each operation with its path template in segments."""
    operations = load(name).operations.values()
    return [(operation, operation.http_uri.encode().split(b"/")) for operation in operations]


def _labels(template: list[bytes], segments: list[bytes]) -> dict[str, str] | None:
    """Return the labels of a path that fits the template."""
    labels = {}
    for wanted, given in zip(template, segments, strict=True):
        if wanted.startswith(b"{"):
            try:
                labels[wanted[1:-1].decode()] = unquote_to_bytes(given).decode()
            except UnicodeDecodeError:
                return None
        elif wanted != given:
            return None
    return labels


def decode(
    found: Match, *, raw_query: bytes, headers: Iterable[tuple[bytes, bytes]], body: bytes
) -> msgspec.Struct | None:
    """Return the typed request; raises as `codec.decode` does."""
    operation = found.operation
    # A member that belongs elsewhere must not be set by the body.
    elsewhere = (*operation.uri_members, *operation.query_members, *operation.header_members)
    outside = {member for _, member in elsewhere}
    document = {k: v for k, v in codec.json_object(body).items() if k not in outside}
    for label, member in operation.uri_members:
        document[member] = found.labels[label]
    given = _query(raw_query)
    shapes = {
        name: shape for name, shape, _ in operation.table.structures[operation.input_shape][0]
    }
    for name, member in operation.query_members:
        if name in given:
            kind = operation.table.scalars.get(shapes[member], ("string",))[0]
            document[member] = given[name] if kind == "string" else _number(given[name])
    received = {name.lower(): value for name, value in headers}
    for name, member in operation.header_members:
        value = received.get(name.lower().encode())
        if value is not None:
            document[member] = value.decode("latin-1")
    return codec.typed(operation, document)


def _query(raw_query: bytes) -> dict[str, str]:
    """Return the query's parameters; the last of a name wins."""
    given = {}
    for pair in filter(None, raw_query.split(b"&")):
        name, _, value = pair.replace(b"+", b" ").partition(b"=")
        try:
            given[unquote_to_bytes(name).decode()] = unquote_to_bytes(value).decode()
        except UnicodeDecodeError as wrong:
            raise SerializationRefused from wrong
    return given


def _number(text: str) -> int:
    """Return the integer that a query parameter spells."""
    if not _NUMBER.fullmatch(text):
        raise SerializationRefused
    return int(text)


def success(operation: Operation, response: msgspec.Struct | None, *, request_id: str) -> Reply:
    """Return a 200 with the response; no bytes at all when the operation has no output shape."""
    body = b"" if operation.output is None else codec.encode(response) or b"{}"
    headers = (("content-type", CONTENT_TYPE), ("x-amzn-requestid", request_id))
    return Reply(status=200, headers=headers, body=body)


def error(code: str, text: str, *, status: int, request_id: str) -> Reply:
    """Return an error reply: the code in a header, the text in the body."""
    headers = [
        ("content-type", CONTENT_TYPE),
        ("x-amzn-requestid", request_id),
        ("x-amzn-errortype", f"{code}:"),
    ]
    if fits_header(text):
        headers.append(("x-amzn-errormessage", text))
    body = msgspec.json.encode({"message": text} if text else {})
    return Reply(status=status, headers=tuple(headers), body=body)
