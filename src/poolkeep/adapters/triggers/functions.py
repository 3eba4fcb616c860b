"""The rule by which functions are called, whatever runs them.

    call     an answer within `attempt_s`, up to `attempts` times; what a function throws is final
    submit   nobody waits; two more attempts when it fails
    invoke   one attempt with `run_s`, for callers of Lambda's Invoke

Source: docs/behaviours/triggers.md.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

import msgspec

from poolkeep.adapters.triggers.directory import Directory
from poolkeep.adapters.triggers.local.backend import LocalFunctions
from poolkeep.adapters.triggers.model import (
    MISSING,
    THROTTLED,
    TIMEOUT,
    Attempt,
    Backend,
    Function,
    Invocation,
    NoAnswer,
    Thrown,
    failure,
)
from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.ids import uuid4
from poolkeep.base.log import Log
from poolkeep.core.triggers import FunctionError, FunctionUnavailable
from poolkeep.function_settings import Functions as FunctionSettings
from poolkeep.function_settings import Target

PAUSES_S: Final = (0.1, 0.4)
"""Before attempts that follow a throttle or an error of the service; a timeout was pause enough."""
LATER_PAUSES_S: Final = (1.0, 10.0)
"""Before the second and third attempt at an event that nobody waits for.

Lambda waits one and two minutes, which is too long for a code that a person waits for.
"""
LATER_MAX: Final = 1_000
LAST_WORDS_S: Final = 3.0
"""What events that nobody waits for get at the end of the server."""

Observe = Callable[[Attempt], None]


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller of Invoke gets."""

    payload: bytes
    failed: bool
    tail: bytes = b""


