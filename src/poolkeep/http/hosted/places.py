"""Where a request is: on a pool's own host, below a pool's path, or not at a pool's pages at all.

    <prefix>.auth.<host of ours>              a prefix domain of the default region, or of another
    <prefix>.auth.<region>.<host of ours>     a prefix domain of a region
    anything else                             a custom domain, or the installation itself
    <the installation>/<pool id>/…            any pool that has a domain

Ports and case do not matter. Who serves a name is looked up once in a few seconds; that the pool
still has it is seen at every request.
"""

import re
from typing import Any, Final, NamedTuple, Protocol
from urllib.parse import urlsplit

from poolkeep.base.clock import Clock
from poolkeep.base.refusal import Unavailable
from poolkeep.core.directory.domain_rules import host_of
from poolkeep.core.directory.model import Domain
from poolkeep.core.pools.loaded import LoadedPool

KEPT_MS: Final = 5_000
"""How long a name may go on leading to the region where it led."""
MISSED_MS: Final = 1_000
"""How long a name that nobody has is not looked up again."""
NAMES_MAX: Final = 1_000
ASKED_MAX: Final = 2
LABELS: Final = ".auth."
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})

_POOL_PATH: Final = re.compile(r"/([a-z][\w-]{0,54}_[0-9A-Za-z]{1,55})(?=/|$)", re.ASCII)
_NAME: Final = re.compile(r"(?=.{1,253}\Z)[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+", re.ASCII)


class Region(Protocol):
    """A region of this installation."""

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    @property
    def services(self) -> Any:  # noqa: ANN401  the faces do not know compose's type
        """What it can do."""
        ...


class Regions(Protocol):
    """The regions of this installation, the default one first."""

    def all(self) -> tuple[Region, ...]:
        """Return every region."""
        ...

    def named(self, name: str, /) -> Region | None:
        """Return a region by name."""
        ...

    async def of_pool(self, pool_id: str, /) -> Region | None:
        """Return the region that serves a pool."""
        ...


class Place(NamedTuple):
    """The pool that a request is about, and what precedes its paths.

    A pool without a domain has one page: `http/confirm.py`.
    """

    pool: LoadedPool
    domain: Domain | None
    services: Any
    base: str
    path: str


class Nowhere(NamedTuple):
    """An address of pages that do not exist; `why` is for whoever set the pool up."""

    why: str
    status: int = 404
    error: str = "not_found"


NO_DOMAIN: Final = Nowhere(
    "This user pool has no domain. Its pages begin to exist when it gets one: "
    "aws cognito-idp create-user-pool-domain."
)
NO_POOL: Final = Nowhere("No user pool answers at this address.")


class _Known(NamedTuple):
    at_ms: int
    pool_id: str
    region: Region | None
    domain: str
    lent: Domain | None = None


class Places:
    """Finds the pool of a request."""

    def __init__(
        self, *, regions: Regions, base_url: str, clock: Clock, issuer: str | None = None
    ) -> None:
        """Find pools in `regions`; `base_url` and `issuer` are addresses of this installation."""
        parts = urlsplit(base_url)
        self._regions = regions
        self._clock = clock
        self._host = host_of(base_url)
        self._root = parts.path.rstrip("/")
        # A pool that took one of these as its own name would take it from everybody.
        self._ours = {_bracketed(parts.hostname), self._host, *LOOPBACK}
        if issuer is not None and "://" in issuer:
            self._ours.add(_bracketed(urlsplit(issuer).hostname))
        self._known: dict[str, _Known] = {}

    def is_own(self, name: str) -> bool:
        """Tell whether a host name is the installation's, and so no pool's."""
        return name in self._ours

    async def on_host(self, name: str, path: str) -> Place | Nowhere | None:
        """Return what a host name (lower case, without port) stands for; None for no pool's."""
        if name in self._ours:
            return None
        for _ in range(ASKED_MAX):
            found = await self._lookup(name)
            if found.region is None:
                return NO_POOL if self.is_prefix_form(name) else None
            pool = await found.region.services.book.pool(found.pool_id)
            if pool is not None and found.lent is not None:
                pool = pool.at(found.lent)
            domain = _domain(pool, found.domain)
            if pool is not None and domain is not None:
                return Place(pool, domain, found.region.services, "", path)
            self._known.pop(name, None)  # the pool has lost it since
        return NO_POOL

    async def below_path(self, path: str) -> Place | Nowhere | None:
        """Return what a path of the installation stands for; None when it names no pool."""
        match = _POOL_PATH.match(path)
        if match is None:
            return None
        pool_id = match[1]
        region = await self._regions.of_pool(pool_id)
        pool = await region.services.book.pool(pool_id) if region is not None else None
        if region is None or pool is None:
            return NO_POOL
        domain = pool.pool.domain("custom") or pool.pool.domain("prefix")
        if domain is None:
            return NO_DOMAIN
        base = f"{self._root}/{pool_id}"
        return Place(pool, domain, region.services, base, path[match.end() :] or "/")

    def is_prefix_form(self, name: str) -> bool:
        """Tell whether a host name can be a prefix domain's, and so nobody else's."""
        return LABELS in name and name.endswith("." + self._host)

    async def _lookup(self, name: str) -> _Known:
        """Return who serves a name, from memory for a while."""
        now_ms = self._clock.now_ms()
        known = self._known.get(name)
        if known is not None:
            kept_ms = MISSED_MS if known.region is None else KEPT_MS
            if 0 <= now_ms - known.at_ms < kept_ms:
                return known
        found = await self._find(name, now_ms)
        if len(self._known) >= NAMES_MAX:
            self._known.clear()
        self._known[name] = found
        return found

    async def _find(self, name: str, now_ms: int) -> _Known:
        nobody = _Known(now_ms, "", None, "")
        if not _NAME.fullmatch(name):
            return nobody
        regions, label = self._candidates(name)
        away: Unavailable | None = None
        for region in regions:
            try:
                served = await region.services.domain_routing.serving(label)
            except Unavailable as error:
                away = error  # the other regions may know the name, too
                continue
            if served is not None:
                answering = self._regions.named(served.region)
                return _Known(now_ms, served.pool_id, answering, label, served.lent)
        if away is not None:
            raise away
        return nobody

    def _candidates(self, name: str) -> tuple[tuple[Region, ...], str]:
        """Return which regions may have a name, and under which name."""
        everyone = self._regions.all()
        label, auth, rest = name.partition(LABELS)
        if not auth or "." in label or not self.is_prefix_form(name):
            return everyone, name
        if rest == self._host:
            return everyone, label
        region = self._regions.named(rest.removesuffix("." + self._host))
        return ((region,), label) if region is not None else ((), label)


def _bracketed(host: str | None) -> str:
    """Return a host name as the Host header has it."""
    return f"[{host}]" if host and ":" in host else host or ""


def _domain(pool: LoadedPool | None, name: str) -> Domain | None:
    for domain in pool.pool.domains if pool is not None else ():
        if domain.name == name:
            return domain
    return None
