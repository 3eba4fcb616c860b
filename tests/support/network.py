"""Keep tests off the network: loopback and Unix sockets only.

In this process an audit hook refuses any other address. Processes that tests start inherit an
environment in which proxies point nowhere and the AWS SDKs find no credentials and no metadata
service, so that a client with a wrong endpoint fails at once instead of calling out.
"""

import ipaddress
import os
import socket
import sys
from typing import Any, Final

ALLOWED_NAMES: Final = {"localhost", "", None, "127.0.0.1", "::1", "0.0.0.0", "::"}
CLIENT_ENVIRONMENT: Final = {
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    "AWS_EC2_METADATA_DISABLED": "true",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "http_proxy": "http://127.0.0.1:9",
    "https_proxy": "http://127.0.0.1:9",
    "NO_PROXY": "127.0.0.1,localhost,::1",
    "no_proxy": "127.0.0.1,localhost,::1",
}


class NetworkError(RuntimeError):
    """A test tried to leave the machine."""


def is_local(host: Any) -> bool:
    """Tell whether an address or a name stays on this machine."""
    if isinstance(host, bytes):
        host = host.decode("utf-8", "replace")
    if host in ALLOWED_NAMES:
        return True
    name = str(host).partition("%")[0]
    if name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _guard(event: str, arguments: tuple[Any, ...]) -> None:
    if event in {"socket.connect", "socket.sendto"}:
        sock, address = arguments[0], arguments[1]
        inet = getattr(sock, "family", None) in {socket.AF_INET, socket.AF_INET6}
        if inet and isinstance(address, tuple) and not is_local(address[0]):
            raise NetworkError(f"tests may not connect to {address[0]}")
    elif event == "socket.getaddrinfo":
        host = arguments[0]
        if not is_local(host) and not _is_address(host):
            raise NetworkError(f"tests may not look up {host!r}")


def _is_address(host: Any) -> bool:
    try:
        ipaddress.ip_address(host if isinstance(host, str) else bytes(host).decode())
    except (ValueError, TypeError, UnicodeDecodeError):
        return False
    return True


def close() -> None:
    """Install the guard, for the life of this process."""
    sys.addaudithook(_guard)
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(CLIENT_ENVIRONMENT)
