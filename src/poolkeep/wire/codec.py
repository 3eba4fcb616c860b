"""Bytes to checked, typed requests, and typed responses to bytes.

    body ──json──▶ dict ──constraints.check──▶ dict ──convert──▶ shapes.SignUpRequest

The JSON is strict: no NaN, no byte-order mark, no other encoding than UTF-8, no lone surrogate,
no bottomless nesting, no number out of range, nothing after the value. Of duplicate keys the
last wins. An empty body is an empty object.
"""

from typing import Final

import msgspec

from poolkeep.wire.constraints import check
from poolkeep.wire.service import Operation
from poolkeep.wire.violations import SerializationRefused, ValidationRefused

__all__ = ["SerializationRefused", "ValidationRefused", "decode", "encode", "json_object", "typed"]

_DECODER: Final = msgspec.json.Decoder()
_ENCODER: Final = msgspec.json.Encoder()


def decode(operation: Operation, body: bytes) -> msgspec.Struct | None:
    """Return the request of `operation` that `body` holds; None when it takes no input.

    Raises SerializationRefused for a body that is not a JSON object or has a member of the wrong
    type, ValidationRefused for violated constraints.
    """
    return typed(operation, json_object(body))


def json_object(body: bytes) -> dict[str, object]:
    """Return the JSON object in `body`, which must be one; an empty body is an empty object."""
    if not body:
        return {}
    try:
        value = _DECODER.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise SerializationRefused from error
    if not isinstance(value, dict):
        raise SerializationRefused
    return value


def typed(operation: Operation, document: dict[str, object]) -> msgspec.Struct | None:
    """Return the request that a decoded `document` holds, after all checks."""
    if operation.input is None:
        return None
    check(operation, document)
    try:
        return msgspec.convert(document, operation.input)
    except msgspec.ValidationError as error:  # the walker is stricter; kept as the second lock
        raise SerializationRefused from error


def encode(response: msgspec.Struct | None) -> bytes:
    """Return the body of a response; empty when the operation has no output shape."""
    return b"" if response is None else _ENCODER.encode(response)
