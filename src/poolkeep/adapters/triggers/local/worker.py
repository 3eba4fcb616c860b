"""One process of a function: started, given one event at a time, ended when it does not answer."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable
from typing import Final, Protocol, cast

from poolkeep.adapters.triggers.local import peer
from poolkeep.adapters.triggers.local.output import Output
from poolkeep.adapters.triggers.local.runtime_api import Event, RuntimeApi
from poolkeep.adapters.triggers.local.surroundings import Surroundings, command, local, variables
from poolkeep.adapters.triggers.model import (
    Function,
    Invocation,
    Thrown,
    failure,
    too_large,
)
from poolkeep.base.log import Log
from poolkeep.core.triggers import FunctionUnavailable

EXIT_ERROR: Final = "Runtime.ExitError"
DRAIN_S: Final = 1.0


class Job:
    """An invocation on its way through a pool, with the place for its answer."""

    def __init__(self, invocation: Invocation) -> None:
        """Make it wait."""
        self.invocation = invocation
        self.answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self.worker: Worker | None = None

    def settle(self, answer: bytes) -> None:
        """Answer, unless nobody waits any more."""
        if not self.answer.done():
            self.answer.set_result(answer)

    def fail(self, error: Exception) -> None:
        """Fail, unless nobody waits any more."""
        if not self.answer.done():
            self.answer.set_exception(error)


class Watcher(Protocol):
    """Who has started a worker."""

    def ready(self, worker: "Worker") -> None:
        """Hear that the process asks for an event."""
        ...

    def ended(self, worker: "Worker", error: Exception | None) -> None:
        """Hear that the process is gone; `error` is why it could not even start."""
        ...


class Worker:
    """One process, and the Runtime API that it talks to."""

    def __init__(
        self, function: Function, around: Surroundings, *, watcher: Watcher, log: Log
    ) -> None:
        """Prepare; `start` starts."""
        self._function = function
        self._around = around
        self._watcher = watcher
        self._log = log
        self._process: asyncio.subprocess.Process | None = None
        self._api = RuntimeApi(self, self._trusts)
        self._job: Job | None = None
        self._given: asyncio.Future[Job] | None = None
        self._start_error: Exception | None = None
        self._request_id = ""
        self._task: asyncio.Task[None] | None = None
        self._ending = False
        self.output = Output(log, function.name, lambda: self._request_id)
        self.was_ready = False
        self.answered = 0
        self.idle_since = 0.0

    @property
    def idle(self) -> bool:
        """Tell whether the process waits for an event.

        One that was killed a moment ago does not, even if its connection still seems open.
        """
        return self._given is not None and not self._given.done() and self._runs()

    def start(self) -> None:
        """Start the process; the watcher hears of everything else."""
        self._task = asyncio.create_task(self._live(), name=f"function {self._function.name}")

    def give(self, job: Job) -> None:
        """Hand over an event; the worker must be idle."""
        if self._given is not None:
            self._job = job
            job.worker = self
            self._given.set_result(job)

    def end(self) -> None:
        """Kill the process and what it started."""
        self._ending = True
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    async def close(self) -> None:
        """Kill the process and wait until it is gone."""
        self.end()
        if self._task is not None:
            await asyncio.wait([self._task])

    # The process, as it calls the Runtime API.

    async def next(self) -> Event:
        """Wait for an event."""
        if self._job is not None:  # it forgot to answer the last one
            self._job.fail(self._gone("Error: Runtime exited without providing a reason"))
            self._job = None
        self.was_ready = True
        self._given = asyncio.get_running_loop().create_future()
        self._watcher.ready(self)
        job = await self._given
        invocation = job.invocation
        self._request_id = invocation.request_id
        now_ms = self._around.now_ms()
        return Event(
            request_id=invocation.request_id,
            deadline_ms=now_ms + round(invocation.within_s * 1000),
            arn=invocation.arn,
            trace_id=_trace_id(now_ms, self._around.entropy.bytes),
            body=invocation.event,
            client_context=invocation.client_context,
        )

    def answer(self, request_id: str, body: bytes) -> bool:
        """Take the answer to the event under way."""
        job = self._of(request_id)
        if job is None:
            return False
        self.answered += 1
        job.settle(body)
        return True

    def failed(self, request_id: str, body: bytes) -> bool:
        """Take the failure of the event under way: the process is well."""
        job = self._of(request_id)
        if job is None:
            return False
        self.answered += 1
        job.fail(Thrown(body))
        return True

    def oversized(self, request_id: str) -> bool:
        """Fail the event under way for the size of its answer."""
        job = self._of(request_id)
        if job is None:
            return False
        job.fail(too_large())
        return True

    def start_failed(self, body: bytes) -> None:
        """Keep why the handler could not be loaded; the process ends itself."""
        self._start_error = Thrown(body)

    def _of(self, request_id: str) -> Job | None:
        job = self._job
        if job is None or job.invocation.request_id != request_id:
            return None
        self._job = None
        return job

    def _trusts(self, client: tuple[str, int], server: tuple[str, int]) -> bool:
        return self._process is not None and peer.holds(
            self._process.pid, client=client, server=server
        )

    # Its life.

    def _runs(self) -> bool:
        if self._process is None:
            return False
        try:  # WNOWAIT: the exit status stays for whoever waits for it
            look = os.WEXITED | os.WNOHANG | os.WNOWAIT
            return os.waitid(os.P_PID, self._process.pid, look) is None
        except ChildProcessError:
            return False

    async def _live(self) -> None:
        error: Exception | None = None
        try:
            await self._run()
        except FunctionUnavailable as refused:
            error = refused
        except Exception as defect:  # noqa: BLE001  a function's process never takes ours along
            self._log.defect("function_not_started", defect, function=self._function.name)
            error = FunctionUnavailable("ServiceException")
        finally:
            self._api.close()
        reason = self._reason()
        if self._job is not None:
            self._job.fail(self._gone(reason))
            self._job = None
        if not self.was_ready and error is None and not self._ending:
            error = self._start_error or self._gone(reason)
        self._watcher.ended(self, error)

    async def _run(self) -> None:
        file = local(self._function).file
        if not file.is_file():
            raise FunctionUnavailable("ResourceNotFoundException")
        program = command(self._function, self._around)
        key_pair = await self._around.key_pair_of(self._function.account)
        address = await self._api.start()
        self._process = process = await asyncio.create_subprocess_exec(
            *program,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=file.parent,
            env=variables(self._function, self._around, runtime_api=address, key_pair=key_pair),
            start_new_session=True,
        )
        if self._ending:
            self.end()
        loop = asyncio.get_running_loop()
        timer = loop.call_later(self._around.settings.start_s, self._too_slow)
        printed = cast("asyncio.StreamReader", process.stdout)
        reading = asyncio.create_task(self.output.follow(printed))
        try:
            await process.wait()
        finally:
            timer.cancel()
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)  # what it started and left behind
            await asyncio.wait([reading], timeout=DRAIN_S)
            reading.cancel()

    def _too_slow(self) -> None:
        if not self.was_ready:
            seconds = self._around.settings.start_s
            self._log.warning("function_start_slow", function=self._function.name, s=seconds)
            self.end()

    def _gone(self, reason: str) -> Thrown:
        request_id = self._job.invocation.request_id if self._job else self._request_id
        prefix = f"RequestId: {request_id} " if request_id else ""
        return failure(f"{prefix}{reason}", EXIT_ERROR)

    def _reason(self) -> str:
        code = self._process.returncode if self._process else None
        if not code:
            return "Error: Runtime exited without providing a reason"
        if code > 0:
            return f"Error: Runtime exited with error: exit status {code}"
        name = (signal.strsignal(-code) or str(-code)).lower()
        return f"Error: Runtime exited with error: signal: {name}"


def _trace_id(now_ms: int, random: Callable[[int], bytes]) -> str:
    """Return an X-Ray trace header; no trace is sampled."""
    root = f"1-{now_ms // 1000:08x}-{random(12).hex()}"
    return f"Root={root};Parent={random(8).hex()};Sampled=0"
