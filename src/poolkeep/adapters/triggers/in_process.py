"""Functions in this process: for tests, and for Python programs that embed poolkeep."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from poolkeep.core.triggers import FunctionError, FunctionUnavailable

Handler = Callable[[dict[str, Any]], Any]


class InProcessTriggers:
    """Maps a function's ARN to a Python callable that takes the event and returns it."""

    def __init__(self, handlers: Mapping[str, Handler] | None = None) -> None:
        """Start with `handlers`; `register` adds more."""
        self._handlers: dict[str, Handler] = dict(handlers or {})

    def register(self, arn: str, handler: Handler) -> None:
        """Run `handler` for events to `arn`."""
        self._handlers[arn] = handler

    async def call(self, arn: str, event: bytes) -> bytes:
        """Run the handler in a thread; an ARN without one is a function that does not exist."""
        handler = self._handlers.get(arn)
        if handler is None:
            raise FunctionUnavailable("ResourceNotFoundException")
        try:
            answer = await asyncio.to_thread(handler, msgspec.json.decode(event))
        except Exception as error:
            raise FunctionError(str(error) or "null") from error
        return msgspec.json.encode(answer)

    async def deliver(self, arn: str, event: bytes, *, request_id: str | None = None) -> None:
        """Run the handler; what it answers is of no interest."""
        await self.call(arn, event)

    async def submit(self, arn: str, event: bytes) -> None:
        """Run the handler now; what it answers or throws is of no interest."""
        if arn not in self._handlers:
            raise FunctionUnavailable("ResourceNotFoundException")
        with contextlib.suppress(FunctionError):
            await self.call(arn, event)
