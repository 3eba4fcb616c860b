"""Which service and operation does a request mean? One port serves them all.

X-Amz-Target header        cognito-idp, cognito-identity, kms JSON 1.1
a path of Cognito Sync     cognito-sync                       REST-JSON
Action in query or form    sts, iam (by Version or scope)     query and XML
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import msgspec

from poolkeep.base.refusal import Refusal
from poolkeep.http.aws.request import HttpRequest
from poolkeep.wire import codec, service
from poolkeep.wire.protocols import json11, query_xml, rest_json
from poolkeep.wire.protocols.reply import Reply
from poolkeep.wire.service import Operation, Service

JSON_SERVICES = {
    "AWSCognitoIdentityProviderService": "cognito-idp",
    "AWSCognitoIdentityService": "cognito-identity",
    "TrentService": "kms",
}
QUERY_VERSIONS = {"2011-06-15": "sts", "2010-05-08": "iam"}


class UnknownOperation(Refusal):
    """The request names no operation that any service has."""

    code = "UnknownOperationException"


class Matched(NamedTuple):
    """An operation, and how its request is read and its replies are written."""

    service: Service
    operation: Operation
    decode: Callable[[], msgspec.Struct | None]
    success: Callable[[msgspec.Struct | None, str], Reply]


def match(request: HttpRequest) -> Matched:
    """Return what the request asks for; refuses UnknownOperation."""
    target = request.header(b"x-amz-target")
    if target is not None:
        return _json11(request, target)
    if request.raw_path not in {b"/", b""}:
        return _rest_json(request)
    raw = request.raw_query if request.method == "GET" else request.body
    if b"Action=" in raw or b"Action=" in request.raw_query:
        return _query(request, raw if b"Action=" in raw else request.raw_query)
    raise UnknownOperation


def error(found: Service | None, refusal: Refusal, *, status: int, request_id: str) -> Reply:
    """Return a refusal in the protocol of the service; JSON 1.1 where no service was found."""
    code, text = refusal.code, refusal.text
    if found is None or found.protocol == "json11":
        return json11.error(code, text, status=status, request_id=request_id)
    if found.protocol == "rest_json":
        return rest_json.error(code, text, status=status, request_id=request_id)
    code = getattr(refusal, "query_code", code)
    return query_xml.error(found, code, text=text, status=status, request_id=request_id)


def _json11(request: HttpRequest, target: str) -> Matched:
    if request.method != "POST":
        raise UnknownOperation
    name = JSON_SERVICES.get(target.partition(".")[0])
    if name is None:
        raise UnknownOperation
    found = service.load(name)
    operation = json11.operation_of(found, target)
    if operation is None:
        raise UnknownOperation
    return Matched(
        found,
        operation,
        lambda: codec.decode(operation, request.body),
        lambda response, request_id: json11.success(operation, response, request_id=request_id),
    )


def _rest_json(request: HttpRequest) -> Matched:
    sync = service.load("cognito-sync")
    found = rest_json.match(sync, request.method, request.raw_path)
    if found is None:
        raise UnknownOperation
    operation = found.operation
    return Matched(
        sync,
        operation,
        lambda: rest_json.decode(
            found, raw_query=request.raw_query, headers=request.headers, body=request.body
        ),
        lambda response, request_id: rest_json.success(operation, response, request_id=request_id),
    )


def _query(request: HttpRequest, raw: bytes) -> Matched:
    given: Mapping[str, str] = query_xml.parameters(raw)
    name = QUERY_VERSIONS.get(given.get("Version", ""))
    if name is None:
        authorization = request.header(b"authorization") or ""
        name = "iam" if "/iam/aws4_request" in authorization else "sts"
    found = service.load(name)
    operation = query_xml.operation_of(found, given)
    return Matched(
        found,
        operation,
        lambda: query_xml.decode(operation, given),
        lambda response, request_id: query_xml.success(
            found, operation, response=response, request_id=request_id
        ),
    )
