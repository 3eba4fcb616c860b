"""Who is at the other end of a loopback connection.

A function's events are for its own process. Its port is open to every program of the machine, so
the kernel's table of connections is asked which process holds the other end.
"""

import os
import sys
from typing import Final

TABLE: Final = "/proc/net/tcp"
ESTABLISHED: Final = "01"


def holds(pid: int, *, client: tuple[str, int], server: tuple[str, int]) -> bool:
    """Tell whether process `pid` holds the client's end of an IPv4 connection.

    Only Linux can tell, and not every sandbox that poses as one: where not even our own end is
    listed, everybody on the machine is believed.
    """
    theirs, ours = _spelled(client), _spelled(server)
    try:
        with open(TABLE) as table:  # noqa: PTH123  not a file of a folder
            rows = {tuple(row[1:3]): row for row in map(str.split, table)}
    except OSError:
        return True
    if (ours, theirs) not in rows:
        return True
    row = rows.get((theirs, ours))
    if row is None or row[3] != ESTABLISHED:
        return False  # closed already
    try:
        return f"socket:[{row[9]}]" in _sockets(pid)
    except OSError:
        return False  # the process has ended


def _spelled(address: tuple[str, int]) -> str:
    host, port = address
    number = int.from_bytes(bytes(map(int, host.split("."))), sys.byteorder)
    return f"{number:08X}:{port:04X}"


def _sockets(pid: int) -> set[str]:
    folder = f"/proc/{pid}/fd"
    found: set[str] = set()
    for name in os.listdir(folder):  # noqa: PTH208  names are all we want
        try:
            found.add(os.readlink(f"{folder}/{name}"))  # noqa: PTH115  likewise
        except OSError:
            continue  # closed meanwhile
    return found