class Functions:
    """Calls functions; implements the core's port `Triggers`."""

    def __init__(
        self,
        *,
        directory: Directory,
        backends: Mapping[type[Target], Backend],
        settings: FunctionSettings,
        clock: Clock,
        entropy: Entropy,
        log: Log,
        observe: Observe | None = None,
    ) -> None:
        """Run the functions of `directory`; `observe` is told of every attempt."""
        self.directory = directory
        self._backends = backends
        self._settings = settings
        self._clock = clock
        self._entropy = entropy
        self._log = log
        self._observe = observe
        self._later: set[asyncio.Task[None]] = set()
        self._closing = asyncio.Event()

    async def call(self, arn: str, event: bytes) -> bytes:
        """Return the function's answer. Raises FunctionError or FunctionUnavailable."""
        invocation = self._invocation(arn, event, within_s=self._settings.attempt_s)
        last = NoAnswer(TIMEOUT)
        for number in range(1, self._settings.attempts + 1):
            try:
                return await self._attempt(msgspec.structs.replace(invocation, attempt=number))
            except NoAnswer as error:
                last = error
            if str(last) != TIMEOUT and number < self._settings.attempts:
                await self._pause(PAUSES_S[min(number, len(PAUSES_S)) - 1])
        raise FunctionUnavailable(str(last)) from last

    async def submit(self, arn: str, event: bytes) -> None:
        """Take an event to be run soon, and return at once.

        It is kept in memory: what has not been run when the server is killed is lost. Raises
        FunctionUnavailable when there is no such function, or too many events wait.
        """
        invocation = self._invocation(arn, event, within_s=self._settings.run_s)
        if len(self._later) >= LATER_MAX or self._closing.is_set():
            raise FunctionUnavailable(THROTTLED)
        task = asyncio.create_task(self._run_later(invocation))
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def deliver(self, arn: str, event: bytes, *, request_id: str | None = None) -> None:
        """Make one attempt at an event that nobody waits for; for queues that try again.

        `request_id` is the same for all attempts at an event. Raises FunctionError or
        FunctionUnavailable.
        """
        invocation = self._invocation(
            arn, event, within_s=self._settings.run_s, request_id=request_id
        )
        await self._attempt(invocation, hand_over=True)

    async def invoke(
        self, arn: str, payload: bytes, *, client_context: str | None = None
    ) -> Answered:
        """Return what one attempt gave. Raises FunctionUnavailable when there was none."""
        within_s = self._settings.run_s
        invocation = self._invocation(
            arn, payload, within_s=within_s, client_context=client_context
        )
        backend = self._backend(invocation.function)
        tail = b""
        try:
            if isinstance(backend, LocalFunctions):
                async with asyncio.timeout(within_s):
                    answer, tail = await backend.run_and_tell(invocation)
            else:
                answer = await self._attempt(invocation)
        except Thrown as error:
            return Answered(payload=error.payload, failed=True, tail=tail)
        except TimeoutError:
            return Answered(payload=self._timed_out(invocation).payload, failed=True)
        return Answered(payload=answer, failed=False, tail=tail)

    async def close(self) -> None:
        """Let events that nobody waits for come to an end, then end everything."""
        self._closing.set()
        if self._later:
            _, left = await asyncio.wait(self._later, timeout=LAST_WORDS_S)
            for task in left:
                task.cancel()
            if left:
                self._log.warning("function_events_lost", count=len(left))
                await asyncio.wait(left)
        for backend in self._backends.values():
            await backend.close()

    def _invocation(
        self,
        arn: str,
        event: bytes,
        *,
        within_s: float,
        request_id: str | None = None,
        client_context: str | None = None,
    ) -> Invocation:
        function = self.directory.find(arn)
        if function is None:
            raise FunctionUnavailable(MISSING)
        return Invocation(
            function=function,
            arn=arn,
            event=event,
            request_id=request_id or uuid4(self._entropy),
            within_s=within_s,
            client_context=client_context,
        )

    async def _attempt(self, invocation: Invocation, *, hand_over: bool = False) -> bytes:
        """Make one attempt, and tell how it went."""
        began_ms, began = self._clock.now_ms(), time.perf_counter()
        answer: bytes | None = None
        error: Exception | None = None
        backend = self._backend(invocation.function)
        try:
            async with asyncio.timeout(invocation.within_s):
                if hand_over:
                    await backend.hand_over(invocation)
                    answer = b""
                else:
                    answer = await backend.run(invocation)
            return answer
        except TimeoutError:
            error = NoAnswer(TIMEOUT)
            raise error from None
        except (FunctionError, FunctionUnavailable) as failed:
            error = failed
            raise
        finally:
            self._tell(
                Attempt(
                    invocation=invocation,
                    began_ms=began_ms,
                    took_ms=(time.perf_counter() - began) * 1000,
                    answer=answer,
                    error=None if error is None else str(error),
                    thrown=isinstance(error, FunctionError),
                )
            )

    def _tell(self, attempt: Attempt) -> None:
        self._log.info(
            "function",
            function=attempt.invocation.function.name,
            request_id=attempt.invocation.request_id,
            attempt=attempt.invocation.attempt,
            ms=round(attempt.took_ms, 1),
            error=attempt.error or "",
        )
        if self._observe is not None:
            self._observe(attempt)

    async def _run_later(self, invocation: Invocation) -> None:
        for number, pause_s in enumerate((*LATER_PAUSES_S, None), start=1):
            try:
                await self._attempt(
                    msgspec.structs.replace(invocation, attempt=number), hand_over=True
                )
                return
            except (FunctionError, FunctionUnavailable) as error:
                if pause_s is None:
                    self._log.error(
                        "function_event_lost",
                        function=invocation.function.name,
                        request_id=invocation.request_id,
                        why=str(error),
                    )
                    return
            await self._pause(pause_s)

    async def _pause(self, seconds: float) -> None:
        """Wait, but not when the server ends."""
        try:
            async with asyncio.timeout(seconds):
                await self._closing.wait()
        except TimeoutError:
            return

    def _backend(self, function: Function) -> Backend:
        return self._backends[type(function.target)]

    def _timed_out(self, invocation: Invocation) -> Thrown:
        now = datetime.fromtimestamp(self._clock.now_ms() / 1000, UTC)
        stamp = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        seconds = f"{invocation.within_s:.2f}"
        return failure(
            f"{stamp} {invocation.request_id} Task timed out after {seconds} seconds",
            "Sandbox.Timedout",
        )
