"""Under which address a pool's pages and OAuth endpoints stand. Pure.

Every pool that has a domain answers at two or three: its custom domain, its prefix domain, and
its path below the installation. One of them is told to the world.
"""

from typing import Literal
from urllib.parse import urlsplit

from poolkeep.core.directory.domain_rules import host_of
from poolkeep.core.pools.loaded import LoadedPool

Form = Literal["auto", "host", "path"]


class Addresses:
    """Tells the address of each pool's pages."""

    def __init__(self, base_url: str, form: Form = "auto") -> None:
        """`base_url` is the installation's address.

        `auto` gives a prefix domain its host name only where the installation has a name itself:
        below `localhost` or an IP address few programs find one.
        """
        parts = urlsplit(base_url)
        self._base_url = base_url.rstrip("/")
        self._scheme = parts.scheme
        self._port = f":{parts.port}" if parts.port else ""
        host = host_of(base_url)
        self._has_name = host != "localhost" and not host.endswith(".localhost")
        self._form = form

    def of(self, pool: LoadedPool) -> str | None:
        """Return what precedes `/oauth2/authorize`; None for a pool without a domain."""
        name = pool.domain
        if name is None:
            return None
        is_custom = pool.pool.domain("custom") is not None
        by_host = self._form == "host" or (self._form == "auto" and (is_custom or self._has_name))
        return f"{self._scheme}://{name}{self._port}" if by_host else self.by_path(pool.pool.id)

    def by_path(self, pool_id: str) -> str:
        """Return the address below the installation's own."""
        return f"{self._base_url}/{pool_id}"
