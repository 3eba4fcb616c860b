"""Lambda's Invoke for the functions that we run, so that Lambda's own clients can call them.

    POST /2015-03-31/functions/NAME/invocations[?Qualifier=…]

Source: the service model of Lambda.
"""

import base64
import binascii
import re
import time
from typing import Any, Final, Protocol
from urllib.parse import parse_qsl, unquote

import msgspec

from poolkeep.base.entropy import Entropy
from poolkeep.base.ids import uuid4
from poolkeep.base.log import Log
from poolkeep.base.refusal import Refusal, Unavailable
from poolkeep.core.triggers import FunctionUnavailable
from poolkeep.http.aws.authorise import Gate
from poolkeep.http.aws.caller import Callers, Identity
from poolkeep.http.aws.refusals import Defect
from poolkeep.http.aws.request import HttpRequest
from poolkeep.wire.protocols.reply import Reply
from poolkeep.wire.service import FORBIDDEN_CODES

SERVICE: Final = "lambda"
ACTION: Final = "lambda:InvokeFunction"
PATH: Final = "/2015-03-31/functions/"
EVENT_BYTES_MAX: Final = 1024 * 1024
"""What an asynchronous invocation may carry."""
PAYLOAD_BYTES_MAX: Final = 6 * 1024 * 1024 + 100
_ADDRESS: Final = re.compile(rf"{PATH}(?P<name>[^/]+)/invocations")
_NAME: Final = re.compile(
    r"(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}(-gov)?-[a-z]+-\d{1}:)?(\d{12}:)?"
    r"(function:)?([a-zA-Z0-9-_.]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?"
)
_QUALIFIER: Final = re.compile(r"[a-zA-Z0-9$_-]{1,128}")
_STATUSES: Final = {
    "ResourceNotFoundException": 404,
    "TooManyRequestsException": 429,
    "RequestTooLargeException": 413,
    "ServiceException": 500,
    "UnknownOperationException": 404,
    "InternalErrorException": 500,
}
CLIENT_CONTEXT_BYTES_MAX: Final = 3_583


class InvokeRefused(Refusal):
    """An Invoke that comes to nothing; the code is one of Lambda's."""

    def __init__(self, code: str, text: str) -> None:
        """Carry Lambda's code."""
        super().__init__(text)
        self.told = code


class Answered(Protocol):
    """What one attempt gave."""

    @property
    def payload(self) -> bytes:
        """The answer, or the error document."""
        ...

    @property
    def failed(self) -> bool:
        """Whether the function failed."""
        ...

    @property
    def tail(self) -> bytes:
        """The last of what it printed."""
        ...


class Names(Protocol):
    """Knows functions by name."""

    def arn_of(self, text: str, *, account: str, region: str, qualifier: str | None) -> str:
        """Return the ARN that a caller means."""
        ...

    def find(self, arn: str) -> object | None:
        """Return the function, None when there is none."""
        ...


class Invoker(Protocol):
    """Runs functions for callers of Invoke."""

    @property
    def directory(self) -> Names:
        """The functions that there are."""
        ...

    async def invoke(
        self, arn: str, payload: bytes, *, client_context: str | None = None
    ) -> Answered:
        """Return what one attempt gave. Raises FunctionUnavailable."""
        ...

    async def submit(self, arn: str, event: bytes) -> None:
        """Take an event for later. Raises FunctionUnavailable."""
        ...


