"""Functions of which tests say how they fail."""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec

from poolkeep.adapters.triggers.in_process import InProcessTriggers
from poolkeep.core.triggers import FunctionError, FunctionUnavailable


class ScriptedTriggers(InProcessTriggers):
    """In-process functions that may also be unavailable, or answer bytes that are no JSON."""

    async def call(self, arn: str, event: bytes) -> bytes:
        """Run the handler; bytes that it returns are the answer as it stands."""
        handler: Callable[[dict[str, Any]], Any] | None = self._handlers.get(arn)
        if handler is None:
            raise FunctionUnavailable("ResourceNotFoundException")
        try:
            answer = await asyncio.to_thread(handler, msgspec.json.decode(event))
        except FunctionUnavailable:
            raise
        except Exception as error:
            raise FunctionError(str(error) or "null") from error
        return answer if isinstance(answer, bytes) else msgspec.json.encode(answer)
