"""What all connections of one worker share: limits, networks, hosts, counts, the watch.

Deadlines are not a timer each. A connection that waits for something is in `watched`, and one
sweep a fraction of a second looks at those only; a request that arrives whole costs nothing.
"""

import ipaddress
import re
from collections import Counter
from typing import Final, Protocol

from poolkeep.base.entropy import Entropy
from poolkeep.base.limits import IMPORT_FILE_BYTES
from poolkeep.http.server.refusals import HttpRefusal
from poolkeep.settings import Http, Settings

HOSTS_REMEMBERED_MAX: Final = 1_024
ADDRESSES_REMEMBERED_MAX: Final = 4_096
SWEEP_S: Final = 0.25
LOOPBACK_HOSTS: Final = ("localhost", "*.localhost", "127.0.0.1", "[::1]")

_HOST: Final = re.compile(
    rb"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252})|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?"
)

_DOMAIN: Final = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?"
)
"""What a pool's own domain looks like: at least two labels, and never an IP address."""

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


LARGE_BODIES: Final = b"/_poolkeep/imports/"
"""Where a body may be as large as the file of an import job; it is passed on as it arrives."""
EVENTS: Final = b"/2015-03-31/functions/"
EVENT_BYTES: Final = 6 * 1024 * 1024 + 4096
"""What an event for a function may have, and a little, so that Invoke itself can refuse it."""


class Watched(Protocol):
    """A connection with a deadline."""

    def check(self, now: float) -> None:
        """Close or refuse what is overdue at `now` (the loop's time)."""
        ...


class Networks:
    """A list of networks that remembers its answers."""

    def __init__(self, networks: tuple[str, ...]) -> None:
        wide = [
            net for name in networks for net in (("0.0.0.0/0", "::/0") if name == "*" else (name,))
        ]
        self._networks: list[Network] = [ipaddress.ip_network(net, strict=False) for net in wide]
        self._known: dict[str, bool] = {}

    def __bool__(self) -> bool:
        return bool(self._networks)

    def __contains__(self, address: str) -> bool:
        known = self._known.get(address)
        if known is None:
            known = self._look(address)
            if len(self._known) < ADDRESSES_REMEMBERED_MAX:
                self._known[address] = known
        return known

    def _look(self, address: str) -> bool:
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        mapped = getattr(parsed, "ipv4_mapped", None)
        return any((mapped or parsed) in network for network in self._networks)


class Hosts:
    """The host names that the installation itself answers for."""

    def __init__(self, settings: Settings) -> None:
        self._any, self._names, self._suffixes = _allowed(settings)

    def __contains__(self, name: str) -> bool:
        """Tell whether a name (lower case, no port, no final dot) is among them."""
        return self._any or name in self._names or name.endswith(self._suffixes)


class Policy:
    """The shared state of one worker's connections.

    Where the application judges hosts itself (a pool's own domain is known to the database
    alone), names that could be one are left to it.
    """

    def __init__(
        self,
        settings: Settings,
        entropy: Entropy,
        *,
        admin_port: int | None,
        app_judges_hosts: bool = False,
    ) -> None:
        self.http: Http = settings.http
        self.proxy_headers = settings.proxy_headers
        self.entropy = entropy
        self.admin_port = admin_port
        self.trusted = Networks(settings.trusted_proxies)
        self.watched: dict[Watched, None] = {}
        self.by_address: Counter[str] = Counter()
        self.refused: Counter[int] = Counter()
        self._hosts = Hosts(settings)
        self._app_judges_hosts = app_judges_hosts
        self._known_hosts: dict[bytes, bool | None] = {}

    def host_is_ours(self, host: bytes) -> bool | None:
        """Say whether a request to a Host may pass; None when it has no valid form."""
        if host in self._known_hosts:
            return self._known_hosts[host]
        verdict = self._judge(host)
        if len(self._known_hosts) < HOSTS_REMEMBERED_MAX:
            self._known_hosts[host] = verdict
        return verdict

    def _judge(self, host: bytes) -> bool | None:
        match = _HOST.fullmatch(host)
        if match is None:
            return None
        name = match["name"].decode("ascii").lower().rstrip(".")
        return name in self._hosts or (
            self._app_judges_hosts and _DOMAIN.fullmatch(name) is not None
        )

    def body_bytes_max(self, url: bytes) -> int:
        """Return how large a body may be at this address."""
        if url.startswith(LARGE_BODIES):
            return max(IMPORT_FILE_BYTES, self.http.body_bytes_max)
        if url.startswith(EVENTS):
            return max(EVENT_BYTES, self.http.body_bytes_max)
        return self.http.body_bytes_max

    def sweep(self, now: float) -> None:
        """Let every watched connection look at its deadlines."""
        for connection in list(self.watched):
            connection.check(now)

    def count(self, refusal: HttpRefusal) -> None:
        """Note a refusal, for the log's periodic summary."""
        self.refused[refusal.status] += 1

    def take_refused(self) -> dict[str, int]:
        """Return and reset the refusals by status since the last call."""
        counts = {str(status): number for status, number in sorted(self.refused.items())}
        self.refused.clear()
        return counts


def _allowed(settings: Settings) -> tuple[bool, frozenset[str], tuple[str, ...]]:
    """Return (every host, exact names, suffixes).

    On loopback the default is loopback's own names: a web page that points its own name at
    127.0.0.1 must not become a client of ours.
    """
    names = list(settings.allowed_hosts or LOOPBACK_HOSTS)
    if not settings.allowed_hosts:
        names.append(f"[{settings.host}]" if ":" in settings.host else settings.host)
    names += [
        re.sub(r":[0-9]+$", "", url.split("/")[2])
        for url in (settings.public_url, settings.issuer)
        if url and url != "aws"
    ]
    lower = [name.lower() for name in names]
    return (
        "*" in lower,
        frozenset(name for name in lower if "*" not in name),
        tuple(name[1:] for name in lower if name.startswith("*.")),
    )
