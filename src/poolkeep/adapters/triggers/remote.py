"""What the two kinds of remote function share: a bounded way out, and how answers are read."""

import asyncio
from collections.abc import Callable
from typing import Final

from poolkeep.adapters.outgoing import Answer, Outgoing, OutgoingFailed, OutgoingRefused
from poolkeep.adapters.triggers.model import (
    DENIED,
    FAILED,
    PAYLOAD_BYTES_MAX,
    THROTTLED,
    TIMEOUT,
    Function,
    NoAnswer,
    Thrown,
    too_large,
)
from poolkeep.core.triggers import FunctionUnavailable

FUNCTION_ERROR: Final = "x-amz-function-error"
ERROR_TYPE: Final = "x-amzn-errortype"


class Lane:
    """The way to one remote function: it has so many connections and no more."""

    def __init__(self, outgoing: Outgoing, *, at_once: int, waiting_max: int) -> None:
        """Let `waiting_max` callers wait for a connection."""
        self._outgoing = outgoing
        self._free = asyncio.Semaphore(at_once)
        self._waiting = 0
        self._waiting_max = waiting_max

    async def post(
        self, url: str, headers: dict[str, str], *, body: bytes, within_s: float
    ) -> Answer:
        """Return the answer, whatever its status. Raises NoAnswer or FunctionUnavailable."""
        if self._waiting >= self._waiting_max:
            raise NoAnswer(THROTTLED)
        self._waiting += 1
        try:
            await self._free.acquire()
        finally:
            self._waiting -= 1
        try:
            return await self._outgoing.request(
                "POST", url, headers=headers, body=body, timeout_s=within_s
            )
        except OutgoingRefused as error:
            raise FunctionUnavailable(DENIED) from error
        except OutgoingFailed as error:
            if error.too_large:
                raise too_large() from error
            raise NoAnswer(TIMEOUT if error.was_sent else FAILED) from error
        finally:
            self._free.release()

    async def close(self) -> None:
        """Close every connection."""
        await self._outgoing.close()


class Lanes:
    """A lane for each function, so that one that hangs keeps nobody else waiting."""

    def __init__(self, make: Callable[[], Lane]) -> None:
        """Build lanes with `make` when they are first needed."""
        self._make = make
        self._lanes: dict[tuple[str, ...], Lane] = {}

    def to(self, function: Function) -> Lane:
        """Return the way to a function."""
        lane = self._lanes.get(function.identity)
        if lane is None:
            lane = self._lanes[function.identity] = self._make()
        return lane

    async def close(self) -> None:
        """Close every connection."""
        for lane in self._lanes.values():
            await lane.close()


def judge(answer: Answer) -> bytes:
    """Return what the function answered; raises Thrown, NoAnswer or FunctionUnavailable."""
    if len(answer.body) > PAYLOAD_BYTES_MAX:
        raise too_large()
    if 200 <= answer.status < 300:
        if FUNCTION_ERROR in answer.headers:
            raise Thrown(answer.body)
        return answer.body
    code = answer.headers.get(ERROR_TYPE, "").partition(":")[0] or _code_of(answer.status)
    if answer.status == 429 or answer.status >= 500:
        raise NoAnswer(code)
    raise FunctionUnavailable(code)


def _code_of(status: int) -> str:
    """Return the name of a status that came without one."""
    names = {
        401: DENIED,
        403: DENIED,
        404: "ResourceNotFoundException",
        413: "RequestTooLargeException",
        429: THROTTLED,
    }
    return names.get(status, FAILED if status >= 500 else "InvalidRequestContentException")
