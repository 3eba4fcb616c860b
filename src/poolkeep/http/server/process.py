"""What a server process does about itself: no dumps, private files, an end with its parent."""

import ctypes
import os
import resource
import signal
import sys
from typing import Final

from poolkeep.http.server.ports import CannotStart

UMASK: Final = 0o077

# The numbers are those of the Linux header prctl.h.
_PR_SET_PDEATHSIG: Final = 1
_PR_SET_DUMPABLE: Final = 4


def harden(*, debuggable: bool) -> None:
    """Make files private, forbid core dumps, hide memory and environment from the own user.

    `debuggable` leaves the process open to a profiler or debugger; development wants that.
    """
    os.umask(UMASK)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if not debuggable:
        _prctl(_PR_SET_DUMPABLE, 0)


def end_with_parent(parent: int) -> None:
    """Ask the kernel for SIGTERM when `parent` ends, however it ends."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it ended before we could ask
        raise CannotStart("The parent process has ended.")


def allow_many_connections() -> None:
    """Raise the limit of open files as far as we may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _prctl(option: int, value: int) -> None:
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)