class InvokeFace:
    """Answers Invoke."""

    def __init__(
        self,
        functions: Invoker,
        *,
        callers: Callers,
        gate: Gate,
        entropy: Entropy,
        log: Log,
    ) -> None:
        """Ask `gate` for `lambda:InvokeFunction` on the function's ARN."""
        self._functions = functions
        self._callers = callers
        self._gate = gate
        self._entropy = entropy
        self._log = log

    async def answer(self, request: HttpRequest) -> Reply:
        """Return the reply, whatever the request."""
        began = time.perf_counter_ns()
        request_id = uuid4(self._entropy)
        code = ""
        try:
            reply = await self._run(request, request_id)
        except Refusal as refusal:
            told = Defect() if isinstance(refusal, Unavailable) else refusal
            code = told.told if isinstance(told, InvokeRefused) else told.code
            reply = _error(code, told.text, request_id)
        except Exception as defect:  # noqa: BLE001  the one place that answers for defects
            code = Defect.code
            self._log.defect("defect", defect, request_id=request_id)
            reply = _error(code, "", request_id)
        self._log.request({
            "request_id": request_id,
            "operation": "lambda:Invoke",
            "status": reply.status,
            "error": code,
            "us": (time.perf_counter_ns() - began) // 1_000,
            "ip": request.source_ip,
        })  # fmt: skip
        return reply

    async def _run(self, request: HttpRequest, request_id: str) -> Reply:
        address = _ADDRESS.fullmatch(request.raw_path.decode("latin-1"))
        if address is None or request.method != "POST" or not self._callers.answers_at(request):
            raise InvokeRefused("UnknownOperationException", "")
        identity = await self._callers.identify(request, SERVICE)
        arn = self._arn(unquote(address["name"]), request, identity)
        await self._gate.decide(identity, request, action=ACTION, resource=arn)
        if self._functions.directory.find(arn) is None:
            raise InvokeRefused("ResourceNotFoundException", f"Function not found: {arn}")
        kind = request.header(b"x-amz-invocation-type") or "RequestResponse"
        if kind == "DryRun":
            return Reply(status=204, headers=_headers(request_id), body=b"")
        payload = _payload(request.body, EVENT_BYTES_MAX if kind == "Event" else PAYLOAD_BYTES_MAX)
        context = _client_context(request)
        try:
            if kind == "Event":
                await self._functions.submit(arn, payload)
                return Reply(status=202, headers=_headers(request_id), body=b"")
            if kind != "RequestResponse":
                raise InvokeRefused(
                    "InvalidParameterValueException", f"Unsupported invocation type: {kind[:64]}"
                )
            done = await self._functions.invoke(arn, payload, client_context=context)
        except FunctionUnavailable as error:
            raise _unavailable(str(error)) from error
        headers = [*_headers(request_id), ("x-amz-executed-version", "$LATEST")]
        if done.failed:
            headers.append(("x-amz-function-error", "Unhandled"))
        if (request.header(b"x-amz-log-type") or "").lower() == "tail":
            headers.append(("x-amz-log-result", base64.b64encode(done.tail).decode()))
        return Reply(status=200, headers=tuple(headers), body=done.payload)

    def _arn(self, name: str, request: HttpRequest, identity: Identity) -> str:
        query = dict(parse_qsl(request.raw_query.decode("latin-1")))
        qualifier = query.get("Qualifier")
        if not _NAME.fullmatch(name) or (qualifier and not _QUALIFIER.fullmatch(qualifier)):
            raise InvokeRefused(
                "ValidationException",
                "1 validation error detected: Value at 'functionName' failed to satisfy "
                "constraint: Member must satisfy regular expression pattern",
            )
        return self._functions.directory.arn_of(
            name, account=identity.account, region=identity.region, qualifier=qualifier
        )


def _payload(body: bytes, most: int) -> bytes:
    if len(body) > most:
        raise InvokeRefused(
            "RequestTooLargeException",
            f"Request must be smaller than {most} bytes for the InvokeFunction operation",
        )
    if not body:
        return b"{}"
    try:
        msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise InvokeRefused(
            "InvalidRequestContentException", "Could not parse request body into json"
        ) from error
    return body


def _client_context(request: HttpRequest) -> str | None:
    """Return the client's context as the runtime wants it: JSON on one line of a header."""
    given = request.header(b"x-amz-client-context")
    if given is None:
        return None
    try:
        document: Any = msgspec.json.decode(base64.b64decode(given, validate=True))
    except (binascii.Error, msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise InvokeRefused(
            "InvalidRequestContentException", "Client context must be a valid Base64-encoded JSON"
        ) from error
    if not isinstance(document, dict) or len(given) > CLIENT_CONTEXT_BYTES_MAX:
        raise InvokeRefused(
            "InvalidRequestContentException", "Client context must be a valid JSON object."
        )
    return _ascii(msgspec.json.encode(document))


def _ascii(document: bytes) -> str:
    """Return JSON whose other characters are escaped, fit for a header."""
    return "".join(
        char if " " <= char <= "~" else "".join(f"\\u{unit:04x}" for unit in _units(char))
        for char in document.decode()
    )


def _units(char: str) -> list[int]:
    raw = char.encode("utf-16-be")
    return [int.from_bytes(raw[at : at + 2], "big") for at in range(0, len(raw), 2)]


def _unavailable(cause: str) -> InvokeRefused:
    if cause in _STATUSES:
        return InvokeRefused(cause, "Rate Exceeded." if _STATUSES[cause] == 429 else "")
    return InvokeRefused("ServiceException", cause)


def _headers(request_id: str) -> tuple[tuple[str, str], ...]:
    return (("content-type", "application/json"), ("x-amzn-requestid", request_id))


def _error(code: str, text: str, request_id: str) -> Reply:
    status = 403 if code in FORBIDDEN_CODES else _STATUSES.get(code, 400)
    body = {"Type": "Service" if status >= 500 else "User", "message": text}
    return Reply(
        status=status,
        headers=(*_headers(request_id), ("x-amzn-errortype", code)),
        body=msgspec.json.encode(body),
    )
