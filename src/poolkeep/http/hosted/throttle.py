"""Cognito's quotas of a domain: requests a second in all, of an address, and of a client.

They are on where the quotas of the API are. With several workers each gets its share.
Source: docs/behaviours/domains.md.
"""

import base64
import contextlib
from typing import Final
from urllib.parse import unquote_plus

from poolkeep.base.buckets import Buckets
from poolkeep.base.clock import Clock
from poolkeep.http.hosted.branding.theme import ASSETS
from poolkeep.http.hosted.web import Visit

DOMAIN_PER_S: Final = 500
ADDRESS_PER_S: Final = 300
CLIENT_PER_S: Final = 300
CLIENT_CHARACTERS_MAX: Final = 128
FREE: Final = (ASSETS, "/.well-known/")
"""Below these stand files that anybody may keep."""


class DomainThrottle:
    """Counts requests to the domains of pools."""

    def __init__(self, *, clock: Clock, workers: int = 1, is_on: bool = True) -> None:
        """Count in this process, one of `workers`."""
        self._buckets = Buckets(clock)
        self._workers = workers
        self._is_on = is_on

    def takes(self, visit: Visit) -> bool:
        """Count a request and tell whether it may be answered; what is refused counts nowhere."""
        if not self._is_on or visit.path.startswith(FREE):
            return True
        rates = [(key, rate / self._workers) for key, rate in _counted(visit)]
        if not all(self._buckets.has(key, rate) for key, rate in rates):
            return False
        for key, rate in rates:
            self._buckets.take(key, rate)
        return True


def _counted(visit: Visit) -> list[tuple[tuple[str, ...], int]]:
    domain = (visit.pool.pool.id, visit.domain.name if visit.domain is not None else "")
    counted = [((*domain, "all"), DOMAIN_PER_S), ((*domain, "ip", visit.source_ip), ADDRESS_PER_S)]
    client_id = _client_id(visit)
    if client_id:
        counted.append(((*domain, "client", client_id), CLIENT_PER_S))
    return counted


def _client_id(visit: Visit) -> str | None:
    """Return which client a request says it is from or about; nobody has proven it yet."""
    named = visit.query.get("client_id") or visit.form.get("client_id")
    if named is None:
        scheme, _, encoded = visit.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            with contextlib.suppress(ValueError):  # also what is no base64, or no UTF-8
                named = unquote_plus(base64.b64decode(encoded).decode().partition(":")[0])
    return named if named is not None and len(named) <= CLIENT_CHARACTERS_MAX else None
