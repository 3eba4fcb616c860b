"""What a pool publishes: its keys and its discovery document. Source: docs/behaviours/tokens.md."""

from typing import Any

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.tokens import Issuers
from poolkeep.core.tokens.levels import names, tells_levels
from poolkeep.http.aws.regions import Regions

JWKS = "/.well-known/jwks.json"
OPENID_CONFIGURATION = "/.well-known/openid-configuration"
ISSUER_PREFIX = "issuer/"
CACHE_S = 300
CLAIMS = ("sub", "iss", "aud", "exp", "iat", "auth_time", "email", "phone_number", "name")

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
                place = path.removesuffix(suffix).removeprefix("/")
                updated = place.startswith(ISSUER_PREFIX)
                pool = await self._pool(place.removeprefix(ISSUER_PREFIX))
                if pool is None:
                    break
                if suffix == JWKS:
                    return _json(200, pool.signing.published(self._clock.now_ms()), cache=True)
                return _json(200, self._document(pool, updated=updated), cache=True)
        return _json(404, {"message": "There is no user pool at this address."}, cache=False)

    async def _pool(self, pool_id: str) -> LoadedPool | None:
        region = None if "/" in pool_id else await self._regions.of_pool(pool_id, copy_will_do=True)
        if region is None:
            return None
        found: LoadedPool | None = await region.services.book.pool(pool_id)
        return found

    def _document(self, pool: LoadedPool, *, updated: bool) -> dict[str, Any]:
        """Describe what a verifier needs. The authorization endpoints come with managed login.

        Each of a pool's two addresses names itself as the issuer, whichever new tokens name.
        """
        issuer = self._issuers.form(pool.pool, updated=updated)
        levels: dict[str, Any] = {}
        if tells_levels(pool):
            levels["acr_values_supported"] = list(names(pool).values())
            levels["claims_supported"] = [*CLAIMS, "acr", "amr"]
        return {
            **levels,
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
