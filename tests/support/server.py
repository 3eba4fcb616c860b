"""A server of our own: started as users start it, found ready, stopped by its process id."""

import contextlib
import http.client
import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, Self

import pytest

from tests.support import processes

ROOT: Final = Path(__file__).resolve().parents[2]
START_S: Final = 60.0


class Server:
    """One `poolkeep serve` and what a test may do to it."""

    def __init__(
        self,
        folder: Path,
        *arguments: str,
        environment: Mapping[str, str] | None = None,
        context: ssl.SSLContext | None = None,
    ) -> None:
        """Prepare `poolkeep serve ARGUMENTS` with its log in `folder`; enter to start.

        A server that speaks TLS is asked with `context`, which trusts its certificate.
        """
        self.port = processes.free_port()
        self.context = context
        scheme = "http" if context is None else "https"
        self.base_url = f"{scheme}://127.0.0.1:{self.port}"
        self.log = folder / f"server-{self.port}.log"
        self._arguments = arguments
        self._environment = dict(environment or {})
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Return the id of the running process."""
        assert self._process is not None, "the server is not running"
        return self._process.pid

    def __enter__(self) -> Self:
        """Start, and wait until it says it is ready."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.stop()

    def start(self) -> None:
        """Start (again), on the same port and the same data."""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("POOLKEEP_")}
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *processes.as_user(None, dies_with_us=signal.SIGTERM),
                    sys.executable, "-m", "poolkeep", "serve",
                    "--port", str(self.port), *self._arguments,
                ],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=ROOT,
                env={**inherited, "PYTHONPATH": str(ROOT / "src"), **self._environment},
            )  # fmt: skip
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline and self._process.poll() is None:
            if self.is_ready():
                return
            time.sleep(0.05)
        self.stop()
        pytest.fail(f"the server did not start:\n{self.log.read_text(errors='replace')[-3000:]}")

    def is_ready(self) -> bool:
        """Tell whether it answers its health check."""
        connection = (
            http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            if self.context is None
            else http.client.HTTPSConnection(
                "127.0.0.1", self.port, timeout=5, context=self.context
            )
        )
        with (
            contextlib.suppress(OSError, http.client.HTTPException),
            contextlib.closing(connection),
        ):
            connection.request("GET", "/_poolkeep/health")
            return connection.getresponse().status == 200
        return False

    def stop(self) -> None:
        """Ask it to finish, and see that it does."""
        process, self._process = self._process, None
        processes.stop(process)

    def kill(self) -> None:
        """End it as a power cut would: kill -9, workers included."""
        assert self._process is not None, "the server is not running"
        for pid in [*_children(self._process.pid), self._process.pid]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait()
        self._process = None


StartServer = Callable[..., Server]
"""start(*arguments, dev=True, database_url=None, environment=None) -> a running Server"""


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    try:
        direct = [int(child) for child in listed.read_text().split()]
    except OSError:
        return []
    return [each for child in direct for each in [*_children(child), child]]
