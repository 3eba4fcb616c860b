"""Keep N worker processes alive.

    start the first ─ ready ─▶ start the rest ─ all ready ─▶ watch: an ended worker is started again
                                                               └ signal ▶ drain, then kill, then 0

The first worker starts alone, because a first start makes keys and migrates the database; the
rest find that done. Before all are ready, a worker that ends is a failure of the start.
"""

import contextlib
import os
import selectors
import signal
import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Final

from poolkeep.base.log import say

STOP_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
BACKOFF_FIRST_S: Final = 0.1
BACKOFF_LONGEST_S: Final = 5.0
STEADY_S: Final = 30.0  # a worker that lived this long ended for a new reason
KILL_AFTER_DRAIN_S: Final = 5.0
EXIT_DEFECT: Final = 1

Worker = Callable[[int, Callable[[], None]], int]


class _Slot:
    """One worker's place."""

    def __init__(self) -> None:
        self.pid: int | None = None
        self.pipe: int | None = None
        self.ready = False
        self.started_at = 0.0
        self.start_at = 0.0
        self.failures = 0


class Supervisor:
    """Run `worker(parent pid, ready)` in `count` processes until a signal comes."""

    def __init__(
        self, worker: Worker, count: int, *, drain_s: float, ready: Callable[[], None]
    ) -> None:
        self._worker = worker
        self._slots = [_Slot() for _ in range(count)]
        self._drain_s = drain_s
        self._announce = ready
        self._announced = False
        self._signals = 0
        self._failed: int | None = None
        self._selector = selectors.DefaultSelector()

    def run(self) -> int:
        """Return the exit code of the whole."""
        wake_read, wake_write = os.pipe()
        for end in (wake_read, wake_write):
            os.set_blocking(end, False)
        self._selector.register(wake_read, selectors.EVENT_READ)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        for number in STOP_SIGNALS:
            signal.signal(number, self._note_signal)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._wake = (wake_read, wake_write)
        try:
            while not self._signals and self._failed is None:
                self._start_due()
                self._wait(self._next_start_s())
                self._reap()
        finally:
            self._stop_all()
        return 0 if self._failed is None else self._failed

    def _note_signal(self, number: int, frame: FrameType | None) -> None:
        self._signals += 1

    def _start_due(self) -> None:
        now = time.monotonic()
        for index, slot in enumerate(self._slots):
            if index > 0 and not self._announced and not self._slots[0].ready:
                return
            if slot.pid is None and now >= slot.start_at:
                self._start(slot)

    def _start(self, slot: _Slot) -> None:
        read, write = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            self._become_worker(parent, read, write)
        os.close(write)
        slot.pid, slot.pipe, slot.ready = pid, read, False
        slot.started_at = time.monotonic()
        self._selector.register(read, selectors.EVENT_READ, slot)

    def _become_worker(self, parent: int, read: int, write: int) -> None:
        code = EXIT_DEFECT
        try:
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGTERM, signal.SIGCHLD):
                signal.signal(number, signal.SIG_DFL)
            for number in (signal.SIGINT, signal.SIGHUP):
                # A terminal sends these to all of us; once, from the supervisor, is enough.
                signal.signal(number, signal.SIG_IGN)
            self._selector.close()
            siblings = [slot.pipe for slot in self._slots if slot.pipe is not None]
            for descriptor in (read, *self._wake, *siblings):
                os.close(descriptor)
            code = self._worker(parent, lambda: _tell(write))
        finally:
            os._exit(code)  # never back into the parent's stack

    def _wait(self, timeout_s: float | None) -> None:
        for key, _ in self._selector.select(timeout_s):
            slot = key.data
            if slot is None:
                with contextlib.suppress(BlockingIOError):
                    os.read(key.fd, 4096)
                continue
            self._selector.unregister(key.fd)
            slot.ready = os.read(key.fd, 1) == b"r"  # nothing: it ended, and _reap will see it
            os.close(key.fd)
            slot.pipe = None
        if not self._announced and all(slot.ready for slot in self._slots):
            self._announced = True
            self._announce()

    def _next_start_s(self) -> float | None:
        due = [slot.start_at for slot in self._slots if slot.pid is None and slot.start_at]
        return max(0.0, min(due) - time.monotonic()) if due else None

    def _reap(self) -> None:
        for slot in self._slots:
            if slot.pid is None:
                continue
            pid, status = os.waitpid(slot.pid, os.WNOHANG)
            if pid == 0:
                continue
            code = os.waitstatus_to_exitcode(status)
            slot.pid, slot.ready = None, False
            if not self._announced:
                self._failed = code if code > 0 else EXIT_DEFECT
            elif not self._signals:
                self._schedule(slot, pid, code)

    def _schedule(self, slot: _Slot, pid: int, code: int) -> None:
        now = time.monotonic()
        slot.failures = 0 if now - slot.started_at > STEADY_S else slot.failures + 1
        pause = min(BACKOFF_FIRST_S * 2 ** min(slot.failures, 10), BACKOFF_LONGEST_S)
        slot.start_at = now + pause
        how = f"by signal {-code}" if code < 0 else f"with code {code}"
        say(f"worker {pid} ended {how}; another starts in {pause:.1f} s.")

    def _stop_all(self) -> None:
        """Ask every worker to drain, kill what does not, leave no zombie."""
        self._send(signal.SIGTERM)
        seen = self._signals
        end = time.monotonic() + self._drain_s + KILL_AFTER_DRAIN_S
        while any(slot.pid is not None for slot in self._slots) and time.monotonic() < end:
            self._wait(0.1)
            self._reap_quietly()
            if self._signals > seen:  # asked again: do not wait
                seen = self._signals
                self._send(signal.SIGTERM)
        self._send(signal.SIGKILL)
        for slot in self._slots:
            if slot.pid is not None:
                os.waitpid(slot.pid, 0)
                slot.pid = None
        signal.set_wakeup_fd(-1)
        self._selector.close()
        for descriptor in self._wake:
            os.close(descriptor)

    def _reap_quietly(self) -> None:
        for slot in self._slots:
            if slot.pid is not None and os.waitpid(slot.pid, os.WNOHANG)[0]:
                slot.pid = None

    def _send(self, number: signal.Signals) -> None:
        for slot in self._slots:
            if slot.pid is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(slot.pid, number)


def _tell(write: int) -> None:
    os.write(write, b"r")
    os.close(write)
