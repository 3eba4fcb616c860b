"""Find the region that a request belongs to.

Signed requests say so in their scope. For the rest it is found, in this order, in the pool id of
the request, the pool id in the token's issuer, the client, the host name; else it is the default
region. A region names a database; nothing of a user ever leaves it.
"""

import base64
import binascii
import re
from typing import Any, NamedTuple

import msgspec

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
        return (
            self._by_pool(getattr(decoded, "user_pool_id", None))
            or self._by_token(getattr(decoded, "access_token", None))
            or await self._by_client(getattr(decoded, "client_id", None))
            or self._by_host(request.header(b"host"))
            or self._default
        )

    async def of_client(self, client_id: str) -> Region:
        """Return the region of a client, the default one for an unknown client."""
        return await self._by_client(client_id) or self._default

    def _by_pool(self, pool_id: str | None) -> Region | None:
        return self._regions.get(pool_id.partition("_")[0]) if pool_id else None

    def _by_token(self, token: str | None) -> Region | None:
        """Read the issuer of a token, unproven: a lie only leads to a region that refuses it."""
        parts = (token or "").split(".")
        if len(parts) <= TOKEN_PAYLOAD:
            return None
        try:
            payload = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
            issuer = msgspec.json.decode(payload, type=_Issuer).iss
        except (binascii.Error, ValueError, msgspec.DecodeError):
            return None
        return self._by_pool(issuer.rpartition("/")[2])

    async def _by_client(self, client_id: str | None) -> Region | None:
        if not client_id:
            return None
        for region in self._regions.values():
            if await region.services.book.client(client_id) is not None:
                return region
        return None

    def _by_host(self, host: str | None) -> Region | None:
        found = _HOST_REGION.search(host or "")
        return self._regions.get(found.group(1)) if found else None


class _Issuer(msgspec.Struct):
    iss: str = ""
