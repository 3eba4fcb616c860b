"""Find the region that a request belongs to.

Signed requests say so in their scope. The rest name a pool, a token or a client: their region is
that of the host name if it has the pool, else the one where the
pool is no copy, else any that has it; else the one that the pool is called after, the host's, or
the default region.
A region names a database; nothing of a user ever leaves it, unless the pool has a replica.
"""

import base64
import binascii
import re
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import msgspec

from poolkeep.base.ids import region_of_pool
from poolkeep.base.refusal import NotAuthorized, Unavailable
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.signin.handles import client_of
from poolkeep.http.aws.caller import Identity
from poolkeep.http.aws.request import HttpRequest

TOKEN_PAYLOAD = 1
_HOST_REGION = re.compile(r"\b([a-z]{2}(?:-[a-z]+)+-\d)\b")


class Region(NamedTuple):
    """A region of this installation and its services."""

    name: str
    services: Any


class Regions:
    """The regions of this installation."""

    def __init__(self, regions: dict[str, Region], default: str) -> None:
        """Serve `regions`; requests that name none belong to `default`."""
        self._regions = regions
        self._default = regions[default]

    def names(self) -> tuple[str, ...]:
        """Return the names of the regions."""
        return tuple(self._regions)

    def all(self) -> tuple[Region, ...]:
        """Return every region."""
        return tuple(self._regions.values())

    def named(self, name: str) -> Region | None:
        """Return a region by name."""
        return self._regions.get(name)

    async def of(
        self, identity: Identity | None, request: HttpRequest, decoded: msgspec.Struct | None
    ) -> Region:
        """Return the region that the request belongs to."""
        if len(self._regions) == 1:
            return self._default
        if identity is not None:
            return self._regions.get(identity.region, self._default)
        host = self._by_host(request.header(b"host"))
        identity = getattr(decoded, "identity_id", None) or getattr(
            decoded, "identity_pool_id", None
        )
        if identity:
            return self._regions.get(identity.partition(":")[0]) or host or self._default
        pool_id = getattr(decoded, "user_pool_id", None) or pool_of_token(
            getattr(decoded, "access_token", None)
        )
        if pool_id:
            home = self._regions.get(region_of_pool(pool_id))
            return await self.of_pool(pool_id, host) or home or host or self._default
        client_id = getattr(decoded, "client_id", None) or _client_of_session(
            getattr(decoded, "session", None)
        )
        return await self._of_client(client_id, host) or host or self._default

    async def of_client(self, client_id: str) -> Region:
        """Return the region of a client, the default one for an unknown client."""
        return await self._of_client(client_id, None) or self._default

    async def of_pool(
        self, pool_id: str, host: Region | None = None, *, copy_will_do: bool = False
    ) -> Region | None:
        """Return the region of a pool: `host` if it has it, else that of the original.

        Where a copy will do, the original may be away.
        """
        away: list[Unavailable] = []

        async def find(region: Region) -> LoadedPool | None:
            try:
                found: LoadedPool | None = await region.services.book.pool(pool_id)
            except Unavailable as error:
                if not copy_will_do:
                    raise
                away.append(error)
                return None
            return found

        holder = await self._holder(find, (host, self._regions.get(region_of_pool(pool_id))))
        if holder is None and away:
            raise away[0]
        return holder

    async def _of_client(self, client_id: str | None, host: Region | None) -> Region | None:
        if not client_id:
            return None

        async def find(region: Region) -> LoadedPool | None:
            found = await region.services.book.client(client_id)
            return found[0] if found else None

        return await self._holder(find, (host,))

    async def _holder(
        self,
        find: Callable[[Region], Awaitable[LoadedPool | None]],
        preferred: tuple[Region | None, ...],
    ) -> Region | None:
        """Return who has it: the first of `preferred`, else no copy, else anybody."""
        host = preferred[0]
        if host is not None and await find(host) is not None:
            return host  # not asking the others: they may be away
        copy: Region | None = None
        for region in (*filter(None, preferred[1:]), *self._regions.values()):
            pool = await find(region)
            if pool is not None and pool.pool.primary_region is None:
                return region
            copy = copy or (region if pool is not None else None)
        return copy

    def _by_host(self, header: str | None) -> Region | None:
        """Return the region that a host name names."""
        found = _HOST_REGION.search(header or "")
        return self._regions.get(found.group(1)) if found else None


class _Issuer(msgspec.Struct):
    iss: str = ""


def pool_of_token(token: str | None) -> str:
    """Read the issuer of a token, unproven: a lie only leads to a region that refuses it."""
    parts = (token or "").split(".")
    if len(parts) <= TOKEN_PAYLOAD:
        return ""
    try:
        payload = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        issuer = msgspec.json.decode(payload, type=_Issuer).iss
    except (binascii.Error, ValueError, msgspec.DecodeError):
        return ""
    return issuer.rpartition("/")[2]


def _client_of_session(session: str | None) -> str | None:
    """Read the client off a session that comes without one, unproven as well."""
    try:
        return client_of(session) if session else None
    except NotAuthorized:
        return None
