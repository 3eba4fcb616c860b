"""What a pool publishes at its issuers: its keys, and the document that describes it.

Source: docs/behaviours/tokens.md and docs/behaviours/oauth-tokens.md.
"""

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.core.identities.openid import PLACE, OpenIdTokens
from poolkeep.core.oauth.discovery import (
    AUTHORIZATION_SERVER,
    CACHEABLE,
    JWKS,
    OPENID_CONFIGURATION,
    Metadata,
)
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.http.aws.regions import Regions

ISSUER_PREFIX = "issuer/"
IDENTITIES = f"/{PLACE}/"
JWKS_URI = "/.well-known/jwks_uri"
"""What Cognito calls the key set of identity pools."""

Answer = tuple[int, list[tuple[bytes, bytes]], bytes]


class Discovery:
    """Answers for every pool of every region."""

    def __init__(
        self, *, regions: Regions, metadata: Metadata, clock: Clock, identities: OpenIdTokens
    ) -> None:
        """Find pools in `regions`; `identities` are what signs for identity pools."""
        self._identities = identities
        self._regions = regions
        self._metadata = metadata
        self._clock = clock

    async def answer(self, method: str, path: str) -> Answer:
        """Return status, headers and body for a path with `/.well-known/` in it."""
        if method not in {"GET", "HEAD"}:
            return _json(405, {"message": "Use GET here."}, cache=False)
        if path.startswith(IDENTITIES):
            return await self._of_identities(path)
        asked = _asked(path)
        if asked is not None:
            document, place = asked
            updated = place.startswith(ISSUER_PREFIX)
            pool = await self._pool(place.removeprefix(ISSUER_PREFIX))
            if pool is not None and document == JWKS:
                return _json(200, pool.signing.published(self._clock.now_ms()), cache=True)
            if pool is not None:
                return _json(200, self._metadata.of_issuer(pool, updated=updated), cache=True)
        return _json(404, {"message": "There is no user pool at this address."}, cache=False)

    async def _of_identities(self, path: str) -> Answer:
        document = f"/{path.removeprefix(IDENTITIES)}"
        if document == OPENID_CONFIGURATION:
            return _json(200, self._identities.configuration(), cache=True)
        if document in {JWKS, JWKS_URI}:
            return _json(200, await self._identities.published(), cache=True)
        return _json(404, {"message": "There is no such document."}, cache=False)

    async def _pool(self, pool_id: str) -> LoadedPool | None:
        region = None if "/" in pool_id else await self._regions.of_pool(pool_id, copy_will_do=True)
        if region is None:
            return None
        found: LoadedPool | None = await region.services.book.pool(pool_id)
        return found


def _asked(path: str) -> tuple[str, str] | None:
    """Return the document that a path names, and the issuer's path.

    OpenID Connect Discovery appends to the issuer; RFC 8414 puts its name between host and path.
    """
    for document in (JWKS, OPENID_CONFIGURATION, AUTHORIZATION_SERVER):
        if path.endswith(document):
            return document, path.removesuffix(document).removeprefix("/")
    for document in (OPENID_CONFIGURATION, AUTHORIZATION_SERVER):
        if path.startswith(f"{document}/"):
            return document, path.removeprefix(f"{document}/")
    return None


def _json(status: int, value: object, *, cache: bool) -> Answer:
    headers = [
        (b"content-type", b"application/json"),
        (b"cache-control", CACHEABLE.encode() if cache else b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    ]
    return status, headers, msgspec.json.encode(value)
