"""Start and stop processes of our own, always by their id."""

import os
import shutil
import signal
import socket
import subprocess
from typing import Final

STOP_S: Final = 15.0


def free_port() -> int:
    """Return a loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def as_user(user: str | None, *, dies_with_us: signal.Signals | None = None) -> list[str]:
    """Return a prefix that runs a command as `user` and ends it when this process ends.

    The prefix replaces itself with the command, so the id of the process stays the command's.
    """
    options: list[str] = []
    if user is not None and os.geteuid() == 0:
        options += [f"--reuid={user}", f"--regid={user}", "--clear-groups"]
    if dies_with_us is not None:
        options += ["--pdeathsig", dies_with_us.name.removeprefix("SIG")]
    setpriv = shutil.which("setpriv")
    if not options or setpriv is None:
        assert user is None or os.geteuid() != 0, "setpriv (util-linux) is needed as root"
        return []
    return [setpriv, *options]


def stop(
    process: subprocess.Popen[bytes] | None,
    *,
    first: signal.Signals = signal.SIGTERM,
    patience_s: float = STOP_S,
) -> None:
    """End a process: politely first, by force when it does not listen."""
    if process is None or process.poll() is not None:
        return
    process.send_signal(first)
    try:
        process.wait(timeout=patience_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
