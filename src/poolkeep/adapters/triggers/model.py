"""Functions, invocations, and the ways in which an attempt can end."""

import re
from typing import Final, Protocol

import msgspec

from poolkeep.core.triggers import FunctionError, FunctionUnavailable
from poolkeep.function_settings import Target

PAYLOAD_BYTES_MAX: Final = 6 * 1024 * 1024 + 100
"""What Lambda takes as an event and gives as an answer; it names this number in its texts."""

MESSAGE_CHARACTERS_MAX: Final = 8_192
LATEST: Final = "$LATEST"
TIMEOUT: Final = "Socket timeout while invoking Lambda function"
THROTTLED: Final = "TooManyRequestsException"
FAILED: Final = "ServiceException"
MISSING: Final = "ResourceNotFoundException"
DENIED: Final = "AccessDeniedException"
_ARN: Final = re.compile(
    r"arn:(?P<partition>[^:]+):lambda:(?P<region>[^:]*):(?P<account>[0-9]{12}):function:"
    r"(?P<name>[^:]+)(?::(?P<qualifier>[^:]+))?"
)


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """A function's ARN taken apart."""

    partition: str
    region: str
    account: str
    name: str
    qualifier: str | None

    @property
    def unqualified(self) -> str:
        """Return the ARN without version or alias."""
        return f"arn:{self.partition}:lambda:{self.region}:{self.account}:function:{self.name}"


def named(arn: str) -> Named | None:
    """Return what the ARN names, None when it is not a function's."""
    found = _ARN.fullmatch(arn)
    return Named(**found.groupdict()) if found else None


class Function(msgspec.Struct, frozen=True, kw_only=True):
    """A function that we know how to run; `key` is its name in the settings."""

    key: str
    name: str
    account: str
    region: str
    target: Target

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """Return what tells it from every other function; processes and connections are kept so."""
        return self.key, self.name, self.account, self.region


class Invocation(msgspec.Struct, frozen=True, kw_only=True):
    """One event for a function; attempts at the same event share the request id."""

    function: Function
    arn: str
    event: bytes
    request_id: str
    within_s: float
    attempt: int = 1
    client_context: str | None = None


class Thrown(FunctionError):
    """The function ran and failed; `payload` is what Lambda would answer."""

    def __init__(self, payload: bytes) -> None:
        """Read the text for the caller out of an error document."""
        super().__init__(_message(payload))
        self.payload = payload


class NoAnswer(FunctionUnavailable):
    """An unsuccessful attempt: another may follow."""


def failure(text: str, kind: str) -> Thrown:
    """Return a failure that the function could not tell of itself."""
    return Thrown(msgspec.json.encode({"errorType": kind, "errorMessage": text}))


def too_large() -> Thrown:
    """Return the failure of a function whose answer has too many bytes."""
    text = (
        f"Response payload size exceeded maximum allowed payload size ({PAYLOAD_BYTES_MAX} bytes)."
    )
    return failure(text, "Function.ResponseSizeTooLarge")


def _message(payload: bytes) -> str:
    """Return what the caller of an operation may read: a text, and not a flood."""
    try:
        document = msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return "null"
    message = document.get("errorMessage") if isinstance(document, dict) else None
    return message[:MESSAGE_CHARACTERS_MAX] if isinstance(message, str) else "null"


class Backend(Protocol):
    """Runs functions of one kind."""

    async def run(self, invocation: Invocation) -> bytes:
        """Make one attempt; the caller bounds its time by cancelling.

        Raises Thrown, NoAnswer, or FunctionUnavailable when no further attempt can help.
        """
        ...

    async def hand_over(self, invocation: Invocation) -> None:
        """Give the event to the function with nobody waiting for its answer. Raises likewise."""
        ...

    async def close(self) -> None:
        """End everything that runs."""
        ...


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """How one attempt went, for whoever keeps a record."""

    invocation: Invocation
    began_ms: int
    took_ms: float
    answer: bytes | None = None
    error: str | None = None
    thrown: bool = False
