"""Servers under measurement: started as users start them, their CPU time read from outside."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Self

from bench.client import first_answer
from tests.support import processes

ROOT: Final = Path(__file__).resolve().parents[1]
START_S: Final = 60.0
SETTLE_S: Final = 2.0
"""New pools get their next signing keys in the background, which takes some 0.2 s each."""
CPU_CLOCK: Final = 2  # CPUCLOCK_SCHED of linux/posix-timers: scheduled time in ns


class Process:
    """A server process with its children."""

    def __init__(
        self,
        command: list[str],
        port: int,
        *,
        folder: Path,
        ready: bytes,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Prepare `command`, which will answer `ready` on `port`; its log goes to `folder`."""
        self.port = port
        self.folder = folder
        self.start_ms = 0.0
        self._command = command
        self._log = folder / "log"
        self._ready = ready
        self._environment = dict(environment or {})
        self._process: subprocess.Popen[bytes] | None = None

    async def __aenter__(self) -> Self:
        """Start, and wait for the first answer."""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("POOLKEEP_")}
        began = time.perf_counter()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: ASYNC220  nothing else is to run
                [*processes.as_user(None, dies_with_us=signal.SIGTERM), *self._command],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=ROOT,
                env={**inherited, **self._environment},
            )  # fmt: skip
        try:
            await first_answer(self.port, self._ready, within_s=START_S)
        except TimeoutError:
            self.stop()
            told = self._log.read_text(errors="replace")[-2000:]
            raise RuntimeError(f"{self._command} did not answer:\n{told}") from None
        self.start_ms = (time.perf_counter() - began) * 1000
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        await asyncio.to_thread(self.stop)

    def stop(self) -> None:
        process, self._process = self._process, None
        processes.stop(process)

    def pids(self) -> list[int]:
        """Return the process and its children."""
        assert self._process is not None
        pid = self._process.pid
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        return [pid, *map(int, listed.split())]

    def cpu_ns(self) -> int:
        """Return the CPU time, user and system, of all threads that these processes ever had."""
        # Linux has a clock for each process, in ns; /proc/PID/stat counts in steps of 10 ms.
        return sum(time.clock_gettime_ns((~pid << 3) | CPU_CLOCK) for pid in self.pids())

    def worker_pss_mb(self) -> list[float]:
        """Return the proportional set size of each process that serves, in MB."""
        first, *children = self.pids()
        return [_pss_mb(pid) for pid in children or [first]]


def poolkeep(
    data: Path,
    *arguments: str,
    workers: int = 1,
    port: int | None = None,
    database_url: str | None = None,
) -> Process:
    """Return `poolkeep serve` on a port of its own, in local mode unless `--dev` is given."""
    data.mkdir(parents=True, exist_ok=True)
    port = port or processes.free_port()
    command = [
        sys.executable, "-m", "poolkeep", "serve", "--port", str(port), "--data", str(data),
        "--workers", str(workers), *arguments,
    ]  # fmt: skip
    if database_url is not None:
        command += ["--database", database_url]
    ready = f"GET /_poolkeep/health HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
    return Process(
        command, port, folder=data, ready=ready, environment={"PYTHONPATH": str(ROOT / "src")}
    )


def _pss_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"no Pss in smaps_rollup of {pid}")
