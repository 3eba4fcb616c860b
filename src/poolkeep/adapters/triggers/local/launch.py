"""Become a function's process: give up what it must not have, then run its program.

Run as a script by an isolated Python, with the limits as JSON and then the program:

    python -I -S launch.py '{"parent": 1, …}' program argument …
"""

import ctypes
import json
import os
import resource
import signal
import sys

# The numbers are those of the Linux header prctl.h.
PR_SET_PDEATHSIG = 1
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_CLEAR_ALL = 4
OPEN_FILES_MAX = 1_024  # as on Lambda
PROCESSES_MAX = 1_024  # likewise
EXIT_ORPHANED = 71


def main() -> None:
    """Limit this process and replace it."""
    limits, program = json.loads(sys.argv[1]), sys.argv[2:]
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES_MAX, OPEN_FILES_MAX))
    resource.setrlimit(resource.RLIMIT_DATA, (limits["data"], limits["data"]))
    if limits["uid"] is not None:
        # Counted over all processes of the user, so only a user of its own can be limited.
        resource.setrlimit(resource.RLIMIT_NPROC, (PROCESSES_MAX, PROCESSES_MAX))
        os.setgroups([])
        os.setgid(limits["gid"])
        os.setuid(limits["uid"])
    if sys.platform == "linux":
        prctl = ctypes.CDLL(None).prctl
        prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        # After the change of user, which would undo it.
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != limits["parent"]:  # the server ended before the kernel was asked
        sys.exit(EXIT_ORPHANED)
    # Its whole path: the search would import, which another user may not.
    os.execv(program[0], program)  # noqa: S606  the operator chose it


if __name__ == "__main__":
    main()
