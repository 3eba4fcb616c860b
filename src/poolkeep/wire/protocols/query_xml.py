"""The query protocol: parameters in a form or query string, replies in XML.

    Action=CreateRole&Tags.member.1.Key=team ──▶ tree ──▶ document ──▶ checked, typed request

Replies are written, never parsed, so no XML reader is needed here.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final, TypeAlias, cast
from urllib.parse import quote, unquote_to_bytes

import msgspec

from poolkeep.base.refusal import Refusal
from poolkeep.wire import codec
from poolkeep.wire.protocols.reply import Reply
from poolkeep.wire.service import Operation, Service
from poolkeep.wire.tables import Table
from poolkeep.wire.violations import SerializationRefused

CONTENT_TYPE: Final = "text/xml"
PARAMETERS_MAX: Final = 20_000
NESTING_MAX: Final = 32
# IAM sends policy documents percent-encoded inside the XML, and its SDKs decode this shape.
ENCODED_SHAPES: Final = frozenset({"policyDocumentType"})
_SERVER_FAULT: Final = 500

_NUMBER: Final = re.compile(r"-?[0-9]{1,19}", re.ASCII)
_INDEX: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
# What XML 1.0 cannot hold, not even escaped.
_UNWRITABLE: Final = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPES: Final = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#xD;"}
)

Node: TypeAlias = "dict[str, Node | str]"


class MissingAction(Refusal):
    """No Action parameter."""

    code = "MissingAction"


class InvalidAction(Refusal):
    """No such operation in this version of the service."""

    code = "InvalidAction"


class MalformedInput(SerializationRefused):
    """A parameter cannot be read as the type that its member has."""

    code = "MalformedInput"


def parameters(raw: bytes) -> dict[str, str]:
    """Return the parameters of a form body or raw query string; the last of a name wins."""
    pairs = [pair for pair in raw.split(b"&") if pair]
    if len(pairs) > PARAMETERS_MAX:
        raise MalformedInput("Too many parameters")
    found = {}
    for pair in pairs:
        name, _, value = pair.replace(b"+", b" ").partition(b"=")
        try:
            found[unquote_to_bytes(name).decode()] = unquote_to_bytes(value).decode()
        except UnicodeDecodeError as wrong:
            raise MalformedInput("Parameters must be UTF-8") from wrong
    return found


def operation_of(service: Service, given: Mapping[str, str]) -> Operation:
    """Return the operation that Action and Version name; raises MissingAction or InvalidAction."""
    action, version = given.get("Action"), given.get("Version", service.version)
    if not action:
        raise MissingAction("Missing Action")
    operation = service.operations.get(action)
    if operation is None or version != service.version:
        raise InvalidAction(f"Could not find operation {action} for version {version}")
    return operation


def decode(operation: Operation, given: Mapping[str, str]) -> msgspec.Struct | None:
    """Return the typed request; raises MalformedInput or a validation refusal."""
    if operation.input is None:
        return None
    document = _structure(operation.table, operation.input_shape, _tree(given))
    return codec.typed(operation, document)


def _tree(given: Mapping[str, str]) -> Node:
    """Return the parameters as a tree, split at the dots; a text is under the empty name."""
    root: Node = {}
    for name, value in given.items():
        parts = name.split(".")
        if len(parts) > NESTING_MAX:
            raise MalformedInput("Parameters are nested too deeply")
        node = root
        for part in parts:
            child = node.setdefault(part, {})
            if isinstance(child, str):  # an empty part in the middle of a name
                raise MalformedInput("A parameter has an empty name")
            node = child
        node[""] = value
    return root


def _read(table: Table, shape: str, node: Node) -> object:
    """Return the value of any shape below a node; None when there is none."""
    if shape in table.structures:
        return _structure(table, shape, node) or None
    if shape in table.lists:
        element = table.lists[shape][0]
        items = [_read(table, element, item) for item in _numbered(node, "member")]
        return items if items or "" in node else None
    if shape in table.maps:
        return _map(table, shape, node)
    text = node.get("")
    if not isinstance(text, str):
        return None
    kind = table.scalars[shape][0] if shape in table.scalars else "string"
    return _scalar(kind, text)


def _structure(table: Table, shape: str, node: Node) -> dict[str, object]:
    """Return the members of a structure that are given."""
    document: dict[str, object] = {}
    for wire_name, target, _ in table.structures[shape][0]:
        child = node.get(wire_name)
        if isinstance(child, dict):
            value = _read(table, target, child)
            if value is not None:
                document[wire_name] = value
    return document


def _map(table: Table, shape: str, node: Node) -> dict[str, object] | None:
    """Return a map from its numbered entries."""
    _, value_shape, _, _, _ = table.maps[shape]
    document: dict[str, object] = {}
    for entry in _numbered(node, "entry"):
        key, value = entry.get("key"), entry.get("value")
        text = key.get("") if isinstance(key, dict) else None
        if isinstance(text, str) and isinstance(value, dict):
            document[text] = _read(table, value_shape, value)
    return document or None


def _numbered(node: Node, name: str) -> Iterator[Node]:
    """Yield the numbered children below `name` in order of their numbers, which may have gaps."""
    children = node.get(name)
    if isinstance(children, dict):
        numbers = sorted((int(n), n) for n in children if _INDEX.fullmatch(n))
        for _, number in numbers:
            child = children[number]
            if isinstance(child, dict):
                yield child


def _scalar(kind: str, text: str) -> object:
    """Return a parameter's text as its member's type."""
    match kind:
        case "integer" | "long":
            if not _NUMBER.fullmatch(text):
                raise MalformedInput("A number is expected")
            return int(text)
        case "boolean":
            if text.lower() not in {"true", "false"}:
                raise MalformedInput("A boolean is expected")
            return text.lower() == "true"
        case "timestamp":
            try:
                moment = datetime.fromisoformat(text)
            except ValueError as wrong:
                raise MalformedInput("A time in ISO 8601 is expected") from wrong
            return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()
        case _:
            return text


def success(
    service: Service, operation: Operation, *, response: msgspec.Struct | None, request_id: str
) -> Reply:
    """Return a 200 with the response inside its result element."""
    parts = [f'<{operation.name}Response xmlns="{service.xmlns}">']
    if operation.output is not None:
        content = msgspec.to_builtins(response) if response is not None else {}
        parts.append(f"<{operation.name}Result>")
        parts += _members(operation.table, operation.output_shape, content)
        parts.append(f"</{operation.name}Result>")
    parts.append(f"<ResponseMetadata><RequestId>{escape(request_id)}</RequestId>")
    parts.append(f"</ResponseMetadata></{operation.name}Response>")
    return _reply(200, "".join(parts), request_id)


def error(service: Service, code: str, *, text: str, status: int, request_id: str) -> Reply:
    """Return an error reply; whose fault it is follows from the status."""
    kind = "Receiver" if status >= _SERVER_FAULT else "Sender"
    body = (
        f'<ErrorResponse xmlns="{service.xmlns}"><Error><Type>{kind}</Type>'
        f"<Code>{escape(code)}</Code><Message>{escape(text)}</Message></Error>"
        f"<RequestId>{escape(request_id)}</RequestId></ErrorResponse>"
    )
    return _reply(status, body, request_id)


def escape(text: str) -> str:
    """Return `text` safe inside an element; what XML cannot hold becomes U+FFFD."""
    return _UNWRITABLE.sub("\ufffd", text).translate(_ESCAPES)


def _reply(status: int, body: str, request_id: str) -> Reply:
    """Return a reply with the headers of this protocol."""
    headers = (("content-type", CONTENT_TYPE), ("x-amzn-requestid", request_id))
    return Reply(status=status, headers=headers, body=body.encode())


def _members(table: Table, shape: str, content: Mapping[str, object]) -> Iterator[str]:
    """Yield the elements of a structure, in the model's order."""
    for wire_name, target, _ in table.structures[shape][0]:
        if wire_name in content:
            yield f"<{wire_name}>"
            yield from _written(table, target, content[wire_name])
            yield f"</{wire_name}>"


def _written(table: Table, shape: str, value: object) -> Iterator[str]:
    """Yield what stands inside a member's element."""
    if shape in table.structures:
        yield from _members(table, shape, cast("dict[str, object]", value))
    elif shape in table.lists:
        for item in cast("list[object]", value):
            yield "<member>"
            yield from _written(table, table.lists[shape][0], item)
            yield "</member>"
    elif shape in table.maps:
        for key, item in cast("dict[str, object]", value).items():
            yield f"<entry><key>{escape(key)}</key><value>"
            yield from _written(table, table.maps[shape][1], item)
            yield "</value></entry>"
    elif isinstance(value, bool):
        yield "true" if value else "false"
    elif shape in table.scalars and table.scalars[shape][0] == "timestamp":
        moment = datetime.fromtimestamp(cast("float", value), UTC)
        yield moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    else:
        text = str(value)
        yield escape(quote(text, safe="") if shape in ENCODED_SHAPES else text)
