"""What botocore writes, we read; what we write, botocore reads: for every operation."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec
import pytest
from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel
from botocore.parsers import create_parser
from botocore.serialize import create_serializer

from poolkeep.wire import codec
from poolkeep.wire.protocols import json11, query_xml, rest_json
from poolkeep.wire.protocols.reply import Reply
from poolkeep.wire.service import NAMES, Operation, load
from tests.unit.wire import samples

REQUEST_ID = "00000000-0000-4000-8000-000000000000"
MODELS = {n: ServiceModel(Loader().load_service_model(n, "service-2"), n) for n in NAMES}
PARSERS = {"json11": "json", "rest_json": "rest-json", "query_xml": "query"}
CASES = [
    pytest.param(
        operation, full, id=f"{operation.service}:{operation.name}:{'full' if full else 'least'}"
    )
    for name in NAMES
    for operation in load(name).operations.values()
    for full in (False, True)
]


def theirs(operation: Operation) -> OperationModel:
    return MODELS[operation.service].operation_model(operation.name)


def serialised(operation: Operation, members: dict[str, object]) -> dict[str, Any]:
    protocol = PARSERS[load(operation.service).protocol]
    serializer = create_serializer(protocol, include_validation=False)
    request: dict[str, Any] = serializer.serialize_to_request(members, theirs(operation))
    return request


def decoded(operation: Operation, request: dict[str, Any]) -> msgspec.Struct | None:
    service = load(operation.service)
    if service.protocol == "json11":
        assert json11.operation_of(service, request["headers"]["X-Amz-Target"]) is operation
        return codec.decode(operation, request["body"])
    if service.protocol == "query_xml":
        given = query_xml.parameters(urlencode(request["body"]).encode())
        assert query_xml.operation_of(service, given) is operation
        return query_xml.decode(operation, given)
    path = urlsplit(request["url_path"]).path.encode()
    found = rest_json.match(service, request["method"], path)
    assert found is not None
    assert found.operation is operation
    return rest_json.decode(
        found,
        raw_query=urlencode(request["query_string"]).encode(),
        headers=[(n.encode(), v.encode()) for n, v in dict(request["headers"]).items()],
        body=request["body"],
    )


def reply_to(operation: Operation, response: msgspec.Struct | None) -> Reply:
    service = load(operation.service)
    if service.protocol == "json11":
        return json11.success(operation, response, request_id=REQUEST_ID)
    if service.protocol == "rest_json":
        return rest_json.success(operation, response, request_id=REQUEST_ID)
    return query_xml.success(service, operation, response=response, request_id=REQUEST_ID)


def parsed(operation: Operation, reply: Reply) -> dict[str, Any]:
    parser = create_parser(PARSERS[load(operation.service).protocol])
    raw = {"status_code": reply.status, "headers": dict(reply.headers), "body": reply.body}
    result: dict[str, Any] = parser.parse(raw, theirs(operation).output_shape)
    return result


def plain(value: object) -> object:
    """Return what a struct of ours holds, in botocore's terms."""
    if isinstance(value, msgspec.Struct):
        fields = msgspec.structs.fields(value)
        members = {f.encode_name: getattr(value, f.name) for f in fields}
        return {name: plain(item) for name, item in members.items() if item is not None}
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("operation,full", CASES)
def test_a_request_arrives_as_it_was_meant(operation: Operation, full: bool) -> None:
    if operation.input is None:
        assert decoded(operation, serialised(operation, {})) is None
        return
    members = samples.members(operation.table, operation.input_shape, full=full)
    request = decoded(operation, serialised(operation, members))
    assert isinstance(request, operation.input)
    assert plain(request) == members


@pytest.mark.parametrize("operation,full", CASES)
def test_a_response_arrives_as_it_was_meant(operation: Operation, full: bool) -> None:
    if operation.output is None:
        reply = reply_to(operation, None)
        if load(operation.service).protocol != "query_xml":
            assert reply.body == b""
        assert parsed(operation, reply)["ResponseMetadata"]["HTTPStatusCode"] == 200
        return
    members = samples.members(operation.table, operation.output_shape, full=full)
    given = msgspec.convert(members, operation.output, builtin_types=(bytes,))
    result = parsed(operation, reply_to(operation, given))
    metadata = result.pop("ResponseMetadata")
    assert metadata["HTTPHeaders"]["x-amzn-requestid"] == REQUEST_ID
    seconds = load(operation.service).protocol == "query_xml"
    assert result == in_their_terms(members, whole_seconds=seconds)


def in_their_terms(value: object, *, whole_seconds: bool) -> object:
    """Return sample members as botocore's parser returns them: times as datetimes."""
    if value == 1700000000.125:
        seconds = 1700000000 if whole_seconds else value
        return datetime.fromtimestamp(float(seconds), UTC)
    if isinstance(value, dict):
        return {k: in_their_terms(v, whole_seconds=whole_seconds) for k, v in value.items()}
    if isinstance(value, list):
        return [in_their_terms(item, whole_seconds=whole_seconds) for item in value]
    return value


@pytest.mark.parametrize("name", NAMES)
def test_an_error_arrives_as_it_was_meant(name: str) -> None:
    service = load(name)
    parser = create_parser(PARSERS[service.protocol])
    text = 'Nothing <of> that & "name"\r\nhere: é\x00'
    for code, error in service.errors.items():
        if service.protocol == "json11":
            reply = json11.error(code, text, status=error.status, request_id=REQUEST_ID)
        elif service.protocol == "rest_json":
            reply = rest_json.error(code, text, status=error.status, request_id=REQUEST_ID)
        else:
            reply = query_xml.error(
                service, code, text=text, status=error.status, request_id=REQUEST_ID
            )
        raw = {"status_code": reply.status, "headers": dict(reply.headers), "body": reply.body}
        result = parser.parse(raw, None)
        assert result["Error"]["Code"] == code
        said = text.replace("\x00", "\ufffd") if service.protocol == "query_xml" else text
        assert result["Error"]["Message"] == said
        assert result["ResponseMetadata"]["HTTPStatusCode"] == error.status


def test_core_values_become_wire_values_by_attribute() -> None:
    class Device(msgspec.Struct, frozen=True):
        device_key: str
        device_last_authenticated_date: float | None = None

    class Answer(msgspec.Struct, frozen=True):
        device: Device

    operation = load("cognito-idp").operations["GetDevice"]
    assert operation.output is not None
    response = msgspec.convert(Answer(Device("k", 1.5)), operation.output, from_attributes=True)
    expected = b'{"Device":{"DeviceKey":"k","DeviceLastAuthenticatedDate":1.5}}'
    assert codec.encode(response) == expected
