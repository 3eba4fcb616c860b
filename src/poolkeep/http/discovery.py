"""What a pool publishes: its keys and its discovery document. Source: docs/behaviours/tokens.md."""

from typing import Any

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.tokens import Issuers
from poolkeep.http.aws.regions import Regions

JWKS = "/.well-known/jwks.json"
OPENID_CONFIGURATION = "/.well-known/openid-configuration"
ISSUER_PREFIX = "issuer/"
CACHE_S = 300

Answer = tuple[int, list[tuple[bytes, bytes]], bytes]


class Discovery:
    """Answers for every pool of every region."""

    def __init__(self, *, regions: Regions, issuers: Issuers, clock: Clock) -> None:
        """Find pools in `regions`."""
        self._regions = regions
        self._issuers = issuers
        self._clock = clock

    async def answer(self, method: str, path: str) -> Answer:
        """Return status, headers and body for a path with `/.well-known/` in it."""
        if method not in {"GET", "HEAD"}:
            return _json(405, {"message": "Use GET here."}, cache=False)
        for suffix in (JWKS, OPENID_CONFIGURATION):
            if path.endswith(suffix):
                pool = await self._pool(path.removesuffix(suffix).removeprefix("/"))
                if pool is None:
                    break
                if suffix == JWKS:
                    return _json(200, pool.signing.published(self._clock.now_ms()), cache=True)
                return _json(200, self._document(pool), cache=True)
        return _json(404, {"message": "There is no user pool at this address."}, cache=False)

    async def _pool(self, pool_id: str) -> LoadedPool | None:
        pool_id = pool_id.removeprefix(ISSUER_PREFIX)
        region = None if "/" in pool_id else await self._regions.of_pool(pool_id)
        if region is None:
            return None
        found: LoadedPool | None = await region.services.book.pool(pool_id)
        return found

    def _document(self, pool: LoadedPool) -> dict[str, Any]:
        """Describe what a verifier needs. The authorization endpoints come with managed login."""
        issuer = self._issuers.of(pool.pool)
        return {
            "id_token_signing_alg_values_supported": ["RS256"],
            "issuer": issuer,
            "jwks_uri": f"{issuer}{JWKS}",
            "response_types_supported": ["code", "token"],
            "scopes_supported": ["openid", "email", "phone", "profile"],
            "subject_types_supported": ["public"],
        }


def _json(status: int, value: object, *, cache: bool) -> Answer:
    age = f"public, max-age={CACHE_S}" if cache else "no-store"
    headers = [
        (b"content-type", b"application/json"),
        (b"cache-control", age.encode()),
        (b"x-content-type-options", b"nosniff"),
    ]
    return status, headers, msgspec.json.encode(value)
