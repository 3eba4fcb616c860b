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

    Only Linux can tell; elsewhere everybody on the machine is believed.
    """
    if sys.platform != "linux":
        return True
    wanted = (_spelled(client), _spelled(server), ESTABLISHED)
    try:
        with open(TABLE) as table:  # noqa: PTH123  not a file of a folder
            inode = next((row[9] for row in map(str.split, table) if tuple(row[1:4]) == wanted), "")
        return bool(inode) and f"socket:[{inode}]" in _sockets(pid)
    except OSError:
        return False  # it has ended


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
