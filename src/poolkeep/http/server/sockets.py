"""Listening sockets, and what keeps us from opening one."""

import errno
import socket
from typing import Final

from poolkeep.http.server.ports import CannotStart

_TCP_USER_TIMEOUT: Final = getattr(socket, "TCP_USER_TIMEOUT", None)


def bind(host: str, port: int, *, setting: str, shared: bool, stall_s: float) -> socket.socket:
    """Return a bound socket. `shared` lets the workers bind the same port, each its own socket.

    The kernel gives up on a peer that takes nothing for `stall_s`, also after we have closed.
    """
    family, address = _resolve(host, port, setting=setting)
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if shared:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if _TCP_USER_TIMEOUT is not None:
            sock.setsockopt(socket.IPPROTO_TCP, _TCP_USER_TIMEOUT, int(stall_s * 1000))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.bind(address)
    except OSError as error:
        sock.close()
        raise CannotStart(_advice(error, host=host, port=port, setting=setting)) from error
    sock.setblocking(False)  # noqa: FBT003  the standard library's signature
    return sock


def reserve(host: str, port: int, *, setting: str, stall_s: float) -> socket.socket:
    """Return a socket that holds `port` for the workers without listening itself.

    A port that another server listens on is refused here: with SO_REUSEPORT alone, two servers
    of one user would share its connections without a word.
    """
    alone = bind(host, port, setting=setting, shared=False, stall_s=stall_s)
    port = alone.getsockname()[1]
    alone.close()
    return bind(host, port, setting=setting, shared=True, stall_s=stall_s)


def _resolve(
    host: str, port: int, *, setting: str
) -> tuple[socket.AddressFamily, tuple[str, int] | tuple[str, int, int, int]]:
    try:
        found = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE | socket.AI_NUMERICSERV
        )
    except OSError as error:
        raise CannotStart(
            f"{setting.replace('port', 'host')}: {host} is no address of this machine. "
            "Give one, such as 127.0.0.1."
        ) from error
    # `localhost` has two; clients everywhere try IPv4.
    family, _, _, _, address = min(found, key=lambda info: info[0] != socket.AF_INET)
    return family, address  # type: ignore[return-value]  # both families' forms are covered


def _advice(error: OSError, *, host: str, port: int, setting: str) -> str:
    flag = f"--{setting.replace('_', '-')}"
    match error.errno:
        case errno.EADDRINUSE:
            return (
                f"{setting}: {port} is taken by another server. Stop that one, or choose another "
                f"with {flag} (0 picks a free one)."
            )
        case errno.EACCES:
            return f"{setting}: {port} needs privileges. Choose one above 1023 with {flag}."
        case errno.EADDRNOTAVAIL:
            return (
                f"{setting.replace('port', 'host')}: {host} is no address of this machine. "
                "Give one, such as 127.0.0.1."
            )
        case _:
            return f"{setting}: cannot listen on {host}:{port} ({error.strerror})."
