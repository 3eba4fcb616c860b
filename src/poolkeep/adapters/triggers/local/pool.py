"""The warm processes of one function, and the events that wait for one.

    waiting ──▶ an idle process, the one that was busy last
       │  none idle: another is started, up to `processes_max`
       └─ too many waiting: throttled, as Lambda throttles

Each function has its own, so that one that hangs keeps nobody else waiting.
"""

import asyncio
from collections import deque
from typing import Final

from poolkeep.adapters.triggers.local.changes import Stamp, stamp_of
from poolkeep.adapters.triggers.local.surroundings import Surroundings, local
from poolkeep.adapters.triggers.local.worker import Job, Worker
from poolkeep.adapters.triggers.model import (
    THROTTLED,
    Function,
    Invocation,
    NoAnswer,
    Thrown,
)
from poolkeep.base.log import Log
from poolkeep.core.triggers import FunctionUnavailable

STARTING_MAX: Final = 2
"""Processes that start at a time: a burst must not take every processor."""
PAUSE_FIRST_S: Final = 0.05
PAUSE_LONGEST_S: Final = 5.0


class Pool:
    """Runs one function."""

    def __init__(self, function: Function, around: Surroundings, log: Log) -> None:
        """Start no process before there is an event."""
        self._function = function
        self._around = around
        self._log = log
        self._waiting: deque[Job] = deque()
        self._workers: set[Worker] = set()
        self._leaving: set[Worker] = set()
        self._idle: list[Worker] = []
        self._failures = 0
        self._broken: Exception | None = None
        self._start_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._reaper: asyncio.TimerHandle | None = None
        self._stamp: Stamp | None = None
        self._closed = False

    async def run(self, invocation: Invocation) -> tuple[bytes, bytes]:
        """Return the answer, and the last of what was printed.

        Cancelling ends the process that has the event. Raises Thrown or NoAnswer, and
        FunctionUnavailable where there is nothing to run.
        """
        self._notice_changes()
        loop = asyncio.get_running_loop()
        if self._broken is not None and loop.time() < self._start_at:
            raise _again(self._broken)
        if self._closed or len(self._waiting) >= self._around.settings.waiting_max:
            raise NoAnswer(THROTTLED)
        job = Job(invocation)
        self._waiting.append(job)
        self._dispatch()
        try:
            answer = await job.answer
            return answer, bytes(job.worker.output.tail) if job.worker else b""
        finally:
            if not job.answer.done() or job.answer.cancelled():
                self._give_up(job)

    async def close(self) -> None:
        """End every process."""
        self._closed = True
        for timer in (self._timer, self._reaper):
            if timer is not None:
                timer.cancel()
        for job in self._waiting:
            job.fail(NoAnswer(THROTTLED))
        self._waiting.clear()
        await asyncio.gather(*(worker.close() for worker in [*self._workers, *self._leaving]))

    # What workers tell.

    def ready(self, worker: Worker) -> None:
        """Give the process the next event, or let it wait."""
        if worker not in self._workers:  # its code has changed, or it took too long
            worker.end()
            return
        if worker.answered:
            self._failures, self._broken = 0, None
        worker.idle_since = asyncio.get_running_loop().time()
        self._idle.append(worker)
        self._dispatch()
        self._reap_later()

    def ended(self, worker: Worker, error: Exception | None) -> None:
        """Forget the process; start another when events wait, later if it did no good."""
        was_ours = worker in self._workers
        self._forget(worker)
        self._leaving.discard(worker)
        if was_ours:
            if not worker.answered:
                self._back_off()
            if error is not None:
                self._start_failed(error)
        self._dispatch()

    def _start_failed(self, error: Exception) -> None:
        """Tell those who wait, unless another process may still serve them."""
        self._log.warning("function_broken", function=self._function.name, why=str(error))
        if any(worker.was_ready for worker in self._workers):
            return
        self._broken = error
        waiting, self._waiting = self._waiting, deque()
        for job in waiting:
            job.fail(_again(error))

    # The decisions.

    def _dispatch(self) -> None:
        while self._waiting and self._idle:
            worker = self._idle.pop()
            if worker.idle:
                worker.give(self._waiting.popleft())
        starting = sum(not worker.was_ready for worker in self._workers)
        room = self._around.settings.processes_max - len(self._workers)
        wanted = min(len(self._waiting), STARTING_MAX) - starting
        for _ in range(min(wanted, room)):
            if not self._may_start():
                return
            worker = Worker(self._function, self._around, watcher=self, log=self._log)
            self._workers.add(worker)
            worker.start()

    def _may_start(self) -> bool:
        loop = asyncio.get_running_loop()
        if self._closed:
            return False
        if loop.time() >= self._start_at:
            return True
        if self._timer is None:
            self._timer = loop.call_at(self._start_at, self._start_again)
        return False

    def _start_again(self) -> None:
        self._timer = None
        self._dispatch()

    def _back_off(self) -> None:
        """Start no process for a while: those before have answered nothing."""
        pause = min(PAUSE_FIRST_S * 2 ** min(self._failures, 10), PAUSE_LONGEST_S)
        self._failures += 1
        self._start_at = asyncio.get_running_loop().time() + pause

    def _give_up(self, job: Job) -> None:
        """End the process that has the event: it hangs, and it is not to answer later."""
        if job.worker is None:
            if job in self._waiting:
                self._waiting.remove(job)
            return
        self._dismiss(job.worker)
        job.worker.end()
        self._dispatch()

    def _dismiss(self, worker: Worker) -> None:
        """Give the process no more events; `close` still waits for its end."""
        self._forget(worker)
        self._leaving.add(worker)

    def _forget(self, worker: Worker) -> None:
        self._workers.discard(worker)
        if worker in self._idle:
            self._idle.remove(worker)

    # Age and change.

    def _reap_later(self) -> None:
        if self._reaper is None and self._idle:
            loop = asyncio.get_running_loop()
            self._reaper = loop.call_later(self._around.settings.idle_s, self._reap)

    def _reap(self) -> None:
        self._reaper = None
        now = asyncio.get_running_loop().time()
        for worker in list(self._idle):
            if now - worker.idle_since >= self._around.settings.idle_s:
                self._dismiss(worker)
                worker.end()
        self._reap_later()

    def _notice_changes(self) -> None:
        """In development, start anew with code that was changed."""
        if not self._around.fresh_code:
            return
        stamp = stamp_of(local(self._function).file.parent)
        if self._stamp is not None and stamp != self._stamp:
            self._broken, self._failures, self._start_at = None, 0, 0.0
            for worker in list(self._workers):
                was_idle = worker.idle
                self._dismiss(worker)  # a busy one finishes its event, and ends when it asks again
                if was_idle or not worker.was_ready:
                    worker.end()
        self._stamp = stamp


def _again(error: Exception) -> Exception:
    """Return a fresh copy of an error that several are told of."""
    if isinstance(error, Thrown):
        return Thrown(error.payload)
    return FunctionUnavailable(str(error))
